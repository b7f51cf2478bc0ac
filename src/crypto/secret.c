/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "crypto/digest.h"
#include "crypto/secret.h"

enum soter_rc
soter_random(void *out, size_t n)
{
	TRY(soter_digest_ready());
	if (n > INT_MAX || RAND_priv_bytes(out, (int)n) != 1)
		return (SOTER_E_ENGINE);
	return (SOTER_OK);
}

enum soter_rc
soter_hmac_sha256(uint8_t out[SOTER_SHA256_LEN], struct soter_span key,
    struct soter_span text)
{
	TRY(soter_digest_ready());
	if (key.n == 0 || key.n > INT_MAX)
		return (SOTER_E_ARGUMENT);
	if (HMAC(EVP_sha256(), key.p, (int)key.n, text.p, text.n, out, NULL) ==
	    NULL)
		return (SOTER_E_ENGINE);
	return (SOTER_OK);
}

bool
soter_secret_equal(const void *a, const void *b, size_t n)
{
	return (CRYPTO_memcmp(a, b, n) == 0);
}
