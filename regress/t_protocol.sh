#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The protocol to the letter: every command, every argument, every answer.

. "$(atf_get_srcdir)/lib/lib.sh"

RUDE="$REGRESS/lib/rude.py"

# rude ARGUMENT ...: see rude.py.
rude()
{
	"$RUDE" "$@" >rude.out 2>&1 || flunk "$(cat rude.out)"
}

# On a listener where a name and a password may come at once.
clear_conf()
{
	# One after the other, without waiting for the end of the last one.
	pop3d_conf "limit per-user 100" "$@"
}

system_test commands "every command with every argument in every state"
commands_body()
{
	clear_conf
	mkmbox anna
	pop3d_start
	# A session of anna's has her mailbox; PASS in the table wants it, too.
	sed '/PASS_anna/!d' "$REGRESS/protocol/commands" >passwords
	sed '/PASS_anna/d' "$REGRESS/protocol/commands" >others
	rude table "$CLEARPORT" others
	[ "$(cat rude.out)" -gt 200 ] || flunk "$(cat rude.out) rows"
	[ "$(wc -l <passwords)" -gt 3 ] || flunk "no rows with passwords"
	while read -r line; do
		printf '%s\n' "$line" | sed 's/|[^|]*$/| -ERR/' >one
		rude table "$CLEARPORT" one
	done <passwords
	pop3d_stop
}

system_test lines "lines of 253 octets to a megabyte"
lines_body()
{
	clear_conf
	mkmbox anna
	pop3d_start
	rude lines "$CLEARPORT"
	pop3d_stop
}

system_test garbage "binary garbage gets 20 errors, then the end"
garbage_body()
{
	clear_conf
	pop3d_start
	engine=$(pids_of_role engine)
	rude garbage "$CLEARPORT"
	[ "$(pids_of_role engine)" = "$engine" ] || flunk "engine replaced"
	pop3d_stop
}

system_test bad_in_a_row "20 bad commands in a row end the session, not 19"
bad_in_a_row_body()
{
	clear_conf
	mkmbox anna
	pop3d_start
	login="S: \\+OK.*
LOGIN: anna"
	i=0
	while [ $i -lt 19 ]; do
		printf 'C: NONSENSE\nS: -ERR unknown command\n'
		i=$((i + 1))
	done >nineteen
	for begin in 'S: \+OK.*' "$login"; do
		{
			echo "$begin"
			cat nineteen
			printf 'C: CAPA\nM: \\+OK.*\n'
			cat nineteen
			printf 'C: RETR\nS: -ERR.*\nEOF\n'
		} >script
		pop3_talk "$CLEARPORT" script
	done
	# Those that wait for the answers of a burst count in order, too.
	{
		echo "$login"
		printf 'RAW: DELE 1\\r\\n'
		printf 'NONSENSE\\r\\n%.0s' $(seq 25)
		printf 'QUIT\\r\\n\nS: \\+OK.*\n'
		grep '^S' nineteen
		printf 'S: -ERR unknown command\nEOF\n'
	} >script
	pop3_talk "$CLEARPORT" script
	[ "$(grep -c '^From sender' mail/anna)" = 3 ] || flunk "QUIT was done"
	pop3d_stop
}

# capa PORT OPTION SCRIPT: what CAPA lists, sorted, at the end of a script.
capa_at()
{
	printf '%s\nC: CAPA\nM: \\+OK.*\nL: no such line\n' "$3" >script
	# The last step fails and shows the first line; take them one by one.
	python3 - "$REGRESS/lib" "$1" "$2" script >capa 2>&1 <<-'EOF' ||
	import sys
	sys.path.insert(0, sys.argv[1])
	import pop3
	c = pop3.Client(int(sys.argv[2]))
	if sys.argv[3] == "-t":
	    c.tls()
	pending = []
	for text in open(sys.argv[4]):
	    kind, _, arg = text.strip("\n").partition(":")
	    if kind != "L":
	        pop3.step(c, kind, arg[1:], pending)
	print("\n".join(sorted(l.decode() for l in pending)))
	EOF
		flunk "$(cat capa)"
}

system_test capa "CAPA in every state, on every kind of listener"
capa_body()
{
	addr=192.0.2.7
	ip addr add $addr/32 dev lo 2>/dev/null || atf_skip "no second address"
	clear_conf "listen on $addr port $((PORT + 3)) starttls"
	mkmbox anna
	pop3d_start
	greet='S: \+OK.*'
	login="$greet
LOGIN: anna"
	for l in AUTH-RESP-CODE 'EXPIRE NEVER' 'IMPLEMENTATION pop3d' LANG \
	    PIPELINING RESP-CODES TOP UIDL USER UTF8; do
		echo "$l"
	done >all
	sort all - >with_stls <<-EOF
	STLS
	EOF
	sort all >without
	# STLS where it is allowed: before TLS and login, if the listener has
	# it.  Everything else is announced in both states (RFC 2449, 6856).
	capa_at "$PORT" '' "$greet"
	cmp capa with_stls || flunk "before STLS: $(cat capa)"
	capa_at "$PORT" '' "$greet
STLS"
	cmp capa without || flunk "after STLS: $(cat capa)"
	capa_at "$PORT" '' "$login"
	cmp capa without || flunk "after login without STLS: $(cat capa)"
	for p in "$TLSPORT -t" "$CLEARPORT"; do
		for s in "$greet" "$login"; do
			# shellcheck disable=SC2086
			capa_at ${p% *} "$(echo "$p" | sed 's/^[0-9]* *//')" \
			    "$s"
			cmp capa without || flunk "$p: $(cat capa)"
		done
	done
	# From elsewhere no password before TLS, so no USER.
	python3 - "$REGRESS/lib" $((PORT + 3)) $addr >capa 2>&1 <<-'EOF' ||
	import sys
	sys.path.insert(0, sys.argv[1])
	import pop3
	c = pop3.Client(int(sys.argv[2]), sys.argv[3])
	c.reply()
	c.cmd("CAPA")
	before = sorted(l.decode() for l in c.multi())
	assert "USER" not in before and "STLS" in before, before
	for text in b"USER anna", b"PASS x":
	    c.send(text + b"\r\n")
	    assert c.reply().startswith(b"-ERR no passwords in the clear")
	c.cmd("STLS")
	c.tls()
	c.cmd("CAPA")
	after = sorted(l.decode() for l in c.multi())
	assert "USER" in after and "STLS" not in after, after
	c.cmd("USER anna")
	EOF
		flunk "$(cat capa)"
	pop3d_stop
}

system_test lang "LANG lists, selects, and goes back to the default"
lang_body()
{
	clear_conf
	mkmbox anna
	pop3d_start
	cat >lang <<-'EOF'
	C: LANG
	M: \+OK.*
	L: i-default [ -~]+
	L: en [ -~]+
	C: LANG en
	S: \+OK en [ -~]+
	C: LANG fr-CA
	S: -ERR [ -~]+
	C: LANG *
	S: \+OK i-default [ -~]+
	EOF
	{
		echo 'S: \+OK.*'
		cat lang
		printf 'C: UTF8\nS: \\+OK.*\n'
		printf 'C: USER anna\nS: \\+OK.*\n'
		printf 'C: PASS %s\nS: \\+OK.*\n' "$PASS_anna"
		cat lang
		printf 'C: UTF8\nS: -ERR.*\nC: QUIT\nS: \\+OK.*\nEOF\n'
	} >script
	pop3_talk "$CLEARPORT" script
	pop3d_stop
}

system_test empty "LIST and UIDL of an empty mailbox"
empty_body()
{
	clear_conf
	: >mail/anna
	own_mbox anna
	pop3d_start
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: STAT
	S: \+OK 0 0
	C: LIST
	M: \+OK.*
	NOMORE
	C: UIDL
	M: \+OK.*
	NOMORE
	C: LIST 1
	S: -ERR.*
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
}

system_test passwords "blanks in a password are the user's"
passwords_body()
{
	clear_conf
	mkmbox bert
	for pw in '  two before' 'two behind  ' 'a  b   c' ' ' '   '; do
		hash=$(printf '%s\n' "$pw" | openssl passwd -6 -stdin)
		sed -i "s|^bert:[^:]*:|bert:$hash:|" users
		[ -f pid ] || pop3d_start
		pop3_talk "$CLEARPORT" <<-EOF
		S: \+OK.*
		C: USER bert
		S: \+OK.*
		C: PASS ${pw}x
		S: -ERR \[AUTH\] .*
		C: USER bert
		S: \+OK.*
		C: PASS  $pw
		S: -ERR \[AUTH\] .*
		C: USER bert
		S: \+OK.*
		C: PASS $pw
		S: \+OK.*
		C: QUIT
		S: \+OK.*
		EOF
	done
	pop3d_stop
}

system_test three_logins "three failed logins end the session"
three_logins_body()
{
	clear_conf
	mkmbox anna
	pop3d_start
	{
		echo 'S: \+OK.*'
		for i in 1 2 3; do
			printf 'C: USER anna\nS: \\+OK.*\n'
			printf 'C: PASS wrong\nS: -ERR \\[AUTH\\] .*\n'
			[ $i = 3 ] || printf 'C: PASS again\nS: -ERR.*\n'
		done
		echo EOF
	} >script
	pop3_talk "$CLEARPORT" script
	pop3d_stop
}
