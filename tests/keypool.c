/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "base/rc.h"
#include "tests/keypool.h"

#define NUMBER_MAX 256 /* bytes of any number of an RSA-2048 key */

static const uint32_t numbers[] = { TEE_ATTR_RSA_MODULUS,
	TEE_ATTR_RSA_PUBLIC_EXPONENT, TEE_ATTR_RSA_PRIVATE_EXPONENT,
	TEE_ATTR_RSA_PRIME1, TEE_ATTR_RSA_PRIME2, TEE_ATTR_RSA_EXPONENT1,
	TEE_ATTR_RSA_EXPONENT2, TEE_ATTR_RSA_COEFFICIENT };

unsigned keypool_taken;

static struct {
	bool is_made;
	size_t n[SOTER_COUNT(numbers)];
	uint8_t p[SOTER_COUNT(numbers)][NUMBER_MAX];
} keys[KEYPOOL_KEYS];

static void
make(unsigned k, const TEE_Attribute *params, uint32_t n)
{
	TEE_ObjectHandle key;

	if (TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, 2048, &key) !=
		TEE_SUCCESS ||
	    __real_TEE_GenerateKey(key, 2048, params, n) != TEE_SUCCESS)
		abort();
	for (size_t i = 0; i < SOTER_COUNT(numbers); i++) {
		keys[k].n[i] = NUMBER_MAX;
		if (TEE_GetObjectBufferAttribute(key, numbers[i], keys[k].p[i],
			&keys[k].n[i]) != TEE_SUCCESS)
			abort();
	}
	TEE_FreeTransientObject(key);
	keys[k].is_made = true;
}

TEE_Result
__wrap_TEE_GenerateKey(TEE_ObjectHandle object, uint32_t keySize,
    const TEE_Attribute *params, uint32_t paramCount)
{
	unsigned k = keypool_taken++ % KEYPOOL_KEYS;
	TEE_Attribute attributes[SOTER_COUNT(numbers)];

	if (keySize != 2048)
		abort();
	if (!keys[k].is_made)
		make(k, params, paramCount);
	for (size_t i = 0; i < SOTER_COUNT(numbers); i++)
		TEE_InitRefAttribute(&attributes[i], numbers[i], keys[k].p[i],
		    keys[k].n[i]);
	return (TEE_PopulateTransientObject(object, attributes,
	    SOTER_COUNT(numbers)));
}
