/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/intake.h -- taking device roots.
 *
 * The channel is the only proof of a root (f): whoever brings it is known, and
 * each intake stands in the audit trail before the first of its roots is
 * stored.  A device has one root for life; another one under the same id is
 * refused, and so is the same one under another id.
 *
 * All of this holds within a class: a test source that brings a production
 * device's id or root first, or with a lie, changes nothing for production.
 *
 *	in ROOTS: the device id and a zero byte -> tam/root.h
 *		  the class and the first 12 bytes of SHA-256(modulus) -> the
 *		  first 8 of SHA-256(device id)
 *
 * No device id begins with the number of a class: the devices stand behind
 * TAM_DEVICES_AFTER, all others before it.
 */
#ifndef SOTER_TAM_INTAKE_H
#define SOTER_TAM_INTAKE_H

#include "store/store.h"
#include "tam/root.h"
#include "wire/rootline.h"

#define TAM_INTAKE_BATCH  4096 /* roots of one call */
#define TAM_DEVICES_AFTER SOTER_SPAN(" ")

struct tam_intake_item {
	struct soter_rootline root;

	/*
	 * SOTER_OK               stored, and durable.
	 * SOTER_E_EXISTS         it was there already, the same.
	 * SOTER_E_ATTK_DIFFERS   another root is known for this device.
	 * SOTER_E_ATTK_SHARED    this root is known for another device.
	 * SOTER_E_KEY_...        refused by the key policy.
	 * SOTER_E_ARGUMENT       a device id that cannot be.
	 * SOTER_E_LIMIT          there is no room for another version.
	 * Set before the call to anything but SOTER_OK: left alone.
	 */
	enum soter_rc rc;
};

struct tam_intake {
	struct soter_span who; /* for the trail */
	enum soter_class cls;  /* of whoever brings them */
	bool adds_version;     /* a repair: a different root becomes the next
				  version, and the old ones stay */
	uint64_t now_s;
	unsigned ms; /* for each step */
};

/**
 * Take up to TAM_INTAKE_BATCH roots.
 *
 * Each item has its answer if this is SOTER_OK.  Else nothing is promised, and
 * all may be sent again: SOTER_E_BUSY, SOTER_E_OUTCOME, SOTER_E_FULL,
 * SOTER_E_STORAGE, SOTER_E_CORRUPT, SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc tam_intake(struct soter_lane *lane,
    const struct tam_intake *how, struct tam_intake_item *items, size_t n);

/**
 * Read what is known of a device.
 * SOTER_E_NOTFOUND, SOTER_E_ARGUMENT; those of soter_store_get().
 */
SOTER_MUST_CHECK enum soter_rc tam_device_get(struct tam_device *out,
    uint64_t *version, struct soter_lane *lane, struct soter_span device_id,
    unsigned ms);

#endif
