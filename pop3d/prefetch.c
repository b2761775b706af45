/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Mail sent before it was asked for.
 * Trusts: storaged with its own user's mail.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>

#include "prefetch.h"

int
prefetch_add(struct prefetch *a, const struct prefetch_msg *from,
    struct imsg *imsg)
{
	struct prefetch_msg	*last, *m;

	last = TAILQ_LAST(&a->list, prefetch_list);
	if (last != NULL && from->number <= last->number)
		return -1;
	if ((m = malloc(sizeof(*m))) == NULL)
		return -1;
	*m = *from;
	m->imsg = *imsg;
	imsg->buf = NULL;
	TAILQ_INSERT_TAIL(&a->list, m, entry);
	a->bytes += (uint32_t)m->len;
	a->count++;
	return 0;
}

struct prefetch_msg *
prefetch_take(struct prefetch *a, uint32_t number)
{
	struct prefetch_msg	*m;

	TAILQ_FOREACH(m, &a->list, entry) {
		if (m->number == number) {
			TAILQ_REMOVE(&a->list, m, entry);
			a->bytes -= (uint32_t)m->len;
			a->count--;
			return m;
		}
	}
	return NULL;
}

void
prefetch_free(struct prefetch_msg *m)
{
	if (m == NULL)
		return;
	imsg_free(&m->imsg);
	free(m);
}

void
prefetch_clear(struct prefetch *a)
{
	struct prefetch_msg	*m;

	while ((m = TAILQ_FIRST(&a->list)) != NULL) {
		TAILQ_REMOVE(&a->list, m, entry);
		prefetch_free(m);
	}
	a->bytes = 0;
	a->count = 0;
}
