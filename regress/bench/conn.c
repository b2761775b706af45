/* SPDX-License-Identifier: ISC */
/* Runs in: make bench.  Trusts: the server that it measures. */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tls.h>

#include "conn.h"

static void
conn_tls(struct conn *c)
{
	static struct tls_config	*config;

	if (config == NULL) {
		if ((config = tls_config_new()) == NULL)
			errx(1, "tls_config_new");
		tls_config_insecure_noverifycert(config);
		tls_config_insecure_noverifyname(config);
	}
	if ((c->tls = tls_client()) == NULL ||
	    tls_configure(c->tls, config) == -1 ||
	    tls_connect_socket(c->tls, c->fd, "localhost") == -1 ||
	    tls_handshake(c->tls) != 0)
		errx(1, "tls: %s", c->tls == NULL ? "no memory" :
		    tls_error(c->tls));
}

void
conn_open(struct conn *c, int port, int tls)
{
	const int		 on = 1;
	struct sockaddr_in	 sin;

	c->tls = NULL;
	c->r = c->w = 0;
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((c->fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "port %d", port);
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (tls)
		conn_tls(c);
	(void)conn_ok(c);
}

void
conn_close(struct conn *c)
{
	tls_free(c->tls);
	(void)close(c->fd);
}

void
conn_send(struct conn *c, const char *p, size_t n)
{
	ssize_t	 sent;

	while (n > 0) {
		sent = c->tls != NULL ? tls_write(c->tls, p, n) :
		    send(c->fd, p, n, MSG_NOSIGNAL);
		if (sent == TLS_WANT_POLLIN || sent == TLS_WANT_POLLOUT)
			continue;
		if (sent <= 0)
			errx(1, "connection lost");
		p += sent;
		n -= (size_t)sent;
	}
}

static void
conn_fill(struct conn *c)
{
	ssize_t	 n;

	memmove(c->buf, c->buf + c->r, c->w - c->r);
	c->w -= c->r;
	c->r = 0;
	if (c->w == sizeof(c->buf))
		errx(1, "line too long");
	do {
		n = c->tls != NULL ?
		    tls_read(c->tls, c->buf + c->w, sizeof(c->buf) - c->w) :
		    recv(c->fd, c->buf + c->w, sizeof(c->buf) - c->w, 0);
	} while (c->tls != NULL &&
	    (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT));
	if (n <= 0)
		errx(1, "connection lost");
	c->w += (size_t)n;
}

/* The next line; its CRLF is replaced by a NUL.  Lives until the next call. */
static char *
conn_line(struct conn *c, size_t *len)
{
	char	*nl, *line;

	while ((nl = memchr(c->buf + c->r, '\n', c->w - c->r)) == NULL)
		conn_fill(c);
	line = c->buf + c->r;
	*len = (size_t)(nl + 1 - line);
	if (*len < 2 || nl[-1] != '\r')
		errx(1, "line without CRLF");
	nl[-1] = '\0';
	c->r += *len;
	return line;
}

const char *
conn_ok(struct conn *c)
{
	size_t	 len;
	char	*line = conn_line(c, &len);

	if (strncmp(line, "+OK", 3) != 0)
		errx(1, "%s", line);
	return line + 3;
}

size_t
conn_lines(struct conn *c)
{
	size_t	 len, total = 0;
	char	*line;

	for (;;) {
		line = conn_line(c, &len);
		if (line[0] == '.' && line[1] == '\0')
			return total;
		total += len;
	}
}

const char *
conn_ask(struct conn *c, const char *fmt, ...)
{
	char	 line[512];
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 2, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n > sizeof(line) - 3)
		errx(1, "command too long");
	memcpy(line + n, "\r\n", 2);
	conn_send(c, line, (size_t)n + 2);
	return conn_ok(c);
}
