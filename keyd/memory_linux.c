/* SPDX-License-Identifier: ISC */
/* Runs in: keyd, before it serves.  Trusts: authd, which raised the limit. */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <openssl/crypto.h>

#include "log.h"
#include "memory.h"

/*
 * libcrypto's secure heap for the numbers of private keys, about 4 KB for RSA
 * with 4096 bits.  Only touched pages take memory.
 */
#define HEAP_SIZE	(4U << 20)
#define HEAP_MIN	64

/* With a lower limit, later allocations could fail. */
#define LOCK_MIN	(128U << 20)

/*
 * Lock everything, since a key passes through messages, PEM and ASN.1 buffers.
 * MCL_ONFAULT locks only pages that are used.
 */
static int
memory_lock_all(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_MEMLOCK, &rl) == -1)
		return -1;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_MEMLOCK, &rl) == -1 || rl.rlim_max < LOCK_MIN)
		return -1;
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

void
memory_lock(void)
{
	int	 locked = memory_lock_all() == 0;

	/* 2: it is there, but not all of it could be locked. */
	switch (CRYPTO_secure_malloc_init(HEAP_SIZE, HEAP_MIN)) {
	case 0:
		log_warnx("libcrypto has no secure heap, going on without");
		break;
	case 1:
		if (locked)
			break;
		log_info("memory: only libcrypto's keys are locked, not the "
		    "files while they are read; ulimit -l %u locks all",
		    LOCK_MIN >> 10);
		break;
	default:
		if (!locked)
			log_warnx("memory: none is locked: keys may reach the "
			    "swap; start pop3d with ulimit -l %u",
			    LOCK_MIN >> 10);
	}
}
