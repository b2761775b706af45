#!/bin/sh
# SPDX-License-Identifier: ISC
# root.sh RELEASE DIR: make a minimal Debian root (bookworm, trixie) from the
# mirror that this machine's apt uses.  Does nothing if DIR exists, so it can be
# kept from run to run.  Needs root.

set -eu
release=$1 dir=$2

# Whether that mirror has the release; a mirror of security fixes has not.
mirror()
{
	for url in $(sed -n 's/^URIs: *//p' \
	    /etc/apt/sources.list.d/*.sources 2>/dev/null;
	    sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' \
	    /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null)
	do
		case $url in
		*debian)	echo "$url"; return ;;
		*debian/)	echo "${url%/}"; return ;;
		esac
	done
	echo http://deb.debian.org/debian
}

[ ! -d "$dir" ] || exit 0
mkdir -p "$(dirname "$dir")"
url=$(mirror)
echo "systems/root.sh: $release from $url"
rm -rf "$dir.new"
debootstrap --variant=minbase --include=ca-certificates,mount "$release" \
    "$dir.new" "$url" >"$dir.log" 2>&1 || {
	tail -n 20 "$dir.log" >&2
	echo "systems/root.sh: no $release (whole log: $dir.log)" >&2
	exit 1
}
# Packages unpack three times as fast when dpkg(1) does not wait for the disk;
# what a crash leaves is thrown away.
echo force-unsafe-io >"$dir.new/etc/dpkg/dpkg.cfg.d/unsafe-io"
# An interrupted run must not leave a root that looks complete.
mv "$dir.new" "$dir"
