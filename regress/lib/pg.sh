#!/bin/sh
# SPDX-License-Identifier: ISC
# pg.sh DIR: run a PostgreSQL server of its own, as the account postgres, with
# its data and its socket in DIR, which it makes.  If PGPORT is set, it also
# listens on that port of loopback, which with DIR/server.crt and .key speaks
# only TLS and requires passwords.  Execs the server, which ends when the
# process that started it does.

set -eu
dir=$1
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
as="setpriv --reuid postgres --regid postgres --clear-groups"
mkdir -p "$dir"
chown postgres "$dir"
cd "$dir"
[ -d data ] || $as "$bin/initdb" -D data -A trust -E UTF8 --locale=C \
    -U postgres --no-sync >initdb.log 2>&1 || {
	cat initdb.log >&2
	exit 1
}
tls=off
if [ -f server.crt ]; then
	tls=on
	chown postgres server.key
	printf '%s\n' 'local all all trust' \
	    'hostssl all all 127.0.0.0/8 scram-sha-256' >data/pg_hba.conf
fi
exec $as --pdeathsig QUIT "$bin/postgres" -D data -k "$dir" -F \
    -c listen_addresses="${PGPORT:+127.0.0.1,127.0.0.2}" \
    -p "${PGPORT:-5432}" -c ssl=$tls -c ssl_cert_file="$dir/server.crt" \
    -c ssl_key_file="$dir/server.key" -c log_connections=on \
    -c shared_buffers=2MB -c max_connections=20 -c autovacuum=off \
    -c max_wal_senders=0 -c wal_level=minimal >server.log 2>&1
