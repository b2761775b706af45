#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The table of reports from the field, cases/README, names tests that exist.

REGRESS=$(atf_get_srcdir)

atf_test_case exist
exist_head()
{
	atf_set descr "every test that cases/README names exists"
}
exist_body()
{
	awk '/^c[0-9]+ / { print $2 }' "$REGRESS/cases/README" >named
	[ "$(wc -l <named)" -ge 20 ] || atf_fail "the table is too short"
	# In the sources: listing a program's cases takes seconds.
	while IFS=: read -r program name; do
		case $program in
		*/*)	grep -Eq "^ATF_TC[A-Z_]*\($name\)" \
			    "$REGRESS/$program.c" ;;
		*)	grep -Eq "^[a-z]+_test $name " "$REGRESS/$program.sh" ;;
		esac || atf_fail "no test $program:$name"
	done <named
}

atf_init_test_cases()
{
	atf_add_test_case exist
}
