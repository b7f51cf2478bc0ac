/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/pkcs1.h"
#include "soter/verify.h"
#include "tests/unit/pss_maker.h"

static struct rsa_maker makers[2]; /* of 2048 and of 4096 bits */
static struct soter_pubkey *keys[2];
static EVP_PKEY *evps[2];
static struct soter_span text;

#define BYTES(literal) .info = { (const uint8_t *)literal, sizeof(literal) - 1 }

/* The DER of a DigestInfo up to the hash; the last byte of the name is x. */
#define INFO(x)                                                      \
	"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" x \
	"\x05\x00\x04\x20"
#define SHA256	 BYTES(INFO("\x01"))
#define SHA3_256 BYTES(INFO("\x08"))

/* 00 01 ff ... ff 00 info hash: all zero but info is the honest block. */
struct pkcs1_shape {
	const char *what;
	struct soter_span info;
	const char *hash;	  /* NULL: SHA256 */
	size_t hash_cut;	  /* bytes missing from its 32 */
	size_t pad_len;		  /* ff bytes, if not as many as fit */
	size_t tail_len;	  /* bytes after the hash */
	uint8_t first, type, end; /* xored to 00 01 00 */
};

/* clang-format off */
static const struct pkcs1_shape honest = { .what = "honest", SHA256 };
static const struct pkcs1_shape lies[] = {
	{ "first byte 01", SHA256, .first = 0x01 },
	{ "type 2: the padding of encryption", SHA256, .type = 0x03 },
	{ "type 0", SHA256, .type = 0x01 },
	{ "no 00 after the padding", SHA256, .end = 0xff },
	/* Bleichenbacher 2006: short padding, the rest is free to choose. */
	{ "8 bytes of padding, bytes after the hash", SHA256, .pad_len = 8 },
	{ "one byte after the hash", SHA256, .tail_len = 1 },
	{ "hash cut to 31 bytes", SHA256, .hash_cut = 1 },
	{ "no algorithm", BYTES("") },
	{ "no NULL in the algorithm", BYTES("\x30\x2f\x30\x0b\x06\x09\x60\x86"
	    "\x48\x01\x65\x03\x04\x02\x01\x04\x20") },
	{ "long form of a DER length", BYTES("\x30\x81\x31\x30\x0d\x06\x09\x60"
	    "\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20") },
	{ "SHA3-256", SHA3_256, .hash = "SHA3-256" },
	{ "named SHA3-256, hashed with SHA-256", SHA3_256 },
	{ "named SHA-256, hashed with SHA3-256", SHA256, .hash = "SHA3-256" },
};
/* clang-format on */

static void
pkcs1_encode(const struct pkcs1_shape *s, uint8_t *em, size_t len)
{
	struct soter_span none = { NULL, 0 };
	uint8_t hash[EVP_MAX_MD_SIZE], *p = em;
	size_t hash_len = PSS_HASH - s->hash_cut, pad_len = s->pad_len;

	MUST(pss_hash(s->hash, hash, text, none, none) == PSS_HASH);
	if (pad_len == 0)
		pad_len = len - 3 - s->info.n - hash_len - s->tail_len;
	memset(em, 0x5a, len); /* what follows the hash */
	*p++ = 0x00 ^ s->first;
	*p++ = 0x01 ^ s->type;
	memset(p, 0xff, pad_len);
	p += pad_len;
	*p++ = 0x00 ^ s->end;
	memcpy(p, s->info.p, s->info.n);
	memcpy(p + s->info.n, hash, hash_len);
}

static bool
openssl_says_yes(EVP_PKEY *evp, struct soter_span sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	MUST(ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, evp));
	ok = EVP_DigestVerify(ctx, sig.p, sig.n, text.p, text.n);
	EVP_MD_CTX_free(ctx);
	return (ok == 1);
}

static void
test_shapes(int k)
{
	size_t len = makers[k].pub.n_len;
	uint8_t em[SOTER_RSA_LEN_MAX], sig[SOTER_RSA_LEN_MAX];

	struct soter_span all = { sig, len };

	check_row("%zu bytes: honest", len);
	pkcs1_encode(&honest, em, len);
	rsa_sign(&makers[k], sig, em);
	CHECK_RC(soter_pkcs1_verify(keys[k], text, all), SOTER_OK);
	CHECK(openssl_says_yes(evps[k], all));

	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		check_row("%zu bytes: %s", len, lies[i].what);
		pkcs1_encode(&lies[i], em, len);
		rsa_sign(&makers[k], sig, em);
		CHECK_RC(soter_pkcs1_verify(keys[k], text, all),
		    SOTER_E_SIGNATURE);
	}
}

/* Whatever bit of the block is another: refused, like by OpenSSL. */
static void
test_bits(int k)
{
	size_t len = makers[k].pub.n_len, step = check_step(97);
	uint8_t em[SOTER_RSA_LEN_MAX], sig[SOTER_RSA_LEN_MAX];
	struct soter_span all = { sig, len };

	check_row("%zu bytes: bits of the padded block flipped", len);
	pkcs1_encode(&honest, em, len);
	for (size_t bit = 1; bit < 8 * len; bit += step) {
		if (bit / 8 >= SOTER_RSA_LEN - 52 && len == SOTER_RSA_LEN)
			step = check_step(8); /* each byte behind ff */
		em[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		if (rsa_fits(&makers[k], em)) {
			rsa_sign(&makers[k], sig, em);
			CHECK_RC(soter_pkcs1_verify(keys[k], text, all),
			    SOTER_E_SIGNATURE);
			CHECK(!openssl_says_yes(evps[k], all));
		}
		em[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}

	check_row("%zu bytes: bits of the signature flipped", len);
	rsa_sign(&makers[k], sig, em);
	CHECK_RC(soter_pkcs1_verify(keys[k], text, all), SOTER_OK);
	for (size_t bit = 0; bit < 8 * len; bit += check_step(1)) {
		sig[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		CHECK_RC(soter_pkcs1_verify(keys[k], text, all),
		    SOTER_E_SIGNATURE);
		sig[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}

	check_row("%zu bytes: another text", len);
	CHECK_RC(soter_pkcs1_verify(keys[k], SOTER_SPAN("another body"), all),
	    SOTER_E_SIGNATURE);
	CHECK_RC(soter_pkcs1_verify(keys[k], soter_span(NULL, 0), all),
	    SOTER_E_SIGNATURE);

	check_row("%zu bytes: another length", len);
	CHECK_RC(soter_pkcs1_verify(keys[k], text, soter_span(sig, len - 1)),
	    SOTER_E_SIG_LENGTH);
	CHECK_RC(soter_pkcs1_verify(keys[k], text, soter_span(sig, 0)),
	    SOTER_E_SIG_LENGTH);
	CHECK_RC(soter_pkcs1_verify(keys[1 - k], text, all),
	    SOTER_E_SIG_LENGTH);

	check_row("%zu bytes: n and 0", len);
	CHECK_RC(
	    soter_pkcs1_verify(keys[k], text, soter_span(makers[k].pub.n, len)),
	    SOTER_E_SIGNATURE);
	memset(sig, 0, len);
	CHECK_RC(soter_pkcs1_verify(keys[k], text, all), SOTER_E_SIGNATURE);
}

static void
test_others(void)
{
	struct pss_shape shape = { .salt_len = 20 };
	uint8_t em[SOTER_RSA_LEN_MAX], sig[SOTER_RSA_LEN_MAX];
	struct soter_span all = { sig, SOTER_RSA_LEN };
	struct soter_pubkey *key = NULL;
	struct rsa_maker other;

	check_row("a PSS signature");
	pss_sign(&makers[0], &shape, sig, text);
	CHECK_RC(soter_pkcs1_verify(keys[0], text, all), SOTER_E_SIGNATURE);

	check_row("signed by another key");
	rsa_make(&other, 2048);
	MUST(soter_pubkey_make(&key, &other.pub) == SOTER_OK);
	pkcs1_encode(&honest, em, SOTER_RSA_LEN);
	rsa_sign(&makers[0], sig, em);
	CHECK_RC(soter_pkcs1_verify(keys[0], text, all), SOTER_OK);
	CHECK_RC(soter_pkcs1_verify(key, text, all), SOTER_E_SIGNATURE);
	soter_pubkey_free(&key);
	rsa_drop(&other);

	check_row("out of memory");
	CHECK_MEMORY(soter_pkcs1_verify(keys[0], text, all), true, true);
}

int
main(void)
{
	memory_hook();
	text = soter_text("a certificate's body");
	for (int k = 0; k < 2; k++) {
		rsa_make(&makers[k], 2048 << k);
		MUST(soter_pubkey_make_issuer(&keys[k], &makers[k].pub) ==
		    SOTER_OK);
		evps[k] = rsa_evp(&makers[k]);
	}
	for (int k = 0; k < 2; k++) {
		test_shapes(k);
		test_bits(k);
	}
	test_others();
	for (int k = 0; k < 2; k++) {
		soter_pubkey_free(&keys[k]);
		EVP_PKEY_free(evps[k]);
		rsa_drop(&makers[k]);
	}
	return (check_done());
}
