/* SPDX-License-Identifier: BSD-3-Clause */
#include "fleet/crc.h"

/* What four bits become; made by the polynomial 0xedb88320, reflected. */
static const uint32_t nibbles[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8,
	0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
	0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278,
	0xbdbdf21c };

/* A byte, eight times further on each row: eight bytes take one step. */
static uint32_t table[8][256];

static uint32_t
four_bits(uint32_t crc)
{
	return (nibbles[crc & 15] ^ crc >> 4);
}

static void
fill(void)
{
	for (uint32_t i = 0; i < 256; i++)
		table[0][i] = four_bits(four_bits(i));
	for (size_t k = 1; k < 8; k++)
		for (size_t i = 0; i < 256; i++)
			table[k][i] = table[k - 1][i] >> 8 ^
			    table[0][table[k - 1][i] & 0xff];
}

uint32_t
fleet_crc(uint32_t crc, struct soter_span bytes)
{
	const uint8_t *p = bytes.p;
	size_t left = bytes.n;

	if (table[0][1] == 0)
		fill();
	crc = ~crc;
	for (; left >= 8; left -= 8, p += 8) {
		crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		crc = table[7][crc & 0xff] ^ table[6][crc >> 8 & 0xff] ^
		    table[5][crc >> 16 & 0xff] ^ table[4][crc >> 24] ^
		    table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^
		    table[0][p[7]];
	}
	for (; left > 0; left--)
		crc = crc >> 8 ^ table[0][(crc ^ *p++) & 0xff];
	return (~crc);
}
