#!/bin/sh
# SPDX-License-Identifier: ISC
# soak.sh: many crashes, for some minutes.  STATES is the number of disk states,
# ROUNDS that of shutdowns of a file system, OPERATIONS that of operations on
# mailboxes whose ids are compared with a model.

set -eu
cd "$(dirname "$0")/.."
: "${STATES:=10000000}" "${ROUNDS:=1500}" "${OPERATIONS:=1000000}"

# kyua as in run.sh; these tests need no daemon.
kyua -v test_suites.pop3d.states="$STATES" -v test_suites.pop3d.all=1 \
    -v test_suites.pop3d.operations="$OPERATIONS" \
    test -k Kyuafile -r results.soak.db crash/t_power crash/t_crash crash/t_ids
kyua report --verbose -r results.soak.db --results-filter=passed |
    grep -E 'states of|processes ended|points$|violations$' || :
./crash/soak_ext4.sh "$ROUNDS"
./crash/mutate.sh
