#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""canary.py users MARK [sha512]: "NAME:HASH" for each user of the logins below,
by all schemes in turn, or by this one.
canary.py [-u] logins MARK STARTTLSPORT TLSPORT CLEARPORT

Passwords that nothing else in memory looks like: MARK, a random word, again
and again.  Logs in in every way, with the right and with wrong ones; makes the
file "ready" when all have their answers, keeps the sessions until there is a
file "done", then ends them.  -u: also gives a password for a user's name.
"""

import base64
import ctypes
import hashlib
import hmac
import os
import sys
import time

from pop3 import Client, Failed


# Python 3.13 has no module for it any more.
libcrypt = ctypes.CDLL("libcrypt.so.1")
libcrypt.crypt.restype = ctypes.c_char_p


def crypt(password, setting):
    return libcrypt.crypt(password, setting).decode()


def lines(c, user, password):
    c.cmd("USER " + user)
    c.send(b"PASS " + password + b"\r\n")


def burst(c, user, password):
    c.send(b"USER " + user.encode() + b"\r\nPASS " + password + b"\r\nNOOP\r\n")
    c.reply()


def octets(c, user, password):
    c.cmd("USER " + user)
    for octet in b"PASS " + password + b"\r\n":
        c.send(bytes([octet]))
        time.sleep(0.002)


def halves(c, user, password):
    """The line ends in the middle of a segment, and more follows."""
    c.send(b"USER " + user.encode() + b"\r\nPASS " + password[:-4])
    c.reply()
    time.sleep(0.1)
    c.send(password[-4:] + b"\r\nNOOP\r\n")


WAYS = (lines, burst, octets, halves)


def argon2(password):
    size = ctypes.c_size_t
    out = ctypes.create_string_buffer(200)
    if ctypes.CDLL("libargon2.so.1").argon2id_hash_encoded(
            1, 64, 1, password, size(len(password)), b"saltsalt", size(8),
            size(32), out, size(200)):
        raise SystemExit("argon2")
    return "{ARGON2ID}" + out.value.decode()


def scram(password):
    salted = hashlib.pbkdf2_hmac("sha256", password, b"saltsalt", 4096)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key",
                                        "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return "{SCRAM-SHA-256}4096,%s,%s,%s" % tuple(
        base64.b64encode(x).decode() for x in (b"saltsalt", stored, server))


def salted(password):
    return "{SSHA512}" + base64.b64encode(
        hashlib.sha512(password + b"salt").digest() + b"salt").decode()


def sha512(password):
    return crypt(password, b"$6$saltsalt")


SCHEMES = (
    salted, scram, argon2, sha512,
    lambda p: crypt(p, b"$2b$04$saltsaltsaltsaltsaltse"),
    lambda p: crypt(p, b"$y$j75$saltsalt"),
)


def password(mark, what):
    """One for each use, so a match names its source."""
    return (mark + "<" + what[:14] + ">" + mark + mark).encode()


def logins():
    """Each user once: name, kind of connection, way."""
    for kind in ("starttls", "tls", "clear"):
        for way in WAYS:
            yield kind + "-" + way.__name__, kind, way


def connect(ports, kind):
    c = Client(ports[kind])
    if kind == "tls":
        c.tls()
    c.line()
    if kind == "starttls":
        c.cmd("STLS")
        c.tls()
    return c


def answer(c, wanted):
    line = c.reply()
    if not line.startswith(wanted):
        raise Failed("%r instead of %r" % (line, wanted))


def odd(ports, kind, mark, as_user):
    """What is no login, and what is left before it is one."""
    c = connect(ports, kind)
    c.send(b"PASS " + password(mark, "no-user") + b"\r\n")
    answer(c, b"-ERR")
    c.send(password(mark, "no-command") + b"\r\n")
    answer(c, b"-ERR")
    c.send(b"AUTH PLAIN " + password(mark, "auth") + b"\r\n")
    answer(c, b"-ERR")
    c.send(b"USER x\r\nPASS " + password(mark, "long") * 20 + b"\r\n")
    answer(c, b"+OK")
    answer(c, b"-ERR")
    c.send(b"PASS " + password(mark, "nul") + b"\0\r\n")
    answer(c, b"-ERR")
    if as_user:
        c.send(b"USER " + password(mark, "as-user") + b"\r\nPASS x\r\n")
        answer(c, b"+OK")
        answer(c, b"-ERR [AUTH]")
    d = connect(ports, kind)
    d.send(b"USER x\r\nPASS " + password(mark, "unfinished"))
    answer(d, b"+OK")
    time.sleep(0.1)
    d.sock.close()
    d = connect(ports, kind)
    d.send(b"USER x\r\nPASS " + password(mark, "left") + b"\r\n")
    d.sock.close()
    d = connect(ports, kind)
    d.send(b"USER x\r\nPASS " + password(mark, "reset") + b"\r\n")
    answer(d, b"+OK")
    d.reset()
    return c


def sessions(ports, mark):
    for user, kind, way in logins():
        c = connect(ports, kind)
        # A second wrong one comes in where the first one was.
        for _ in range(2):
            way(c, user, password(mark, "wrong-" + kind))
            answer(c, b"-ERR [AUTH]")
            if way in (burst, halves):
                answer(c, b"-ERR")      # NOOP
        yield c
        c = connect(ports, kind)
        way(c, user, password(mark, user))
        answer(c, b"+OK")
        if way in (burst, halves):
            answer(c, b"+OK")
        c.send(b"PASS " + password(mark, "again") + b"\r\n")
        answer(c, b"-ERR")
        yield c


def users(mark, scheme=None):
    for n, (user, _, _) in enumerate(logins()):
        make = sha512 if scheme else SCHEMES[n % len(SCHEMES)]
        print(user + ":" + make(password(mark, user)))


def serve(as_user, mark, *numbers):
    ports = dict(zip(("starttls", "tls", "clear"), map(int, numbers)))
    held = list(sessions(ports, mark))
    held += [odd(ports, kind, mark, as_user) for kind in ports]
    open("ready", "w").close()
    while not os.path.exists("done"):
        time.sleep(0.05)
    for n, c in enumerate(held):
        if n % 2:
            c.send(b"QUIT\r\n")
            c.reply()
        c.sock.close()


def main(args):
    as_user = args[0] == "-u"
    args = args[as_user:]
    if args[0] == "users":
        users(*args[1:])
    else:
        serve(as_user, *args[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
