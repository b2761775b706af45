#! /usr/bin/env atf-sh
# Backends that are slow, dead or mad: [SYS/TEMP], never "wrong password", and
# everybody else is served.

. "$(atf_get_srcdir)/lib.sh"

# temp: the login of anna gets [SYS/TEMP] within N seconds.
temp()
{
	_begin=$(date +%s)
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	C: PASS $PASS_anna
	S: -ERR \[SYS/TEMP\] .*
	C: QUIT
	S: \+OK.*
	EOF
	[ $(($(date +%s) - _begin)) -le "$1" ] || flunk "it took too long"
}

# bad NAME: with this backend alone.
bad()
{
	AUTH="auth $1 { workers 1 deadline 2 }"
	pop3d_conf
	fake "$1"
	mkmbox anna
	# One of them never gets ready.
	pop3d_begin
	main=$(cat pid)
	engine=$(pids_of_role engine)
	temp 15
	temp 15
	kill -0 "$main" || flunk "authd is gone: $(cat log)"
	[ "$(pids_of_role engine)" = "$engine" ] || flunk "engine replaced"
	logged "auth_$1|$1" || flunk "not logged: $(cat log)"
	! logged "$PASS_anna" || flunk "password in the log"
	pop3d_stop
}

system_test fine "a foreign backend that behaves"
fine_body()
{
	AUTH="auth ok { workers 1 deadline 2 }"
	pop3d_conf
	fake ok
	mkmbox anna
	pop3d_start
	login_works anna || flunk "$(cat talk.out log)"
	pop3d_stop
}

system_test exits "it ends at once: pop3d says so and does not start"
exits_body()
{
	AUTH="auth exit { workers 1 deadline 2 }"
	pop3d_conf
	fake exit
	timeout 20 "$POP3D" -d -f pop3d.conf -L "$LIBEXEC" >out 2>&1
	rc=$?
	[ $rc -eq 1 ] || flunk "exit $rc: $(cat out)"
	grep -q 'auth_exit.*status 3' out || flunk "$(cat out)"
}

system_test hangs "it never gets ready"
hangs_body() { bad hang; }

system_test mute "it takes the request and says nothing"
mute_body()
{
	bad mute
	logged 'auth_mute 1: missed its deadline; killed' ||
		flunk "nobody was killed: $(cat log)"
}

system_test dies "it crashes on a request"
dies_body() { bad die; }

system_test garbage "it answers random octets"
garbage_body() { bad garbage; }

system_test huge "it announces a message of 2 GB"
huge_body() { bad huge; }

system_test foreign "it answers a request that nobody made"
foreign_body() { bad foreign; }

system_test root "it says that anna is root"
root_body()
{
	AUTH="auth root { workers 1 deadline 2 }"
	pop3d_conf
	fake root
	mkmbox anna
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	C: PASS $PASS_anna
	S: -ERR .*
	C: QUIT
	S: \+OK.*
	EOF
	[ -z "$(pids_of_role session)" ] || flunk "a session for root"
	logged 'login failed user=.*anna.*root' || flunk "not logged: $(cat log)"
	pop3d_stop
}

system_test chain "unknown here: the next backend is asked"
chain_body()
{
	AUTH="auth file \"$(pwd)/few\"
auth passwd"
	pop3d_conf
	grep ^bert users >few
	chown root:_pop3auth few
	chmod 640 few
	mkmbox anna
	mkmbox bert
	pop3d_start
	login_works anna || flunk "anna, from passwd: $(cat talk.out)"
	login_works bert || flunk "bert, from the file: $(cat talk.out)"
	pop3d_stop
}

system_test chain_stops "known here, wrong password: the next is not asked"
chain_stops_body()
{
	AUTH="auth file \"$(pwd)/few\"
auth passwd"
	pop3d_conf
	# bert has anna's password here, and his own in the system.
	echo "bert:$HASH_anna:5002:5002:Bert:/nonexistent::" >few
	chown root:_pop3auth few
	chmod 640 few
	mkmbox bert
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	C: USER bert
	S: \+OK.*
	C: PASS $PASS_bert
	S: -ERR \[AUTH\] .*
	C: USER bert
	S: \+OK.*
	C: PASS $PASS_anna
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
}

system_test chain_broken "a broken backend stops the chain: [SYS/TEMP]"
chain_broken_body()
{
	AUTH="auth die { workers 1 deadline 2 }
auth file \"$(pwd)/users\""
	pop3d_conf
	fake die
	mkmbox anna
	pop3d_start
	temp 15
	pop3d_stop
}

system_test others_wait_not "a slow login holds up nobody else"
others_wait_not_body()
{
	AUTH="auth file \"$(pwd)/users\" { workers 2 deadline 60 }"
	pop3d_conf
	mkmbox anna
	pop3d_start
	# The first worker gets the first login, and sleeps on it.
	worker=$(pids_of_role auth_file | sort -n | head -n 1)
	kill -STOP "$worker"
	pop3_talk -t "$TLSPORT" <<-EOF &
	S: \+OK.*
	C: USER bert
	S: \+OK.*
	RUN: touch ready
	C: PASS wrong
	S: -ERR \[AUTH\] .*
	RUN: touch done
	C: QUIT
	S: \+OK.*
	EOF
	slow=$!
	soon test -e ready || flunk "slow: $(cat talk.out)"
	sleep 0.2
	"$POP3" -t check "$TLSPORT" anna "$PASS_anna" >out ||
		flunk "anna: $(cat log)"
	[ ! -e done ] || flunk "a stopped worker has answered"
	kill -CONT "$worker"
	wait "$slow" || flunk "slow"
	pop3d_stop
}


system_test example "the worked example of pop3d-auth(5), as installed"
example_body()
{
	AUTH="auth dir \"$(pwd)/users.d\""
	pop3d_conf
	own_libexec
	cp -R "$POP3D_ROOT/usr/local/share/examples/pop3d/auth_example" .
	san=
	! grep -q __asan "$REGRESS/../authd/libbackend.a" || san=1
	(cd auth_example && ${MAKE:-make} SRC="$REGRESS/.." SAN=$san) \
	    >make.log 2>&1 ||
		flunk "$(cat make.log)"
	cp auth_example/auth_dir libexec/
	mkdir users.d
	printf 'password %s\nuid 5001\ngid 5001\n' "$HASH_anna" >users.d/anna
	printf 'password %s\nuid 0\ngid 5002\n' "$HASH_bert" >users.d/bert
	chown -R _pop3auth users.d
	chmod 700 users.d
	mkmbox anna
	pop3d_start
	login_works anna || flunk "$(cat talk.out log)"
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	C: PASS $PASS_bert
	S: -ERR \[AUTH\] .*
	C: USER cleo
	S: \+OK.*
	C: PASS $PASS_cleo
	S: -ERR \[AUTH\] .*
	C: QUIT
	S: \+OK.*
	EOF
	# A broken file is its owner's trouble.
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	C: USER bert
	S: \+OK.*
	C: PASS $PASS_bert
	S: -ERR \[SYS/TEMP\] .*
	C: QUIT
	S: \+OK.*
	EOF
	logged 'users.d/bert: a line is wrong' || flunk "$(cat log)"
	pop3d_stop
}
