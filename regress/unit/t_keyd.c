/* SPDX-License-Identifier: ISC */
/*
 * Tests of keyd/keyd.c, the program itself: we are authd and the engines, some
 * of them evil.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <imsg.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "cert.h"
#include "keyreq.h"
#include "msg.h"

/* A certificate and its key, as texts. */
struct pair {
	EVP_PKEY	*pkey;
	char		*cert;
	char		*key;
	uint8_t		 id[KEY_ID_LEN];
};

static struct imsgbuf	 authd;
static pid_t		 pid;

static char *
bio_text(BIO *bio)
{
	char	*p, *text;
	long	 n;

	n = BIO_get_mem_data(bio, &p);
	ATF_REQUIRE((text = strndup(p, (size_t)n)) != NULL);
	BIO_free(bio);
	return text;
}

static char *
cert_text(EVP_PKEY *pkey, int days)
{
	const EVP_MD	*md = EVP_sha256();
	X509_NAME	*name;
	X509		*x;
	BIO		*bio = BIO_new(BIO_s_mem());

	if (EVP_PKEY_base_id(pkey) == EVP_PKEY_ED25519)
		md = NULL;
	ATF_REQUIRE((x = X509_new()) != NULL);
	name = X509_get_subject_name(x);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_gmtime_adj(X509_getm_notBefore(x), -10 * 86400);
	X509_gmtime_adj(X509_getm_notAfter(x), days * 86400L);
	ATF_REQUIRE_EQ(1, X509_set_pubkey(x, pkey));
	ATF_REQUIRE(X509_sign(x, pkey, md) > 0);
	ATF_REQUIRE_EQ(1, PEM_write_bio_X509(bio, x));
	X509_free(x);
	return bio_text(bio);
}

static char *
key_text(EVP_PKEY *pkey, const char *passphrase)
{
	BIO	*bio = BIO_new(BIO_s_mem());

	ATF_REQUIRE_EQ(1, PEM_write_bio_PrivateKey(bio, pkey,
	    passphrase == NULL ? NULL : EVP_aes_128_cbc(),
	    (const unsigned char *)passphrase,
	    passphrase == NULL ? 0 : (int)strlen(passphrase), NULL, NULL));
	return bio_text(bio);
}

/* Of a type with that many bits, or on that curve. */
static void
pair_make(struct pair *p, int type, int what)
{
	EVP_PKEY_CTX	*ctx;
	const char	*why;
	X509		*x;

	memset(p, 0, sizeof(*p));
	ATF_REQUIRE((ctx = EVP_PKEY_CTX_new_id(type, NULL)) != NULL);
	ATF_REQUIRE_EQ(1, EVP_PKEY_keygen_init(ctx));
	if (type == EVP_PKEY_RSA)
		ATF_REQUIRE(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, what) > 0);
	if (type == EVP_PKEY_EC)
		ATF_REQUIRE(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx,
		    what) > 0);
	ATF_REQUIRE_EQ(1, EVP_PKEY_keygen(ctx, &p->pkey));
	EVP_PKEY_CTX_free(ctx);
	p->cert = cert_text(p->pkey, 30);
	p->key = key_text(p->pkey, NULL);
	if ((x = cert_read(p->cert, strlen(p->cert), &why)) != NULL) {
		ATF_REQUIRE_EQ(0, cert_key_id(x, p->id));
		X509_free(x);
	}
}

static void
keyd_start(const atf_tc_t *tc)
{
	char	*path;
	int	 sv[2];

	ATF_REQUIRE(asprintf(&path, "%s/../../keyd/keyd",
	    atf_tc_get_config_var(tc, "srcdir")) != -1);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (sv[1] == PROTO_FD)
			(void)fcntl(PROTO_FD, F_SETFD, 0);
		(void)dup2(sv[1], PROTO_FD);
		(void)execl(path, path, (char *)NULL);
		_exit(127);
	}
	(void)close(sv[1]);
	free(path);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&authd, sv[0]));
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&authd, PROTO_MSG_MAX));
	imsgbuf_allow_fdpass(&authd);
}

/* The next message from keyd that is not a log line. */
static void
keyd_next(struct imsg *imsg, uint32_t type)
{
	char		 text[TEXT_LEN_MAX + 1];
	uint32_t	 priority;
	int		 n;

	for (;;) {
		while ((n = imsgbuf_get(&authd, imsg)) == 0)
			ATF_REQUIRE_EQ_MSG(1, imsgbuf_read(&authd),
			    "keyd has ended");
		ATF_REQUIRE_EQ(1, n);
		ATF_REQUIRE(proto_check(imsg, R_KEYD, R_AUTHD) == NULL);
		if (imsg_get_type(imsg) == type)
			return;
		ATF_REQUIRE_EQ(0, msg_log_parse(imsg, &priority, text));
		imsg_free(imsg);
	}
}

/* What it says to a certificate and a key. */
static const char *
keyd_add(const char *cert, const char *key)
{
	static char	 reason[TEXT_LEN_MAX + 1];
	char		 name[PATH_LEN_MAX + 1];
	struct imsg	 imsg;

	ATF_REQUIRE_EQ(0, msg_pki_send(&authd, IMSG_KEY_CERT, "pki", cert,
	    strlen(cert)));
	ATF_REQUIRE_EQ(0, msg_pki_send(&authd, IMSG_KEY_ADD, "pki", key,
	    strlen(key)));
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&authd));
	keyd_next(&imsg, IMSG_KEY_DONE);
	ATF_REQUIRE_EQ(0, msg_key_done_parse(&imsg, name, reason));
	imsg_free(&imsg);
	ATF_CHECK_STREQ("pki", name);
	return reason;
}

/* A socket as engine n has it. */
static int
keyd_open(uint32_t n)
{
	const struct timeval	 tv = { 20, 0 };
	struct imsg		 imsg;
	int			 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
	    0, sv));
	ATF_REQUIRE_EQ(0, setsockopt(sv[0], SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof(tv)));
	ATF_REQUIRE_EQ(0, msg_fd_send(&authd, IMSG_KEY_OPEN, n, sv[1]));
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&authd));
	keyd_next(&imsg, IMSG_KEY_OPENED);
	ATF_REQUIRE_EQ(n, imsg_get_id(&imsg));
	imsg_free(&imsg);
	return sv[0];
}

static void
keyd_stop(void)
{
	char	 line[512];
	int	 status;

	imsgbuf_clear(&authd);
	/* Its log lines have to be read, or the end looks like an error. */
	(void)shutdown(authd.fd, SHUT_WR);
	while (read(authd.fd, line, sizeof(line)) > 0)
		continue;
	(void)close(authd.fd);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "keyd ended with status %#x", status);
}

static void
req_make(struct key_req *req, const struct pair *p, enum key_op op,
    const void *data, size_t len)
{
	static uint32_t	 serial = 4711;

	memset(req, 0, sizeof(*req));
	req->serial = serial++;
	req->op = op;
	memcpy(req->key, p->id, sizeof(req->key));
	req->len = len;
	memcpy(req->data, data, len < sizeof(req->data) ? len :
	    sizeof(req->data));
}

/* The status of the answer; 0 if there is an end of file instead. */
static uint32_t
ask(int fd, const struct key_req *req, struct key_res *res)
{
	ssize_t	 n;

	ATF_REQUIRE_EQ(sizeof(*req), send(fd, req, sizeof(*req),
	    MSG_NOSIGNAL));
	n = recv(fd, res, sizeof(*res), 0);
	if (n == 0 || (n == -1 && errno == ECONNRESET))
		return 0;
	ATF_REQUIRE_EQ_MSG(sizeof(*res), n, "%zd, errno %d", n, errno);
	ATF_REQUIRE_EQ(req->serial, res->serial);
	ATF_REQUIRE(res->len <= sizeof(res->data));
	ATF_REQUIRE((res->status == KEY_OK) == (res->len > 0));
	return res->status;
}

static uint32_t
ask_for(int fd, const struct pair *p, enum key_op op, const void *data,
    size_t len)
{
	struct key_req	 req;
	struct key_res	 res;

	req_make(&req, p, op, data, len);
	return ask(fd, &req, &res);
}

/* The DigestInfo of a digest of these octets by OpenSSL's own hand. */
static size_t
digestinfo(const EVP_MD *md, const uint8_t *digest, uint8_t *out)
{
	X509_SIG		*sig = X509_SIG_new();
	X509_ALGOR		*alg;
	ASN1_OCTET_STRING	*octets;
	int			 n;

	X509_SIG_getm(sig, &alg, &octets);
	X509_ALGOR_set0(alg, OBJ_nid2obj(EVP_MD_type(md)), V_ASN1_NULL, NULL);
	ASN1_OCTET_STRING_set(octets, digest, EVP_MD_size(md));
	ATF_REQUIRE((n = i2d_X509_SIG(sig, &out)) > 0);
	X509_SIG_free(sig);
	return (size_t)n;
}

/* Whether sig is a signature of digest by p: padding 0 for ECDSA. */
static int
verifies(const struct pair *p, const EVP_MD *md, int padding,
    const uint8_t *digest, const struct key_res *res)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new(p->pkey, NULL);
	int		 ok;

	ATF_REQUIRE_EQ(1, EVP_PKEY_verify_init(ctx));
	ATF_REQUIRE(EVP_PKEY_CTX_set_signature_md(ctx, md) > 0);
	if (padding != 0)
		ATF_REQUIRE(EVP_PKEY_CTX_set_rsa_padding(ctx, padding) > 0);
	ok = EVP_PKEY_verify(ctx, res->data, res->len, digest,
	    (size_t)EVP_MD_size(md));
	EVP_PKEY_CTX_free(ctx);
	return ok == 1;
}

/* One ECDSA signature that is right, which is what shows that keyd is well. */
static void
well(int fd, const struct pair *ec)
{
	struct key_req	 req;
	struct key_res	 res;
	uint8_t		 digest[32];

	arc4random_buf(digest, sizeof(digest));
	req_make(&req, ec, KEY_OP_ECDSA, digest, sizeof(digest));
	ATF_REQUIRE_EQ(KEY_OK, ask(fd, &req, &res));
	ATF_REQUIRE(verifies(ec, EVP_sha256(), 0, digest, &res));
}

ATF_TC(signs);
ATF_TC_HEAD(signs, tc)
{
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(signs, tc)
{
	static const struct { int type, what; } kinds[] = {
		{ EVP_PKEY_EC, NID_X9_62_prime256v1 },
		{ EVP_PKEY_EC, NID_secp384r1 },
		{ EVP_PKEY_RSA, 2048 },
		{ EVP_PKEY_RSA, 2049 },
		{ EVP_PKEY_RSA, 3071 },
		{ EVP_PKEY_RSA, 4096 },
	};
	const EVP_MD	*mds[3] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
	struct pair	 p[NITEMS(kinds)];
	struct key_req	 req;
	struct key_res	 res;
	uint8_t		 digest[64], data[KEY_DATA_MAX];
	size_t		 i, m;
	RSA		*rsa;
	int		 fd;

	keyd_start(tc);
	for (i = 0; i < NITEMS(kinds); i++) {
		pair_make(&p[i], kinds[i].type, kinds[i].what);
		ATF_REQUIRE_STREQ("", keyd_add(p[i].cert, p[i].key));
	}
	fd = keyd_open(1);
	for (i = 0; i < NITEMS(kinds); i++) {
		for (m = 0; m < NITEMS(mds); m++) {
			arc4random_buf(digest, sizeof(digest));
			if (kinds[i].type == EVP_PKEY_EC) {
				req_make(&req, &p[i], KEY_OP_ECDSA, digest,
				    (size_t)EVP_MD_size(mds[m]));
				ATF_CHECK_EQ(KEY_OK, ask(fd, &req, &res));
				ATF_CHECK(verifies(&p[i], mds[m], 0, digest,
				    &res));
				continue;
			}
			req_make(&req, &p[i], KEY_OP_RSA_PKCS1, data,
			    digestinfo(mds[m], digest, data));
			memcpy(req.data, data, req.len);
			ATF_CHECK_EQ(KEY_OK, ask(fd, &req, &res));
			ATF_CHECK(verifies(&p[i], mds[m], RSA_PKCS1_PADDING,
			    digest, &res));

			rsa = EVP_PKEY_get1_RSA(p[i].pkey);
			ATF_REQUIRE_EQ(1, RSA_padding_add_PKCS1_PSS_mgf1(rsa,
			    data, digest, mds[m], mds[m], -1));
			req_make(&req, &p[i], KEY_OP_RSA_PSS, data,
			    (size_t)RSA_size(rsa));
			RSA_free(rsa);
			ATF_CHECK_EQ_MSG(KEY_OK, ask(fd, &req, &res),
			    "PSS %d", kinds[i].what);
			ATF_CHECK(verifies(&p[i], mds[m],
			    RSA_PKCS1_PSS_PADDING, digest, &res));
		}
	}
	keyd_stop();
}

static void
refused(const char *cert, const char *key, const char *want)
{
	const char	*got = keyd_add(cert, key);

	ATF_CHECK_MSG(strstr(got, want) != NULL, "wanted %s, got %s", want,
	    got);
}

ATF_TC_WITHOUT_HEAD(refuses);
ATF_TC_BODY(refuses, tc)
{
	struct pair	 ec, other, p;
	const BIGNUM	*d;
	BIGNUM		*wrong;
	EC_KEY		*eckey;
	EVP_PKEY	*damaged = EVP_PKEY_new();

	keyd_start(tc);
	pair_make(&ec, EVP_PKEY_EC, NID_X9_62_prime256v1);
	pair_make(&other, EVP_PKEY_EC, NID_X9_62_prime256v1);
	refused(ec.cert, other.key, "does not fit");
	refused(ec.cert, "no key", "no private key");
	refused(ec.cert, ec.cert, "no private key");
	refused("no certificate", ec.key, "no certificate");
	refused(ec.key, ec.key, "no certificate");
	refused(ec.cert, key_text(ec.pkey, "secret"), "without a passphrase");

	pair_make(&p, EVP_PKEY_ED25519, 0);
	refused(p.cert, p.key, "Ed25519");
	pair_make(&p, EVP_PKEY_RSA, 1024);
	refused(p.cert, p.key, "less than 2048");
	refused(ec.cert, p.key, "does not fit");
	pair_make(&p, EVP_PKEY_EC, NID_secp521r1);
	refused(p.cert, p.key, "curve");

	/* Its public half is right, the private one is not. */
	eckey = EVP_PKEY_get1_EC_KEY(ec.pkey);
	d = EC_KEY_get0_private_key(eckey);
	ATF_REQUIRE((wrong = BN_dup(d)) != NULL && BN_sub_word(wrong, 1));
	ATF_REQUIRE_EQ(1, EC_KEY_set_private_key(eckey, wrong));
	ATF_REQUIRE_EQ(1, EVP_PKEY_set1_EC_KEY(damaged, eckey));
	refused(ec.cert, key_text(damaged, NULL), "damaged");

	/* None of them is served; the right one is, expired or not. */
	ATF_CHECK_EQ(KEY_UNKNOWN, ask_for(keyd_open(1), &ec, KEY_OP_ECDSA,
	    ec.id, sizeof(ec.id)));
	ATF_CHECK_STREQ("", keyd_add(cert_text(ec.pkey, -1), ec.key));
	well(keyd_open(1), &ec);
	keyd_stop();
}

ATF_TC_WITHOUT_HEAD(shapes);
ATF_TC_BODY(shapes, tc)
{
	struct pair	 ec, rsa;
	uint8_t		 digest[64] = { 1 }, data[KEY_DATA_MAX], *c;
	RSA		*key;
	size_t		 len, i;
	int		 fd;

	keyd_start(tc);
	pair_make(&ec, EVP_PKEY_EC, NID_X9_62_prime256v1);
	pair_make(&rsa, EVP_PKEY_RSA, 2048);
	ATF_REQUIRE_STREQ("", keyd_add(ec.cert, ec.key));
	ATF_REQUIRE_STREQ("", keyd_add(rsa.cert, rsa.key));
	fd = keyd_open(1);

	/* ECDSA: 20 to 64 octets, and not by the other kind of key. */
	memset(data, 0x55, sizeof(data));
	for (len = 1; len <= sizeof(data); len++)
		ATF_CHECK_EQ(len >= 20 && len <= 64 ? KEY_OK : KEY_REFUSED,
		    ask_for(fd, &ec, KEY_OP_ECDSA, data, len));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_ECDSA, data, 32));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &ec, KEY_OP_RSA_PKCS1, data,
	    51));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &ec, KEY_OP_RSA_PSS, data, 64));

	/* PKCS#1: one octet wrong in front of the digest, or one more. */
	len = digestinfo(EVP_sha256(), digest, data);
	ATF_REQUIRE_EQ(51, len);
	ATF_CHECK_EQ(KEY_OK, ask_for(fd, &rsa, KEY_OP_RSA_PKCS1, data, len));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PKCS1, data,
	    len - 1));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PKCS1, data,
	    len + 1));
	for (i = 0; i < 19; i++) {
		data[i] ^= 1;
		ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PKCS1,
		    data, len));
		data[i] ^= 1;
	}
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PKCS1, data,
	    digestinfo(EVP_sha1(), digest, data)));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PKCS1, digest,
	    36));

	/* PSS: any bit wrong but those that a digest and salt may have. */
	key = EVP_PKEY_get1_RSA(rsa.pkey);
	ATF_REQUIRE_EQ(1, RSA_padding_add_PKCS1_PSS_mgf1(key, data, digest,
	    EVP_sha256(), EVP_sha256(), 32));
	ATF_CHECK_EQ(KEY_OK, ask_for(fd, &rsa, KEY_OP_RSA_PSS, data, 256));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PSS, data,
	    255));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PSS, data,
	    257));
	for (i = 0; i < 256; i++) {
		if (i >= 256 - 1 - 32 - 32 && i < 256 - 1 - 32)
			continue;		/* the salt, masked */
		data[i] ^= 1 << i % 8;
		ATF_CHECK_EQ_MSG(KEY_REFUSED, ask_for(fd, &rsa,
		    KEY_OP_RSA_PSS, data, 256), "octet %zu", i);
		data[i] ^= 1 << i % 8;
	}
	/* Other salts than TLS has. */
	ATF_REQUIRE_EQ(1, RSA_padding_add_PKCS1_PSS_mgf1(key, data, digest,
	    EVP_sha256(), EVP_sha256(), 20));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PSS, data,
	    256));
	/* No oracle: no signature of another kind, nothing encrypted. */
	ATF_REQUIRE_EQ(1, RSA_padding_add_PKCS1_type_1(data, 256, digest,
	    51));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PSS, data,
	    256));
	c = data;
	ATF_REQUIRE_EQ(256, RSA_public_encrypt(32, digest, c, key,
	    RSA_PKCS1_PADDING));
	ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PSS, c, 256));
	for (i = 0; i < 1000; i++) {
		arc4random_buf(data, 256);
		data[0] &= 0x7f;
		data[255] = 0xbc;
		ATF_CHECK_EQ(KEY_REFUSED, ask_for(fd, &rsa, KEY_OP_RSA_PSS,
		    data, 256));
	}
	RSA_free(key);
	well(fd, &ec);
	keyd_stop();
}

/* What is not a request costs the socket, and nobody else anything. */
ATF_TC_WITHOUT_HEAD(framing);
ATF_TC_BODY(framing, tc)
{
	static uint8_t	 big[70000];
	struct pair	 ec;
	struct key_req	 good, req;
	struct key_res	 res;
	const size_t	 sizes[] = { 0, 1, 4, sizeof(req) - 1, sizeof(req) + 1,
			    2 * sizeof(req), sizeof(big) };
	const uint32_t	 lens[] = { 0, KEY_DATA_MAX + 1, INT32_MAX,
			    UINT32_MAX };
	const uint32_t	 ops[] = { 0, KEY_OP_MAX, INT32_MAX, UINT32_MAX };
	size_t		 i;
	int		 fd, other;

	keyd_start(tc);
	pair_make(&ec, EVP_PKEY_EC, NID_X9_62_prime256v1);
	ATF_REQUIRE_STREQ("", keyd_add(ec.cert, ec.key));
	other = keyd_open(2);
	req_make(&good, &ec, KEY_OP_ECDSA, big, 32);
	for (i = 0; i < NITEMS(sizes); i++) {
		fd = keyd_open(1);
		memcpy(big, &good, sizeof(good));
		ATF_REQUIRE_EQ(sizes[i], send(fd, big, sizes[i],
		    MSG_NOSIGNAL));
		ATF_CHECK_EQ_MSG(0, recv(fd, &res, sizeof(res), 0), "%zu",
		    sizes[i]);
		(void)close(fd);
		well(other, &ec);
	}
	for (i = 0; i < NITEMS(lens); i++) {
		fd = keyd_open(1);
		req = good;
		req.len = lens[i];
		ATF_CHECK_EQ(0, ask(fd, &req, &res));
		(void)close(fd);
	}
	for (i = 0; i < NITEMS(ops); i++) {
		fd = keyd_open(1);
		req = good;
		req.op = ops[i];
		ATF_CHECK_EQ(0, ask(fd, &req, &res));
		(void)close(fd);
	}
	for (i = 32; i < sizeof(req.data); i += 9) {
		fd = keyd_open(1);
		req = good;
		req.data[i] = 1;
		ATF_CHECK_EQ(0, ask(fd, &req, &res));
		(void)close(fd);
	}
	well(other, &ec);
	/* A new socket for the same engine ends the old one. */
	fd = keyd_open(2);
	ATF_CHECK_EQ(0, recv(other, &res, sizeof(res), 0));
	well(fd, &ec);
	keyd_stop();
}

static int
count_fds(void)
{
	char		 path[64];
	DIR		*dir;
	int		 n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if ((dir = opendir(path)) == NULL)
		atf_tc_skip("no /proc");
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* Descriptors that come with a request go nowhere. */
ATF_TC_WITHOUT_HEAD(descriptors);
ATF_TC_BODY(descriptors, tc)
{
	union { struct cmsghdr h; uint8_t space[CMSG_SPACE(sizeof(int))]; } c;
	struct pair	 ec;
	struct key_req	 req;
	struct key_res	 res;
	struct iovec	 iov = { &req, sizeof(req) };
	struct msghdr	 msg;
	uint8_t		 digest[32] = { 0 };
	int		 before, fd, i;

	keyd_start(tc);
	pair_make(&ec, EVP_PKEY_EC, NID_X9_62_prime256v1);
	ATF_REQUIRE_STREQ("", keyd_add(ec.cert, ec.key));
	fd = keyd_open(1);
	well(fd, &ec);
	before = count_fds();
	for (i = 0; i < 20; i++) {
		req_make(&req, &ec, KEY_OP_ECDSA, digest, sizeof(digest));
		memset(&msg, 0, sizeof(msg));
		memset(&c, 0, sizeof(c));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = &c;
		msg.msg_controllen = sizeof(c);
		c.h.cmsg_len = CMSG_LEN(sizeof(int));
		c.h.cmsg_level = SOL_SOCKET;
		c.h.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&c.h), &fd, sizeof(fd));
		ATF_REQUIRE_EQ(sizeof(req), sendmsg(fd, &msg, MSG_NOSIGNAL));
		ATF_REQUIRE_EQ(sizeof(res), recv(fd, &res, sizeof(res), 0));
	}
	ATF_CHECK_EQ(before, count_fds());
	keyd_stop();
}

/* A request as an engine may send it that has been taken over. */
static size_t
evil_packet(uint8_t *packet, size_t size, const struct pair *ec,
    const struct pair *rsa)
{
	struct key_req	 req;
	uint8_t		 data[KEY_DATA_MAX];
	size_t		 n, i;

	arc4random_buf(data, sizeof(data));
	req_make(&req, arc4random_uniform(2) ? ec : rsa,
	    1 + arc4random_uniform(KEY_OP_MAX - 1), data,
	    1 + arc4random_uniform(KEY_DATA_MAX));
	arc4random_buf(packet, size);
	switch (arc4random_uniform(6)) {
	case 0:				/* random octets */
		return arc4random_uniform(size);
	case 1:				/* cut off */
		memcpy(packet, &req, sizeof(req));
		return arc4random_uniform(sizeof(req));
	case 2:				/* too much */
		memcpy(packet, &req, sizeof(req));
		return sizeof(req) + 1 + arc4random_uniform(1000);
	case 3:				/* random in shape */
		memset(req.data + req.len, 0, sizeof(req.data) - req.len);
		break;
	case 4:				/* flipped bits */
		n = 1 + arc4random_uniform(8);
		for (i = 0; i < n; i++)
			((uint8_t *)&req)[arc4random_uniform(sizeof(req))] ^=
			    1 << arc4random_uniform(8);
		break;
	case 5:				/* numbers at the edges */
		req.op = arc4random_uniform(8) - 2;
		req.len = arc4random_uniform(2) ? UINT32_MAX -
		    arc4random_uniform(4) : KEY_DATA_MAX - 2 +
		    arc4random_uniform(4);
		break;
	}
	memcpy(packet, &req, sizeof(req));
	return sizeof(req);
}

ATF_TC(evil);
ATF_TC_HEAD(evil, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "100,000 requests of an evil engine (SOAK=1: a million); the good "
	    "one is served");
	atf_tc_set_md_var(tc, "timeout", "1800");
}
ATF_TC_BODY(evil, tc)
{
	struct pair	 ec, rsa;
	struct key_res	 res;
	uint8_t		 packet[3000];
	ssize_t		 n;
	size_t		 len;
	const char	*soak = getenv("SOAK");
	int		 i, closed = 0, fd, good, count = 100000;

	keyd_start(tc);
	pair_make(&ec, EVP_PKEY_EC, NID_X9_62_prime256v1);
	pair_make(&rsa, EVP_PKEY_RSA, 2048);
	ATF_REQUIRE_STREQ("", keyd_add(ec.cert, ec.key));
	ATF_REQUIRE_STREQ("", keyd_add(rsa.cert, rsa.key));
	good = keyd_open(1);
	fd = keyd_open(2);
	if (soak != NULL && soak[0] != '\0')
		count = 1000000;
	for (i = 0; i < count; i++) {
		len = evil_packet(packet, sizeof(packet), &ec, &rsa);
		ATF_REQUIRE_EQ(len, send(fd, packet, len, MSG_NOSIGNAL));
		n = recv(fd, &res, sizeof(res), 0);
		if (n == sizeof(res)) {
			ATF_REQUIRE(res.status >= KEY_OK &&
			    res.status <= KEY_FAILED);
			ATF_REQUIRE((res.status == KEY_OK) == (res.len > 0));
		} else {
			ATF_REQUIRE_EQ(0, n);
			closed++;
			(void)close(fd);
			fd = keyd_open(2);
		}
		if (i % 100 == 0)
			well(good, &ec);
	}
	ATF_CHECK(closed > 10000);
	well(good, &ec);
	keyd_stop();
}

/* One that asks and asks and does not listen loses its socket. */
ATF_TC_WITHOUT_HEAD(deaf);
ATF_TC_BODY(deaf, tc)
{
	struct pair	 ec;
	struct key_req	 req;
	uint8_t		 digest[32] = { 0 };
	int		 fd, good, i;

	keyd_start(tc);
	pair_make(&ec, EVP_PKEY_EC, NID_X9_62_prime256v1);
	ATF_REQUIRE_STREQ("", keyd_add(ec.cert, ec.key));
	good = keyd_open(1);
	fd = keyd_open(2);
	req_make(&req, &ec, KEY_OP_ECDSA, digest, sizeof(digest));
	for (i = 0; i < 100000; i++)
		if (send(fd, &req, sizeof(req), MSG_NOSIGNAL) == -1)
			break;
	ATF_CHECK(errno == EPIPE || errno == ECONNRESET);
	well(good, &ec);
	keyd_stop();
}

static double
seconds(void)
{
	struct timespec	 ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A greedy engine gets its share and no more; the next one does not wait. */
ATF_TC(rate);
ATF_TC_HEAD(rate, tc)
{
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(rate, tc)
{
	struct pair	 ec;
	struct key_req	 req;
	struct key_res	 res;
	uint8_t		 digest[32] = { 0 };
	double		 begin;
	pid_t		 greedy;
	int		 fd, good, i, late = 0, n = 0, status;

	keyd_start(tc);
	pair_make(&ec, EVP_PKEY_EC, NID_X9_62_prime256v1);
	ATF_REQUIRE_STREQ("", keyd_add(ec.cert, ec.key));
	good = keyd_open(1);
	fd = keyd_open(2);
	/* Unknown keys are answered fastest. */
	ec.id[0] ^= 1;
	req_make(&req, &ec, KEY_OP_ECDSA, digest, sizeof(digest));
	ec.id[0] ^= 1;
	ATF_REQUIRE((greedy = fork()) != -1);
	if (greedy == 0) {
		begin = seconds();
		while (seconds() - begin < 2) {
			if (send(fd, &req, sizeof(req), MSG_NOSIGNAL) == -1 ||
			    recv(fd, &res, sizeof(res), 0) == -1)
				_exit(2);
			n++;
		}
		/* Two seconds, and parts of a window at both ends. */
		_exit(n > 22000);
	}
	for (i = 0; i < 100; i++) {
		begin = seconds();
		well(good, &ec);
		late += seconds() - begin >= 1;
		(void)usleep(10000);
	}
	ATF_REQUIRE_EQ(greedy, waitpid(greedy, &status, 0));
	ATF_CHECK_EQ(0, status);
	/* A busy machine may hold up some. */
	ATF_CHECK_MSG(late < 50, "%d of 100 waited", late);
	keyd_stop();
}

/* authd out of turn or out of shape: an end, not a guess. */
ATF_TC_WITHOUT_HEAD(out_of_turn);
ATF_TC_BODY(out_of_turn, tc)
{
	int	 status;

	keyd_start(tc);
	ATF_REQUIRE_EQ(0, msg_pki_send(&authd, IMSG_KEY_ADD, "pki", "x", 1));
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&authd));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, signs);
	ATF_TP_ADD_TC(tp, refuses);
	ATF_TP_ADD_TC(tp, shapes);
	ATF_TP_ADD_TC(tp, framing);
	ATF_TP_ADD_TC(tp, descriptors);
	ATF_TP_ADD_TC(tp, evil);
	ATF_TP_ADD_TC(tp, deaf);
	ATF_TP_ADD_TC(tp, rate);
	ATF_TP_ADD_TC(tp, out_of_turn);
	return atf_no_error();
}
