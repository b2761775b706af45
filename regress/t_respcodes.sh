#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Replies to clients that cannot be served: the codes of RFC 2449 and 3206
# separate a wrong password from a server in trouble.

. "$(atf_get_srcdir)/lib/lib.sh"

# refused USER PASSWORD REGEX: that is the answer to PASS.
refused()
{
	login_gets "$1" "$2" "-ERR $3"
}

CRED='\[AUTH\] wrong user name or password'

system_test credentials "[AUTH] for a wrong password and an unknown user"
credentials_body()
{
	pop3d_conf
	pop3d_start
	refused anna wrong "$CRED"
	refused nobodysuch "$PASS_anna" "$CRED"
	refused 'two words' "$PASS_anna" "$CRED"
	refused ../anna "$PASS_anna" "$CRED"
	refused "$(printf '%0200d' 0)" "$PASS_anna" "$CRED"
	pop3d_stop
}

system_test closed "[AUTH] for a closed account, if the password is right"
closed_body()
{
	pop3d_conf
	for s in noaccess nopop disabled deleted; do
		echo "$s:$HASH_bert:5002:5002::/nonexistent::status=$s"
	done >>users
	pop3d_start
	for s in noaccess nopop disabled deleted; do
		refused $s "$PASS_bert" '\[AUTH\] account is closed'
		refused $s wrong "$CRED"
	done
	pop3d_stop
}

system_test forbidden "[SYS/PERM] for a user that must not be served"
forbidden_body()
{
	pop3d_conf
	for id in 500:5001 70000:5001 5001:70000; do
		echo "u$(echo $id | tr : -):$HASH_bert:$id::/nonexistent::"
	done >>users
	pop3d_start
	for u in u500-5001 u70000-5001 u5001-70000; do
		refused $u "$PASS_bert" '\[SYS/PERM\] no mail service.*'
		refused $u wrong "$CRED"
	done
	pop3d_stop
}

# The file here with the user's name is not their mail; they must not believe
# there is none.
system_test elsewhere "[SYS/PERM] for a mailbox on another server"
elsewhere_body()
{
	pop3d_conf 'hostname mx1.example.org' \
	    'cluster-hosts { mail.example.org }'
	for h in MX1.example.org Mail.Example.Org mx2.example.org mx1 \
	    "$(hostname)"; do
		n=$((${n-0} + 1))
		echo "u$n:$HASH_bert:5002:5002::/nonexistent::host=$h"
	done >>users
	mkmbox bert
	for u in u1 u2 u3; do
		cp -p mail/bert mail/$u
	done
	pop3d_start
	for u in u1 u2; do
		"$POP3" -t check "$TLSPORT" $u "$PASS_bert" >out 2>&1 ||
			flunk "$u: $(cat out log)"
	done
	for u in u3 u4 u5; do
		refused $u "$PASS_bert" '\[SYS/PERM\] .* another server'
		refused $u wrong "$CRED"
	done
	logged 'user="u3" .* code=elsewhere reason=.*: mx2.example.org"' ||
		flunk "not logged"
	[ -s mail/u3 ] || flunk "touched"
	[ ! -e state/u3 ] || flunk "a state directory for u3"
	pop3d_stop
}

system_test quota "a user's quota is reported at login"
quota_body()
{
	pop3d_conf
	sed -i '/^anna:/s/:$/:quota=5M,messages=70/; /^bert:/s/:$/:quota=0/' \
	    users
	for u in anna bert cleo; do
		mkmbox $u
	done
	pop3d_start
	for u in anna bert cleo; do
		login_works $u || flunk "$(cat talk.out)"
	done
	logged 'ok user="anna" .* quota=5242880 quota-messages=70$' &&
	    logged 'ok user="bert" .* quota=0 quota-messages=-$' &&
	    logged 'ok user="cleo" .* quota=- quota-messages=-$' ||
		flunk "not logged"
	pop3d_stop
}

system_test broken_backend "[SYS/TEMP] when a password cannot be checked"
broken_backend_body()
{
	AUTH="auth file \"$(pwd)/users\" { workers 1 deadline 1 }"
	pop3d_conf
	mkmbox anna
	pop3d_start
	kill -STOP "$(pids_of_role auth_file)"
	refused anna "$PASS_anna" '\[SYS/TEMP\] cannot check the password now'
	login_works || flunk "$(cat talk.out)"
	pop3d_stop
}

system_test per_user "[IN-USE] when a user has too many sessions"
per_user_body()
{
	pop3d_conf "limit per-user 1"
	mkmbox anna
	mkmbox bert
	pop3d_start
	cat >second <<-EOF
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	C: PASS $PASS_anna
	S: -ERR \[IN-USE\] .*[Ll]ock.*
	C: USER anna
	S: \+OK.*
	C: PASS wrong
	S: -ERR $CRED
	LOGIN: bert
	C: QUIT
	S: \+OK.*
	EOF
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	RUN: $POP3 talk $CLEARPORT second
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
}

# Passwords that are tried by others are not sessions of the user's.
system_test guesses "guessing a password does not lock its owner out"
guesses_body()
{
	pop3d_conf "limit per-user 1"
	mkmbox anna
	pop3d_start
	cat >guess.py <<-'EOF'
	import os, socket, sys
	sys.path.insert(0, sys.argv[1])
	import pop3
	for i in range(3):
	    socks = []
	    for j in range(20):
	        s = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
	        s.sendall(b"USER anna\r\nPASS wrong\r\n" * 3)
	        socks.append(s)
	    c = pop3.login((), sys.argv[2], "anna", os.environ["PASS_anna"])
	    c.cmd("QUIT")
	    for s in socks:
	        while s.recv(4096):
	            pass
	EOF
	python3 guess.py "$REGRESS/lib" "$CLEARPORT" >out 2>&1 || flunk "$(cat out)"
	pop3d_stop
}

system_test busy "[SYS/TEMP] when too many logins wait"
busy_body()
{
	AUTH="auth mute { workers 1 deadline 20 }"
	pop3d_conf "engines 1" "limit per-address 0"
	own_libexec
	awk '/^\tX\(/ { n++; sub(/^\tX\(/, ""); sub(/,.*/, "");
	    print "s/@" $0 "@/" n "/" }' "$REGRESS/../common/proto.h" >numbers
	sed -f numbers "$REGRESS/lib/fakebackend.py" >libexec/auth_mute
	chmod 755 libexec/auth_mute
	pop3d_start
	# 1 with the worker, 1024 of the engine that wait, one too many.
	pop3_python "$CLEARPORT" <<-'EOF'
	import selectors
	sel = selectors.DefaultSelector()
	for i in range(1030):
	    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	    s.sendall(b"USER u%d\r\nPASS x\r\n" % i)
	    sel.register(s, selectors.EVENT_READ, [b""])
	# Refused requests are answered at once; the others wait.
	end = time.monotonic() + 60
	while time.monotonic() < end:
	    for key, _ in sel.select(1):
	        key.data[0] += key.fileobj.recv(4096)
	        lines = key.data[0].split(b"\r\n")
	        if len(lines) == 4:
	            print(lines[2].decode())
	            sys.exit(0)
	raise Failed("nobody was refused")
	EOF
	grep -q -e '^-ERR \[SYS/TEMP\] too many logins now' python.out ||
		flunk "$(cat python.out)"
	pop3d_stop
}

system_test in_use "[IN-USE] while an agent delivers"
in_use_body()
{
	pop3d_conf "lock { dotlock fcntl } timeout 1"
	mkmbox anna
	pop3d_start
	echo $$ >mail/anna.lock
	refused anna "$PASS_anna" '\[IN-USE\] .*lock.*'
	rm mail/anna.lock
	login_works || flunk "$(cat talk.out)"
	pop3d_stop
}

system_test no_spool "[SYS/TEMP] when the spool is not there"
no_spool_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	mv mail mail.away
	refused anna "$PASS_anna" '\[SYS/TEMP\] mailbox cannot be opened now'
	mv mail.away mail
	login_works || flunk "$(cat talk.out)"
	pop3d_stop
}

system_test too_large "[SYS/PERM] for a mailbox that is too large"
too_large_body()
{
	pop3d_conf "limit { mailbox-size 10K messages 5 }"
	mkmbox anna 6
	mkmbox bert 5
	pop3d_start
	refused anna "$PASS_anna" '\[SYS/PERM\] mailbox refused.*'
	mkmbox anna 5
	login_works || flunk "$(cat talk.out)"
	head -c 11000 /dev/zero | tr '\0' x >>mail/anna
	refused anna "$PASS_anna" '\[SYS/PERM\] mailbox refused.*'
	pop3d_stop
}

# changed COMMAND REGEX: after the mailbox was written anew.
changed()
{
	mkmbox anna
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	RUN: printf 'From x Mon Jan  5 10:00:00 2026\n\nother\n' >mail/anna
	C: $1
	S: -ERR \[SYS/TEMP\] $2
	EOF
	[ "$(wc -l <mail/anna)" = 3 ] || flunk "touched: $(cat mail/anna)"
}

system_test changed "[SYS/TEMP] when the mailbox was rewritten meanwhile"
changed_body()
{
	pop3d_conf
	pop3d_start
	changed "RETR 2" "mailbox has changed"
	changed "TOP 3 1" "mailbox has changed"
	changed "QUIT" "some deleted messages not removed"
	pop3d_stop
}

system_test numbers "no code for a message that is not there"
numbers_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: RETR 4
	S: -ERR no such message
	C: DELE 3
	S: \+OK.*
	C: DELE 3
	S: -ERR that message is marked as deleted
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
}
