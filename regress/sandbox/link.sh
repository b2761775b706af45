#!/bin/sh
# SPDX-License-Identifier: ISC
# link.sh DIRECTORY LINKER COMMON OS_LIBS OS_CRYPT SYSTEM PROGRAM ...
# Link the programs of the libexec directory with the objects in LINKER first.
# PROGRAM: those that are only built with their library, with their directory.

set -eu
dir=$1 ld=$2 common=$3 libs=$4 crypt=$5 os=$6
shift 6
mkdir -p "$dir"

link()
{
	name=$1
	shift
	echo "link $dir/$name"
	# shellcheck disable=SC2086
	$ld -o "$dir/$name" "$@" $libs
}

link authd ../authd/main.o ../authd/libauthd.a "$common" -levent_core

back=../authd/backends
# backend NAME OBJECT ... [-l ...]
backend()
{
	name=$1
	shift
	link "$name" "$back/$name.o" "$@" $back/libbackend.a "$common" \
	    -lcrypto $crypt
}

backend auth_exec
backend auth_file
backend auth_passwd "$back/auth_passwd_$os.o"
for optional; do
	case ${optional##*/} in
	auth_ldap)	backend auth_ldap $back/ldap_conf.o $back/ldap_conn.o \
			    $back/ldap_entry.o $back/ldap_find.o \
			    $back/ldap_io.o "$back/ldap_memory_$os.o" \
			    -lldap -llber ;;
	auth_pam)	backend auth_pam -lpam ;;
	auth_pgsql)	backend auth_pgsql $back/sql.o -lpq ;;
	auth_sqlite)	backend auth_sqlite $back/sql.o -lsqlite3 ;;
	esac
done
cp $back/auth_exec_info "$dir/auth_exec_info"
link engine ../pop3d/engine.o ../pop3d/libengine.a "$common" -ltls -lssl \
    -lcrypto -levent_core
link keyd ../keyd/keyd.o ../keyd/libkeyd.a "$common" -lcrypto -levent_core
link storaged ../storaged/storaged.o ../storaged/libstore.a "$common" -lcrypto
touch "$dir/.built"
