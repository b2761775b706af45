#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Directories that are links, or are mounted, made and replaced after the start:
# the spool, domains' directories, the state, those of backends' files.

. "$(atf_get_srcdir)/lib/lib.sh"

# Mounts are in run.sh's mount namespace; what is left goes with it.
unmount_all()
{
	for _m in $(awk -v d="$(pwd)/" 'index($2, d) == 1 { print $2 }' \
	    /proc/self/mounts | sort -r); do
		umount -l "$_m"
	done
}

# path_test NAME "DESCRIPTION": a system test that mounts.
path_test()
{
	system_test "$@"
	eval "$1_cleanup() { pop3d_kill; unmount_all; }"
}

# removes_one [USER]: log in, read and remove the first of two messages.
removes_one()
{
	pop3_talk -t "$TLSPORT" <<-END
	S: \+OK.*
	LOGIN: ${1-anna}
	C: STAT
	S: \+OK 2 .*
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	END
	unlogged 'unlisted call|SYS/PERM|code=refused' || flunk "$(cat log)"
}

# domain_conf: mailboxes of anna@example.org below mail/DOMAIN.
domain_conf()
{
	MAILBOX="mailbox mbox \"$(pwd)/mail/%d/%n\""
	pop3d_conf
	echo "anna@example.org:$HASH_anna:5001:5001::/nonexistent::" >>users
}

# domain_removes_one: the same for anna@example.org, with anna's password.
domain_removes_one()
{
	pop3_talk -t "$TLSPORT" <<-END
	S: \+OK.*
	C: USER anna@example.org
	S: \+OK.*
	C: PASS $PASS_anna
	S: \+OK.*
	C: STAT
	S: \+OK 2 .*
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	END
}

path_test spool_link "a spool that is a link of root's, as /var/mail often is"
spool_link_body()
{
	pop3d_conf
	mkdir spool
	mv mail spool/mail
	ln -s spool/mail mail
	for mode in 755 2775 1777; do
		chgrp mail spool/mail
		chmod $mode spool/mail
		mkmbox anna 2
		pop3d_start
		# Just delivered: it takes the lock to read it.
		touch spool/mail/anna
		removes_one
		[ ! -e spool/mail/anna.lock ] || flunk "the lock is left"
		pop3d_stop
	done
	# A link that anna has made, or could have moved: not for root.
	chmod 755 spool/mail
	chown -h anna:anna mail
	mkmbox anna 2
	pop3d_start
	pop3_talk -t "$TLSPORT" <<-END
	S: \+OK.*
	C: USER anna
	S: \+OK.*
	C: PASS $PASS_anna
	S: -ERR \[SYS/TEMP\] .*
	END
	logged 'mail: a link that a user can have made' || flunk "$(cat log)"
	[ "$(grep -c ^From\  spool/mail/anna)" -eq 2 ] || flunk "mail is lost"
	pop3d_stop
}

path_test spool_moves "a spool that is mounted over, unmounted, replaced"
spool_moves_body()
{
	pop3d_conf
	mkmbox anna 3
	mkmbox bert 2
	pop3d_start
	session_begin
	mount -t tmpfs -o mode=755 spool mail
	mkmbox bert 2
	removes_one bert
	umount mail
	mkmbox bert 2
	removes_one bert
	mv mail mail.old
	mkdir mail
	mkmbox bert 2
	removes_one bert
	# One that is a link now.
	mv mail elsewhere
	ln -s elsewhere mail
	mkmbox bert 2
	removes_one bert
	# A session goes on through all of it, and loses nothing.
	session_end
	[ "$(grep -c 'spawner: replaced, with rules' log)" -ge 2 ] ||
		flunk "$(cat log)"
	pop3d_stop
}

path_test spool_late "a spool that is missing at the start: logged, then served"
spool_late_body()
{
	pop3d_conf
	rmdir mail
	pop3d_start
	logged "directory of mailboxes: .*/mail: No such file.*mkdir -p" ||
		flunk "$(cat log)"
	login_gets anna "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	mkdir -m 755 mail
	mkmbox anna 2
	removes_one
	pop3d_stop
}

path_test domain_links "domains' directories that root has linked elsewhere"
domain_links_body()
{
	domain_conf
	mkdir disk2 disk2/example.org disk3
	chown anna disk2/example.org disk3
	ln -s ../disk2/example.org mail/example.org
	mkmbox anna 2
	cp -p mail/anna disk2/example.org/anna
	cp -p mail/anna disk3/anna
	pop3d_start
	domain_removes_one
	# Leads elsewhere from now on.
	rm mail/example.org
	ln -s ../disk3 mail/example.org
	domain_removes_one
	# anna's own link is not followed.
	rm mail/example.org
	mkdir mail/example.org
	chown anna mail/example.org
	ln -s "$(pwd)/disk3" mail/example.org/link
	chown -h anna mail/example.org/link
	pop3d_stop
}

path_test domain_far "a link that leads out of what the sandbox has is named"
domain_far_body()
{
	domain_conf
	far=$(mktemp -d /var/tmp/pop3d.XXXXXX)
	mkmbox anna 2
	chmod 755 "$far"
	mkdir "$far/d"
	cp -p mail/anna "$far/d/anna"
	chown anna "$far/d"
	# Not known at the start.
	pop3d_start
	ln -s "$far/d" mail/example.org
	login_gets anna@example.org "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	logged "$far/d now, .* reload pop3d" || { rm -r "$far"
	    flunk "$(cat log)"; }
	# As the log says.
	pop3d_stop
	pop3d_start
	domain_removes_one
	pop3d_stop
	rm -r "$far"
}

path_test users_link "a link that a user has made gets no rule"
users_link_body()
{
	MAILBOX="mailbox mbox \"$(pwd)/mail/%n/in/mbox\""
	pop3d_conf
	mkdir mail/anna far
	chown anna mail/anna far
	pop3d_start
	ln -s ../../far mail/anna/in
	chown -h anna mail/anna/in
	mkdir secret
	chown anna secret
	login_gets anna "$PASS_anna" '\+OK .*'
	rm mail/anna/in
	chown root mail/anna
	ln -s ../../secret mail/anna/in
	chown -h anna mail/anna/in
	touch secret/mbox
	chown anna secret/mbox
	chmod 600 secret/mbox
	login_gets anna "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	logged 'a link that a user can have made or moved' ||
		flunk "$(cat log)"
	unlogged 'replaced, with rules' || flunk "anna had a rule made"
	pop3d_stop
}

path_test state_moves "a state that is mounted over, removed and made again"
state_moves_body()
{
	pop3d_conf
	mkmbox anna 2
	pop3d_start
	removes_one
	mkmbox anna 2
	mount -t tmpfs -o mode=711 state state
	removes_one
	[ -d state/anna ] || flunk "not there"
	umount -l state
	mkmbox anna 2
	removes_one
	rm -r state
	login_gets anna "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	logged "state .*/state: No such file" || flunk "$(cat log)"
	mkdir -m 711 state
	mkmbox anna 2
	removes_one
	mv state state2
	ln -s state2 state
	mkmbox anna 2
	removes_one
	pop3d_stop
}

# removes_nothing: DELE and QUIT of anna end in [SYS/TEMP], and change nothing.
removes_nothing()
{
	seen after
	cmp -s before after || flunk "ids or mail differ: $(diff before after)"
	cp mail/anna anna.kept
	pop3_talk -t "$TLSPORT" <<-END
	S: \+OK.*
	LOGIN: anna
	C: DELE 2
	S: \+OK.*
	C: QUIT
	S: -ERR \[SYS/TEMP\] .*
	END
	cmp mail/anna anna.kept || flunk "mail has changed"
	unlogged 'SYS/PERM|refused|unlisted call' || flunk "$(cat log)"
}

# readonly DIRECTORY: mount it so.
readonly()
{
	mount --bind "$1" "$1"
	mount -o remount,bind,ro "$1"
}

path_test readonly_mail "mail that cannot be written is served"
readonly_mail_body()
{
	pop3d_conf
	# Two of them are the same, to a copy's number.
	mkmbox anna 3
	cat mail/anna mail/anna >both
	cat both >mail/anna
	mkmbox bert 2
	pop3d_start
	seen before
	chmod 400 mail/anna
	removes_nothing
	logged 'mailbox of anna: it cannot be written' || flunk "$(cat log)"
	chmod 600 mail/anna
	readonly mail
	removes_nothing
	# Never seen before.
	login_gets bert "$PASS_bert" '\+OK maildrop has 2 .*'
	umount -l mail
	chmod 400 mail/anna
	deliver anna more
	login_gets anna "$PASS_anna" '\+OK maildrop has 7 .*'
	chmod 600 mail/anna
	pop3_talk -t "$TLSPORT" <<-END
	S: \+OK.*
	LOGIN: anna
	C: DELE 2
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	END
	pop3d_stop
}

path_test readonly_state "without a state to be written no id is given anew"
readonly_state_body()
{
	pop3d_conf
	mkmbox anna 3
	cat mail/anna mail/anna >both
	cat both >mail/anna
	pop3d_start
	seen before
	readonly state
	removes_nothing
	logged 'mailbox of anna: the state directory cannot' ||
		flunk "$(cat log)"
	# A new message would get an id that nobody keeps.
	deliver anna more
	login_gets anna "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	logged 'has new mail, and the state is read-only' || flunk "$(cat log)"
	# Also for one that starts so.
	pop3d_stop
	pop3d_start
	login_gets anna "$PASS_anna" '-ERR \[SYS/TEMP\] .*'
	umount -l state
	soon login_works || flunk "$(cat log)"
	pop3d_stop
}

# mkusers_with PASSWORD FILE
users_with()
{
	echo "anna:{PLAIN}$1:5001:5001::/nonexistent::" >"$2.new"
	chown root:_pop3auth "$2.new"
	chmod 640 "$2.new"
	mv "$2.new" "$2"
}

path_test users_move "the directory of the users' file is replaced, or a link"
users_move_body()
{
	mkdir etc
	AUTH="auth file \"$(pwd)/etc/users\""
	pop3d_conf
	mkmbox anna
	users_with first etc/users
	pop3d_start
	login_gets anna first '\+OK .*'
	# As tools do that put a whole directory in place.
	mkdir etc.new
	users_with second etc.new/users
	mv etc etc.old
	mv etc.new etc
	login_gets anna second '\+OK .*'
	login_gets anna first '-ERR \[AUTH\] .*'
	unlogged 'code=temporary' || flunk "$(cat log)"
	# A link to another directory.
	mkdir far
	users_with third far/users
	rm etc/users
	soon sh -c "grep -c 'auth_file .: sandbox' log | grep -q '[6-9]'" ||
		flunk "$(cat log)"
	sleep 5
	ln -s ../far/users etc/users
	login_gets anna third '\+OK .*'
	login_gets anna second '-ERR \[AUTH\] .*'
	pop3d_stop
}

path_test users_die "users of a file that cannot be used are not served for ever"
users_die_body()
{
	AUTH="auth file \"$(pwd)/users\" { keep 3 }"
	pop3d_conf
	mkmbox anna
	pop3d_start
	login_gets anna "$PASS_anna" '\+OK .*'
	mv users gone
	login_gets anna "$PASS_anna" '\+OK .*'
	logged 'users: No such file.*the 3 users read before stay for 3 s' ||
		flunk "$(cat log)"
	nobody()
	{
		"$POP3" -t talk "$TLSPORT" >talk.out 2>&1 <<-END
		S: \+OK.*
		C: USER anna
		S: \+OK.*
		C: PASS $PASS_anna
		S: -ERR \[SYS/TEMP\] .*
		END
	}
	soon nobody || flunk "$(cat log)"
	logged 'nobody can log in: .*users: No such file' || flunk "$(cat log)"
	mv gone users
	soon login_works || flunk "$(cat log)"
	pop3d_stop
}

NEEDS=/usr/bin/sqlite3
path_test database_moves "the directory of a database is replaced"
database_moves_body()
{
	mkdir db
	AUTH="auth sqlite \"$(pwd)/db/users.db\" {
		uid 5001
		gid 5001
		user-query \"SELECT password, '/nonexistent' AS home \
		    FROM users WHERE name = %u\"
	}"
	pop3d_conf
	mkmbox anna
	for d in db db.new; do
		mkdir -p $d
		sqlite3 $d/users.db "CREATE TABLE users (name, password);
		    INSERT INTO users VALUES ('anna', '{PLAIN}$d')"
		chgrp -R _pop3auth $d
	done
	pop3d_start
	login_gets anna db '\+OK .*'
	mv db db.old
	mv db.new db
	login_gets anna db.new '\+OK .*'
	login_gets anna db '-ERR \[AUTH\] .*'
	unlogged 'code=temporary' || flunk "$(cat log)"
	pop3d_stop
}
NEEDS=

# check_says REGEX: pop3d -n reports that, exits with 1, and prints no OK.
check_says()
{
	timeout 60 "$POP3D" -n -f pop3d.conf -L "$LIBEXEC" >out 2>&1
	rc=$?
	[ $rc -eq 1 ] || flunk "exit $rc: $(cat out)"
	grep -Eq -e "$1" out || flunk "wanted $1: $(cat out)"
	! grep -q 'configuration OK' out || flunk "$(cat out)"
	# The command of the hint cures it.
	sed -n 's/^.*: \(mkdir -p -m 755 [^,]*\).*$/\1/p
	    s/^.*: make it, \(mkdir[^,]*\),.*$/\1/p
	    s/^.*: \(chmod o.*\)$/\1/p; s/^.*: \(chown root .*\)$/\1/p
	    s/^.*: \(mkdir -p [^,]*\)$/\1/p' out | head -n 1 >cure
	[ -s cure ] || flunk "no command: $(cat out)"
	sh cure || flunk "$(cat cure)"
	timeout 60 "$POP3D" -n -f pop3d.conf -L "$LIBEXEC" >out 2>&1 ||
		flunk "not cured by $(cat cure): $(cat out)"
}

path_test check "-n reports missing directories and the remedy"
check_body()
{
	pop3d_conf
	rmdir mail
	check_says "directory of mailboxes: .*/mail: No such file"
	chmod 700 mail
	check_says "mail: users may not enter it"
	rmdir empty
	check_says "chroot .*/empty: No such file"
	chmod 777 empty
	check_says "chroot .*/empty: must be"
	sed -i "s|/state\"|/var/lib/state\"|" pop3d.conf
	check_says "state: .*: No such file"
	pop3d_start
	pop3d_stop
}
