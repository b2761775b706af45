#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Compile the code that OpenBSD compiles, which no build here uses, to keep it
# from rotting.  Declarations are OpenBSD's as far as stubs/openbsd has them;
# the rest are this system's and libbsd's.  Nothing is linked or run, but every
# call is looked up: in openbsd_calls, or by the prefix of a library that is
# there.  Then each call of a session is compared with its promises, pledge(2).

cd "$(dirname "$0")/../.." || exit 1
: "${CC:=cc}"
warn='-Wall -Wextra -Werror -Wformat=2 -Wshadow -Wpointer-arith -Wcast-qual
    -Wstrict-prototypes -Wmissing-prototypes -Wmissing-declarations
    -Wwrite-strings -Wundef -Wno-unused-parameter -Wno-sign-compare'
flags="$(pkg-config --cflags libbsd-overlay) -D_GNU_SOURCE
    -DLIBBSD_OPENBSD_VIS -I/usr/include/postgresql"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
rv=0

# OpenBSD has no PAM, and imsg and ibuf are in libutil.
files=$(find common pop3d authd keyd storaged -name '*.c' | sort | grep -Ev \
    '_linux\.c$|_(x86_64|aarch64)\.c$|/(imsg|ibuf|msgbuf|auth_pam|parse)\.c$')
byacc -o "$work/parse.c" authd/conf/parse.y || exit 1
n=0
for f in $files "$work/parse.c"; do
	o=$(echo "${f#"$work/"}" | tr / -).o
	# shellcheck disable=SC2086
	if ${CC} -std=gnu11 -O1 -fno-builtin -fno-stack-protector \
	    -U_FORTIFY_SOURCE ${warn} -isystem regress/stubs/openbsd \
	    -iquote "$(dirname "$f")" -iquote authd -iquote authd/conf \
	    -iquote common \
	    -iquote common/sandbox -iquote storaged -iquote storaged/mbox \
	    -Icommon/compat \
	    ${flags} -c "$f" -o "$work/$o"; then
		n=$((n + 1))
	else
		echo "$f: does not compile" >&2
		rv=1
	fi
done
[ "$n" -ge 100 ] || { echo "only $n files compiled" >&2; exit 1; }

# Names that differ in glibc, and the libraries of base and packages.
other='^(_GLOBAL_OFFSET_TABLE_|__ctype_.*_loc|__errno_location|__isoc99_sscanf'
other="$other|bsd_getopt|(BIO|BN|CRYPTO|EC|ERR|EVP|OPENSSL|PEM|PKCS[0-9]|RSA"
other="$other|SSL|X509|d2i|sqlite3|ldap|ber|event|evbuffer|evutil|tls|imsg)_.*"
other="$other|(PKCS5|PKCS1|EC|HMAC|SHA256|PQ|argon2|imsgbuf|ibuf).*)\$"
(cd "$work" && nm --defined-only ./*.o | awk 'NF == 3 { print $3 }') |
    sort -u >"$work/ours"
sed '/^#/d; s/[[:blank:]].*//' regress/lib/openbsd_calls | sort -u >"$work/have"
for o in "$work"/*.o; do
	nm -u "$o" | awk '{ print $2 }' | sort -u | grep -Ev "$other" |
	    comm -23 - "$work/ours" | comm -23 - "$work/have" |
	    sed "s|^|$(basename "$o" .o): not in openbsd_calls: |"
done >"$work/unknown"
[ ! -s "$work/unknown" ] || { cat "$work/unknown" >&2; rv=1; }

# promises ROLE: print them from sandbox_openbsd.c.
promises()
{
	tr -d '\n\t' <common/sandbox/sandbox_openbsd.c |
	    sed "s/.*\[SANDBOX_$1\] = {[^,]*,//; s/}.*//; s/[\" ]\{1,\}/ /g"
}

# The spawner must promise every call that storaged ever makes; nobody can add
# a promise later, so sessions have no others either.
spawner=" $(promises SPAWNER) "
for role in SESSION SESSION_DOTLOCK; do
	for p in $(promises $role); do
		case $spawner in
		*" $p "*)	;;
		*)	echo "$role promises $p, SPAWNER does not" >&2
			rv=1 ;;
		esac
	done
done
for o in "$work"/storaged-*.o; do
	nm -u "$o" | awk '{ print $2 }' | sort -u >"$work/calls"
	awk '!/^#/ && NF == 2' regress/lib/openbsd_calls | sort |
	    join - "$work/calls" | while read -r call p; do
		case $spawner in
		*" $p "*)	;;
		*)	echo "$(basename "$o" .o): $call needs $p" ;;
		esac
	done
done >"$work/broken"
# Calls after the seal, on the mailbox's own descriptor.
for p in $(sed -n 's/^futimens[[:blank:]]*//p' regress/lib/openbsd_calls); do
	case " $(promises SESSION) " in
	*" $p "*)	;;
	*)	echo "sessions: futimens needs $p" >>"$work/broken" ;;
	esac
done
[ ! -s "$work/broken" ] || { cat "$work/broken" >&2; rv=1; }
exit $rv
