/* SPDX-License-Identifier: ISC */
/* Runs in: authd, root.  Notices that certificates have been renewed. */

#ifndef POP3D_AUTHD_PKI_WATCH_H
#define POP3D_AUTHD_PKI_WATCH_H

/* Remember what the files of all pkis are now; before they are read. */
void	 pki_watch_note(void);

/*
 * From now on look at them every minute, and have the next generation read them
 * when they have changed, and not in the last seconds.
 */
void	 pki_watch_init(void);

#endif
