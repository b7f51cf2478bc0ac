/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/keypool.h -- a few RSA keys, made once, for programs that make keys ten
 * thousand times and want to look at anything but the search for primes.
 *
 * For a program that is linked with -Wl,--wrap=TEE_GenerateKey and has the TA
 * inside, or loads one that was; the TA knows nothing of it.  Each call takes
 * the next key of the pool, so keys come back: never where a test compares
 * keys.
 */
#ifndef SOTER_TESTS_KEYPOOL_H
#define SOTER_TESTS_KEYPOOL_H

#include <tee_internal_api.h>

#define KEYPOOL_KEYS 4

/* How many were taken out so far. */
extern unsigned keypool_taken;

#pragma GCC visibility push(default)

TEE_Result __real_TEE_GenerateKey(TEE_ObjectHandle object, uint32_t keySize,
    const TEE_Attribute *params, uint32_t paramCount);
TEE_Result __wrap_TEE_GenerateKey(TEE_ObjectHandle object, uint32_t keySize,
    const TEE_Attribute *params, uint32_t paramCount);

#pragma GCC visibility pop

#endif
