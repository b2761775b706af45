/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Trusts: authd; keyd to sign.
 *
 * libtls gets a decoy of each private key.  When it signs with one, the default
 * RSA and EC methods set here find the key by its public half and ask keyd for
 * the signature.  If that fails, the handshake fails: nobody could verify a
 * signature by the decoy itself.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "cert.h"
#include "engine_shared.h"
#include "keyreq.h"
#include "log.h"
#include "tlskey.h"

/* How long keyd may take to sign, seconds.  The whole engine waits. */
#define SIGN_DEADLINE	3

/* A key that keyd has, with its certificate. */
struct tlskey {
	SLIST_ENTRY(tlskey)	 entry;
	uint8_t			 id[KEY_ID_LEN];
	X509			*cert;
	const RSA		*rsa;		/* of cert: one of the two */
	const EC_KEY		*ec;
};

static SLIST_HEAD(, tlskey)	 keys = SLIST_HEAD_INITIALIZER(keys);
static int			 keyd = -1;

static const struct tlskey *
tlskey_by_rsa(const RSA *rsa)
{
	const struct tlskey	*k;
	const BIGNUM		*n, *mine;

	RSA_get0_key(rsa, &n, NULL, NULL);
	SLIST_FOREACH(k, &keys, entry) {
		if (k->rsa == NULL)
			continue;
		RSA_get0_key(k->rsa, &mine, NULL, NULL);
		if (n != NULL && BN_cmp(n, mine) == 0)
			return k;
	}
	return NULL;
}

static const struct tlskey *
tlskey_by_ec(const EC_KEY *ec)
{
	const struct tlskey	*k;
	const EC_GROUP		*group = EC_KEY_get0_group(ec);
	const EC_POINT		*point = EC_KEY_get0_public_key(ec);

	SLIST_FOREACH(k, &keys, entry) {
		if (k->ec == NULL || group == NULL || point == NULL ||
		    EC_GROUP_get_curve_name(EC_KEY_get0_group(k->ec)) !=
		    EC_GROUP_get_curve_name(group))
			continue;
		if (EC_POINT_cmp(group, EC_KEY_get0_public_key(k->ec), point,
		    NULL) == 0)
			return k;
	}
	return NULL;
}

void
tlskey_socket(int fd)
{
	const struct timeval	 tv = { SIGN_DEADLINE, 0 };

	if (keyd != -1)
		(void)close(keyd);
	keyd = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1)
		fatal("keyd: setsockopt");
}

/*
 * keyd has ended, is late or misbehaves.  A late answer must not be taken for
 * the next one, so close the socket and ask authd for another.
 */
static void
tlskey_lost(const char *why)
{
	log_warnx("keyd: %s; handshakes fail until it is back", why);
	(void)close(keyd);
	keyd = -1;
	if (msg_empty_send(&engine.authd.imsgbuf, IMSG_KEY_WANTED, 0) == 0)
		evmsg_flush(&engine.authd);
}

/* Send a request and wait for its answer.  Returns 0 or -1. */
static int
tlskey_exchange(const struct key_req *req, struct key_res *res)
{
	ssize_t	 n;

	do
		n = send(keyd, req, sizeof(*req), 0);
	while (n == -1 && errno == EINTR);
	if (n == -1) {
		tlskey_lost(strerror(errno));
		return -1;
	}
	do
		n = recv(keyd, res, sizeof(*res), 0);
	while (n == -1 && errno == EINTR);
	if (n == sizeof(*res) && res->serial == req->serial &&
	    res->len <= sizeof(res->data))
		return 0;
	if (n == 0)
		tlskey_lost("has ended");
	else if (n == -1)
		tlskey_lost(errno == EAGAIN ? "does not answer" :
		    strerror(errno));
	else
		tlskey_lost("answers nonsense");
	return -1;
}

/*
 * Have keyd sign len bytes.  sig has room for KEY_DATA_MAX bytes.  Returns the
 * length of the signature, or -1.
 */
static int
tlskey_sign(const struct tlskey *k, enum key_op op, const unsigned char *data,
    int len, unsigned char *sig)
{
	static uint32_t	 serial;
	struct key_req	 req;
	struct key_res	 res;

	memset(&req, 0, sizeof(req));
	if (keyd == -1 || len <= 0 || len > (int)sizeof(req.data))
		return -1;
	req.serial = ++serial;
	req.op = op;
	memcpy(req.key, k->id, sizeof(req.key));
	req.len = (uint32_t)len;
	memcpy(req.data, data, (size_t)len);
	if (tlskey_exchange(&req, &res) == -1)
		return -1;
	if (res.status != KEY_OK) {
		log_debug("keyd does not sign: status %u", res.status);
		return -1;
	}
	memcpy(sig, res.data, res.len);
	return (int)res.len;
}

static int
tlskey_rsa_sign(int len, const unsigned char *from, unsigned char *to, RSA *rsa,
    int padding)
{
	const struct tlskey	*k;
	unsigned char		 sig[KEY_DATA_MAX];
	enum key_op		 op;
	int			 n;

	/* The library has already done the PSS encoding. */
	if (padding == RSA_PKCS1_PADDING)
		op = KEY_OP_RSA_PKCS1;
	else if (padding == RSA_NO_PADDING)
		op = KEY_OP_RSA_PSS;
	else
		return -1;
	if ((k = tlskey_by_rsa(rsa)) == NULL)
		return -1;
	if ((n = tlskey_sign(k, op, from, len, sig)) != RSA_size(rsa))
		return -1;
	memcpy(to, sig, (size_t)n);
	return n;
}

/* No cipher suite in use decrypts with RSA, so nobody may. */
static int
tlskey_rsa_decrypt(int len, const unsigned char *from, unsigned char *to,
    RSA *rsa, int padding)
{
	return -1;
}

static ECDSA_SIG *
tlskey_ec_sign(const unsigned char *digest, int len, const BIGNUM *kinv,
    const BIGNUM *rp, EC_KEY *ec)
{
	const struct tlskey	*k;
	unsigned char		 sig[KEY_DATA_MAX];
	const unsigned char	*p = sig;
	int			 n;

	if ((k = tlskey_by_ec(ec)) == NULL)
		return NULL;
	if ((n = tlskey_sign(k, KEY_OP_ECDSA, digest, len, sig)) == -1)
		return NULL;
	return d2i_ECDSA_SIG(NULL, &p, n);
}

void
tlskey_init(void)
{
	int	(*sign)(int, const unsigned char *, int, unsigned char *,
		    unsigned int *, const BIGNUM *, const BIGNUM *, EC_KEY *);
	int	(*setup)(EC_KEY *, BN_CTX *, BIGNUM **, BIGNUM **);
	EC_KEY_METHOD		*ec;
	RSA_METHOD		*rsa;

	if ((rsa = RSA_meth_dup(RSA_get_default_method())) == NULL ||
	    RSA_meth_set_priv_enc(rsa, tlskey_rsa_sign) != 1 ||
	    RSA_meth_set_priv_dec(rsa, tlskey_rsa_decrypt) != 1 ||
	    RSA_meth_set_flags(rsa, RSA_meth_get_flags(rsa) |
	    RSA_METHOD_FLAG_NO_CHECK) != 1)
		fatalx("RSA_meth_dup");
	RSA_set_default_method(rsa);
	if ((ec = EC_KEY_METHOD_new(EC_KEY_get_default_method())) == NULL)
		fatalx("EC_KEY_METHOD_new");
	EC_KEY_METHOD_get_sign(ec, &sign, &setup, NULL);
	EC_KEY_METHOD_set_sign(ec, sign, setup, tlskey_ec_sign);
	EC_KEY_set_default_method(ec);
}

/* Return the number 1, which stands in for a secret one. */
static BIGNUM *
tlskey_decoy_one(void)
{
	BIGNUM	*one;

	if ((one = BN_new()) == NULL || BN_one(one) != 1)
		fatalx("decoy: out of memory");
	return one;
}

static int
tlskey_decoy_rsa(BIO *bio, const RSA *pub)
{
	const BIGNUM	*n, *e;
	RSA		*rsa;
	int		 ok;

	RSA_get0_key(pub, &n, &e, NULL);
	if ((rsa = RSA_new()) == NULL ||
	    RSA_set0_key(rsa, BN_dup(n), BN_dup(e), tlskey_decoy_one()) != 1 ||
	    RSA_set0_factors(rsa, tlskey_decoy_one(),
	    tlskey_decoy_one()) != 1 ||
	    RSA_set0_crt_params(rsa, tlskey_decoy_one(), tlskey_decoy_one(),
	    tlskey_decoy_one()) != 1)
		fatalx("decoy: out of memory");
	ok = PEM_write_bio_RSAPrivateKey(bio, rsa, NULL, NULL, 0, NULL, NULL);
	RSA_free(rsa);
	return ok;
}

static int
tlskey_decoy_ec(BIO *bio, const EC_KEY *pub)
{
	BIGNUM	*one = tlskey_decoy_one();
	EC_KEY	*ec;
	int	 ok;

	if ((ec = EC_KEY_new()) == NULL ||
	    EC_KEY_set_group(ec, EC_KEY_get0_group(pub)) != 1 ||
	    EC_KEY_set_public_key(ec, EC_KEY_get0_public_key(pub)) != 1 ||
	    EC_KEY_set_private_key(ec, one) != 1)
		fatalx("decoy: out of memory");
	ok = PEM_write_bio_ECPrivateKey(bio, ec, NULL, NULL, 0, NULL, NULL);
	EC_KEY_free(ec);
	BN_free(one);
	return ok;
}

const char *
tlskey_decoy(const char *cert, size_t len, char **pem, size_t *pemlen)
{
	struct tlskey	*k;
	const char	*why;
	EVP_PKEY	*pub;
	BIO		*bio;
	char		*text;
	int		 ok;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		fatal("decoy");
	if ((k->cert = cert_read(cert, len, &why)) == NULL) {
		free(k);
		return why;
	}
	pub = X509_get0_pubkey(k->cert);
	k->rsa = EVP_PKEY_base_id(pub) == EVP_PKEY_RSA ?
	    EVP_PKEY_get0_RSA(pub) : NULL;
	k->ec = EVP_PKEY_base_id(pub) == EVP_PKEY_EC ?
	    EVP_PKEY_get0_EC_KEY(pub) : NULL;
	if ((bio = BIO_new(BIO_s_mem())) == NULL)
		fatalx("decoy: out of memory");
	ok = k->rsa != NULL ? tlskey_decoy_rsa(bio, k->rsa) :
	    tlskey_decoy_ec(bio, k->ec);
	if (ok != 1 || cert_key_id(k->cert, k->id) == -1)
		fatalx("decoy: cannot be made");
	*pemlen = (size_t)BIO_get_mem_data(bio, &text);
	if ((*pem = malloc(*pemlen)) == NULL)
		fatal("decoy");
	memcpy(*pem, text, *pemlen);
	BIO_free(bio);
	SLIST_INSERT_HEAD(&keys, k, entry);
	return NULL;
}
