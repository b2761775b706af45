#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Started by an ordinary user: that user's own mailbox, on high ports, with the
# same programs.

. "$(atf_get_srcdir)/lib/lib.sh"

# as_anna: set POP3D to a program that runs it as anna, who owns all files that
# it reads and writes.
as_anna()
{
	pop3d_conf "$@"
	mkmbox anna
	mkmbox bert
	chown -R anna:anna state users server.key mail
	chown bert:bert mail/bert
	touch log
	cat >as_anna <<-EOF
	#!/bin/sh
	exec setpriv --reuid anna --regid anna --clear-groups "$POP3D" "\$@"
	EOF
	chmod 755 as_anna
	POP3D=$(pwd)/as_anna
}

system_test session "fetches, deletes, keeps its UIDLs; all of it as anna"
session_body()
{
	as_anna
	pop3d_start
	for p in $(tree "$(cat pid)"); do
		[ "$(status "$p" Uid | tr -s '\t' ' ')" = \
		    "5001 5001 5001 5001" ] || flunk "$(ps -fp "$p")"
		[ "$(status "$p" CapEff)" = 0000000000000000 ] ||
			flunk "capabilities: $(ps -fp "$p")"
	done
	seen before
	pop3_talk "$PORT" <<-EOF
	S: \+OK.*
	C: CAPA
	M: \+OK.*
	STLS
	LOGIN: anna
	C: DELE 2
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	seen after
	sed 2d before | cut -d ' ' -f 4 >want
	cut -d ' ' -f 4 after | cmp - want || flunk "$(diff before after)"
	[ "$(stat -c '%U %a' mail/anna)" = "anna 600" ] ||
		flunk "$(stat -c '%U %a' mail/anna)"
	pop3d_stop
}

system_test crash "children that die are replaced, as for root"
crash_body()
{
	as_anna
	pop3d_start
	for r in engine auth_file spawner; do
		for p in $(pids_of_role $r); do
			kill -KILL "$p"
		done
		soon login_works || flunk "$r killed: $(cat talk.out)"
	done
	pop3d_stop
}

system_test others "no other user's mail, whatever name is given"
others_body()
{
	as_anna
	chmod 666 mail/bert
	echo "eve:$HASH_bert:5001:5001:Eve:/nonexistent::" >>users
	ln mail/bert mail/eve
	pop3d_start
	for u in bert eve; do
		login_gets $u "$PASS_bert" '-ERR \[SYS/PERM\] .*'
	done
	[ "$(grep -c '^From sender' mail/bert)" = 3 ] || flunk "touched"
	pop3d_stop
}

system_test low_port "a privileged port: one line reports it"
low_port_body()
{
	as_anna "listen on 127.0.0.1 port 110 plaintext"
	[ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 110 ] ||
		atf_skip "110 is everybody's here"
	"$POP3D" -d -f pop3d.conf -L "$LIBEXEC" >out 2>&1 &&
		flunk "it started"
	[ "$(wc -l <out)" = 1 ] || flunk "$(cat out)"
	grep -q 'port 110: ports below 1024 need root' out || flunk "$(cat out)"
}

system_test demo "make demo without root"
demo_body()
{
	# A copy, because the tree may be in a directory that anna cannot enter.
	chmod 755 .
	mkdir tree
	(cd "$REGRESS/.." && tar -cf - --exclude=.git --exclude=regress .) |
	    (cd tree && tar -xpf -)
	chown -R anna:anna tree
	setpriv --reuid anna --regid anna --clear-groups \
	    env HOME=/ PATH="$PATH" tree/etc/demo/demo.sh >out 2>&1 ||
		flunk "$(cat out)"
	grep -q 'the boat is in the water' out || flunk "no mail: $(cat out)"
	grep -q '^anna .*storaged' out || flunk "not as anna: $(cat out)"
	! grep -q '^root' out || flunk "root: $(cat out)"
}
