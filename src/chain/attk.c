/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/attk.h"
#include "wire/spki.h"

#include <stdlib.h>

enum soter_rc
soter_pubkey_new(struct soter_pubkey **out, struct soter_span in)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA, .e = 65537 };

	if (in.n == SOTER_RSA_LEN) {
		key.n_len = SOTER_RSA_LEN;
		soter_copy(key.n, in.p, in.n);
	} else if (soter_span_starts(in, SOTER_SPAN("-----BEGIN ")))
		TRY(soter_spki_parse_pem(&key, in));
	else
		TRY(soter_spki_parse(&key, in));
	return (soter_pubkey_make(out, &key));
}

/* It becomes a C text: behind a NUL, another device could be named. */
static bool
is_device_id(struct soter_span id)
{
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] == '\0')
			return (false);
	return (id.n > 0 && id.n <= SOTER_CPU_ID_MAX);
}

static bool
is_sound(const struct soter_attk_record *r)
{
	return (is_device_id(r->device_id) &&
	    (r->cls == SOTER_CLASS_TEST || r->cls == SOTER_CLASS_PRODUCTION) &&
	    (r->status == SOTER_ROOT_ACTIVE ||
		r->status == SOTER_ROOT_SUSPENDED ||
		r->status == SOTER_ROOT_REVOKED));
}

enum soter_rc
soter_attk_new(struct soter_attk **out, const struct soter_attk_record *record)
{
	struct soter_attk *attk = NULL;
	enum soter_rc rc = SOTER_E_ARGUMENT;

	if (!is_sound(record))
		goto out;
	rc = SOTER_E_NOMEM;
	if ((attk = calloc(1, sizeof(*attk))) == NULL)
		goto out;
	if ((rc = soter_pubkey_new(&attk->key, record->key)) != SOTER_OK)
		goto out;
	attk->cls = record->cls;
	attk->status = record->status;
	attk->attk_version = record->attk_version;
	soter_copy(attk->device_id, record->device_id.p, record->device_id.n);

	*out = attk; /* ownership moves to the caller */
	attk = NULL;
out:
	soter_attk_free(&attk);
	return (rc);
}

const struct soter_pubkey *
soter_attk_key(const struct soter_attk *attk)
{
	return (attk->key);
}

void
soter_attk_free(struct soter_attk **attk)
{
	if (*attk == NULL)
		return;
	soter_pubkey_free(&(*attk)->key);
	free(*attk);
	*attk = NULL;
}
