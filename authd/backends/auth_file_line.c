/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  Trusts: nobody for the form of a line. */

#include <sys/types.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "auth_file_foreign.h"
#include "auth_file_line.h"
#include "name.h"
#include "password.h"
#include "userinfo.h"

#define LINE_LEN_MAX	8192	/* bytes */

void
text_copy(char *dst, size_t size, struct text t)
{
	if (t.len >= size)
		t.len = size - 1;
	if (t.len > 0)
		memcpy(dst, t.p, t.len);
	dst[t.len] = '\0';
}

/* Cut t at the first sep; the rest stays in t.  1, or 0: t is empty. */
static int
text_next(struct text *t, char sep, struct text *part)
{
	const char	*end;

	if (t->p == NULL)
		return 0;
	part->p = t->p;
	if ((end = memchr(t->p, sep, t->len)) == NULL) {
		part->len = t->len;
		t->p = NULL;
		return 1;
	}
	part->len = (size_t)(end - t->p);
	t->len -= part->len + 1;
	t->p = end + 1;
	return 1;
}

static int
text_is(struct text t, const char *s)
{
	return strlen(s) == t.len && memcmp(t.p, s, t.len) == 0;
}

static const char *
line_option(struct text option, struct user_line *ul)
{
	struct text	 key, value = option;

	if (!text_next(&value, '=', &key) || value.p == NULL)
		return "option without a value";
	if (text_is(key, "status"))
		return userinfo_status(value.p, value.len, &ul->status) == -1 ?
		    "unknown status" : NULL;
	if (text_is(key, "groups"))
		return userinfo_groups(value.p, value.len, ul->groups,
		    &ul->ngroups) == -1 ? "groups are not numbers joined by "
		    "'+', or too many" : NULL;
	if (text_is(key, "host")) {
		if (value.len > PATH_LEN_MAX)
			return "host too long";
		ul->host = value;
		return NULL;
	}
	if (text_is(key, "quota"))
		return userinfo_size(value.p, value.len,
		    &ul->quota_octets) == -1 ?
		    "quota is not a size" : NULL;
	if (text_is(key, "messages"))
		return userinfo_size(value.p, value.len,
		    &ul->quota_messages) == -1 ?
		    "messages is not a number" : NULL;
	return "unknown option";
}

/* The form of the names that authd asks about. */
static int	 names_folded;
static char	*names_domain;		/* NULL: any; "": none */

int
user_line_names(const char *value)
{
	static const char	 fold[] = "fold ", keep[] = "keep ";

	names_folded = strncmp(value, fold, sizeof(fold) - 1) == 0;
	if (!names_folded && strncmp(value, keep, sizeof(keep) - 1) != 0)
		return -1;
	value += sizeof(fold) - 1;
	free(names_domain);
	names_domain = NULL;
	if (strcmp(value, "*") == 0)
		return 0;
	names_domain = strdup(strcmp(value, "-") == 0 ? "" : value);
	return names_domain == NULL ? -1 : 0;
}

/* Why no login can ever use this name; NULL: one can. */
static const char *
line_never(const char *name)
{
	const char	*at = strchr(name, '@');
	const char	*p;

	for (p = name; *p != '\0'; p++) {
		if (!isupper((unsigned char)*p))
			continue;
		if (at != NULL && p > at)
			return "upper case in the domain of a user name, where "
			    "all logins have lower case";
		if (names_folded)
			return "upper case in a user name, where all logins "
			    "have lower case (case fold)";
	}
	if (names_domain == NULL)
		return NULL;
	if (names_domain[0] == '\0')
		return at == NULL ? NULL : "user name with a domain; here it "
		    "is only asked for the part before it (user local)";
	return at != NULL && strcmp(at + 1, names_domain) == 0 ? NULL :
	    "user name is not one of the domain that this file is for";
}

static const char *
line_name_hash(struct user_line *ul)
{
	char		 buf[PASSWORD_STORED_MAX + 1];
	const char	*why;

	if (ul->name.len > USER_LEN_MAX)
		return "user name too long";
	text_copy(buf, sizeof(buf), ul->name);
	if (!name_user_valid(buf))
		return "bad user name";
	if ((why = line_never(buf)) != NULL)
		return why;
	if (ul->hash.p == NULL)
		return "no password field";
	if (ul->hash.len > PASSWORD_STORED_MAX)
		return "password field too long";
	text_copy(buf, sizeof(buf), ul->hash);
	ul->kind = password_kind(buf);
	explicit_bzero(buf, ul->hash.len);
	switch (ul->kind) {
	case PASSWORD_UNKNOWN:
		return "password of a kind that is not known, or damaged";
	case PASSWORD_UNAVAILABLE:
		return "password of a kind that this system's libraries lack";
	case PASSWORD_COSTLY:
		return "password that would take too long to check; see "
		    "hash-limit in pop3d-auth(5)";
	case PASSWORD_LOCKED:
	case PASSWORD_WEAK:
	case PASSWORD_GOOD:
		break;
	}
	return NULL;
}

static const char *
line_path(struct text path, const char *why)
{
	if (path.len == 0)
		return NULL;
	return path.p[0] != '/' || path.len > PATH_LEN_MAX ? why : NULL;
}

/* Take the line apart; *tail is all of it from the eighth field on. */
static void
line_split(struct text line, struct line_fields *l, struct text *tail)
{
	memset(l, 0, sizeof(*l));
	memset(tail, 0, sizeof(*tail));
	while (l->n < LINE_FIELDS_MAX &&
	    text_next(&line, ':', &l->field[l->n])) {
		if (++l->n == 7 && line.p != NULL)
			*tail = line;
	}
}

static const char *
line_fields(struct text line, struct user_line *ul)
{
	struct line_fields	 l;
	struct text		 tail, option;
	const char		*why;

	line_split(line, &l, &tail);
	ul->name = l.field[0];
	ul->hash = l.field[1];
	if (ul->name.len == 0)
		return "no user name";
	if ((why = line_name_hash(ul)) != NULL ||
	    (why = line_sort(&l, tail, ul)) != NULL)
		return why;
	if (l.uid.len > 0 && userinfo_id(l.uid.p, l.uid.len, &ul->uid) == -1)
		return "bad uid";
	if (l.gid.len > 0 && userinfo_id(l.gid.p, l.gid.len, &ul->gid) == -1)
		return "bad gid";
	if (ul->gecos.len > PATH_LEN_MAX)
		return "name too long";
	if ((why = line_path(ul->home, "bad home")) != NULL ||
	    (why = line_path(ul->mailbox, "bad mailbox")) != NULL)
		return why;
	if (l.options.len == 0)
		return NULL;
	while (text_next(&l.options, ',', &option)) {
		if ((why = line_option(option, ul)) != NULL)
			return why;
	}
	return NULL;
}

/* No field may have control characters. */
static const char *
line_controls(const char *line, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++) {
		if (line[i] == '\t')
			return "a TAB: Courier's userdb has to be converted, "
			    "see pop3d-auth(5)";
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return "control character";
	}
	return NULL;
}

int
user_line_parse(const char *line, size_t len, struct user_line *ul,
    const char **why)
{
	struct text	 rest = { line, len };

	/* In DOS files lines end with CR LF. */
	if (rest.len > 0 && line[rest.len - 1] == '\r')
		rest.len--;
	memset(ul, 0, sizeof(*ul));
	ul->quota_octets = ul->quota_messages = -1;
	if (rest.len > LINE_LEN_MAX) {
		*why = "line too long";
		return -1;
	}
	if ((*why = line_controls(line, rest.len)) != NULL)
		return -1;
	*why = line_fields(rest, ul);
	return *why == NULL ? 0 : -1;
}
