/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chain/report.h -- filling in struct soter_report (soter/verify.h).
 */
#ifndef SOTER_CHAIN_REPORT_H
#define SOTER_CHAIN_REPORT_H

#include "soter/verify.h"
#include "wire/fields.h"

/** Empty the report for a check at this link. */
void soter_report_begin(struct soter_report *why, enum soter_link link);

/** Note the field and the offset at which a parser stopped. */
void soter_report_fault(struct soter_report *why,
    const struct soter_fault *fault);

/** Add to the fields that no standard names: a chain has two texts. */
void soter_report_unknown(struct soter_report *why,
    const struct soter_unknown *unknown);

/** Note the verified text that was refused; field names it.  Gives rc back. */
SOTER_MUST_CHECK enum soter_rc soter_report_seen(struct soter_report *why,
    enum soter_rc rc, const char *field, struct soter_span seen);

/** Note two numbers, found and wanted.  Gives rc back. */
SOTER_MUST_CHECK enum soter_rc soter_report_numbers(struct soter_report *why,
    enum soter_rc rc, const char *field, uint64_t got, uint64_t want);

/** Add a hint, up to SOTER_VERIFY_HINT_MAX.  name may be NULL. */
void soter_report_hint(struct soter_report *why, enum soter_hint hint,
    int64_t number, const char *name);

#endif
