#!/bin/sh
# SPDX-License-Identifier: ISC
# compare.sh [arguments of shared/bench/compare.sh]: measure this server and
# others in one run, with the kit in ../../../shared/bench or $BENCH.  Copies
# the kit, adds our adapter and builds it.
#
#	./compare.sh --tests login,poll pop3d dovecot:mbox:fast popa3d
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kit=${BENCH:-$here/../../../shared/bench}
[ -d "$kit" ] || {
	echo "compare.sh: no bench kit in $kit, set BENCH" >&2
	exit 1
}
# One for each tree.
work=${TMPDIR:-/tmp}/pop3d-bench-kit$(echo "$here" | tr / -)
rm -rf "$work"
mkdir -p "$work"
cp -R "$kit/." "$work"
chmod -R u+w "$work"
cp "$here/pop3d.sh" "$work/peers/pop3d"
chmod 755 "$work/peers/pop3d"
POP3D_SRC=${POP3D_SRC:-$(cd "$here/../.." && pwd)}
export POP3D_SRC
make -s -C "$work" all
exec "$work/compare.sh" "$@"
