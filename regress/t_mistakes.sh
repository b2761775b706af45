#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Mistakes that are easily made, as found in an older daemon of the same shape,
# snimmagadda's pop3d.  One case for each that is visible from outside.
# (Elsewhere: root does not wait for a hash, t_backend:others_wait_not; only
# storaged holds the mailbox, t_procs:descriptors; uids, t_procs:users.)

. "$(atf_get_srcdir)/lib/lib.sh"

# unharmed: authd and engine are the same as before, and serve.
before()
{
	pop3d_start
	main=$(cat pid)
	engine=$(pids_of_role engine)
}

unharmed()
{
	kill -0 "$main" || flunk "authd is gone: $(cat log)"
	[ "$(pids_of_role engine)" = "$engine" ] ||
		flunk "the engine is another one: $(cat log)"
	soon login_works bert || flunk "bert: $(cat talk.out log)"
}

system_test gone_client "an answer for a session that has gone"
gone_client_body()
{
	pop3d_conf
	mkmbox anna
	mkmbox bert
	before
	cat >gone.py <<-'EOF'
	import socket, sys, time
	for i in range(100):
	    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	    s.recv(100)
	    password = sys.argv[2 + i % 2].encode()
	    s.sendall(b"USER anna\r\nPASS %s\r\n" % password)
	    time.sleep(i % 10 / 1000)
	    s.close()
	EOF
	python3 gone.py "$CLEARPORT" "$PASS_anna" wrong || flunk gone.py
	unharmed
	soon login_works anna || flunk "anna is locked out: $(cat talk.out)"
	pop3d_stop
}

system_test bad_mbox "one user's bad mailbox ends nobody else's service"
bad_mbox_body()
{
	pop3d_conf
	mkmbox bert
	before
	echo "this is no mbox" >mail/anna
	own_mbox anna
	for i in 1 2 3 4 5 6 7 8 9 10; do
		pop3_talk "$CLEARPORT" <<-EOF
		S: \+OK.*
		C: USER anna
		S: \+OK.*
		C: PASS $PASS_anna
		S: -ERR \[SYS/PERM\].*
		EOF
	done
	unharmed
	pop3d_stop
}

system_test all_die "several sessions die in the same moment"
all_die_body()
{
	pop3d_conf
	for u in anna bert cleo; do
		mkmbox $u
	done
	before
	cat >three.py <<-'EOF'
	import os, poplib, sys, time
	port, users = int(sys.argv[1]), sys.argv[2:]
	held = []
	while users:
	    p = poplib.POP3("127.0.0.1", port)
	    p.user(users.pop(0))
	    p.pass_(users.pop(0))
	    held.append(p)
	open("ready", "w").close()
	while not os.path.exists("done"):
	    time.sleep(0.05)
	EOF
	python3 three.py "$CLEARPORT" anna "$PASS_anna" bert "$PASS_bert" \
	    cleo "$PASS_cleo" >out 2>&1 &
	three=$!
	soon test -e ready || flunk "$(cat out)"
	pids=$(pids_of_role session)
	[ "$(echo "$pids" | wc -l)" = 3 ] || flunk "not three: $pids"
	# shellcheck disable=SC2086
	kill -KILL $pids
	unharmed
	touch "done"
	wait $three || flunk "$(cat out)"
	for u in anna bert cleo; do
		soon login_works $u || flunk "$u: $(cat talk.out)"
	done
	! ps -ef | awk -v s="$(pids_of_role spawner)" '$3 == s' |
	    grep -q defunct ||
		flunk "zombies: $(ps -ef)"
	pop3d_stop
}

system_test odd_credentials "NUL, control characters, any length, user:style"
odd_credentials_body()
{
	pop3d_conf
	mkmbox bert
	before
	long=$(printf '%0240d' 0)
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	RAW: USER an\x00na\r\n
	S: -ERR.*
	RAW: USER anna\r\nPASS corr\x00ect\r\n
	S: \+OK.*
	S: -ERR.*
	C: NOOP
	S: -ERR.*
	C: USER
	S: -ERR.*
	C: QUIT
	S: \+OK.*
	EOF
	for u in "anna:passwd" "anna:$PASS_anna" "$long" '%s%n' ; do
		pop3_talk "$CLEARPORT" <<-EOF
		S: \+OK.*
		C: USER $u
		S: (\+OK|-ERR).*
		C: PASS $PASS_anna
		S: -ERR.*
		C: QUIT
		S: \+OK.*
		EOF
	done
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	C: PASS $long
	S: -ERR \[AUTH\].*
	C: USER anna
	S: \+OK.*
	RAW: PASS
	RAW: \x20\r\n
	S: -ERR.*
	C: QUIT
	S: \+OK.*
	EOF
	unharmed
	pop3d_stop
}

system_test long_password "passwords and names of more than 40 octets"
long_password_body()
{
	name=a.name.of.well.over.forty.octets.in.the.file
	AUTH="auth file \"$(pwd)/users\"
auth passwd"
	pop3d_conf
	sed -i "s/^cleo:/$name:/" users
	mkmbox cleo
	cp mail/cleo "mail/$name"
	chown cleo:cleo "mail/$name"
	pop3d_start
	for u in cleo "$name"; do
		"$POP3" -t check "$TLSPORT" "$u" "$PASS_cleo" >out ||
			flunk "$u: $(cat log)"
		[ "$(wc -l <out)" = 3 ] || flunk "$u: $(cat out)"
		# The first 40 octets are not the password.
		pop3_talk "$CLEARPORT" <<-EOF
		S: \+OK.*
		C: USER $u
		S: \+OK.*
		C: PASS $(echo "$PASS_cleo" | cut -c 1-40)
		S: -ERR \[AUTH\].*
		EOF
	done
	pop3d_stop
}

system_test memory_secrets "no password stays in memory"
memory_secrets_body()
{
	pop3d_conf
	mkmbox cleo
	pop3d_start
	login_works cleo || flunk "$(cat talk.out)"
	login_works cleo || flunk "$(cat talk.out)"
	# Look at once: later lines must not hide it.
	# shellcheck disable=SC2046
	"$REGRESS/lib/memscan.py" -s "${PASS_cleo#a }" $(tree "$(cat pid)") \
	    >found 2>&1 || flunk "$(cat found)"
	[ ! -s found ] || flunk "$(cat found)" "$(ps -ef)"
	pop3d_stop
}

system_test big_message "a big message does not sit in the engine's memory"
big_message_body()
{
	pop3d_conf
	{
		echo "From big@example.org Mon Jan  5 10:00:00 2026"
		echo "Subject: big"
		echo
		head -c 40000000 /dev/zero | tr '\0' x | fold -w 76
		echo
	} >mail/anna
	own_mbox anna
	pop3d_start
	cat >slow <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: RETR 1
	S: \+OK.*
	$HOLD
	EOF
	"$POP3" -t talk "$TLSPORT" slow >out 2>&1 &
	slow=$!
	soon test -e ready || flunk "$(cat out)"
	sleep 2
	for p in $(pids_of_role engine) $(pids_of_role session); do
		rss=$(status "$p" VmRSS)
		[ "${rss% kB}" -lt 30000 ] || flunk "$(ps -fp "$p"): $rss"
	done
	touch "done"
	wait $slow || flunk "$(cat out)"
	soon login_works anna || flunk "$(cat talk.out)"
	pop3d_stop
}

system_test no_temp_files "nothing is left in /tmp or beside the mailbox"
no_temp_files_body()
{
	pop3d_conf
	mkmbox anna 20
	pop3d_start
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	RUN: ls -A mail /tmp >during
	C: DELE 3
	S: \+OK.*
	C: DELE 12
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	[ "$(ls -A mail)" = anna ] || flunk "$(ls -lA mail)"
	find /tmp /var/tmp /dev/shm -maxdepth 1 \( -user anna -o -user _pop3d \
	    -o -user _pop3auth -o -user _pop3key -o -user _pop3stor \) -newer server.crt \
	    >files 2>/dev/null
	[ ! -s files ] || flunk "$(cat files)"
	[ -z "$(ls -A empty)" ] || flunk "in the chroot: $(ls -A empty)"
	pop3d_stop
}

system_test same_message "identical messages have different UIDLs"
same_message_body()
{
	pop3d_conf
	for i in 1 2 3 4 5; do
		printf '%s\n' 'From x Mon Jan  5 10:00:00 2026' \
		    'Subject: same' '' 'body' ''
	done >mail/anna
	own_mbox anna
	pop3d_start
	"$POP3" check "$CLEARPORT" anna "$PASS_anna" >first || flunk first
	"$POP3" check "$CLEARPORT" anna "$PASS_anna" >second || flunk second
	[ "$(cut -d ' ' -f 4 first | sort -u | wc -l)" = 5 ] ||
		flunk "$(cat first)"
	cmp first second || flunk "not the same twice"
	pop3d_stop
}

system_test stls_injection "what comes with STLS in the clear is not obeyed"
stls_injection_body()
{
	pop3d_conf
	mkmbox anna
	mkmbox bert
	before
	# The server hangs up, or at least answers nothing of it.
	for tail in 'NOOP\r\n' 'USER anna\r\n' 'CAPA\r\nQUIT\r\n' 'x'; do
		cat >script <<-EOF
		S: \+OK.*
		RAW: STLS\r\n$tail
		S: \+OK.*
		TLS
		C: USER anna
		S: .*
		EOF
		"$POP3" talk "$PORT" script >out 2>&1 &&
			flunk "$tail: the connection goes on"
		! grep -q 'octets before' out ||
			flunk "$tail was answered: $(cat out)"
	done
	unharmed
	pop3d_stop
}

system_test double_dele "DELE twice: -ERR, and the lists do not end early"
double_dele_body()
{
	pop3d_conf
	mkmbox anna 4
	pop3d_start
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 2
	S: \+OK.*
	C: DELE 2
	S: -ERR .*
	C: LIST
	M: \+OK.*
	L: 1 .*
	L: 3 .*
	L: 4 .*
	C: UIDL
	M: \+OK.*
	L: 1 .*
	L: 3 .*
	L: 4 .*
	C: RSET
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
}

system_test from_line "From_ without a blank line before does not split"
from_line_body()
{
	pop3d_conf
	cat >mail/anna <<-'EOF'
	From x@example.org Mon Jan  5 10:00:00 2026
	Subject: one

	Dear you,
	From here on it is one message.
	From x@example.org Mon Jan  5 10:00:00 2026
	this is text as well

	From x@example.org Mon Jan  5 10:00:00 2026
	Subject: two

	text
	EOF
	own_mbox anna
	pop3d_start
	"$POP3" check "$CLEARPORT" anna "$PASS_anna" >seen || flunk seen
	"$POP3" wire mail/anna >expect
	cut -d ' ' -f 1-3 seen | cmp - expect || flunk "$(cat seen expect)"
	[ "$(wc -l <seen)" = 2 ] || flunk "$(cat seen)"
	pop3d_stop
}

system_test delivery "mail that comes while others are deleted is not lost"
delivery_body()
{
	pop3d_conf
	mkmbox anna 200
	pop3d_start
	cat >agent.py <<-'EOF'
	# Delivers as Debian's agents do: dotlock, fcntl lock, append.
	import fcntl, os, sys, time
	path, count = sys.argv[1], int(sys.argv[2])
	for i in range(count):
	    while True:
	        try:
	            os.close(os.open(path + ".lock", os.O_CREAT | os.O_EXCL))
	            break
	        except FileExistsError:
	            time.sleep(0.01)
	    with open(path, "ab") as f:
	        fcntl.lockf(f, fcntl.LOCK_EX)
	        f.write(b"From agent Tue Jan  6 10:00:00 2026\n"
	                b"Subject: delivered %d\n\nbody\n\n" % i)
	        f.flush()
	        fcntl.lockf(f, fcntl.LOCK_UN)
	    os.unlink(path + ".lock")
	    time.sleep(0.02)
	EOF
	cat >reader.py <<-'EOF'
	# Session after session deletes the first of what is there.
	import poplib, sys, time
	for i in range(20):
	    p = poplib.POP3("127.0.0.1", int(sys.argv[1]))
	    p.user("anna")
	    p.pass_(sys.argv[2])
	    for n in range(1, 11):
	        assert b"delivered" not in b"".join(p.top(n, 0)[1])
	        p.dele(n)
	    p.quit()
	EOF
	python3 agent.py mail/anna 100 >agent.out 2>&1 &
	agent=$!
	python3 reader.py "$CLEARPORT" "$PASS_anna" >out 2>&1 ||
		flunk "$(cat out log)"
	wait $agent || flunk "$(cat agent.out)"
	grep -c 'Subject: delivered' mail/anna >count
	[ "$(cat count)" = 100 ] || flunk "$(cat count) of 100"
	! grep -q 'Subject: message' mail/anna || flunk "deleted ones stay"
	"$POP3" check "$CLEARPORT" anna "$PASS_anna" >seen || flunk seen
	[ "$(wc -l <seen)" = 100 ] || flunk "$(wc -l <seen) messages"
	pop3d_stop
}

system_test mail_sent_raw "nothing of the mail is read as a reply"
mail_sent_raw_body()
{
	pop3d_conf
	printf '%s\n' 'From x Mon Jan  5 10:00:00 2026' 'Subject: trick' '' \
	    '.' '+OK forged' '-ERR forged' '.' '' >mail/anna
	printf 'bare\r.\r+OK\r\n.\r\nend\n' >>mail/anna
	own_mbox anna
	pop3d_start
	"$POP3" check "$CLEARPORT" anna "$PASS_anna" >seen || flunk seen
	"$POP3" wire mail/anna >expect
	cut -d ' ' -f 1-3 seen | cmp - expect || flunk "$(cat seen expect)"
	pop3d_stop
}
