/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, one per session, as the user.  Access to a maildrop. */

#ifndef POP3D_STORAGED_STORE_H
#define POP3D_STORAGED_STORE_H

#include <sys/types.h>

#include <stdint.h>

#include "proto.h"
#include "store_conf.h"

struct store;

/*
 * Open the maildrop: take the session lock and the mailbox locks, finish an
 * interrupted commit, scan, drop the mailbox locks.  Returns ST_OK and *store;
 * or logs the reason and returns ST_INUSE, ST_TEMP or ST_PERM, with the mailbox
 * untouched.  If the mailbox file does not exist but its directory does, the
 * maildrop is empty, or ST_TEMP if a commit to it was interrupted.
 */
enum st_status	 store_open(struct store **, const struct store_conf *);

/* Release everything, locks last.  Removes no mail.  NULL is allowed. */
void		 store_close(struct store *);

/*
 * Do deferred work while the client is idle: write the index.  Call it between
 * commands only, not within a message or a listing.
 */
void		 store_idle(struct store *);

/* Count the messages not marked as deleted, and their wire octets. */
void		 store_totals(const struct store *, uint32_t *messages,
		    uint64_t *octets);

/* Returns the number of messages, marked ones included.  Numbers start at 1. */
uint32_t	 store_count(const struct store *);

/*
 * Check that msg may be used: ST_OK, ST_NOMSG or ST_DELETED.  ST_TEMP or
 * ST_CHANGED if the index turns out not to match the maildrop.
 */
enum st_status	 store_check(struct store *, uint32_t msg);

/* Returns the wire octets of a message that passed store_check(). */
uint64_t	 store_size(const struct store *, uint32_t msg);

/*
 * Get the UIDL of a message: 1 to UIDL_LEN_MAX octets of 0x21-0x7e, and a NUL.
 * Hashes mail on first use.  Returns ST_OK, ST_TEMP (cannot read) or
 * ST_CHANGED.
 */
enum st_status	 store_uidl(struct store *, uint32_t msg,
		    char uidl[UIDL_LEN_MAX + 1]);

/*
 * Read a message in wire form (CRLF, dot-stuffed, ended by CRLF).
 * store_begin() selects it: lines is UINT32_MAX for the whole message;
 * otherwise the header, the blank line and that many lines of the body are read
 * (TOP).  store_read() fills buf with up to size octets (size at least 4096)
 * and sets *done with the last.  Returns ST_OK, ST_TEMP or ST_CHANGED.  After
 * ST_CHANGED the mailbox differs from the scan; trust nothing more of it.
 */
enum st_status	 store_begin(struct store *, uint32_t msg, uint32_t lines);
enum st_status	 store_read(struct store *, unsigned char *buf, size_t size,
		    size_t *len, int *done);

/* Mark a message that passed store_check(); unmark all messages. */
void		 store_delete(struct store *, uint32_t msg);
void		 store_reset(struct store *);

/*
 * Remove the marked messages durably: lock, find mail appended since, verify,
 * rewrite, fsync, unlock.  Returns ST_OK only when the result is on disk, with
 * the counts in *removed and *left.  On ST_TEMP or ST_INUSE every message is
 * still there, or the log says that recovery will complete the removal.
 * If nothing is marked, returns ST_OK without opening the mailbox for writing.
 */
enum st_status	 store_commit(struct store *, uint32_t *removed,
		    uint32_t *left);

#endif
