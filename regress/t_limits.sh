#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Bounds: how many, how long, how much.  Timeouts are short by configuration.

. "$(atf_get_srcdir)/lib/lib.sh"

no_session()
{
	[ -z "$(pids_of_role session)" ]
}

# kept N: anna's mailbox has N messages once all sessions have ended.
kept()
{
	soon no_session || flunk "a session stays: $(ps -ef)"
	[ "$(grep -c '^From sender' mail/anna)" = "$1" ] ||
		flunk "$(grep -c '^From sender' mail/anna) kept, not $1"
}

# big_mbox MB: make one message of about MB megabytes for anna.
big_mbox()
{
	{
		printf 'From sender@example.org Mon Jan  5 10:00:00 2026\n'
		printf 'Subject: big\n\n'
		head -c $(($1 * 740000)) /dev/zero | base64
		printf '\n'
	} >mail/anna
	own_mbox anna
}

system_test oldest_goes "table full: the oldest without a login goes"
oldest_goes_body()
{
	pop3d_conf "engines 1" "limit sessions 5"
	mkmbox anna
	pop3d_start
	pop3_python "$CLEARPORT" <<-'EOF'
	anna = login((), sys.argv[1], "anna", os.environ["PASS_anna"])
	waiting = []
	for i in range(4):
	    waiting.append(Client(int(sys.argv[1])))
	    waiting[i].reply()
	for i in range(3):
	    more = Client(int(sys.argv[1]))
	    assert more.reply().startswith(b"+OK"), i
	    waiting.append(more)
	    waiting[i].eof()            # without a word
	for c in waiting[3:]:
	    c.cmd("CAPA")
	    c.multi()
	anna.cmd("QUIT")
	EOF
	pop3d_stop
}

system_test checked_stays "table full: a client in its password check stays"
checked_stays_body()
{
	pop3d_conf "engines 1" "limit sessions 5"
	mkmbox anna
	pop3d_start
	# shellcheck disable=SC2046
	pop3_python "$CLEARPORT" $(pids_of_role auth_file) <<-'EOF'
	import signal
	port, workers = int(sys.argv[1]), [int(p) for p in sys.argv[2:]]
	for p in workers:
	    os.kill(p, signal.SIGSTOP)
	anna = Client(port)
	anna.reply()
	anna.cmd("USER anna")
	anna.send(b"PASS " + os.environ["PASS_anna"].encode() + b"\r\n")
	anna.taken()
	waiting = []
	for i in range(12):
	    waiting.append(Client(port))
	    assert waiting[-1].reply().startswith(b"+OK"), i
	for c in waiting[:8]:
	    c.eof()
	for p in workers:
	    os.kill(p, signal.SIGCONT)
	line = anna.reply()
	assert line.startswith(b"+OK"), line
	anna.cmd("QUIT")
	# But a flood of passwords does not drive out later clients.
	for c in waiting:
	    c.sock.close()
	noticed(port)
	for p in workers:
	    os.kill(p, signal.SIGSTOP)
	for i in range(5):
	    waiting.append(Client(port))
	    waiting[-1].reply()
	    waiting[-1].send(b"USER bert\r\nPASS x\r\n")
	    assert waiting[-1].reply().startswith(b"+OK")
	    waiting[-1].taken()
	anna = Client(port)
	anna.reply()
	for i in range(2):
	    waiting.append(Client(port))
	    assert waiting[-1].reply().startswith(b"+OK"), i
	anna.cmd("CAPA")
	for p in workers:
	    os.kill(p, signal.SIGCONT)
	EOF
	pop3d_stop
}

system_test all_logged_in "table full of logins: [SYS/TEMP] for the next one"
all_logged_in_body()
{
	pop3d_conf "engines 1" "limit sessions 3"
	for u in anna bert cleo; do
		mkmbox $u
	done
	pop3d_start
	pop3_python "$CLEARPORT" "$TLSPORT" <<-'EOF'
	three = [login((), sys.argv[1], u, os.environ["PASS_" + u])
	         for u in ("anna", "bert", "cleo")]
	for i in range(3):
	    c = Client(int(sys.argv[1]))
	    line = c.reply()
	    assert line.startswith(b"-ERR [SYS/TEMP] "), line
	    c.eof()
	Client(int(sys.argv[2])).eof()
	for c in three:
	    c.cmd("STAT")
	three[0].cmd("QUIT")
	three[0].eof()
	c = Client(int(sys.argv[1]))
	assert c.reply().startswith(b"+OK")
	EOF
	pop3d_stop
}

system_test per_address "per-address: that address waits, nobody else"
per_address_body()
{
	for a in 198.51.100.1 198.51.100.2; do
		ip addr add $a/32 dev lo 2>/dev/null || :
	done
	pop3d_conf "engines 1" "limit { sessions 4 per-address 3 }"
	mkmbox anna
	pop3d_start
	pop3_python "$CLEARPORT" <<-'EOF'
	class From(Client):
	    def __init__(self, source):
	        self.sock = socket.create_connection(
	            ("127.0.0.1", int(sys.argv[1])), 60, (source, 0))
	        self.buf = b""
	other = From("198.51.100.2")
	other.reply()
	mine = [From("198.51.100.1") for i in range(3)]
	for c in mine:
	    assert c.reply().startswith(b"+OK")
	# The table is full again; a refused client must cost no other.
	for i in range(5):
	    c = From("198.51.100.1")
	    line = c.reply()
	    assert line.startswith(b"-ERR [SYS/TEMP] "), line
	    c.eof()
	other.cmd("CAPA")
	other.multi()
	mine[0].cmd("QUIT")
	mine[0].eof()
	assert From("198.51.100.1").reply().startswith(b"+OK")
	EOF
	logged 'refused rip=198.51.100.1 reason=per-address' ||
		flunk "$(cat log)"
	pop3d_stop
}

system_test loopback "per-address: not the loopback, where proxies are"
loopback_body()
{
	pop3d_conf "engines 1" "limit per-address 3"
	pop3d_start
	pop3_python "$CLEARPORT" <<-'EOF'
	all = [Client(int(sys.argv[1])) for i in range(20)]
	for c in all:
	    assert c.reply().startswith(b"+OK")
	EOF
	unlogged 'reason=per-address' || flunk "$(cat log)"
	pop3d_stop
}

system_test per_prefix "per-address: a /64 of IPv6 is one address"
per_prefix_body()
{
	for a in 2001:db8::1/64 2001:db8::2/64 2001:db8:0:1::1/64; do
		ip -6 addr add $a dev lo nodad 2>/dev/null ||
			atf_skip "no IPv6 here"
	done
	pop3d_conf "engines 1" "limit per-address 2" \
	    "listen on 2001:db8::1 port $((PORT + 3)) starttls"
	pop3d_start
	pop3_python $((PORT + 3)) <<-'EOF'
	def connect(source):
	    c = Client.__new__(Client)
	    c.sock = socket.create_connection(
	        ("2001:db8::1", int(sys.argv[1])), 60, (source, 0))
	    c.buf = b""
	    return c
	a, b = connect("2001:db8::1"), connect("2001:db8::2")
	assert a.reply().startswith(b"+OK")
	assert b.reply().startswith(b"+OK")
	assert connect("2001:db8::2").reply().startswith(b"-ERR [SYS/TEMP]")
	assert connect("2001:db8:0:1::1").reply().startswith(b"+OK")
	EOF
	pop3d_stop
}

system_test login_timeout "time to log in is short, whatever the client sends"
login_timeout_body()
{
	pop3d_conf "timeout { login 5 }"
	mkmbox anna
	pop3d_start
	pop3_python "$CLEARPORT" "$TLSPORT" <<-'EOF'
	port = int(sys.argv[1])
	anna = login((), port, "anna", os.environ["PASS_anna"])
	begin = time.monotonic()
	silent, named = Client(port), Client(port)
	mute = Client(int(sys.argv[2]))     # no handshake
	slow = Client(port)
	for c in silent, named, slow:
	    c.reply()
	named.cmd("USER anna")
	gone = None
	while gone is None:
	    assert time.monotonic() - begin < 60, "talks on"
	    time.sleep(0.2)
	    try:
	        slow.cmd("CAPA")
	        slow.multi()
	    except (Failed, BrokenPipeError):
	        gone = time.monotonic() - begin
	assert gone > 4.9, gone
	for c in silent, named, mute:
	    c.eof()
	assert time.monotonic() - begin < 60
	anna.cmd("QUIT")
	EOF
	pop3d_stop
}

system_test idle "idle too long: closed without a reply, nothing deleted"
idle_body()
{
	pop3d_conf "timeout { idle 4 }"
	mkmbox anna
	pop3d_start
	pop3_python "$CLEARPORT" "$TLSPORT" <<-'EOF'
	for opts, port in ((), sys.argv[1]), (("-t",), sys.argv[2]):
	    c = login(opts, port, "anna", os.environ["PASS_anna"])
	    c.cmd("DELE 1")
	    # Every command begins the time anew.
	    for i in range(3):
	        time.sleep(1.5)
	        begin = time.monotonic()
	        c.cmd("NOOP")
	    c.eof()
	    took = time.monotonic() - begin
	    assert 3.99 < took < 50, took
	EOF
	kept 3
	logged 'reason="timeout"' || flunk "$(cat log)"
	pop3d_stop
}

system_test drip "bytes that never form a command count as idle"
drip_body()
{
	pop3d_conf "timeout { idle 2 }"
	mkmbox anna
	pop3d_start
	pop3_python "$CLEARPORT" "$TLSPORT" <<-'EOF'
	def drip(opts, port, octets):
	    c = login(opts, port, "anna", os.environ["PASS_anna"])
	    c.cmd("DELE 1")
	    begin = time.monotonic()
	    try:
	        while time.monotonic() - begin < 60:
	            c.send(octets)
	            time.sleep(0.2)
	        raise Failed("held by single octets")
	    except OSError:
	        pass
	drip((), sys.argv[1], b"X")
	drip(("-t",), sys.argv[2], b"X")
	# The rest of a line that is too long is no command either.
	drip((), sys.argv[1], b"X" * 300)
	EOF
	kept 3
	logged 'reason="timeout"' || flunk "$(cat log)"
	pop3d_stop
}

system_test stall "a client that reads nothing is dropped"
stall_body()
{
	pop3d_conf "timeout { idle 600 stall 4 }"
	big_mbox 30
	cp mail/anna before
	pop3d_start
	pop3_python "$CLEARPORT" "$TLSPORT" <<-'EOF'
	for opts, port in ((), sys.argv[1]), (("-t",), sys.argv[2]):
	    c = login(opts, port, "anna", os.environ["PASS_anna"])
	    c.send(b"RETR 1\r\nDELE 1\r\nQUIT\r\n")
	    end = time.monotonic() + 60
	    while True:
	        time.sleep(0.5)
	        try:
	            d = login(opts, port, "anna", os.environ["PASS_anna"])
	            break
	        except Failed:
	            assert time.monotonic() < end, "still there"
	    d.cmd("QUIT")
	# A client that takes a little now and then is kept.
	c = login((), sys.argv[1], "anna", os.environ["PASS_anna"])
	c.send(b"RETR 1\r\nQUIT\r\n")
	end = time.monotonic() + 9
	octets = 0
	while time.monotonic() < end:
	    octets += len(c.sock.recv(1000000))
	    time.sleep(0.5)
	while True:
	    data = c.sock.recv(1000000)
	    if not data:
	        break
	    octets += len(data)
	    last = data
	assert octets > 30000000, octets
	assert last.endswith(b"+OK bye\r\n"), last[-30:]
	EOF
	cmp -s mail/anna before || flunk "something was deleted"
	pop3d_stop
}

# takeover.py: shared by the cases of a takeover.
takeover_py()
{
	cat >program.head <<-'EOF'
	def session(port, source="127.0.0.1", password=os.environ["PASS_anna"]):
	    """A connection and what its PASS got."""
	    c = Client.__new__(Client)
	    c.buf = b""
	    c.sock = socket.create_connection(("127.0.0.1", int(port)), TIMEOUT,
	                                      (source, 0))
	    c.reply()
	    c.cmd("USER anna")
	    c.send(b"PASS " + password.encode() + b"\r\n")
	    return c, c.reply()
	def refused(*args, code=b"-ERR [IN-USE]"):
	    c, reply = session(*args)
	    assert reply.startswith(code), reply
	    c.cmd("QUIT")
	def opened(*args):
	    c, reply = session(*args)
	    assert reply.startswith(b"+OK"), reply
	    return c
	EOF
	cat program.head -
}

system_test takeover "an idle session is taken over from its address alone"
takeover_body()
{
	pop3d_conf "timeout takeover 2" "limit per-user 1"
	mkmbox anna
	pop3d_start
	takeover_py >takeover.py <<-'EOF'
	a = opened(sys.argv[1])
	a.cmd("DELE 1")
	refused(sys.argv[1])
	time.sleep(4)
	# Neither another address, nor a wrong password.
	refused(sys.argv[1], "127.0.0.2")
	refused(sys.argv[1], "127.0.0.1", "wrong", code=b"-ERR [AUTH]")
	a.cmd("NOOP")
	time.sleep(4)
	b = opened(sys.argv[1])
	a.eof()
	assert b.cmd("STAT").startswith(b"+OK 3 ")
	time.sleep(4)
	# Once more, and in the place of the one that took it over.
	c = opened(sys.argv[1])
	b.eof()
	c.cmd("QUIT")
	EOF
	pop3_python "$CLEARPORT" <takeover.py
	kept 3
	[ "$(grep -c 'session end user="anna" .*reason="taken over"' log)" = 2 ] ||
		flunk "$(cat log)"
	pop3d_stop
}

system_test takeover_off "timeout takeover 0: no session is taken over"
takeover_off_body()
{
	pop3d_conf "timeout takeover 0"
	mkmbox anna
	pop3d_start
	takeover_py >takeover.py <<-'EOF'
	a = opened(sys.argv[1])
	time.sleep(3)
	refused(sys.argv[1])
	a.cmd("QUIT")
	EOF
	pop3_python "$CLEARPORT" <takeover.py
	pop3d_stop
}

system_test takeover_busy "a session that does something is not taken over"
takeover_busy_body()
{
	pop3d_conf "timeout takeover 5"
	big_mbox 30
	pop3d_start
	takeover_py >takeover.py <<-'EOF'
	a = opened(sys.argv[1])
	# Commands.
	for i in range(16):
	    time.sleep(0.5)
	    a.cmd("NOOP")
	refused(sys.argv[1])
	# Mail that goes out slowly: what is left fits into the system's buffers.
	a.send(b"RETR 1\r\n")
	a.reply()
	tried = 0
	end = time.monotonic() + 12
	while time.monotonic() < end:
	    a.buf = a.sock.recv(200000)
	    time.sleep(0.1)
	    if time.monotonic() > end - 3 and not tried:
	        tried = 1
	        refused(sys.argv[1])
	assert tried and not a.buf.endswith(b"\r\n.\r\n")
	while not a.buf.endswith(b"\r\n.\r\n"):
	    a.buf = a.buf[-4:]
	    assert a.fill()
	a.buf = b""
	a.cmd("DELE 1")
	# A commit that waits for a lock.
	os.close(os.open("mail/anna.lock", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
	a.send(b"QUIT\r\n")
	time.sleep(8)
	refused(sys.argv[1])
	os.unlink("mail/anna.lock")
	assert a.reply().startswith(b"+OK bye")
	a.eof()
	opened(sys.argv[1]).cmd("QUIT")
	EOF
	pop3_python "$CLEARPORT" <takeover.py
	[ ! -s mail/anna ] || flunk "$(head -c 300 mail/anna)"
	unlogged 'taken over' || flunk "$(cat log)"
	pop3d_stop
}

# few_descriptors ENGINES: start pop3d with 64 descriptors for each process.
few_descriptors()
{
	pop3d_conf "engines $1" "limit { sessions 4096 per-address 0 }"
	for i in $(seq 50); do
		echo "u$i:$HASH_bert:5002:5002::/nonexistent::" >>users
	done
	mkmbox anna
	mkmbox bert
	cat >few <<-EOF
	#!/bin/sh
	ulimit -n 64
	exec "$POP3D" "\$@"
	EOF
	chmod 755 few
	POP3D=$(pwd)/few
	pop3d_start
	[ "$(grep -c 'descriptors: only .* sessions per engine' log)" = 1 ] ||
		flunk "the log does not say it once: $(cat log)"
	all=$(tree "$(cat pid)")
}

# Nobody died of it, and nobody had to wait.
nobody_suffered()
{
	soon no_session || flunk "a session stays"
	[ "$(tree "$(cat pid)")" = "$all" ] || flunk "replaced: $(cat log)"
	unlogged 'accept: pausing' || flunk "descriptors ran out"
	login_works || flunk "afterwards: $(cat talk.out)"
}

system_test descriptors "few descriptors: fewer sessions, all of them work"
descriptors_body()
{
	few_descriptors 1
	pop3_python "$CLEARPORT" "$TLSPORT" <<-'EOF'
	anna = login((), sys.argv[1], "anna", os.environ["PASS_anna"])
	crowd = []
	for i in range(200):
	    c = Client(int(sys.argv[1]))
	    assert c.reply().startswith(b"+OK"), i
	    crowd.append(c)
	anna.cmd("STAT")
	# More than one descriptor for each: they are reserved.
	bert = login(("-t",), sys.argv[2], "bert", os.environ["PASS_bert"])
	bert.cmd("RETR 1")
	bert.multi()
	anna.cmd("RETR 1")
	anna.multi()
	bert.cmd("QUIT")
	anna.cmd("QUIT")
	EOF
	nobody_suffered
	pop3d_stop
}

system_test logins "few descriptors: fewer logins, the others [SYS/TEMP]"
logins_body()
{
	few_descriptors 4
	pop3_python "$CLEARPORT" <<-'EOF'
	held = []
	line = b"+OK"
	while line.startswith(b"+OK"):
	    c = Client(int(sys.argv[1]))
	    if not c.reply().startswith(b"+OK"):
	        time.sleep(0.05)        # that engine is full, others are not
	        continue
	    c.cmd("USER u%d" % (len(held) + 1))
	    c.send(b"PASS " + os.environ["PASS_bert"].encode() + b"\r\n")
	    line = c.reply()
	    if line.startswith(b"+OK"):
	        held.append(c)
	assert line.startswith(b"-ERR [SYS/TEMP]"), line
	assert len(held) > 8, len(held)
	for c in held:
	    c.cmd("STAT")
	    c.cmd("QUIT")
	EOF
	logged 'no more descriptors' || flunk "authd has not refused any"
	nobody_suffered
	pop3d_stop
}

# The kernel spreads connections over the engines' sockets whatever room there
# is; a client that is refused comes again and finds the other.
system_test other_engine "another engine takes what a full one refuses"
other_engine_body()
{
	pop3d_conf "engines 2" "limit { sessions 3 per-address 0 }"
	sed -i 's|^anna:[^:]*:|anna:{PLAIN}pw:|' users
	for i in $(seq 6); do
		echo "u$i:{PLAIN}pw:5002:5002::/nonexistent::" >>users
	done
	pop3d_start
	pop3_python "$CLEARPORT" <<-'EOF'
	def place(user):
	    for _ in range(200):
	        c = Client(int(sys.argv[1]))
	        line = c.reply()
	        if line.startswith(b"+OK"):
	            c.cmd("USER " + user)
	            assert c.cmd("PASS pw").startswith(b"+OK")
	            return c
	        assert line.startswith(b"-ERR [SYS/TEMP] "), line
	    sys.exit("no place for " + user)
	held = [place("u%d" % (i + 1)) for i in range(6)]
	for i in range(30):
	    held[i % 6].cmd("QUIT")
	    held[i % 6].eof()
	    held[i % 6] = place("u%d" % (i % 6 + 1))
	for _ in range(5):
	    line = Client(int(sys.argv[1])).reply()
	    assert line.startswith(b"-ERR [SYS/TEMP] "), line
	for c in held:
	    c.cmd("QUIT")
	EOF
	pop3d_stop
}

# may_raise: whether root may raise limits here.
may_raise()
{
	_c=$(sed -n 's/^CapEff:.*\(.\)......$/\1/p' /proc/self/status)
	case $_c in
	[13579bdf])	return 0 ;;	# CAP_SYS_RESOURCE, bit 24
	*)		return 1 ;;
	esac
}

system_test raised "limit sessions raises the limit of descriptors"
raised_body()
{
	pop3d_conf "engines 1" "limit sessions 300"
	mkmbox anna
	cat >few <<-EOF
	#!/bin/sh
	ulimit -n 256
	exec "$POP3D" "\$@"
	EOF
	chmod 755 few
	POP3D=$(pwd)/few
	pop3d_start
	n=$(awk '/^Max open files/ { print $5 }' \
	    "/proc/$(pids_of_role engine)/limits")
	if may_raise; then
		[ "$n" -gt 600 ] || flunk "$n descriptors"
		unlogged 'descriptors: only' || flunk "warned"
	else
		[ "$n" = 256 ] || flunk "$n descriptors"
		logged '256 .* only 2[0-9][0-9] sessions per engine, or 1' ||
			flunk "not warned"
	fi
	login_works || flunk "$(cat talk.out)"
	pop3d_stop
}

# Where the system gives so many descriptors; else what it gives.
system_test crowd "20,000 connections in one engine: a user logs in" 300
crowd_body()
{
	pop3d_conf "engines 1" "limit { sessions 20100 per-address 0 }" \
	    "timeout login 600"
	memory_bound 12
	mkmbox anna
	pop3d_start
	n=$(sed -n 's/.*descriptors: only \([0-9]*\) sessions.*/\1/p' log)
	n=$((${n:-20100} - 2))
	[ "$n" -le 20000 ] || n=20000
	# One descriptor for each is all that it takes.
	[ "$n" = 20000 ] || [ "$n" -gt $(($(ulimit -Hn) - 100)) ] ||
		flunk "only $n"
	pop3_python "$CLEARPORT" "$TLSPORT" "$(pids_of_role engine)" "$n" \
	    <<-'EOF'
	import re
	port, tlsport, engine, n = map(int, sys.argv[1:])
	def resident():
	    with open("/proc/%d/status" % engine) as f:
	        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))
	def hold(k, n, go, done):
	    held = []
	    while len(held) < n:
	        some = []
	        for i in range(min(100, n - len(held))):
	            c = Client.__new__(Client)
	            c.buf = b""
	            c.sock = socket.create_connection(("127.0.0.1", port), 60,
	                ("127.0.%d.%d" % (k, len(held) // 250 + 1), 0))
	            some.append(c)
	        for c in some:
	            assert c.reply().startswith(b"+OK")
	        held += some
	    os.write(done, b"x")
	    os.read(go, 1)
	    # Each of them is still served.
	    for c in held:
	        c.send(b"CAPA\r\n")
	    for c in held:
	        assert c.reply().startswith(b"+OK")
	        c.multi()
	# No user can hold them all: they would reach their own limit.
	before, goes, kids = resident(), [], []
	ready, done = os.pipe()
	for k in 1, 2:
	    there, go = os.pipe()
	    goes.append(go)
	    pid = os.fork()
	    if pid == 0:
	        try:
	            hold(k, n // 2 + n % 2 * (k == 1), there, done)
	            os._exit(0)
	        except BaseException as e:
	            print("holder:", repr(e), file=sys.stderr)
	            os._exit(1)
	    kids.append(pid)
	os.close(done)
	got = 0
	while got < 2:
	    assert os.read(ready, 1), "a holder died"
	    got += 1
	each = (resident() - before) / n
	fds = len(os.listdir("/proc/%d/fd" % engine))
	print("%d connections, %.2f kB each, %d descriptors" % (n, each, fds))
	assert fds > n, fds
	assert each < int(os.environ["MEMORY_MAX"]), each
	for i in range(3):
	    c = login(("-t",), tlsport, "anna", os.environ["PASS_anna"])
	    c.cmd("RETR 1")
	    c.multi()
	    c.cmd("QUIT")
	for go in goes:
	    os.write(go, b"x")
	for pid in kids:
	    assert os.waitpid(pid, 0)[1] == 0
	EOF
	cat python.out
	pop3d_stop
}

system_test emfile "no descriptors left: listeners pause, sessions go on"
emfile_body()
{
	pop3d_conf "engines 1"
	mkmbox anna
	mkmbox bert
	pop3d_start
	engine=$(pids_of_role engine)
	# The system takes away what the engine counts on.
	used=$(ls "/proc/$engine/fd" | wc -l)
	pop3_python "$CLEARPORT" "$engine" $((used + 2)) <<-'EOF'
	import subprocess
	anna = login((), sys.argv[1], "anna", os.environ["PASS_anna"])
	def limit(n):
	    subprocess.run(["setpriv", "--reuid", "_pop3d", "--regid", "_pop3d",
	        "--clear-groups", "prlimit", "--pid", sys.argv[2],
	        "--nofile=%s:" % n], check=True)
	limit(sys.argv[3])
	waiting = [Client(int(sys.argv[1])) for i in range(5)]
	time.sleep(0.5)
	for i in range(20):
	    anna.cmd("RETR 1")
	    anna.multi()
	limit(1000)
	for c in waiting:
	    assert c.reply().startswith(b"+OK")
	anna.cmd("QUIT")
	EOF
	logged 'accept: pausing for a second: ' || flunk "$(cat log)"
	[ "$(pids_of_role engine)" = "$engine" ] || flunk "engine replaced"
	pop3d_stop
}

system_test half_open "a flood of silent connections: others log in"
half_open_body()
{
	pop3d_conf "engines 1" "limit { sessions 200 per-address 50 }"
	mkmbox anna
	pop3d_start
	pop3_python "$CLEARPORT" "$TLSPORT" <<-'EOF'
	import threading
	stop = False
	flooded = [0] * 5
	def flood(k):
	    held = []
	    while not stop:
	        time.sleep(0.01)
	        s = socket.socket()
	        s.bind(("127.0.%d.%d" % (k, len(held) % 250 + 1), 0))
	        try:
	            s.connect(("127.0.0.1", int(sys.argv[1 + k % 2])))
	        except OSError:
	            continue
	        flooded[k] += 1
	        held.append(s)
	        if len(held) > 1000:
	            held.pop(0).close()
	threads = [threading.Thread(target=flood, args=(k,))
	    for k in range(1, 5)]
	for t in threads:
	    t.start()
	end, logins, tries = time.monotonic() + 200, 0, 0
	try:
	    # The table is full by then; and filled some times more.
	    while time.monotonic() < end and \
	        (logins < 3 or sum(flooded) < 1000):
	        tries += 1
	        try:
	            c = login((), sys.argv[1], "anna", os.environ["PASS_anna"])
	            c.cmd("RETR 1")
	            c.multi()
	            c.cmd("QUIT")
	            if sum(flooded) > 300:
	                logins += 1
	        except (Failed, OSError):
	            pass
	finally:
	    stop = True
	print(logins, "of", tries, "while", sum(flooded), "came")
	assert logins >= 3 and sum(flooded) >= 1000, (logins, tries, flooded)
	EOF
	login_works || flunk "afterwards: $(cat talk.out)"
	pop3d_stop
}

system_test storm "a hundred wrong passwords at once: others log in"
storm_body()
{
	pop3d_conf "limit per-address 0"
	mkmbox anna
	mkmbox bert
	pop3d_start
	pop3_python "$CLEARPORT" <<-'EOF'
	storm = []
	for i in range(100):
	    c = Client(int(sys.argv[1]))
	    c.send(b"USER bert\r\nPASS wrong%d\r\n" % i * 3)
	    storm.append(c)
	begin = time.monotonic()
	for user in "anna", "bert":
	    c = login((), sys.argv[1], user, os.environ["PASS_" + user])
	    c.cmd("STAT")
	    c.cmd("QUIT")
	    print(user, "%.1f s" % (time.monotonic() - begin))
	for c in storm:
	    assert c.reply().startswith(b"+OK")
	    for i in range(3):
	        c.reply()
	        line = c.reply()
	        assert line.startswith(b"-ERR [AUTH] wrong"), line
	    c.eof()
	EOF
	pop3d_stop
}

system_test slow_reader "a slow reader of 100 MB costs less than 512 kB"
slow_reader_body()
{
	pop3d_conf "engines 1"
	memory_bound 512
	big_mbox 100
	pop3d_start
	login_works || flunk "$(cat talk.out)"
	soon no_session || flunk "a session stays"
	pop3_python "$CLEARPORT" "$(cat pid)" <<-'EOF'
	import re
	# The memory of all processes, with their share of what they share among
	# them; the programs' own pages are shared with those of other tests.
	def memory(pid):
	    with open("/proc/%s/smaps_rollup" % pid) as f:
	        kb = sum(int(n) for n in re.findall(
	            r"\nPss_(?:Anon|Shmem):\s+(\d+)", f.read()))
	    with open("/proc/%s/task/%s/children" % (pid, pid)) as f:
	        return kb + sum(memory(p) for p in f.read().split())
	before = memory(sys.argv[2])
	c = login((), sys.argv[1], "anna", os.environ["PASS_anna"])
	c.send(b"RETR 1\r\n")
	most = 0
	for i in range(30):
	    c.sock.recv(10000)
	    time.sleep(0.05)
	    most = max(most, memory(sys.argv[2]) - before)
	print("all processes: %d kB" % most)
	assert most < int(os.environ["MEMORY_MAX"]), most
	c.reset()
	EOF
	cat python.out
	kept 1
	pop3d_stop
}

system_test drain "SIGTERM: commits end, the others get a reply"
drain_body()
{
	pop3d_conf "engines 1" "lock { dotlock fcntl } timeout 20"
	mkmbox anna
	mkmbox bert
	pop3d_start
	all=$(tree "$(cat master)")
	pop3_python "$CLEARPORT" "$(cat master)" "$(pids_of_role spawner)" \
	    <<-'EOF'
	import signal
	port = int(sys.argv[1])
	new = Client(port)
	new.reply()
	bert = login((), port, "bert", os.environ["PASS_bert"])
	bert.cmd("DELE 1")
	anna = login((), port, "anna", os.environ["PASS_anna"])
	anna.cmd("DELE 1")
	# An agent delivers: the commit has to wait for its lock.
	while True:
	    try:
	        os.close(os.open("mail/anna.lock", os.O_CREAT | os.O_EXCL))
	        break
	    except FileExistsError:
	        time.sleep(0.01)
	anna.send(b"QUIT\r\n")
	anna.taken()
	time.sleep(0.5)
	# As a system does that stops all of a service at once.
	with open("/proc/{0}/task/{0}/children".format(sys.argv[3])) as f:
	    for pid in f.read().split():
	        os.kill(int(pid), signal.SIGTERM)
	os.kill(int(sys.argv[2]), signal.SIGTERM)
	for c in new, bert:
	    line = c.reply()
	    assert line.startswith(b"-ERR [SYS/TEMP] "), line
	    c.eof()
	# The port is free for another one already.
	try:
	    Client(port)
	    raise Failed("takes new ones")
	except ConnectionRefusedError:
	    pass
	time.sleep(1)
	os.unlink("mail/anna.lock")
	line = anna.reply()
	assert line == b"+OK bye", line
	anna.eof()
	EOF
	for p in $all; do
		soon ended "$p" || flunk "process $p is still there"
	done
	rm pid master
	[ "$(grep -c '^From sender' mail/anna)" = 2 ] || flunk "anna"
	[ "$(grep -c '^From sender' mail/bert)" = 3 ] || flunk "bert"
}

system_test again "after +OK to QUIT the next login is not [IN-USE]"
again_body()
{
	pop3d_conf "limit per-user 1"
	sed -i 's|^anna:[^:]*:|anna:{PLAIN}pw:|' users
	mkmbox anna
	pop3d_start
	pop3_python "$CLEARPORT" <<-'EOF'
	for i in range(300):
	    c = login((), sys.argv[1], "anna", "pw")
	    if i % 3 == 0:
	        c.cmd("DELE 1")
	        c.cmd("RSET")
	    c.cmd("QUIT")
	EOF
	pop3d_stop
}
