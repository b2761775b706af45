#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The files of a program depend on each other in one direction only: neither
# their calls nor their includes form a cycle.  Their functions have the name of
# their file, and the engine's have their seams.

. "$(atf_get_srcdir)/lib/lib.sh"

# The directories that have no cycle.  Add yours once it has none.
ACYCLIC="authd authd/backends authd/conf common keyd pop3d storaged storaged/mbox"

# Whole files per system, a.c and a_linux.c, count as the one file a.
systems='s/_(linux|openbsd)$//'

# calls DIRECTORY: a line "user definer" for each object file there that uses a
# symbol of another one.  Every program has a main, so main belongs to none.
# Old objects of a file that has gone do not count.
calls()
{
	for o in "$1"/*.o; do
		[ -e "${o%.o}.c" ] || continue
		f=$(basename "$o" .o | sed -E "$systems")
		nm -g "$o" | awk -v f="$f" '$NF == "main" { next }
		    NF == 2 && $1 == "U" { print "uses", $2, f }
		    NF == 3 { print "has", $3, f }'
	done | sort | awk '$1 == "has" { where[$2] = $3; next }
	    $2 in where && where[$2] != $3 { print $3, where[$2] }' | sort -u
}

# includes DIRECTORY: the same for headers.  A header without a .c file beside
# it is a file, too.
includes()
{
	for h in "$1"/*.[ch]; do
		f=$(basename "${h%.[ch]}" | sed -E "$systems")
		sed -n 's/^#include "\(.*\)\.h"/\1/p' "$h" |
		while read -r used; do
			[ ! -e "$1/$used.h" ] || [ "$used" = "$f" ] ||
				echo "$f $used"
		done
	done | sort -u
}

# acyclic FILE: whether the graph there, a line for each edge, has no cycle.
# tsort(1) names the files of each cycle; not all of them fail because of one.
acyclic()
{
	tsort "$1" >sorted 2>cycle && [ ! -s cycle ]
}

system_test none "no calls and no includes in a circle"
none_body()
{
	for dir in $ACYCLIC; do
		calls "$REGRESS/../$dir" >called
		includes "$REGRESS/../$dir" >included
		[ -s called ] && [ -s included ] || flunk "$dir: nothing found"
		sort -u called included >both
		for graph in called included both; do
			acyclic $graph || flunk "$dir: $graph: $(cat cycle)"
		done
	done
}

system_test found "cycles of calls and of includes are found"
found_body()
{
	mkdir calls
	echo 'void b(void); void a(void); void a(void) { b(); }' >calls/a.c
	echo 'void a(void); void b(void); void b(void) { a(); }' >calls/b.c
	(cd calls && ${CC:-cc} -c a.c && ${CC:-cc} -c b.c) ||
		flunk "does not compile"
	calls calls >edges
	! acyclic edges || flunk "a and b call each other: $(cat edges)"
	mkdir includes
	echo '#include "b.h"' >includes/a.h
	echo '#include "b.h"' >includes/a.c
	touch includes/b.h
	includes includes >edges
	acyclic edges || flunk "a includes b: $(cat edges cycle)"
	echo '#include "a.h"' >includes/b_linux.c
	includes includes >edges
	! acyclic edges || flunk "a and b include each other: $(cat edges)"
}

# writers DIRECTORY: where the state of a session is written, "FILE FUNCTION".
writers()
{
	for c in "$1"/*.c; do
		awk -v f="$(basename "$c")" '/^[a-z_0-9]+\(/ { sub(/\(.*/, "")
		    name = $0 }
		    /(->|[.])state *=[^=]/ { print f, name }' "$c"
	done
}

# ruleless DIRECTORY: states of a session without a rule in dialogue.c; and
# other files that make rules for input.
ruleless()
{
	sed -n '/^enum session_state/,/^}/s/^.\(SESSION_[A-Z]*\),.*/\1/p' \
	    "$1/session.h" >states
	while read -r state; do
		grep -q "\[$state\] = {" "$1/dialogue.c" || echo "$state"
	done <states
	grep -lE '\{ *TRANSPORT_[A-Z]+,' "$1"/*.c | grep -v '/dialogue\.c$'
}

# unprefixed DIRECTORY: static functions without the name of their file, except
# for usage().
unprefixed()
{
	for c in "$1"/*.c; do
		f=$(basename "$c" .c | sed -E "$systems")
		awk -v p="${f}_" -v c="$c" '
		    type && /^[a-z_0-9]+\(/ && index($0, p) != 1 &&
			!/^usage\(/ {
			sub(/\(.*/, ""); print c ": " $0 }
		    { type = /^static [^;=(]*$/ }' "$c"
	done
}

system_test seams "one writer of a session's state, one table of its input"
seams_body()
{
	writers "$REGRESS/../pop3d" >found
	[ "$(cat found)" = "session.c session_enter" ] || flunk "$(cat found)"
	ruleless "$REGRESS/../pop3d" >found
	grep -q SESSION_AUTH states || flunk "no states: $(cat states)"
	[ ! -s found ] || flunk "$(cat found)"
	mkdir bad
	printf 'f(void)\n{\n\ts->state = SESSION_AUTH;\n' >bad/a.c
	printf 'enum session_state {\n\tSESSION_AUTH,\n}' >bad/session.h
	printf '\tx = { TRANSPORT_LINES, 1, 0 };\n' >bad/b.c
	touch bad/dialogue.c
	[ "$(writers bad)" = "a.c f" ] || flunk "$(writers bad)"
	[ "$(ruleless bad | tr '\n' ' ')" = "SESSION_AUTH bad/b.c " ] ||
		flunk "$(ruleless bad)"
}

system_test prefixes "functions of a file have its name"
prefixes_body()
{
	for dir in $ACYCLIC; do
		unprefixed "$REGRESS/../$dir" >found
		[ ! -s found ] || flunk "$(cat found)"
	done
	mkdir bad
	printf 'static int\na_ok(void)\nstatic int\nwrong(void)\n' >bad/a.c
	[ "$(unprefixed bad)" = "bad/a.c: wrong" ] || flunk "$(unprefixed bad)"
}
