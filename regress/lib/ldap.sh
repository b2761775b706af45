# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# ldap.sh: a slapd for the system tests, started by hand on the loopback; read
# by t_ldap.sh and t_ldapload.sh after lib.sh.

LDAPPORT=$((PORT + 3))
LDAPSPORT=$((PORT + 4))
FAKEPORT=$((PORT + 5))
BASE=dc=example,dc=org
plain_url="ldap://127.0.0.1:$LDAPPORT"

# Not built without libldap.
NEEDS=$(cd "$REGRESS/../authd/backends" && pwd)/auth_ldap

# ldap_test NAME "DESCRIPTION" [TIMEOUT]: a system_test that also ends its
# slapd.
ldap_test()
{
	system_test "$@"
	eval "$1_cleanup() { pop3d_kill; helpers_kill; }"
}

helpers_kill()
{
	for _f in slapd.pid fake.pid; do
		[ ! -f $_f ] || kill -KILL "$(cat $_f)" 2>/dev/null
		rm -f $_f
	done
}

# person NAME ID STORED [LINE ...]: an entry.
person()
{
	cat <<-EOF
	dn: uid=$1,ou=people,$BASE
	objectClass: inetOrgPerson
	objectClass: qmailUser
	uid: $1
	cn: $1
	sn: $1
	mail: someone@example.org
	userPassword: $3
	qmailUID: $2
	qmailGID: $2
	EOF
	shift 3
	for _l; do
		echo "$_l"
	done
	echo
}

# slapd_make [LDIF]: the directory, with anna, bert and cleo.
slapd_make()
{
	PATH=$PATH:/usr/sbin
	command -v slapd >/dev/null || atf_skip "there is no slapd"
	mkdir ldap
	[ -f server.crt ] || mkcert server
	cp server.crt server.key ldap/
	cp -R "$REGRESS/../etc/ldap" tree
	sed -i '/^# All mail/,$d' tree/example.ldif
	{
		person anna 5001 "{CRYPT}$HASH_anna"
		person bert 5002 "{CRYPT}$HASH_bert"
		person cleo 5003 "{CRYPT}$HASH_cleo" "accountStatus: active"
	} >people.ldif
	ETC=$(pwd)/tree "$REGRESS/lib/slapd.sh" make "$(pwd)/ldap" people.ldif \
	    "$@" >slapadd.log 2>&1 || flunk "$(cat slapadd.log)"
	printf 'service-secret\n' >secret
	chown _pop3auth secret
	chmod 600 secret
}

slapd_start()
{
	_u="ldapi://$(pwd | sed 's|/|%2f|g')%2fldapi"
	for _h in 127.0.0.1 127.0.0.2; do
		[ ! -f ldap/server.crt ] || _u="$_u ldaps://$_h:$LDAPSPORT"
	done
	"$REGRESS/lib/slapd.sh" run "$(pwd)/ldap" "$plain_url $_u" &
	echo $! >slapd.pid
	soon test -S ldapi || flunk "slapd: $(cat ldap/slapd.log)"
}

slapd_stop()
{
	_p=$(cat slapd.pid)
	kill -"${1-TERM}" "$_p"
	soon ended "$_p" || flunk "slapd is still there"
	rm -f slapd.pid ldapi
}

# fake_start MODE: fakeldap.py, on $FAKEPORT.
fake_start()
{
	rm -f fake.ready
	"$REGRESS/lib/fakeldap.py" "$FAKEPORT" "$1" >>fake.log 2>&1 &
	echo $! >fake.pid
	soon test -e fake.ready || flunk "$(cat fake.log)"
}

fake_stop()
{
	kill -KILL "$(cat fake.pid)"
	wait "$(cat fake.pid)" 2>/dev/null
	rm -f fake.pid
}

# ldap_auth URL [OPTION ...]: the auth statement.
ldap_auth()
{
	_url=$1
	shift
	echo "auth ldap {"
	echo "	url \"$_url\""
	echo "	basedn \"$BASE\""
	echo "	binddn \"cn=pop3d,$BASE\""
	echo "	bindsecret \"$(pwd)/secret\""
	for _o; do
		echo "	$_o"
	done
	echo "}"
}

denied()
{
	login_gets "$1" "$2" '-ERR \[AUTH\] .*'
}

temporary()
{
	login_gets "$1" "$2" '-ERR \[SYS/TEMP\] .*'
}

# temporary_within SECONDS
temporary_within()
{
	_begin=$(date +%s%N)
	temporary anna "$PASS_anna"
	_taken=$((($(date +%s%N) - _begin) / 1000000))
	echo "answered after $_taken ms"
	[ $_taken -le $(($1 * 1000)) ] || flunk "it took $_taken ms"
}

works()
{
	login_works "$1" || flunk "$1: $(cat talk.out)"
}

# Check that no secret is in the log.
no_secrets()
{
	for _s in "$PASS_anna" "$PASS_bert" service-secret "$HASH_anna"; do
		! grep -qF -e "$_s" log || flunk "a secret in the log: $_s"
	done
}

# all_kinds: check every kind of login, for each way to the directory.
all_kinds()
{
	works anna
	works bert
	denied anna "$PASS_bert"
	denied nobodysuch "$PASS_anna"
	logged 'login ok user=.*anna.* uid=5001' || flunk "not logged"
	no_secrets
}

# connections: how many connections slapd has accepted.
connections()
{
	grep -c ' ACCEPT ' ldap/slapd.log
}

# Whether this is a build with sanitizers, where figures mean nothing.
sanitized()
{
	grep -q __asan_init "$LIBEXEC/auth_ldap"
}
