#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Replay the commands of widespread mail programs: one case for each file in
# transcripts.

. "$(atf_get_srcdir)/lib/lib.sh"

# replay NAME: by its first line on the connection that it wants.
replay()
{
	t="$REGRESS/transcripts/$1.txt"
	pop3d_conf
	mkmbox anna
	pop3d_start
	read -r _ how left <"$t"
	case $how in
	clear,)	pop3_talk "$CLEARPORT" "$t" ;;
	stls,)	pop3_talk "$PORT" "$t" ;;
	tls,)	pop3_talk -t "$TLSPORT" "$t" ;;
	*)	flunk "$t: on which connection?" ;;
	esac
	soon no_session || flunk "a session stays: $(ps -ef)"
	n=$(grep -c '^From sender' mail/anna) || :
	[ "$n" = "$left" ] || flunk "$n messages left, not $left"
	pop3d_stop
}

no_session()
{
	[ -z "$(pids_of_role session)" ]
}

for _f in "$REGRESS"/transcripts/*.txt; do
	_f=${_f##*/}
	_f=${_f%.txt}
	_name=$(echo "$_f" | tr - _)
	system_test "$_name" "what $_f says"
	eval "${_name}_body() { replay $_f; }"
done
