/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vendors whose phones bring a certificate chain.  A profile is a row here,
 * never something that a request can name.
 */
#include "soter/verify.h"
#include "base/rc.h"

static const struct soter_profile profiles[] = {
	/*
	 * Huawei CBG Root CA, RSA-4096, valid 2017 to 2042.  Its phones sign
	 * with 32 bytes of salt, and some leave the announcement out of the
	 * AuthKey (docs/protocol.md b.4, b.5; Tencent/soter #68, #69).
	 */
	{
	    .name = "huawei",
	    .root_sha256 = { 0xce, 0x6e, 0x5d, 0xcf, 0x88, 0x59, 0x40, 0x1b,
		0x2c, 0x65, 0xd0, 0x42, 0x46, 0xd6, 0x75, 0xd4, 0x5b, 0x75,
		0x31, 0xf8, 0x1f, 0x99, 0x7c, 0x1a, 0xe8, 0xdc, 0x73, 0xfa,
		0x83, 0x13, 0x5f, 0xb9 },
	    .cls = SOTER_CLASS_PRODUCTION,
	    .salt_32_if_absent = true,
	},
};

const struct soter_profile *
soter_profiles(size_t *n)
{
	if (n != NULL)
		*n = SOTER_COUNT(profiles);
	return (profiles);
}
