#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# A mailbox of 1 GB and a message of 100 MB, byte for byte.

. "$(atf_get_srcdir)/lib/lib.sh"

# A mailbox and what its messages are in wire form; the text is random, but the
# same few pieces again and again, since this is about size.
generate()
{
	cat >generate.py <<-'EOF'
	import base64, hashlib, os, sys
	path, sizes = sys.argv[1], [int(s) for s in sys.argv[2:]]
	pieces = [b"".join(base64.b64encode(os.urandom(57)) + b"\n"
	                   for _ in range(13000)) for _ in range(4)]
	pieces.append(b".\n..x\nFrom here\n\xff\xfe\n\n" * 50000)
	crlf = [p.replace(b"\n", b"\r\n") for p in pieces]
	with open(path, "wb") as f:
	    for n, size in enumerate(sizes, 1):
	        f.write(b"From big@example.org Mon Jan  5 10:00:00 2026\n")
	        head = b"Subject: big %d\n\n" % n
	        f.write(head)
	        h = hashlib.sha256(head.replace(b"\n", b"\r\n"))
	        octets = len(head) + 2
	        k = n
	        while octets < size:
	            k += 1
	            f.write(pieces[k % 5])
	            h.update(crlf[k % 5])
	            octets += len(crlf[k % 5])
	        f.write(b"The end.\n\n")
	        h.update(b"The end.\r\n")
	        print(n, octets + 10, h.hexdigest())
	EOF
	python3 generate.py "$@" >expect || flunk "no space?"
}

system_test gigabyte "1 GB mailbox, one message of 100 MB" 300
gigabyte_body()
{
	pop3d_conf
	# 100 MB, and 90 of 10 MB.
	# shellcheck disable=SC2046
	generate mail/anna 100000000 $(yes 10000000 | head -n 90)
	own_mbox anna
	pop3d_start
	"$POP3" -t digest "$TLSPORT" anna "$PASS_anna" >seen 2>err ||
		flunk "$(cat err; tail -n 3 log)"
	cmp seen expect || flunk "$(diff seen expect | head)"
	# Delete the first, the rest moves.
	pop3_talk -t "$TLSPORT" <<-EOF
	S: \+OK.*
	LOGIN: anna
	C: DELE 1
	S: \+OK.*
	C: QUIT
	S: \+OK.*
	EOF
	"$POP3" digest "$CLEARPORT" anna "$PASS_anna" >seen 2>err ||
		flunk "$(cat err; tail -n 3 log)"
	sed 1d expect | cut -d ' ' -f 2- >want
	cut -d ' ' -f 2- seen | cmp - want || flunk "wrong after the commit"
	rm mail/anna
	pop3d_stop
}

system_test many "100,000 small messages" 300
many_body()
{
	pop3d_conf
	cat >generate.py <<-'EOF'
	import sys
	with open(sys.argv[1], "wb") as f:
	    for n in range(100000):
	        f.write(b"From x Mon Jan  5 10:00:00 2026\n"
	                b"Subject: %d\n\nbody of %d\n\n" % (n, n))
	EOF
	python3 generate.py mail/anna
	own_mbox anna
	pop3d_start
	cat >client.py <<-'EOF'
	import poplib, sys
	poplib._MAXLINE = 4096
	p = poplib.POP3("127.0.0.1", int(sys.argv[1]), timeout=120)
	p.user("anna")
	p.pass_(sys.argv[2])
	assert p.stat()[0] == 100000
	assert len(p.list()[1]) == 100000
	assert len({l.split()[1] for l in p.uidl()[1]}) == 100000
	for n in 1, 50000, 100000:
	    assert b"body of %d" % (n - 1) in p.retr(n)[1]
	for n in range(1, 100001, 100):
	    p.dele(n)
	p.quit()
	p = poplib.POP3("127.0.0.1", int(sys.argv[1]), timeout=120)
	p.user("anna")
	p.pass_(sys.argv[2])
	assert p.stat()[0] == 99000
	assert b"body of 1" in p.retr(1)[1]
	assert b"body of 99999" in p.retr(99000)[1]
	p.quit()
	EOF
	python3 client.py "$CLEARPORT" "$PASS_anna" >out 2>&1 ||
		flunk "$(cat out)"
	rm mail/anna
	pop3d_stop
}
