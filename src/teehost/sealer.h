/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/sealer.h -- who keeps the device key, from which each TA's storage
 * key is derived.
 *
 *	"file"  a file that only the service's user can read
 *	"tpm"   a blob that only this machine's TPM 2.0 opens
 */
#ifndef SOTER_TEEHOST_SEALER_H
#define SOTER_TEEHOST_SEALER_H

#include "base/span.h"

#define TEEHOST_KEY_LEN 32

struct teehost_disk;

struct teehost_sealer_ops {
	const char *name;

	/**
	 * Get the device key; make one, durably, if there is none and nothing
	 * says that there was: no TA's folder (a name in the form of a UUID),
	 * no file of a storage, no other provider's key.  So the TAs' folders
	 * belong into the folder of the key.
	 *
	 * disk  where its file lies, "device.key" or "device.sealed".
	 * conf  tcti of a TPM; unused by "file".
	 *
	 * SOTER_E_CORRUPT  the file is gone, or was changed, or was sealed by
	 *                  another TPM; no key is made.
	 * SOTER_E_STORAGE  it cannot be read, or others than its owner can
	 *                  read it; no TPM there, or it refuses.
	 * SOTER_E_FULL, SOTER_E_NOMEM, SOTER_E_ENGINE.
	 */
	enum soter_rc (*unseal)(struct teehost_disk *disk, const char *conf,
	    uint8_t key[TEEHOST_KEY_LEN]);
};

extern const struct teehost_sealer_ops teehost_sealer_file;
extern const struct teehost_sealer_ops teehost_sealer_tpm;

/** The table by name, or NULL. */
const struct teehost_sealer_ops *teehost_sealer_find(const char *name);

/**
 * The key of one TA, or of one purpose: HKDF-SHA-256 of the device key.
 * SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_key_derive(uint8_t out[TEEHOST_KEY_LEN],
    const uint8_t device_key[TEEHOST_KEY_LEN], const char *purpose,
    struct soter_span who);

#endif
