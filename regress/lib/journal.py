#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""journal.py JOURNAL MAILBOX: make a journal that is in the middle of removing
the first message of the mailbox, as storaged/mbox/journal.h describes it."""

import hashlib
import os
import re
import struct
import sys

SLOT, KEEP, DATA = 12288, 65536, 8 << 20
COPY, MODE_DATA = 2, 1


def main(journal, mailbox):
    with open(mailbox, "rb") as f:
        box = f.read()
    first = [m.start() for m in re.finditer(rb"^From ", box, re.M)][1]
    kept = len(box) - first
    ranges = struct.pack("=QQ", first, kept)
    old = box[kept:]
    head, tail = old[:4096], old[4096:][-4096:]
    seq = 1 << 20
    sha = lambda b: hashlib.sha256(b).digest()
    slot = struct.pack(
        "=QQIIQQQQQQQQIIII32s32s32s", 0x706f7033646a0001, seq, COPY,
        MODE_DATA, os.stat(mailbox).st_ino, len(box), 0, kept, 0, kept, 1,
        len(box), 0, len(head), len(tail), 0, sha(ranges),
        sha(box[first:]), sha(b""))
    slot += sha(slot + head + tail)
    with open(journal, "r+b") as f:
        f.seek(seq % 2 * SLOT)
        f.write(slot + head + tail)
        f.seek(2 * SLOT)
        f.write(ranges)
        f.seek(KEEP + seq % 2 * DATA)
        f.write(box[first:])


if __name__ == "__main__":
    main(*sys.argv[1:])
