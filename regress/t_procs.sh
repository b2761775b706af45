#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The processes: ids, titles, descriptors; recovery after one dies.

. "$(atf_get_srcdir)/lib/lib.sh"

# runs_as ROLE USER: every process of that role, all its ids, no capabilities.
runs_as()
{
	uid=$(id -u "$2")
	pids=$(pids_of_role "$1")
	[ -n "$pids" ] || flunk "no $1: $(ps -ef)"
	for p in $pids; do
		[ "$(status "$p" Uid | tr '\t' ' ')" = \
		    "$uid $uid $uid $uid" ] ||
			flunk "$1: uid $(status "$p" Uid), not $2"
		[ "$(status "$p" CapEff)" = "${3-0000000000000000}" ] ||
			flunk "$1: capabilities $(status "$p" CapEff)"
		[ "$(status "$p" CapPrm)" = "${3-0000000000000000}" ] ||
			flunk "$1: capabilities $(status "$p" CapPrm)"
	done
}

system_test users "each process runs as it should"
users_body()
{
	AUTH="auth file \"$(pwd)/users\"
auth passwd"
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin

	runs_as engine _pop3d
	runs_as auth_file _pop3auth
	runs_as keyd _pop3key
	runs_as auth_passwd _pop3auth
	# CAP_SETGID and CAP_SETUID, nothing else.
	runs_as spawner _pop3stor 00000000000000c0
	runs_as session anna

	# Only the master and authd are root.
	for p in $(tree "$(cat master)"); do
		[ "$p" = "$(cat master)" ] || [ "$p" = "$(cat pid)" ] ||
			[ "$(status "$p" Uid | cut -f 2)" != 0 ] ||
			flunk "root: $(ps -fp "$p")"
	done

	# Supplementary groups: none, but shadow for auth_passwd.
	shadow=$(getent group shadow | cut -d : -f 3)
	for r in authd engine keyd auth_file spawner session; do
		for p in $(pids_of_role $r); do
			[ -z "$(status "$p" Groups | tr -d ' ')" ] ||
				flunk "$r: groups $(status "$p" Groups)"
		done
	done
	for p in $(pids_of_role auth_passwd); do
		[ "$(status "$p" Groups | tr -d ' ')" = "$shadow" ] ||
			flunk "auth_passwd: groups $(status "$p" Groups)"
	done

	# The engine sees its empty directory and nothing else.
	for p in $(pids_of_role engine); do
		[ "$(readlink "/proc/$p/root")" = "$(pwd)/empty" ] ||
			flunk "engine: root $(readlink "/proc/$p/root")"
	done
	session_end
	pop3d_stop
}

system_test titles "process titles name role and user"
titles_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin
	ps -o args= -p "$(pids_of_role authd)" | grep -q 'priv' ||
		flunk "authd: $(ps -o args= -p "$(pids_of_role authd)")"
	for r in engine keyd auth_file spawner session; do
		for p in $(pids_of_role $r); do
			ps -o args= -p "$p" >title
			grep -q "${r#auth_}\|storaged" title ||
				flunk "$r: $(cat title)"
			! grep -q '[ .]$' title ||
				flunk "$r: something behind: $(cat title)"
		done
	done
	for p in $(pids_of_role session); do
		ps -o args= -p "$p" | grep -q anna ||
			flunk "session: $(ps -o args= -p "$p")"
	done
	session_end
	pop3d_stop
}

system_test descriptors "no process holds another's descriptors"
descriptors_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin
	mbox=$(pwd)/mail/anna
	for r in engine keyd auth_file spawner authd; do
		for p in $(pids_of_role $r); do
			! open_files "$p" | grep -q "$mbox" ||
				flunk "$r holds the mailbox"
			! open_files "$p" | grep -q 'server.key' ||
				flunk "$r holds the key file"
		done
	done
	# The session has its mailbox, and no network.
	for p in $(pids_of_role session); do
		open_files "$p" | grep -q "$mbox" || flunk "no mailbox"
		for s in $(open_files "$p" |
		    sed -n 's/.*socket:\[\([0-9]*\)\]/\1/p'); do
			! awk '{ print $10 }' /proc/net/tcp /proc/net/tcp6 |
			    grep -qx "$s" || flunk "session has the network"
		done
	done
	session_end
	pop3d_stop
}

system_test keys "keyd's memory is locked, and no other uid reaches it"
keys_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	p=$(pids_of_role keyd)
	login_works anna || flunk "$(cat talk.out)"
	unlogged 'memory: none is locked' || flunk "not locked"
	# All that it has, in kB; where nobody may raise the limit, its keys.
	least=$(status "$p" VmRSS | cut -d ' ' -f 1)
	unlogged 'keyd: memory: only libcrypto' || least=4096
	[ "$(status "$p" VmLck | cut -d ' ' -f 1)" -ge "$least" ] ||
		flunk "$(cat "/proc/$p/status")"
	[ "$(status "$p" VmSwap)" = "0 kB" ] || flunk "swapped"
	[ "$(stat -c %u "/proc/$p/mem")" = 0 ] || flunk "dumpable"
	for q in $(tree "$(cat pid)"); do
		[ "$q" = "$p" ] ||
			[ "$(ps -o user= -p "$q")" != _pop3key ] ||
			flunk "$(ps -fp "$q")"
	done
	pop3d_stop
}

system_test inherited "no process keeps files that the caller left open"
inherited_body()
{
	pop3d_conf
	mkmbox anna
	echo secret >careless
	exec 5<careless 9<careless
	pop3d_start
	exec 5<&- 9<&-
	session_begin
	for p in $(tree "$(cat pid)"); do
		! open_files "$p" | grep -q careless ||
			flunk "$(ps -fp "$p"): $(open_files "$p")"
	done
	session_end
	pop3d_stop
	# Not even the first three.
	env -i PATH="$PATH" "$POP3D" -d -f "$(pwd)/pop3d.conf" -L "$LIBEXEC" \
	    0<&- 1>&- 2>&- &
	echo $! >master
	"$POP3" wait "$PORT" "$(cat master)" || flunk "does not start"
	authd_pid >pid
	soon login_works anna || flunk "no login: $(cat talk.out)"
	for fd in 0 1 2; do
		[ "$(readlink "/proc/$(cat pid)/fd/$fd")" = /dev/null ] ||
			flunk "$(ls -l "/proc/$(cat pid)/fd")"
	done
	pop3d_stop
}

# An open file of two processes can be changed by one for the other: flags,
# offset, length, the end of a connection.
system_test shared "what processes share, and no open file beside that"
shared_body()
{
	POP3D_LIBEXEC=
	AUTH="auth file \"$(pwd)/users\"
auth passwd"
	pop3d_conf "engines 2"
	mkmbox anna
	pop3d_start
	session_begin
	main=$(cat pid)
	# shellcheck disable=SC2046
	pop3_python "$main" $(tree "$main") <<-'PY'
	import ctypes, itertools, platform
	LIBC = ctypes.CDLL(None, use_errno=True)
	KCMP = {"x86_64": 312, "aarch64": 272}[platform.machine()]

	def same(a, b):
	    got = LIBC.syscall(KCMP, a[0], b[0], 0, a[1], b[1])
	    assert got >= 0, os.strerror(ctypes.get_errno())
	    return got == 0

	def files(pid):
	    for fd in os.listdir("/proc/%d/fd" % pid):
	        try:
	            yield pid, int(fd), os.readlink("/proc/%d/fd/%s" %
	                (pid, fd))
	        except OSError:
	            pass

	def name(pid):
	    with open("/proc/%d/cmdline" % pid) as f:
	        return f.read().strip("\0 ")

	authd = int(sys.argv[1])
	all = [f for p in sys.argv[2:] for f in files(int(p))]
	by = {}
	for f in all:
	    by.setdefault(f[2], []).append(f)
	bad, listeners = [], 0
	for link, group in by.items():
	    for a, b in itertools.combinations(group, 2):
	        if a[0] == b[0] or link == "/dev/null" or not same(a, b):
	            continue
	        # A listener, of authd and one engine; the users' table, sealed.
	        if link.startswith("socket:") and authd in (a[0], b[0]):
	            listeners += 1
	        elif not link.startswith("/memfd:"):
	            bad.append((link, name(a[0]), a[1], name(b[0]), b[1]))
	assert not bad, bad
	assert listeners == 6, listeners
	PY
	session_end
	pop3d_stop
}

# After a death: the next login works, and the role is there again.
back()
{
	soon login_works bert || flunk "$1 killed: $(cat talk.out log)"
	soon has_role "$1" || flunk "no $1 any more"
	kill -0 "$(cat pid)" || flunk "authd is gone: $(cat log)"
}

has_role()
{
	[ -n "$(pids_of_role "$1")" ]
}

no_zombie()
{
	! ps -o stat= --ppid "$(cat pid)" | grep -q Z
}

kill_one()
{
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	# An engine greets before the others are up; a death then is the end.
	logged "ready, .* pid $(cat pid)\$" || flunk "not ready"
	for round in 1 2 3; do
		for p in $(pids_of_role "$1"); do
			kill -KILL "$p"
		done
		back "$1"
		soon no_zombie || flunk "zombies: $(ps -ef)"
	done
	pop3d_stop
}

system_test kill_engine "the engine is killed: a new one takes over"
kill_engine_body()
{
	kill_one engine
}

# Whatever its class; the spawner has nothing to be ready for.
system_test dies_early "a process that ends before it is ready ends the start"
dies_early_body()
{
	pop3d_conf
	own_libexec
	for p in engine keyd auth_file; do
		mv libexec/$p $p.away
		printf '#!/bin/sh\nexit 7\n' >libexec/$p
		chmod 755 libexec/$p
		timeout 200 "$POP3D" -d -f "$(pwd)/pop3d.conf" -L "$LIBEXEC" \
		    >out 2>&1
		rc=$?
		[ $rc -eq 1 ] || flunk "$p: exit $rc, not 1: $(cat out)"
		grep -q ": $p.* ended with status 7" out ||
			flunk "$p: $(cat out)"
		! grep -q 'ready, version' out || flunk "$p: $(cat out)"
		mv $p.away libexec/$p
	done
}

system_test kill_ready "an engine that ends as soon as it is ready, again"
kill_ready_body()
{
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	logged "ready, .* pid $(cat pid)\$" || flunk "not ready"
	# A busy machine may be slow once, or twice.
	for round in 1 2 3 4 5 6; do
		kill -KILL "$(pids_of_role engine | head -1)"
		back engine
		unlogged "engine 1: starting again in" || break
	done
	logged "engine 1: starting again in" || flunk "at once: $(cat log)"
	pop3d_stop
}

system_test kill_keyd "keyd is killed: a new one takes over"
kill_keyd_body()
{
	kill_one keyd
}

system_test kill_worker "a worker is killed: a new one takes over"
kill_worker_body()
{
	kill_one auth_file
}

system_test kill_spawner "the spawner is killed: a new one takes over"
kill_spawner_body()
{
	kill_one spawner
}

# mid_login SIGNAL: two logins wait for a stopped spawner; one of them leaves,
# and the spawner gets the signal, if any.
mid_login()
{
	pop3d_conf "limit per-user 1"
	mkmbox anna
	pop3d_start
	pop3_python "$CLEARPORT" "$(pids_of_role spawner)" "$1" <<-'EOF'
	import signal
	spawner = int(sys.argv[2])
	os.kill(spawner, signal.SIGSTOP)
	stays, leaves = Client(int(sys.argv[1])), Client(int(sys.argv[1]))
	for c, user in (stays, "anna"), (leaves, "bert"):
	    c.reply()
	    c.cmd("USER " + user)
	    c.send(b"PASS " + os.environ["PASS_" + user].encode() + b"\r\n")
	    c.taken()
	time.sleep(1)
	leaves.reset()
	if sys.argv[3]:
	    os.kill(spawner, getattr(signal, sys.argv[3]))
	line = stays.reply()
	assert line.startswith(b"-ERR [SYS/TEMP] "), line
	# The next spawner is not up at once.
	end = time.monotonic() + 60
	while not line.startswith(b"+OK"):
	    assert time.monotonic() < end, line
	    stays.cmd("USER anna")
	    stays.send(b"PASS " + os.environ["PASS_anna"].encode() + b"\r\n")
	    line = stays.reply()
	stays.cmd("QUIT")
	EOF
	login_works anna || flunk "$(cat talk.out)"
	pop3d_stop
}

system_test dies_in_login "the spawner dies in a login: [SYS/TEMP], a new one"
dies_in_login_body()
{
	mid_login SIGKILL
}

system_test hangs_in_login "the spawner hangs: [SYS/TEMP], then a new one"
hangs_in_login_body()
{
	mid_login ""
	logged 'spawner: starts no sessions; killed' || flunk "not logged"
}

system_test kill_storaged "a storaged is killed: one session ends"
kill_storaged_body()
{
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	before=$(sha256sum <mail/anna)
	engine=$(pids_of_role engine)
	rm -f ready "done"
	pop3_talk -t "$TLSPORT" <<-EOF &
	S: \+OK.*
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	$HOLD
	EOF
	session=$!
	soon test -e ready || flunk "no session: $(cat log)"
	kill -KILL "$(pids_of_role session)"
	login_works bert || flunk "bert suffers"
	touch "done"
	wait "$session" || flunk "session"
	[ "$(pids_of_role engine)" = "$engine" ] || flunk "engine replaced"
	[ "$(sha256sum <mail/anna)" = "$before" ] || flunk "mail changed"
	soon login_works anna || flunk "still locked: $(cat talk.out)"
	soon no_zombie || flunk "zombies: $(ps -ef)"
	[ ! -e mail/anna.lock ] || flunk "dotlock left"
	pop3d_stop
}

system_test session_survives "sessions outlive worker and spawner"
session_survives_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin
	for p in $(pids_of_role auth_file); do
		kill -KILL "$p"
	done
	session_end
	[ "$(grep -c '^From sender' mail/anna)" = 2 ] || flunk "not removed"
	pop3d_stop
}

system_test many "a hundred logins leave no process and no zombie"
many_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	before=$(tree "$(cat pid)" | wc -l)
	cat >many.py <<-'EOF'
	import poplib, sys
	for i in range(100):
	    p = poplib.POP3("127.0.0.1", int(sys.argv[1]))
	    p.user("anna")
	    p.pass_(sys.argv[2])
	    p.quit()
	EOF
	python3 many.py "$CLEARPORT" "$PASS_anna" >out 2>&1 ||
		flunk "$(cat out)"
	soon same_count || flunk "$before before, now $(ps -ef)"
	pop3d_stop
}

same_count()
{
	[ "$(tree "$(cat pid)" | wc -l)" = "$before" ]
}
