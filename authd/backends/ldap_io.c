/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_ldap, as _pop3auth.  Trusts: no server to answer, nor to stop
 * sending.
 */

#include <sys/types.h>

#include <errno.h>
#include <poll.h>

#include "backend.h"
#include "clock.h"
#include "ldap_io.h"
#include "log.h"

/* Below TLS, above the socket. */
#define LEVEL	(LBER_SBIOD_LEVEL_PROVIDER + 1)

static int		 io_setup(Sockbuf_IO_Desc *, void *);
static int		 io_ctrl(Sockbuf_IO_Desc *, int, void *);
static ber_slen_t	 io_read(Sockbuf_IO_Desc *, void *, ber_len_t);
static ber_slen_t	 io_write(Sockbuf_IO_Desc *, void *, ber_len_t);

static Sockbuf_IO	 layer = {
	.sbi_setup = io_setup,
	.sbi_ctrl = io_ctrl,
	.sbi_read = io_read,
	.sbi_write = io_write
};

static int
io_setup(Sockbuf_IO_Desc *d, void *arg)
{
	d->sbiod_pvt = arg;
	return 0;
}

static int
io_ctrl(Sockbuf_IO_Desc *d, int opt, void *arg)
{
	return LBER_SBIOD_CTRL_NEXT(d, opt, arg);
}

/*
 * Wait until the socket is ready.  -1: not in time; errno is not EAGAIN, which
 * would make libldap try again for ever.
 */
static int
io_wait(Sockbuf_IO_Desc *d, short events)
{
	struct ldapio	*io = d->sbiod_pvt;
	struct pollfd	 pfd = { .events = events };
	ber_socket_t	 fd;
	int64_t		 left;
	int		 n;

	if (ber_sockbuf_ctrl(d->sbiod_sb, LBER_SB_OPT_GET_FD, &fd) != 1) {
		errno = EBADF;
		return -1;
	}
	pfd.fd = (int)fd;
	do {
		if ((left = io->end - clock_msec()) < 0)
			left = 0;
		n = poll(&pfd, 1, (int)left);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	/* A write may begin a new operation. */
	if (n == 1 && (left > 0 || events == POLLOUT))
		return 0;
	io->why = "no answer in time";
	errno = ETIMEDOUT;
	return -1;
}

static ber_slen_t
io_read(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	struct ldapio	*io = d->sbiod_pvt;
	ber_slen_t	 n;

	if (io->octets == 0) {
		io->why = "an answer without an end";
		errno = EFBIG;
		return -1;
	}
	if (io_wait(d, POLLIN) == -1)
		return -1;
	if (len > io->octets)
		len = io->octets;
	n = LBER_SBIOD_READ_NEXT(d, buf, len);
	if (n > 0)
		io->octets -= (size_t)n;
	return n;
}

static ber_slen_t
io_write(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	if (io_wait(d, POLLOUT) == -1)
		return -1;
	return LBER_SBIOD_WRITE_NEXT(d, buf, len);
}

int
ldapio_add(Sockbuf *sb, struct ldapio *io)
{
	return ber_sockbuf_add_io(sb, &layer, LEVEL, io);
}
