/* SPDX-License-Identifier: ISC */
/* Runs in: authd, storaged.  The formats of mailboxes. */

#ifndef POP3D_COMMON_FORMATS_H
#define POP3D_COMMON_FORMATS_H

#include <sys/types.h>

/*
 * A new format gets a number here, a row in formats.c and one in store_format.c
 * of storaged.  Messages carry the number, files the name.
 */
enum format {
	FORMAT_MBOX,
	FORMAT_MAX
};

/*
 * A file of a user's state directory that asks for recovery when it is longer
 * than idle bytes.
 */
struct format_journal {
	const char	*name;
	off_t		 idle;		/* its length when nothing is to do */
};

/* That of an mbox; see storaged/mbox/journal.h. */
#define FORMAT_MBOX_JOURNAL	"journal"
#define FORMAT_MBOX_IDLE	65536

/* As the configuration and state.c write it: at most so many letters. */
#define FORMAT_NAME_MAX	15

/* The name of a format. */
const char	*formats_name(enum format);

/* The format of that name, or -1. */
int		 formats_find(const char *name);

/* The names of all, "a, b", for an error message. */
const char	*formats_names(void);

/* The journal of a format; NULL: it needs no recovery. */
const struct format_journal *formats_journal(enum format);

#endif
