/* SPDX-License-Identifier: ISC */
/*
 * Runs in: auth_pgsql, auth_sqlite.  Trusts: the configuration for its
 * statements; the database for its data, but not for their form.  Passwords are
 * verified here and never sent to the database.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "expand.h"
#include "log.h"
#include "nitems.h"
#include "password.h"
#include "pwcache.h"
#include "sql.h"
#include "sql_statement.h"
#include "userinfo.h"

#define NAMES		(1U << SQL_USER | 1U << SQL_LOCAL | 1U << SQL_DOMAIN)

/* The configuration; constant once requests are served. */
static const struct sql_driver	*driver;
static struct sql_statement	 user_query;
static struct sql_statement	 list_query;
static struct sql_statement	 change_query;

static const struct {
	const char		*name;
	struct sql_statement	*statement;
	unsigned int		 allowed;
} statements[] = {
	{ "user-query", &user_query, NAMES },
	{ "list-query", &list_query, 0 },
	{ "change-query", &change_query,
	    NAMES | 1U << SQL_PASSWORD | 1U << SQL_OLD }
};

/* A user record of the database. */
struct record {
	unsigned int	 rows;
	size_t		 columns;
	int		 given;		/* there is a column password */
	int		 nopassword;	/* whose value cannot be one */
	char		 unknown[64];	/* column; "": all are known */
	const char	*bad;		/* column with a bad value, or NULL */
	char		 stored[PASSWORD_STORED_MAX + 1];
	struct userinfo	 info;
};

static enum backend_code
sql_option(const char *key, const char *value, char *err)
{
	enum backend_code	 code;
	const char		*why;
	size_t			 i;

	for (i = 0; i < NITEMS(statements); i++) {
		if (strcmp(key, statements[i].name) != 0)
			continue;
		if (sql_statement_parse(statements[i].statement, value,
		    driver->mark, statements[i].allowed, &why) == -1)
			return backend_err(err, BACKEND_PARAM, "%s", why);
		return BACKEND_OK;
	}
	if (strcmp(key, "scheme") == 0)
		return userinfo_scheme(value, err);
	if (strcmp(key, "hash-limit") == 0)
		return userinfo_hash_limit(value, err);
	if ((code = userinfo_option(key, value, err)) != BACKEND_UNSUPPORTED ||
	    (code = driver->option(key, value, err)) != BACKEND_UNSUPPORTED)
		return code;
	return backend_err(err, BACKEND_PARAM, "%s has no such option",
	    driver->name);
}

static enum backend_code
sql_open(char *err)
{
	if (user_query.text == NULL)
		return backend_err(err, BACKEND_PARAM,
		    "no user-query is configured; see pop3d-auth(5)");
	(void)password_dummy();
	pwcache_stored();
	return driver->open(change_query.text != NULL, err);
}

static enum backend_code
sql_run(const struct sql_statement *s, const char *user, const char *stored,
    const char *old, void (*row)(const struct sql_row *, void *), void *arg,
    long long *changed, char *err)
{
	const char	*values[SQL_VALUES], *params[SQL_VALUES], *part;
	char		 local[USER_LEN_MAX + 1];
	size_t		 i, len;

	values[SQL_USER] = user;
	(void)expand_user('n', user, &part, &len);
	(void)snprintf(local, sizeof(local), "%.*s", (int)len, part);
	values[SQL_LOCAL] = local;
	(void)expand_user('d', user, &values[SQL_DOMAIN], &len);
	values[SQL_PASSWORD] = stored;
	values[SQL_OLD] = old;
	for (i = 0; i < s->nparams; i++)
		params[i] = values[s->params[i]];
	return driver->run(s->text, s->nparams, params, row, arg, changed, err);
}

/* Copy all or nothing: a truncated value may mean something else. */
static int
sql_copy(char *to, size_t size, const char *value)
{
	if (strlcpy(to, value, size) < size)
		return 0;
	explicit_bzero(to, size);
	return -1;
}

static int
sql_copy_path(char *to, size_t size, const char *value)
{
	return value[0] == '/' ? sql_copy(to, size, value) : -1;
}

/* -1 means unknown; 0 is a limit like any other number. */
static int
sql_quota(const char *value, int64_t *n)
{
	return strcmp(value, "-1") == 0 ? 0 :
	    userinfo_size(value, strlen(value), n);
}

static int
sql_set_password(struct record *r, const char *value)
{
	return sql_copy(r->stored, sizeof(r->stored), value);
}

static int
sql_set_uid(struct record *r, const char *value)
{
	return userinfo_id(value, strlen(value), &r->info.uid);
}

static int
sql_set_gid(struct record *r, const char *value)
{
	return userinfo_id(value, strlen(value), &r->info.gid);
}

static int
sql_set_groups(struct record *r, const char *value)
{
	return userinfo_groups(value, strlen(value), r->info.groups,
	    &r->info.ngroups);
}

static int
sql_set_home(struct record *r, const char *value)
{
	return sql_copy_path(r->info.home, sizeof(r->info.home), value);
}

static int
sql_set_mailbox(struct record *r, const char *value)
{
	return sql_copy_path(r->info.mailbox, sizeof(r->info.mailbox), value);
}

static int
sql_set_name(struct record *r, const char *value)
{
	return sql_copy(r->info.realname, sizeof(r->info.realname), value);
}

static int
sql_set_host(struct record *r, const char *value)
{
	return sql_copy(r->info.host, sizeof(r->info.host), value);
}

static int
sql_set_status(struct record *r, const char *value)
{
	return userinfo_status(value, strlen(value), &r->info.status);
}

static int
sql_set_quota(struct record *r, const char *value)
{
	return sql_quota(value, &r->info.quota_octets);
}

static int
sql_set_messages(struct record *r, const char *value)
{
	return sql_quota(value, &r->info.quota_messages);
}

static const struct column {
	const char	*name;
	int		(*set)(struct record *, const char *);
} columns[] = {
	{ "password", sql_set_password },
	{ "uid", sql_set_uid },
	{ "gid", sql_set_gid },
	{ "groups", sql_set_groups },
	{ "home", sql_set_home },
	{ "mailbox", sql_set_mailbox },
	{ "name", sql_set_name },
	{ "host", sql_set_host },
	{ "status", sql_set_status },
	{ "quota", sql_set_quota },
	{ "messages", sql_set_messages }
};

/*
 * NULL and "" mean unset.  A value with a NUL would be truncated as a string,
 * so it is bad, as is one that does not fit.
 */
static int
sql_column_set(size_t i, struct record *r, const char *value, size_t len)
{
	if (value == NULL || len == 0)
		return 0;
	if (memchr(value, '\0', len) != NULL)
		return -1;
	return columns[i].set(r, value);
}

static void
sql_record_column(struct record *r, const char *name, const char *value,
    size_t len)
{
	size_t	 i, n = NITEMS(columns);

	for (i = 0; i < n && strcmp(columns[i].name, name) != 0; i++)
		continue;
	if (i == n) {
		(void)strlcpy(r->unknown, name[0] != '\0' ? name : "?",
		    sizeof(r->unknown));
		return;
	}
	if (columns[i].set == sql_set_password)
		r->given = 1;
	if (sql_column_set(i, r, value, len) == 0)
		return;
	r->bad = columns[i].name;
	if (columns[i].set == sql_set_password)
		r->nopassword = 1;
}

static void
sql_record_row(const struct sql_row *row, void *arg)
{
	struct record	*r = arg;
	size_t		 i;

	if (r->rows++ > 0)
		return;
	r->columns = row->n;
	for (i = 0; i < row->n && i < SQL_COLUMNS_MAX; i++)
		sql_record_column(r, row->names[i], row->values[i],
		    row->lens[i]);
}

/*
 * DENIED: no such user.  RECORD: there are several.  INTERNAL: nobody can log
 * in with this query.
 */
static enum backend_code
sql_record_read(const char *user, struct record *r, char *err)
{
	enum backend_code	 code;

	memset(r, 0, sizeof(*r));
	r->info.quota_octets = r->info.quota_messages = -1;
	code = sql_run(&user_query, user, NULL, NULL, sql_record_row, r, NULL,
	    err);
	if (code != BACKEND_OK)
		return code;
	if (r->rows == 0)
		return backend_err(err, BACKEND_DENIED, "no such user");
	if (r->rows > 1)
		return backend_err(err, BACKEND_RECORD, "user-query gives %u "
		    "rows for user %s; one is right", r->rows, user);
	if (r->columns > SQL_COLUMNS_MAX)
		return backend_err(err, BACKEND_INTERNAL, "user-query gives "
		    "%zu columns; %d are the most", r->columns,
		    SQL_COLUMNS_MAX);
	if (r->unknown[0] != '\0')
		return backend_err(err, BACKEND_INTERNAL, "user-query: column "
		    "%s is not one of those in pop3d-auth(5)",
		    log_vis(r->unknown));
	if (!r->given)
		return backend_err(err, BACKEND_INTERNAL,
		    "user-query: no column password");
	return BACKEND_OK;
}

static enum backend_code
sql_get_userinfo(const char *user, struct userinfo *info, char *err)
{
	struct record		 r;
	enum backend_code	 code;

	code = sql_record_read(user, &r, err);
	if (code == BACKEND_OK && r.bad != NULL)
		code = backend_err(err, BACKEND_RECORD, "user-query, user "
		    "%s: bad value of column %s", user, r.bad);
	if (code == BACKEND_OK) {
		*info = r.info;
		code = userinfo_default(user, info, "user-query", err);
	}
	explicit_bzero(r.stored, sizeof(r.stored));
	return code;
}

/* For the log only; a client cannot tell these apart, not even by time. */
static const char *
sql_no_password(const struct record *r, enum password_kind kind)
{
	if (r->nopassword)
		return "is longer than 1023 octets, or has a NUL in it";
	return r->stored[0] == '\0' ? NULL : password_fault(kind);
}

/* Verify against a record, or for an unknown user a hash of equal cost. */
static enum backend_code
sql_verify(const char *user, const struct record *r, const char *pass,
    char *err)
{
	enum password_kind	 kind = password_kind(r->stored);
	const char		*why;
	int			 works = password_works(kind), ok;

	ok = pwcache_verify(user, works ? r->stored : password_dummy(), pass,
	    works);
	if (works && ok == 1)
		return BACKEND_OK;
	if (works && ok == -1)
		return backend_err(err, BACKEND_INTERNAL,
		    "the password hash of user %s cannot be checked", user);
	if ((why = sql_no_password(r, kind)) != NULL)
		return backend_err(err, BACKEND_DENIED,
		    "the password of user %s %s", user, why);
	return backend_err(err, BACKEND_DENIED, "password incorrect");
}

/*
 * Read the record and check the password.  To the client an unusable record
 * looks like a wrong password; the reason stays in err for the log.
 */
static enum backend_code
sql_record_check(const char *user, struct record *r, const char *pass,
    char *err)
{
	enum backend_code	 code;

	switch (code = sql_record_read(user, r, err)) {
	case BACKEND_OK:
	case BACKEND_DENIED:
		return sql_verify(user, r, pass, err);
	case BACKEND_RECORD:
		(void)pwcache_verify(user, password_dummy(), pass, 0);
		return BACKEND_DENIED;
	default:
		return code;
	}
}

static enum backend_code
sql_check_userpassword(const char *user, const char *pass, char *err)
{
	struct record		 r;
	enum backend_code	 code;

	code = sql_record_check(user, &r, pass, err);
	explicit_bzero(r.stored, sizeof(r.stored));
	return code;
}

static enum backend_code
sql_change(const char *user, const struct record *r, const char *newpass,
    char *err)
{
	char			 stored[PASSWORD_STORED_MAX + 1];
	enum backend_code	 code;
	long long		 changed = 0;

	if (password_new(newpass, stored, sizeof(stored)) == -1)
		return backend_err(err, errno == EINVAL ? BACKEND_PARAM :
		    BACKEND_INTERNAL, "no hash for the new password: %s",
		    strerror(errno));
	code = sql_run(&change_query, user, stored, r->stored, NULL, NULL,
	    &changed, err);
	explicit_bzero(stored, sizeof(stored));
	if (code == BACKEND_OK && changed != 1)
		return backend_err(err, BACKEND_INTERNAL, "change-query "
		    "changed %lld rows for user %s; one is right", changed,
		    user);
	return code;
}

static enum backend_code
sql_change_userpassword(const char *user, const char *oldpass,
    const char *newpass, char *err)
{
	struct record		 r;
	enum backend_code	 code;

	if (change_query.text == NULL)
		return backend_err(err, BACKEND_UNSUPPORTED,
		    "no change-query is configured");
	code = sql_record_check(user, &r, oldpass, err);
	if (code == BACKEND_OK)
		code = sql_change(user, &r, newpass, err);
	explicit_bzero(r.stored, sizeof(r.stored));
	return code;
}

/* Try the query with a name that need not exist. */
static enum backend_code
sql_ready(char *err)
{
	struct record		 r;
	enum backend_code	 code;

	code = sql_record_read("nobody@example.invalid", &r, err);
	explicit_bzero(r.stored, sizeof(r.stored));
	if (code != BACKEND_INTERNAL)
		return BACKEND_OK;
	if (driver->away == NULL || !driver->away())
		return code;
	log_warnx("%s; nobody can log in until it answers", err);
	return BACKEND_OK;
}

static void
sql_list_row(const struct sql_row *row, void *arg)
{
	if (row->n > 0 && row->values[0] != NULL &&
	    memchr(row->values[0], '\0', row->lens[0]) == NULL)
		backend_list(row->values[0]);
}

static enum backend_code
sql_get_userlist(char *err)
{
	if (list_query.text == NULL)
		return backend_err(err, BACKEND_UNSUPPORTED,
		    "no list-query is configured");
	return sql_run(&list_query, "", NULL, NULL, sql_list_row, NULL, NULL,
	    err);
}

int
sql_main(const struct sql_driver *d, int argc, char **argv)
{
	const struct backend	 backend_sql = {
		.name = d->name,
		.needs = d->needs,
		.option = sql_option,
		.open = sql_open,
		.ready = sql_ready,
		.get_userlist = sql_get_userlist,
		.get_userinfo = sql_get_userinfo,
		.check_userpassword = sql_check_userpassword,
		.change_userpassword = sql_change_userpassword,
		.done = d->done
	};

	driver = d;
	return backend_main(&backend_sql, argc, argv);
}
