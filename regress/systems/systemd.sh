#!/bin/bash
# SPDX-License-Identifier: ISC
# systemd.sh [RELEASE ...]: test pop3d under the systemd of Debian RELEASEs
# (trixie), booted as PID 1 of its own namespaces; see systemd_in.sh.  As root;
# make soak.
# The roots stay in ${POP3D_CACHE:-/var/cache/pop3d}/systemd-RELEASE; the first
# time takes some minutes.

set -eu
cd "$(dirname "$0")"
top=$(cd ../.. && pwd)
cache=${POP3D_CACHE:-/var/cache/pop3d}
packages="ca-certificates,gcc,libc6-dev,make,pkg-config,byacc,libevent-dev"
packages+=",libtls-dev,libssl-dev,libbsd-dev,libcrypt-dev,libargon2-dev"
packages+=",systemd,systemd-sysv,mount,iproute2,hostname,procps,openssl"
packages+=",python3,passwd"

# make_root RELEASE DIRECTORY
make_root()
{
	[ ! -d "$2" ] || return 0
	command -v debootstrap >/dev/null || "$top/deps.sh" soak
	rm -rf "$2.new"
	mkdir -p "$cache"
	url=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources \
	    2>/dev/null | head -n 1)
	[ -n "$url" ] || url=$(sed -n \
	    's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' \
	    /etc/apt/sources.list | head -n 1)
	debootstrap --variant=minbase --include="$packages" "$1" "$2.new" \
	    "$url" >"$2.log" 2>&1 || { tail "$2.log" >&2; exit 1; }
	mv "$2.new" "$2"
}

# install_in ROOT: built there, as a package would be.
install_in()
{
	rm -rf "$1/src"
	mkdir "$1/src"
	(cd "$top" && tar -cf - --exclude='*.o' --exclude='*.a' --exclude=.git .) |
	    tar -xf - -C "$1/src"
	chroot "$1" sh -c 'cd /src && make -s clean >/dev/null &&
	    make -s -j2 PREFIX=/usr && make -s install PREFIX=/usr' \
	    >"$1/src/build.log" 2>&1 || {
		tail -n 20 "$1/src/build.log" >&2
		exit 1
	}
}

# The PID, out here, of the systemd that boot.sh has become.
systemd_pid()
{
	pgrep -P "$boot" | head -n 1
}

up()
{
	pid=$(systemd_pid)
	[ -n "$pid" ] && [ "$(cat "/proc/$pid/comm")" = systemd ] &&
	    nsenter -t "$pid" -a systemctl is-system-running 2>/dev/null |
	    grep -Eq 'running|degraded'
}

for release in "${@:-trixie}"; do
	root=$cache/systemd-$release
	make_root "$release" "$root"
	install_in "$root"
	./boot.sh "$root" >"$root.boot.log" 2>&1 &
	boot=$!
	pid=
	trap 'kill -KILL ${pid:-$boot} 2>/dev/null' EXIT
	for ((i = 0; i < 600; i++)); do
		! up || break
		kill -0 $boot 2>/dev/null || break
		sleep 0.2
	done
	up || {
		echo "systemd.sh: $release does not boot:" >&2
		tail -n 20 "$root.boot.log" >&2
		exit 1
	}
	echo "systemd of $release: $(chroot "$root" systemctl --version |
	    head -n 1)"
	nsenter -t "$pid" -a sh /src/regress/systems/systemd_in.sh
	kill -KILL "$pid"
	wait $boot || :
	trap - EXIT
done
