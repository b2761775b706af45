#!/bin/sh
# SPDX-License-Identifier: ISC
# checkpassword.sh FILE SUBPROGRAM: a checkpassword program for "auth exec":
#
#	auth exec {
#		program "/usr/local/libexec/checkpassword.sh /etc/mailusers"
#	}
#
# Lines of FILE are user:hash:uid:gid:home; "openssl passwd -6" makes a hash.
# Descriptor 3 has name, password and a time, each followed by a NUL.  Exits 1
# if the password is wrong and 111 on errors; otherwise starts SUBPROGRAM.

set -uf
file=$1
shift
data=$(tr '\n\0' '\001\n' <&3) || exit 111	# a newline ends no password
user=$(printf '%s\n' "$data" | sed -n 1p)
pass=$(printf '%s\n' "$data" | sed -n 2p)
exec 3<&-

[ -r "$file" ] || exit 111
line=
while IFS= read -r l; do
	[ "${l%%:*}" != "$user" ] || line=$l
done <"$file"

# Hash the password for an unknown user, too: the time must reveal nothing.
hash=${line#*:}
hash=${hash%%:*}
case $hash in
\$6\$*\$*)
	;;
*)	hash='$6$nobodynobody$' ;;
esac
salt=${hash#\$6\$}
salt=${salt%%\$*}
made=$(printf '%s\n' "$pass" | openssl passwd -6 -salt "$salt" -stdin) ||
	exit 111
[ "$made" = "$hash" ] || exit 1

IFS=: read -r _ _ uid gid home <<EOF
$line
EOF
export userdb_uid="$uid" userdb_gid="$gid" HOME="$home" USER="$user"
exec "$@"
