/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine and keyd.  Trusts: the certificate, which the operator chose,
 * but not that its key is of a kind that works here.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/types.h>

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include "cert.h"

/* The lower bound is what TLS clients still take, the upper KEY_DATA_MAX. */
#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	(KEY_DATA_MAX * 8)

static const char *
cert_unusable(EVP_PKEY *pub)
{
	const EC_KEY	*ec;
	int		 curve;

	switch (EVP_PKEY_base_id(pub)) {
	case EVP_PKEY_RSA:
		if (EVP_PKEY_bits(pub) < RSA_BITS_MIN)
			return "RSA keys of less than 2048 bits are not safe: "
			    "use ECDSA P-256";
		if (EVP_PKEY_bits(pub) > RSA_BITS_MAX)
			return "RSA keys of more than 4096 bits cannot be "
			    "used: use ECDSA P-256";
		return NULL;
	case EVP_PKEY_EC:
		if ((ec = EVP_PKEY_get0_EC_KEY(pub)) == NULL)
			return "the certificate's key cannot be read";
		curve = EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
		if (curve != NID_X9_62_prime256v1 && curve != NID_secp384r1)
			return "ECDSA on this curve cannot be used: "
			    "use P-256 or P-384";
		return NULL;
	case EVP_PKEY_ED25519:
		return "Ed25519 keys cannot be used, since few mail readers "
		    "know them and the key could not be kept away from the "
		    "engine: use ECDSA P-256";
	default:
		return "keys of this kind cannot be used: use ECDSA P-256";
	}
}

X509 *
cert_read(const char *pem, size_t len, const char **why)
{
	EVP_PKEY	*pub;
	X509		*cert = NULL;
	BIO		*bio;

	if (len <= INT_MAX &&
	    (bio = BIO_new_mem_buf(pem, (int)len)) != NULL) {
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		BIO_free(bio);
	}
	if (cert == NULL) {
		*why = "no certificate in PEM form in the certificate file";
		return NULL;
	}
	if ((pub = X509_get0_pubkey(cert)) == NULL)
		*why = "the certificate's key cannot be read";
	else
		*why = cert_unusable(pub);
	if (*why != NULL) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

int
cert_key_id(X509 *cert, uint8_t id[KEY_ID_LEN])
{
	unsigned char	 md[EVP_MAX_MD_SIZE];
	unsigned int	 len;

	if (X509_pubkey_digest(cert, EVP_sha256(), md, &len) != 1 ||
	    len != KEY_ID_LEN)
		return -1;
	memcpy(id, md, KEY_ID_LEN);
	return 0;
}
