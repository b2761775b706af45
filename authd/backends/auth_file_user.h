/* SPDX-License-Identifier: ISC */
/* Runs in: auth_file.  What a line of the file of users says. */

#ifndef POP3D_AUTHD_BACKENDS_AUTH_FILE_USER_H
#define POP3D_AUTHD_BACKENDS_AUTH_FILE_USER_H

#include <stddef.h>
#include <stdint.h>

#include "password_kind.h"
#include "proto.h"

/* A piece of a line, not NUL-terminated; it lives as long as the line. */
struct text {
	const char	*p;
	size_t		 len;
};

/*
 * One line: user:hash[:uid:gid:gecos:home:mailbox:options], or a line in the
 * format of another system, see auth_file_foreign.h.
 */
struct user_line {
	struct text	 name;
	struct text	 hash;
	struct text	 gecos;
	struct text	 home;		/* len 0: not given */
	struct text	 mailbox;	/* len 0: not given */
	struct text	 host;		/* len 0: not given */
	enum password_kind kind;
	uint32_t	 uid;		/* 0: not given */
	uint32_t	 gid;		/* 0: not given */
	uint32_t	 status;	/* enum user_status */
	uint32_t	 ngroups;
	uint32_t	 groups[GROUPS_MAX];
	int64_t		 quota_octets;	/* -1: not given */
	int64_t		 quota_messages;/* -1: not given */
};

#endif
