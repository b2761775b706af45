#!/bin/sh
# SPDX-License-Identifier: ISC
# build.sh DIRECTORY ...: make all in each, with one job per core, or with the
# jobs of the make that calls it.

set -eu
jobs=
[ -n "${MAKEFLAGS+set}" ] || jobs=-j$(nproc 2>/dev/null || echo 1)
for d; do
	# shellcheck disable=SC2086
	(cd "$d" && ${MAKE:-make} $jobs all)
done
