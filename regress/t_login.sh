#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Logins: accepted ones on every kind of listener, and the refusals.

. "$(atf_get_srcdir)/lib/lib.sh"

# Both backends, each over clear text, STLS and TLS; all three users, whose
# passwords are hashed in different ways.
all_ways()
{
	for u in anna bert cleo; do
		mkmbox $u
		cat >script <<-EOF
		LOGIN: $u
		C: STAT
		S: \+OK 3 [0-9]+
		C: QUIT
		S: \+OK.*
		EOF
		{ echo 'S: \+OK.*'; cat script; echo EOF; } >greeted
		pop3_talk "$PORT" greeted
		pop3_talk "$CLEARPORT" greeted
		pop3_talk -t "$TLSPORT" greeted
		pop3_talk -s "$PORT" script
	done
}

system_test auth_file "auth_file over clear text, STLS and TLS"
auth_file_body()
{
	pop3d_conf
	pop3d_start
	all_ways
	pop3d_stop
}

system_test auth_passwd "auth_passwd over clear text, STLS and TLS"
auth_passwd_body()
{
	AUTH='auth passwd'
	pop3d_conf
	pop3d_start
	all_ways
	pop3d_stop
}

system_test ipv6 "an IPv6 listener"
ipv6_body()
{
	grep -q . /proc/net/if_inet6 2>/dev/null ||
		atf_skip "this machine has no IPv6"
	pop3d_conf "listen on ::1 port $((PORT + 3)) tls"
	mkmbox anna
	pop3d_start
	atf_check -o match:'^1 [0-9]+' curl -sS -g --cacert server.crt \
	    -u "anna:$PASS_anna" "pop3s://[::1]:$((PORT + 3))/" \
	    --resolve localhost:$((PORT + 3)):::1 -k
	pop3d_stop
}

# The reply to a failed login is the same for unknown and wrong.
failing_login()
{
	login_gets "$1" "$2" '-ERR \[AUTH\] .*'
	"$REGRESS/lib/pop3.py" -t talk "$TLSPORT" 2>output.$3 <<-EOF
	S: \+OK.*
	C: USER $1
	S: \+OK.*
	C: PASS $2
	S: tell
	EOF
	sed -n 's/.*got //p' output.$3 >reply.$3
	[ -s reply.$3 ] || flunk "$(cat output.$3)"
}

refusals()
{
	mkmbox anna
	pop3d_start
	failing_login anna "not the password" wrong
	failing_login nobodysuch "$PASS_anna" unknown
	failing_login anna "${PASS_anna}x" longer
	cmp reply.wrong reply.unknown || flunk "texts differ"
	cmp reply.wrong reply.longer || flunk "texts differ"
	logged 'fail.*anna|anna.*fail' || flunk "not logged: $(cat log)"
	unlogged "not the password" || flunk "password in the log"
	pop3d_stop
}

system_test refused_file "auth_file: wrong password reads as unknown user"
refused_file_body()
{
	pop3d_conf
	refusals
}

system_test refused_passwd "auth_passwd: wrong password reads as unknown user"
refused_passwd_body()
{
	AUTH='auth passwd'
	pop3d_conf
	refusals
}

system_test locked "auth_passwd: a locked account and an expired one"
locked_body()
{
	AUTH='auth passwd'
	pop3d_conf
	# A shadow file of this case's own: bert is locked, cleo has expired.
	sed -e 's/^bert:/bert:!/' \
	    -e 's/^\(cleo:[^:]*:19000:0:99999:7:\):.*/\1:100:/' \
	    /etc/shadow >shadow
	chown root:shadow shadow
	chmod 640 shadow
	cat >pop3d.wrapper <<-EOF
	#!/bin/sh
	exec unshare -m --propagation private sh -c '
		mount --bind $(pwd)/shadow /etc/shadow
		exec "\$0" "\$@"' $POP3D "\$@"
	EOF
	chmod 755 pop3d.wrapper
	POP3D=$(pwd)/pop3d.wrapper
	pop3d_start
	login_works anna || flunk "anna: $(cat talk.out)"
	failing_login bert "$PASS_bert" bert
	failing_login cleo "$PASS_cleo" cleo
	pop3d_stop
}

system_test second_try "wrong password, then the right one"
second_try_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	C: PASS early
	S: -ERR.*
	C: USER anna
	S: \+OK.*
	C: PASS wrong
	S: -ERR \[AUTH\] .*
	LOGIN: anna
	C: USER anna
	S: -ERR.*
	C: STAT
	S: \+OK 3 [0-9]+
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
}

system_test stls_forgets "after STLS the user has to be named again"
stls_forgets_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	pop3_talk "$PORT" <<-EOF
	S: \+OK.*
	C: CAPA
	M: \+OK.*
	C: USER anna
	S: \+OK.*
	STLS
	C: PASS $PASS_anna
	S: -ERR.*
	C: STLS
	S: -ERR.*
	LOGIN: anna
	C: STLS
	S: -ERR.*
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
}

system_test capa "CAPA lists what the listener can do"
capa_body()
{
	pop3d_conf
	pop3d_start
	curl -sS --cacert server.crt --ssl-reqd -X CAPA -v \
	    "pop3://localhost:$PORT/" >capa 2>&1
	grep -q '^< STLS' capa || flunk "no STLS: $(cat capa)"
	curl -sS --cacert server.crt -X CAPA -v \
	    "pop3s://localhost:$TLSPORT/" >capa 2>&1
	! grep -q '^< STLS' capa || flunk "STLS within TLS"
	for c in USER UIDL TOP RESP-CODES AUTH-RESP-CODE PIPELINING; do
		grep -q "^< $c" capa || flunk "no $c: $(cat capa)"
	done
	pop3d_stop
}

system_test no_clear "no password over clear text but from loopback"
no_clear_body()
{
	addr=$(ip -o -4 addr show scope global 2>/dev/null |
	    awk '{ sub("/.*", "", $4); print $4; exit }')
	if [ -z "$addr" ]; then
		ip addr add 192.0.2.1/32 dev lo 2>/dev/null ||
			atf_skip "no address but loopback"
		addr=192.0.2.1
	fi
	pop3d_conf "listen on $addr port $((PORT + 3)) starttls"
	mkmbox anna
	pop3d_start
	curl -sS -u "anna:$PASS_anna" "pop3://$addr:$((PORT + 3))/" >out 2>&1 &&
		flunk "logged in without TLS"
	curl -sS -k --ssl-reqd -u "anna:$PASS_anna" \
	    "pop3://$addr:$((PORT + 3))/" >out 2>&1 || flunk "$(cat out)"
	pop3d_stop
}
