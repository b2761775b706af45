/* SPDX-License-Identifier: ISC */
/* Runs in: authd.  From "listen on WORD" to socket addresses. */

#ifndef POP3D_AUTHD_CONF_LISTEN_H
#define POP3D_AUTHD_CONF_LISTEN_H

#include "conf.h"

/* One listen statement; strings are the caller's. */
struct listen_spec {
	const char	*host;	/* address, interface, host name, or "*" */
	uint16_t	 port;	/* host order */
	enum listen_mode mode;
	const char	*pki;	/* NULL: not said */
	const char	*file;	/* where the statement is */
	unsigned int	 line;
};

/*
 * Add an entry for each address that host stands for; the same one twice is
 * added once.  Looks host names up, which may ask the name servers.  exposed
 * becomes 1 if one of them is no loopback address.
 * Returns 0, or -1 with a reason in why and nothing added: the host cannot be
 * found, or an earlier statement has the address and port.
 */
int		 listen_add(struct conf_listens *, const struct listen_spec *,
		    int *exposed, char *why, size_t whysize);

/* An entry as "192.0.2.1 port 110", in a static buffer. */
const char	*listen_text(const struct conf_listen *);

#endif
