/* SPDX-License-Identifier: ISC */
/* For tests and fuzzers: the parser that belongs to a message. */

#include <sys/types.h>

#include <imsg.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

/* What the parser of a message of the store has filled, to be looked at. */
union parsed {
	char		 text[NAMES_LEN_MAX + 1];
	struct m_conf	 conf;
	struct m_limits	 limits;
	struct auth_req	 auth_req;
	struct be_req	 be_req;
	struct be_res	 be_res;
	struct m_sp_conf sp_conf;
	struct sp_spawn	 sp_spawn;
	struct st_cmd	 cmds[ST_CMDS_MAX];
	struct st_reply	 reps[ST_CMDS_MAX];
};

static int
parse_store(struct imsg *imsg, union parsed *p)
{
	const unsigned char	*data;
	uint64_t		 v64;
	uint32_t		 v1, v2;
	size_t			 len, i;
	unsigned int		 sum = 0;

	switch (imsg_get_type(imsg)) {
	case IMSG_ST_READY:
		return msg_st_ready_parse(imsg, &v1, &v64);
	case IMSG_ST_FAIL:
		return msg_st_fail_parse(imsg, &v1);
	case IMSG_ST_CMD:
		return msg_st_cmd_parse(imsg, &v1, p->cmds, &v2);
	case IMSG_ST_REPLY:
		return msg_st_reply_parse(imsg, p->reps, &v1);
	case IMSG_ST_DATA:
		if (msg_st_data_parse(imsg, p->reps, &v1, &data, &len) == -1)
			return -1;
		for (i = 0; i < len; i++)
			sum += data[i];
		return sum == UINT32_MAX ? -1 : 0;	/* read all of it */
	}
	return imsg_get_len(imsg) == 0 ? 0 : -1;
}

static int
parse_pki(struct imsg *imsg, union parsed *p)
{
	size_t		 len;
	char		*pem;

	if (msg_pki_parse(imsg, p->text, &pem, &len) == -1)
		return -1;
	if (strlen(pem) != len)
		abort();
	freezero(pem, len);
	return 0;
}

/* 0 or -1, as the parser says; a message without payload is always right. */
static int
parse_any(struct imsg *imsg)
{
	static union parsed	 p;
	static char		 reason[TEXT_LEN_MAX + 1];
	uint32_t		 v1, v2;

	switch (imsg_get_type(imsg)) {
	case IMSG_LOG:
		return msg_log_parse(imsg, &v1, p.text);
	case IMSG_CONF_BEGIN:
	case IMSG_CONF_END:
	case IMSG_CONF_DONE:
		return msg_conf_parse(imsg, &p.conf, reason);
	case IMSG_CONF_LIMITS:
		return msg_limits_parse(imsg, &p.limits);
	case IMSG_CONF_PKI:
	case IMSG_KEY_CERT:
	case IMSG_KEY_ADD:
		return parse_pki(imsg, &p);
	case IMSG_KEY_DONE:
		return msg_key_done_parse(imsg, p.text, reason);
	case IMSG_CONF_LISTEN:
		return msg_listen_parse(imsg, &v1, p.text);
	case IMSG_AUTH_REQ:
		return msg_auth_req_parse(imsg, &p.auth_req);
	case IMSG_AUTH_OK:
		return msg_auth_ok_parse(imsg, p.text);
	case IMSG_AUTH_FAIL:
		return msg_auth_fail_parse(imsg, &v1);
	case IMSG_AUTH_YIELD:
		return msg_auth_yield_parse(imsg, &v1);
	case IMSG_BE_OPT:
		return msg_be_opt_parse(imsg, p.text);
	case IMSG_BE_REQ:
		return msg_be_req_parse(imsg, &p.be_req);
	case IMSG_BE_NAMES:
		return msg_be_names_parse(imsg, p.text);
	case IMSG_BE_RES:
		return msg_be_res_parse(imsg, &p.be_res);
	case IMSG_SP_CONF:
		return msg_sp_conf_parse(imsg, &p.sp_conf);
	case IMSG_SP_SPAWN:
		return msg_sp_spawn_parse(imsg, &p.sp_spawn);
	case IMSG_SP_SPAWNED:
	case IMSG_SP_EXIT:
		return msg_sp_child_parse(imsg, &v1, &v2);
	case IMSG_CTL_LOCKED:
		return msg_ctl_locked_parse(imsg, &v1);
	}
	return parse_store(imsg, &p);
}
