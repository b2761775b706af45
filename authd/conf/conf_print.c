/* SPDX-License-Identifier: ISC */
/* Runs in: authd, with -nv.  Trusts: a configuration that has been parsed. */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "conf_listen.h"

static void	 print_quoted(const char *, FILE *);
static void	 print_pki(const struct conf_pki *, FILE *);
static void	 print_listen(const struct conf_listen *, FILE *);
static void	 print_auth(const struct conf_auth *, const char *, FILE *);
static void	 print_scope(const struct conf_domain *, const char *, FILE *);
static void	 print_domain(const struct conf_domain *, FILE *);
static void	 print_groups(const struct conf *, FILE *);
static void	 print_hosts(const struct conf *, FILE *);
static void	 print_lock(const struct conf *, FILE *);

static void
print_quoted(const char *s, FILE *fp)
{
	(void)fputc('"', fp);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			(void)fputc('\\', fp);
		(void)fputc(*s, fp);
	}
	(void)fputc('"', fp);
}

static void
print_pki(const struct conf_pki *p, FILE *fp)
{
	(void)fprintf(fp, "pki ");
	print_quoted(p->name, fp);
	(void)fprintf(fp, " cert ");
	print_quoted(p->cert_path, fp);
	(void)fprintf(fp, " key ");
	print_quoted(p->key_path, fp);
	(void)fputc('\n', fp);
}

static void
print_listen(const struct conf_listen *l, FILE *fp)
{
	static const char *const	 modes[LISTEN_MODE_MAX] = {
		"starttls", "tls", "plaintext"
	};

	(void)fprintf(fp, "listen on %s %s", listen_text(l), modes[l->mode]);
	if (l->pki != NULL) {
		(void)fprintf(fp, " pki ");
		print_quoted(l->pki, fp);
	}
	(void)fputc('\n', fp);
}

static void
print_auth(const struct conf_auth *a, const char *indent, FILE *fp)
{
	const struct conf_opt	*o;
	size_t			 len;

	(void)fprintf(fp, "%sauth %s {\n%s\tworkers %u\n%s\tdeadline %u\n",
	    indent, a->name, indent, a->workers, indent, a->deadline);
	TAILQ_FOREACH(o, &a->opts, entry) {
		len = strcspn(o->text, "=");
		(void)fprintf(fp, "%s\t%.*s ", indent, (int)len, o->text);
		print_quoted(o->text + len + 1, fp);
		(void)fputc('\n', fp);
	}
	(void)fprintf(fp, "%s}\n", indent);
}

/* What can be said in a domain, and outside of domains. */
static void
print_scope(const struct conf_domain *d, const char *indent, FILE *fp)
{
	const struct conf_auth	*a;

	TAILQ_FOREACH(a, &d->chain, chain)
		print_auth(a, indent, fp);
	if (d->mailbox != NULL) {
		(void)fprintf(fp, "%smailbox %s ", indent,
		    formats_name(d->format));
		print_quoted(d->mailbox, fp);
		if (d->prefix != NULL) {
			(void)fprintf(fp, " prefix ");
			print_quoted(d->prefix, fp);
		}
		(void)fputc('\n', fp);
	}
	if (d->local_case != CASE_UNSAID)
		(void)fprintf(fp, "%scase %s\n", indent,
		    d->local_case == CASE_FOLD ? "fold" : "keep");
}

static void
print_domain(const struct conf_domain *d, FILE *fp)
{
	const struct conf_alias	*a;

	(void)fprintf(fp, "domain ");
	print_quoted(d->name, fp);
	(void)fprintf(fp, " {\n");
	TAILQ_FOREACH(a, &d->aliases, entry) {
		(void)fprintf(fp, "\talias ");
		print_quoted(a->name, fp);
		(void)fputc('\n', fp);
	}
	print_scope(d, "\t", fp);
	(void)fprintf(fp, "\tuser %s\n}\n", d->local ? "local" : "full");
}

static void
print_groups(const struct conf *c, FILE *fp)
{
	const struct conf_host	*h;

	if (!c->groups_said)
		return;
	(void)fprintf(fp, "groups {");
	TAILQ_FOREACH(h, &c->groups, entry) {
		(void)fputc(' ', fp);
		print_quoted(h->name, fp);
	}
	(void)fprintf(fp, " }\n");
}

static void
print_hosts(const struct conf *c, FILE *fp)
{
	const struct conf_host	*h;

	(void)fprintf(fp, "hostname ");
	print_quoted(c->hostname, fp);
	(void)fputc('\n', fp);
	if (TAILQ_EMPTY(&c->cluster_hosts))
		return;
	(void)fprintf(fp, "cluster-hosts {");
	TAILQ_FOREACH(h, &c->cluster_hosts, entry) {
		(void)fputc(' ', fp);
		print_quoted(h->name, fp);
	}
	(void)fprintf(fp, " }\n");
}

static void
print_lock(const struct conf *c, FILE *fp)
{
	(void)fprintf(fp, "lock {%s%s%s }%s timeout %u\n",
	    c->lock_flags & LOCK_DOTLOCK ? " dotlock" : "",
	    c->lock_flags & LOCK_FCNTL ? " fcntl" : "",
	    c->lock_flags & LOCK_FLOCK ? " flock" : "",
	    c->lock_flags & LOCK_SESSION ? " session" : "", c->lock_timeout);
}

void
conf_print(const struct conf *c, FILE *fp)
{
	const struct conf_pki		*p;
	const struct conf_listen	*l;
	const struct conf_domain	*d;

	TAILQ_FOREACH(p, &c->pkis, entry)
		print_pki(p, fp);
	TAILQ_FOREACH(l, &c->listens, entry)
		print_listen(l, fp);
	print_scope(&c->outside, "", fp);
	TAILQ_FOREACH(d, &c->domains, entry)
		print_domain(d, fp);
	if (c->default_domain != NULL) {
		(void)fprintf(fp, "default-domain ");
		print_quoted(c->default_domain, fp);
		(void)fputc('\n', fp);
	}
	(void)fprintf(fp, "state ");
	print_quoted(c->state, fp);
	(void)fprintf(fp, "\nchroot ");
	print_quoted(c->chroot, fp);
	(void)fprintf(fp, "\nuid-min %u\nuid-max %u\ngid-min %u\n"
	    "gid-max %u\n", c->ids.uid_min, c->ids.uid_max, c->ids.gid_min,
	    c->ids.gid_max);
	print_groups(c, fp);
	(void)fprintf(fp, "engines %u\n", c->engines);
	print_hosts(c, fp);
	print_lock(c, fp);
	(void)fprintf(fp, "sandbox %s\n",
	    c->sandbox_optional ? "optional" : "require");
	(void)fprintf(fp, "limit {\n\tsessions %u\n\tper-address %u\n"
	    "\tper-user %u\n\tmailbox-size %" PRIu64 "\n\tmessages %u\n}\n",
	    c->limits.sessions, c->limits.per_address, c->user_sessions,
	    c->octets_max, c->messages_max);
	(void)fprintf(fp, "timeout {\n\tlogin %u\n\tidle %u\n\tstall %u\n"
	    "\ttakeover %u\n}\n", c->limits.login_timeout,
	    c->limits.idle_timeout, c->limits.stall_timeout,
	    c->limits.takeover);
	if (c->limits.verbose)
		(void)fprintf(fp, "log verbose\n");
}
