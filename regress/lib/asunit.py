#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""asunit.py UNIT [NAME=VALUE ...] COMMAND ...: run COMMAND, as root, as systemd
would for UNIT, without systemd: its capabilities, no_new_privs, system calls,
namespaces, address families and memory.  NAME=VALUE replaces what the unit
says of NAME.  What a unit does with mounts is for a booted systemd to show:
systems/systemd.sh.

Sets of system calls come from systemd-analyze, numbers from the C compiler.
"""

import ctypes
import os
import re
import struct
import subprocess
import sys

PR_CAPBSET_READ, PR_CAPBSET_DROP = 23, 24
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
ALLOW, ERRNO = 0x7fff0000, 0x00050000
ARCH = {'x86_64': 0xc000003e, 'aarch64': 0xc00000b7}[os.uname().machine]
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
CLONE = {'cgroup': 0x02000000, 'uts': 0x04000000, 'ipc': 0x08000000,
         'user': 0x10000000, 'pid': 0x20000000, 'net': 0x40000000,
         'mnt': 0x00020000}
FAMILIES = {'AF_UNIX': 1, 'AF_INET': 2, 'AF_INET6': 10}
libc = ctypes.CDLL(None, use_errno=True)


def prctl(*args):
    if libc.prctl(*[ctypes.c_ulong(a) for a in args + (0,) * 4][:5]) == -1:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))


def read_unit(path, changes):
    """NAME: the VALUEs of its lines, in order, of [Service]."""
    unit = {}
    for line in open(path):
        m = re.match(r'([A-Za-z]+)=(.*)', line)
        if m:
            unit.setdefault(m[1], []).append(m[2].strip())
    for change in changes:
        name, value = change.split('=', 1)
        unit[name] = [value]
    return unit


def words(unit, name):
    return ' '.join(unit.get(name, [])).split()


def defines(header, pattern):
    out = subprocess.run(['cc', '-E', '-dM', '-include', header, '-x', 'c',
                          '/dev/null'], check=True, capture_output=True,
                         text=True).stdout
    return {m[1]: int(m[2]) for m in re.finditer(pattern, out, re.M)}


def read_sets():
    """SET: its calls and the sets in it, for every set."""
    out = subprocess.run(['systemd-analyze', 'syscall-filter'], check=True,
                         capture_output=True, text=True).stdout
    sets, name = {}, None
    for line in out.split('\n'):
        if line.startswith('@'):
            name = line.strip()
            sets[name] = []
        elif name and line.startswith(' ') and '#' not in line:
            sets[name].append(line.strip())
    return sets


def calls_of(sets, name):
    """A call, or all those of a set."""
    if not name.startswith('@'):
        return {name}
    return set().union(*(calls_of(sets, n) for n in sets[name]))


# A rule: (call, [(argument, mask, value)], action); the first that holds.
def program(rules, default):
    code = [(0x20, 0, 0, 4), (0x15, 1, 0, ARCH), (0x06, 0, 0, ERRNO | EPERM),
            (0x20, 0, 0, 0)]
    for nr, conditions, action in rules:
        body = []
        for arg, mask, value in conditions:
            body += [(0x20, 0, 0, 16 + 8 * arg), (0x54, 0, 0, mask),
                     (0x15, 0, None, value)]
        end = len(body)
        body += [(0x06, 0, 0, action)]
        if conditions:
            body += [(0x20, 0, 0, 0)]
        body = [(c, t, end - i if f is None else f, k)
                for i, (c, t, f, k) in enumerate(body)]
        code += [(0x15, 0, len(body), nr)] + body
    return code + [(0x06, 0, 0, default)]


def install(rules, default):
    code = program(rules, default)
    text = b''.join(struct.pack('HBBI', *c) for c in code)
    buf = ctypes.create_string_buffer(text, len(text))
    fprog = struct.pack('HxxxxxxP', len(code), ctypes.addressof(buf))
    fbuf = ctypes.create_string_buffer(fprog, len(fprog))
    prctl(PR_SET_SECCOMP, 2, ctypes.addressof(fbuf))


def limit_capabilities(unit):
    numbers = defines('linux/capability.h', r'^#define (CAP_\w+) (\d+)$')
    keep = {numbers[w] for w in words(unit, 'CapabilityBoundingSet')}
    for cap in range(64):
        if cap in keep:
            continue
        try:
            prctl(PR_CAPBSET_DROP, cap)
        except OSError as e:
            if e.errno == EPERM:
                raise


def filters(unit, numbers):
    """The rules of each filter, and what else is then."""
    allowed, sets = set(), read_sets()
    for line in unit['SystemCallFilter']:
        deny = line.startswith('~')
        for word in line.lstrip('~').split():
            if deny:
                allowed -= calls_of(sets, word)
            else:
                allowed |= calls_of(sets, word)
    yield ([(numbers[c], [], ALLOW) for c in sorted(allowed)
            if c in numbers], ERRNO | EPERM)

    no = ERRNO | EPERM
    rules = [(numbers['clone3'], [], ERRNO | ENOSYS),
             (numbers['setns'], [(1, 0xffffffff, 0)], no)]
    kept = words(unit, 'RestrictNamespaces')
    for name, flag in CLONE.items():
        if kept == ['no'] or name in kept:
            continue
        rules += [(numbers['unshare'], [(0, flag, flag)], no),
                  (numbers['clone'], [(0, flag, flag)], no),
                  (numbers['setns'], [(1, flag, flag)], no)]
    yield rules, ALLOW

    rules = [(numbers['socket'], [(0, 0xffffffff, FAMILIES[f])], ALLOW)
             for f in words(unit, 'RestrictAddressFamilies')]
    yield rules + [(numbers['socket'], [], ERRNO | EAFNOSUPPORT)], ALLOW

    if unit.get('MemoryDenyWriteExecute') == ['yes']:
        yield ([(numbers['mmap'], [(2, 6, 6)], no),
                (numbers['mprotect'], [(2, 4, 4)], no),
                (numbers['pkey_mprotect'], [(2, 4, 4)], no)], ALLOW)


def main():
    args = sys.argv[2:]
    changes = []
    while re.match(r'[A-Za-z]+=', args[0]):
        changes.append(args.pop(0))
    unit = read_unit(sys.argv[1], changes)
    numbers = defines('asm/unistd.h', r'^#define __NR_(\w+) (\d+)$')
    todo = list(filters(unit, numbers))
    # Filters need no_new_privs, or a capability that goes first.
    limit_capabilities(unit)
    if unit.get('NoNewPrivileges') == ['yes']:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
    for rules, default in todo:
        install(rules, default)
    os.execvp(args[0], args)


main()
