/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  What the messages were when scanned. */

#ifndef POP3D_STORAGED_MBOX_SUMS_H
#define POP3D_STORAGED_MBOX_SUMS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "fields.h"

/*
 * A 64-bit hash of every message, its From_ line included and the blank line
 * after it not, nor what mail readers keep in its header (fields.h), taken in
 * the same pass as the scan.  It answers one question:
 * is this still what was listed?  That is what must be known before a message
 * is removed from, or sent out of, a file that somebody else wrote to.  It
 * takes a tenth of the time of SHA-256, so it is there before anybody asks;
 * being the message's own, not that of a place in the file, it is still right
 * after a commit has moved the message.
 *
 * The key is drawn at random and lives in the index.  Who sends mail does not
 * know it, so two texts cannot be made to have one sum.
 */
#define SUMS_SEED	16			/* octets, of a key */
#define SUMS_WORDS	128			/* 32-bit words of the key */
#define SUMS_SPAN	(SUMS_WORDS * 4)	/* octets hashed in one go */

struct sums {
	unsigned char	 seed[SUMS_SEED];
	uint64_t	 mix;			/* odd; 0: not grown yet */
	uint32_t	 key[SUMS_WORDS];
};

/* A message on its way through the hash. */
struct sum {
	uint64_t	 hash;
	uint64_t	 len;
	size_t		 have;			/* octets in rest */
	struct fields	 fields;
	unsigned char	 rest[SUMS_SPAN];
};

/* Set the seed, to a new random one if it is NULL; make the key of it. */
void	 sums_seed(struct sums *, const unsigned char seed[SUMS_SEED]);
void	 sums_grow(struct sums *);

/*
 * In this order: the From_ line is added, the header and its end are taken in,
 * the body is added; each in pieces of any length.
 */
void	 sum_begin(struct sum *);
void	 sum_add(const struct sums *, struct sum *, const unsigned char *,
	    size_t);
void	 sum_header(const struct sums *, struct sum *, const unsigned char *,
	    size_t);
void	 sum_header_end(const struct sums *, struct sum *);
uint64_t sum_end(const struct sums *, struct sum *);

#endif
