#!/bin/sh
# SPDX-License-Identifier: ISC
# mutate.sh [-n]: does the order of writes keep mail safe?  Remove one sync or
# check after another in a copy of the sources; t_power must notice each.  With
# -n only check that the code which each mutant removes is there.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
dir=$(mktemp -d /tmp/pop3d-mutate.XXXXXX)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
missed=0
n=0
dry=
[ "${1-}" != -n ] || dry=1

# mutant NAME FILE OLD NEW: replace OLD, which must occur once, by NEW.
mutant()
{
	rm -rf "$dir/storaged"
	cp -r "$top/storaged" "$dir/storaged"
	python3 - "$dir/storaged/mbox/$2" "$3" "$4" <<-'PY'
	import sys
	path, old, new = sys.argv[1:]
	with open(path) as f:
	    text = f.read()
	if text.count(old) != 1:
	    sys.exit("mutate.sh: not there once: " + old)
	with open(path, "w") as f:
	    f.write(text.replace(old, new))
	PY
	n=$((n + 1))
	[ -z "$dry" ] || return 0
	# shellcheck disable=SC2046
	${CC:-cc} -O1 -w -std=gnu11 $(pkg-config --cflags libbsd-overlay) \
	    -D_GNU_SOURCE -DLIBBSD_OPENBSD_VIS -iquote "$top/common" \
	    -I"$top/common/compat" \
	    -iquote "$dir/storaged" -iquote "$dir/storaged/mbox" \
	    -iquote "$here" -o "$dir/t_power" \
	    "$here/t_power.c" "$here/memfile.c" \
	    "$dir/storaged/mbox/compact.c" "$dir/storaged/mbox/journal.c" \
	    "$dir/storaged/mbox/mbox_recover.c" \
	    "$top/storaged/libstore.a" "$top/common/libcommon.a" \
	    -latf-c -lcrypto $(pkg-config --libs libbsd-ctor libbsd-overlay)
	if (cd "$dir" && ./t_power -v states=3000000 power &&
	    ./t_power -v states=3000000 again && ./t_power dropped) \
	    >"$dir/out" 2>&1
	then
		echo "not noticed: $1"
		missed=$((missed + 1))
	else
		echo "noticed: $1: $(sed -n 's/^failed: \(.*\): seed.*/\1/p' \
		    "$dir/out")"
	fi
}

sync_slot='	if (journal_write(c->journal, s) == -1 ||
	    journal_sync(c->journal) == -1)'
sync_trim='	if (journal_write(c->journal, &s) == -1 ||
	    journal_sync(c->journal) == -1)'

mutant "no fdatasync(F) at the start" compact.c \
    'begin(c) == -1 || io_fdatasync(c->fd) == -1 ||' 'begin(c) == -1 ||'
mutant "no fsync of the directory of a new journal" journal.c \
    'if (j->seq == 0 && io_fsync(j->statefd) == -1)' 'if (0)'
mutant "no fdatasync(J) at the commit point" compact.c \
    "$sync_slot" '	if (journal_write(c->journal, s) == -1)'
mutant "no fdatasync(F) between chunks" compact.c \
    'return io_fdatasync(c->fd) == -1 ? -1 : 1;' 'return 1;'
mutant "no fdatasync(F) before TRIM" compact.c \
    '(io_fdatasync(c->fd) == -1 || compact_trim(c) == -1)' \
    '(compact_trim(c) == -1)'
mutant "no TRIM after mode nodata" compact.c \
    'if (mode == JOURNAL_NODATA &&' 'if (0 && mode == JOURNAL_NODATA &&'
mutant "no fdatasync(J) after TRIM" compact.c \
    "$sync_trim" '	if (journal_write(c->journal, &s) == -1)'
mutant "no TRIM before a suffix is cut" compact.c \
    'else if ((r = compact_trim(c)) == 0' 'else if ((r = 0) == 0'
mutant "no fsync(F) after the cut" compact.c \
    '	if (io_ftruncate(c->fd, c->first + c->kept) == -1 ||
	    io_fsync(c->fd) == -1)' \
    '	if (io_ftruncate(c->fd, c->first + c->kept) == -1)'
mutant "no fsync(F) when all goes" compact.c \
    '		c->committed = c->emptied = 1;
		return io_fsync(c->fd);' '		return 0;'
mutant "no fdatasync(J) after IDLE" journal.c \
    'journal_write(j, &s) == -1 || journal_sync(j) == -1' \
    'journal_write(j, &s) == -1'
mutant "journal cut before IDLE" journal.c \
    's.phase = JOURNAL_IDLE;' \
    's.phase = JOURNAL_IDLE; io_ftruncate(j->fd, journal_sizes.keep);'
mutant "no fdatasync(J) before recovery acts" mbox_recover.c \
    'if (journal_renew(j, &s) == -1 ||
	    (state' 'if ((state'
mutant "journal not written again before recovery acts" mbox_recover.c \
    'if (journal_renew(j, &s) == -1 ||
	    (state' 'if (journal_sync(j) == -1 ||
	    (state'
mutant "no fdatasync(J) where it says that nothing is left" mbox_recover.c \
    '	if ((j->seq == 0 ? journal_sync(j) : journal_renew(j, s)) == -1)
		return -1;' ''
mutant "no fdatasync(J) before the next commit" mbox_recover.c \
    'return recover_tidy(j, &s) == -1 ? RECOVER_FAILED :
		    RECOVER_NONE;' \
    'return RECOVER_NONE;'
mutant "no fsync(F) in recovery of what is cut" compact.c \
    '		if (io_fsync(c->fd) == -1)
			return -1;
		return journal_idle' '		return journal_idle'
mutant "hash of data not checked" journal.c \
    '	if (!journal_has_data(s))
		return 1;' '	return 1;'
mutant "hash of list not checked" journal.c \
    'if (r == 1 && !slot_fits_list(s, v))' \
    'if (r == 0) r = 1; if (r == 1 && !slot_fits_list(s, v))'
mutant "one data area" journal.c \
    'journal_sizes.keep + seq % 2 * journal_sizes.data' 'journal_sizes.keep'
mutant "one small data area" journal.c \
    'journal_sizes.keep - (2 - seq % 2) *' 'journal_sizes.keep -'
mutant "small data in the list" journal.c \
    '	    2 * journal_sizes.small <= journal_sizes.keep;' \
    '	    0 <= journal_sizes.keep;'
mutant "one slot" journal.c 'return seq % 2 * journal_sizes.slot;' 'return 0;'
mutant "chunk without a copy longer than its gap" compact.c \
    'compact_least(compact_least(c->kept - c->done, gap),' \
    'compact_least(compact_least(c->kept - c->done, gap + 1),'
mutant "zeros of a cut not known" mbox_recover.c \
    "buf[i] != old[i] && buf[i] != '\\0'" 'buf[i] != old[i]'
mutant "appended mail not taken in" compact.c \
    'c->kept += size - c->size;' ';'

[ -z "$dry" ] || { echo "mutate: $n mutants apply"; exit 0; }
echo "mutate: $n mutants, $missed not noticed"
[ $missed -eq 0 ]
