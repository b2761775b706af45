/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Messages in an mbox that are not mail. */

#ifndef POP3D_STORAGED_MBOX_INTERNAL_H
#define POP3D_STORAGED_MBOX_INTERNAL_H

#include <stdint.h>

/*
 * UW imapd, Alpine and related programs keep their data on a mailbox in a
 * message at the beginning of the file: "From MAILER-DAEMON", a fixed subject,
 * X-IMAP with two numbers, and no fields but those that they or other mail
 * readers write.  Mail that came over the network has a Received field, so it
 * does not match.  A message that matches all the same is not served and stays
 * in the file.
 *
 * Whether the file of size bytes begins with such a message: 1, 0, or -1 with
 * errno.
 */
int	 internal_message(int fd, uint64_t size);

#endif
