/* SPDX-License-Identifier: ISC */
/* Runs in: authd and its backends.  What a routine of a backend answers. */

#ifndef POP3D_COMMON_BACKEND_CODE_H
#define POP3D_COMMON_BACKEND_CODE_H

/*
 * The codes of openwebmail's authentication modules, by number, so that its
 * documentation holds: 0 and -1 to -4.  RECORD is ours.
 */
enum backend_code {
	BACKEND_OK =		0,
	BACKEND_UNSUPPORTED =	-1,	/* this backend has no such routine */
	BACKEND_PARAM =		-2,	/* bad argument, as an empty name */
	BACKEND_INTERNAL =	-3,	/* file or server cannot be reached */
	BACKEND_DENIED =	-4,	/* get_userinfo: no such user; check
					 * and change: password incorrect */
	BACKEND_RECORD =	-5	/* get_userinfo, login: the user's
					 * record is wrong until somebody
					 * mends it */
};

#endif
