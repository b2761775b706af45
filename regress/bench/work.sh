# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# work.sh: read by bench.sh and slow.sh.  Makes a scratch directory $work, with
# the daemon installed in $work/root.  At exit it is removed, and the processes
# in $pids are ended.

umask 022
load=$(pwd)/load
work=$(mktemp -d "${TMPDIR:-/tmp}/pop3d-bench.XXXXXX")
chmod 755 "$work"
pids=
stop_all()
{
	for p in $pids; do
		kill "$p" 2>/dev/null || :
	done
	wait
	rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 1' INT TERM

(cd ../.. && make -s install DESTDIR="$work/root") >"$work/install.log" 2>&1 ||
	{ cat "$work/install.log" >&2; exit 1; }
