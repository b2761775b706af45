#!/usr/bin/env python3
"""midway.py PID JOURNAL GO DELAY: make the file GO, wait until the journal says
that a commit has begun and DELAY seconds more, and kill the process PID.
midway.py -s MAILBOX PID JOURNAL GO DELAY: wait until that is being written,
too, and stop the process.  Fails if the commit is over by then.

Others may keep the machine busy, and a commit is short: so this one goes first,
where the system lets it."""

import os
import signal
import sys
import time

IDLE = 65536


def main(args):
    sig, mailbox = signal.SIGKILL, None
    if args[0] == "-s":
        sig, mailbox = signal.SIGSTOP, args[1]
        begun = os.stat(mailbox).st_mtime_ns
        args = args[2:]
    pid, journal, go, delay = int(args[0]), args[1], args[2], float(args[3])
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass
    open(go, "w").close()
    end = time.time() + 60
    while os.stat(journal).st_size <= IDLE or (
            mailbox and os.stat(mailbox).st_mtime_ns == begun):
        if time.time() > end:
            sys.exit("no commit")
        time.sleep(0.0001)
    time.sleep(delay)
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        sys.exit("too late")
    time.sleep(0.02)
    sys.exit(0 if os.stat(journal).st_size > IDLE else "too late")


if __name__ == "__main__":
    main(sys.argv[1:])
