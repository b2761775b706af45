/* SPDX-License-Identifier: ISC */
/* Runs in: authd.  What pop3d.conf says, parsed. */

#ifndef POP3D_AUTHD_CONF_CONF_H
#define POP3D_AUTHD_CONF_CONF_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/queue.h>

#include <stdint.h>
#include <stdio.h>

#include "formats.h"
#include "ids.h"
#include "listen.h"
#include "proto.h"

/* listen on ADDRESS port N MODE [pki NAME]; one entry per address. */
struct conf_listen {
	TAILQ_ENTRY(conf_listen) entry;
	struct sockaddr_storage	 ss;
	socklen_t		 sslen;
	enum listen_mode	 mode;
	char			*pki;		/* name, NULL: none needed */
	int			 fd;		/* -1 until bound, owned */
	int			*more;		/* authd/listen/sockets.c */
	unsigned int		 nmore;
	unsigned int		 line;		/* where it was configured */
	char			*file;
};
TAILQ_HEAD(conf_listens, conf_listen);

/* pki "NAME" cert "PATH" key "PATH" */
struct conf_pki {
	TAILQ_ENTRY(conf_pki)	 entry;
	char			*name;
	char			*cert_path;
	char			*key_path;
	char			*cert;		/* PEM, NUL-terminated */
	int			 key_state;	/* of authd's keyd_proc.c */
	unsigned int		 line;
	char			*file;
};
TAILQ_HEAD(conf_pkis, conf_pki);

/* One option of an auth backend, handed to it as "key=value". */
struct conf_opt {
	TAILQ_ENTRY(conf_opt)	 entry;
	char			*text;
};
TAILQ_HEAD(conf_opts, conf_opt);

struct conf_domain;

/* auth NAME ["PATH"] [{ workers N deadline N key "value" ... }] */
struct conf_auth {
	TAILQ_ENTRY(conf_auth)	 entry;		/* of all */
	TAILQ_ENTRY(conf_auth)	 chain;		/* of its domain's */
	const struct conf_domain *domain;
	char			*name;		/* program auth_NAME */
	unsigned int		 workers;	/* 0 until conf_parse set it */
	unsigned int		 deadline;	/* seconds per request */
	struct conf_opts	 opts;
	unsigned int		 line;
	char			*file;
};
TAILQ_HEAD(conf_auths, conf_auth);

/* One name of cluster-hosts. */
struct conf_host {
	TAILQ_ENTRY(conf_host)	 entry;
	char			*name;
};
TAILQ_HEAD(conf_hosts, conf_host);
/* Another name of a domain, lower case. */
struct conf_alias {
	TAILQ_ENTRY(conf_alias)	 entry;
	char			*name;
};
TAILQ_HEAD(conf_aliases, conf_alias);

enum conf_case {
	CASE_UNSAID,		/* as outside of domains; there: keep */
	CASE_KEEP,
	CASE_FOLD		/* local parts to lower case */
};

/*
 * domain "NAME" { ... }; and what is said outside of domains, which serves
 * names without one and stands in for what a domain does not say.
 */
struct conf_domain {
	TAILQ_ENTRY(conf_domain) entry;
	char			*name;		/* lower case; "*": any other;
						 * NULL: outside */
	struct conf_aliases	 aliases;
	struct conf_auths	 chain;		/* in order; empty: unsaid */
	char			*mailbox;	/* template; NULL: unsaid */
	enum format		 format;	/* of it */
	char			*prefix;	/* template of the directory
						 * below which a backend may
						 * name mailboxes; or NULL */
	enum conf_case		 local_case;
	int			 local;		/* backends see local parts */
	unsigned int		 line;
	char			*file;
};
TAILQ_HEAD(conf_domains, conf_domain);

#define ENGINES_MAX	64

/* Everything that a configuration file says. */
struct conf {
	uint32_t		 generation;
	struct conf_listens	 listens;
	struct conf_pkis	 pkis;
	struct conf_auths	 auths;		/* of all domains */
	struct conf_domain	 outside;	/* of domains */
	struct conf_domains	 domains;
	char			*default_domain; /* of names without; NULL */
	char			*hostname;	/* of this server */
	struct conf_hosts	 cluster_hosts;	/* whose mail is here, too */
	char			*state;		/* of all state directories */
	char			*chroot;	/* the engine's, empty */
	struct ids		 ids;		/* of users */
	struct conf_hosts	 groups;	/* names for ids.gids */
	int			 groups_said;
	uint32_t		 engines;	/* 0 until conf_parse set it */
	uint32_t		 lock_flags;	/* LOCK_* of proto.h */
	uint32_t		 lock_timeout;	/* seconds */
	uint64_t		 octets_max;	/* largest maildrop */
	uint32_t		 messages_max;	/* in a maildrop */
	uint32_t		 user_sessions;	/* sessions per user */
	uint32_t		 sandbox_optional; /* go on without a layer */
	struct m_limits		 limits;	/* the engine's part */
};

/* A macro given with -D, NAME=VALUE. */
struct conf_macro {
	TAILQ_ENTRY(conf_macro)	 entry;
	char			*text;
};
TAILQ_HEAD(conf_macros, conf_macro);

/*
 * A configuration with every default set and empty lists, or NULL with errno.
 * conf_free releases all of it, closes listeners; NULL is allowed.
 */
struct conf	*conf_new(void);
void		 conf_free(struct conf *);

/* Release one listener, which is in no list any more; closes its socket. */
void		 conf_listen_free(struct conf_listen *);

/* The value that an option of a backend was given last; NULL: none. */
const char	*conf_auth_opt(const struct conf_auth *, const char *key);

/*
 * Parse a configuration file (authd/conf/parse.y).  Errors and warnings go
 * through log_warnx as "FILE:LINE: what"; NULL if there was an error.  The
 * lists are cross-checked (a pki that is named exists, a TLS listener has one,
 * there is a listener, an auth and a mailbox); no file but the configuration
 * and its includes is opened.
 */
struct conf	*conf_parse(const char *file, const struct conf_macros *);

/*
 * Write a parsed configuration as a file that parses again to the same
 * (authd/conf/conf_print.c): every setting, macros expanded, includes taken in,
 * addresses as numbers.  Names the key files, never prints what is in them.
 */
void		 conf_print(const struct conf *, FILE *);

/*
 * Whether a user whose mailbox is on this host is to be served here: it is
 * empty, hostname or one of cluster_hosts, in upper or lower case.  1 or 0.
 */
int		 conf_host_local(const struct conf *, const char *host);

#endif
