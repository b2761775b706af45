#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Builds: without the libraries that a backend or a scheme needs, for other
# paths, with other compilers; and the version that an installed tree prints.

. "$(atf_get_srcdir)/lib/lib.sh"

# sources: those of authd, without a single object.
sources()
{
	mkdir src
	(cd "$REGRESS/.." && tar -cf - common authd) |
	    (cd src && tar -xf - --exclude='*.o' --exclude='*.d' \
	    --exclude='*.a' --exclude='authd/backends/auth_*[!ch]' \
	    --exclude=authd/authd --exclude=keyd/keyd)
	for p in authd/authd authd/backends/auth_file \
	    authd/backends/auth_ldap authd/conf/conf.o; do
		[ ! -e src/$p ] || flunk "src/$p was copied"
	done
}

system_test without "nothing but the system: what remains works" 300
without_body()
{
	AUTH="auth file \"$(pwd)/few\""
	pop3d_conf
	sources
	# An include of one of their headers fails.
	for h in ldap.h lber.h security/pam_appl.h libpq-fe.h sqlite3.h \
	    argon2.h; do
		mkdir -p "poison/$(dirname $h)"
		echo "#error $h" >poison/$h
	done
	for d in authd authd/backends; do
		(cd src/$d && ${MAKE:-make} OPT=-O1 CFLAGS="-I$OLDPWD/poison" \
		    WITH_LDAP=0 WITH_PAM=0 WITH_PGSQL=0 WITH_SQLITE=0 \
		    WITH_ARGON2=0 WERROR=1) >make.log 2>&1 ||
			flunk "$(tail -n 20 make.log)"
	done
	own_libexec
	rm libexec/auth_*
	cp src/authd/backends/auth_file src/authd/backends/auth_passwd \
	    src/authd/authd libexec/
	for b in ldap pam pgsql sqlite; do
		[ ! -e src/authd/backends/auth_$b ] || flunk "auth_$b was built"
	done
	# shellcheck disable=SC2016
	argon='{ARGON2ID}$argon2id$v=19$m=256,t=1,p=1$c2FsdHNhbHQ$'
	{
		grep ^anna users
		echo "bert:${argon}c2FsdHNhbHRzYWx0c2FsdA:5002:5002"
	} >few
	chown root:_pop3auth few
	chmod 640 few
	mkmbox anna
	pop3d_start
	login_works anna || flunk "$(cat talk.out)"
	! login_works bert || flunk "bert, by what is not there"
	logged 'few:2: .*libraries lack; line left out' || flunk "$(cat log)"
	pop3d_stop
	for b in ldap pam pgsql sqlite; do
		sed "s|^auth file.*|auth $b|" pop3d.conf >other.conf
		! "$POP3D" -n -f "$(pwd)/other.conf" -L "$LIBEXEC" \
		    >out 2>&1 || flunk "taken: auth $b"
		n=$(grep -n ^auth other.conf | cut -d : -f 1)
		grep -q "other.conf:$n: no such backend: $LIBEXEC/auth_$b:" \
		    out || flunk "$(cat out)"
	done
}

# programs [NAME=VALUE]: print the programs that make would link.
programs()
{
	(cd src/authd/backends && ${MAKE:-make} -n "$@" all 2>&1) |
	    sed -n 's/.* -o \(auth_[a-z]*\) .*/\1/p' | sort
}

system_test each "each of them can be left out by itself"
each_body()
{
	sources
	programs >all
	for b in ldap pam pgsql sqlite; do
		grep -qx auth_$b all || flunk "auth_$b is not built here"
		programs "WITH_$(echo $b | tr a-z A-Z)=0" >some
		grep -vx auth_$b all | cmp -s - some ||
			flunk "without $b: $(cat some)"
	done
}

# The files that git would list, not those that were built.
system_test licence "every source file names the licence, LICENSE has it" 60
licence_body()
{
	cd "$REGRESS/.." || exit 1
	grep -q 'Permission to use, copy, modify, and distribute' LICENSE ||
		flunk "LICENSE is not the ISC licence"
	find . -path '*/corpus' -prune -o -path './regress/work' -prune -o \
	    -path './regress/agents' -prune -o -type f \( -name '*.[chy58]' -o \
	    -name '*.sh' -o -name '*.py' -o -name '*.mk' -o \
	    -name Makefile -o -name 'Kyuafile*' \) ! -name depend.mk -print |
	    grep -v '^./authd/conf/parse.c$' >"$OLDPWD/sources"
	cd "$OLDPWD" || exit 1
	[ "$(wc -l <sources)" -gt 300 ] || flunk "only $(wc -l <sources) files"
	(cd "$REGRESS/.." && xargs grep -L \
	    '^[^a-z]*SPDX-License-Identifier: ISC') <sources >bad
	[ ! -s bad ] || flunk "no SPDX line: $(cat bad)"
}

# built DIRECTORY: a copy of the tree as it is, objects and all.
built()
{
	mkdir "$1"
	(cd "$REGRESS/.." && tar -cf - --exclude='regress/*' --exclude=.git \
	    .) | (cd "$1" && tar -xpf -)
}

system_test prefix "make, then make install PREFIX=/elsewhere" 300
prefix_body()
{
	built tree
	pop3d_conf
	for mk in "${MAKE:-make}" bmake; do
		to=$(pwd)/$mk.inst
		$mk -s -C tree install PREFIX="$to" SYSCONFDIR="$to/etc" \
		    >make.log 2>&1 || flunk "$(tail -n 20 make.log)"
		"$to/sbin/pop3d" -n -f "$(pwd)/pop3d.conf" >out 2>&1 ||
			flunk "$mk: $(cat out)"
		"$to/sbin/pop3d" -V >out || flunk "$mk: -V: $(cat out)"
		grep -qx "libexec: $to/libexec/pop3d" out &&
		    grep -qx "configuration: $to/etc/pop3d.conf" out ||
			flunk "$mk: $(cat out)"
		grep -qx "ExecStart=$to/sbin/pop3d" \
		    "$to/lib/systemd/system/pop3d.service" || flunk "the unit"
		grep -q "$to/etc/pop3d.conf" "$to/share/man/man8/pop3d.8" &&
		    grep -q "$to/libexec/pop3d/storaged" \
		    "$to/share/man/man8/storaged.8" || flunk "manual pages"
		! grep -rE '/usr/local/(sbin|share|libexec/pop3d)|"/etc/pop3d' \
		    "$to/share" "$to/lib" "$to/etc" ||
			flunk "paths of another tree, in a text"
		! grep -rl "/usr/local/libexec/pop3d" "$to" ||
			flunk "paths of another tree, in a program"
		# Once more: nothing is left to do.
		$mk -C tree install PREFIX="$to" SYSCONFDIR="$to/etc" \
		    >make.log 2>&1 || flunk "$(tail -n 20 make.log)"
		! grep -E ' -(c|o) ' make.log || flunk "$mk: built again"
	done
}

system_test version "pop3d -V names the version and what was built"
version_body()
{
	pop3d_install
	"$POP3D" -V >out || flunk "$(cat out)"
	v=$(sed -n 's/^VERSION =[[:blank:]]*//p' "$REGRESS/../common/rules.mk")
	grep -qx "pop3d $v" out || flunk "$(cat out)"
	for b in $(sed -n 's/^backends: //p' out); do
		echo "$b"
	done | sort >printed
	(cd "$POP3D_ROOT/usr/local/libexec/pop3d" &&
	    ls -d auth_* | sed 's/^auth_//' | grep -v exec_info) | sort >are
	[ -s printed ] && cmp printed are || flunk "$(cat printed are)"
	grep -q '^features: landlock seccomp namespaces' out ||
		flunk "$(cat out)"
}

# flags [NAME=VALUE]: print the flags that log.c would be compiled with.
flags()
{
	rm -f tree/common/log.o
	(cd tree/common && "${MAKE:-make}" -n "$@" log.o) | tr '\n' ' '
}

system_test flags "flags: of users, of packagers, of developers"
flags_body()
{
	built tree
	f=$(flags)
	case $f in *-Werror*) flunk "-Werror for everybody: $f" ;; esac
	for want in -fstack-clash-protection -D_FORTIFY_SOURCE= \
	    -ffile-prefix-map= -fstack-protector-strong; do
		case $f in *"$want"*) ;; *) flunk "no $want: $f" ;; esac
	done
	f=$(flags WERROR=1 CPPFLAGS=-DOURS CFLAGS=-O3)
	for want in '-Werror ' '-DOURS ' '-O3 '; do
		case $f in *"$want"*) ;; *) flunk "no $want: $f" ;; esac
	done
	# A compiler that lacks two of them, and one that lacks all.
	cat >cc <<'EOF'
#!/bin/sh
case $* in
*clash*|*SOURCE=3*)	echo "not known" >&2; exit 1 ;;
esac
exec cc "$@"
EOF
	sed 's/\*clash.*3\*)/*-f*|*-m*|*SOURCE*)/' cc >cc.old
	chmod 755 cc cc.old
	sh tree/common/harden.sh "$(pwd)/cc" >out
	grep -q clash out && flunk "$(cat out)"
	grep -q stack-protector out && grep -q FORTIFY_SOURCE=2 out ||
		flunk "$(cat out)"
	sh tree/common/harden.sh "$(pwd)/cc.old" >out
	! grep -- -f out || flunk "$(cat out)"
}

system_test reproducible "two places, the same objects" 300
reproducible_body()
{
	for d in here a/longer/one; do
		mkdir -p $d
		(cd "$REGRESS/.." && tar -cf - --exclude='*.[oad]' Makefile \
		    common pop3d) | (cd $d && tar -xf -)
		rm -f $d/pop3d/pop3d
		"${MAKE:-make}" -C $d/pop3d pop3d listener.o >make.log 2>&1 ||
			flunk "$(cat make.log)"
	done
	for f in pop3d/pop3d pop3d/listener.o common/libcommon.a; do
		cmp here/$f a/longer/one/$f || flunk "$f differs"
	done
}
