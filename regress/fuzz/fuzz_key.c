/* SPDX-License-Identifier: ISC */
/*
 * libFuzzer: whatever an engine may write to its socket goes through keyd's
 * parser, the checks of what is to be signed, and the signing.  From regress/,
 * with common and authd built by
 *
 *	make SAN=1 CC=clang CFLAGS=-fsanitize=fuzzer-no-link
 *
 *	clang -g -fsanitize=fuzzer,address,undefined -iquote ../common -iquote ../keyd \
 *	    $(pkg-config --cflags libbsd-overlay) -D_GNU_SOURCE \
 *	    -o fuzz_key fuzz/fuzz_key.c ../keyd/libkeyd.a \
 *	    ../common/libcommon.a $(pkg-config --libs libbsd-overlay) -lcrypto
 *	./fuzz_key -max_len=600 fuzz/corpus/key
 *
 * First octet of the input: 0, a packet as it is; else the key (bit 0) and the
 * operation (bits 1 and 2) of a request in shape whose data is the rest, with
 * bit 3 made an encoded message of PSS that is right but for a few octets.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "cert.h"
#include "key.h"
#include "shape.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define RSA_BITS	2048

static EVP_PKEY	*pkeys[2];		/* ECDSA, RSA */
static uint8_t	 ids[2][KEY_ID_LEN];

/* Make a key, and have it taken as keyd takes one. */
static void
load(int i, EVP_PKEY_CTX *ctx)
{
	const char	*why;
	X509		*x = X509_new();
	BIO		*cert = BIO_new(BIO_s_mem()), *key;
	char		*certpem, *keypem;
	long		 certlen, keylen;
	int		 expired;

	key = BIO_new(BIO_s_mem());
	if (EVP_PKEY_keygen(ctx, &pkeys[i]) != 1)
		abort();
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, pkeys[i]);
	if (X509_sign(x, pkeys[i], EVP_sha256()) <= 0 ||
	    cert_key_id(x, ids[i]) == -1 ||
	    PEM_write_bio_X509(cert, x) != 1 ||
	    PEM_write_bio_PrivateKey(key, pkeys[i], NULL, NULL, 0, NULL,
	    NULL) != 1)
		abort();
	certlen = BIO_get_mem_data(cert, &certpem);
	keylen = BIO_get_mem_data(key, &keypem);
	why = key_add(certpem, (size_t)certlen, keypem, (size_t)keylen,
	    &expired);
	if (why != NULL)
		abort();
	BIO_free(cert);
	BIO_free(key);
	X509_free(x);
	EVP_PKEY_CTX_free(ctx);
}

static void
setup(void)
{
	EVP_PKEY_CTX	*ctx;

	ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	if (EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx,
	    NID_X9_62_prime256v1) != 1)
		abort();
	load(0, ctx);
	ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	if (EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, RSA_BITS) != 1)
		abort();
	load(1, ctx);
}

/* A request that the parser takes, with data of the input. */
static void
shaped(struct key_req *req, const uint8_t *data, size_t len)
{
	uint8_t	 digest[32] = { 0 };
	size_t	 i;
	uint8_t	 how = *data++;

	len--;
	memset(req, 0, sizeof(*req));
	memcpy(req->key, ids[how & 1], KEY_ID_LEN);
	req->op = 1 + (how >> 1 & 3) % (KEY_OP_MAX - 1);
	if (how & 8) {
		req->len = RSA_BITS / 8;
		if (RSA_padding_add_PKCS1_PSS_mgf1((RSA *)(uintptr_t)
		    EVP_PKEY_get0_RSA(pkeys[1]), req->data, digest,
		    EVP_sha256(), EVP_sha256(), 32) != 1)
			abort();
		for (i = 0; i + 1 < len; i += 2)
			req->data[data[i]] ^= data[i + 1];
		return;
	}
	if (len > KEY_DATA_MAX)
		len = KEY_DATA_MAX;
	memcpy(req->data, data, len);
	req->len = len == 0 ? 1 : len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int	 ready;
	struct key_req	 req, again;
	struct key_res	 res;

	if (!ready)
		setup();
	ready = 1;
	if (len == 0)
		return 0;
	if (data[0] == 0) {
		if (key_request(data + 1, len - 1, &req) != NULL)
			return 0;
	} else {
		shaped(&req, data, len);
		if (key_request(&req, sizeof(req), &again) != NULL)
			abort();
	}
	key_answer(&req, &res);
	if (res.status < KEY_OK || res.status > KEY_FAILED ||
	    (res.status == KEY_OK) != (res.len > 0) ||
	    res.len > sizeof(res.data))
		abort();
	/* Whatever is signed in the raw has to be what it is called. */
	if (res.status == KEY_OK && req.op == KEY_OP_RSA_PKCS1 &&
	    !shape_digestinfo(req.data, req.len))
		abort();
	return 0;
}
