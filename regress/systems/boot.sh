#!/bin/bash
# SPDX-License-Identifier: ISC
# boot.sh DIRECTORY [UNIT]: boot the systemd in the root DIRECTORY as PID 1 of
# namespaces of its own, with UNIT as its target.  As root.
#
# systemd is only started if DIRECTORY has become its root, because it would
# clean /tmp of another root.  To enter, run nsenter -t PID -a with the PID of
# that systemd as seen from outside; to end it, kill -KILL PID.

set -eu
root=$(cd "$1" && pwd)
unit=${2:-multi-user.target}
mark=test-root.$$
touch "$root/$mark"
# shellcheck disable=SC2016
exec unshare -m -p -f -n -u -i -C --propagation private bash -c '
	set -eu
	root=$1 unit=$2 mark=$3
	mount --bind "$root" "$root"
	cd "$root"
	mkdir -p old
	pivot_root . old
	cd /
	[ -e "/$mark" ] && [ -d /old/proc ] || {
		echo "boot.sh: no root of its own" >&2
		exit 1
	}
	mount -t proc proc /proc
	mount -t sysfs -o ro sysfs /sys
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	mount -t tmpfs -o mode=755 tmpfs /dev
	for n in null zero full random urandom tty; do
		touch /dev/$n
		mount --bind /old/dev/$n /dev/$n
	done
	mkdir /dev/pts /dev/shm
	mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts /dev/pts
	ln -s pts/ptmx /dev/ptmx
	ln -s /proc/self/fd /dev/fd
	mount -t tmpfs tmpfs /dev/shm
	ip link set lo up
	hostname mail.example.org
	umount -l /old
	[ ! -e /old/proc ] && [ -e "/$mark" ] || {
		echo "boot.sh: the old root is still there" >&2
		exit 1
	}
	rm -f "/$mark"
	exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	    /lib/systemd/systemd --system --unit="$unit" \
	    --log-target=console --show-status=no
	' bash "$root" "$unit" "$mark"
