/* SPDX-License-Identifier: BSD-3-Clause */
#include "teehost/algorithm.h"

/* clang-format off */
#define DIGEST(hash, n) \
	{ TEE_ALG_##hash, TEE_OPERATION_DIGEST, 0, TEEHOST_MD_##hash, n, \
	    TEEHOST_CIPHER_NONE, false }
#define HMAC(hash, n) \
	{ TEE_ALG_HMAC_##hash, TEE_OPERATION_MAC, TEE_TYPE_HMAC_##hash, \
	    TEEHOST_MD_##hash, n, TEEHOST_CIPHER_NONE, false }
#define PSS(hash, n) \
	{ TEE_ALG_RSASSA_PKCS1_PSS_MGF1_##hash, \
	    TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_TYPE_RSA_KEYPAIR, \
	    TEEHOST_MD_##hash, n, TEEHOST_CIPHER_NONE, true }
#define PKCS1(hash, n) \
	{ TEE_ALG_RSASSA_PKCS1_V1_5_##hash, \
	    TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_TYPE_RSA_KEYPAIR, \
	    TEEHOST_MD_##hash, n, TEEHOST_CIPHER_NONE, false }
#define AES(name, class, n, cipher) \
	{ TEE_ALG_AES_##name, class, TEE_TYPE_AES, TEEHOST_MD_NONE, n, \
	    TEEHOST_CIPHER_##cipher, false }

static const struct teehost_algorithm algorithms[] = {
	DIGEST(SHA1, 20), DIGEST(SHA224, 28), DIGEST(SHA256, 32),
	DIGEST(SHA384, 48), DIGEST(SHA512, 64),
	HMAC(SHA1, 20), HMAC(SHA224, 28), HMAC(SHA256, 32),
	HMAC(SHA384, 48), HMAC(SHA512, 64),
	PSS(SHA1, 20), PSS(SHA224, 28), PSS(SHA256, 32),
	PSS(SHA384, 48), PSS(SHA512, 64),
	PKCS1(SHA1, 20), PKCS1(SHA224, 28), PKCS1(SHA256, 32),
	PKCS1(SHA384, 48), PKCS1(SHA512, 64),
	AES(ECB_NOPAD, TEE_OPERATION_CIPHER,  0, ECB),
	AES(CBC_NOPAD, TEE_OPERATION_CIPHER,  0, CBC),
	AES(CTR,       TEE_OPERATION_CIPHER,  0, CTR),
	AES(CMAC,      TEE_OPERATION_MAC,    16, CBC),
	AES(GCM,       TEE_OPERATION_AE,      0, GCM),
	{ TEE_ALG_HKDF, TEE_OPERATION_KEY_DERIVATION, TEE_TYPE_HKDF,
	    TEEHOST_MD_NONE, 0, TEEHOST_CIPHER_NONE, false },
};

static const struct {
	uint32_t class, mode, usage;
} modes[] = {
	{ TEE_OPERATION_DIGEST, TEE_MODE_DIGEST,  0 },
	{ TEE_OPERATION_MAC,    TEE_MODE_MAC,     TEE_USAGE_MAC },
	{ TEE_OPERATION_CIPHER, TEE_MODE_ENCRYPT, TEE_USAGE_ENCRYPT },
	{ TEE_OPERATION_CIPHER, TEE_MODE_DECRYPT, TEE_USAGE_DECRYPT },
	{ TEE_OPERATION_AE,     TEE_MODE_ENCRYPT, TEE_USAGE_ENCRYPT },
	{ TEE_OPERATION_AE,     TEE_MODE_DECRYPT, TEE_USAGE_DECRYPT },
	{ TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_MODE_SIGN, TEE_USAGE_SIGN },
	{ TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_MODE_VERIFY,
	    TEE_USAGE_VERIFY },
	{ TEE_OPERATION_KEY_DERIVATION, TEE_MODE_DERIVE, TEE_USAGE_DERIVE },
};
/* clang-format on */

const struct teehost_algorithm *
teehost_algorithm_find(uint32_t id)
{
	for (size_t i = 0; i < SOTER_COUNT(algorithms); i++)
		if (algorithms[i].id == id)
			return (&algorithms[i]);
	return (NULL);
}

uint32_t
teehost_algorithm_md_size(enum teehost_md md)
{
	for (size_t i = 0; i < SOTER_COUNT(algorithms); i++)
		if (algorithms[i].class == TEE_OPERATION_DIGEST &&
		    algorithms[i].md == md)
			return (algorithms[i].digest_n);
	return (0);
}

bool
teehost_algorithm_usage(const struct teehost_algorithm *algorithm,
    uint32_t mode, uint32_t *usage)
{
	for (size_t i = 0; i < SOTER_COUNT(modes); i++)
		if (modes[i].class == algorithm->class &&
		    modes[i].mode == mode) {
			*usage = modes[i].usage;
			return (true);
		}
	return (false);
}
