#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# TLS: keys, versions, names; where the private keys are and where they are
# not; what a client cannot do to it.

. "$(atf_get_srcdir)/lib/lib.sh"

RAW="$REGRESS/lib/tlsraw.py"
NAMES="p256 p384 rsa2048 rsa4096"

# newkey NAME: NAME.key of that kind and NAME.crt for NAME.example.
newkey()
{
	case $1 in
	p256)		set -- "$1" ec -pkeyopt ec_paramgen_curve:P-256 ;;
	p384)		set -- "$1" ec -pkeyopt ec_paramgen_curve:P-384 ;;
	p521)		set -- "$1" ec -pkeyopt ec_paramgen_curve:P-521 ;;
	rsa*)		set -- "$1" "rsa:${1#rsa}" ;;
	ed25519)	set -- "$1" ed25519 ;;
	esac
	_name=$1
	shift
	openssl req -x509 -newkey "$@" -nodes -days 30 \
	    -subj "/CN=$_name.example" \
	    -addext "subjectAltName=DNS:$_name.example" \
	    -keyout "$_name.key" -out "$_name.crt" 2>openssl.log ||
		flunk "openssl: $(cat openssl.log)"
	chmod 600 "$_name.key"
}

# four_keys: a configuration with one pki of each kind beside localhost's.
four_keys()
{
	for _k in $NAMES; do
		newkey "$_k"
		_lines="${_lines-}
pki \"$_k\" cert \"$(pwd)/$_k.crt\" key \"$(pwd)/$_k.key\""
	done
	pop3d_conf "$_lines"
	sed -i "/^listen .*\(starttls\|tls\)\$/s/\$/ pki localhost/" pop3d.conf
}

# client NAME [OPTION ...]: connect with that name for SNI, verify, and send
# QUIT; the output is in out.
client()
{
	_name=$1
	shift
	printf 'QUIT\r\n' | timeout 200 openssl s_client \
	    -connect "127.0.0.1:$TLSPORT" -servername "$_name" \
	    -verify_return_error -verify_hostname "$_name" -ign_eof \
	    "$@" >out 2>&1
}

# shakes NAME CAFILE [OPTION ...]: the handshake works, and the server answers.
shakes()
{
	_n=$1 _ca=$2
	shift 2
	client "$_n" -CAfile "$_ca" "$@" || flunk "$_n $*: $(tail -5 out)"
	grep -q '^+OK' out || flunk "$_n $*: $(cat out)"
	grep -q 'Verify return code: 0 (ok)' out || flunk "$_n $*: $(cat out)"
}

# fails NAME [OPTION ...]: the handshake fails.
fails()
{
	! client "$@" || flunk "$*: $(cat out)"
	! grep -q '^+OK' out || flunk "$*: $(cat out)"
}

system_test matrix "four keys, two versions, each chosen by SNI" 300
matrix_body()
{
	four_keys
	pop3d_start
	for k in $NAMES; do
		for v in tls1_2 tls1_3; do
			shakes $k.example $k.crt -$v
			case $v in
			tls1_2)	grep -q 'New, TLSv1.2' out ;;
			tls1_3)	grep -q 'New, TLSv1.3' out ;;
			esac || flunk "$k $v: $(cat out)"
		done
	done
	# Each way in which RSA signs in TLS.
	for k in rsa2048 rsa4096; do
		for h in 256 384 512; do
			shakes $k.example $k.crt -tls1_2 \
			    -sigalgs rsa_pkcs1_sha$h
			shakes $k.example $k.crt -tls1_2 \
			    -sigalgs rsa_pss_rsae_sha$h
			shakes $k.example $k.crt -tls1_3 \
			    -sigalgs rsa_pss_rsae_sha$h
		done
	done
	# A client that asks for another name, or none, gets the listener's.
	shakes localhost server.crt
	printf 'QUIT\r\n' | timeout 200 openssl s_client -noservername \
	    -connect "127.0.0.1:$TLSPORT" -CAfile server.crt -ign_eof \
	    -verify_return_error -verify_hostname localhost >out 2>&1 ||
		flunk "no SNI: $(cat out)"
	# After STLS, too.
	for k in $NAMES; do
		printf 'QUIT\r\n' | timeout 200 openssl s_client -starttls pop3 \
		    -connect "127.0.0.1:$PORT" -servername $k.example \
		    -CAfile $k.crt -verify_return_error -ign_eof \
		    -verify_hostname $k.example >out 2>&1 ||
			flunk "STLS $k: $(cat out)"
	done
	pop3d_stop
}

system_test old "no old version, no static RSA, no CBC, no SHA-1" 300
old_body()
{
	four_keys
	pop3d_start
	for v in tls1 tls1_1; do
		fails p256.example -CAfile p256.crt -$v \
		    -cipher ALL:@SECLEVEL=0
	done
	for c in AES128-GCM-SHA256 AES256-GCM-SHA384 AES128-SHA \
	    ECDHE-RSA-AES128-SHA256 ECDHE-RSA-AES256-SHA384 \
	    ECDHE-RSA-AES128-SHA DHE-RSA-AES128-GCM-SHA256; do
		fails rsa2048.example -CAfile rsa2048.crt -tls1_2 \
		    -cipher "$c:@SECLEVEL=0"
	done
	for c in ECDHE-ECDSA-AES128-SHA256 ECDHE-ECDSA-AES128-SHA; do
		fails p256.example -CAfile p256.crt -tls1_2 \
		    -cipher "$c:@SECLEVEL=0"
	done
	fails rsa2048.example -CAfile rsa2048.crt -tls1_2 \
	    -cipher ALL:@SECLEVEL=0 -sigalgs rsa_pkcs1_sha1
	shakes rsa2048.example rsa2048.crt -tls1_2 \
	    -cipher ECDHE-RSA-AES128-GCM-SHA256
	shakes p256.example p256.crt -tls1_2 \
	    -cipher ECDHE-ECDSA-CHACHA20-POLY1305
	# Of those that a client likes as well, AES of 128 bits.
	for v in tls1_2 tls1_3; do
		shakes p256.example p256.crt -$v
		grep -q 'Cipher is .*AES_\?128[-_]GCM[-_]SHA256' out ||
			flunk "$v: $(cat out)"
	done
	pop3d_stop
}

# nowhere ROLE ...: none of the keys is in any process of these roles.
nowhere()
{
	for r; do
		for p in $(pids_of_role "$r"); do
			for k in server $NAMES; do
				"$REGRESS/lib/memscan.py" $k.key "$p" >found 2>&1 ||
					flunk "$r: $(cat found)"
				[ ! -s found ] || flunk "$r, $k: $(cat found)"
			done
		done
	done
}

# in_keyd: every key is there, and no text of it.
in_keyd()
{
	for k in server $NAMES; do
		"$REGRESS/lib/memscan.py" $k.key "$(pids_of_role keyd)" >found 2>&1
		grep -q 'priv\|prime' found || flunk "$k: not in keyd"
		! grep -q 'pem' found || flunk "$k: $(cat found)"
	done
}

system_test memory "a private key is in keyd and nowhere else" 300
memory_body()
{
	four_keys
	mkmbox anna
	pop3d_start
	for k in $NAMES; do
		shakes $k.example $k.crt -tls1_3
		shakes $k.example $k.crt -tls1_2
	done
	session_begin
	in_keyd
	nowhere authd engine auth_file spawner session
	session_end

	# Nor after keyd was started again, for which authd reads them again.
	kill -KILL "$(pids_of_role keyd)"
	soon handshake || flunk "no handshake: $(cat out)"
	in_keyd
	nowhere authd engine auth_file spawner
	pop3d_stop
}

handshake()
{
	client p256.example -CAfile p256.crt
}

# Fields of /proc: the user's, no capability, no group, the empty directory.
system_test process "keyd runs as it should"
process_body()
{
	pop3d_conf
	pop3d_start
	p=$(pids_of_role keyd)
	u=$(id -u _pop3key)
	[ "$(status "$p" Uid | tr '\t' ' ')" = "$u $u $u $u" ] ||
		flunk "uid $(status "$p" Uid)"
	[ "$(status "$p" CapPrm)" = 0000000000000000 ] ||
		flunk "capabilities $(status "$p" CapPrm)"
	[ -z "$(status "$p" Groups | tr -d ' ')" ] ||
		flunk "groups $(status "$p" Groups)"
	[ "$(readlink "/proc/$p/root")" = "$(pwd)/empty" ] ||
		flunk "root $(readlink "/proc/$p/root")"
	# Not by a process of its own user, either.
	[ "$(stat -c %u "/proc/$p/mem")" = 0 ] ||
		flunk "it can be traced by its user"
	ps -o args= -p "$p" | grep -q keyd || flunk "$(ps -fp "$p")"
	! open_files "$p" | grep -q server.key || flunk "key file open"
	# One channel to authd, one socket for each engine.
	n=$(pids_of_role engine | wc -l)
	[ "$(open_files "$p" | grep -c socket:)" = $((n + 1)) ] ||
		flunk "$(open_files "$p")"
	pop3d_stop

	# Where nothing needs a key there is none.
	sed -i '/^pki/d; /tls$/d' pop3d.conf
	rm -f pid
	env -i PATH="$PATH" "$POP3D" -d -f "$(pwd)/pop3d.conf" \
	    -L "$LIBEXEC" >>log 2>&1 &
	echo $! >pid
	"$POP3" wait "$CLEARPORT" "$(cat pid)" || flunk "does not start"
	[ -z "$(pids_of_role keyd)" ] || flunk "keyd without a key"
	pop3d_stop
}

shake_localhost()
{
	client localhost -CAfile server.crt
}

# every_engine: connections until each engine must have had one.
every_engine()
{
	for _i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		shake_localhost || return 1
	done
}

system_test kill_keyd "keyd is killed: sessions go on, a new one signs" 300
kill_keyd_body()
{
	pop3d_conf 'engines 2'
	mkmbox anna
	pop3d_start
	for round in 1 2 3; do
		session_begin
		kill -KILL "$(pids_of_role keyd)"
		soon every_engine || flunk "no handshake: $(cat out)"
		session_end
	done
	engines=$(pids_of_role engine)
	kill -KILL "$(pids_of_role keyd)"
	soon every_engine || flunk "no handshake: $(cat out)"
	[ "$(pids_of_role engine)" = "$engines" ] || flunk "engines replaced"
	pop3d_stop
}

system_test kill_engine "an engine is killed: the new one can sign" 300
kill_engine_body()
{
	pop3d_conf 'engines 2'
	pop3d_start
	keyd=$(pids_of_role keyd)
	for round in 1 2 3; do
		for p in $(pids_of_role engine); do
			kill -KILL "$p"
		done
		soon every_engine || flunk "no handshake: $(cat out)"
	done
	[ "$(pids_of_role keyd)" = "$keyd" ] || flunk "keyd replaced"
	pop3d_stop
}

system_test keyd_hangs "keyd hangs: handshakes fail, nothing else, not long" 300
keyd_hangs_body()
{
	pop3d_conf 'engines 1'
	mkmbox anna
	mkmbox bert
	pop3d_start
	session_begin
	engine=$(pids_of_role engine)
	keyd=$(pids_of_role keyd)
	kill -STOP "$keyd"
	fails localhost -CAfile server.crt
	logged 'keyd: does not answer' || flunk "not logged"
	# From now on at once, until there is an answer.
	# A wait each time would be of three seconds.
	_least=9999
	for i in 1 2 3 4 5; do
		begin=$(date +%s%N)
		fails localhost -CAfile server.crt
		_took=$((($(date +%s%N) - begin) / 1000000))
		[ $_took -gt $_least ] || _least=$_took
	done
	[ $_least -lt 2900 ] || flunk "waits each time"
	session_end
	pop3_talk "$CLEARPORT" <<-EOF
	S: \+OK.*
	LOGIN: bert
	C: QUIT
	S: \+OK.*
	EOF
	i=0
	until shake_localhost; do
		i=$((i + 1))
		[ $i -lt 60 ] || flunk "no new keyd: $(cat out)"
		sleep 1
	done
	# The watchdog, if no engine waited long enough for an answer.
	logged 'keyd: (missed its deadline|does not answer); killed' ||
		flunk "not logged"
	[ "$(pids_of_role engine)" = "$engine" ] || flunk "engine replaced"
	[ "$(pids_of_role keyd)" != "$keyd" ] || flunk "same keyd"
	pop3d_stop
}

system_test key_gone "a key that cannot be read any more is asked for again"
key_gone_body()
{
	newkey p256
	pop3d_conf "pki other cert \"$(pwd)/p256.crt\" key \"$(pwd)/p256.key\""
	sed -i "/^listen .*\(starttls\|tls\)\$/s/\$/ pki localhost/" pop3d.conf
	pop3d_start
	handshake || flunk "$(cat out)"
	mv p256.key away
	kill -KILL "$(pids_of_role keyd)"
	logged "pop3d.conf:[0-9]+: $(pwd)/p256.key: No such file" ||
		flunk "not logged"
	# The other one works, this one does not, and waits for its file.
	soon shake_localhost || flunk "localhost: $(cat out)"
	fails p256.example -CAfile p256.crt
	mv away p256.key
	soon handshake || flunk "still not: $(cat out)"
	logged 'keyd: has all keys now' || flunk "not logged"

	# The same with a key that is not the one that was there.
	cp p256.key away
	openssl ecparam -genkey -name prime256v1 -noout -out p256.key
	kill -KILL "$(pids_of_role keyd)"
	logged "other.*$(pwd)/p256.key: the key does not fit" ||
		flunk "not logged"
	fails p256.example -CAfile p256.crt
	soon shake_localhost || flunk "localhost: $(cat out)"
	cp away p256.key
	soon handshake || flunk "still not: $(cat out)"
	pop3d_stop
}

# refuses REGEX: it does not start, and reports that with file and line.
refuses()
{
	timeout 200 "$POP3D" -d -f pop3d.conf -L "$LIBEXEC" >out 2>&1
	_rc=$?
	[ $_rc -eq 1 ] || flunk "exit $_rc, not 1: $(cat out)"
	# Lines about the sandbox and the memory are no errors.
	sed -i '/: sandbox: [a-z]*: no_new_privs/d; /: keyd: memory: /d' out
	[ "$(wc -l <out)" -eq 1 ] || flunk "not one line: $(cat out)"
	grep -Eq -e "pop3d\.conf:[0-9]+: .*$1" out || flunk "$1: $(cat out)"
	timeout 200 "$POP3D" -n -f pop3d.conf -L "$LIBEXEC" >out 2>&1 &&
		flunk "-n: $(cat out)"
	grep -Eq -e "pop3d\.conf:[0-9]+: .*$1" out || flunk "-n: $(cat out)"
}

system_test refused_keys "keys that cannot be used are named, with the reason"
refused_keys_body()
{
	h=$(pwd)
	pair="cert $h/server.crt, key $h/server.key"
	pop3d_conf
	for k in ed25519:Ed25519 rsa1024:'less than 2048' p521:'P-256 or P-384'
	do
		newkey "${k%%:*}"
		cp "${k%%:*}.key" server.key
		cp "${k%%:*}.crt" server.crt
		refuses "pki \"localhost\": $pair: .*${k#*:}"
	done

	newkey p256
	newkey rsa2048
	cp p256.crt server.crt
	cp rsa2048.key server.key
	refuses "$pair: the key does not fit"
	openssl ecparam -genkey -name prime256v1 -noout -out server.key
	refuses "$pair: the key does not fit"
	openssl pkey -in p256.key -aes128 -passout pass:secret -out server.key
	refuses "key $h/server.key: .*without a passphrase"
	cp p256.key server.key
	cp p256.key server.crt
	refuses "cert $h/server.crt.*no certificate"
	cp p256.crt server.crt
	pop3d_start
	pop3d_stop
}

system_test expired "a certificate that has expired is only a warning"
expired_body()
{
	pop3d_conf
	# req(1) and x509(1) of OpenSSL 3.5 want an end after the start, which
	# those of 3.0 cannot be given.
	openssl req -new -key server.key -subj /CN=localhost -out req 2>&1
	mkdir ca
	: >ca/index
	cat >ca/conf <<-'EOF'
	[ca]
	default_ca = default
	[default]
	database = ca/index
	rand_serial = yes
	new_certs_dir = ca
	default_md = sha256
	policy = policy
	[policy]
	commonName = supplied
	EOF
	openssl ca -batch -config ca/conf -selfsign -keyfile server.key \
	    -startdate 20250101000000Z -enddate 20250201000000Z -notext \
	    -in req -out server.crt 2>openssl.log || flunk "$(cat openssl.log)"
	pop3d_start
	logged 'pki "localhost": the certificate has expired' ||
		flunk "not logged"
	[ "$(grep -c 'has expired' log)" = 1 ] || flunk "more than once"
	login_works || flunk "$(cat talk.out)"
	pop3d_stop
}

system_test stls "STLS: nothing slips in before, behind or instead"
stls_body()
{
	pop3d_conf
	pop3d_start
	python3 "$RAW" injected "$PORT" >out 2>&1 || flunk "$(cat out)"
	python3 "$RAW" clear "$PORT" >out 2>&1 || flunk "$(cat out)"
	python3 "$RAW" truncated "$TLSPORT" >out 2>&1 || flunk "$(cat out)"
	# Twice.
	pop3_talk -s "$PORT" <<-EOF
	C: STLS
	S: -ERR.*
	C: STLS
	S: -ERR.*
	C: QUIT
	S: \+OK.*
	EOF
	pop3d_stop
}

system_test garbage "garbage and broken TLS harm no other client"
garbage_body()
{
	pop3d_conf
	mkmbox anna
	pop3d_start
	engines=$(pids_of_role engine)
	session_begin
	python3 "$RAW" garbage "$TLSPORT" >out 2>&1 || flunk "$(cat out)"
	python3 "$RAW" records "$TLSPORT" >out 2>&1 || flunk "$(cat out)"
	session_end
	[ "$(pids_of_role engine)" = "$engines" ] || flunk "engine crashed"
	login_works anna || flunk "$(cat talk.out)"
	pop3d_stop
}

system_test renegotiation "TLS 1.2 does not renegotiate"
renegotiation_body()
{
	pop3d_conf
	pop3d_start
	: >out
	# s_client takes R at the start of a line for this command; since
	# OpenSSL 3.2 it takes C, too.
	{
		printf 'capa\n'
		soon grep -q '^STLS\|^USER' out
		printf 'R\n'
		soon grep -q '^RENEGOTIATING' out
		sleep 1
		printf 'noop\n'
		sleep 1
	} | timeout 200 openssl s_client -tls1_2 -crlf \
	    -connect "127.0.0.1:$TLSPORT" >out 2>&1
	grep -q '^RENEGOTIATING' out || flunk "not tried: $(cat out)"
	grep -q '^STLS\|^USER' out || flunk "no CAPA: $(cat out)"
	! sed -n '/^RENEGOTIATING/,$p' out | grep -q 'verify return' ||
		flunk "renegotiated: $(cat out)"
	login_works || flunk "$(cat talk.out)"
	pop3d_stop
}

system_test flood "a client that never stops asking does not stop others"
flood_body()
{
	pop3d_conf 'engines 1' 'timeout login 600'
	pop3d_start
	python3 "$RAW" flood "$TLSPORT" "$CLEARPORT" >out 2>&1 ||
		flunk "$(tail -3 out)"
	login_works || flunk "$(cat talk.out)"
	pop3d_stop
}

system_test stalled "a thousand stalled handshakes, and others log in" 300
stalled_body()
{
	pop3d_conf 'limit { per-address 0 }' 'timeout { login 600 }'
	mkmbox anna
	pop3d_start
	ulimit -n 4096
	cat >meanwhile <<-EOF
	#!/bin/sh
	for i in 1 2 3 4 5; do
		"$POP3" -t check "$TLSPORT" anna "$PASS_anna" || exit 1
	done
	EOF
	chmod 755 meanwhile
	python3 "$RAW" stalled "$TLSPORT" 1000 ./meanwhile >out 2>&1 ||
		flunk "$(tail -3 out)"
	pop3d_stop
}

# keyd has a socket for each of them.
system_test engines "as many engines as may be, with TLS" 300
engines_body()
{
	pop3d_conf "engines 64"
	mkmbox anna
	pop3d_start
	logged "ready, .* pid $(cat pid)\$" || flunk "not ready"
	for _i in 1 2 3 4 5; do
		login_works anna || flunk "$(cat talk.out)"
	done
	unlogged 'killed|ended with status' || flunk "keyd"
	pop3d_stop
}

# two_of_a_name: r.crt with RSA and e.crt with ECDSA, both for both.example.
two_of_a_name()
{
	openssl req -x509 -newkey rsa:2048 -nodes -days 30 \
	    -subj /CN=both.example -addext subjectAltName=DNS:both.example \
	    -keyout r.key -out r.crt 2>openssl.log || flunk "$(cat openssl.log)"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 30 -subj /CN=both.example \
	    -addext subjectAltName=DNS:both.example \
	    -keyout e.key -out e.crt 2>openssl.log || flunk "$(cat openssl.log)"
	chmod 600 r.key e.key
	cat r.crt e.crt >both.crt
}

system_test twins "two certificates of one name: the client's abilities decide"
twins_body()
{
	two_of_a_name
	here=$(pwd)
	for order in "r e" "e r"; do
		# shellcheck disable=SC2086
		set -- $order
		pop3d_conf "pki \"$1\" cert \"$here/$1.crt\" key \"$here/$1.key\"
pki \"$2\" cert \"$here/$2.crt\" key \"$here/$2.key\""
		for own in r e localhost; do
			sed "/^listen .*\(starttls\|tls\)\$/s/\$/ pki $own/" \
			    pop3d.conf >conf.$own
			cp pop3d.conf pop3d.conf.orig
			cp conf.$own pop3d.conf
			pop3d_start
			shakes both.example r.crt -sigalgs \
			    RSA-PSS+SHA256:RSA+SHA256
			shakes both.example e.crt -sigalgs ECDSA+SHA256
			shakes both.example r.crt -tls1_2 \
			    -cipher ECDHE-RSA-AES128-GCM-SHA256
			shakes both.example both.crt
			shakes localhost server.crt
			pop3d_stop
			cp pop3d.conf.orig pop3d.conf
		done
	done
}

system_test own_first "of two certificates for a name the listener's own"
own_first_body()
{
	here=$(pwd)
	mkcert other
	pop3d_conf "pki other cert \"$here/other.crt\" key \"$here/other.key\""
	sed -i "/^listen .*\(starttls\|tls\)\$/s/\$/ pki localhost/" pop3d.conf
	pop3d_start
	shakes localhost server.crt
	pop3d_stop
	sed -i "s/ pki localhost$/ pki other/" pop3d.conf
	pop3d_start
	shakes localhost other.crt
	pop3d_stop
}

system_test alpn "a client of another protocol is refused (RFC 7301)"
alpn_body()
{
	pop3d_conf
	pop3d_start
	for a in http/1.1 h2,http/1.1 imap pop3s pop; do
		fails localhost -CAfile server.crt -alpn $a
	done
	for a in pop3 http/1.1,pop3; do
		shakes localhost server.crt -alpn $a
		grep -q 'ALPN protocol: pop3' out || flunk "$(cat out)"
	done
	shakes localhost server.crt
	pop3d_stop
}
