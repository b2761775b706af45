#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""inetd.py PORT COMMAND ...: what inetd(8) does, for one connection.

Accepts one, runs COMMAND with it as descriptors 0, 1 and 2, and exits with its
status.
"""

import socket
import subprocess
import sys

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(1)
conn, _ = listener.accept()
child = subprocess.Popen(sys.argv[2:], stdin=conn, stdout=conn, stderr=conn)
conn.close()
listener.close()
sys.exit(child.wait())
