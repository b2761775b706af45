#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The engines' sockets, one's own for each, and the watchdog.

. "$(atf_get_srcdir)/lib/lib.sh"

# later COMMAND ...: as soon, for a minute.
later()
{
	for _try in 1 2 3 4 5 6; do
		! soon "$@" || return 0
	done
	return 1
}

# Two engines, whose sockets of the port without TLS are looked at.
two()
{
	pop3d_conf "engines 2"
	mkmbox anna
	pop3d_start
	cat >sockets.py <<-'PY'
	import ctypes, fcntl, os, socket, sys
	LIBC = ctypes.CDLL(None, use_errno=True)

	def listening(port):
	    found = {}
	    with open("/proc/net/tcp") as f:
	        for line in list(f)[1:]:
	            w = line.split()
	            if w[3] == "0A" and int(w[1].split(":")[1], 16) == port:
	                found["socket:[%s]" % w[9]] = 1
	    return set(found)

	def held(pid, of):
	    found = {}
	    for fd in os.listdir("/proc/%d/fd" % pid):
	        try:
	            link = os.readlink("/proc/%d/fd/%s" % (pid, fd))
	        except OSError:
	            continue
	        if link in of:
	            found[link] = int(fd)
	    return found

	def take(pid, fd):
	    # As any process that shares the open file could.
	    p = os.pidfd_open(pid)
	    got = LIBC.syscall(438, p, fd, 0)
	    if got == -1:
	        sys.exit(os.strerror(ctypes.get_errno()))
	    return socket.socket(fileno=got)

	port = int(sys.argv[1])
	engines = [int(p) for p in sys.argv[2:]]
	all = listening(port)
	own = [held(p, all) for p in engines]
	PY
	engines=$(pids_of_role engine)
}

# sockets: a Python program on stdin that has sockets.py.
sockets()
{
	{
		cat sockets.py
		cat
	} >sockets_run.py
	# shellcheck disable=SC2086
	python3 sockets_run.py "$CLEARPORT" $engines >sockets.out 2>&1 ||
		flunk "$(cat sockets.out)"
}

# greeted COUNT [ENDED]: so many connections at once, each of which is greeted,
# or, with ENDED, closed: by then the engine had it.
greeted()
{
	pop3_python "$CLEARPORT" "$@" <<-'PY'
	port, n = int(sys.argv[1]), int(sys.argv[2])
	socks = [socket.create_connection(("127.0.0.1", port), 90)
	    for i in range(n)]
	for s in socks:
	    line = s.recv(100)
	    assert line.startswith(b"+OK") or len(sys.argv) > 3, line
	PY
}

replaced()
{
	for _p in $(pids_of_role engine); do
		[ "$_p" != "$1" ] || return 1
	done
	[ "$(pids_of_role engine | wc -l)" -eq 2 ]
}

system_test own "each engine has sockets of its own, and its share"
own_body()
{
	two
	sockets <<-'PY'
	assert len(all) == 2, all
	assert len(own[0]) == len(own[1]) == 1, own
	assert set(own[0]) != set(own[1]), own
	socks = [socket.create_connection(("127.0.0.1", port), 30)
	    for i in range(40)]
	for s in socks:
	    assert s.recv(100).startswith(b"+OK")
	for p in engines:
	    n = len(os.listdir("/proc/%d/fd" % p))
	    assert n > 12, "engine %d has only %d descriptors" % (p, n)
	PY
	pop3d_stop
}

system_test stopped "a stopped engine is replaced, its clients wait" \
    300
stopped_body()
{
	two
	one=$(pids_of_role engine | head -n 1)
	kill -STOP "$one"
	greeted 16
	logged 'engine [12]: does not answer; killed' || flunk "not logged"
	later replaced "$one" || flunk "not replaced"
	later login_works anna || flunk "$(cat talk.out)"
	[ "$(grep -c 'does not answer' log)" -eq 1 ] || flunk "more than one"
	pop3d_stop
}

system_test keyd_stopped "a stopped keyd is replaced" 300
keyd_stopped_body()
{
	two
	p=$(pids_of_role keyd)
	kill -STOP "$p"
	later logged 'keyd: does not answer; killed' || flunk "not killed"
	later login_works anna || flunk "$(cat talk.out)"
	[ "$(pids_of_role keyd)" != "$p" ] || flunk "it is the old one"
	pop3d_stop
}

system_test shut "a listener that an engine ends listens again" 300
shut_body()
{
	two
	sockets <<-'PY'
	for link, fd in own[0].items():
	    take(engines[0], fd).shutdown(socket.SHUT_RD)
	assert len(listening(port)) == 1
	PY
	# Connections that come meanwhile go to the other.
	greeted 10
	later logged 'engine 1: .*(accept: Invalid|shut its listener down)' ||
		flunk "not seen"
	later all_listen || flunk "does not listen again"
	greeted 20
	pop3d_stop
}

all_listen()
{
	engines=$(pids_of_role engine)
	(sockets <<-'PY'
	assert len(listening(port)) == 2
	PY
	) 2>/dev/null
}

system_test blocking "a listener that an engine makes block hurts that one" 300
blocking_body()
{
	two
	sockets <<-'PY'
	for link, fd in own[0].items():
	    s = take(engines[0], fd)
	    flags = fcntl.fcntl(s, fcntl.F_GETFL)
	    fcntl.fcntl(s, fcntl.F_SETFL, flags & ~os.O_NONBLOCK)
	PY
	one=$(echo "$engines" | head -n 1)
	greeted 16 ended
	later replaced "$one" || flunk "not replaced"
	engines=$(pids_of_role engine)
	sockets <<-'PY'
	for p in range(2):
	    for link, fd in own[p].items():
	        s = take(engines[p], fd)
	        assert fcntl.fcntl(s, fcntl.F_GETFL) & os.O_NONBLOCK
	PY
	greeted 16
	pop3d_stop
}
