#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The network around the daemon: addresses, neighbours, dead clients.

. "$(atf_get_srcdir)/lib/lib.sh"

# with_hosts: make ./hosted, which runs a command in its own mount namespace,
# where the name "both" has an IPv4 address of this host and an IPv6 address of
# another, and "neither" has two of others.  The command keeps its process id.
with_hosts()
{
	cat >hosts <<-EOF
	127.0.0.1 localhost
	127.0.0.1 both
	2001:db8::99 both
	192.0.2.99 neither
	2001:db8::99 neither
	EOF
	chmod 644 hosts
	cat >mounted <<-EOF
	#!/bin/sh
	mount --bind "$(pwd)/hosts" /etc/hosts
	exec "\$@"
	EOF
	cat >hosted <<-EOF
	#!/bin/sh
	exec unshare -m --propagation private "$(pwd)/mounted" "\$@"
	EOF
	chmod 755 hosted mounted
}

# check_n STATUS REGEX [COMMAND ...]: pop3d -n exits with STATUS, prints REGEX.
check_n()
{
	_want=$1 _re=$2
	shift 2
	timeout 60 "$@" "$POP3D" -n -f "$(pwd)/pop3d.conf" -L "$LIBEXEC" \
	    >out 2>&1
	_rc=$?
	[ $_rc -eq "$_want" ] || flunk "-n: exit $_rc, not $_want: $(cat out)"
	grep -Eq -e "$_re" out || flunk "-n: wanted $_re: $(cat out)"
}

system_test absent "addresses of a name that this host lacks are left out"
absent_body()
{
	pop3d_conf "listen on both port $((PORT + 3)) plaintext"
	line=$(wc -l <pop3d.conf)
	with_hosts
	check_n 0 "pop3d\.conf:$line: .*2001:db8::99.*left out" ./hosted
	grep -q 'configuration OK' out || flunk "$(cat out)"
	real=$POP3D
	cat >as_hosted <<-EOF
	#!/bin/sh
	exec "$(pwd)/hosted" "$real" "\$@"
	EOF
	chmod 755 as_hosted
	POP3D=$(pwd)/as_hosted
	pop3d_start
	logged "pop3d\.conf:$line: .*2001:db8::99.*left out" ||
		flunk "$(cat log)"
	pop3_talk "$((PORT + 3))" <<-'EOF'
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
	# None is left: that is an error.
	sed -i "$line"s/both/neither/ pop3d.conf
	for mode in -n -d; do
		timeout 20 "$POP3D" $mode -f "$(pwd)/pop3d.conf" \
		    -L "$LIBEXEC" >out 2>&1
		rc=$?
		[ $rc -eq 1 ] || flunk "$mode: exit $rc: $(cat out)"
		grep -q "pop3d\.conf:$line: .*does not have that address" \
		    out || flunk "$mode: $(cat out)"
	done
}

system_test check_addresses "pop3d -n tries every address"
check_addresses_body()
{
	pop3d_conf
	check_n 0 'configuration OK'
	# Its own daemon is no stranger, nor is it disturbed.
	pop3d_start
	check_n 0 'configuration OK'
	login_works || flunk "after -n: $(cat talk.out)"
	pop3d_stop
	python3 -c '
import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(5)
open("held", "w")
time.sleep(600)' "$TLSPORT" &
	holder=$!
	soon test -e held || flunk "no holder"
	check_n 1 "127\.0\.0\.1 port $TLSPORT: Address already in use; .*:$TLSPORT shows"
	! grep -q 'configuration OK' out || flunk "$(cat out)"
	kill "$holder"
	wait "$holder"
	check_n 0 'configuration OK'
	# An ordinary user gets a warning for what only root can try.
	pop3d_conf "listen on 127.0.0.1 port 111 plaintext"
	chown anna users server.key
	check_n 0 'port 111: not tried, which takes root' \
	    setpriv --reuid anna --regid anna --clear-groups
}

system_test names "blanks round a name; PASS only right after USER"
names_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	for name in 'anna ' ' anna' 'anna\t' '\tanna'; do
		pop3_talk "$CLEARPORT" <<-EOF
		S: \\+OK.*
		RAW: USER $name\\r\\n
		S: \\+OK.*
		C: PASS $PASS_anna
		S: \\+OK.*
		C: QUIT
		S: \\+OK.*
		EOF
	done
	# Any command in between forgets the name, and so does a wrong password.
	pop3_talk "$CLEARPORT" <<-EOF
	S: \\+OK.*
	C: USER anna
	S: \\+OK.*
	C: CAPA
	M: \\+OK.*
	C: PASS $PASS_anna
	S: -ERR USER first
	C: USER anna
	S: \\+OK.*
	C: NONSENSE
	S: -ERR.*
	C: PASS $PASS_anna
	S: -ERR USER first
	C: USER anna
	S: \\+OK.*
	C: PASS wrong
	S: -ERR \\[AUTH\\].*
	C: PASS $PASS_anna
	S: -ERR USER first
	C: USER anna
	S: \\+OK.*
	C: PASS $PASS_anna
	S: \\+OK.*
	C: QUIT
	S: \\+OK.*
	EOF
	pop3d_stop
}

system_test foreign "other protocols are closed at once, not obeyed"
foreign_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	pop3_python "$CLEARPORT" "$TLSPORT" <<-'EOF'
	login = "USER anna\r\nPASS %s\r\nDELE 1\r\nQUIT\r\n" % \
	    os.environ["PASS_anna"]
	post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n"
	for first in post, "GET /" + "a" * 70000 + " HTTP/1.1\r\n", \
	        "OPTIONS * HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\n", \
	        "SSH-2.0-OpenSSH_9.2\r\n", "\x16\x03\x01", "\x16":
	    for tls in 0, 1:
	        c = Client(int(sys.argv[1 + tls]))
	        if tls:
	            c.tls()
	        c.reply()
	        try:
	            c.send((first + login).encode("latin-1"))
	        except OSError:
	            pass
	        line = c.reply()
	        assert line.startswith(b"-ERR this is POP3, not "), line
	        c.eof()
	# One octet is enough: its sender waits for an answer.
	c = Client(int(sys.argv[1]))
	c.reply()
	c.send(b"\x16")
	assert c.reply() == b"-ERR this is POP3, not TLS"
	c.eof()
	EOF
	unlogged 'login ' || flunk "somebody has logged in: $(cat log)"
	logged 'rip=127.0.0.1: HTTP, not POP3; closed' || flunk "$(cat log)"
	[ "$(grep -c '^From sender' mail/anna)" = 3 ] || flunk "mail is gone"
	pop3d_stop
}

# The processes that hold or make sessions, and all that serve them.
everybody()
{
	for r in authd engine keyd auth_file spawner session; do
		pids_of_role $r
	done
}

system_test signals "signals of neighbours' tools end nothing"
signals_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin
	everybody >before
	[ "$(wc -l <before)" -ge 6 ] || flunk "$(cat before)"
	for s in HUP USR1 USR2 ALRM QUIT PIPE WINCH VTALRM PROF IO PWR XFSZ \
	    URG 34 50 64; do
		# shellcheck disable=SC2046
		kill -$s $(cat before) || flunk "$s: somebody has ended"
		# To the master that one is a reload.
		[ $s = HUP ] || kill -$s "$(cat master)" ||
			flunk "$s: the master has ended"
	done
	everybody >after
	cmp before after || flunk "before $(cat before) after $(cat after)"
	session_end
	login_works bert || flunk "$(cat talk.out)"
	unlogged 'reloaded' || flunk "$(cat log)"
	unlogged 'killed by signal' || flunk "$(cat log)"
	pop3d_stop
}

system_test flood "lines that strangers cause are bounded for each address"
flood_body()
{
	for a in 198.51.100.3 198.51.100.4; do
		ip addr add $a/32 dev lo 2>/dev/null || :
	done
	pop3d_conf "engines 1"
	pop3d_start
	pop3_python "$CLEARPORT" <<-'EOF'
	def connect(source):
	    c = Client.__new__(Client)
	    c.sock = socket.create_connection(
	        ("127.0.0.1", int(sys.argv[1])), 60, (source, 0))
	    c.buf = b""
	    c.reply()
	    return c
	for i in range(60):
	    c = connect("198.51.100.3")
	    c.send(b"USER anna\r\nPASS \xff\r\nGET / HTTP/1.0\r\n")
	    c.reply()
	    c.reply()
	    c.reply()
	    c.eof()
	c = connect("198.51.100.4")
	c.send(b"USER anna\r\nPASS \xff\r\n")
	c.reply()
	c.reply()
	EOF
	for re in 'login failed.*rip=198.51.100.3' 'rip=198.51.100.3: HTTP'; do
		n=$(grep -c "$re" log)
		[ "$n" -eq 20 ] || flunk "$re: $n lines"
	done
	[ "$(grep -c 'login failed.*rip=198.51.100.4' log)" = 1 ] ||
		flunk "another address is not heard"
	i=0
	until [ "$(grep -c '40 more such lines about rip=198.51.100.3' log)" \
	    = 2 ]; do
		i=$((i + 1))
		[ $i -lt 1000 ] || flunk "nobody says how many: $(cat log)"
		sleep 0.1
	done
	pop3d_stop
}

# cut_off: make a network behind a cable, with the process $away; 192.0.2.1 is
# this end.
cut_off()
{
	unshare -n sleep 600 &
	away=$!
	soon other_net || flunk "no network"
	ip link add cable0 type veth peer name cable1 netns "$away" ||
		flunk "no veth"
	ip addr add 192.0.2.1/24 dev cable0
	ip link set cable0 up
	nsenter -t "$away" -n ip addr add 192.0.2.2/24 dev cable1
	nsenter -t "$away" -n ip link set cable1 up
}

other_net()
{
	[ "$(readlink /proc/self/ns/net)" != \
	    "$(readlink "/proc/$away/ns/net")" ]
}

system_test dead "a client whose network died is let go within a minute" 240
dead_body()
{
	cut_off
	pop3d_conf "listen on 192.0.2.1 port $((PORT + 3)) plaintext"
	mkmbox anna
	mkmbox bert 1
	{
		printf 'From s@example.org Mon Jan  5 10:00:00 2026\n\n'
		head -c 30000000 /dev/zero | base64
		printf '\n'
	} >mail/bert
	own_mbox bert
	pop3d_start
	sed 's/^	//' >away.py <<-'EOF'
	import os, sys, time
	sys.path.insert(0, os.environ["REGRESS"])
	from pop3 import *
	def session(user):
	    c = Client(int(sys.argv[1]), "192.0.2.1")
	    c.reply()
	    c.cmd("USER " + user)
	    c.cmd("PASS " + os.environ["PASS_" + user])
	    return c
	anna, bert = session("anna"), session("bert")
	anna.cmd("DELE 1")
	bert.send(b"RETR 1\r\n")
	bert.reply()
	open("there", "w")
	try:
	    while True:
	        bert.sock.recv(20000)
	        time.sleep(0.01)
	except OSError:
	    time.sleep(600)
	EOF
	REGRESS=$REGRESS/lib nsenter -t "$away" -n python3 away.py $((PORT + 3)) &
	client=$!
	soon test -e there || flunk "no sessions: $(cat log)"
	ip link set cable0 down
	begin=$(date +%s)
	login_gets anna "$PASS_anna" '-ERR \[IN-USE\].*'
	for u in anna bert; do
		until login_works $u; do
			[ $(($(date +%s) - begin)) -lt 75 ] ||
				flunk "$u stays out: $(cat log)"
			sleep 1
		done
	done
	[ "$(grep -c '^From ' mail/anna)" = 3 ] || flunk "mail is gone"
	kill "$client" "$away"
	pop3d_stop
}
