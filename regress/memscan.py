#!/usr/bin/env python3
"""memscan.py KEY PID...: what of a private key (PEM) is in processes' memory.

Prints "PID WHAT" for each find: the scalar, exponent or primes in either order
of octets, the lines of the PEM text, the DER form.  Needs root.
"""

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


def regions(pid):
    with open("/proc/%d/maps" % pid) as maps, \
            open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            if not re.match(r"[0-9a-f]+-[0-9a-f]+ r", line) or \
                    "[v" in line:
                continue
            begin, end = (int(x, 16) for x in line.split()[0].split("-"))
            if end - begin > 1 << 30:
                continue            # shadow of a build with SAN=1
            try:
                mem.seek(begin)
                yield mem.read(end - begin)
            except OSError:
                continue


def main(path, *pids):
    wanted = secrets(path)
    for pid in map(int, pids):
        seen = 0
        for data in regions(pid):
            seen += len(data)
            for what, octets in wanted.items():
                if octets in data:
                    print(pid, what)
        if seen < 65536:
            raise SystemExit("memscan.py: cannot read %d" % pid)


if __name__ == "__main__":
    main(*sys.argv[1:])
