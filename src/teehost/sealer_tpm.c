/* SPDX-License-Identifier: BSD-3-Clause */
#include <openssl/rand.h>
#include <tss2/tss2_mu.h>

#include "teehost/keyfile.h"
#include "teehost/sealer.h"
#include "teehost/tpm.h"

/*
 * The file "device.sealed": the public and the private part of a sealed object
 * below the TPM's storage root key, as TPM2B_PUBLIC and TPM2B_PRIVATE.
 */
#define FILE_NAME "device.sealed"

struct job {
	uint8_t key[TEEHOST_KEY_LEN];
	TPM2B_PUBLIC public;
	TPM2B_PRIVATE private;
};

static const TPM2B_PUBLIC sealed_template = {
	.publicArea = {
		.type = TPM2_ALG_KEYEDHASH,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
		    TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH |
		    TPMA_OBJECT_NODA,
		.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
	},
};

static TSS2_RC
begin(ESYS_CONTEXT *esys, ESYS_TR *root, ESYS_TR *session)
{
	TSS2_RC code = teehost_tpm_root(esys, root);

	if (code == TSS2_RC_SUCCESS)
		code = teehost_tpm_session(esys, *root, session);
	return (code);
}

/* Seal job->key; it crosses the bus encrypted for the root key. */
static TSS2_RC
seal(ESYS_CONTEXT *esys, void *arg)
{
	struct job *job = arg;
	ESYS_TR root = ESYS_TR_NONE, session = ESYS_TR_NONE;
	TPM2B_SENSITIVE_CREATE secret = { .sensitive.data.size =
					      TEEHOST_KEY_LEN };
	const TPML_PCR_SELECTION no_pcr = { .count = 0 };
	const TPM2B_DATA nothing = { .size = 0 };
	TPM2B_PRIVATE *private = NULL;
	TPM2B_PUBLIC *public = NULL;
	TSS2_RC code;

	soter_copy(secret.sensitive.data.buffer, job->key, TEEHOST_KEY_LEN);
	code = begin(esys, &root, &session);
	if (code == TSS2_RC_SUCCESS)
		code = teehost_tpm_encrypt(esys, session, true, false);
	if (code == TSS2_RC_SUCCESS)
		code = Esys_Create(esys, root, session, ESYS_TR_NONE,
		    ESYS_TR_NONE, &secret, &sealed_template, &nothing, &no_pcr,
		    &private, &public, NULL, NULL, NULL);
	if (code == TSS2_RC_SUCCESS) {
		job->private = *private;
		job->public = *public;
	}
	teehost_tpm_flush(esys, &session);
	teehost_tpm_flush(esys, &root);
	soter_wipe(&secret, sizeof(secret));
	Esys_Free(private);
	Esys_Free(public);
	return (code);
}

static TSS2_RC
unseal_blob(ESYS_CONTEXT *esys, void *arg)
{
	struct job *job = arg;
	ESYS_TR root = ESYS_TR_NONE, session = ESYS_TR_NONE;
	ESYS_TR sealed = ESYS_TR_NONE;
	TPM2B_SENSITIVE_DATA *data = NULL;
	TSS2_RC code;

	code = begin(esys, &root, &session);
	if (code == TSS2_RC_SUCCESS)
		code = teehost_tpm_encrypt(esys, session, false, false);
	if (code == TSS2_RC_SUCCESS)
		code = Esys_Load(esys, root, session, ESYS_TR_NONE,
		    ESYS_TR_NONE, &job->private, &job->public, &sealed);
	if (code == TSS2_RC_SUCCESS)
		code = teehost_tpm_encrypt(esys, session, false, true);
	if (code == TSS2_RC_SUCCESS)
		code = Esys_Unseal(esys, sealed, session, ESYS_TR_NONE,
		    ESYS_TR_NONE, &data);
	if (code == TSS2_RC_SUCCESS && data->size != TEEHOST_KEY_LEN)
		code = TPM2_RC_INTEGRITY;
	if (code == TSS2_RC_SUCCESS)
		soter_copy(job->key, data->buffer, TEEHOST_KEY_LEN);
	teehost_tpm_flush(esys, &sealed);
	teehost_tpm_flush(esys, &session);
	teehost_tpm_flush(esys, &root);
	if (data != NULL)
		soter_wipe(data, sizeof(*data));
	Esys_Free(data);
	return (code);
}

static enum soter_rc
blob_write(struct soter_writer *w, const struct job *job)
{
	size_t at = w->len;

	if (Tss2_MU_TPM2B_PUBLIC_Marshal(&job->public, w->p, w->cap, &at) !=
		TSS2_RC_SUCCESS ||
	    Tss2_MU_TPM2B_PRIVATE_Marshal(&job->private, w->p, w->cap, &at) !=
		TSS2_RC_SUCCESS)
		return (SOTER_E_NOSPACE);
	w->len = at;
	return (SOTER_OK);
}

static enum soter_rc
blob_parse(struct job *job, struct soter_span blob)
{
	size_t at = 0;

	/* What is read into has to be empty. */
	job->public.size = 0;
	job->private.size = 0;
	if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(blob.p, blob.n, &at, &job->public) !=
		TSS2_RC_SUCCESS ||
	    Tss2_MU_TPM2B_PRIVATE_Unmarshal(blob.p, blob.n, &at,
		&job->private) != TSS2_RC_SUCCESS ||
	    at != blob.n)
		return (SOTER_E_CORRUPT);
	return (SOTER_OK);
}

/* Open what is in the blob. */
static enum soter_rc
blob_open(const char *conf, struct job *job, struct soter_span blob)
{
	TRY(blob_parse(job, blob));
	return (teehost_tpm_run(conf, unseal_blob, job));
}

/* A key, and its blob, which was seen to open before anything depends on it. */
static enum soter_rc
blob_make(const char *conf, struct job *job, struct soter_writer *w)
{
	if (RAND_priv_bytes(job->key, sizeof(job->key)) != 1)
		return (SOTER_E_ENGINE);
	TRY(teehost_tpm_run(conf, seal, job));
	TRY(blob_write(w, job));
	return (blob_open(conf, job, soter_written(w)));
}

static enum soter_rc
unseal(struct teehost_disk *disk, const char *conf,
    uint8_t key[TEEHOST_KEY_LEN])
{
	uint8_t blob[TEEHOST_KEYFILE_MAX];
	struct soter_writer w = soter_writer(blob, sizeof(blob));
	struct job job = { .private.size = 0 };
	enum soter_rc rc;

	rc = teehost_keyfile_read(disk, FILE_NAME, &w);
	if (rc == SOTER_OK) {
		rc = blob_open(conf, &job, soter_written(&w));
	} else if (rc == SOTER_E_NOTFOUND) {
		rc = blob_make(conf, &job, &w);
		if (rc == SOTER_OK)
			rc = teehost_keyfile_write(disk, FILE_NAME,
			    soter_written(&w));
	}
	if (rc == SOTER_OK)
		soter_copy(key, job.key, TEEHOST_KEY_LEN);
	soter_wipe(&job, sizeof(job));
	return (rc);
}

const struct teehost_sealer_ops teehost_sealer_tpm = {
	.name = "tpm",
	.unseal = unseal,
};
