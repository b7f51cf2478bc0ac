/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/bound.h"

#include <stdlib.h>

static enum soter_rc
accept(struct soter_bound *out, const struct soter_bound *ask,
    const struct soter_signed *in, const struct soter_expect *want,
    struct soter_report *why)
{
	struct soter_signer signer = soter_bound_signer(ask);

	TRY(soter_link_expect(want));
	TRY(soter_link_signature(signer.key, in, why));
	TRY(soter_bound_accept(out, &signer, in->text, want, why));
	out->attk_version = ask->attk_version;
	return (SOTER_OK);
}

enum soter_rc
soter_authkey_accept(struct soter_authkey **out, const struct soter_ask *ask,
    const struct soter_signed *in, const struct soter_expect *want,
    struct soter_report *why)
{
	struct soter_report unseen;
	struct soter_authkey *authkey = NULL;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (why == NULL)
		why = &unseen;
	soter_report_begin(why, SOTER_LINK_AUTHKEY);
	if ((authkey = calloc(1, sizeof(*authkey))) == NULL)
		goto out;
	rc = accept(&authkey->bound, &ask->bound, in, want, why);
	if (rc != SOTER_OK)
		goto out;

	*out = authkey; /* ownership moves to the caller */
	authkey = NULL;
out:
	soter_authkey_free(&authkey);
	return (why->rc = rc);
}

void
soter_authkey_record(const struct soter_authkey *authkey,
    struct soter_key_record *out)
{
	soter_bound_record(&authkey->bound, SOTER_RECORD_AUTHKEY, out);
}

enum soter_rc
soter_authkey_restore(struct soter_authkey **out,
    const struct soter_key_record *record)
{
	struct soter_authkey *authkey = NULL;
	enum soter_rc rc = SOTER_E_NOMEM;

	if ((authkey = calloc(1, sizeof(*authkey))) == NULL)
		goto out;
	rc = soter_bound_restore(&authkey->bound, SOTER_RECORD_AUTHKEY, record);
	if (rc != SOTER_OK)
		goto out;

	*out = authkey; /* ownership moves to the caller */
	authkey = NULL;
out:
	soter_authkey_free(&authkey);
	return (rc);
}

const struct soter_pubkey *
soter_authkey_key(const struct soter_authkey *authkey)
{
	return (authkey->bound.key);
}

void
soter_authkey_free(struct soter_authkey **authkey)
{
	if (*authkey == NULL)
		return;
	soter_pubkey_free(&(*authkey)->bound.key);
	free(*authkey);
	*authkey = NULL;
}
