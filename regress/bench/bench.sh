#!/bin/sh
# SPDX-License-Identifier: ISC
# bench.sh: run by "make bench".  See README.

set -eu
cd "$(dirname "$0")"
[ "$(uname -s)" = Linux ] || {
	echo "bench.sh: reads /proc of Linux" >&2
	exit 1
}
if [ -z "${POP3D_BENCH-}" ]; then
	[ "${BENCH_DOVECOT-}" != 1 ] || ../../deps.sh dovecot
	make -s -C .. bench/load
	exec env POP3D_BENCH=1 ../lib/accounts.sh -n ./bench.sh
fi

. ./work.sh

# The amount of everything; less with BENCH_QUICK=1.
if [ "${BENCH_QUICK:-0}" = 1 ]; then
	rounds=1 share=5 users=60 big=10000
else
	rounds=3 share=1 users=200 big=100000
fi
uid=5001				# anna's; all mailboxes are hers

servers=pop3d
! command -v dovecot >/dev/null || servers="pop3d dovecot:fast dovecot"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -keyout "$work/key" -out "$work/cert" 2>/dev/null
chmod 600 "$work/key"

# Each server has a directory of its own, $dir, and ports $port and $port + 1.
start_pop3d()
{
	i=0
	while [ $i -lt $users ]; do
		printf 'u%03d:{PLAIN}bench:%d:%d::/nonexistent::\n' \
		    $i $uid $uid
		i=$((i + 1))
	done >"$dir/users"
	chown root:_pop3auth "$dir/users"
	chmod 640 "$dir/users"
	cat >"$dir/conf" <<-E
	pki localhost cert "$work/cert" key "$work/key"
	listen on 127.0.0.1 port $port starttls
	listen on 127.0.0.1 port $((port + 1)) tls
	auth file "$dir/users"
	mailbox mbox "$dir/mail/%u"
	state "$dir/state"
	chroot "$dir/empty"
	limit { sessions 10000 per-address 0 per-user 10 }
	E
	exec "$work/root/usr/local/sbin/pop3d" -d -f "$dir/conf" \
	    -L "$work/root/usr/local/libexec/pop3d"
}

# Debian's as it is, and with processes that serve many sessions.
start_dovecot()
{
	i=0
	while [ $i -lt $users ]; do
		printf 'u%03d:bench\n' $i
		i=$((i + 1))
	done >"$dir/passwd"
	reuse='service_count = 1
	process_limit = 1000'
	[ "$1" != dovecot:fast ] || reuse='service_count = 0
	process_min_avail = 2
	process_limit = 1000'
	cat >"$dir/conf" <<-E
	protocols = pop3
	listen = 127.0.0.1
	base_dir = $dir/run
	state_dir = $dir/run
	log_path = $dir/log
	ssl = yes
	ssl_cert = <$work/cert
	ssl_key = <$work/key
	disable_plaintext_auth = no
	auth_mechanisms = plain
	passdb {
	  driver = passwd-file
	  args = scheme=PLAIN username_format=%u $dir/passwd
	}
	userdb {
	  driver = static
	  args = uid=$uid gid=$uid home=$dir/home/%u
	}
	mail_location = mbox:$dir/home/%u:INBOX=$dir/mail/%u
	service pop3-login {
	$reuse
	  inet_listener pop3 {
	    port = $port
	  }
	  inet_listener pop3s {
	    port = $((port + 1))
	    ssl = yes
	  }
	}
	service pop3 {
	$reuse
	}
	E
	exec dovecot -F -c "$dir/conf"
}

# name SERVER: print the name of its directory and its variables.
name()
{
	echo "$1" | tr -d :
}

# boxes COUNT OCTETS: make all mailboxes anew, without an index.
boxes()
{
	$load mbox "$work/u" "$1" "$2"
	for s in $servers; do
		dir=$work/$(name "$s")
		rm -rf "${dir:?}/home" "${dir:?}/state"/*
		mkdir -p "$dir/home"
		chown $uid:$uid "$dir/home"
		i=0
		while [ $i -lt $users ]; do
			f=$dir/mail/u$(printf %03d $i)
			# The number of messages must not differ.
			sed "s/^Message-ID: </&$i./" "$work/u" >"$f.new"
			chown $uid:$uid "$f.new"
			chmod 600 "$f.new"
			mv "$f.new" "$f"
			i=$((i + 1))
		done
	done
	rm "$work/u"
}

# run SERVER LABEL OPTION ... TEST: print its figures, marked with LABEL.
run()
{
	_pid='' _port=''
	eval "_pid=\$pid_$(name "$1") _port=\$port_$(name "$1")"
	_server=$1 _label=$2
	shift 2
	case $1 in
	-t)	_port=$((_port + 1)) ;;
	esac
	"$load" -p "$_port" -P "$_pid" -u $users "$@" >"$work/out" || {
		echo "bench.sh: $_server: $_label failed" >&2
		tail -n 5 "$work/$(name "$_server")/err" >&2
		exit 1
	}
	sed "s/^/$_server $_label /" "$work/out" >>"$work/figures"
}

port=2000
for s in $servers; do
	dir=$work/$(name "$s")
	mkdir -p "$dir/mail" "$dir/empty" "$dir/state" "$dir/run"
	chown $uid:$uid "$dir/mail"
	chmod 711 "$dir/state"
	start_"${s%:*}" "$s" >"$dir/err" 2>&1 &
	pids="$pids $!"
	eval "pid_$(name "$s")=$! port_$(name "$s")=$port"
	port=$((port + 10))
done
boxes 20 10000
for s in $servers; do
	i=0
	eval "p=\$port_$(name "$s")"
	until "$load" -n 1 -c 1 -u 1 -P $$ -p "$p" login >/dev/null 2>&1; do
		i=$((i + 1))
		[ $i -lt 50 ] || {
			echo "bench.sh: $s does not start" >&2
			cat "$work/$(name "$s")/err" >&2
			exit 1
		}
		sleep 0.2
	done
done

# In turns: other load on the machine then affects all alike.
r=0
while [ $r -lt $rounds ]; do
	for s in $servers; do
		n=$((2000 / share))
		[ "$s" != dovecot ] || n=$((n / 10))
		run "$s" login -n $n login
		run "$s" poll -n $n poll
		run "$s" tls -t -n $((n / 2)) login
	done
	r=$((r + 1))
done
for s in $servers; do
	run "$s" before -n $users before
	run "$s" beforetls -t -n $users before
	run "$s" after -n $users after
	run "$s" aftertls -t -n $users after
done
boxes 100 10000
r=0
while [ $r -lt $rounds ]; do
	for s in $servers; do
		run "$s" fetch -c 4 -n $((150 / share)) fetch
		run "$s" pipe -c 4 -n $((150 / share)) pipe
	done
	r=$((r + 1))
done
for s in $servers; do
	f=$work/$(name "$s")/mail/u000
	rm -rf "$work/$(name "$s")/home/u000"
	"$load" mbox "$f" $big 3000
	run "$s" first big
	run "$s" second big
	rm "$f"
done

echo
awk -v servers="$servers" -v big=$big '
function median(list,    v, n, i, k, t) {
	n = split(list, v, " ")
	for (i = 2; i <= n; i++)
		for (k = i; k > 1 && v[k] + 0 < v[k - 1] + 0; k--) {
			t = v[k]; v[k] = v[k - 1]; v[k - 1] = t
		}
	return v[int((n + 1) / 2)]
}
function ratio(a, b) {
	return b > 0 ? sprintf("(%.2fx)", a / b) : ""
}
function row(test, key, text,    i, x, first, line) {
	line = sprintf("%-44s", text)
	for (i = 1; i <= n; i++) {
		x = median(all[name[i], test, key])
		if (i == 1)
			first = x
		line = line sprintf(" %10s", x)
		if (i > 1)
			line = line sprintf(" %-8s", ratio(first, x))
	}
	print line
}
{ all[$1, $2, $3] = all[$1, $2, $3] " " $4 }
END {
	n = split(servers, name, " ")
	line = sprintf("%-44s", "(how many times theirs ours is)")
	for (i = 1; i <= n; i++)
		line = line sprintf((i == 1 ? " %10s" : " %19s"), name[i])
	print line
	row("login", "cpu_ms", "login: server CPU ms per session")
	row("login", "p99_ms", "login: p99 of a session, ms")
	row("tls", "cpu_ms", "login over TLS: CPU ms")
	row("poll", "cpu_ms", "poll (UIDL, LIST too): CPU ms")
	row("poll", "p99_ms", "poll: p99 ms")
	row("fetch", "cpu_s_per_gb", "fetch one by one: CPU s per GB")
	row("fetch", "mb_per_s", "fetch one by one: MB/s")
	row("pipe", "cpu_s_per_gb", "fetch in one burst: CPU s per GB")
	row("pipe", "mb_per_s", "fetch in one burst: MB/s")
	row("before", "kb", "idle before login: PSS kB")
	row("beforetls", "kb", "idle before login, TLS: PSS kB")
	row("after", "kb", "idle after login: PSS kB")
	row("aftertls", "kb", "idle after login, TLS: PSS kB")
	row("after", "tables_kb", "idle after login: page tables kB")
	row("first", "open_ms", big " messages: first open, ms")
	row("first", "uidl_ms", big " messages: first UIDL, ms")
	row("second", "open_ms", big " messages: second open, ms")
	row("second", "uidl_ms", big " messages: second UIDL, ms")
}' "$work/figures"
