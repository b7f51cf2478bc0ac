/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/role.h"
#include "ta/code.h"
#include "wire/tacmd.h"

#define SHA1_LEN 20

/* Linux makes login UUIDs in this name space, as OP-TEE's driver does. */
static const uint8_t login_space[16] = { 0x58, 0xac, 0x9c, 0xa0, 0x20, 0x86,
	0x46, 0x83, 0xa1, 0xb8, 0xec, 0x4b, 0xc0, 0x8e, 0x01, 0xb6 };

/* clang-format off */
static const struct {
	const char *property;
	uint32_t role;
} configured[] = {
	{ "soter.role.service",  TA_ROLE_SERVICE },
	{ "soter.role.factory",  TA_ROLE_FACTORY },
	{ "soter.role.enroller", TA_ROLE_ENROLLER },
};
/* clang-format on */

static bool
is_same(const TEE_UUID *a, const TEE_UUID *b)
{
	return (TEE_MemCompare(a, b, sizeof(*a)) == 0);
}

/*
 * A property that names the login "public" would give its role to everybody:
 * that is never meant.
 */
static bool
is_named(const TEE_Identity *client, const char *property)
{
	TEE_Identity named;

	return (TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_TA, property,
		    &named) == TEE_SUCCESS &&
	    named.login != TEE_LOGIN_PUBLIC && named.login == client->login &&
	    is_same(&named.uuid, &client->uuid));
}

static bool
is_development(void)
{
	bool value;

	return (TEE_GetPropertyAsBool(TEE_PROPSET_CURRENT_TA,
		    "soter.development", &value) == TEE_SUCCESS &&
	    value);
}

TEE_Result
ta_role_decide(struct ta_caller *out)
{
	static const TEE_UUID biometric = SOTER_BIO_UUID;
	struct ta_caller x = { .roles = TA_ROLE_ANYONE };
	TEE_Identity client;
	TEE_Result result;

	result = TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
	    "gpd.client.identity", &client);
	if (result != TEE_SUCCESS)
		return (result);
	for (size_t i = 0; i < SOTER_COUNT(configured); i++)
		if (is_named(&client, configured[i].property))
			x.roles |= configured[i].role;
	/* Both: a client can name any UUID, and any TA has the login. */
	if (client.login == TEE_LOGIN_TRUSTED_APP &&
	    is_same(&client.uuid, &biometric))
		x.roles |= TA_ROLE_BIOMETRIC;
	if (client.login == TEE_LOGIN_USER && is_development())
		x.roles |= TA_ROLE_OWN;
	x.uuid = client.uuid;

	*out = x;
	return (TEE_SUCCESS);
}

/* ---- the UUID of a uid ------------------------------------------------- */

/* "uid=%x" */
static enum soter_rc
write_name(struct soter_writer *w, uint32_t uid)
{
	unsigned shift = 28;

	TRY(soter_write(w, SOTER_SPAN("uid=")));
	while (shift > 0 && uid >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		TRY(soter_write_u8(w,
		    (uint8_t) "0123456789abcdef"[uid >> shift & 15]));
		if (shift == 0)
			return (SOTER_OK);
	}
}

/* SHA-1 is what a version-5 UUID is made of; nothing secret depends on it. */
static enum soter_rc
sha1(uint8_t digest[SHA1_LEN], struct soter_span in)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	size_t n = SHA1_LEN;
	TEE_Result result;

	result = TEE_AllocateOperation(&op, TEE_ALG_SHA1, TEE_MODE_DIGEST, 0);
	if (result != TEE_SUCCESS)
		return (ta_code_of_gp(result));
	result = TEE_DigestDoFinal(op, in.p, in.n, digest, &n);
	TEE_FreeOperation(op);
	return (ta_code_of_gp(result));
}

static uint32_t
big_endian(const uint8_t *p, size_t n)
{
	uint32_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | p[i];
	return (value);
}

enum soter_rc
ta_role_is_user(const struct ta_caller *caller, uint32_t uid)
{
	uint8_t name[sizeof(login_space) + sizeof("uid=ffffffff")];
	uint8_t digest[SHA1_LEN];
	struct soter_writer w = soter_writer(name, sizeof(name));
	TEE_UUID uuid;

	TRY(soter_write(&w, soter_span(login_space, sizeof(login_space))));
	TRY(write_name(&w, uid));
	TRY(sha1(digest, soter_written(&w)));

	/* RFC 4122 4.3: version 5, and the variant. */
	uuid.timeLow = big_endian(digest, 4);
	uuid.timeMid = (uint16_t)big_endian(digest + 4, 2);
	uuid.timeHiAndVersion =
	    (uint16_t)((big_endian(digest + 6, 2) & 0x0fff) | 0x5000);
	soter_copy(uuid.clockSeqAndNode, digest + 8, 8);
	uuid.clockSeqAndNode[0] =
	    (uint8_t)((uuid.clockSeqAndNode[0] & 0x3f) | 0x80);

	return (is_same(&caller->uuid, &uuid) ? SOTER_OK : SOTER_E_ACCESS);
}
