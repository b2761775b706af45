#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Builds without the libraries that a backend or a scheme needs.

. "$(atf_get_srcdir)/lib.sh"

# sources: those of authd, without a single object.
sources()
{
	mkdir src
	(cd "$REGRESS/.." && tar -cf - common authd) |
	    (cd src && tar -xf - --exclude='*.o' --exclude='*.d' \
	    --exclude='*.a' --exclude='authd/auth_*[!ch]' \
	    --exclude=authd/authd --exclude=authd/keyd)
	for p in authd/authd authd/auth_file authd/auth_ldap common/conf.o; do
		[ ! -e src/$p ] || flunk "src/$p was copied"
	done
}

system_test without "nothing but the system: what remains works" 300
without_body()
{
	AUTH="auth file \"$(pwd)/few\""
	pop3d_conf
	sources
	# Whoever looks for one of their headers fails.
	for h in ldap.h lber.h security/pam_appl.h libpq-fe.h sqlite3.h \
	    argon2.h; do
		mkdir -p "poison/$(dirname $h)"
		echo "#error $h" >poison/$h
	done
	(cd src/authd && ${MAKE:-make} OPT=-O1 CFLAGS="-I$(pwd)/../../poison" \
	    WITH_LDAP=0 WITH_PAM=0 WITH_PGSQL=0 WITH_SQLITE=0 \
	    WITH_ARGON2=0) >make.log 2>&1 || flunk "$(tail -n 20 make.log)"
	own_libexec
	rm libexec/auth_*
	cp src/authd/auth_file src/authd/auth_passwd src/authd/authd libexec/
	for b in ldap pam pgsql sqlite; do
		[ ! -e src/authd/auth_$b ] || flunk "auth_$b was built"
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
	logged 'few:2: .*kind that is not known' || flunk "$(cat log)"
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

# programs [NAME=VALUE]: what make would link.
programs()
{
	(cd src/authd && ${MAKE:-make} -n "$@" all 2>&1) |
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

# A tree, not what was built in it: what git would list.
system_test licence "every source file names the licence, LICENSE has it" 60
licence_body()
{
	cd "$REGRESS/.."
	grep -q 'Permission to use, copy, modify, and distribute' LICENSE ||
		flunk "LICENSE is not the ISC licence"
	find . -path '*/corpus' -prune -o -path './regress/work' -prune -o \
	    -path './regress/agents' -prune -o -type f \( -name '*.[chy58]' -o \
	    -name '*.sh' -o -name '*.py' -o -name '*.mk' -o \
	    -name Makefile -o -name 'Kyuafile*' \) -print |
	    grep -v '^./authd/parse.c$' >"$OLDPWD/sources"
	cd "$OLDPWD"
	[ "$(wc -l <sources)" -gt 300 ] || flunk "only $(wc -l <sources) files"
	(cd "$REGRESS/.." && while read -r f; do
		head -n 2 "$f" | grep -q 'SPDX-License-Identifier: ISC' ||
			echo "$f"
	done) <sources >bad
	[ ! -s bad ] || flunk "no SPDX line: $(cat bad)"
}
