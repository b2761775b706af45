/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the mailbox. */

/* libcrypto 3 deprecates SHA256_Init(3); LibreSSL keeps it.  No allocation. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/sha.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "uidl.h"

/* The line ends held back were not trailing: hash them. */
static void
uidl_flush_eols(struct uidl_ctx *c)
{
	static const char	 eols[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
	size_t			 n;

	while (c->eols > 0) {
		n = c->eols < sizeof(eols) - 1 ? c->eols : sizeof(eols) - 1;
		SHA256_Update(&c->sha, eols, n);
		c->eols -= n;
	}
}

/* Turn CRLF into LF in place.  Returns the length; holds a final CR back. */
static size_t
uidl_drop_crs(struct uidl_ctx *c, unsigned char *p, size_t n)
{
	unsigned char	*to, *cr, *end = p + n;
	size_t		 len;

	if ((cr = memchr(p, '\r', n)) == NULL)
		return n;
	for (to = cr; cr != NULL; ) {
		if (cr + 1 == end) {
			c->cr = 1;
			break;
		}
		p = cr;
		if (cr[1] == '\n')
			p++;
		cr = memchr(p + 1, '\r', end - p - 1);
		len = (cr != NULL ? cr : end) - p;
		memmove(to, p, len);
		to += len;
	}
	return to - (end - n);
}

/* Hash bytes that count. */
static void
uidl_text(struct uidl_ctx *c, unsigned char *p, size_t n)
{
	size_t	 keep;

	if (n == 0)
		return;
	if (c->cr) {
		c->cr = 0;
		if (*p != '\n') {
			uidl_flush_eols(c);
			SHA256_Update(&c->sha, "\r", 1);
		}
	}
	n = uidl_drop_crs(c, p, n);
	for (keep = n; keep > 0 && p[keep - 1] == '\n'; keep--)
		continue;
	if (keep > 0) {
		uidl_flush_eols(c);
		SHA256_Update(&c->sha, p, keep);
	}
	c->eols += n - keep;
}

static void
uidl_header(struct uidl_ctx *c, unsigned char *p, size_t n)
{
	size_t	 used;

	for (; n > 0; p += used, n -= used) {
		switch (fields_next(&c->fields, p, n, &used)) {
		case FIELDS_NONE:
			break;
		case FIELDS_HERE:
			uidl_text(c, p, used);
			break;
		case FIELDS_NAME:
			uidl_text(c, c->fields.name, c->fields.namelen);
		}
	}
}

void
uidl_begin(struct uidl_ctx *c, uint64_t hdr)
{
	SHA256_Init(&c->sha);
	c->hdr = hdr;
	c->eols = 0;
	c->cr = 0;
	fields_begin(&c->fields);
}

void
uidl_update(struct uidl_ctx *c, unsigned char *buf, size_t n)
{
	size_t	 hdr = c->hdr < n ? c->hdr : n;

	uidl_header(c, buf, hdr);
	c->hdr -= hdr;
	if (hdr == n)
		return;
	uidl_text(c, c->fields.name, fields_end(&c->fields));
	uidl_text(c, buf + hdr, n - hdr);
}

void
uidl_end(struct uidl_ctx *c, unsigned char hash[UIDL_HASH_LEN])
{
	unsigned char	 md[SHA256_DIGEST_LENGTH];

	uidl_text(c, c->fields.name, fields_end(&c->fields));
	if (c->cr) {
		uidl_flush_eols(c);
		SHA256_Update(&c->sha, "\r", 1);
	}
	SHA256_Final(md, &c->sha);
	memcpy(hash, md, UIDL_HASH_LEN);
	hash[UIDL_HASH_LEN - 1] &= 0xc0;
}

int
uids_init(struct uids *u, uint32_t count)
{
	memset(u, 0, sizeof(*u));
	u->v = calloc(count > 0 ? count : 1, sizeof(*u->v));
	if (u->v == NULL)
		return -1;
	u->count = count;
	return 0;
}

void
uids_free(struct uids *u)
{
	free(u->v);
	free(u->old);
	free(u->names);
	free(u->slot);
	memset(u, 0, sizeof(*u));
}

/* Returns the name with this hash; creates it if there is none. */
static struct uid_name *
uids_name(struct uids *u, const unsigned char hash[UIDL_HASH_LEN])
{
	struct uid_name	*name;
	uint64_t	 a, b;
	uint32_t	 i;

	memcpy(&a, hash, sizeof(a));
	memcpy(&b, hash + sizeof(a), sizeof(b));
	a = (a ^ u->salt) * UINT64_C(0x9e3779b97f4a7c15);
	a = ((a ^ a >> 32) + (b ^ u->salt)) * UINT64_C(0xbf58476d1ce4e5b9);
	for (i = (a >> 32) & u->mask; u->slot[i] != 0; i = (i + 1) & u->mask) {
		name = &u->names[u->slot[i] - 1];
		if (memcmp(name->hash, hash, sizeof(name->hash)) == 0)
			return name;
	}
	name = &u->names[u->nnames++];
	memcpy(name->hash, hash, sizeof(name->hash));
	u->slot[i] = u->nnames;
	return name;
}

void
uids_taken(struct uids *u, const struct uid *id)
{
	struct uid_name	*name = uids_name(u, id->hash);

	if (name->high < id->copy)
		name->high = id->copy;
}

int
uids_names(struct uids *u, uint32_t more)
{
	uint64_t	 slots = 16;
	uint32_t	 i;

	if (more > UINT32_MAX / 4 || u->count > UINT32_MAX / 4) {
		errno = ENOMEM;
		return -1;
	}
	u->room = u->count + more + 1;
	while (slots / 2 < u->room)
		slots *= 2;
	u->names = calloc(u->room, sizeof(*u->names));
	u->slot = calloc(slots, sizeof(*u->slot));
	if (more > 0)
		u->old = calloc(more, sizeof(*u->old));
	if (u->names == NULL || u->slot == NULL ||
	    (more > 0 && u->old == NULL)) {
		uids_free(u);
		return -1;
	}
	u->mask = slots - 1;
	random_fill(&u->salt, sizeof(u->salt));
	for (i = 0; i < u->n; i++)
		uids_taken(u, &u->v[i]);
	return 0;
}

void
uids_offer(struct uids *u, const struct uid *id)
{
	struct uid_name	*name;

	uids_taken(u, id);
	name = uids_name(u, id->hash);
	u->old[u->nold++].uid = *id;
	if (name->closed)
		return;
	if (name->last != 0)
		u->old[name->last - 1].next = u->nold;
	else
		name->first = u->nold;
	name->last = u->nold;
}

uint32_t
uids_number(struct uids *u, const unsigned char hash[UIDL_HASH_LEN])
{
	return uids_name(u, hash) - u->names;
}

void
uids_past(struct uids *u, const struct uid *id, int doubt)
{
	uids_taken(u, id);
	u->old[u->nold++].uid = *id;
	if (doubt)
		uids_name(u, id->hash)->closed = 1;
}

void
uids_add(struct uids *u, const unsigned char hash[UIDL_HASH_LEN])
{
	struct uid_name	*name = uids_name(u, hash);
	struct uid	*new = &u->v[u->n++];
	struct uid_old	*old;

	memcpy(new->hash, hash, sizeof(new->hash));
	if (name->first == 0) {
		new->copy = ++name->high;
		return;
	}
	old = &u->old[name->first - 1];
	if ((name->first = old->next) == 0)
		name->last = 0;
	new->copy = old->uid.copy;
	old->uid.copy = 0;
}

void
uids_text(const struct uids *u, uint32_t i, char text[UIDL_LEN_MAX + 1])
{
	static const char	 digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	const struct uid	*id = &u->v[i];
	unsigned int		 acc = 0, bits = 0, at = 0, k;

	for (k = 0; k < 26; k++) {
		if (bits < 5) {
			acc = acc << 8 | id->hash[at++];
			bits += 8;
		}
		bits -= 5;
		text[k] = digits[acc >> bits & 31];
	}
	text[k] = '\0';
	if (id->copy > 1)
		snprintf(text + k, UIDL_LEN_MAX + 1 - k, "-%u", id->copy);
}
