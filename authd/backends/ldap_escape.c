/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap, as _pop3auth.  Trusts: the template; no user name. */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "ldap_escape.h"

static int
put(char **dst, size_t *size, const char *text)
{
	size_t	 len = strlen(text);

	if (len >= *size)
		return -1;
	memcpy(*dst, text, len + 1);
	*dst += len;
	*size -= len;
	return 0;
}

static int
put_hex(char **dst, size_t *size, unsigned char c)
{
	char	 text[4];

	(void)snprintf(text, sizeof(text), "\\%02x", c);
	return put(dst, size, text);
}

static int
put_char(char **dst, size_t *size, char c)
{
	char	 text[2] = { c, '\0' };

	return put(dst, size, text);
}

static int
printable(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

int
ldapescape_filter(char *dst, size_t size, const char *src, size_t len)
{
	unsigned char	 c;
	size_t		 i;
	int		 rv = put(&dst, &size, "");

	for (i = 0; i < len && rv == 0; i++) {
		c = (unsigned char)src[i];
		/* memchr(3), since NUL must be escaped, too. */
		if (!printable(c) || memchr("*()\\", c, 4) != NULL)
			rv = put_hex(&dst, &size, c);
		else
			rv = put_char(&dst, &size, src[i]);
	}
	return rv;
}

int
ldapescape_dn(char *dst, size_t size, const char *src, size_t len)
{
	unsigned char	 c;
	size_t		 i;
	int		 rv = put(&dst, &size, "");

	for (i = 0; i < len && rv == 0; i++) {
		c = (unsigned char)src[i];
		if (!printable(c) || memchr("\"+,;<=>\\", c, 8) != NULL ||
		    (c == '#' && i == 0) ||
		    (c == ' ' && (i == 0 || i == len - 1)))
			rv = put_hex(&dst, &size, c);
		else
			rv = put_char(&dst, &size, src[i]);
	}
	return rv;
}

int
ldapescape_any(char *dst, size_t size, const char *src, size_t len)
{
	return put(&dst, &size, "*");
}

/* The value of %letter; LDAPESCAPE_SYNTAX if it has none. */
static enum ldapescape_result
letter_value(char letter, const char *user, const char **text, size_t *len)
{
	const char	*at = strrchr(user, '@');

	switch (letter) {
	case 'u':
		*text = user;
		*len = strlen(user);
		break;
	case 'n':
		*text = user;
		*len = at == NULL ? strlen(user) : (size_t)(at - user);
		break;
	case 'd':
		*text = at == NULL ? "" : at + 1;
		*len = strlen(*text);
		break;
	default:
		return LDAPESCAPE_SYNTAX;
	}
	return *len > 0 ? LDAPESCAPE_OK : LDAPESCAPE_DOMAIN;
}

enum ldapescape_result
ldapescape_expand(char *dst, size_t size, const char *template,
    const char *user, ldapescape_fn *fn)
{
	enum ldapescape_result	 r;
	const char		*t, *text;
	size_t			 len;

	if (put(&dst, &size, "") == -1)
		return LDAPESCAPE_LENGTH;
	for (t = template; *t != '\0'; t++) {
		if (*t != '%' || *++t == '%') {
			if (put_char(&dst, &size, *t) == -1)
				return LDAPESCAPE_LENGTH;
			continue;
		}
		r = letter_value(*t, user, &text, &len);
		if (r != LDAPESCAPE_OK)
			return r;
		if (fn(dst, size, text, len) == -1)
			return LDAPESCAPE_LENGTH;
		len = strlen(dst);
		dst += len;
		size -= len;
	}
	return LDAPESCAPE_OK;
}
