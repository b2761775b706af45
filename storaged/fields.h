/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  The header fields that are no part of mail. */

#ifndef POP3D_STORAGED_FIELDS_H
#define POP3D_STORAGED_FIELDS_H

#include <sys/types.h>

#include <stddef.h>

/*
 * Mail readers keep their own state in header fields of an mbox, and change it
 * whenever they like: Status, X-Status, X-UID, X-Keywords, X-IMAP, X-IMAPbase,
 * Content-Length and Lines, in any case, with their continuation lines.  A
 * message is the same whatever they say.  This finds what else is in a header,
 * which arrives in pieces cut anywhere.
 */
#define FIELDS_NAME_MAX	16	/* room for a field name and ":" */

struct fields {
	int		 naming;	/* the name of a field is not over yet*/
	int		 over;		/* it is, and begins anew */
	int		 skip;		/* this field does not count */
	size_t		 namelen;
	unsigned char	 name[FIELDS_NAME_MAX];
};

enum fields_part {
	FIELDS_NONE,		/* what was taken does not count */
	FIELDS_HERE,		/* it counts */
	FIELDS_NAME		/* name counts, namelen octets: what was taken,
				 * with what was kept back before */
};

void		 fields_begin(struct fields *);

/* Take *used of the next n octets, at least one of at least one. */
enum fields_part fields_next(struct fields *, const unsigned char *, size_t n,
		    size_t *used);

/* The header has ended: octets of name that were kept back, and count. */
size_t		 fields_end(struct fields *);

#endif
