#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# auth exec: a checkpassword program decides.

. "$(atf_get_srcdir)/lib/lib.sh"

# use PROGRAM [OPTION ...]: configure auth_exec with this program of the test.
use()
{
	_p=$1
	shift
	AUTH="auth exec {
	program \"$_p\"
	workers 2
	deadline 6
	$*
}"
}

# Its program is given as the path, so it can write beside itself.
use_writing()
{
	use "$@"
	AUTH=$(printf '%s\n' "$AUTH" |
	    sed "s|auth exec {|auth exec \"$1\" {|; /^	program/d")
}

system_test example "the shell example that is installed"
example_body()
{
	pop3d_install
	own=$POP3D_ROOT/usr/local/share/examples/pop3d/auth_example
	use "$own/checkpassword.sh $(pwd)/mailusers"
	pop3d_conf
	cat >mailusers <<-EOF
	anna:$(openssl passwd -6 "$PASS_anna"):5001:5001:/nonexistent
	bert:$(openssl passwd -6 "$PASS_bert"):0:0:/nonexistent
	EOF
	chown root:_pop3auth mailusers
	chmod 640 mailusers
	mkmbox anna
	mkmbox bert
	pop3d_start
	login_works anna || flunk "$(cat talk.out log)"
	login_gets anna "$PASS_bert" '-ERR \[AUTH\] .*'
	login_gets cleo "$PASS_cleo" '-ERR \[AUTH\] .*'
	login_gets '$(id)' "\`id\`" '-ERR \[AUTH\] .*'
	# A verdict is never root.
	login_gets bert "$PASS_bert" '-ERR .*'
	[ -z "$(pids_of_role session)" ] || flunk "a session for root"
	login_works anna || flunk "$(cat talk.out log)"
	unlogged "$PASS_anna" || flunk "password in the log"
	pop3d_stop
}

system_test hangs "a program that hangs: [SYS/TEMP], nobody else waits"
hangs_body()
{
	use_writing "$(pwd)/hang" "timeout 3" "uid 5001" "gid 5001"
	AUTH="auth file \"$(pwd)/few\"
$AUTH"
	pop3d_conf
	grep ^bert users >few
	chown root:_pop3auth few
	chmod 640 few
	cat >hang <<-EOF
	#!/bin/sh
	trap '' TERM
	echo \$\$ >>$(pwd)/pids/all
	sleep 300 &
	wait
	sleep 300
	EOF
	chmod 755 hang
	mkdir pids
	chown _pop3auth pids
	mkmbox bert
	pop3d_start
	workers=$(pids_of_role auth_exec)
	login_gets anna "$PASS_anna" '-ERR \[SYS/TEMP\] .*' &
	slow=$!
	soon test -s pids/all || flunk "it was not run"
	begin=$(date +%s)
	login_works bert || flunk "bert: $(cat log)"
	[ $(($(date +%s) - begin)) -le 2 ] || flunk "bert had to wait"
	wait $slow || flunk "anna: $(cat talk.out log)"
	logged 'killed after 3 s' || flunk "$(cat log)"
	for p in $(cat pids/all); do
		soon ended "$p" || flunk "$p is still there"
	done
	# The program was killed, not the worker that ran it.
	[ "$(pids_of_role auth_exec)" = "$workers" ] ||
		flunk "workers: $(cat log)"
	pop3d_stop
}

system_test deadline "a worker that is killed leaves nothing behind"
deadline_body()
{
	use_writing "$(pwd)/hang" "timeout 1" "uid 5001" "gid 5001"
	AUTH=$(printf '%s\n' "$AUTH" | sed 's/deadline 6/deadline 2/')
	pop3d_conf
	printf '#!/bin/sh\necho $$ >%s\nexec sleep 300\n' "$(pwd)/pids/p" >hang
	chmod 755 hang
	mkdir pids
	chown _pop3auth pids
	pop3d_start
	login_gets anna "$PASS_anna" '-ERR \[SYS/TEMP\] .*' &
	client=$!
	# The worker that runs the program is stopped: authd must end it.
	soon test -s pids/p || flunk "it was not run"
	for p in $(pids_of_role auth_exec); do
		kill -STOP "$p"
	done
	wait $client || flunk "$(cat talk.out log)"
	logged 'missed its deadline; killed' || flunk "$(cat log)"
	soon ended "$(cat pids/p)" || flunk "the program is still there"
	pop3d_stop
}

system_test temporary "exit codes as a client sees them"
temporary_body()
{
	use "$(pwd)/code" "uid 5001" "gid 5001"
	pop3d_conf
	printf '#!/bin/sh\nread -r n <%s; exit $n\n' "$(pwd)/number" >code
	chmod 755 code
	echo 111 >number
	pop3d_start
	login_gets anna x '-ERR \[SYS/TEMP\] .*'
	echo 1 >number
	login_gets anna x '-ERR \[AUTH\] .*'
	echo 0 >number
	login_gets anna x '-ERR \[SYS/TEMP\] .*'
	logged 'exit status 111: temporary problem' || flunk "$(cat log)"
	logged 'did not run' || flunk "$(cat log)"
	pop3d_stop
}
