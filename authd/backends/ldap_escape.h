/* SPDX-License-Identifier: ISC */
/* Runs in: auth_ldap.  User names within filters and distinguished names. */

#ifndef POP3D_AUTHD_BACKENDS_LDAP_ESCAPE_H
#define POP3D_AUTHD_BACKENDS_LDAP_ESCAPE_H

#include <stddef.h>

/*
 * Write len bytes of src to dst, of size bytes, escaped so that they are taken
 * literally; NUL-terminated.  Returns 0, or -1 if they do not fit.
 */
typedef int	 ldapescape_fn(char *dst, size_t size, const char *src,
		    size_t len);

/* As a value in a filter, RFC 4515. */
ldapescape_fn	 ldapescape_filter;

/* As the value of an attribute in a distinguished name, RFC 4514. */
ldapescape_fn	 ldapescape_dn;

/* Ignore src and write "*", which matches any value in a filter. */
ldapescape_fn	 ldapescape_any;

enum ldapescape_result {
	LDAPESCAPE_OK,
	LDAPESCAPE_DOMAIN,	/* %n or %d would be empty for this user */
	LDAPESCAPE_SYNTAX,	/* a % that none of u, n, d and % follows */
	LDAPESCAPE_LENGTH	/* does not fit */
};

/*
 * Expand a template: %u the user, %n the part before the last '@', %d the part
 * after it, each through fn; %% a percent sign.  Substituted text is never
 * expanded again.
 */
enum ldapescape_result	 ldapescape_expand(char *dst, size_t size,
		    const char *template, const char *user, ldapescape_fn *fn);

#endif
