/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  Trusts: nobody for the form of a line. */

#include <sys/types.h>

#include <string.h>

#include "auth_file_line.h"
#include "conf.h"
#include "userinfo.h"

#define LINE_LEN_MAX	8192	/* octets */

void
text_copy(char *dst, size_t size, struct text t)
{
	if (t.len >= size)
		t.len = size - 1;
	if (t.len > 0)
		memcpy(dst, t.p, t.len);
	dst[t.len] = '\0';
}

/* Cut t at the first sep; what follows it stays in t.  1, or 0: t is empty. */
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

static const char *
line_name_hash(struct user_line *ul)
{
	char	 buf[PASSWORD_STORED_MAX + 1];

	if (ul->name.len > USER_LEN_MAX)
		return "user name too long";
	text_copy(buf, sizeof(buf), ul->name);
	if (!conf_user_valid(buf))
		return "bad user name";
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

static const char *
line_fields(struct text rest, struct user_line *ul)
{
	struct text	 uid = { NULL, 0 }, gid = { NULL, 0 };
	struct text	 options = { NULL, 0 }, option;
	const char	*why;

	if (!text_next(&rest, ':', &ul->name) || ul->name.len == 0)
		return "no user name";
	(void)(text_next(&rest, ':', &ul->hash) &&
	    text_next(&rest, ':', &uid) && text_next(&rest, ':', &gid) &&
	    text_next(&rest, ':', &ul->gecos) &&
	    text_next(&rest, ':', &ul->home) &&
	    text_next(&rest, ':', &ul->mailbox) &&
	    text_next(&rest, ':', &options));
	if (rest.p != NULL)
		return "more than eight fields";
	if ((why = line_name_hash(ul)) != NULL)
		return why;
	if (uid.len > 0 && userinfo_id(uid.p, uid.len, &ul->uid) == -1)
		return "bad uid";
	if (gid.len > 0 && userinfo_id(gid.p, gid.len, &ul->gid) == -1)
		return "bad gid";
	if (ul->gecos.len > PATH_LEN_MAX)
		return "name too long";
	if ((why = line_path(ul->home, "bad home")) != NULL ||
	    (why = line_path(ul->mailbox, "bad mailbox")) != NULL)
		return why;
	if (options.len == 0)
		return NULL;
	while (text_next(&options, ',', &option)) {
		if ((why = line_option(option, ul)) != NULL)
			return why;
	}
	return NULL;
}

int
user_line_parse(const char *line, size_t len, struct user_line *ul,
    const char **why)
{
	struct text	 rest = { line, len };
	size_t		 i;

	memset(ul, 0, sizeof(*ul));
	ul->quota_octets = ul->quota_messages = -1;
	if (len > LINE_LEN_MAX) {
		*why = "line too long";
		return -1;
	}
	for (i = 0; i < len; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f) {
			*why = "control character (a CR at the end?)";
			return -1;
		}
	}
	*why = line_fields(rest, ul);
	return *why == NULL ? 0 : -1;
}
