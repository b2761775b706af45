#!/bin/sh
# SPDX-License-Identifier: ISC
# install_text.sh SBINDIR LIBEXECDIR EXAMPLES SYSCONFDIR MODE DIRECTORY FILE ...:
# install manual pages and samples in DIRECTORY, with the paths of a tree below
# /usr/local replaced by those of this installation.

set -eu
sbin=$1 libexec=$2 examples=$3 etc=$4 mode=$5 to=$6
shift 6
for f; do
	new=$to/${f##*/}
	sed -e "s|/etc/pop3d|$etc/pop3d|g" \
	    -e "s|/usr/local/sbin/pop3d|$sbin/pop3d|g" \
	    -e "s|/usr/local/libexec/pop3d|$libexec|g" \
	    -e "s|/usr/local/share/examples/pop3d|$examples|g" "$f" >"$new"
	chmod "$mode" "$new"
done
