#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Files that are not mailboxes: refused with [SYS/PERM], left untouched.

. "$(atf_get_srcdir)/lib/lib.sh"

# refused: anna's login is; bert's is not.
refused()
{
	login_gets anna "$PASS_anna" '-ERR \[SYS/PERM\] .*'
	logged 'anna' || flunk "the log does not say why: $(cat log)"
	login_works bert || flunk "bert suffers: $(cat talk.out)"
}

# untouched FILE: so it is, and this file stays as it was.
untouched()
{
	before=$(sha256sum <"$1")
	refused
	[ "$(sha256sum <"$1")" = "$before" ] || flunk "touched"
}

start()
{
	pop3d_conf
	mkmbox bert
	pop3d_start
}

system_test symlink "a symbolic link"
symlink_body()
{
	start
	mkmbox anna
	mv mail/anna mail/real
	ln -s real mail/anna
	chown -h anna:anna mail/anna
	untouched mail/real
	[ -L mail/anna ] || flunk "the link is gone"
	pop3d_stop
}

system_test fifo "a FIFO: refused at once, nothing hangs"
fifo_body()
{
	start
	mkfifo mail/anna
	chown anna:anna mail/anna
	refused
	[ -p mail/anna ] || flunk "the FIFO is gone"
	pop3d_stop
}

system_test hardlink "a file with a second name"
hardlink_body()
{
	start
	mkmbox anna
	ln mail/anna mail/second
	untouched mail/anna
	[ "$(stat -c %h mail/anna)" = 2 ] || flunk "a name is gone"
	pop3d_stop
}

system_test foreign "somebody else's file, readable for all"
foreign_body()
{
	start
	mkmbox anna
	chown cleo:cleo mail/anna
	chmod 666 mail/anna
	untouched mail/anna
	pop3d_stop
}

system_test root_owned "root's file"
root_owned_body()
{
	start
	cp mail/bert mail/anna
	chown root:root mail/anna
	chmod 666 mail/anna
	untouched mail/anna
	pop3d_stop
}

system_test not_mbox "a file that is not an mbox"
not_mbox_body()
{
	start
	printf 'Subject: hello\n\nno From_ line\n' >mail/anna
	own_mbox anna
	before=$(stat -c '%i %s %Y' mail/anna; sha256sum <mail/anna)
	refused
	[ "$(stat -c '%i %s %Y' mail/anna; sha256sum <mail/anna)" = \
	    "$before" ] || flunk "touched"
	pop3d_stop
}

system_test binary "a file of random bytes"
binary_body()
{
	start
	head -c 1000000 /dev/urandom >mail/anna
	own_mbox anna
	untouched mail/anna
	pop3d_stop
}

system_test directory "a directory"
directory_body()
{
	start
	mkdir mail/anna
	chown anna:anna mail/anna
	refused
	[ -d mail/anna ] || flunk "the directory is gone"
	pop3d_stop
}

system_test device "a device"
device_body()
{
	start
	mknod mail/anna c 1 3 || atf_skip "no mknod here"
	chown anna:anna mail/anna
	refused
	pop3d_stop
}

system_test traversal "a user name that leaves the spool"
traversal_body()
{
	start
	for u in ../users .. . / a/b -x; do
		pop3_talk -t "$TLSPORT" <<-EOF
		S: \+OK.*
		C: USER $u
		S: (\+OK|-ERR).*
		C: PASS $PASS_anna
		S: -ERR.*
		C: QUIT
		S: \+OK.*
		EOF
	done
	login_works bert || flunk "$(cat talk.out)"
	pop3d_stop
}
