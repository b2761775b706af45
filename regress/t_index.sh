#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The index of a mailbox between sessions, and its loss.

. "$(atf_get_srcdir)/lib/lib.sh"

# opened HOW: the last session opened the mailbox in this way.
opened()
{
	soon last_is "$1" || flunk "not $1: $(grep 'mailbox of anna' log)"
}

last_is()
{
	grep 'mailbox of anna: ' log | tail -n 1 | grep -q "$1"
}

# The times of a file are reliable only a little later.
settle()
{
	sleep 0.1
}

system_test unchanged "An unchanged mailbox is not read again"
unchanged_body()
{
	pop3d_conf
	mkmbox anna 20
	settle
	pop3d_start -v
	seen first
	opened scanned
	seen second
	opened unchanged
	# Not even if the daemon is another one, and the mailbox locked.
	pop3d_stop
	pop3d_start -v
	echo 1 >mail/anna.lock
	seen third
	opened unchanged
	rm mail/anna.lock
	cmp first second && cmp first third || flunk "not the same"
	pop3d_stop
}

system_test unread "Opening it again reads no mail, as the kernel counts"
unread_body()
{
	command -v strace >/dev/null || atf_skip "no strace"
	pop3d_conf
	mkmbox anna 20
	settle
	pop3d_start -v
	login_works
	opened scanned
	spawner=$(pids_of_role spawner)
	strace -f -y -o trace -p "$spawner" 2>strace.err &
	tracer=$!
	soon grep -q attached strace.err || flunk "$(cat strace.err)"
	login_works
	opened unchanged
	kill -INT $tracer
	wait $tracer || :
	grep -q 'openat.*"anna"' trace || flunk "no session in the trace"
	! grep -E '(read|pread64)\([0-9]+<[^>]*/mail/anna>' trace ||
		flunk "it was read"
	! grep -E '"anna.lock"|F_OFD_SETLK.*/mail/anna' trace ||
		flunk "it was locked"
	pop3d_stop
}

system_test delivered "Of a mailbox that has grown only the end is read"
delivered_body()
{
	pop3d_conf
	mkmbox anna 20
	settle
	pop3d_start -v
	seen first
	deliver anna one
	seen second
	opened "grown by"
	deliver anna two
	deliver anna three
	settle
	seen third
	opened "grown by"
	seen fourth
	opened unchanged
	cmp third fourth || flunk "not the same"
	[ "$(wc -l <third)" -eq 23 ] || flunk "$(wc -l <third) messages"
	head -n 21 third | cmp - second || flunk "$(diff third second)"
	head -n 20 third | cmp - first || flunk "$(diff third first)"
	# The mailbox that our own commit leaves is known, too.
	pop3_talk -t "$TLSPORT" <<-EOF2
	S: \+OK.*
	LOGIN: anna
	C: DELE 2
	S: \+OK.*
	C: DELE 23
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF2
	seen fifth
	opened unchanged
	sed -e 2d -e 23d third | cut -d ' ' -f 2- >want
	cut -d ' ' -f 2- fifth | cmp - want || flunk "not what was left"
	rm "$(find state -name index)"
	seen sixth
	opened scanned
	cmp fifth sixth || flunk "the index was wrong"
	pop3d_stop
}

system_test spoilt "An index that is gone, garbage, or no file"
spoilt_body()
{
	pop3d_conf
	mkmbox anna 20
	settle
	pop3d_start -v
	seen first
	index=$(find state -name index)
	[ -f "$index" ] || flunk "no index: $(find state)"
	for what in gone empty garbage half huge symlink dangling directory fifo
	do
		mv "$index" kept
		case $what in
		empty)	: >"$index" ;;
		garbage) head -c 50000 /dev/urandom >"$index" ;;
		half)	head -c 33600 kept >"$index" ;;
		huge)	cp kept "$index"; truncate -s 100G "$index"
			printf 'x%.0s' 1 2 3 4 5 6 7 8 >>"$index"
			head -c 600 /dev/zero |
			    dd of="$index" conv=notrunc status=none ;;
		symlink) echo precious >victim; chown anna: victim
			ln -s "$(pwd)/victim" "$index" ;;
		dangling) ln -s "$(pwd)/nowhere" "$index" ;;
		directory)	mkdir "$index" ;;
		fifo)	mkfifo "$index" ;;
		esac
		[ ! -e "$index" ] || chown -h anna:anna "$index"
		: >log
		seen now
		opened scanned
		cmp first now || flunk "$what: $(diff first now)"
		seen now
		cmp first now || flunk "$what: $(diff first now)"
		case $what in
		directory|fifo) rm -r "$index" ;;
		*)	opened unchanged
			[ "$(stat -c %s "$index")" -lt 100000 ] ||
				flunk "$what: $(stat -c %s "$index")" ;;
		esac
		[ ! -e kept ] || cp kept "$index.was"
		rm -f "$index" "$index.was"
		mv kept "$index"
	done
	[ "$(cat victim)" = precious ] || flunk "$(cat victim)"
	[ ! -e nowhere ] || flunk "made through a link"
	pop3d_stop
}

system_test readers "A mail reader marks and removes mail between sessions"
readers_body()
{
	pop3d_conf
	mkmbox anna 20
	pop3d_start -v
	seen first
	for round in 1 2 3; do
		case $round in
		1)	e='s/^To: .*/&\nStatus: RO/' ;;
		2)	e='s/^Status: RO/Status: OR/' ;;
		3)	e='s/^Status: OR/&\nX-UID: 4\nX-Keywords:   /' ;;
		esac
		sed "$e" mail/anna >new
		cat new >mail/anna
		seen second
		opened scanned
		cut -d ' ' -f 4 second >second.uidl
		cut -d ' ' -f 4 first | cmp - second.uidl || flunk "$round"
		settle
	done
	# Message 5 is removed and appended again: a different message.
	awk -v RS='From sender' -v ORS= 'NR > 1 && NR != 6 {
		print "From sender" $0 }' mail/anna >new
	awk -v RS='From sender' -v ORS= 'NR == 6 {
		print "From sender" $0 }' mail/anna >five
	cat new >mail/anna
	settle
	seen third
	cat five >>mail/anna
	seen fourth
	cut -d ' ' -f 4 fourth >fourth.uidl
	sed 5d second.uidl >want
	echo "$(sed -n 5p second.uidl)-2" >>want
	cmp want fourth.uidl || flunk "$(diff want fourth.uidl)"
	pop3d_stop
}
