/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  What is in an mbox, but is no mail. */

#ifndef POP3D_STORAGED_MBOX_INTERNAL_H
#define POP3D_STORAGED_MBOX_INTERNAL_H

#include <stdint.h>

/*
 * UW imapd, Alpine and their kin keep what they know of a mailbox in a message
 * at the beginning of the file: "From MAILER-DAEMON", a fixed subject, X-IMAP
 * with two numbers, and nothing but fields that they or other mail readers
 * write.  Mail that came over the network has a Received field, and so is none.
 * A message that looks like it all the same is not served, and stays.
 *
 * Whether the file of size octets begins with that: 1, 0, or -1 with errno.
 */
int	 internal_message(int fd, uint64_t size);

#endif
