#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# A storaged dies in the middle of a commit, and others recover.

. "$(atf_get_srcdir)/lib/lib.sh"

# big_mbox COUNT: messages of 20 kB; whole, and kept without the first and every
# third, the way that a commit may leave it.
big_mbox()
{
	python3 - "$1" <<-'EOF'
	import sys
	count = int(sys.argv[1])
	with open("whole", "wb") as w, open("kept", "wb") as k:
	    for n in range(count):
	        m = (b"From x@y Mon Jan  5 10:00:00 2026\nSubject: %d\n\n" % n +
	             b"%06d and some text that fills a line or so\n" % n * 400 +
	             b"\n")
	        w.write(m)
	        if n != 0 and n % 3 != 2:
	            k.write(m)
	EOF
	cp whole mail/anna
	own_mbox anna
}

new_mail()
{
	printf 'From z@y Tue Jan  6 10:00:00 2026\nSubject: new\n\nnew\n\n'
}

# remove_most COUNT: mark what big_mbox says is removed, and say QUIT once there
# is a file "go"; in the background.  Sets client and session, their processes.
remove_most()
{
	python3 - "$CLEARPORT" "$PASS_anna" "$1" >client.out 2>&1 <<-'EOF' &
	import os, socket, sys, time
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 60)
	f = s.makefile("rwb")
	def cmd(c):
	    f.write(c + b"\r\n")
	    f.flush()
	    r = f.readline()
	    assert r.startswith(b"+OK"), (c, r)
	assert f.readline().startswith(b"+OK")
	cmd(b"USER anna")
	cmd(b"PASS " + sys.argv[2].encode())
	for n in range(int(sys.argv[3])):
	    if n == 0 or n % 3 == 2:
	        cmd(b"DELE %d" % (n + 1))
	open("ready", "w").close()
	while not os.path.exists("go"):
	    time.sleep(0.001)
	f.write(b"QUIT\r\n")
	f.flush()
	print(f.readline())
	EOF
	client=$!
	soon test -e ready || flunk "$(cat client.out)"
	session=$(pids_of_role session)
	rm -f ready
}

# box_is FILE...: the mailbox is these, one after another.
box_is()
{
	cat "$@" | cmp -s - mail/anna
}

journal_idle()
{
	[ "$(stat -c %s state/anna/journal)" -eq 65536 ]
}

# signal_at SIGNAL CALL WHEN: the session is to get the signal as it enters that
# system call for the WHENth time from now on.
signal_at()
{
	: >strace.err
	strace -o strace.out -e trace="$2" -e inject="$2:signal=$1:when=$3" \
	    -p "$session" 2>strace.err &
	tracer=$!
	soon grep -q attached strace.err || flunk "$(cat strace.err)"
}

# killed_at CALL WHEN RESULT: whole, or kept, or recovered, which is kept after
# something to recover.
killed_at()
{
	cp whole mail/anna
	rm -f go
	remove_most 1000
	signal_at KILL "$1" "$2"
	: >go
	wait $client || :
	wait $tracer || :
	soon no_stor || flunk "not killed at $1 $2"
	# An agent that comes before the recovery, or after it.
	flock mail/anna sh -c 'cat new >>mail/anna'
	login_works anna || {
		# Recovery may hold the lock at that moment.
		grep -q 'IN-USE' talk.out || flunk "$(cat talk.out)"
		soon login_works anna || flunk "$(cat talk.out)"
	}
	before=$caught
	caught=$(grep -c 'mailbox of anna recovered' log) || :
	want=$3
	[ "$want" != recovered ] || want=kept
	box_is $want new || flunk "torn, or not $want, at $1 $2"
	journal_idle || flunk "the journal is not idle after $1 $2"
	[ "$3" != recovered ] || [ "$caught" -gt "$before" ] ||
		flunk "nothing to recover at $1 $2"
}

system_test killed "kill -9 of a storaged in mid-commit: never torn" 300
killed_body()
{
	pop3d_conf
	big_mbox 1000
	new_mail >new
	pop3d_start
	caught=0
	# Before the commit point,
	killed_at fdatasync 1 whole
	killed_at ftruncate 1 whole
	killed_at pwrite64 13 whole
	# there, in the first chunk and behind it,
	killed_at fdatasync 2 recovered
	killed_at pwrite64 38 recovered
	killed_at pwrite64 53 recovered
	killed_at fdatasync 3 recovered
	# in the second, at the cut,
	killed_at fdatasync 4 recovered
	killed_at pwrite64 78 recovered
	killed_at ftruncate 2 recovered
	killed_at fsync 1 recovered
	# and when all is done.
	killed_at ftruncate 3 kept
	killed=$(grep -c 'session of "anna": pid [0-9]* killed by signal 9' \
	    log) || :
	[ "$killed" -eq 12 ] || flunk "killed $killed times, not 12"
	unlogged ALERT || flunk "$(grep ALERT log)"
	pop3d_stop
}

# die_midway: kill everything at once in the middle of a commit, in its second
# chunk.
die_midway()
{
	remove_most 1000
	signal_at STOP pwrite64 78
	: >go
	soon grep -q 'stopped by SIGSTOP' strace.out ||
		flunk "not stopped: $(cat client.out strace.err)"
	! cmp -s whole mail/anna || flunk "nothing has been moved"
	! journal_idle || flunk "the journal is idle"
	pop3d_kill
	kill -KILL "$session" 2>/dev/null || :
	wait $client || :
	wait $tracer || :
	soon no_stor || flunk "a storaged is left"
}

no_stor()
{
	[ -z "$session" ] || [ ! -e "/proc/$session" ]
}

system_test restart "a daemon that starts recovers what was left" 300
restart_body()
{
	pop3d_conf
	big_mbox 1000
	mkmbox bert
	new_mail >new
	pop3d_start
	login_works bert || flunk "$(cat talk.out)"
	die_midway
	cat new >>mail/anna
	rm -f mail/anna.lock
	[ "$(readlink state/.users/anna)" = "5001 5001 $(pwd)/mail/anna" ] ||
		flunk "$(ls -l state/.users)"
	pop3d_start
	# A session that removed nothing has nothing to recover.
	logged 'recovery: all 1 mailboxes .* 1 recovered, 0 failed' ||
		flunk "recovery not logged"
	logged 'mailbox of anna recovered' || flunk "not logged"
	journal_idle || flunk "the journal is not idle"
	box_is kept new || flunk torn
	login_works anna || flunk "$(cat talk.out)"
	pop3d_stop
}

# killed_session COMMAND...: kill a session of anna after these.
killed_session()
{
	rm -f ready
	python3 - "$CLEARPORT" "$PASS_anna" "$@" >client.out 2>&1 <<-'EOF' &
	import socket, sys
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 60)
	f = s.makefile("rwb")
	f.readline()
	for c in ["USER anna", "PASS " + sys.argv[2]] + sys.argv[3:]:
	    f.write(c.encode() + b"\r\n")
	    f.flush()
	    r = f.readline()
	    assert r.startswith(b"+OK"), (c, r)
	open("ready", "w").close()
	f.read()
	EOF
	client=$!
	soon test -e ready || flunk "$(cat client.out)"
	session=$(pids_of_role session)
	kill -KILL "$session"
	wait $client || flunk "$(cat client.out)"
	soon no_stor || flunk "not killed"
}

system_test needed "recovery only for sessions that may have moved mail"
needed_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start -v
	killed_session STAT
	soon login_works anna || flunk "$(cat talk.out)"
	killed_session "DELE 1"
	logged 'mailbox of anna: nothing to recover' ||
		flunk "no recovery"
	# The first would have come long before.
	[ "$(grep -c 'nothing to recover' log)" -eq 1 ] ||
		flunk "$(grep recover log)"
	pop3d_stop
}

system_test by_hand "storaged -r, by root and by the user" 300
by_hand_body()
{
	pop3d_conf
	big_mbox 1000
	pop3d_start
	die_midway
	rm -f mail/anna.lock
	cp -p state/anna/journal journal
	cp -p mail/anna torn
	"$LIBEXEC"/storaged -r state/anna "$(pwd)/mail/anna" >out 2>&1 ||
		flunk "$(cat out)"
	grep -q 'recovered' out || flunk "$(cat out)"
	box_is kept || flunk torn
	[ "$(stat -c %U mail/anna)" = anna ] || flunk "$(ls -l mail)"
	"$LIBEXEC"/storaged -r state/anna "$(pwd)/mail/anna" >out 2>&1 ||
		flunk "$(cat out)"
	grep -q 'nothing to recover' out || flunk "$(cat out)"

	# Again, as the user.
	cat journal >state/anna/journal
	cat torn >mail/anna
	setpriv --reuid anna --regid anna --clear-groups \
	    "$LIBEXEC"/storaged -r state/anna "$(pwd)/mail/anna" >out 2>&1 ||
		flunk "$(cat out)"
	box_is kept || flunk torn

	# Not as somebody else, nor with anything missing.
	atf_check -s exit:1 -e match:'Permission denied' \
	    setpriv --reuid bert --regid bert --clear-groups \
	    "$LIBEXEC"/storaged -r state/anna "$(pwd)/mail/anna"
	atf_check -s exit:1 -e match:usage "$LIBEXEC"/storaged -r state/anna
}

system_test lost "a journal that does not fit is kept, and its mail" 300
lost_body()
{
	pop3d_conf
	# Nothing but the first goes: the second is moved by less than itself.
	{ new_mail; cat <<-'EOF'
	From b@y Tue Jan  6 10:00:00 2026
	Subject: second

	the text of the second, which is longer than the first

	EOF
	} >whole
	cp whole mail/anna
	own_mbox anna
	pop3d_start
	# Stopped by a limit on the size of what it writes to the mailbox.
	login_works anna || flunk "$(cat talk.out)"
	"$REGRESS/lib/journal.py" state/anna/journal mail/anna ||
		flunk "journal.py"
	# Another program rewrites the mailbox before the recovery.
	new_mail >mail/anna
	login_works anna || flunk "$(cat talk.out)"
	logged 'ALERT: .*mailbox of anna.*cannot be used: somebody else' ||
		flunk "no alert"
	logged 'ALERT: the journal of anna is kept as lost.*1 messages' ||
		flunk "no alert"
	grep -q 'text of the second' state/anna/lost.*.mbox ||
		flunk "$(ls state/anna)"
	new_mail | cmp - mail/anna || flunk "the mailbox was touched"
	journal_idle || flunk "no new journal"
	pop3d_stop
}

system_test vanished "RETR of what is gone: an error, the end, no commit"
vanished_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	cat >reader <<-EOF
	#!/bin/sh
	# A mail reader that removes the first message under its locks.
	cd $(pwd)
	sleep 0.1
	sed -n '/message 2/,\$p' mail/anna | sed \
	    '1i From sender@example.org Mon Jan  5 10:00:00 2026' >rest
	cat rest >mail/anna
	EOF
	chmod 755 reader
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 3
	S: \+OK.*
	RUN: ./reader
	C: RETR 1
	S: -ERR .*
	EOF
	cmp rest mail/anna || flunk "something was removed"
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	RUN: sed -i 's/message 2/massage 2/' mail/anna && chown anna mail/anna
	C: QUIT
	S: -ERR \[SYS/TEMP\] .*
	EOF
	grep -q 'massage 2' mail/anna || flunk "removed in doubt"
	login_works anna || flunk "$(cat talk.out)"
	pop3d_stop
}
