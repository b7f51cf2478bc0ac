/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "fleet/devices.h"

struct fleet_devices {
	struct fleet_reader *file; /* owned */
	struct soter_reader frame; /* borrowed from file */
	uint64_t read;
};

bool
fleet_is_real(uint64_t i, uint64_t devices, uint64_t keys)
{
	/* Below 2^32 each: FLEET_DEVICES_MAX. */
	return (i * keys / devices != (i + 1) * keys / devices);
}

uint64_t
fleet_device_frames(uint64_t devices)
{
	return ((devices + FLEET_FRAME_DEVICES - 1) / FLEET_FRAME_DEVICES);
}

void
fleet_id_text(char out[SOTER_DEVICE_ID_LEN + 1], const uint8_t id[FLEET_ID_LEN])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < FLEET_ID_LEN; i++) {
		out[2 * i] = digits[id[i] >> 4];
		out[2 * i + 1] = digits[id[i] & 15];
	}
	out[SOTER_DEVICE_ID_LEN] = '\0';
}

static bool
is_sound(const struct fleet_head *head)
{
	return (head->items > 0 && head->items <= FLEET_DEVICES_MAX &&
	    head->keys <= head->items &&
	    head->frames == fleet_device_frames(head->items));
}

enum soter_rc
fleet_devices_open(struct fleet_devices **out, const char *path)
{
	struct fleet_devices *d = calloc(1, sizeof(*d));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (d == NULL)
		goto out;
	rc = fleet_reader_open(&d->file, path, FLEET_KIND_DEVICES);
	if (rc == SOTER_OK && !is_sound(fleet_reader_head(d->file)))
		rc = SOTER_E_FORMAT;
	if (rc != SOTER_OK)
		goto out;
	*out = d;
	d = NULL;
out:
	fleet_devices_close(&d);
	return (rc);
}

const struct fleet_head *
fleet_devices_head(const struct fleet_devices *d)
{
	return (fleet_reader_head(d->file));
}

/* Each frame is full but the last one, which holds the rest. */
static enum soter_rc
next_frame(struct fleet_devices *d)
{
	uint64_t left = fleet_devices_head(d)->items - d->read;
	struct soter_span frame;

	TRY(fleet_reader_next(d->file, &frame));
	if (left > FLEET_FRAME_DEVICES)
		left = FLEET_FRAME_DEVICES;
	if (frame.n != left * FLEET_DEVICE_LEN)
		return (SOTER_E_FORMAT);
	d->frame = soter_reader(frame);
	return (SOTER_OK);
}

enum soter_rc
fleet_devices_next(struct fleet_devices *d, struct fleet_device *out,
    uint64_t *number)
{
	struct soter_span id, n;

	if (d->frame.left == 0)
		TRY(next_frame(d));
	TRY(soter_read_span(&d->frame, FLEET_ID_LEN, &id));
	TRY(soter_read_span(&d->frame, SOTER_RSA_LEN, &n));
	fleet_id_text(out->id, id.p);
	memcpy(out->n, n.p, SOTER_RSA_LEN);
	*number = d->read++;
	return (SOTER_OK);
}

void
fleet_devices_close(struct fleet_devices **d)
{
	if (*d == NULL)
		return;
	fleet_reader_close(&(*d)->file);
	free(*d);
	*d = NULL;
}
