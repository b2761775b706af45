/* SPDX-License-Identifier: ISC */
/*
 * Runs in: backends.  Trusts: nobody with its contents, so it holds neither
 * passwords nor names, and forgets entries when they expire.
 */

#include <sys/types.h>

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "backend_value.h"
#include "clock.h"
#include "defaults.h"
#include "log.h"
#include "password.h"
#include "pwcache.h"

#define LIFE_MAX	86400
#define SETS		4096	/* a mac selects its set */
#define WAYS		8	/* per set; the oldest is replaced */
#define MAC_LEN		32
#define SWEEP_MIN	1	/* seconds between sweeps */

struct entry {
	unsigned char	 mac[MAC_LEN];
	int64_t		 expires;	/* CLOCK_MONOTONIC, seconds; 0: free */
};

static struct {
	const char	*backend;
	int64_t		 life;		/* seconds; 0: there is no cache */
	int		 force;
	int		 stored;	/* pwcache_verify is used */
	unsigned char	 key[MAC_LEN];
	struct entry	*entries;	/* SETS * WAYS */
	int64_t		 sweep;		/* when to sweep; 0: empty */
} cache;

void
pwcache_stored(void)
{
	password_init();
	cache.stored = 1;
}

static enum backend_code
option_life(const char *value, char *err)
{
	uint64_t	 n = 0;

	if (strcmp(value, "yes") == 0)
		n = DEFAULT_CACHE_LIFE;
	else if (strcmp(value, "no") != 0 && backend_number(value,
	    strlen(value), 1, LIFE_MAX, &n) == -1)
		return backend_err(err, BACKEND_PARAM,
		    "not yes, no or 1 to %d seconds", LIFE_MAX);
	cache.life = (int64_t)n;
	return BACKEND_OK;
}

enum backend_code
pwcache_option(const char *key, const char *value, char *err)
{
	if (strcmp(key, "success-cache") == 0)
		return option_life(value, err);
	if (strcmp(key, "success-cache-force") != 0)
		return BACKEND_UNSUPPORTED;
	return backend_yes(value, &cache.force, err);
}

/*
 * Each text includes its NUL, so different lists never yield the same bytes.
 * Returns 0, or -1 if they are too long to be remembered.
 */
static int
mac_make(const char *user, const char *stored, const char *pass,
    unsigned char mac[MAC_LEN])
{
	const char	*texts[] = { cache.backend, user, stored, pass };
	unsigned char	 buf[64 + USER_LEN_MAX + PASSWORD_STORED_MAX +
			    PASS_LEN_MAX];
	unsigned int	 maclen;
	size_t		 i, n, len = 0;
	int		 fits = 1;

	for (i = 0; i < NITEMS(texts) && fits; i++) {
		n = strlen(texts[i]) + 1;
		if ((fits = n <= sizeof(buf) - len)) {
			memcpy(buf + len, texts[i], n);
			len += n;
		}
	}
	if (fits && HMAC(EVP_sha256(), cache.key, sizeof(cache.key), buf, len,
	    mac, &maclen) == NULL)
		fits = 0;
	explicit_bzero(buf, len);
	return fits ? 0 : -1;
}

void
pwcache_start(const char *backend, int whole)
{
	unsigned char	 mac[MAC_LEN];

	if (cache.life == 0)
		return;
	if (whole)
		fatalx("success-cache: %s asks its program for more than a "
		    "verdict; take the option out", backend);
	if (!cache.stored && !cache.force)
		fatalx("success-cache: %s does not see stored passwords, so a "
		    "changed one would not end what is remembered; take the "
		    "option out or add success-cache-force yes", backend);
	cache.backend = backend;
	arc4random_buf(cache.key, sizeof(cache.key));
	cache.entries = calloc(SETS * WAYS, sizeof(*cache.entries));
	if (cache.entries == NULL)
		fatal("success cache");
	/* libcrypto loads what it needs at the first use. */
	if (mac_make("", "", "", mac) == -1)
		fatalx("success cache: HMAC");
}

static struct entry *
set_of(const unsigned char mac[MAC_LEN])
{
	uint32_t	 n;

	memcpy(&n, mac, sizeof(n));
	return &cache.entries[(size_t)(n % SETS) * WAYS];
}

static int
entry_find(const unsigned char mac[MAC_LEN])
{
	const struct entry	*set = set_of(mac);
	int64_t			 t = clock_seconds();
	int			 i, found = 0;

	for (i = 0; i < WAYS; i++)
		found |= CRYPTO_memcmp(set[i].mac, mac, MAC_LEN) == 0 &&
		    t < set[i].expires;
	return found;
}

/* Entries expire a fixed time after a full check; hits do not extend them. */
static void
entry_add(const unsigned char mac[MAC_LEN])
{
	struct entry	*set = set_of(mac), *e = set;
	int		 i;

	for (i = 1; i < WAYS; i++) {
		if (set[i].expires < e->expires)
			e = &set[i];
	}
	memcpy(e->mac, mac, MAC_LEN);
	e->expires = clock_seconds() + cache.life;
	if (cache.sweep == 0)
		cache.sweep = e->expires;
}

static void
sweep(void)
{
	struct entry	*e;
	int64_t		 t = clock_seconds(), next = 0;

	for (e = cache.entries; e < cache.entries + SETS * WAYS; e++) {
		if (e->expires == 0)
			continue;
		if (e->expires <= t)
			explicit_bzero(e, sizeof(*e));
		else if (next == 0 || e->expires < next)
			next = e->expires;
	}
	if (next != 0 && next < t + SWEEP_MIN)
		next = t + SWEEP_MIN;
	cache.sweep = next;
}

void
pwcache_idle(int fd)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	int64_t		 left;

	while (cache.sweep != 0) {
		if ((left = cache.sweep - clock_seconds()) <= 0)
			sweep();
		else if (poll(&pfd, 1, (int)left * 1000) != 0)
			break;
	}
}

void
pwcache_clear(void)
{
	if (cache.sweep == 0)
		return;
	explicit_bzero(cache.entries, SETS * WAYS * sizeof(*cache.entries));
	cache.sweep = 0;
}

int
pwcache_verify(const char *user, const char *stored, const char *pass,
    int known)
{
	unsigned char	 mac[MAC_LEN];
	int		 ok;

	if (cache.life == 0 || mac_make(user, stored, pass, mac) == -1)
		return password_verify(stored, pass);
	if (entry_find(mac) && known)
		ok = 1;
	else if ((ok = password_verify(stored, pass)) == 1 && known)
		entry_add(mac);
	explicit_bzero(mac, sizeof(mac));
	return ok;
}

int
pwcache_known(const char *user, const char *pass)
{
	unsigned char	 mac[MAC_LEN];
	int		 found;

	if (cache.life == 0 || cache.stored ||
	    mac_make(user, "", pass, mac) == -1)
		return 0;
	found = entry_find(mac);
	explicit_bzero(mac, sizeof(mac));
	return found;
}

void
pwcache_note(const char *user, const char *pass)
{
	unsigned char	 mac[MAC_LEN];

	if (cache.life == 0 || cache.stored ||
	    mac_make(user, "", pass, mac) == -1)
		return;
	entry_add(mac);
	explicit_bzero(mac, sizeof(mac));
}
