#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A POP3 client for the tests, which sees and says every octet.

pop3.py wait PORT PID       wait until the server greets; fail if PID dies
pop3.py [-t | -s] talk PORT [SCRIPT]   speak a script (stdin) and check replies
pop3.py [-t | -s] check PORT USER PASS  STAT = LIST = octets of RETR; UIDLs
pop3.py [-t | -s] fetch PORT USER PASS DIR   every message to DIR/N, as sent
pop3.py [-t | -s] digest PORT USER PASS      "N octets sha256" for every one
pop3.py wire FILE           the messages of an mbox file as "N octets sha256"

-t: TLS from the first octet.  -s: STLS first.

Every reply has to be a line of RFC 1939 of at most 512 octets, with a code of
RFC 2449 or 3206 where it has one.

A script, one step a line; @NAME@ stands for that variable of the environment; a
reply is matched from its start by the regular expression, and has to end there:
    C: TEXT           send TEXT and CRLF
    S: REGEX          read a line that matches
    M: REGEX          read a line that matches, then lines until "."
    L: REGEX          ... whose next unread line matches (after M, in order)
    NOMORE            all lines after M have been read
    RAW: TEXT         send TEXT, Python escapes understood, no CRLF added
    LOGIN: USER [PASSWORD]   say USER and PASS, read +OK after each; without
                      PASSWORD that of PASS_USER in the environment
    STLS              say STLS, read +OK, do the handshake
    TLS               do the handshake now
    RUN: COMMAND      run a shell command; it has to succeed
    SLEEP: SECONDS
    EOF               the server closes, having sent nothing more
    HALF              say that nothing more will be sent, go on reading
    CLOSE             close without a word
    RESET             as a machine that lost power, once it is back
"""

import ast
import hashlib
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import time

TIMEOUT = 60

# RFC 1939, section 3; RFC 2449, section 8; RFC 3206.
REPLY = re.compile(rb"(\+OK|-ERR)( [ -~]*)?")
CODES = (b"[IN-USE]", b"[LOGIN-DELAY]", b"[SYS/TEMP]", b"[SYS/PERM]",
         b"[AUTH]", b"[UTF8]")


class Failed(Exception):
    pass


class Client:
    def __init__(self, port, host="127.0.0.1"):
        self.sock = socket.create_connection((host, port), TIMEOUT)
        self.buf = b""

    def tls(self):
        ctx = ssl.create_default_context()
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        if self.buf:
            raise Failed("octets before the handshake: %r" % self.buf)
        self.sock = ctx.wrap_socket(self.sock)

    def send(self, data):
        self.sock.sendall(data)

    def taken(self):
        """Wait until the server has read all that was sent."""
        me, server = self.sock.getsockname()[1], self.sock.getpeername()[1]
        while any(int(c[1].split(":")[1], 16) == server and
                  int(c[2].split(":")[1], 16) == me and
                  int(c[4].split(":")[1], 16) > 0 for c in connections()):
            time.sleep(0.02)

    def fill(self):
        try:
            data = self.sock.recv(262144)
        except socket.timeout:
            raise Failed("no answer in %d s" % TIMEOUT)
        except (ConnectionResetError, ssl.SSLError):
            data = b""
        self.buf += data
        return bool(data)

    def line(self):
        """One line without its CRLF."""
        while b"\r\n" not in self.buf:
            if not self.fill():
                raise Failed("connection closed, had %r" % self.buf[:200])
        line, self.buf = self.buf.split(b"\r\n", 1)
        return line

    def reply(self):
        """A line that is a well-formed reply."""
        line = self.line()
        if len(line) > 510:
            raise Failed("a reply of %d octets" % (len(line) + 2))
        if not REPLY.fullmatch(line):
            raise Failed("not a reply: %r" % line)
        text = line.partition(b" ")[2]
        if text.startswith(b"[") and not text.startswith(CODES):
            raise Failed("an unknown code: %r" % line)
        return line

    def half(self):
        # Beneath TLS, which ssl would take off.
        with socket.socket(fileno=os.dup(self.sock.fileno())) as s:
            s.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def eof(self):
        if self.buf or self.fill():
            raise Failed("more octets: %r" % self.buf[:200])

    def cmd(self, text):
        self.send(text.encode("utf-8") + b"\r\n")
        reply = self.reply()
        if not reply.startswith(b"+OK"):
            raise Failed("%s: %r" % (text.split(" ")[0], reply))
        return reply

    def multi(self):
        """The lines of a multi-line reply, dots unstuffed."""
        lines = []
        while True:
            line = self.line()
            if line == b".":
                return lines
            lines.append(line[1:] if line.startswith(b".") else line)

    def stream(self, sink):
        """A multi-line reply given to sink(bytes) in pieces, dots unstuffed,
        without the end mark: mail of any size, in little memory."""
        bol = True              # the buffer begins a line
        while True:
            if bol and self.buf.startswith(b".\r\n"):
                self.buf = self.buf[3:]
                return
            # Keep back what could be part of "\r\n.\r\n".
            end = self.buf.find(b"\r\n.\r\n")
            cut = end + 2 if end >= 0 else len(self.buf) - 4
            if end < 0 and cut > 0 and self.buf[cut - 1:cut] == b"\r":
                cut -= 1        # CRLF stays together
            if cut > 0:
                piece = self.buf[:cut]
                if bol and piece.startswith(b"."):
                    piece = piece[1:]
                sink(piece.replace(b"\r\n.", b"\r\n"))
                bol = self.buf[:cut].endswith(b"\r\n")
                self.buf = self.buf[cut:]
                if end >= 0:
                    continue
            if not self.fill():
                raise Failed("connection closed within a message")


def login(opts, port, user, password):
    c = Client(int(port))
    if "-t" in opts:
        c.tls()
    c.line()
    if "-s" in opts:
        c.cmd("STLS")
        c.tls()
    c.cmd("USER " + user)
    c.cmd("PASS " + password)
    return c


def connections():
    """What /proc says of each IPv4 connection, in fields."""
    with open("/proc/net/tcp") as f:
        return [line.split() for line in f.readlines()[1:]]


def noticed(port):
    """Wait until the server has closed each connection that its client has."""
    while any(int(c[1].split(":")[1], 16) == int(port) and c[3] == "08"
              for c in connections()):
        time.sleep(0.02)


def wait(port, pid):
    end = time.time() + 100
    while time.time() < end:
        try:
            c = Client(int(port))
            if c.line().startswith(b"+OK"):
                c.send(b"QUIT\r\n")
                c.line()
                return
        except (OSError, Failed):
            pass
        try:
            with open("/proc/%s/stat" % pid) as f:
                if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                    raise Failed("the server has ended")
        except FileNotFoundError:
            raise Failed("the server has ended")
        time.sleep(0.05)
    raise Failed("no greeting in 30 s")


def match(kind, regex, line):
    text = line.decode("latin-1")
    if not re.fullmatch(regex, text):
        raise Failed("%s: wanted %s, got %r" % (kind, regex, text[:300]))


def step(c, kind, arg, pending):
    """One step of a script; pending are the unread lines after M."""
    if kind == "C":
        c.send(arg.encode("utf-8") + b"\r\n")
    elif kind == "S":
        match(kind, arg, c.reply())
    elif kind == "M":
        match(kind, arg, c.reply())
        pending[:] = c.multi()
    elif kind == "L":
        if not pending:
            raise Failed("L: %s: no more lines" % arg)
        match(kind, arg, pending.pop(0))
    elif kind == "NOMORE":
        if pending:
            raise Failed("more lines: %r" % pending[:3])
    elif kind == "LOGIN":
        user, given, password = arg.partition(" ")
        if not given and "PASS_" + user not in os.environ:
            raise Failed("the environment has no PASS_" + user)
        c.cmd("USER " + user)
        c.cmd("PASS " + (password or os.environ["PASS_" + user]))
    elif kind == "RAW":
        c.send(ast.literal_eval("b'''%s'''" % arg))
    elif kind == "STLS":
        c.cmd("STLS")
        c.tls()
    elif kind == "TLS":
        c.tls()
    elif kind == "RUN":
        subprocess.run(["sh", "-c", arg], check=True)
    elif kind == "SLEEP":
        time.sleep(float(arg))
    elif kind == "EOF":
        c.eof()
    elif kind == "HALF":
        c.half()
    elif kind == "CLOSE":
        c.sock.close()
    elif kind == "RESET":
        c.reset()
    else:
        raise Failed("unknown step")


def talk(opts, port, script=0):
    c = Client(int(port))
    if "-t" in opts:
        c.tls()
    if "-s" in opts:
        c.line()
        c.cmd("STLS")
        c.tls()
    pending = []
    with open(script) as f:
        for number, text in enumerate(f, 1):
            text = text.strip("\n").lstrip()
            if text == "" or text.startswith("#"):
                continue
            text = re.sub("@([A-Za-z_]+)@",
                          lambda m: os.environ[m.group(1)], text)
            kind, _, arg = text.partition(":")
            try:
                step(c, kind, arg[1:] if arg[:1] == " " else arg, pending)
            except Failed as e:
                raise Failed("line %d: %s: %s" % (number, text, e))


def numbers(c, command):
    """LIST or UIDL: what it says of each message, in order."""
    c.cmd(command)
    listed = []
    for line in c.multi():
        n, _, what = line.decode("latin-1").partition(" ")
        if int(n) != len(listed) + 1:
            raise Failed("%s: line %r out of order" % (command, line))
        listed.append(what)
    return listed


class Digest:
    """The size in octets and the SHA-256 of a message."""

    def __init__(self):
        self.octets = 0
        self.hash = hashlib.sha256()

    def add(self, data):
        self.octets += len(data)
        self.hash.update(data)

    def __str__(self):
        return "%d %s" % (self.octets, self.hash.hexdigest())


def digest(opts, port, user, password):
    c = login(opts, port, user, password)
    for n, _ in enumerate(numbers(c, "LIST"), 1):
        d = Digest()
        c.cmd("RETR %d" % n)
        c.stream(d.add)
        print(n, d)
    c.cmd("QUIT")


def fetch(opts, port, user, password, directory):
    c = login(opts, port, user, password)
    for n, _ in enumerate(numbers(c, "LIST"), 1):
        c.cmd("RETR %d" % n)
        with open(os.path.join(directory, str(n)), "wb") as f:
            c.stream(f.write)
    c.cmd("QUIT")


def check_uidls(c, count):
    uidls = numbers(c, "UIDL")
    if len(uidls) != count or len(set(uidls)) != count:
        raise Failed("UIDL: %d ids for %d messages" %
                     (len(set(uidls)), count))
    for n, uidl in enumerate(uidls, 1):
        if not re.fullmatch(r"[\x21-\x7e]{1,70}", uidl):
            raise Failed("UIDL %d: %r" % (n, uidl))
        if c.cmd("UIDL %d" % n).split()[1:3] != \
                [str(n).encode(), uidl.encode()]:
            raise Failed("UIDL %d: not what UIDL says" % n)
    return uidls


def check(opts, port, user, password):
    c = login(opts, port, user, password)
    _, count, octets = c.cmd("STAT").split()[:3]
    sizes = [int(what) for what in numbers(c, "LIST")]
    if int(count) != len(sizes) or int(octets) != sum(sizes):
        raise Failed("STAT %s %s, LIST %d %d" %
                     (count, octets, len(sizes), sum(sizes)))
    uidls = check_uidls(c, len(sizes))
    for n, size in enumerate(sizes, 1):
        if int(c.cmd("LIST %d" % n).split()[2]) != size:
            raise Failed("LIST %d: not what LIST says" % n)
        d = Digest()
        c.cmd("RETR %d" % n)
        c.stream(d.add)
        if d.octets != size:
            raise Failed("RETR %d: %d octets, LIST says %d" %
                         (n, d.octets, size))
        t = Digest()
        c.cmd("TOP %d 4294967295" % n)
        c.stream(t.add)
        if str(t) != str(d):
            raise Failed("TOP %d: all lines differ from RETR" % n)
        print(n, d, uidls[n - 1])
    c.cmd("QUIT")


def wire(path):
    """The messages of a well-formed mbox file (From_ line after a blank line),
    in wire form: CRLF where there was LF, one at the end, the blank line that
    separates messages not part of them."""
    d = None
    count = 0
    hold = b""                  # a blank line that may be a separator
    blank = True

    with open(path, "rb") as f:
        for line in f:
            if blank and line.startswith(b"From "):
                if d:
                    print(count, d)
                d, hold, blank = Digest(), b"", False
                count += 1
                continue
            blank = line in (b"\n", b"\r\n")
            d.add(hold)
            if not line.endswith(b"\r\n"):
                line = line.rstrip(b"\n") + b"\r\n"
            hold = line if blank else b""
            if not blank:
                d.add(line)
    if d:
        print(count, d)


def main():
    args = sys.argv[1:]
    opts = []
    while args and args[0] in ("-t", "-s"):
        opts.append(args.pop(0))
    try:
        name, args = args[0], args[1:]
        if name == "wait":
            wait(*args)
        elif name == "wire":
            wire(*args)
        else:
            {"talk": talk, "check": check, "digest": digest,
             "fetch": fetch}[name](opts, *args)
    except (Failed, OSError, subprocess.CalledProcessError) as e:
        sys.exit("pop3.py: %s" % e)
    except (IndexError, KeyError, TypeError):
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
