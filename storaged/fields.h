/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Header fields that mail readers change. */

#ifndef POP3D_STORAGED_FIELDS_H
#define POP3D_STORAGED_FIELDS_H

#include <sys/types.h>

#include <stddef.h>

/*
 * Mail readers keep their own state in header fields of an mbox and may change
 * it at any time: Status, X-Status, X-UID, X-Keywords, X-IMAP, X-IMAPbase,
 * Content-Length and Lines, in any case, with their continuation lines.  These
 * fields do not affect the identity of a message.  This code filters them out
 * of a header that arrives in pieces, cut anywhere.
 */
#define FIELDS_NAME_MAX	16	/* room for a field name and ":" */

struct fields {
	int		 naming;	/* still within the name of a field */
	int		 over;		/* line ended; a new name follows */
	int		 skip;		/* this field does not count */
	size_t		 namelen;
	unsigned char	 name[FIELDS_NAME_MAX];
};

enum fields_part {
	FIELDS_NONE,		/* the bytes taken do not count */
	FIELDS_HERE,		/* they count */
	FIELDS_NAME		/* namelen bytes of name count: those taken now
				 * and those kept back before */
};

void		 fields_begin(struct fields *);

/* Take *used of the next n bytes; n and *used are at least 1. */
enum fields_part fields_next(struct fields *, const unsigned char *, size_t n,
		    size_t *used);

/* End the header.  Returns the bytes of name kept back, all of which count. */
size_t		 fields_end(struct fields *);

#endif
