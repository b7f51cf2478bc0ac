/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/pss.h"
#include "soter/verify.h"
#include "tests/unit/pss_maker.h"

#define NO	SOTER_E_SIGNATURE
#define SALT_20 .salt_len = 20

static struct rsa_maker maker, other;
static struct soter_pubkey *key;
static EVP_PKEY *evp;
static uint8_t text_bytes[550];
static struct soter_span text = { text_bytes, sizeof(text_bytes) };

/* What the three functions say; and on a no, nothing was written. */
static void
check_all(struct soter_span sig, size_t salt_len, enum soter_rc want_open,
    enum soter_rc want_match, enum soter_rc want_verify)
{
	struct soter_pss pss, before;

	memset(&pss, 0xa5, sizeof(pss));
	memset(&before, 0xa5, sizeof(before));
	if (!CHECK_RC(soter_pss_open(&pss, key, sig), want_open))
		return;
	if (want_open == SOTER_OK)
		CHECK_RC(soter_pss_match(&pss, text), want_match);
	else
		CHECK(memcmp(&pss, &before, sizeof(pss)) == 0);
	CHECK_RC(soter_pss_verify(key, text, sig, salt_len), want_verify);
}

/* The same for noise, which may look like a padding, but matches no text. */
static void
check_noise(struct soter_span sig)
{
	struct soter_pss pss;
	enum soter_rc rc = soter_pss_open(&pss, key, sig);

	if (rc == SOTER_OK) {
		CHECK_RC(soter_pss_match(&pss, text), NO);
		CHECK_RC(soter_pss_verify(key, text, sig, 20), NO);
		CHECK_RC(soter_pss_verify(key, text, sig, pss.salt_len), NO);
	} else {
		check_all(sig, 20, NO, NO, NO);
	}
}

/* The verdict of OpenSSL on the same signature; salt_len may be -2: any. */
static bool
openssl_says_yes(struct soter_span sig, int salt_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	int ok;

	MUST(ctx && EVP_DigestVerifyInit(ctx, &pctx, EVP_sha256(), NULL, evp));
	MUST(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1);
	MUST(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt_len) == 1);
	MUST(EVP_PKEY_CTX_set_rsa_mgf1_md(pctx, EVP_sha256()) == 1);
	ok = EVP_DigestVerify(ctx, sig.p, sig.n, text.p, text.n);
	EVP_MD_CTX_free(ctx);
	return (ok == 1);
}

static void
test_salts(void)
{
	static const size_t lens[] = { 0, 1, 19, 20, 21, 32, 221,
		SOTER_PSS_SALT_MAX };

	for (size_t i = 0; i < SOTER_COUNT(lens); i++) {
		struct pss_shape shape = { .salt_len = lens[i] };
		uint8_t bytes[PSS_EM];
		struct soter_span sig = { bytes, sizeof(bytes) };
		struct soter_pss pss;

		check_row("salt of %zu bytes", lens[i]);
		pss_sign(&maker, &shape, bytes, text);
		CHECK_RC(soter_pss_open(&pss, key, sig), SOTER_OK);
		CHECK(pss.salt_len == lens[i] && pss.key == key);
		CHECK_RC(soter_pss_match(&pss, text), SOTER_OK);
		CHECK(openssl_says_yes(sig, (int)lens[i]));

		/* "raised to 20" is what the reference verifier does (b.4) */
		for (size_t want = 0; want <= SOTER_PSS_SALT_MAX + 2; want++)
			CHECK_RC(soter_pss_verify(key, text, sig, want),
			    want == lens[i] ? SOTER_OK : SOTER_E_SALT);
		CHECK_RC(soter_pss_verify(key, text, sig, SIZE_MAX),
		    SOTER_E_SALT);

		/* A wrong salt length is told only if all else is right. */
		bytes[100] ^= 1;
		CHECK_RC(soter_pss_verify(key, text, sig, lens[i] + 1),
		    SOTER_E_SIGNATURE);
	}
}

static void
test_lies(void)
{
	/* Verified with salt 20.  A padding that is not whole has no match. */
	static const struct {
		const char *what;
		struct pss_shape shape;
		enum soter_rc open, match, verify;
	} rows[] = {
		{ "honest", { SALT_20 }, SOTER_OK, SOTER_OK, SOTER_OK },
		{ "salt of zeros", { SALT_20, .zero_salt = true }, SOTER_OK,
		    SOTER_OK, SOTER_OK },
		{ "first bit of DB set: it is cut off",
		    { SALT_20, .pad_is_set = true, .pad = 0x80 }, SOTER_OK,
		    SOTER_OK, SOTER_OK },

		{ "trailer of hash-named padding", { SALT_20, .trailer = 0xcc },
		    NO, NO, NO },
		{ "trailer bd", { SALT_20, .trailer = 0xbd }, NO, NO, NO },
		{ "trailer 3c", { SALT_20, .trailer = 0x3c }, NO, NO, NO },
		{ "top bit of EM set", { SALT_20, .top_bit = true }, NO, NO,
		    NO },

		{ "second bit of the padding set",
		    { SALT_20, .pad_is_set = true, .pad = 0x40 }, NO, NO, NO },
		{ "first byte of the padding 02",
		    { SALT_20, .pad_is_set = true, .pad = 0x02 }, NO, NO, NO },
		{ "middle of the padding 80",
		    { SALT_20, .pad_is_set = true, .pad_at = 100, .pad = 0x80 },
		    NO, NO, NO },
		{ "last byte of the padding ff",
		    { SALT_20, .pad_is_set = true, .pad_at = 201, .pad = 0xff },
		    NO, NO, NO },
		{ "last byte of the padding 01: a longer salt",
		    { SALT_20, .pad_is_set = true, .pad_at = 201, .pad = 0x01 },
		    SOTER_OK, NO, NO },
		{ "first byte of the padding 01: the longest salt",
		    { SALT_20, .pad_is_set = true, .pad = 0x01 }, SOTER_OK, NO,
		    NO },

		{ "02 before the salt",
		    { SALT_20, .one_is_set = true, .one = 0x02 }, NO, NO, NO },
		{ "81 before the salt",
		    { SALT_20, .one_is_set = true, .one = 0x81 }, NO, NO, NO },
		{ "01 missing", { SALT_20, .no_one = true, .salt_0 = 0x7e }, NO,
		    NO, NO },
		{ "01 missing, and the salt begins with it",
		    { SALT_20, .no_one = true, .salt_0 = 0x01 }, SOTER_OK, NO,
		    NO },
		{ "01 missing and a salt of zeros: no end",
		    { SALT_20, .no_one = true, .zero_salt = true }, NO, NO,
		    NO },
		{ "01 missing and no salt", { .no_one = true }, NO, NO, NO },

		{ "text hashed with SHA3-256",
		    { SALT_20, .text_hash = "SHA3-256" }, SOTER_OK, NO, NO },
		{ "H made with SHA-512/256", { SALT_20, .hash = "SHA512-256" },
		    SOTER_OK, NO, NO },
		{ "H without the 8 zero bytes", { SALT_20, .no_prefix = true },
		    SOTER_OK, NO, NO },
		{ "H with 8 other bytes", { SALT_20, .prefix = 0x01 }, SOTER_OK,
		    NO, NO },
		{ "another salt in H", { SALT_20, .other_salt = true },
		    SOTER_OK, NO, NO },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		uint8_t sig[PSS_EM];

		check_row("%s", rows[i].what);
		pss_sign(&maker, &rows[i].shape, sig, text);
		check_all(soter_span(sig, sizeof(sig)), 20, rows[i].open,
		    rows[i].match, rows[i].verify);
		CHECK(openssl_says_yes(soter_span(sig, sizeof(sig)), 20) ==
		    (rows[i].verify == SOTER_OK));
	}
}

static void
test_masks(void)
{
	static const struct {
		const char *what;
		struct pss_shape shape;
	} rows[] = {
		{ "mask made with SHA-1", { SALT_20, .mgf_hash = "SHA1" } },
		{ "mask made with SHA-512", { SALT_20, .mgf_hash = "SHA512" } },
		{ "mask made with SHA3-256",
		    { SALT_20, .mgf_hash = "SHA3-256" } },
		{ "mask counted from 1", { SALT_20, .mgf_first = 1 } },
		{ "mask counted in the other byte order",
		    { SALT_20, .mgf_little = true } },
		{ "no mask", { SALT_20, .no_mgf = true } },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		uint8_t sig[PSS_EM];

		check_row("%s", rows[i].what);
		for (int k = 0; k < 20; k++) {
			pss_sign(&maker, &rows[i].shape, sig, text);
			check_noise(soter_span(sig, sizeof(sig)));
		}
	}
}

/* A signature that is a number, and numbers that are none. */
static void
test_numbers(void)
{
	struct pss_shape shape = { SALT_20 };
	uint8_t sig[2 * PSS_EM] = { 0 };
	BIGNUM *s = BN_new();
	int tries = 0;

	/* s + n names the same residue: it must not pass as another one. */
	check_row("s + n");
	do {
		pss_sign(&maker, &shape, sig, text);
		MUST(BN_bin2bn(sig, PSS_EM, s) && BN_add(s, s, maker.n));
		MUST(tries++ < 200);
	} while (BN_num_bytes(s) > PSS_EM);
	CHECK_RC(soter_pss_verify(key, text, soter_span(sig, PSS_EM), 20),
	    SOTER_OK);
	rsa_put(&maker, sig, s);
	check_all(soter_span(sig, PSS_EM), 20, NO, NO, NO);

	for (BN_ULONG i = 0; i <= 2; i++) {
		check_row("%lu and n - %lu", (unsigned long)i,
		    (unsigned long)i);
		MUST(BN_set_word(s, i));
		rsa_put(&maker, sig, s);
		check_noise(soter_span(sig, PSS_EM));
		MUST(BN_copy(s, maker.n) && BN_sub_word(s, i));
		rsa_put(&maker, sig, s);
		check_noise(soter_span(sig, PSS_EM));
	}
	check_row("2^2048 - 1");
	memset(sig, 0xff, PSS_EM);
	check_all(soter_span(sig, PSS_EM), 20, NO, NO, NO);
	BN_free(s);
}

static void
test_lengths(void)
{
	static const size_t lens[] = { 0, 1, 255, 257, 258, 512 };
	struct pss_shape shape = { SALT_20 };
	uint8_t sig[2 * PSS_EM] = { 0 };

	/* Zeros before and after are what padding and trimming would add. */
	pss_sign(&maker, &shape, sig, text);
	for (size_t i = 0; i < SOTER_COUNT(lens); i++) {
		check_row("signature of %zu bytes", lens[i]);
		check_all(soter_span(sig, lens[i]), 20, SOTER_E_SIG_LENGTH,
		    SOTER_E_SIG_LENGTH, SOTER_E_SIG_LENGTH);
	}
	memmove(sig + 1, sig, PSS_EM);
	sig[0] = 0;
	check_row("zero byte in front");
	check_all(soter_span(sig, PSS_EM + 1), 20, SOTER_E_SIG_LENGTH,
	    SOTER_E_SIG_LENGTH, SOTER_E_SIG_LENGTH);
}

static void
test_other_things(void)
{
	struct pss_shape shape = { SALT_20 };
	struct soter_pubkey *issuer = NULL;
	uint8_t em[PSS_EM], sig[PSS_EM];
	struct rsa_maker big;
	struct soter_pss pss;

	check_row("signed by another key");
	do
		pss_sign(&other, &shape, sig, text);
	while (!rsa_fits(&maker, sig));
	check_noise(soter_span(sig, PSS_EM));

	check_row("PKCS #1 v1.5");
	memset(em, 0xff, sizeof(em));
	em[0] = 0x00;
	em[1] = 0x01;
	MUST(EVP_Digest(text.p, text.n, em + PSS_EM - PSS_HASH, NULL,
	    EVP_sha256(), NULL));
	memcpy(em + PSS_EM - PSS_HASH - 20,
	    "\x00\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	    "\x05\x00\x04\x20",
	    20);
	rsa_sign(&maker, sig, em);
	check_noise(soter_span(sig, PSS_EM));

	check_row("issuer's key of 4096 bits");
	rsa_make(&big, 4096);
	MUST(soter_pubkey_make_issuer(&issuer, &big.pub) == SOTER_OK);
	CHECK_RC(soter_pss_open(&pss, issuer, soter_span(big.pub.n, 512)),
	    SOTER_E_KEY_SIZE);
	CHECK_RC(soter_pss_open(&pss, issuer, soter_span(sig, PSS_EM)),
	    SOTER_E_KEY_SIZE);
	soter_pubkey_free(&issuer);
	rsa_drop(&big);
}

/* Every bit of a signature counts, and every bit of a text. */
static void
test_flips(void)
{
	struct pss_shape shape = { SALT_20 };
	uint8_t sig[PSS_EM];
	size_t refused = 0, tried = 0;

	check_row("every bit of a signature flipped");
	pss_sign(&maker, &shape, sig, text);
	for (size_t bit = 0; bit < 8 * sizeof(sig); bit += check_step(1)) {
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		tried++;
		refused +=
		    soter_pss_verify(key, text, soter_span(sig, sizeof(sig)),
			20) == SOTER_E_SIGNATURE;
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CHECK(refused == tried && (tried == 2048 || check_is("short")));
	CHECK_RC(soter_pss_verify(key, text, soter_span(sig, sizeof(sig)), 20),
	    SOTER_OK);

	check_row("every byte of H changed, and the mask made for it");
	for (size_t i = 0; i < PSS_HASH; i++) {
		shape.h_at = i;
		shape.h = 0x10;
		pss_sign(&maker, &shape, sig, text);
		check_all(soter_span(sig, sizeof(sig)), 20, SOTER_OK, NO, NO);
	}
	shape.h = 0;
	pss_sign(&maker, &shape, sig, text);

	check_row("every bit of a text flipped");
	refused = 0;
	for (size_t bit = 0; bit < 8 * text.n; bit++) {
		text_bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused +=
		    soter_pss_verify(key, text, soter_span(sig, sizeof(sig)),
			20) == SOTER_E_SIGNATURE;
		text_bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CHECK(refused == 8 * text.n);
}

/* One salt length in each direction, and one salt length left open. */
static void
test_agreement(void)
{
	int rounds = check_long() ? 20000 : 300, yes = 0;
	uint8_t dice[4], em[PSS_EM], bytes[PSS_EM];
	struct soter_span sig = { bytes, sizeof(bytes) };
	struct pss_shape shape = { 0 };
	struct soter_pss pss;

	check_row("same verdict as OpenSSL on %d signatures", rounds);
	for (int i = 0; i < rounds; i++) {
		bool ours;

		MUST(RAND_bytes(dice, sizeof(dice)) == 1);
		shape.salt_len = i % 2 == 0 ? 20 : dice[0] % PSS_DB;
		text.n = i % 3 == 0 ? sizeof(text_bytes) : dice[1];
		pss_encode(&shape, em, text);
		if (i % 4 >= 2) /* damaged before it is signed */
			em[dice[2]] ^= (uint8_t)(1 << dice[3] % 8);
		if (!rsa_fits(&maker, em))
			continue;
		rsa_sign(&maker, bytes, em);
		if (i % 8 == 7)
			bytes[dice[3]] ^= (uint8_t)(1 << dice[2] % 8);

		ours = soter_pss_verify(key, text, sig, 20) == SOTER_OK;
		CHECK(ours == openssl_says_yes(sig, 20));
		ours = soter_pss_open(&pss, key, sig) == SOTER_OK &&
		    soter_pss_match(&pss, text) == SOTER_OK;
		if (!CHECK(ours == openssl_says_yes(sig, RSA_PSS_SALTLEN_AUTO)))
			break;
		yes += ours;
	}
	CHECK(yes > rounds / 4 && yes < rounds * 3 / 4);
	text.n = sizeof(text_bytes);
}

static void
test_memory(void)
{
	struct pss_shape shape = { SALT_20 };
	uint8_t bytes[PSS_EM];
	struct soter_span sig = { bytes, sizeof(bytes) };
	struct soter_pss pss;

	check_row("out of memory");
	pss_sign(&maker, &shape, bytes, text);
	CHECK_MEMORY((pss.salt_len = 77, soter_pss_open(&pss, key, sig)),
	    pss.salt_len == 20 && soter_pss_match(&pss, text) == SOTER_OK,
	    pss.salt_len == 77);
	CHECK_MEMORY(soter_pss_match(&pss, text), true, true);
	CHECK_MEMORY(soter_pss_verify(key, text, sig, 20), true, true);

	/* Nor does it turn a no into another no, or into a yes. */
	for (long left = 0; left < 100; left++) {
		enum soter_rc rc;

		memory_left = left;
		rc = soter_pss_verify(key, soter_span(NULL, 0), sig, 20);
		CHECK(rc == SOTER_E_SIGNATURE || rc == SOTER_E_ENGINE);
		memory_left = -1;
	}
}

int
main(void)
{
	memory_hook();
	MUST(RAND_bytes(text_bytes, sizeof(text_bytes)) == 1);
	rsa_make(&maker, 2048);
	while (maker.pub.n[0] >= 0xc8) { /* room for s + n */
		rsa_drop(&maker);
		rsa_make(&maker, 2048);
	}
	rsa_make(&other, 2048);
	evp = rsa_evp(&maker);
	MUST(soter_pubkey_make(&key, &maker.pub) == SOTER_OK);

	test_salts();
	test_lies();
	test_masks();
	test_numbers();
	test_lengths();
	test_other_things();
	test_flips();
	test_agreement();
	test_memory();

	soter_pubkey_free(&key);
	EVP_PKEY_free(evp);
	rsa_drop(&maker);
	rsa_drop(&other);
	return (check_done());
}
