/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/algorithm.h -- the algorithms that the host TEE offers, one a row.
 */
#ifndef SOTER_TEEHOST_ALGORITHM_H
#define SOTER_TEEHOST_ALGORITHM_H

#include <tee_api_types.h>

#include "teehost/engine.h"

struct teehost_algorithm {
	uint32_t id;	   /* TEE_ALG_ */
	uint32_t class;	   /* TEE_OPERATION_ */
	uint32_t key_type; /* of the key; for RSA that of the key pair */
	enum teehost_md md;
	uint32_t digest_n; /* bytes of a digest or of a MAC */
	enum teehost_cipher cipher;
	bool pss;
};

/** The row of an algorithm, or NULL. */
const struct teehost_algorithm *teehost_algorithm_find(uint32_t id);

/** Bytes of a digest; 0: not one of ours. */
uint32_t teehost_algorithm_md_size(enum teehost_md md);

/**
 * Which usage a key needs for a mode of this class.
 * false: the class has no such mode.
 */
bool teehost_algorithm_usage(const struct teehost_algorithm *algorithm,
    uint32_t mode, uint32_t *usage);

#endif
