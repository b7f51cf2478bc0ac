/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One prepared AuthKey, many threads: the library has no state that they could
 * disturb.  Runs under the thread sanitizer too.
 */
#include <pthread.h>

#include "tests/unit/phone.h"

#define THREADS 4

static struct soter_authkey *verifier;
static struct phone_object object[2]; /* a good one and a changed one */

static const struct soter_result_expect want = {
	.key = { .cls = SOTER_CLASS_TEST },
	.challenge = { (const uint8_t *)"c", 1 },
};

static void *
verify_often(void *wrong)
{
	int rounds = check_long() ? 20000 : 500;
	unsigned long bad = 0;

	for (int i = 0; i < rounds; i++) {
		struct soter_signed in = phone_signed(&object[i % 2]);
		struct soter_report why;
		struct soter_result out;
		enum soter_rc rc;

		rc = soter_result_accept(&out, verifier, &in, &want, &why);
		bad += rc != (i % 2 == 0 ? SOTER_OK : SOTER_E_SIGNATURE);
		if (rc == SOTER_OK)
			continue;
		soter_diagnose(&why, soter_authkey_key(verifier), &in, NULL, 0);
		bad += why.hints != 1 || why.hint[0].hint != SOTER_HINT_TEXT;
	}
	*(unsigned long *)wrong = bad;
	return (NULL);
}

int
main(void)
{
	struct soter_key_record record = { .kind = SOTER_RECORD_AUTHKEY,
		.cls = SOTER_CLASS_TEST,
		.e = 65537,
		.cpu_id = PHONE_CPU_ID,
		.uid = PHONE_UID };
	struct soter_result_json x = phone_result_json(12);
	unsigned long wrong[THREADS];
	pthread_t thread[THREADS];
	struct rsa_maker authkey;

	rsa_make(&authkey, 2048);
	memcpy(record.n, authkey.pub.n, sizeof(record.n));
	MUST(soter_authkey_restore(&verifier, &record) == SOTER_OK);
	phone_result(&object[0], &authkey, &x, "c", 20);
	object[1] = object[0];
	object[1].text[object[1].text_n - 3] ^= 1;

	check_row("%d threads share one AuthKey", THREADS);
	for (size_t i = 0; i < THREADS; i++)
		MUST(pthread_create(&thread[i], NULL, verify_often,
			 &wrong[i]) == 0);
	for (size_t i = 0; i < THREADS; i++) {
		MUST(pthread_join(thread[i], NULL) == 0);
		CHECK(wrong[i] == 0);
	}
	soter_authkey_free(&verifier);
	rsa_drop(&authkey);
	return (check_done());
}
