/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/rc.h"
#include "teehost/sealer.h"

static const struct teehost_sealer_ops *const sealers[] = {
	&teehost_sealer_file,
#ifdef TEEHOST_TPM
	&teehost_sealer_tpm,
#endif
};

const struct teehost_sealer_ops *
teehost_sealer_find(const char *name)
{
	for (size_t i = 0; i < SOTER_COUNT(sealers); i++)
		if (strcmp(sealers[i]->name, name) == 0)
			return (sealers[i]);
	return (NULL);
}

#define INFO_LEN_MAX 128

/* "SOTER teehost" 00 purpose 00 who: no two pairs give the same text. */
static enum soter_rc
write_info(struct soter_writer *w, const char *purpose, struct soter_span who)
{
	TRY(soter_write(w, SOTER_SPAN("SOTER teehost")));
	TRY(soter_write_u8(w, 0));
	TRY(soter_write(w, soter_span(purpose, strlen(purpose))));
	TRY(soter_write_u8(w, 0));
	return (soter_write(w, who));
}

static enum soter_rc
hkdf(uint8_t out[TEEHOST_KEY_LEN], const uint8_t key[TEEHOST_KEY_LEN],
    struct soter_span info)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
		    (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
		    (void *)(uintptr_t)key, TEEHOST_KEY_LEN),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
		    (void *)(uintptr_t)info.p, info.n),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	enum soter_rc rc = SOTER_E_ENGINE;

	if (ctx != NULL &&
	    EVP_KDF_derive(ctx, out, TEEHOST_KEY_LEN, params) == 1)
		rc = SOTER_OK;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return (rc);
}

enum soter_rc
teehost_key_derive(uint8_t out[TEEHOST_KEY_LEN],
    const uint8_t device_key[TEEHOST_KEY_LEN], const char *purpose,
    struct soter_span who)
{
	uint8_t info[INFO_LEN_MAX];
	struct soter_writer w = soter_writer(info, sizeof(info));

	TRY(write_info(&w, purpose, who));
	return (hkdf(out, device_key, soter_written(&w)));
}
