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

# From elsewhere than a folder of the tree: the path to common.
COMMONDIR ?=	../common

OS !=		uname -s
include ${COMMONDIR}/${OS}.mk

OPT ?=		-O2 -g
WARN =		-Wall -Wextra -Werror -Wformat=2 -Wshadow -Wpointer-arith \
		-Wcast-qual -Wstrict-prototypes -Wmissing-prototypes \
		-Wmissing-declarations -Wwrite-strings -Wundef \
		-Wno-unused-parameter -Wno-sign-compare
# SAN=1 builds with AddressSanitizer and UndefinedBehaviorSanitizer.  Objects of
# the two kinds do not mix: make clean between them.
HARDEN_ =	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN_1 =	-fsanitize=address,undefined -fno-sanitize-recover=all \
		-fno-omit-frame-pointer
HARDENLD_1 =	-fsanitize=address,undefined
ALLFLAGS =	-std=gnu11 ${OPT} ${WARN} -fPIE -fstack-protector-strong \
		-fno-strict-aliasing ${HARDEN_${SAN}} \
		-iquote ${COMMONDIR} ${OS_CFLAGS} \
		-DVERSION='"${VERSION}"' -DSYSCONFDIR='"${SYSCONFDIR}"' \
		-DLIBEXECDIR='"${LIBEXECDIR}"' ${CFLAGS}
ALLLDFLAGS =	-pie -Wl,-z,relro,-z,now ${HARDENLD_${SAN}} ${LDFLAGS}
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
