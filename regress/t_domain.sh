#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Virtual domains: the user, the backends and the mailbox of a name.

. "$(atf_get_srcdir)/lib/lib.sh"

CRED='-ERR \[AUTH\] wrong user name or password'

# users FILE LINE...: a password file.
users()
{
	_f=$1
	shift
	printf '%s\n' "$@" >"$_f"
	chown root:_pop3auth "$_f"
	chmod 640 "$_f"
}

# vbox PATH UID [COUNT]: a mailbox below vmail with messages "for PATH"; the
# directories belong to root, so authd makes the dotlock.
vbox()
{
	mkdir -p "vmail/${1%/*}"
	_i=0
	while [ $_i -lt "${3-1}" ]; do
		_i=$((_i + 1))
		printf '%s\n' 'From x@y Mon Jan  5 10:00:00 2026' \
		    "Subject: $_i for $1" '' "text for $1" ''
	done >"vmail/$1"
	chown "$2:$2" "vmail/$1"
	chmod 600 "vmail/$1"
}

# gets USER PASSWORD PATH: a login shows the first message of that mailbox.
gets()
{
	pop3_talk -t "$TLSPORT" <<-EOT
	S: \+OK.*
	LOGIN: $1 $2
	C: TOP 1 0
	M: \+OK.*
	L: Subject: 1 for $3
	C: QUIT
	S: \+OK.*
	EOT
}

# noted USER PASSWORD MAILBOX: after a commit authd knows the owner of MAILBOX.
noted()
{
	pop3_talk -t "$TLSPORT" <<-EOT
	S: \+OK.*
	LOGIN: $1 $2
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOT
	[ "$(readlink "state/.users/$1")" = "5001 5001 $here/vmail/$3" ] ||
		flunk "not noted: $(ls -l state/.users)"
}

# refused USER PASSWORD [REGEX]: the login is refused, with this answer.
refused()
{
	login_gets "$1" "$2" "${3-$CRED}"
}

# domains_conf [LINE...]: a.example has local parts in its file, b.example full
# names and an alias; names without a domain are the usual ones.
domains_conf()
{
	here=$(pwd)
	AUTH="auth file \"$here/users\" { workers 1 }
domain \"a.example\" {
	auth file \"$here/a.users\" { workers 1 }
	mailbox mbox \"$here/vmail/%d/%n\"
	user local
}
domain \"B.example\" {
	alias \"alias.example\"
	auth file \"$here/b.few\" { workers 1 }
	auth file \"$here/b.users\" { workers 1 }
	mailbox mbox \"$here/vmail/%d/%n\" prefix \"$here/vmail/%d\"
	case fold
}"
	pop3d_conf "$@"
	users a.users "anna:$HASH_bert:5001:5001:::" \
	    "Cleo:$HASH_cleo:5003:5003:::"
	users b.few "bert@b.example:$HASH_anna:5002:5002:::"
	users b.users "anna@b.example:$HASH_cleo:5003:5003:::" \
	    "bert@b.example:$HASH_bert:5002:5002:::"
	vbox a.example/anna 5001
	vbox a.example/Cleo 5003
	vbox b.example/anna 5003
	vbox b.example/bert 5002
	mkmbox anna
}

system_test two "the same local part in two domains, and in none"
two_body()
{
	domains_conf 'limit per-user 1'
	pop3d_start
	login_works anna || flunk "$(cat talk.out)"
	gets anna@a.example "$PASS_bert" a.example/anna
	gets anna@b.example "$PASS_cleo" b.example/anna
	# A password is one user's.
	refused anna@a.example "$PASS_anna"
	refused anna@a.example "$PASS_cleo"
	refused anna@b.example "$PASS_bert"
	refused anna "$PASS_bert"
	# All at once, with one session for each user.
	pop3_python "$CLEARPORT" <<-EOT
	port = int(sys.argv[1])
	names = (("anna", "$PASS_anna"), ("anna@a.example", "$PASS_bert"),
	         ("anna@b.example", "$PASS_cleo"))
	def talk(f, line, want):
	    f.write(line.encode() + b"\r\n")
	    f.flush()
	    got = f.readline()
	    assert got.startswith(want), (line, got)
	def login(name, password, want):
	    s = socket.create_connection(("127.0.0.1", port), 60)
	    f = s.makefile("rwb")
	    f.readline()
	    talk(f, "USER " + name, b"+OK")
	    talk(f, "PASS " + password, want)
	    return f, s
	held = [login(n, p, b"+OK") for n, p in names]
	for n, p in names:
	    login(n, p, b"-ERR [IN-USE]")
	login("Anna@ALIAS.example", "$PASS_cleo", b"-ERR [IN-USE]")
	EOT
	[ "$(ls state)" = \
	    "$(printf '%s\n' anna anna@a.example anna@b.example)" ] ||
		flunk "$(ls -la state)"
	[ "$(stat -c %u state/anna@b.example)" = 5003 ] ||
		flunk "$(ls -l state)"
	logged 'login ok user="anna@a.example" .* uid=5001' || flunk "log"
	logged 'session end user="anna@b.example"' || flunk "log"
	logged 'login failed user="anna@b.example".*code=credentials' ||
		flunk "log"
	pop3d_stop
}

system_test default "default-domain, an alias, upper case"
default_body()
{
	domains_conf 'default-domain "Alias.Example"'
	pop3d_start
	gets anna "$PASS_cleo" b.example/anna
	gets anna@Alias.EXAMPLE "$PASS_cleo" b.example/anna
	gets ANNA@b.example "$PASS_cleo" b.example/anna
	gets anna@A.example "$PASS_bert" a.example/anna
	# Where case is kept, it counts.
	gets Cleo@a.example "$PASS_cleo" a.example/Cleo
	refused cleo@a.example "$PASS_cleo"
	refused ANNA@a.example "$PASS_bert"
	# Nobody is left without a domain.
	refused anna "$PASS_anna"
	[ "$(ls state)" = \
	    "$(printf '%s\n' Cleo@a.example anna@a.example anna@b.example)" ] ||
		flunk "$(ls -la state)"
	pop3d_stop
}

# spent: the CPU time that the workers of auth_file have used, in ns.
spent()
{
	pids_of_role auth_file | sed 's|.*|/proc/&/schedstat|' | xargs cat |
	    awk '{ n += $1 } END { printf "%d", n }'
}

# cpu COMMAND...: set CPU to what these workers use for it.
cpu()
{
	_from=$(spent)
	"$@"
	CPU=$(($(spent) - _from))
}

thrice()
{
	for _n in 1 2 3; do
		"$@"
	done
}

system_test unknown "an unknown domain reads and costs as an unknown user"
unknown_body()
{
	domains_conf
	# A user with such a name outside of domains is in none.
	users users "anna:$HASH_anna:5001:5001:::" \
	    "anna@c.example:$HASH_anna:5001:5001:::"
	cp -p mail/anna mail/anna@c.example
	pop3d_start
	refused anna@c.example "$PASS_anna"
	refused anna@sub.a.example "$PASS_bert"
	refused anna@example "$PASS_bert"
	logged 'login failed user=- .*reason="nobody is served under that' ||
		flunk "log"
	[ ! -e state/anna@c.example ] || flunk "a state directory"
	# By CPU, since time on a busy machine says little.
	cpu thrice refused nobody "$PASS_anna"
	known=$CPU
	cpu thrice refused nobody@c.example "$PASS_anna"
	[ $((CPU * 3)) -gt "$known" ] ||
		flunk "unknown domain $CPU ns, unknown user $known ns"
	cpu thrice refused anna@b.example wrong
	known=$CPU
	cpu thrice refused nobody@b.example wrong
	[ $((CPU * 3)) -gt "$known" ] ||
		flunk "unknown in b.example $CPU ns, known $known ns"
	pop3d_stop
}

system_test any "domain *: every other domain, as outside"
any_body()
{
	domains_conf 'domain * { }'
	users users "anna@c.example:$HASH_anna:5001:5001:::"
	cp -p mail/anna mail/anna@c.example
	pop3d_start
	login_gets anna@C.example "$PASS_anna" '\+OK.*'
	refused anna@d.example "$PASS_anna"
	refused anna "$PASS_anna"
	gets anna@a.example "$PASS_bert" a.example/anna
	pop3d_stop
}

# A backend that says yes to everybody: all that is refused is by our rules.
yes_conf()
{
	here=$(pwd)
	AUTH="auth ok { workers 1 }
domain \"a.example\"
domain \"b.example\"
default-domain \"a.example\""
	MAILBOX="mailbox mbox \"$here/vmail/%d/%n\""
	pop3d_conf
	fake ok
	mkdir -p vmail/a.example vmail/b.example
	# A server that only joins the strings it got would find it.
	vbox passwd 5001
}

system_test hostile "names that try to be something else"
hostile_body()
{
	yes_conf
	pop3d_start
	pop3_python "$CLEARPORT" <<-'EOT'
	names = [
	    b"anna@", b"@a.example", b"@", b"@@", b"anna@@a.example",
	    b"anna@a.example@b.example", b"anna@b.example@a.example",
	    b"anna@a.example@", b"@anna@a.example", b"anna@..",
	    b"..@a.example", b".@a.example", b"../passwd", b"..", b".users",
	    b"../passwd@a.example", b"anna@a.example/../b.example",
	    b"a/anna@a.example", b"/etc/passwd", b"anna@.",
	    b"anna@a..example", b"anna@a.example.", b"anna@.a.example",
	    b"anna@-a.example", b"-f@a.example", b"-f", b"%n@%d", b"anna@*",
	    b"anna@[127.0.0.1]", b"\xc3\xa4nna@a.example", b"\xff@\xff",
	    b"anna@\xc3\xa4.example", b"anna @a.example", b"\x01anna",
	    b"anna@a.example;b.example", b"anna@c.example", b"anna@example",
	    # One octet too much: in a line, or with its domain.
	    b"a" * 255, b"a" * 1000, b"a" * 246, b"a@" + b"a" * 244]
	for n in names:
	    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 60)
	    f = s.makefile("rwb")
	    f.readline()
	    f.write(b"USER " + n + b"\r\n")
	    f.flush()
	    got = f.readline()
	    if got.startswith(b"+OK"):
	        f.write(b"PASS any\r\n")
	        f.flush()
	        got = f.readline()
	        want = b"-ERR [AUTH] wrong user name or password\r\n"
	        assert got == want, (n, got)
	    assert got.startswith(b"-ERR"), (n, got)
	    f.close()
	    s.close()
	EOT
	[ -z "$(ls state)" ] || flunk "state: $(ls -la state)"
	unlogged 'user="' || flunk "named in the log: $(grep 'user="' log)"
	pop3d_stop
}

system_test odd "names that look like something else, and are names"
odd_body()
{
	yes_conf
	long=$(printf '%0230d' 0)
	for n in %u %n %d %% '*' "anna'" 'a%00b' 'anna:x' '$HOME' 'a;b' a..b \
	    '"a"' 'x\..' "$long"; do
		vbox "a.example/$n" 5001
	done
	pop3d_start
	for n in %u %n %d %% '*' "anna'" 'a%00b' 'anna:x' '$HOME' 'a;b' a..b \
	    '"a"' 'x\..' "$long"; do
		printf '%s\n' 'S: \+OK.*' "C: USER $n" 'S: \+OK.*' \
		    'C: PASS any' 'S: \+OK.*' 'C: TOP 1 0' 'M: \+OK.*' >script
		python3 -c 'import re, sys
print("L: Subject: 1 for a.example/" + re.escape(sys.argv[1]))' "$n" >>script
		printf '%s\n' 'C: QUIT' 'S: \+OK.*' >>script
		pop3_talk "$CLEARPORT" script
		[ -d "state/$n@a.example" ] || flunk "$(ls state)"
	done
	[ "$(ls state | wc -l)" -eq 14 ] || flunk "$(ls state)"
	pop3d_stop
}

system_test prefix "a mailbox that a backend names"
prefix_body()
{
	domains_conf
	v=$here/vmail
	m() { echo "$1@b.example:$HASH_anna:5001:5001:::$2"; }
	users b.users "$(m good "$v/b.example/shared/box")" \
	    "$(m template '')" "$(m above "$v/box")" \
	    "$(m other "$v/a.example/anna")" \
	    "$(m dots "$v/b.example/../a.example/anna")" \
	    "$(m slash "$v/b.example//shared/box")" \
	    "$(m directory "$v/b.example/shared/")" \
	    "$(m link "$v/b.example/shared/link")" \
	    "$(m foreign "$v/b.example/shared/bert")" \
	    "$(m system /etc/passwd)"
	users a.users "anna:$HASH_bert:5001:5001:::$v/b.example/shared/box"
	vbox b.example/shared/box 5001
	vbox b.example/shared/bert 5002
	vbox b.example/template 5001
	vbox box 5001
	ln -s box vmail/b.example/shared/link
	pop3d_start
	gets good@b.example "$PASS_anna" b.example/shared/box
	gets template@b.example "$PASS_anna" b.example/template
	for n in above other dots slash directory system; do
		refused $n@b.example "$PASS_anna" '-ERR \[SYS/PERM\] .*'
		logged "failed user=\"$n@.*no plain path below $v/b.example" ||
			flunk "$n: $(cat log)"
		# Before the password nobody learns of it.
		refused $n@b.example wrong
	done
	for n in link foreign; do
		refused $n@b.example "$PASS_anna" '-ERR \[SYS/PERM\] .*'
	done
	# Without a prefix the template stands.
	gets anna@a.example "$PASS_bert" a.example/anna
	noted good@b.example "$PASS_anna" b.example/shared/box
	pop3d_stop
}

# deletes USER ANSWER: mark the first message; QUIT gets ANSWER.
deletes()
{
	pop3_talk -t "$TLSPORT" <<-EOT
	S: \+OK.*
	LOGIN: $1 $PASS_anna
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: $2
	EOT
}

system_test dotlock "root makes no lock where a user may move the directory"
dotlock_body()
{
	domains_conf 'lock { dotlock } timeout 1'
	v=$here/vmail/b.example
	users b.users \
	    "good@b.example:$HASH_anna:5001:5001:::$v/deep/er/box" \
	    "evil@b.example:$HASH_anna:5001:5001:::$v/hers/link/er/box"
	vbox b.example/deep/er/box 5001
	mkdir vmail/b.example/hers
	ln -s ../deep vmail/b.example/hers/link
	chown -h 5001:5001 vmail/b.example/hers vmail/b.example/hers/link
	pop3d_start
	gets good@b.example "$PASS_anna" b.example/deep/er/box
	# To read needs no dotlock, to remove does.
	cp "$v/deep/er/box" before
	deletes evil@b.example '-ERR \[SYS/TEMP\] .*'
	cmp before "$v/deep/er/box" || flunk "the mailbox was changed"
	logged 'dotlock directory .*hers.* belongs to a user' ||
		flunk "$(cat log)"
	deletes good@b.example '\+OK.*'
	[ ! -s "$v/deep/er/box" ] || flunk "not removed"
	pop3d_stop
}

system_test chain "within a domain: unknown goes on, wrong and broken stop"
chain_body()
{
	domains_conf
	pop3d_start
	# Known to the first of its backends.
	gets bert@b.example "$PASS_anna" b.example/bert
	refused bert@b.example "$PASS_bert"
	# Known to the second.
	gets anna@b.example "$PASS_cleo" b.example/anna
	# Nobody else's backends are asked.
	refused cleo@b.example "$PASS_cleo"
	refused Cleo@b.example "$PASS_cleo"
	pop3d_stop
	# A file that cannot be read is no "no such user".
	rm b.few
	pop3d_start
	refused anna@b.example "$PASS_cleo" '-ERR \[SYS/TEMP\] .*'
	gets anna@a.example "$PASS_bert" a.example/anna
	pop3d_stop
}

system_test recovery "a commit of a domain's user that was cut short"
recovery_body()
{
	domains_conf
	vbox a.example/anna 5001 3
	pop3d_start
	gets anna@a.example "$PASS_bert" a.example/anna
	noted anna@a.example "$PASS_bert" a.example/anna
	pop3d_stop
	sed 1,5d vmail/a.example/anna >kept
	"$REGRESS/lib/journal.py" state/anna@a.example/journal \
	    vmail/a.example/anna || flunk journal.py
	pop3d_start
	logged 'all 1 mailboxes looked at, 1 recovered, 0 failed' ||
		flunk "recovery not logged: $(cat log)"
	logged 'mailbox of anna@a.example recovered' || flunk "$(cat log)"
	cmp kept vmail/a.example/anna || flunk "not recovered"
	pop3d_stop
}

system_test killed "a session of a domain's user that is killed"
killed_body()
{
	domains_conf
	vbox a.example/anna 5001 3
	cp vmail/a.example/anna whole
	pop3d_start
	pop3_talk "$CLEARPORT" <<-EOT
	S: \+OK.*
	LOGIN: anna@a.example $PASS_bert
	C: DELE 1
	S: \+OK.*
	RUN: kill -KILL \$(ps -o pid= --ppid $(pids_of_role spawner))
	EOF
	EOT
	logged '"anna@a.example": pid [0-9]+ killed by signal 9' ||
		flunk "$(cat log)"
	cmp whole vmail/a.example/anna || flunk "touched"
	soon gets anna@a.example "$PASS_bert" a.example/anna
	pop3d_stop
}

system_test directories "mailboxes in more directories than a sandbox lists"
directories_body()
{
	here=$(pwd)
	AUTH="auth file \"$here/users\" { workers 1 }"
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		AUTH="$AUTH
domain d$n.example { user local, mailbox mbox \"$here/vmail/s$n/%n\" }"
		vbox s$n/anna 5001
	done
	pop3d_conf
	pop3d_start
	for n in 1 16 17 20; do
		pop3_talk -t "$TLSPORT" <<-EOT
		S: \+OK.*
		LOGIN: anna@d$n.example $PASS_anna
		C: DELE 1
		S: \+OK.*
		C: QUIT
		S: \+OK.*
		EOT
		[ ! -s vmail/s$n/anna ] || flunk "d$n: not removed"
	done
	pop3d_stop
}
