#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# auth sqlite and auth pgsql with the example for Postfixadmin.

. "$(atf_get_srcdir)/lib/lib.sh"

# tables FILE: Postfixadmin's table of mailboxes, and the users in it.
tables()
{
	cat >"$1" <<-EOF
	CREATE TABLE mailbox (
		username varchar(255) PRIMARY KEY,
		password varchar(255) NOT NULL,
		name varchar(255) NOT NULL,
		maildir varchar(255) NOT NULL,
		quota bigint NOT NULL DEFAULT 0,
		local_part varchar(255) NOT NULL,
		domain varchar(255) NOT NULL,
		created timestamp DEFAULT CURRENT_TIMESTAMP,
		modified timestamp DEFAULT CURRENT_TIMESTAMP,
		active boolean NOT NULL DEFAULT true);
	INSERT INTO mailbox (username, password, name, maildir, local_part,
		domain) VALUES
		('anna@example.org', '$HASH_anna', 'Anna',
		'example.org/anna/', 'anna', 'example.org'),
		('anna@example.net', '{SHA512-CRYPT}$HASH_bert', 'Other Anna',
		'example.net/anna/', 'anna', 'example.net');
	INSERT INTO mailbox (username, password, name, maildir, local_part,
		domain, active) VALUES ('bert@example.org', '$HASH_bert',
		'Bert', 'example.org/bert/', 'bert', 'example.org', false);
	EOF
}

# sql_conf SED: the example as installed, adapted to this test.
sql_conf()
{
	pop3d_install
	here=$(pwd)
	for u in org/anna net/anna org/bert; do
		mkdir -p "vmail/example.$u"
	done
	AUTH=$(sed -e "s|/var/vmail|$here/vmail|" -e 's/5000/5001/' -e "$1" \
	    "$POP3D_ROOT/usr/local/share/examples/pop3d/sql/postfixadmin.conf")
	MAILBOX='mailbox mbox "%h/mbox"'
	pop3d_conf
	tables users.sql
	for u in org/anna net/anna org/bert; do
		echo "From a@b Mon Jan  5 10:00:00 2026
Subject: for $u

text
" >"vmail/example.$u/mbox"
	done
	chown -R 5001:5001 vmail
}

# Two domains have an anna each, with a mailbox of her own.
logins()
{
	for d in org net; do
		[ $d = org ] && _pw=$PASS_anna || _pw=$PASS_bert
		pop3_talk -t "$TLSPORT" <<-EOF
		S: \+OK.*
		LOGIN: anna@example.$d $_pw
		C: TOP 1 0
		M: \+OK.*
		L: Subject: for $d/anna
		C: QUIT
		S: \+OK.*
		EOF
	done
	login_gets anna@example.org "$PASS_bert" '-ERR \[AUTH\] .*'
	login_gets anna@example.com "$PASS_anna" '-ERR \[AUTH\] .*'
	login_gets "'OR'1'='1" "'OR'1'='1" '-ERR \[AUTH\] .*'
	login_gets bert@example.org "$PASS_anna" '-ERR \[AUTH\] .*'
	login_gets bert@example.org "$PASS_bert" '-ERR .*'
	unlogged "$PASS_anna" || flunk "password in the log"
}

system_test sqlite "Postfixadmin's users in SQLite"
sqlite_body()
{
	pop3d_install
	[ -x "$LIBEXEC/auth_sqlite" ] || atf_skip "built without SQLite"
	sql_conf "s|auth pgsql|auth sqlite \"$(pwd)/db/users.db\"|; /connect/d"
	mkdir db
	sqlite3 db/users.db <users.sql || flunk "sqlite3"
	chown -R _pop3auth db
	chmod -R go= db
	pop3d_start
	logins
	# Gone: nobody's password is wrong because of that.
	mv db/users.db db/away
	login_gets anna@example.org "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	logged 'db/users.db: No such file' || flunk "$(cat log)"
	mv db/away db/users.db
	logins
	pop3d_stop
}

pg_start()
{
	"$REGRESS/lib/pg.sh" "$(pwd)/pg" >pg.log 2>&1 &
	echo $! >pg.pid
	soon psql -q -h "$(pwd)/pg" -U postgres -c '' >psql.log 2>&1 ||
		flunk "PostgreSQL: $(cat pg.log psql.log pg/*.log)"
}

pg_stop()
{
	kill -QUIT "$(cat pg.pid)"
	wait "$(cat pg.pid)" || :
	rm pg.pid
}

system_test pgsql "Postfixadmin's users in PostgreSQL, which ends and is back"
pgsql_body()
{
	pop3d_install
	[ -x "$LIBEXEC/auth_pgsql" ] || atf_skip "built without PostgreSQL"
	sql_conf "s|host=/run/postgresql|host=$(pwd)/pg|
	    s/dbname=postfixadmin user=pop3d/dbname=postgres user=pop3d/
	    s/scheme bcrypt/timeout 6/"
	pg_start
	{ cat users.sql; echo 'CREATE ROLE pop3d LOGIN;
	    GRANT SELECT ON mailbox TO pop3d;'; } >all.sql
	psql -q -v ON_ERROR_STOP=1 -h "$(pwd)/pg" -U postgres -f all.sql \
	    >psql.log 2>&1 || flunk "$(cat psql.log)"
	pop3d_start
	workers=$(pids_of_role auth_pgsql)
	logins
	pg_stop
	login_gets anna@example.org "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	logged 'PostgreSQL: ' || flunk "$(cat log)"
	pg_start
	logins
	# One connection for each worker, however many logins.
	n=$(psql -At -h "$(pwd)/pg" -U postgres -c "SELECT count(*)
	    FROM pg_stat_activity WHERE application_name = 'pop3d'")
	[ "$n" -le "$(echo "$workers" | wc -l)" ] || flunk "$n connections"
	# shellcheck disable=SC2046
	kill -STOP "$(cat pg.pid)" $(ps -o pid= --ppid "$(cat pg.pid)")
	# For both routines together: for each, a worker would be killed.
	login_gets anna@example.org "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	unlogged 'missed its deadline' || flunk "$(cat log)"
	# shellcheck disable=SC2046
	kill -CONT "$(cat pg.pid)" $(ps -o pid= --ppid "$(cat pg.pid)")
	logins
	[ "$(pids_of_role auth_pgsql)" = "$workers" ] ||
		flunk "workers were killed: $(cat log)"
	pg_stop
	pop3d_stop
}

# tls_conf HOST CA: the server of the network at HOST, signed by CA.
tls_conf()
{
	sql_conf "s|host=/run/postgresql|host=$1 port=$PGPORT sslrootcert=$2|
	    s/dbname=postfixadmin user=pop3d/dbname=postgres user=pop3d/
	    s|scheme bcrypt|timeout 2, secret \"$(pwd)/secret\"|"
}

# Sessions of ours that the server has let in.
let_in()
{
	grep -c 'connection authorized: user=pop3d' pg/server.log
}

system_test pgsql_tls "PostgreSQL on the network: TLS, verified, a password"
pgsql_tls_body()
{
	pop3d_install
	[ -x "$LIBEXEC/auth_pgsql" ] || atf_skip "built without PostgreSQL"
	PGPORT=$((PORT + 6))
	export PGPORT
	mkcert server
	mkcert other
	mkdir pg
	cp server.crt server.key pg/
	chmod 644 pg/server.crt
	printf 'db-Secret-1\n' >secret
	chown _pop3auth secret
	chmod 600 secret
	tls_conf 127.0.0.1 "$(pwd)/server.crt"
	pg_start
	{ cat users.sql; echo "CREATE ROLE pop3d LOGIN PASSWORD 'db-Secret-1';
	    GRANT SELECT ON mailbox TO pop3d;"; } >all.sql
	psql -q -v ON_ERROR_STOP=1 -h "$(pwd)/pg" -U postgres -f all.sql \
	    >psql.log 2>&1 || flunk "$(cat psql.log)"
	pop3d_start
	workers=$(pids_of_role auth_pgsql)
	logins
	grep -q 'user=pop3d .*SSL enabled' pg/server.log ||
		flunk "no TLS: $(cat pg/server.log)"
	# It stands still in the middle of a session, ends, is back.
	# shellcheck disable=SC2046
	kill -STOP "$(cat pg.pid)" $(ps -o pid= --ppid "$(cat pg.pid)")
	login_gets anna@example.org "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	# shellcheck disable=SC2046
	kill -CONT "$(cat pg.pid)" $(ps -o pid= --ppid "$(cat pg.pid)")
	pg_stop
	login_gets anna@example.org "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	pg_start
	logins
	[ "$(pids_of_role auth_pgsql)" = "$workers" ] ||
		flunk "workers were killed: $(cat log)"
	pop3d_stop
	seen=$(let_in)
	# Another host's certificate; one that is signed by nobody we trust.
	tls_conf 127.0.0.2 "$(pwd)/server.crt"
	pop3d_start
	login_gets anna@example.org "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	logged 'PostgreSQL: .*certificate .*does not match' ||
		flunk "$(cat log)"
	pop3d_stop
	tls_conf 127.0.0.1 "$(pwd)/other.crt"
	pop3d_start
	login_gets anna@example.org "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	logged 'PostgreSQL: .*certificate verify failed' || flunk "$(cat log)"
	pop3d_stop
	# The role's password is wrong; that is not the user's fault.
	printf 'wrong\n' >secret
	tls_conf 127.0.0.1 "$(pwd)/server.crt"
	pop3d_start
	login_gets anna@example.org "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	logged 'PostgreSQL: .*password authentication failed' ||
		flunk "$(cat log)"
	pop3d_stop
	[ "$(let_in)" = "$seen" ] || flunk "somebody was let in"
	unlogged 'db-Secret-1' || flunk "the secret is in the log"
	pg_stop
}
