/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Hashes of messages as scanned. */

#ifndef POP3D_STORAGED_MBOX_SUMS_H
#define POP3D_STORAGED_MBOX_SUMS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "fields.h"

/*
 * A 64-bit hash of every message, computed in the same pass as the scan.  It
 * covers the From_ line, but neither the blank line after the message nor the
 * header fields that mail readers keep (fields.h).  It answers one question: is
 * this still the mail that was listed?  That must be known before a message is
 * removed from, or sent out of, a file to which another process wrote.  It
 * takes a tenth of the time of SHA-256, so it can be computed for every message
 * in advance.  It belongs to the message, not to a place in the file, so it
 * stays right after a commit has moved the message.
 *
 * The key is random and kept in the index.  Senders of mail do not know it, so
 * they cannot make two texts with the same sum.
 */
#define SUMS_SEED	16			/* bytes of a key's seed */
#define SUMS_WORDS	128			/* 32-bit words of the key */
#define SUMS_SPAN	(SUMS_WORDS * 4)	/* bytes hashed in one go */

struct sums {
	unsigned char	 seed[SUMS_SEED];
	uint64_t	 mix;			/* odd; 0: not grown yet */
	uint32_t	 key[SUMS_WORDS];
};

/* A hash in progress. */
struct sum {
	uint64_t	 hash;
	uint64_t	 len;
	size_t		 have;			/* bytes in rest */
	struct fields	 fields;
	unsigned char	 rest[SUMS_SPAN];
};

/* Set the seed, a new random one if it is NULL; make the key from it. */
void	 sums_seed(struct sums *, const unsigned char seed[SUMS_SEED]);
void	 sums_grow(struct sums *);

/*
 * Call in this order: add the From_ line, the header and its end, the body;
 * each in pieces of any length.
 */
void	 sum_begin(struct sum *);
void	 sum_add(const struct sums *, struct sum *, const unsigned char *,
	    size_t);
void	 sum_header(const struct sums *, struct sum *, const unsigned char *,
	    size_t);
void	 sum_header_end(const struct sums *, struct sum *);
uint64_t sum_end(const struct sums *, struct sum *);

#endif
