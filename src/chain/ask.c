/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/attk.h"
#include "chain/bound.h"

#include <stdlib.h>

/*
 * Which version of the device's root signed this?  If the same key is there
 * twice, the worse status counts.  The answer of the last one stands if none
 * signed it.
 */
static enum soter_rc
find_root(const struct soter_attk **out, const struct soter_attk *const *roots,
    size_t n, const struct soter_signed *in, struct soter_report *why)
{
	const struct soter_attk *found = NULL;
	enum soter_rc rc = SOTER_E_ATTK_UNKNOWN;

	for (size_t i = 0; i < n; i++) {
		if (found != NULL && found->status >= roots[i]->status)
			continue;
		rc = soter_link_signature(roots[i]->key, in, why);
		if (rc == SOTER_OK)
			found = roots[i];
		else if (rc != SOTER_E_SIGNATURE)
			return (rc);
	}
	if (found == NULL)
		return (rc);
	*out = found;
	return (SOTER_OK);
}

static enum soter_rc
check_status(enum soter_root_status status)
{
	if (status == SOTER_ROOT_ACTIVE)
		return (SOTER_OK);
	return (status == SOTER_ROOT_SUSPENDED ? SOTER_E_ATTK_SUSPENDED
					       : SOTER_E_ATTK_REVOKED);
}

static enum soter_rc
accept(struct soter_bound *out, const struct soter_attk *const *roots, size_t n,
    const struct soter_signed *in, const struct soter_expect *want,
    struct soter_report *why)
{
	const struct soter_attk *root = NULL;
	struct soter_signer signer;

	TRY(soter_link_expect(want));
	TRY(find_root(&root, roots, n, in, why));
	why->attk_version = root->attk_version;
	TRY(check_status(root->status));
	signer = (struct soter_signer){ .key = root->key,
		.cls = root->cls,
		.cpu_id = root->device_id };
	TRY(soter_bound_accept(out, &signer, in->text, want, why));
	out->attk_version = root->attk_version;
	return (SOTER_OK);
}

enum soter_rc
soter_ask_accept(struct soter_ask **out, const struct soter_attk *const *roots,
    size_t n, const struct soter_signed *in, const struct soter_expect *want,
    struct soter_report *why)
{
	struct soter_report unseen;
	struct soter_ask *ask = NULL;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (why == NULL)
		why = &unseen;
	soter_report_begin(why, SOTER_LINK_ASK);
	if ((ask = calloc(1, sizeof(*ask))) == NULL)
		goto out;
	rc = accept(&ask->bound, roots, n, in, want, why);
	if (rc != SOTER_OK)
		goto out;

	*out = ask; /* ownership moves to the caller */
	ask = NULL;
out:
	soter_ask_free(&ask);
	return (why->rc = rc);
}

void
soter_ask_record(const struct soter_ask *ask, struct soter_key_record *out)
{
	soter_bound_record(&ask->bound, SOTER_RECORD_ASK, out);
}

enum soter_rc
soter_ask_restore(struct soter_ask **out, const struct soter_key_record *record)
{
	struct soter_ask *ask = NULL;
	enum soter_rc rc = SOTER_E_NOMEM;

	if ((ask = calloc(1, sizeof(*ask))) == NULL)
		goto out;
	rc = soter_bound_restore(&ask->bound, SOTER_RECORD_ASK, record);
	if (rc != SOTER_OK)
		goto out;

	*out = ask; /* ownership moves to the caller */
	ask = NULL;
out:
	soter_ask_free(&ask);
	return (rc);
}

const struct soter_pubkey *
soter_ask_key(const struct soter_ask *ask)
{
	return (ask->bound.key);
}

void
soter_ask_free(struct soter_ask **ask)
{
	if (*ask == NULL)
		return;
	soter_pubkey_free(&(*ask)->bound.key);
	free(*ask);
	*ask = NULL;
}
