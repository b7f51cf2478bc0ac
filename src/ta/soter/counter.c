/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/counter.h"
#include "ta/soter/state.h"

_Static_assert(SOTER_TA_COUNTER_BLOCK >= 1 &&
	SOTER_TA_COUNTER_BLOCK <= SOTER_COUNTER_BLOCK_MAX,
    "counter block");

static struct {
	bool is_loaded;
	uint64_t last;	   /* highest value given out */
	uint64_t reserved; /* highest value that is durable */
} known;

void
ta_counter_reset(void)
{
	soter_wipe(&known, sizeof(known));
}

static enum soter_rc
write_reserved(uint64_t value)
{
	struct ta_object_id id = ta_storage_counter();
	uint8_t data[8];
	struct soter_writer w = soter_writer(data, sizeof(data));

	TRY(soter_write_le64(&w, value));
	return (ta_object_update(TA_ANCHORED, &id, soter_written(&w)));
}

/* SOTER_E_NOTFOUND: there is none. */
static enum soter_rc
load(void)
{
	struct ta_object_id id = ta_storage_counter();
	uint8_t data[8];
	struct soter_writer w = soter_writer(data, sizeof(data));
	struct soter_reader r;
	uint64_t value;

	if (known.is_loaded)
		return (SOTER_OK);
	TRY(ta_object_read(TA_ANCHORED, &id, &w));
	r = soter_reader(soter_written(&w));
	if (soter_read_le64(&r, &value) != SOTER_OK ||
	    value > SOTER_COUNTER_MAX)
		return (SOTER_E_SECURITY_STATE);
	/* The block that was running may be used up: skip what is left. */
	known.last = known.reserved = value;
	known.is_loaded = true;
	return (SOTER_OK);
}

enum soter_rc
ta_counter_make(void)
{
	enum soter_rc rc = load();

	/* "Not found" alone may be an attack that a TEE answered by removing
	 * the object. */
	if (rc == SOTER_E_NOTFOUND && !ta_state()->is_provisioned)
		TRY(write_reserved(0));
	else
		TRY(rc);
	return (load());
}

static enum soter_rc
reserve(void)
{
	uint64_t room = (uint64_t)SOTER_COUNTER_MAX - known.reserved;
	uint64_t value = known.reserved +
	    (room < SOTER_TA_COUNTER_BLOCK ? room : SOTER_TA_COUNTER_BLOCK);

	if (room == 0)
		return (SOTER_E_SECURITY_STATE);
	TRY(write_reserved(value));
	known.reserved = value;
	return (SOTER_OK);
}

enum soter_rc
ta_counter_next(uint64_t *out)
{
	TRY(load());
	if (known.last == known.reserved)
		TRY(reserve());
	*out = ++known.last;
	return (SOTER_OK);
}
