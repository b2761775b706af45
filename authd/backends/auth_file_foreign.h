/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  Lines in the formats of other systems. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_FILE_FOREIGN_H
#define POP3D_AUTHD_BACKENDS_AUTH_FILE_FOREIGN_H

#include "auth_file_user.h"

#define LINE_FIELDS_MAX	11	/* one more than any form has */

/* The fields of a line, and some of them by meaning. */
struct line_fields {
	size_t		 n;
	struct text	 field[LINE_FIELDS_MAX];
	struct text	 uid;		/* len 0: not given */
	struct text	 gid;
	struct text	 options;	/* of our own */
};

/*
 * Find out the format of the n fields.  Fill in uid, gid and options, and in ul
 * gecos, home, mailbox, host, status and quota.  tail is the line from the
 * eighth field on.  Returns NULL, or what is wrong (static text).
 *
 * Known are: ours; Dovecot's passwd-file, with a shell and extra fields; BSD's
 * master.passwd; shadow(5); popa3d's "user:hash:mailbox".
 */
const char	*line_sort(struct line_fields *, struct text tail,
		    struct user_line *ul);

#endif
