/* SPDX-License-Identifier: ISC */
/* Runs in: engine.  A client's connection, plain or TLS. */

#ifndef POP3D_POP3D_TRANSPORT_H
#define POP3D_POP3D_TRANSPORT_H

#include <sys/types.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdint.h>

struct event_base;
struct m_peer;
struct output;
struct tls;

/* What happens to input. */
enum transport_mode {
	TRANSPORT_HANDSHAKE,	/* it belongs to the TLS handshake */
	TRANSPORT_LINES,	/* its lines go to on_line */
	TRANSPORT_HOLD,		/* it stays until the mode changes */
	TRANSPORT_DROP,		/* it is dropped */
	TRANSPORT_DRAIN		/* same; on_drained once the output is out */
};

/* How the present state of the session treats input. */
struct transport_rule {
	enum transport_mode	 mode;
	/* TRANSPORT_LINES: longest line with its line end, octets. */
	size_t			 line_max;
	/*
	 * No line begins with this octet, unless it is 0.  What follows it may
	 * have no line end, so on_line gets all that has arrived at once.
	 */
	unsigned char		 foreign;
};

/* Calls to the owner.  Only the last three may free the transport. */
struct transport_ops {
	/*
	 * A line of len octets of any value, without its line end.  If whole
	 * is 0, it is longer than line_max and this is only its beginning.
	 * Returns 0 to get the same line again after transport_resume.
	 */
	int	(*on_line)(void *, const char *, size_t len, int whole);
	/* All lines that could be taken have been. */
	void	(*on_batch)(void *);
	/* Whether every answer has been queued that the client asked for. */
	int	(*idle)(void *);
	/* Some of the output has been written. */
	void	(*on_sent)(void *);
	/* The TLS handshake has succeeded. */
	void	(*on_secured)(void *);
	/* The output is out, and transport_stls or TRANSPORT_DRAIN waits. */
	void	(*on_drained)(void *);
	/* The connection is of no more use. */
	void	(*on_lost)(void *, const char *why);
};

/* The fields are private to transport.c, except where noted. */
struct transport {
	const struct transport_ops	*ops;
	const struct transport_rule	*rule;
	void			*arg;		/* of the ops */
	const struct m_peer	*remote;	/* the owner's, for the log */
	int			 fd;		/* may be read; -1: closed */
	struct tls		*tls;		/* NULL: plain */
	struct output		*out;		/* the owner's */
	struct event		 ev_read;
	unsigned char		*in;		/* read, not yet processed */
	size_t			 inlen;
	/* May be read, also after the end. */
	char			 version[8];	/* of TLS, "" without */
	uint64_t		 octets_in;
	uint64_t		 octets_out;
	unsigned int		 skip : 1;	/* rest of a long line */
	unsigned int		 eof : 1;	/* client has sent all */
	unsigned int		 stls : 1;	/* TLS once out is empty */
	unsigned int		 reading : 1;	/* ev_read is added */
	unsigned int		 busy : 1;	/* on_line is being called */
	unsigned int		 blocked : 1;	/* next line has to wait */
	unsigned int		 more : 1;	/* libtls may hold more */
};

/*
 * Set up a zeroed transport with its rule, and the write event of out.  Takes
 * over fd.  Everything else stays the caller's and must outlive the transport.
 */
void	 transport_init(struct transport *, int fd, struct output *out,
	    const struct m_peer *, const struct transport_ops *, void *arg);

/* From now on treat input by this rule, which must stay in place. */
void	 transport_set_rule(struct transport *, const struct transport_rule *);

/* Answer to STLS: take no more lines, and call on_drained after the output. */
void	 transport_stls(struct transport *);
int	 transport_stls_pending(const struct transport *);

/*
 * Begin the TLS handshake with this server context.  The rule must be one of
 * TRANSPORT_HANDSHAKE.  May free the owner (on_lost).
 */
void	 transport_start_tls(struct transport *, struct tls *server);

/* Whether the connection is encrypted.  1 or 0. */
int	 transport_is_tls(const struct transport *);

/* Wait for what the rule calls for; to be called after it has changed. */
void	 transport_update(struct transport *);

/*
 * Whatever blocked on_line may be gone: process the input that was kept, then
 * do as transport_update.  May free the owner.
 */
void	 transport_resume(struct transport *);

/* Close the connection and its output.  Idempotent. */
void	 transport_close(struct transport *);

/* Close it and wipe the input that was kept. */
void	 transport_free(struct transport *);

#endif
