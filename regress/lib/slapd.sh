#!/bin/sh
# SPDX-License-Identifier: ISC
# slapd.sh make DIR [LDIF ...]: make an LDAP directory for the tests, with the
# schema and the entries in etc/ldap (or in $ETC) and those of the LDIF files.
# $GLOBAL, if set, is a line for cn=config.
# slapd.sh run DIR URLS: serve it in the foreground, as this process.
#
# Everything is in DIR; no service of the machine is started or stopped.
# DIR/server.crt and .key, if there, are its certificate and key.
#
# Its manager is cn=admin,dc=example,dc=org, password "admin-secret"; pop3d
# binds as cn=pop3d,dc=example,dc=org, password "service-secret".

set -eu
PATH=$PATH:/usr/sbin:/sbin
etc=${ETC:-$(cd "$(dirname "$0")/../../etc/ldap" && pwd)}

config()
{
	cat <<-END
	dn: cn=config
	objectClass: olcGlobal
	cn: config
	olcThreads: 4
	END
	[ -z "${GLOBAL-}" ] || echo "$GLOBAL"
	[ ! -f "$dir/server.crt" ] || cat <<-END
	olcTLSCACertificateFile: $dir/server.crt
	olcTLSCertificateFile: $dir/server.crt
	olcTLSCertificateKeyFile: $dir/server.key
	END
	cat <<-END

	dn: cn=module,cn=config
	objectClass: olcModuleList
	cn: module
	olcModulePath: $modules
	olcModuleLoad: back_mdb

	dn: cn=schema,cn=config
	objectClass: olcSchemaConfig
	cn: schema

	include: file:///etc/ldap/schema/core.ldif
	include: file:///etc/ldap/schema/cosine.ldif
	include: file:///etc/ldap/schema/nis.ldif
	include: file:///etc/ldap/schema/inetorgperson.ldif
	include: file://$dir/qmail.ldif

	dn: olcDatabase={-1}frontend,cn=config
	objectClass: olcDatabaseConfig
	objectClass: olcFrontendConfig
	olcDatabase: {-1}frontend
	olcSizeLimit: 1500
	olcPasswordHash: {SSHA}

	dn: olcDatabase={0}config,cn=config
	objectClass: olcDatabaseConfig
	olcDatabase: {0}config
	olcRootPW: admin-secret

	dn: olcDatabase={1}mdb,cn=config
	objectClass: olcDatabaseConfig
	objectClass: olcMdbConfig
	olcDatabase: {1}mdb
	olcSuffix: dc=example,dc=org
	olcRootDN: cn=admin,dc=example,dc=org
	olcRootPW: admin-secret
	olcDbDirectory: $dir/db
	olcDbMaxSize: 67108864
	olcDbNoSync: TRUE
	olcDbIndex: objectClass eq
	olcDbIndex: uid eq
	olcLimits: dn.exact="cn=pop3d,dc=example,dc=org" size.prtotal=unlimited
	olcAccess: to attrs=userPassword
	  by dn.exact="cn=pop3d,dc=example,dc=org" write
	  by self write by anonymous auth by * none
	olcAccess: to *
	  by dn.exact="cn=pop3d,dc=example,dc=org" read
	  by self read by * none
	END
}

dir=$2
case $1 in
make)
	shift 2
	for m in /usr/lib/ldap /usr/local/libexec/openldap; do
		[ ! -e $m/back_mdb.la ] || modules=$m
	done
	mkdir -p "$dir/conf" "$dir/db"
	cp "$etc/qmail.ldif" "$dir/qmail.ldif"
	config >"$dir/config.ldif"
	slapadd -q -n 0 -F "$dir/conf" -l "$dir/config.ldif"
	# Only the password of the service differs from the example.
	secret=$(slappasswd -s service-secret)
	sed "/^dn: cn=pop3d,/,/^\$/s|^userPassword:.*|userPassword: $secret|" \
	    "$etc/example.ldif" >"$dir/entries.ldif"
	for f; do
		printf '\n' >>"$dir/entries.ldif"
		cat "$f" >>"$dir/entries.ldif"
	done
	slapadd -q -n 1 -F "$dir/conf" -l "$dir/entries.ldif" ;;
run)
	# slapd allocates memory for each descriptor that it may open.
	ulimit -n 512
	exec slapd -d stats -F "$dir/conf" -h "$3" >>"$dir/slapd.log" 2>&1 ;;
*)
	echo "usage: slapd.sh make DIR [LDIF ...] | run DIR URLS" >&2
	exit 2 ;;
esac
