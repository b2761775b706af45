#!/bin/sh
# SPDX-License-Identifier: ISC
# run.sh [kyua arguments]: the tests, all or those named ("t_login:tls").
# POP3D_LIBEXEC names a libexec directory to test instead of the installed one,
# such as sandbox/trap, which logs calls that no policy lists.
#
# As root everything runs in its own namespaces (accounts.sh), with the tree
# installed in a scratch directory.  As another user, and where root has no
# namespaces (asuser.sh), the tests that need root are skipped.  The last line
# counts passed, failed and skipped cases.  Fails if any failed, or if a test
# left a process behind.

set -eu
cd "$(dirname "$0")"

# Tests do not depend on the caller's environment.
if [ -z "${POP3D_REGRESS-}" ]; then
	cmd="./run.sh"
	if [ "$(id -u)" -eq 0 ] &&
	    ! unshare -m -n --propagation private true 2>/dev/null; then
		exec ./lib/asuser.sh regress/run.sh "$@"
	elif [ "$(id -u)" -eq 0 ]; then
		cmd="./lib/accounts.sh -n ./run.sh"
	else
		echo "run.sh: not root: the tests that need root are skipped," \
		    "about half of them" >&2
	fi
	path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	san=${ASAN_OPTIONS:-detect_leaks=0:max_free_fill_size=65536}
	# shellcheck disable=SC2086
	exec env -i POP3D_REGRESS=1 PYTHONDONTWRITEBYTECODE=1 LC_ALL=C \
	    TZ=UTC HOME=/ PATH="$path" ASAN_OPTIONS="$san" \
	    TMPDIR=/tmp JOBS="${JOBS-}" SOAK="${SOAK-}" MAKE="${MAKE:-make}" \
	    POP3D_LIBEXEC="${POP3D_LIBEXEC-}" KYUAFILE="${KYUAFILE-}" \
	    SAN="${SAN-}" \
	    $cmd "$@"
fi

umask 022
work=$(mktemp -d /tmp/pop3d-regress.XXXXXX)
chmod 755 "$work"
HOME=$work
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# Install as a package would; the tests start the daemon from there.
(cd .. && $MAKE install DESTDIR="$work/root") >"$work/install.log" 2>&1 || {
	cat "$work/install.log" >&2
	exit 1
}
export POP3D_ROOT="$work/root"

rm -f results.db
rc=0
kyua -v parallelism="${JOBS:-$(nproc)}" -v unprivileged_user=nobody \
    test -k "${KYUAFILE:-Kyuafile}" -r results.db "$@" || rc=$?
[ -f results.db ] || exit 1

# kyua's own summary counts skipped and broken cases differently.
[ $rc -eq 0 ] ||
	kyua report --verbose -r results.db --results-filter=failed,broken || :
line=$(kyua report -r results.db | awk '/^Test cases:/ {
	print $3 - $5 - $7 - $10 - $12, "passed,", $10 + $12, "failed,",
	    $5, "skipped" }')

# No test may leave a process behind.  Those that did are ended here, by pid.
left=0
for exe in /proc/[0-9]*/exe; do
	case $(readlink "$exe" 2>/dev/null || :) in
	"$work"/*)
		pid=${exe#/proc/}
		pid=${pid%/exe}
		echo "left behind: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
		kill -KILL "$pid" || :
		left=1 ;;
	esac
done
[ $left -eq 0 ] || rc=1

echo "$line"
exit $rc
