/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/tpm.h -- what the TPM providers share: one connection for one piece
 * of work, so that nothing of ours stays in the TPM and no other program waits.
 */
#ifndef SOTER_TEEHOST_TPM_H
#define SOTER_TEEHOST_TPM_H

#include <tss2/tss2_esys.h>

#include "base/span.h"

/**
 * Connect, do the work, disconnect.  Work that the TPM did not begin (it is
 * busy, or saves its memory from wear) is tried again for about two seconds;
 * what may have been done is not.  SIGPIPE is ignored meanwhile, in the whole
 * process.
 *
 * tcti  as tss2 spells it.
 * work  returns what tss2 returned; it flushes what it made.
 *
 * SOTER_E_CORRUPT  the TPM does not know the blob or the password as its own.
 * SOTER_E_FULL     no room in the TPM.
 * SOTER_E_STORAGE  no TPM there, or it refuses.
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc teehost_tpm_run(const char *tcti,
    TSS2_RC (*work)(ESYS_CONTEXT *esys, void *arg), void *arg);

/**
 * The storage root key of the owner hierarchy: the ECC template of the TCG, so
 * the same key each time as long as the TPM has the same owner.
 */
TSS2_RC teehost_tpm_root(ESYS_CONTEXT *esys, ESYS_TR *root);

/**
 * An HMAC session; it proves both sides' knowledge of a password without
 * sending it.  With root the parameters can be encrypted for it too.
 *
 * root  ESYS_TR_NONE, or what teehost_tpm_root() gave.
 */
TSS2_RC teehost_tpm_session(ESYS_CONTEXT *esys, ESYS_TR root, ESYS_TR *session);

/** Should the session encrypt the next command's or answer's first parameter?
 */
TSS2_RC teehost_tpm_encrypt(ESYS_CONTEXT *esys, ESYS_TR session, bool command,
    bool answer);

/** Flush a session or transient object, if there is one. */
void teehost_tpm_flush(ESYS_CONTEXT *esys, ESYS_TR *handle);

#endif
