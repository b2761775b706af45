/* SPDX-License-Identifier: ISC */
/*
 * Runs in: tests.  Two files, a mailbox and a journal, in memory behind io.h,
 * whose unsynced writes a loss of power may keep, lose or tear in any order.
 */

#ifndef POP3D_MEMFILE_H
#define POP3D_MEMFILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define MEM_BOX		1000	/* descriptors */
#define MEM_JOURNAL	1001
#define MEM_FOLDER	1002	/* that the journal is in; for fsync only */
#define MEM_MAX		4096	/* octets in a file */
#define MEM_OPS		512	/* unsynced calls */
#define MEM_HEAP	(4 * MEM_MAX)

/* An unsynced call: octets written, octets cleared by a cut, or a new size. */
struct mem_op {
	enum { OP_WRITE, OP_ZERO, OP_SIZE } kind;
	size_t		 off;
	size_t		 len;
	size_t		 size;		/* of the file, after it */
	size_t		 data;		/* where in the heap of the file */
};

struct mem_file {
	size_t		 sector;	/* octets that the disk writes at once*/
	size_t		 page;		/* octets that a cut clears up to */
	size_t		 piece;		/* octets in one pwrite at most */
	unsigned char	 now[MEM_MAX];	/* what a read sees */
	size_t		 size;
	unsigned char	 disk[MEM_MAX];
	size_t		 disk_size;
	struct mem_op	 op[MEM_OPS];
	int		 nops;
	unsigned char	 heap[MEM_HEAP];
	size_t		 heaped;
};

struct mem {
	struct mem_file	 box;
	struct mem_file	 journal;
	int		 named;		/* the journal's name is on disk */
};
extern struct mem	 mem;

/* Calls that change something, so far, and the one that does not return. */
extern int		 mem_calls, mem_crash_at;

/* From mem_crash_at on, or after a failure: nothing has any effect. */
extern int		 mem_dead;

/* The call that fails, once, with what errno, 0: none. */
extern int		 mem_fail_at, mem_fail_with;

/*
 * A sync of the journal that fails does not try again: what was written stays
 * in memory, for reads, and the next sync succeeds without it.  So does Linux.
 */
extern int		 mem_drops;

/* Room for the journal, octets; what needs more is refused with ENOSPC. */
extern size_t		 mem_room;

/* Told before each call that changes something; NULL: nobody. */
extern void		(*mem_watch)(void);

/* Put these files behind io.h. */
void	 mem_install(void);

void	 mem_reset(struct mem_file *, size_t sector, size_t page, size_t piece);

/* Copy the parts of it that mean something. */
void	 mem_copy(struct mem *to, const struct mem *from);

/* As somebody else: append, sync. */
void	 mem_append(struct mem_file *, const void *, size_t);
void	 mem_sync(struct mem_file *);

/* Things that a loss of power decides on, for a file: sectors, and sizes. */
size_t	 mem_units(const struct mem_file *);
size_t	 mem_sizes(const struct mem_file *);

/* Lose power: a journal's name that was not synced is kept, or it is lost. */
void	 mem_power_name(int keep);

/*
 * Lose power.  keep(arg, i) says whether unit i reached the disk; sizes are a
 * journal's, in order: the first n of them did.
 */
void	 mem_power(struct mem_file *, int (*keep)(void *, size_t), void *arg,
	    size_t n);

#endif
