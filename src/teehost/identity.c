/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include <openssl/evp.h>
#include <tee_internal_api.h>

#include "teehost/identity.h"

static const uint8_t name_space[TEEHOST_UUID_LEN] = { 0x58, 0xac, 0x9c, 0xa0,
	0x20, 0x86, 0x46, 0x83, 0xa1, 0xb8, 0xec, 0x4b, 0xc0, 0x8e, 0x01,
	0xb6 };

void
teehost_identity_bytes(uint8_t out[TEEHOST_UUID_LEN], const TEE_UUID *uuid)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(uuid->timeLow >> (24 - 8 * i));
	out[4] = (uint8_t)(uuid->timeMid >> 8);
	out[5] = (uint8_t)uuid->timeMid;
	out[6] = (uint8_t)(uuid->timeHiAndVersion >> 8);
	out[7] = (uint8_t)uuid->timeHiAndVersion;
	soter_copy(out + 8, uuid->clockSeqAndNode, 8);
}

TEE_UUID
teehost_identity_uuid(const uint8_t b[TEEHOST_UUID_LEN])
{
	TEE_UUID uuid = {
		.timeLow = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
		    (uint32_t)b[2] << 8 | b[3],
		.timeMid = (uint16_t)(b[4] << 8 | b[5]),
		.timeHiAndVersion = (uint16_t)(b[6] << 8 | b[7]),
	};

	soter_copy(uuid.clockSeqAndNode, b + 8, 8);
	return (uuid);
}

/* RFC 4122: SHA-1 of name space and name, cut to 16 bytes, marked. */
enum soter_rc
teehost_identity_of(TEE_Identity *out, uint32_t login, uint32_t id)
{
	uint8_t text[TEEHOST_UUID_LEN + 16], hash[EVP_MAX_MD_SIZE];
	struct soter_writer w = soter_writer(text, sizeof(text));
	char name[16];

	snprintf(name, sizeof(name), "%s=%x",
	    login == TEE_LOGIN_GROUP ? "gid" : "uid", id);
	TRY(soter_write(&w, soter_span(name_space, sizeof(name_space))));
	TRY(soter_write(&w, soter_text(name)));
	if (EVP_Digest(text, w.len, hash, NULL, EVP_sha1(), NULL) != 1)
		return (SOTER_E_ENGINE);
	hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x50);
	hash[8] = (uint8_t)((hash[8] & 0x3f) | 0x80);
	*out = (TEE_Identity){ .login = login,
		.uuid = teehost_identity_uuid(hash) };
	return (SOTER_OK);
}
