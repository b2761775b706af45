/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Trusts: authd, which read the files.
 * Certificates that share names, and contexts with two.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tlscert.h"

X509 *
tlscert_read(const char *pem, size_t len)
{
	BIO	*bio;
	X509	*cert;

	if ((bio = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return NULL;
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return cert;
}

/* To compare a wildcard, check a host name that matches nothing else. */
static int
tlscert_has(X509 *own, const char *name, size_t len)
{
	char	 host[300];

	if (len > 2 && memcmp(name, "*.", 2) == 0) {
		(void)snprintf(host, sizeof(host), "pop3d-wildcard%.*s",
		    (int)len - 1, name + 1);
		return X509_check_host(own, host, 0, 0, NULL) == 1;
	}
	return X509_check_host(own, name, len, 0, NULL) == 1;
}

int
tlscert_covers(X509 *own, X509 *other)
{
	GENERAL_NAMES		*names;
	const GENERAL_NAME	*name;
	int			 i, n = 0, covered = 1;

	names = X509_get_ext_d2i(other, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(names) && covered; i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type != GEN_DNS)
			continue;
		n++;
		covered = tlscert_has(own,
		    (const char *)ASN1_STRING_get0_data(name->d.dNSName),
		    (size_t)ASN1_STRING_length(name->d.dNSName));
	}
	GENERAL_NAMES_free(names);
	return n > 0 && covered;
}

int
tlscert_differ(X509 *a, X509 *b)
{
	EVP_PKEY	*ka = X509_get0_pubkey(a), *kb = X509_get0_pubkey(b);

	return ka != NULL && kb != NULL &&
	    EVP_PKEY_base_id(ka) != EVP_PKEY_base_id(kb);
}

/* Add the rest of a PEM text to the chain.  1 or 0. */
static int
tlscert_chain(SSL_CTX *ctx, BIO *bio)
{
	X509	*cert;
	int	 ok = 1;

	while (ok && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) !=
	    NULL) {
		ok = SSL_CTX_add1_chain_cert(ctx, cert) == 1;
		X509_free(cert);
	}
	/* To the library the end of the text is an error. */
	ERR_clear_error();
	return ok;
}

int
tlscert_second(SSL_CTX *ctx, const char *cert, size_t certlen, const char *key,
    size_t keylen)
{
	BIO		*certs = BIO_new_mem_buf(cert, (int)certlen);
	BIO		*keys = BIO_new_mem_buf(key, (int)keylen);
	X509		*leaf = NULL;
	EVP_PKEY	*pkey = NULL;
	int		 ok = 0;

	if (certs != NULL && keys != NULL &&
	    (leaf = PEM_read_bio_X509(certs, NULL, NULL, NULL)) != NULL &&
	    (pkey = PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL)) != NULL)
		ok = SSL_CTX_use_certificate(ctx, leaf) == 1 &&
		    SSL_CTX_use_PrivateKey(ctx, pkey) == 1 &&
		    tlscert_chain(ctx, certs);
	EVP_PKEY_free(pkey);
	X509_free(leaf);
	BIO_free(keys);
	BIO_free(certs);
	return ok ? 0 : -1;
}
