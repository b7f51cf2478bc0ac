/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>

#include "crypto/pubkey.h"
#include "crypto/pkcs1.h"
#include "crypto/pss.h"
#include "soter/verify.h"
#include "tests/unit/pss_maker.h"

static struct rsa_maker maker, big;

typedef enum soter_rc make_fn(struct soter_pubkey **, const struct soter_key *);

static void
check_refused(make_fn *make, const struct soter_key *numbers,
    enum soter_rc want)
{
	struct soter_pubkey *sentinel = (struct soter_pubkey *)&maker;
	struct soter_pubkey *key = sentinel;

	CHECK_RC(make(&key, numbers), want);
	CHECK(key == sentinel);
}

static void
test_make(void)
{
	struct soter_pubkey *key = NULL;
	struct soter_key numbers;

	check_row("nothing to free");
	soter_pubkey_free(&key);
	CHECK(key == NULL);

	check_row("a good key");
	numbers = maker.pub;
	if (!CHECK_RC(soter_pubkey_make(&key, &numbers), SOTER_OK))
		return;
	memset(&numbers, 0, sizeof(numbers)); /* it was copied */
	CHECK(soter_pubkey_numbers(key)->e == 65537);
	CHECK(soter_pubkey_numbers(key)->n_len == SOTER_RSA_LEN);
	CHECK(soter_pubkey_is(key, &maker.pub));

	check_row("is it this key?");
	numbers = maker.pub;
	numbers.n[SOTER_RSA_LEN] ^= 1; /* behind the modulus */
	CHECK(soter_pubkey_is(key, &numbers));
	numbers = maker.pub;
	numbers.e = 3;
	CHECK(!soter_pubkey_is(key, &numbers));
	numbers = maker.pub;
	numbers.alg = SOTER_ALG_NONE;
	CHECK(!soter_pubkey_is(key, &numbers));
	numbers = maker.pub;
	numbers.n_len--;
	CHECK(!soter_pubkey_is(key, &numbers));
	for (size_t i = 0; i < SOTER_RSA_LEN; i++) {
		numbers = maker.pub;
		numbers.n[i] ^= 1;
		CHECK(!soter_pubkey_is(key, &numbers));
	}
	soter_pubkey_free(&key);
	CHECK(key == NULL);
	soter_pubkey_free(&key);
}

static void
test_policy(void)
{
	struct soter_pubkey *key = NULL;
	struct soter_key numbers = maker.pub;

	check_row("the policy stands in front");
	numbers.n[SOTER_RSA_LEN - 1] ^= 1;
	check_refused(soter_pubkey_make, &numbers, SOTER_E_KEY_WEAK);
	check_refused(soter_pubkey_make_issuer, &numbers, SOTER_E_KEY_WEAK);
	numbers = maker.pub;
	numbers.e = 3;
	check_refused(soter_pubkey_make, &numbers, SOTER_E_KEY_EXPONENT);
	check_refused(soter_pubkey_make_issuer, &numbers, SOTER_E_KEY_EXPONENT);
	numbers = maker.pub;
	numbers.alg = SOTER_ALG_NONE;
	check_refused(soter_pubkey_make, &numbers, SOTER_E_KEY_ALGORITHM);

	check_row("4096 bits are for issuers only");
	check_refused(soter_pubkey_make, &big.pub, SOTER_E_KEY_SIZE);
	CHECK_RC(soter_pubkey_make_issuer(&key, &big.pub), SOTER_OK);
	soter_pubkey_free(&key);
	CHECK_RC(soter_pubkey_make_issuer(&key, &maker.pub), SOTER_OK);
	soter_pubkey_free(&key);
	for (size_t n_len = 128; n_len <= 768; n_len += 128) {
		if (n_len == 256 || n_len == 512)
			continue;
		check_row("issuer of %zu bytes", n_len);
		numbers = big.pub;
		numbers.n_len = n_len;
		check_refused(soter_pubkey_make_issuer, &numbers,
		    SOTER_E_KEY_SIZE);
	}
}

/* sig^e mod n as BN_mod_exp() has it, whatever the shape of the number. */
static void
check_recover(const struct rsa_maker *r, const struct soter_pubkey *key,
    const BIGNUM *s)
{
	uint8_t sig[SOTER_RSA_LEN_MAX], out[SOTER_RSA_LEN_MAX];
	uint8_t want[SOTER_RSA_LEN_MAX];
	size_t len = r->pub.n_len;
	BIGNUM *x = BN_new();

	rsa_put(r, sig, s);
	MUST(BN_mod_exp(x, s, r->e, r->n, r->ctx));
	rsa_put(r, want, x);
	memset(out, 0xa5, sizeof(out));
	CHECK_RC(soter_pubkey_recover(key, out, soter_span(sig, len)),
	    SOTER_OK);
	CHECK(memcmp(out, want, len) == 0);
	CHECK(len == sizeof(out) || out[len] == 0xa5);
	BN_free(x);
}

static void
test_recover(const struct rsa_maker *r)
{
	int bits = BN_num_bits(r->n);
	struct soter_pubkey *key = NULL;
	BIGNUM *s = BN_new(), *k = BN_new();

	check_row("%d bits: random numbers", bits);
	MUST(soter_pubkey_make_issuer(&key, &r->pub) == SOTER_OK);
	for (int i = 0; i < 100; i++) {
		MUST(BN_rand_range(s, r->n));
		check_recover(r, key, s);
	}

	check_row("%d bits: short numbers", bits);
	for (BN_ULONG i = 0; i < 4; i++) {
		MUST(BN_set_word(s, i));
		check_recover(r, key, s);
		MUST(BN_copy(s, r->n) && BN_sub_word(s, i + 1));
		check_recover(r, key, s);
	}
	for (int i = 0; i < bits - 1; i += 61) {
		BN_zero(s);
		MUST(BN_set_bit(s, i));
		check_recover(r, key, s);
	}

	/* Numbers that are short on the way: s R mod n = 1, and the result. */
	check_row("%d bits: numbers that get short", bits);
	for (BN_ULONG i = 1; i < 4; i++) {
		BN_zero(k);
		MUST(BN_set_bit(k, bits) && BN_mod_inverse(s, k, r->n, r->ctx));
		MUST(BN_mul_word(s, i) && BN_nnmod(s, s, r->n, r->ctx));
		check_recover(r, key, s);
		MUST(BN_set_word(k, i) && BN_mod_exp(s, k, r->d, r->n, r->ctx));
		check_recover(r, key, s);
	}
	soter_pubkey_free(&key);
	BN_free(s);
	BN_free(k);
}

static void
test_not_recovered(const struct rsa_maker *r)
{
	size_t len = r->pub.n_len;
	uint8_t sig[SOTER_RSA_LEN_MAX + 1] = { 0 };
	uint8_t out[SOTER_RSA_LEN_MAX], before[SOTER_RSA_LEN_MAX];
	struct soter_pubkey *key = NULL;
	BIGNUM *s = BN_dup(r->n);

	MUST(s && soter_pubkey_make_issuer(&key, &r->pub) == SOTER_OK);
	memset(out, 0xa5, sizeof(out));
	memset(before, 0xa5, sizeof(before));

	for (size_t n = 0; n <= SOTER_RSA_LEN_MAX + 1; n++) {
		if (n != 0 && n != 1 && n != len - 1 && n != len + 1 &&
		    n + len != SOTER_RSA_LEN + SOTER_RSA_LEN_MAX)
			continue;
		check_row("%zu bytes: signature of %zu bytes", len, n);
		CHECK_RC(soter_pubkey_recover(key, out, soter_span(sig, n)),
		    SOTER_E_SIG_LENGTH);
		CHECK(memcmp(out, before, sizeof(out)) == 0);
	}

	check_row("%zu bytes: n, n + 1, all ones", len);
	for (int i = 0; i < 2; i++) {
		rsa_put(r, sig, s);
		CHECK_RC(soter_pubkey_recover(key, out, soter_span(sig, len)),
		    SOTER_E_SIGNATURE);
		MUST(BN_add_word(s, 1));
	}
	memset(sig, 0xff, len);
	CHECK_RC(soter_pubkey_recover(key, out, soter_span(sig, len)),
	    SOTER_E_SIGNATURE);
	CHECK(memcmp(out, before, sizeof(out)) == 0);
	soter_pubkey_free(&key);
	BN_free(s);
}

/* The first use prepares the key; a failure then leaves it as it was. */
static enum soter_rc
make_use_and_free(const struct soter_key *numbers, struct soter_span sig)
{
	struct soter_pubkey *key = NULL;
	uint8_t out[SOTER_RSA_LEN_MAX];
	enum soter_rc rc;

	rc = soter_pubkey_make(&key, numbers);
	CHECK((key != NULL) == (rc == SOTER_OK));
	if (rc == SOTER_OK &&
	    (rc = soter_pubkey_recover(key, out, sig)) != SOTER_OK)
		CHECK_RC(soter_pubkey_recover(key, out, sig), SOTER_OK);
	soter_pubkey_free(&key);
	return (rc);
}

static void
test_memory(void)
{
	uint8_t out[SOTER_RSA_LEN_MAX], want[SOTER_RSA_LEN_MAX];
	uint8_t before[SOTER_RSA_LEN_MAX], seven[SOTER_RSA_LEN] = { 0, 7 };
	struct soter_span sig = { seven, sizeof(seven) };
	struct soter_pubkey *key = NULL;

	check_row("out of memory");
	CHECK_MEMORY(make_use_and_free(&maker.pub, sig), true, true);
	MUST(soter_pubkey_make(&key, &maker.pub) == SOTER_OK);
	MUST(soter_pubkey_recover(key, want, sig) == SOTER_OK);
	memset(before, 0xa5, sizeof(before));
	CHECK_MEMORY((memset(out, 0xa5, sizeof(out)),
			 soter_pubkey_recover(key, out, sig)),
	    memcmp(out, want, sizeof(seven)) == 0,
	    memcmp(out, before, sizeof(out)) == 0);
	soter_pubkey_free(&key);
}

/* ------------------------------------------------------------------------- */

#define THREADS 4
#define ROUNDS	200

static const uint8_t thread_text[] = "one key, many threads";

static struct thread {
	pthread_t id;
	const struct soter_pubkey *key;
	struct soter_span good, bad;
	int right;
} threads[THREADS];

static void *
thread_verify(void *arg)
{
	struct soter_span text = { thread_text, sizeof(thread_text) };
	struct thread *t = arg;

	for (int i = 0; i < ROUNDS; i++) {
		t->right +=
		    soter_pss_verify(t->key, text, t->good, 20) == SOTER_OK;
		t->right += soter_pss_verify(t->key, text, t->bad, 20) ==
		    SOTER_E_SIGNATURE;
		t->right += soter_pkcs1_verify(t->key, text, t->good) ==
		    SOTER_E_SIGNATURE;
	}
	return (NULL);
}

static void
test_threads(void)
{
	struct soter_span text = { thread_text, sizeof(thread_text) };
	struct pss_shape shape = { .salt_len = 20 };
	uint8_t good[THREADS][PSS_EM], bad[THREADS][PSS_EM];
	struct soter_pubkey *key = NULL;

	check_row("%d threads with one key", THREADS);
	MUST(soter_pubkey_make(&key, &maker.pub) == SOTER_OK);
	for (int i = 0; i < THREADS; i++) {
		pss_sign(&maker, &shape, good[i], text);
		memcpy(bad[i], good[i], PSS_EM);
		bad[i][PSS_EM - 1] ^= (uint8_t)(1 << i);
		threads[i].key = key;
		threads[i].good = soter_span(good[i], PSS_EM);
		threads[i].bad = soter_span(bad[i], PSS_EM);
	}
	for (int i = 0; i < THREADS; i++)
		MUST(pthread_create(&threads[i].id, NULL, thread_verify,
			 &threads[i]) == 0);
	for (int i = 0; i < THREADS; i++) {
		MUST(pthread_join(threads[i].id, NULL) == 0);
		CHECK(threads[i].right == 3 * ROUNDS);
	}
	soter_pubkey_free(&key);
}

int
main(void)
{
	memory_hook();
	rsa_make(&maker, 2048);
	rsa_make(&big, 4096);

	test_make();
	test_policy();
	test_recover(&maker);
	test_recover(&big);
	test_not_recovered(&maker);
	test_not_recovered(&big);
	test_memory();
	test_threads();

	rsa_drop(&maker);
	rsa_drop(&big);
	return (check_done());
}
