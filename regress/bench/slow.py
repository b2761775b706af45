#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Clients that read a large message at 10 kB/s, until killed.

slow.py PORT COUNT PID      users s0, s1 ...; PID is the server's
Says what they cost once all are reading and the server had time to fill what
it fills."""

import socket
import sys
import time

PIECE = 1000            # octets, ten times a second
GROUPS = 10             # not all at once: that would be what the others feel


def pss(pid):
    with open("/proc/%d/smaps_rollup" % pid) as f:
        kb = int(f.read().split("\nPss:")[1].split()[0])
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return kb + sum(pss(int(p)) for p in f.read().split())


def start(port, k):
    s = socket.socket()
    # Data that the kernel already holds for the client is not read slowly.
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    s.connect(("127.0.0.1", port))
    f = s.makefile("rb", buffering=0)
    for line in None, "USER s%d" % k, "PASS bench":
        if line:
            s.sendall(line.encode() + b"\r\n")
        reply = f.readline()
        assert reply.startswith(b"+OK"), (k, line, reply)
    s.sendall(b"RETR 1\r\n")
    f.close()
    s.setblocking(False)
    return s


def read(some):
    for s in some:
        try:
            assert s.recv(PIECE), "the server gave up"
        except BlockingIOError:
            pass


def main():
    port, count, pid = map(int, sys.argv[1:])
    before = pss(pid)
    socks = [start(port, k) for k in range(count)]
    tick, shown, turn = time.monotonic(), False, 0
    begun = tick
    while True:
        read(socks[turn::GROUPS])
        turn = (turn + 1) % GROUPS
        if not shown and tick - begun > 5:
            print("%d readers, %.0f kB each" % (count,
                  (pss(pid) - before) / count), flush=True)
            shown = True
        tick += 0.1 / GROUPS
        time.sleep(max(0, tick - time.monotonic()))


main()
