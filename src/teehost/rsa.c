/* SPDX-License-Identifier: BSD-3-Clause */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "teehost/rsa.h"

/* clang-format off */
static const struct {
	uint32_t id;
	const char *name; /* OpenSSL's */
} numbers[] = {
	{ TEE_ATTR_RSA_MODULUS,          OSSL_PKEY_PARAM_RSA_N },
	{ TEE_ATTR_RSA_PUBLIC_EXPONENT,  OSSL_PKEY_PARAM_RSA_E },
	{ TEE_ATTR_RSA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D },
	{ TEE_ATTR_RSA_PRIME1,           OSSL_PKEY_PARAM_RSA_FACTOR1 },
	{ TEE_ATTR_RSA_PRIME2,           OSSL_PKEY_PARAM_RSA_FACTOR2 },
	{ TEE_ATTR_RSA_EXPONENT1,        OSSL_PKEY_PARAM_RSA_EXPONENT1 },
	{ TEE_ATTR_RSA_EXPONENT2,        OSSL_PKEY_PARAM_RSA_EXPONENT2 },
	{ TEE_ATTR_RSA_COEFFICIENT,      OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
};
/* clang-format on */

/* An error that stays in OpenSSL's queue would be somebody else's later. */
static enum soter_rc
end(enum soter_rc rc)
{
	if (rc != SOTER_OK)
		ERR_clear_error();
	return (rc);
}

/* ---- material to OpenSSL ----------------------------------------------- */

struct pile {
	OSSL_PARAM_BLD *builder;
	OSSL_PARAM *params;
	BIGNUM *bn[SOTER_COUNT(numbers)];
	size_t n;
};

static void
pile_free(struct pile *x)
{
	OSSL_PARAM_free(x->params);
	OSSL_PARAM_BLD_free(x->builder);
	for (size_t i = 0; i < x->n; i++)
		BN_clear_free(x->bn[i]);
}

static bool
pile_make(struct pile *x, const struct teehost_material *m)
{
	x->builder = OSSL_PARAM_BLD_new();
	if (x->builder == NULL)
		return (false);
	for (size_t i = 0; i < SOTER_COUNT(numbers); i++) {
		struct soter_span v = teehost_material_attr(m, numbers[i].id);
		BIGNUM *bn;

		if (v.n == 0)
			continue;
		bn = BN_bin2bn(v.p, (int)v.n, NULL);
		if (bn == NULL)
			return (false);
		x->bn[x->n++] = bn;
		if (OSSL_PARAM_BLD_push_BN(x->builder, numbers[i].name, bn) !=
		    1)
			return (false);
	}
	x->params = OSSL_PARAM_BLD_to_param(x->builder);
	return (x->params != NULL);
}

/* Have m->pkey. */
static enum soter_rc
make_ready(struct teehost_material *m)
{
	int selection = m->type->type == TEE_TYPE_RSA_KEYPAIR
	    ? EVP_PKEY_KEYPAIR
	    : EVP_PKEY_PUBLIC_KEY;
	struct pile x = { 0 };
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *pkey = NULL;
	enum soter_rc rc = SOTER_E_ENGINE;

	if (m->pkey != NULL)
		return (SOTER_OK);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	if (ctx == NULL || !pile_make(&x, m) ||
	    EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, selection, x.params) != 1)
		goto out;
	m->pkey = pkey;
	rc = SOTER_OK;
out:
	pile_free(&x);
	EVP_PKEY_CTX_free(ctx);
	return (rc);
}

/* ---- OpenSSL to material ----------------------------------------------- */

/* The numbers of a key; false if it lacks one or memory ran out. */
static bool
take_numbers(const EVP_PKEY *pkey, uint8_t *bytes, size_t room,
    struct teehost_attr attrs[SOTER_COUNT(numbers)])
{
	for (size_t i = 0; i < SOTER_COUNT(numbers); i++) {
		BIGNUM *bn = NULL;
		size_t n;
		bool fits;

		if (EVP_PKEY_get_bn_param(pkey, numbers[i].name, &bn) != 1)
			return (false);
		n = (size_t)BN_num_bytes(bn);
		fits = n <= room && BN_bn2bin(bn, bytes) == (int)n;
		BN_clear_free(bn);
		if (!fits)
			return (false);
		attrs[i].id = numbers[i].id;
		attrs[i].value = soter_span(bytes, n);
		bytes += n;
		room -= n;
	}
	return (true);
}

static enum soter_rc
generate(EVP_PKEY **out, uint32_t bits, const BIGNUM *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	enum soter_rc rc = SOTER_E_ENGINE;

	if (ctx == NULL || builder == NULL ||
	    OSSL_PARAM_BLD_push_uint(builder, OSSL_PKEY_PARAM_RSA_BITS, bits) !=
		1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		goto out;
	params = OSSL_PARAM_BLD_to_param(builder);
	if (params != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_params(ctx, params) == 1 &&
	    EVP_PKEY_generate(ctx, out) == 1)
		rc = SOTER_OK;
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(ctx);
	return (rc);
}

enum soter_rc
teehost_rsa_generate(struct teehost_material **out,
    const struct teehost_type *type, uint32_t bits, struct soter_span e)
{
	static const uint8_t usual[] = { 1, 0, 1 };
	uint8_t bytes[SOTER_COUNT(numbers) * TEEHOST_RSA_LEN_MAX];
	struct teehost_attr attrs[SOTER_COUNT(numbers)];
	struct teehost_material *m = NULL;
	EVP_PKEY *pkey = NULL;
	BIGNUM *exponent = NULL;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (e.n == 0)
		e = soter_span(usual, sizeof(usual));
	exponent = BN_bin2bn(e.p, (int)e.n, NULL);
	if (exponent == NULL)
		goto out;
	rc = SOTER_E_ARGUMENT;
	if (!BN_is_odd(exponent) || BN_is_one(exponent) || e.n > 8)
		goto out;
	rc = generate(&pkey, bits, exponent);
	if (rc != SOTER_OK)
		goto out;
	rc = SOTER_E_ENGINE;
	if (!take_numbers(pkey, bytes, sizeof(bytes), attrs))
		goto out;
	rc = teehost_material_new(&m, type, attrs, SOTER_COUNT(numbers));
	if (rc != SOTER_OK)
		goto out;

	m->pkey = pkey; /* now the material's */
	pkey = NULL;
	*out = m;
out:
	soter_wipe(bytes, sizeof(bytes));
	EVP_PKEY_free(pkey);
	BN_free(exponent);
	return (end(rc));
}

/* ---- signatures -------------------------------------------------------- */

uint32_t
teehost_rsa_salt_max(const struct teehost_material *m, size_t hash)
{
	size_t room = (m->bits + 6) / 8; /* RFC 8017: emLen of bits - 1 */

	return (room < hash + 2 ? 0 : (uint32_t)(room - hash - 2));
}

/* Tell a context that was made for signing or verifying about the scheme. */
static bool
set_scheme(EVP_PKEY_CTX *ctx, const struct teehost_rsa_scheme *scheme)
{
	char *md = (char *)(uintptr_t)teehost_engine_md_name(scheme->md);
	int pad = scheme->pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
	int salt = (int)scheme->salt_len;
	OSSL_PARAM params[5], *p = params;

	*p++ = OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PAD_MODE, &pad);
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, md,
	    0);
	if (scheme->pss) {
		*p++ = OSSL_PARAM_construct_utf8_string(
		    OSSL_SIGNATURE_PARAM_MGF1_DIGEST, md, 0);
		*p++ = OSSL_PARAM_construct_int(
		    OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &salt);
	}
	*p = OSSL_PARAM_construct_end();
	return (EVP_PKEY_CTX_set_params(ctx, params) == 1);
}

/* A number for each scheme. */
static uint64_t
number_of(const struct teehost_rsa_scheme *scheme)
{
	return ((uint64_t)scheme->salt_len << 16 | (uint64_t)scheme->md << 8 |
	    (scheme->pss ? 1 : 0));
}

/*
 * Have m->signer for the scheme.  A TA signs in one way only, and making a
 * context takes longer than the padding.
 */
static enum soter_rc
make_signer(struct teehost_material *m, const struct teehost_rsa_scheme *scheme)
{
	EVP_PKEY_CTX *ctx;

	TRY(make_ready(m));
	if (m->signer != NULL && m->signer_scheme == number_of(scheme))
		return (SOTER_OK);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, m->pkey, NULL);
	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 ||
	    !set_scheme(ctx, scheme)) {
		EVP_PKEY_CTX_free(ctx);
		return (SOTER_E_ENGINE);
	}
	EVP_PKEY_CTX_free(m->signer);
	m->signer = ctx;
	m->signer_scheme = number_of(scheme);
	return (SOTER_OK);
}

enum soter_rc
teehost_rsa_sign(struct teehost_material *m,
    const struct teehost_rsa_scheme *scheme, struct soter_span digest,
    uint8_t *sig, size_t sig_n)
{
	size_t n = sig_n;
	enum soter_rc rc = make_signer(m, scheme);

	if (rc == SOTER_OK &&
	    (EVP_PKEY_sign(m->signer, sig, &n, digest.p, digest.n) != 1 ||
		n != sig_n))
		rc = SOTER_E_ENGINE;
	return (end(rc));
}

enum soter_rc
teehost_rsa_verify(struct teehost_material *m,
    const struct teehost_rsa_scheme *scheme, struct soter_span digest,
    struct soter_span sig)
{
	EVP_PKEY_CTX *ctx = NULL;
	enum soter_rc rc;

	rc = make_ready(m);
	if (rc != SOTER_OK)
		goto out;
	rc = SOTER_E_ENGINE;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, m->pkey, NULL);
	if (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1 ||
	    !set_scheme(ctx, scheme))
		goto out;
	rc = EVP_PKEY_verify(ctx, sig.p, sig.n, digest.p, digest.n) == 1
	    ? SOTER_OK
	    : SOTER_E_SIGNATURE;
out:
	EVP_PKEY_CTX_free(ctx);
	return (end(rc));
}
