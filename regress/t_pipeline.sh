#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Bursts, single bytes, clients that do not read, and clients that leave.

. "$(atf_get_srcdir)/lib/lib.sh"

RUDE="$REGRESS/lib/rude.py"

# rude ARGUMENT ...: see rude.py.
rude()
{
	"$RUDE" "$@" >rude.out 2>&1 || flunk "$(cat rude.out)"
}

# kept N: the mailbox has N of the first three messages once all sessions have
# ended.
kept()
{
	soon no_session || flunk "a session stays: $(ps -ef)"
	[ "$(grep -c '^From sender' mail/anna)" = "$1" ] ||
		flunk "$(grep -c '^From sender' mail/anna) kept, not $1"
}

no_session()
{
	[ -z "$(pids_of_role session)" ]
}

login="S: \\+OK.*
LOGIN: anna"

# big_mbox: make three messages; the second has 20 MB.
big_mbox()
{
	mkmbox anna 1
	{
		printf 'From sender@example.org Mon Jan  5 10:00:00 2026\n'
		printf 'Subject: big\n\n'
		head -c 15000000 /dev/zero | base64
		printf '\n'
	} >>mail/anna
	{
		printf 'From sender@example.org Mon Jan  5 10:00:00 2026\n'
		printf 'Subject: last\n\nlast\n\n'
	} >>mail/anna
}

system_test burst "a whole session in one segment, answered in order"
burst_body()
{
	pop3d_conf
	mkmbox anna 100
	pop3d_start
	rude burst "$CLEARPORT" 100
	# RSET was last: QUIT removed nothing.
	[ "$(grep -c '^From sender' mail/anna)" = 100 ] || flunk "removed"
	pop3d_stop
}

system_test bytewise "a whole session, one octet in each segment"
bytewise_body()
{
	pop3d_conf
	mkmbox anna 5
	pop3d_start
	rude bytewise "$CLEARPORT" 5
	pop3d_stop
}

system_test deaf "10,000 commands by a client that does not read"
deaf_body()
{
	pop3d_conf "engines 1"
	mkmbox anna
	# Messages of 8 kB: their answers do not fit into any socket.
	awk '{ print } /^The end/ { for (i = 0; i < 100; i++)
	    print "0123456789012345678901234567890123456789" \
	    "012345678901234567890123456789012345678" }' mail/anna >grown
	cp grown mail/anna
	pop3d_start
	memory_bound 512
	rude deaf "$CLEARPORT" 10000 "$(pids_of_role engine)"
	# Commands that the engine answers alone: 20 MB of answers.
	rude deaf "$CLEARPORT" 150000 "$(pids_of_role engine)" capa
	pop3d_stop
}

system_test half_close "after a half-close the client still gets every answer"
half_close_body()
{
	pop3d_conf
	big_mbox
	pop3d_start
	for last in 'C: STAT' 'C: DELE 1' 'RAW: QUI'; do
		pop3_talk "$CLEARPORT" <<-EOF
		$login
		C: RETR 1
		C: RETR 2
		C: NONSENSE
		C: LIST 3
		$last
		HALF
		M: \+OK.*
		M: \+OK 2.......... octets|\+OK 2....... octets
		S: -ERR.*
		S: \+OK 3 .*
		$([ "$last" = 'RAW: QUI' ] || echo 'S: \+OK.*')
		EOF
		kept 3
	done
	pop3_talk "$CLEARPORT" <<-END
	$login
	RAW: $(printf 'CAPA\\r\\n%.0s' $(seq 3000))
	HALF
	$(printf 'M: \\+OK.*\n%.0s' $(seq 3000))
	EOF
	END
	pop3_talk "$CLEARPORT" <<-EOF
	$login
	C: RETR 2
	C: DELE 1
	C: QUIT
	HALF
	M: \+OK.*
	S: \+OK.*
	S: \+OK bye
	EOF
	kept 2
	pop3d_stop
}

# leave N STEP ...: after these steps N messages are left.
leave()
{
	_n=$1
	shift
	mkmbox anna
	{
		printf '%s\n' "$login"
		printf '%s\n' "$@"
	} >script
	pop3_talk "$CLEARPORT" script
	kept "$_n"
	{
		printf '%s\n' "$login" | tail -n +2
		printf '%s\n' "$@"
	} >script.tls
	mkmbox anna
	{ echo 'S: \+OK.*'; cat script.tls; } >script
	pop3_talk -t "$TLSPORT" script
	kept "$_n"
}

system_test leave "QUIT removes when the client has gone; nothing else does"
leave_body()
{
	pop3d_conf
	pop3d_start
	ok='S: \+OK.*'
	# Gone right after QUIT.
	leave 2 'C: DELE 1' "$ok" 'C: QUIT' CLOSE
	leave 2 'C: DELE 1' "$ok" 'C: QUIT' RESET
	leave 1 'C: DELE 1' 'C: DELE 2' "$ok" "$ok" 'C: QUIT' CLOSE
	# ... which was part of a burst, and no answer is read.
	leave 1 'RAW: DELE 1\r\nDELE 3\r\nQUIT\r\n' CLOSE
	leave 1 'RAW: DELE 1\r\nSTAT\r\nDELE 3\r\nQUIT\r\n' CLOSE
	leave 1 'RAW: NOOP\r\nDELE 1\r\nDELE 3\r\nLIST 2\r\nQUIT\r\n' RESET
	# No QUIT.
	leave 3 'C: DELE 1' "$ok" CLOSE
	leave 3 'C: DELE 1' "$ok" RESET
	leave 3 'C: DELE 1' "$ok" HALF EOF
	leave 3 'RAW: DELE 1\r\nDELE 3\r\n' CLOSE
	leave 3 'RAW: DELE 1\r\nDELE 3\r\nQUIT' CLOSE
	leave 3 'RAW: DELE 1\r\nDELE 3\r\nQUIT' RESET
	leave 3 'RAW: DELE 1\r\nDELE 3\r\nQUITX\r\n' CLOSE
	unlogged 'killed by signal' || flunk "$(cat log)"
	pop3d_stop
}

# reset_in COMMANDS: send these at once, then reset in the middle of the answer.
reset_in()
{
	before=$(sha256sum <mail/anna)
	cat >reset.py <<-'EOF'
	import os, sys
	sys.path.insert(0, sys.argv[1])
	import pop3
	c = pop3.login(sys.argv[4:], sys.argv[2], "anna",
	    os.environ["PASS_anna"])
	c.send(sys.argv[3].replace(" / ", "\r\n").encode() + b"\r\n")
	got = 0
	while got < 300000:
	    got += len(c.sock.recv(65536))
	c.reset()
	EOF
	python3 reset.py "$REGRESS/lib" "$CLEARPORT" "$1" >out 2>&1 ||
		flunk "$(cat out)"
	soon no_session || flunk "$1: the session stays"
	[ "$(sha256sum <mail/anna)" = "$before" ] || flunk "$1: mail changed"
	python3 reset.py "$REGRESS/lib" "$TLSPORT" "$1" -t >out 2>&1 ||
		flunk "$(cat out)"
	soon no_session || flunk "$1: the session stays"
	[ "$(sha256sum <mail/anna)" = "$before" ] || flunk "$1: mail changed"
	login_works || flunk "$1: $(cat talk.out)"
}

system_test reset_retr "a reset in the middle of RETR: nothing is deleted"
reset_retr_body()
{
	pop3d_conf
	big_mbox
	pop3d_start
	reset_in "RETR 2"
	reset_in "DELE 1 / RETR 2"
	# QUIT was sent but not reached in order.
	reset_in "DELE 1 / RETR 2 / QUIT"
	reset_in "RETR 2 / DELE 2 / QUIT"
	reset_in "RETR 2 / DELE 2 / STAT / NOOP / QUIT"
	reset_in "TOP 2 4294967295 / DELE 2 / QUIT"
	pop3d_stop
}

system_test kill_client "a client that is killed deletes nothing"
kill_client_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	cat >script <<-EOF
	$login
	C: DELE 1
	S: \+OK.*
	RUN: touch ready
	S: never
	EOF
	"$POP3" talk "$CLEARPORT" script >out 2>&1 &
	client=$!
	soon test -e ready || flunk "$(cat out)"
	kill -KILL $client
	kept 3
	pop3d_stop
}

system_test all_at_once "RETR, DELE and QUIT in one burst, all of it read"
all_at_once_body()
{
	pop3d_conf
	big_mbox
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-EOF
	$login
	RAW: RETR 1\r\nDELE 1\r\nRETR 2\r\nDELE 2\r\nUIDL\r\nQUIT\r\n
	M: \+OK.*
	S: \+OK.*
	M: \+OK.*
	S: \+OK.*
	M: \+OK 1 messages.*
	L: 3 .*
	S: \+OK bye
	EOF
	kept 1
	pop3d_stop
}

system_test one_write "the answer to RETR is one write and one read"
one_write_body()
{
	pop3d_conf "engines 1"
	mkmbox anna
	pop3d_start
	rude answer "$CLEARPORT"
	rude answer "$TLSPORT" tls
	strace -f -e trace=write,writev,sendto,sendmsg -e signal=none \
	    -s 20 -o trace -p "$(pids_of_role engine)" 2>/dev/null &
	tracer=$!
	soon tracing || flunk "strace does not start"
	pop3_talk "$CLEARPORT" <<-EOF
	$login
	C: RETR 1
	M: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	kill -INT $tracer
	wait $tracer || :
	# "+OK N octets" and N octets at least, with one call.
	sed -n 's/.*"+OK \([0-9]*\) octets.* = \([0-9]*\)$/\1 \2/p' trace >wrote
	read -r octets written <wrote || flunk "$(cat trace)"
	[ "$written" -gt $((octets + 15)) ] || flunk "$(cat trace)"
	pop3d_stop
}

tracing()
{
	[ "$(status "$(pids_of_role engine)" TracerPid)" != 0 ]
}
