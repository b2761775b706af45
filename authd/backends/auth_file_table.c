/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_file.  Trusts: the file's owner for what it says, nobody for
 * its form; another worker for what a table that it has made says, but not for
 * its form either.
 *
 * A table is one snapshot, shared by all workers: a head, the text of the file,
 * and slots, a hash table with linear probing, of which more than a third stays
 * empty.  A slot has the offset of a line + 1, or 0, and above that a few bits
 * of the hash of its name, which save most looks at other lines.
 */

/* libcrypto 3 deprecates what LibreSSL keeps and what costs no allocation. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "auth_file_table.h"
#include "backend.h"
#include "log.h"

#define BAD_LOGGED	10	/* broken lines that are logged */
#define KEY_PART	65536	/* bytes of the file that make the key */
#define EXAMPLE_TRIES	64	/* slots looked at for a hash that works */

#define OFFSET_BITS	40
#define OFFSET_MASK	(((uint64_t)1 << OFFSET_BITS) - 1)

/* Two versions of this program must not accept each other's table. */
#define HEAD_MAGIC	"pop3d users 1\n\0"

struct users_head {
	char			 magic[16];
	uint64_t		 textlen;	/* bytes */
	uint64_t		 nslots;
	uint64_t		 count;
	struct users_stamp	 stamp;
	uint64_t		 settled;
	unsigned char		 key[USERS_KEY_LEN];
};

/* The state of a load. */
struct load {
	const char	*path;
	int		 quiet;
	unsigned int	 line;		/* number, from 1 */
	unsigned int	 bad;
	unsigned int	 weak;
	unsigned int	 weak_line;	/* the first of them */
	uint64_t	*slots;
};

void
users_stamp(const struct stat *st, struct users_stamp *s)
{
	s->dev = (uint64_t)st->st_dev;
	s->ino = (uint64_t)st->st_ino;
	s->size = (int64_t)st->st_size;
	s->mtime = (int64_t)st->st_mtim.tv_sec;
	s->mtime_ns = (int64_t)st->st_mtim.tv_nsec;
	s->ctime = (int64_t)st->st_ctim.tv_sec;
	s->ctime_ns = (int64_t)st->st_ctim.tv_nsec;
}

const char *
users_group(void)
{
	static char		 name[64];
	const struct group	*gr;

	if (name[0] == '\0') {
		gr = getgrgid(getegid());
		(void)snprintf(name, sizeof(name), "%s",
		    gr == NULL ? "_pop3auth" : gr->gr_name);
	}
	return name;
}

int
users_open(const char *path, struct stat *st, char *err)
{
	int	 fd;

	/* O_NONBLOCK: a FIFO must not block us. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 && errno == EACCES)
		(void)backend_err(err, 0, "%s: %s; chgrp %s %s; chmod 640 %s",
		    path, strerror(errno), users_group(), path, path);
	else if (fd == -1 || fstat(fd, st) == -1)
		(void)backend_err(err, 0, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st->st_mode))
		(void)backend_err(err, 0, "%s: not a regular file", path);
	else if (st->st_mode & (S_IWGRP | S_IWOTH))
		(void)backend_err(err, 0, "%s: group or others may write it; "
		    "chmod go-w %s", path, path);
	else
		return fd;
	if (fd != -1)
		(void)close(fd);
	return -1;
}

/* The head and the offset of the slots are multiples of 8 bytes. */
static size_t
slots_offset(size_t textlen)
{
	return sizeof(struct users_head) + (textlen + 7) / 8 * 8;
}

/*
 * Keyed by something that only readers of the file know, so that users who can
 * choose their name cannot choose one that makes lookups slow.
 */
static uint64_t
name_hash(const unsigned char key[USERS_KEY_LEN], const char *name, size_t len)
{
	SHA256_CTX	 sha;
	unsigned char	 md[SHA256_DIGEST_LENGTH];
	uint64_t	 h;

	SHA256_Init(&sha);
	SHA256_Update(&sha, key, USERS_KEY_LEN);
	SHA256_Update(&sha, name, len);
	SHA256_Final(md, &sha);
	memcpy(&h, md, sizeof(h));
	return h;
}

/* Whether the line at this offset is that of name. */
static int
line_is(const struct users *u, uint64_t offset, const char *name, size_t len)
{
	const char	*line;

	if (offset >= u->size || u->size - offset <= len)
		return 0;
	line = u->text + offset;
	return line[len] == ':' && memcmp(line, name, len) == 0;
}

/*
 * The slot that has name, or the one where it would be; nslots if there is
 * neither, which only happens in a table from another worker.
 */
static uint64_t
slot_find(const struct users *u, const uint64_t *slots, uint64_t hash,
    const char *name, size_t len)
{
	uint64_t	 i = hash % u->nslots, n, slot;

	for (n = 0; n < u->nslots; n++) {
		slot = slots[i];
		if (slot == 0 || ((slot ^ hash) & ~OFFSET_MASK) == 0) {
			if (slot == 0 || line_is(u, (slot & OFFSET_MASK) - 1,
			    name, len))
				return i;
		}
		if (++i == u->nslots)
			i = 0;
	}
	return u->nslots;
}

static void
load_bad(struct load *ld, const char *why)
{
	if (ld->bad++ < BAD_LOGGED && !ld->quiet)
		log_warnx("%s:%u: %s; line left out", ld->path, ld->line, why);
}

static void
load_line(struct users *u, struct load *ld, const char *line, size_t len)
{
	struct user_line	 ul;
	const char		*why;
	uint64_t		 hash, i;

	if (len == 0 || line[0] == '#' || (len == 1 && line[0] == '\r'))
		return;
	if (user_line_parse(line, len, &ul, &why) == -1) {
		load_bad(ld, why);
		return;
	}
	hash = name_hash(u->key, ul.name.p, ul.name.len);
	i = slot_find(u, ld->slots, hash, ul.name.p, ul.name.len);
	if (ld->slots[i] != 0) {
		load_bad(ld, "user named before");
		return;
	}
	ld->slots[i] = (hash & ~OFFSET_MASK) | ((uint64_t)(line - u->text) + 1);
	u->count++;
	if (ul.kind == PASSWORD_WEAK && ld->weak++ == 0)
		ld->weak_line = ld->line;
}

static void
load_lines(struct users *u, struct load *ld)
{
	const char	*line = u->text, *end, *stop = u->text + u->size;

	for (; line < stop; line = end + 1) {
		ld->line++;
		end = memchr(line, '\n', (size_t)(stop - line));
		if (end == NULL) {
			/* A truncated line may mean something else. */
			load_bad(ld, "no newline at the end of the file");
			break;
		}
		load_line(u, ld, line, (size_t)(end - line));
	}
}

static int
load_text(char *text, size_t size, int fd)
{
	size_t	 have = 0;
	ssize_t	 n;

	while (have < size) {
		n = pread(fd, text + have, size - have, (off_t)have);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0) {
			errno = ESTALE;		/* shorter than it was */
			return -1;
		}
		have += (size_t)n;
	}
	return 0;
}

/*
 * A byte order mark is not part of the first name.  Replace it with empty lines
 * that do not count.
 */
static void
text_unmark(char *text, size_t size, struct load *ld)
{
	static const char	 mark[] = "\xef\xbb\xbf";
	const size_t		 len = sizeof(mark) - 1;

	if (size < len || memcmp(text, mark, len) != 0)
		return;
	memset(text, '\n', len);
	ld->line -= (unsigned int)len;
}

/* Room for as many lines as there are newlines. */
static uint64_t
slots_wanted(const char *text, size_t size)
{
	const char	*p = text, *stop = text + size;
	uint64_t	 n = 1;

	while ((p = memchr(p, '\n', (size_t)(stop - p))) != NULL) {
		n++;
		p++;
	}
	return n + n / 2 + 1;
}

/* Set the fields from a table in memory whose head is valid. */
static void
users_view(struct users *u)
{
	const struct users_head	*head = u->snap.p;

	u->text = (const char *)(head + 1);
	u->size = (size_t)head->textlen;
	u->nslots = head->nslots;
	u->slots = (const void *)((const char *)u->snap.p +
	    slots_offset(u->size));
	u->count = (size_t)head->count;
	u->stamp = head->stamp;
	u->settled = head->settled != 0;
	memcpy(u->key, head->key, sizeof(u->key));
}

/*
 * Read the file into sealed memory and index it.  A file written within the
 * last second may change again without a change to its times: it is not
 * settled.
 */
static int
users_build(struct users *u, struct load *ld, int fd, const struct stat *st)
{
	size_t			 size = (size_t)st->st_size;
	struct users_head	*head;
	time_t			 age = time(NULL) - st->st_mtim.tv_sec;

	if (sealed_new(&u->snap, slots_offset(size)) == -1)
		return -1;
	head = u->snap.p;
	memcpy(head->magic, HEAD_MAGIC, sizeof(head->magic));
	head->textlen = size;
	users_stamp(st, &head->stamp);
	head->settled = age < 0 || age > 1;
	if (load_text((char *)(head + 1), size, fd) == -1)
		return -1;
	text_unmark((char *)(head + 1), size, ld);
	SHA256((unsigned char *)(head + 1), size < KEY_PART ? size : KEY_PART,
	    head->key);
	head->nslots = slots_wanted((char *)(head + 1), size);
	if (sealed_resize(&u->snap, slots_offset(size) +
	    (size_t)head->nslots * sizeof(uint64_t)) == -1)
		return -1;
	head = u->snap.p;
	users_view(u);
	ld->slots = (void *)((char *)u->snap.p + slots_offset(size));
	load_lines(u, ld);
	head->count = u->count;
	if (sealed_seal(&u->snap) == -1)
		return -1;
	users_view(u);
	return 0;
}

static void
load_report(const struct users *u, const struct load *ld,
    const struct stat *st)
{
	if (ld->quiet)
		return;
	if (ld->bad > BAD_LOGGED)
		log_warnx("%s: %u more such lines left out", ld->path,
		    ld->bad - BAD_LOGGED);
	if (ld->weak > 0)
		log_warnx("%s:%u: weak password hash, the first of %u; "
		    "see pop3d-auth(5)", ld->path, ld->weak_line, ld->weak);
	if (st->st_mode & S_IROTH)
		log_warnx("%s: everybody may read it; chgrp %s %s; chmod 640 "
		    "%s", ld->path, users_group(), ld->path, ld->path);
	log_debug("%s: %zu users", ld->path, u->count);
}

struct users *
users_read(int fd, const struct stat *st, const char *path, int quiet,
    char *err)
{
	struct load	 ld = { .path = path, .quiet = quiet };
	struct users	*u = NULL;

	if (st->st_size == 0) {
		(void)backend_err(err, 0, "%s: empty file", path);
		return NULL;
	}
	if ((uintmax_t)st->st_size >= SIZE_MAX / 16 ||
	    (uintmax_t)st->st_size >= OFFSET_MASK)
		errno = EFBIG;
	else if ((u = calloc(1, sizeof(*u))) != NULL &&
	    users_build(u, &ld, fd, st) == -1) {
		users_free(u);
		u = NULL;
	}
	if (u == NULL) {
		(void)backend_err(err, 0, "%s: %s", path, strerror(errno));
		return NULL;
	}
	load_report(u, &ld, st);
	if (u->count == 0 && ld.bad > 0) {
		users_free(u);
		(void)backend_err(err, 0, "%s: not one good line", path);
		return NULL;
	}
	return u;
}

/* The sizes in the head must add up; slots are checked when used. */
static int
head_valid(const struct sealed *snap)
{
	const struct users_head	*head = snap->p;
	size_t			 rest;

	if (snap->size < sizeof(*head) ||
	    memcmp(head->magic, HEAD_MAGIC, sizeof(head->magic)) != 0 ||
	    head->textlen > snap->size - sizeof(*head) ||
	    slots_offset((size_t)head->textlen) > snap->size)
		return 0;
	rest = snap->size - slots_offset((size_t)head->textlen);
	return head->nslots > 0 && rest % sizeof(uint64_t) == 0 &&
	    rest / sizeof(uint64_t) == head->nslots &&
	    head->count <= head->nslots;
}

struct users *
users_take(int fd)
{
	struct users	*u;

	if ((u = calloc(1, sizeof(*u))) == NULL ||
	    sealed_open(&u->snap, fd) == -1) {
		free(u);
		(void)close(fd);
		return NULL;
	}
	if (!head_valid(&u->snap)) {
		users_free(u);
		return NULL;
	}
	users_view(u);
	return u;
}

void
users_free(struct users *u)
{
	int	 saved = errno;

	if (u == NULL)
		return;
	if (u->snap.p != NULL)
		sealed_free(&u->snap);
	freezero(u, sizeof(*u));
	errno = saved;
}

/* Parse the line of a slot; 0 if there is no valid one. */
static int
users_line(const struct users *u, uint64_t i, struct user_line *ul)
{
	uint64_t	 offset;
	const char	*line, *end, *why;

	if (i >= u->nslots || (offset = u->slots[i] & OFFSET_MASK) == 0 ||
	    --offset >= u->size)
		return 0;
	line = u->text + offset;
	if ((end = memchr(line, '\n', u->size - offset)) == NULL)
		return 0;
	return user_line_parse(line, (size_t)(end - line), ul, &why) == 0;
}

static uint64_t
slot_of(const struct users *u, const char *name, size_t len)
{
	return slot_find(u, u->slots, name_hash(u->key, name, len), name, len);
}

int
users_find(const struct users *u, const char *name, struct user_line *ul)
{
	return users_line(u, slot_of(u, name, strlen(name)), ul);
}

/* A line that was left out is not found, or the first of its name is. */
void
users_each(const struct users *u, void (*fn)(const struct user_line *))
{
	struct user_line	 ul;
	const char		*line = u->text, *stop = u->text + u->size;
	const char		*end, *colon;
	uint64_t		 i;

	for (; (end = memchr(line, '\n', (size_t)(stop - line))) != NULL;
	    line = end + 1) {
		if ((colon = memchr(line, ':', (size_t)(end - line))) == NULL)
			continue;
		i = slot_of(u, line, (size_t)(colon - line));
		if (users_line(u, i, &ul) && ul.name.p == line)
			fn(&ul);
	}
}

/*
 * Keyed by something that only readers of the file know: otherwise somebody who
 * knows what one user's hash costs could tell which names do not exist.
 */
int
users_example(const struct users *u, const char *name, struct user_line *ul)
{
	uint64_t	 n;
	int		 i;

	n = name_hash(u->key, name, strnlen(name, USER_LEN_MAX));
	for (i = 0; i < EXAMPLE_TRIES; i++) {
		if (users_line(u, n % u->nslots, ul) &&
		    ul->kind != PASSWORD_LOCKED)
			return 1;
		/* A pseudo-random next slot: lines lie in clusters. */
		n = n * 6364136223846793005 + 1442695040888963407;
		n ^= n >> 29;
	}
	return 0;
}
