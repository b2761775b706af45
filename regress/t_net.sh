#! /usr/bin/env atf-sh
# The network around the daemon: addresses, neighbours, dead clients.

. "$(atf_get_srcdir)/lib.sh"

# with_hosts: makes ./hosted, which runs a command where "both" has an IPv4
# address of this host and an IPv6 address of another, and "neither" two of
# others.  A mount namespace of that command's own; it keeps its process id.
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

# check_n STATUS REGEX [COMMAND ...]: what pop3d -n says.
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
	# What only root can try, an ordinary user is warned of.
	pop3d_conf "listen on 127.0.0.1 port 111 plaintext"
	chown anna users server.key
	check_n 0 'port 111: not tried, which takes root' \
	    setpriv --reuid anna --regid anna --clear-groups
}
