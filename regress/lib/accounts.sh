#!/bin/sh
# SPDX-License-Identifier: ISC
# accounts.sh [-n] COMMAND ...
#
# Run COMMAND with the accounts of the daemon (_pop3d, _pop3auth, _pop3key,
# _pop3stor) and of three mail users (anna, bert, cleo).  Only COMMAND sees
# them: it gets its own mount namespace, with a copy of /etc mounted over /etc
# that has these accounts and our PAM service.  The machine's own files stay as
# they are.  The copy is of the whole directory, because a mount on /etc/passwd
# alone vanishes when another program replaces that file, as passwd(1) and
# adduser(8) do.  With -n COMMAND also gets its own network, which has only a
# loopback.  Needs root and Linux.
#
# For COMMAND: the users' passwords, in $PASS_anna, $PASS_bert, $PASS_cleo.

set -eu

PASS_anna='correct horse battery'
PASS_bert='bert-pw-0815'
PASS_cleo='a password of well over forty characters: 0123456789 abcdefghijkl'
export PASS_anna PASS_bert PASS_cleo

# yescrypt, as Debian makes them, and SHA-512.
HASH_anna='$y$j9T$JgbJeyAtztdQ37v6lA6aJ/$5G1vT72Y/sTbdEGBdr5OY7KVYEGydd1/5R.ULeDF2T8'
HASH_bert='$6$rounds=5000$regresssalt$9.4vPrOKX.mDmL8XnnfWZWqTNfcLKqviqYcxfIhiwL1gGgNi5zWpeVrofUi20C1opTJeRK1xbJWws4mafbmuJ/'
HASH_cleo='$6$rounds=5000$saltregress$FT5.oa4PFcJabFSXfnFmeUQsv4ecjj5/7/eBupO7ZXJ57OO5Xq0UVytvOa5FDyVg5y5tM4OjW2yeKIjmEIWGC.'
export HASH_anna HASH_bert HASH_cleo

NAMES='_pop3d _pop3auth _pop3key _pop3stor anna bert cleo'

# account NAME ID HASH SHELL
account()
{
	echo "$1:x:$2:$2::/nonexistent:$4" >>"$dir/passwd"
	echo "$1:x:$2:" >>"$dir/group"
	echo "$1:$3:19000:0:99999:7:::" >>"$dir/shadow"
}

# A copy of /etc, with our accounts in place of existing ones of the same names.
make_etc()
{
	cp -a /etc/. "$dir"
	for f in passwd group shadow; do
		sed "$(for n in $NAMES; do echo "/^$n:/d"; done)" /etc/$f \
		    >"$dir/$f"
	done
	account _pop3d 891 '!' /usr/sbin/nologin
	account _pop3auth 892 '!' /usr/sbin/nologin
	account _pop3key 894 '!' /usr/sbin/nologin
	account _pop3stor 893 '!' /usr/sbin/nologin
	account anna 5001 "$HASH_anna" /bin/sh
	account bert 5002 "$HASH_bert" /bin/sh
	account cleo 5003 "$HASH_cleo" /bin/sh
	[ ! -d "$dir/pam.d" ] ||
		cp "$(dirname "$0")/../../etc/pam.d/pop3d" "$dir/pam.d"
}

if [ "${1-}" = --inside ]; then
	dir=$2 net=$3
	shift 3
	# On a file system of its own, which vanishes with the namespace.
	mount -t tmpfs -o mode=755 accounts "$dir"
	make_etc
	mount --move "$dir" /etc
	rmdir "$dir"
	if [ -n "$net" ]; then
		ip link set lo up
		# Some systems make new networks without IPv6.
		v6=/proc/sys/net/ipv6/conf/lo/disable_ipv6
		[ ! -w $v6 ] || echo 0 >$v6 || :
	fi
	exec "$@"
fi

net=
if [ "${1-}" = -n ]; then
	net=-n
	shift
fi
[ "$(id -u)" -eq 0 ] || { echo "accounts.sh: needs root" >&2; exit 1; }
# shellcheck disable=SC2086
unshare -m $net --propagation private true || {
	echo "accounts.sh: this machine gives root no namespaces" >&2
	exit 1
}
umask 022
dir=$(mktemp -d /tmp/pop3d-acc.XXXXXX)
# shellcheck disable=SC2086
exec unshare -m $net --propagation private "$0" --inside "$dir" "$net" "$@"
