#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The sandbox: the rights that each process keeps, seen from outside and inside.

. "$(atf_get_srcdir)/lib/lib.sh"

# look ROLE ...: save what /proc has about every process of each role.
look()
{
	for _r; do
		mkdir -p "looked/$_r"
		for _p in $(pids_of_role "$_r"); do
			cp "/proc/$_p/limits" "looked/$_r/$_p.limits"
			tr -s '\t ' ' ' <"/proc/$_p/status" |
			    sed 's/ $//' >"looked/$_r/$_p.status"
			# Not dumpable: what is in /proc/PID belongs to root.
			[ "$(stat -c %u "/proc/$_p/environ")" = 0 ] ||
				flunk "$_r: dumpable"
		done
		[ -s "looked/$_r/$_p.status" ] || flunk "no $_r"
	done
}

# is ROLE FIELD VALUE: of /proc/PID/status, in every process of the role.
is()
{
	for _f in "looked/$1"/*.status; do
		grep -qx "$2:${3:+ $3}" "$_f" ||
			flunk "$1: $2 is not $3: $(cat "$_f")"
	done
}

# limited ROLE LIMIT: hard and soft, of /proc/PID/limits, are 0.
limited()
{
	for _f in "looked/$1"/*.limits; do
		grep -q "^$2 *0 *0 " "$_f" || flunk "$1: $(cat "$_f")"
	done
}

system_test status "every process: filters, no new privileges, ids, limits"
status_body()
{
	# The installed programs, whatever the other cases test.
	POP3D_LIBEXEC=
	AUTH="auth file \"$(pwd)/users\"
auth passwd"
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin

	roles="authd engine auth_file auth_passwd spawner session"
	# shellcheck disable=SC2086
	look $roles
	for r in $roles; do
		is $r Seccomp 2
		is $r NoNewPrivs 1
		is $r CapInh 0000000000000000
		is $r CapAmb 0000000000000000
		limited $r 'Max core file size'
	done
	# A filter of its own on top of those it inherits.
	is authd Seccomp_filters 1
	is engine Seccomp_filters 2
	is auth_file Seccomp_filters 2
	is auth_passwd Seccomp_filters 2
	is spawner Seccomp_filters 2
	is session Seccomp_filters 3
	# CHOWN, KILL, SETGID, SETUID, SYS_CHROOT: also the most to be had.
	for c in CapEff CapPrm CapBnd; do
		is authd $c 00000000000400e1
	done
	is spawner CapEff 00000000000000c0
	is spawner CapPrm 00000000000000c0
	for r in engine auth_file auth_passwd session; do
		is $r CapEff 0000000000000000
		is $r CapPrm 0000000000000000
		limited $r 'Max processes'
	done
	is authd Uid '0 0 0 0'
	is engine Uid '891 891 891 891'
	is engine Gid '891 891 891 891'
	is auth_file Uid '892 892 892 892'
	is auth_passwd Uid '892 892 892 892'
	is spawner Uid '893 893 893 893'
	is spawner Gid '893 893 893 893'
	is session Uid '5001 5001 5001 5001'
	is session Gid '5001 5001 5001 5001'
	for r in engine auth_file spawner session; do
		is $r Groups ''
	done
	is auth_passwd Groups "$(getent group shadow | cut -d : -f 3)"
	for r in engine auth_passwd; do
		limited $r 'Max file size'
	done
	session_end
	pop3d_stop
}

system_test layers "the log names the active layers"
layers_body()
{
	AUTH="auth file \"$(pwd)/users\"
auth passwd"
	pop3d_conf
	pop3d_start
	all='no_new_privs landlock-abi=[1-9][0-9]* seccomp$'
	logged "pop3d: sandbox: authd: $all" || flunk "authd"
	logged "engine 1: sandbox: engine: $all" || flunk "engine"
	logged "auth_file 1: sandbox: backend: $all" || flunk "auth_file"
	logged "auth_passwd 1: sandbox: backend: $all" || flunk "auth_passwd"
	logged "spawner: sandbox: spawner: ${all%$} namespaces$" ||
		flunk "spawner"
	# Once, by authd, where the kernel is older than what there is to say.
	abi=$(sed -n 's/.*landlock-abi=\([0-9]*\).*/\1/p' log | head -n 1)
	n=$(grep -c "pop3d: sandbox: this kernel's Landlock, ABI $abi, cannot" \
	    log) || :
	[ "$n" -eq $((abi < 6)) ] || flunk "ABI $abi: logged $n times"
	pop3d_stop
}

# A kernel without a layer: all of the daemon runs below such a filter.
missing()
{
	pop3d_conf
	mkmbox anna
	timeout 200 "$REGRESS/sandbox/without" "$1" "$POP3D" -d -f pop3d.conf \
	    -L "$LIBEXEC" >out 2>&1
	[ $? -eq 1 ] || flunk "it starts: $(cat out)"
	grep -q "does not give $2; \"sandbox optional\"" out ||
		flunk "no reason: $(cat out)"

	echo "sandbox optional" >>pop3d.conf
	daemon=$POP3D
	printf '#!/bin/sh\nexec "%s" %s "%s" "$@"\n' \
	    "$REGRESS/sandbox/without" "$1" "$daemon" >wrapper
	chmod 755 wrapper
	POP3D=$(pwd)/wrapper
	pop3d_start
	logged "sandbox: authd: .*does not give $2, going on" || flunk "authd"
	logged "sandbox: engine: .*does not give $2, going on" || flunk "engine"
	logged "sandbox: spawner: no_new_privs $3" || flunk "other layer"
	login_works anna || flunk "no login: $(cat talk.out)"
	pop3d_stop
}

system_test no_landlock "without Landlock it starts only if that is optional"
no_landlock_body()
{
	missing landlock Landlock 'seccomp'
}

system_test no_seccomp "without seccomp it starts only if that is optional"
no_seccomp_body()
{
	missing seccomp seccomp 'landlock-abi'
}

# escapes LAYERS: the daemon of sandbox/escape, and its verdicts in the log.
# Print the result in any case.
escapes()
{
	[ -x "$REGRESS/sandbox/escape/authd" ] ||
		atf_skip "not with the sanitizers"
	LIBEXEC=$(pwd)/libexec
	cp -rp "$REGRESS/sandbox/escape" "$LIBEXEC"
	# Not beside the spool, where authd may write: this /etc is a copy.
	_open=/etc/escape.$$
	mkdir -m 1777 $_open
	printf '%s\n' "$1" "$(pwd)/mail/bert" "$(pwd)/server.key" \
	    $_open >libexec/escape
	python3 "$REGRESS/sandbox/listen.py" "$(pwd)/mail/bert" &
	_listener=$!
	soon test -e listening || flunk "no listener"
	mkmbox bert
	pop3d_start
	# Twice: otherwise no session sees them for the first time.
	login_works anna || flunk "no session: $(cat talk.out)"
	login_works anna || flunk "no second session: $(cat talk.out)"
	pop3d_stop
	kill "$_listener"
	sed -n 's/^.*escape: //p' log | sort -u
	for _r in $2; do
		logged "escape: role $_r, $1: [0-9]* ways tried" ||
			flunk "role $_r did not try"
	done
	_tried='.*: \(denied\|may\)'
	[ "$(grep -c "escape: role 8$_tried" log)" -ge 45 ] ||
		[ "$(grep -c "escape: role 9$_tried" log)" -ge 45 ] ||
		flunk "too few tried"
	unlogged 'escape:.*GOT OUT' ||
		flunk "$(grep 'GOT OUT' log | sort -u)"
}

# The passwords in a directory of their own: the backend may write there.
own_users()
{
	mkdir auth
	mkusers
	mv users auth/users
}

sealed()
{
	AUTH="auth file \"$(pwd)/auth/users\"
auth passwd"
	pop3d_conf "log verbose"
	own_users
	mkmbox anna
	escapes "$1" "0 1 2 3 7 8"
}

# Where the user may write the directory, a session makes its dotlock itself.
own_dotlock()
{
	AUTH="auth file \"$(pwd)/auth/users\""
	MAILBOX="mailbox mbox \"$(pwd)/mail/%u.d/mbox\""
	pop3d_conf "log verbose"
	own_users
	mkmbox anna
	mkdir mail/anna.d
	mv mail/anna mail/anna.d/mbox
	chown anna:anna mail/anna.d
	escapes "$1" "0 1 3 7 9"
}

# The backends that ask a server or run foreign code.
others()
{
	printf '#!/bin/sh\nexit 1\n' >never
	chmod 755 never
	AUTH="auth file \"$(pwd)/auth/users\"
auth ldap {
	url \"ldap://127.0.0.1:9\"
	basedn \"dc=example,dc=org\"
	uid 5001
	gid 5001
	home \"/nonexistent\"
}
auth exec {
	program \"$(pwd)/never\"
	uid 5001
	gid 5001
}"
	pop3d_conf "log verbose"
	own_users
	mkmbox anna
	escapes "$1" "0 1 3 4 5 7 8"
}

system_test others_all "backends with a network, or foreign code: all layers"
others_all_body()
{
	others all
}

system_test others_seccomp "the same with seccomp alone"
others_seccomp_body()
{
	others seccomp
}

system_test others_landlock "the same with Landlock alone"
others_landlock_body()
{
	others landlock
}

system_test escape_all "from inside, every role, all layers: nobody gets out"
escape_all_body()
{
	sealed all
}

system_test escape_seccomp "the same with seccomp alone"
escape_seccomp_body()
{
	sealed seccomp
}

system_test escape_landlock "the same with Landlock alone, as far as it goes"
escape_landlock_body()
{
	sealed landlock
}

system_test escape_spaces "the same with namespaces alone, as far as they go"
escape_spaces_body()
{
	sealed namespaces
}

system_test dotlock_all "a session with a dotlock of its own: all layers"
dotlock_all_body()
{
	own_dotlock all
}

system_test dotlock_seccomp "a session with a dotlock of its own: seccomp alone"
dotlock_seccomp_body()
{
	own_dotlock seccomp
}

system_test dotlock_works "sealed, it makes and removes that dotlock"
dotlock_works_body()
{
	MAILBOX="mailbox mbox \"$(pwd)/mail/%u.d/mbox\""
	pop3d_conf "log verbose"
	mkmbox anna
	mkdir mail/anna.d
	mv mail/anna mail/anna.d/mbox
	chown anna:anna mail/anna.d
	pop3d_start
	session_begin
	session_end
	[ "$(grep -c '^From sender' mail/anna.d/mbox)" = 2 ] ||
		flunk "not removed"
	[ ! -e mail/anna.d/mbox.lock ] || flunk "dotlock left"
	# A stale one, of a process that has gone, when it commits.
	session_begin
	echo "999999 $(uname -n)" >mail/anna.d/mbox.lock
	session_end
	logged 'stale, removed' || flunk "not broken: $(cat log)"
	[ "$(grep -c '^From sender' mail/anna.d/mbox)" = 1 ] ||
		flunk "not removed"
	pop3d_stop
}

# Everything once, where an unlisted call is named; pop3d_stop looks.
system_test unlisted "no system call outside the policy"
unlisted_body()
{
	[ -x "$REGRESS/sandbox/trap/authd" ] ||
		atf_skip "not with the sanitizers"
	AUTH="auth file \"$(pwd)/users\"
auth passwd"
	pop3d_conf
	LIBEXEC=$REGRESS/sandbox/trap
	mkmbox anna 2000
	mkmbox bert
	pop3d_start
	session_begin
	session_end
	login_works bert || flunk "$(cat talk.out)"
	pop3d_stop
}
