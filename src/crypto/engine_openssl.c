/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public operation on OpenSSL's big numbers.
 *
 * The state of a prepared key is its Montgomery context: written once, then
 * only read, so threads share it.  Nothing here is secret.
 */
#include <assert.h>

#include <openssl/bn.h>

#include "crypto/pubkey.h"

static enum soter_rc
openssl_prepare(void **state, const struct soter_key *key)
{
	BN_MONT_CTX *mont = NULL;
	enum soter_rc rc = SOTER_E_ENGINE;
	BIGNUM *n;
	BN_CTX *ctx;

	if ((ctx = BN_CTX_new()) == NULL)
		return (SOTER_E_ENGINE);
	BN_CTX_start(ctx);
	if ((n = BN_CTX_get(ctx)) == NULL || (mont = BN_MONT_CTX_new()) == NULL)
		goto out;
	if (BN_bin2bn(key->n, (int)key->n_len, n) == NULL ||
	    BN_MONT_CTX_set(mont, n, ctx) != 1)
		goto out;

	*state = mont; /* ownership moves to the caller */
	mont = NULL;
	rc = SOTER_OK;
out:
	BN_MONT_CTX_free(mont);
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	return (rc);
}

/*
 * x = s^65537 mod n.  A Montgomery product of a and b is ab/R, so multiplying
 * by the plain s at the end also takes x out of Montgomery form:
 *
 *	s R  ->  s^2 R  ->  s^4 R ... s^65536 R  ->  s^65536 R s / R
 *
 * That is 18 products; BN_mod_exp_mont() takes 20.
 */
static int
power_65537(BIGNUM *x, const BIGNUM *s, BN_MONT_CTX *mont, BN_CTX *ctx)
{
	if (!BN_to_montgomery(x, s, mont, ctx))
		return (0);
	for (int i = 0; i < 16; i++)
		if (!BN_mod_mul_montgomery(x, x, x, mont, ctx))
			return (0);
	return (BN_mod_mul_montgomery(x, x, s, mont, ctx));
}

static enum soter_rc
openssl_recover(void *state, const struct soter_key *key, uint8_t *out,
    const uint8_t *sig)
{
	int len = (int)key->n_len;
	enum soter_rc rc = SOTER_E_ENGINE;
	BIGNUM *s, *x;
	BN_CTX *ctx;

	assert(key->e == 65537); /* the policy takes no other */
	if ((ctx = BN_CTX_new()) == NULL)
		return (SOTER_E_ENGINE);
	BN_CTX_start(ctx);
	s = BN_CTX_get(ctx);
	x = BN_CTX_get(ctx);
	if (x == NULL || BN_bin2bn(sig, len, s) == NULL ||
	    !power_65537(x, s, state, ctx) || BN_bn2binpad(x, out, len) != len)
		goto out;
	rc = SOTER_OK;
out:
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	return (rc);
}

static void
openssl_release(void *state)
{
	BN_MONT_CTX_free(state);
}

const struct soter_engine soter_engine_openssl = {
	.name = "openssl",
	.prepare = openssl_prepare,
	.recover = openssl_recover,
	.release = openssl_release,
};
