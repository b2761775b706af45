/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  Lines as other systems' files of users have them. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_FILE_FOREIGN_H
#define POP3D_AUTHD_BACKENDS_AUTH_FILE_FOREIGN_H

#include "auth_file_line.h"

#define LINE_FIELDS_MAX	11	/* one more than any form has */

/* The fields of a line, and where those of the form are that it has. */
struct line_fields {
	size_t		 n;
	struct text	 field[LINE_FIELDS_MAX];
	struct text	 uid;		/* len 0: not given */
	struct text	 gid;
	struct text	 options;	/* of our own */
};

/*
 * Find out which form the n fields have, and fill in uid, gid and options, and
 * of ul gecos, home, mailbox, host, status and quota.  tail is all of the line
 * from the eighth field on.  NULL, or what is wrong (static text).
 *
 * Known are: ours; Dovecot's passwd-file, with a shell and extra fields; BSD's
 * master.passwd; shadow(5); popa3d's "user:hash:mailbox".
 */
const char	*line_sort(struct line_fields *, struct text tail,
		    struct user_line *ul);

#endif
