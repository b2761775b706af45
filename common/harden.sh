#!/bin/sh
# SPDX-License-Identifier: ISC
# harden.sh CC: print the flags against exploits that CC has.  Usually it has
# all of them, and one small compilation shows it.

# has FLAG ...: does the compiler take the FLAGs without a warning?
has()
{
	echo '#include <string.h>' | $cc -O2 -Werror "$@" -c -x c -o /dev/null \
	    - 2>/dev/null
}

cc=$*
case $($cc -dumpmachine) in
x86_64-*)	arch=-fcf-protection ;;
aarch64-*)	arch=-mbranch-protection=standard ;;
*)		arch= ;;
esac
set -- -fstack-protector-strong -fstack-clash-protection \
    -ftrivial-auto-var-init=zero $arch
fortify="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE"

# shellcheck disable=SC2086
if has "$@" $fortify=3; then
	echo "$* $fortify=3"
else
	for f; do
		! has "$f" || echo "$f"
	done
	if has $fortify=3; then echo "$fortify=3"; else echo "$fortify=2"; fi
fi
