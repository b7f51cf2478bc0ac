/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "teehost/engine.h"

/* clang-format off */
static const char *const md_names[TEEHOST_MDS] = {
	[TEEHOST_MD_SHA1]   = "SHA1",
	[TEEHOST_MD_SHA224] = "SHA224",
	[TEEHOST_MD_SHA256] = "SHA256",
	[TEEHOST_MD_SHA384] = "SHA384",
	[TEEHOST_MD_SHA512] = "SHA512",
};

static const char *const cipher_names[TEEHOST_CIPHERS] = {
	[TEEHOST_CIPHER_ECB] = "ECB",
	[TEEHOST_CIPHER_CBC] = "CBC",
	[TEEHOST_CIPHER_CTR] = "CTR",
	[TEEHOST_CIPHER_GCM] = "GCM",
};
/* clang-format on */

const char *
teehost_engine_md_name(enum teehost_md md)
{
	return (md_names[md]);
}

static bool
fetch_ciphers(struct teehost_engine *x, enum teehost_cipher cipher)
{
	char name[32];

	for (unsigned i = 0; i < TEEHOST_AES_SIZES; i++) {
		snprintf(name, sizeof(name), "AES-%u-%s", 128 + 64 * i,
		    cipher_names[cipher]);
		x->cipher[cipher][i] = EVP_CIPHER_fetch(NULL, name, NULL);
		if (x->cipher[cipher][i] == NULL)
			return (false);
	}
	return (true);
}

static bool
fetch(struct teehost_engine *x)
{
	for (size_t i = TEEHOST_MD_NONE + 1; i < TEEHOST_MDS; i++) {
		x->md[i] = EVP_MD_fetch(NULL, md_names[i], NULL);
		if (x->md[i] == NULL)
			return (false);
	}
	for (size_t i = TEEHOST_CIPHER_NONE + 1; i < TEEHOST_CIPHERS; i++)
		if (!fetch_ciphers(x, (enum teehost_cipher)i))
			return (false);
	x->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	x->cmac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	x->hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	return (x->hmac != NULL && x->cmac != NULL && x->hkdf != NULL);
}

enum soter_rc
teehost_engine_new(struct teehost_engine **out)
{
	struct teehost_engine *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return (SOTER_E_NOMEM);
	if (!fetch(x)) {
		teehost_engine_free(&x);
		return (SOTER_E_ENGINE);
	}
	*out = x;
	return (SOTER_OK);
}

void
teehost_engine_free(struct teehost_engine **engine)
{
	struct teehost_engine *x = *engine;

	*engine = NULL;
	if (x == NULL)
		return;
	for (size_t i = 0; i < TEEHOST_MDS; i++)
		EVP_MD_free(x->md[i]);
	for (size_t i = 0; i < TEEHOST_CIPHERS; i++)
		for (size_t j = 0; j < TEEHOST_AES_SIZES; j++)
			EVP_CIPHER_free(x->cipher[i][j]);
	EVP_MAC_free(x->hmac);
	EVP_MAC_free(x->cmac);
	EVP_KDF_free(x->hkdf);
	free(x);
}

const EVP_CIPHER *
teehost_engine_cipher(const struct teehost_engine *engine,
    enum teehost_cipher cipher, uint32_t key_bits)
{
	for (unsigned i = 0; i < TEEHOST_AES_SIZES; i++)
		if (key_bits == 128 + 64 * i)
			return (engine->cipher[cipher][i]);
	return (NULL);
}
