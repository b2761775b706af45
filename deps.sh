#!/bin/sh
# SPDX-License-Identifier: ISC
# deps.sh [build | check | guest | soak | demo | fuzz | bench | dovecot | lint |
#     ci] ...
# The packages that pop3d needs.
# As root on Debian (12, 13), install missing packages; otherwise print them and
# the command that installs them.  Fast if nothing is missing.

set -eu

sets=${*:-build}

# A|B: where the release has A, that, otherwise B.  A|: only where it has A.
debian()
{
	case $1 in
	build)	echo gcc libc6-dev make pkg-config byacc libevent-dev \
		    libtls-dev libssl-dev libbsd-dev libcrypt-dev \
		    libargon2-dev libldap-dev libpam0g-dev libpq-dev \
		    libsqlite3-dev ;;
	check)	echo kyua libatf-dev atf-sh curl openssl python3 perl \
		    libio-socket-ssl-perl mandoc bmake util-linux mount iproute2 \
		    procps strace systemd fetchmail getmail6 mpop mutt \
		    procmail s-nail postgresql slapd sqlite3
		# Libraries of what regress/lib/unpack.sh unpacks.
		echo "libcourier-unicode8|libcourier-unicode4" \
		    "libdb5.3t64|libdb5.3" "libgdbm6t64|libgdbm6" \
		    "libgnutls-dane0t64|libgnutls-dane0" \
		    "libicu76|libicu72" libidn12 libidn2-0 libltdl7 libnsl2 \
		    libpcre2-8-0 "libpcre3|" libsasl2-2 "libtlsrpt0|" ;;
	# For regress/systems/kernel.sh.
	guest)	echo kyua libatf-dev atf-sh openssl python3 procps iproute2 ;;
	soak)	echo e2fsprogs mount util-linux debootstrap procps cpio \
		    qemu-system-x86 ;;
	demo)	echo curl openssl util-linux mount procps ;;
	fuzz)	echo clang "libclang-rt-dev|libclang-rt-14-dev" ;;
	ci)	echo debootstrap mount util-linux ;;
	bench)	echo openssl util-linux libssl-dev ;;
	dovecot) echo dovecot-pop3d ;;
	lint)	echo cppcheck mandoc shellcheck ;;
	*)	echo "usage: deps.sh [build | check | guest | soak | demo |" \
		    "fuzz | bench | dovecot | lint | ci] ..." >&2
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
	lint)	echo cppcheck shellcheck ;;
	*)	debian "$1" ;;
	esac
}

# installed PACKAGE
installed()
{
	[ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = \
	    "install ok installed" ]
}

# has PACKAGE: whether the release has it, as far as apt has lists.
has()
{
	apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'
}

# The packages of the list that are not installed.
debian_missing()
{
	for p; do
		case $p in
		*\|*)	installed "${p%|*}" && continue
			if ! has "${p%|*}"; then
				p=${p#*|}
				[ -n "$p" ] || continue
			else
				p=${p%|*}
			fi ;;
		esac
		installed "$p" || echo "$p"
	done
}

openbsd_missing()
{
	for p; do
		pkg_info -e "$p-*" >/dev/null 2>&1 || echo "$p"
	done
}

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
trap 'rm -f "$log" "$log.failed"' EXIT
trap 'exit 1' INT TERM

# The tests start the daemons of these packages themselves.  Let no package start
# its daemon now or at the next boot.
hold_daemons()
{
	[ ! -e $policy ] || return 0
	trap 'rm -f "$log" "$log.failed" $policy' EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
}

# A bare machine has no package lists; without them no package can be found.
debian_lists()
{
	has libc6-dev && return
	echo "deps.sh: fetching the lists of packages"
	apt-get update -q >"$log" 2>&1 || {
		cat "$log" >&2
		echo "deps.sh: apt-get update failed" >&2
		exit 1
	}
}

# Count what apt prints, on stdin, and show that it makes progress.
progress()
{
	got=0 unpacked=0 set_up=0
	while read -r line; do
		echo "$line" >>"$log"
		case $line in
		Get:*)
			got=$((got + 1))
			[ $((got % 25)) -ne 0 ] || echo "  $got fetched" ;;
		"Unpacking "*)
			unpacked=$((unpacked + 1))
			[ $((unpacked % 25)) -ne 0 ] ||
				echo "  $unpacked of $1 unpacked" ;;
		"Setting up "*)
			set_up=$((set_up + 1))
			[ $((set_up % 25)) -ne 0 ] ||
				echo "  $set_up of $1 set up" ;;
		esac
	done
}

# apt_install PACKAGE ...
apt_install()
{
	opts="-y -q --no-install-recommends -o DPkg::Lock::Timeout=300"
	# shellcheck disable=SC2086
	n=$(apt-get install -s $opts "$@" 2>>"$log" | grep -c '^Inst ') || :
	[ "$n" -gt 0 ] || return 1
	echo "deps.sh: installing $# packages, $n with what they need:"
	echo "$*" | fold -s -w 76 | sed 's/^/  /'
	rm -f "$log.failed"
	# shellcheck disable=SC2086
	{ apt-get install $opts "$@" 2>&1 || : >"$log.failed"; } | progress "$n"
	[ ! -e "$log.failed" ]
}

# Old lists name files that are gone.  Fetch new ones only if the installation
# fails with the old ones.
install_debian()
{
	hold_daemons
	apt_install "$@" || { apt-get update -q >>"$log" 2>&1 &&
	    apt_install "$@"; } || {
		cat "$log" >&2
		echo "deps.sh: cannot install: $*" >&2
		exit 1
	}
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
	[ "$(id -u)" -ne 0 ] || debian_lists
	# shellcheck disable=SC2086
	missing=$(debian_missing $want | sort -u | tr '\n' ' ')
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
case $(uname -s) in
Linux)
	# shellcheck disable=SC2086
	install_debian $missing ;;
OpenBSD)
	echo "deps.sh: installing: $missing"
	# shellcheck disable=SC2086
	pkg_add $missing ;;
esac
