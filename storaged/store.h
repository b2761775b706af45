/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, one per session, as the user.  What a store can do. */

#ifndef POP3D_STORAGED_STORE_H
#define POP3D_STORAGED_STORE_H

#include <sys/types.h>

#include <stdint.h>

#include "proto.h"
#include "store_conf.h"

struct store;

/*
 * Open the maildrop: take the session lock, then the mailbox locks, finish what
 * an interrupted commit left to do, scan, drop the mailbox locks again.  ST_OK
 * and *store, or ST_INUSE, ST_TEMP or ST_PERM with the reason logged; the
 * mailbox is untouched then.  A mailbox file that does not exist in a directory
 * that does is an empty maildrop, or ST_TEMP if a commit to it was cut short.
 */
enum st_status	 store_open(struct store **, const struct store_conf *);

/* Release everything, locks last.  Removes nothing.  NULL is allowed. */
void		 store_close(struct store *);

/*
 * Do what can wait, while the client thinks: write the index.  Between commands
 * only, not in the midst of a message or a listing.
 */
void		 store_idle(struct store *);

/* Messages and wire octets that are not marked as deleted. */
void		 store_totals(const struct store *, uint32_t *messages,
		    uint64_t *octets);

/* Messages in all, marked ones included; they are numbered 1 to this. */
uint32_t	 store_count(const struct store *);

/*
 * ST_OK, ST_NOMSG or ST_DELETED: whether msg may be used.  ST_TEMP or
 * ST_CHANGED if what the index said of the maildrop turns out not to hold.
 */
enum st_status	 store_check(struct store *, uint32_t msg);

/* Wire octets of a message that store_check() has passed. */
uint64_t	 store_size(const struct store *, uint32_t msg);

/*
 * The UIDL of a message, NUL-terminated, 1 to UIDL_LEN_MAX octets of 0x21-0x7e.
 * Hashes mail on first use: ST_OK, ST_TEMP (cannot read) or ST_CHANGED.
 */
enum st_status	 store_uidl(struct store *, uint32_t msg,
		    char uidl[UIDL_LEN_MAX + 1]);

/*
 * Read a message in wire form (CRLF, dot-stuffed, ended by CRLF).  begin
 * selects it: lines is UINT32_MAX for the whole, else the header, the blank
 * line and that many lines of the body (TOP).  read fills buf with up to size
 * octets (size at least 4096); *done is set with the last.  ST_OK, ST_TEMP or
 * ST_CHANGED: the mailbox is no longer what was scanned and nothing more of it
 * can be trusted.
 */
enum st_status	 store_begin(struct store *, uint32_t msg, uint32_t lines);
enum st_status	 store_read(struct store *, unsigned char *buf, size_t size,
		    size_t *len, int *done);

/* Mark a message that store_check() has passed; unmark all. */
void		 store_delete(struct store *, uint32_t msg);
void		 store_reset(struct store *);

/*
 * Remove what is marked and make it durable: lock, take in what was appended,
 * verify, rewrite, fsync, unlock.  ST_OK only when it is on disk; *removed and
 * *left say how many.  Else ST_TEMP or ST_INUSE: every message is still there,
 * or, as the log says then, recovery will complete the removal.
 * Nothing marked: ST_OK and the mailbox is not opened for writing.
 */
enum st_status	 store_commit(struct store *, uint32_t *removed,
		    uint32_t *left);

#endif
