/* SPDX-License-Identifier: ISC */
/* Runs in: make bench.  A connection to a POP3 server, the client's end. */

#ifndef POP3D_BENCH_CONN_H
#define POP3D_BENCH_CONN_H

#include <sys/types.h>

struct tls;

struct conn {
	int		 fd;
	struct tls	*tls;		/* NULL: plain */
	size_t		 r, w;		/* read and written in buf */
	char		 buf[32768];
};

/* Whatever goes wrong ends the process with a message: it is a benchmark. */

/* Connect to 127.0.0.1, with TLS at once if tls; take the greeting. */
void	 conn_open(struct conn *, int port, int tls);
void	 conn_close(struct conn *);

/* Send as it is. */
void	 conn_send(struct conn *, const char *, size_t);

/* Send a line, and wait for its +OK, of which the text is left. */
const char *conn_ask(struct conn *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/* The +OK of an answer; then its lines up to the dot: how many octets. */
const char *conn_ok(struct conn *);
size_t	 conn_lines(struct conn *);

#endif
