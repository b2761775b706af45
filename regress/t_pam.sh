#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# auth pam, with the service that is installed: accounts.sh puts it where it
# belongs.

. "$(atf_get_srcdir)/lib/lib.sh"

# pam_conf: with auth pam alone, if it was built.
pam_conf()
{
	pop3d_install
	[ -x "$LIBEXEC/auth_pam" ] || atf_skip "built without PAM"
	AUTH='auth pam'
	pop3d_conf
}

system_test logins "the system's accounts, by pam_unix, not as root"
logins_body()
{
	pam_conf
	cmp -s /etc/pam.d/pop3d "$POP3D_ROOT/etc/pam.d/pop3d" ||
		flunk "the service is not the installed one"
	for u in anna bert cleo; do
		mkmbox $u
	done
	pop3d_start
	for u in anna bert cleo; do
		login_works $u || flunk "$u: $(cat talk.out log)"
	done
	for p in $(pids_of_role auth_pam); do
		[ "$(status "$p" Uid | tr '\t' ' ')" = "892 892 892 892" ] ||
			flunk "auth_pam runs as $(status "$p" Uid)"
	done
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	C: PASS wrong
	S: -ERR \[AUTH\] .*
	C: USER nobody-here
	S: \+OK.*
	C: PASS wrong
	S: -ERR \[AUTH\] .*
	LOGIN: anna
	C: QUIT
	S: \+OK.*
	EOF
	unlogged "$PASS_anna" || flunk "password in the log"
	pop3d_stop
}
