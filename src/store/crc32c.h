/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/crc32c.h -- CRC-32C (Castagnoli), against accidents: a disk's, a
 * memory's, a cut file's.  No defence against anybody.
 *
 * Source: RFC 3720, appendix B.4 (polynomial, and the test values).
 */
#ifndef SOTER_STORE_CRC32C_H
#define SOTER_STORE_CRC32C_H

#include "base/span.h"

/**
 * The CRC of bytes that follow those whose CRC is crc; 0 to begin with.
 * Any thread.
 */
uint32_t store_crc32c(uint32_t crc, struct soter_span bytes);

#endif
