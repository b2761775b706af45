#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The suite itself: the accounts that all system tests depend on
# (lib/accounts.sh), and the mutants of make soak (crash/mutate.sh).

. "$(atf_get_srcdir)/lib/lib.sh"

system_test accounts "the accounts stay when a program replaces /etc/passwd"
accounts_body()
{
	# Outside: an /etc of this test's own.
	cat >outside <<-'EOF'
	mkdir etc
	cp -a /etc/. etc
	mount --bind etc /etc
	"$1/accounts.sh" sh inside "$$" &
	until [ -e ready ]; do
		kill -0 $! || exit 1
		sleep 0.05
	done
	for f in passwd group shadow; do
		sed '/^anna:/d' /etc/$f >/etc/$f.new
		mv /etc/$f.new /etc/$f
	done
	! id anna || exit 2
	touch replaced
	wait $!
	EOF
	cat >inside <<-'EOF'
	id anna >before || exit 3
	touch ready
	until [ -e replaced ]; do
		kill -0 "$1" || exit 1
		sleep 0.05
	done
	id anna >after || exit 4
	grep -q '^anna:\$' /etc/shadow || exit 5
	EOF
	unshare -m --propagation private sh outside "$REGRESS/lib" >out 2>&1 ||
		flunk "$? $(cat out)"
	cmp before after || flunk "$(cat before after)"
}

system_test mutants "the code that each mutant removes is there"
mutants_body()
{
	"$REGRESS/crash/mutate.sh" -n >out 2>&1 || flunk "$(cat out)"
	grep -q '^mutate: 2[0-9] mutants apply$' out || flunk "$(cat out)"
}
