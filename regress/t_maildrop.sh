#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The mailbox as a session sees it, and as the session leaves it.

. "$(atf_get_srcdir)/lib/lib.sh"

# Odd messages.  Each is one well-formed entry of an mbox, except that the last
# has no line end.
corpus()
{
	python3 - mail/anna <<-'EOF'
	import sys
	from_ = b"From odd@example.org Mon Jan  5 10:00:00 2026\n"
	messages = [
	    b"Subject: NUL\n\na\0b\0\0c\n\0\n",
	    b"Subject: 8-bit \xe4\xf6\xfc\n\n" + bytes(range(128, 256)) + b"\n",
	    b"Subject: lone CR\n\na\rb\r\rc\n\r\rx\n",
	    b"Subject: CRLF\r\n\r\nall\r\nof it\r\n",
	    b"Subject: CRLF and LF\r\n\nmixed\r\nlines\n\r\nend\n",
	    b"Subject: dots\n\n.\n..\n...\n.x\n\n.\n",
	    b"Subject: only dots\n\n.\n",
	    b"\nno headers, only a body\n",
	    b"Subject: no body\n",
	    b"Subject: no body but the blank line\n\n",
	    b"no colon in here, no blank line\n",
	    b"Subject: long line\n\n" + b"x" * 1000000 + b"\n",
	    b"Subject: From_ inside\n\ntext\n>From me\nFrom me without blank\n",
	    b"Subject: many blank lines\n\n\n\n\n\n\n",
	    b"Subject: CR at the end\n\nabc\r",
	    b"Subject: empty-ish\n\n \n\t\n",
	    b"Subject: no final newline\n\nthe end",
	]
	with open(sys.argv[1], "wb") as f:
	    for i, m in enumerate(messages):
	        if i + 1 < len(messages):
	            m += b"\n" if m.endswith(b"\n") else b"\n\n"
	        f.write(from_ + m)
	EOF
	own_mbox anna
}

system_test sizes "STAT = LIST = octets of RETR for odd messages"
sizes_body()
{
	pop3d_conf
	corpus
	before=$(sha256sum <mail/anna)
	pop3d_start
	seen now
	[ "$(wc -l <now)" -eq 17 ] || flunk "$(wc -l <now) messages"
	"$POP3" wire mail/anna >expect
	cut -d ' ' -f 1-3 now >digests
	cmp digests expect || flunk "$(diff digests expect)"
	[ "$(sha256sum <mail/anna)" = "$before" ] ||
		flunk "the mailbox changed"
	pop3d_stop
}

system_test uidl_stable "UIDLs survive a restart, deletions and deliveries"
uidl_stable_body()
{
	pop3d_conf
	corpus
	pop3d_start
	seen first
	pop3d_stop
	pop3d_start
	seen second
	cmp first second || flunk "not the same after a restart"
	printf '\n\n' >>mail/anna	# ends the message
	deliver anna "one more"
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	C: DELE 9
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	seen third
	sed -e '1d;9d' first | cut -d ' ' -f 4 >want
	head -n 15 third | cut -d ' ' -f 4 >have
	cmp want have || flunk "$(diff want have)"
	[ "$(wc -l <third)" -eq 16 ] || flunk "$(wc -l <third) messages"
	pop3d_stop
}

system_test uidl_status "UIDLs do not change when a mail reader marks mail"
uidl_status_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	seen first
	sed -i 's/^Message-ID:.*/&\nStatus: RO\nX-UID: 77/' mail/anna
	own_mbox anna
	seen second
	cut -d ' ' -f 4 first >first.uidl
	cut -d ' ' -f 4 second >second.uidl
	cmp first.uidl second.uidl || flunk "they changed"
	pop3d_stop
}

system_test top "TOP: header, blank line and so many lines"
top_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: TOP 1 0
	M: \+OK.*
	L: From: sender@example.org
	L: To: anna@example.org
	L: Subject: message 1 for anna
	L: Message-ID: <anna\.1@example\.org>
	L:
	C: TOP 2 2
	M: \+OK.*
	L: From: .*
	L: To: .*
	L: Subject: message 2 for anna
	L: Message-ID: .*
	L:
	L: This is message 2\.
	L: \.
	C: TOP 4 0
	S: -ERR.*
	C: TOP 1
	S: -ERR.*
	C: TOP 1 -1
	S: -ERR.*
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
}

system_test arguments "invalid message numbers"
arguments_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	{
		cat <<-EOF
		S: \+OK.*
		LOGIN: anna
		EOF
		for v in RETR LIST UIDL DELE; do
			for n in 0 -1 4 1x 4294967297 18446744073709551617 \
			    "1 1" 0x1; do
				printf 'C: %s %s\nS: -ERR.*\n' $v "$n"
				# Never too many errors in a row.
				printf 'C: NOOP\nS: \\+OK.*\n'
			done
		done
		cat <<-EOF
		C: RETR
		S: -ERR.*
		C: DELE
		S: -ERR.*
		C: NONSENSE
		S: -ERR.*
		C: LAST
		S: -ERR.*
		C: retr 1
		M: \+OK.*
		C: STAT
		S: \+OK 3 [0-9]+
		C: QUIT
		S: \+OK.*
		EOF
	} >script
	pop3_talk -t "$TLSPORT" script
	pop3d_stop
}

system_test dele_rset "DELE hides, RSET brings back, STAT follows"
dele_rset_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 2
	S: \+OK.*
	C: STAT
	S: \+OK 2 [0-9]+
	C: LIST
	M: \+OK.*
	L: 1 [0-9]+
	L: 3 [0-9]+
	C: UIDL
	M: \+OK.*
	L: 1 [!-~]+
	L: 3 [!-~]+
	C: RETR 2
	S: -ERR.*
	C: LIST 2
	S: -ERR.*
	C: UIDL 2
	S: -ERR.*
	C: TOP 2 0
	S: -ERR.*
	C: DELE 2
	S: -ERR.*
	C: RSET
	S: \+OK.*
	C: STAT
	S: \+OK 3 [0-9]+
	C: RETR 2
	M: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	[ "$(grep -c '^From sender' mail/anna)" = 3 ] || flunk "mail is gone"
	pop3d_stop
}

# Delete 1 and 3, then what the argument says; nothing of this may be answered
# by an error.
delete_then()
{
	mkmbox anna
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	C: DELE 3
	S: \+OK.*
	$1
	EOF
}

system_test quit_eof "QUIT removes, hanging up does not"
quit_eof_body()
{
	pop3d_conf
	pop3d_start
	delete_then CLOSE
	soon no_session || flunk "the session stays"
	[ "$(grep -c '^From sender' mail/anna)" = 3 ] || flunk "mail is gone"
	delete_then 'RAW: QUIT\r\n'
	soon no_session || flunk "the session stays"
	[ "$(grep -c '^From sender' mail/anna)" = 1 ] ||
		flunk "QUIT and hanging up right after: not removed"
	grep -q 'Subject: message 2 for anna' mail/anna || flunk "wrong one"
	pop3d_stop
}

no_session()
{
	[ -z "$(pids_of_role session)" ]
}

system_test all_deleted "everything deleted: an empty file, not none"
all_deleted_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	RAW: DELE 1\r\nDELE 2\r\nDELE 3\r\nQUIT\r\n
	S: \+OK.*
	S: \+OK.*
	S: \+OK.*
	S: \+OK.*
	EOF
	[ -f mail/anna ] || flunk "the mailbox is gone"
	[ ! -s mail/anna ] || flunk "$(cat mail/anna)"
	[ "$(stat -c '%U %a' mail/anna)" = "anna 600" ] ||
		flunk "$(stat -c '%U %a' mail/anna)"
	seen out
	[ ! -s out ] || flunk "$(cat out)"
	pop3d_stop
}

system_test no_mailbox "no mailbox file: an empty maildrop"
no_mailbox_body()
{
	pop3d_conf
	pop3d_start
	seen out
	[ ! -s out ] || flunk "$(cat out)"
	pop3d_stop
}

system_test appended "mail that arrives during the session is kept"
appended_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	cat >agent <<-EOF
	#!/bin/sh
	cd $(pwd)
	printf '%s\n' "From agent@example.org Tue Jan  6 10:00:00 2026" \
	    "Subject: arrived" "" "arrived in between" "" |
	    flock mail/anna sh -c 'cat >>mail/anna'
	EOF
	chmod 755 agent
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	RUN: ./agent
	C: STAT
	S: \+OK 2 [0-9]+
	C: DELE 2
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	grep -q 'arrived in between' mail/anna || flunk "lost"
	[ "$(grep -c '^From ' mail/anna)" = 2 ] || flunk "$(cat mail/anna)"
	seen now
	"$POP3" wire mail/anna >expect
	cut -d ' ' -f 1-3 now | cmp - expect || flunk "wrong afterwards"
	pop3d_stop
}

system_test in_use "a second session gets [IN-USE], the word lock with it"
in_use_body()
{
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	cat >second <<-EOF
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	C: PASS $PASS_anna
	S: -ERR \[IN-USE\] .*[Ll]ock.*
	C: QUIT
	S: \+OK.*
	EOF
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	RUN: $POP3 -t talk $TLSPORT second
	RUN: $POP3 -t digest $TLSPORT bert '$PASS_bert'
	C: STAT
	S: \+OK 3 [0-9]+
	C: QUIT
	S: \+OK.*
	EOF
	login_works anna || flunk "still locked: $(cat talk.out)"
	pop3d_stop
}

system_test foreign_lock "somebody else's dotlock is respected"
foreign_lock_body()
{
	pop3d_conf "lock { dotlock fcntl } timeout 2"
	"$POP3D" -n -f pop3d.conf -L "$LIBEXEC" >out 2>&1 ||
		sed -i 's/^lock .*/lock { dotlock fcntl }/' pop3d.conf
	mkmbox anna
	pop3d_start
	# Our own process id: a holder that is alive.
	echo $$ >mail/anna.lock
	login_gets anna "$PASS_anna" '-ERR \[(IN-USE|SYS/TEMP)\] .*'
	[ -f mail/anna.lock ] || flunk "the lock was taken away"
	rm mail/anna.lock
	login_works || flunk "$(cat talk.out)"
	[ ! -e mail/anna.lock ] || flunk "our own lock stays"
	pop3d_stop
}

# The spool is root's: authd makes the dotlocks, and judges those of others.
system_test spool_lock "in the spool: stale dotlocks broken, others left"
spool_lock_body()
{
	pop3d_conf "lock { dotlock fcntl } timeout 1" "log verbose"
	mkmbox anna
	pop3d_start
	me=$(uname -n)
	sleep 60 &
	alive=$!
	sh -c : &
	dead=$!
	wait "$dead"
	for text in "$alive $me" "$dead" "$dead not-$me" ""; do
		echo "$text" >mail/anna.lock
		! login_works || flunk "'$text' was broken"
		[ "$(cat mail/anna.lock)" = "$text" ] || flunk "'$text' gone"
		touch mail/anna
	done
	kill "$alive"
	# Untouched for long, whichever program made it.
	touch -d '10 minutes ago' mail/anna.lock
	login_works || flunk "$(cat talk.out)"
	logged 'anna.lock: stale, removed: made by pid 0, uid 0' ||
		flunk "age: $(cat log)"
	touch mail/anna
	echo "$dead $me" >mail/anna.lock
	login_works || flunk "$(cat talk.out)"
	logged "anna.lock: stale, removed: made by pid $dead" ||
		flunk "pid: $(cat log)"
	[ ! -e mail/anna.lock ] || flunk "our own lock stays"
	# A link is nobody's lock, and is not followed.
	touch mail/anna
	echo "$dead $me" >elsewhere
	ln -s ../elsewhere mail/anna.lock
	touch -h -d '10 minutes ago' mail/anna.lock
	! login_works || flunk "a link was broken"
	[ -L mail/anna.lock ] || flunk "the link is gone"
	pop3d_stop
}

# anna.lock's mailbox would be anna's dotlock: root would delete it as stale.
system_test named_lock "a user whose mailbox would be another's dotlock"
named_lock_body()
{
	pop3d_conf "lock { dotlock fcntl } timeout 1"
	echo "anna.lock:$HASH_bert:5002:5002::/nonexistent::" >>users
	mkmbox anna
	mkmbox bert
	mv mail/bert mail/anna.lock
	touch -d '10 minutes ago' mail/anna.lock
	cp -p mail/anna.lock before
	pop3d_start
	login_gets anna.lock "$PASS_bert" '-ERR \[SYS/PERM\].*'
	logged 'login failed .*ends in .lock' || flunk "not logged why"
	# Short mail, an empty mailbox: still nobody's lock.
	for mail in before /dev/null; do
		cat "$mail" >mail/anna.lock
		touch -d '10 minutes ago' mail/anna.lock
		touch mail/anna
		! login_works || flunk "$mail: taken for a stale lock"
		cmp -s "$mail" mail/anna.lock || flunk "$mail: gone"
	done
	pop3d_stop
}

# biff(1) and mail readers see by the time of access whether mail is new.
system_test atime "reading mail leaves the time of access alone"
atime_body()
{
	mkdir mail
	mount -t tmpfs -o strictatime,mode=755 atime mail || flunk "no tmpfs"
	pop3d_conf
	mkmbox anna
	touch -a -d '2 days ago' mail/anna
	at=$(stat -c %X mail/anna)
	pop3d_start
	seen first
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	[ "$(stat -c %X mail/anna)" = "$at" ] || flunk "$(stat mail/anna)"
	pop3d_stop
}

# A mail reader on the same mailbox, in the middle of a session.
system_test status "header fields of mail readers change in mid-session"
status_body()
{
	pop3d_conf
	mkmbox anna
	sed -i 's/^Subject:/Status: O \n&/' mail/anna
	own_mbox anna
	pop3d_start
	sleep 1
	session_begin 'C: TOP 3 0
	M: \+OK.*
	C: UIDL
	M: \+OK.*
	C: RETR 3
	M: \+OK.*
	C: QUIT
	S: \+OK.*'
	sed 's/^Status: O $/Status: RO/' mail/anna >new
	cat new >mail/anna
	session_end
	# As an agent does it, in place; all that follows is moved.
	session_begin 'C: TOP 3 0
	M: \+OK.*
	C: UIDL
	M: \+OK.*
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: \+OK.*'
	sed 's/^Status: RO$/&\nX-UID: 17/' mail/anna >new
	cat new >mail/anna
	session_end
	[ "$(grep -c '^From sender' mail/anna)" -eq 2 ] ||
		flunk "$(cat mail/anna)"
	! grep -q 'message 1 for' mail/anna || flunk "another was removed"
	pop3d_stop
}

system_test taken_over "a foreign dotlock that replaced ours stays"
taken_over_body()
{
	pop3d_conf "lock { dotlock fcntl } session"
	mkmbox anna
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	RUN: rm mail/anna.lock && echo other >mail/anna.lock
	C: QUIT
	S: \+OK.*
	EOF
	logged 'anna.lock: not ours any more, uid 0' || flunk "$(cat log)"
	[ "$(cat mail/anna.lock)" = other ] || flunk "removed all the same"
	pop3d_stop
}

system_test pipelined "a burst is answered in order"
pipelined_body()
{
	pop3d_conf
	mkmbox anna 50
	pop3d_start
	{
		echo 'S: \+OK.*'
		printf 'RAW: USER anna\\r\\nPASS %s\\r\\n' "$PASS_anna"
		i=1
		while [ $i -le 50 ]; do
			printf 'RETR %d\\r\\nLIST %d\\r\\n' $i $i
			i=$((i + 1))
		done
		printf 'QUIT\\r\\n\n'
		echo 'S: \+OK.*'
		echo 'S: \+OK.*'
		i=1
		while [ $i -le 50 ]; do
			echo 'M: \+OK.*'
			echo 'L: From: .*'
			echo 'L: To: .*'
			echo "L: Subject: message $i for anna"
			echo "S: \+OK $i [0-9]+"
			i=$((i + 1))
		done
		echo 'S: \+OK.*'
		echo EOF
	} >script
	pop3_talk "$CLEARPORT" script
	pop3_talk -t "$TLSPORT" script
	pop3d_stop
}

# retr N: print a step of a script, with the message that must come.
retr()
{
	echo "C: RETR $1"
	echo 'M: \+OK [0-9]+ octets'
	echo 'L: From: .*'
	echo 'L: To: .*'
	echo "L: Subject: message $1 for anna"
}

system_test ahead "prefetched messages match the requests"
ahead_body()
{
	pop3d_conf
	mkmbox anna 300
	{
		echo 'S: \+OK.*'
		echo 'C: USER anna'
		echo 'S: \+OK.*'
		echo "C: PASS $PASS_anna"
		echo 'S: \+OK.*'
		# In order; then messages that came ahead are deleted, passed
		# over, asked for again.
		for i in 1 2 3 4 5; do retr $i; done
		for i in 6 8; do
			echo "C: DELE $i"
			echo 'S: \+OK.*'
			echo "C: RETR $i"
			echo 'S: -ERR.*'
		done
		for i in 7 9 10 3 4 5 5 299 300; do retr $i; done
		echo 'C: RETR 301'
		echo 'S: -ERR.*'
		echo 'C: RSET'
		echo 'S: \+OK.*'
		for i in $(seq 1 300); do
			retr "$i"
			[ $((i % 7)) -ne 0 ] || {
				echo "C: DELE $i"
				echo 'S: \+OK.*'
			}
		done
		echo 'C: STAT'
		echo 'S: \+OK 258 [0-9]+'
		echo 'C: QUIT'
		echo 'S: \+OK.*'
	} >script
	pop3d_start
	pop3_talk -t "$TLSPORT" script
	logged 'session end .*retrieved=314 deleted=42 ' ||
		flunk "the log counts otherwise"
	[ "$(grep -c '^From sender' mail/anna)" = 258 ] || flunk "mail is left"
	pop3d_stop
}
