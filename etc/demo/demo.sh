#!/bin/sh
# SPDX-License-Identifier: ISC
# demo.sh: show mail fetched over TLS, with nothing set up.  "./demo" builds
# first.
#
# As root the daemon runs as in production, each process as its own user; the
# accounts exist only for the demo (regress/lib/accounts.sh).  As an
# ordinary user, and where root has no mount namespaces, everything runs as one
# user.  All files are in one directory in /tmp, which is removed at the end.

set -eu
cd "$(dirname "$0")/../.."
top=$(pwd)

if [ "$(id -u)" -eq 0 ] && [ "${1-}" != --inside ]; then
	unshare -m --propagation private true 2>/dev/null ||
		exec ./regress/lib/asuser.sh etc/demo/demo.sh
	exec ./regress/lib/accounts.sh etc/demo/demo.sh --inside
fi

umask 022
dir=$(mktemp -d /tmp/pop3d-demo.XXXXXX)
chmod 755 "$dir"
pid=

clean()
{
	if [ -n "$pid" ]; then
		kill -TERM "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	fi
	rm -rf "$dir"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

say()
{
	printf '\n--- %s\n' "$*"
}

# Show a command, then run it.
run()
{
	printf '$'
	for word; do
		case $word in
		*\ *)	printf " '%s'" "$word" ;;
		*)	printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
	"$@"
}

fail()
{
	printf '\ndemo: %s\n' "$*" >&2
	[ ! -f "$dir/log" ] || cat "$dir/log" >&2
	exit 1
}

# Two consecutive unused ports.
free_port()
{
	p=$((20000 + $$ % 10000))
	while curl -s --max-time 2 "telnet://127.0.0.1:$p" </dev/null ||
	    curl -s --max-time 2 "telnet://127.0.0.1:$((p + 1))" </dev/null
	do
		p=$((p + 2))
	done
	echo "$p"
}

mailbox()
{
	cat <<-'EOF'
	From lena@example.org Mon Jan  5 09:12:44 2026
	Date: Mon, 5 Jan 2026 09:12:40 +0100
	From: Lena <lena@example.org>
	To: Anna <anna@example.org>
	Subject: The boat
	Message-ID: <boat-1@example.org>

	Anna,

	the boat is in the water again. Come on Saturday, bring bread.

	Lena

	From robert@example.org Tue Jan  6 18:30:02 2026
	Date: Tue, 6 Jan 2026 18:29:57 +0100
	From: Robert <robert@example.org>
	To: Anna <anna@example.org>
	Subject: A line with a dot
	Message-ID: <dot-2@example.org>

	The next line is one dot, which ends a message for a careless server:
	.
	This one did not end there.

	From paul@example.org Wed Jan  7 07:01:15 2026
	Date: Wed, 7 Jan 2026 07:01:11 +0100
	From: Paul <paul@example.org>
	To: Anna <anna@example.org>
	Subject: Keys
	Message-ID: <keys-3@example.org>

	Your keys are with the neighbours. And this mail never passed the hands
	of a process that may read anybody else's.

	Paul
	EOF
}

user=anna
password=${PASS_anna:-correct horse battery}
port=$(free_port)
mkdir "$dir/mail" "$dir/state" "$dir/empty"
mailbox >"$dir/mail/anna"
chmod 600 "$dir/mail/anna"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
chmod 600 "$dir/key.pem"

if [ "$(id -u)" -eq 0 ]; then
	chown anna:anna "$dir/mail/anna"
	auth="auth passwd"
else
	hash=$(printf '%s\n' "$password" | openssl passwd -6 -stdin)
	printf 'anna:%s:%d:%d:Anna:%s::\n' "$hash" "$(id -u)" "$(id -g)" \
	    "$dir" >"$dir/users"
	chmod 600 "$dir/users"
	auth="auth file \"$dir/users\""
fi

cat >"$dir/pop3d.conf" <<EOF
pki "localhost" cert "$dir/cert.pem" key "$dir/key.pem"
listen on 127.0.0.1 port $port starttls
listen on 127.0.0.1 port $((port + 1)) tls
$auth
mailbox mbox "$dir/mail/%u"

# Only for the demo, which does not touch /var.
state "$dir/state"
chroot "$dir/empty"
EOF

(cd "$top" && ${MAKE:-make} install DESTDIR="$dir/root" >"$dir/log" 2>&1) ||
	fail "make install"
: >"$dir/log"

say "the configuration"
cat "$dir/pop3d.conf"

"$dir/root/usr/local/sbin/pop3d" -d -f "$dir/pop3d.conf" \
    -L "$dir/root/usr/local/libexec/pop3d" >"$dir/log" 2>&1 &
pid=$!
i=0
until curl -s --cacert "$dir/cert.pem" -u "$user:$password" \
    "pop3s://localhost:$((port + 1))/" >/dev/null 2>&1; do
	kill -0 "$pid" 2>/dev/null || { pid=; fail "pop3d does not start"; }
	i=$((i + 1))
	[ $i -lt 100 ] || fail "no login within ten seconds"
	sleep 0.1
done

# Print the pid and those of all its descendants.
tree()
{
	echo "$1"
	for c in $(ps -o pid= --ppid "$1"); do
		tree "$c"
	done
}

if [ "$(id -u)" -eq 0 ]; then
	say "the processes, each as its own user, with anna logged in"
else
	say "the processes, with anna logged in (as root: each as its own user)"
fi
mkfifo "$dir/client"
: >"$dir/client.out"
openssl s_client -connect "127.0.0.1:$((port + 1))" -quiet -crlf \
    <"$dir/client" >"$dir/client.out" 2>/dev/null &
client=$!
exec 9>"$dir/client"
printf 'USER %s\nPASS %s\nSTAT\n' "$user" "$password" >&9
i=0
until [ "$(grep -c '^+OK' "$dir/client.out")" -ge 4 ]; do
	i=$((i + 1))
	[ $i -lt 100 ] || fail "no login: $(cat "$dir/client.out")"
	sleep 0.1
done
ps -o user:10,pid,args -p "$(tree "$pid" | paste -sd, -)" |
    sed -e "s|$dir/root||" -e 's/ *[.]*$//'
printf 'QUIT\n' >&9
exec 9>&-
wait "$client" || :

say "the messages, over TLS (pop3s)"
run curl -sS --cacert "$dir/cert.pem" -u "$user:$password" \
    "pop3s://localhost:$((port + 1))/" || fail "curl"

say "the first message, over TLS (pop3s)"
run curl -sS --cacert "$dir/cert.pem" -u "$user:$password" \
    "pop3s://localhost:$((port + 1))/1" || fail "curl"

say "the second, with STLS"
run curl -sS --cacert "$dir/cert.pem" --ssl-reqd -u "$user:$password" \
    "pop3://localhost:$port/2" || fail "curl"

say "the log"
cat "$dir/log"

say "next"
cat <<EOF
  ./check                        every test, with Kyua
  man -l man/pop3d.8             the daemon; pop3d.conf.5, pop3d-auth.5
  README.md, "Install"           accounts, certificate, start at boot
EOF
