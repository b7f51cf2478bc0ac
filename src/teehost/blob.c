/* SPDX-License-Identifier: BSD-3-Clause */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "teehost/blob.h"

static enum soter_rc
blob_key(uint8_t out[TEEHOST_KEY_LEN], const uint8_t key[TEEHOST_KEY_LEN],
    const uint8_t *salt)
{
	if (HMAC(EVP_sha256(), key, TEEHOST_KEY_LEN, salt,
		TEEHOST_BLOB_SALT_LEN, out, NULL) == NULL)
		return (SOTER_E_ENGINE);
	return (SOTER_OK);
}

/* Cipher the text in pieces: OpenSSL counts in int. */
static int
update(EVP_CIPHER_CTX *ctx, uint8_t *out, struct soter_span in)
{
	int n;

	if (in.n > INT32_MAX)
		return (0);
	if (in.n == 0)
		return (1);
	return (EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n));
}

enum soter_rc
teehost_blob_seal(struct soter_writer *w, const uint8_t key[TEEHOST_KEY_LEN],
    struct soter_span said, struct soter_span plain)
{
	uint8_t head[TEEHOST_BLOB_SALT_LEN + TEEHOST_BLOB_IV_LEN];
	uint8_t own[TEEHOST_KEY_LEN];
	EVP_CIPHER_CTX *ctx = NULL;
	enum soter_rc rc;
	uint8_t *text;
	int n;

	if (w->cap - w->len < TEEHOST_BLOB_EXTRA ||
	    w->cap - w->len - TEEHOST_BLOB_EXTRA < plain.n)
		return (SOTER_E_NOSPACE);

	rc = SOTER_E_ENGINE;
	if (RAND_bytes(head, sizeof(head)) != 1)
		goto out;
	rc = blob_key(own, key, head);
	if (rc != SOTER_OK)
		goto out;
	rc = soter_write(w, soter_span(head, sizeof(head)));
	if (rc != SOTER_OK)
		goto out;

	rc = SOTER_E_ENGINE;
	text = w->p + w->len;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL ||
	    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, own,
		head + TEEHOST_BLOB_SALT_LEN) != 1 ||
	    update(ctx, NULL, said) != 1 || update(ctx, text, plain) != 1 ||
	    EVP_EncryptFinal_ex(ctx, text + plain.n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TEEHOST_BLOB_TAG_LEN,
		text + plain.n) != 1)
		goto out;
	w->len += plain.n + TEEHOST_BLOB_TAG_LEN;
	rc = SOTER_OK;
out:
	soter_wipe(own, sizeof(own));
	EVP_CIPHER_CTX_free(ctx);
	return (rc);
}

struct parts {
	struct soter_span salt, iv, text, tag;
};

static enum soter_rc
split(struct parts *p, struct soter_span blob)
{
	struct soter_reader r = soter_reader(blob);

	if (blob.n < TEEHOST_BLOB_EXTRA)
		return (SOTER_E_CORRUPT);
	TRY(soter_read_span(&r, TEEHOST_BLOB_SALT_LEN, &p->salt));
	TRY(soter_read_span(&r, TEEHOST_BLOB_IV_LEN, &p->iv));
	TRY(soter_read_span(&r, blob.n - TEEHOST_BLOB_EXTRA, &p->text));
	return (soter_read_span(&r, TEEHOST_BLOB_TAG_LEN, &p->tag));
}

enum soter_rc
teehost_blob_open(uint8_t *plain, const uint8_t key[TEEHOST_KEY_LEN],
    struct soter_span said, struct soter_span blob)
{
	struct parts p = { .text.n = 0 };
	uint8_t own[TEEHOST_KEY_LEN];
	EVP_CIPHER_CTX *ctx = NULL;
	enum soter_rc rc;
	int n;

	rc = split(&p, blob);
	if (rc == SOTER_OK)
		rc = blob_key(own, key, p.salt.p);
	if (rc != SOTER_OK)
		goto out;
	rc = SOTER_E_ENGINE;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL ||
	    EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, own, p.iv.p) !=
		1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TEEHOST_BLOB_TAG_LEN,
		(void *)(uintptr_t)p.tag.p) != 1 ||
	    update(ctx, NULL, said) != 1 || update(ctx, plain, p.text) != 1)
		goto out;
	rc = SOTER_E_CORRUPT;
	if (EVP_DecryptFinal_ex(ctx, plain + p.text.n, &n) != 1)
		goto out;
	rc = SOTER_OK;
out:
	if (rc != SOTER_OK)
		soter_wipe(plain, p.text.n);
	soter_wipe(own, sizeof(own));
	EVP_CIPHER_CTX_free(ctx);
	return (rc);
}
