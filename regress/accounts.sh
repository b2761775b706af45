#!/bin/sh
# SPDX-License-Identifier: ISC
# Here for kits outside the tree, which know this path: see lib/accounts.sh.
exec "$(dirname "$0")/lib/accounts.sh" "$@"
