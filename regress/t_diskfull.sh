#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Full disks: existing mail is served, and the user can make room.

. "$(atf_get_srcdir)/lib/lib.sh"

# disk DIRECTORY SIZE: mount a new file system that only this test sees.
disk()
{
	mkdir -p "$1"
	mount -t tmpfs -o "size=$2,mode=755" full "$1" || flunk "no tmpfs"
}

# fill DIRECTORY: to the last octet.
fill()
{
	! cat /dev/zero >"$1/FILL" 2>/dev/null || flunk "endless disk"
	! printf x >"$1/more" 2>/dev/null || flunk "$1 has room"
	rm -f "$1/more"
}

# mailbox USER COUNT: messages of 20 kB, the first of them short.
mailbox()
{
	python3 - "$2" >"mail/$1" <<-'EOF'
	import sys
	for i in range(1, int(sys.argv[1]) + 1):
	    print("From a@example.org Mon Jan  5 10:00:00 2026\n"
	          "Subject: message %d\n" % i)
	    print(("%075d\n" % i) * (1 if i == 1 else 270))
	EOF
	own_mbox "$1"
}

# deletes USER PASSWORD NUMBER...: these are gone, and the rest is what it was.
deletes()
{
	_user=$1 _pass=$2
	shift 2
	{
		printf 'S: \\+OK.*\nC: USER %s\nS: \\+OK.*\n' "$_user"
		printf 'C: PASS %s\nS: \\+OK.*\n' "$_pass"
		for _n; do
			printf 'C: DELE %s\nS: \\+OK.*\n' "$_n"
		done
		printf 'C: QUIT\nS: \\+OK.*\n'
	} >steps
	cp "mail/$_user" before
	pop3_talk -t "$TLSPORT" steps
	python3 - before "mail/$_user" "$@" <<-'EOF' || flunk "not what it was"
	import re, sys
	was, now = (open(f, "rb").read() for f in sys.argv[1:3])
	at = [m.start() for m in re.finditer(rb"^From ", was, re.M)]
	gone = set(map(int, sys.argv[3:]))
	want = b"".join(was[a:b] for i, (a, b) in enumerate(
	    zip(at, at[1:] + [len(was)]), 1) if i not in gone)
	sys.exit(now != want)
	EOF
}

# The oldest message is short: what stays moves by less than its own length.
system_test oldest "the oldest message, on a full disk, of 16 MB" 300
oldest_body()
{
	disk state 4m
	pop3d_conf
	mailbox anna 800
	pop3d_start
	login_works || flunk "$(cat talk.out)"
	fill state
	deletes anna "$PASS_anna" 1
	deletes anna "$PASS_anna" 1 3 700
	rm state/FILL
	deletes anna "$PASS_anna" 1
	pop3d_stop
}

system_test spool "a full spool, and state in it"
spool_body()
{
	disk mail 2m
	mkdir mail/.state
	ln -s mail/.state state
	pop3d_conf
	mailbox anna 40
	pop3d_start
	login_works || flunk "$(cat talk.out)"
	fill mail
	deletes anna "$PASS_anna" 1
	deletes anna "$PASS_anna" 1 2 3
	deletes anna "$PASS_anna" $(seq 1 36)
	pop3d_stop
}

system_test first "the first login of all is on a full disk"
first_body()
{
	disk state 128m
	pop3d_conf
	mailbox anna 40
	mailbox bert 40
	pop3d_start
	fill state
	deletes anna "$PASS_anna" 1
	deletes bert "$PASS_bert" 1 5
	logged 'state .*/anna: the disk is nearly full; one of' ||
		flunk "not logged"
	[ "$(stat -c %U:%a state/anna state/anna/journal | tr '\n' ' ')" = \
	    "anna:700 anna:600 " ] || flunk "$(stat state/anna/*)"
	[ "$(ls -d state/.spare.* | wc -l)" -eq 14 ] || flunk "$(ls -a state)"
	# With room again they are made again.
	rm state/FILL
	mailbox cleo 3
	login_works cleo || flunk "$(cat talk.out)"
	[ "$(ls -d state/.spare.* | wc -l)" -eq 16 ] || flunk "$(ls -a state)"
	pop3d_stop
}

system_test small "the same, on a small file system"
small_body()
{
	disk state 1m
	pop3d_conf
	mailbox anna 40
	pop3d_start
	fill state
	deletes anna "$PASS_anna" 1
	pop3d_stop
}

# More to move than small steps may move: the removal is refused and changes
# nothing.
system_test refused "what has no room is refused and left alone" 300
refused_body()
{
	disk state 40m
	pop3d_conf
	mailbox anna 900
	pop3d_start
	login_works || flunk "$(cat talk.out)"
	fill state
	cp mail/anna before
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: -ERR \[SYS/TEMP\].*
	EOF
	cmp before mail/anna || flunk "touched"
	logged 'nothing is removed: No space left' || flunk "not logged"
	rm state/FILL
	deletes anna "$PASS_anna" 1
	pop3d_stop
}
