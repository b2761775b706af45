/*
 * Runs in: auth_file.  Trusts: the file's owner for what it says, nobody for
 * its form.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "auth_file_table.h"
#include "backend.h"
#include "conf.h"
#include "log.h"
#include "userinfo.h"

#define BAD_LOGGED	10	/* broken lines that are logged */
#define LINE_LEN_MAX	8192	/* octets */
#define KEY_PART	65536	/* octets of the file that make the key */
#define EXAMPLE_TRIES	64	/* lines looked at for a hash that works */

/* Where a load stands. */
struct load {
	const char	*path;
	int		 quiet;
	unsigned int	 line;		/* number, from 1 */
	unsigned int	 bad;
	unsigned int	 weak;
	unsigned int	 weak_line;	/* the first of them */
	size_t		 room;		/* of users.lines */
};

void
text_copy(char *dst, size_t size, struct text t)
{
	if (t.len >= size)
		t.len = size - 1;
	if (t.len > 0)
		memcpy(dst, t.p, t.len);
	dst[t.len] = '\0';
}

/* Cut t at the first sep; what follows it stays in t.  1, or 0: t is empty. */
static int
text_next(struct text *t, char sep, struct text *part)
{
	const char	*end;

	if (t->p == NULL)
		return 0;
	part->p = t->p;
	if ((end = memchr(t->p, sep, t->len)) == NULL) {
		part->len = t->len;
		t->p = NULL;
		return 1;
	}
	part->len = (size_t)(end - t->p);
	t->len -= part->len + 1;
	t->p = end + 1;
	return 1;
}

static int
text_is(struct text t, const char *s)
{
	return strlen(s) == t.len && memcmp(t.p, s, t.len) == 0;
}

static const char *
line_option(struct text option, struct user_line *ul)
{
	struct text	 key, value = option;

	if (!text_next(&value, '=', &key) || value.p == NULL)
		return "option without a value";
	if (text_is(key, "status"))
		return userinfo_status(value.p, value.len, &ul->status) == -1 ?
		    "unknown status" : NULL;
	if (text_is(key, "groups"))
		return userinfo_groups(value.p, value.len, ul->groups,
		    &ul->ngroups) == -1 ? "groups are not numbers joined by "
		    "'+', or too many" : NULL;
	if (text_is(key, "host")) {
		if (value.len > PATH_LEN_MAX)
			return "host too long";
		ul->host = value;
		return NULL;
	}
	if (text_is(key, "quota"))
		return userinfo_size(value.p, value.len,
		    &ul->quota_octets) == -1 ?
		    "quota is not a size" : NULL;
	if (text_is(key, "messages"))
		return userinfo_size(value.p, value.len,
		    &ul->quota_messages) == -1 ?
		    "messages is not a number" : NULL;
	return "unknown option";
}

static const char *
line_name_hash(struct user_line *ul)
{
	char	 buf[PASSWORD_STORED_MAX + 1];

	if (ul->name.len > USER_LEN_MAX)
		return "user name too long";
	text_copy(buf, sizeof(buf), ul->name);
	if (!conf_user_valid(buf))
		return "bad user name";
	if (ul->hash.p == NULL)
		return "no password field";
	if (ul->hash.len > PASSWORD_STORED_MAX)
		return "password field too long";
	text_copy(buf, sizeof(buf), ul->hash);
	ul->kind = password_kind(buf);
	explicit_bzero(buf, ul->hash.len);
	return ul->kind == PASSWORD_UNKNOWN ?
	    "password of a kind that is not known" : NULL;
}

static const char *
line_path(struct text path, const char *why)
{
	if (path.len == 0)
		return NULL;
	return path.p[0] != '/' || path.len > PATH_LEN_MAX ? why : NULL;
}

static const char *
line_fields(struct text rest, struct user_line *ul)
{
	struct text	 uid = { NULL, 0 }, gid = { NULL, 0 };
	struct text	 options = { NULL, 0 }, option;
	const char	*why;

	if (!text_next(&rest, ':', &ul->name) || ul->name.len == 0)
		return "no user name";
	(void)(text_next(&rest, ':', &ul->hash) &&
	    text_next(&rest, ':', &uid) && text_next(&rest, ':', &gid) &&
	    text_next(&rest, ':', &ul->gecos) &&
	    text_next(&rest, ':', &ul->home) &&
	    text_next(&rest, ':', &ul->mailbox) &&
	    text_next(&rest, ':', &options));
	if (rest.p != NULL)
		return "more than eight fields";
	if ((why = line_name_hash(ul)) != NULL)
		return why;
	if (uid.len > 0 && userinfo_id(uid.p, uid.len, &ul->uid) == -1)
		return "bad uid";
	if (gid.len > 0 && userinfo_id(gid.p, gid.len, &ul->gid) == -1)
		return "bad gid";
	if (ul->gecos.len > PATH_LEN_MAX)
		return "name too long";
	if ((why = line_path(ul->home, "bad home")) != NULL ||
	    (why = line_path(ul->mailbox, "bad mailbox")) != NULL)
		return why;
	if (options.len == 0)
		return NULL;
	while (text_next(&options, ',', &option)) {
		if ((why = line_option(option, ul)) != NULL)
			return why;
	}
	return NULL;
}

int
user_line_parse(const char *line, size_t len, struct user_line *ul,
    const char **why)
{
	struct text	 rest = { line, len };
	size_t		 i;

	memset(ul, 0, sizeof(*ul));
	ul->quota_octets = ul->quota_messages = -1;
	if (len > LINE_LEN_MAX) {
		*why = "line too long";
		return -1;
	}
	for (i = 0; i < len; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f) {
			*why = "control character (a CR at the end?)";
			return -1;
		}
	}
	*why = line_fields(rest, ul);
	return *why == NULL ? 0 : -1;
}

int
users_open(const char *path, struct stat *st, char *err)
{
	int	 fd;

	/* O_NONBLOCK: a FIFO must not stop us. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, st) == -1)
		(void)backend_err(err, 0, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st->st_mode))
		(void)backend_err(err, 0, "%s: not a regular file", path);
	else if (st->st_mode & (S_IWGRP | S_IWOTH))
		(void)backend_err(err, 0, "%s: group or others may write it; "
		    "chmod go-w", path);
	else
		return fd;
	if (fd != -1)
		(void)close(fd);
	return -1;
}

static void
load_bad(struct load *ld, const char *why)
{
	if (ld->bad++ < BAD_LOGGED && !ld->quiet)
		log_warnx("%s:%u: %s; line left out", ld->path, ld->line, why);
}

static int
load_line(struct users *u, struct load *ld, const char *line, size_t len)
{
	struct user_line	 ul;
	const unsigned char	**lines;
	const char		*why;

	if (len == 0 || line[0] == '#')
		return 0;
	if (user_line_parse(line, len, &ul, &why) == -1) {
		load_bad(ld, why);
		return 0;
	}
	if (ul.kind == PASSWORD_WEAK && ld->weak++ == 0)
		ld->weak_line = ld->line;
	if ((size_t)u->count == ld->room) {
		if (ld->room > INT_MAX / 2) {
			errno = E2BIG;
			return -1;
		}
		ld->room = ld->room == 0 ? 1024 : ld->room * 2;
		lines = reallocarray(u->lines, ld->room, sizeof(*lines));
		if (lines == NULL)
			return -1;
		u->lines = lines;
	}
	u->lines[u->count++] = (const unsigned char *)line;
	return 0;
}

static int
load_lines(struct users *u, struct load *ld)
{
	const char	*line = u->text, *end, *stop = u->text + u->size;

	for (; line < stop; line = end + 1) {
		ld->line++;
		end = memchr(line, '\n', (size_t)(stop - line));
		if (end == NULL) {
			/* Half a line may say what the whole does not. */
			load_bad(ld, "no newline at the end of the file");
			break;
		}
		if (load_line(u, ld, line, (size_t)(end - line)) == -1)
			return -1;
	}
	return 0;
}

/* Order of names; both end with ':', which a name does not contain. */
static int
name_cmp(const char *name, size_t len, const unsigned char *line)
{
	size_t	 i;

	for (i = 0; i < len && line[i] != ':'; i++) {
		if ((unsigned char)name[i] != line[i])
			return (unsigned char)name[i] < line[i] ? -1 : 1;
	}
	if (i < len)
		return 1;
	return line[i] == ':' ? 0 : -1;
}

static size_t
name_len(const unsigned char *line)
{
	size_t	 len;

	for (len = 0; line[len] != ':'; len++)
		;
	return len;
}

static unsigned int
line_number(const struct users *u, const unsigned char *line)
{
	unsigned int	 n = 1;

	while (line > (const unsigned char *)u->text)
		n += *--line == '\n';
	return n;
}

/* Sort by name, then leave out all but the first line of each name. */
static int
load_sort(struct users *u, struct load *ld)
{
	const unsigned char	**lines = u->lines, *line;
	int			  i, n = 0;

	if (u->count > 0 && sradixsort(lines, u->count, NULL, ':') == -1)
		return -1;
	for (i = 0; i < u->count; i++) {
		line = lines[i];
		if (n > 0 && name_cmp((const char *)line, name_len(line),
		    lines[n - 1]) == 0) {
			if (ld->bad < BAD_LOGGED)
				ld->line = line_number(u, line);
			load_bad(ld, "user named before");
			continue;
		}
		lines[n++] = line;
	}
	u->count = n;
	return 0;
}

static int
load_file(struct users *u, int fd)
{
	size_t	 have = 0;
	ssize_t	 n;

	while (have < u->size) {
		n = pread(fd, u->text + have, u->size - have, (off_t)have);
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
	return EVP_Digest(u->text, u->size < KEY_PART ? u->size :
	    KEY_PART, u->key, NULL,
	    EVP_sha256(), NULL) == 1 ? 0 : -1;
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
		log_warnx("%s: everybody may read it; chmod o-r", ld->path);
	log_debug("%s: %d users", ld->path, u->count);
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
	if ((uintmax_t)st->st_size >= SIZE_MAX)
		errno = EFBIG;
	else if ((u = calloc(1, sizeof(*u))) != NULL) {
		u->size = (size_t)st->st_size;
		if ((u->text = malloc(u->size)) == NULL ||
		    load_file(u, fd) == -1 || load_lines(u, &ld) == -1 ||
		    load_sort(u, &ld) == -1) {
			users_free(u);
			u = NULL;
		}
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

void
users_free(struct users *u)
{
	if (u == NULL)
		return;
	freezero(u->text, u->size);
	free(u->lines);
	freezero(u, sizeof(*u));
}

/* A line that has been parsed before: it cannot fail now. */
static int
users_line(const struct users *u, int i, struct user_line *ul)
{
	const char	*line = (const char *)u->lines[i], *end, *why;
	size_t		 left = (size_t)(u->text + u->size - line);

	if ((end = memchr(line, '\n', left)) == NULL)
		return 0;
	return user_line_parse(line, (size_t)(end - line), ul, &why) == 0;
}

int
users_find(const struct users *u, const char *name, struct user_line *ul)
{
	size_t	 len = strlen(name);
	int	 cmp, lo = 0, hi = u->count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((cmp = name_cmp(name, len, u->lines[mid])) == 0)
			return users_line(u, mid, ul);
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return 0;
}

/*
 * Keyed by what only the file's readers know: were it not, somebody who knows
 * what one user's hash costs could tell which names have none of their own.
 */
int
users_example(const struct users *u, const char *name, struct user_line *ul)
{
	unsigned char	 in[sizeof(u->key) + USER_LEN_MAX];
	unsigned char	 md[EVP_MAX_MD_SIZE];
	size_t		 len = strnlen(name, USER_LEN_MAX);
	uint64_t	 n = 0;
	int		 i;

	if (u->count == 0)
		return 0;
	memcpy(in, u->key, sizeof(u->key));
	memcpy(in + sizeof(u->key), name, len);
	if (EVP_Digest(in, sizeof(u->key) + len, md, NULL, EVP_sha256(),
	    NULL) == 1)
		memcpy(&n, md, sizeof(n));
	for (i = 0; i < EXAMPLE_TRIES; i++, n++) {
		if (users_line(u, (int)(n % (uint64_t)u->count), ul) &&
		    ul->kind != PASSWORD_LOCKED)
			return 1;
	}
	return 0;
}
