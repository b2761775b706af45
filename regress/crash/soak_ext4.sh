#!/bin/sh
# SPDX-License-Identifier: ISC
# soak_ext4.sh ROUNDS: make commits on an ext4 file system that is shut down at
# one of their calls; then mount it again, recover and compare.  Needs root.
# Does nothing without loop devices.

set -eu
rounds=${1-1000}
here=$(cd "$(dirname "$0")" && pwd)

[ "$(id -u)" -eq 0 ] && [ -e /dev/loop-control ] ||
	{ echo "soak_ext4: skipped: needs root and loop devices"; exit 0; }
# Use a private mount namespace: one that another process makes meanwhile would
# keep our mount, and the file system would stay in use after the unmount.
[ -n "${SOAK_EXT4-}" ] ||
	SOAK_EXT4=1 exec unshare -m --propagation private "$0" "$@"
dir=$(mktemp -d /tmp/pop3d-ext4.XXXXXX)
trap 'umount "$dir/mnt" 2>/dev/null || :; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
mkdir "$dir/mnt"
truncate -s 64M "$dir/image"
mkfs.ext4 -q -F -m 0 "$dir/image"
mount -o loop "$dir/image" "$dir/mnt" 2>"$dir/err" ||
	{ echo "soak_ext4: skipped: $(cat "$dir/err")"; exit 0; }

n=0 stopped=0 promised=0
while [ $n -lt "$rounds" ]; do
	n=$((n + 1))
	rc=0
	"$here/ext4" commit "$dir/mnt" $n $((n * 7919 % 30 + 1)) || rc=$?
	case $rc in
	77)	stopped=$((stopped + 1)) ;;
	78)	promised=$((promised + 1)) ;;
	*)	echo "soak_ext4: round $n: exit $rc"; exit 1 ;;
	esac
	umount "$dir/mnt"
	mount -o loop "$dir/image" "$dir/mnt"
	"$here/ext4" check "$dir/mnt" $n $((rc - 77)) ||
		{ echo "soak_ext4: round $n failed"; exit 1; }
done
echo "soak_ext4: $n shutdowns, $stopped in mid-commit, $promised after +OK:" \
    "nothing torn"
