#! /usr/bin/env atf-sh
# Delivery agents and a mail reader at work on a mailbox while sessions fetch
# and delete: nothing may be lost, doubled or torn.

. "$(atf_get_srcdir)/lib.sh"

# The agents of packages that are not installed, see unpack.sh.
AGENTS=$REGRESS/agents

agents_start()
{
	pop3d_conf
	# As a spool where the user may make his own dotlocks.
	chmod 1777 mail
	: >mail/anna
	own_mbox anna
	pop3d_start
}

# traffic COUNT COMMAND ...
traffic()
{
	_count=$1
	shift
	timeout 100 "$REGRESS/agents.py" "$CLEARPORT" anna "$PASS_anna" \
	    "$(pwd)/mail/anna" "$_count" "$@" >out 2>&1 ||
		flunk "$(cat out)"
	cat out
	[ ! -s mail/anna ] || flunk "left: $(head mail/anna)"
	[ ! -e mail/anna.lock ] || flunk "left: anna.lock"
	pop3d_stop
}

as_anna="setpriv --reuid anna --regid anna --clear-groups"

system_test procmail "procmail: fcntl lock and dotlock"
procmail_body()
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
	traffic 40 $as_anna procmail -f agent@localhost -m "$(pwd)/rc"
}

system_test maildrop "maildrop: dotlock and flock or fcntl lock"
maildrop_body()
{
	[ -x "$AGENTS/maildrop/usr/bin/maildrop" ] || atf_skip "no maildrop"
	agents_start
	printf 'LOCKSLEEP=1\nto "%s/mail/anna"\n' "$(pwd)" >rc
	chown anna rc
	chmod 600 rc
	libs=$(find "$AGENTS" -name 'libcourier*.so*' -printf '%h\n' |
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
