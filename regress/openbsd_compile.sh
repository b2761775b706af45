#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Compile every *_openbsd.c of the tree against OpenBSD's declarations, so that
# files which no build here uses do not rot.  Nothing is linked or run; what is
# not in stubs/openbsd comes from this system's headers and libbsd.

cd "$(dirname "$0")/.." || exit 1
: "${CC:=cc}"
warn='-Wall -Wextra -Werror -Wformat=2 -Wshadow -Wpointer-arith -Wcast-qual
    -Wstrict-prototypes -Wmissing-prototypes -Wmissing-declarations
    -Wwrite-strings -Wundef -Wno-unused-parameter -Wno-sign-compare'
flags="$(pkg-config --cflags libbsd-overlay) -D_GNU_SOURCE
    -DLIBBSD_OPENBSD_VIS"

rv=0
n=0
for f in */*_openbsd.c; do
	if ${CC} -std=gnu11 -fsyntax-only ${warn} \
	    -isystem regress/stubs/openbsd -I"$(dirname "$f")" -Icommon \
	    ${flags} "$f"; then
		n=$((n + 1))
	else
		echo "$f: does not compile" >&2
		rv=1
	fi
done
if [ "$n" -eq 0 ]; then
	echo "no *_openbsd.c compiled" >&2
	exit 1
fi
exit $rv
