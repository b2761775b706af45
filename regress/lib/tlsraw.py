#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Clients that do TLS wrongly, or not at all.

tlsraw.py truncated PORT      a ClientHello cut off at each octet, then closed
tlsraw.py garbage PORT        octets that are no TLS, of many kinds
tlsraw.py records PORT        good records with bad ones after the handshake
tlsraw.py injected PORT       STLS and a command behind it in one packet
tlsraw.py clear PORT          clear text after STLS was answered
tlsraw.py stalled PORT N COMMAND   N handshakes that stop halfway; COMMAND runs
                              meanwhile and has to succeed, within 10 seconds
tlsraw.py flood PORT CLEARPORT   commands in full records, faster than they are
                              done; others have to be greeted meanwhile

Fails if the server answers such a client in a way that it must not.
"""

import multiprocessing
import os
import random
import socket
import ssl
import subprocess
import sys
import threading
import time

TIMEOUT = 60


def connect(port):
    return socket.create_connection(("127.0.0.1", int(port)), TIMEOUT)


def hello(name="localhost"):
    """The first flight of a client."""
    ctx = ssl._create_unverified_context()
    out = ssl.MemoryBIO()
    obj = ctx.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    try:
        obj.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def rest(sock):
    """What the server says until it closes."""
    data = b""
    while True:
        try:
            piece = sock.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


def truncated(port):
    flight = hello()
    for n in list(range(0, len(flight), 7)) + [len(flight)]:
        sock = connect(port)
        sock.sendall(flight[:n])
        sock.shutdown(socket.SHUT_WR)
        if b"+OK" in rest(sock):
            raise SystemExit("greeted after %d octets" % n)


def garbage(port):
    rnd = random.Random(1)
    flight = hello()
    kinds = [b"USER anna\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 1000,
             b"\xff" * 70000, b"\x16\x03\x01\xff\xff" + b"x" * 65535,
             b"\x80\x2e\x01\x03\x01" + b"\0" * 44,
             b"\x17\x03\x03\x00\x10" + b"x" * 16,
             b"\x15\x03\x01\x00\x02\x01\x00" * 100,
             b"\x16\x03\x01\x00\x00" * 1000]
    for _ in range(200):
        bad = bytearray(flight)
        for _ in range(rnd.randrange(1, 9)):
            bad[rnd.randrange(len(bad))] = rnd.randrange(256)
        kinds.append(bytes(bad))
    for data in kinds:
        sock = connect(port)
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            continue
        if b"+OK" in rest(sock):
            raise SystemExit("greeted after %r" % data[:40])


def records(port):
    bad = [b"\x17\x03\x03\x00\x20" + b"x" * 32,     # does not decrypt
           b"\x17\x03\x03\xff\xff" + b"x" * 100,    # longer than a record
           b"\x17\x03\x03\x40",                     # cut off
           b"CAPA\r\n" * 10]                        # in the clear
    for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
        ctx = ssl._create_unverified_context()
        ctx.minimum_version = ctx.maximum_version = version
        for data in bad:
            tls = ctx.wrap_socket(connect(port))
            tls.recv(1000)
            # Behind the library's back.
            sock = socket.socket(fileno=os.dup(tls.fileno()))
            sock.settimeout(TIMEOUT)
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            if b"+OK" in rest(sock):
                raise SystemExit("answered %r" % data)


def stls(port, data):
    sock = connect(port)
    f = sock.makefile("rb")
    if not f.readline().startswith(b"+OK"):
        raise SystemExit("no greeting")
    sock.sendall(data)
    return sock, f


def injected(port):
    for behind in b"CAPA\r\n", b"USER anna\r\nPASS x\r\n", b"\r\n", b"x":
        sock, f = stls(port, b"STLS\r\n" + behind)
        answer = f.read()
        if answer.count(b"+OK") + answer.count(b"-ERR") > 1:
            raise SystemExit("answered %r with %r" % (behind, answer))


def clear(port):
    sock, f = stls(port, b"STLS\r\n")
    if not f.readline().startswith(b"+OK"):
        raise SystemExit("no STLS")
    sock.sendall(b"CAPA\r\nUSER anna\r\n")
    sock.shutdown(socket.SHUT_WR)
    answer = f.read()
    if b"OK" in answer or b"ERR" in answer:
        raise SystemExit("answered in the clear: %r" % answer)


def stalled(port, count, *command):
    flight = hello()
    socks = []
    for i in range(int(count)):
        sock = connect(port)
        # Half of them not at all, half of them without their second flight.
        sock.sendall(flight[:len(flight) // 2] if i % 2 else flight)
        socks.append(sock)
    # All of them are still there afterwards, so it is they that did not matter.
    subprocess.run(command, check=True, timeout=240)
    alive = 0
    for sock in socks:
        sock.setblocking(False)
        try:
            alive += sock.recv(65536) != b""
        except BlockingIOError:
            alive += 1
    if alive < int(count):
        raise SystemExit("only %d were still there" % alive)


def drain(sock):
    """Take what comes, for nobody."""
    scratch = bytearray(1 << 20)
    try:
        while sock.recv_into(scratch):
            pass
    except OSError:
        pass


def pour(port, ready):
    """Records of 16384 octets, each of whole commands, for ever."""
    sock = connect(port)
    inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
    obj = ssl._create_unverified_context().wrap_bio(inward, outward)
    while True:
        try:
            obj.do_handshake()
            break
        except ssl.SSLWantReadError:
            sock.sendall(outward.read())
            inward.write(sock.recv(65536))
    sock.settimeout(None)
    sock.sendall(outward.read())
    threading.Thread(target=drain, args=(sock,), daemon=True).start()
    for i in range(1 << 30):
        obj.write(b"UTF8  \r\n" * 2048)
        if outward.pending > 1 << 20:
            sock.sendall(outward.read())
        if i == 100:
            ready.set()


def flood(port, clearport):
    ready = [multiprocessing.Event() for _ in range(6)]
    children = [multiprocessing.Process(target=pour, args=(port, r))
                for r in ready]
    for child in children:
        child.start()
    try:
        if not all(r.wait(3 * TIMEOUT) for r in ready):
            raise SystemExit("no flood")
        for _ in range(10):
            with connect(clearport) as sock:
                if sock.recv(512)[:3] != b"+OK":
                    raise SystemExit("no greeting")
        if not all(child.is_alive() for child in children):
            raise SystemExit("the flood did not last")
    finally:
        for child in children:
            child.kill()
            child.join()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
