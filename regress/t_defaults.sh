#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# pop3d.conf(5) states the defaults that a configuration gets which says as
# little as possible.

. "$(atf_get_srcdir)/lib/lib.sh"

PAGE=$REGRESS/../man/pop3d.conf.5

# states ITEM: what the page says of the default of that item: the rest of the
# first sentence with the word in it, without macros.
states()
{
	awk -v item="$1" '
	    !on && index($0, item) == 1 { on = 1; next }
	    !on { next }
	    { sub(/^[.]Ox/, "OpenBSD"); sub(/^[.][A-Z][a-z] /, ""); t = t " " $0 }
	    /efault/ { said = 1 }
	    said && /[.]$/ {
		sub(/.*[Dd]efaults? /, "", t); gsub(/ +/, " ", t)
		sub(/ ?[.]$/, "", t); print t; exit
	    }' "$PAGE"
}

# stated ITEM WORDS: the page says this.
stated()
{
	[ "$(states "$1")" = "$2" ] ||
		flunk "$1: default $(states "$1"), not $2"
	echo "$1" >>looked_at
}

# printed KEY VALUE: pop3d -nv prints this.
printed()
{
	grep -Eq "^	?$1 $2\$" out || flunk "$1 is not $2: $(cat out)"
}

# number ITEM KEY: the page and the program agree on a number.
number()
{
	_n=$(states "$1")
	_n=${_n#is }
	case $_n in
	*[!0-9G]* | '') flunk "$1: default $_n" ;;
	*G)	_n=$((${_n%G} << 30)) ;;
	esac
	printed "$2" "$_n"
	echo "$1" >>looked_at
}

# least LINE ...: what pop3d -nv makes of a configuration of these lines.
least()
{
	for _l; do echo "$_l"; done >least.conf
	"$POP3D" -nv -f least.conf -L "$LIBEXEC" >out 2>&1
	grep -q '^chroot ' out || flunk "$(cat out)"
}

# least MORE LESS: one per processor and MORE, LESS at most.
processors()
{
	_n=$(($(nproc) + $1))
	echo $((_n < $2 ? _n : $2))
}

system_test defaults "the manual page states the defaults"
defaults_body()
{
	pop3d_conf
	here=$(pwd)
	pki="pki localhost cert \"$here/server.crt\" key \"$here/server.key\""
	auth="auth file \"$here/users\""
	mailbox="mailbox mbox \"$here/mail/%u\""
	least "$pki" "$auth" "$mailbox" "listen on 127.0.0.1 plaintext" \
	    "listen on 127.0.0.2" "listen on 127.0.0.1 tls" \
	    "domain example.org"

	number ".It Ic deadline " deadline
	number ".It Ic mailbox-size " mailbox-size
	number ".It Ic messages " messages
	number ".It Ic per-address " per-address
	number ".It Ic per-user " per-user
	number ".It Ic sessions " sessions
	for t in login idle stall takeover; do
		number ".It Ic $t Ar " $t
	done
	number "locks are held for the whole session" \
	    'lock [{] [a-z ]*[}] timeout'

	stated ".It Ic chroot " "is /var/empty"
	printed chroot '"/var/empty"'
	case $(uname -s) in
	OpenBSD) state=/var/db/pop3d locks='dotlock flock' ;;
	*)	state=/var/lib/pop3d locks='dotlock fcntl' ;;
	esac
	stated ".It Ic state " \
	    "is /var/db/pop3d on OpenBSD , /var/lib/pop3d on Linux"
	printed state "\"$state\""
	stated ".Ic lock Ic {" "is dotlock with flock on OpenBSD ,$(:
	    ) dotlock with fcntl on Linux"
	printed lock "[{] $locks [}] timeout [0-9]+"

	stated ".It Ic engines " "is one for each processor that is online,$(:
	    ) but not more than 4"
	printed engines "$(processors 0 4)"
	stated ".It Ic workers " "is one more than there are processors,$(:
	    ) but at most 16"
	printed workers "$(processors 1 16)"

	stated ".It Ic uid-min " "are 1000 and 60000, the range in which$(:
	    ) useradd 8 creates accounts"
	printed uid-min 1000
	printed uid-max 60000
	stated ".It Ic gid-min " "are uid-min and uid-max"
	printed gid-min 1000
	printed gid-max 60000

	stated ".It Ic hostname " "is the result of gethostname 3 ,$(:
	    ) which may lack the domain"
	printed hostname "\"$(hostname)\""
	stated ".Cm pop3" "is 995 with tls , otherwise 110"
	printed "listen on 127.0.0.1 port 110" plaintext
	printed "listen on 127.0.0.2 port 110" 'starttls pki "localhost"'
	printed "listen on 127.0.0.1 port 995" 'tls pki "localhost"'
	grep -A 4 '^[.]It Ic starttls' "$PAGE" |
	    grep -q '^This is the default[.]$' || flunk "starttls"
	echo starttls >>looked_at
	for i in "case:keep" "sandbox:require" "user:full"; do
		grep -A 10 "^[.]It Ic ${i%:*} " "$PAGE" | grep -A 1 \
		    -e "^[.]Ic ${i#*:} ,$" -e "^[.]Ql anna@example.org ,$" |
		    grep -q '^the default[, ]' || flunk "$i"
	done
	printed sandbox require
	printed user full

	# Whether there is such a group is the system's.
	stated ".It Ic groups " "is users if that group exists, for systems$(:
	    ) where accounts have no group of their own"
	grep -q '^#define DEFAULT_GROUP	*"users"' \
	    "$REGRESS/../common/defaults.h" || flunk "groups"
	# A backend's own part.
	stated ".It Ic success-cache " "is no"
	grep -A 2 '^[.]It Ic success-cache ' "$PAGE" |
	    grep -q 'or 300 with$' &&
	    grep -q '^#define DEFAULT_CACHE_LIFE	*300	' \
	    "$REGRESS/../common/defaults.h" || flunk "success-cache"
	# pki: "There is no default"; chroot is given with that word again.
	[ "$(grep -Ec '(default|defaults) (is|are)$|efaults? (is|are) ' \
	    "$PAGE")" -eq "$(grep -vc starttls looked_at)" ] ||
		flunk "a default that is not looked at: $(cat looked_at)"
}
