/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/link.h"
#include "crypto/pss.h"
#include "wire/sigtext.h"

enum soter_rc
soter_link_signature(const struct soter_pubkey *key,
    const struct soter_signed *in, struct soter_report *why)
{
	uint8_t sig[SOTER_SIG_LEN];
	struct soter_pss pss;

	if (in->text.n > SOTER_SIGNED_MAX)
		return (SOTER_E_LIMIT);
	TRY(soter_sig_parse(sig, in->sig));
	TRY(soter_pss_open(&pss, key, soter_span(sig, sizeof(sig))));
	why->opened = true;
	why->salt_len = pss.salt_len;
	return (soter_pss_match(&pss, in->text));
}

static bool
salt_is_allowed(uint64_t len)
{
	return (len == SOTER_SALT_DEFAULT || len == SOTER_SALT_LONG);
}

enum soter_rc
soter_link_salt(int32_t announced, bool quirk, struct soter_report *why)
{
	uint64_t want =
	    announced < 0 ? SOTER_SALT_DEFAULT : (uint64_t)announced;

	if (salt_is_allowed(want) && why->salt_len == want)
		return (SOTER_OK);
	if (announced < 0 && quirk && why->salt_len == SOTER_SALT_LONG) {
		why->salt_quirk = true;
		return (SOTER_OK);
	}
	return (soter_report_numbers(why, SOTER_E_SALT, "rsa_pss_saltlen",
	    why->salt_len, want));
}

enum soter_rc
soter_link_class(const struct soter_signer *signer,
    const struct soter_expect *want)
{
	return (signer->cls == want->cls ? SOTER_OK : SOTER_E_CLASS);
}

/* The signer's, if it has one, and the caller's, if he has one in mind? */
static bool
is_owned(const char *signers, struct soter_span wanted, const char *text)
{
	return ((signers == NULL ||
		    soter_span_equal(soter_text(signers), soter_text(text))) &&
	    (wanted.n == 0 || soter_span_equal(wanted, soter_text(text))));
}

enum soter_rc
soter_link_owner(const struct soter_signer *signer,
    const struct soter_expect *want, const char *cpu_id, const char *uid,
    struct soter_report *why)
{
	if (!is_owned(signer->cpu_id, want->cpu_id, cpu_id))
		return (soter_report_seen(why, SOTER_E_CPU_ID, "cpu_id",
		    soter_text(cpu_id)));
	if (!is_owned(signer->uid, want->uid, uid))
		return (soter_report_seen(why, SOTER_E_UID, "uid",
		    soter_text(uid)));
	return (SOTER_OK);
}

enum soter_rc
soter_link_counter(const struct soter_expect *want, uint64_t counter,
    struct soter_report *why)
{
	if (!want->has_counter || counter > want->counter_above)
		return (SOTER_OK);
	return (soter_report_numbers(why, SOTER_E_REPLAY, "counter", counter,
	    want->counter_above));
}

enum soter_rc
soter_link_expect(const struct soter_expect *want)
{
	if (want->cls != SOTER_CLASS_TEST &&
	    want->cls != SOTER_CLASS_PRODUCTION)
		return (SOTER_E_ARGUMENT);
	/* Somebody forgot the switch: do not fail open. */
	if (want->counter_above != 0 && !want->has_counter)
		return (SOTER_E_ARGUMENT);
	return (SOTER_OK);
}
