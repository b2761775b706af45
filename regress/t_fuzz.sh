#!/usr/bin/atf-sh
# SPDX-License-Identifier: ISC
# Replay each file of fuzz/corpus, the inputs that earlier fuzzing kept.
# "make fuzz" looks for new ones.

. "$(atf_get_srcdir)/lib/lib.sh"

# corpus NAME "DESCRIPTION": a case for fuzz/fuzz_NAME.
corpus()
{
	atf_test_case "$1"
	eval "$1_head() {
		atf_set descr \"$2\"
		atf_set timeout 300
	}
	$1_body() {
		\"\$REGRESS/fuzz/fuzz_$1.fuzz\" \"\$REGRESS/fuzz/corpus/$1\" \
		    >out 2>&1 || flunk \"\$(tail -n 3 out)\"
	}"
	CORPORA="${CORPORA-} $1"
}

corpus conf "what conf_parse takes conf_print can say again"
corpus imsg "any octets on a channel between two processes"
corpus index "any octets as the index of a mailbox"
corpus journal "any octets as the journal of a commit"
corpus key "any octets as a question to keyd"
corpus mbox "any octets as a mailbox, against the slow reference"
corpus users "any octets as a file of users, and as its table"
corpus pop3 "the engine between a client, authd and storageds"

atf_init_test_cases()
{
	for c in $CORPORA; do
		atf_add_test_case "$c"
	done
}
