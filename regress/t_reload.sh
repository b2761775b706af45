#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Generations: a reload, a new certificate, new programs, an authd that dies;
# sessions and connections do not notice.

. "$(atf_get_srcdir)/lib/lib.sh"

# reload: SIGHUP, and wait until the next generation serves.
reload()
{
	_served=$(grep -c 'reloaded: ' log)
	kill -HUP "$(cat master)" || flunk "no master"
	soon reloaded || flunk "no new generation"
	authd_pid >pid
}

reloaded()
{
	[ "$(grep -c 'reloaded: ' log)" -gt "$_served" ]
}

# generations: how many have processes.
generations()
{
	_children "$(cat master)" authd | wc -l
}

one_generation()
{
	[ "$(generations)" = 1 ]
}

system_test applies "what has changed holds for new sessions, old ones go on"
applies_body()
{
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	session_begin
	sed -i "s/port $CLEARPORT/port $((PORT + 3))/" pop3d.conf
	old=$(cat pid)
	reload
	[ "$(cat pid)" != "$old" ] || flunk "the same authd"
	kill -0 "$old" || flunk "the old generation left its session"
	! listens "$CLEARPORT" || flunk "port $CLEARPORT is still open"
	CLEARPORT=$((PORT + 3))
	login_works bert || flunk "new port: $(cat talk.out)"
	# The session that began before it commits in its own generation.
	session_end
	[ "$(grep -c '^From sender' mail/anna)" = 2 ] || flunk "not removed"
	soon ended "$old" || flunk "generation 1 stays"
	soon one_generation || flunk "$(ps -ef)"
	pop3d_stop
}

listens()
{
	ss -Hltn "sport = :$1" | grep -q .
}

system_test broken "a configuration that is broken changes nothing"
broken_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	old=$(cat pid)
	cp pop3d.conf good
	echo "bogus" >>pop3d.conf
	kill -HUP "$(cat master)"
	logged "pop3d.conf:$(($(wc -l <good) + 1)): unknown word \"bogus\"" ||
		flunk "no reason"
	logged 'reload failed: generation 1, with the configuration before, goes' ||
		flunk "not said"
	# What only a backend, or keyd, finds.
	sed 's|^auth file.*|& { bogus 1 }|' good >pop3d.conf
	kill -HUP "$(cat master)"
	soon failed 2 || flunk "a backend's error was taken"
	cp good pop3d.conf
	mkcert other
	cp other.key server.key
	kill -HUP "$(cat master)"
	soon failed 3 || flunk "half a pair was taken"
	[ "$(authd_pid)" = "$old" ] || flunk "another authd"
	login_works anna || flunk "afterwards: $(cat talk.out)"
	cp other.crt server.crt
	reload
	login_works anna || flunk "repaired: $(cat talk.out)"
	soon ended "$old" || flunk "generation 1 stays"
	pop3d_stop
}

failed()
{
	[ "$(grep -c 'reload failed: ' log)" = "$1" ]
}

system_test certificate "a new pair is served after a reload"
certificate_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	served >before
	mkcert new
	cp new.crt server.crt
	cp new.key server.key
	reload
	served >after
	openssl x509 -in new.crt -noout -fingerprint >want
	cmp -s after want || flunk "served: $(cat before after), not $(cat want)"
	pop3d_stop
}

served()
{
	openssl s_client -connect "127.0.0.1:$TLSPORT" </dev/null 2>/dev/null |
	    openssl x509 -noout -fingerprint
}

system_test renewed "a renewed pair is noticed"
renewed_body()
{
	pop3d_conf
	pop3d_start
	served >first
	mkcert new
	# Half of it first: nothing is served that does not fit.
	cp new.crt server.crt
	touch -d '10 seconds ago' server.crt
	logged_soon "$(pwd)/server.crt: reloading" || flunk "not noticed"
	soon failed 1 || flunk "half a pair was taken"
	served >before
	[ -s first ] && cmp -s first before || flunk "served: $(cat before)"
	cp new.key server.key
	touch -d '10 seconds ago' server.key
	logged_soon "$(pwd)/server.key: reloading" || flunk "not noticed"
	_served=0
	soon reloaded || flunk "not taken"
	served >after
	openssl x509 -in new.crt -noout -fingerprint >want
	cmp -s after want || flunk "served: $(cat before after), not $(cat want)"
	pop3d_stop
}

# Looked at every minute.
logged_soon()
{
	soon logged_now "$1" || soon logged_now "$1"
}

logged_now()
{
	grep -q -F "$1" log
}

system_test programs "the next generation is of the programs that are there"
programs_body()
{
	own_libexec_all
	pop3d_conf
	mkmbox anna
	pop3d_start
	# As packagers do: another file takes the name.
	for p in authd engine storaged; do
		cp "libexec/$p" new
		mv new "libexec/$p"
	done
	reload
	# That of a replaced program is "engine (deleted)", which is no engine.
	for r in authd engine spawner; do
		[ -n "$(pids_of_role $r)" ] || flunk "$r: the program of before"
	done
	login_works anna || flunk "afterwards: $(cat talk.out)"
	pop3d_stop
}

own_libexec_all()
{
	pop3d_install
	own_libexec
}

system_test engines "more engines, fewer engines"
engines_body()
{
	pop3d_conf 'engines 1'
	mkmbox anna
	pop3d_start
	for n in 3 1 2; do
		sed -i "s/^engines .*/engines $n/" pop3d.conf
		reload
		[ "$(pids_of_role engine | wc -l)" = "$n" ] ||
			flunk "not $n: $(pids_of_role engine)"
		login_works anna || flunk "with $n: $(cat talk.out)"
	done
	pop3d_stop
}

system_test storm "connections while generations change: none is lost"
storm_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	cat >storm.py <<-'EOF'
	import os, socket, sys, threading
	port, bad, good = int(sys.argv[1]), [], [0]
	def knock():
	    while not os.path.exists("done"):
	        try:
	            with socket.create_connection(("127.0.0.1", port), 60) as s:
	                f = s.makefile("rwb")
	                if not f.readline().startswith(b"+OK"):
	                    raise OSError("no greeting")
	                f.write(b"QUIT\r\n")
	                f.flush()
	                if not f.readline().startswith(b"+OK"):
	                    raise OSError("no answer")
	            good[0] += 1
	        except OSError as e:
	            bad.append(str(e))
	ts = [threading.Thread(target=knock) for _ in range(8)]
	for t in ts:
	    t.start()
	for t in ts:
	    t.join()
	print(good[0], "served,", len(bad), "lost", bad[:3])
	sys.exit(bool(bad) or good[0] < 50)
	EOF
	python3 storm.py "$CLEARPORT" >out 2>&1 &
	storm=$!
	for n in 1 2 3 4 5; do
		reload
	done
	touch done
	wait $storm || flunk "$(cat out)"
	soon one_generation || flunk "$(ps -ef)"
	pop3d_stop
}

system_test leaks "reloads leave nothing behind"
leaks_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	reload
	soon one_generation || flunk "$(ps -ef)"
	before=$(weight)
	n=0
	most=10
	[ -z "${SOAK-}" ] || most=1000
	while [ $n -lt $most ]; do
		reload
		n=$((n + 1))
	done
	soon one_generation || flunk "$(ps -ef)"
	[ "$(weight)" = "$before" ] || flunk "was $before, is $(weight)"
	login_works anna || flunk "afterwards: $(cat talk.out)"
	pop3d_stop
}

# weight: descriptors of master and authd, and all processes.
weight()
{
	for _p in $(cat master pid); do
		ls "/proc/$_p/fd" | wc -l
	done
	tree "$(cat master)" | wc -l
}

system_test authd_dies "authd is killed: the next generation has its sockets"
authd_dies_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin 'SLEEP: 0.1'
	all=$(tree "$(cat pid)")
	kill -KILL "$(cat pid)"
	# A connection that comes now waits for the next one.
	mkmbox bert
	login_works bert || flunk "not back: $(cat talk.out)"
	touch done
	wait "$session" || :
	for p in $all; do
		soon ended "$p" || flunk "$(ps -fp "$p") stays"
	done
	logged 'authd, pid [0-9]*, killed by signal 9' || flunk "not said"
	pop3d_stop
}

system_test master_dies "the master is killed: nobody else stays"
master_dies_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	all=$(tree "$(cat master)")
	kill -KILL "$(cat master)"
	for p in $all; do
		soon ended "$p" || flunk "$(ps -fp "$p") stays"
	done
	logged 'the master has gone: ending' || flunk "not said"
	rm pid master
	pop3d_start
	login_works anna || flunk "afterwards: $(cat talk.out)"
	pop3d_stop
}

system_test halt "SIGTERM ends all generations"
halt_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	session_begin
	reload
	[ "$(generations)" = 2 ] || flunk "$(ps -ef)"
	pop3d_stop
	touch done
	wait "$session" || :
}
