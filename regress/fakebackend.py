#!/usr/bin/python3
"""A backend that does what its name says: auth_exit, auth_hang, auth_mute,
auth_die, auth_garbage, auth_huge, auth_root, auth_foreign, auth_ok.  It speaks
imsg on descriptor 3."""

import os
import socket
import struct
import sys
import time

# Numbers and order of the messages are those of common/proto.h; the test
# replaces the names.
BE_START, BE_READY, BE_REQ, BE_RES = @BE_START@, @BE_READY@, @BE_REQ@, @BE_RES@


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


def verdict(uid, gid):
    """BE_RES: code 0 and this uid, no strings."""
    return struct.pack("=iIIIIIqqHHHHHHI", 0, 0, uid, gid, 0, 0, -1, -1,
                       0, 0, 0, 0, 0, 0, 0)


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
            send(sock, BE_READY, 0)
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


main()
