#!/bin/sh
# SPDX-License-Identifier: ISC
# unpack.sh PACKAGE ...: unpack Debian packages to agents/PACKAGE, if they are
# not there.  They are not installed, because a second MTA would remove the one
# that the machine has.  Tests that need one are skipped without it.
set -eu
cd "$(dirname "$0")/.."
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 0
for p; do
	[ ! -d "agents/$p" ] || continue
	rm -rf "agents/.$p"
	mkdir -p "agents/.$p/deb" "agents/.$p/tree"
	(cd "agents/.$p/deb" && apt-get download "$p") \
	    >"agents/.$p/log" 2>&1 || {
		echo "unpack.sh: cannot fetch $p; its tests are skipped" >&2
		continue
	}
	dpkg-deb -x "agents/.$p"/deb/*.deb "agents/.$p/tree"
	# No privileges for what is not installed.
	chmod -R u-s,g-s "agents/.$p/tree"
	mv "agents/.$p/tree" "agents/$p"
	rm -rf "agents/.$p"
done
