#!/bin/sh
# SPDX-License-Identifier: ISC
# pop3d.sh: the adapter of shared/bench for this server; compare.sh copies it to
# peers/pop3d.  See bench/README.md there.  Options: plain (default) | md5 |
# sha512 | bcrypt: how the passwords are stored; cache: with a success-cache.
#
# POP3D_SRC is the source tree, built here if need be; the daemon's accounts
# exist in a mount namespace only.
set -e
. "$(dirname "$0")/lib.sh"
src=${POP3D_SRC:?the source tree of pop3d}
# One for each tree: several may be measured at once.
root=$PB_CACHE/pop3d$(echo "$src" | tr / -)
case $1 in
info)
	echo "FORMAT=mbox"; echo "DESC=pop3d mbox"; exit ;;
install)
	make -s -C "$src" all >&2
	rm -rf "$root"
	make -s -C "$src" install DESTDIR="$root" >&2
	exit ;;
start) ;;
*) die "usage: $0 info|install|start DIR NUSERS MAILBOXDIR" ;;
esac
D=$2 N=$3 M=$4
h=$(hashopt plain)
cache=no
! opt cache || cache=yes
fakesys "$D" 0 plain pop3d \
    "_pop3d:x:4991:4991::/nonexistent:/usr/sbin/nologin" \
    "_pop3auth:x:4992:4992::/nonexistent:/usr/sbin/nologin" \
    "_pop3key:x:4994:4994::/nonexistent:/usr/sbin/nologin" \
    "_pop3stor:x:4993:4993::/nonexistent:/usr/sbin/nologin"
cert "$D"
chmod 600 "$D/key.pem"
mkdir -p "$D/empty"
pw=$(hashpw "$h")
[ "$h" != plain ] || pw="{PLAIN}$pw"
users "$N" | while read -r u; do
	printf '%s:%s:%s:%s::%s::\n' "$u" "$pw" "$PB_UID" "$PB_GID" "$D/home"
done >"$D/users"
chown 0:4992 "$D/users"
chmod 640 "$D/users"
cat >"$D/pop3d.conf" <<E
pki localhost cert "$D/cert.pem" key "$D/key.pem"
listen on 127.0.0.1 port $PB_PORT starttls
listen on 127.0.0.1 port $PB_TLSPORT tls
auth file "$D/users" { success-cache $cache }
mailbox mbox "$M/%u"
state "$D/state"
chroot "$D/empty"
limit { sessions 30000 per-address 0 per-user 10 mailbox-size 8G }
E
echo "PORT=$PB_PORT"; echo "TLSPORT=$PB_TLSPORT"; echo "PID=$$"
inns "$D" "" sh -c 'exec "$1" -d -f "$2/pop3d.conf" -L "$3" >"$2/log" 2>&1' sh \
    "$root/usr/local/sbin/pop3d" "$D" "$root/usr/local/libexec/pop3d"
