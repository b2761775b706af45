#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Clients and delivery agents against the same mailboxes, and the accounts
afterwards: nothing may be lost, doubled or altered.

storm.py deliver DIR MAILBOXES SECONDS LOG    as the owner of the mailboxes
storm.py clients PORT MAILBOXES CLIENTS SECONDS LOG
storm.py audit DIR MAILBOXES DELIVERED TAKEN

Users are u1, u2, ... with the password "pw".  Every message says which one it
is and has the hash of its body.  Half of them come through procmail, half by an
agent of our own that locks as Debian's policy says: dotlock, then fcntl.
"""

import fcntl
import hashlib
import os
import random
import re
import subprocess
import sys
import threading
import time
import traceback

from pop3 import Client, Failed

stop = threading.Event()
FROM = b"From storm@example.org Mon Jan  5 10:00:00 2026\n"


def message(name):
    lines = [b"line %d of %s" % (i, name.encode()) + b"." * (i % 60)
             for i in range(random.choice((1, 10, 100, 1000)))]
    lines.append(random.choice((b".", b"..", b">From here", b"  ", b"end")))
    body = b"\n".join(lines) + b"\nend\n"
    return b"Subject: storm\nX-Name: %s\nX-Sum: %s\n\n" % (
        name.encode(), hashlib.sha256(body).hexdigest().encode()) + body


def look(text, where):
    """The name of a message (LF, without From_ line) that is in order."""
    head, _, body = text.partition(b"\n\n")
    names = re.findall(rb"^X-Name: (\S+)$", head, re.M)
    sums = re.findall(rb"^X-Sum: (\S+)$", head, re.M)
    if len(names) != 1 or len(sums) != 1 or \
            hashlib.sha256(body).hexdigest().encode() != sums[0]:
        raise Failed("%s: altered: %r" % (where, text[:300]))
    return names[0].decode()


def append(path, text):
    while True:
        try:
            os.close(os.open(path + ".lock", os.O_CREAT | os.O_EXCL, 0o644))
            break
        except FileExistsError:
            if stop.wait(0.01 * random.random()):
                return False
    with open(path, "ab") as f:
        fcntl.lockf(f, fcntl.LOCK_EX)
        # In pieces: a reader without a lock would see halves.
        data = FROM + text + b"\n"
        for i in range(0, len(data), 5000):
            f.write(data[i:i + 5000])
            f.flush()
    os.unlink(path + ".lock")
    return True


def procmail(path, text):
    run = subprocess.run(["procmail", "MBOX=" + path, "DEFAULT=" + path,
                          "LOCKSLEEP=1", "procmailrc"],
                         input=FROM + text, capture_output=True)
    return run.returncode == 0


def agent(number, how, directory, boxes, log, lock):
    count = 0
    while not stop.is_set():
        box = "u%d" % random.randint(1, boxes)
        name = "%s-%d-%d" % (box, number, count)
        count += 1
        if how(os.path.join(directory, box), message(name)):
            with lock:
                log.write(name + "\n")
        stop.wait(0.002)


def deliver(directory, boxes, seconds, path):
    lock = threading.Lock()
    with open(path, "w") as log:
        threads = [threading.Thread(target=agent, args=(
            n, append if n % 2 else procmail, directory, int(boxes), log, lock))
            for n in range(8)]
        for t in threads:
            t.start()
        time.sleep(float(seconds))
        stop.set()
        for t in threads:
            t.join()


class Log:
    """The replies to clients: names taken for good, and those in doubt."""

    def __init__(self):
        self.lock = threading.Lock()
        self.taken, self.doubt, self.uidls = {}, set(), {}
        self.problems = []
        self.sessions, self.busy = 0, 0

    def seen(self, name, uidl):
        with self.lock:
            if self.taken.get(name):
                self.problems.append("%s came back" % name)
            if self.uidls.setdefault(name, uidl) != uidl:
                self.problems.append("%s: another UIDL" % name)


def visit(port, box, log):
    c = Client(port)
    c.sock.settimeout(60)
    c.reply()
    c.send(b"USER %s\r\nPASS pw\r\n" % box.encode())
    c.reply()
    line = c.reply()
    if line.startswith(b"-ERR [IN-USE]"):
        log.busy += 1
        c.sock.close()
        return
    if not line.startswith(b"+OK"):
        raise Failed("%s: %r" % (box, line))
    log.sessions += 1
    octets = int(c.cmd("STAT").split()[2])
    c.cmd("LIST")
    sizes = [int(l.split()[1]) for l in c.multi()]
    c.cmd("UIDL")
    uidls = [l.split()[1] for l in c.multi()]
    if len(uidls) != len(sizes) or sum(sizes) != octets or \
            len(set(uidls)) != len(uidls):
        raise Failed("%s: STAT, LIST and UIDL differ" % box)
    wanted = range(1, len(sizes) + 1)
    if random.random() < 0.5:
        wanted = random.sample(wanted, len(sizes) // 2)
    if random.random() < 0.5:
        c.send(b"".join(b"RETR %d\r\n" % n for n in wanted))
    else:
        c.send(b"".join(b"RETR %d\r\nNOOP\r\n" % n for n in wanted))
    names = {}
    for n in wanted:
        line = c.reply()
        while line == b"+OK":
            line = c.reply()
        if not line.endswith(b" octets"):
            raise Failed("%s: RETR %d: %r" % (box, n, line))
        lines = c.multi()
        if sum(len(l) + 2 for l in lines) != sizes[n - 1]:
            raise Failed("%s: size of %d" % (box, n))
        names[n] = look(b"\n".join(lines) + b"\n", box)
        if not names[n].startswith(box + "-"):
            raise Failed("%s: somebody else's mail" % box)
        log.seen(names[n], uidls[n - 1])
        if random.random() < 0.005:
            c.reset()           # in the middle of it
            return
    leave(c, names, log)


def leave(c, names, log):
    how = random.random()
    names = {n: name for n, name in names.items() if random.random() < 0.6}
    if how < 0.2:
        return c.reset() if how < 0.1 else c.sock.close()
    c.send(b"".join(b"DELE %d\r\n" % n for n in names))
    if how < 0.3:
        return c.sock.close()   # no QUIT: all of it stays
    with log.lock:
        log.doubt.update(names.values())
    c.send(b"QUIT\r\n")
    if how < 0.4:
        return c.sock.close()
    line = c.reply()
    while line != b"+OK bye" and not line.startswith(b"-ERR"):
        line = c.reply()
    if line.startswith(b"+OK"):
        with log.lock:
            for name in names.values():
                log.taken[name] = True
                log.doubt.discard(name)
    c.sock.close()


def client(port, boxes, log):
    while not stop.is_set():
        try:
            visit(port, "u%d" % random.randint(1, boxes), log)
        except (Failed, OSError, ValueError, IndexError) as e:
            where = traceback.extract_tb(e.__traceback__)
            log.problems.append("%r at lines %s" % (e, ", ".join(
                str(f.lineno) for f in where)))
            return


def clients(port, boxes, count, seconds, path):
    threading.stack_size(512 * 1024)
    log = Log()
    threads = [threading.Thread(target=client,
                                args=(int(port), int(boxes), log))
               for n in range(int(count))]
    for t in threads:
        t.start()
    time.sleep(float(seconds))
    stop.set()
    for t in threads:
        t.join()
    with open(path, "w") as f:
        for name in log.taken:
            f.write("taken %s\n" % name)
        for name in log.doubt:
            f.write("doubt %s\n" % name)
    print("%d sessions, %d in use, %d messages taken" %
          (log.sessions, log.busy, len(log.taken)))
    if log.problems:
        raise Failed("%d problems: %s" % (len(log.problems),
                                          "; ".join(log.problems[:5])))


def audit(directory, boxes, delivered, taken):
    with open(delivered) as f:
        all_names = f.read().split()
    gone, doubt = set(), set()
    with open(taken) as f:
        for line in f:
            kind, name = line.split()
            (gone if kind == "taken" else doubt).add(name)
    there = []
    for n in range(1, int(boxes) + 1):
        path = os.path.join(directory, "u%d" % n)
        if not os.path.exists(path):
            continue
        with open(path, "rb") as f:
            text = f.read()
        if os.path.exists(path + ".lock"):
            raise Failed(path + ".lock is left")
        for m in re.split(rb"(?:^|(?<=\n\n))From [^\n]*\n", text)[1:]:
            there.append(look(m[:-1] if m.endswith(b"\n\n") else m, path))
    print("%d delivered, %d taken, %d in doubt, %d there" %
          (len(all_names), len(gone), len(doubt), len(there)))
    if len(set(there)) != len(there):
        raise Failed("doubled")
    if gone & set(there):
        raise Failed("came back: %s" % (gone & set(there)))
    lost = set(all_names) - gone - doubt - set(there)
    if lost:
        raise Failed("%d lost: %s" % (len(lost), sorted(lost)[:5]))
    if len(gone) < 100 or len(all_names) < 100:
        raise Failed("too little happened")


def main():
    try:
        {"deliver": deliver, "clients": clients,
         "audit": audit}[sys.argv[1]](*sys.argv[2:])
    except (Failed, OSError) as e:
        sys.exit("storm.py: %s" % e)
    except (IndexError, KeyError, TypeError):
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
