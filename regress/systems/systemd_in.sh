#!/bin/sh
# SPDX-License-Identifier: ISC
# systemd_in.sh: within a booted systemd that has pop3d installed with its unit,
# and this tree in /src: start, log in, remove, end authd, restart, stop.

set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
pop3=/src/regress/lib/pop3.py

fail()
{
	echo "systemd_in.sh: $*" >&2
	systemctl status pop3d >&2 || :
	journalctl -b -u pop3d --no-pager 2>/dev/null | tail -n 40 >&2 || :
	exit 1
}

# soon COMMAND: try for thirty seconds until it succeeds.
soon()
{
	i=0
	until "$@"; do
		i=$((i + 1))
		[ $i -lt 300 ] || return 1
		sleep 0.1
	done
}

mails()
{
	grep -c '^From ' /var/mail/anna
}

# session LINE ...: log in as anna, send the LINEs, and quit.
session()
{
	{
		echo 'S: \+OK.*'
		echo 'C: USER anna'
		echo 'S: \+OK.*'
		echo 'C: PASS secret'
		echo 'S: \+OK.*'
		for line; do
			echo "C: $line"
			echo 'S: \+OK.*'
		done
		echo 'C: QUIT'
		echo 'S: \+OK.*'
	} | python3 $pop3 -t talk 995 >/tmp/talk.out 2>&1
}

is_active()
{
	[ "$(systemctl is-active pop3d)" = active ]
}

main_pid()
{
	systemctl show -p MainPID --value pop3d
}

authd_pid()
{
	ps -o pid=,args= --ppid "$(main_pid)" | awk '/authd/ { p = $1 }
	    END { print p }'
}

authd_replaced()
{
	[ -n "$(authd_pid)" ] && [ "$(authd_pid)" != "$old_authd" ]
}

replaced()
{
	[ "$(main_pid)" != "$old" ] && is_active
}

users()
{
	systemd-sysusers
	systemd-tmpfiles --create >/dev/null 2>&1 || :
	id anna >/dev/null 2>&1 || useradd -M -s /usr/sbin/nologin anna
	echo anna:secret | chpasswd
	[ "$(stat -c %a:%U:%G /var/mail)" = 2775:root:mail ] ||
		fail "/var/mail is not Debian's"
	for n in 1 2 3 4; do
		printf 'From bert Mon Jan  5 10:00:00 2026\n'
		printf 'Subject: message %s\n\nMessage %s.\n\n' $n $n
	done >/var/mail/anna
	chown anna:mail /var/mail/anna
	chmod 660 /var/mail/anna
}

configuration()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 30 -subj /CN=localhost -keyout /etc/ssl/private/mail.key \
	    -out /etc/ssl/mail.pem 2>/dev/null
	chmod 600 /etc/ssl/private/mail.key
	cat >/etc/pop3d.conf <<-EOF
	pki localhost cert "/etc/ssl/mail.pem" key "/etc/ssl/private/mail.key"
	listen on 127.0.0.1 port 110 starttls
	listen on 127.0.0.1 port 995 tls
	auth passwd
	mailbox mbox "/var/mail/%u"
	EOF
}

users
configuration
systemctl daemon-reload
systemctl start pop3d || fail "does not start"
is_active || fail "not active"
session 'DELE 1' || fail "login: $(cat /tmp/talk.out)"
[ "$(mails)" -eq 3 ] || fail "DELE and QUIT: $(mails) left"
find /var/mail -mindepth 1 ! -name anna | grep . && fail "left in the spool"
# CHOWN, KILL, SETGID, SETUID, SYS_CHROOT.
grep -q '^CapBnd:.*00000000000400e1$' "/proc/$(authd_pid)/status" ||
	fail "$(grep ^Cap "/proc/$(authd_pid)/status")"

echo "reload"
old=$(main_pid)
old_authd=$(authd_pid)
systemctl reload pop3d || fail "reload"
soon authd_replaced || fail "the same authd after a reload"
[ "$(main_pid)" = "$old" ] || fail "another master after a reload"

echo "authd ends by kill -9"
old_authd=$(authd_pid)
kill -KILL "$old_authd"
soon authd_replaced || fail "authd was not started again"
[ "$(main_pid)" = "$old" ] || fail "another master after authd"

echo "the master ends by kill -9"
old=$(main_pid)
kill -KILL "$old"
soon replaced || fail "not started again"
soon session 'DELE 1' || fail "after kill -9: $(cat /tmp/talk.out)"
[ "$(mails)" -eq 2 ] || fail "after kill -9: $(mails) left"

echo "restart"
old=$(main_pid)
systemctl restart pop3d || fail "restart"
replaced || fail "the same authd"
session 'DELE 1' || fail "after the restart: $(cat /tmp/talk.out)"
[ "$(mails)" -eq 1 ] || fail "after the restart: $(mails) left"

echo "stop"
systemctl stop pop3d || fail "stop"
[ "$(systemctl is-failed pop3d)" = inactive ] || fail "ends badly"
! ps -eo user= | grep -q '^_pop3' || fail "processes are left"
find /var/mail -mindepth 1 ! -name anna | grep . &&
	fail "left in the spool at the end"
journalctl -b -u pop3d --no-pager -o cat 2>/dev/null | grep -E \
    'going on without|unlisted|signal 31' && fail "the log"
systemd-analyze security pop3d 2>/dev/null | tail -n 1
echo "systemd_in.sh: works"
