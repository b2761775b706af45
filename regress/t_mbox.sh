#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# How a mailbox is cut into messages: lengths, From_ lines, beginnings.

. "$(atf_get_srcdir)/lib/lib.sh"

FROM='From sender@example.org Mon Jan  5 10:00:00 2026'

# head_of SUBJECT [FIELD]: print the head of a message.
head_of()
{
	printf '%s\nFrom: sender@example.org\nSubject: %s\n%s\n' "$FROM" "$1" \
	    "${2:+$2
}"
}

# Mail that an attacker might send.
forged()
{
	cat <<-EOF
	Dear all,

	From ceo@example.org Tue Jan  6 10:00:00 2026
	From: "The CEO" <ceo@example.org>
	Subject: transfer the money

	forged
	EOF
}

# subjects NAME ...: anna's messages are these, in order.
subjects()
{
	rm -rf got
	mkdir got
	"$POP3" -t fetch "$TLSPORT" anna "$PASS_anna" got >err 2>&1 ||
		flunk "$(cat err)"
	for _s; do
		echo "$_s"
	done >want
	_i=1
	while [ -f got/$_i ]; do
		sed -n '/^Subject: /{s///;s/\r$//;p;q;}' got/$_i
		_i=$((_i + 1))
	done >have
	cmp -s want have || flunk "found: $(cat have; cat -A mail/anna)"
}

# delete N ...: log in as anna and remove these messages.
delete()
{
	{
		printf 'S: \\+OK.*\nLOGIN: anna\n'
		for _n; do
			printf 'C: DELE %s\nS: \\+OK.*\n' "$_n"
		done
		printf 'C: QUIT\nS: \\+OK.*\n'
	} >delete.script
	pop3_talk -t "$TLSPORT" delete.script
}

# Make anna's mailbox of stdin.
mailbox()
{
	cat >mail/anna
	own_mbox anna
}

start()
{
	pop3d_conf
	: | mailbox
	pop3d_start -v
}

system_test length "a Content-Length that is right: one message, not two"
length_body()
{
	start
	n=$(forged | wc -c)
	for more in 0 1; do
		{
			head_of one "Content-Length: $((n + more))"
			forged
			echo
			head_of two
			printf 'text\n\n'
		} | mailbox
		subjects one two
	done
	grep -q '^From ceo' got/1 || flunk "$(cat got/1)"
	delete 1
	subjects two
	{
		head_of one "Content-Length: $n"
		forged
	} | mailbox
	subjects one
	# A length that is not right says nothing.
	for f in $((n + 2)) $((n - 9)) 99999 "$n 1" "$n
Content-Length: $n"; do
		{
			head_of one "Content-Length: $f"
			forged
			echo
			head_of two
			printf 'text\n\n'
		} | mailbox
		subjects one 'transfer the money' two
	done
	logged 'within a Content-Length that is not believed, at offset' ||
		flunk "not logged"
	pop3d_stop
}

system_test procmail "what procmail does not quote is one message"
procmail_body()
{
	command -v procmail >/dev/null || atf_skip "no procmail"
	start
	printf 'DEFAULT=%s/mail/anna\nLOCKFILE=\n' "$(pwd)" >rc
	chmod 644 rc
	# It sets the length right, whatever the sender wrote in so many digits.
	for f in 'Content-Length: 5000' 'Content-Length: 001' 'X: y'; do
		: | mailbox
		for s in one two; do
			{
				head_of $s "$f"
				forged
			} | setpriv --reuid anna --regid anna --clear-groups \
			    procmail "$(pwd)/rc" 2>err || flunk "$(cat err)"
		done
		subjects one two
	done
	grep -q '^>From ceo' got/1 || flunk "not quoted: $(cat got/1)"
	pop3d_stop
}

system_test mutt "what mutt writes again is cut as before"
mutt_body()
{
	command -v mutt >/dev/null || atf_skip "no mutt"
	start
	n=$(forged | wc -c)
	for s in one two; do
		head_of $s "Content-Length: $n"
		forged
		echo
	done | mailbox
	subjects one two
	cat >muttrc <<-EOF
	set folder=. tmpdir=$(pwd)/tmp record="" mbox_type=mbox mark_old=yes
	set quit=yes move=no delete=yes sleep_time=0 wait_key=no
	push '<first-entry><flag-message><last-entry><flag-message>\\
	<sync-mailbox><quit>'
	EOF
	mkdir tmp
	chown anna tmp
	chmod 1777 mail
	env HOME="$(pwd)" TERM=vt100 LC_ALL=C setpriv --reuid anna \
	    --regid anna --clear-groups script -qec "mutt -n -F \
	    $(pwd)/muttrc -f $(pwd)/mail/anna" /dev/null </dev/null \
	    >mutt.out 2>&1 || flunk "$(cat mutt.out)"
	grep -q '^X-Status: F' mail/anna || flunk "not written: $(cat mutt.out)"
	subjects one two
	pop3d_stop
}

# The sender's length ends where mail that comes later does.
system_test grown "mail that comes makes no length right that was wrong"
grown_body()
{
	start
	{
		head_of second
		printf 'text\n'
	} >second
	n=$(wc -c <second)
	{
		head_of first "Content-Length: $((n + 6))"
		printf 'Hello\n\n'
	} | mailbox
	subjects first
	seen before
	cat second >>mail/anna
	subjects first second
	printf '\n' >>mail/anna
	deliver anna third
	subjects first second third
	# Everything is read again, and what is remembered still counts.
	touch mail/anna
	subjects first second third
	seen after
	[ "$(cut -d ' ' -f 4 before)" = "$(head -n 1 after |
	    cut -d ' ' -f 4)" ] || flunk "the id has changed"

	# In a session: what is removed is what was listed.
	{
		head_of first "Content-Length: $((n + 6))"
		printf 'Hello\n\n'
	} | mailbox
	session_begin
	cat second >>mail/anna
	session_end
	subjects second
	pop3d_stop
}

# Agents that quote leave the sender's length alone.
system_test hidden "mail that was received here is not hidden in other mail"
hidden_body()
{
	start
	trace='Received: from x (x [192.0.2.1])
	by mx.example.org with ESMTP; now'
	{
		head_of two "$trace"
		printf 'text\n'
	} >two
	{
		head_of one "$trace
Content-Length: $(($(wc -c <two) + 6))"
		printf 'Hello\n\n'
		cat two
		echo
		head_of three "$trace"
		printf 'text\n\n'
	} | mailbox
	subjects one two three
	delete 1
	subjects two three
	pop3d_stop
}

system_test paragraphs "a paragraph that begins with From is text"
paragraphs_body()
{
	start
	while read -r line; do
		{
			head_of one
			printf 'Hello,\n\n%s\nBye\n\n' "$line"
			head_of two
			printf 'text\n\n'
		} | mailbox
		subjects one two
	done <<-'EOF'
	From 10:00 on Monday, 5 Jan, the office is closed.
	From here:
	From today
	From Jan 5 at 9:30 until further notice
	From now on you can access your personal space in any web browser by
	From May 2026 trains leave at 7:45 and 8:15.
	From what I hear, all went well.
	From the minutes of the meeting of 2026: at 10:15 we met
	EOF
	logged 'no From_ line, though it is much like one, at offset' ||
		flunk "not logged"
	pop3d_stop
}

# before: put stdin before anna's first message.
before()
{
	cat >junk
	{
		cat junk
		head_of one
		printf 'text\n\n'
		head_of two
		printf 'text\n\n'
	} | mailbox
	subjects one two
	delete 1
	subjects two
	deliver anna three
	subjects two three
	delete 1 2
	[ "$(stat -c %s junk)" -eq "$(stat -c %s mail/anna)" ] &&
	    cmp -s junk mail/anna || flunk "left: $(cat -A mail/anna)"
}

system_test beginnings "what stands before the first message is kept" 300
beginnings_body()
{
	start
	head -c 512 /dev/zero | before
	subjects
	deliver anna one
	subjects one
	printf '\357\273\277' | before
	subjects
	printf ' \t\n' | before
	subjects
	# Nobody is locked out for longer than until the next mail comes.
	printf 'Subject: what\n\nremains of a message\n\n' | before
	deliver anna one
	subjects one
	# Line ends are nothing.
	printf '\n\n' >junk
	{
		cat junk
		head_of one
	} | mailbox
	delete 1
	[ ! -s mail/anna ] || flunk "left: $(cat -A mail/anna)"
	pop3d_stop
}

system_test internal "what UW imapd and Alpine keep in a mailbox is no mail"
internal_body()
{
	start
	before <<-EOF
	From MAILER-DAEMON Mon Jan  5 10:00:00 2026
	Date: 05 Jan 2026 10:00:00 +0000
	From: Mail System Internal Data <MAILER-DAEMON@example.org>
	Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA
	Message-ID: <1767607200@example.org>
	X-IMAP: 1767607200 0000000012 \$Forwarded
	Status: RO

	This text is part of the internal format of your mail folder, and is not
	a real message.  It is created automatically by the mail system software.
	If deleted, important folder data will be lost, and it will be re-created
	with the data reset to initial values.

	EOF
	subjects
	deliver anna one
	subjects one
	seen now
	# It came by mail: a message like others.
	sed -i 's/^Date:/Received: by mx.example.org; now\nDate:/' mail/anna
	own_mbox anna
	subjects "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA" one
	pop3d_stop
}

system_test times "odd times of the file, and a new text under old ones" 300
times_body()
{
	start
	for t in 4102444800 -150000000 0 8589934592; do
		mkmbox anna 2
		touch -d "@$t" mail/anna
		seen first
		touch -d "@$t" mail/anna
		seen second
		cmp first second || flunk "not the same at $t"
		delete 1
		seen third
		[ "$(cut -d ' ' -f 2- third)" = \
		    "$(sed 1d second | cut -d ' ' -f 2-)" ] ||
			flunk "at $t: $(cat second third)"
	done
	mkmbox anna 2
	seen first
	touch -r mail/anna stamp
	sed -i 's/This is message 1/This is massage 1/' mail/anna
	own_mbox anna
	touch -r stamp mail/anna
	seen second
	[ "$(head -n 1 first)" != "$(head -n 1 second)" ] ||
		flunk "the old message is served"
	pop3d_stop
}

# swapped COMMAND: after a session has read a message, COMMAND changes the
# mailbox; then the session reads another message, or removes one.  With
# RETR=-ERR there is nothing left to read.
swapped()
{
	_steps='C: RETR 3
	M: \+OK.*
	C: QUIT
	S: \+OK.*'
	[ "${RETR-}" != -ERR ] || _steps='C: RETR 3
	S: -ERR \[SYS/TEMP\].*'
	for steps in "$_steps" 'C: DELE 1
	S: \+OK.*
	C: QUIT
	S: -ERR \[SYS/TEMP\].*' 'C: DELE 3
	S: \+OK.*
	C: QUIT
	S: -ERR \[SYS/TEMP\].*'; do
		rm -f mail/*
		mkmbox anna
		cp mail/anna new
		session_begin "$(echo "$steps" | sed 's/^[[:space:]]*//')"
		eval "$1"
		sum=$(sha256sum mail/anna 2>&1)
		session_end
		[ "$(sha256sum mail/anna 2>&1)" = "$sum" ] ||
			flunk "$1: the mailbox was touched"
	done
}

system_test swapped "the mailbox is replaced, cut or moved in a session" 300
swapped_body()
{
	start
	swapped 'cp new mail/x; chown anna:anna mail/x; mv mail/x mail/anna'
	swapped 'head -n 14 new >mail/x; chown anna:anna mail/x;
	    mv mail/x mail/anna'
	swapped 'mv mail/anna mail/anna.old'
	RETR=-ERR
	swapped ': >mail/anna'
	swapped 'cp mail/anna mail/anna.1; : >mail/anna'
	pop3d_stop
}
