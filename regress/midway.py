#!/usr/bin/env python3
"""midway.py [-s] PID JOURNAL GO DELAY: make the file GO, wait until the journal
says that a commit has begun and DELAY seconds more, and kill the process PID,
or with -s stop it.  Fails if the commit is over by then.

Others may keep the machine busy, and a commit is short: so this one goes first,
where the system lets it."""

import os
import signal
import sys
import time

IDLE = 65536


def main(args):
    sig = signal.SIGKILL
    if args[0] == "-s":
        sig = signal.SIGSTOP
        args.pop(0)
    pid, journal, go, delay = int(args[0]), args[1], args[2], float(args[3])
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass
    open(go, "w").close()
    end = time.time() + 10
    while os.stat(journal).st_size <= IDLE:
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
