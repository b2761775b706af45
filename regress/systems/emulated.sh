#!/bin/sh
# SPDX-License-Identifier: ISC
# emulated.sh: run the unit tests of a tree that was built for arm64, each case
# in its own qemu-aarch64.  kyua(1) cannot do that, because it executes them
# itself.  Called by arm64.sh.  Fails if a case fails that is not named here.

set -eu
cd "$(dirname "$0")/.."
top=$(pwd)

# missing PROGRAM:CASE: print what the emulator lacks for it, if anything.
missing()
{
	case $1 in
	t_backend:*|t_exec:*)
		echo "it executes a backend, which enters the sandbox" ;;
	t_imsg:fd_surplus)
		echo "the emulator loses descriptors that do not fit" ;;
	t_contain:*|t_seccomp:kills)
		echo "it enters the sandbox" ;;
	*)	return 1 ;;
	esac
}

export __RUNNING_INSIDE_ATF_RUN=internal-yes-value LC_ALL=C TZ=UTC
work=$(mktemp -d /tmp/emulated.XXXXXX)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
passed=0 failed=0 skipped=0
start=$(date +%s)
for program in unit/t_*.c; do
	program=${program%.c}
	name=${program#unit/}
	for case in $(qemu-aarch64 "$program" -s "$top/unit" -l |
	    sed -n 's/^ident: //p'); do
		if why=$(missing "$name:$case"); then
			echo "$name:$case: not run: $why"
			skipped=$((skipped + 1))
			continue
		fi
		rm -rf "$work/in" "$work/result"
		mkdir "$work/in"
		(cd "$work/in" && timeout -k 5 600 qemu-aarch64 "$top/$program" \
		    -s "$top/unit" -r "$work/result" "$case") \
		    >"$work/out" 2>&1 </dev/null || :
		result=$(cat "$work/result" 2>/dev/null) || result=
		case $result in
		passed*|expected_*)
			passed=$((passed + 1)) ;;
		skipped*)
			echo "$name:$case: $result"
			skipped=$((skipped + 1)) ;;
		*)	echo "$name:$case: ${result:-ended without a result}"
			tail -n 10 "$work/out"
			failed=$((failed + 1)) ;;
		esac
	done
done
echo "arm64: unit tests in $(($(date +%s) - start)) s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
