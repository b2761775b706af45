/* SPDX-License-Identifier: ISC */
/* Runs in: every process.  The message catalogue: what may be said to whom. */

#ifndef POP3D_COMMON_PROTO_H
#define POP3D_COMMON_PROTO_H

#include <sys/types.h>

#include <stdint.h>

#include "ids.h"
#include "nitems.h"

struct imsg;

/* Limits of strings on the wire, in octets, without a terminating NUL. */
#define USER_LEN_MAX	255	/* login name */
#define PASS_LEN_MAX	1023	/* password */
#define PATH_LEN_MAX	1023	/* file names */
#define TEXT_LEN_MAX	1023	/* a log line, a reason */
#define UIDL_LEN_MAX	70	/* RFC 1939, section 7 */
#define NAMES_LEN_MAX	16000	/* one batch of a user list */
#define PEM_LEN_MAX	65000	/* a certificate chain, a key */
#define DATA_LEN_MAX	65536	/* mail in one message, wire form */
#define GROUPS_MAX	32	/* supplementary groups of a user */

/* The largest message that any channel carries, header included. */
#define PROTO_MSG_MAX	(DATA_LEN_MAX + 1024)

/* The descriptor on which an exec'd child finds its channel to authd. */
#define PROTO_FD	3

/* Who speaks.  One bit each, so that a table row can name several. */
enum proto_role {
	R_AUTHD =	0x01,	/* authd, root */
	R_ENGINE =	0x02,	/* pop3d engine */
	R_BACKEND =	0x04,	/* auth_file, auth_passwd, ... */
	R_SPAWNER =	0x08,	/* storaged, the spawner */
	R_STORAGED =	0x10,	/* storaged, one per session */
	R_KEYD =	0x20,	/* keyd, the private keys */
	R_MASTER =	0x40,	/* pop3d, which starts authd */
	R_ALL =		0x7f
};

/* The two ends of an address, for log lines, limits. */
struct m_peer {
	uint8_t		 family;	/* 4, 6, or 0: no network peer */
	uint8_t		 pad;
	uint16_t	 port;		/* host order */
	uint8_t		 addr[16];	/* network order */
};

/* LOG: followed by the text, no newline. */
struct m_log {
	uint32_t	 priority;	/* syslog(3) level */
};

/*
 * The MA_ rows stay first and as they are: an authd that is newer than its
 * master speaks them.
 *
 * MA_SOCKET, from the master to a new authd: a listening socket of the
 * generation before it; from authd: one of its own, for the next generation.
 * MA_START: that is all of them, begin.
 */
struct m_ma_start {
	uint32_t	 generation;	/* 1, 2, ... */
	uint32_t	 alone;		/* no other generation serves */
};

/* CONF_BEGIN, CONF_END, and the head of CONF_DONE. */
struct m_conf {
	uint32_t	 generation;
	uint32_t	 ok;		/* CONF_DONE: 1 taken, 0 refused */
};					/* CONF_DONE: followed by a reason */

/* CONF_LIMITS: seconds and counts; see pop3d.conf(5). */
struct m_limits {
	uint32_t	 sessions;	/* per engine */
	uint32_t	 login_timeout;	/* seconds */
	uint32_t	 idle_timeout;	/* seconds */
	uint32_t	 stall_timeout;	/* seconds without write progress */
	uint32_t	 takeover;	/* seconds; 0: never */
	uint32_t	 per_address;	/* sessions per address, per engine */
	uint32_t	 verbose;	/* log level */
	uint32_t	 descriptors;	/* per engine; see setup.c of authd */
};

/* CONF_LISTEN: followed by the name of the pki; carries the socket. */
struct m_listen {
	uint32_t	 mode;		/* enum listen_mode of listen.h */
	uint16_t	 pkilen;
	uint16_t	 pad;
};

/*
 * CONF_PKI, KEY_CERT: a certificate with its chain; KEY_ADD: the private key of
 * the certificate before it.  Followed by the name of the pki and PEM text.
 */
struct m_pki {
	uint32_t	 len;		/* of the text */
	uint16_t	 namelen;
	uint16_t	 pad;
};

/* KEY_DONE: followed by the name of a pki and what is wrong with its key. */
struct m_key_done {
	uint16_t	 namelen;
	uint16_t	 reasonlen;	/* 0: keyd has it */
};

/* AUTH_REQ: followed by user and password. */
struct m_auth_req {
	struct m_peer	 remote;
	uint8_t		 tls;
	uint8_t		 pad;
	uint16_t	 userlen;
	uint16_t	 passlen;
	uint16_t	 pad2;
};

/* AUTH_OK: followed by the canonical user name; carries the session socket. */
struct m_auth_ok {
	uint16_t	 userlen;
	uint16_t	 pad;
};

/* AUTH_FAIL: why a login ended; the engine has the texts. */
struct m_auth_fail {
	uint32_t	 reason;
};
enum auth_reason {
	AUTH_CRED = 1,		/* wrong user or password: [AUTH] */
	AUTH_DISABLED,		/* right password, account closed: [AUTH] */
	AUTH_TEMP,		/* backend dead, slow, broken: [SYS/TEMP] */
	AUTH_PERM,		/* configuration forbids it: [SYS/PERM] */
	AUTH_BUSY,		/* too many at once: [SYS/TEMP] */
	AUTH_LIMIT,		/* too many sessions of this user: [IN-USE] */
	AUTH_ELSEWHERE,		/* another server has the mailbox: [SYS/PERM] */
	AUTH_REASON_MAX
};

/*
 * AUTH_YIELD: end this session if it is idle, its user logs in anew.  Comes
 * with the session's id; AUTH_KEPT, that it is not, with the number in here.
 */
struct m_auth_yield {
	uint32_t	 login;		/* authd's */
};

/*
 * BE_READY, from a process that has seen no request yet: whether it will share.
 * One that says no and does is not what was started.
 */
struct m_be_ready {
	uint32_t	 shares;	/* 0 or 1 */
};

/* BE_REQ: followed by user, password, new password (see enum be_op). */
struct m_be_req {
	uint32_t	 op;
	uint32_t	 flags;
	uint16_t	 userlen;
	uint16_t	 passlen;
	uint16_t	 newlen;
	uint16_t	 pad;
};
enum be_op {
	BE_OP_LOGIN = 1,	/* check_userpassword and get_userinfo */
	BE_OP_LIST,		/* get_userlist: BE_NAMES..., BE_RES */
	BE_OP_INFO,		/* get_userinfo */
	BE_OP_CHECK,		/* check_userpassword */
	BE_OP_CHANGE,		/* change_userpassword */
	BE_OP_READY,		/* pop3d -n: could somebody log in? */
	BE_OP_MAX
};
#define BE_LAST		0x01	/* last backend of the chain: an unknown user
				 * costs here what a wrong password costs */

/*
 * BE_RES: followed by ngroups gids (uint32_t), then realname, home, mailbox,
 * host and the message for the log.  code is of enum backend_code.
 */
struct m_be_res {
	int32_t		 code;
	uint32_t	 nouser;	/* LOGIN: 1 if there is no such user */
	uint32_t	 uid;
	uint32_t	 gid;
	uint32_t	 status;	/* enum user_status */
	uint32_t	 pad;
	int64_t		 quota_octets;	/* -1: not known */
	int64_t		 quota_messages;/* -1: not known */
	uint16_t	 ngroups;
	uint16_t	 realnamelen;
	uint16_t	 homelen;
	uint16_t	 mailboxlen;
	uint16_t	 hostlen;
	uint16_t	 errlen;
	uint32_t	 pad2;
};
enum user_status {
	USER_ACTIVE = 0,	/* may log in */
	USER_NOACCESS,		/* no access of any kind */
	USER_NOPOP,		/* no POP3 */
	USER_DISABLED,		/* closed for now */
	USER_DELETED,		/* gone */
	USER_STATUS_MAX
};

/* SP_CONF: what holds for all sessions. */
struct m_sp_conf {
	struct ids	 ids;		/* that a session may have */
	uint32_t	 lock_flags;	/* LOCK_* */
	uint32_t	 lock_timeout;	/* seconds */
	uint64_t	 octets_max;	/* largest maildrop */
	uint32_t	 messages_max;	/* in a maildrop */
	uint32_t	 verbose;
};
#define LOCK_DOTLOCK	0x01
#define LOCK_FCNTL	0x02
#define LOCK_FLOCK	0x04
#define LOCK_SESSION	0x08	/* hold them for the whole session */

/*
 * SP_SPAWN: followed by user, mailbox and state directory; carries storaged's
 * end of the session socket.
 */
struct m_sp_spawn {
	uint32_t	 uid;
	uint32_t	 gid;
	uint16_t	 userlen;
	uint16_t	 mailboxlen;
	uint16_t	 statelen;
	uint16_t	 flags;		/* SP_* */
	uint32_t	 format;	/* enum format */
};
#define SP_RECOVER	0x01	/* only finish what a dead storaged began; the
				 * session socket is not used */

/* SP_SPAWNED: carries authd's end of the control socket.  SP_EXIT: reaped. */
struct m_sp_child {
	uint32_t	 pid;
	uint32_t	 status;	/* SP_EXIT: as of waitpid(2) */
};

/*
 * CTL_LOCKED: the answer to CTL_LOCK.  And to CTL_DENIED, a path could not be
 * opened: CTL_OK, a new storaged could, give the engine's socket back
 * (CTL_AGAIN); or CTL_FAILED.
 */
struct m_ctl_locked {
	uint32_t	 result;	/* enum ctl_result */
};
enum ctl_result {
	CTL_OK = 1,		/* the dotlock is ours */
	CTL_BUSY,		/* somebody else's: try again later */
	CTL_FAILED,		/* cannot be had; authd has logged why */
	CTL_RESULT_MAX
};

/* ST_READY: the maildrop is locked and scanned. */
struct m_st_ready {
	uint32_t	 messages;
	uint32_t	 pad;
	uint64_t	 octets;	/* as RETR sends them */
};

/* ST_FAIL: it is not; storaged has logged why. */
struct m_st_fail {
	uint32_t	 code;		/* enum st_status */
};

/*
 * ST_CMD: followed by count commands, to be answered in order.  credit gives
 * storaged leave for that many more octets of ST_DATA payload.
 */
struct m_st_cmd {
	uint32_t	 credit;
	uint32_t	 count;
};
struct st_cmd {
	uint32_t	 op;		/* enum st_op */
	uint32_t	 msg;		/* 1..; 0: all, where op allows it */
	uint32_t	 lines;		/* TOP */
};
enum st_op {
	ST_OP_LIST = 1,		/* msg 0: ST_DATA; else a = wire size */
	ST_OP_UIDL,		/* msg 0: ST_DATA; else ST_DATA with the id */
	ST_OP_RETR,		/* ST_DATA, a = wire size */
	ST_OP_TOP,		/* ST_DATA */
	ST_OP_DELE,		/* a, b = messages and octets left */
	ST_OP_RSET,		/* a, b = messages and octets left */
	ST_OP_NOOP,
	ST_OP_COMMIT,		/* a = removed, b = left; storaged then ends */
	ST_OP_MAX
};
#define ST_CMDS_MAX	256	/* commands in one ST_CMD, and unanswered */
#define ST_WINDOW	(2 * DATA_LEN_MAX)	/* credit at first, octets */

/* ST_REPLY: one or more of these.  Single-line answers. */
struct st_reply {
	uint32_t	 op;
	uint32_t	 status;	/* enum st_status */
	uint64_t	 a;
	uint64_t	 b;
};
enum st_status {
	ST_OK = 0,
	ST_NOMSG,		/* no such message */
	ST_DELETED,		/* that one is marked as deleted */
	ST_INUSE,		/* maildrop locked: [IN-USE] */
	ST_TEMP,		/* [SYS/TEMP] */
	ST_PERM,		/* [SYS/PERM] */
	ST_CHANGED,		/* mailbox changed under us; the session ends */
	ST_STATUS_MAX
};

/*
 * ST_DATA: followed by len octets in wire form: CRLF, dot-stuffed, without the
 * final ".\r\n".  reply counts where ST_FIRST is set.
 */
struct m_st_data {
	struct st_reply	 reply;
	uint32_t	 flags;
	uint32_t	 len;
};
#define ST_FIRST	0x01	/* begins an answer */
#define ST_LAST		0x02	/* ends it */
#define ST_ABORT	0x04	/* cannot go on: drop the client, no end mark */
#define ST_AHEAD	0x08	/* with FIRST and LAST: the whole of message b,
				 * which RETR has not asked for yet */
#define ST_AHEAD_MAX	49152	/* octets ahead of the client, of the credit */
#define ST_AHEAD_MSGS	128	/* messages: empty ones cost memory, too */

#define S(t)	sizeof(struct t)

/*
 * The table: name, from, to, smallest and largest payload in octets, whether a
 * descriptor comes with it.
 */
#define PROTO_TABLE(X)							\
	X(MA_SOCKET, R_MASTER | R_AUTHD, R_MASTER | R_AUTHD, 0, 0, 1)	\
	X(MA_START, R_MASTER, R_AUTHD, S(m_ma_start), S(m_ma_start), 0)	\
	X(MA_READY, R_AUTHD, R_MASTER, 0, 0, 0)				\
	X(MA_DRAIN, R_MASTER, R_AUTHD, 0, 0, 0)				\
	X(MA_RELOAD, R_AUTHD, R_MASTER, 0, 0, 0)			\
	X(LOG, R_ALL & ~(R_AUTHD | R_MASTER), R_AUTHD,			\
	    S(m_log) + 1, S(m_log) + TEXT_LEN_MAX, 0)			\
	X(HALT, R_AUTHD, R_ENGINE | R_SPAWNER, 0, 0, 0)			\
	X(DRAIN, R_AUTHD, R_ENGINE, 0, 0, 0)				\
	X(SERVE, R_AUTHD, R_ENGINE, 0, 0, 0)				\
	X(CONF_BEGIN, R_AUTHD, R_ENGINE, S(m_conf), S(m_conf), 0)	\
	X(CONF_LIMITS, R_AUTHD, R_ENGINE, S(m_limits), S(m_limits), 0)	\
	X(CONF_PKI, R_AUTHD, R_ENGINE, S(m_pki) + 2,			\
	    S(m_pki) + PATH_LEN_MAX + PEM_LEN_MAX, 0)			\
	X(CONF_LISTEN, R_AUTHD, R_ENGINE, S(m_listen),			\
	    S(m_listen) + PATH_LEN_MAX, 1)				\
	X(CONF_END, R_AUTHD, R_ENGINE, S(m_conf), S(m_conf), 0)		\
	X(CONF_DONE, R_ENGINE, R_AUTHD, S(m_conf),			\
	    S(m_conf) + TEXT_LEN_MAX, 0)				\
	X(AUTH_REQ, R_ENGINE, R_AUTHD, S(m_auth_req) + 2,		\
	    S(m_auth_req) + USER_LEN_MAX + PASS_LEN_MAX, 0)		\
	X(AUTH_CANCEL, R_ENGINE, R_AUTHD, 0, 0, 0)			\
	X(AUTH_OK, R_AUTHD, R_ENGINE, S(m_auth_ok) + 1,			\
	    S(m_auth_ok) + USER_LEN_MAX, 1)				\
	X(AUTH_FAIL, R_AUTHD, R_ENGINE, S(m_auth_fail),			\
	    S(m_auth_fail), 0)						\
	X(AUTH_YIELD, R_AUTHD, R_ENGINE, S(m_auth_yield),		\
	    S(m_auth_yield), 0)						\
	X(AUTH_KEPT, R_ENGINE, R_AUTHD, 0, 0, 0)			\
	X(KEY_CERT, R_AUTHD, R_KEYD, S(m_pki) + 2,			\
	    S(m_pki) + PATH_LEN_MAX + PEM_LEN_MAX, 0)			\
	X(KEY_ADD, R_AUTHD, R_KEYD, S(m_pki) + 2,			\
	    S(m_pki) + PATH_LEN_MAX + PEM_LEN_MAX, 0)			\
	X(KEY_DONE, R_KEYD, R_AUTHD, S(m_key_done) + 1,			\
	    S(m_key_done) + PATH_LEN_MAX + TEXT_LEN_MAX, 0)		\
	X(KEY_OPEN, R_AUTHD, R_KEYD, 0, 0, 1)				\
	X(KEY_OPENED, R_KEYD, R_AUTHD, 0, 0, 0)				\
	X(KEY_SOCKET, R_AUTHD, R_ENGINE, 0, 0, 1)			\
	X(KEY_WANTED, R_ENGINE, R_AUTHD, 0, 0, 0)			\
	X(BE_OPT, R_AUTHD, R_BACKEND, 1, TEXT_LEN_MAX, 0)		\
	X(BE_START, R_AUTHD, R_BACKEND, 0, 0, 0)			\
	X(BE_READY, R_BACKEND, R_AUTHD, S(m_be_ready),			\
	    S(m_be_ready), 0)						\
	X(BE_SHARE, R_BACKEND, R_AUTHD, 0, 0, 1)			\
	X(BE_SHARED, R_AUTHD, R_BACKEND, 0, 0, 1)			\
	X(BE_REQ, R_AUTHD, R_BACKEND, S(m_be_req),			\
	    S(m_be_req) + USER_LEN_MAX + 2 * PASS_LEN_MAX, 0)		\
	X(BE_STALE, R_BACKEND, R_AUTHD, 0, 0, 0)			\
	X(BE_NAMES, R_BACKEND, R_AUTHD, 1, NAMES_LEN_MAX, 0)		\
	X(BE_RES, R_BACKEND, R_AUTHD, S(m_be_res),			\
	    S(m_be_res) + GROUPS_MAX * 4 + 5 * PATH_LEN_MAX, 0)		\
	X(SP_CONF, R_AUTHD, R_SPAWNER, S(m_sp_conf), S(m_sp_conf), 0)	\
	X(SP_SPAWN, R_AUTHD, R_SPAWNER, S(m_sp_spawn) + 3,		\
	    S(m_sp_spawn) + USER_LEN_MAX + 2 * PATH_LEN_MAX, 1)		\
	X(SP_SPAWNED, R_SPAWNER, R_AUTHD, S(m_sp_child),		\
	    S(m_sp_child), 1)						\
	X(SP_EXIT, R_SPAWNER, R_AUTHD, S(m_sp_child),			\
	    S(m_sp_child), 0)						\
	X(CTL_LOCK, R_STORAGED, R_AUTHD, 0, 0, 0)			\
	X(CTL_UNLOCK, R_STORAGED, R_AUTHD, 0, 0, 0)			\
	X(CTL_NOTE, R_STORAGED, R_AUTHD, 0, 0, 0)			\
	X(CTL_DENIED, R_STORAGED, R_AUTHD, 0, 0, 0)			\
	X(CTL_AGAIN, R_STORAGED, R_AUTHD, 0, 0, 1)			\
	X(CTL_LOCKED, R_AUTHD, R_STORAGED, S(m_ctl_locked),		\
	    S(m_ctl_locked), 0)						\
	X(ST_READY, R_STORAGED, R_ENGINE, S(m_st_ready),		\
	    S(m_st_ready), 0)						\
	X(ST_FAIL, R_STORAGED, R_ENGINE, S(m_st_fail), S(m_st_fail), 0)	\
	X(ST_CMD, R_ENGINE, R_STORAGED, S(m_st_cmd),			\
	    S(m_st_cmd) + ST_CMDS_MAX * S(st_cmd), 0)			\
	X(ST_REPLY, R_STORAGED, R_ENGINE, S(st_reply),			\
	    ST_CMDS_MAX * S(st_reply), 0)				\
	X(ST_DATA, R_STORAGED, R_ENGINE, S(m_st_data),			\
	    S(m_st_data) + DATA_LEN_MAX, 0)				\
	X(PING, R_AUTHD, R_ENGINE | R_KEYD, 0, 0, 0)			\
	X(PONG, R_ENGINE | R_KEYD, R_AUTHD, 0, 0, 0)

#define PROTO_ENUM(name, from, to, min, max, fd)	IMSG_##name,
enum proto_type {
	IMSG_NONE,
	PROTO_TABLE(PROTO_ENUM)
	IMSG_MAX
};
#undef PROTO_ENUM

/*
 * Check a message that came in on the channel between from (the sender) and to
 * (the caller's own role) against the table: known, allowed in this direction,
 * size within bounds, a descriptor where and only where one belongs.
 * Returns NULL if it may be handled, else what is wrong with it (static text).
 * Nothing else of a message may be looked at before.
 */
const char	*proto_check(struct imsg *, enum proto_role from,
		    enum proto_role to);

/*
 * Whether a message of this type may be that long (in octets) and have (1) or
 * not have (0) a descriptor.  0, or -1 with EINVAL or ERANGE.
 */
int		 proto_sendable(uint32_t type, size_t len, int has_fd);

/* The name of a message type or of a role, for log lines; never NULL. */
const char	*proto_name(uint32_t);
const char	*proto_role_name(enum proto_role);

#endif
