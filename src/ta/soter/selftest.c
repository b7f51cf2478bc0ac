/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/selftest.h"
#include "ta/soter/rsa.h"

static struct {
	bool is_good;
	uint64_t at_ms; /* TEE time */
} last;

void
ta_selftest_reset(void)
{
	soter_wipe(&last, sizeof(last));
}

static uint64_t
now_ms(void)
{
	TEE_Time now;

	TEE_GetSystemTime(&now);
	return ((uint64_t)now.seconds * 1000 + now.millis);
}

static enum soter_rc
try_key(TEE_ObjectHandle key)
{
	uint8_t sig[SOTER_SIG_LEN];
	struct soter_span signature = soter_span(sig, sizeof(sig));

	TRY(ta_rsa_sign(sig, key, SOTER_SPAN("signed")));
	TRY(ta_rsa_verify(key, SOTER_TA_SALT, SOTER_SPAN("signed"), signature));
	if (ta_rsa_verify(key, SOTER_TA_SALT, SOTER_SPAN("changed"),
		signature) != SOTER_E_SIGNATURE)
		return (SOTER_E_OTHERS);
	return (SOTER_OK);
}

enum soter_rc
ta_selftest(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	uint64_t now = now_ms();
	enum soter_rc rc;

	(void)caller;
	(void)x;
	(void)reply;
	/* A clock that went back has not kept the time. */
	if (last.is_good && now >= last.at_ms &&
	    now - last.at_ms < SOTER_SELF_TEST_MS)
		return (SOTER_OK);
	TRY(ta_rsa_make(&key));
	rc = try_key(key);
	TEE_FreeTransientObject(key);
	last.is_good = rc == SOTER_OK;
	last.at_ms = now;
	return (rc);
}
