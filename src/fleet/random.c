/* SPDX-License-Identifier: BSD-3-Clause */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "fleet/random.h"

#define AHEAD	    8192 /* bytes made at once */
#define PURPOSE_MAX 64

struct fleet_random {
	EVP_CIPHER_CTX *ctx;
	size_t used; /* of ahead */
	uint8_t ahead[AHEAD];
};

static const uint8_t zeros[AHEAD];

static enum soter_rc
derive(uint8_t key[SOTER_SHA256_LEN], uint64_t seed, const char *purpose)
{
	uint8_t text[8 + PURPOSE_MAX];
	struct soter_writer w = soter_writer(text, sizeof(text));

	TRY(soter_write_le64(&w, seed));
	TRY(soter_write(&w, soter_text(purpose)));
	return (soter_sha256(key, soter_written(&w)));
}

enum soter_rc
fleet_random_new(struct fleet_random **out, uint64_t seed, const char *purpose)
{
	struct fleet_random *r = calloc(1, sizeof(*r));
	uint8_t key[SOTER_SHA256_LEN], counter[16] = { 0 };
	enum soter_rc rc = SOTER_E_NOMEM;

	if (r == NULL || (r->ctx = EVP_CIPHER_CTX_new()) == NULL)
		goto out;
	if ((rc = derive(key, seed, purpose)) != SOTER_OK)
		goto out;
	rc = SOTER_E_ENGINE;
	if (EVP_EncryptInit_ex(r->ctx, EVP_aes_256_ctr(), NULL, key, counter) !=
	    1)
		goto out;
	r->used = AHEAD;
	*out = r;
	r = NULL;
	rc = SOTER_OK;
out:
	fleet_random_free(&r);
	return (rc);
}

static enum soter_rc
refill(struct fleet_random *r)
{
	int n = 0;

	if (EVP_EncryptUpdate(r->ctx, r->ahead, &n, zeros, AHEAD) != 1 ||
	    n != AHEAD)
		return (SOTER_E_ENGINE);
	r->used = 0;
	return (SOTER_OK);
}

enum soter_rc
fleet_random_take(struct fleet_random *r, void *out, size_t n)
{
	uint8_t *p = out;

	while (n > 0) {
		size_t now;

		if (r->used == AHEAD)
			TRY(refill(r));
		now = n < AHEAD - r->used ? n : AHEAD - r->used;
		memcpy(p, r->ahead + r->used, now);
		r->used += now;
		p += now;
		n -= now;
	}
	return (SOTER_OK);
}

void
fleet_random_free(struct fleet_random **r)
{
	if (*r == NULL)
		return;
	EVP_CIPHER_CTX_free((*r)->ctx);
	free(*r);
	*r = NULL;
}
