/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

#include <string.h>

#include "fields.h"

static int
fields_volatile(const struct fields *f)
{
	static const char *const names[] = {
		"status:", "x-status:", "x-uid:", "x-keywords:", "x-imap:",
		"x-imapbase:", "content-length:", "lines:"
	};
	size_t	 i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == f->namelen &&
		    strncasecmp((const char *)f->name, names[i],
		    f->namelen) == 0)
			return 1;
	return 0;
}

void
fields_begin(struct fields *f)
{
	f->naming = 1;
	f->over = f->skip = 0;
	f->namelen = 0;
}

/* Collect the name of a field.  Only the whole name tells if it counts. */
static enum fields_part
fields_gather(struct fields *f, const unsigned char *p, size_t n, size_t *used)
{
	size_t	 i = 0;

	while (i < n && f->naming) {
		f->name[f->namelen++] = p[i];
		if (p[i] == ':' || p[i] == '\n' ||
		    f->namelen == sizeof(f->name))
			f->naming = 0;
		i++;
	}
	*used = i;
	if (f->naming)
		return FIELDS_NONE;
	f->skip = fields_volatile(f);
	if (f->name[f->namelen - 1] == '\n')
		f->naming = f->over = 1;
	return f->skip ? FIELDS_NONE : FIELDS_NAME;
}

enum fields_part
fields_next(struct fields *f, const unsigned char *p, size_t n, size_t *used)
{
	const unsigned char	*lf;

	if (f->over) {
		f->over = 0;
		f->namelen = 0;
	}
	/* A line that begins with a blank continues the field before it. */
	if (f->naming && (f->namelen > 0 || (*p != ' ' && *p != '\t')))
		return fields_gather(f, p, n, used);
	f->naming = 0;
	lf = memchr(p, '\n', n);
	*used = lf != NULL ? (size_t)(lf + 1 - p) : n;
	if (lf != NULL)
		f->naming = f->over = 1;
	return f->skip ? FIELDS_NONE : FIELDS_HERE;
}

size_t
fields_end(struct fields *f)
{
	size_t	 n = f->naming && !f->over ? f->namelen : 0;

	f->naming = 0;
	return n;
}
