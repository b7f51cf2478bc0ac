/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "crypto/hash.h"
#include "crypto/pkcs1.h"

/* The DER of a DigestInfo for SHA-256, up to the hash (RFC 8017 9.2 note 1). */
/* clang-format off */
static const uint8_t digest_info[] = {
	0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
};
/* clang-format on */

/* EM = 00 01 ff ... ff 00 digest_info hash, len bytes. */
static void
pkcs1_pad(uint8_t *em, size_t len, const uint8_t hash[SOTER_SHA256_LEN])
{
	size_t info = len - SOTER_SHA256_LEN - sizeof(digest_info);

	memset(em, 0xff, info);
	em[0] = 0x00;
	em[1] = 0x01;
	em[info - 1] = 0x00;
	memcpy(em + info, digest_info, sizeof(digest_info));
	memcpy(em + len - SOTER_SHA256_LEN, hash, SOTER_SHA256_LEN);
}

enum soter_rc
soter_pkcs1_verify(const struct soter_pubkey *key, struct soter_span text,
    struct soter_span sig)
{
	uint8_t em[SOTER_RSA_LEN_MAX], want[SOTER_RSA_LEN_MAX];
	uint8_t hash[SOTER_SHA256_LEN];

	TRY(soter_pubkey_recover(key, em, sig));
	TRY(soter_sha256(hash, text));
	pkcs1_pad(want, sig.n, hash);
	return (memcmp(em, want, sig.n) == 0 ? SOTER_OK : SOTER_E_SIGNATURE);
}
