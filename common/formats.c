/* SPDX-License-Identifier: ISC */
/* Runs in: authd.  Trusts: nothing but this table. */

#include <stddef.h>
#include <string.h>

#include "formats.h"

static const struct {
	const char		*name;
	struct format_journal	 journal;	/* name NULL: none */
} formats_table[FORMAT_MAX] = {
	[FORMAT_MBOX] = { "mbox", { FORMAT_MBOX_JOURNAL, FORMAT_MBOX_IDLE } }
};

const char *
formats_name(enum format f)
{
	return formats_table[f].name;
}

int
formats_find(const char *name)
{
	int	 i;

	for (i = 0; i < FORMAT_MAX; i++)
		if (strcmp(formats_table[i].name, name) == 0)
			return i;
	return -1;
}

const char *
formats_names(void)
{
	static char	 text[128];
	int		 i;

	text[0] = '\0';
	for (i = 0; i < FORMAT_MAX; i++) {
		if (i > 0)
			(void)strlcat(text, ", ", sizeof(text));
		(void)strlcat(text, formats_table[i].name, sizeof(text));
	}
	return text;
}

const struct format_journal *
formats_journal(enum format f)
{
	return formats_table[f].journal.name != NULL ?
	    &formats_table[f].journal : NULL;
}
