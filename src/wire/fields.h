/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/fields.h -- a signed object is a table of its fields.
 *
 * Each kind (key, result, attested text, chain) lists its fields once: name,
 * type, whether it must, may or must never be there, and where the value goes.
 * Unknown scalar fields pass and are reported: vendors add them.
 */
#ifndef SOTER_WIRE_FIELDS_H
#define SOTER_WIRE_FIELDS_H

#include "wire/json.h"

enum soter_field_need {
	SOTER_FIELD_MUST,
	SOTER_FIELD_MAY,
	SOTER_FIELD_NEVER, /* its presence makes this another kind */
};

enum soter_field_type {
	SOTER_FIELD_TEXT,    /* string -> char[max + 1], NUL-terminated */
	SOTER_FIELD_DIGITS,  /* string of decimal digits -> char[max + 1] */
	SOTER_FIELD_RAW,     /* string -> struct soter_span, still escaped */
	SOTER_FIELD_COUNTER, /* integer 0..SOTER_COUNTER_MAX -> uint64_t */
	SOTER_FIELD_SALT,    /* integer 0..2^31-1 -> int32_t */
	SOTER_FIELD_UID, /* digits, or the same as an integer -> char[max + 1]
			  */
	SOTER_FIELD_STRINGS, /* array of strings -> struct soter_span */
};

struct soter_field {
	const char *name;
	enum soter_field_type type;
	enum soter_field_need need;
	size_t offset; /* of the destination, in the caller's struct */
	size_t max;    /* longest decoded text, without NUL */
};

/* Names of fields that the table does not know; borrowed from the input. */
struct soter_unknown {
	size_t n;
	struct soter_span name[SOTER_JSON_MEMBERS_MAX];
};

/**
 * Read the members of json into the struct at out, by table.
 *
 * out      zeroed by the caller beforehand: what MAY be there and is not stays
 *          as it was.  Unspecified after a failure.
 * unknown  receives the names that no row has; may be NULL.
 * fault    may be NULL; on failure, the field.
 *
 * SOTER_E_FIELD_MISSING  a MUST row without a member.
 * SOTER_E_FIELD_TYPE     another JSON type than the row says.
 * SOTER_E_FIELD_VALUE    text empty, too long or with a NUL; no digits; leading
 *                        zero; negative; out of range.
 * SOTER_E_KIND           a NEVER row with a member.
 * SOTER_E_JSON_DEPTH     an unknown member that is not a scalar.
 */
SOTER_MUST_CHECK enum soter_rc soter_fields_read(void *out,
    const struct soter_field *table, size_t rows, const struct soter_json *json,
    struct soter_unknown *unknown, struct soter_fault *fault);

#endif
