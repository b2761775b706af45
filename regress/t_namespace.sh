#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Namespaces: where spawner and sessions run, the ids mapped there, and what
# happens where the system gives none.

. "$(atf_get_srcdir)/lib/lib.sh"

# same ROLE KIND, other ROLE KIND: as authd's, or not.
same()
{
	for _p in $(pids_of_role "$1"); do
		[ "$(readlink "/proc/$_p/ns/$2")" = \
		    "$(readlink "/proc/$(cat pid)/ns/$2")" ] ||
			flunk "$1: another $2 namespace than authd"
	done
}

other()
{
	_pids=$(pids_of_role "$1")
	[ -n "$_pids" ] || flunk "no $1"
	for _p in $_pids; do
		[ "$(readlink "/proc/$_p/ns/$2")" != \
		    "$(readlink "/proc/$(cat pid)/ns/$2")" ] ||
			flunk "$1: the $2 namespace of authd"
	done
}

# map PID FILE LINE ...: /proc/PID/FILE has these lines.
map()
{
	_p=$1 _f=$2
	shift 2
	printf '%s\n' "$@" >want
	tr -s ' ' <"/proc/$_p/$_f" | sed 's/^ //' | cmp - want ||
		flunk "$_f: $(cat "/proc/$_p/$_f")"
}

# spaced: spawner and session, and only they, are in the namespaces.
spaced()
{
	for k in user net ipc; do
		other spawner $k
		other session $k
		for r in engine keyd auth_file; do
			same $r $k
		done
	done
	for k in mnt pid uts; do
		same spawner $k
		same session $k
	done
	logged 'spawner: sandbox: spawner: .* seccomp namespaces$' ||
		flunk "not logged"
	spawner=$(pids_of_role spawner)
	# No way from there to anywhere, not even to itself.
	nsenter -t "$spawner" -n cat /proc/net/dev >dev || flunk "nsenter"
	[ "$(grep -c : dev)" = 1 ] || flunk "$(cat dev)"
	grep -q '^ *lo: *0 ' dev || flunk "$(cat dev)"
	nsenter -t "$spawner" -n ip link show lo | grep -q 'state DOWN' ||
		flunk "lo is up"
}

# becomes PID ID ...: with all capabilities that there are in its user
# namespace, whether the kernel lets anybody become these users, groups.
becomes()
{
	pop3_python "$@" <<-'EOF'
	import ctypes
	libc = ctypes.CDLL(None, use_errno=True)
	ids = [int(i) for i in sys.argv[2:]]
	ns = os.open("/proc/%s/ns/user" % sys.argv[1], os.O_RDONLY)
	if libc.setns(ns, 0) != 0:
	    sys.exit("setns: %s" % os.strerror(ctypes.get_errno()))
	for what in os.setresgid, os.setresuid:
	    for i in ids:
	        if os.fork() == 0:
	            try:
	                what(i, i, i)
	            except OSError as e:
	                print(what.__name__, i, e.strerror)
	            else:
	                print(what.__name__, i, "yes")
	            sys.stdout.flush()
	            os._exit(0)
	        os.wait()
	EOF
}

system_test where "each process's namespaces and the ids there"
where_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin
	spaced
	for p in $spawner $(pids_of_role session); do
		map "$p" uid_map "1000 1000 59001" "893 893 1"
		map "$p" gid_map "1000 1000 59001" "100 100 1" "893 893 1"
	done
	[ "$(cat "/proc/$spawner/setgroups")" = deny ] || flunk "setgroups"
	[ "$(status "$spawner" CapEff)" = 00000000000000c0 ] ||
		flunk "spawner: $(status "$spawner" CapEff)"
	becomes "$spawner" 0 1 8 42 100 892 893 999 1000 60000 60001
	cat >want <<-EOF
	setresgid 0 Invalid argument
	setresgid 1 Invalid argument
	setresgid 8 Invalid argument
	setresgid 42 Invalid argument
	setresgid 100 yes
	setresgid 892 Invalid argument
	setresgid 893 yes
	setresgid 999 Invalid argument
	setresgid 1000 yes
	setresgid 60000 yes
	setresgid 60001 Invalid argument
	setresuid 0 Invalid argument
	setresuid 1 Invalid argument
	setresuid 8 Invalid argument
	setresuid 42 Invalid argument
	setresuid 100 Invalid argument
	setresuid 892 Invalid argument
	setresuid 893 yes
	setresuid 999 Invalid argument
	setresuid 1000 yes
	setresuid 60000 yes
	setresuid 60001 Invalid argument
	EOF
	cmp python.out want || flunk "$(cat python.out)"
	session_end
	[ "$(grep -c '^From sender' mail/anna)" = 2 ] || flunk "not removed"
	pop3d_stop
}

# The spawner's uid among those of users; nobody's, which stands for all others
# inside, is not to be had.
system_test nobody "a range of ids with the spawner's and nobody's in it"
nobody_body()
{
	pop3d_conf "uid-min 100" "uid-max 70000"
	{
		echo 'dora:{PLAIN}dora:65534:5001:Dora:/nonexistent::'
		echo 'emil:{PLAIN}emil:5001:65534:Emil:/nonexistent::'
		echo 'fritz:{PLAIN}fritz:65535:65535:Fritz:/nonexistent::'
	} >>users
	mkmbox anna
	pop3d_start
	spawner=$(pids_of_role spawner)
	map "$spawner" uid_map "100 100 65434" "65535 65535 4466"
	map "$spawner" gid_map "100 100 65434" "65535 65535 4466"
	export PASS_dora=dora PASS_emil=emil PASS_fritz=fritz
	login_works anna || flunk "anna: $(cat talk.out)"
	login_works fritz || flunk "fritz: $(cat talk.out)"
	! login_works dora || flunk "as nobody"
	! login_works emil || flunk "in nobody's group"
	[ "$(grep -c 'code=refused reason=.*nobody' log)" = 2 ] ||
		flunk "no reason"
	pop3d_stop
}

system_test replaced "a new spawner is where the old one was"
replaced_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin
	old=$(pids_of_role spawner)
	kill -ILL "$(pids_of_role session)"
	touch "done"
	wait "$session" || :
	logged 'spawner: replaced after a crash' || flunk "not replaced"
	soon ended "$old" || flunk "$old stays"
	session_begin
	spaced
	[ "$spawner" != "$old" ] || flunk "it is the old one"
	session_end
	pop3d_stop
}

system_test nested "in a container's user namespace, one more"
nested_body()
{
	below "$REGRESS/lib/nested.py" 100
	session_begin
	spaced
	session_end
	pop3d_stop
}

# As in a unit or a container that leaves root these: CAP_SYS_ADMIN is not
# needed where everybody may make user namespaces.
system_test bounded "authd started without CAP_SYS_ADMIN"
bounded_body()
{
	pop3d_conf
	mkmbox anna
	cat >bounded <<-EOF
	#!/bin/sh
	exec setpriv --no-new-privs \
	    --bounding-set=-all,+setuid,+setgid,+sys_chroot,+kill,+chown \
	    "$POP3D" "\$@"
	EOF
	chmod 755 bounded
	POP3D=$(pwd)/bounded
	pop3d_start
	session_begin
	spaced
	session_end
	pop3d_stop
}

system_test user "started by a user: namespaces with that user's ids alone"
user_body()
{
	pop3d_conf
	mkmbox anna
	chown -R anna:anna state users server.key mail
	cat >as_anna <<-EOF
	#!/bin/sh
	exec setpriv --reuid anna --regid anna --clear-groups "$POP3D" "\$@"
	EOF
	chmod 755 as_anna
	POP3D=$(pwd)/as_anna
	touch log
	pop3d_start
	session_begin
	spaced
	for p in $spawner $(pids_of_role session); do
		map "$p" uid_map "5001 5001 1"
		map "$p" gid_map "5001 5001 1"
		for c in CapEff CapPrm; do
			[ "$(status "$p" $c)" = 0000000000000000 ] ||
				flunk "$c: $(status "$p" $c)"
		done
	done
	session_end
	pop3d_stop
}

# below PROGRAM ARGUMENT: the daemon started by that.
below()
{
	pop3d_conf
	mkmbox anna
	printf '#!/bin/sh\nexec "%s" %s "%s" "$@"\n' "$1" "$2" "$POP3D" \
	    >wrapper
	chmod 755 wrapper
	POP3D=$(pwd)/wrapper
	pop3d_start
}

# unspaced: spawner and session are where authd is, and serve all the same.
unspaced()
{
	session_begin
	for k in user net ipc; do
		same spawner $k
		same session $k
	done
	spawner=$(pids_of_role spawner)
	[ "$(status "$spawner" CapEff)" = 00000000000000c0 ] ||
		flunk "spawner: $(status "$spawner" CapEff)"
	logged 'spawner: sandbox: spawner: .* seccomp$' || flunk "not logged"
	session_end
	[ "$(grep -c '^From sender' mail/anna)" = 2 ] || flunk "not removed"
	pop3d_stop
}

system_test none "without namespaces it goes on and logs it"
none_body()
{
	below "$REGRESS/sandbox/without" namespaces
	unspaced
	logged 'sandbox: spawner: .*does not give namespaces' ||
		flunk "no reason"
}

system_test closed "where they can be made and not entered, too"
closed_body()
{
	below "$REGRESS/sandbox/without" setns
	unspaced
	logged 'spawner: namespaces: going on without: ' || flunk "no reason"
}

system_test sysctl "where the administrator allows none"
sysctl_body()
{
	below "$REGRESS/lib/nested.py" 0
	unspaced
	logged 'does not give namespaces \(No space left on device\)' ||
		flunk "no reason"
}
