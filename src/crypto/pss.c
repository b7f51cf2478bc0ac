/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EMSA-PSS for a 2048-bit modulus.  emBits is 2047, so the encoded message has
 * as many bytes as the modulus and its first bit is always zero:
 *
 *	offset  size  field
 *	0       223   DB masked with MGF1(H); DB = 00 ... 00 01 salt
 *	223     32    H = SHA-256(00 x 8, SHA-256(text), salt)
 *	255     1     bc
 */
#include <string.h>

#include "crypto/digest.h"
#include "crypto/pss.h"

#define EM_LEN	SOTER_RSA_LEN
#define DB_LEN	(EM_LEN - SOTER_SHA256_LEN - 1)
#define TRAILER 0xbc

static enum soter_rc
mgf1_unmask(struct soter_digest *d, uint8_t db[DB_LEN],
    const uint8_t hash[SOTER_SHA256_LEN])
{
	uint8_t counter[4] = { 0 }, mask[SOTER_SHA256_LEN];
	const struct soter_span parts[] = {
		soter_span(hash, SOTER_SHA256_LEN),
		soter_span(counter, sizeof(counter)),
	};

	for (size_t at = 0; at < DB_LEN; at += sizeof(mask)) {
		TRY(soter_digest_run(d, mask, parts, SOTER_COUNT(parts)));
		for (size_t i = 0; i < sizeof(mask) && at + i < DB_LEN; i++)
			db[at + i] ^= mask[i];
		counter[3]++;
	}
	return (SOTER_OK);
}

/* Steps 4 to 11 of RFC 8017 9.1.2; em is spoiled. */
static enum soter_rc
pss_unpad(struct soter_pss *out, struct soter_digest *d, uint8_t em[EM_LEN])
{
	const uint8_t *hash = em + DB_LEN;
	size_t one = 0;

	if (em[EM_LEN - 1] != TRAILER || (em[0] & 0x80) != 0)
		return (SOTER_E_SIGNATURE);
	TRY(mgf1_unmask(d, em, hash));
	em[0] &= 0x7f; /* the bit that is not part of DB */

	while (one < DB_LEN && em[one] == 0x00)
		one++;
	if (one == DB_LEN || em[one] != 0x01)
		return (SOTER_E_SIGNATURE);

	out->salt_len = DB_LEN - 1 - one;
	memcpy(out->salt, em + one + 1, out->salt_len);
	memcpy(out->hash, hash, SOTER_SHA256_LEN);
	return (SOTER_OK);
}

static enum soter_rc
pss_open(struct soter_pss *out, struct soter_digest *d,
    const struct soter_pubkey *key, struct soter_span sig)
{
	uint8_t em[SOTER_RSA_LEN_MAX];

	if (soter_pubkey_numbers(key)->n_len != SOTER_RSA_LEN)
		return (SOTER_E_KEY_SIZE);
	TRY(soter_pubkey_recover(key, em, sig));
	TRY(pss_unpad(out, d, em));
	out->key = key;
	return (SOTER_OK);
}

static enum soter_rc
pss_match(const struct soter_pss *pss, struct soter_digest *d,
    struct soter_span text)
{
	static const uint8_t zeros[8];
	uint8_t text_hash[SOTER_SHA256_LEN], hash[SOTER_SHA256_LEN];
	const struct soter_span parts[] = {
		soter_span(zeros, sizeof(zeros)),
		soter_span(text_hash, sizeof(text_hash)),
		soter_span(pss->salt, pss->salt_len),
	};

	TRY(soter_digest_run(d, text_hash, &text, 1));
	TRY(soter_digest_run(d, hash, parts, SOTER_COUNT(parts)));
	if (memcmp(hash, pss->hash, sizeof(hash)) != 0)
		return (SOTER_E_SIGNATURE);
	return (SOTER_OK);
}

enum soter_rc
soter_pss_open(struct soter_pss *out, const struct soter_pubkey *key,
    struct soter_span sig)
{
	struct soter_digest d;
	enum soter_rc rc;

	if ((rc = soter_digest_open(&d, key)) != SOTER_OK)
		goto out;
	rc = pss_open(out, &d, key, sig);
out:
	soter_digest_close(&d);
	return (rc);
}

enum soter_rc
soter_pss_match(const struct soter_pss *pss, struct soter_span text)
{
	struct soter_digest d;
	enum soter_rc rc;

	if ((rc = soter_digest_open(&d, pss->key)) != SOTER_OK)
		goto out;
	rc = pss_match(pss, &d, text);
out:
	soter_digest_close(&d);
	return (rc);
}

enum soter_rc
soter_pss_verify(const struct soter_pubkey *key, struct soter_span text,
    struct soter_span sig, size_t salt_len)
{
	struct soter_digest d;
	struct soter_pss pss;
	enum soter_rc rc;

	if ((rc = soter_digest_open(&d, key)) != SOTER_OK)
		goto out;
	if ((rc = pss_open(&pss, &d, key, sig)) != SOTER_OK)
		goto out;
	if ((rc = pss_match(&pss, &d, text)) != SOTER_OK)
		goto out;

	/* Last, so that this answer means: everything else is right. */
	if (pss.salt_len != salt_len)
		rc = SOTER_E_SALT;
out:
	soter_digest_close(&d);
	return (rc);
}
