/* SPDX-License-Identifier: ISC */
/*
 * Runs in: authd, the storaged spawner, and storaged for its dotlock.  Who is
 * to be started, and what became of it.  Trusts: no message.
 */

#include <sys/types.h>

#include <errno.h>
#include <imsg.h>
#include <stdint.h>
#include <string.h>

#include "formats.h"
#include "msg.h"
#include "msg_wire.h"

#define LOCK_ALL	(LOCK_DOTLOCK | LOCK_FCNTL | LOCK_FLOCK | LOCK_SESSION)

static int
sp_spawn_valid(uint32_t flags, uint32_t format)
{
	return (flags & ~SP_RECOVER) == 0 && format < FORMAT_MAX;
}

static int
sp_conf_valid(const struct m_sp_conf *m)
{
	return ids_valid(&m->ids) && (m->lock_flags & ~LOCK_ALL) == 0;
}

int
msg_sp_conf_send(struct imsgbuf *imsgbuf, const struct m_sp_conf *conf)
{
	struct msg_parts	 parts = { .count = 0 };

	if (!sp_conf_valid(conf))
		parts.error = EINVAL;
	msg_part(&parts, conf, sizeof(*conf));
	return msg_send(imsgbuf, IMSG_SP_CONF, 0, -1, &parts);
}

int
msg_sp_conf_parse(struct imsg *imsg, struct m_sp_conf *conf)
{
	if (imsg_get_data(imsg, conf, sizeof(*conf)) == -1)
		return -1;
	return sp_conf_valid(conf) ? 0 : -1;
}

int
msg_sp_spawn_send(struct imsgbuf *imsgbuf, uint32_t id,
    const struct sp_spawn *sp, int fd)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_sp_spawn	 m;

	memset(&m, 0, sizeof(m));
	m.uid = sp->uid;
	m.gid = sp->gid;
	m.flags = sp->flags;
	m.format = sp->format;
	if (!sp_spawn_valid(sp->flags, sp->format))
		parts.error = EINVAL;
	msg_part(&parts, &m, sizeof(m));
	msg_part_text(&parts, sp->user, 1, USER_LEN_MAX, &m.userlen);
	msg_part_text(&parts, sp->mailbox, 1, PATH_LEN_MAX, &m.mailboxlen);
	msg_part_text(&parts, sp->state, 1, PATH_LEN_MAX, &m.statelen);
	return msg_send(imsgbuf, IMSG_SP_SPAWN, id, fd, &parts);
}

int
msg_sp_spawn_parse(struct imsg *imsg, struct sp_spawn *sp)
{
	struct m_sp_spawn	 m;
	struct ibuf		 in;

	memset(sp, 0, sizeof(*sp));
	if (msg_head(imsg, &in, &m, sizeof(m)) == -1 ||
	    msg_text(&in, sp->user, m.userlen, 1, USER_LEN_MAX) == -1 ||
	    msg_text(&in, sp->mailbox, m.mailboxlen, 1, PATH_LEN_MAX) == -1 ||
	    msg_text(&in, sp->state, m.statelen, 1, PATH_LEN_MAX) == -1 ||
	    msg_end(&in) == -1 || !sp_spawn_valid(m.flags, m.format))
		return -1;
	sp->uid = m.uid;
	sp->gid = m.gid;
	sp->flags = m.flags;
	sp->format = m.format;
	return 0;
}

/*
 * A pid that kill(2) would take for a group or for everybody must never get as
 * far as that.  SP_EXIT has 0 for a child that could not be started.
 */
static int
sp_child_valid(uint32_t type, uint32_t pid)
{
	return pid <= INT32_MAX && (pid > 1 || (pid == 0 &&
	    type == IMSG_SP_EXIT));
}

int
msg_sp_child_send(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id,
    uint32_t pid, uint32_t status, int fd)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_sp_child	 m;

	if (!sp_child_valid(type, pid))
		parts.error = EINVAL;
	memset(&m, 0, sizeof(m));
	m.pid = pid;
	m.status = status;
	msg_part(&parts, &m, sizeof(m));
	return msg_send(imsgbuf, type, id, fd, &parts);
}

int
msg_sp_child_parse(struct imsg *imsg, uint32_t *pid, uint32_t *status)
{
	struct m_sp_child	 m;

	if (imsg_get_data(imsg, &m, sizeof(m)) == -1 ||
	    !sp_child_valid(imsg_get_type(imsg), m.pid))
		return -1;
	*pid = m.pid;
	*status = m.status;
	return 0;
}

static int
ctl_result_valid(uint32_t result)
{
	return result >= CTL_OK && result < CTL_RESULT_MAX;
}

int
msg_ctl_locked_send(struct imsgbuf *imsgbuf, uint32_t result)
{
	struct msg_parts	 parts = { .count = 0 };
	struct m_ctl_locked	 m;

	if (!ctl_result_valid(result))
		parts.error = EINVAL;
	memset(&m, 0, sizeof(m));
	m.result = result;
	msg_part(&parts, &m, sizeof(m));
	return msg_send(imsgbuf, IMSG_CTL_LOCKED, 0, -1, &parts);
}

int
msg_ctl_locked_parse(struct imsg *imsg, uint32_t *result)
{
	struct m_ctl_locked	 m;

	if (imsg_get_data(imsg, &m, sizeof(m)) == -1 ||
	    !ctl_result_valid(m.result))
		return -1;
	*result = m.result;
	return 0;
}
