/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/about.h -- what this TEE says of itself: GP's implementation
 * properties.
 */
#ifndef SOTER_TEEHOST_ABOUT_H
#define SOTER_TEEHOST_ABOUT_H

#include "teehost/instance.h"

#define TEEHOST_ABOUT_MAX 16

struct teehost_about {
	struct teehost_property list[TEEHOST_ABOUT_MAX];
	size_t n;
	char description[48], device[40], rollback[12], version[12];
};

/**
 * Fill it in; it must stay where it is.
 *
 * is_tpm      the device key lies in a TPM.
 * protection  of the anchor: 0 or 1000.
 * device      gpd.tee.deviceID, in the order of its text.
 */
void teehost_about(struct teehost_about *about, bool is_tpm,
    uint32_t protection, const uint8_t device[16]);

#endif
