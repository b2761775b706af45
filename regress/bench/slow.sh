#!/bin/sh
# SPDX-License-Identifier: ISC
# slow.sh: do many slow readers slow down the others?  See README.
#
#	SLOW_READERS=1000 SLOW_MB=10 SLOW_ROUNDS=3 ./slow.sh

set -eu
cd "$(dirname "$0")"
if [ -z "${POP3D_BENCH-}" ]; then
	make -s -C .. bench/load
	exec env POP3D_BENCH=1 ../lib/accounts.sh -n ./slow.sh
fi

readers=${SLOW_READERS:-1000}
megabytes=${SLOW_MB:-10}
rounds=${SLOW_ROUNDS:-3}
users=100 sessions=1000 port=2000
uid=5001				# anna's; all mailboxes are hers

slow=$(pwd)/slow.py
. ./work.sh
mkdir "$work/mail" "$work/empty" "$work/state"
cd "$work"

# user NAME: add a user whose mailbox is mail/NAME.
user()
{
	echo "$1:{PLAIN}bench:$uid:$uid::/nonexistent::" >>users
	chown $uid:$uid mail mail/"$1"
	chmod 600 mail/"$1"
}

i=0
while [ $i -lt $users ]; do
	u=u$(printf %03d $i)
	"$load" mbox mail/"$u" 3 10000
	user "$u"
	i=$((i + 1))
done
# Mailboxes of one message each, sparse files.
i=0
while [ $i -lt "$readers" ]; do
	printf 'From s@example.org Mon Jan  5 10:00:00 2026\n\n' >mail/s$i
	truncate -s "${megabytes}M" mail/s$i
	user s$i
	i=$((i + 1))
done
chown root:_pop3auth users
chmod 640 users
cat >conf <<E
listen on 127.0.0.1 port $port plaintext
auth file "$work/users"
mailbox mbox "$work/mail/%u"
state "$work/state"
chroot "$work/empty"
limit { sessions 10000 per-address 0 mailbox-size 8G }
E
root/usr/local/sbin/pop3d -d -f "$work/conf" \
    -L "$work/root/usr/local/libexec/pop3d" >err 2>&1 &
server=$!
pids=$server
i=0
until "$load" -n 100 -c 1 -u 100 -P $$ -p $port fetch >/dev/null 2>&1; do
	i=$((i + 1))
	[ $i -lt 50 ] || { cat err >&2; exit 1; }
	sleep 0.2
done

# others LABEL: measure logins and three messages of other users.
others()
{
	r=0
	while [ $r -lt "$rounds" ]; do
		"$load" -n $sessions -c 2 -u $users -P $server -p $port fetch |
			sed -n "s/^\(p50_ms\|p99_ms\|cpu_ms\)/$1 \1/p"
		r=$((r + 1))
	done
}

others without
mkfifo begun
"$slow" $port "$readers" $server >begun &
pids="$pids $!"
reader=$!
read -r line <begun
echo "$line"
others with
kill $reader
wait $reader 2>/dev/null || :
sleep 3
others after
