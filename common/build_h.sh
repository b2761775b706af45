#!/bin/sh
# SPDX-License-Identifier: ISC
# build_h.sh FILE NAME VALUE ...: write FILE, a header that defines each NAME as
# the string VALUE, unless it says so already.  Objects that include it are
# made again when a value changes, and only then: "make", then "make install
# PREFIX=/opt/pop3d" installs programs that look for each other in /opt/pop3d.

set -eu
file=$1
shift
new=$file.$$
trap 'rm -f "$new"' EXIT
{
	echo "/* SPDX-License-Identifier: ISC */"
	echo "/* Made by build_h.sh. */"
	# shellcheck disable=SC2086
	while [ $# -ge 2 ]; do
		case $2 in
		*[\"\\]*)	echo "build_h.sh: $1: no \" or \\, please" >&2
				exit 1 ;;
		esac
		echo "#define $1 \"$(set -f; echo $2)\""
		shift 2
	done
} >"$new"
if ! cmp -s "$new" "$file"; then
	# bmake counts in seconds: no object may be as young as the header.
	[ ! -e "$file" ] || sleep 1
	mv "$new" "$file"
fi
