/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/verify.c -- what a verification costs beside the bare RSA public
 * operation of OpenSSL on the same keys, in one process.
 *
 * Shared machines are noisy, so nothing here is an absolute: each round runs
 * every case for a few milliseconds and takes its ratio to the bare operation
 * of that round; the median of the rounds counts.  `bare` is the faster of two
 * ways to ask OpenSSL for it (encryption and recovery without padding).
 */
#include <time.h>

#include <openssl/pem.h>

#include "crypto/pss.h"
#include "tests/unit/phone.h"
#include "wire/spki.h"

#define KEYS	8   /* used in turn, so that no case lives in one cache line */
#define ROUNDS	31  /* odd: the median is one of them */
#define BATCH	160 /* operations of a case per round */
#define PEM_MAX 1024

/* One signed AuthKey JSON and everything that can be asked of it. */
static struct subject {
	struct rsa_maker rsa; /* the ASK */
	struct phone_object authkey, result;
	struct soter_pubkey *prepared;
	struct soter_ask *ask;
	struct soter_authkey *verifier;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *encrypt, *recover;
	uint8_t der[SOTER_SPKI_MAX], pem[PEM_MAX];
	size_t der_n, pem_n;
} subjects[KEYS];

static const struct soter_expect any = { .cls = SOTER_CLASS_TEST };

static void
bare_encrypt(struct subject *s)
{
	uint8_t out[256];
	size_t n = sizeof(out);

	MUST(EVP_PKEY_encrypt(s->encrypt, out, &n, s->authkey.sig, 256) == 1);
}

static void
bare_recover(struct subject *s)
{
	uint8_t out[256];
	size_t n = sizeof(out);

	MUST(EVP_PKEY_verify_recover(s->recover, out, &n, s->authkey.sig,
		 256) == 1);
}

static void
verify_with(const struct soter_pubkey *key, struct subject *s)
{
	struct soter_signed in = phone_signed(&s->authkey);

	MUST(soter_pss_verify(key, in.text, in.sig, 20) == SOTER_OK);
}

static void
prepared_key(struct subject *s)
{
	verify_with(s->prepared, s);
}

static void
key_from(struct subject *s, struct soter_span encoded)
{
	struct soter_pubkey *key = NULL;

	MUST(soter_pubkey_new(&key, encoded) == SOTER_OK);
	verify_with(key, s);
	soter_pubkey_free(&key);
}

static void
stored_numbers(struct subject *s)
{
	key_from(s, soter_span(s->rsa.pub.n, 256));
}

static void
der_each_time(struct subject *s)
{
	key_from(s, soter_span(s->der, s->der_n));
}

static void
pem_each_time(struct subject *s)
{
	key_from(s, soter_span(s->pem, s->pem_n));
}

static void
whole_authkey(struct subject *s)
{
	struct soter_signed in = phone_signed(&s->authkey);
	struct soter_authkey *out = NULL;

	MUST(soter_authkey_accept(&out, s->ask, &in, &any, NULL) == SOTER_OK);
	soter_authkey_free(&out);
}

static void
whole_result(struct subject *s)
{
	const struct soter_result_expect want = { .key = any,
		.challenge = { (const uint8_t *)"order-1", 7 } };
	struct soter_signed in = phone_signed(&s->result);
	struct soter_result out;

	MUST(soter_result_accept(&out, s->verifier, &in, &want, NULL) ==
	    SOTER_OK);
}

/* What people write today: EVP, with the key kept or read each time. */
static void
evp_verify(EVP_PKEY *pkey, struct subject *s)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	MUST(ctx != NULL);
	MUST(EVP_DigestVerifyInit(ctx, &pctx, EVP_sha256(), NULL, pkey) == 1);
	MUST(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1);
	MUST(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 20) == 1);
	MUST(EVP_DigestVerify(ctx, s->authkey.sig, 256, s->authkey.text,
		 s->authkey.text_n) == 1);
	EVP_MD_CTX_free(ctx);
}

static void
evp_kept(struct subject *s)
{
	evp_verify(s->pkey, s);
}

static void
evp_pem(struct subject *s)
{
	BIO *bio = BIO_new_mem_buf(s->pem, (int)s->pem_n);
	EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

	MUST(pkey != NULL);
	evp_verify(pkey, s);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
}

static const struct {
	const char *name;
	void (*run)(struct subject *);
	double aim; /* ratio to bare; 0 where none is set */
} cases[] = {
	{ "bare: encrypt, no padding", bare_encrypt, 0 },
	{ "bare: recover, no padding", bare_recover, 0 },
	{ "prepared key", prepared_key, 0.85 },
	{ "stored n and e", stored_numbers, 0.60 },
	{ "DER each time", der_each_time, 0 },
	{ "PEM each time", pem_each_time, 0 },
	{ "whole AuthKey check, JSON", whole_authkey, 0.75 },
	{ "whole result check, JSON", whole_result, 0 },
	{ "EVP of OpenSSL, key kept", evp_kept, 0 },
	{ "EVP of OpenSSL, PEM each time", evp_pem, 0 },
};

#define CASES SOTER_COUNT(cases)

static void
prepare(struct subject *s, struct rsa_maker *below)
{
	struct soter_writer der = soter_writer(s->der, sizeof(s->der));
	struct soter_writer pem = soter_writer(s->pem, sizeof(s->pem));
	struct soter_result_json x = phone_result_json(12);
	struct soter_key_record record = { .kind = SOTER_RECORD_ASK,
		.cls = SOTER_CLASS_TEST,
		.e = 65537,
		.cpu_id = PHONE_CPU_ID,
		.uid = PHONE_UID };

	rsa_make(&s->rsa, 2048);
	phone_key(&s->authkey, &s->rsa, below, 11, -1, 20);
	phone_result(&s->result, &s->rsa, &x, "order-1", 20);
	MUST(soter_spki_write(&der, &s->rsa.pub) == SOTER_OK);
	MUST(soter_spki_write_pem(&pem, &s->rsa.pub) == SOTER_OK);
	s->der_n = der.len;
	s->pem_n = pem.len;
	MUST(soter_pubkey_new(&s->prepared, soter_span(s->der, s->der_n)) ==
	    SOTER_OK);
	memcpy(record.n, s->rsa.pub.n, sizeof(record.n));
	MUST(soter_ask_restore(&s->ask, &record) == SOTER_OK);
	record.kind = SOTER_RECORD_AUTHKEY;
	MUST(soter_authkey_restore(&s->verifier, &record) == SOTER_OK);

	s->pkey = rsa_evp(&s->rsa);
	s->encrypt = EVP_PKEY_CTX_new(s->pkey, NULL);
	s->recover = EVP_PKEY_CTX_new(s->pkey, NULL);
	MUST(EVP_PKEY_encrypt_init(s->encrypt) == 1);
	MUST(EVP_PKEY_CTX_set_rsa_padding(s->encrypt, RSA_NO_PADDING) == 1);
	MUST(EVP_PKEY_verify_recover_init(s->recover) == 1);
	MUST(EVP_PKEY_CTX_set_rsa_padding(s->recover, RSA_NO_PADDING) == 1);
}

static void
drop(struct subject *s)
{
	EVP_PKEY_CTX_free(s->encrypt);
	EVP_PKEY_CTX_free(s->recover);
	EVP_PKEY_free(s->pkey);
	soter_pubkey_free(&s->prepared);
	soter_ask_free(&s->ask);
	soter_authkey_free(&s->verifier);
	rsa_drop(&s->rsa);
}

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return ((double)t.tv_sec + (double)t.tv_nsec * 1e-9);
}

static double
per_second(void (*run)(struct subject *))
{
	double start = now_s();

	for (int i = 0; i < BATCH; i++)
		run(&subjects[i % KEYS]);
	return (BATCH / (now_s() - start));
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static double
median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(values[0]), compare);
	return (values[ROUNDS / 2]);
}

int
main(void)
{
	static double speed[CASES][ROUNDS], ratio[CASES][ROUNDS];
	struct rsa_maker below;

	rsa_make(&below, 2048);
	for (size_t i = 0; i < KEYS; i++)
		prepare(&subjects[i], &below);
	for (int round = -1; round < ROUNDS; round++) { /* -1 warms up */
		double bare;

		for (size_t c = 0; c < CASES; c++) {
			double v = per_second(cases[c].run);

			speed[c][round < 0 ? 0 : round] = v;
		}
		if (round < 0)
			continue;
		bare = speed[0][round] > speed[1][round] ? speed[0][round]
							 : speed[1][round];
		for (size_t c = 0; c < CASES; c++)
			ratio[c][round] = speed[c][round] / bare;
	}
	printf("%-32s %12s %8s %6s\n", "one core, RSA-2048, e = 65537",
	    "per second", "ratio", "aim");
	for (size_t c = 0; c < CASES; c++) {
		printf("%-32s %12.0f %8.2f", cases[c].name, median(speed[c]),
		    median(ratio[c]));
		if (cases[c].aim > 0)
			printf(" %6.2f", cases[c].aim);
		printf("\n");
	}
	for (size_t i = 0; i < KEYS; i++)
		drop(&subjects[i]);
	rsa_drop(&below);
	return (0);
}
