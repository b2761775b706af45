/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  One composer and one parser for each message. */

#ifndef POP3D_COMMON_MSG_H
#define POP3D_COMMON_MSG_H

#include "proto.h"

struct imsg;
struct imsgbuf;

/*
 * Composers queue a message on an imsgbuf: 0, or -1 with errno (ENOMEM, or
 * ERANGE for a string that is too long).  A descriptor that is passed belongs
 * to the queue afterwards, also on error (then it is closed).  id is the
 * session or login that the message is about.
 *
 * Parsers take a message that proto_check() has passed, and check what the
 * table cannot: that counted lengths add up to the payload exactly, that enums
 * are in range, that strings hold no NUL.  Strings come out NUL-terminated. 0,
 * or -1: the sender is broken or hostile.  They claim no descriptor; take it by
 * imsg_get_fd(3).
 *
 * Structures that held a password are wiped by the caller with
 * explicit_bzero(3), on both sides.
 */

/* LOG */
int	 msg_log_send(struct imsgbuf *, uint32_t priority, const char *text);
int	 msg_log_parse(struct imsg *, uint32_t *priority,
	    char text[TEXT_LEN_MAX + 1]);

/*
 * HALT, DRAIN, SERVE, PING, PONG, AUTH_CANCEL, AUTH_KEPT, BE_START, CTL_LOCK,
 * CTL_UNLOCK, CTL_NOTE, KEY_OPENED, KEY_WANTED, MA_READY, MA_DRAIN, MA_RELOAD:
 * no payload.
 */
int	 msg_empty_send(struct imsgbuf *, uint32_t type, uint32_t id);

/* MA_START */
int	 msg_ma_start_send(struct imsgbuf *, uint32_t generation, int alone);
int	 msg_ma_start_parse(struct imsg *, uint32_t *generation, int *alone);

/* CONF_BEGIN, CONF_END (reason NULL) and CONF_DONE. */
int	 msg_conf_send(struct imsgbuf *, uint32_t type, uint32_t generation,
	    int ok, const char *reason);
int	 msg_conf_parse(struct imsg *, struct m_conf *,
	    char reason[TEXT_LEN_MAX + 1]);

/* CONF_LIMITS */
int	 msg_limits_send(struct imsgbuf *, const struct m_limits *);
int	 msg_limits_parse(struct imsg *, struct m_limits *);

/* CONF_LISTEN: fd is the bound socket; pki may be "". */
int	 msg_listen_send(struct imsgbuf *, uint32_t mode, const char *pki,
	    int fd);
int	 msg_listen_parse(struct imsg *, uint32_t *mode,
	    char pki[PATH_LEN_MAX + 1]);

/*
 * CONF_PKI, KEY_CERT, KEY_ADD: parse leaves *pem allocated, NUL-terminated;
 * freezero it.
 */
int	 msg_pki_send(struct imsgbuf *, uint32_t type, const char *name,
	    const char *pem, size_t len);
int	 msg_pki_parse(struct imsg *, char name[PATH_LEN_MAX + 1], char **pem,
	    size_t *len);

/* KEY_DONE: reason is "" if keyd has the key. */
int	 msg_key_done_send(struct imsgbuf *, const char *name,
	    const char *reason);
int	 msg_key_done_parse(struct imsg *, char name[PATH_LEN_MAX + 1],
	    char reason[TEXT_LEN_MAX + 1]);

/*
 * KEY_OPEN, KEY_SOCKET, BE_SHARE, BE_SHARED, CTL_AGAIN, MA_SOCKET: just a
 * descriptor.
 */
int	 msg_fd_send(struct imsgbuf *, uint32_t type, uint32_t id, int fd);

/* AUTH_REQ */
struct auth_req {
	struct m_peer	 remote;
	int		 tls;
	char		 user[USER_LEN_MAX + 1];
	char		 pass[PASS_LEN_MAX + 1];
};
int	 msg_auth_req_send(struct imsgbuf *, uint32_t id,
	    const struct auth_req *);
int	 msg_auth_req_parse(struct imsg *, struct auth_req *);

/* AUTH_OK, AUTH_FAIL, AUTH_YIELD */
int	 msg_auth_ok_send(struct imsgbuf *, uint32_t id, const char *user,
	    int fd);
int	 msg_auth_ok_parse(struct imsg *, char user[USER_LEN_MAX + 1]);
int	 msg_auth_fail_send(struct imsgbuf *, uint32_t id, uint32_t reason);
int	 msg_auth_fail_parse(struct imsg *, uint32_t *reason);
int	 msg_auth_yield_send(struct imsgbuf *, uint32_t id, uint32_t login);
int	 msg_auth_yield_parse(struct imsg *, uint32_t *login);

/* BE_OPT: "key=value" */
int	 msg_be_opt_send(struct imsgbuf *, const char *text);
int	 msg_be_opt_parse(struct imsg *, char text[TEXT_LEN_MAX + 1]);

/* BE_READY: whether this worker is one that shares. */
int	 msg_be_ready_send(struct imsgbuf *, int shares);
int	 msg_be_ready_parse(struct imsg *, int *shares);

/* BE_REQ */
struct be_req {
	uint32_t	 op;
	uint32_t	 flags;
	char		 user[USER_LEN_MAX + 1];
	char		 pass[PASS_LEN_MAX + 1];
	char		 newpass[PASS_LEN_MAX + 1];
};
int	 msg_be_req_send(struct imsgbuf *, uint32_t id, const struct be_req *);
int	 msg_be_req_parse(struct imsg *, struct be_req *);

/* BE_NAMES: one or more names, each ended by a newline; text is NUL-ended. */
int	 msg_be_names_send(struct imsgbuf *, uint32_t id, const char *names,
	    size_t len);
int	 msg_be_names_parse(struct imsg *, char names[NAMES_LEN_MAX + 1]);

/* BE_RES */
struct userinfo {
	uint32_t	 uid;
	uint32_t	 gid;
	uint32_t	 ngroups;
	uint32_t	 groups[GROUPS_MAX];
	uint32_t	 status;		/* enum user_status */
	int64_t		 quota_octets;		/* -1: not known */
	int64_t		 quota_messages;	/* -1: not known */
	char		 realname[PATH_LEN_MAX + 1];
	char		 home[PATH_LEN_MAX + 1];
	char		 mailbox[PATH_LEN_MAX + 1];	/* "": by template */
	char		 host[PATH_LEN_MAX + 1];	/* "": this one */
};
struct be_res {
	int32_t		 code;			/* enum backend_code */
	uint32_t	 nouser;
	struct userinfo	 info;			/* LOGIN and INFO, code 0 */
	char		 err[PATH_LEN_MAX + 1];	/* for the log */
};
int	 msg_be_res_send(struct imsgbuf *, uint32_t id, const struct be_res *);
int	 msg_be_res_parse(struct imsg *, struct be_res *);

/* SP_CONF */
int	 msg_sp_conf_send(struct imsgbuf *, const struct m_sp_conf *);
int	 msg_sp_conf_parse(struct imsg *, struct m_sp_conf *);

/* SP_SPAWN */
struct sp_spawn {
	uint32_t	 uid;
	uint32_t	 gid;
	uint32_t	 flags;			/* SP_* */
	uint32_t	 format;		/* enum format */
	char		 user[USER_LEN_MAX + 1];
	char		 mailbox[PATH_LEN_MAX + 1];
	char		 state[PATH_LEN_MAX + 1];
};
int	 msg_sp_spawn_send(struct imsgbuf *, uint32_t id,
	    const struct sp_spawn *, int fd);
int	 msg_sp_spawn_parse(struct imsg *, struct sp_spawn *);

/* SP_SPAWNED (with fd), SP_EXIT (fd -1) */
int	 msg_sp_child_send(struct imsgbuf *, uint32_t type, uint32_t id,
	    uint32_t pid, uint32_t status, int fd);
int	 msg_sp_child_parse(struct imsg *, uint32_t *pid, uint32_t *status);

/* CTL_LOCKED */
int	 msg_ctl_locked_send(struct imsgbuf *, uint32_t result);
int	 msg_ctl_locked_parse(struct imsg *, uint32_t *result);

/* ST_READY, ST_FAIL */
int	 msg_st_ready_send(struct imsgbuf *, uint32_t messages,
	    uint64_t octets);
int	 msg_st_ready_parse(struct imsg *, uint32_t *messages,
	    uint64_t *octets);
int	 msg_st_fail_send(struct imsgbuf *, uint32_t code);
int	 msg_st_fail_parse(struct imsg *, uint32_t *code);

/* ST_CMD: up to ST_CMDS_MAX commands, all with an op in range. */
int	 msg_st_cmd_send(struct imsgbuf *, uint32_t credit,
	    const struct st_cmd *, uint32_t count);
int	 msg_st_cmd_parse(struct imsg *, uint32_t *credit,
	    struct st_cmd cmds[ST_CMDS_MAX], uint32_t *count);

/* ST_REPLY: 1 to ST_CMDS_MAX of them, op and status in range. */
int	 msg_st_reply_send(struct imsgbuf *, const struct st_reply *,
	    uint32_t count);
int	 msg_st_reply_parse(struct imsg *, struct st_reply reps[ST_CMDS_MAX],
	    uint32_t *count);

/*
 * ST_DATA.  The sender opens a message with room for max octets, fills at most
 * that many at the address that msg_st_data_open gives (storaged writes the
 * wire form straight into it), and closes it with the number it filled; or
 * drops it by ibuf_free(3).  The parser leaves *data pointing into the message:
 * it lives as long as the imsg.
 */
struct ibuf;
struct ibuf	*msg_st_data_open(struct imsgbuf *, size_t max,
		    unsigned char **data);
int	 msg_st_data_close(struct imsgbuf *, struct ibuf *,
	    const struct st_reply *, uint32_t flags, size_t len);
int	 msg_st_data_parse(struct imsg *, struct st_reply *, uint32_t *flags,
	    const unsigned char **data, size_t *len);

#endif
