/* SPDX-License-Identifier: ISC */
/*
 * A keyd that was taken over: the real one, but for what it answers engines.
 * They have to do without it, and to wait no longer than their deadline.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "evil.h"
#include "keyreq.h"
#include "log.h"

/* The engine waits for 3 seconds. */
#define TOO_LATE	4

ssize_t	 __wrap_send(int, const void *, size_t, int);
ssize_t	 __real_send(int, const void *, size_t, int);

/* One lie, or the truth. */
static void
answer(int fd, const struct key_res *true_one, uint32_t kind)
{
	unsigned char	 more[sizeof(*true_one) + 100];
	struct key_res	 res = *true_one;
	size_t		 len = sizeof(res);

	switch (kind) {
	case 0:
		len = 1 + evil_rnd(sizeof(res) - 1);
		break;
	case 1:
		memcpy(more, &res, sizeof(res));
		memset(more + sizeof(res), 1, sizeof(more) - sizeof(res));
		(void)__real_send(fd, more, sizeof(more), MSG_NOSIGNAL);
		return;
	case 2:
		res.serial++;
		break;
	case 3:
		res.len = KEY_DATA_MAX + 1 + evil_rnd(UINT32_MAX / 2);
		break;
	case 4:
		res.len = evil_rnd(KEY_DATA_MAX + 1);
		break;
	case 5:
	case 6:
		memcpy(res.data, evil_noise, sizeof(res.data));
		break;
	case 7:
		res.status = evil_rnd(10);
		break;
	case 8:				/* twice: late for the next one */
		(void)__real_send(fd, &res, sizeof(res), MSG_NOSIGNAL);
		break;
	case 9:
		evil_throw(fd, &res, sizeof(res), 3);
		return;
	case 10:			/* the filter has no shutdown(2) */
		_exit(1);
	case 11:
		(void)sleep(TOO_LATE);
		break;
	case 12:
		memset(res.data, 0, sizeof(res.data));
		break;
	}
	(void)__real_send(fd, &res, len, MSG_NOSIGNAL);
}

ssize_t
__wrap_send(int fd, const void *buf, size_t len, int flags)
{
	static int	 begun;
	struct key_res	 res;
	uint32_t	 kind;

	if (len != sizeof(res))
		return __real_send(fd, buf, len, flags);
	if (!begun)
		log_info("evil: begins with seed %llu", evil_begin());
	begun = 1;
	kind = evil_rnd(20);
	if (kind == 11 && evil_rnd(8) != 0)
		kind = 12;
	memcpy(&res, buf, sizeof(res));
	answer(fd, &res, kind);
	log_info("evil: signs, kind %u", kind);
	return (ssize_t)len;
}
