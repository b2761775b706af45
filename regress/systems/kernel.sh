#!/bin/sh
# SPDX-License-Identifier: ISC
# kernel.sh [COMMAND]: COMMAND (the demo and t_sandbox), as root, in a Debian 12
# with its own kernel, 6.1, in qemu: Landlock ABI 2, which has no rules for TCP
# ports, signals and abstract sockets.  Needs root, and no KVM: an emulated
# processor takes twenty times as long, so this is for make soak.
#
# The tree is built in ${POP3D_CACHE:-/var/cache/pop3d}/bookworm, outside of the
# emulator.  The packed root is then loaded into the memory of the machine,
# which has no disk and no network.  Output and exit status of COMMAND come
# through the serial console.  There is one processor, because two that wait for
# each other are slower on a busy machine.  KERNEL_SECONDS (7200) limits it.

set -eu
cd "$(dirname "$0")"
top=$(cd ../.. && pwd)
cache=${POP3D_CACHE:-/var/cache/pop3d}
root=$cache/bookworm
linux=$cache/linux-6.1
command=${1:-"./etc/demo/demo.sh && JOBS=1 ./regress/run.sh t_sandbox"}
work=$(mktemp -d /tmp/pop3d-kernel.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

fail()
{
	echo "systems/kernel.sh: $*" >&2
	exit 1
}

# The package that linux-image-amd64 of Debian 12 depends on, unpacked, not
# installed: apt of that root knows it, whatever this machine is.
get_linux()
{
	[ ! -d "$linux" ] || return 0
	rm -rf "$linux.new"
	mkdir "$linux.new"
	# shellcheck disable=SC2016
	./enter.sh "$root" sh -c '
		apt-get update -q &&
		p=$(apt-cache depends linux-image-amd64 |
		    sed -n "s/^ *Depends: //p" | head -n 1) &&
		cd /tmp && rm -f linux-image-*.deb &&
		apt-get download -q "$p"' >"$linux.log" 2>&1 </dev/null ||
		fail "no kernel: $(tail -n 5 "$linux.log")"
	dpkg -x "$root"/tmp/linux-image-*.deb "$linux.new"
	rm -f "$root"/tmp/linux-image-*.deb
	mv "$linux.new" "$linux"
}

build()
{
	rm -rf "$root/src"
	mkdir "$root/src"
	(cd "$top" && tar --exclude=.git --exclude=./regress/agents -cf - .) |
	    tar -xf - -C "$root/src"
	timeout -k 10 3600 ./enter.sh "$root" sh -c 'cd /src &&
	    ./deps.sh build guest demo && make -s clean && make -s -j2 &&
	    make -s -j2 -C regress' \
	    >"$work/build.log" 2>&1 </dev/null ||
		fail "no build: $(tail -n 20 "$work/build.log")"
}

# The first process.  At its end the kernel may panic, which ends qemu.
init()
{
	cat <<-EOF
	#!/bin/sh
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	export HOME=/root LC_ALL=C TERM=dumb
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs dev /dev 2>/dev/null
	mkdir -p /dev/pts /dev/shm
	mount -t devpts devpts /dev/pts
	mount -t tmpfs tmpfs /dev/shm
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	ln -sf /proc/self/fd /dev/fd
	ip link set lo up
	exec </dev/null >/dev/ttyS0 2>&1
	echo "kernel \$(uname -r)"
	cd /src
	( $command )
	echo "kernel.sh: status \$?"
	sync
	echo o >/proc/sysrq-trigger
	sleep 60
	EOF
}

# The root as a file system that the kernel unpacks into memory, without
# compilers and documentation.
pack()
{
	init >"$work/init"
	chmod 755 "$work/init"
	(cd "$root" && find . -xdev \( -path ./usr/share/doc -o \
	    -path ./usr/share/locale -o -path ./usr/share/man -o \
	    -path ./var/lib/apt/lists -o -path ./var/cache -o \
	    -path ./init -o -name cc1 -o -name lto1 \) -prune -o -print |
	    cpio --quiet -H newc -o) >"$work/root.cpio"
	(cd "$work" && echo init | cpio --quiet -H newc -o) >>"$work/root.cpio"
}

[ "$(id -u)" -eq 0 ] || fail "needs root"
./root.sh bookworm "$root"
get_linux
build
pack
echo "systems/kernel.sh: $(du -m "$work/root.cpio" | cut -f 1) MB packed"
timeout "${KERNEL_SECONDS:-7200}" qemu-system-x86_64 -accel tcg \
    -cpu max -smp 1 -m 3072 -nodefaults -no-reboot -display none -nic none \
    -serial stdio -kernel "$linux"/boot/vmlinuz-* -initrd "$work/root.cpio" \
    -append "console=ttyS0 panic=-1 random.trust_cpu=on" \
    </dev/null 2>&1 | tr -d '\r' | tee "$work/console"
grep -qx 'kernel.sh: status 0' "$work/console" || fail "failed, or no end"
