# SPDX-License-Identifier: ISC
# Shared by every Makefile; GNU make and OpenBSD's make (bmake) read the same
# text, so only what both know is used: no ifeq, no .if, no $^, no %-rules.

PREFIX ?=	/usr/local
SBINDIR ?=	${PREFIX}/sbin
SYSCONFDIR ?=	/etc
MANDIR ?=	${PREFIX}/share/man
LIBEXECDIR ?=	${PREFIX}/libexec/pop3d
DESTDIR ?=
VERSION =	0.1

# The path to common, for directories that are not beside it.
COMMONDIR ?=	../common

OS !=		uname -s
include ${COMMONDIR}/${OS}.mk

# What programs know of the build, in a header: see build_h.sh.
FEATURE_LDAP_1 = ldap
FEATURE_PAM_1 =	pam
FEATURE_PGSQL_1 = pgsql
FEATURE_SQLITE_1 = sqlite
FEATURE_ARGON2_1 = argon2
FEATURE_SAN_1 =	sanitizers
BUILD_H =	${COMMONDIR}/build.h
BUILD_H_MADE !=	sh ${COMMONDIR}/build_h.sh ${BUILD_H} VERSION '${VERSION}' \
		SYSCONFDIR '${SYSCONFDIR}' LIBEXECDIR '${LIBEXECDIR}' \
		BACKENDS 'exec file passwd ${FEATURE_LDAP_${WITH_LDAP}} \
		${FEATURE_PAM_${WITH_PAM}} ${FEATURE_PGSQL_${WITH_PGSQL}} \
		${FEATURE_SQLITE_${WITH_SQLITE}}' \
		FEATURES '${OS_FEATURES} ${FEATURE_ARGON2_${WITH_ARGON2}} \
		${FEATURE_SAN_${SAN}}'

OPT ?=		-O2 -g
# Developers and tests set WERROR=1; a compiler of tomorrow, which warns about
# more, shall not keep anybody from building.
WERROR ?=	0
WERROR_1 =	-Werror
WARN =		-Wall -Wextra ${WERROR_${WERROR}} -Wformat=2 -Wshadow \
		-Wpointer-arith -Wcast-qual -Wstrict-prototypes \
		-Wmissing-prototypes -Wmissing-declarations -Wwrite-strings \
		-Wundef -Wno-unused-parameter -Wno-sign-compare
# The compiler's means against exploits, as far as it has them.
HARDEN !=	sh ${COMMONDIR}/harden.sh ${CC}
# SAN=1 builds with AddressSanitizer and UndefinedBehaviorSanitizer.  Objects of
# the two kinds do not mix: make clean between them.
HARDEN_1 =	-U_FORTIFY_SOURCE -fsanitize=address,undefined \
		-fno-sanitize-recover=all -fno-omit-frame-pointer
HARDENLD_1 =	-fsanitize=address,undefined
# No object says where it was built: two builds are the same, bit for bit.
TOPDIR !=	cd ${COMMONDIR}/.. && pwd
ALLFLAGS =	-std=gnu11 ${OPT} ${WARN} -fPIE \
		-fno-strict-aliasing -ffile-prefix-map=${TOPDIR}=. \
		-iquote ${COMMONDIR} -iquote ${COMMONDIR}/compat \
		-iquote ${COMMONDIR}/sandbox ${DIRFLAGS} ${OS_CFLAGS} \
		${CPPFLAGS} \
		${HARDEN} ${HARDEN_${SAN}} ${CFLAGS}
ALLLDFLAGS =	-pie -Wl,-z,relro,-z,now ${HARDENLD_${SAN}} ${LDFLAGS}
# Where a directory's own headers are, if not beside its sources.
DIRFLAGS ?=
COMMON =	${COMMONDIR}/libcommon.a
INSTALL ?=	install

.SUFFIXES: .c .o .y

# The directory's Makefile says what all is.
all:

.c.o:
	@echo ${CC} -c $<
	@${CC} ${ALLFLAGS} -MMD -MP -c $< -o $@

# Building one directory alone builds the library that it needs.
${COMMON}:
	cd ${COMMONDIR} && ${MAKE} libcommon.a
