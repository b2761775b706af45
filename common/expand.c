/* SPDX-License-Identifier: ISC */
/* Runs in: authd, backends.  Trusts: the configuration; no user name. */

#include <sys/types.h>

#include <string.h>

#include "expand.h"
#include "name.h"

/* A path under construction, and what its template may name. */
struct expand_path {
	struct expand_buf	  buf;
	const char		 *user;
	const char		 *home;
	const char		**why;
};

int
expand(const char *template, expand_fn *fn, void *arg)
{
	const char	*t = template;
	size_t		 len;
	char		 letter;
	int		 rv;

	while (*t != '\0') {
		len = strcspn(t, "%");
		letter = EXPAND_TEXT;
		if (len == 0) {
			letter = t[1];
			len = letter == '\0' ? 1 : 2;
		}
		rv = fn(arg, letter, t, *t == '%' && letter == '%' ? 1 : len);
		if (rv != 0)
			return rv;
		t += len;
	}
	return 0;
}

int
expand_user(char letter, const char *user, const char **part, size_t *len)
{
	const char	*at = strrchr(user, '@');

	*part = user;
	*len = strlen(user);
	switch (letter) {
	case 'u':
		return 0;
	case 'n':
		if (at != NULL)
			*len = (size_t)(at - user);
		return 0;
	case 'd':
		*part = at == NULL ? user + *len : at + 1;
		*len = strlen(*part);
		return 0;
	default:
		return -1;
	}
}

int
expand_buf_init(struct expand_buf *b, char *dst, size_t size)
{
	b->dst = dst;
	b->size = size;
	b->len = 0;
	if (size == 0)
		return -1;
	dst[0] = '\0';
	return 0;
}

int
expand_buf_add(struct expand_buf *b, const char *text, size_t len)
{
	if (len >= b->size - b->len)
		return -1;
	(void)memcpy(b->dst + b->len, text, len);
	b->len += len;
	b->dst[b->len] = '\0';
	return 0;
}

/* The value of %letter.  Returns 0, or -1 and a reason. */
static int
expand_path_value(const struct expand_path *e, char letter, const char **text,
    size_t *len)
{
	if (letter == 'h') {
		*text = e->home == NULL ? "" : e->home;
		*len = strlen(*text);
		*e->why = "the user has no home for %h";
		return *len == 0 ? -1 : name_path_clean(e->home, e->why);
	}
	if (expand_user(letter, e->user, text, len) == -1) {
		*e->why = "a % that none of u, n, d, h or % follows";
		return -1;
	}
	*e->why = "the user name has no domain for %d";
	return *len == 0 ? -1 : 0;
}

static int
expand_path_piece(void *arg, char letter, const char *text, size_t len)
{
	struct expand_path	*e = arg;

	if (letter != EXPAND_TEXT &&
	    expand_path_value(e, letter, &text, &len) == -1)
		return -1;
	*e->why = "path too long";
	return expand_buf_add(&e->buf, text, len);
}

int
expand_path(char *dst, size_t size, const char *template, const char *user,
    const char *home, const char **why)
{
	struct expand_path	 e = { .user = user, .home = home, .why = why };

	*why = "path too long";
	if (expand_buf_init(&e.buf, dst, size) == -1)
		return -1;
	if (!name_user_valid(user)) {
		*why = "not a valid user name";
		return -1;
	}
	if (expand(template, expand_path_piece, &e) != 0)
		return -1;
	return name_path_clean(dst, why);
}
