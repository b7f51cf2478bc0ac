/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>

#include "teehost/about.h"
#include "teehost/identity.h"
#include "teehost/uuid.h"

static void
add(struct teehost_about *about, const char *name,
    enum teehost_property_type type, const char *value)
{
	if (about->n < TEEHOST_ABOUT_MAX)
		about->list[about->n++] =
		    (struct teehost_property){ name, type, value };
}

static void
device_text(char out[40], const uint8_t device[16])
{
	struct soter_writer w = soter_writer(out, TEEHOST_UUID_TEXT);
	TEE_UUID uuid = teehost_identity_uuid(device);

	if (teehost_uuid_write(&w, &uuid) != SOTER_OK)
		w.len = 0;
	out[w.len] = '\0';
}

void
teehost_about(struct teehost_about *about, bool is_tpm, uint32_t protection,
    const uint8_t device[16])
{
	about->n = 0;
	snprintf(about->description, sizeof(about->description),
	    "OpenSOTER-host-%s", is_tpm ? "tpm" : "file");
	snprintf(about->rollback, sizeof(about->rollback), "%" PRIu32,
	    protection);
	snprintf(about->version, sizeof(about->version), "%u",
	    (unsigned)TEE_CORE_API_VERSION);
	device_text(about->device, device);

	add(about, "gpd.tee.apiversion", TEEHOST_STRING, "1.3");
	add(about, "gpd.tee.internalCore.version", TEEHOST_U32, about->version);
	add(about, "gpd.tee.description", TEEHOST_STRING, about->description);
	add(about, "gpd.tee.deviceID", TEEHOST_UUID, about->device);
	/* The clock is Linux': what GP calls controlled by the REE. */
	add(about, "gpd.tee.systemTime.protectionLevel", TEEHOST_U32, "100");
	add(about, "gpd.tee.TAPersistentTime.protectionLevel", TEEHOST_U32,
	    "100");
	add(about, "gpd.tee.trustedStorage.antiRollback.protectionLevel",
	    TEEHOST_U32, about->rollback);
	add(about, "gpd.tee.trustedStorage.rollbackDetection.protectionLevel",
	    TEEHOST_U32, about->rollback);
	add(about, "gpd.tee.trustedos.implementation.version", TEEHOST_STRING,
	    SOTER_VERSION);
	add(about, "gpd.tee.trustedos.manufacturer", TEEHOST_STRING,
	    "OpenSOTER");
	add(about, "gpd.tee.firmware.implementation.version", TEEHOST_STRING,
	    "none");
	add(about, "gpd.tee.firmware.manufacturer", TEEHOST_STRING, "none");
}
