/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/state.h"

#define FORMAT	    1
#define PROVISIONED 1 /* flags */
#define COPY	    2
#define LEN	    (3 * 4 + TA_ID_LEN + TA_SHA256_LEN)

static struct {
	bool is_loaded;
	uint32_t version; /* of the TA that wrote it; 0: nothing is stored */
	struct ta_state x;
} known;

void
ta_state_reset(void)
{
	soter_wipe(&known, sizeof(known));
}

const struct ta_state *
ta_state(void)
{
	return (&known.x);
}

void
ta_state_cpu_id(char out[SOTER_DEVICE_ID_LEN + 1])
{
	struct ta_object_id hex =
	    ta_object_id("", soter_span(known.x.device_id, TA_ID_LEN));

	soter_copy(out, hex.p, SOTER_DEVICE_ID_LEN);
	out[SOTER_DEVICE_ID_LEN] = '\0';
}

static enum soter_rc
parse(struct ta_state *x, uint32_t *version, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct soter_span id, digest;
	uint32_t format, flags;

	TRY(soter_read_le32(&r, &format));
	TRY(soter_read_le32(&r, version));
	/* Whatever a newer TA wrote behind this is not for us. */
	if (*version > SOTER_TA_VERSION || format != FORMAT)
		return (SOTER_E_SECURITY_STATE);
	TRY(soter_read_le32(&r, &flags));
	TRY(soter_read_span(&r, TA_ID_LEN, &id));
	TRY(soter_read_span(&r, TA_SHA256_LEN, &digest));
	TRY(soter_read_end(&r));
	x->is_provisioned = (flags & PROVISIONED) != 0;
	x->has_copy = (flags & COPY) != 0;
	soter_copy(x->device_id, id.p, id.n);
	soter_copy(x->digest, digest.p, digest.n);
	return (SOTER_OK);
}

/* No state is right only where there is nothing else either. */
static enum soter_rc
check_empty(void)
{
	size_t n;

	TRY(ta_object_list(TA_ANCHORED, SOTER_SPAN(""), NULL, 0, &n));
	return (n == 0 ? SOTER_OK : SOTER_E_SECURITY_STATE);
}

static enum soter_rc
load(void)
{
	struct ta_object_id id = ta_storage_state();
	/* Long enough for what a newer TA may write. */
	uint8_t data[256];
	struct soter_writer w = soter_writer(data, sizeof(data));
	struct ta_state x = { 0 };
	uint32_t version = 0;
	enum soter_rc rc;

	if (known.is_loaded)
		return (SOTER_OK);
	rc = ta_object_read(TA_ANCHORED, &id, &w);
	if (rc == SOTER_E_NOTFOUND)
		TRY(check_empty());
	else if (rc != SOTER_OK)
		return (rc);
	else if (parse(&x, &version, soter_written(&w)) != SOTER_OK)
		return (SOTER_E_SECURITY_STATE);

	known.x = x;
	known.version = version;
	known.is_loaded = true;
	return (SOTER_OK);
}

enum soter_rc
ta_state_put(const struct ta_state *x)
{
	struct ta_object_id id = ta_storage_state();
	struct ta_state copy = *x;
	uint8_t data[LEN];
	struct soter_writer w = soter_writer(data, sizeof(data));

	TRY(soter_write_le32(&w, FORMAT));
	TRY(soter_write_le32(&w, SOTER_TA_VERSION));
	TRY(soter_write_le32(&w,
	    (x->is_provisioned ? PROVISIONED : 0u) |
		(x->has_copy ? COPY : 0u)));
	TRY(soter_write(&w, soter_span(x->device_id, TA_ID_LEN)));
	TRY(soter_write(&w, soter_span(x->digest, TA_SHA256_LEN)));
	TRY(ta_object_update(TA_ANCHORED, &id, soter_written(&w)));

	known.x = copy;
	known.version = SOTER_TA_VERSION;
	return (SOTER_OK);
}

enum soter_rc
ta_state_ready(uint32_t needs)
{
	if (needs == TA_NEED_NOTHING)
		return (SOTER_OK);
	TRY(load());
	/* Before anything of ours is written, an older TA is locked out. */
	if (needs == TA_NEED_WRITE && known.version != 0 &&
	    known.version < SOTER_TA_VERSION)
		return (ta_state_put(&known.x));
	return (SOTER_OK);
}
