#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Clients that ask everything, ask too much, do not listen or do not say
goodbye.  Over plain connections; see pop3.py for the options of talk.

rude.py table PORT FILE         every row of protocol/commands
rude.py lines PORT              lines of all lengths
rude.py garbage PORT            binary octets, over and over
rude.py burst PORT COUNT        a whole session in one segment
rude.py bytewise PORT COUNT     ... in segments of one octet
rude.py deaf PORT COUNT PID [capa]   COUNT commands (or: CAPA before login)
                                without reading; the resident set of PID may
                                grow by $MEMORY_MAX kB; then all answers
rude.py answer PORT [tls]       the answer to RETR comes in one piece, soon

All log in as anna, with the password in $PASS_anna; the mailbox is mkmbox's.
"""

import os
import re
import socket
import sys
import time

from pop3 import Client, Failed, login

PASSWORD = os.environ.get("PASS_anna", "").encode()


def greeted(port):
    c = Client(int(port))
    c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not c.reply().startswith(b"+OK"):
        raise Failed("no greeting")
    return c


def logged_in(port):
    c = greeted(port)
    c.cmd("USER anna")
    c.send(b"PASS " + PASSWORD + b"\r\n")
    if not c.reply().startswith(b"+OK"):
        raise Failed("no login")
    return c


def expect(c, cell, what):
    """Read the answer that a cell of the table describes.  True if the server
    closes after it."""
    regex, multi, end = cell, cell.startswith("* "), cell.endswith(" EOF")
    if multi:
        regex = regex[2:]
    if end:
        regex = regex[:-4]
    if regex == "-ERR":
        regex = "-ERR .*"
    if regex.startswith("+"):
        regex = "\\" + regex
    line = c.reply().decode()
    if not re.fullmatch(regex, line):
        raise Failed("%s: wanted %s, got %r" % (what, cell, line))
    if multi:
        c.multi()
    if end:
        c.eof()
    return end


def row(port, text, cells, sessions):
    """One command in all three states."""
    data = text.encode("latin-1").decode("unicode_escape").encode("latin-1")
    for state, cell in enumerate(cells):
        c = sessions[state] or (logged_in(port) if state == 2 else
                                greeted(port))
        if state == 1:
            c.cmd("USER anna")
        what = "%r, state %d" % (text, state)
        c.send(data + b"\r\n")
        gone = expect(c, cell, what)
        if not gone:
            # One answer, not two; and the row of bad commands ends.
            c.send(b"CAPA\r\n")
            expect(c, "* +OK.*", "CAPA after " + what)
        # Commands that change the state of a session run alone.
        if not gone and state == 2:
            c.cmd("RSET")
        if gone or state < 2 and data.upper()[:4] in (b"USER", b"PASS"):
            c.sock.close()
            c = None
        sessions[state] = c if state != 1 else None


def table(port, path):
    sessions = [None, None, None]
    count = 0
    with open(path) as f:
        for line in f:
            line = line.rstrip("\n")
            if line == "" or line.startswith("#"):
                continue
            text, *cells = line.replace("@PASS_anna@",
                                        PASSWORD.decode()).split(" | ")
            if len(cells) != 3:
                raise Failed("the table is broken: " + line)
            row(port, text, cells, sessions)
            count += 1
    print(count)


def lines(port):
    for c in greeted(port), logged_in(port):
        for end in b"\r\n", b"\n":
            for octets in 253, 254, 255, 256, 257, 300, 511, 512, 513, 16383, \
                    16384, 16385, 40000, 1000000:
                data = b"NOOP" + b"x" * (octets - 4 - len(end)) + end
                c.send(data)
                want = b"-ERR unknown command" if octets <= 255 else \
                    b"-ERR line too long"
                line = c.reply()
                if line != want:
                    raise Failed("%d octets: %r" % (octets, line))
                c.send(b"CAPA\r\n")
                expect(c, "* +OK.*", "CAPA after %d octets" % octets)
        # Blanks count, too; and one octet less is a command.
        for octets, ok in (255, True), (256, False):
            c.send(b"CAPA" + b" " * (octets - 6) + b"\r\n")
            expect(c, "* +OK.*" if ok else "-ERR line too long",
                   "%d blanks" % octets)
        # Answered before its end has come, and only once.
        c.send(b"NOOP" + b"x" * 1000000)
        if c.reply() != b"-ERR line too long":
            raise Failed("a line without an end")
        c.send(b"more\r\nCAPA\r\n")
        expect(c, "* +OK.*", "CAPA after a line without an end")
        c.cmd("QUIT")
        c.eof()


def garbage(port):
    """No answer but -ERR, and the end after 20 of them."""
    for seed in range(50):
        c = greeted(port)
        data = b"\0" + os.urandom(3000 + seed * 100)
        data = data.replace(b"\n", b"\r") + b"\n"
        try:
            c.send(b"\xff" + data * 30)
            errors = 0
            while True:
                if not c.reply().startswith(b"-ERR"):
                    raise Failed("garbage is understood")
                errors += 1
        except Failed as e:
            if "connection closed" not in str(e):
                raise
        except ConnectionError:
            continue            # closed on us while we were sending
        if errors != 20:
            raise Failed("%d errors" % errors)
        c.sock.close()


def session(count):
    """A session of everything, and the answers to it."""
    asked = [(b"USER anna", "+OK.*"), (b"PASS " + PASSWORD, "+OK.*"),
             (b"STAT", r"+OK %d \d+" % count), (b"UIDL", "* +OK.*"),
             (b"LIST", "* +OK.*")]
    for n in range(1, count + 1):
        asked += [(b"RETR %d" % n, r"* +OK \d+ octets"),
                  (b"STAT", r"+OK %d \d+" % count),
                  (b"LIST %d" % n, r"+OK %d \d+" % n),
                  (b"NOOP", "+OK"),
                  (b"TOP %d 1" % n, "* +OK.*"),
                  (b"NONSENSE", "-ERR unknown command"),
                  (b"UIDL %d" % n, r"+OK %d \S+" % n),
                  (b"DELE %d" % n, "+OK.*"),
                  (b"STAT", r"+OK %d \d+" % (count - 1)),
                  (b"RETR %d" % n, "-ERR that message is marked.*"),
                  (b"RETR 0", "-ERR no such message"),
                  (b"CAPA", "* +OK.*"),
                  (b"RSET", r"+OK %d .*" % count)]
    return asked + [(b"QUIT", "+OK.* EOF")]


def burst(port, count):
    asked = session(int(count))
    c = greeted(port)
    c.send(b"".join(text + b"\r\n" for text, _ in asked))
    for text, cell in asked:
        expect(c, cell, repr(text))


def bytewise(port, count):
    asked = session(int(count))
    c = greeted(port)
    for text, cell in asked:
        for octet in text + b"\r\n":
            c.send(bytes([octet]))
    for text, cell in asked:
        expect(c, cell, repr(text))


def resident(pid):
    with open("/proc/%s/status" % pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def deaf(port, count, pid, what=None):
    c = greeted(port) if what == "capa" else logged_in(port)
    asked = [(b"CAPA", "* +OK.*")] if what == "capa" else [
             (b"RETR 1", r"* +OK \d+ octets"), (b"STAT", r"+OK \d+ \d+"),
             (b"NOOP", "+OK"), (b"RETR 2", r"* +OK \d+ octets"),
             (b"DELE 99999", "-ERR no such message"), (b"CAPA", "* +OK.*"),
             (b"NONSENSE", "-ERR unknown command"), (b"UIDL", "* +OK.*"),
             (b"LIST 2", r"+OK 2 \d+"), (b"RETR 3", r"* +OK \d+ octets")]
    asked = (asked * (int(count) // len(asked) + 1))[:int(count)]
    data = b"".join(text + b"\r\n" for text, _ in asked)
    before = resident(pid)
    # The kernels take some of it, the server only what it can answer.
    c.sock.setblocking(False)
    sent, quiet = 0, 0
    while quiet < 10:
        try:
            sent += c.sock.send(data[sent:sent + 65536])
            quiet = 0 if sent < len(data) else quiet + 1
        except BlockingIOError:
            quiet += 1
        if quiet:
            time.sleep(0.1)
    grown = resident(pid) - before
    print("sent %d of %d octets, engine grew by %d kB" %
          (sent, len(data), grown))
    if grown > int(os.environ["MEMORY_MAX"]):
        raise Failed("the engine grew by %d kB" % grown)
    c.sock.settimeout(60)
    for i, (text, cell) in enumerate(asked):
        if sent < len(data):
            c.sock.setblocking(False)
            try:
                sent += c.sock.send(data[sent:sent + 65536])
            except BlockingIOError:
                pass
            c.sock.settimeout(60)
        expect(c, cell, "command %d, %r" % (i, text))
    c.cmd("QUIT")
    c.eof()


def answer(port, how=None):
    """RETR of a small message: all of it with the first read, or in the first
    record of TLS."""
    c = login(("-t",) if how == "tls" else (), port, "anna",
              PASSWORD.decode())
    least = 60
    for n in (1, 2, 3) * 20:
        begin = time.monotonic()
        c.send(b"RETR %d\r\n" % n)
        data = c.sock.recv(65536)
        least = min(least, time.monotonic() - begin)
        if not data.endswith(b"\r\n.\r\n"):
            raise Failed("RETR %d in pieces: %r" % (n, data))
    # A delayed acknowledgement would show in all of them, a busy machine not.
    print("at least %.1f ms" % (least * 1000))
    if least > 0.03:
        raise Failed("RETR took %.1f ms" % (least * 1000))
    c.cmd("QUIT")


def main():
    try:
        name, args = sys.argv[1], sys.argv[2:]
        {"table": table, "lines": lines, "garbage": garbage, "burst": burst,
         "bytewise": bytewise, "deaf": deaf, "answer": answer}[name](*args)
    except (Failed, OSError) as e:
        sys.exit("rude.py: %s" % e)
    except (IndexError, KeyError, TypeError):
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
