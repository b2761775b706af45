#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Attacks by a compromised process on the others.  SOAK=1: ten times as many.

. "$(atf_get_srcdir)/lib/lib.sh"

# lives N: the evil engine has been killed or has ended N times.
lives()
{
	[ "$(grep -c 'evil: begins' log)" -gt "$1" ]
}

# Engines that were taken over, beside others that were not; SOAK=1: a million
# messages instead of a hundred thousand.  Several are evil, since one that ends
# at once waits longer each time before it is started again.
system_test engine "an evil engine harms no other process" 900
engine_body()
{
	AUTH="auth file \"$(pwd)/users\" { workers 1 }"
	want=100 evil=15
	[ -z "${SOAK-}" ] || want=1000 evil=40
	pop3d_conf "engines $((2 * evil < 64 ? 2 * evil : 64))" \
	    "limit per-user 1000"
	echo 'bert:{PLAIN}bert:5002:5002:Bert:/nonexistent::' >>users
	sed -i '/^bert:\$/d' users
	mkmbox anna
	mkmbox bert
	own_libexec
	mv libexec/engine libexec/engine.real
	cp "$REGRESS/sandbox/evil_engine" libexec/engine
	before=$(cat mail/anna mail/bert | sha256sum)
	pop3d_start
	main=$(cat pid)
	# Not before: ready is when all of them serve at the same time.
	for n in $(seq 1 $evil); do
		touch "libexec/evil$n"
	done
	for p in $(pids_of_role engine.real | head -n $evil); do
		kill -KILL "$p"
	done
	seen=0
	while [ $seen -lt $want ]; do
		# Requests that wait for an evil one are lost with it.
		soon login_works anna || flunk "anna suffers: $(cat talk.out)"
		kill -0 "$main" || flunk "authd has gone"
		seen=$((seen + 10))
		soon lives $seen || flunk "no more lives after $seen"
	done
	[ "$(pids_of_role authd)" = "$main" ] || flunk "authd replaced"
	[ "$(cat mail/anna mail/bert | sha256sum)" = "$before" ] ||
		flunk "mail changed"
	# Nobody crashed: not authd's children, not a session.
	unlogged 'killed by signal (4|6|7|11|31)' ||
		flunk "$(grep 'killed by signal' log | sort | uniq -c)"
	unlogged 'spawner: replaced' || flunk "a session crashed"
	echo "messages: $((seen * 1000))"
	pop3d_stop
}

# no_harm: no process crashed, and none was replaced.
no_harm()
{
	unlogged 'killed by signal (4|6|7|11|31)' ||
		flunk "$(grep 'killed by signal' log | sort | uniq -c)"
	unlogged 'evil: gives up' || flunk "$(grep 'gives up' log)"
	[ "$(pids_of_role engine)" = "$engine" ] || flunk "engine replaced"
}

# beside WHAT LIVES: the clients, with an evil one in place.
beside()
{
	pop3d_start
	engine=$(pids_of_role engine)
	"$POP3" wait "$CLEARPORT" "$(cat pid)" || flunk "does not begin"
	fds=$(ls "/proc/$engine/fd" | wc -l)
	python3 "$REGRESS/lib/evilclient.py" "$1" "$2" "$TLSPORT" "$CLEARPORT" \
	    >clients.out 2>&1 || flunk "$(cat clients.out)"
	cat clients.out
	no_harm
	[ "$(status "$engine" VmHWM | tr -dc 0-9)" -lt "$MEMORY_MAX" ] ||
		flunk "engine has $(status "$engine" VmHWM)"
	soon few_fds "$fds" || flunk "descriptors: $(ls -l "/proc/$engine/fd")"
}

few_fds()
{
	[ "$(ls "/proc/$engine/fd" | wc -l)" -le "$1" ]
}

# A storaged that was taken over, 500 messages in each life.
system_test storaged "an evil storaged: its session ends, nobody else's" 1800
storaged_body()
{
	pop3d_conf "engines 1" "limit per-user 1000" "limit per-address 1000"
	echo "bert:{PLAIN}$PASS_bert:5002:5002:Bert:/nonexistent::" >>users
	sed -i '/^bert:\$/d' users
	mkmbox anna
	mkmbox cleo
	own_libexec
	cp "$REGRESS/sandbox/evil_storaged" libexec/storaged
	memory_bound 65536
	lives=600
	[ -z "${SOAK-}" ] || lives=4000
	beside storaged $lives
	unlogged 'evil: .* is let pass' || flunk "$(grep 'let pass' log)"
	sed -n 's/^.*evil: \([0-9]*\) messages, then kind \([0-9]*\)$/\1 \2/p' \
	    log >lives
	awk '{ n += $1; kinds[$2] = 1 } END { print "messages:", n;
	    k = length(kinds); print "kinds:", k; exit n < 100000 || k < 25 }' \
	    lives || flunk "too little: $(wc -l <lives) lives"
	pop3d_stop
}

# A keyd that was taken over.
system_test keyd "an evil keyd: handshakes fail, the engine goes on" 600
keyd_body()
{
	pop3d_conf "engines 1" "limit per-address 1000"
	mkmbox anna
	mkmbox cleo
	own_libexec
	cp "$REGRESS/sandbox/evil_keyd" libexec/keyd
	memory_bound 65536
	handshakes=120
	[ -z "${SOAK-}" ] || handshakes=1200
	beside keyd $handshakes
	[ "$(grep -o 'evil: signs, kind .*' log | sort -u | wc -l)" -ge 5 ] ||
		flunk "it was not evil"
	pop3d_stop
}

# An engine in shell: sends nonsense once there is a file "go".
babbler()
{
	cat <<-EOF
	#!/bin/sh
	echo "babbler begins" >&2
	until [ -e "$(pwd)/go" ]; do sleep 0.05; done
	echo "no message at all, and long enough to be seen to be none" >&3
	echo "babbler has spoken" >&2
	exec sleep 300
	EOF
}

sleeps()
{
	case $(sed 's/^.*) \(.\).*$/\1/' "/proc/$1/stat") in
	S)	return 0 ;;
	*)	return 1 ;;
	esac
}

# In one turn of its loop authd ends the engine's channel, and hears that keyd
# has taken its end of that engine's socket.
system_test key_opened "keyd answers for an engine that has just been killed"
key_opened_body()
{
	pop3d_conf "engines 1"
	mkmbox anna
	own_libexec
	pop3d_start
	main=$(cat pid)
	keyd=$(pids_of_role keyd)
	engine=$(pids_of_role engine)
	kill -STOP "$keyd"
	mv libexec/engine libexec/engine.real
	babbler >libexec/engine
	chmod 755 libexec/engine
	kill -KILL "$engine"
	logged 'babbler begins' || flunk "no babbler"
	kill -STOP "$main"
	touch go
	logged 'babbler has spoken' || flunk "it says nothing"
	kill -CONT "$keyd"
	soon sleeps "$keyd" || flunk "keyd does not rest"
	mv libexec/engine.real libexec/engine
	kill -CONT "$main"
	soon login_works anna || flunk "$(cat talk.out)"
	logged 'engine 1: .*; killed' || flunk "the babbler was heard out"
	[ "$(pids_of_role keyd)" = "$keyd" ] || flunk "keyd replaced"
	pop3d_stop
}

# numbers: print a sed script from names of messages to their numbers.
numbers()
{
	awk '/^\tX\(/ { n++; sub(/^\tX\(/, ""); sub(/,.*/, "");
	    print "s/@" $0 "@/" n "/" }' "$REGRESS/../common/proto.h"
}

# talker PROGRAM: replace a program by the Python script on standard input,
# whose function hear() returns the (type, id) of the next message.
talker()
{
	mv "libexec/$1" "libexec/$1.real"
	numbers >numbers
	{
		cat <<-'EOF'
		#!/usr/bin/python3
		import os, socket, struct, time
		sock = socket.socket(fileno=3)
		def hear():
		    head = sock.recv(16, socket.MSG_WAITALL)
		    kind, size, number, pid = struct.unpack("=IIII", head)
		    if size & 0x7fffffff > 16:
		        sock.recv((size & 0x7fffffff) - 16, socket.MSG_WAITALL)
		    return kind, number
		def say(kind, number, payload):
		    sock.sendall(struct.pack("=IIII", kind, 16 + len(payload),
		        number, 0) + payload)
		EOF
		cat
	} | sed -f numbers >"libexec/$1"
	chmod 755 "libexec/$1"
}

# The real one from now on.
talker_ends()
{
	mv "libexec/$1.real" "libexec/$1"
}

# Of two sessions that it is asked for, it has the first crash; then it hangs.
system_test spawner "a spawner lies and hangs: [SYS/TEMP], then a new one"
spawner_body()
{
	pop3d_conf "engines 1"
	mkmbox anna
	own_libexec
	talker storaged <<-'EOF'
	assert hear()[0] == @SP_CONF@
	_, number = hear()
	hear()
	say(@SP_EXIT@, number, struct.pack("=II", 2, 11))
	time.sleep(300)
	EOF
	pop3d_start
	logged "ready, .* pid $(cat pid)\$" || flunk "not ready"
	talker_ends storaged
	pop3_python "$CLEARPORT" <<-'EOF'
	both = [Client(int(sys.argv[1])) for _ in range(2)]
	for c, user in zip(both, ("anna", "bert")):
	    c.reply()
	    c.cmd("USER " + user)
	    c.send(b"PASS " + os.environ["PASS_" + user].encode() + b"\r\n")
	for c in both:
	    line = c.reply()
	    assert line.startswith(b"-ERR [SYS/TEMP] "), line
	EOF
	logged 'spawner: replaced after a crash' || flunk "not replaced"
	logged 'spawner: starts no sessions; killed' || flunk "not logged"
	login_works anna || flunk "$(cat talk.out)"
	pop3d_stop
}

# few MESSAGE: it does not fill the log.
few()
{
	[ "$(grep -c "$1" log)" -le 10 ] || flunk "$(grep -c "$1" log) lines"
}

system_test unknown "a spawner reports sessions that authd did not request"
unknown_body()
{
	pop3d_conf "engines 1"
	mkmbox anna
	own_libexec
	talker storaged <<-'EOF'
	hear()
	while not os.path.exists("go"):
	    time.sleep(0.05)
	for i in range(20000):
	    say(@SP_EXIT@, 0xfffffff, struct.pack("=II", 2, 11))
	time.sleep(300)
	EOF
	sed -i "s|\"go\"|\"$(pwd)/go\"|" libexec/storaged
	pop3d_start
	logged "ready, .* pid $(cat pid)\$" || flunk "not ready"
	talker_ends storaged
	touch go
	logged 'spawner: unexpected or malformed message; killed' ||
		flunk "let pass"
	soon login_works anna || flunk "$(cat talk.out)"
	few 'spawner: '
	pop3d_stop
}

# one_engine: a server with one, $engine, whose program can be replaced.
one_engine()
{
	pop3d_conf "engines 1"
	mkmbox anna
	own_libexec
	pop3d_start
	logged "ready, .* pid $(cat pid)\$" || flunk "not ready"
	engine=$(pids_of_role engine)
}

system_test refuses "an engine refuses its configuration endlessly"
refuses_body()
{
	one_engine
	talker engine <<-'EOF'
	while True:
	    kind, _ = hear()
	    if kind == @CONF_END@:
	        break
	for i in range(20000):
	    say(@CONF_DONE@, 0, struct.pack("=II", 0, 0) + b"no")
	time.sleep(300)
	EOF
	kill -KILL "$engine"
	logged 'configuration refused: no' || flunk "not logged"
	logged 'engine 1: refuses its configuration; killed' ||
		flunk "let pass"
	talker_ends engine
	soon login_works anna || flunk "$(cat talk.out)"
	few 'configuration refused'
	pop3d_stop
}

# Clients have a say in what an engine logs, so it is not killed for it.
system_test talks "an engine logs endlessly: the rest is dropped"
talks_body()
{
	one_engine
	talker engine <<-'EOF'
	while hear()[0] != @CONF_END@:
	    pass
	say(@CONF_DONE@, 0, struct.pack("=II", 0, 1))
	line = struct.pack("=IIIII", @LOG@, 16 + 4 + 5, 0, 0, 6) + b"blah!"
	for i in range(400):
	    sock.sendall(line * 1000)
	say(@LOG@, 0, struct.pack("=I", 6) + b"says no more")
	time.sleep(2)
	say(@LOG@, 0, struct.pack("=I", 6) + b"speaks again")
	while hear()[0] != @HALT@:
	    pass
	EOF
	kill -KILL "$engine"
	logged 'engine 1: floods the log' || flunk "not logged"
	logged 'engine 1: speaks again' || flunk "not heard"
	[ "$(grep -c 'blah!' log)" -lt 400000 ] || flunk "all of it"
	unlogged 'engine 1: .*; killed' || flunk "killed"
	talker_ends engine
	pop3d_stop
}
