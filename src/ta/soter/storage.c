/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/storage.h"
#include "ta/soter/rsa.h"

#define NAME_HASH_LEN 20

struct ta_object_id
ta_storage_state(void)
{
	return (ta_object_id("state", SOTER_SPAN("")));
}

struct ta_object_id
ta_storage_counter(void)
{
	return (ta_object_id("counter", SOTER_SPAN("")));
}

struct ta_object_id
ta_storage_attk(const uint8_t device_id[TA_ID_LEN])
{
	return (ta_object_id("attk", soter_span(device_id, TA_ID_LEN)));
}

struct ta_object_id
ta_storage_copy(const uint8_t device_id[TA_ID_LEN])
{
	return (ta_object_id("copy", soter_span(device_id, TA_ID_LEN)));
}

/* Most significant byte first: the way people write a number in hex. */
static void
put_uid(uint8_t out[4], uint32_t uid)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(uid >> (24 - 8 * i));
}

struct ta_object_id
ta_storage_ask(uint32_t uid)
{
	uint8_t owner[4];

	put_uid(owner, uid);
	return (ta_object_id("ask", soter_span(owner, sizeof(owner))));
}

struct ta_object_id
ta_storage_authkeys(uint32_t uid)
{
	uint8_t owner[4];

	put_uid(owner, uid);
	return (ta_object_id("auth", soter_span(owner, sizeof(owner))));
}

enum soter_rc
ta_storage_authkey(struct ta_object_id *out, uint32_t uid,
    struct soter_span kname)
{
	uint8_t owner[4 + TA_SHA256_LEN];

	put_uid(owner, uid);
	TRY(ta_rsa_digest(owner + 4, kname));
	*out = ta_object_id("auth", soter_span(owner, 4 + NAME_HASH_LEN));
	return (SOTER_OK);
}
