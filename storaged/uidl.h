/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Unique message ids, made from content. */

#ifndef POP3D_STORAGED_UIDL_H
#define POP3D_STORAGED_UIDL_H

#include <openssl/sha.h>

#include <stddef.h>
#include <stdint.h>

#include "fields.h"
#include "proto.h"

/*
 * A message id is 26 characters of base32 (RFC 4648, lower case): the first 130
 * bits of the SHA-256 of the message's content
 *   - without its From_ line, which is not mail,
 *   - without the header fields in which mail readers keep their own state
 *     (fields.h),
 *   - with CRLF read as LF, and
 *   - without trailing line ends, because programs that rewrite an mbox add or
 *     remove some.
 * The second, third, ... identical message of a maildrop gets "-2", "-3", ...
 * appended, in file order.  The index takes precedence: a copy keeps its id
 * when an earlier copy is removed, and the id of a removed message is not
 * reused.
 */
#define UIDL_HASH_LEN	17	/* bytes; the last one holds 2 bits */

/* The state of hashing one message. */
struct uidl_ctx {
	SHA256_CTX	 sha;
	uint64_t	 hdr;		/* bytes of the header to come */
	uint64_t	 eols;		/* LFs held back: may be trailing */
	int		 cr;		/* a CR held back: may begin a CRLF */
	struct fields	 fields;
};

/* Begin a message whose header, blank line included, has hdr bytes. */
void	 uidl_begin(struct uidl_ctx *, uint64_t hdr);

/* Hash the next n bytes, cut anywhere.  Overwrites buf. */
void	 uidl_update(struct uidl_ctx *, unsigned char *buf, size_t n);

/* End the message and return its hash. */
void	 uidl_end(struct uidl_ctx *, unsigned char hash[UIDL_HASH_LEN]);

/* An id: the hash, and the number among the messages that have it. */
struct uid {
	unsigned char	 hash[UIDL_HASH_LEN];
	uint32_t	 copy;		/* 1; 2 for the second such message */
};

/* An id from an earlier scan, kept for its message. */
struct uid_old {
	struct uid	 uid;		/* copy 0: the message has it again */
	uint32_t	 next;		/* 1 + the next with this hash, or 0 */
};

/* A hash that a message has or had. */
struct uid_name {
	unsigned char	 hash[UIDL_HASH_LEN];
	uint32_t	 high;		/* greatest copy ever assigned */
	int		 closed;	/* no more offers: see uids_past() */
	uint32_t	 first, last;	/* 1 + index into old, or 0 */
};

/*
 * The ids of a maildrop, assigned in message order.  uids_init() only makes
 * room.  The caller stores the ids that the index remembers in v.  Before the
 * first uids_add() it calls uids_names(), then passes in all other remembered
 * ids.
 */
struct uids {
	struct uid	*v;		/* owned */
	uint32_t	 n;		/* known so far */
	uint32_t	 count;		/* messages in all */

	struct uid_old	*old;		/* owned */
	uint32_t	 nold;
	struct uid_name	*names;		/* owned; NULL: no uids_names() yet */
	uint32_t	 nnames;
	uint32_t	 room;		/* for old and names */
	uint32_t	*slot;		/* hash table: 1 + name, or 0; owned */
	uint32_t	 mask;		/* slots, a power of 2, less 1 */
	uint64_t	 salt;		/* defeats chosen collisions */
};

/* Make room for the ids of count messages.  Returns 0, or -1 with errno. */
int	 uids_init(struct uids *, uint32_t count);
void	 uids_free(struct uids *);

/*
 * Prepare for messages without an id, and for remembered ids that are not in v,
 * at most "more" of them.  Returns 0, or -1 with errno.
 */
int	 uids_names(struct uids *, uint32_t more);

/* This id belonged to a message that is gone; never assign it again. */
void	 uids_taken(struct uids *, const struct uid *);

/* Returns the number of a hash, from 0, in the order of first use. */
uint32_t uids_number(struct uids *, const unsigned char hash[UIDL_HASH_LEN]);

/*
 * This id belongs to a message that an earlier scan found and that may still be
 * there: the next message with that hash gets it.  Offer equal hashes in file
 * order.
 */
void	 uids_offer(struct uids *, const struct uid *);

/*
 * Called instead of uids_offer(): this id belonged to a message that is gone,
 * or, with doubt set, that may be gone.  It is never assigned again.  With
 * doubt set, ids offered later for the same hash are not assigned either: it is
 * unknown which message each belongs to.
 */
void	 uids_past(struct uids *, const struct uid *, int doubt);

/* Add the hash of the next message.  Called at most count times. */
void	 uids_add(struct uids *, const unsigned char hash[UIDL_HASH_LEN]);

/* Format the id of message i, 0 to n - 1, as text. */
void	 uids_text(const struct uids *, uint32_t i,
	    char text[UIDL_LEN_MAX + 1]);

#endif
