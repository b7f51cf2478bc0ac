/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/crc.h -- CRC-32 (IEEE 802.3): a file that was cut or damaged by
 * accident.  It stops no attacker.
 */
#ifndef SOTER_FLEET_CRC_H
#define SOTER_FLEET_CRC_H

#include "base/span.h"

/** Continue a checksum over more bytes; 0 begins one. */
uint32_t fleet_crc(uint32_t crc, struct soter_span bytes);

#endif
