/* SPDX-License-Identifier: ISC */
/* Runs in: every process on Linux.  Trusts: its tables. */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "nitems.h"
#include "seccomp_linux.h"

#define ARG_LOW(n)	(offsetof(struct seccomp_data, args) + 8 * (n))
#define ARG_HIGH(n)	(ARG_LOW(n) + 4)

#define NUMBER_X86_64(name, x, a)	[CALL_##name] = (x),
#define NUMBER_AARCH64(name, x, a)	[CALL_##name] = (a),

const struct seccomp_arch	 seccomp_x86_64 = {
	"x86_64", AUDIT_ARCH_X86_64, 0x40000000,
	{ SYSCALL_TABLE(NUMBER_X86_64) }
};

const struct seccomp_arch	 seccomp_aarch64 = {
	"aarch64", AUDIT_ARCH_AARCH64, 0,
	{ SYSCALL_TABLE(NUMBER_AARCH64) }
};

#define NAME(name, x, a)	[CALL_##name] = #name,
static const char *const	 names[CALL_COUNT] = { SYSCALL_TABLE(NAME) };

/* Rules that are tried one after the other. */
#define FEW	12

struct maker {
	struct seccomp_prog	*prog;
	const struct seccomp_arch *arch;
	const uint32_t		*param;
	uint32_t		 action;
	const struct seccomp_rule *rules[CALL_COUNT];	/* by number */
	size_t			 nrules;

	/* The rule being made: where its tests jump to when one fails. */
	size_t			 fail[64];	/* jf, or jt where negated */
	int			 negated[64];
	size_t			 nfail;
	int			 full;
};

const char *
seccomp_name(const struct seccomp_arch *arch, int number)
{
	size_t	 i;

	for (i = 0; i < CALL_COUNT; i++) {
		if (arch->number[i] == number)
			return names[i];
	}
	return NULL;
}

static void
emit(struct maker *m, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	struct seccomp_prog	*p = m->prog;

	if (p->len == SECCOMP_LEN_MAX) {
		m->full = 1;
		return;
	}
	p->insn[p->len++] = (struct sock_filter)BPF_JUMP(code, k, jt, jf);
}

static void
load(struct maker *m, size_t off)
{
	emit(m, BPF_LD | BPF_W | BPF_ABS, (uint32_t)off, 0, 0);
}

/* Go on if the condition holds (negated: if not), else to the rule's end. */
static void
need(struct maker *m, uint16_t op, uint32_t k, int negated)
{
	if (m->nfail == NITEMS(m->fail)) {
		m->full = 1;
		return;
	}
	m->fail[m->nfail] = m->prog->len;
	m->negated[m->nfail++] = negated;
	emit(m, BPF_JMP | op, k, 0, 0);
}

/* One of the values. */
static void
need_any(struct maker *m, const uint32_t *v, unsigned int n)
{
	unsigned int	 i;

	for (i = 0; i + 1 < n; i++)
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, v[i],
		    (uint8_t)(n - 1 - i), 0);
	need(m, BPF_JEQ | BPF_K, v[i], 0);
}

/* A group in the range or, beyond it, one of the others. */
static void
need_group(struct maker *m)
{
	emit(m, BPF_JMP | BPF_JGE | BPF_K, m->param[PARAM_GID_MIN], 0, 1);
	emit(m, BPF_JMP | BPF_JGT | BPF_K, m->param[PARAM_GID_MAX], 0,
	    IDS_GROUPS);
	need_any(m, &m->param[PARAM_GIDS], IDS_GROUPS);
}

static void
emit_test(struct maker *m, const struct seccomp_test *t)
{
	uint32_t	 v[2];

	v[0] = t->op >= TEST_PARAM && t->op <= TEST_ADDR ?
	    m->param[t->v[0]] : 0;
	v[1] = t->op == TEST_ADDR && t->n == 2 ? m->param[t->v[1]] : 0;
	if (t->op >= TEST_ADDR) {
		load(m, ARG_HIGH(t->arg));
		need(m, BPF_JEQ | BPF_K, 0, t->op == TEST_ADDR_HIGH);
		if (t->op == TEST_ADDR_HIGH)
			return;
	}
	load(m, ARG_LOW(t->arg));
	switch (t->op) {
	case TEST_IN:
		need_any(m, t->v, t->n);
		break;
	case TEST_CLEAR:
		need(m, BPF_JSET | BPF_K, t->v[0], 1);
		break;
	case TEST_SAME:
		emit(m, BPF_MISC | BPF_TAX, 0, 0, 0);
		load(m, ARG_LOW(t->v[0]));
		need(m, BPF_JEQ | BPF_X, 0, 0);
		break;
	case TEST_MIN:
		need(m, BPF_JGE | BPF_K, v[0], 0);
		break;
	case TEST_MAX:
		need(m, BPF_JGT | BPF_K, v[0], 1);
		break;
	case TEST_GROUP:
		need_group(m);
		break;
	case TEST_ADDR:
		need_any(m, v, t->n == 2 ? 2 : 1);
		break;
	default:			/* TEST_PARAM, TEST_ADDR_NULL */
		need(m, BPF_JEQ | BPF_K, v[0], 0);
		break;
	}
}

/* A test that counts only for some calls: of fcntl(2), for F_SETFL. */
static void
emit_when(struct maker *m, const struct seccomp_test *when)
{
	size_t	 head;

	load(m, ARG_LOW(when->arg));
	head = m->prog->len;
	emit(m, BPF_JMP | BPF_JEQ | BPF_K, when->v[0], 0, 0);
	emit_test(m, when + 1);
	if (!m->full)
		m->prog->insn[head].jf = (uint8_t)(m->prog->len - head - 1);
}

static uint32_t
number(const struct maker *m, const struct seccomp_rule *r)
{
	return (uint32_t)m->arch->number[r->call];
}

/* "The number is this one" jumps over the rule if it is not. */
static void
emit_rule(struct maker *m, const struct seccomp_rule *r)
{
	struct sock_filter		*insn = m->prog->insn;
	const struct seccomp_test	*t;
	size_t				 head = m->prog->len, end, i;
	uint32_t			 bad = m->action;

	if (r->error != 0 && bad != SECCOMP_RET_ALLOW)
		bad = SECCOMP_RET_ERRNO | (uint32_t)r->error;
	m->nfail = 0;
	emit(m, BPF_JMP | BPF_JEQ | BPF_K, number(m, r), 0, 0);
	if (!r->never) {
		for (t = r->tests; t != NULL && t->op != TEST_END; t++) {
			if (t->op == TEST_WHEN)
				emit_when(m, t++);
			else
				emit_test(m, t);
		}
		emit(m, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	}
	end = m->prog->len;
	if (r->never || m->nfail > 0)
		emit(m, BPF_RET | BPF_K, bad, 0, 0);
	if (m->full || m->prog->len - head > 255) {
		m->full = 1;
		return;
	}
	insn[head].jf = (uint8_t)(m->prog->len - head - 1);
	for (i = 0; i < m->nfail; i++) {
		if (m->negated[i])
			insn[m->fail[i]].jt = (uint8_t)(end - m->fail[i] - 1);
		else
			insn[m->fail[i]].jf = (uint8_t)(end - m->fail[i] - 1);
	}
}

/* Rules first to last (exclusive), and what becomes of any other call. */
static void
emit_few(struct maker *m, size_t first, size_t last)
{
	const struct seccomp_rule	*r;
	size_t				 plain[FEW], n = 0;

	for (; first < last; first++) {
		r = m->rules[first];
		if (r->never || r->tests != NULL) {
			emit_rule(m, r);
			continue;
		}
		plain[n++] = m->prog->len;
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, number(m, r), 0, 0);
	}
	emit(m, BPF_RET | BPF_K, m->action, 0, 0);
	while (n > 0 && !m->full) {
		n--;
		m->full = m->prog->len - plain[n] > 255;
		m->prog->insn[plain[n]].jt =
		    (uint8_t)(m->prog->len - plain[n] - 1);
		if (n == 0)
			emit(m, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	}
}

/*
 * As a tree: not only is a call that is tested found sooner.  When a filter is
 * installed the kernel tries every number that the ones before let through, to
 * remember which pass without a test; for a session that is at each login.
 */
static void
emit_rules(struct maker *m, size_t first, size_t last)
{
	size_t	 mid = first + (last - first) / 2, jump;

	if (last - first <= FEW) {
		emit_few(m, first, last);
		return;
	}
	emit(m, BPF_JMP | BPF_JGE | BPF_K, number(m, m->rules[mid]), 0, 1);
	jump = m->prog->len;
	emit(m, BPF_JMP | BPF_JA, 0, 0, 0);
	emit_rules(m, first, mid);
	if (m->full)
		return;
	m->prog->insn[jump].k = (uint32_t)(m->prog->len - jump - 1);
	emit_rules(m, mid, last);
}

/* The rules of a role, by the number of their call. */
static void
sort_rules(struct maker *m, const struct seccomp_rule *rules, size_t nrules,
    unsigned int role)
{
	const struct seccomp_rule	*r;
	size_t				 i;

	for (r = rules; r < rules + nrules; r++) {
		if (!(r->roles & 1U << role) ||
		    m->arch->number[r->call] == NOCALL)
			continue;
		for (i = m->nrules++; i > 0 &&
		    number(m, m->rules[i - 1]) > number(m, r); i--)
			m->rules[i] = m->rules[i - 1];
		m->rules[i] = r;
	}
}

int
seccomp_build(struct seccomp_prog *prog, const struct seccomp_arch *arch,
    const struct seccomp_rule *rules, size_t nrules, unsigned int role,
    const uint32_t param[PARAM_COUNT], uint32_t action)
{
	struct maker	 m;

	memset(&m, 0, sizeof(m));
	m.prog = prog;
	m.arch = arch;
	m.param = param;
	m.action = action;
	sort_rules(&m, rules, nrules, role);
	prog->len = 0;
	load(&m, offsetof(struct seccomp_data, arch));
	emit(&m, BPF_JMP | BPF_JEQ | BPF_K, arch->audit, 1, 0);
	emit(&m, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	load(&m, offsetof(struct seccomp_data, nr));
	if (arch->foreign != 0) {
		emit(&m, BPF_JMP | BPF_JSET | BPF_K, arch->foreign, 0, 1);
		emit(&m, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	}
	emit(&m, BPF_JMP | BPF_JGT | BPF_K, SYSCALL_LAST, 0, 1);
	emit(&m, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
	emit_rules(&m, 0, m.nrules);
	return m.full ? -1 : 0;
}

int
seccomp_install(const struct seccomp_prog *prog)
{
	struct sock_fprog	 fprog;

	fprog.len = (unsigned short)prog->len;
	fprog.filter = (struct sock_filter *)(uintptr_t)prog->insn;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog);
}
