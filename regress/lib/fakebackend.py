#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A backend that does what its name says: auth_exit, auth_hang, auth_mute,
auth_die, auth_garbage, auth_huge, auth_root, auth_foreign, auth_ok, auth_logs,
auth_names; or auth_lie-NAME, which answers as LIES has it.  It speaks imsg on
descriptor 3."""

import os
import socket
import struct
import sys
import time

# Numbers and order of the messages are those of common/proto.h; the test
# replaces the names.
BE_START, BE_READY, BE_REQ, BE_RES = @BE_START@, @BE_READY@, @BE_REQ@, @BE_RES@
BE_NAMES, LOG = @BE_NAMES@, @LOG@


def send(sock, kind, peerid, payload=b""):
    sock.sendall(struct.pack("=IIII", kind, 16 + len(payload), peerid,
                             os.getpid()) + payload)


def receive(sock):
    head = b""
    while len(head) < 16:
        data = sock.recv(16 - len(head))
        if not data:
            sys.exit(0)
        head += data
    kind, size, peerid, _ = struct.unpack("=IIII", head)
    size = (size & 0x7fffffff) - 16
    while size > 0:
        size -= len(sock.recv(size))
    return kind, peerid


def verdict(uid=5001, gid=5001, code=0, nouser=0, status=0, quota=-1,
            groups=0, home=b"/home/anna", mailbox=b"", host=b"", err=b"",
            lengths=0):
    """BE_RES; lengths is added to what the strings have."""
    return struct.pack("=iIIIIIqqHHHHHHI", code, nouser, uid, gid, status, 0,
                       quota, -1, groups, 0, len(home) + lengths,
                       len(mailbox), len(host), len(err), 0) + \
        home + mailbox + host + err


# Lies that authd must detect.
LIES = {
    "uid0": verdict(uid=0),
    "gid0": verdict(gid=0),
    "low": verdict(uid=999),
    "lowgid": verdict(gid=70000),
    "high": verdict(uid=60001),
    "minus": verdict(uid=0xffffffff),
    "minusgid": verdict(gid=0xffffffff),
    "dots": verdict(home=b"/home/../etc"),
    "relative": verdict(home=b"etc"),
    "nohome": verdict(home=b""),
    "nul": verdict(home=b"/home/a\0b"),
    "long": verdict(home=b"/" + b"x" * 1023),
    "status": verdict(status=99),
    "code": verdict(code=1),
    "nosuchcode": verdict(code=-6),
    "nouser": verdict(nouser=7),
    "quota": verdict(quota=-2),
    "groups": verdict(groups=65535),
    "longer": verdict(home=b"/home/anna", lengths=1),
    "shorter": verdict(home=b"/home/anna", lengths=-1),
    "both": verdict(err=b"right, and wrong", nouser=1),
}


def main():
    name = os.path.basename(sys.argv[0])
    if name == "auth_exit":
        sys.exit(3)
    sock = socket.socket(fileno=3)
    sock.setblocking(True)
    if name == "auth_hang":
        time.sleep(600)
    while True:
        kind, peerid = receive(sock)
        if kind == BE_START:
            send(sock, BE_READY, 0, struct.pack("=I", 0))
        elif kind != BE_REQ:
            continue
        elif name == "auth_mute":
            time.sleep(600)
        elif name == "auth_die":
            os.abort()
        elif name == "auth_garbage":
            sock.sendall(os.urandom(4096))
        elif name == "auth_huge":
            sock.sendall(struct.pack("=IIII", BE_RES, 0x7ffffff0, peerid, 0))
        elif name == "auth_root":
            send(sock, BE_RES, peerid, verdict(0, 0))
        elif name == "auth_foreign":
            send(sock, BE_RES, peerid + 1, verdict(5001, 5001))
        elif name == "auth_ok":
            send(sock, BE_RES, peerid, verdict(5001, 5001))
        elif name == "auth_logs":
            while True:
                send(sock, LOG, 0, struct.pack("=I", 0) + b"all is well")
        elif name == "auth_names":
            while True:
                send(sock, BE_NAMES, peerid, b"anna\nbert\n")
        elif name.startswith("auth_lie-"):
            send(sock, BE_RES, peerid, LIES[name[9:]])


main()
