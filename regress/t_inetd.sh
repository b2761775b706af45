#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# pop3d -i: one connection, handed over by inetd(8).

. "$(atf_get_srcdir)/lib/lib.sh"

# inetd_start PORT [ARGUMENT ...]: wait for one connection to PORT.
inetd_start()
{
	_port=$1
	shift
	"$REGRESS/lib/inetd.py" "$_port" "$POP3D" -i -f "$(pwd)/pop3d.conf" \
	    -L "$LIBEXEC" "$@" >>log 2>&1 &
	echo $! >pid
	soon listening "$_port" || atf_fail "inetd.py does not listen"
}

listening()
{
	ss -Hltn "sport = :$1" | grep -q .
}

# inetd_ended: it has exited with status 0, and its children are gone.
inetd_ended()
{
	wait "$(cat pid)" || atf_fail "status $?"
	rm pid
}

system_test starttls "a whole session, STLS offered"
starttls_body()
{
	pop3d_conf
	mkmbox anna
	inetd_start "$PORT"
	pop3_talk -s "$PORT" <<-EOT
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOT
	inetd_ended
	atf_check -o inline:'2\n' grep -c '^From ' mail/anna
}

system_test tls "the port of a tls listener means TLS at once"
tls_body()
{
	pop3d_conf
	mkmbox anna
	inetd_start "$TLSPORT"
	login_works || atf_fail "no login: $(cat talk.out)"
	inetd_ended
}

system_test left "a client that leaves ends everything"
left_body()
{
	pop3d_conf
	mkmbox anna
	inetd_start "$PORT"
	pop3_talk "$PORT" <<-EOT
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	EOT
	inetd_ended
}

system_test silent "the client does not see a configuration error"
silent_body()
{
	pop3d_conf 'nonsense'
	"$REGRESS/lib/inetd.py" "$PORT" "$POP3D" -i -f "$(pwd)/pop3d.conf" \
	    -L "$LIBEXEC" >>log 2>&1 &
	echo $! >pid
	soon listening "$PORT" || atf_fail "inetd.py does not listen"
	curl -s --max-time 10 "telnet://127.0.0.1:$PORT" </dev/null >heard || :
	wait "$(cat pid)" && atf_fail "a broken configuration was taken"
	rm pid
	atf_check -o empty cat heard
}

system_test no_socket "standard input has to be a connection"
no_socket_body()
{
	pop3d_conf
	atf_check -s exit:1 "$POP3D" -i -f "$(pwd)/pop3d.conf" -L "$LIBEXEC" \
	    </dev/null
}
