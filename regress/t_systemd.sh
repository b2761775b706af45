#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# etc/systemd/pop3d.service: the daemon works with the rights it leaves.

. "$(atf_get_srcdir)/lib/lib.sh"

NEEDS=/usr/bin/systemd-analyze

# The service is graded from 0 to 10; below is what a daemon that is root,
# changes its uid, serves the network and makes namespaces cannot get under.
EXPOSURE=3.1

# unit [NAME=VALUE ...]: set POP3D to a program that starts it as the installed
# unit would, with these changes.
unit()
{
	pop3d_conf
	UNIT=$POP3D_ROOT/usr/local/lib/systemd/system/pop3d.service
	{
		echo "#!/bin/sh"
		echo "exec '$REGRESS/lib/asunit.py' '$UNIT' $* '$POP3D' \"\$@\""
	} >as_unit
	chmod 755 as_unit
	POP3D=$(pwd)/as_unit
}

# status NAME: the value of authd's /proc/PID/status.
status()
{
	sed -n "s/^$1:[[:blank:]]*//p" "/proc/$(cat pid)/status"
}

# serves: logins, a message removed, all parts of the sandbox.
serves()
{
	mkmbox anna
	pop3d_start
	"$POP3" -t talk "$TLSPORT" >talk.out 2>&1 <<-EOF ||
	S: \+OK.*
	LOGIN: anna
	C: DELE 2
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
		flunk "$(cat talk.out)"
	[ "$(grep -c '^From ' mail/anna)" -eq 2 ] || flunk "nothing removed"
	unlogged 'going on without' || flunk "no namespaces"
	# CHOWN, KILL, SETGID, SETUID, SYS_CHROOT.
	[ "$(status CapPrm)" = 00000000000400e1 ] &&
	    [ "$(status CapEff)" = 00000000000400e1 ] ||
		flunk "capabilities: $(status CapPrm)"
	[ "$(status NoNewPrivs)" = 1 ] || flunk "no no_new_privs"
}

system_test works "with exactly what the unit leaves"
works_body()
{
	unit
	serves
	[ "$(status CapBnd)" = 00000000000400e1 ] ||
		flunk "bounding set: $(status CapBnd)"
	unlogged SETPCAP || flunk "CAP_SETPCAP is not there"
	pop3d_stop
}

system_test without_setpcap "where CAP_SETPCAP was taken away"
without_setpcap_body()
{
	caps="CAP_SETUID CAP_SETGID CAP_SYS_CHROOT CAP_NET_BIND_SERVICE"
	unit "CapabilityBoundingSet='$caps CAP_KILL CAP_CHOWN'"
	serves
	logged 'no CAP_SETPCAP: the bounding set keeps 0000000000000400;' ||
		flunk "$(cat log)"
	pop3d_stop
	# As a container of Docker's default without it, and less of a unit.
	unit "CapabilityBoundingSet='$caps CAP_KILL CAP_CHOWN CAP_DAC_OVERRIDE \
		CAP_FOWNER CAP_MKNOD CAP_NET_RAW CAP_AUDIT_WRITE'" \
	    NoNewPrivileges=no
	serves
	logged 'no CAP_SETPCAP: the bounding set keeps 000000002800240a;' ||
		flunk "$(cat log)"
	pop3d_stop
}

system_test lacks "what cannot be done without is named"
lacks_body()
{
	unit "CapabilityBoundingSet='CAP_SETUID CAP_SETGID CAP_SYS_CHROOT \
		CAP_CHOWN'"
	timeout 20 "$POP3D" -d -f "$(pwd)/pop3d.conf" -L "$LIBEXEC" >out 2>&1
	rc=$?
	[ $rc -eq 1 ] || flunk "exit $rc: $(cat out)"
	grep -q 'root lacks CAP_KILL here' out || flunk "$(cat out)"
	unit "CapabilityBoundingSet='CAP_SETUID CAP_SETGID CAP_SYS_CHROOT \
		CAP_KILL CAP_CHOWN'"
	timeout 20 "$POP3D" -n -f "$(pwd)/pop3d.conf" -L "$LIBEXEC" >out 2>&1 ||
		flunk "-n: $(cat out)"
}

system_test exposure "the unit is right, and grades well"
exposure_body()
{
	unit
	mkdir units
	sed "s|/usr/local|$POP3D_ROOT/usr/local|" "$UNIT" >units/pop3d.service
	systemd-analyze --man=no verify units/pop3d.service >out 2>&1 ||
		flunk "$(cat out)"
	! grep pop3d.service out || flunk "$(cat out)"
	limit=$(echo "$EXPOSURE" | tr -d .)
	systemd-analyze security --offline=yes --threshold="$limit" \
	    units/pop3d.service >out 2>&1 || flunk "$(tail -n 1 out)"
}
