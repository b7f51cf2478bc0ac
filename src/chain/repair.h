/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chain/repair.h -- what happened to the text of a signature on its way.
 */
#ifndef SOTER_CHAIN_REPAIR_H
#define SOTER_CHAIN_REPAIR_H

#include "chain/report.h"

/**
 * Undo what people and programs do to Base64, and hint at each thing undone.
 *
 * out  receives the signature if SOTER_SIG_LEN bytes come out.
 * in   the signature as it was handed over.
 *
 * true if out was written.
 */
bool soter_repair_signature(uint8_t out[SOTER_SIG_LEN], struct soter_span in,
    struct soter_report *why);

#endif
