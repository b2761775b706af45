#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""listen.py NAME: listen on the abstract unix socket of that name, at most for
two minutes; makes a file "listening" when it does."""

import socket
import sys
import time

with socket.socket(socket.AF_UNIX) as s:
    s.bind(("\0" + sys.argv[1]).ljust(108, "\0")[:108])
    s.listen(100)
    open("listening", "w").close()
    time.sleep(120)
