#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The source tree: the heads of files agree with the Makefiles, the documents
# keep their width and words and name only files and functions that exist, and
# no name of an earlier layout is left.

. "$(atf_get_srcdir)/lib/lib.sh"

TOP=$REGRESS/..
ROOMS="authd common keyd pop3d storaged"

# Files of the program's own system, or with no input but their callers', need
# not say what they trust.
NO_INPUT='_(linux|openbsd|aarch64|x86_64)[.]c$|^common/sandbox/'
NO_INPUT="$NO_INPUT|^authd/(authd|daemonize|flood)[.]c$|/password_noargon2[.]c$"
NO_INPUT="$NO_INPUT|^common/(ids|signals)[.]c$|^pop3d/(output|peer)[.]c$"

# Where the English is that of doc/ already.  Add a directory when it is done.
PLAIN="README.md SECURITY.md DESIGN.md doc etc man"

# sources DIR: the product's own C files.
sources()
{
	(cd "$1" && find $ROOMS -name '*.[ch]' ! -name parse.c ! -name build.h |
	    sort)
}

# heads DIR: "FILE<tab>text of its first comment", on one line each.
heads()
{
	sources "$1" | (cd "$1" && while read -r f; do
		awk -v f="$f" '
		    NR == 1 { if ($0 !~ /SPDX-License-Identifier: ISC/)
			print f ": does not start with SPDX" >"/dev/stderr"; next }
		    NR == 2 && !/^\/\*/ { exit }
		    { line = $0; sub(/^[\/ ]\*+\/?/, "", line)
		      sub(/\*\/.*/, "", line); t = t " " line }
		    /\*\// { exit }
		    END { gsub(/[ \t]+/, " ", t); print f "\t" t }' "$f"
	done)
}

# linked DIR: "CLASS FILE.c", for each source that a program was linked of.
linked()
{
	for p in authd/authd:authd pop3d/engine:engine pop3d/pop3d:master \
	    keyd/keyd:keyd storaged/storaged:storaged \
	    $(cd "$1/authd/backends" && ls | sed -n \
	    '/^auth_[a-z_]*$/s|.*|authd/backends/&:backends|p'); do
		c=${p#*:}
		f=${p%:*}
		readelf -sW "$1/$f" |
		    awk -v c=$c '$4 == "FILE" && $8 ~ /[.]c$/ { print c, $8 }'
	done | sort -u
}

# The words of a "Runs in" sentence that name a program.
claims='
function claims(s,	r) {
	sub(/.*Runs in: */, "", s)
	sub(/[.]( .*)?$/, "", s)
	if (s ~ /every (process|program)/) return "every"
	if (s ~ /authd/) r = r " authd"
	if (s ~ /engine/) r = r " engine"
	if (s ~ /keyd/) r = r " keyd"
	if (s ~ /backend|auth_/) r = r " backends"
	if (s ~ /storaged|spawner/) r = r " storaged"
	if (s ~ /master/) r = r " master"
	return r " "
}'

# bad_heads DIR LINKED: what is wrong with the heads there.
bad_heads()
{
	{ heads "$1" >heads; } 2>&1
	awk -F '\t' '$2 !~ /Runs in: / { print $1 ": no \"Runs in:\"" }' heads
	awk -F '\t' -v none="$NO_INPUT" '$1 ~ /[.]c$/ && $1 !~ none &&
	    $2 !~ /Trusts: / { print $1 ": no \"Trusts:\"" }' heads
	awk -F '\t' "$claims"'
	    NR == FNR { split($0, w, " "); in_[w[2]] = in_[w[2]] " " w[1]; next }
	    $2 ~ /Runs in: / && $1 ~ /[.]c$/ {
		base = $1; sub(/.*\//, "", base)
		c = claims($2); l = in_[base]
		if (c == " ") print $1 ": \"Runs in\" names no program"
		if (c == "every" && $1 !~ /^common\//)
			print $1 ": not every process is linked with it"
		if (l == "" || c == "every") next
		n = split(l, w, " ")
		for (i = 1; i <= n; i++) if (!index(c, " " w[i] " "))
			print $1 ": runs in " w[i] ", too"
		n = split(c, w, " ")
		for (i = 1; i <= n; i++) if (!index(l " ", " " w[i] " "))
			print $1 ": is not linked in " w[i]
	    }' "$2" heads
	sources "$1" | sed -n 's|.*/\([^/]*[.]c\)$|\1|p' | sort | uniq -d |
	    sed 's/$/: two files have this name/'
}

# wide DIR: lines of Markdown beyond 80 columns that are no table and no URL.
wide()
{
	(cd "$1" && find . -name '*.md' ! -path './regress/agents/*' \
	    -exec awk 'length($0) > 80 && !/^ *\|/ && !/https?:\/\// {
		print FILENAME ":" FNR ": " length($0) " columns" }' {} +)
}

FORMER='(^|[^[:alnum:]_])(chance|success|snapshot|ahead|spaces)'

# old_names DIR: what the layout and the names before issue 11 left.
old_names()
{
	(cd "$1" && grep -rnIE --include='*.[chy58]' --include='*.md' \
	    --include='*.sh' --include='*.py' --include='Makefile' \
	    --include='*.mk' --exclude=t_tree.sh --exclude-dir=agents \
	    -e 'authd/(keyd|auth_)' -e 'storaged/mbox[.][ch]' \
	    -e 'common/sandbox[.][ch]' -e "$FORMER"'[.][ch]([^[:alnum:]]|$)' \
	    -e "$FORMER"'_(linux|openbsd)' .
	grep -rnIE --include='*.[chy58]' --include='*.md' --exclude-dir=agents \
	    -e "$FORMER"'_[a-z]' .)
}

# old_words DIR PATH...: words that Unix has others for.
old_words()
{
	(cd "$1" && shift && grep -rnwIE -e '[Ff]olders?' -e '[Tt]old' \
	    -e 'he|his|him|himself' -e 'loss of power' -e 'lest' -e 'shall' \
	    "$@")
}

# old_code_words DIR: the same in C files, where "told" may be a name.
old_code_words()
{
	sources "$1" | (cd "$1" && xargs grep -nwE -e '[Ff]olders?' \
	    -e 'he|his|him|himself')
}

# long_functions DIR: those of more than 60 lines.
long_functions()
{
	sources "$1" | (cd "$1" && grep '[.]c$' | xargs awk '
	    FNR == 1 { start = 0 }
	    /^\{/ { start = FNR }
	    /^\}/ && start {
		if (FNR - start + 1 > 60)
			print FILENAME ":" start ": " FNR - start + 1 " lines"
		start = 0
	    }')
}

# names_files DIR FILE...: what these documents call files, but DIR has not.
# A name may lack its first directories, and have a *.
names_files()
{
	(cd "$1" && find . -type f) >files
	(cd "$1" && shift && grep -oHE \
	    -e '[A-Za-z0-9_/*.-]*[A-Za-z0-9_*][.]([chy]|md|sh|py)\>' \
	    -e '\<man/[a-z0-9.-]*[.][58]' "$@") |
	    awk -F : 'NR == FNR { file[n++] = $0; next }
	    {
		name = $2
		sub(/^[.]*\//, "", name)
		gsub(/[.]/, "[.]", name)
		gsub(/[*]/, "[^/]*", name)
		for (i = 0; i < n; i++)
			if (file[i] ~ "/" name "$")
				next
		print $1 ": no file " $2
	    }' files -
}

# names_functions DIR FILE...: what they call functions, but nothing in DIR
# does: each name_of() or name_of(argument, ...); fork(2) and the like are not
# ours.
names_functions()
{
	sources "$1" | (cd "$1" && xargs cat) >code
	(cd "$1" && cat regress/*/*.[ch] regress/lib/*.sh 2>/dev/null) >>code
	(cd "$1" && shift && grep -oHE \
	    '\<[a-z][a-z0-9]*_[a-z0-9_]+\([^0-9]' "$@") |
	    sed 's/(.$//' | sort -u | while IFS=: read -r f name; do
		grep -qE "(^|[^[:alnum:]_])$name\(" code ||
			echo "$f: no function $name()"
	done
}

# index_rows DIR FILE: in the index, the rows of the form
#	| question | `file`, `file` | `function()`, `table` |
# in which a file does not exist by its whole path, or in whose files a function
# is not defined or another name does not occur.
index_rows()
{
	sed -n 's/^| *\(.*[^ ]\) *| *\(`.*`\) *| *\(`.*`\) *|$/\1|\2|\3/p' \
	    "$1/$2" >rows
	while IFS='|' read -r question files names; do
		files=$(echo "$files" | tr -d '`,')
		for f in $files; do
			[ -f "$1/$f" ] || echo "$2: $question: no file $f"
		done
		for n in $(echo "$names" | tr -d '`,'); do
			case $n in
			*"()")	re="^${n%??}\\(|^#define[[:space:]]+${n%??}\\(" ;;
			*)	re="(^|[^[:alnum:]_])$n([^[:alnum:]_]|\$)" ;;
			esac
			# shellcheck disable=SC2086
			(cd "$1" && cat $files 2>/dev/null | grep -qE "$re") ||
				echo "$2: $question: no $n in $files"
		done
	done <rows
}

# none WHAT: what was found, in the file found, is a mistake.
none()
{
	[ ! -s found ] || flunk "$1: $(cat found)"
}

system_test heads "each file says in which programs it runs, and it does"
heads_body()
{
	linked "$TOP" >linked
	grep -q '^master master.c$' linked || flunk "$(cat linked)"
	for c in authd engine keyd storaged backends; do
		grep -q "^$c log.c$" linked || flunk "$c: $(cat linked)"
	done
	bad_heads "$TOP" linked >found
	none "heads of files"
}

# wide_code DIR: the same for programs and Makefiles, with tabs of eight.
wide_code()
{
	(cd "$1" && find authd common keyd pop3d storaged \
	    \( -name '*.[chy]' -o -name Makefile \) ! -name parse.c |
	while read -r f; do
		expand "$f" | awk -v f="$f" 'length($0) > 80 {
		    print f ":" FNR ": " length($0) " columns" }'
	done)
}

system_test width "documents and programs have at most 80 columns"
width_body()
{
	wide "$TOP" >found
	wide_code "$TOP" >>found
	none "too wide"
}

system_test names "no name of an earlier layout"
names_body()
{
	old_names "$TOP" >found
	none "old names"
}

system_test words "documents use the words of Unix"
words_body()
{
	# shellcheck disable=SC2086
	old_words "$TOP" $PLAIN >found
	old_code_words "$TOP" >>found
	none "words"
}

system_test places "files and functions that documents name exist"
places_body()
{
	docs="README.md SECURITY.md DESIGN.md $(cd "$TOP" && echo doc/*.md)"
	# shellcheck disable=SC2086
	{
		names_files "$TOP" $docs
		names_functions "$TOP" $docs
	} >found
	index_rows "$TOP" doc/where.md >>found
	none "names of what does not exist"
	[ "$(wc -l <rows)" -ge 40 ] || flunk "the index is empty"
}

system_test functions "no function has more than 60 lines"
functions_body()
{
	long_functions "$TOP" >found
	none "long functions"
}

# A tree of mistakes, in which each of the above finds its own.
system_test finds "each of these tests finds what it looks for"
finds_body()
{
	mkdir -p bad/authd bad/common bad/keyd bad/pop3d bad/storaged bad/doc
	isc='/* SPDX-License-Identifier: ISC */'
	echo '/* Runs in: authd.  Trusts: nothing. */' >bad/authd/spdx.c
	printf '%s\n#include <a>\n' "$isc" >bad/authd/runs.c
	printf '%s\n/* Runs in: authd. */\n' "$isc" >bad/authd/trusts.c
	printf '%s\n/*\n * Runs in: authd,\n * engine.  Trusts: none.\n */\n' \
	    "$isc" >bad/storaged/claims.c
	printf '%s\n/* Runs in: every process.  Trusts: none. */\n' "$isc" \
	    >bad/keyd/every.c
	printf '%s\n/* Runs in: keyd.  Trusts: none. */\n' "$isc" \
	    >bad/keyd/twice.c
	cp bad/keyd/twice.c bad/pop3d/twice.c
	printf 'storaged claims.c\nengine claims.c\n' >linked
	bad_heads bad linked >found
	for l in 'authd/spdx.c: does not start with SPDX' \
	    'authd/runs.c: no "Runs in:"' 'authd/trusts.c: no "Trusts:"' \
	    'storaged/claims.c: runs in storaged, too' \
	    'storaged/claims.c: is not linked in authd' \
	    'keyd/every.c: not every process is linked with it' \
	    'twice.c: two files have this name'; do
		grep -qxF "$l" found || flunk "not found: $l: $(cat found)"
	done
	! grep 'claims.c:.*engine' found || flunk "it is linked in engine"

	{
		printf '%081d\n' 0
		printf '| %090d |\n' 0
		printf '<https://%090d>\n' 0
	} >bad/doc/wide.md
	wide bad >found
	[ "$(wc -l <found)" -eq 1 ] || flunk "width: $(cat found)"

	for n in authd/keyd.c authd/auth_file.c storaged/mbox.c \
	    common/sandbox.c chance.h chance_fill success_get \
	    snapshot_map ahead_add spaces_linux.c; do
		echo "see $n" >bad/doc/old.md
		echo "see x$n or $n" >>bad/doc/old.md
		old_names bad | grep -q old.md:1: || flunk "old name: $n"
	done
	echo 'a good chance. success-cache, namespaces_x ahead.count' >bad/doc/old.md
	! old_names bad || flunk "new names"

	for w in Folders told his lest shall 'a loss of power'; do
		echo "see $w" >bad/doc/words.md
		old_words bad doc | grep -q words.md:1: || flunk "word: $w"
	done
	echo 'FOLDER INTERNAL DATA, this' >bad/doc/words.md
	! old_words bad doc || flunk "good words"
	echo '/* The folder is his. */' >bad/keyd/words.c
	old_code_words bad | grep -q '^keyd/words.c:1:' || flunk "code: word"
	echo 'int told;' >bad/keyd/words.c
	! old_code_words bad || flunk "code: good words"

	cat >bad/doc/places.md <<-'EOF'
	In `twice.c`, `pop3d/tw*.c`, [doc](doc/old.md), `man/none.8`, `none.c`,
	`authd/twice.c`: `find_me()`, `lose_me(x, ...)`, `fork(2)`, pivot_root(2).
	EOF
	printf 'int\nfind_me(int lost)\n{\n}\n' >>bad/pop3d/twice.c
	{
		names_files bad doc/places.md
		names_functions bad doc/places.md
	} >found
	printf 'doc/places.md: no %s\n' 'file man/none.8' 'file none.c' \
	    'file authd/twice.c' 'function lose_me()' | diff - found >&2 ||
		flunk "places: $(cat found)"
	cat >bad/doc/places.md <<-'EOF'
	| question | file | function |
	|---|---|---|
	| good | `pop3d/twice.c` | `find_me()`, `lost` |
	| gone | `pop3d/gone.c`, `pop3d/twice.c` | `find_me()` |
	| bad | `pop3d/twice.c` | `lost()`, `los` |
	EOF
	index_rows bad doc/places.md >found
	printf 'doc/places.md: %s\n' 'gone: no file pop3d/gone.c' \
	    'bad: no lost() in pop3d/twice.c' 'bad: no los in pop3d/twice.c' |
	    diff - found >&2 || flunk "index: $(cat found)"

	{
		printf 'int\nshort_one(void)\n{\n}\nint\nlong_one(void)\n{\n'
		yes | head -n 59
		echo '}'
	} >bad/keyd/long.c
	long_functions bad >found
	grep -q '^keyd/long.c:7: 61 lines$' found &&
	    [ "$(wc -l <found)" -eq 1 ] || flunk "functions: $(cat found)"
}
