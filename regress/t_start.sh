#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# How pop3d starts, checks its configuration and refuses a bad one.

. "$(atf_get_srcdir)/lib/lib.sh"

# refuses REGEX [ARGUMENT ...]: it exits with 1 and reports REGEX in one line.
refuses()
{
	_want=$1
	shift
	timeout 200 "$POP3D" -d -f pop3d.conf -L "$LIBEXEC" "$@" >out 2>&1
	_rc=$?
	[ $_rc -eq 1 ] || flunk "exit $_rc, not 1: $(cat out)"
	# Beside which layers of the sandbox there are, and what memory is locked.
	sed '/: sandbox: [a-z]*: no_new_privs/d; /keyd: memory: /d' out >line
	[ "$(wc -l <line)" -eq 1 ] || flunk "not one line: $(cat out)"
	grep -Eq -e "$_want" out || flunk "wanted $_want: $(cat out)"
}

system_test check_only "-n accepts a good configuration and starts nothing"
check_only_body()
{
	pop3d_conf
	atf_check -s exit:0 -o match:'OK' -e empty \
	    sh -c "'$POP3D' -n -f pop3d.conf -L '$LIBEXEC' 2>&1"
}

system_test syntax "configuration errors name file, line and reason"
syntax_body()
{
	pop3d_conf "listen on" "mailbox maildrop"
	n=$(wc -l <pop3d.conf)
	timeout 200 "$POP3D" -n -f pop3d.conf -L "$LIBEXEC" >out 2>&1
	rc=$?
	[ $rc -eq 1 ] || flunk "exit $rc"
	grep -Eq "pop3d\.conf:($((n - 1))|$n): .+" out ||
		flunk "$(cat out)"

	# Nor does it start.
	timeout 200 "$POP3D" -d -f pop3d.conf -L "$LIBEXEC" >out 2>&1
	rc=$?
	[ $rc -eq 1 ] || flunk "exit $rc without -n"
	grep -Eq "pop3d\.conf:($((n - 1))|$n): .+" out ||
		flunk "$(cat out)"
}

system_test semantics "names must exist: pki, listener, auth"
semantics_body()
{
	pop3d_conf "listen on 127.0.0.1 port 9 tls pki nowhere"
	refuses "pop3d\.conf:$(wc -l <pop3d.conf): .*nowhere"

	pop3d_conf
	sed -i /^auth/d pop3d.conf
	refuses 'auth'

	pop3d_conf
	sed -i /^mailbox/d pop3d.conf
	refuses 'mailbox'

	pop3d_conf
	sed -i /^listen/d pop3d.conf
	refuses 'listen'
}

system_test bad_option "-n has the backends check their options"
bad_option_body()
{
	AUTH="auth file \"$(pwd)/users\" { bogus 1 }"
	pop3d_conf
	line=$(grep -n bogus pop3d.conf | cut -d: -f1)
	for mode in -n -d; do
		timeout 200 "$POP3D" $mode -f pop3d.conf -L "$LIBEXEC" >out 2>&1
		rc=$?
		[ $rc -eq 1 ] || flunk "$mode: exit $rc: $(cat out)"
		grep -q 'option "bogus": auth_file has no such option' out ||
			flunk "$mode: $(cat out)"
		grep -q "pop3d\.conf:$line: auth file: does not start" out ||
			flunk "$mode: $(cat out)"
	done
}

system_test no_file "a configuration file that is not there"
no_file_body()
{
	pop3d_install
	refuses '\./nosuch\.conf.*No such file' -f ./nosuch.conf
}

system_test macros "-D sets a macro"
macros_body()
{
	pop3d_conf
	sed -i "/port $TLSPORT/s/127.0.0.1/\$addr/" pop3d.conf
	refuses 'addr'
	"$POP3D" -n -D addr=127.0.0.1 -f pop3d.conf -L "$LIBEXEC" >out 2>&1 ||
		flunk "$(cat out)"
}

system_test no_account "an account that is missing is named"
no_account_body()
{
	pop3d_conf
	for a in _pop3d _pop3auth _pop3key _pop3stor; do
		sed "/^$a:/d" /etc/passwd >passwd.$a
		chmod 644 passwd.$a
		# A mount namespace of this command's own.
		unshare -m --propagation private sh -c '
			mount --bind "$1" /etc/passwd
			shift
			exec timeout 200 "$@"' - "$(pwd)/passwd.$a" \
		    "$POP3D" -d -f pop3d.conf -L "$LIBEXEC" >out 2>&1
		rc=$?
		[ $rc -eq 1 ] || flunk "$a: exit $rc: $(cat out)"
		[ "$(wc -l <out)" -eq 1 ] || flunk "$a: $(cat out)"
		grep -q "$a" out || flunk "$a: $(cat out)"
	done
}

system_test bad_chroot "a chroot that is missing, or not root's alone, is named"
bad_chroot_body()
{
	pop3d_conf
	rmdir empty
	refuses "chroot $(pwd)/empty: No such file.*only root can write"
	mkdir -m 777 empty
	refuses "chroot $(pwd)/empty: .*only root can write"
}

system_test port_in_use "a port in use is named"
port_in_use_body()
{
	pop3d_conf
	pop3d_start
	cp pop3d.conf first.conf
	refuses "127\.0\.0\.1.*$PORT.*[Aa]ddress already in use"
	login_works || flunk "the first one suffers: $(cat talk.out)"
	pop3d_stop
}

system_test unreadable_key "a key that cannot be read is named"
unreadable_key_body()
{
	pop3d_conf
	rm server.key
	refuses "$(pwd)/server\.key.*No such file"
	mkdir server.key
	refuses "$(pwd)/server\.key"
	rmdir server.key
	echo "this is no key" >server.key
	refuses "$(pwd)/server\.key"
}

system_test unreadable_cert "a certificate that cannot be read is named"
unreadable_cert_body()
{
	pop3d_conf
	rm server.crt
	touch server.crt
	refuses "$(pwd)/server\.crt"
	rm server.crt
	refuses "$(pwd)/server\.crt.*No such file"
}

system_test wrong_key "a key that does not match the certificate is named"
wrong_key_body()
{
	pop3d_conf
	mkcert other
	cp other.key server.key
	refuses "$(pwd)/server\.key"
}

system_test no_program "a program that is missing from libexec is named"
no_program_body()
{
	pop3d_conf
	own_libexec
	for p in engine keyd storaged auth_file; do
		mv libexec/$p $p.away
		refuses "libexec/$p.*No such file"
		mv $p.away libexec/$p
	done
	rm libexec/authd
	refuses 'libexec/authd: No such file'
}

system_test start_stop "starts, logs that it is ready, stops on SIGTERM"
start_stop_body()
{
	pop3d_conf
	pop3d_start
	pop3d_stop
	pop3d_start
	pop3d_stop
}

system_test ordinary_user "started by a user: all of it is that user's"
ordinary_user_body()
{
	pop3d_conf
	mkmbox anna
	mkmbox bert
	chown -R anna:anna state users server.key
	chown anna:anna mail
	touch log
	# The same process id all along: each of these execs the next.
	cat >as_anna <<-EOF
	#!/bin/sh
	exec setpriv --reuid anna --regid anna --clear-groups "$POP3D" "\$@"
	EOF
	chmod 755 as_anna
	POP3D=$(pwd)/as_anna
	pop3d_start
	seen now
	[ "$(wc -l <now)" = 3 ] || flunk "$(cat now)"
	for p in $(tree "$(cat pid)"); do
		[ "$(status "$p" Uid | cut -f 1-4 | tr '\t' ' ')" = \
		    "5001 5001 5001 5001" ] || flunk "$(ps -fp "$p")"
	done
	# Others have no business here.
	login_gets bert "$PASS_bert" '-ERR \[SYS/PERM\].*'
	pop3d_stop
}
