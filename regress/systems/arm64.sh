#!/bin/sh
# SPDX-License-Identifier: ISC
# arm64.sh: cross-build the whole tree for arm64 with WERROR=1, in a Debian 12
# root of its own, and run there, under qemu's user emulation, the unit tests
# that need no kernel of that architecture.  As root; make soak.
#
# The root stays in ${POP3D_CACHE:-/var/cache/pop3d}/arm64-bookworm; making it
# takes some minutes the first time.  ARM64_SECONDS (7200) limits the rest.  The
# last line is "N passed, N failed, N skipped".

set -eu
cd "$(dirname "$0")"

# In the root, where /src is this tree.
if [ "${1-}" = --inside ]; then
	cd /src
	export WERROR=1
	export PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig
	cross="CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar"
	# shellcheck disable=SC2015,SC2086
	make -s clean $cross >/dev/null && make -s -j2 $cross &&
	    make -s -j2 -C regress $cross || {
		echo "systems/arm64.sh: no build" >&2
		exit 1
	}
	file=/src/pop3d/engine
	# e_machine: 183 is AArch64.
	[ "$(od -An -tu2 -j18 -N2 "$file" | tr -d ' ')" = 183 ] || {
		echo "systems/arm64.sh: $file is not of arm64" >&2
		exit 1
	}
	exec ./regress/systems/emulated.sh
fi

cache=${POP3D_CACHE:-/var/cache/pop3d}
root=$cache/arm64-bookworm
packages="make pkg-config byacc qemu-user crossbuild-essential-arm64"
for p in libc6 libevent libtls libssl libbsd libcrypt libargon2 libldap \
    libpam0g libpq libsqlite3 libatf; do
	packages="$packages $p-dev:arm64"
done

./root.sh bookworm "$root"
[ -x "$root/usr/bin/qemu-aarch64" ] || {
	echo "systems/arm64.sh: installing the cross compiler"
	# shellcheck disable=SC2016,SC2086
	./enter.sh "$root" sh -c '
		export DEBIAN_FRONTEND=noninteractive
		dpkg --add-architecture arm64 && apt-get update -q &&
		apt-get install -y -q --no-install-recommends "$@" &&
		apt-get clean' sh $packages >"$root.log" 2>&1 || {
		tail -n 20 "$root.log" >&2
		echo "systems/arm64.sh: no root (whole log: $root.log)" >&2
		exit 1
	}
}
# Parts of an installed system that the unit tests need.
[ -s "$root/etc/hosts" ] || echo "127.0.0.1 localhost" >"$root/etc/hosts"
rm -rf "$root/src"
mkdir "$root/src"
(cd ../.. && tar --exclude=.git --exclude=./regress/agents -cf - .) |
    tar -xf - -C "$root/src"
exec timeout -k 10 "${ARM64_SECONDS:-7200}" ./enter.sh "$root" \
    sh /src/regress/systems/arm64.sh --inside </dev/null
