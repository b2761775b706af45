#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""evilclient.py storaged|keyd LIVES TLSPORT CLEARPORT

The clients of an engine beside which something is evil (t_evil.sh).  anna's
session lasts from the beginning to the end and is served all the time; cleo
logs in again and again.  Passwords are in the environment.

storaged: bert's storaged lies, LIVES times; the session ends each time.
keyd: LIVES handshakes work or fail; clients that need none do not notice.
"""

import os
import random
import ssl
import sys
import threading

from pop3 import Client, Digest, Failed, login

COMMANDS = ("RETR %d", "RETR %d", "TOP %d 3", "UIDL %d", "LIST %d", "DELE %d",
            "LIST", "UIDL", "STAT", "NOOP", "RSET")


def connect(port, tls):
    c = Client(port)
    if tls:
        c.tls()
    c.line()
    return c


def until_the_end(c):
    """Reads what there is to the end of the connection."""
    while True:
        c.buf = b""
        try:
            if not c.fill():
                return
        except OSError:
            return


def one_life(tlsport, clearport):
    try:
        tls = random.random() < 0.5
        c = connect(tlsport if tls else clearport, tls)
    except OSError as e:
        raise Failed("no connection: %s" % e)
    text = "USER bert\r\nPASS %s\r\n" % os.environ["PASS_bert"]
    n = 1
    for _ in range(300):
        command = random.choice(COMMANDS)
        # One after the other, as clients do, or anywhere.
        n = n + 1 if random.random() < 0.7 else random.randint(1, 9)
        text += (command % n if "%" in command else command) + "\r\n"
    try:
        c.send(text.encode())
    except OSError:
        return                  # ended already
    until_the_end(c)
    c.sock.close()


def lives(count, tlsport, clearport):
    for _ in range(count):
        one_life(tlsport, clearport)


def handshakes(count, tlsport, clearport):
    worked = 0
    for _ in range(count):
        try:
            c = connect(tlsport, True)
            c.send(b"QUIT\r\n")
            c.line()
            worked += 1
        except (ssl.SSLError, OSError, Failed):
            pass
        # Connected clients and those that need no handshake go on.
        c = connect(clearport, False)
        c.send(b"QUIT\r\n")
        c.line()
    print("%d of %d handshakes worked" % (worked, count))
    if worked == 0 or worked == count:
        raise Failed("this is not what an evil keyd does")


def served(c):
    d = Digest()
    c.cmd("RETR 1")
    c.stream(d.add)
    c.cmd("NOOP")
    return str(d)


def main(what, count, tlsport, clearport):
    count, tlsport, clearport = int(count), int(tlsport), int(clearport)
    anna = login([], clearport, "anna", os.environ["PASS_anna"])
    wanted = served(anna)
    failed = []

    def run(n):
        try:
            {"storaged": lives, "keyd": handshakes}[what](n, tlsport,
                                                          clearport)
        except (Failed, OSError) as e:
            failed.append(str(e))

    threads = 4 if what == "storaged" else 1
    running = [threading.Thread(target=run, args=(count // threads,))
               for _ in range(threads)]
    for t in running:
        t.start()
    rounds = 0
    while any(t.is_alive() for t in running):
        if served(anna) != wanted:
            raise SystemExit("anna gets something else")
        cleo = login([], clearport, "cleo", os.environ["PASS_cleo"])
        if served(cleo) == "":
            raise SystemExit("cleo gets nothing")
        cleo.cmd("QUIT")
        rounds += 1
        running[0].join(0.05)
    anna.cmd("QUIT")
    print("%d times the others were served" % rounds)
    if failed:
        raise SystemExit("\n".join(failed))


if __name__ == "__main__":
    main(*sys.argv[1:])
