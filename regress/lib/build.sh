#!/bin/sh
# SPDX-License-Identifier: ISC
# build.sh DIRECTORY ...: make all in each, as many jobs as there are cores;
# within another make, as that one says.

set -eu
jobs=
[ -n "${MAKEFLAGS+set}" ] || jobs=-j$(nproc 2>/dev/null || echo 1)
for d; do
	# shellcheck disable=SC2086
	(cd "$d" && ${MAKE:-make} $jobs all)
done
