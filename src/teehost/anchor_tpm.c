/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "teehost/anchor.h"
#include "teehost/tpm.h"

/*
 * The NV index of an owner.  Its number and a label come from the password and
 * the owner: two services on one TPM do not meet.  The label stands where the
 * index' policy would, which nothing uses, because no attribute says that a
 * policy may authorise anything.  Should a number be taken by something else,
 * the next of PLACES is.
 */
#define FIRST_HANDLE 0x01800000u /* of those that the owner gives away */
#define HANDLE_MASK  0x003ffff8u
#define PLACES	     8
#define LABEL_LEN    32

#define ATTRIBUTES                                              \
	(TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA | \
	    (TPM2_NT_EXTEND << TPMA_NV_TPM2_NT_SHIFT))

struct anchor_tpm {
	struct teehost_anchor anchor;
	char *tcti; /* owned */
	TPM2B_AUTH auth;
	uint8_t label[LABEL_LEN];
};

/* One reading or step. */
struct job {
	const struct anchor_tpm *anchor;
	const uint8_t *digest; /* to extend with */
	uint8_t value[TEEHOST_ANCHOR_LEN];
	ESYS_TR index;	      /* ESYS_TR_NONE if there is none */
	TPM2_HANDLE free_one; /* where it can be made; 0 if nowhere */
	bool is_written;
};

static struct anchor_tpm *
tpm_of(struct teehost_anchor *anchor)
{
	return ((struct anchor_tpm *)anchor);
}

static TPM2_HANDLE
first_place(const struct anchor_tpm *a)
{
	uint32_t number = (uint32_t)a->label[0] << 24 |
	    (uint32_t)a->label[1] << 16 | (uint32_t)a->label[2] << 8 |
	    a->label[3];

	return (FIRST_HANDLE | (number & HANDLE_MASK));
}

/* Is the index at this handle ours?  Then job->index is set. */
static TSS2_RC
look_at(ESYS_CONTEXT *esys, struct job *job, TPM2_HANDLE handle)
{
	TPM2B_NV_PUBLIC *public = NULL;
	ESYS_TR index = ESYS_TR_NONE;
	const TPMS_NV_PUBLIC *p;
	TSS2_RC code;

	code = Esys_TR_FromTPMPublic(esys, handle, ESYS_TR_NONE, ESYS_TR_NONE,
	    ESYS_TR_NONE, &index);
	if (code == TSS2_RC_SUCCESS)
		code = Esys_NV_ReadPublic(esys, index, ESYS_TR_NONE,
		    ESYS_TR_NONE, ESYS_TR_NONE, &public, NULL);
	if (code != TSS2_RC_SUCCESS)
		goto out;
	p = &public->nvPublic;
	if ((p->attributes & ~TPMA_NV_WRITTEN) == ATTRIBUTES &&
	    p->nameAlg == TPM2_ALG_SHA256 && p->authPolicy.size == LABEL_LEN &&
	    memcmp(p->authPolicy.buffer, job->anchor->label, LABEL_LEN) == 0) {
		job->index = index;
		job->is_written = (p->attributes & TPMA_NV_WRITTEN) != 0;
		index = ESYS_TR_NONE;
	}
out:
	if (index != ESYS_TR_NONE)
		(void)Esys_TR_Close(esys, &index);
	Esys_Free(public);
	return (code);
}

static TSS2_RC
find_index(ESYS_CONTEXT *esys, struct job *job)
{
	TPM2_HANDLE first = first_place(job->anchor);
	TPMS_CAPABILITY_DATA *data = NULL;
	const TPML_HANDLE *taken;
	TPMI_YES_NO more;
	TSS2_RC code;
	UINT32 at = 0;

	job->index = ESYS_TR_NONE;
	job->free_one = 0;
	/* Ascending, from the first on. */
	code = Esys_GetCapability(esys, ESYS_TR_NONE, ESYS_TR_NONE,
	    ESYS_TR_NONE, TPM2_CAP_HANDLES, first, PLACES, &more, &data);
	if (code != TSS2_RC_SUCCESS)
		goto out;
	taken = &data->data.handles;
	for (TPM2_HANDLE h = first;
	     h < first + PLACES && job->index == ESYS_TR_NONE; h++) {
		if (at == taken->count || taken->handle[at] != h) {
			if (job->free_one == 0)
				job->free_one = h;
			continue;
		}
		at++;
		code = look_at(esys, job, h);
		if (code != TSS2_RC_SUCCESS)
			goto out;
	}
	if (job->index != ESYS_TR_NONE)
		code = Esys_TR_SetAuth(esys, job->index, &job->anchor->auth);
out:
	Esys_Free(data);
	return (code);
}

/* The password travels to the TPM this once, encrypted for its root key. */
static TSS2_RC
make_index(ESYS_CONTEXT *esys, struct job *job)
{
	ESYS_TR root = ESYS_TR_NONE, session = ESYS_TR_NONE;
	TPM2B_NV_PUBLIC public = { .nvPublic = {
				       .nvIndex = job->free_one,
				       .nameAlg = TPM2_ALG_SHA256,
				       .attributes = ATTRIBUTES,
				       .authPolicy.size = LABEL_LEN,
				       .dataSize = TEEHOST_ANCHOR_LEN,
				   } };
	TSS2_RC code;

	if (job->free_one == 0)
		return (TPM2_RC_NV_SPACE);
	soter_copy(public.nvPublic.authPolicy.buffer, job->anchor->label,
	    LABEL_LEN);
	code = teehost_tpm_root(esys, &root);
	if (code == TSS2_RC_SUCCESS)
		code = teehost_tpm_session(esys, root, &session);
	if (code == TSS2_RC_SUCCESS)
		code = teehost_tpm_encrypt(esys, session, true, false);
	if (code == TSS2_RC_SUCCESS)
		code = Esys_NV_DefineSpace(esys, ESYS_TR_RH_OWNER, session,
		    ESYS_TR_NONE, ESYS_TR_NONE, &job->anchor->auth, &public,
		    &job->index);
	teehost_tpm_flush(esys, &session);
	teehost_tpm_flush(esys, &root);
	return (code);
}

static TSS2_RC
read_index(ESYS_CONTEXT *esys, void *arg)
{
	struct job *job = arg;
	TPM2B_MAX_NV_BUFFER *data = NULL;
	ESYS_TR session = ESYS_TR_NONE;
	TSS2_RC code;

	memset(job->value, 0, sizeof(job->value));
	code = find_index(esys, job);
	if (code != TSS2_RC_SUCCESS || job->index == ESYS_TR_NONE ||
	    !job->is_written)
		return (code);
	code = teehost_tpm_session(esys, ESYS_TR_NONE, &session);
	if (code == TSS2_RC_SUCCESS)
		code = teehost_tpm_encrypt(esys, session, false, false);
	if (code == TSS2_RC_SUCCESS)
		code = Esys_NV_Read(esys, job->index, job->index, session,
		    ESYS_TR_NONE, ESYS_TR_NONE, TEEHOST_ANCHOR_LEN, 0, &data);
	if (code == TSS2_RC_SUCCESS && data->size != TEEHOST_ANCHOR_LEN)
		code = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	if (code == TSS2_RC_SUCCESS)
		soter_copy(job->value, data->buffer, TEEHOST_ANCHOR_LEN);
	teehost_tpm_flush(esys, &session);
	Esys_Free(data);
	return (code);
}

static TSS2_RC
extend_index(ESYS_CONTEXT *esys, void *arg)
{
	struct job *job = arg;
	TPM2B_MAX_NV_BUFFER data = { .size = TEEHOST_ANCHOR_LEN };
	ESYS_TR session = ESYS_TR_NONE;
	TSS2_RC code;

	soter_copy(data.buffer, job->digest, TEEHOST_ANCHOR_LEN);
	code = find_index(esys, job);
	if (code == TSS2_RC_SUCCESS && job->index == ESYS_TR_NONE)
		code = make_index(esys, job);
	if (code == TSS2_RC_SUCCESS)
		code = teehost_tpm_session(esys, ESYS_TR_NONE, &session);
	if (code == TSS2_RC_SUCCESS)
		code = teehost_tpm_encrypt(esys, session, false, false);
	if (code == TSS2_RC_SUCCESS)
		code = Esys_NV_Extend(esys, job->index, job->index, session,
		    ESYS_TR_NONE, ESYS_TR_NONE, &data);
	teehost_tpm_flush(esys, &session);
	return (code);
}

static enum soter_rc
tpm_read(struct teehost_anchor *anchor, uint8_t value[TEEHOST_ANCHOR_LEN])
{
	struct job job = { .anchor = tpm_of(anchor) };

	TRY(teehost_tpm_run(job.anchor->tcti, read_index, &job));
	soter_copy(value, job.value, sizeof(job.value));
	return (SOTER_OK);
}

static enum soter_rc
tpm_extend(struct teehost_anchor *anchor,
    const uint8_t digest[TEEHOST_ANCHOR_LEN])
{
	struct job job = { .anchor = tpm_of(anchor), .digest = digest };

	return (teehost_tpm_run(job.anchor->tcti, extend_index, &job));
}

static void
tpm_close(struct teehost_anchor **anchor)
{
	struct anchor_tpm *a;

	if (*anchor == NULL)
		return;
	a = tpm_of(*anchor);
	free(a->tcti);
	soter_wipe(a, sizeof(*a));
	free(a);
	*anchor = NULL;
}

static const struct teehost_anchor_ops tpm_ops = {
	.name = "tpm",
	.protection = 1000,
	.read = tpm_read,
	.extend = tpm_extend,
	.close = tpm_close,
};

static enum soter_rc
make_label(struct anchor_tpm *a, const uint8_t owner[16],
    const uint8_t auth[32])
{
	uint8_t text[64];
	struct soter_writer w = soter_writer(text, sizeof(text));

	TRY(soter_write(&w, SOTER_SPAN("SOTER anchor")));
	TRY(soter_write(&w, soter_span(owner, 16)));
	if (HMAC(EVP_sha256(), auth, 32, w.p, w.len, a->label, NULL) == NULL)
		return (SOTER_E_ENGINE);
	return (SOTER_OK);
}

enum soter_rc
teehost_anchor_tpm(struct teehost_anchor **out, const char *tcti,
    const uint8_t owner[16], const uint8_t auth[32])
{
	struct anchor_tpm *a = calloc(1, sizeof(*a));
	uint8_t value[TEEHOST_ANCHOR_LEN];
	struct teehost_anchor *anchor;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (a == NULL)
		return (rc);
	anchor = &a->anchor;
	a->anchor.ops = &tpm_ops;
	a->auth.size = 32;
	soter_copy(a->auth.buffer, auth, 32);
	a->tcti = strdup(tcti);
	if (a->tcti == NULL)
		goto out;
	rc = make_label(a, owner, auth);
	if (rc == SOTER_OK)
		rc = tpm_read(anchor, value);
	if (rc != SOTER_OK)
		goto out;
	*out = anchor; /* ownership moves to the caller */
	anchor = NULL;
out:
	tpm_close(&anchor);
	return (rc);
}
