/* SPDX-License-Identifier: BSD-3-Clause */
#include <openssl/crypto.h>

#include "crypto/digest.h"

enum soter_rc
soter_digest_ready(void)
{
	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		return (SOTER_E_ENGINE);
	return (SOTER_OK);
}

enum soter_rc
soter_sha256(uint8_t out[SOTER_SHA256_LEN], struct soter_span text)
{
	TRY(soter_digest_ready());
	if (EVP_Digest(text.p, text.n, out, NULL, EVP_sha256(), NULL) != 1)
		return (SOTER_E_ENGINE);
	return (SOTER_OK);
}

enum soter_rc
soter_digest_open(struct soter_digest *d, const struct soter_pubkey *key)
{
	d->ctx = EVP_MD_CTX_new();
	d->type = soter_pubkey_sha256(key);
	return (d->ctx == NULL ? SOTER_E_ENGINE : SOTER_OK);
}

enum soter_rc
soter_digest_run(struct soter_digest *d, uint8_t out[SOTER_SHA256_LEN],
    const struct soter_span *parts, size_t n)
{
	if (EVP_DigestInit_ex2(d->ctx, d->type, NULL) != 1)
		return (SOTER_E_ENGINE);
	for (size_t i = 0; i < n; i++)
		if (EVP_DigestUpdate(d->ctx, parts[i].p, parts[i].n) != 1)
			return (SOTER_E_ENGINE);
	if (EVP_DigestFinal_ex(d->ctx, out, NULL) != 1)
		return (SOTER_E_ENGINE);
	return (SOTER_OK);
}

void
soter_digest_close(struct soter_digest *d)
{
	EVP_MD_CTX_free(d->ctx);
	d->ctx = NULL;
}
