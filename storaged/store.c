/* SPDX-License-Identifier: ISC */
/*
 * Runs in: storaged, one per session, as the user.
 * Trusts: authd; the format, but only as far as store_format.h specifies.
 *
 * Code that all maildrop formats share.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "session_lock.h"
#include "store.h"
#include "store_format.h"

static enum st_status
store_start(struct store *s)
{
	enum st_status	 status;

	status = session_lock(s->conf.statefd, s->conf.user, &s->session);
	if (status != ST_OK)
		return status;
	return s->conf.recover ? s->format->recover(s) : s->format->open(s);
}

/* Allocate all marks up front, so marking a message needs no memory. */
static enum st_status
store_room(struct store *s)
{
	if ((s->marks = calloc(s->count / 8 + 1, 1)) != NULL)
		return ST_OK;
	log_warn("store of %s", s->conf.user);
	return ST_TEMP;
}

enum st_status
store_open(struct store **sp, const struct store_conf *conf)
{
	struct store	*s;
	enum st_status	 status;

	*sp = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		log_warn("store of %s", conf->user);
		return ST_TEMP;
	}
	s->conf = *conf;
	s->format = conf->format;
	s->session = -1;
	if ((status = store_start(s)) != ST_OK ||
	    (status = store_room(s)) != ST_OK) {
		store_close(s);
		return status;
	}
	*sp = s;
	return ST_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->data != NULL)
		s->format->close(s);
	free(s->marks);
	if (s->session != -1)
		(void)close(s->session);
	free(s);
}

void
store_idle(struct store *s)
{
	if (s->format->idle != NULL)
		s->format->idle(s);
}

void
store_found(struct store *s, uint32_t count, uint64_t total)
{
	s->count = s->live = count;
	s->total = s->octets = total;
}

void
store_resized(struct store *s, uint64_t total)
{
	uint32_t	 i;

	s->total = s->octets = total;
	for (i = 0; s->live < s->count && i < s->count; i++)
		if (store_marked(s, i))
			s->octets -= s->format->size(s, i);
}

int
store_marked(const struct store *s, uint32_t i)
{
	return s->marks[i / 8] >> i % 8 & 1;
}

void
store_note(struct store *s)
{
	if (!s->noted && s->conf.marked != NULL)
		s->conf.marked(s->conf.arg);
	s->noted = 1;
}

void
store_seal(struct store *s)
{
	struct store_confine	 need;

	if (s->conf.seal == NULL || s->sealed)
		return;
	s->sealed = 1;
	memset(&need, 0, sizeof(need));
	need.dirfd = -1;
	s->format->confine(s, &need);
	s->conf.seal(s->conf.arg, &need);
}

void
store_totals(const struct store *s, uint32_t *messages, uint64_t *octets)
{
	*messages = s->live;
	*octets = s->octets;
}

uint32_t
store_count(const struct store *s)
{
	return s->count;
}

/* Message numbers are meaningless once the maildrop has changed. */
static enum st_status
store_changed(struct store *s, enum st_status status)
{
	if (status == ST_CHANGED)
		s->changed = 1;
	return status;
}

static enum st_status
store_load(struct store *s)
{
	if (s->changed)
		return ST_CHANGED;
	return store_changed(s, s->format->load(s));
}

enum st_status
store_check(struct store *s, uint32_t msg)
{
	enum st_status	 status;

	if (msg == 0 || msg > s->count)
		return ST_NOMSG;
	if ((status = store_load(s)) != ST_OK)
		return status;
	return store_marked(s, msg - 1) ? ST_DELETED : ST_OK;
}

uint64_t
store_size(const struct store *s, uint32_t msg)
{
	return s->format->size(s, msg - 1);
}

enum st_status
store_uidl(struct store *s, uint32_t msg, char uidl[UIDL_LEN_MAX + 1])
{
	enum st_status	 status;

	if ((status = store_load(s)) != ST_OK)
		return status;
	return store_changed(s, s->format->uid(s, msg - 1, uidl));
}

enum st_status
store_begin(struct store *s, uint32_t msg, uint32_t lines)
{
	enum st_status	 status;
	uint64_t	 len, hdr;

	s->seen = 1;
	s->off = 0;
	if ((status = s->format->begin(s, msg - 1, &len, &hdr)) == ST_OK)
		wire_begin(&s->wire, len, hdr, lines);
	return status;
}

enum st_status
store_read(struct store *s, unsigned char *buf, size_t size, size_t *len,
    int *done)
{
	unsigned char	*p;
	size_t		 n, used, out = 0;
	enum st_status	 status;

	*len = 0;
	*done = 0;
	while (!wire_done(&s->wire) && size - out >= WIRE_ROOM_MIN) {
		status = s->format->read(s, s->off, wire_left(&s->wire), &p,
		    &n);
		if (status != ST_OK)
			return status;
		out += wire_put(&s->wire, p, n, &used, buf + out, size - out);
		s->off += used;
	}
	if (wire_done(&s->wire)) {
		if ((status = s->format->end(s)) != ST_OK)
			return status;
		*done = 1;
	}
	*len = out;
	return ST_OK;
}

void
store_delete(struct store *s, uint32_t msg)
{
	uint32_t	 i = msg - 1;

	if (s->format->readonly(s) == NULL)
		store_note(s);
	s->seen = 1;
	s->marks[i / 8] |= 1 << i % 8;
	s->live--;
	s->octets -= s->format->size(s, i);
}

void
store_reset(struct store *s)
{
	memset(s->marks, 0, s->count / 8 + 1);
	s->live = s->count;
	s->octets = s->total;
}

enum st_status
store_commit(struct store *s, uint32_t *removed, uint32_t *left)
{
	const char	*what;
	enum st_status	 status;

	*removed = 0;
	*left = s->count;
	if (s->live == s->count)
		return ST_OK;
	if ((what = s->format->readonly(s)) != NULL) {
		log_warnx("%s: mailbox of %s: %s cannot be written; nothing "
		    "is removed", s->conf.path, s->conf.user, what);
		return ST_TEMP;
	}
	if ((status = s->format->lock(s)) != ST_OK)
		return status;
	s->format->settle(s);
	status = s->format->remove(s);
	s->format->unlock(s);
	if (status == ST_OK) {
		*removed = s->count - s->live;
		*left = s->live;
	}
	return status;
}
