/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  Trusts: nothing about a message. */

#include <sys/types.h>

#include <errno.h>
#include <imsg.h>
#include <stddef.h>
#include <stdint.h>

#include "proto.h"


struct row {
	const char	*name;
	uint32_t	 from;		/* enum proto_role bits */
	uint32_t	 to;
	size_t		 min;		/* payload, octets */
	size_t		 max;
	int		 fd;		/* 1: carries a descriptor */
};

#define ROW(name, from, to, min, max, fd) \
	[IMSG_##name] = { #name, from, to, min, max, fd },
static const struct row table[IMSG_MAX] = {
	PROTO_TABLE(ROW)
};
#undef ROW

#define FITS(name, from, to, min, max, fd) \
	_Static_assert((min) <= (max) && (max) <= PROTO_MSG_MAX - \
	    IMSG_HEADER_SIZE, #name " does not fit a channel");
PROTO_TABLE(FITS)
#undef FITS

static const struct row *
proto_find(uint32_t type)
{
	if (type >= NITEMS(table) || table[type].name == NULL)
		return NULL;
	return &table[type];
}

const char *
proto_check(struct imsg *imsg, enum proto_role from, enum proto_role to)
{
	const struct row	*row;
	size_t			 len;
	int			 has_fd;

	if ((row = proto_find(imsg_get_type(imsg))) == NULL)
		return "unknown type";
	if (!(row->from & from))
		return "not for this sender to say";
	if (!(row->to & to))
		return "not for this receiver";
	len = imsg_get_len(imsg);
	if (len < row->min)
		return "too short";
	if (len > row->max)
		return "too long";
	has_fd = ibuf_fd_avail(imsg->buf) != 0;
	if (row->fd && !has_fd)
		return "descriptor missing";
	if (!row->fd && has_fd)
		return "descriptor not expected";
	return NULL;
}

int
proto_sendable(uint32_t type, size_t len, int has_fd)
{
	const struct row	*row;

	row = proto_find(type);
	if (row == NULL || (row->fd != 0) != (has_fd != 0)) {
		errno = EINVAL;
		return -1;
	}
	if (len < row->min || len > row->max) {
		errno = ERANGE;
		return -1;
	}
	return 0;
}

const char *
proto_name(uint32_t type)
{
	const struct row	*row = proto_find(type);

	return row == NULL ? "unknown" : row->name;
}

const char *
proto_role_name(enum proto_role role)
{
	switch (role) {
	case R_AUTHD:
		return "authd";
	case R_ENGINE:
		return "engine";
	case R_BACKEND:
		return "backend";
	case R_SPAWNER:
		return "spawner";
	case R_STORAGED:
		return "storaged";
	case R_KEYD:
		return "keyd";
	case R_ALL:
		break;
	}
	return "unknown";
}
