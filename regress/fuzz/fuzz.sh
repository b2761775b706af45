#!/bin/sh
# SPDX-License-Identifier: ISC
# fuzz.sh [TARGET ...]: fuzz for FUZZ_SECONDS (60) each, two at a time, with
# libFuzzer and the address and undefined behaviour sanitizers: pop3, imsg,
# mbox, conf, index, journal, key, users, or those that are named.
#
# Builds a copy of the tree with clang in ${TMPDIR:-/tmp}/pop3d-fuzz-...  New
# inputs stay there in corpus/TARGET, and failing ones in crash/TARGET-*; then
# this script fails.  Run one of those again with
#	fuzz/fuzz_TARGET.fuzz FILE
# FUZZ_MERGE=1 minimizes the new inputs and adds them to fuzz/corpus.

set -eu
cd "$(dirname "$0")/../.."
top=$(pwd)
# One for each tree.
work=${TMPDIR:-/tmp}/pop3d-fuzz$(echo "$top" | tr / -)
seconds=${FUZZ_SECONDS:-60}
[ $# -gt 0 ] || set -- pop3 imsg mbox conf index journal key users

rm -rf "$work/src" "$work/crash"
mkdir -p "$work/src" "$work/crash"
tar --exclude=.git --exclude='*.o' --exclude='*.a' --exclude='*.fuzz' -cf - . |
	tar -xf - -C "$work/src"
mk="make -s SAN=1 CC=clang FUZZMAIN=-fsanitize=fuzzer"
log=$work/build.log
(
	cd "$work/src"
	for lib in common/libcommon.a pop3d/libengine.a authd/libauthd.a \
	    authd/backends/libbackend.a keyd/libkeyd.a storaged/libstore.a; do
		$mk -C "${lib%/*}" CFLAGS=-fsanitize=fuzzer-no-link \
		    "${lib##*/}"
	done
	for t; do
		$mk -C regress CFLAGS=-fsanitize=fuzzer-no-link \
		    fuzz/fuzz_"$t".fuzz
	done
) >"$log" 2>&1 || { cat "$log" >&2; exit 1; }

# fuzz TARGET: start from the tree's corpus and from inputs of earlier runs.
fuzz()
{
	found=$work/corpus/$1
	given=$top/regress/fuzz/corpus/$1
	mkdir -p "$found" "$given"
	dict=
	[ ! -f "$top/regress/fuzz/$1.dict" ] ||
		dict=-dict=$top/regress/fuzz/$1.dict
	# shellcheck disable=SC2086
	"$work/src/regress/fuzz/fuzz_$1.fuzz" -max_total_time="$seconds" \
	    -max_len=4096 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
	    -artifact_prefix="$work/crash/$1-" $dict "$found" "$given" \
	    >"$work/$1.log" 2>&1 || return 1
	[ -z "${FUZZ_MERGE-}" ] ||
		"$work/src/regress/fuzz/fuzz_$1.fuzz" -merge=1 -max_len=1024 \
		    "$given" "$found" >>"$work/$1.log" 2>&1
}

failed=
wait_for()
{
	while [ $# -gt 0 ]; do
		wait "${1#*:}" || failed="$failed ${1%:*}"
		shift
	done
}
running=
for t; do
	# shellcheck disable=SC2086
	case $running in
	*:*:*)	wait_for $running; running= ;;
	esac
	fuzz "$t" &
	running="$running $t:$!"
done
# shellcheck disable=SC2086
wait_for $running

for t; do
	awk -v t="$t" '/^stat::number_of_executed_units/ { n = $2 }
	    /^stat::average_exec_per_sec/ { r = $2 }
	    / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1) }
	    END { printf "fuzz %-5s %9d runs, %6d/s, %5d edges\n", t, n, r, c }
	' "$work/$t.log"
done
for t in $failed; do
	echo "fuzz $t FAILED:"
	tail -n 40 "$work/$t.log"
	ls "$work/crash/$t"-* 2>/dev/null || :
done
[ -z "$failed" ]
