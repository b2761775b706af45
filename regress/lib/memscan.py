#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""memscan.py KEY PID...: what of a private key (PEM) is in processes' memory.
memscan.py -s WORD PID...: the same for a word of random letters.

Prints "PID WHAT" for each find: the scalar, exponent or primes in either order
of octets, the lines of the PEM text, the DER form.  Of a word also half of it
counts, since what is freed loses its first octets; with it comes what program
and region it is in, and what is around it.  A process that has ended has none.
Needs root.
"""

import array
import os
import re
import subprocess
import sys


def secrets(path):
    """{what: octets} of the private half."""
    with open(path) as f:
        pem = [line.strip() for line in f if not line.startswith("-----")]
    found = {"pem line": max(pem[1:-1] or pem, key=len).encode()}
    text = subprocess.run(
        ["openssl", "pkey", "-in", path, "-noout", "-text"], check=True,
        capture_output=True, text=True).stdout
    for m in re.finditer(r"^(priv|privateExponent|prime1|prime2|exponent1|"
                         r"exponent2|coefficient):\n((?: +[0-9a-f:]+\n)+)",
                         text, re.M):
        number = bytes.fromhex(re.sub(r"[^0-9a-f]", "", m[2])).lstrip(b"\0")
        found[m[1]] = number
        found[m[1] + " reversed"] = number[::-1]
    if len(found) < 3:
        raise SystemExit("memscan.py: no private half in " + path)
    return found


PAGE = os.sysconf("SC_PAGE_SIZE")
TOUCHED = 3 << 62               # in memory or swapped out, see proc(5)


def touched(pagemap, begin, end):
    """What of a region has been written or read, as (begin, end)."""
    pagemap.seek(begin // PAGE * 8)
    pages = array.array("Q", pagemap.read((end - begin) // PAGE * 8))
    start = None
    for n, page in enumerate(pages):
        if page & TOUCHED:
            if start is None:
                start = n
        elif start is not None:
            yield begin + start * PAGE, begin + n * PAGE
            start = None
    if start is not None:
        yield begin + start * PAGE, end


def regions(pid):
    """(name, octets) of all that a process has in memory."""
    with open("/proc/%d/maps" % pid) as maps, \
            open("/proc/%d/pagemap" % pid, "rb", 0) as pagemap, \
            open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            if not re.match(r"[0-9a-f]+-[0-9a-f]+ r", line) or \
                    "[v" in line:
                continue
            begin, end = (int(x, 16) for x in line.split()[0].split("-"))
            if end - begin > 1 << 32:
                continue            # shadow of a build with SAN=1
            for begin, end in touched(pagemap, begin, end):
                try:
                    mem.seek(begin)
                    yield line.split()[-1], mem.read(end - begin)
                except OSError:
                    continue


def word(wanted, pid):
    """Prints where a word, or half of it, is in a process; the octets seen."""
    wanted = wanted.encode()
    half = len(wanted) // 2
    halves = re.compile(re.escape(wanted[:half]) + b"|" +
                        re.escape(wanted[half:]))
    exe = os.path.basename(os.readlink("/proc/%d/exe" % pid))
    seen = 0
    for where, data in regions(pid):
        seen += len(data)
        for m in halves.finditer(data):
            print(pid, exe, "%s+%#x" % (where, m.start()),
                  data[max(m.start() - 40, 0):m.end() + 40])
    return seen


def key(wanted, pid):
    """The same for parts of a key."""
    seen = 0
    for _, data in regions(pid):
        seen += len(data)
        for what, octets in wanted.items():
            if octets in data:
                print(pid, what)
    return seen


def main(path, *pids):
    find = key
    if path == "-s":
        find, wanted, pids = word, pids[0], pids[1:]
    else:
        wanted = secrets(path)
    for pid in map(int, pids):
        try:
            seen = find(wanted, pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if seen < 65536 and os.path.exists("/proc/%d/exe" % pid):
            raise SystemExit("memscan.py: cannot read %d" % pid)


if __name__ == "__main__":
    main(*sys.argv[1:])
