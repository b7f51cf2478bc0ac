/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/devices.h -- the file of devices: what a factory would report of each.
 *
 * A frame (fleet/framed.h) holds up to FLEET_FRAME_DEVICES devices, each of
 * FLEET_DEVICE_LEN bytes: the 16 bytes whose lower-case hex digits are the
 * device id, then the modulus of its root, most significant byte first.
 * Of most roots nobody has the key; those that somebody has are spread evenly.
 */
#ifndef SOTER_FLEET_DEVICES_H
#define SOTER_FLEET_DEVICES_H

#include "base/key.h"
#include "fleet/framed.h"
#include "wire/limits.h"

#define FLEET_ID_LEN	    16
#define FLEET_DEVICE_LEN    (FLEET_ID_LEN + SOTER_RSA_LEN)
#define FLEET_FRAME_DEVICES 1024
#define FLEET_DEVICES_MAX   UINT64_C(4000000000)

struct fleet_device {
	char id[SOTER_DEVICE_ID_LEN + 1];
	uint8_t n[SOTER_RSA_LEN];
};

struct fleet_devices;

/** Is device number i of `devices` one of the `keys` with a key? */
bool fleet_is_real(uint64_t i, uint64_t devices, uint64_t keys);

/** Frames that hold so many devices. */
uint64_t fleet_device_frames(uint64_t devices);

/** Write the hex digits of an id, and a NUL. */
void fleet_id_text(char out[SOTER_DEVICE_ID_LEN + 1],
    const uint8_t id[FLEET_ID_LEN]);

/** The errors of fleet_reader_open(). */
SOTER_MUST_CHECK enum soter_rc fleet_devices_open(struct fleet_devices **out,
    const char *path);

/** Borrowed. */
const struct fleet_head *fleet_devices_head(const struct fleet_devices *d);

/**
 * The next device, and its number.
 *
 * SOTER_E_NOTFOUND  there was the last one.
 * SOTER_E_FORMAT    frames and header do not fit.
 * Else the errors of fleet_reader_next().
 */
SOTER_MUST_CHECK enum soter_rc fleet_devices_next(struct fleet_devices *d,
    struct fleet_device *out, uint64_t *number);

void fleet_devices_close(struct fleet_devices **d);

#endif
