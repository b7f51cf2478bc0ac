/* SPDX-License-Identifier: BSD-3-Clause */
#include <signal.h>
#include <time.h>

#include <tss2/tss2_tctildr.h>

#include "teehost/tpm.h"

#define TRIES	    40
#define TRY_WAIT_MS 50

/* The TPM's own code without the number of the parameter that it means. */
static TSS2_RC
tpm_code(TSS2_RC code)
{
	if ((code & TSS2_RC_LAYER_MASK) != TSS2_TPM_RC_LAYER &&
	    (code & TSS2_RC_LAYER_MASK) != TSS2_RESMGR_TPM_RC_LAYER)
		return (0);
	code &= ~TSS2_RC_LAYER_MASK;
	if ((code & TPM2_RC_FMT1) != 0)
		return (code & (TPM2_RC_FMT1 | 0x3f));
	return (code);
}

/* It was not begun. */
static bool
is_later(TSS2_RC code)
{
	switch (tpm_code(code)) {
	case TPM2_RC_RETRY:
	case TPM2_RC_NV_RATE:
	case TPM2_RC_NV_UNAVAILABLE:
	case TPM2_RC_TESTING:
	case TPM2_RC_SESSION_MEMORY:
	case TPM2_RC_SESSION_HANDLES:
	case TPM2_RC_OBJECT_MEMORY:
	case TPM2_RC_MEMORY:
		return (true);
	default:
		return (false);
	}
}

static enum soter_rc
rc_of(TSS2_RC code)
{
	switch (tpm_code(code)) {
	case TPM2_RC_NV_SPACE:
		return (SOTER_E_FULL);
	case TPM2_RC_INTEGRITY:
	case TPM2_RC_BAD_AUTH:
	case TPM2_RC_AUTH_FAIL:
		return (SOTER_E_CORRUPT);
	default:
		break;
	}
	if (code == TSS2_ESYS_RC_MEMORY || code == TSS2_TCTI_RC_MEMORY)
		return (SOTER_E_NOMEM);
	return (code == TSS2_RC_SUCCESS ? SOTER_OK : SOTER_E_STORAGE);
}

static TSS2_RC
run_once(const char *tcti, TSS2_RC (*work)(ESYS_CONTEXT *esys, void *arg),
    void *arg)
{
	TSS2_TCTI_CONTEXT *connection = NULL;
	ESYS_CONTEXT *esys = NULL;
	TSS2_RC code;

	code = Tss2_TctiLdr_Initialize(tcti, &connection);
	if (code == TSS2_RC_SUCCESS)
		code = Esys_Initialize(&esys, connection, NULL);
	if (code == TSS2_RC_SUCCESS)
		code = work(esys, arg);
	if (esys != NULL)
		Esys_Finalize(&esys);
	if (connection != NULL)
		Tss2_TctiLdr_Finalize(&connection);
	return (code);
}

enum soter_rc
teehost_tpm_run(const char *tcti,
    TSS2_RC (*work)(ESYS_CONTEXT *esys, void *arg), void *arg)
{
	const struct timespec pause = { .tv_nsec = TRY_WAIT_MS * 1000000L };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	TSS2_RC code;

	/* tss2 writes to a socket that may be closed: an error, not our end. */
	if (sigaction(SIGPIPE, &ignore, &before) != 0)
		return (SOTER_E_STORAGE);
	code = run_once(tcti, work, arg);
	for (int i = 1; i < TRIES && is_later(code); i++) {
		(void)nanosleep(&pause, NULL);
		code = run_once(tcti, work, arg);
	}
	(void)sigaction(SIGPIPE, &before, NULL);
	return (rc_of(code));
}

static const TPM2B_PUBLIC root_template = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
		    TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
		    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
		    TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
		.parameters.eccDetail = {
			.symmetric = {
				.algorithm = TPM2_ALG_AES,
				.keyBits.aes = 128,
				.mode.aes = TPM2_ALG_CFB,
			},
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
		/* TCG's SRK template: 32 zero bytes each */
		.unique.ecc = { .x.size = 32, .y.size = 32 },
	},
};

TSS2_RC
teehost_tpm_root(ESYS_CONTEXT *esys, ESYS_TR *root)
{
	const TPM2B_SENSITIVE_CREATE no_secret = { .size = 0 };
	const TPML_PCR_SELECTION no_pcr = { .count = 0 };
	const TPM2B_DATA nothing = { .size = 0 };

	return (Esys_CreatePrimary(esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
	    ESYS_TR_NONE, ESYS_TR_NONE, &no_secret, &root_template, &nothing,
	    &no_pcr, root, NULL, NULL, NULL, NULL));
}

TSS2_RC
teehost_tpm_session(ESYS_CONTEXT *esys, ESYS_TR root, ESYS_TR *session)
{
	const TPMT_SYM_DEF aes = {
		.algorithm = TPM2_ALG_AES,
		.keyBits.aes = 128,
		.mode.aes = TPM2_ALG_CFB,
	};

	return (Esys_StartAuthSession(esys, root, ESYS_TR_NONE, ESYS_TR_NONE,
	    ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_HMAC, &aes,
	    TPM2_ALG_SHA256, session));
}

TSS2_RC
teehost_tpm_encrypt(ESYS_CONTEXT *esys, ESYS_TR session, bool command,
    bool answer)
{
	TPMA_SESSION flags = TPMA_SESSION_CONTINUESESSION;

	/* As the TPM sees it: it decrypts what comes, encrypts what goes. */
	if (command)
		flags |= TPMA_SESSION_DECRYPT;
	if (answer)
		flags |= TPMA_SESSION_ENCRYPT;
	return (Esys_TRSess_SetAttributes(esys, session, flags, 0xff));
}

void
teehost_tpm_flush(ESYS_CONTEXT *esys, ESYS_TR *handle)
{
	if (*handle != ESYS_TR_NONE)
		(void)Esys_FlushContext(esys, *handle);
	*handle = ESYS_TR_NONE;
}
