/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Mail sent before it was asked for.
 * Trusts: a storaged with its own user's mail.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>

#include "ahead.h"

int
ahead_add(struct ahead *a, const struct ahead_msg *from, struct imsg *imsg)
{
	struct ahead_msg	*last, *m;

	last = TAILQ_LAST(&a->list, ahead_list);
	if (last != NULL && from->number <= last->number)
		return -1;
	if ((m = malloc(sizeof(*m))) == NULL)
		return -1;
	*m = *from;
	m->imsg = *imsg;
	imsg->buf = NULL;
	TAILQ_INSERT_TAIL(&a->list, m, entry);
	a->octets += (uint32_t)m->len;
	a->count++;
	return 0;
}

struct ahead_msg *
ahead_take(struct ahead *a, uint32_t number)
{
	struct ahead_msg	*m;

	TAILQ_FOREACH(m, &a->list, entry) {
		if (m->number == number) {
			TAILQ_REMOVE(&a->list, m, entry);
			a->octets -= (uint32_t)m->len;
			a->count--;
			return m;
		}
	}
	return NULL;
}

void
ahead_free(struct ahead_msg *m)
{
	if (m == NULL)
		return;
	imsg_free(&m->imsg);
	free(m);
}

void
ahead_clear(struct ahead *a)
{
	struct ahead_msg	*m;

	while ((m = TAILQ_FIRST(&a->list)) != NULL) {
		TAILQ_REMOVE(&a->list, m, entry);
		ahead_free(m);
	}
	a->octets = 0;
	a->count = 0;
}
