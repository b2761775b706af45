/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap, as _pop3auth.  Trusts: the template; no user name. */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "expand.h"
#include "ldap_escape.h"

/* A name or a filter under construction. */
struct ldapescape {
	struct expand_buf	 buf;
	const char		*user;
	ldapescape_fn		*fn;
};

static int
ldapescape_hex(struct expand_buf *b, unsigned char c)
{
	char	 text[4];

	(void)snprintf(text, sizeof(text), "\\%02x", c);
	return expand_buf_add(b, text, 3);
}

static int
ldapescape_printable(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

int
ldapescape_filter(char *dst, size_t size, const char *src, size_t len)
{
	struct expand_buf	 b;
	unsigned char		 c;
	size_t			 i;
	int			 rv = expand_buf_init(&b, dst, size);

	for (i = 0; i < len && rv == 0; i++) {
		c = (unsigned char)src[i];
		/* memchr(3), since NUL must be escaped, too. */
		if (!ldapescape_printable(c) || memchr("*()\\", c, 4) != NULL)
			rv = ldapescape_hex(&b, c);
		else
			rv = expand_buf_add(&b, src + i, 1);
	}
	return rv;
}

int
ldapescape_dn(char *dst, size_t size, const char *src, size_t len)
{
	struct expand_buf	 b;
	unsigned char		 c;
	size_t			 i;
	int			 rv = expand_buf_init(&b, dst, size);

	for (i = 0; i < len && rv == 0; i++) {
		c = (unsigned char)src[i];
		if (!ldapescape_printable(c) ||
		    memchr("\"+,;<=>\\", c, 8) != NULL ||
		    (c == '#' && i == 0) ||
		    (c == ' ' && (i == 0 || i == len - 1)))
			rv = ldapescape_hex(&b, c);
		else
			rv = expand_buf_add(&b, src + i, 1);
	}
	return rv;
}

int
ldapescape_any(char *dst, size_t size, const char *src, size_t len)
{
	struct expand_buf	 b;

	if (expand_buf_init(&b, dst, size) == -1)
		return -1;
	return expand_buf_add(&b, "*", 1);
}

/* Returns an enum ldapescape_result. */
static int
ldapescape_piece(void *arg, char letter, const char *text, size_t len)
{
	struct ldapescape	*e = arg;
	struct expand_buf	*b = &e->buf;

	if (letter == EXPAND_TEXT)
		return expand_buf_add(b, text, len) == 0 ? LDAPESCAPE_OK :
		    LDAPESCAPE_LENGTH;
	if (expand_user(letter, e->user, &text, &len) == -1)
		return LDAPESCAPE_SYNTAX;
	if (len == 0)
		return LDAPESCAPE_DOMAIN;
	if (e->fn(b->dst + b->len, b->size - b->len, text, len) == -1)
		return LDAPESCAPE_LENGTH;
	b->len += strlen(b->dst + b->len);
	return LDAPESCAPE_OK;
}

enum ldapescape_result
ldapescape_expand(char *dst, size_t size, const char *template,
    const char *user, ldapescape_fn *fn)
{
	struct ldapescape	 e = { .user = user, .fn = fn };

	if (expand_buf_init(&e.buf, dst, size) == -1)
		return LDAPESCAPE_LENGTH;
	return (enum ldapescape_result)expand(template, ldapescape_piece, &e);
}
