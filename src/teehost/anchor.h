/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/anchor.h -- where a TA's storage is tied to something that cannot be
 * put back with a copied directory.
 *
 * An anchor is 32 bytes that change in one atomic, durable step:
 *
 *	value' = SHA-256(value || digest)
 *
 * digest being that of the storage's new index.  A TPM does just this to an NV
 * index of type EXTEND, and nobody, not even who knows its password, can take
 * it back.  A plain counter would leave a gap: two states made from the same
 * parent, one of them never acknowledged, have the same number, and after a
 * crash an attacker could choose between them.
 *
 *	"file"  a file beside the storage: no rollback protection
 *	"tpm"   an NV index of a TPM 2.0
 *
 * An RPMB fits too: one authenticated block write per step.
 */
#ifndef SOTER_TEEHOST_ANCHOR_H
#define SOTER_TEEHOST_ANCHOR_H

#include "base/span.h"

#define TEEHOST_ANCHOR_LEN 32

struct teehost_anchor;

struct teehost_anchor_ops {
	const char *name;
	/* GP gpd.tee.trustedStorage.antiRollback.protectionLevel: 0 or 1000 */
	uint32_t protection;

	/**
	 * The value; all zero if nothing was ever anchored here.
	 * SOTER_E_STORAGE, SOTER_E_CORRUPT.
	 */
	enum soter_rc (
	    *read)(struct teehost_anchor *, uint8_t value[TEEHOST_ANCHOR_LEN]);

	/**
	 * One step.  On SOTER_OK it is durable.  After any error it either
	 * took place whole or not at all: read() tells.
	 * SOTER_E_STORAGE, SOTER_E_FULL.
	 */
	enum soter_rc (*extend)(struct teehost_anchor *,
	    const uint8_t digest[TEEHOST_ANCHOR_LEN]);

	void (*close)(struct teehost_anchor **);
};

struct teehost_anchor {
	const struct teehost_anchor_ops *ops;
};

struct teehost_disk;

/**
 * Two alternating slots in one file of disk, "anchor".  It protects against
 * nothing but crashes: who can write the folder can put it back.
 *
 * disk  borrowed; the storage's own, or another folder.
 *
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc teehost_anchor_file(struct teehost_anchor **out,
    struct teehost_disk *disk);

/**
 * An NV index of its own for each owner and password, made at the first step.
 * Each call has a connection to the TPM of its own and may take some seconds
 * where the TPM asks for patience.
 *
 * tcti   as tss2 spells it: "device:/dev/tpmrm0", "swtpm:path=...".
 * owner  the TA's UUID in 16 bytes.
 * auth   password of the index, from the sealed device key; copied, wiped by
 *        close().
 *
 * SOTER_E_STORAGE  no TPM there, or it refuses, or this was built without tss2.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_anchor_tpm(struct teehost_anchor **out,
    const char *tcti, const uint8_t owner[16], const uint8_t auth[32]);

#endif
