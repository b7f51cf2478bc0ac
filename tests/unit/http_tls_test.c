/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/http/transfer.c: whose server it is.  Each row is somebody between the
 * app and its server; none of them may get a byte of a request.
 */
#include <signal.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tests/check.h"
#include "tests/folder.h"
#include "tests/httpd.h"

#include "soter/http.h"

#define YES                                            \
	"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" \
	"{\"data\":{\"is_verified\":true}}"
#define DAY (24 * 60 * 60)

static const struct {
	const char *what, *names; /* of the server's certificate */
	long from_s, to_s;	  /* when it holds, from now on */
	bool is_other_ca;	  /* than the one in ca_file */
	int tls;		  /* the highest version of the server */
	enum soter_rc want;
} rows[] = {
	{ "the server", "IP:127.0.0.1", -DAY, DAY, false, TLS1_3_VERSION,
	    SOTER_OK },
	{ "by TLS 1.2", "IP:127.0.0.1", -DAY, DAY, false, TLS1_2_VERSION,
	    SOTER_OK },
	{ "by TLS 1.1", "IP:127.0.0.1", -DAY, DAY, false, TLS1_1_VERSION,
	    SOTER_E_NETWORK },
	{ "a certificate of somebody else's making", "IP:127.0.0.1", -DAY, DAY,
	    true, TLS1_3_VERSION, SOTER_E_NETWORK },
	{ "a good certificate for another name", "DNS:evil.example", -DAY, DAY,
	    false, TLS1_3_VERSION, SOTER_E_NETWORK },
	{ "one that has run out", "IP:127.0.0.1", -2 * DAY, -DAY, false,
	    TLS1_3_VERSION, SOTER_E_NETWORK },
	{ "one that does not hold yet", "IP:127.0.0.1", DAY, 2 * DAY, false,
	    TLS1_3_VERSION, SOTER_E_NETWORK },
};

/* ---- certificates -------------------------------------------------------- */

static void
add(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *e;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (e == NULL || X509_add_ext(x, e, -1) != 1)
		abort();
	X509_EXTENSION_free(e);
}

/* issuer NULL: of its own making, an authority. */
static X509 *
make(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
    const char *names, long from_s, long to_s)
{
	X509 *x = X509_new();
	X509_NAME *subject = X509_get_subject_name(x);

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), issuer == NULL ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(x), from_s);
	X509_gmtime_adj(X509_getm_notAfter(x), to_s);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x,
	    issuer == NULL ? subject : X509_get_subject_name(issuer));
	X509_set_pubkey(x, key);
	if (issuer == NULL)
		add(x, x, NID_basic_constraints, "critical,CA:TRUE");
	else
		add(x, issuer, NID_subject_alt_name, names);
	if (X509_sign(x, issuer_key, EVP_sha256()) == 0)
		abort();
	return (x);
}

/* ---- the server ---------------------------------------------------------- */

static void *
tls_accept(void *context, int fd)
{
	SSL *ssl = SSL_new(context);

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1)
		return (ssl);
	SSL_free(ssl);
	return (NULL);
}

static int
tls_read(void *ssl, void *p, size_t n)
{
	return (SSL_read(ssl, p, (int)n));
}

static int
tls_write(void *ssl, const void *p, size_t n)
{
	return (SSL_write(ssl, p, (int)n));
}

static void
tls_close(void *ssl)
{
	SSL_shutdown(ssl);
	SSL_free(ssl);
}

static SSL_CTX *
make_context(X509 *cert, EVP_PKEY *key, int tls)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	/* Old versions, for the row that offers no other. */
	SSL_CTX_set_security_level(context, 0);
	if (SSL_CTX_set_min_proto_version(context, TLS1_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(context, tls) != 1 ||
	    SSL_CTX_use_certificate(context, cert) != 1 ||
	    SSL_CTX_use_PrivateKey(context, key) != 1)
		abort();
	return (context);
}

static void
test_row(size_t i, const char *ca_file, X509 *ca, EVP_PKEY *key)
{
	X509 *cert = make("server", key, ca, key, rows[i].names, rows[i].from_s,
	    rows[i].to_s);
	SSL_CTX *context = make_context(cert, key, rows[i].tls);
	const struct httpd_ways ways = { tls_accept, tls_read, tls_write,
		tls_close, context };
	const struct soter_core_signed ask = { .json_n = 2, .json = "{}" };
	static struct httpd server;
	struct soter_http *http;
	struct soter_network net;
	char url[64];

	check_row("%s", rows[i].what);
	httpd_start(&server, &ways);
	server.answer = YES;
	snprintf(url, sizeof(url), "https://127.0.0.1:%u",
	    (unsigned)server.port);
	if (!CHECK_RC(soter_http_new(&http,
			  &(struct soter_http_options){ .url = url,
			      .ca_file = ca_file }),
		SOTER_OK))
		abort();
	net = soter_http_network(http);
	CHECK_RC(net.upload_ask(net.context, &ask, 20000), rows[i].want);
	CHECK(server.requests == (rows[i].want == SOTER_OK ? 1u : 0u));
	soter_http_free(&http);
	httpd_stop(&server);
	SSL_CTX_free(context);
	X509_free(cert);
}

int
main(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048), *other_key = EVP_RSA_gen(2048);
	X509 *ca = make("ca", key, NULL, key, NULL, -3 * DAY, 3 * DAY);
	X509 *other =
	    make("ca", other_key, NULL, other_key, NULL, -3 * DAY, 3 * DAY);
	char ca_file[200];
	struct folder f;
	FILE *out;

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's write, in the server */
	folder_new(&f);
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", f.path);
	out = fopen(ca_file, "w");
	if (out == NULL || PEM_write_X509(out, ca) != 1 || fclose(out) != 0)
		abort();
	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		test_row(i, ca_file, rows[i].is_other_ca ? other : ca,
		    rows[i].is_other_ca ? other_key : key);
	folder_remove(f.path);
	X509_free(ca);
	X509_free(other);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	return (check_done());
}
