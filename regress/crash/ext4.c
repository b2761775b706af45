/* SPDX-License-Identifier: ISC */
/*
 * Runs in: make soak, as root, by soak_ext4.sh.  A commit on a real file system
 * whose machine stops at the k-th call:
 *
 *	ext4 commit DIR SEED K	exit 77 if it got that far, or 78
 *	ext4 check DIR SEED PROMISED	after mounting again: recover, compare
 */

#include <sys/types.h>
#include <sys/ioctl.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compact.h"
#include "io.h"
#include "log.h"
#include "store_format.h"

#define EXT4_SHUTDOWN	_IOR('X', 125, uint32_t)
#define NOLOGFLUSH	2
#define STOPPED		77	/* in the middle */
#define PROMISED	78	/* when it was done */
#define MESSAGES	20
#define BOX_MAX		(1024 * 1024)

static char		 box[1000];
static unsigned char	 whole[BOX_MAX], kept[BOX_MAX], now[2 * BOX_MAX];
static size_t		 nwhole, nkept;
static struct store_conf conf;
static struct io_calls	 good;
static uint64_t		 state;
static uint32_t		 set;
static int		 calls, stop_at, done;

static void
hear(int priority, const char *text)
{
	if (priority <= LOG_ERR)
		(void)fprintf(stderr, "%s\n", text);
}

static uint32_t
rnd(uint32_t n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % n;
}

static void
call(void)
{
	uint32_t	 flags = NOLOGFLUSH;

	if (++calls != stop_at)
		return;
	if (ioctl(conf.statefd, EXT4_SHUTDOWN, &flags) == -1)
		err(1, "shutdown");
	_exit(done ? PROMISED : STOPPED);
}

static ssize_t
stop_pwrite(int fd, const void *p, size_t n, off_t off)
{
	call();
	return good.pwrite(fd, p, n, off);
}

static int
stop_ftruncate(int fd, off_t size)
{
	call();
	return good.ftruncate(fd, size);
}

static int
stop_fsync(int fd)
{
	call();
	return good.fsync(fd);
}

static int
stop_fdatasync(int fd)
{
	call();
	return good.fdatasync(fd);
}

/* The same mailbox again from the same seed. */
static void
make(unsigned int seed)
{
	size_t	 begin, i, len;
	int	 m;

	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	set = rnd(1 << MESSAGES) | 1u << rnd(MESSAGES);
	for (m = 0; m < MESSAGES; m++) {
		begin = nwhole;
		nwhole += sprintf((char *)whole + nwhole, "From a@b Mon Jan  1 "
		    "10:00:00 2024\nSubject: %d.%u\n\n", m, seed);
		len = rnd(3) == 0 ? rnd(40000) : rnd(3000);
		for (i = 0; i < len; i++)
			whole[nwhole++] = i % 70 == 69 ? '\n' : 'a' + rnd(26);
		memcpy(whole + nwhole, "\n\n", 2);
		nwhole += 2;
		if (set & 1u << m)
			continue;
		memcpy(kept + nkept, whole + begin, nwhole - begin);
		nkept += nwhole - begin;
	}
	journal_sizes.data = 4096u << rnd(5);
	compact_sizes.nodata = 4096u << rnd(6);
	compact_sizes.chunk = 65536;
}

static int
commit(int k)
{
	struct store	*s;
	uint32_t	 removed, left, i;
	int		 fd;

	if ((fd = open(box, O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1 ||
	    write(fd, whole, nwhole) != (ssize_t)nwhole || fsync(fd) == -1)
		err(1, "%s", box);
	(void)close(fd);
	if (store_open(&s, &conf) != ST_OK)
		errx(1, "store_open");
	for (i = 0; i < MESSAGES; i++)
		if (set & 1u << i && store_check(s, i + 1) == ST_OK)
			store_delete(s, i + 1);
	stop_at = k;
	good = io_calls;
	io_calls.pwrite = stop_pwrite;
	io_calls.ftruncate = stop_ftruncate;
	io_calls.fsync = stop_fsync;
	io_calls.fdatasync = stop_fdatasync;
	if (store_commit(s, &removed, &left) != ST_OK)
		errx(1, "store_commit");
	/* Now the power goes. */
	done = 1;
	stop_at = calls + 1;
	call();
	return 1;
}

static int
check(int promised)
{
	struct store	*s;
	ssize_t		 n;
	int		 fd;

	conf.recover = 1;
	if (store_open(&s, &conf) != ST_OK)
		errx(1, "recovery");
	store_close(s);
	if ((fd = open(box, O_RDONLY)) == -1 ||
	    (n = read(fd, now, sizeof(now))) == -1)
		err(1, "%s", box);
	if ((size_t)n == nkept && memcmp(now, kept, n) == 0)
		return 0;
	if (!promised && (size_t)n == nwhole && memcmp(now, whole, n) == 0)
		return 0;
	errx(1, "torn: %zd octets of %zu or %zu", n, nwhole, nkept);
}

int
main(int argc, char **argv)
{
	if (argc != 5)
		errx(1, "see ext4.c");
	log_setsink(hear);
	snprintf(box, sizeof(box), "%s/box", argv[2]);
	conf.format = &mbox_format;
	conf.path = box;
	conf.user = "anna";
	conf.uid = getuid();
	if ((conf.statefd = open(argv[2], O_RDONLY | O_DIRECTORY)) == -1)
		err(1, "%s", argv[2]);
	conf.lock_flags = LOCK_FCNTL;
	conf.lock_timeout = 1;
	conf.octets_max = conf.messages_max = 1 << 30;
	make(atoi(argv[3]));
	return strcmp(argv[1], "commit") == 0 ? commit(atoi(argv[4])) :
	    check(atoi(argv[4]));
}
