#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Delivery agents and a mail reader at work on a mailbox while sessions fetch
# and delete: nothing may be lost, doubled or torn.

. "$(atf_get_srcdir)/lib/lib.sh"

# The agents of packages that are not installed, see unpack.sh.
AGENTS=$REGRESS/agents

agents_start()
{
	pop3d_conf
	# A spool in which users may make their own dotlocks.
	chmod 1777 mail
	: >mail/anna
	own_mbox anna
	pop3d_start
}

# traffic COUNT COMMAND ...; READER may be set to a mail reader's command.
traffic()
{
	_count=$1
	shift
	timeout 250 "$REGRESS/lib/agents.py" ${READER:+-r "$READER"} \
	    "$CLEARPORT" anna "$PASS_anna" \
	    "$(pwd)/mail/anna" "$_count" "$@" >out 2>&1 ||
		flunk "$(cat out)"
	cat out
	[ ! -s mail/anna ] || flunk "left: $(head mail/anna)"
	[ ! -e mail/anna.lock ] || flunk "left: anna.lock"
	pop3d_stop
}

as_anna="setpriv --reuid anna --regid anna --clear-groups"

with_procmail()
{
	command -v procmail >/dev/null || atf_skip "no procmail"
	agents_start
	cat >rc <<-EOF
	DEFAULT=$(pwd)/mail/anna
	LOCKSLEEP=1
	:0:
	$(pwd)/mail/anna
	EOF
	chmod 644 rc
	# shellcheck disable=SC2086
	traffic "$1" $as_anna procmail -f agent@localhost -m "$(pwd)/rc"
}

system_test procmail "procmail: fcntl lock and dotlock"
procmail_body()
{
	with_procmail 40
}

# mutt flags the first and the last message, writes that, and marks all others
# as old when it ends.
system_test mutt "mutt rewrites while procmail delivers"
mutt_body()
{
	command -v mutt >/dev/null || atf_skip "no mutt"
	cat >muttrc <<-EOF
	set folder=. tmpdir=$(pwd)/tmp record="" mbox_type=mbox mark_old=yes
	set quit=yes move=no delete=yes sleep_time=0 wait_key=no
	push '<first-entry><flag-message><last-entry><flag-message>\\
	<sync-mailbox><quit>'
	EOF
	mkdir tmp
	chown anna tmp
	READER="env HOME=$(pwd) TERM=vt100 LC_ALL=C $as_anna \
	    mutt -n -F $(pwd)/muttrc -f $(pwd)/mail/anna"
	with_procmail 100
}

system_test maildrop "maildrop: dotlock and flock or fcntl lock"
maildrop_body()
{
	[ -x "$AGENTS/maildrop/usr/bin/maildrop" ] || atf_skip "no maildrop"
	agents_start
	printf 'LOCKSLEEP=1\nto "%s/mail/anna"\n' "$(pwd)" >rc
	chown anna rc
	chmod 600 rc
	libs=$(find "$AGENTS" -name 'libcourierauth*.so*' -printf '%h\n' |
	    sort -u | tr '\n' ':')
	# shellcheck disable=SC2086
	traffic 40 env LD_LIBRARY_PATH="$libs" HOME="$(pwd)" $as_anna \
	    "$AGENTS/maildrop/usr/bin/maildrop" -f agent@localhost \
	    "$(pwd)/rc"
}

# Exim wants its user, and its configuration in /etc: both lie over ours in a
# mount namespace of its own.
system_test exim "Exim: dotlock and fcntl lock"
exim_body()
{
	[ -x "$AGENTS/exim4-daemon-light/usr/sbin/exim4" ] ||
		atf_skip "no exim"
	agents_start
	# It takes off root to receive and needs it again to deliver.
	exim=$(pwd)/exim4
	cp "$AGENTS/exim4-daemon-light/usr/sbin/exim4" "$exim"
	chmod 4755 "$exim"
	mkdir -p etc/exim4 spool
	cp /etc/passwd /etc/group etc
	echo "Debian-exim:x:894:894::/nonexistent:/bin/false" >>etc/passwd
	echo "Debian-exim:x:894:" >>etc/group
	chown 894:894 spool
	cat >etc/exim4/exim4.conf <<-EOF
	keep_environment =
	exim_path = $exim
	spool_directory = $(pwd)/spool
	log_file_path = $(pwd)/spool/log-%s
	primary_hostname = localhost
	never_users =
	begin routers
	all:
	  driver = accept
	  transport = box
	begin transports
	box:
	  driver = appendfile
	  file = $(pwd)/mail/anna
	  user = anna
	  lock_interval = 1s
	  lock_retries = 30
	EOF
	cat >exim.sh <<-EOF
	mount -t overlay -o lowerdir=$(pwd)/etc:/etc overlay /etc
	exec "\$@"
	EOF
	unshare -m --propagation private sh exim.sh "$exim" -bV >out 2>&1 ||
		atf_skip "exim does not run: $(tail -n 1 out)"
	traffic 80 unshare -m --propagation private sh "$(pwd)/exim.sh" \
	    "$exim" -i -odi -f agent@localhost anna@localhost
}

# Postfix as well, with its libraries; and its daemons have to run.  sendmail
# only queues: deliver.sh waits until nothing is.
system_test postfix "Postfix: fcntl lock and dotlock"
postfix_body()
{
	tree=$AGENTS/postfix
	[ -x "$tree/usr/lib/postfix/sbin/local" ] || atf_skip "no Postfix"
	agents_start
	here=$(pwd)
	mkdir -p etc/postfix queue data
	cp /etc/passwd /etc/group etc
	echo "postfix:x:895:895::/nonexistent:/bin/false" >>etc/passwd
	printf 'postfix:x:895:\npostdrop:x:896:\n' >>etc/group
	for d in active bounce corrupt defer deferred flush hold incoming \
	    maildrop pid private public saved trace; do
		mkdir -p "queue/$d"
	done
	chown 895:895 data queue/*
	chgrp 896 queue/maildrop queue/public
	chown root queue/pid
	chmod 730 queue/maildrop
	chmod 710 queue/public
	cat >etc/postfix/main.cf <<-EOF
	compatibility_level = 3.6
	queue_directory = $here/queue
	data_directory = $here/data
	command_directory = $tree/usr/sbin
	daemon_directory = $tree/usr/lib/postfix/sbin
	import_environment = LD_LIBRARY_PATH
	export_environment = LD_LIBRARY_PATH
	maillog_file_prefixes = $here
	maillog_file = $here/postfix.log
	myhostname = localhost
	mydestination = localhost
	inet_interfaces = loopback-only
	alias_maps =
	alias_database =
	local_recipient_maps =
	biff = no
	mail_spool_directory = $here/mail
	mailbox_delivery_lock = fcntl, dotlock
	deliver_lock_attempts = 30
	queue_run_delay = 1s
	minimal_backoff_time = 1s
	maximal_backoff_time = 1s
	EOF
	cat >etc/postfix/master.cf <<-EOF
	pickup    unix  n - n 1 1 pickup
	cleanup   unix  n - n - 0 cleanup
	qmgr      unix  n - n 1 1 qmgr
	rewrite   unix  - - n - - trivial-rewrite
	bounce    unix  - - n - 0 bounce
	defer     unix  - - n - 0 bounce
	trace     unix  - - n - 0 bounce
	error     unix  - - n - - error
	local     unix  - n n - - local
	postlog   unix-dgram n - n - 1 postlogd
	EOF
	cat >postfix.sh <<-EOF
	mount -t overlay -o lowerdir=$here/etc:/etc overlay /etc
	export LD_LIBRARY_PATH=$tree/usr/lib/postfix
	exec "\$@"
	EOF
	cat >deliver.sh <<-EOF
	"$tree/usr/sbin/sendmail" -i -f agent@localhost anna@localhost
	cd "$here/queue"
	until [ -z "\$(find maildrop incoming active deferred -type f)" ]; do
		sleep 0.05
	done
	EOF
	ns="unshare -m --propagation private sh $here/postfix.sh"
	# shellcheck disable=SC2086
	$ns "$tree/usr/lib/postfix/sbin/master" -d >master.out 2>&1 &
	echo $! >master.pid
	# shellcheck disable=SC2086
	traffic 60 $ns sh "$here/deliver.sh"
	postfix_stop
	n=$(grep -c 'postfix/local.*status=sent (delivered to mailbox)' \
	    postfix.log) || :
	[ "$n" -eq 60 ] || flunk "$n by local(8): $(tail postfix.log)"
}

postfix_stop()
{
	[ -f master.pid ] || return 0
	kill "$(cat master.pid)" || :
	soon ended "$(cat master.pid)" || :
	rm master.pid
}

postfix_cleanup()
{
	postfix_stop
	pop3d_kill
}
