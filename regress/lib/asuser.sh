#!/bin/sh
# SPDX-License-Identifier: ISC
# asuser.sh COMMAND ...: run COMMAND, a path in the tree, in a copy of the tree,
# as nobody, who owns the copy.  For root on systems where accounts.sh does not
# work.  The tree itself may be in a directory that only root can enter.

set -eu
cd "$(dirname "$0")/../.."
echo "running as nobody: root has no namespaces here"
dir=$(mktemp -d /tmp/pop3d-user.XXXXXX)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
tar --exclude=.git -cf - . | tar -xpf - -C "$dir"
chown -R nobody:nogroup "$dir"
cd "$dir"
setpriv --reuid nobody --regid nogroup --clear-groups env HOME="$dir" \
    TMPDIR=/tmp "$@"
