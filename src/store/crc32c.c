/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>

#include "store/crc32c.h"

#define POLYNOMIAL 0x82f63b78 /* 0x1edc6f41, its bits reversed */

/* table[k][b]: what byte b does to the CRC with k bytes behind it. */
static uint32_t table[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_table(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][byte] = crc;
	}
	for (int k = 1; k < 8; k++)
		for (int byte = 0; byte < 256; byte++)
			table[k][byte] = table[k - 1][byte] >> 8 ^
			    table[0][table[k - 1][byte] & 0xff];
}

/* Eight bytes at a time: a get of a root spends its time elsewhere. */
uint32_t
store_crc32c(uint32_t crc, struct soter_span bytes)
{
	const uint8_t *p = bytes.p;
	size_t n = bytes.n;

	pthread_once(&once, make_table);
	crc = ~crc;
	for (; n >= 8; p += 8, n -= 8) {
		uint32_t low = crc ^
		    ((uint32_t)p[0] | (uint32_t)p[1] << 8 |
			(uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);

		crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
		    table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
		    table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^
		    table[0][p[7]];
	}
	for (; n > 0; p++, n--)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return (~crc);
}
