/* SPDX-License-Identifier: ISC */
/* User names in filters and distinguished names: they mean themselves. */

#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "ldap_escape.h"

static const char *
escape(ldapescape_fn *fn, const char *src, size_t len)
{
	static char	 dst[1024];

	ATF_REQUIRE_EQ(0, fn(dst, sizeof(dst), src, len));
	return dst;
}

/* What comes out of len octets. */
struct pair {
	const char	*src;
	size_t		 len;
	const char	*dst;
};

static void
check(ldapescape_fn *fn, const struct pair *pairs, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		ATF_CHECK_STREQ(pairs[i].dst, escape(fn, pairs[i].src,
		    pairs[i].len));
}

ATF_TC_WITHOUT_HEAD(filter);
ATF_TC_BODY(filter, tc)
{
	static const struct pair	 pairs[] = {
		{ "anna", 4, "anna" },
		{ "", 0, "" },
		{ "*", 1, "\\2a" },
		{ "anna*", 5, "anna\\2a" },
		{ ")(uid=*", 7, "\\29\\28uid=\\2a" },
		{ "a\\2ab", 5, "a\\5c2ab" },
		{ "\0x", 2, "\\00x" },
		{ "\xc3\xa4", 2, "\\c3\\a4" },
		{ "\x7f\x01", 2, "\\7f\\01" },
		{ "a b=c,d+e%u", 11, "a b=c,d+e%u" }
	};

	check(ldapescape_filter, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

ATF_TC_WITHOUT_HEAD(dn);
ATF_TC_BODY(dn, tc)
{
	static const struct pair	 pairs[] = {
		{ "anna", 4, "anna" },
		{ "a,b", 3, "a\\2cb" },
		{ "x,dc=org", 8, "x\\2cdc\\3dorg" },
		{ "\"+;<>\\", 6, "\\22\\2b\\3b\\3c\\3e\\5c" },
		{ "#a#", 3, "\\23a#" },
		{ " a b ", 5, "\\20a b\\20" },
		{ " ", 1, "\\20" },
		{ "\0", 1, "\\00" },
		{ "\xc3\xa4\n", 3, "\\c3\\a4\\0a" },
		{ "*()", 3, "*()" }
	};

	check(ldapescape_dn, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

/* Whatever octets there are, nothing stays that has a meaning of its own. */
ATF_TC_WITHOUT_HEAD(every_octet);
ATF_TC_BODY(every_octet, tc)
{
	char	 src[256], value[1024];
	size_t	 i, n;
	unsigned int c;

	for (i = 0; i < sizeof(src); i++)
		src[i] = (char)i;
	(void)strlcpy(value, escape(ldapescape_filter, src, sizeof(src)),
	    sizeof(value));
	ATF_CHECK_EQ(NULL, strpbrk(value, "*()"));
	/* And it can be read back. */
	for (i = n = 0; value[i] != '\0'; n++) {
		if (value[i] == '\\') {
			ATF_REQUIRE_EQ(1, sscanf(value + i + 1, "%2x", &c));
			i += 3;
		} else
			c = (unsigned char)value[i++];
		ATF_CHECK_EQ(n, c);
	}
	ATF_CHECK_EQ(256, n);
	ATF_CHECK_EQ(NULL, strpbrk(escape(ldapescape_dn, src, sizeof(src)),
	    "\",+;<>="));
}

/* Any size: it fits with its NUL, or it is refused; never more is written. */
ATF_TC_WITHOUT_HEAD(size);
ATF_TC_BODY(size, tc)
{
	static ldapescape_fn	*const fns[] = {
		ldapescape_filter, ldapescape_dn
	};
	char			 dst[16];
	size_t			 i, size;
	int			 r;

	for (i = 0; i < 2; i++) {
		for (size = 0; size < sizeof(dst); size++) {
			memset(dst, 'X', sizeof(dst));
			r = fns[i](dst, size, "a\001b", 3);
			ATF_CHECK_EQ(size >= 6 ? 0 : -1, r);
			ATF_CHECK_EQ('X', dst[size]);
			if (r == 0)
				ATF_CHECK_STREQ("a\\01b", dst);
		}
	}
	ATF_CHECK_EQ(LDAPESCAPE_OK, ldapescape_expand(dst, 5, "%u", "anna",
	    ldapescape_filter));
	memset(dst, 'X', sizeof(dst));
	ATF_CHECK_EQ(LDAPESCAPE_LENGTH, ldapescape_expand(dst, 4, "%u",
	    "anna", ldapescape_filter));
	ATF_CHECK_EQ('X', dst[4]);
	ATF_CHECK_EQ(LDAPESCAPE_LENGTH, ldapescape_expand(dst, 4, "abcd",
	    "anna", ldapescape_filter));
	ATF_CHECK_EQ(LDAPESCAPE_LENGTH, ldapescape_expand(dst, 0, "", "anna",
	    ldapescape_filter));
}

static enum ldapescape_result
expand(char *dst, const char *template, const char *user, ldapescape_fn *fn)
{
	return ldapescape_expand(dst, 256, template, user, fn);
}

ATF_TC_WITHOUT_HEAD(template);
ATF_TC_BODY(template, tc)
{
	char	 dst[256];

	ATF_CHECK_EQ(LDAPESCAPE_OK, expand(dst, "(&(a=%u)(b=%n)(c=%d)(d=%%))",
	    "x*@y@(z)", ldapescape_filter));
	ATF_CHECK_STREQ("(&(a=x\\2a@y@\\28z\\29)(b=x\\2a@y)(c=\\28z\\29)(d=%))",
	    dst);
	ATF_CHECK_EQ(LDAPESCAPE_OK, expand(dst, "uid=%n,ou=%d,o=x", "a,b@c+d",
	    ldapescape_dn));
	ATF_CHECK_STREQ("uid=a\\2cb,ou=c\\2bd,o=x", dst);
	/* What was put in is not expanded again. */
	ATF_CHECK_EQ(LDAPESCAPE_OK, expand(dst, "%u", "%u%d%%",
	    ldapescape_filter));
	ATF_CHECK_STREQ("%u%d%%", dst);
	ATF_CHECK_EQ(LDAPESCAPE_OK, expand(dst, "(mail=%n@%d)", "*@*",
	    ldapescape_any));
	ATF_CHECK_STREQ("(mail=*@*)", dst);
	ATF_CHECK_EQ(LDAPESCAPE_OK, expand(dst, "%n", "anna",
	    ldapescape_filter));
	ATF_CHECK_STREQ("anna", dst);
	ATF_CHECK_EQ(LDAPESCAPE_DOMAIN, expand(dst, "%d", "anna",
	    ldapescape_filter));
	ATF_CHECK_EQ(LDAPESCAPE_DOMAIN, expand(dst, "%d", "anna@",
	    ldapescape_filter));
	ATF_CHECK_EQ(LDAPESCAPE_DOMAIN, expand(dst, "%n", "@x",
	    ldapescape_filter));
	ATF_CHECK_EQ(LDAPESCAPE_SYNTAX, expand(dst, "%x", "anna",
	    ldapescape_filter));
	ATF_CHECK_EQ(LDAPESCAPE_SYNTAX, expand(dst, "%h", "anna",
	    ldapescape_filter));
	ATF_CHECK_EQ(LDAPESCAPE_SYNTAX, expand(dst, "a%", "anna",
	    ldapescape_filter));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, filter);
	ATF_TP_ADD_TC(tp, dn);
	ATF_TP_ADD_TC(tp, every_octet);
	ATF_TP_ADD_TC(tp, size);
	ATF_TP_ADD_TC(tp, template);
	return atf_no_error();
}
