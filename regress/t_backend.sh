#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Backends that are slow, dead or hostile: [SYS/TEMP], never "wrong password",
# and all other users are served.

. "$(atf_get_srcdir)/lib/lib.sh"

# temp N: the login of anna gets [SYS/TEMP] within N seconds.
temp()
{
	_begin=$(date +%s)
	login_gets anna "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	[ $(($(date +%s) - _begin)) -le "$1" ] || flunk "it took too long"
}

# bad NAME: configure only this backend.
bad()
{
	AUTH="auth $1 { workers 1 deadline 2 }"
	pop3d_conf
	fake "$1"
	mkmbox anna
	pop3d_start
	main=$(cat pid)
	engine=$(pids_of_role engine)
	temp 50
	temp 50
	kill -0 "$main" || flunk "authd is gone: $(cat log)"
	[ "$(pids_of_role engine)" = "$engine" ] || flunk "engine replaced"
	logged "auth_$1|$1" || flunk "not logged: $(cat log)"
	unlogged "$PASS_anna" || flunk "password in the log"
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

system_test exits "it ends at once: pop3d logs it and does not start"
exits_body()
{
	AUTH="auth exit { workers 1 deadline 2 }"
	pop3d_conf
	fake exit
	timeout 200 "$POP3D" -d -f pop3d.conf -L "$LIBEXEC" >out 2>&1
	rc=$?
	[ $rc -eq 1 ] || flunk "exit $rc: $(cat out)"
	grep -q 'auth_exit.*status 3' out || flunk "$(cat out)"
}

system_test hangs "it never gets ready: pop3d logs it and does not start"
hangs_body()
{
	AUTH="auth hang { workers 1 deadline 2 }"
	pop3d_conf
	fake hang
	timeout 200 "$POP3D" -d -f pop3d.conf -L "$LIBEXEC" >out 2>&1
	rc=$?
	[ $rc -eq 1 ] || flunk "exit $rc: $(cat out)"
	grep -q 'auth_hang.* is not ready after 60 s' out || flunk "$(cat out)"
}

system_test mute "it takes the request and never answers"
mute_body()
{
	bad mute
	logged 'auth_mute 1: missed its deadline; killed' ||
		flunk "nobody was killed: $(cat log)"
}

system_test dies "it crashes on a request"
dies_body() { bad die; }

system_test garbage "it answers with random bytes"
garbage_body() { bad garbage; }

system_test huge "it announces a message of 2 GB"
huge_body() { bad huge; }

system_test foreign "it answers a request that nobody made"
foreign_body() { bad foreign; }

# lie NAME REGEX: the login of anna is answered so, and there is no session.
lie()
{
	AUTH="auth lie-$1 { workers 1 deadline 5 }"
	MAILBOX='mailbox mbox "%h/mbox"'
	pop3d_conf
	LIBEXEC=$(pwd)/libexec
	: >log
	pop3d_start
	login_gets anna "$PASS_anna" "$2"
	logged 'login failed ' || flunk "$1: not logged: $(cat log)"
	unlogged 'login ok' || flunk "$1: $(cat log)"
	[ -z "$(pids_of_role session)" ] || flunk "$1: a session"
	kill -0 "$(cat pid)" || flunk "$1: authd is gone"
	pop3d_stop
}

system_test lies "verdicts that cannot be" 300
lies_body()
{
	pop3d_install
	lies=$(sed -n 's/^    "\([a-z0-9]*\)": verdict.*/lie-\1/p' \
	    "$REGRESS/lib/fakebackend.py")
	# shellcheck disable=SC2086
	fake $lies
	# Users that the configuration does not allow.
	for l in uid0 gid0 low lowgid high minus minusgid dots relative \
	    nohome; do
		lie $l '-ERR \[SYS/PERM\] no mail service .*'
	done
	[ ! -e state/anna ] || flunk "a state directory"
	# The sender of bytes that are no message at all is killed.
	for l in nul long status code nosuchcode nouser quota groups longer \
	    shorter both; do
		lie $l '-ERR \[SYS/TEMP\] .*'
		logged "auth_lie-$l 1: unexpected or malformed .*; killed" ||
			flunk "$l: $(cat log)"
	done
	[ "$(echo "$lies" | wc -l)" -eq 21 ] || flunk "not all: $lies"
}

# floods NAME REGEX: this backend never stops sending; users of the file do not
# notice.
floods()
{
	AUTH="auth file \"$(pwd)/few\"
auth $1 { workers 1 deadline 5 }"
	pop3d_conf
	fake "$1"
	grep ^bert users >few
	chown root:_pop3auth few
	chmod 640 few
	mkmbox bert
	pop3d_start
	main=$(cat pid)
	temp 15 &
	mad=$!
	for _i in 1 2 3; do
		_begin=$(date +%s)
		login_works bert || flunk "bert: $(cat talk.out)"
		[ $(($(date +%s) - _begin)) -le 5 ] || flunk "bert waits"
	done
	wait $mad || flunk "anna"
	kill -0 "$main" || flunk "authd is gone"
	logged "auth_$1 1: $2; killed" || flunk "$(cat log)"
	pop3d_stop
}

system_test logs "it logs endlessly"
logs_body()
{
	floods logs 'floods the log'
	[ "$(grep -c 'all is well' log)" -le 5000 ] ||
		flunk "$(grep -c 'all is well' log) lines"
}

system_test names "it lists users endlessly, unasked"
names_body()
{
	floods names 'unexpected or malformed message'
}

system_test root "it says that anna is root"
root_body()
{
	AUTH="auth root { workers 1 deadline 2 }"
	pop3d_conf
	fake root
	mkmbox anna
	pop3d_start
	login_gets anna "$PASS_anna" '-ERR .*'
	[ -z "$(pids_of_role session)" ] || flunk "a session for root"
	logged 'login failed user=.*anna.*root' ||
		flunk "not logged: $(cat log)"
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
	# bert has anna's password here, and a different one in the system.
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
	LOGIN: bert $PASS_anna
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
	temp 50
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
	[ ! -e "done" ] || flunk "a stopped worker has answered"
	kill -CONT "$worker"
	wait "$slow" || flunk "slow"
	pop3d_stop
}

# tables: print the tables of users that the workers have, one per line.
tables()
{
	for _w in $(pids_of_role auth_file); do
		awk '/memfd:pop3d/ && !seen[$5]++ { print $5 }' \
		    "/proc/$_w/maps"
	done | sort
}

three_of_one()
{
	[ "$(tables | uniq -c | awk '{ print $1 }')" = 3 ]
}

# checks STATUS REGEX: pop3d -n exits with STATUS and prints REGEX.
checks()
{
	_rc=0
	timeout 60 "$POP3D" -n -f pop3d.conf -L "$LIBEXEC" >out 2>&1 || _rc=$?
	[ "$_rc" -eq "$1" ] || flunk "$2: exit $_rc: $(cat out)"
	grep -Eq -e "$2" out || flunk "not there: $2: $(cat out)"
}

# cured REGEX: pop3d -n refuses, and the command that it proposes makes a login
# work.
cured()
{
	checks 1 "$1"
	sed -n "s/^[^;]*$1[^;]*; //p" out >cure
	[ -s cure ] || flunk "no cure: $(cat out)"
	sh -eu cure || flunk "$(cat cure)"
	checks 0 'configuration OK'
	pop3d_start
	login_works anna || flunk "$(cat cure talk.out log)"
	pop3d_stop
}

system_test hints "-n reports faults in user files and their fixes"
hints_body()
{
	pop3d_conf
	mkmbox anna
	# No directory on the way may be in it, or the cure would be another.
	chown root:root users
	chmod 600 users
	cured 'users: Permission denied'
	chmod 664 users
	cured 'users: group or others may write it'
	: >users
	checks 1 'users: empty file'
	echo '# nobody' >users
	checks 1 'none of its 0 users can log in'
	echo 'anna:*:5001:5001' >users
	checks 1 'none of its 1 users can log in'
	echo "anna:$HASH_anna" >users
	checks 1 'none of its 1 users can log in'
	printf 'Anna@EXAMPLE.org:%s:5001:5001\r\nanna:%s:5001:5001\r\n' \
	    "$HASH_anna" "$HASH_anna" >users
	checks 0 'users:1: upper case in the domain'
	rm users
	checks 1 'pop3d.conf:[0-9]*: auth file: .*users: No such file'
	echo x >program
	AUTH="auth exec \"$(pwd)/program\""
	pop3d_conf
	checks 1 'auth exec: .*program: Permission denied'
	[ -x "$LIBEXEC/auth_sqlite" ] || return 0
	AUTH="auth sqlite \"$(pwd)/none.db\" {
	user-query \"SELECT hash AS password FROM u WHERE name = %u\"
}"
	pop3d_conf
	checks 1 'auth sqlite: .*none.db: No such file'
}

system_test one_table "auth_file: the workers share one table of users"
one_table_body()
{
	AUTH="auth file \"$(pwd)/users\" { workers 3 }"
	pop3d_conf
	sed '1i broken' users >new
	cat new >users
	touch -d '1 hour ago' users
	mkmbox anna
	pop3d_start
	three_of_one || flunk "at the start: $(tables)"
	[ "$(grep -c 'users:1: no password' log)" -eq 1 ] ||
		flunk "more than one has read the file: $(cat log)"
	# One that starts later is given it.
	worker=$(pids_of_role auth_file | sort -n | head -n 1)
	kill -KILL "$worker"
	soon ended "$worker" || flunk "not killed"
	soon three_of_one || flunk "after a death: $(tables)"
	[ "$(grep -c 'users:1: no password' log)" -eq 1 ] ||
		flunk "the new one has read the file: $(cat log)"
	login_works anna || flunk "$(cat talk.out log)"
	# The worker asked next reads a new file.
	sed '1s/.*/bad/; 2s/^anna/anne/' users >new
	chmod 640 new
	chown root:_pop3auth new
	mv new users
	! login_works anna || flunk "the new file was not read"
	grep -q 'AUTH' talk.out || flunk "$(cat talk.out)"
	[ "$(grep -c 'users:1: no password' log)" -ge 2 ] || flunk "$(cat log)"
	pop3d_stop
}

# switches PID: print how often it has waited for something.
switches() { status "$1" voluntary_ctxt_switches; }

# ticks PID ...: print the processor time that they have used.
ticks() { for _p; do cat "/proc/$_p/stat"; done | awk '{ n += $14 + $15 }
    END { print n }'; }

# twelve USER OTHER WORKER: twelve logins of each, USER's all at WORKER.
twelve()
{
	_other=$(switches "$2") _his=$(switches "$3") _n=0
	while [ $((_n += 1)) -le 12 ]; do
		login_works "$1" || flunk "$(cat talk.out log)"
	done
	_other=$(($(switches "$2") - _other)) _his=$(($(switches "$3") - _his))
	[ $_other -lt 3 ] || flunk "$1: $_other of another's worker"
	[ $_his -ge 12 ] || flunk "$1: $_his"
}

system_test remembers "success-cache: users return to the worker that knows them"
remembers_body()
{
	AUTH="auth file \"$(pwd)/users\" { workers 2, success-cache yes }"
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	# shellcheck disable=SC2046
	set -- $(pids_of_role auth_file | sort -n)
	login_works anna || flunk "$(cat talk.out log)"
	login_works bert || flunk "$(cat talk.out log)"
	before=$(ticks "$1" "$2")
	# Each user has their own worker, though the first is always idle.
	for who in "anna $1 $2" "bert $2 $1"; do
		# shellcheck disable=SC2086
		twelve $who
	done
	# Twelve yescrypt hashes of anna are 18 ticks or more; so are bert's.
	spent=$(($(ticks "$1" "$2") - before))
	[ $spent -lt 12 ] || flunk "$spent ticks"
	login_gets anna "$PASS_bert" '-ERR \[AUTH\] .*'
	unlogged "$PASS_anna" || flunk "password in the log"
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
	! grep -q __asan "$REGRESS/../authd/backends/libbackend.a" || san=1
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
	login_gets bert "$PASS_bert" '-ERR \[SYS/TEMP\] .*'
	logged 'users.d/bert: a line is wrong' || flunk "$(cat log)"
	pop3d_stop
}
