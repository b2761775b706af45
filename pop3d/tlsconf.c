/* SPDX-License-Identifier: ISC */
/*
 * Runs in: engine (_pop3d, chroot).  Trusts: authd, which read the files.
 * Certificates and TLS contexts.  The private keys are in keyd: see tlskey.c.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <tls.h>

#include "log.h"
#include "proto.h"
#include "tlscert.h"
#include "tlsconf.h"
#include "tlskey.h"
#include "tlswipe.h"

/*
 * TLS 1.2 only with forward secrecy and AEAD; 1.3 has nothing else.  AES-128
 * comes first: X25519 and P-256 are no stronger, and SHA-384, which comes with
 * AES-256, adds 2 % to the cost of a login.
 */
#define TLSCONF_CIPHERS	"ECDHE+AES128+AESGCM:ECDHE+AESGCM:ECDHE+CHACHA20"
#define TLSCONF_SUITES	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
			"TLS_CHACHA20_POLY1305_SHA256"

struct pki {
	TAILQ_ENTRY(pki)	 entry;
	char			*name;
	char			*cert;
	size_t			 certlen;
	char			*key;		/* a decoy */
	size_t			 keylen;
	X509			*x509;		/* NULL: unusable */
	struct tls		*server;
};

/* An OpenSSL context that libtls has made, until it is set up. */
struct context {
	SLIST_ENTRY(context)	 entry;
	SSL_CTX			*ctx;
};

static TAILQ_HEAD(, pki)	 pkis = TAILQ_HEAD_INITIALIZER(pkis);
static SLIST_HEAD(, context)	 contexts = SLIST_HEAD_INITIALIZER(contexts);

static struct pki *
tlsconf_find(const char *name)
{
	struct pki	*pki;

	TAILQ_FOREACH(pki, &pkis, entry) {
		if (strcmp(pki->name, name) == 0)
			return pki;
	}
	return NULL;
}

static const char *
tlsconf_reason(const struct pki *pki, const char *what)
{
	static char	 text[TEXT_LEN_MAX + 1];

	(void)snprintf(text, sizeof(text), "%s: %s", pki->name, what);
	return text;
}

/*
 * libtls lacks some of the settings needed here and does not hand out its
 * contexts.  OpenSSL passes each new one to this callback, but half made, so
 * the callback only remembers it.  Once tls_configure(3) has returned, the
 * contexts are complete; connections inherit from them.
 */
static void
tlsconf_on_new(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl,
    void *argp)
{
	struct context	*context;

	if ((context = malloc(sizeof(*context))) == NULL)
		fatal("tls context");
	context->ctx = parent;
	SLIST_INSERT_HEAD(&contexts, context, entry);
}

/* libtls has dropped a context. */
static void
tlsconf_on_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl,
    void *argp)
{
	struct context	*context;

	SLIST_FOREACH(context, &contexts, entry) {
		if (context->ctx == parent)
			context->ctx = NULL;
	}
}

/*
 * RFC 7301, section 3.2: refuse a client that offers other protocols only; an
 * attacker may have redirected it here.  libtls would go on.
 */
static int
tlsconf_on_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned int inlen, void *arg)
{
	static const unsigned char	 ours[] = { 4, 'p', 'o', 'p', '3' };
	unsigned char			*chosen;

	if (SSL_select_next_proto(&chosen, outlen, ours, sizeof(ours), in,
	    inlen) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/*
 * Return the pki with the same names and a key of the other type, or NULL.
 * Both certificates go into one context, since SNI picks the context before the
 * client's algorithms are known.
 */
static const struct pki *
tlsconf_twin(const struct pki *pki)
{
	const struct pki	*other;

	TAILQ_FOREACH(other, &pkis, entry) {
		if (other != pki && other->x509 != NULL &&
		    tlscert_differ(pki->x509, other->x509) &&
		    tlscert_covers(pki->x509, other->x509) &&
		    tlscert_covers(other->x509, pki->x509))
			return other;
	}
	return NULL;
}

/* Add the certificate of the pki's twin, if any, to its context.  0 or -1. */
static int
tlsconf_add_twin(SSL_CTX *ctx)
{
	const struct pki	*pki, *twin;
	X509			*cert = SSL_CTX_get0_certificate(ctx);

	TAILQ_FOREACH(pki, &pkis, entry) {
		if (cert == NULL || pki->x509 == NULL ||
		    X509_cmp(cert, pki->x509) != 0)
			continue;
		if ((twin = tlsconf_twin(pki)) == NULL)
			return 0;
		return tlscert_second(ctx, twin->cert, twin->certlen,
		    twin->key, twin->keylen);
	}
	return 0;
}

/*
 * Set up each new context: keep the 16 KiB buffers only while they are in use,
 * send no tickets, since there is no resumption, and set the suites of TLS 1.3,
 * which libtls leaves alone.  0 or -1.
 */
static int
tlsconf_finish(void)
{
	struct context	*context;
	int		 ret = 0;

	while ((context = SLIST_FIRST(&contexts)) != NULL) {
		SLIST_REMOVE_HEAD(&contexts, entry);
		if (context->ctx != NULL) {
			(void)SSL_CTX_set_mode(context->ctx,
			    SSL_MODE_RELEASE_BUFFERS);
			tlswipe_context(context->ctx);
			SSL_CTX_set_alpn_select_cb(context->ctx,
			    tlsconf_on_alpn, NULL);
			if (SSL_CTX_set_num_tickets(context->ctx, 0) != 1 ||
			    SSL_CTX_set_ciphersuites(context->ctx,
			    TLSCONF_SUITES) != 1 ||
			    tlsconf_add_twin(context->ctx) == -1)
				ret = -1;
		}
		free(context);
	}
	return ret;
}

void
tlsconf_init(void)
{
	if (tls_init() == -1)
		fatalx("tls_init");
	if (SSL_CTX_get_ex_new_index(0, NULL, tlsconf_on_new, NULL,
	    tlsconf_on_free) == -1)
		fatalx("SSL_CTX_get_ex_new_index");
	tlskey_init();
}

void
tlsconf_add(const char *name, char *pem, size_t len, const char **reason)
{
	struct pki	*pki;
	const char	*what;

	if ((pki = calloc(1, sizeof(*pki))) == NULL ||
	    (pki->name = strdup(name)) == NULL)
		fatal("pki %s", name);
	pki->cert = pem;
	pki->certlen = len;
	what = tlskey_decoy(pem, len, &pki->key, &pki->keylen);
	if (what != NULL)
		*reason = tlsconf_reason(pki, what);
	pki->x509 = what == NULL ? tlscert_read(pem, len) : NULL;
	TAILQ_INSERT_TAIL(&pkis, pki, entry);
}

static const char *
tlsconf_configure(struct pki *pki, struct tls_config *conf)
{
	struct pki	*other;

	if (tls_config_set_protocols(conf,
	    TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) == -1 ||
	    tls_config_set_ciphers(conf, TLSCONF_CIPHERS) == -1 ||
	    tls_config_set_keypair_mem(conf, (const uint8_t *)pki->cert,
	    pki->certlen, (const uint8_t *)pki->key, pki->keylen) == -1)
		return tls_config_error(conf);
	tls_config_prefer_ciphers_server(conf);
	TAILQ_FOREACH(other, &pkis, entry) {
		/* For its own names a listener uses its own certificate. */
		if (other != pki && pki->x509 != NULL && other->x509 != NULL &&
		    tlscert_covers(pki->x509, other->x509))
			continue;
		if (other != pki && tls_config_add_keypair_mem(conf,
		    (const uint8_t *)other->cert, other->certlen,
		    (const uint8_t *)other->key, other->keylen) == -1)
			return tls_config_error(conf);
	}
	if (tls_configure(pki->server, conf) == -1)
		return tls_error(pki->server);
	if (tlsconf_finish() == -1)
		return "the TLS library refuses the settings of pop3d";
	return NULL;
}

struct tls *
tlsconf_server(const char *name, const char **reason)
{
	struct tls_config	*conf;
	struct pki		*pki;
	const char		*what;

	if ((pki = tlsconf_find(name)) == NULL) {
		*reason = "a listener names a pki that is not there";
		return NULL;
	}
	if (pki->server != NULL)
		return pki->server;
	if ((conf = tls_config_new()) == NULL ||
	    (pki->server = tls_server()) == NULL)
		fatal("pki %s", name);
	if ((what = tlsconf_configure(pki, conf)) != NULL) {
		*reason = tlsconf_reason(pki, what);
		tls_free(pki->server);
		pki->server = NULL;
	}
	tls_config_free(conf);
	return pki->server;
}
