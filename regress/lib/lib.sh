# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# lib.sh: read by every system test, t_*.sh.
#
# A test runs as root, within accounts.sh, in an empty work directory that kyua
# makes and removes.  It creates all its files there.  Its cleanup ends the
# processes that it started, by process id.  Its ports are its own.

REGRESS=$(atf_get_srcdir)
POP3="$REGRESS/lib/pop3.py"

# The number of kyua's work directory is unique among the running tests.
_n=$(pwd | sed -n 's|^.*/kyua\.[^/]*/\([0-9]*\)/.*|\1|p')
PORT=$((10000 + ${_n:-$(($$ % 2000))} * 10))	# starttls
TLSPORT=$((PORT + 1))				# tls
CLEARPORT=$((PORT + 2))				# plaintext

# flunk TEXT: fail the case.  kyua shows one line; the whole text is in its
# report.
flunk()
{
	printf '%s\n' "$*" >&2
	[ ! -f log ] || { echo "--- log:"; tail -n 30 log; } >&2
	atf_fail "$(printf '%s' "$*" | tr '\n' '|' | cut -c 1-300)"
}

# pop3d_install: set POP3D and LIBEXEC; install the tree if run.sh did not.
pop3d_install()
{
	if [ -z "${POP3D_ROOT-}" ]; then
		POP3D_ROOT=$(pwd)/root
		[ -d root ] || (cd "$REGRESS/.." &&
		    make install DESTDIR="$POP3D_ROOT") >install.log 2>&1 ||
			flunk "make install failed: $(cat install.log)"
	fi
	POP3D=$POP3D_ROOT/usr/local/sbin/pop3d
	LIBEXEC=${POP3D_LIBEXEC:-$POP3D_ROOT/usr/local/libexec/pop3d}
}

# memory_bound KILOBYTES: set MEMORY_MAX to that, or to no bound for programs
# built with SAN=1, which keep freed memory for a while.
memory_bound()
{
	MEMORY_MAX=$1
	! grep -q __asan_init "$LIBEXEC/engine" || MEMORY_MAX=1000000
	export MEMORY_MAX
}

# own_libexec: copy the libexec directory, so the test can add backends.
own_libexec()
{
	mkdir libexec
	cp -p "$LIBEXEC"/* libexec/
	LIBEXEC=$(pwd)/libexec
}

# fake NAME ...: make auth_NAME a fakebackend.py, with the numbers of proto.h.
fake()
{
	awk '/^\tX\(/ { n++; sub(/^\tX\(/, ""); sub(/,.*/, "");
	    print "s/@" $0 "@/" n "/" }' "$REGRESS/../common/proto.h" >numbers
	own_libexec
	for _b; do
		sed -f numbers "$REGRESS/lib/fakebackend.py" >"libexec/auth_$_b"
		chmod 755 "libexec/auth_$_b"
	done
}

# mkcert NAME: make NAME.crt and NAME.key, ECDSA P-256, valid for localhost.
mkcert()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 30 -subj /CN=localhost \
	    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
	    -keyout "$1.key" -out "$1.crt" 2>openssl.log ||
		flunk "openssl: $(cat openssl.log)"
	chmod 600 "$1.key"
}

# pop3d_conf [LINE ...]: make everything that a daemon needs, and pop3d.conf
# with the LINEs at its end.  AUTH and MAILBOX, if set, replace the usual lines.
pop3d_conf()
{
	pop3d_install
	here=$(pwd)
	chmod 755 .
	umask 022
	mkdir -p mail state empty
	[ -f server.crt ] || mkcert server
	mkusers
	{
		echo "state \"$here/state\""
		echo "chroot \"$here/empty\""
		echo "pki localhost cert \"$here/server.crt\"" \
		    "key \"$here/server.key\""
		echo "listen on 127.0.0.1 port $PORT starttls"
		echo "listen on 127.0.0.1 port $TLSPORT tls"
		echo "listen on 127.0.0.1 port $CLEARPORT plaintext"
		echo "${AUTH:-auth file \"$here/users\"}"
		echo "${MAILBOX:-mailbox mbox \"$here/mail/%u\"}"
		for line; do echo "$line"; done
	} >pop3d.conf
}

# mkusers: make the file for auth_file, with the passwords of the accounts.
mkusers()
{
	cat >users <<-EOF
	anna:$HASH_anna:5001:5001:Anna:/nonexistent::
	bert:$HASH_bert:5002:5002:Bert:/nonexistent::
	cleo:$HASH_cleo:5003:5003:Cleo:/nonexistent::
	EOF
	chown root:_pop3auth users
	chmod 640 users
}

# pop3d_start [ARGUMENT ...]: start it and wait until every process is there.
pop3d_start()
{
	_before=$(grep -c ': ready, version' log 2>/dev/null) || :
	pop3d_begin "$@"
	soon is_ready || flunk "pop3d is not ready"
}

# pop3d_begin [ARGUMENT ...]: start it and wait until it greets clients, which
# may be earlier.  It does not get our environment, which has the passwords.
pop3d_begin()
{
	rm -f pid
	env -i PATH="$PATH" ASAN_OPTIONS="${ASAN_OPTIONS-}" "$POP3D" -d \
	    -f "$(pwd)/pop3d.conf" -L "$LIBEXEC" "$@" >>log 2>&1 &
	echo $! >pid
	"$POP3" wait "$PORT" "$(cat pid)" ||
		flunk "pop3d does not start"
}

is_ready()
{
	[ "$(grep -c ': ready, version' log)" -gt "${_before:-0}" ]
}

# ended PID: whether the process is gone, or a zombie that we have to reap.
ended()
{
	_s=$(sed 's/^.*) \(.\).*$/\1/' "/proc/$1/stat" 2>/dev/null) || return 0
	[ -z "$_s" ] || [ "$_s" = Z ]
}

# soon COMMAND ...: try until it succeeds, for at most a minute; it takes long
# only on a busy machine.
soon()
{
	_i=0
	until "$@"; do
		_i=$((_i + 1))
		[ $_i -lt 1200 ] || return 1
		sleep 0.05
	done
}

# tree PID: print it and all its descendants.
tree()
{
	echo "$1"
	for _c in $(ps -o pid= --ppid "$1"); do
		tree "$_c"
	done
}

# pop3d_stop: send SIGTERM to the main process; all processes must end soon.
pop3d_stop()
{
	[ -f pid ] || return 0
	_pid=$(cat pid)
	_all=$(tree "$_pid")
	kill -TERM "$_pid" || flunk "pop3d was gone"
	for _p in $_all; do
		soon ended "$_p" || flunk "process $_p is still there"
	done
	rm -f pid
	# With SAN=1 the process has been restarted, unnoticed.
	! grep -Eq 'AddressSanitizer|runtime error:' log ||
		flunk "$(grep -E 'Sanitizer|runtime error:' log)"
	! grep -Eq 'unlisted call|signal 31' log ||
		flunk "$(grep -E 'unlisted call|signal 31' log)"
}

# pop3d_kill, for cleanup: kill everything, check nothing.
pop3d_kill()
{
	[ -f pid ] || return 0
	_pid=$(cat pid)
	_all=$(tree "$_pid")
	# shellcheck disable=SC2086
	kill -KILL $_all 2>/dev/null
	rm -f pid
}

# pids_of_role ROLE: of authd, engine, keyd, auth_NAME, spawner or session.
pids_of_role()
{
	_main=$(cat pid)
	case $1 in
	authd)
		echo "$_main" ;;
	spawner)
		_children "$_main" storaged ;;
	session)
		for _s in $(_children "$_main" storaged); do
			_children "$_s" storaged
		done ;;
	*)
		_children "$_main" "$1" ;;
	esac
}

_children()
{
	for _c in $(ps -o pid= --ppid "$1"); do
		case $(readlink "/proc/$_c/exe") in
		*/"$2")	echo "$_c" ;;
		esac
	done
}

# open_files PID: the targets of its descriptors, one on each line.
open_files()
{
	find "/proc/$1/fd" -type l -printf '%l\n'
}

# status PID FIELD: print that field of /proc/PID/status.
status()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# mkmbox USER [COUNT]: make a mailbox of COUNT (3) small messages.
mkmbox()
{
	_i=1
	while [ $_i -le "${2-3}" ]; do
		cat <<-EOF
		From sender@example.org Mon Jan  5 10:00:00 2026
		From: sender@example.org
		To: $1@example.org
		Subject: message $_i for $1
		Message-ID: <$1.$_i@example.org>

		This is message $_i.
		.
		..two dots
		The end.

		EOF
		_i=$((_i + 1))
	done >"mail/$1"
	own_mbox "$1"
}

own_mbox()
{
	chown "$1:$1" "mail/$1"
	chmod 600 "mail/$1"
}

# deliver USER TEXT: append a message, as a delivery agent would.
deliver()
{
	flock "mail/$1" sh -c 'printf "%s\n" \
	    "From agent@example.org Tue Jan  6 10:00:00 2026" \
	    "Subject: $2" "" "$2" "" >>"mail/$1"' - "$1" "$2"
}

# pop3_talk [-t | -s] PORT: carry out a script on stdin; see pop3.py.
pop3_talk()
{
	_o=
	case $1 in
	-*)	_o=$1; shift ;;
	esac
	# shellcheck disable=SC2086
	"$POP3" $_o talk "$@" >talk.out 2>&1 ||
		flunk "$(cat talk.out)"
}

# pop3_python ARGUMENT ...: run the Python program on stdin with pop3.py's
# names.
pop3_python()
{
	{
		echo 'import os, sys, time, socket'
		echo "sys.path.insert(0, \"$REGRESS/lib\")"
		echo 'from pop3 import *'
		cat
	} >program.py
	python3 program.py "$@" >python.out 2>&1 || flunk "$(cat python.out)"
}

# login_works [USER]: whether a login over TLS works now.
login_works()
{
	"$POP3" -t talk "$TLSPORT" >talk.out 2>&1 <<-EOF
	S: \+OK.*
	LOGIN: ${1-anna}
	C: QUIT
	S: \+OK.*
	EOF
}

# login_gets USER PASSWORD REGEX: check the reply to a login over TLS.
login_gets()
{
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	C: USER $1
	S: \+OK.*
	C: PASS $2
	S: $3
	C: QUIT
	S: \+OK.*
	EOF
}

# seen OUT: write everything that a client sees of anna's mailbox.
seen()
{
	"$POP3" -t check "$TLSPORT" anna "$PASS_anna" >"$1" 2>err ||
		flunk "$(cat err)"
}

# A step of a script: create "ready", then wait for "done".
HOLD='RUN: touch ready; while [ ! -e "done" ]; do sleep 0.05; done'

# session_begin [STEPS]: log in as anna, over TLS, in the background.  After
# session_end the client does STEPS, or reads and removes a message.
session_begin()
{
	rm -f ready "done"
	cat >session.steps <<-EOF
	S: \+OK.*
	LOGIN: anna
	$HOLD
	${1-C: RETR 1
	M: \+OK.*
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: \+OK.*}
	EOF
	pop3_talk -t "$TLSPORT" session.steps &
	session=$!
	soon test -e ready || flunk "no session: $(cat talk.out log)"
}

session_end()
{
	touch "done"
	wait "$session" || flunk "session: $(cat talk.out)"
}

# logged REGEX: whether it is in the log, now or within half a minute.  A line
# may come after the client's answer, because the engine sends it to authd.
logged()
{
	_l=0
	until grep -Eq -e "$1" log; do
		_l=$((_l + 1))
		[ $_l -lt 300 ] || return 1
		sleep 0.1
	done
}

# unlogged REGEX: whether it is not in the log now.
unlogged()
{
	! grep -Eq -e "$1" log
}

# system_test NAME "DESCRIPTION" [TIMEOUT]: define a case with the body
# NAME_body.  It needs root and, if $NEEDS is set, that file; it ends what it
# started.
system_test()
{
	atf_test_case "$1" cleanup
	eval "_descr_$1=\$2"
	eval "$1_head() {
		atf_set descr \"\$_descr_$1\"
		atf_set require.user root
		atf_set timeout ${3-300}
		${NEEDS:+atf_set require.files $NEEDS}
	}
	$1_cleanup() { pop3d_kill; }"
	SYSTEM_TESTS="${SYSTEM_TESTS-} $1"
}

atf_init_test_cases()
{
	for _t in $SYSTEM_TESTS; do
		atf_add_test_case "$_t"
	done
}
