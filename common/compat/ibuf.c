/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process on systems without libutil's ibuf.  Trusts: its
 * callers; lengths and positions may come from anywhere.
 *
 * Written from ibuf_add(3).  A buffer that is opened for n octets is one
 * allocation; only one that grows past what it was opened for moves.
 */

#include <sys/types.h>

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define GROW_MIN	256	/* octets: the least that a buffer grows to */

/* An ibuf and the room that it begins with. */
struct ibuf_alloc {
	struct ibuf	 head;
	unsigned char	 room[];
};

static int	fail(int);
static int	ibuf_grow(struct ibuf *, size_t);
static int	encode(unsigned char *, uint64_t, size_t);
static int	add_net(struct ibuf *, uint64_t, size_t);
static int	set_net(struct ibuf *, size_t, uint64_t, size_t);

static int
fail(int error)
{
	errno = error;
	return -1;
}

static struct ibuf *
ibuf_alloc(size_t len, size_t max)
{
	struct ibuf_alloc	*a;

	if (len > SIZE_MAX - sizeof(*a)) {
		errno = ENOMEM;
		return NULL;
	}
	/* The room is not cleared: nobody can read what was not added. */
	if ((a = malloc(sizeof(*a) + len)) == NULL)
		return NULL;
	memset(&a->head, 0, sizeof(a->head));
	a->head.buf = a->room;
	a->head.size = len;
	a->head.max = max;
	a->head.fd = -1;
	return &a->head;
}

struct ibuf *
ibuf_open(size_t len)
{
	if (len == 0) {
		errno = EINVAL;
		return NULL;
	}
	return ibuf_alloc(len, len);
}

struct ibuf *
ibuf_dynamic(size_t len, size_t max)
{
	if (max == 0 || max < len) {
		errno = EINVAL;
		return NULL;
	}
	return ibuf_alloc(len, max);
}

/* Wipe what is in use; give the room back unless it belongs to the ibuf. */
static void
ibuf_release(struct ibuf *buf)
{
	struct ibuf_alloc	*a = (struct ibuf_alloc *)buf;

	explicit_bzero(buf->buf, buf->wpos);
	if (buf->buf != a->room)
		free(buf->buf);
}

void
ibuf_free(struct ibuf *buf)
{
	int	 saved = errno;

	if (buf == NULL)
		return;
	if (buf->max == 0)
		abort();	/* not ours to free: a bug of the caller */
	if (buf->fd != -1)
		close(buf->fd);
	ibuf_release(buf);
	free(buf);
	errno = saved;
}

/* Make room for len more octets: twice the size, within the maximum. */
static int
ibuf_grow(struct ibuf *buf, size_t len)
{
	unsigned char	*room;
	size_t		 size;

	if (buf->max < buf->wpos || len > buf->max - buf->wpos)
		return fail(ERANGE);
	size = buf->size > buf->max / 2 ? buf->max : buf->size * 2;
	if (size < GROW_MIN)
		size = GROW_MIN < buf->max ? GROW_MIN : buf->max;
	if (size < buf->wpos + len)
		size = buf->wpos + len;
	if ((room = malloc(size)) == NULL)
		return -1;
	memcpy(room, buf->buf, buf->wpos);
	ibuf_release(buf);
	buf->buf = room;
	buf->size = size;
	return 0;
}

void *
ibuf_reserve(struct ibuf *buf, size_t len)
{
	void	*p;

	/* A buffer without room of its own has size 0 and max 0. */
	if (buf->size < buf->wpos || len > buf->size - buf->wpos)
		if (ibuf_grow(buf, len) == -1)
			return NULL;
	p = buf->buf + buf->wpos;
	buf->wpos += len;
	return p;
}

int
ibuf_add(struct ibuf *buf, const void *data, size_t len)
{
	void	*p;

	if ((p = ibuf_reserve(buf, len)) == NULL)
		return -1;
	if (len > 0)
		memcpy(p, data, len);
	return 0;
}

int
ibuf_add_ibuf(struct ibuf *buf, const struct ibuf *from)
{
	return ibuf_add(buf, ibuf_data(from), ibuf_size(from));
}

int
ibuf_add_zero(struct ibuf *buf, size_t len)
{
	void	*p;

	if ((p = ibuf_reserve(buf, len)) == NULL)
		return -1;
	memset(p, 0, len);
	return 0;
}

int
ibuf_add_strbuf(struct ibuf *buf, const char *str, size_t len)
{
	char	*p;
	size_t	 used;

	if ((used = strlen(str)) >= len)
		return fail(EOVERFLOW);
	if ((p = ibuf_reserve(buf, len)) == NULL)
		return -1;
	memcpy(p, str, used);
	memset(p + used, 0, len - used);
	return 0;
}

/* The lower width octets of a value, most significant first. */
static int
encode(unsigned char *raw, uint64_t value, size_t width)
{
	size_t	 i;

	for (i = width; i > 0; i--) {
		raw[i - 1] = value & 0xff;
		value >>= 8;
	}
	return value == 0 ? 0 : fail(EINVAL);
}

static int
add_net(struct ibuf *buf, uint64_t value, size_t width)
{
	unsigned char	 raw[sizeof(value)];

	if (encode(raw, value, width) == -1)
		return -1;
	return ibuf_add(buf, raw, width);
}

int
ibuf_add_n8(struct ibuf *buf, uint64_t value)
{
	return add_net(buf, value, 1);
}

int
ibuf_add_n16(struct ibuf *buf, uint64_t value)
{
	return add_net(buf, value, 2);
}

int
ibuf_add_n32(struct ibuf *buf, uint64_t value)
{
	return add_net(buf, value, 4);
}

int
ibuf_add_n64(struct ibuf *buf, uint64_t value)
{
	return add_net(buf, value, 8);
}

int
ibuf_add_h16(struct ibuf *buf, uint64_t value)
{
	return value > UINT16_MAX ? fail(EINVAL) :
	    add_net(buf, htobe16(value), 2);
}

int
ibuf_add_h32(struct ibuf *buf, uint64_t value)
{
	return value > UINT32_MAX ? fail(EINVAL) :
	    add_net(buf, htobe32(value), 4);
}

int
ibuf_add_h64(struct ibuf *buf, uint64_t value)
{
	return add_net(buf, htobe64(value), 8);
}

void *
ibuf_seek(struct ibuf *buf, size_t pos, size_t len)
{
	size_t	 used = ibuf_size(buf);

	if (pos > used || len > used - pos) {
		errno = ERANGE;
		return NULL;
	}
	return buf->buf + buf->rpos + pos;
}

int
ibuf_set(struct ibuf *buf, size_t pos, const void *data, size_t len)
{
	void	*p;

	if ((p = ibuf_seek(buf, pos, len)) == NULL)
		return -1;
	if (len > 0)
		memcpy(p, data, len);
	return 0;
}

static int
set_net(struct ibuf *buf, size_t pos, uint64_t value, size_t width)
{
	unsigned char	 raw[sizeof(value)];

	if (encode(raw, value, width) == -1)
		return -1;
	return ibuf_set(buf, pos, raw, width);
}

int
ibuf_set_n8(struct ibuf *buf, size_t pos, uint64_t value)
{
	return set_net(buf, pos, value, 1);
}

int
ibuf_set_n16(struct ibuf *buf, size_t pos, uint64_t value)
{
	return set_net(buf, pos, value, 2);
}

int
ibuf_set_n32(struct ibuf *buf, size_t pos, uint64_t value)
{
	return set_net(buf, pos, value, 4);
}

int
ibuf_set_n64(struct ibuf *buf, size_t pos, uint64_t value)
{
	return set_net(buf, pos, value, 8);
}

int
ibuf_set_h16(struct ibuf *buf, size_t pos, uint64_t value)
{
	return value > UINT16_MAX ? fail(EINVAL) :
	    set_net(buf, pos, htobe16(value), 2);
}

int
ibuf_set_h32(struct ibuf *buf, size_t pos, uint64_t value)
{
	return value > UINT32_MAX ? fail(EINVAL) :
	    set_net(buf, pos, htobe32(value), 4);
}

int
ibuf_set_h64(struct ibuf *buf, size_t pos, uint64_t value)
{
	return set_net(buf, pos, htobe64(value), 8);
}

int
ibuf_set_maxsize(struct ibuf *buf, size_t max)
{
	if (max == 0 || max > buf->max || max < buf->wpos)
		return fail(ERANGE);
	buf->max = max;
	if (buf->size > max)
		buf->size = max;
	return 0;
}

void *
ibuf_data(const struct ibuf *buf)
{
	return buf->buf + buf->rpos;
}

size_t
ibuf_size(const struct ibuf *buf)
{
	return buf->wpos - buf->rpos;
}

size_t
ibuf_left(const struct ibuf *buf)
{
	return buf->max == 0 ? 0 : buf->max - buf->wpos;
}

int
ibuf_truncate(struct ibuf *buf, size_t len)
{
	size_t	 used = ibuf_size(buf);

	if (used < len)
		return ibuf_add_zero(buf, len - used);
	buf->wpos = buf->rpos + len;
	return 0;
}

void
ibuf_rewind(struct ibuf *buf)
{
	buf->rpos = 0;
}

void
ibuf_from_buffer(struct ibuf *buf, void *data, size_t len)
{
	memset(buf, 0, sizeof(*buf));
	buf->buf = data;
	buf->wpos = len;
	buf->fd = -1;
}

void
ibuf_from_ibuf(struct ibuf *buf, const struct ibuf *from)
{
	ibuf_from_buffer(buf, ibuf_data(from), ibuf_size(from));
}

int
ibuf_get(struct ibuf *buf, void *data, size_t len)
{
	if (len > ibuf_size(buf))
		return fail(EBADMSG);
	if (len > 0)
		memcpy(data, ibuf_data(buf), len);
	buf->rpos += len;
	return 0;
}

int
ibuf_get_ibuf(struct ibuf *buf, size_t len, struct ibuf *new)
{
	if (len > ibuf_size(buf))
		return fail(EBADMSG);
	ibuf_from_buffer(new, ibuf_data(buf), len);
	buf->rpos += len;
	return 0;
}

int
ibuf_get_n8(struct ibuf *buf, uint8_t *value)
{
	return ibuf_get(buf, value, sizeof(*value));
}

int
ibuf_get_n16(struct ibuf *buf, uint16_t *value)
{
	if (ibuf_get_h16(buf, value) == -1)
		return -1;
	*value = be16toh(*value);
	return 0;
}

int
ibuf_get_n32(struct ibuf *buf, uint32_t *value)
{
	if (ibuf_get_h32(buf, value) == -1)
		return -1;
	*value = be32toh(*value);
	return 0;
}

int
ibuf_get_n64(struct ibuf *buf, uint64_t *value)
{
	if (ibuf_get_h64(buf, value) == -1)
		return -1;
	*value = be64toh(*value);
	return 0;
}

int
ibuf_get_h16(struct ibuf *buf, uint16_t *value)
{
	return ibuf_get(buf, value, sizeof(*value));
}

int
ibuf_get_h32(struct ibuf *buf, uint32_t *value)
{
	return ibuf_get(buf, value, sizeof(*value));
}

int
ibuf_get_h64(struct ibuf *buf, uint64_t *value)
{
	return ibuf_get(buf, value, sizeof(*value));
}

char *
ibuf_get_string(struct ibuf *buf, size_t len)
{
	char	*str;

	if (len > ibuf_size(buf)) {
		errno = EBADMSG;
		return NULL;
	}
	if ((str = strndup(ibuf_data(buf), len)) == NULL)
		return NULL;
	buf->rpos += len;
	return str;
}

int
ibuf_get_strbuf(struct ibuf *buf, char *str, size_t len)
{
	if (len == 0)
		return fail(EINVAL);
	if (ibuf_get(buf, str, len) == -1)
		return -1;
	if (str[len - 1] != '\0') {
		str[len - 1] = '\0';
		return fail(EOVERFLOW);
	}
	return 0;
}

int
ibuf_skip(struct ibuf *buf, size_t len)
{
	if (len > ibuf_size(buf))
		return fail(EBADMSG);
	buf->rpos += len;
	return 0;
}

int
ibuf_fd_avail(struct ibuf *buf)
{
	return buf->fd != -1;
}

int
ibuf_fd_get(struct ibuf *buf)
{
	int	 fd = buf->fd;

	buf->fd = -1;
	return fd;
}

void
ibuf_fd_set(struct ibuf *buf, int fd)
{
	if (buf->fd != -1)
		close(buf->fd);
	buf->fd = fd;
}
