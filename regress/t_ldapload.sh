#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The cost of a login through LDAP.  Nothing else may run beside it.

. "$(atf_get_srcdir)/lib/lib.sh"
. "$(atf_get_srcdir)/lib/ldap.sh"

# cpu ROLE ...: print the CPU time of the processes of these roles, in us.
cpu()
{
	for _r; do
		for _p in $(pids_of_role "$_r"); do
			cat "/proc/$_p/schedstat"
		done
	done | awk '{ s += $1 } END { printf "%d\n", s / 1000 }'
}

ldap_test load "5,000 logins by 8 clients: what one costs" 300
load_body()
{
	for _i in $(seq 100); do
		person "u$_i" 5001 '{SSHA}Yl++d5u9ZQMTMtlHRN3OW2ZzVjxEV3sm'
	done >more.ldif
	slapd_make more.ldif
	slapd_start
	AUTH=$(ldap_auth "$plain_url")
	pop3d_conf 'limit { per-user 100 }'
	mkmbox anna
	for _i in $(seq 100); do
		cp -p mail/anna "mail/u$_i"
	done
	pop3d_start
	works anna
	cat >load.py <<-'END'
	import multiprocessing, sys, time
	sys.path.insert(0, sys.argv[1])
	import pop3
	def client(n):
	    for i in range(625):
	        c = pop3.Client(int(sys.argv[2]))
	        c.line()
	        for cmd in "USER u%d" % (1 + n + i % 12 * 8), "PASS password":
	            c.send(cmd.encode() + b"\r\n")
	            line = c.line()
	            if not line.startswith(b"+OK"):
	                sys.exit("%s: %r" % (cmd, line))
	        c.send(b"QUIT\r\n")
	        c.line()
	        c.sock.close()
	if __name__ == "__main__":
	    begin = time.monotonic()
	    p = [multiprocessing.Process(target=client, args=(i,))
	        for i in range(8)]
	    for x in p:
	        x.start()
	    for x in p:
	        x.join()
	    print("%.0f logins/s" % (5000 / (time.monotonic() - begin)))
	    sys.exit(any(x.exitcode for x in p))
	END
	# The best of three: what the others add is the machine's doing.
	for _round in 1 2 3; do
		before=$(cpu authd auth_ldap)
		workers=$(cpu auth_ldap)
		PYTHONDONTWRITEBYTECODE=1 python3 load.py "$REGRESS/lib" \
		    "$CLEARPORT" >out 2>&1 || flunk "$(cat out)"
		each=$((($(cpu authd auth_ldap) - before) / 5000))
		cat out
		echo "CPU per login: authd and workers $each us," \
		    "workers $((($(cpu auth_ldap) - workers) / 5000)) us"
		[ $each -gt 0 ] || atf_skip "no /proc/PID/schedstat"
		[ $each -gt 400 ] || break
	done
	[ "$(connections)" -le 2 ] || flunk "$(connections) connections"
	[ $each -le 400 ] || sanitized || flunk "$each us for a login"
	pop3d_stop
	slapd_stop
}

# p99 MODE: set p99 to the time of logins by the file, in us, while others log
# in by the directory; the best of three rounds, because a busy machine adds to
# the others.
p99()
{
	p99=
	for _round in 1 2 3; do
		PYTHONDONTWRITEBYTECODE=1 python3 others.py "$REGRESS/lib" \
		    "$CLEARPORT" >out 2>&1 || flunk "$1: $(cat out)"
		echo "$1: $(cat out)"
		_t=$(sed -n 's/.*p99 \([0-9]*\) us.*/\1/p' out)
		[ "${p99:-$_t}" -lt "$_t" ] || p99=$_t
	done
	[ "$p99" -le "$worst" ] || worst=$p99
}

ldap_test others "p99 of others, while a directory is dead, mute or endless" 900
others_body()
{
	for _i in 1 2 3 4; do
		echo "f$_i:{PLAIN}password:5001:5001"
	done >few
	chown root:_pop3auth few
	chmod 640 few
	for _i in 1 2 3 4; do
		person "d$_i" 5001 '{SSHA}Yl++d5u9ZQMTMtlHRN3OW2ZzVjxEV3sm'
	done >more.ldif
	slapd_make more.ldif
	slapd_start
	AUTH="auth file \"$(pwd)/few\"
$(ldap_auth "$plain_url")"
	pop3d_conf 'limit { per-user 100 }'
	mkmbox anna
	for _i in f1 f2 f3 f4 d1 d2 d3 d4; do
		cp -p mail/anna "mail/$_i"
	done
	cat >others.py <<-'END'
	import multiprocessing, sys, time
	sys.path.insert(0, sys.argv[1])
	import pop3
	def login(user, password):
	    begin = time.monotonic()
	    c = pop3.Client(int(sys.argv[2]))
	    c.line()
	    c.send(b"USER %s\r\n" % user.encode())
	    c.line()
	    c.send(b"PASS %s\r\n" % password.encode())
	    line = c.line()
	    taken = time.monotonic() - begin
	    c.send(b"QUIT\r\n")
	    c.line()
	    c.sock.close()
	    return line, taken
	def by_file(n, times):
	    mine = []
	    for i in range(500):
	        line, taken = login("f%d" % n, "password")
	        if not line.startswith(b"+OK"):
	            sys.exit("f%d: %r" % (n, line))
	        mine.append(taken)
	        time.sleep(0.005)
	    times.put(mine)
	def by_ldap(n, answers, end):
	    worst = all = ok = 0
	    while not end.is_set():
	        line, taken = login("d%d" % n, "password")
	        ok += line.startswith(b"+OK")
	        all += 1
	        worst = max(worst, taken)
	        time.sleep(0.05)
	    answers.put((all, ok, worst))
	if __name__ == "__main__":
	    times, answers = multiprocessing.Queue(), multiprocessing.Queue()
	    end = multiprocessing.Event()
	    ldap = [multiprocessing.Process(target=by_ldap,
	        args=(i + 1, answers, end)) for i in range(4)]
	    file = [multiprocessing.Process(target=by_file,
	        args=(i + 1, times)) for i in range(4)]
	    for p in ldap + file:
	        p.start()
	    all = sorted(sum((times.get() for i in file), []))
	    end.set()
	    rest = [answers.get() for i in ldap]
	    for p in ldap + file:
	        p.join()
	    print("file: p50 %d us, p99 %d us, max %d us; "
	        "directory: %d logins, %d of them ok, slowest %d ms" % (
	        all[len(all) // 2] * 1e6, all[len(all) * 99 // 100] * 1e6,
	        all[-1] * 1e6,
	        sum(r[0] for r in rest), sum(r[1] for r in rest),
	        max(r[2] for r in rest) * 1e3))
	    sys.exit(any(p.exitcode for p in ldap + file))
	END
	pop3d_start
	worst=0
	p99 "works"
	bound=$((p99 * 2))
	worst=0
	kill -STOP "$(cat slapd.pid)"
	p99 "stands still"
	kill -CONT "$(cat slapd.pid)"
	slapd_stop KILL
	p99 "dead"
	for _m in endless unrelated huge half trickle mute garbage; do
		FAKEPORT=$LDAPPORT fake_start $_m
		p99 $_m
		fake_stop
	done
	[ "$worst" -le "$bound" ] || flunk "p99 $worst us, not $bound us"
	unlogged 'missed its deadline' || flunk "workers were killed"
	pop3d_stop
}
