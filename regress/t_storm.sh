#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Two hundred clients and two kinds of delivery agents at a hundred mailboxes.
# With SOAK=1 in the environment ("make soak") for two minutes, else for ten
# seconds.

. "$(atf_get_srcdir)/lib/lib.sh"

system_test storm "nothing is lost, doubled or altered" 400
storm_body()
{
	command -v procmail >/dev/null || atf_skip "no procmail"
	seconds=10
	[ -z "${SOAK-}" ] || seconds=120
	# On a busy machine a thread of these clients waits for a long time.
	pop3d_conf "limit { per-address 0 per-user 100 }" "timeout takeover 0"
	for i in $(seq 100); do
		echo "u$i:{PLAIN}pw:5002:5002::/nonexistent::" >>users
	done
	chown bert:bert mail
	cat >procmailrc <<-'EOF'
	:0:
	$MBOX
	EOF
	: >delivered
	chown bert:bert delivered
	pop3d_start
	setpriv --reuid bert --regid bert --clear-groups \
	    "$REGRESS/lib/storm.py" deliver mail 100 "$seconds" delivered \
	    >deliver.out 2>&1 &
	agents=$!
	"$REGRESS/lib/storm.py" clients "$CLEARPORT" 100 200 "$seconds" taken \
	    >clients.out 2>&1 || flunk "$(cat clients.out; unusual)"
	wait $agents || flunk "$(cat deliver.out)"
	soon no_session || flunk "a session stays: $(ps -ef)"
	"$REGRESS/lib/storm.py" audit mail 100 delivered taken >audit.out 2>&1 ||
		flunk "$(cat audit.out)"
	cat clients.out audit.out
	unlogged 'killed|starting again' || flunk "$(cat log)"
	pop3d_stop
}

# unusual: lines of the log that no session of these clients should cause.
unusual()
{
	grep -Ev 'login ok|reason="(quit|client left|connection lost)"|in-use' log
}

no_session()
{
	[ -z "$(pids_of_role session)" ]
}
