/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/root.h -- what the TAM keeps of a device: every version of its root.
 *
 * A device has one root for life.  A second version comes with the backup copy
 * or after a repair, and is added beside the first, so that what the old one
 * signed can still be told apart.
 *
 *	offset  size  field
 *	0       1     1, the form
 *	1       1     number of roots, 1 to TAM_ROOTS_MAX
 *	then for each
 *	0       4     attk_version, 1 or more; each class counts by itself
 *	4       1     class: 1 test, 2 production
 *	5       1     status: 1 active, 2 suspended, 3 revoked
 *	6       1     kind: 1 key, 2 certificate chain (no key is kept)
 *	7       1     0
 *	8       8     when it came, in seconds of Unix time
 *	16      8     number of the audit entry that brought it or changed it
 *	24      256   modulus, most significant byte first; kind 1 only
 *
 * The record's integrity is the store's matter.
 */
#ifndef SOTER_TAM_ROOT_H
#define SOTER_TAM_ROOT_H

#include "base/span.h"
#include "soter/verify.h"
#include "tam/bounds.h"

enum tam_root_kind {
	TAM_ROOT_KEY = 1,

	/* The device as a whole was refused: only the status counts, for chains
	 * that claim it and for roots that come later. */
	TAM_ROOT_CHAIN = 2,
};

struct tam_root {
	uint32_t attk_version;
	enum soter_class cls;
	enum soter_root_status status;
	enum tam_root_kind kind;
	uint64_t since_s, audit;
	uint8_t n[SOTER_RSA_LEN];
};

struct tam_device {
	size_t n;
	struct tam_root root[TAM_ROOTS_MAX];
};

#define TAM_DEVICE_MAX (2 + TAM_ROOTS_MAX * (24 + SOTER_RSA_LEN))

/** "test", "production": of the command line, the answers and the trail. */
const char *tam_class_word(enum soter_class cls);

/** "active", "suspended", "revoked". */
const char *tam_status_word(enum soter_root_status status);

/** SOTER_E_CORRUPT unless it is what tam_device_write() writes. */
SOTER_MUST_CHECK enum soter_rc tam_device_parse(struct tam_device *out,
    struct soter_span record);

/** Append a record.  SOTER_E_NOSPACE; SOTER_E_ARGUMENT for what cannot be. */
SOTER_MUST_CHECK enum soter_rc tam_device_write(struct soter_writer *w,
    const struct tam_device *x);

/** Was it ever refused as a whole? */
bool tam_device_has_chain(const struct tam_device *x);

/** SOTER_E_ARGUMENT unless it can name a device: 1 to SOTER_CPU_ID_MAX bytes,
 * printable ASCII. */
SOTER_MUST_CHECK enum soter_rc tam_device_id_check(struct soter_span id);

#endif
