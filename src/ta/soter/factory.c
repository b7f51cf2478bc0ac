/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/factory.h"
#include "ta/soter/state.h"

/*
 * The modulus in 512 hex digits, as `openssl rsa -pubin -noout -modulus` prints
 * it.
 */
#ifdef SOTER_TA_FACTORY_KEY
static const char factory_key[] = SOTER_TA_FACTORY_KEY;
_Static_assert(sizeof(factory_key) == 2 * SOTER_RSA_LEN + 1, "factory key");
#else
static const char factory_key[] = "";
#endif

static struct {
	bool is_given;
	uint8_t p[SOTER_FACTORY_NONCE_LEN];
} nonce;

void
ta_factory_reset(void)
{
	soter_wipe(&nonce, sizeof(nonce));
}

uint32_t
ta_factory_has_key(void)
{
	return (factory_key[0] != '\0' ? 1 : 0);
}

enum soter_rc
ta_factory_nonce(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	(void)caller;
	(void)x;
	TEE_GenerateRandom(nonce.p, sizeof(nonce.p));
	nonce.is_given = true;
	return (soter_write(reply, soter_span(nonce.p, sizeof(nonce.p))));
}

/* Everything that the maker must have signed. */
static enum soter_rc
write_text(struct soter_writer *w, enum soter_factory_purpose purpose)
{
	char cpu_id[SOTER_DEVICE_ID_LEN + 1] = "";

	if (!nonce.is_given)
		return (SOTER_E_ACCESS);
	nonce.is_given = false;
	if (ta_state()->is_provisioned)
		ta_state_cpu_id(cpu_id);
	return (soter_factory_text_write(w, purpose, soter_text(cpu_id),
	    soter_span(nonce.p, sizeof(nonce.p))));
}

static enum soter_rc
load_key(TEE_ObjectHandle *out)
{
	uint8_t modulus[SOTER_RSA_LEN];

	if (factory_key[0] == '\0')
		return (SOTER_E_ACCESS);
	for (size_t i = 0; i < sizeof(modulus); i++)
		modulus[i] =
		    (uint8_t)(soter_hex_digit((uint8_t)factory_key[2 * i])
			    << 4 |
			soter_hex_digit((uint8_t)factory_key[2 * i + 1]));
	return (ta_rsa_load(out, modulus));
}

enum soter_rc
ta_factory_check(enum soter_factory_purpose purpose, struct soter_span token)
{
	uint8_t text[SOTER_FACTORY_TEXT_LEN];
	struct soter_writer w = soter_writer(text, sizeof(text));
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	enum soter_rc rc;

	TRY(write_text(&w, purpose));
	TRY(load_key(&key));
	rc = ta_rsa_verify(key, SOTER_FACTORY_SALT, soter_written(&w), token);
	TEE_FreeTransientObject(key);
	return (rc == SOTER_E_SIGNATURE ? SOTER_E_ACCESS : rc);
}
