/* SPDX-License-Identifier: ISC */
/*
 * Runs in: libFuzzer.  Any octets as the index of a mailbox that is there.
 * What is loaded must be within the file and in order; the file must grow no
 * further than is written.
 *
 * From regress/, with common and storaged built by
 *
 *	make SAN=1 CC=clang CFLAGS=-fsanitize=fuzzer-no-link
 *
 *	clang -g -fsanitize=fuzzer,address,undefined -iquote ../common \
 *	    -iquote ../storaged -iquote ../storaged/mbox -iquote unit \
 *	    $(pkg-config --cflags libbsd-overlay) -D_GNU_SOURCE \
 *	    -o fuzz_index fuzz/fuzz_index.c ../storaged/libstore.a \
 *	    ../common/libcommon.a $(pkg-config --libs libbsd-overlay) -lcrypto
 *	./fuzz_index -max_len=2048 fuzz/corpus/index
 *
 * Input: an octet of flags, two slots, then records and tombs, 64 octets each.
 * Flag 1 has the checksums put right, without which no other octet matters; the
 * file is index.c with its own checksums, which are nobody else's business.
 */

#include "../../storaged/mbox/index.c"

#include <sys/mman.h>

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define COUNT_MAX	64	/* records that an input is worth */

static void
need(int what)
{
	if (!what)
		abort();
}

/* Sign whatever the slot points to that is in the file. */
static void
sign(int fd, struct index_slot *sl, int which)
{
	struct record	 r;
	uint32_t	 i;

	sl->magic = MAGIC;
	sl->check = index_slot_check(sl);
	need(pwrite(fd, sl, SLOT_LEN, which * SLOT_LEN) == SLOT_LEN);
	if (sl->run > RUNS + COUNT_MAX * sizeof(r))
		return;
	for (i = 0; i < sl->count && i < COUNT_MAX; i++) {
		if (pread(fd, &r, sizeof(r), sl->run + i * sizeof(r)) !=
		    sizeof(r))
			break;
		r.check = index_record_check(sl, &r, i);
		need(pwrite(fd, &r, sizeof(r), sl->run + i * sizeof(r)) ==
		    sizeof(r));
	}
}

static int
make_file(const uint8_t *p, size_t n)
{
	struct index_slot	 sl[2];
	struct tomb		 t;
	size_t			 len;
	int			 fd, sign_it = *p & 1;

	need((fd = memfd_create("index", 0)) != -1);
	memset(sl, 0, sizeof(sl));
	p++;
	n--;
	len = n < sizeof(sl) ? n : sizeof(sl);
	memcpy(sl, p, len);
	need(pwrite(fd, p, len, 0) == (ssize_t)len);
	p += len;
	n -= len;
	if (n > 0) {
		need(pwrite(fd, p, n, RUNS) == (ssize_t)n);
		memcpy(&t, p, n < sizeof(t) ? n : sizeof(t));
		t.check = index_tomb_check(&t);
		need(pwrite(fd, &t, sizeof(t), RING) == sizeof(t));
	}
	if (sign_it) {
		sign(fd, &sl[0], 0);
		sign(fd, &sl[1], 1);
	}
	return fd;
}

/* Load all, and hold the index to its promises. */
static void
load(struct index *ix)
{
	const struct index_slot	*sl = &ix->slot[ix->cur];
	struct msgs		 ms = { 0 };
	struct uids		 u;
	uint32_t		 i;

	need(sl->end <= sl->size && sl->known <= sl->count);
	need(sl->unproven <= sl->count);
	if (sl->count > COUNT_MAX)
		return;
	need((ms.v = calloc(sl->count + 1, sizeof(*ms.v))) != NULL);
	ms.n = sl->count;
	ms.end = sl->end;
	if (index_msgs(ix, ms.v, 0, ms.n, ms.end) == 0)
		for (i = 0; i < ms.n; i++) {
			need(ms.v[i].off < msgs_end(&ms, i));
			need(msgs_end(&ms, i) <= sl->end);
			need(ms.v[i].hdr <= msgs_length(&ms, i));
			need(ms.v[i].sep <= 2);
			need(ms.v[i].wire <= 2 * msgs_length(&ms, i) + 2);
		}
	need(uids_init(&u, sl->count) == 0);
	if (index_uids(ix, u.v, sl->known) == 0)
		u.n = sl->known;
	need(uids_names(&u, index_tombs(ix)) == 0);
	index_taken(ix, &u);
	for (i = u.n; i < u.count; i++) {
		uids_add(&u, (const unsigned char *)"0123456789abcdefg");
		need(u.v[i].copy > 0);
	}
	uids_free(&u);
	free(ms.v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct index		 ix;
	struct index_state	 st;
	struct stamp		 stamp;
	struct uid		 id;
	struct stat		 sb;
	int			 fd, i;

	if (n == 0)
		return 0;
	memset(&ix, 0, sizeof(ix));
	fd = make_file(p, n);
	ix.fd = fd;
	index_read_slots(&ix);
	for (i = 0; i < 2; i++) {
		if (ix.slot[i].magic == 0)
			continue;
		memset(&stamp, 0, sizeof(stamp));
		stamp.dev = ix.slot[i].dev;
		stamp.ino = ix.slot[i].ino;
		stamp.size = ix.slot[i].size;
		stamp.mtime.tv_sec = ix.slot[i].mtime;
		stamp.mtime.tv_nsec = ix.slot[i].mtime_ns;
		stamp.ctime.tv_sec = ix.slot[i].ctime;
		stamp.ctime.tv_nsec = ix.slot[i].ctime_ns;
		if (index_exact(&ix, &stamp))
			load(&ix);
		stamp.size++;
		if (index_base(&ix, &stamp))
			load(&ix);
		if (index_memory(&ix))
			load(&ix);
	}
	/* Whatever it was, it can be written to. */
	memset(&id, 1, sizeof(id));
	index_bury(&ix, &id, 1);
	memset(&st, 0, sizeof(st));
	st.seed = (const unsigned char *)"0123456789abcdef";
	st.anew = 1;
	index_put(&ix, &st);
	/* No further than to the end of what came, and a ring. */
	need(fstat(fd, &sb) == 0 &&
	    sb.st_size <= (off_t)(RUNS + n + sizeof(struct tomb)));
	index_close(&ix);
	return 0;
}
