/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/operation.h -- an operation, and who may do what with it when:
 *
 *	            digest       MAC, cipher, AE     signature, derivation
 *	allocate    ready        no key              no key
 *	set key     panic        key, not begun      key
 *	..Init      -            begun               -
 *	..Update    begun        needs ..Init        -
 *	..Final     ready        key, not begun      (one call) key
 *
 * Whatever comes in another order panics.
 */
#ifndef SOTER_TEEHOST_OPERATION_H
#define SOTER_TEEHOST_OPERATION_H

#include "teehost/algorithm.h"
#include "teehost/inside.h"
#include "teehost/material.h"

#define TEEHOST_AES_BLOCK 16

struct teehost_operation {
	struct teehost_handle handle;
	const struct teehost_algorithm *algorithm;
	uint32_t mode, max_bits, usage;
	uint32_t state;		      /* TEE_OPERATION_STATE_ */
	bool begun;		      /* TEE_HANDLE_FLAG_INITIALIZED */
	struct teehost_material *key; /* NULL: not set */

	EVP_MD_CTX *md;
	EVP_MAC_CTX *mac;
	EVP_CIPHER_CTX *cipher;

	uint8_t digest[EVP_MAX_MD_SIZE]; /* while extracting */
	size_t digest_at;
	size_t waiting; /* bytes of a block that is not full */
	size_t tag_n;
	bool has_payload; /* no more AAD */
};

/** An operation of a class; panics if it is none. */
struct teehost_operation *teehost_operation_get(TEE_OperationHandle handle,
    uint32_t class, const char *why);

/** The same, and TEE_..Init() was called. */
struct teehost_operation *teehost_operation_get_begun(
    TEE_OperationHandle handle, uint32_t class, const char *why);

/** The same, with a key that is set, and in this mode. */
struct teehost_operation *teehost_operation_get_keyed(
    TEE_OperationHandle handle, uint32_t class, uint32_t mode, const char *why);

/** Back to where no ..Init() was called; a digest begins anew. */
void teehost_operation_rewind(struct teehost_operation *op);

/** Bytes of the key of a MAC or a cipher; borrowed. */
struct soter_span teehost_operation_secret(const struct teehost_operation *op);

/** What must work, or the TA cannot go on: panics. */
static inline void
teehost_engine_must(bool ok, const char *why)
{
	if (!ok)
		teehost_panic(TEE_ERROR_GENERIC, why);
}

/* ---- api_digest.c ------------------------------------------------------ */

/** Begin anew.  false: OpenSSL failed. */
bool teehost_digest_begin(struct teehost_operation *op);

/* ---- api_cipher.c ------------------------------------------------------ */

/**
 * Put n bytes through the cipher.  in and out may overlap in any way.
 *
 * out  has room for what comes out; NULL: nothing does (AAD).
 * got  receives how many bytes came out; may be NULL.
 *
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_cipher_feed(struct teehost_operation *op,
    struct soter_span in, uint8_t *out, size_t *got);

#endif
