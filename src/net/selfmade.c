/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "net/selfmade.h"

#define DAYS	     3650
#define DAY_S	     (24 * 60 * 60L)
#define NAME_MAX_LEN 63 /* of the machine */

/* ---- making ---------------------------------------------------------------
 */

static bool
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	ok = e != NULL && X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	return (ok);
}

/* A name that can stand in an extension's text. */
static bool
is_plain(const char *name)
{
	return (name[0] != '\0' &&
	    name[strspn(name,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")] == '\0');
}

static bool
add_names(X509 *cert)
{
	char host[NAME_MAX_LEN + 1] = "";
	char names[256];

	if (gethostname(host, sizeof(host) - 1) != 0 || !is_plain(host))
		snprintf(host, sizeof(host), "localhost");
	snprintf(names, sizeof(names),
	    "DNS:localhost,DNS:%s,IP:127.0.0.1,IP:::1", host);
	return (
	    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
		MBSTRING_ASC, (const unsigned char *)host, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
	    add_extension(cert, NID_subject_alt_name, names) &&
	    add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(cert, NID_ext_key_usage, "serverAuth"));
}

static bool
set_serial(X509 *cert)
{
	unsigned char bytes[16];
	BIGNUM *n = NULL;
	bool ok;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return (false);
	bytes[0] = (bytes[0] & 0x7f) | 0x40; /* above 0, and always as long */
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = n != NULL &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return (ok);
}

static bool
make(X509 **cert, EVP_PKEY **key)
{
	EVP_PKEY *k = EVP_EC_gen("P-256");
	X509 *c = X509_new();

	if (k != NULL && c != NULL && X509_set_version(c, 2) == 1 &&
	    set_serial(c) &&
	    X509_gmtime_adj(X509_getm_notBefore(c), -DAY_S) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(c), DAYS * DAY_S) != NULL &&
	    X509_set_pubkey(c, k) == 1 && add_names(c) &&
	    X509_sign(c, k, EVP_sha256()) > 0) {
		*cert = c;
		*key = k;
		return (true);
	}
	X509_free(c);
	EVP_PKEY_free(k);
	return (false);
}

/* ---- keeping --------------------------------------------------------------
 */

static bool
path_of(char path[PATH_MAX], const char *folder, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);

	return (n > 0 && n < PATH_MAX);
}

/* Both in one file's place, or the old ones: renamed when they are whole. */
static bool
write_file(const char *folder, const char *name, X509 *cert, EVP_PKEY *key)
{
	char path[PATH_MAX], part[PATH_MAX];
	FILE *f = NULL;
	int fd;
	bool ok;

	if (!path_of(path, folder, name) ||
	    snprintf(part, sizeof(part), "%s/.%s.new", folder, name) >=
		(int)sizeof(part))
		return (false);
	(void)unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    key != NULL ? 0600 : 0644);
	if (fd < 0)
		return (false);
	if ((f = fdopen(fd, "w")) == NULL) {
		close(fd);
		return (false);
	}
	ok = cert != NULL
	    ? PEM_write_X509(f, cert) == 1
	    : PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1;
	ok = fflush(f) == 0 && fsync(fd) == 0 && ok;
	ok = fclose(f) == 0 && ok;
	return (ok && rename(part, path) == 0);
}

static FILE *
open_file(const char *folder, const char *name)
{
	char path[PATH_MAX];

	if (!path_of(path, folder, name)) {
		errno = ENAMETOOLONG;
		return (NULL);
	}
	return (fopen(path, "re"));
}

/* What is kept: false if there is nothing, or nothing that fits. */
static bool
load(X509 **cert, EVP_PKEY **key, const char *folder)
{
	FILE *c = open_file(folder, "self.crt");
	FILE *k = open_file(folder, "self.key");
	X509 *x = c == NULL ? NULL : PEM_read_X509(c, NULL, NULL, NULL);
	EVP_PKEY *p =
	    k == NULL ? NULL : PEM_read_PrivateKey(k, NULL, NULL, NULL);
	bool ok = x != NULL && p != NULL && X509_check_private_key(x, p) == 1 &&
	    X509_cmp_current_time(X509_get0_notAfter(x)) > 0;

	if (c != NULL)
		fclose(c);
	if (k != NULL)
		fclose(k);
	if (!ok) {
		X509_free(x);
		EVP_PKEY_free(p);
		return (false);
	}
	*cert = x;
	*key = p;
	return (true);
}

enum soter_rc
net_selfmade(X509 **cert, EVP_PKEY **key, const char *folder,
    struct net_error *error)
{
	X509 *c = NULL;
	EVP_PKEY *k = NULL;

	if (folder != NULL && load(cert, key, folder))
		return (SOTER_OK);
	if (!make(&c, &k))
		return (net_fail(error, SOTER_E_ENGINE,
		    "cannot make a certificate"));
	/* The key first: a certificate without its key would be no pair. */
	if (folder != NULL &&
	    (!write_file(folder, "self.key", NULL, k) ||
		!write_file(folder, "self.crt", c, NULL))) {
		X509_free(c);
		EVP_PKEY_free(k);
		return (net_fail(error, SOTER_E_TLS_FILE,
		    "%s: cannot keep a self-made certificate there: %s", folder,
		    strerror(errno)));
	}
	*cert = c;
	*key = k;
	return (SOTER_OK);
}
