#!/bin/sh
# SPDX-License-Identifier: ISC
# enter.sh DIR COMMAND ...: run COMMAND with DIR as its root, as on a machine of
# its own.  Uses pivot_root(2), not chroot(2), so COMMAND may make namespaces;
# all its processes end with it.  Needs root and Linux.

set -eu
root=$(cd "$1" && pwd)
shift
# The machine's resolver.
cp -L /etc/resolv.conf "$root/etc/" 2>/dev/null || :
exec unshare -m -p -f --kill-child --propagation private sh -c '
	root=$1
	shift
	mount --bind "$root" "$root"
	cd "$root"
	mkdir -p old
	mount --rbind /sys sys
	mount --rbind /dev dev
	mount -t proc proc proc
	mount -t tmpfs -o mode=755 run run
	pivot_root . old
	cd /
	umount -l /old
	exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    HOME=/root LC_ALL=C "$@"' sh "$root" "$@"
