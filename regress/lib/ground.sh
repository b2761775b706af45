#!/bin/sh
# SPDX-License-Identifier: ISC
# ground.sh COMMAND ...: report what this machine lacks for the demo and the
# tests, then run COMMAND.  In a plain chroot without /proc, mount it while
# COMMAND runs, if root.

set -eu

if [ ! -e /proc/self/status ]; then
	if [ "$(id -u)" -ne 0 ] || ! mount -t proc proc /proc; then
		echo "pop3d needs /proc; as root: mount -t proc proc /proc" >&2
		exit 1
	fi
	echo "There was no /proc here: mounted until this ends."
	trap 'umount -l /proc' EXIT
	trap 'exit 1' HUP INT TERM
fi
if [ "$(id -u)" -eq 0 ] &&
    ! unshare -m -n --propagation private true 2>/dev/null; then
	cat <<-EOF
	Root has no namespaces here, for this is a chroot whose root is no mount
	point, or a container without CAP_SYS_ADMIN.  The build goes on as root;
	then everything runs as nobody, and tests that need root are skipped.
	To run all, use a virtual machine, a container with CAP_SYS_ADMIN, or
	regress/systems/enter.sh instead of chroot(8).
	EOF
fi
"$@"
