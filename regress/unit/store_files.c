/* SPDX-License-Identifier: ISC */
/* Runs in: unit tests.  Trusts: nothing in the directory. */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "store_files.h"

#define FILES_MAX	1000

struct files_msg {
	int		 fd;			/* owned */
	uint64_t	 len;
	uint64_t	 hdr;
	uint64_t	 wire;
	struct timespec	 mtime;
};

struct files {
	struct files_msg v[FILES_MAX];
	char		 uidl[FILES_MAX][UIDL_LEN_MAX + 1];	/* the name */
	uint32_t	 n;
	uint32_t	 cur;
	uint64_t	 total;
	unsigned char	 buf[4096];
};

static enum st_status
files_refuse(const struct store *s, const char *name, const char *why)
{
	log_warnx("%s: mailbox of %s refused: %s%s", s->conf.path,
	    s->conf.user, name, why);
	return ST_PERM;
}

static int
files_wanted(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Measure a message: where its header ends, what it is on the wire. */
static int
files_measure(struct files_msg *m)
{
	unsigned char	 c, last = '\n', before = '\n';
	uint64_t	 off;

	m->hdr = m->len;
	m->wire = 0;
	for (off = 0; off < m->len; off++) {
		if (pread(m->fd, &c, 1, off) != 1)
			return -1;
		m->wire += 1 + (c == '\n' && last != '\r');
		if (m->hdr == m->len && c == '\n' &&
		    (last == '\n' || (last == '\r' && before == '\n')))
			m->hdr = off + 1;
		before = last;
		last = c;
	}
	if (m->len > 0 && last != '\n')
		m->wire += 2;
	return 0;
}

static enum st_status
files_add(struct store *s, int dirfd, const char *name)
{
	struct files		*f = s->data;
	struct files_msg	*m = &f->v[f->n];
	struct stat		 st;

	if (f->n == s->conf.messages_max || f->n == FILES_MAX)
		return files_refuse(s, "", "too many messages");
	m->fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (m->fd == -1)
		return files_refuse(s, name, " cannot be opened");
	f->n++;
	if (fstat(m->fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_uid != s->conf.uid)
		return files_refuse(s, name, " is not a file of the user");
	m->len = st.st_size;
	m->mtime = st.st_mtim;
	if (files_measure(m) == -1)
		return ST_TEMP;
	if ((f->total += m->wire) > s->conf.octets_max)
		return files_refuse(s, "", "too large");
	if (strlcpy(f->uidl[f->n - 1], name, sizeof(f->uidl[0])) >=
	    sizeof(f->uidl[0]))
		return files_refuse(s, name, ": the name is too long");
	return ST_OK;
}

static enum st_status
files_open(struct store *s)
{
	struct dirent	**names;
	enum st_status	 status = ST_OK;
	int		 dirfd, i, n;

	if ((s->data = calloc(1, sizeof(struct files))) == NULL)
		return ST_TEMP;
	dirfd = open(s->conf.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1) {
		if (errno == ENOTDIR)
			return files_refuse(s, "", "not a directory");
		log_warn("%s: mailbox of %s", s->conf.path, s->conf.user);
		return ST_TEMP;
	}
	n = scandir(s->conf.path, &names, files_wanted, alphasort);
	for (i = 0; i < n; i++) {
		if (status == ST_OK)
			status = files_add(s, dirfd, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	(void)close(dirfd);
	if (n == -1 || status != ST_OK)
		return n == -1 ? ST_TEMP : status;
	store_seal(s);
	store_found(s, ((struct files *)s->data)->n,
	    ((struct files *)s->data)->total);
	return ST_OK;
}

/* Nothing is ever removed. */
static enum st_status
files_recover(struct store *s)
{
	return ST_OK;
}

static void
files_close(struct store *s)
{
	struct files	*f = s->data;
	uint32_t	 i;

	for (i = 0; i < f->n; i++)
		(void)close(f->v[i].fd);
	free(f);
}

/* All files are open. */
static void
files_confine(struct store *s, struct store_confine *need)
{
}

static enum st_status
files_load(struct store *s)
{
	return ST_OK;
}

static uint64_t
files_size(const struct store *s, uint32_t i)
{
	return ((const struct files *)s->data)->v[i].wire;
}

static enum st_status
files_same(struct store *s)
{
	const struct files	*f = s->data;
	const struct files_msg	*m = &f->v[f->cur];
	struct stat		 st;

	if (fstat(m->fd, &st) == -1)
		return ST_TEMP;
	if ((uint64_t)st.st_size == m->len &&
	    st.st_mtim.tv_sec == m->mtime.tv_sec &&
	    st.st_mtim.tv_nsec == m->mtime.tv_nsec)
		return ST_OK;
	log_warnx("%s: %s was changed", s->conf.path, f->uidl[f->cur]);
	return ST_CHANGED;
}

static enum st_status
files_begin(struct store *s, uint32_t i, uint64_t *len, uint64_t *hdr)
{
	struct files	*f = s->data;

	f->cur = i;
	*len = f->v[i].len;
	*hdr = f->v[i].hdr;
	return files_same(s);
}

static enum st_status
files_read(struct store *s, uint64_t off, uint64_t limit, unsigned char **p,
    size_t *n)
{
	struct files	*f = s->data;
	ssize_t		 got;

	got = pread(f->v[f->cur].fd, f->buf,
	    limit < sizeof(f->buf) ? limit : sizeof(f->buf), off);
	if (got <= 0)
		return got == 0 ? ST_CHANGED : ST_TEMP;
	*p = f->buf;
	*n = got;
	return ST_OK;
}

static enum st_status
files_uid(struct store *s, uint32_t i, char uidl[UIDL_LEN_MAX + 1])
{
	const struct files	*f = s->data;

	memcpy(uidl, f->uidl[i], UIDL_LEN_MAX + 1);
	return ST_OK;
}

static const char *
files_readonly(const struct store *s)
{
	return "it";
}

const struct store_format	 files_format = {
	.open = files_open,
	.recover = files_recover,
	.close = files_close,
	.confine = files_confine,
	.load = files_load,
	.size = files_size,
	.begin = files_begin,
	.read = files_read,
	.end = files_same,
	.uid = files_uid,
	.readonly = files_readonly
};
