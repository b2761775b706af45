/* SPDX-License-Identifier: ISC */
/*
 * Runs in: keyd (_pop3key, chroot).  The only place that has private keys.
 * Trusts: authd, which read the files; no engine.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "cert.h"
#include "key.h"
#include "shape.h"

/* ECDSA signs any bytes; these are the possible lengths of a digest. */
#define DIGEST_MIN	20
#define DIGEST_MAX	64

struct key {
	SLIST_ENTRY(key)	 entry;
	uint8_t			 id[KEY_ID_LEN];
	EVP_PKEY		*pkey;
	int			 bits;
	EVP_PKEY_CTX		*ctx[KEY_OP_MAX];	/* NULL: cannot */
};

static SLIST_HEAD(, key)	 keys = SLIST_HEAD_INITIALIZER(keys);

static struct key *
key_find(const uint8_t id[KEY_ID_LEN])
{
	struct key	*k;

	SLIST_FOREACH(k, &keys, entry) {
		if (memcmp(k->id, id, KEY_ID_LEN) == 0)
			return k;
	}
	return NULL;
}

static void
key_free(struct key *k)
{
	size_t	 i;

	if (k == NULL)
		return;
	for (i = 0; i < KEY_OP_MAX; i++)
		EVP_PKEY_CTX_free(k->ctx[i]);
	EVP_PKEY_free(k->pkey);
	free(k);
}

/* Nobody is here to type a passphrase. */
static int
key_no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	return -1;
}

static EVP_PKEY *
key_read(const char *pem, size_t len)
{
	EVP_PKEY	*pkey = NULL;
	BIO		*bio;

	if (len <= INT_MAX &&
	    (bio = BIO_new_mem_buf(pem, (int)len)) != NULL) {
		pkey = PEM_read_bio_PrivateKey(bio, NULL, key_no_passphrase,
		    NULL);
		BIO_free(bio);
	}
	return pkey;
}

/* Make the context for one operation; it is kept for good. */
static int
key_op(struct key *k, enum key_op op, int padding)
{
	EVP_PKEY_CTX	*ctx;

	if ((ctx = EVP_PKEY_CTX_new(k->pkey, NULL)) == NULL)
		return -1;
	k->ctx[op] = ctx;
	if (EVP_PKEY_sign_init(ctx) != 1)
		return -1;
	if (padding != 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, padding) != 1)
		return -1;
	return 0;
}

static int
key_ops(struct key *k)
{
	if (EVP_PKEY_base_id(k->pkey) == EVP_PKEY_EC)
		return key_op(k, KEY_OP_ECDSA, 0);
	if (key_op(k, KEY_OP_RSA_PKCS1, RSA_PKCS1_PADDING) == -1)
		return -1;
	return key_op(k, KEY_OP_RSA_PSS, RSA_NO_PADDING);
}

/* The public halves match; check a signature, too: the key may be damaged. */
static int
key_works(struct key *k, EVP_PKEY *pub)
{
	static const uint8_t	 digest[32] = { 1 };
	uint8_t			 sig[KEY_DATA_MAX];
	EVP_PKEY_CTX		*ctx;
	size_t			 len = sizeof(sig);
	enum key_op		 op;
	int			 ok;

	op = k->ctx[KEY_OP_ECDSA] != NULL ? KEY_OP_ECDSA : KEY_OP_RSA_PKCS1;
	if (EVP_PKEY_sign(k->ctx[op], sig, &len, digest, sizeof(digest)) != 1)
		return 0;
	if ((ctx = EVP_PKEY_CTX_new(pub, NULL)) == NULL)
		return 0;
	ok = EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_verify(ctx, sig, len, digest, sizeof(digest)) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static const char *
key_make(struct key *k, X509 *cert, const char *pem, size_t len)
{
	if (cert_key_id(cert, k->id) == -1)
		return "the certificate's key cannot be read";
	if ((k->pkey = key_read(pem, len)) == NULL)
		return "no private key in PEM form without a passphrase in "
		    "the key file";
	if (X509_check_private_key(cert, k->pkey) != 1)
		return "the key does not fit the certificate";
	k->bits = EVP_PKEY_bits(k->pkey);
	if (EVP_PKEY_size(k->pkey) > KEY_DATA_MAX || key_ops(k) == -1)
		return "the key cannot be used";
	if (!key_works(k, X509_get0_pubkey(cert)))
		return "the key is damaged: what it signs does not fit the "
		    "certificate";
	return NULL;
}

const char *
key_add(const char *certpem, size_t certlen, const char *pem, size_t pemlen,
    int *expired)
{
	struct key	*k, *old;
	const char	*why;
	X509		*cert;

	*expired = 0;
	if ((cert = cert_read(certpem, certlen, &why)) == NULL) {
		ERR_clear_error();
		return why;
	}
	if ((k = calloc(1, sizeof(*k))) == NULL)
		why = "out of memory";
	else
		why = key_make(k, cert, pem, pemlen);
	*expired = X509_cmp_current_time(X509_get0_notAfter(cert)) < 0;
	X509_free(cert);
	ERR_clear_error();
	if (why != NULL) {
		key_free(k);
		return why;
	}
	if ((old = key_find(k->id)) != NULL) {
		SLIST_REMOVE(&keys, old, key, entry);
		key_free(old);
	}
	SLIST_INSERT_HEAD(&keys, k, entry);
	return NULL;
}

const char *
key_request(const void *packet, size_t len, struct key_req *req)
{
	size_t	 i;

	if (len != sizeof(*req))
		return "request of a wrong size";
	memcpy(req, packet, sizeof(*req));
	if (req->op == 0 || req->op >= KEY_OP_MAX)
		return "request for no operation";
	if (req->len == 0 || req->len > sizeof(req->data))
		return "request of a wrong length";
	for (i = req->len; i < sizeof(req->data); i++) {
		if (req->data[i] != 0)
			return "request with bytes behind its end";
	}
	return NULL;
}

static int
key_shape_ok(const struct key *k, const struct key_req *req)
{
	switch (req->op) {
	case KEY_OP_ECDSA:
		return req->len >= DIGEST_MIN && req->len <= DIGEST_MAX;
	case KEY_OP_RSA_PKCS1:
		return shape_digestinfo(req->data, req->len);
	case KEY_OP_RSA_PSS:
		return shape_pss(req->data, req->len, k->bits);
	}
	return 0;
}

void
key_answer(const struct key_req *req, struct key_res *res)
{
	const struct key	*k;
	size_t			 len = sizeof(res->data);

	memset(res, 0, sizeof(*res));
	res->serial = req->serial;
	if ((k = key_find(req->key)) == NULL) {
		res->status = KEY_UNKNOWN;
		return;
	}
	if (k->ctx[req->op] == NULL || !key_shape_ok(k, req)) {
		res->status = KEY_REFUSED;
		return;
	}
	/* res->data has room for a signature by any key that we accepted. */
	if (EVP_PKEY_sign(k->ctx[req->op], res->data, &len, req->data,
	    req->len) != 1) {
		ERR_clear_error();
		explicit_bzero(res->data, sizeof(res->data));
		res->status = KEY_FAILED;
		return;
	}
	res->status = KEY_OK;
	res->len = len;
}
