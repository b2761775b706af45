# SPDX-License-Identifier: ISC
# OpenBSD: imsg, ibuf and the rest of the BSD functions are in libutil and libc;
# libevent comes from packages, since the one in base is version 1.
OS_CFLAGS =	-I/usr/local/include
OS_LIBS =	-L/usr/local/lib -lutil
OS_STATIC =	-static
OS_STATIC_LIBS = ${OS_LIBS}
OS_OBJS =	defaults_openbsd.o fslocal_openbsd.o compat/title_openbsd.o \
		sandbox/namespace_openbsd.o sandbox/privdrop_openbsd.o \
		sandbox/sandbox_openbsd.o
OS_CRYPT =
YACC =		yacc
OS_SUFFIX =	openbsd
OS_FEATURES =	pledge unveil

# Built where packages have brought the header; there is no PAM.
WITH_ARGON2 !=	test -e /usr/local/include/argon2.h && echo 1 || echo 0
WITH_LDAP !=	test -e /usr/local/include/ldap.h && echo 1 || echo 0
WITH_PAM =	0
WITH_PGSQL !=	test -e /usr/local/include/postgresql/libpq-fe.h && echo 1 || \
		echo 0
WITH_SQLITE !=	test -e /usr/local/include/sqlite3.h && echo 1 || echo 0
OS_ARGON2_1 =	-largon2
OS_PGSQL =	-I/usr/local/include/postgresql
