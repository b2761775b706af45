/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  The interface to a maildrop format. */

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
 * A maildrop of any format.  store.c owns every member; a format may read them
 * all but writes only data.  Message numbers start at 0 here.
 */
struct store {
	struct store_conf	 conf;
	const struct store_format *format;
	void			*data;		/* the format's own */
	int			 session;	/* descriptor of its lock */
	uint32_t		 count;		/* messages */
	uint64_t		 total;		/* wire octets of all */
	unsigned char		*marks;		/* bitmap: to be removed */
	uint32_t		 live;		/* messages not marked */
	uint64_t		 octets;	/* wire octets of these */
	int			 seen;		/* mail was read or marked:
						 * numbers are now fixed */
	int			 changed;	/* ST_CHANGED was returned */
	int			 noted;		/* conf.marked was called */
	int			 sealed;	/* conf.seal was called */

	/* The message being read. */
	struct wire		 wire;
	uint64_t		 off;		/* next byte of it */
};

/*
 * The operations of a format.  Each must be set unless NULL is allowed.  Each
 * logs the reason when it fails.
 */
struct store_format {
	/*
	 * Open the maildrop with the session lock held: finish an interrupted
	 * commit, find the messages, call store_seal() before the first byte of
	 * mail is read, and store_found().  Return with the maildrop unlocked,
	 * unless LOCK_SESSION is set.  If data is set, close is called whatever
	 * this returns.
	 */
	enum st_status	 (*open)(struct store *);

	/* Called instead of open: only finish an interrupted commit. */
	enum st_status	 (*recover)(struct store *);

	/* Release all resources.  Removes no mail. */
	void		 (*close)(struct store *);

	/*
	 * Name the paths that the sandbox must leave to the session.
	 * store_seal() calls this once; the format uses no others afterwards.
	 */
	void		 (*confine)(struct store *, struct store_confine *);

	/* Do deferred work.  NULL: there is none. */
	void		 (*idle)(struct store *);

	/*
	 * Load the data of each message that size, begin and the marks need.
	 * ST_OK, ST_TEMP or ST_CHANGED.  Cheap when called again.
	 */
	enum st_status	 (*load)(struct store *);

	/* Wire octets of a message, without dot-stuffing.  Needs load. */
	uint64_t	 (*size)(const struct store *, uint32_t);

	/*
	 * Select the message to read.  Sets *len to its stored length and *hdr
	 * to the part of that which is the header and its blank line.  ST_OK,
	 * ST_TEMP or ST_CHANGED.
	 */
	enum st_status	 (*begin)(struct store *, uint32_t, uint64_t *len,
			    uint64_t *hdr);

	/*
	 * Read stored bytes of that message from off: at least one, at most
	 * limit, which never exceeds the rest of it.  *p is valid until the
	 * next call.
	 */
	enum st_status	 (*read)(struct store *, uint64_t off, uint64_t limit,
			    unsigned char **p, size_t *n);

	/*
	 * Called when all wanted parts were read: verify that this was the
	 * message that was listed.  ST_OK, ST_TEMP or ST_CHANGED.
	 */
	enum st_status	 (*end)(struct store *);

	/* Get the UIDL of a message, like store_uidl().  Needs load. */
	enum st_status	 (*uid)(struct store *, uint32_t,
			    char uidl[UIDL_LEN_MAX + 1]);

	/*
	 * Returns NULL if messages can be removed; otherwise, for the log, what
	 * cannot be written.
	 */
	const char	*(*readonly)(const struct store *);

	/*
	 * The four steps of a commit, in this order.  If remove fails, unlock
	 * follows; if lock fails, nothing does.  None is called unless readonly
	 * returns NULL; if it never does, all four may be NULL.
	 *
	 * lock: exclude other programs.  settle: ensure that the commit costs
	 * no message its UIDL; the maildrop does not change yet.  remove:
	 * remove the marked messages durably; on failure every message is still
	 * there, or recovery completes the removal.  unlock: admit other
	 * programs, unless LOCK_SESSION is set.
	 */
	enum st_status	 (*lock)(struct store *);
	void		 (*settle)(struct store *);
	enum st_status	 (*remove)(struct store *);
	void		 (*unlock)(struct store *);
};

/* Returns the operations of a format; never NULL. */
const struct store_format *store_format_get(enum format);

/* All formats. */
extern const struct store_format	 mbox_format;

/* Functions for formats to call. */

/* Report the number of messages found and their wire octets in total. */
void		 store_found(struct store *, uint32_t count, uint64_t total);

/* Report that the sizes of messages changed, but not their number. */
void		 store_resized(struct store *, uint64_t total);

/* Returns whether a message is marked. */
int		 store_marked(const struct store *, uint32_t);

/*
 * Note that mail may be removed from now on: a crash requires recovery.  Only
 * the first call counts.
 */
void		 store_note(struct store *);

/* Enter the sandbox; everything is open.  Only the first call counts. */
void		 store_seal(struct store *);

#endif
