/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_keys.c -- public keys that no genuine phone makes, or that are no keys,
 * each in an AuthKey that its ASK signed correctly.
 */
#include <string.h>

#include "generate.h"
#include "wire/json.h"
#include "wire/pem.h"
#include "wire/spki.h"

#define K "classic-salt20/authkey-10115-pay"

#define ROCA_PRIMES                                               \
	126 /* those up to 701: what 2048-bit keys were made with \
	     */

/* OpenSSL's big numbers fail only for want of memory. */
static void
must(int ok)
{
	if (ok != 1)
		gen_die("a big number operation failed");
}

static void
put_pem(const char *name, struct soter_span pem, enum soter_rc want,
    const char *why)
{
	uint8_t literal[2 * SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(literal, sizeof(literal));
	struct gen_object o;

	gen_take(&o, K);
	GEN_OK(soter_json_write_string(&w, pem));
	gen_member_set(&o.text, "pub_key", soter_written(&w));
	gen_rename(&o, "negative/key/%s", name);
	o.c.want = want;
	o.c.why = why;
	gen_put(&o);
}

static void
put_der(const char *name, const struct gen_text *der, enum soter_rc want,
    const char *why)
{
	uint8_t pem[SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(pem, sizeof(pem));

	GEN_OK(soter_pem_write(&w, SOTER_PEM_LABEL_KEY, gen_span(der), false));
	put_pem(name, soter_written(&w), want, why);
}

static void
put_key(const char *name, const BIGNUM *n, uint32_t e, enum soter_rc want,
    const char *why)
{
	uint8_t pem[SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(pem, sizeof(pem));
	struct soter_key key;

	gen_numbers(&key, n, e);
	GEN_OK(soter_spki_write_pem(&w, &key));
	put_pem(name, soter_written(&w), want, why);
}

/* factor times two primes, so that the product has exactly these bits. */
static void
product(BIGNUM *n, const char *label, BN_ULONG factor, unsigned p_bits,
    unsigned q_bits, int bits)
{
	BIGNUM *p = BN_new(), *q = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	struct gen_stream s;

	must(p != NULL && q != NULL && ctx != NULL);
	gen_stream_start(&s, label);
	do {
		gen_prime(p, &s, p_bits);
		gen_prime(q, &s, q_bits);
		must(BN_mul(n, p, q, ctx));
		must(BN_mul_word(n, factor));
	} while (BN_num_bits(n) != bits);
	BN_free(p);
	BN_free(q);
	BN_CTX_free(ctx);
}

/* The product of the first ROCA_PRIMES primes. */
static void
primorial(BIGNUM *m)
{
	BN_ULONG primes[ROCA_PRIMES];
	size_t n = 0;

	must(BN_one(m));
	for (BN_ULONG p = 2; n < ROCA_PRIMES; p++) {
		size_t i = 0;

		while (i < n && p % primes[i] != 0)
			i++;
		if (i < n)
			continue;
		primes[n++] = p;
		must(BN_mul_word(m, p));
	}
}

/* A prime k * M + (65537^a mod M), as the broken generator made them. */
static void
roca_prime(BIGNUM *p, const BIGNUM *m, struct gen_stream *s, BN_CTX *ctx)
{
	BIGNUM *k = BN_new(), *a = BN_new(), *e = BN_new();
	uint8_t bytes[8];

	must(k != NULL && a != NULL && e != NULL && BN_set_word(e, 65537));
	do {
		/* The largest k for 1024 bits, less 40 bits of chance. */
		gen_stream_read(s, bytes, 5);
		must(BN_one(k) && BN_lshift(k, k, 1024));
		must(BN_div(k, NULL, k, m, ctx) && BN_sub_word(k, 1));
		must(BN_bin2bn(bytes, 5, a) != NULL && BN_sub(k, k, a));
		gen_stream_read(s, bytes, sizeof(bytes));
		must(BN_bin2bn(bytes, sizeof(bytes), a) != NULL);
		/* M is even: the plain square and multiply of BN_mod_exp. */
		must(BN_mod_exp(p, e, a, m, ctx));
		must(BN_mul(k, k, m, ctx) && BN_add(p, p, k));
	} while (BN_check_prime(p, ctx, NULL) != 1);
	BN_free(k);
	BN_free(a);
	BN_free(e);
}

static void
roca(BIGNUM *n)
{
	BIGNUM *m = BN_new(), *p = BN_new(), *q = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	struct gen_stream s;

	must(m != NULL && p != NULL && q != NULL && ctx != NULL);
	primorial(m);
	gen_stream_start(&s, "key/roca");
	roca_prime(p, m, &s, ctx);
	roca_prime(q, m, &s, ctx);
	must(BN_mul(n, p, q, ctx));
	BN_free(m);
	BN_free(p);
	BN_free(q);
	BN_CTX_free(ctx);
}

static void
weak_keys(void)
{
	BIGNUM *n = BN_new();

	must(n != NULL);
	product(n, "key/sound", 1, 1024, 1024, 2048);
	put_key("exponent-1", n, 1, SOTER_E_KEY_EXPONENT,
	    "every number is its own signature");
	put_key("exponent-2", n, 2, SOTER_E_KEY_EXPONENT, "not even RSA");
	put_key("exponent-3", n, 3, SOTER_E_KEY_EXPONENT,
	    "sloppy padding checks can be cheated under it");
	put_key("exponent-65539", n, 65539, SOTER_E_KEY_EXPONENT,
	    "65537 alone");
	product(n, "key/factor-2", 2, 1024, 1023, 2048);
	put_key("even", n, 65537, SOTER_E_KEY_WEAK,
	    "an even modulus, without any other small factor");
	product(n, "key/factor-3", 3, 1024, 1022, 2048);
	put_key("factor-3", n, 65537, SOTER_E_KEY_WEAK, "divisible by 3");
	product(n, "key/factor-751", 751, 1024, 1014, 2048);
	put_key("factor-751", n, 65537, SOTER_E_KEY_WEAK,
	    "divisible by the last of the small primes");
	roca(n);
	put_key("roca", n, 65537, SOTER_E_KEY_ROCA,
	    "made as by the chips of CVE-2017-15361");

	product(n, "key/1024", 1, 512, 512, 1024);
	put_key("size-1024", n, 65537, SOTER_E_KEY_SIZE, "too short");
	product(n, "key/2047", 1, 1024, 1023, 2047);
	put_key("size-2047", n, 65537, SOTER_E_KEY_SIZE,
	    "256 bytes, but the top bit is clear");
	product(n, "key/2056", 1, 1028, 1028, 2056);
	put_key("size-2056", n, 65537, SOTER_E_KEY_SIZE, "one byte too long");
	put_key("size-4096", gen_key("vendor-root")->n, 65537, SOTER_E_KEY_SIZE,
	    "stronger, but not what the standard has");
	BN_free(n);
}

/*
 * A SubjectPublicKeyInfo from its parts: AlgorithmIdentifier content, then the
 * content of the two INTEGERs as they are.
 */
static void
spki(struct gen_text *out, struct soter_span algorithm, uint8_t unused_bits,
    struct soter_span n, struct soter_span e)
{
	struct gen_text numbers = { 0 }, bits = { 0 }, all = { 0 };

	gen_der(&numbers, 0x02, n);
	gen_der(&numbers, 0x02, e);
	gen_add(&bits, soter_span(&unused_bits, 1));
	gen_der(&bits, 0x30, gen_span(&numbers));
	gen_der(&all, 0x30, algorithm);
	gen_der(&all, 0x03, gen_span(&bits));
	out->n = 0;
	gen_der(out, 0x30, gen_span(&all));
}

#define RSA SOTER_SPAN("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00")
#define RSA_PSS \
	SOTER_SPAN("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x05\x00")
#define NO_NULL SOTER_SPAN("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")
#define F4	SOTER_SPAN("\x01\x00\x01")

static void
broken_der(void)
{
	uint8_t padded[2 + SOTER_RSA_LEN] = { 0 };
	const struct soter_key *key = &gen_key("authkey-a-10115-pay")->key;
	struct soter_span n = soter_span(padded + 1, 1 + SOTER_RSA_LEN);
	struct gen_text der;

	soter_copy(padded + 2, key->n, SOTER_RSA_LEN);
	spki(&der, RSA_PSS, 0, n, F4);
	put_der("algorithm-pss", &der, SOTER_E_KEY_ALGORITHM,
	    "an RSA key that says it is for PSS: not the identifier of the "
	    "standard");
	spki(&der, NO_NULL, 0, n, F4);
	put_der("der-no-null", &der, SOTER_E_DER,
	    "the parameters of rsaEncryption must be NULL");
	spki(&der, RSA, 0, n, SOTER_SPAN("\x01\x00\x00\x00\x01"));
	put_der("exponent-33-bits", &der, SOTER_E_KEY_EXPONENT,
	    "2^32 + 1: 1 in 32 bits");
	spki(&der, RSA, 0, soter_span(padded, sizeof(padded)), F4);
	put_der("der-zeros", &der, SOTER_E_DER,
	    "two zeros in front of the modulus: two encodings of one key");
	spki(&der, RSA, 0, soter_span(padded + 2, SOTER_RSA_LEN), F4);
	put_der("der-negative", &der, SOTER_E_DER,
	    "no zero in front: the modulus is negative");
	spki(&der, RSA, 1, n, F4);
	put_der("der-unused-bit", &der, SOTER_E_DER,
	    "a bit string of 2159 bits");
	spki(&der, RSA, 0, n, F4);
	gen_add_text(&der, "x");
	put_der("der-trailing", &der, SOTER_E_DER, "a byte behind the key");
	spki(&der, RSA, 0, n, F4);
	der.n -= 1;
	put_der("der-cut", &der, SOTER_E_DER, "the last byte is missing");
	/* 30 82 hi lo becomes 30 83 00 hi lo. */
	spki(&der, RSA, 0, n, F4);
	der.p[1] = 0x83;
	gen_insert(&der, 2, SOTER_SPAN("\0"));
	put_der("der-long-length", &der, SOTER_E_DER,
	    "a length in more bytes than it needs");
}

/* P-256 with its base point as the key: the private key is 1. */
static void
elliptic(void)
{
	struct gen_text der = { 0 };

	gen_add(&der,
	    SOTER_SPAN("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
		       "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"
		       "\x04\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5"
		       "\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4"
		       "\xa1\x39\x45\xd8\x98\xc2\x96\x4f\xe3\x42\xe2\xfe\x1a"
		       "\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33"
		       "\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"));
	put_der("algorithm-ec", &der, SOTER_E_KEY_ALGORITHM,
	    "ECC P-256: HarmonyOS NEXT has such keys, this version of the "
	    "standard has not");
}

static void
broken_pem(void)
{
	static const struct {
		const char *name, *from, *to;
		enum soter_rc want;
		const char *why;
	} rows[] = {
		{ "pem-label-certificate", "PUBLIC KEY", "CERTIFICATE",
		    SOTER_E_PEM_LABEL, "as in a published sample file" },
		{ "pem-label-rsa", "PUBLIC KEY", "RSA PUBLIC KEY",
		    SOTER_E_PEM_LABEL, "the label of another structure" },
		{ "pem-crlf", "\n", "\r\n", SOTER_E_PEM,
		    "line ends of CR LF inside" },
		{ "pem-no-end", "\n-----END PUBLIC KEY-----", "", SOTER_E_PEM,
		    "the END line is missing" },
		{ "pem-text-in-front", "-----BEGIN", "Key:\n-----BEGIN",
		    SOTER_E_PEM, "nothing may stand around the block" },
		{ "pem-blank-line", "KEY-----\nMII", "KEY-----\n\nMII",
		    SOTER_E_PEM, "an empty line" },
		{ "pem-labels-differ", "END PUBLIC", "END PRIVATE", SOTER_E_PEM,
		    "BEGIN and END do not name the same" },
		{ "pem-star", "MIIB", "MI*B", SOTER_E_BASE64,
		    "not a character of Base64" },
	};
	uint8_t room[SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(room, sizeof(room));
	struct gen_text pem;

	GEN_OK(soter_spki_write_pem(&w, &gen_key("authkey-a-10115-pay")->key));
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		gen_set(&pem, soter_written(&w));
		gen_replace_all(&pem, soter_text(rows[i].from),
		    soter_text(rows[i].to));
		put_pem(rows[i].name, gen_span(&pem), rows[i].want,
		    rows[i].why);
	}
}

void
gen_key_lies(void)
{
	weak_keys();
	broken_der();
	elliptic();
	broken_pem();
}
