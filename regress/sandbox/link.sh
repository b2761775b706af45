#!/bin/sh
# SPDX-License-Identifier: ISC
# link.sh FOLDER LINKER COMMON OS_LIBS OS_CRYPT SYSTEM PROGRAM ...
# The programs of the libexec folder, with what LINKER names in front.
# PROGRAM: those that are built only where their library is, with their folder.

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

link authd ../authd/authd.o ../authd/libauthd.a "$common" -levent_core
# backend NAME OBJECT ... [-l ...]
backend()
{
	name=$1
	shift
	link "$name" "../authd/$name.o" "$@" ../authd/libbackend.a "$common" \
	    -lcrypto $crypt
}

backend auth_exec
backend auth_file
backend auth_passwd "../authd/auth_passwd_$os.o"
for optional; do
	case ${optional##*/} in
	auth_ldap)	backend auth_ldap ../authd/ldap_conf.o \
			    ../authd/ldap_conn.o ../authd/ldap_entry.o \
			    ../authd/ldap_find.o ../authd/ldap_io.o \
			    "../authd/ldap_memory_$os.o" \
			    -lldap -llber ;;
	auth_pam)	backend auth_pam -lpam ;;
	auth_pgsql)	backend auth_pgsql ../authd/sql.o -lpq ;;
	auth_sqlite)	backend auth_sqlite ../authd/sql.o -lsqlite3 ;;
	esac
done
cp ../authd/auth_exec_info "$dir/auth_exec_info"
link engine ../pop3d/engine.o ../pop3d/libengine.a "$common" -ltls -lssl \
    -lcrypto -levent_core
link keyd ../authd/keyd.o ../authd/libkeyd.a "$common" -lcrypto -levent_core
link storaged ../storaged/storaged.o ../storaged/libstore.a "$common" -lcrypto
touch "$dir/.built"
