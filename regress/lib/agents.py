#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Deliver, fetch, delete and mark mail at the same time, and count it.

agents.py [-r READER] PORT USER PASS MAILBOX COUNT COMMAND ...

COMMAND delivers the message on its standard input; it is run COUNT times, in
two at a time.  Meanwhile one client after another fetches everything, deletes
about half of it and quits; and a mail reader marks mail as seen: READER, run on
a terminal again and again, or what is in here, which rewrites the mailbox as
mutt does, under dotlock and fcntl lock.  In the end what is left is fetched and
deleted.  Every message has to arrive once, whole, and to keep its UIDL from the
first session that sees it to the last.
"""

import fcntl
import hashlib
import os
import poplib
import pty
import random
import re
import select
import shlex
import subprocess
import sys
import termios
import threading
import time

poplib._MAXLINE = 1 << 20


def body(n):
    """The lines of message n: about 0.1 to 20 KB, with dots and From_ lines."""
    rnd = random.Random(n)
    lines = [b"begin of %d" % n]
    for _ in range(rnd.choice((1, 10, 50, 300))):
        lines.append(rnd.choice((b"", b".", b"..x", b"x From y",
                                 b"abc " * 16)))
    check = hashlib.md5(b"%d" % n).hexdigest().encode()
    return lines + [b"end of %d %s" % (n, check)]


def message(n):
    head = [b"From: agent@localhost", b"To: anna@localhost",
            b"Message-ID: <%d@localhost>" % n, b"Subject: number %d" % n]
    return b"\n".join(head + [b""] + body(n) + [b""])


class Test:
    def __init__(self, reader, port, user, password, mailbox, count, command):
        self.reader = reader
        self.port, self.user, self.password = port, user, password
        self.mailbox, self.count, self.command = mailbox, count, command
        self.next = 0
        self.mutex = threading.Lock()
        self.delivering = True
        self.failed = []
        self.uidl = {}          # number -> UIDL
        self.fetched = {}       # number -> times deleted after it was fetched
        self.sessions = self.busy = self.reads = 0
        self.marked = set()     # numbers that came with a reader's mark

    def fail(self, text):
        self.failed.append(text)

    def deliver(self):
        while not self.failed:
            with self.mutex:
                if self.next == self.count:
                    return
                n = self.next
                self.next += 1
            for _ in range(20):
                p = subprocess.run(self.command, input=message(n),
                                   capture_output=True)
                if p.returncode != 75:         # EX_TEMPFAIL: try again
                    break
                time.sleep(0.2)
            if p.returncode != 0:
                self.fail("delivery of %d: %d %r" % (n, p.returncode, p.stderr))

    def read_mail(self):
        """The reader: until it ends by itself, which it is asked for when it
        is silent, for there may be nothing to mark."""
        master, slave = pty.openpty()
        # ncurses 6.5 opens no terminal without one.
        termios.tcsetwinsize(slave, (24, 80))
        p = subprocess.Popen(self.reader, stdin=slave, stdout=slave,
                             stderr=slave, start_new_session=True)
        os.close(slave)
        output = b""
        locked = False
        end = time.time() + 60
        while p.poll() is None:
            if time.time() > end:
                self.fail("the reader does not end: %r" % output[-300:])
                p.kill()
            elif not select.select([master], [], [], 1)[0]:
                # mutt gives up on a dotlock after five seconds.
                locked = locked or b"remove lock" in output
                os.write(master, b"n" if b"remove lock" in output else b"q")
                output = b""
                continue
            try:
                output += os.read(master, 65536)
            except OSError:
                break
        if p.wait() != 0 and not locked:
            self.fail("reader: %d %r" % (p.returncode, output[-300:]))
        os.close(master)

    def mark(self):
        while self.delivering and not self.failed:
            time.sleep(random.uniform(0.05, 0.2))
            if self.reader:
                self.read_mail()
            else:
                self.rewrite()
            self.reads += 1

    def wait_read(self):
        """Until the reader has gone through the mailbox as it is now: the
        second run from here on was not under way yet."""
        want = self.reads + 2
        while self.reads < want and not self.failed:
            time.sleep(0.02)

    def rewrite(self):
        """Rewrite the mailbox in place, in the order of mutt: lock, read,
        write a new one, copy it over, cut."""
        try:
            lock = os.open(self.mailbox + ".lock",
                           os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            return
        os.write(lock, b"%d\n" % os.getpid())
        os.close(lock)
        try:
            with open(self.mailbox, "r+b") as f:
                try:
                    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    return
                old = f.read()
                new = re.sub(rb"^(Subject: number \d+\n)(?!Status)",
                             rb"\1Status: O\nX-Status:  \n", old, 3,
                             re.MULTILINE)
                new = re.sub(rb"^Status: O\n", b"Status: RO\n", new,
                             random.randrange(5), re.MULTILINE)
                if new != old:
                    f.seek(0)
                    f.write(new)
                    f.truncate()
                    f.flush()
                    os.fsync(f.fileno())
        finally:
            os.unlink(self.mailbox + ".lock")

    def number(self, lines, uidl):
        """The number of a message, after a look at all of it."""
        text = b"\n".join(lines)
        m = re.search(rb"^Subject: number (\d+)$", text, re.MULTILINE)
        if m is None:
            self.fail("no number: %r" % text[:300])
            return -1
        n = int(m.group(1))
        blank = lines.index(b"")
        got = lines[blank + 1:]
        while got and got[-1] == b"":
            got.pop()
        if got != body(n):
            self.fail("message %d is not what was sent: %r" % (n, got[:5]))
        if re.search(rb"^Status: ", text, re.MULTILINE):
            self.marked.add(n)
        if self.uidl.setdefault(n, uidl) != uidl:
            self.fail("message %d: UIDL was %s, is %s" %
                      (n, self.uidl[n], uidl))
        return n

    def session(self, share):
        """Fetch all, delete some.  Returns how many there were, -1: busy."""
        try:
            p = poplib.POP3("127.0.0.1", self.port, timeout=60)
            p.user(self.user)
            p.pass_(self.password)
        except poplib.error_proto as e:
            if b"[IN-USE]" not in e.args[0] and b"[SYS/TEMP]" not in e.args[0]:
                self.fail("login: %r" % e.args[0])
            self.busy += 1
            time.sleep(0.05)
            return -1
        self.sessions += 1
        try:
            ids = dict(l.decode().split() for l in p.uidl()[1])
            if len(set(ids.values())) != len(ids):
                self.fail("UIDLs that are the same")
            gone = []
            for i in ids:
                n = self.number(p.retr(int(i))[1], ids[i])
                if random.random() < share:
                    p.dele(int(i))
                    gone.append(n)
            p.quit()
        except poplib.error_proto as e:
            # Rewritten by the reader meanwhile: nothing was deleted.
            if self.delivering and (b"[SYS/TEMP]" in e.args[0] or
                                    b"-ERR EOF" in e.args[0] or
                                    b"no longer" in e.args[0]):
                self.busy += 1
                return -1
            self.fail("session: %r" % e.args[0])
            return -1
        for n in gone:
            self.fetched[n] = self.fetched.get(n, 0) + 1
        return len(ids)

    def run(self):
        agents = [threading.Thread(target=self.deliver) for _ in range(2)]
        reader = threading.Thread(target=self.mark)
        for t in agents + [reader]:
            t.start()
        while not self.failed and self.sessions < 3 or \
                any(t.is_alive() for t in agents):
            self.session(0.5)
            if self.sessions % 3 == 1:
                self.wait_read()
            time.sleep(0.02)
        self.wait_read()
        self.delivering = False
        reader.join()
        while not self.failed and self.session(1) != 0:
            pass
        for n in range(self.count):
            if self.fetched.get(n, 0) != 1:
                self.fail("message %d came %d times" %
                          (n, self.fetched.get(n, 0)))
        print("%d messages, %d sessions, %d busy, %d marked" %
              (self.count, self.sessions, self.busy, len(self.marked)))
        for text in self.failed[:20]:
            print(text)
        if len(self.marked) < 2 and not self.failed:
            print("the reader did nothing")
        return 1 if self.failed or len(self.marked) < 2 else 0


def main(args):
    reader = None
    if args[0] == "-r":
        reader = shlex.split(args[1])
        args = args[2:]
    return Test(reader, int(args[0]), args[1], args[2], args[3],
                int(args[4]), args[5:]).run()


if __name__ == "__main__":
    random.seed(1)
    sys.exit(main(sys.argv[1:]))
