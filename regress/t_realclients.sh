#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# The mail programs of Debian fetch 500 messages, over clear text, STLS and TLS
# where they can, to the octet; and a second time with the mail left on the
# server, which must bring nothing.

. "$(atf_get_srcdir)/lib/lib.sh"

COUNT=500

# Make messages of all sizes for bert, with traps for clients; expect has the
# SHA-256 of each, with LF, sorted.
mailbox()
{
	python3 - mail/bert "$COUNT" >expect.raw <<-'EOF'
	import hashlib, random, sys
	random.seed(1)
	with open(sys.argv[1], "wb") as f:
	    for i in range(1, int(sys.argv[2]) + 1):
	        text = [b"From: sender%d@example.org" % (i % 7),
	                b"To: bert@example.org",
	                b"Subject: message %d" % i,
	                b"Date: Mon, 5 Jan 2026 10:%02d:%02d +0000" %
	                (i // 60, i % 60),
	                b"Message-ID: <bert.%d@example.org>" % i,
	                b"MIME-Version: 1.0",
	                b"Content-Type: text/plain; charset=utf-8",
	                b"Content-Transfer-Encoding: 8bit", b""]
	        for j in range(random.choice((1, 5, 40, 200))):
	            text.append(random.choice((
	                b"A line of text, as most of them are.", b".", b"..",
	                b".x", b"", b"  blanks before and after  ", b"\ttab",
	                "Umlaute: \u00e4\u00f6\u00fc".encode(), b"=3D =20",
	                b"x" * random.randrange(900), b"-- ")))
	        text.append(b"End of message %d." % i)
	        m = b"\n".join(text) + b"\n"
	        print(hashlib.sha256(m).hexdigest())
	        f.write(b"From s@example.org Mon Jan  5 10:00:00 2026\n" + m +
	                b"\n")
	EOF
	sort expect.raw >expect
	own_mbox bert
}

# same DIR WHAT: the files in it are the messages, each once, whatever their
# names.
same()
{
	python3 - "$1" <<-'EOF' | sort >got.sums
	import hashlib, os, sys
	for directory, _, names in os.walk(sys.argv[1]):
	    for name in names:
	        with open(os.path.join(directory, name), "rb") as f:
	            text = f.read().replace(b"\r\n", b"\n")
	        print(hashlib.sha256(text).hexdigest())
	EOF
	n=$(wc -l <got.sums)
	[ "$n" = "$COUNT" ] || flunk "$2: $n messages"
	cmp -s got.sums expect ||
		flunk "$2: $(comm -13 got.sums expect | wc -l) differ," \
		    "one of them: $(find "$1" -type f | head -n 1 |
		    xargs cat -A | head -n 20)"
	left=$(grep -c '^From s@example' mail/bert) || :
	[ "$left" = "$COUNT" ] || flunk "$2: $left left on the server"
}

# begin PROGRAM: start the server for the clients of that program.
begin()
{
	pop3d_conf
	command -v "$1" >/dev/null || atf_skip "no $1"
	mailbox
	pop3d_start
	HOME=$(pwd)
	export HOME
}

# again HOW ...: with each of clear, stls, tls have fetch, a function of the
# case, put all messages into the directory got, twice.
again()
{
	for how in "$@"; do
		rm -rf got state.*
		mkdir got
		fetch >out 2>&1 || flunk "$how: $(tail -n 5 out)"
		same got "$how"
		# A client that keeps a list of seen mail gets nothing more.
		fetch >out 2>&1 || soon nothing_new ||
			flunk "$how, again: $(tail -n 5 out)"
		same got "$how, again"
	done
	pop3d_stop
}

# fetchmail exits with 1 when there is no new mail.
nothing_new()
{
	[ "$(find got -type f | wc -l)" = "$COUNT" ]
}

port()
{
	case $how in
	clear)	echo "$CLEARPORT" ;;
	stls)	echo "$PORT" ;;
	tls)	echo "$TLSPORT" ;;
	esac
}

system_test curl "curl"
curl_body()
{
	begin curl
	fetch()
	{
		case $how in
		clear)	o='' s=pop3 ;;
		stls)	o=--ssl-reqd s=pop3 ;;
		tls)	o='' s=pop3s ;;
		esac
		# shellcheck disable=SC2086
		curl -sS $o --cacert server.crt -u "bert:$PASS_bert" \
		    -o "got/#1" "$s://localhost:$(port)/[1-$COUNT]"
	}
	again clear stls tls
}

system_test fetchmail "fetchmail, with --uidl and keep"
fetchmail_body()
{
	begin fetchmail
	cat >mda <<-'EOF'
	#!/bin/sh
	exec cat >got/$$
	EOF
	chmod 755 mda
	fetch()
	{
		case $how in
		clear)	o="sslproto ''" ;;
		stls)	o="sslproto TLS1.2+ sslcertck" ;;
		tls)	o="ssl sslcertck" ;;
		esac
		cat >rc <<-EOF
		poll localhost protocol pop3 port $(port) uidl
		user bert password "$PASS_bert" keep norewrite
		    $o $([ "$how" = clear ] ||
		    echo "sslcertfile $(pwd)/server.crt")
		    mda "$(pwd)/mda"
		EOF
		chmod 600 rc
		fetchmail -f rc --nosyslog --invisible --idfile state.ids \
		    --pidfile state.pid
	}
	again clear stls tls
}

system_test mpop "mpop, which pipelines"
mpop_body()
{
	begin mpop
	mkdir got
	fetch()
	{
		case $how in
		clear)	o="tls off" ;;
		stls)	o="tls on
tls_starttls on" ;;
		tls)	o="tls on
tls_starttls off" ;;
		esac
		mkdir -p got/new got/cur got/tmp
		cat >rc <<-EOF
		account default
		host localhost
		port $(port)
		user bert
		password $PASS_bert
		auth user
		pipelining on
		$o
		$([ "$how" = clear ] || echo "tls_trust_file $(pwd)/server.crt")
		delivery maildir $(pwd)/got
		received_header off
		keep on
		uidls_file $(pwd)/state.uidls
		EOF
		chmod 600 rc
		mpop -C rc
	}
	again clear stls tls
}

system_test getmail "getmail6" 600
getmail_body()
{
	begin getmail
	fetch()
	{
		case $how in
		clear)	o="type = SimplePOP3Retriever" ;;
		tls)	o="type = SimplePOP3SSLRetriever
ca_certs = $(pwd)/server.crt" ;;
		esac
		mkdir -p got/new got/cur got/tmp state.getmail
		chown -R cleo:cleo got state.getmail
		cat >rc <<-EOF
		[retriever]
		$o
		server = localhost
		port = $(port)
		username = bert
		password = $PASS_bert
		[destination]
		type = Maildir
		path = $(pwd)/got/
		[options]
		read_all = false
		delete = false
		delivered_to = false
		received = false
		verbose = 0
		EOF
		# It does not deliver as root.
		chmod 644 rc
		# It has a process for every delivery, and sometimes waits for
		# ever for one that has ended, with nothing unread: once more.
		i=0
		cp -a got got.before
		cp -a state.getmail state.before
		until timeout 200 setpriv --reuid cleo --regid cleo \
		    --clear-groups getmail \
		    --getmaildir="$(pwd)/state.getmail" --rcfile="$(pwd)/rc"
		do
			i=$((i + 1))
			[ $i -lt 5 ] || flunk "getmail hangs or fails"
			rm -rf got state.getmail
			cp -a got.before got
			cp -a state.before state.getmail
		done
		rm -rf got.before state.before
		# Fields that it adds.
		find got -type f -exec \
		    sed -i '1{/^Return-Path: <unknown>$/d;}' {} +
	}
	again clear tls
}

system_test s_nail "s-nail" 300
s_nail_body()
{
	begin s-nail
	fetch()
	{
		case $how in
		clear)	o="-S nopop3-use-starttls" s=pop3 ;;
		stls)	o="-S pop3-use-starttls" s=pop3 ;;
		tls)	o='' s=pop3s ;;
		esac
		rm -rf got
		# shellcheck disable=SC2086
		echo "copy * \"maildir://$(pwd)/got\"
exit" |
		s-nail -n -# -S v15-compat -S pop3-keepalive=60 $o \
		    -S "tls-ca-file=$(pwd)/server.crt" -S tls-verify=strict \
		    -S pop3-bulk-load \
		    -f "$s://bert:$PASS_bert@localhost:$(port)"
		# It adds its marks and an empty line.
		find got -type f -exec sed -i -e '1,/^$/{/^X*-*Status: /d;}' \
		    -e '${/^$/d;}' {} +
	}
	again clear stls tls
}

system_test poplib "Python's poplib"
poplib_body()
{
	begin python3
	cat >client.py <<-'EOF'
	import os, poplib, ssl, sys
	how, port = sys.argv[1:]
	ctx = ssl.create_default_context(cafile="server.crt")
	if how == "tls":
	    p = poplib.POP3_SSL("localhost", int(port), context=ctx)
	else:
	    p = poplib.POP3("localhost", int(port))
	    if how == "stls":
	        p.stls(context=ctx)
	p.user("bert")
	p.pass_(os.environ["PASS_bert"])
	for line in p.uidl()[1]:
	    n, uidl = line.decode().split()
	    if not os.path.exists("got/" + uidl):
	        with open("got/" + uidl, "wb") as f:
	            f.write(b"\n".join(p.retr(int(n))[1]) + b"\n")
	p.quit()
	EOF
	fetch()
	{
		python3 client.py "$how" "$(port)"
	}
	again clear stls tls
}

system_test net_pop3 "Perl's Net::POP3"
net_pop3_body()
{
	begin perl
	cat >client.pl <<-'EOF'
	use strict;
	use warnings;
	use Net::POP3;
	my ($how, $port) = @ARGV;
	my %tls = (SSL_ca_file => "server.crt",
	    SSL_verifycn_name => "localhost");
	my $p = Net::POP3->new("localhost", Port => $port,
	    ($how eq "tls" ? (SSL => 1, %tls) : ())) or die "connect: $@";
	$how ne "stls" or $p->starttls(%tls) or die $p->message;
	defined $p->login("bert", $ENV{PASS_bert}) or die $p->message;
	my $uidl = $p->uidl or die "uidl";
	for my $n (sort { $a <=> $b } keys %$uidl) {
		next if -e "got/$uidl->{$n}";
		my $lines = $p->get($n) or die "get $n";
		open(my $f, ">", "got/$uidl->{$n}") or die;
		print $f @$lines;
		close($f) or die;
	}
	$p->quit or die "quit";
	EOF
	fetch()
	{
		perl client.pl "$how" "$(port)"
	}
	again clear stls tls
}
