/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_rsa.c -- RSA keys out of the stream, and signatures with every padding
 * that a liar could choose.
 *
 * OpenSSL multiplies the numbers; which numbers, is decided here, so nothing
 * depends on its random generator or on how it makes keys.
 */
#include <string.h>

#include <openssl/evp.h>

#include "generate.h"
#include "wire/spki.h"

#define KEYS_MAX  48
#define SALT_MAX  (SOTER_RSA_LEN - 32 - 2)
#define SHA256_DI 19 /* bytes of the DigestInfo in front of the hash */

static struct gen_rsa keys[KEYS_MAX];
static size_t keys_n;

/* BN calls fail only for want of memory. */
static void
must(int ok)
{
	if (ok != 1)
		gen_die("a big number operation failed");
}

static BIGNUM *
number(BN_ULONG value)
{
	BIGNUM *x = BN_new();

	must(x != NULL && BN_set_word(x, value));
	return (x);
}

void
gen_prime(BIGNUM *p, struct gen_stream *s, unsigned bits)
{
	uint8_t bytes[SOTER_RSA_LEN_MAX / 2];
	size_t n = (bits + 7) / 8;
	BN_CTX *ctx = BN_CTX_new();
	int prime;

	gen_stream_read(s, bytes, n);
	must(BN_bin2bn(bytes, (int)n, p) != NULL);
	must(BN_set_bit(p, (int)bits)); /* for mask_bits, which wants it long */
	must(BN_mask_bits(p, (int)bits));
	must(BN_set_bit(p, (int)bits - 1));
	must(BN_set_bit(p, (int)bits - 2));
	must(BN_set_bit(p, 0));
	for (;;) {
		if (BN_mod_word(p, 65537) != 1) {
			prime = BN_check_prime(p, ctx, NULL);
			must(prime >= 0);
			if (prime == 1)
				break;
		}
		must(BN_add_word(p, 2));
	}
	if (BN_num_bits(p) != (int)bits)
		gen_die("a prime ran over: choose another label");
	BN_CTX_free(ctx);
}

void
gen_numbers(struct soter_key *out, const BIGNUM *n, uint32_t e)
{
	memset(out, 0, sizeof(*out));
	out->alg = SOTER_ALG_RSA;
	out->e = e;
	out->n_len = (size_t)BN_num_bytes(n);
	if (out->n_len > sizeof(out->n))
		gen_die("a modulus is too long");
	BN_bn2bin(n, out->n);
}

static void
write_key(const struct gen_rsa *key)
{
	uint8_t pem[SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(pem, sizeof(pem));
	char path[GEN_NAME_MAX];

	GEN_OK(soter_spki_write_pem(&w, &key->key));
	GEN_OK(soter_write_u8(&w, '\n'));
	gen_name(path, "keys/%s.pem", key->name);
	gen_file(path, soter_written(&w));
}

static void
make(struct gen_rsa *key, const char *name)
{
	unsigned bits = strstr(name, "root") != NULL ? 4096 : 2048;
	BIGNUM *p = number(0), *q = number(0), *e = number(65537);
	BN_CTX *ctx = BN_CTX_new();
	char label[GEN_NAME_MAX];
	struct gen_stream s;

	gen_name(key->name, "%s", name);
	gen_name(label, "key/%s", name);
	gen_stream_start(&s, label);
	gen_prime(p, &s, bits / 2);
	gen_prime(q, &s, bits / 2);
	key->n = number(0);
	key->d = number(0);
	must(BN_cmp(p, q) != 0);
	must(BN_mul(key->n, p, q, ctx));
	must(BN_sub_word(p, 1));
	must(BN_sub_word(q, 1));
	must(BN_mul(p, p, q, ctx));
	must(BN_mod_inverse(key->d, e, p, ctx) != NULL);
	gen_numbers(&key->key, key->n, 65537);
	key->len = key->key.n_len;
	must(key->len == bits / 8);
	BN_free(p);
	BN_free(q);
	BN_free(e);
	BN_CTX_free(ctx);
}

const struct gen_rsa *
gen_key(const char *name)
{
	for (size_t i = 0; i < keys_n; i++)
		if (strcmp(keys[i].name, name) == 0)
			return (&keys[i]);
	if (keys_n == KEYS_MAX)
		gen_die("more than %d keys", KEYS_MAX);
	make(&keys[keys_n], name);
	write_key(&keys[keys_n]);
	return (&keys[keys_n++]);
}

void
gen_private(uint8_t *out, const struct gen_rsa *key, const uint8_t *em)
{
	BIGNUM *m = BN_bin2bn(em, (int)key->len, NULL);
	BN_CTX *ctx = BN_CTX_new();

	must(m != NULL && BN_cmp(m, key->n) < 0);
	must(BN_mod_exp(m, m, key->d, key->n, ctx));
	must(BN_bn2binpad(m, out, (int)key->len) == (int)key->len);
	BN_free(m);
	BN_CTX_free(ctx);
}

static void
hash(uint8_t *out, const EVP_MD *md, struct soter_span in)
{
	if (EVP_Digest(in.p, in.n, out, NULL, md, NULL) != 1)
		gen_die("a hash failed");
}

/* p[0..n) ^= MGF1(seed) */
static void
mask(uint8_t *p, size_t n, const uint8_t *seed, size_t seed_n, const EVP_MD *md)
{
	uint8_t in[32 + 4] = { 0 }, block[32];
	size_t size = (size_t)EVP_MD_get_size(md);

	soter_copy(in, seed, seed_n);
	for (size_t i = 0; i < n; i++) {
		if (i % size == 0) {
			in[seed_n + 3] = (uint8_t)(i / size);
			hash(block, md, soter_span(in, seed_n + 4));
		}
		p[i] ^= block[i % size];
	}
}

/* RFC 8017 9.1.1, with every step open to a lie. */
static void
pss_encode(uint8_t em[SOTER_RSA_LEN], struct soter_span text,
    const struct gen_pss *how, const uint8_t *salt)
{
	const EVP_MD *md = how->hash_sha1 ? EVP_sha1() : EVP_sha256();
	const EVP_MD *mgf = how->mgf_sha1 ? EVP_sha1() : md;
	size_t h = (size_t)EVP_MD_get_size(md), db = SOTER_RSA_LEN - h - 1;
	uint8_t in[8 + 32 + SALT_MAX] = { 0 };

	if (how->salt_len > db - 1)
		gen_die("no room for %zu bytes of salt", how->salt_len);
	hash(in + 8, md, text);
	soter_copy(in + 8 + h, salt, how->salt_len);
	memset(em, 0, SOTER_RSA_LEN);
	hash(em + db, md, soter_span(in, 8 + h + how->salt_len));
	em[SOTER_RSA_LEN - 1] = how->trailer != 0 ? how->trailer : 0xbc;

	soter_copy(em + db - how->salt_len, salt, how->salt_len);
	em[db - how->salt_len - 1] = how->separator != 0 ? how->separator : 1;
	if (how->dirty_zeros)
		em[1] = 0x80;
	mask(em, db, em + db, h, mgf);
	em[0] &= 0x7f;
	if (how->top_bit)
		em[0] |= 0x80;
}

static bool
sum_fits(const struct gen_rsa *key, const uint8_t *sig)
{
	BIGNUM *s = BN_bin2bn(sig, SOTER_SIG_LEN, NULL);
	bool fits;

	must(s != NULL && BN_add(s, s, key->n));
	fits = BN_num_bytes(s) <= SOTER_SIG_LEN;
	BN_free(s);
	return (fits);
}

void
gen_pss_sign(uint8_t sig[SOTER_SIG_LEN], const struct gen_rsa *key,
    struct soter_span text, const struct gen_pss *how, const char *label)
{
	uint8_t em[SOTER_RSA_LEN], salt[SALT_MAX];
	struct gen_stream s;
	char name[GEN_NAME_MAX];

	if (key->len != SOTER_RSA_LEN)
		gen_die("%s does not sign texts", key->name);
	for (unsigned attempt = 0;; attempt++) {
		gen_name(name, "salt/%s/%u", label, attempt);
		gen_stream_start(&s, name);
		gen_stream_read(&s, salt, how->salt_len);
		pss_encode(em, text, how, salt);
		/* Only a lie about the top bit can reach the modulus. */
		if (memcmp(em, key->key.n, sizeof(em)) >= 0)
			continue;
		gen_private(sig, key, em);
		if (!how->small || sum_fits(key, sig))
			return;
	}
}

void
gen_pkcs1_sign(uint8_t *out, const struct gen_rsa *key, struct soter_span text,
    enum gen_pkcs1 how)
{
	static const uint8_t info[SHA256_DI] = { 0x30, 0x31, 0x30, 0x0d, 0x06,
		0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
		0x05, 0x00, 0x04, 0x20 };
	static const uint8_t no_null[SHA256_DI - 2] = { 0x30, 0x2f, 0x30, 0x0b,
		0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
		0x01, 0x04, 0x20 };
	uint8_t em[SOTER_RSA_LEN_MAX];
	struct soter_span head = how == GEN_PKCS1_NO_NULL
	    ? soter_span(no_null, sizeof(no_null))
	    : soter_span(info, sizeof(info));
	size_t ones = how == GEN_PKCS1_GARBAGE ? 8 : key->len - 3 - head.n - 32;

	/* What is not overwritten below is the garbage. */
	memset(em, 0xa5, sizeof(em));
	em[0] = 0;
	em[1] = how == GEN_PKCS1_TYPE_2 ? 2 : 1;
	memset(em + 2, 0xff, ones);
	em[2 + ones] = 0;
	soter_copy(em + 3 + ones, head.p, head.n);
	hash(em + 3 + ones + head.n, EVP_sha256(), text);
	gen_private(out, key, em);
}
