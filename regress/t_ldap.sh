#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Users in LDAP directories: Debian's slapd, and servers that are dead, slow or
# hostile.

. "$(atf_get_srcdir)/lib/lib.sh"
. "$(atf_get_srcdir)/lib/ldap.sh"

ldap_test plain "a directory on the network: one connection for each worker"
plain_body()
{
	slapd_make
	slapd_start
	AUTH=$(ldap_auth "$plain_url")
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start -v
	all_kinds
	workers=$(pids_of_role auth_ldap)
	for _i in 1 2 3 4 5 6 7 8 9 10; do
		works anna
	done
	[ "$(connections)" -le 2 ] || flunk "$(connections) connections"
	[ "$(pids_of_role auth_ldap)" = "$workers" ] || flunk "workers died"
	# The service bind, and nobody else's.
	! grep ' BIND ' ldap/slapd.log | grep -v "cn=pop3d,$BASE" ||
		flunk "binds without rebind"
	pop3d_stop
	slapd_stop
}

ldap_test starttls "StartTLS, verified"
starttls_body()
{
	slapd_make
	slapd_start
	AUTH=$(ldap_auth "$plain_url" 'starttls yes' "ca \"$(pwd)/server.crt\"")
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	all_kinds
	pop3d_stop
	grep -q ' TLS established' ldap/slapd.log || flunk "no TLS at all"
	no_clear_bind
	# libldap takes these, too: each is refused, or it is secured.
	for _url in "URL:$plain_url" "<$plain_url>" "<URL:$plain_url>" \
	    "ldap://127.0.0.1:$LDAPPORT/????bindname=x" \
	    "LDAP://127.0.0.1:$LDAPPORT"; do
		AUTH=$(ldap_auth "$_url" 'starttls yes' \
		    "ca \"$(pwd)/server.crt\"")
		pop3d_conf
		if "$POP3D" -n -f pop3d.conf -L "$LIBEXEC" >out 2>&1; then
			pop3d_start
			works anna
			pop3d_stop
		else
			grep -q 'option url: ' out || flunk "$(cat out)"
			[ "$_url" != "LDAP://127.0.0.1:$LDAPPORT" ] ||
				flunk "refused: $_url"
		fi
		no_clear_bind
	done
	slapd_stop
}

# no_clear_bind: the server has seen none outside of TLS.
no_clear_bind()
{
	! grep ' BIND .*[^_]ssf=0' ldap/slapd.log ||
		flunk "a bind without TLS: ${_url-}"
}

ldap_test ldaps "TLS from the start; a certificate that does not fit"
ldaps_body()
{
	slapd_make
	slapd_start
	AUTH=$(ldap_auth "ldaps://127.0.0.1:$LDAPSPORT" \
	    "ca \"$(pwd)/server.crt\"")
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	all_kinds
	pop3d_stop
	seen=$(grep -c ' BIND ' ldap/slapd.log)
	# Signed by nobody whom we trust.
	mkcert other
	AUTH=$(ldap_auth "ldaps://127.0.0.1:$LDAPSPORT" \
	    "ca \"$(pwd)/other.crt\"")
	pop3d_conf
	pop3d_start
	temporary_within 50
	logged 'ldaps://127.0.0.1:.*certificate has to be this.*other.crt' ||
		flunk "not logged"
	pop3d_stop
	# Another host's.
	AUTH=$(ldap_auth "ldaps://127.0.0.2:$LDAPSPORT" \
	    "ca \"$(pwd)/server.crt\"")
	pop3d_conf
	pop3d_start
	temporary_within 50
	logged 'ldaps://127.0.0.2:.*certificate has to be this host' ||
		flunk "not logged"
	pop3d_stop
	[ "$(grep -c ' BIND ' ldap/slapd.log)" = "$seen" ] ||
		flunk "the secret was sent to a stranger"
	slapd_stop
}

ldap_test nostarttls "a server without TLS gets no password"
nostarttls_body()
{
	slapd_make
	rm ldap/server.crt
	rm -r ldap/conf ldap/db
	ETC=$(pwd)/tree "$REGRESS/lib/slapd.sh" make "$(pwd)/ldap" people.ldif ||
		flunk "slapadd"
	slapd_start
	AUTH=$(ldap_auth "$plain_url" 'starttls yes' "ca \"$(pwd)/server.crt\"")
	pop3d_conf
	pop3d_start
	temporary_within 50
	! grep -q ' BIND ' ldap/slapd.log || flunk "a bind without TLS"
	logged "$plain_url: no StartTLS" || flunk "not logged"
	pop3d_stop
	slapd_stop
}

ldap_test ldapi "a socket of this machine"
ldapi_body()
{
	slapd_make
	slapd_start
	AUTH=$(ldap_auth "ldapi://$(pwd | sed 's|/|%2f|g')%2fldapi")
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	all_kinds
	pop3d_stop
	slapd_stop
}

ldap_test rebind "the server checks the password"
rebind_body()
{
	slapd_make
	slapd_start
	AUTH=$(ldap_auth "ldaps://127.0.0.1:$LDAPSPORT" 'rebind yes' \
	    "ca \"$(pwd)/server.crt\"")
	pop3d_conf
	mkmbox anna
	mkmbox bert
	pop3d_start
	all_kinds
	for _i in 1 2 3 4 5; do
		works anna
	done
	[ "$(connections)" -le 4 ] || flunk "$(connections) connections"
	! grep -q 'SRCH attr=.*userPassword' ldap/slapd.log ||
		flunk "the stored password was asked for"
	! grep -q ' BIND dn=""' ldap/slapd.log || flunk "an empty bind"
	pop3d_stop
	slapd_stop
}

ldap_test empty "an empty password is no bind, nor one of 4 KB"
empty_body()
{
	slapd_make
	slapd_start
	AUTH=$(ldap_auth "$plain_url" 'rebind yes')
	pop3d_conf
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	RAW: PASS \r\n
	S: -ERR .*
	RAW: PASS\r\n
	S: -ERR .*
	C: USER anna
	S: .*
	RAW: PASS \0\r\n
	S: -ERR .*
	C: QUIT
	S: \+OK.*
	EOF
	# As long as a line may be; longer; beyond any line.
	for _n in 248 249 4000; do
		pop3_talk -t "$TLSPORT" <<-EOF
		S: \+OK.*
		C: USER nobodysuch
		S: \+OK.*
		C: PASS $(printf "%0${_n}d" 0)
		S: -ERR .*
		C: NOOP
		S: -ERR .*
		C: QUIT
		S: \+OK.*
		EOF
	done
	! grep -q ' BIND dn="uid=anna' ldap/slapd.log || flunk "it was sent"
	grep -q ' BIND dn="uid=nobodysuch' ldap/slapd.log ||
		flunk "nothing was sent at all"
	pop3d_stop
	slapd_stop
}

ldap_test status "closed accounts, with the right password"
status_body()
{
	{
		for _s in noaccess nopop Disabled deleted; do
			person "u-$_s" 5001 '{PLAIN}pw' "accountStatus: $_s"
		done
		person u-weird 5001 '{PLAIN}pw' "accountStatus: sleeping"
	} >more.ldif
	slapd_make more.ldif
	slapd_start
	AUTH=$(ldap_auth "$plain_url")
	pop3d_conf
	pop3d_start
	for _s in noaccess nopop Disabled deleted; do
		denied "u-$_s" pw
		cp talk.out closed.out
		logged "login failed user=.*u-$_s.*code=disabled" ||
			flunk "$_s: $(cat log)"
		denied "u-$_s" wrong
		logged "login failed user=.*u-$_s.*code=credentials" ||
			flunk "$_s: $(cat log)"
	done
	login_gets u-weird pw '-ERR \[SYS/PERM\] .*'
	logged 'uid=u-weird.*accountStatus is a word that is not known' ||
		flunk "$(cat log)"
	denied u-weird wrong
	pop3d_stop
	slapd_stop
}

ldap_test mailhost "mailHost: users served here, and users of other hosts"
mailhost_body()
{
	{
		person here 5001 '{PLAIN}pw' 'mailHost: MX1.example.org'
		person alias 5001 '{PLAIN}pw' 'mailHost: pop.example.org'
		person away 5001 '{PLAIN}pw' 'mailHost: mx2.example.org'
	} >more.ldif
	slapd_make more.ldif
	slapd_start
	AUTH=$(ldap_auth "$plain_url")
	pop3d_conf 'hostname mx1.example.org' 'cluster-hosts pop.example.org'
	mkmbox anna
	cp -p mail/anna mail/here
	cp -p mail/anna mail/alias
	pop3d_start
	for _u in here alias; do
		"$POP3" -t check "$TLSPORT" $_u pw >out 2>&1 ||
			flunk "$_u: $(cat out)"
	done
	works anna
	login_gets away pw '-ERR \[SYS/PERM\] .* another server'
	logged 'user=.*away.* code=elsewhere reason=.*: mx2.example.org' ||
		flunk "not logged"
	denied away wrong
	pop3d_stop
	# As qmail-ldap with ldapcluster 0.
	cp -p mail/anna mail/away
	AUTH=$(ldap_auth "$plain_url" 'host-attribute ""')
	pop3d_conf 'hostname mx1.example.org'
	pop3d_start
	"$POP3" -t check "$TLSPORT" away pw >out 2>&1 || flunk "$(cat out)"
	pop3d_stop
	slapd_stop
}

# example_auth N: print the Nth "auth ldap" among the examples of pop3d.conf,
# adapted to this test.
example_auth()
{
	awk -v n="$1" '/^#auth ldap/ { i++ } i == n { print }
	    i == n && /^#}/ { exit }' "$_share/pop3d.conf" |
	    sed -e 's/^#//' -e "s|url .*|url \"$2\"|" \
	    -e "s|/var/vmail|$(pwd)/vmail|" -e 's/5000/5001/' \
	    -e "s|bindsecret .*|bindsecret \"$(pwd)/secret\"|" \
	    -e "s|starttls yes|starttls yes, ca \"$(pwd)/server.crt\"|"
}

# All that is installed: the schema, the entries, the configuration.
ldap_test example "the examples, as they are installed, in a real directory"
example_body()
{
	pop3d_install
	_share=$POP3D_ROOT/usr/local/share/examples/pop3d
	{
		person dora 5003 "{CRYPT}$HASH_cleo" |
		    sed 's/^dn:.*/dn: uid=dora,dc=example,dc=org/; /^qmail/d
		    s/^objectClass: qmailUser/objectClass: posixAccount/; /^$/d'
		printf 'uidNumber: 5003\ngidNumber: 5003\n'
		printf 'homeDirectory: /nonexistent\n'
	} >posix.ldif
	mkcert server
	mkdir ldap
	cp server.crt server.key ldap/
	cp -R "$_share/ldap" tree
	# As its text says: passwords take the place of the stars.
	sed -i -e "/^uid: anna/,/^$/s|{CRYPT}\\*|{CRYPT}$HASH_anna|" \
	    -e "/^uid: bert/,/^$/s|{CRYPT}\\*|{CRYPT}$HASH_bert|" \
	    -e "/^uid: cleo/,/^$/s|{CRYPT}\\*|{CRYPT}$HASH_cleo|" \
	    -e "s|/var/vmail|$(pwd)/vmail|" tree/example.ldif
	ETC=$(pwd)/tree "$REGRESS/lib/slapd.sh" make "$(pwd)/ldap" posix.ldif \
	    >slapadd.log 2>&1 || flunk "$(cat slapadd.log)"
	printf 'service-secret\n' >secret
	chown _pop3auth secret
	chmod 600 secret
	slapd_start
	AUTH=$(example_auth 1 "$plain_url")
	MAILBOX='mailbox mbox "%h/mbox"'
	pop3d_conf
	for _u in anna bert; do
		mkmbox $_u
		mkdir -p vmail/$_u
		mv mail/$_u vmail/$_u/mbox
		chown -R $_u:$_u vmail/$_u
	done
	pop3d_start
	for _u in anna bert; do
		eval "_pw=\$PASS_$_u"
		"$POP3" -t check "$TLSPORT" $_u "$_pw" >out 2>&1 ||
			flunk "$(cat out log)"
	done
	logged 'ok user="bert" .* quota=104857600 quota-messages=10000' ||
		flunk "$(cat log)"
	login_gets cleo "$PASS_cleo" '-ERR \[AUTH\] account is closed'
	pop3d_stop
	# The other one, over TLS, with a bind as the user.
	AUTH=$(example_auth 2 "$plain_url")
	MAILBOX=
	# Nobody may search in the test's directory but the service.
	AUTH=$(echo "$AUTH" | sed "s|^}|	binddn \"cn=pop3d,$BASE\"\\
	bindsecret \"$(pwd)/secret\"\\
}|")
	pop3d_conf
	mkmbox cleo
	mv mail/cleo mail/dora
	pop3d_start
	"$POP3" -t check "$TLSPORT" dora "$PASS_cleo" >out 2>&1 ||
		flunk "$(cat out log)"
	logged 'ok user="dora" .* uid=5003' || flunk "$(cat log)"
	denied anna "$PASS_anna"
	pop3d_stop
	slapd_stop
}

# bad_entry NAME REGEX: the user's entry cannot be used; the log has the reason.
bad_entry()
{
	login_gets "$1" pw '-ERR \[SYS/PERM\] .*'
	logged "$2" || flunk "$1: not logged: $2"
	denied "$1" wrong
}

ldap_test entries "entries that make no sense"
entries_body()
{
	{
		# Another attribute where qmail-ldap has numbers.
		person ok 5001 '{PLAIN}pw' 'employeeNumber: 5001' \
		    'homeDirectory: /home/ok'
		person nonumber 5001 '{PLAIN}pw' 'employeeNumber: 12x'
		person minus 5001 '{PLAIN}pw' 'employeeNumber: -1'
		person zero 5001 '{PLAIN}pw' 'employeeNumber: 0'
		person large 5001 '{PLAIN}pw' 'employeeNumber: 4294967296'
		person none 5001 '{PLAIN}pw'
		person relative 5001 '{PLAIN}pw' 'employeeNumber: 5001' \
		    'homeDirectory: home/x'
		person dots 5001 '{PLAIN}pw' 'employeeNumber: 5001' \
		    'homeDirectory: /home/../root'
		person outside 5001 '{PLAIN}pw' 'employeeNumber: 5001' \
		    'homeDirectory: /homer'
		person store 5001 '{PLAIN}pw' 'employeeNumber: 5001' \
		    'mailMessageStore: ../x'
		person several 5001 '{PLAIN}pw' 'employeeNumber: 5001' \
		    'departmentNumber: 1' 'departmentNumber: 2'
		person hash 5001 '{WHAT}pw' 'employeeNumber: 5001'
		person hashes 5001 "$(printf \
		    '{WHAT}pw\nuserPassword: {PLAIN}pw')" 'employeeNumber: 5001'
		person root 1 '{PLAIN}pw' 'employeeNumber: 1'
		person 5001 5001 '{PLAIN}pw' 'employeeNumber: 5001' |
		    sed 's/^uid: .*/uid: twice/'
		person 5002 5001 '{PLAIN}pw' 'employeeNumber: 5001' |
		    sed 's/^uid: .*/uid: twice/'
		echo "dn: uid=elsewhere,ou=people,$BASE"
		echo "objectClass: referral"
		echo "objectClass: extensibleObject"
		echo "uid: elsewhere"
		echo "ref: ldap://127.0.0.1:$FAKEPORT/uid=elsewhere,o=x"
	} >more.ldif
	# Those entries have the name in the DN as well.
	sed -i '/^dn: uid=500[12],/{s/uid=/cn=/;s/$//;}
	    s/^cn: 500\([12]\)$/cn: 500\1/' more.ldif
	slapd_make more.ldif
	slapd_start
	AUTH=$(ldap_auth "$plain_url" 'uid-attribute employeeNumber' \
	    'home-prefix /home/' 'host-attribute departmentNumber')
	pop3d_conf
	mkmbox anna
	cp -p mail/anna mail/ok
	cp -p mail/anna mail/hashes
	pop3d_start
	for _u in ok hashes; do
		"$POP3" -t check "$TLSPORT" $_u pw >out 2>&1 ||
			flunk "$(cat out)"
	done
	bad_entry nonumber 'uid=nonumber.*employeeNumber is not a number'
	bad_entry minus 'uid=minus.*employeeNumber is not a number'
	bad_entry zero 'uid=zero.*employeeNumber is not a number'
	bad_entry large 'uid=large.*employeeNumber is not a number'
	bad_entry none 'uid=none.*: no employeeNumber, and none as an option'
	bad_entry relative 'uid=relative.*homeDirectory is not an absolute'
	bad_entry dots 'uid=dots.*homeDirectory is not an absolute'
	bad_entry outside 'uid=outside.*homeDirectory is not below'
	bad_entry store 'uid=store.*mailMessageStore is not an absolute'
	bad_entry several 'uid=several.*departmentNumber has more than one'
	# Nothing reveals that there is such a user.
	denied hash pw
	logged 'uid=hash.*userPassword is of a kind' || flunk "$(cat log)"
	denied twice pw
	logged 'more than one entry for user twice' || flunk "$(cat log)"
	denied elsewhere pw
	logged 'refers to another server, which' ||
		flunk "$(cat log)"
	login_gets root pw '-ERR \[SYS/PERM\] .*'
	denied Ok pw
	pop3d_stop
	slapd_stop
}

ldap_test names "names with all that means something to a filter or a name"
names_body()
{
	{
		printf '%s,ou=people,%s\n' \
		    'dn: uid=a\2a\28b\29\5c\2c\2b\22\3c\3e\3b\3d#%' "$BASE"
		person x 5001 '{PLAIN}pw' |
		    sed '/^dn:/d; s/^uid: x/uid: a*(b)\\,+"<>;=#%/'
	} >more.ldif
	slapd_make more.ldif
	slapd_start
	for _r in no yes; do
		AUTH=$(ldap_auth "$plain_url" "rebind $_r")
		pop3d_conf
		mkmbox anna
		cp -p mail/anna 'mail/a*(b)\,+"<>;=#%'
		pop3d_start
		"$POP3" -t check "$TLSPORT" 'a*(b)\,+"<>;=#%' pw >out 2>&1 ||
			[ $_r = yes ] || flunk "$(cat out log)"
		for _n in '*' 'ann*' 'anna)(uid=*' '*)(uid=anna' '(uid=anna)' \
		    'anna\00' 'anna\2a' 'an\6ea' '%u' '%s%n' 'anna,ou=people' \
		    'anna+cn=x' 'uid=anna' '#anna' 'anna;' '"anna"' '\' '\2' \
		    'anna:' 'ANNA' 'anna@example.org' 'a&b' '|' '!(uid=x)'; do
			denied "$_n" "$PASS_anna"
		done
		works anna
		pop3d_stop
	done
	slapd_stop
}

ldap_test templates "basedn and filter for each domain; exact no"
templates_body()
{
	{
		echo "dn: ou=a.example,$BASE"
		echo "objectClass: organizationalUnit"
		echo "ou: a.example"
		echo
		person who 5001 '{PLAIN}pw' "mail: who@a.example" |
		    sed 's/ou=people/ou=a.example/; /^mail: some/d'
	} >more.ldif
	slapd_make more.ldif
	slapd_start
	AUTH=$(ldap_auth "$plain_url" 'exact no' 'scope one' \
	    'filter "(&(objectClass=qmailUser)(uid=%n))"' |
	    sed "s/basedn.*/basedn \"ou=%d,$BASE\"/")
	pop3d_conf
	mkmbox anna
	cp -p mail/anna mail/who@a.example
	pop3d_start
	"$POP3" -t check "$TLSPORT" who@a.example pw >out 2>&1 ||
		flunk "$(cat out)"
	denied who@b.example pw
	denied who pw
	denied 'who@a.example,dc=example' pw
	denied 'who@people,dc=example,dc=org' pw
	denied 'anna@a.example' "$PASS_anna"
	pop3d_stop
	slapd_stop
}

# others_unhurt N: users of the file log in as if nothing were wrong.  The
# fastest of N logins counts, because the machine may be busy.
others_unhurt()
{
	_best=999999 _i=0
	# More of them while a busy machine makes them slow.
	until [ $_i -ge "$1" ] && { [ $_best -lt 5000 ] || [ $_i -ge 10 ]; }; do
		_i=$((_i + 1))
		_begin=$(date +%s%N)
		works bert
		_taken=$((($(date +%s%N) - _begin) / 1000000))
		[ $_taken -gt $_best ] || _best=$_taken
	done
	echo "others: $_best ms"
	[ $_best -lt 5000 ] || flunk "bert waits for $_best ms"
}

# others_first: while anna waits for the directory, bert logs in and leaves.
others_first()
{
	rm -f asked answered
	"$POP3" -t talk "$TLSPORT" >anna.out 2>&1 <<-EOF &
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	RUN: touch asked
	C: PASS $PASS_anna
	S: -ERR \[SYS/TEMP\] .*
	RUN: touch answered
	C: QUIT
	S: \+OK.*
	EOF
	_anna=$!
	soon test -e asked || flunk "anna: $(cat anna.out)"
	works bert
	[ ! -e answered ] || flunk "bert was served after anna"
	wait $_anna || flunk "anna: $(cat anna.out)"
}

# file_first: bert is in a file, which is asked before the directory.
file_first()
{
	pop3d_conf
	grep ^bert users >few
	chown root:_pop3auth few
	chmod 640 few
	mkmbox anna
	mkmbox bert
}

ldap_test killed "slapd dies, and comes back"
killed_body()
{
	slapd_make
	slapd_start
	AUTH="auth file \"$(pwd)/few\"
$(ldap_auth "$plain_url")"
	file_first
	pop3d_start
	works anna
	workers=$(pids_of_role auth_ldap)
	slapd_stop KILL
	temporary_within 50
	others_unhurt 5
	temporary_within 50
	logged "$plain_url: .*left alone" || flunk "not logged"
	slapd_start
	soon login_works anna || sleep 10
	works anna
	logged "$plain_url: answers again" || flunk "not logged"
	# A connection that was lost while nobody needed it costs no login.
	slapd_stop
	slapd_start
	works anna
	works anna
	works anna
	[ "$(pids_of_role auth_ldap)" = "$workers" ] || flunk "workers died"
	pop3d_stop
	slapd_stop
}

# The directory is back: logins work, once it is not left alone any more.
recovers()
{
	_i=0
	until login_works anna; do
		_i=$((_i + 1))
		[ $_i -lt 60 ] || flunk "it does not recover: $(cat talk.out)"
		sleep 0.5
	done
}

ldap_test stalled "slapd stops in its tracks" 180
stalled_body()
{
	slapd_make
	slapd_start
	AUTH="auth file \"$(pwd)/few\"
$(ldap_auth "$plain_url" 'workers 1' 'server-timeout 5')"
	file_first
	pop3d_start
	works anna
	workers=$(pids_of_role auth_ldap)
	kill -STOP "$(cat slapd.pid)"
	others_first
	logged "$plain_url: no answer in time; left alone for" ||
		flunk "nobody left it alone"
	# While it is left alone nobody waits for it.
	temporary_within 50
	logged 'no LDAP server works; the next try is in' ||
		flunk "asked again at once"
	others_unhurt 5
	kill -CONT "$(cat slapd.pid)"
	recovers
	[ "$(pids_of_role auth_ldap)" = "$workers" ] || flunk "workers died"
	pop3d_stop
	slapd_stop
}

# On the way to it there is TLS, which has waits of its own.
ldap_test stalled_tls "slapd stops or dies: StartTLS, ldaps and rebind" 300
stalled_tls_body()
{
	slapd_make
	for _way in "ldaps://127.0.0.1:$LDAPSPORT" "$plain_url"; do
		_o='rebind yes'
		[ "$_way" != "$plain_url" ] || _o='starttls yes'
		slapd_start
		AUTH="auth file \"$(pwd)/few\"
$(ldap_auth "$_way" 'workers 1' "ca \"$(pwd)/server.crt\"" "$_o")"
		file_first
		pop3d_start
		workers=$(pids_of_role auth_ldap)
		# Before anything of TLS is sent.
		kill -STOP "$(cat slapd.pid)"
		temporary_within 50
		others_unhurt 3
		kill -CONT "$(cat slapd.pid)"
		recovers
		# With a connection that has worked.
		kill -STOP "$(cat slapd.pid)"
		temporary_within 50
		others_unhurt 3
		kill -CONT "$(cat slapd.pid)"
		recovers
		slapd_stop KILL
		temporary_within 50
		others_unhurt 3
		slapd_start
		recovers
		[ "$(pids_of_role auth_ldap)" = "$workers" ] ||
			flunk "workers died"
		pop3d_stop
		slapd_stop
	done
}

ldap_test hostname "servers by name, one of which nobody knows"
hostname_body()
{
	slapd_make
	slapd_start
	AUTH=$(ldap_auth "ldap://nowhere.invalid:$LDAPPORT \
ldap://localhost:$LDAPPORT" 'workers 1')
	pop3d_conf
	mkmbox anna
	pop3d_start
	works anna
	logged 'ldap://nowhere.invalid:.*left alone' || flunk "not logged"
	pop3d_stop
}

ldap_test failover "the first server is dead or mute: the next one is asked"
failover_body()
{
	slapd_make
	slapd_start
	AUTH=$(ldap_auth "ldap://127.0.0.1:$FAKEPORT $plain_url" 'workers 1')
	pop3d_conf
	mkmbox anna
	pop3d_start
	works anna
	logged "ldap://127.0.0.1:$FAKEPORT: .*left alone" || flunk "not logged"
	pop3d_stop
	fake_start bind-mute
	pop3d_start
	works anna
	_asked=$(grep -c '^connection' fake.log)
	[ "$_asked" -gt 0 ] || flunk "the mute one was not asked"
	works anna
	[ "$(grep -c '^connection' fake.log)" = "$_asked" ] ||
		flunk "the mute one was asked again"
	pop3d_stop
	fake_stop
	# It works until it does not.
	AUTH=$(ldap_auth "$plain_url ldap://127.0.0.1:$FAKEPORT" 'workers 1')
	pop3d_conf
	fake_start good
	pop3d_start
	works anna
	slapd_stop KILL
	works anna
	pop3d_stop
	fake_stop
}

# survives MODE: with such a server the login fails in time, that is logged, and
# other users are not affected.
survives()
{
	echo "$1:"
	fake_start "$1"
	: >log
	pop3d_start
	main=$(cat pid)
	_p=$(pids_of_role auth_ldap)
	case $1 in
	# An entry that is none: nobody hears that there is one.
	deep|nodn)
		denied anna "$PASS_anna" ;;
	*)
		temporary_within 50 ;;
	esac
	others_unhurt 2
	kill -0 "$main" || flunk "$1: authd is gone"
	[ "$(pids_of_role auth_ldap)" = "$_p" ] || flunk "$1: it died"
	_kb=$(status "$_p" VmHWM | sed 's/ kB//')
	[ "$_kb" -lt 100000 ] || sanitized || flunk "$1: $_kb kB of memory"
	logged "ldaps?://127.0.0.1:$FAKEPORT|uid=anna|user anna" ||
		flunk "$1: not logged: $(cat log)"
	unlogged 'missed its deadline' || flunk "$1: deadline"
	no_secrets
	pop3d_stop
	fake_stop
}

ldap_test hostile "servers that answer nonsense, or endlessly" 300
hostile_body()
{
	printf 'x\n' >secret
	chown _pop3auth secret
	chmod 600 secret
	AUTH="auth file \"$(pwd)/few\"
$(ldap_auth "ldap://127.0.0.1:$FAKEPORT" 'workers 1')"
	file_first
	fake_start good
	pop3d_start
	works anna
	pop3d_stop
	fake_stop
	for _m in garbage endless unrelated references huge deep half head-6 \
	    trickle mute closes notice busy referral negative nodn values \
	    bind-garbage bind-endless bind-huge bind-half bind-referral; do
		survives "$_m"
	done
}

ldap_test hostile_tls "servers that begin TLS with nonsense, or never" 300
hostile_tls_body()
{
	printf 'x\n' >secret
	chown _pop3auth secret
	chmod 600 secret
	mkcert server
	AUTH="auth file \"$(pwd)/few\"
$(ldap_auth "ldaps://127.0.0.1:$FAKEPORT" 'workers 1' \
	    "ca \"$(pwd)/server.crt\"")"
	file_first
	for _m in mute trickle endless alerts garbage closes; do
		survives "tls-$_m"
	done
}

# wrong_option REGEX OPTION ...: pop3d does not start, and reports REGEX.
wrong_option()
{
	_r=$1
	shift
	AUTH=$(ldap_auth "${URL-$plain_url}" "$@")
	pop3d_conf
	timeout 200 "$POP3D" -d -f pop3d.conf -L "$LIBEXEC" >out.raw 2>&1
	_rc=$?
	tr -d '"' <out.raw >out
	[ $_rc -eq 1 ] || flunk "$*: exit $_rc: $(cat out)"
	grep -Eq "$_r" out || flunk "$*: $(cat out)"
}

ldap_test options "options that are wrong are named at the start"
options_body()
{
	printf 'x\n' >secret
	chown _pop3auth secret
	chmod 600 secret
	wrong_option 'option rebind: .*not yes or no' 'rebind maybe'
	wrong_option 'option nonsense: auth_ldap has no such' 'nonsense 1'
	wrong_option 'option scope: .*none of base' 'scope tree'
	wrong_option 'option timeout: .*seconds' 'timeout 0'
	wrong_option 'option server-timeout is more' 'server-timeout 20'
	wrong_option 'timeout 30 .*deadline 10' 'timeout 30'
	wrong_option 'option uid: ' 'uid 0'
	wrong_option 'option uid-attribute: ' 'uid-attribute "a)(b"'
	wrong_option 'option login-attribute is empty' 'login-attribute ""'
	wrong_option 'option filter: .*parentheses' 'filter "uid=%u"'
	wrong_option 'option filter: .*parentheses' 'filter "(uid=%u)(a=b)"'
	wrong_option 'option filter: .*%' 'filter "(uid=%x)"'
	wrong_option 'option filter: .*same for all' 'filter "(uid=anna)"'
	wrong_option 'option objectclass does not go with' \
	    'objectclass person' 'filter "(uid=%u)"'
	wrong_option 'option home: ' 'home "/a/%x"'
	wrong_option 'option home-prefix: ' 'home-prefix "a/b"'
	wrong_option 'option bindsecret: .*No such file' 'bindsecret "/nosuch"'
	wrong_option 'option bindsecret: .*mode 0600' \
	    "bindsecret \"$(pwd)/server.crt\""
	wrong_option 'option binddn: .*distinguished' 'binddn "nonsense"'
	wrong_option 'option basedn: .*distinguished' 'basedn "nonsense"'
	wrong_option 'option ca: ' 'starttls yes' 'ca "/nosuch"'
	wrong_option 'option ca: ' 'starttls yes' 'ca "/etc/passwd"'
	URL=http://127.0.0.1
	wrong_option 'option url: .*http://127.0.0.1' 'rebind no'
	URL=ldap://127.0.0.1/dc=x
	wrong_option 'option url: .*says more than' 'rebind no'
	URL='ldap://127.0.0.1 ldap:///'
	wrong_option 'option url: .*names no host' 'rebind no'
	for URL in URL:ldap://127.0.0.1 '<ldap://127.0.0.1>' \
	    '<URL:ldaps://127.0.0.1>'; do
		wrong_option 'option url: .*not written plainly' 'rebind no'
	done
	URL='ldap://127.0.0.1/????x=1'
	wrong_option 'option url: .*says more than' 'rebind no'
	URL=ldaps://127.0.0.1
	wrong_option 'option url: .*TLS from the start' 'starttls yes'
	unset URL
	chmod 644 secret
	wrong_option 'option bindsecret: .*mode 0600' 'rebind no'
}
