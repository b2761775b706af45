#!/bin/sh
# SPDX-License-Identifier: ISC
# deps.sh [build | check | soak | demo | fuzz | bench | dovecot | lint] ...: the
# packages that pop3d needs.
# As root on Debian, installs what is missing; otherwise says what is missing
# and the command that installs it.  Does nothing, fast, when all is there.

set -eu

sets=${*:-build}

debian()
{
	case $1 in
	build)	echo gcc libc6-dev make pkg-config byacc libevent-dev \
		    libtls-dev libssl-dev libbsd-dev libcrypt-dev \
		    libargon2-dev libldap-dev libpam0g-dev libpq-dev \
		    libsqlite3-dev ;;
	check)	echo kyua libatf-dev atf-sh curl openssl python3 perl \
		    libio-socket-ssl-perl mandoc bmake util-linux iproute2 \
		    procps strace systemd fetchmail getmail6 mpop mutt procmail s-nail \
		    postgresql slapd sqlite3
		# Libraries of what regress/unpack.sh unpacks.
		echo libgdbm6 libgnutls-dane0 libidn12 libltdl7 libnsl2 \
		    libpcre3 ;;
	soak)	echo e2fsprogs mount util-linux debootstrap procps ;;
	demo)	echo curl openssl util-linux procps ;;
	fuzz)	echo clang libclang-rt-14-dev ;;
	bench)	echo openssl util-linux libssl-dev ;;
	dovecot) echo dovecot-pop3d ;;
	lint)	echo cppcheck mandoc ;;
	*)	echo "usage: deps.sh [build | check | soak | demo | fuzz |" \
		    "bench | dovecot | lint] ..." >&2
		exit 2 ;;
	esac
}

# make, cc, libtls, libcrypto, yacc and mandoc are in OpenBSD's base.
openbsd()
{
	case $1 in
	build)	echo libevent openldap-client ;;
	check)	echo kyua atf curl python3 p5-IO-Socket-SSL bash \
		    openldap-server ;;
	soak)	;;
	demo)	echo curl ;;
	fuzz)	;;
	bench)	;;
	lint)	echo cppcheck ;;
	*)	debian "$1" ;;
	esac
}

# The packages of the list that dpkg does not know as installed.
debian_missing()
{
	for p; do
		s=$(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) || s=
		[ "$s" = "install ok installed" ] || echo "$p"
	done
}

openbsd_missing()
{
	for p; do
		pkg_info -e "$p-*" >/dev/null 2>&1 || echo "$p"
	done
}

# Daemons that come with a package are for the tests to start, by hand: none is
# started now, nor at the next boot.
policy=/usr/sbin/policy-rc.d
hold_daemons()
{
	[ ! -e $policy ] || return 0
	trap 'rm -f $policy' EXIT
	trap 'exit 1' INT TERM
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
}

install_debian()
{
	export DEBIAN_FRONTEND=noninteractive
	hold_daemons
	opts="-y -q --no-install-recommends"
	log=$(mktemp)
	# A bare machine has no package lists, an old one stale lists: fetch
	# them only if it does not work with what is there.
	# shellcheck disable=SC2086
	apt-get install $opts "$@" >"$log" 2>&1 || {
		apt-get update -q >"$log" 2>&1 &&
		apt-get install $opts "$@" >>"$log" 2>&1
	} || {
		cat "$log" >&2
		rm -f "$log"
		echo "deps.sh: cannot install: $*" >&2
		exit 1
	}
	rm -f "$log"
	case " $* " in
	*" slapd "*)	update-rc.d slapd disable >/dev/null 2>&1 || : ;;
	esac
}

case $(uname -s) in
Linux)
	command -v dpkg-query >/dev/null || {
		echo "deps.sh: not Debian; needed are the equivalents of:" >&2
		for s in $sets; do debian "$s"; done >&2
		exit 0
	}
	want=; for s in $sets; do want="$want $(debian "$s")"; done
	# shellcheck disable=SC2086
	missing=$(debian_missing $want | tr '\n' ' ')
	how="apt-get install --no-install-recommends $missing"
	;;
OpenBSD)
	want=; for s in $sets; do want="$want $(openbsd "$s")"; done
	# shellcheck disable=SC2086
	missing=$(openbsd_missing $want | tr '\n' ' ')
	how="pkg_add $missing"
	;;
*)
	echo "deps.sh: unknown system $(uname -s)" >&2
	exit 1
	;;
esac

[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
	echo "deps.sh: missing: $missing" >&2
	echo "deps.sh: run as root: $how" >&2
	exit 1
fi
echo "deps.sh: installing: $missing"
case $(uname -s) in
Linux)
	# shellcheck disable=SC2086
	install_debian $missing ;;
OpenBSD)
	# shellcheck disable=SC2086
	pkg_add $missing ;;
esac
