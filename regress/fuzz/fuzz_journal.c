/* SPDX-License-Identifier: ISC */
/*
 * Runs in: libFuzzer.  Any journal against any mailbox: recovery ends, touches
 * nothing when it says so, and has nothing left to do when it says it is done.
 * From regress/, with common and storaged built by
 *
 *	make SAN=1 CC=clang CFLAGS=-fsanitize=fuzzer-no-link
 *
 *	clang -g -fsanitize=fuzzer,address,undefined -iquote ../common \
 *	    -iquote ../storaged/mbox $(pkg-config --cflags libbsd-overlay) \
 *	    -D_GNU_SOURCE -o fuzz_journal fuzz/fuzz_journal.c \
 *	    ../storaged/libstore.a ../common/libcommon.a \
 *	    $(pkg-config --libs libbsd-overlay) -lcrypto
 *	./fuzz_journal -max_len=4096 fuzz/corpus/journal
 *
 * First octet of the input: bit 0, the journal is raw octets; or else octets
 * are the numbers of a slot, which gets its hashes from us.  Then, counted by
 * the second octet times eight, the journal; the rest is the mailbox.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <openssl/sha.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compact.h"
#include "journal.h"
#include "log.h"
#include "mbox_recover.h"

#define INO	4711

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
discard(int priority, const char *text)
{
	(void)priority;
	(void)text;
}

static void
need(int what)
{
	if (!what)
		abort();
}

static int
file(const void *p, size_t n)
{
	int	 fd;

	need((fd = memfd_create("fuzz", MFD_CLOEXEC)) != -1);
	need(write(fd, p, n) == (ssize_t)n);
	return fd;
}

/* The next number: one byte, so they often fit. */
static uint64_t
number(const uint8_t **p, const uint8_t *end)
{
	return *p < end ? *(*p)++ : 0;
}

static void
make_slot(struct journal *j, const uint8_t *p, size_t n, const uint8_t *box,
    size_t size)
{
	const uint8_t	*end = p + n;
	struct range	 list[16];
	struct slot	 s;
	uint64_t	 i, to;

	memset(&s, 0, sizeof(s));
	s.phase = number(&p, end) % 4;
	s.mode = number(&p, end) % 4;
	s.ino = INO;
	s.size = number(&p, end);
	s.first = number(&p, end);
	s.end = number(&p, end);
	s.done = number(&p, end);
	s.chunk = number(&p, end);
	s.count = number(&p, end) % 16;
	s.appended = number(&p, end);
	s.before = number(&p, end);
	s.head = number(&p, end);
	s.tail = number(&p, end);
	for (i = 0; i < s.count; i++) {
		list[i].off = number(&p, end);
		list[i].len = number(&p, end);
	}
	to = s.first + s.done;
	if (s.before <= to && to <= size)
		SHA256(box + to - s.before, s.before, s.before_hash);
	if (s.end <= size && s.head <= size - s.end)
		memcpy(s.old, box + s.end, s.head);
	if (s.size <= size && s.tail <= s.size)
		memcpy(s.old + s.head, box + s.size - s.tail, s.tail);
	need(journal_list(j, list, s.count, s.list_hash) == 0);
	need(journal_put(j, s.mode, p, end - p, 0) == 0);
	if (s.chunk <= (size_t)(end - p))
		SHA256(p, s.chunk, s.data_hash);
	need(journal_write(j, &s) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct journal		 j = { .fd = -1, .statefd = -1 };
	struct stat		 before, after;
	const char		*why;
	uint8_t			*now;
	enum mbox_recover_result	 r;
	size_t			 len;
	int			 box, raw;

	if (n < 2)
		return 0;
	log_setsink(discard);
	journal_sizes.slot = 1024;
	journal_sizes.keep = 4096;
	journal_sizes.data = 128;
	journal_sizes.small = 64;
	journal_sizes.old = 16;
	compact_sizes.nodata = 32;
	compact_sizes.small_most = 1024;
	compact_sizes.buffer = 7;
	raw = p[0] & 1;
	len = p[1] * 8;
	p += 2;
	n -= 2;
	if (len > n)
		len = n;
	box = file(p + len, n - len);
	j.fd = file(p, raw ? len : 0);
	if (!raw)
		make_slot(&j, p, len, p + len, n - len);
	need(fstat(box, &before) == 0);
	r = mbox_recover_file(&j, box, INO, &why);
	need(fstat(box, &after) == 0);
	need(after.st_size <= before.st_size);
	need((now = malloc(n + 1)) != NULL);
	if (r == RECOVER_NONE || r == RECOVER_LOST)
		need(pread(box, now, n, 0) == (ssize_t)(n - len) &&
		    memcmp(now, p + len, n - len) == 0);
	if (r == RECOVER_DONE)
		need(mbox_recover_file(&j, box, INO, &why) == RECOVER_NONE);
	free(now);
	(void)close(box);
	(void)close(j.fd);
	return 0;
}
