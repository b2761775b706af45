# SPDX-License-Identifier: ISC
# Reads the same in GNU make and in OpenBSD's make; there is no configure.
#
#	make			build
#	make install		install [DESTDIR=...] [PREFIX=/usr/local]
#	make check		install what tests need, build, run them all
#				(or those named: TESTS="t_login unit/t_conf")
#	make soak		half an hour of crashes and storms, then an
#				hour (or FUZZ_SECONDS) of each fuzzer, two at
#				a time
#	make demo		show mail, fetched over TLS, with nothing set up
#	make fuzz		FUZZ_SECONDS (60) of each fuzzer
#	make bench		what a login and a mail cost (BENCH_QUICK=1)
#	make lint		mandoc -Tlint, shellcheck, cppcheck
#	make deps		install the packages that the build needs
#	make clean
#
# SAN=1 builds with the address and undefined behaviour sanitizers (make clean
# between the two kinds).

BUILDDIRS =	common pop3d authd authd/backends keyd storaged
SUBDIRS =	${BUILDDIRS} regress
INSTALLDIRS =	pop3d authd authd/backends keyd storaged etc

all:
	@for d in ${BUILDDIRS}; do (cd $$d && ${MAKE} all) || exit 1; done

install: all
	@for d in ${INSTALLDIRS}; do (cd $$d && ${MAKE} install) || exit 1; done

check:
	@MAKE="${MAKE}" ./check ${TESTS}

soak:
	@./deps.sh build check soak fuzz
	@${MAKE} all
	@cd regress && ${MAKE} soak
	@./regress/systems/systemd.sh
	@./regress/systems/arm64.sh
	@./regress/systems/kernel.sh
	@SOAK=1 ./regress/run.sh t_storm t_evil unit/t_keyd:evil
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-3600} ./regress/fuzz/fuzz.sh

demo:
	@MAKE="${MAKE}" ./demo

fuzz:
	@./deps.sh build fuzz
	@./regress/fuzz/fuzz.sh

bench:
	@./deps.sh build bench
	@${MAKE} all
	@./regress/bench/bench.sh

lint:
	@./deps.sh lint
	mandoc -Tlint -Wwarning man/*.5 man/*.8
	shellcheck -S warning .ci/run check demo deps.sh common/*.sh etc/*.sh \
	    etc/*/*.sh regress/accounts.sh regress/run.sh regress/lib/*.sh \
	    regress/bench/*.sh regress/crash/*.sh regress/fuzz/*.sh \
	    regress/sandbox/*.sh regress/systems/*.sh
	shellcheck -S warning -s sh regress/t_*.sh
	bsd=/usr/include/bsd; [ -d $$bsd ] || bsd=/usr/include; \
	cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
	    --enable=warning,performance --library=posix \
	    --include=$$bsd/sys/queue.h --include=$$bsd/sys/tree.h \
	    -D__linux__=1 -DNULL=0 -Icommon -Icommon/compat -Icommon/sandbox \
	    -Istoraged -Istoraged/mbox \
	    --suppressions-list=regress/lib/cppcheck.supp -iauthd/conf/parse.c \
	    common pop3d authd keyd storaged

deps:
	@./deps.sh build

clean:
	@for d in ${SUBDIRS}; do (cd $$d && ${MAKE} clean) || exit 1; done
	rm -f common/build.h

.PHONY: all install check soak demo fuzz bench lint deps clean
