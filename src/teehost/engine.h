/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/engine.h -- what OpenSSL is asked for, looked up once per instance.
 *
 * A look-up by name takes longer than a hash of one block.
 */
#ifndef SOTER_TEEHOST_ENGINE_H
#define SOTER_TEEHOST_ENGINE_H

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "base/rc.h"

enum teehost_md {
	TEEHOST_MD_NONE,
	TEEHOST_MD_SHA1,
	TEEHOST_MD_SHA224,
	TEEHOST_MD_SHA256,
	TEEHOST_MD_SHA384,
	TEEHOST_MD_SHA512,
	TEEHOST_MDS
};

enum teehost_cipher {
	TEEHOST_CIPHER_NONE,
	TEEHOST_CIPHER_ECB,
	TEEHOST_CIPHER_CBC,
	TEEHOST_CIPHER_CTR,
	TEEHOST_CIPHER_GCM,
	TEEHOST_CIPHERS
};

#define TEEHOST_AES_SIZES 3 /* 128, 192, 256 bits */

struct teehost_engine {
	EVP_MD *md[TEEHOST_MDS];
	EVP_CIPHER *cipher[TEEHOST_CIPHERS][TEEHOST_AES_SIZES];
	EVP_MAC *hmac, *cmac;
	EVP_KDF *hkdf;
};

/** SOTER_E_NOMEM, SOTER_E_ENGINE. */
SOTER_MUST_CHECK enum soter_rc teehost_engine_new(struct teehost_engine **out);
void teehost_engine_free(struct teehost_engine **engine);

/** OpenSSL's name of a digest. */
const char *teehost_engine_md_name(enum teehost_md md);

/** AES in this way with a key of that many bits, or NULL. */
const EVP_CIPHER *teehost_engine_cipher(const struct teehost_engine *engine,
    enum teehost_cipher cipher, uint32_t key_bits);

#endif
