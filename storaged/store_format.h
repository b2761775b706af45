/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  What a format of maildrops has to offer. */

#ifndef POP3D_STORAGED_STORE_FORMAT_H
#define POP3D_STORAGED_STORE_FORMAT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "formats.h"
#include "proto.h"
#include "store_conf.h"
#include "wire.h"

struct store_format;

/*
 * A maildrop as all formats see it.  store.c owns every member; a format writes
 * data and nothing else, and reads what it likes.  Messages are numbered from 0
 * here.
 */
struct store {
	struct store_conf	 conf;
	const struct store_format *format;
	void			*data;		/* the format's own */
	int			 session;	/* descriptor of its lock */
	uint32_t		 count;		/* messages */
	uint64_t		 total;		/* wire bytes of all */
	unsigned char		*marks;		/* a bit each: to be removed */
	uint32_t		 live;		/* messages not marked */
	uint64_t		 octets;	/* wire bytes of these */
	int			 seen;		/* mail was read or marked: from
						 * here on numbers stay */
	int			 changed;	/* load or uid returned ST_CHANGED */
	int			 noted;		/* conf.marked was called */
	int			 sealed;	/* conf.seal was called */

	/* The message that is being read. */
	struct wire		 wire;
	uint64_t		 off;		/* next byte of it */
};

/*
 * The operations of a format.  Except where NULL is allowed all are there.
 * Those that fail log the reason.
 */
struct store_format {
	/*
	 * Open the maildrop, whose session lock is held: finish what an
	 * interrupted commit left to do, find the messages, call store_seal()
	 * before the first byte of mail is read, and store_found().  The
	 * maildrop is unlocked when it returns, unless LOCK_SESSION is set.
	 * close is called whatever this returns, if data is set.
	 */
	enum st_status	 (*open)(struct store *);

	/*
	 * In place of open: only finish what an interrupted commit left to do.
	 */
	enum st_status	 (*recover)(struct store *);

	/* Release all that is held, but remove nothing. */
	void		 (*close)(struct store *);

	/*
	 * What the sandbox has to leave to the session.  Called once, by
	 * store_seal(); the format keeps to it from then on.
	 */
	void		 (*confine)(struct store *, struct store_confine *);

	/* Do what can wait.  NULL: there is no such thing. */
	void		 (*idle)(struct store *);

	/*
	 * Have at hand what size, begin and the marks need of each message.
	 * ST_OK, ST_TEMP or ST_CHANGED.  Cheap when called again.
	 */
	enum st_status	 (*load)(struct store *);

	/* Wire bytes of a message, without dot-stuffing.  Loaded. */
	uint64_t	 (*size)(const struct store *, uint32_t);

	/*
	 * Choose the message to read: its length as stored, and how much of
	 * that is the header with its blank line.  ST_OK, ST_TEMP, ST_CHANGED.
	 */
	enum st_status	 (*begin)(struct store *, uint32_t, uint64_t *len,
			    uint64_t *hdr);

	/*
	 * Stored bytes of that message from off: at least one, at most limit,
	 * which does not reach beyond its end.  *p lives until the next call.
	 */
	enum st_status	 (*read)(struct store *, uint64_t off, uint64_t limit,
			    unsigned char **p, size_t *n);

	/*
	 * All that is wanted of it was read: whether that was the message that
	 * was listed.  ST_OK, ST_TEMP or ST_CHANGED.
	 */
	enum st_status	 (*end)(struct store *);

	/* The UIDL of a message, as store_uidl().  Loaded. */
	enum st_status	 (*uid)(struct store *, uint32_t,
			    char uidl[UIDL_LEN_MAX + 1]);

	/*
	 * NULL if messages can be removed, else what cannot be written, for the
	 * log.
	 */
	const char	*(*readonly)(const struct store *);

	/*
	 * The four steps of a commit, in this order; one that fails is followed
	 * by unlock.  Without readonly's leave none is called, and all may be
	 * NULL where it never gives leave.
	 *
	 * lock: keep other programs away.  settle: make sure that no message
	 * loses its UIDL by what follows; the maildrop is not changed yet.
	 * remove: remove the messages that are marked, durably; if it fails
	 * every message is still there, or recovery completes the removal.
	 * unlock: let others in, unless LOCK_SESSION is set.
	 */
	enum st_status	 (*lock)(struct store *);
	void		 (*settle)(struct store *);
	enum st_status	 (*remove)(struct store *);
	void		 (*unlock)(struct store *);
};

/* The operations of a format.  Never NULL. */
const struct store_format *store_format_get(enum format);

/* The formats there are. */
extern const struct store_format	 mbox_format;

/* What formats call. */

/* So many messages were found, and so many wire bytes in all. */
void		 store_found(struct store *, uint32_t count, uint64_t total);

/* The sizes of messages have changed, but not their number. */
void		 store_resized(struct store *, uint64_t total);

/* Whether a message is marked. */
int		 store_marked(const struct store *, uint32_t);

/*
 * Mail may be removed from here on: a crash calls for recovery.  Only the first
 * call counts.
 */
void		 store_note(struct store *);

/* Everything is open.  Only the first call counts. */
void		 store_seal(struct store *);

#endif
