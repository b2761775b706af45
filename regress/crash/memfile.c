/* SPDX-License-Identifier: ISC */
/* Runs in: tests.  Files in memory, and what a loss of power leaves of them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "memfile.h"

struct mem	 mem;
int		 mem_calls, mem_crash_at, mem_dead;
int		 mem_fail_at, mem_fail_with, mem_drops;
size_t		 mem_room = MEM_MAX;
void		(*mem_watch)(void);

static struct mem_file *
file(int fd)
{
	if (fd != MEM_BOX && fd != MEM_JOURNAL)
		abort();
	return fd == MEM_BOX ? &mem.box : &mem.journal;
}

/* Before a call that changes something: 0, or -1 if it never happens. */
static int
step(void)
{
	if (mem_dead) {
		errno = EIO;
		return -1;
	}
	if (mem_watch != NULL)
		mem_watch();
	if (++mem_calls == mem_crash_at) {
		mem_dead = 1;
		errno = EIO;
		return -1;
	}
	if (mem_calls == mem_fail_at) {
		errno = mem_fail_with;
		return -1;
	}
	return 0;
}

static void
add(struct mem_file *f, int kind, size_t off, size_t len)
{
	struct mem_op	*op = &f->op[f->nops++];

	if (f->nops >= MEM_OPS)
		abort();
	op->kind = kind;
	op->off = off;
	op->len = len;
	op->size = f->size;
	op->data = f->heaped;
}

static void
do_write(struct mem_file *f, const void *p, size_t n, size_t off)
{
	if (off + n > MEM_MAX || f->heaped + n > sizeof(f->heap))
		abort();
	if (off + n > f->size) {
		if (off > f->size)
			memset(f->now + f->size, 0, off - f->size);
		f->size = off + n;
	}
	memcpy(f->now + off, p, n);
	add(f, OP_WRITE, off, n);
	memcpy(f->heap + f->heaped, p, n);
	f->heaped += n;
}

static ssize_t
mem_pread(int fd, void *p, size_t n, off_t off)
{
	struct mem_file	*f = file(fd);

	if ((size_t)off >= f->size)
		return 0;
	if (n > f->size - off)
		n = f->size - off;
	memcpy(p, f->now + off, n);
	return n;
}

static ssize_t
mem_pwrite(int fd, const void *p, size_t n, off_t off)
{
	struct mem_file	*f = file(fd);

	if (step() == -1)
		return -1;
	if (n > f->piece)
		n = f->piece;
	if (fd == MEM_JOURNAL && off + n > mem_room) {
		errno = ENOSPC;
		return -1;
	}
	do_write(f, p, n, off);
	return n;
}

static int
mem_ftruncate(int fd, off_t size)
{
	struct mem_file	*f = file(fd);
	size_t		 n = size, end;

	if (step() == -1)
		return -1;
	if (n > MEM_MAX)
		abort();
	if (n < f->size) {
		end = (n + f->page - 1) / f->page * f->page;
		if (end > f->size)
			end = f->size;
		if (end > n)
			add(f, OP_ZERO, n, end - n);
	} else
		memset(f->now + f->size, 0, n - f->size);
	f->size = n;
	add(f, OP_SIZE, n, 0);
	return 0;
}

static int
mem_fsync(int fd)
{
	if (step() == -1) {
		if (mem_drops && fd == MEM_JOURNAL && !mem_dead)
			mem.journal.nops = mem.journal.heaped = 0;
		return -1;
	}
	if (fd == MEM_FOLDER)
		mem.named = 1;
	else
		mem_sync(file(fd));
	return 0;
}

static off_t
mem_size(int fd)
{
	return file(fd)->size;
}

static int
mem_allocate(int fd, off_t off, off_t size)
{
	struct mem_file	*f = file(fd);

	if (step() == -1)
		return -1;
	if (fd == MEM_JOURNAL && (size_t)(off + size) > mem_room) {
		errno = ENOSPC;
		return -1;
	}
	if ((size_t)(off + size) > f->size) {
		memset(f->now + f->size, 0, off + size - f->size);
		f->size = off + size;
		add(f, OP_SIZE, f->size, 0);
	}
	return 0;
}

void
mem_install(void)
{
	static const struct io_calls	 calls = {
		.pread = mem_pread, .pwrite = mem_pwrite,
		.ftruncate = mem_ftruncate, .fsync = mem_fsync,
		.fdatasync = mem_fsync, .size = mem_size,
		.allocate = mem_allocate
	};

	io_calls = calls;
}

void
mem_reset(struct mem_file *f, size_t sector, size_t page, size_t piece)
{
	f->sector = sector;
	f->page = page;
	f->piece = piece;
	f->size = f->disk_size = f->heaped = 0;
	f->nops = 0;
}

static void
copy(struct mem_file *to, const struct mem_file *from)
{
	to->sector = from->sector;
	to->page = from->page;
	to->piece = from->piece;
	to->size = from->size;
	to->disk_size = from->disk_size;
	to->nops = from->nops;
	to->heaped = from->heaped;
	memcpy(to->now, from->now, from->size);
	memcpy(to->disk, from->disk, from->disk_size);
	memcpy(to->op, from->op, from->nops * sizeof(*to->op));
	memcpy(to->heap, from->heap, from->heaped);
}

void
mem_copy(struct mem *to, const struct mem *from)
{
	copy(&to->box, &from->box);
	copy(&to->journal, &from->journal);
	to->named = from->named;
}

void
mem_append(struct mem_file *f, const void *p, size_t n)
{
	do_write(f, p, n, f->size);
}

/* Sectors that an operation touches. */
static size_t
sectors(const struct mem_file *f, const struct mem_op *op)
{
	if (op->len == 0)
		return 0;
	return (op->off + op->len - 1) / f->sector - op->off / f->sector + 1;
}

size_t
mem_units(const struct mem_file *f)
{
	size_t	 n = 0;
	int	 i;

	for (i = 0; i < f->nops; i++)
		n += sectors(f, &f->op[i]);
	return n;
}

size_t
mem_sizes(const struct mem_file *f)
{
	size_t	 n = 0, size = f->disk_size;
	int	 i;

	for (i = 0; i < f->nops; i++) {
		n += f->op[i].size != size;
		size = f->op[i].size;
	}
	return n;
}

/* One operation, of which keep says what reached the disk. */
static void
apply(struct mem_file *f, const struct mem_op *op,
    int (*keep)(void *, size_t), void *arg, size_t *unit)
{
	size_t	 off = op->off, end = op->off + op->len, next;

	for (; off < end; off = next) {
		next = (off / f->sector + 1) * f->sector;
		if (next > end)
			next = end;
		if (!keep(arg, (*unit)++))
			continue;
		if (op->kind == OP_ZERO)
			memset(f->disk + off, 0, next - off);
		else
			memcpy(f->disk + off, f->heap + op->data +
			    (off - op->off), next - off);
	}
}

void
mem_power_name(int keep)
{
	if (mem.named)
		return;
	if (!keep) {
		mem.journal.size = mem.journal.disk_size = 0;
		mem.journal.nops = 0;
		mem.journal.heaped = 0;
	}
	mem.named = keep;
}

/* What of the unsynced calls is on disk now; nothing is unsynced any more. */
static void
to_disk(struct mem_file *f, int (*keep)(void *, size_t), void *arg, size_t n)
{
	size_t	 unit = 0, size = f->disk_size, seen = 0, left = size;
	int	 i;

	memset(f->disk + size, 0, MEM_MAX - size);
	for (i = 0; i < f->nops; i++) {
		apply(f, &f->op[i], keep, arg, &unit);
		if (f->op[i].size == size)
			continue;
		size = f->op[i].size;
		if (++seen > n)
			continue;
		/* Cut for good: what was behind does not come back. */
		if (f->op[i].kind == OP_SIZE)
			memset(f->disk + size, 0, MEM_MAX - size);
		left = size;
	}
	memset(f->disk + left, 0, MEM_MAX - left);
	f->disk_size = left;
	f->nops = 0;
	f->heaped = 0;
}

static int
keep_all(void *arg, size_t i)
{
	(void)arg;
	(void)i;
	return 1;
}

void
mem_sync(struct mem_file *f)
{
	to_disk(f, keep_all, NULL, MEM_OPS);
}

void
mem_power(struct mem_file *f, int (*keep)(void *, size_t), void *arg, size_t n)
{
	to_disk(f, keep, arg, n);
	memcpy(f->now, f->disk, f->disk_size);
	f->size = f->disk_size;
}
