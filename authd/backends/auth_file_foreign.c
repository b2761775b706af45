/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_file.  Trusts: nobody for the form of a line.  A field that
 * closes an account or limits logins is obeyed, or its line is refused; it is
 * never ignored.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auth_file_foreign.h"
#include "backend.h"
#include "userinfo.h"

#define SECONDS_PER_DAY	86400

/* Indices of fields in each format. */
enum { SHADOW_CHANGED = 2, SHADOW_MIN, SHADOW_MAX, SHADOW_EXPIRE = 7,
    SHADOW_FIELDS = 9 };
enum { MASTER_CHANGE = 5, MASTER_EXPIRE, MASTER_GECOS, MASTER_HOME,
    MASTER_FIELDS = 10 };
enum { OURS_UID = 2, OURS_GID, OURS_GECOS, OURS_HOME, OURS_MAILBOX,
    OURS_OPTIONS, OURS_FIELDS };
enum { POPA3D_MAILBOX = 2, POPA3D_FIELDS };

static int
foreign_digits(struct text t)
{
	size_t	 i;

	for (i = 0; i < t.len; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return 0;
	}
	return 1;
}

static int
foreign_begins(struct text t, const char *s)
{
	size_t	 len = strlen(s);

	return t.len >= len && memcmp(t.p, s, len) == 0;
}

/* Whether a date, in units since 1970, has passed; 0 or "" is never. */
static int
foreign_over(struct text t, int64_t unit)
{
	uint64_t	 n;

	return t.len > 0 &&
	    backend_number(t.p, t.len, 1, INT64_MAX / SECONDS_PER_DAY, &n) ==
	    0 && (int64_t)n <= (int64_t)time(NULL) / unit;
}

/* Whether the mailbox field holds a shell: no mailbox is in bin or sbin. */
static int
foreign_shell(struct text t)
{
	const char	*slash = t.len == 0 ? NULL : memrchr(t.p, '/', t.len);
	size_t		 len;

	if (slash == NULL)
		return 0;
	len = (size_t)(slash - t.p);
	return (len >= 4 && memcmp(slash - 4, "/bin", 4) == 0) ||
	    (len >= 5 && memcmp(slash - 5, "/sbin", 5) == 0) ||
	    (t.len == 9 && foreign_begins(t, "/dev/null"));
}

static int
foreign_is_shadow(const struct line_fields *l)
{
	size_t	 i;

	if (l->n != SHADOW_FIELDS || (l->field[SHADOW_MIN].len > 0 &&
	    l->field[SHADOW_MAX].len == 0))
		return 0;
	for (i = SHADOW_CHANGED; i < SHADOW_FIELDS; i++) {
		if (!foreign_digits(l->field[i]))
			return 0;
	}
	return 1;
}

/* The next blank-separated word; without any, rest->p may be NULL. */
static int
foreign_word(struct text *rest, struct text *word)
{
	if (rest->len == 0)
		return 0;
	while (rest->len > 0 && *rest->p == ' ') {
		rest->p++;
		rest->len--;
	}
	for (word->p = rest->p, word->len = 0; word->len < rest->len &&
	    word->p[word->len] != ' '; word->len++)
		continue;
	rest->p += word->len;
	rest->len -= word->len;
	return word->len > 0;
}

/* Whether the text after the seventh colon is Dovecot's extra fields. */
static int
foreign_is_dovecot(struct text tail)
{
	static const char *const	 names[] = {
		"userdb_", "allow_nets=", "nologin", "nodelay", "nopassword",
		"proxy", "user=", "destuser=", "login_user=", "reason=",
		"pass=", "k5principals="
	};
	struct text			 word;
	size_t				 i;

	while (foreign_word(&tail, &word)) {
		for (i = 0; i < NITEMS(names); i++) {
			if (foreign_begins(word, names[i]))
				return 1;
		}
	}
	return 0;
}

/* "userdb_quota_rule=*:storage=1G"; its other rules do not matter here. */
static const char *
foreign_quota(struct text word, struct user_line *ul)
{
	static const char	 all[] = "userdb_quota_rule=*:";
	static const char	 storage[] = "storage=", messages[] =
				    "messages=";
	struct text		 value = word;
	size_t			 len = sizeof(all) - 1;
	int64_t			*n = &ul->quota_octets;

	if (!foreign_begins(word, all))
		return NULL;
	value.p += len;
	value.len -= len;
	if (foreign_begins(value, storage))
		len = sizeof(storage) - 1;
	else if (foreign_begins(value, messages)) {
		len = sizeof(messages) - 1;
		n = &ul->quota_messages;
	} else
		return NULL;
	return userinfo_size(value.p + len, value.len - len, n) == -1 ?
	    "userdb_quota_rule is not a size" : NULL;
}

static const char *
foreign_extra(struct text tail, struct user_line *ul)
{
	struct text	 word;
	const char	*why;

	while (foreign_word(&tail, &word)) {
		if (foreign_begins(word, "nologin"))
			ul->status = USER_NOPOP;
		else if (foreign_begins(word, "userdb_uid=") ||
		    foreign_begins(word, "userdb_gid=") ||
		    foreign_begins(word, "userdb_home="))
			return "userdb_uid, userdb_gid and userdb_home belong "
			    "into the fields uid, gid and home";
		else if (!foreign_begins(word, "userdb_") &&
		    !foreign_begins(word, "nodelay"))
			return "an extra field of Dovecot that has no meaning "
			    "here, and may be there to limit logins";
		if ((why = foreign_quota(word, ul)) != NULL)
			return why;
	}
	return NULL;
}

static const char *
foreign_ours(struct line_fields *l, struct text tail, struct user_line *ul)
{
	const struct text	*f = l->field;

	l->uid = f[OURS_UID];
	l->gid = f[OURS_GID];
	ul->gecos = f[OURS_GECOS];
	ul->home = f[OURS_HOME];
	if (!foreign_shell(f[OURS_MAILBOX]))
		ul->mailbox = f[OURS_MAILBOX];
	if (foreign_is_dovecot(tail)) {
		/* Dovecot has no mailbox here, but a shell of any name. */
		ul->mailbox.len = 0;
		return foreign_extra(tail, ul);
	}
	l->options = f[OURS_OPTIONS];
	return l->n > OURS_FIELDS ? "more than eight fields" : NULL;
}

/* The third field names a file, which the mailbox template gives us. */
static const char *
foreign_popa3d(const struct line_fields *l)
{
	struct text	 name = l->field[0], box = l->field[POPA3D_MAILBOX];
	const char	*at = memchr(name.p, '@', name.len);

	if (at != NULL)
		name.len = (size_t)(at - name.p);
	return box.len == name.len && memcmp(box.p, name.p, box.len) == 0 ?
	    NULL : "third field is neither a uid nor popa3d's mailbox of the "
	    "user's own name";
}

const char *
line_sort(struct line_fields *l, struct text tail, struct user_line *ul)
{
	const struct text	*f = l->field;

	if (l->n == MASTER_FIELDS && f[MASTER_CHANGE].len > 0 &&
	    f[MASTER_EXPIRE].len > 0 && foreign_digits(f[MASTER_CHANGE]) &&
	    foreign_digits(f[MASTER_EXPIRE])) {
		l->uid = f[OURS_UID];
		l->gid = f[OURS_GID];
		ul->gecos = f[MASTER_GECOS];
		ul->home = f[MASTER_HOME];
		if (foreign_over(f[MASTER_CHANGE], 1) ||
		    foreign_over(f[MASTER_EXPIRE], 1))
			ul->status = USER_DISABLED;
		return NULL;
	}
	if (foreign_is_shadow(l)) {
		if (foreign_over(f[SHADOW_EXPIRE], SECONDS_PER_DAY))
			ul->status = USER_DISABLED;
		return NULL;
	}
	if (l->n == POPA3D_FIELDS && !foreign_digits(f[POPA3D_MAILBOX]))
		return foreign_popa3d(l);
	return foreign_ours(l, tail, ul);
}
