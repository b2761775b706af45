#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Common client programs: curl, Python's poplib, Perl's Net::POP3.  All must get
# every octet of the mailbox, apart from CRLF.

. "$(atf_get_srcdir)/lib/lib.sh"

# Three messages; expect/N is message N with LF, as the clients should give it.
three_messages()
{
	mkmbox anna
	mkdir expect
	awk '/^From sender/ { n++; next }
	    n { line[n] = line[n] $0 "\n" }
	    END { for (i = 1; i <= n; i++) {
		sub(/\n\n$/, "\n", line[i])
		printf "%s", line[i] >"expect/" i } }' mail/anna
}

# same DIR: its files 1 to 3 are the messages, with CRLF or with LF.
same()
{
	for n in 1 2 3; do
		tr -d '\r' <"$1/$n" | cmp - expect/$n ||
			flunk "$1: message $n differs"
	done
}

with_curl()
{
	mkdir got
	atf_check -o file:list curl -sS --cacert server.crt "$@" \
	    -u "anna:$PASS_anna" "$url/"
	for n in 1 2 3; do
		curl -sS --cacert server.crt "$@" -u "anna:$PASS_anna" \
		    "$url/$n" >got/$n || flunk "curl: message $n"
	done
	same got
	curl -sS --cacert server.crt "$@" -u "anna:$PASS_anna" \
	    -I -X 'DELE 2' "$url/" >/dev/null 2>&1
	tr -d '\r' <got/3 >third
	curl -sS --cacert server.crt "$@" -u "anna:$PASS_anna" \
	    "$url/2" | tr -d '\r' | cmp - third ||
		flunk "message 2 was not deleted"
	! grep -q 'message 2 for anna' mail/anna ||
		flunk "message 2 is still in the mailbox"
}

listing()
{
	for n in 1 2 3; do
		printf '%d %d\r\n' $n $(($(wc -c <expect/$n) +
		    $(wc -l <expect/$n)))
	done >list
}

system_test curl_tls "curl over pop3s: list, fetch, delete"
curl_tls_body()
{
	pop3d_conf
	three_messages
	listing
	pop3d_start
	url=pop3s://localhost:$TLSPORT
	with_curl
	pop3d_stop
}

system_test curl_stls "curl with STLS: list, fetch, delete"
curl_stls_body()
{
	pop3d_conf
	three_messages
	listing
	pop3d_start
	url=pop3://localhost:$PORT
	with_curl --ssl-reqd
	pop3d_stop
}

with_python()
{
	mkdir got
	cat >client.py <<-'EOF'
	import os, poplib, ssl, sys
	how, port, password = sys.argv[1:]
	ctx = ssl.create_default_context(cafile="server.crt")
	if how == "tls":
	    p = poplib.POP3_SSL("localhost", int(port), context=ctx)
	else:
	    p = poplib.POP3("localhost", int(port))
	    p.stls(context=ctx)
	p.user("anna")
	p.pass_(password)
	count, octets = p.stat()
	assert count == 3, count
	sizes = [int(l.split()[1]) for l in p.list()[1]]
	assert sum(sizes) == octets
	for n in range(1, 4):
	    lines = p.retr(n)[1]
	    assert sum(len(l) + 2 for l in lines) == sizes[n - 1]
	    with open("got/%d" % n, "wb") as f:
	        f.write(b"\n".join(lines) + b"\n")
	    assert p.top(n, 1)[1] == lines[:lines.index(b"") + 2]
	uidls = [l.split()[1] for l in p.uidl()[1]]
	assert len(set(uidls)) == 3
	p.dele(1)
	assert p.stat()[0] == 2
	p.rset()
	p.dele(3)
	p.noop()
	p.quit()
	EOF
	python3 client.py "$1" "$2" "$PASS_anna" >out 2>&1 ||
		flunk "$(cat out)"
	same got
	grep -c '^From sender' mail/anna >out
	[ "$(cat out)" = 2 ] || flunk "$(cat out) messages left"
	! grep -q 'message 3 for anna' mail/anna || flunk "3 is still there"
}

system_test python_tls "poplib.POP3_SSL"
python_tls_body()
{
	pop3d_conf
	three_messages
	pop3d_start
	with_python tls "$TLSPORT"
	pop3d_stop
}

system_test python_stls "poplib.POP3 with stls()"
python_stls_body()
{
	pop3d_conf
	three_messages
	pop3d_start
	with_python stls "$PORT"
	pop3d_stop
}

with_perl()
{
	mkdir got
	cat >client.pl <<-'EOF'
	use strict;
	use warnings;
	use Net::POP3;
	my ($how, $port, $password) = @ARGV;
	my %tls = (SSL_ca_file => "server.crt",
	    SSL_verifycn_name => "localhost");
	my $p = Net::POP3->new("localhost", Port => $port,
	    ($how eq "tls" ? (SSL => 1, %tls) : ())) or die "connect: $@";
	$how eq "tls" or $p->starttls(%tls) or die "starttls: " . $p->message;
	my $n = $p->login("anna", $password);
	defined $n && $n == 3 or die "login: " . $p->message;
	my $list = $p->list or die "list";
	my $uidl = $p->uidl or die "uidl";
	for my $i (1 .. 3) {
		my $lines = $p->get($i) or die "get $i";
		open(my $f, ">", "got/$i") or die;
		print $f @$lines;
		close($f);
		my $octets = 0;
		for my $line (@$lines) {	# LF here, CRLF there
			$octets += length($line =~ s/\r?\n$//r) + 2;
		}
		$octets == $list->{$i} or die "size $octets != $list->{$i}";
		length($uidl->{$i}) or die "uidl $i";
	}
	$p->delete(1) or die "delete";
	$p->quit or die "quit";
	EOF
	perl client.pl "$1" "$2" "$PASS_anna" >out 2>&1 ||
		flunk "$(cat out)"
	same got
	! grep -q 'message 1 for anna' mail/anna || flunk "1 is still there"
}

system_test perl_tls "Net::POP3 with SSL"
perl_tls_body()
{
	pop3d_conf
	three_messages
	pop3d_start
	with_perl tls "$TLSPORT"
	pop3d_stop
}

system_test perl_stls "Net::POP3 with starttls()"
perl_stls_body()
{
	pop3d_conf
	three_messages
	pop3d_start
	with_perl stls "$PORT"
	pop3d_stop
}

system_test tls_versions "TLS 1.2 and 1.3, forward secrecy, nothing older"
tls_versions_body()
{
	pop3d_conf
	pop3d_start
	for v in -tls1_2 -tls1_3; do
		echo QUIT | openssl s_client -connect "127.0.0.1:$TLSPORT" \
		    $v -crlf -quiet -verify_quiet >out 2>&1
		grep -q '^+OK' out || flunk "$v: $(cat out)"
	done
	echo QUIT | openssl s_client -connect "127.0.0.1:$TLSPORT" -tls1_1 \
	    -cipher DEFAULT@SECLEVEL=0 -crlf -quiet >out 2>&1
	! grep -q '^+OK' out || flunk "TLS 1.1 taken"
	echo QUIT | openssl s_client -connect "127.0.0.1:$TLSPORT" -tls1_2 \
	    -cipher 'AES128-SHA:ECDHE-ECDSA-AES128-SHA' -crlf -quiet \
	    >out 2>&1
	! grep -q '^+OK' out || flunk "a CBC cipher taken"
	login_works || flunk "afterwards: $(cat talk.out)"
	pop3d_stop
}
