/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Unique ids of messages, by content. */

#ifndef POP3D_STORAGED_UIDL_H
#define POP3D_STORAGED_UIDL_H

#include <openssl/sha.h>

#include <stddef.h>
#include <stdint.h>

#include "fields.h"
#include "proto.h"

/*
 * The id of a message is 26 characters of base32 (RFC 4648, lower case): the
 * first 130 bits of the SHA-256 of its content
 *   - without its From_ line, which is not mail,
 *   - without the header fields in which mail readers keep their own state
 *     (fields.h),
 *   - with CRLF read as LF, and
 *   - without line ends at its very end, of which programs that rewrite an mbox
 *     leave more or fewer than they found.
 * The second, third, ... identical message of a maildrop has "-2", "-3", ...
 * added, in the order in which they stand there.  What the index remembers goes
 * first: a copy keeps its id when an earlier one is removed, and the id of a
 * message that was removed is not given to another.
 */
#define UIDL_HASH_LEN	17	/* octets; of the last one 2 bits are used */

/* A message on its way through the hash. */
struct uidl_ctx {
	SHA256_CTX	 sha;
	uint64_t	 hdr;		/* octets of the header to come */
	uint64_t	 eols;		/* LFs held back: perhaps the last */
	int		 cr;		/* a CR held back: perhaps of a CRLF */
	struct fields	 fields;
};

/* Begin with a message whose header, blank line included, has hdr octets. */
void	 uidl_begin(struct uidl_ctx *, uint64_t hdr);

/* Take in its next n octets, cut anywhere.  buf is scratch afterwards. */
void	 uidl_update(struct uidl_ctx *, unsigned char *buf, size_t n);

/* End it. */
void	 uidl_end(struct uidl_ctx *, unsigned char hash[UIDL_HASH_LEN]);

/* An id: the hash, and which of the messages that have it. */
struct uid {
	unsigned char	 hash[UIDL_HASH_LEN];
	uint32_t	 copy;		/* 1, or 2 for the second such message*/
};

/* An id of an earlier scan, which its message is to get back. */
struct uid_old {
	struct uid	 uid;		/* copy 0: it has it */
	uint32_t	 next;		/* 1 + the next with this hash, or 0 */
};

/* A hash that some message has or had. */
struct uid_name {
	unsigned char	 hash[UIDL_HASH_LEN];
	uint32_t	 high;		/* greatest copy ever given out */
	int		 closed;	/* no more offers: see uids_past() */
	uint32_t	 first, last;	/* 1 + those in old, or 0 */
};

/*
 * The ids of a maildrop, given out in the order of its messages.  To begin
 * with there is only room; those that are remembered are put into v.  Before
 * any is added come uids_names() and then what else is remembered.
 */
struct uids {
	struct uid	*v;		/* owned */
	uint32_t	 n;		/* known so far */
	uint32_t	 count;		/* messages in all */

	struct uid_old	*old;		/* owned */
	uint32_t	 nold;
	struct uid_name	*names;		/* owned; NULL: none asked for */
	uint32_t	 nnames;
	uint32_t	 room;		/* for old and names */
	uint32_t	*slot;		/* hash table: 1 + name, or 0; owned */
	uint32_t	 mask;		/* slots, a power of 2, less 1 */
	uint64_t	 salt;		/* so that nobody can fill one slot */
};

/* Room for the ids of count messages: 0, or -1 with errno. */
int	 uids_init(struct uids *, uint32_t count);
void	 uids_free(struct uids *);

/*
 * Get ready for messages without an id, and for at most more ids that are
 * remembered beside those in v: 0, or -1 with errno.
 */
int	 uids_names(struct uids *, uint32_t more);

/* This id has been given to a message that is gone: no other may get it. */
void	 uids_taken(struct uids *, const struct uid *);

/* The hash's number, from 0, in the order in which they were first named. */
uint32_t uids_number(struct uids *, const unsigned char hash[UIDL_HASH_LEN]);

/*
 * This id belongs to a message that was there before and may still be: the
 * next one with that hash gets it.  Equal hashes come in the order of the file.
 */
void	 uids_offer(struct uids *, const struct uid *);

/*
 * In the place of an offer: this id belonged to one that is gone, or if that is
 * in doubt may be.  No other gets it, and in doubt none with that hash gets an
 * id that is offered from here on, since nobody knows which is whose.
 */
void	 uids_past(struct uids *, const struct uid *, int doubt);

/* The hash of the next message; there are never more than count. */
void	 uids_add(struct uids *, const unsigned char hash[UIDL_HASH_LEN]);

/* The id of message i, 0 to n - 1, as text. */
void	 uids_text(const struct uids *, uint32_t i,
	    char text[UIDL_LEN_MAX + 1]);

#endif
