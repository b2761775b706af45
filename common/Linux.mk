# SPDX-License-Identifier: ISC
# Debian: libbsd's overlay gives the BSD functions in their usual headers;
# libbsd-ctor lets setproctitle(3) work.  imsg and ibuf are ours here.
PKG_CONFIG ?=	pkg-config
OS_CFLAGS !=	${PKG_CONFIG} --cflags libbsd-overlay
# -I: <imsg.h> is ours.
OS_CFLAGS +=	-I${COMMONDIR}/compat -D_GNU_SOURCE -DLIBBSD_OPENBSD_VIS
OS_LIBS !=	${PKG_CONFIG} --libs libbsd-ctor libbsd-overlay
# What is compiled for, not on.
ARCH !=		${CC} -dumpmachine | sed 's/-.*//'
# The filters of a build with SAN=1 let everything pass: the sanitizers do as
# they like with memory.
KNOBS_ =	sandbox/sandbox_strict_linux.o
KNOBS_1 =	sandbox/sandbox_san_linux.o
OS_OBJS =	defaults_linux.o fslocal_linux.o \
		compat/fstat_linux.o compat/ibuf.o compat/imsg.o \
		compat/msgbuf.o compat/title_linux.o \
		sandbox/landlock_linux.o sandbox/namespace_linux.o \
		sandbox/privdrop_linux.o sandbox/sandbox_linux.o \
		sandbox/sandbox_policy_linux.o sandbox/seccomp_linux.o \
		sandbox/seccomp_${ARCH}.o ${KNOBS_${SAN}}
OS_CRYPT =	-lcrypt
YACC =		byacc
OS_SUFFIX =	linux
OS_FEATURES =	landlock seccomp namespaces
# A program that is forked for each session has no shared libraries: fewer
# mappings to copy, a quarter less CPU.  The sanitizers cannot be had that way.
OS_STATIC_ =	-static-pie
OS_STATIC_1 =
OS_STATIC =	${OS_STATIC_${SAN}}
OS_STATIC_LIBS != ${PKG_CONFIG} --static --libs libbsd-ctor libbsd-overlay

# Backends and schemes that need a library are built where its header is, unless
# the command line says WITH_...=0.
WITH_ARGON2 !=	test -e /usr/include/argon2.h && echo 1 || echo 0
WITH_LDAP !=	test -e /usr/include/ldap.h && echo 1 || echo 0
WITH_PAM !=	test -e /usr/include/security/pam_appl.h && echo 1 || echo 0
WITH_PGSQL !=	test -e /usr/include/postgresql/libpq-fe.h && echo 1 || echo 0
WITH_SQLITE !=	test -e /usr/include/sqlite3.h && echo 1 || echo 0
OS_ARGON2_1 =	-largon2
OS_PGSQL =	-I/usr/include/postgresql
