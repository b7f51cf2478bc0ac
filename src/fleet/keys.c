/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fleet/framed.h"
#include "fleet/keys.h"
#include "fleet/progress.h"

#define PART ".part"

struct pair {
	EVP_PKEY *key; /* owned */
	struct soter_key numbers;
};

struct fleet_keys {
	size_t n, cap;
	struct pair pair[];
};

static struct fleet_keys *
keys_new(size_t cap)
{
	struct fleet_keys *k;

	k = calloc(1, sizeof(*k) + cap * sizeof(k->pair[0]));
	if (k != NULL)
		k->cap = cap;
	return (k);
}

/* Takes the key over, also when it fails: RSA-2048 and e = 65537 or not. */
static enum soter_rc
keys_add(struct fleet_keys *k, EVP_PKEY *key)
{
	struct pair *pair = &k->pair[k->n];
	BIGNUM *n = NULL, *e = NULL;
	enum soter_rc rc = SOTER_E_READ;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1 ||
	    BN_num_bits(n) != 8 * SOTER_RSA_LEN || !BN_is_word(e, 65537))
		goto out;
	pair->numbers = (struct soter_key){ .alg = SOTER_ALG_RSA,
		.e = 65537,
		.n_len = SOTER_RSA_LEN };
	BN_bn2bin(n, pair->numbers.n);
	pair->key = key;
	key = NULL;
	k->n++;
	rc = SOTER_OK;
out:
	BN_free(n);
	BN_free(e);
	EVP_PKEY_free(key);
	return (rc);
}

static enum soter_rc
make_up_to(struct fleet_keys *k)
{
	struct fleet_progress progress;
	enum soter_rc rc = SOTER_OK;

	fleet_progress_begin(&progress, "RSA keys", k->cap - k->n);
	for (size_t made = 0; rc == SOTER_OK && k->n < k->cap; made++) {
		EVP_PKEY *key = EVP_RSA_gen(8 * SOTER_RSA_LEN);

		fleet_progress_step(&progress, made);
		rc = key == NULL ? SOTER_E_ENGINE : keys_add(k, key);
	}
	fleet_progress_end(&progress);
	return (rc);
}

enum soter_rc
fleet_keys_make(struct fleet_keys **out, size_t n)
{
	struct fleet_keys *k = keys_new(n);
	enum soter_rc rc = SOTER_E_NOMEM;

	if (k != NULL && (rc = make_up_to(k)) == SOTER_OK) {
		*out = k;
		k = NULL;
	}
	fleet_keys_free(&k);
	return (rc);
}

/* ---- the file ----------------------------------------------------------- */

/* As many as there are, and as many as are wanted. */
static enum soter_rc
read_pem(struct fleet_keys *k, FILE *file)
{
	int c;

	while (k->n < k->cap && (c = fgetc(file)) != EOF) {
		EVP_PKEY *key;

		(void)ungetc(c, file);
		if ((key = PEM_read_PrivateKey(file, NULL, NULL, NULL)) == NULL)
			return (SOTER_E_READ);
		TRY(keys_add(k, key));
	}
	return (ferror(file) ? SOTER_E_READ : SOTER_OK);
}

static enum soter_rc
read_file(struct fleet_keys *k, const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat about;
	enum soter_rc rc = SOTER_E_READ;

	if (file == NULL)
		return (errno == ENOENT ? SOTER_OK : SOTER_E_READ);
	if (fstat(fileno(file), &about) == 0 && (about.st_mode & 077) == 0)
		rc = read_pem(k, file);
	(void)fclose(file);
	return (rc);
}

static enum soter_rc
write_pem(const struct fleet_keys *k, FILE *file)
{
	for (size_t i = 0; i < k->n; i++)
		if (PEM_write_PrivateKey(file, k->pair[i].key, NULL, NULL, 0,
			NULL, NULL) != 1)
			return (SOTER_E_STORAGE);
	return (fflush(file) == 0 && fsync(fileno(file)) == 0
		? SOTER_OK
		: SOTER_E_STORAGE);
}

/* It is never open to others, not even while it is written. */
static FILE *
create_private(const char *path)
{
	FILE *file;
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return (NULL);
	if ((file = fdopen(fd, "w")) == NULL)
		(void)close(fd);
	return (file);
}

static enum soter_rc
write_file(const struct fleet_keys *k, const char *path)
{
	char part[FLEET_PATH_MAX];
	enum soter_rc rc;
	FILE *file;

	if ((size_t)snprintf(part, sizeof(part), "%s" PART, path) >=
	    sizeof(part))
		return (SOTER_E_ARGUMENT);
	if ((file = create_private(part)) == NULL)
		return (SOTER_E_STORAGE);
	rc = write_pem(k, file);
	if (fclose(file) != 0 && rc == SOTER_OK)
		rc = SOTER_E_STORAGE;
	if (rc == SOTER_OK && rename(part, path) != 0)
		rc = SOTER_E_STORAGE;
	if (rc != SOTER_OK)
		(void)unlink(part);
	return (rc);
}

enum soter_rc
fleet_keys_open(struct fleet_keys **out, const char *path, size_t n)
{
	struct fleet_keys *k;
	enum soter_rc rc;
	size_t had;

	if (n > FLEET_KEYS_MAX)
		return (SOTER_E_LIMIT);
	if ((k = keys_new(n)) == NULL)
		return (SOTER_E_NOMEM);
	if ((rc = read_file(k, path)) != SOTER_OK)
		goto out;
	had = k->n;
	if ((rc = make_up_to(k)) != SOTER_OK)
		goto out;
	if (had < k->n && (rc = write_file(k, path)) != SOTER_OK)
		goto out;
	*out = k;
	k = NULL;
out:
	fleet_keys_free(&k);
	return (rc);
}

/* ---- use ---------------------------------------------------------------- */

const struct soter_key *
fleet_keys_public(const struct fleet_keys *k, size_t i)
{
	return (&k->pair[i].numbers);
}

enum soter_rc
fleet_keys_sign(const struct fleet_keys *k, size_t i, struct soter_span text,
    uint8_t sig[SOTER_SIG_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key = NULL;
	size_t n = SOTER_SIG_LEN;
	enum soter_rc rc = SOTER_E_ENGINE;

	if (ctx != NULL &&
	    EVP_DigestSignInit(ctx, &key, EVP_sha256(), NULL, k->pair[i].key) ==
		1 &&
	    EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(key, SOTER_SALT_DEFAULT) == 1 &&
	    EVP_DigestSign(ctx, sig, &n, text.p, text.n) == 1 &&
	    n == SOTER_SIG_LEN)
		rc = SOTER_OK;
	EVP_MD_CTX_free(ctx);
	return (rc);
}

void
fleet_keys_free(struct fleet_keys **k)
{
	if (*k == NULL)
		return;
	for (size_t i = 0; i < (*k)->n; i++)
		EVP_PKEY_free((*k)->pair[i].key);
	free(*k);
	*k = NULL;
}
