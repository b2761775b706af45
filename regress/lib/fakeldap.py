#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A directory that no libldap should meet.

fakeldap.py PORT MODE       serve on the loopback until killed; makes the file
                            "fake.ready" when it listens

It answers binds well, and searches like this:
    good        one entry, as it should be
    garbage     octets that are no BER
    endless     entries without an end
    unrelated   entries without an end, of a search that nobody made
    references  referrals to other servers without an end
    huge        the head of an element of 2 GB, then zeros
    deep        elements within elements
    half        the first half of an answer, and silence
    head-N      the first N octets of an answer, and silence
    trickle     an answer, one octet a second
    mute        nothing
    closes      the end of the connection
    notice      a notice of disconnection
    busy        the result "busy"
    referral    the result "referral"
    negative    a result code below zero
    nodn        an entry whose name is empty
    values      an entry with 200000 values, of two megabytes in all
With "bind-" before it: what answers is the bind.

These do so when somebody connects, where TLS should begin:
    tls-mute    nothing
    tls-trickle the head of a record, then one octet of it every 0.3 seconds
    tls-endless records of a handshake without an end
    tls-alerts  warnings without an end
    tls-garbage octets that are no TLS
    tls-closes  the end of the connection
"""

import os
import socket
import struct
import sys
import threading
import time


def ber(tag, content):
    n = len(content)
    if n < 128:
        return bytes([tag, n]) + content
    size = n.to_bytes(4, "big")
    return bytes([tag, 0x84]) + size + content


def message(msgid, op):
    return ber(0x30, ber(2, struct.pack(">i", msgid)) + op)


def result(tag, code=0, extra=b""):
    return ber(tag, ber(10, bytes([code & 255])) + ber(4, b"") +
               ber(4, b"") + extra)


def attribute(name, values):
    return ber(0x30, ber(4, name) + ber(0x31, b"".join(
        ber(4, v) for v in values)))


def entry(dn=b"uid=anna,dc=example,dc=org", more=b""):
    return ber(0x64, ber(4, dn) + ber(0x30, attribute(b"uid", [b"anna"]) +
               attribute(b"userPassword", [b"{PLAIN}" + PASSWORD]) +
               attribute(b"qmailUID", [b"5001"]) +
               attribute(b"qmailGID", [b"5001"]) + more))


PASSWORD = os.environ.get("PASS_anna", "x").encode()
REFERENCE = ber(0x73, ber(4, b"ldap://127.0.0.1:1/dc=x"))


def stream(conn, data):
    while True:
        conn.sendall(data * 64)


def misbehave(conn, mode, msgid, done):
    """What comes instead of the answer whose last message is done."""
    if mode == "good":
        conn.sendall(message(msgid, entry()) + message(msgid, done))
    elif mode == "garbage":
        conn.sendall(bytes(range(1, 255)) * 20)
    elif mode == "endless":
        stream(conn, message(msgid, entry()))
    elif mode == "unrelated":
        stream(conn, message(99999, entry()))
    elif mode == "references":
        stream(conn, message(msgid, REFERENCE))
    elif mode == "huge":
        conn.sendall(b"\x30\x84\x7f\xff\xff\xff")
        stream(conn, bytes(65536))
    elif mode == "deep":
        data = b""
        for _ in range(20000):
            data = ber(0x30, data)
            if len(data) > 60000:
                break
        conn.sendall(message(msgid, ber(0x64, data)))
        conn.sendall(message(msgid, done))
    elif mode == "half":
        data = message(msgid, entry())
        conn.sendall(data[:len(data) // 2])
        time.sleep(600)
    elif mode.startswith("head-"):
        conn.sendall(message(msgid, entry())[:int(mode[5:])])
        time.sleep(600)
    elif mode == "trickle":
        for c in message(msgid, entry()) + message(msgid, done):
            conn.sendall(bytes([c]))
            time.sleep(1)
    elif mode == "mute":
        time.sleep(600)
    elif mode == "closes":
        conn.close()
    elif mode == "notice":
        conn.sendall(message(0, result(0x78, 52, ber(
            0x8a, b"1.3.6.1.4.1.1466.20036"))))
        time.sleep(600)
    elif mode == "busy":
        conn.sendall(message(msgid, result(done[0], 51)))
    elif mode == "referral":
        conn.sendall(message(msgid, result(done[0], 10, ber(
            0xa3, ber(4, b"ldap://127.0.0.1:1/")))))
    elif mode == "negative":
        conn.sendall(message(msgid, result(done[0], -1)))
    elif mode == "nodn":
        conn.sendall(message(msgid, entry(b"")) + message(msgid, done))
    elif mode == "values":
        conn.sendall(message(msgid, entry(more=attribute(
            b"cn", [b"12345678"] * 200000))) + message(msgid, done))
    else:
        sys.exit("no such mode: " + mode)


def misbehave_tls(conn, mode):
    """What comes instead of a server's hello."""
    if mode == "tls-mute":
        time.sleep(600)
    elif mode == "tls-trickle":
        conn.sendall(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xf0")
        while True:
            time.sleep(0.3)
            conn.sendall(b"\x03")
    elif mode == "tls-endless":
        stream(conn, b"\x16\x03\x03\x01\x00\x02\xff\xff\xff" + bytes(252))
    elif mode == "tls-alerts":
        stream(conn, b"\x15\x03\x03\x00\x02\x01\x5a")
    elif mode == "tls-garbage":
        stream(conn, bytes(range(1, 255)))
    elif mode != "tls-closes":
        sys.exit("no such mode: " + mode)


def request(f):
    """The message id and the tag of the next request."""
    head = f.read(2)
    if len(head) < 2:
        return None
    n = head[1]
    if n & 0x80:
        n = int.from_bytes(f.read(n & 0x7f), "big")
    body = f.read(n)
    idlen = body[1]
    return int.from_bytes(body[2:2 + idlen], "big"), body[2 + idlen]


def serve(conn, mode):
    bind = mode.startswith("bind-")
    mode = mode[5:] if bind else mode
    try:
        if mode.startswith("tls-"):
            misbehave_tls(conn, mode)
            return
        f = conn.makefile("rb")
        while True:
            req = request(f)
            if req is None:
                return
            msgid, tag = req
            if tag == 0x60 and not bind:
                conn.sendall(message(msgid, result(0x61)))
            elif tag == 0x60:
                misbehave(conn, mode, msgid, result(0x61))
            elif tag == 0x63:
                misbehave(conn, mode, msgid, result(0x65))
    except (OSError, ValueError, IndexError):
        pass
    finally:
        conn.close()


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(100)
    open("fake.ready", "w").close()
    while True:
        conn, _ = listener.accept()
        print("connection", flush=True)
        threading.Thread(target=serve, args=(conn, sys.argv[2]),
                         daemon=True).start()


main()
