/* SPDX-License-Identifier: ISC */
/* Runs in: storaged, as the user.  Trusts: nothing in the journal. */

/* libcrypto 3 deprecates calls that LibreSSL keeps and that need no malloc. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/stat.h>

#include <openssl/sha.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "journal.h"
#include "log.h"

/* Read as a number: another byte order does not match. */
#define MAGIC		UINT64_C(0x706f7033646a0001)

/* No mailbox is larger, so the sum of two sizes never overflows. */
#define SIZE_LIMIT	(UINT64_C(1) << 60)

#define BUFFER		(64 * 1024)

/* A slot in the file; old follows.  hash covers both, except itself. */
struct disk {
	uint64_t	 magic;
	uint64_t	 seq;
	uint32_t	 phase;
	uint32_t	 mode;
	uint64_t	 ino;
	uint64_t	 size;
	uint64_t	 first;
	uint64_t	 end;
	uint64_t	 done;
	uint64_t	 chunk;
	uint64_t	 count;
	uint64_t	 appended;
	uint32_t	 before;
	uint32_t	 head;
	uint32_t	 tail;
	uint32_t	 pad;
	unsigned char	 list_hash[JOURNAL_HASH];
	unsigned char	 data_hash[JOURNAL_HASH];
	unsigned char	 before_hash[JOURNAL_HASH];
	unsigned char	 hash[JOURNAL_HASH];
};
#define HASHED	offsetof(struct disk, hash)

struct journal_sizes	 journal_sizes = {
	.slot = 12 * 1024,
	.keep = FORMAT_MBOX_IDLE,
	.data = 8 * 1024 * 1024,
	.small = 16 * 1024,
	.old = JOURNAL_OLD_MAX,
};

static uint64_t
journal_slot_off(uint64_t seq)
{
	return seq % 2 * journal_sizes.slot;
}

static uint64_t
journal_area_off(uint64_t seq, uint32_t mode)
{
	if (mode == JOURNAL_SMALL)
		return journal_sizes.keep - (2 - seq % 2) *
		    journal_sizes.small;
	return journal_sizes.keep + seq % 2 * journal_sizes.data;
}

/* Return whether a list of count ranges leaves the small data areas free. */
static int
journal_list_is_short(uint64_t count)
{
	return 2 * journal_sizes.slot + count * sizeof(struct range) +
	    2 * journal_sizes.small <= journal_sizes.keep;
}

/* Return the longest chunk that the journal can hold in this mode. */
static uint64_t
journal_data_max(uint32_t mode)
{
	return mode == JOURNAL_SMALL ? journal_sizes.small :
	    journal_sizes.data;
}

static uint64_t
journal_list_off(uint64_t count)
{
	uint64_t	 off = 2 * journal_sizes.slot;

	if (count * sizeof(struct range) <= journal_sizes.keep - off)
		return off;
	return journal_sizes.keep + 2 * journal_sizes.data;
}

static void
journal_slot_hash(unsigned char hash[JOURNAL_HASH], const struct disk *d,
    const unsigned char *old)
{
	SHA256_CTX	 c;

	SHA256_Init(&c);
	SHA256_Update(&c, d, HASHED);
	SHA256_Update(&c, old, d->head + d->tail);
	SHA256_Final(hash, &c);
}

/* Check that the numbers are consistent; end - first bytes are kept. */
static int
journal_slot_sane(const struct slot *s)
{
	uint64_t	 kept = s->end - s->first, area = s->size - s->end;

	if (s->size > SIZE_LIMIT || s->end >= s->size || s->first > s->end ||
	    s->done > kept || s->chunk > kept - s->done ||
	    s->appended > s->size || s->appended < s->first ||
	    s->count > JOURNAL_RANGES_MAX ||
	    s->before > JOURNAL_OLD_MAX || s->before > s->first + s->done ||
	    s->head > JOURNAL_OLD_MAX || s->tail > JOURNAL_OLD_MAX ||
	    s->head == 0 || s->head + s->tail > area)
		return 0;
	if (s->phase == JOURNAL_TRIM)
		return s->mode == 0 && s->chunk == 0 && s->done == kept;
	return s->phase == JOURNAL_COPY && s->chunk > 0 &&
	    (s->mode == JOURNAL_NODATA || (journal_has_data(s) &&
	    s->chunk <= journal_data_max(s->mode) &&
	    (s->mode == JOURNAL_DATA || journal_list_is_short(s->count))));
}

int
slot_parse(struct slot *s, const unsigned char *p, size_t n)
{
	struct disk	 d;
	unsigned char	 hash[JOURNAL_HASH];

	memset(s, 0, offsetof(struct slot, old));
	if (n < sizeof(d))
		return 0;
	memcpy(&d, p, sizeof(d));
	if (d.magic != MAGIC || d.head > JOURNAL_OLD_MAX ||
	    d.tail > JOURNAL_OLD_MAX || d.head + d.tail > n - sizeof(d))
		return 0;
	journal_slot_hash(hash, &d, p + sizeof(d));
	if (memcmp(hash, d.hash, sizeof(hash)) != 0)
		return 0;
	s->seq = d.seq;
	s->phase = d.phase;
	s->mode = d.mode;
	s->ino = d.ino;
	s->size = d.size;
	s->first = d.first;
	s->end = d.end;
	s->done = d.done;
	s->chunk = d.chunk;
	s->count = d.count;
	s->appended = d.appended;
	s->before = d.before;
	s->head = d.head;
	s->tail = d.tail;
	memcpy(s->list_hash, d.list_hash, sizeof(s->list_hash));
	memcpy(s->data_hash, d.data_hash, sizeof(s->data_hash));
	memcpy(s->before_hash, d.before_hash, sizeof(s->before_hash));
	memcpy(s->old, p + sizeof(d), d.head + d.tail);
	/* The next number must fit, too, even if the user made up this one. */
	if (s->seq == 0 || s->seq >= SIZE_LIMIT)
		return 0;
	return s->phase == JOURNAL_IDLE || journal_slot_sane(s);
}

int
slot_fits_list(const struct slot *s, const struct range *list)
{
	uint64_t	 at = s->first, sum = 0, i;

	/* Chunks move only towards the beginning. */
	if (s->phase == JOURNAL_COPY &&
	    (s->count > 0 ? list[0].off : s->appended) == s->first)
		return 0;
	for (i = 0; i < s->count; i++) {
		if (list[i].off < at || list[i].len == 0 ||
		    list[i].off > s->appended ||
		    list[i].len > s->appended - list[i].off)
			return 0;
		at = list[i].off + list[i].len;
		sum += list[i].len;
	}
	return sum + s->size - s->appended == s->end - s->first;
}

/*
 * Hash size bytes of the journal from off; read them into buf unless it is
 * NULL.  Return 1, 0 if they do not match, or -1 with errno.
 */
static int
journal_hash_file(const struct journal *j, uint64_t off, uint64_t size,
    void *buf, const unsigned char want[JOURNAL_HASH])
{
	SHA256_CTX	 c;
	unsigned char	 hash[JOURNAL_HASH], *p, *piece = NULL;
	size_t		 n;
	ssize_t		 got;

	if (buf == NULL && (piece = malloc(BUFFER)) == NULL)
		return -1;
	SHA256_Init(&c);
	p = buf != NULL ? buf : piece;
	for (; size > 0; size -= n, off += n) {
		n = size < BUFFER ? size : BUFFER;
		if ((got = io_pread(j->fd, p, n, off)) != (ssize_t)n) {
			free(piece);
			return got == -1 ? -1 : 0;
		}
		SHA256_Update(&c, p, n);
		if (buf != NULL)
			p += n;
	}
	free(piece);
	SHA256_Final(hash, &c);
	return memcmp(hash, want, sizeof(hash)) == 0;
}

/*
 * Load the list of a slot whose count has been checked.  Return as
 * journal_hash_file().
 */
static int
journal_load_list(const struct journal *j, const struct slot *s,
    struct range **list)
{
	struct range	*v;
	uint64_t	 off = journal_list_off(s->count);
	off_t		 size;
	int		 r;

	if ((size = io_size(j->fd)) == -1)
		return -1;
	/* Allocate no memory for a list that is not there. */
	if ((uint64_t)size < off + s->count * sizeof(*v) && s->count > 0)
		return 0;
	if ((v = calloc(s->count + 1, sizeof(*v))) == NULL)
		return -1;
	r = journal_hash_file(j, off, s->count * sizeof(*v), v, s->list_hash);
	if (r == 1 && !slot_fits_list(s, v))
		r = 0;
	if (r != 1) {
		free(v);
		return r;
	}
	*list = v;
	return 1;
}

int
journal_load_slot(struct journal *j, int which, struct slot *s,
    struct range **list)
{
	unsigned char	 buf[sizeof(struct disk) + 2 * JOURNAL_OLD_MAX];
	ssize_t		 n;
	int		 r;

	*list = NULL;
	/* Most slots are idle and short. */
	if ((n = io_pread(j->fd, buf, sizeof(struct disk),
	    journal_slot_off(which))) == -1)
		return -1;
	if (n == sizeof(struct disk) && !slot_parse(s, buf, n) &&
	    (n = io_pread(j->fd, buf, sizeof(buf), journal_slot_off(which))) ==
	    -1)
		return -1;
	if (!slot_parse(s, buf, n) || s->seq % 2 != (uint64_t)which)
		return 0;
	if (s->phase == JOURNAL_IDLE)
		return 1;
	if ((r = journal_load_list(j, s, list)) != 1)
		return r;
	if (!journal_has_data(s))
		return 1;
	r = journal_hash_file(j, journal_data_off(s), s->chunk, NULL,
	    s->data_hash);
	if (r != 1) {
		free(*list);
		*list = NULL;
	}
	return r;
}

int
journal_load(struct journal *j, struct slot *s, struct range **list)
{
	struct slot	 other;
	struct range	*olist;
	int		 a, b;

	j->seq = 0;
	if ((a = journal_load_slot(j, 0, s, list)) == -1)
		return -1;
	if ((b = journal_load_slot(j, 1, &other, &olist)) == -1) {
		free(*list);
		return -1;
	}
	if (b == 1 && (a == 0 || other.seq > s->seq)) {
		free(*list);
		*s = other;
		*list = olist;
	} else
		free(olist);
	if (a == 0 && b == 0)
		return 0;
	j->seq = s->seq;
	if (s->phase != JOURNAL_IDLE)
		return 1;
	free(*list);
	*list = NULL;
	return 0;
}

int
journal_has_data(const struct slot *s)
{
	return s->phase == JOURNAL_COPY &&
	    (s->mode == JOURNAL_DATA || s->mode == JOURNAL_SMALL);
}

uint64_t
journal_data_off(const struct slot *s)
{
	return journal_area_off(s->seq, s->mode);
}

int
journal_data(const struct journal *j, const struct slot *s, void *buf,
    size_t n, uint64_t off)
{
	ssize_t	 got;

	got = io_pread(j->fd, buf, n, journal_data_off(s) + off);
	if (got == (ssize_t)n)
		return 0;
	if (got != -1)
		errno = EIO;
	return -1;
}

int
journal_begin(struct journal *j)
{
	off_t	 size;

	/*
	 * No slot was ever written: the name may not be on disk yet, and
	 * recovery would not find the first slot.
	 */
	if (j->seq == 0 && io_fsync(j->statefd) == -1)
		return -1;
	if ((size = io_size(j->fd)) == -1)
		return -1;
	if ((uint64_t)size > journal_sizes.keep)
		return 0;
	return io_ftruncate(j->fd, journal_sizes.keep + 1);
}

int
journal_list(struct journal *j, const struct range *list, uint64_t count,
    unsigned char hash[JOURNAL_HASH])
{
	if (count > JOURNAL_RANGES_MAX) {
		errno = EFBIG;
		return -1;
	}
	journal_hash(list, count * sizeof(*list), hash);
	return io_pwrite(j->fd, list, count * sizeof(*list),
	    journal_list_off(count));
}

int
journal_reserve(struct journal *j, int later, uint64_t n)
{
	return io_allocate(j->fd, journal_area_off(j->seq + 1 + later,
	    JOURNAL_DATA), n);
}

int
journal_reserve_small(struct journal *j, uint64_t count)
{
	if (!journal_list_is_short(count)) {
		errno = ENOSPC;
		return -1;
	}
	/* It is short if there was no room when it was created. */
	return io_allocate(j->fd, 0, journal_sizes.keep);
}

int
journal_put(struct journal *j, uint32_t mode, const void *buf, size_t n,
    uint64_t off)
{
	return io_pwrite(j->fd, buf, n,
	    journal_area_off(j->seq + 1, mode) + off);
}

int
journal_write(struct journal *j, struct slot *s)
{
	unsigned char	 buf[sizeof(struct disk) + 2 * JOURNAL_OLD_MAX];
	struct disk	 d;

	s->seq = j->seq + 1;
	memset(&d, 0, sizeof(d));
	d.magic = MAGIC;
	d.seq = s->seq;
	d.phase = s->phase;
	d.mode = s->mode;
	d.ino = s->ino;
	d.size = s->size;
	d.first = s->first;
	d.end = s->end;
	d.done = s->done;
	d.chunk = s->chunk;
	d.count = s->count;
	d.appended = s->appended;
	d.before = s->before;
	d.head = s->head;
	d.tail = s->tail;
	memcpy(d.list_hash, s->list_hash, sizeof(d.list_hash));
	memcpy(d.data_hash, s->data_hash, sizeof(d.data_hash));
	memcpy(d.before_hash, s->before_hash, sizeof(d.before_hash));
	journal_slot_hash(d.hash, &d, s->old);
	memcpy(buf, &d, sizeof(d));
	memcpy(buf + sizeof(d), s->old, d.head + d.tail);
	if (io_pwrite(j->fd, buf, sizeof(d) + d.head + d.tail,
	    journal_slot_off(s->seq)) == -1)
		return -1;
	j->seq = s->seq;
	return 0;
}

int
journal_sync(struct journal *j)
{
	return io_fdatasync(j->fd);
}

/* Write n bytes at off once more. */
static int
journal_write_again(const struct journal *j, uint64_t off, uint64_t n)
{
	unsigned char	*buf;
	size_t		 len;
	int		 r = 0;

	if ((buf = malloc(BUFFER)) == NULL)
		return -1;
	for (; r == 0 && n > 0; n -= len, off += len) {
		len = n < BUFFER ? n : BUFFER;
		if (io_pread(j->fd, buf, len, off) != (ssize_t)len ||
		    io_pwrite(j->fd, buf, len, off) == -1)
			r = -1;
	}
	free(buf);
	return r;
}

int
journal_renew(struct journal *j, const struct slot *s)
{
	if (journal_write_again(j, journal_slot_off(s->seq),
	    sizeof(struct disk) + s->head + s->tail) == -1)
		return -1;
	if (s->phase != JOURNAL_IDLE &&
	    journal_write_again(j, journal_list_off(s->count),
	    s->count * sizeof(struct range)) == -1)
		return -1;
	if (journal_has_data(s) &&
	    journal_write_again(j, journal_data_off(s), s->chunk) == -1)
		return -1;
	return journal_sync(j);
}

void
journal_cut(struct journal *j)
{
	if (io_ftruncate(j->fd, journal_sizes.keep) == -1)
		log_debug("journal: not cut");
}

int
journal_idle(struct journal *j)
{
	struct slot	 s;

	memset(&s, 0, offsetof(struct slot, old));
	s.phase = JOURNAL_IDLE;
	if (journal_write(j, &s) == -1 || journal_sync(j) == -1)
		return -1;
	/* Not earlier: a slot on disk may still need this data. */
	journal_cut(j);
	return 0;
}

void
journal_hash(const void *p, size_t n, unsigned char hash[JOURNAL_HASH])
{
	SHA256_CTX	 c;

	SHA256_Init(&c);
	SHA256_Update(&c, p, n);
	SHA256_Final(hash, &c);
}

/* Without a journal there is no removal to complete, and none can begin. */
static int
journal_open_readonly(struct journal *j)
{
	j->readonly = 1;
	j->fd = openat(j->statefd, JOURNAL_NAME, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return j->fd;
}

enum st_status
journal_open(struct journal *j, int statefd, const char *user)
{
	struct stat	 st;

	j->seq = 0;
	j->readonly = 0;
	j->statefd = statefd;
	j->fd = openat(statefd, JOURNAL_NAME, O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (j->fd == -1 && errno == EROFS && journal_open_readonly(j) == -1 &&
	    errno == ENOENT) {
		j->busy = 0;
		return ST_OK;
	}
	if (j->fd == -1 || fstat(j->fd, &st) == -1) {
		log_warn("state directory of %s: journal", user);
		journal_close(j);
		return ST_TEMP;
	}
	if (!S_ISREG(st.st_mode)) {
		log_warnx("state directory of %s: journal is not a file", user);
		journal_close(j);
		return ST_TEMP;
	}
	j->busy = (uint64_t)st.st_size > journal_sizes.keep;
	if (!j->readonly && (uint64_t)st.st_size < journal_sizes.keep &&
	    io_allocate(j->fd, 0, journal_sizes.keep) == -1)
		log_warn("state directory of %s: no room for a journal", user);
	return ST_OK;
}

void
journal_close(struct journal *j)
{
	if (j->fd != -1)
		(void)close(j->fd);
	j->fd = -1;
}
