/* SPDX-License-Identifier: ISC */
/* Runs in: authd, as root.  What each backend needs of the root process. */

#ifndef POP3D_COMMON_BACKEND_NEEDS_H
#define POP3D_COMMON_BACKEND_NEEDS_H

/* Whether a worker may remember successful logins (success-cache). */
enum backend_cache {
	BACKEND_CACHE,		/* yes; the program has the last word */
	BACKEND_CACHE_FORCED,	/* only with success-cache-force: the backend
				 * does not see stored passwords */
	BACKEND_CACHE_NEVER	/* each login needs the backend's answer */
};

struct backend_needs {
	const char		*name;		/* as in auth NAME */

	/* An option it cannot do without, and what that is; NULL: none. */
	const char		*option;
	const char		*option_is;

	unsigned int		 gives;		/* BACKEND_GIVE_* */
	enum backend_cache	 cache;

	/* If this option is "yes", cache is BACKEND_CACHE_FORCED. */
	const char		*forced_by;
};

/* What authd gives the workers of the backend. */
#define BACKEND_GIVE_GROUP	0x01	/* the group that may read the system's
					 * password file */
#define BACKEND_GIVE_NAMES	0x02	/* the option "names": which names a
					 * login can ask for at all */

/*
 * The needs of the backend with that name.  The table is part of the program,
 * not something that a backend says: a backend cannot give itself a group.
 * Never NULL: a backend without a row needs nothing.
 */
const struct backend_needs *backend_needs(const char *name);

#endif
