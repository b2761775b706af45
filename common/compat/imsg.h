/* SPDX-License-Identifier: ISC */
/*
 * Runs in: every process on systems without libutil's imsg.  Trusts: nothing
 * that comes in from the other end of a channel.
 *
 * The interface that OpenBSD documents in imsg_add(3) and ibuf_add(3); what it
 * does is said there, and here only what those pages leave open.  Left out are
 * the ibufqueue functions, for threads.
 */

#ifndef POP3D_COMMON_COMPAT_IMSG_H
#define POP3D_COMMON_COMPAT_IMSG_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Octets that one read takes beyond the message that it is for.  (libutil reads
 * larger pieces and then copies all of it.)
 */
#define IBUF_READ_SIZE		8192

#define IMSG_HEADER_SIZE	sizeof(struct imsg_hdr)
#define MAX_IMSGSIZE		16384

/*
 * The octets [rpos, wpos) are in use, size are allocated, max are allowed.  A
 * buffer that only points at memory of others has max 0, and ibuf_free(3) of
 * one aborts.  All members are private.
 */
struct ibuf {
	TAILQ_ENTRY(ibuf)	 entry;
	unsigned char		*buf;
	size_t			 size;
	size_t			 max;
	size_t			 wpos;
	size_t			 rpos;
	int			 fd;
};

struct msgbuf;

/*
 * One end of a channel.  It must not move in memory once initialised.  All
 * members are private.
 */
struct imsgbuf {
	struct msgbuf	*w;
	pid_t		 pid;
	uint32_t	 maxsize;	/* of a message with its header */
	int		 fd;
	int		 flags;
};

/* On the wire, in host order. */
struct imsg_hdr {
	uint32_t	 type;
	uint32_t	 len;		/* with header; top bit: has an fd */
	uint32_t	 peerid;
	uint32_t	 pid;
};

/* Private too, but that ibuf_fd_avail(imsg.buf) tells of a descriptor. */
struct imsg {
	struct imsg_hdr	 hdr;
	struct ibuf	*buf;
};

/*
 * Buffers.  errno where they fail: ENOMEM; ERANGE, no room; EBADMSG, less there
 * than asked for; EINVAL, a value too large for its field, a length of 0;
 * EOVERFLOW, a string that does not end within its field.
 *
 * As in libutil every buffer is wiped when it is released or moves: passwords,
 * keys and mail go through them.  Wiped is what is in use at that time, so a
 * caller that shortens a buffer by ibuf_truncate wipes what it cut off.
 * ibuf_reserve gives room that is not initialised.
 */
struct ibuf	*ibuf_open(size_t);
struct ibuf	*ibuf_dynamic(size_t, size_t);
int		 ibuf_add(struct ibuf *, const void *, size_t);
int		 ibuf_add_ibuf(struct ibuf *, const struct ibuf *);
int		 ibuf_add_zero(struct ibuf *, size_t);
int		 ibuf_add_strbuf(struct ibuf *, const char *, size_t);
int		 ibuf_add_n8(struct ibuf *, uint64_t);
int		 ibuf_add_n16(struct ibuf *, uint64_t);
int		 ibuf_add_n32(struct ibuf *, uint64_t);
int		 ibuf_add_n64(struct ibuf *, uint64_t);
int		 ibuf_add_h16(struct ibuf *, uint64_t);
int		 ibuf_add_h32(struct ibuf *, uint64_t);
int		 ibuf_add_h64(struct ibuf *, uint64_t);
void		*ibuf_reserve(struct ibuf *, size_t);
void		*ibuf_seek(struct ibuf *, size_t, size_t);
int		 ibuf_set(struct ibuf *, size_t, const void *, size_t);
int		 ibuf_set_n8(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_n16(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_n32(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_n64(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_h16(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_h32(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_h64(struct ibuf *, size_t, uint64_t);
int		 ibuf_set_maxsize(struct ibuf *, size_t);
void		*ibuf_data(const struct ibuf *);
size_t		 ibuf_size(const struct ibuf *);
size_t		 ibuf_left(const struct ibuf *);
int		 ibuf_truncate(struct ibuf *, size_t);
void		 ibuf_rewind(struct ibuf *);
void		 ibuf_from_buffer(struct ibuf *, void *, size_t);
void		 ibuf_from_ibuf(struct ibuf *, const struct ibuf *);
int		 ibuf_get(struct ibuf *, void *, size_t);
int		 ibuf_get_ibuf(struct ibuf *, size_t, struct ibuf *);
int		 ibuf_get_n8(struct ibuf *, uint8_t *);
int		 ibuf_get_n16(struct ibuf *, uint16_t *);
int		 ibuf_get_n32(struct ibuf *, uint32_t *);
int		 ibuf_get_n64(struct ibuf *, uint64_t *);
int		 ibuf_get_h16(struct ibuf *, uint16_t *);
int		 ibuf_get_h32(struct ibuf *, uint32_t *);
int		 ibuf_get_h64(struct ibuf *, uint64_t *);
char		*ibuf_get_string(struct ibuf *, size_t);
int		 ibuf_get_strbuf(struct ibuf *, char *, size_t);
int		 ibuf_skip(struct ibuf *, size_t);
int		 ibuf_fd_avail(struct ibuf *);
int		 ibuf_fd_get(struct ibuf *);
void		 ibuf_fd_set(struct ibuf *, int);
void		 ibuf_close(struct msgbuf *, struct ibuf *);
void		 ibuf_free(struct ibuf *);

/*
 * Queues of buffers, and a socket's way in and out of them.  ETOOMANYREFS (more
 * descriptors under way than the system allows) is treated as ENOBUFS.  readhdr
 * gives a buffer of ibuf_open, and may leave the descriptor where it is, for a
 * later message; at most one waits, and what comes in on top of it is closed.
 * ibuf_read closes every descriptor.  A queue that failed for what came in only
 * fails from then on.
 */
struct msgbuf	*msgbuf_new(void);
struct msgbuf	*msgbuf_new_reader(size_t,
		    struct ibuf *(*)(struct ibuf *, void *, int *), void *);
void		 msgbuf_free(struct msgbuf *);
void		 msgbuf_clear(struct msgbuf *);
uint32_t	 msgbuf_queuelen(struct msgbuf *);
int		 msgbuf_write(int, struct msgbuf *);
int		 msgbuf_read(int, struct msgbuf *);
int		 ibuf_write(int, struct msgbuf *);
int		 ibuf_read(int, struct msgbuf *);
struct ibuf	*msgbuf_get(struct msgbuf *);

/*
 * Channels.  A channel holds no buffer while nothing is under way on it.  The
 * program ignores SIGPIPE or not as it likes: none is raised.
 *
 * imsgbuf_read fails with ERANGE on a header whose length is shorter than a
 * header or longer than the channel allows: close the channel then.  A
 * descriptor that did not arrive (the process has no room for it) leaves its
 * message without one.  One that no message claims is closed, at the latest by
 * imsgbuf_clear; so is any, where fdpass was not allowed.
 *
 * imsg_compose and its kin fail with EINVAL for a descriptor on a channel
 * without fdpass; where they fail, a descriptor stays the caller's.
 */
int		 imsgbuf_init(struct imsgbuf *, int);
void		 imsgbuf_allow_fdpass(struct imsgbuf *);
int		 imsgbuf_set_maxsize(struct imsgbuf *, uint32_t);
int		 imsgbuf_read(struct imsgbuf *);
int		 imsgbuf_write(struct imsgbuf *);
int		 imsgbuf_flush(struct imsgbuf *);
void		 imsgbuf_clear(struct imsgbuf *);
uint32_t	 imsgbuf_queuelen(struct imsgbuf *);
int		 imsgbuf_get(struct imsgbuf *, struct imsg *);

uint32_t	 imsg_get_type(struct imsg *);
uint32_t	 imsg_get_id(struct imsg *);
pid_t		 imsg_get_pid(struct imsg *);
size_t		 imsg_get_len(struct imsg *);
int		 imsg_get_fd(struct imsg *);
int		 imsg_get_ibuf(struct imsg *, struct ibuf *);
int		 imsg_get_data(struct imsg *, void *, size_t);
int		 imsg_get_buf(struct imsg *, void *, size_t);
int		 imsg_get_strbuf(struct imsg *, char *, size_t);
int		 imsg_compose(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
		    const void *, size_t);
int		 imsg_composev(struct imsgbuf *, uint32_t, uint32_t, pid_t,
		    int, const struct iovec *, int);
int		 imsg_compose_ibuf(struct imsgbuf *, uint32_t, uint32_t,
		    pid_t, struct ibuf *);
struct ibuf	*imsg_create(struct imsgbuf *, uint32_t, uint32_t, pid_t,
		    size_t);
int		 imsg_add(struct ibuf *, const void *, size_t);
int		 imsg_set_maxsize(struct ibuf *, size_t);
void		 imsg_close(struct imsgbuf *, struct ibuf *);
int		 imsg_forward(struct imsgbuf *, struct imsg *);
void		 imsg_free(struct imsg *);

#endif
