#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Passwords in memory: none is left in any process, neither while a session is
# logged in nor after it.

. "$(atf_get_srcdir)/lib/lib.sh"
. "$(atf_get_srcdir)/lib/ldap.sh"

# A word of random letters, from which canary.py makes every password.
MARK=$(openssl rand -hex 8)
CANARY="$REGRESS/lib/canary.py"

# clean: no process of the daemon has it or half of it.
clean()
{
	# shellcheck disable=SC2046
	"$REGRESS/lib/memscan.py" -s "$MARK" $(tree "$(cat pid)") >found 2>&1 &&
		[ ! -s found ]
}

# soon_clean WHEN: soon clean; a process may be about to wipe its copy.
soon_clean()
{
	for _i in 1 2 3 4 5 6 7 8 9 10; do
		! clean || return 0
		sleep 0.5
	done
	flunk "$1: $(sort -u found)"
}

# canaries [-u]: log in in every way; search while all are logged in and after
# they have left.
canaries()
{
	rm -f ready "done"
	python3 -W ignore "$CANARY" "$@" logins "$MARK" "$PORT" "$TLSPORT" \
	    "$CLEARPORT" >canary.out 2>&1 &
	_canary=$!
	until [ -e ready ]; do
		! ended $_canary || flunk "$(cat canary.out)"
		sleep 0.1
	done
	soon_clean "logged in"
	touch "done"
	wait $_canary || flunk "$(cat canary.out)"
	soon_clean "afterwards"
	! grep -q "$MARK" log || flunk "in the log: $(grep "$MARK" log)"
	# The scanner is not blind.
	sh -c 'while :; do sleep 1; done' "$MARK" &
	_seen=$!
	"$REGRESS/lib/memscan.py" -s "$MARK" $_seen >found 2>&1
	kill $_seen
	grep -q "$MARK" found || flunk "the scanner is blind: $(cat found)"
}

# hashes [sha512]: print the users and their stored passwords.
hashes()
{
	python3 -W ignore "$CANARY" users "$MARK" "$@" >hashes 2>hashes.log ||
		flunk "$(cat hashes.log)"
}

# leaves_nothing AUTH [-u]: with that statement, and the users it asks for.
leaves_nothing()
{
	AUTH=$1
	shift
	pop3d_conf 'limit per-address 200' 'timeout login 300'
	pop3d_start
	canaries "$@"
	pop3d_stop
}

system_test file "engine, authd, auth_file with all its schemes, sessions" 300
file_body()
{
	hashes
	sed 's|$|:5001:5001:Canary:/nonexistent::|' hashes >canaries
	chown root:_pop3auth canaries
	chmod 640 canaries
	# Here a name that is no user's goes through no library.
	leaves_nothing "auth file \"$(pwd)/canaries\"" -u
}

# own_accounts: the users in files that lie over the system's, for the daemon.
own_accounts()
{
	pop3d_install
	hashes sha512
	cp -p /etc/passwd passwd
	cp -p /etc/shadow shadow
	while IFS=: read -r user hash; do
		echo "$user:x:5001:5001::/nonexistent:/bin/sh" >>passwd
		echo "$user:$hash:19000:0:99999:7:::" >>shadow
	done <hashes
	cat >wrapper <<-EOF
	#!/bin/sh
	mount --bind "$(pwd)/passwd" /etc/passwd
	mount --bind "$(pwd)/shadow" /etc/shadow
	exec "$POP3D" "\$@"
	EOF
	cat >start <<-EOF
	#!/bin/sh
	exec unshare -m --propagation private "$(pwd)/wrapper" "\$@"
	EOF
	chmod 755 start wrapper
}

# pop3d_conf sets POP3D: the last moment before the start is ours.
with_own_accounts()
{
	own_accounts
	pop3d_install()
	{
		POP3D=$(pwd)/start
	}
	leaves_nothing "$1"
}

system_test passwd "auth_passwd" 300
passwd_body()
{
	with_own_accounts 'auth passwd'
}

system_test pam "auth_pam, and the modules of pam_unix" 300
pam_body()
{
	pop3d_install
	[ -x "$LIBEXEC/auth_pam" ] || atf_skip "built without PAM"
	with_own_accounts 'auth pam'
}

system_test exec "auth_exec, which starts the program" 300
exec_body()
{
	pop3d_install
	hashes sha512
	sed 's|$|:5001:5001:/nonexistent|' hashes >mailusers
	chown root:_pop3auth mailusers
	chmod 640 mailusers
	own=$POP3D_ROOT/usr/local/share/examples/pop3d/auth_example
	leaves_nothing "auth exec {
	program \"$own/checkpassword.sh $(pwd)/mailusers\"
}"
}

system_test sqlite "auth_sqlite" 300
sqlite_body()
{
	pop3d_install
	[ -x "$LIBEXEC/auth_sqlite" ] || atf_skip "built without SQLite"
	hashes
	{
		echo "CREATE TABLE users (name TEXT, password TEXT);"
		while IFS=: read -r user hash; do
			echo "INSERT INTO users VALUES ('$user', '$hash');"
		done <hashes
	} | sqlite3 users.db
	chown _pop3auth users.db
	leaves_nothing "auth sqlite \"$(pwd)/users.db\" {
	uid 5001
	gid 5001
	user-query \"SELECT password FROM users WHERE name = %u\"
}"
}

# directory URL [OPTION ...]: auth_ldap against a slapd that has the users.
directory()
{
	hashes sha512
	while IFS=: read -r user hash; do
		person "$user" 5001 "{CRYPT}$hash"
	done <hashes >canaries.ldif
	slapd_make canaries.ldif
	slapd_start
	leaves_nothing "$(ldap_auth "$@")"
	slapd_stop
}

ldap_test ldap "auth_ldap, which compares" 300
ldap_body()
{
	directory "$plain_url"
}

ldap_test ldap_rebind "auth_ldap with a simple bind by libldap" 300
ldap_rebind_body()
{
	directory "$plain_url" 'rebind yes'
}

ldap_test ldap_tls "the same over TLS" 300
ldap_tls_body()
{
	directory "ldaps://127.0.0.1:$LDAPSPORT" 'rebind yes' \
	    "ca \"$(pwd)/server.crt\""
}
