/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/der.h -- the part of DER that SOTER's keys and certificates need.
 *
 * Definite minimal lengths up to 64 KiB, tag numbers below 2^31 (key
 * attestation goes up to 709), primitive and constructed.  Source: X.690.
 */
#ifndef SOTER_WIRE_DER_H
#define SOTER_WIRE_DER_H

#include "base/span.h"

/* Class and constructed bit (first octet without the number), then the number.
 */
struct soter_der_tag {
	uint8_t form; /* 0x00 universal, 0x20 constructed, 0xa0 [n] explicit */
	uint32_t number;
};

struct soter_der {
	struct soter_der_tag tag;
	struct soter_span whole; /* tag, length and content; borrowed */
	struct soter_span body;	 /* content; borrowed */
};

/* Identifier octets of the universal types that occur, as single octets. */
#define SOTER_DER_BOOLEAN    0x01
#define SOTER_DER_INTEGER    0x02
#define SOTER_DER_BIT_STRING 0x03
#define SOTER_DER_OCTETS     0x04
#define SOTER_DER_NULL	     0x05
#define SOTER_DER_OID	     0x06
#define SOTER_DER_ENUMERATED 0x0a
#define SOTER_DER_UTF8	     0x0c
#define SOTER_DER_PRINTABLE  0x13
#define SOTER_DER_SEQUENCE   0x30
#define SOTER_DER_SET	     0x31

/**
 * Take the next element, whatever it is.
 *
 * SOTER_E_DER  no whole element is left, a length is not minimal or
 *              indefinite, or a tag number is not minimal or too large.
 */
SOTER_MUST_CHECK enum soter_rc soter_der_next(struct soter_reader *r,
    struct soter_der *out);

/** Take the next element, which must have this single identifier octet. */
SOTER_MUST_CHECK enum soter_rc soter_der_take(struct soter_reader *r,
    uint8_t identifier, struct soter_der *out);

/**
 * Take a non-negative INTEGER (or, with identifier SOTER_DER_ENUMERATED, an
 * enumerated value) of at most 32 bits.  SOTER_E_DER: not minimal, negative,
 * too large.
 */
SOTER_MUST_CHECK enum soter_rc soter_der_u32(struct soter_reader *r,
    uint8_t identifier, uint32_t *out);

/**
 * Take a non-negative INTEGER of any size: its magnitude without leading zero
 * octets.  SOTER_E_DER: not minimal, negative.
 */
SOTER_MUST_CHECK enum soter_rc soter_der_unsigned(struct soter_reader *r,
    struct soter_span *out);

/** SOTER_E_DER unless everything was read. */
SOTER_MUST_CHECK enum soter_rc soter_der_end(const struct soter_reader *r);

/**
 * Append a tag octet, a minimal length and a body.
 *
 * SOTER_E_LIMIT    body is longer than 64 KiB - 1.
 * SOTER_E_NOSPACE  it does not fit.  In both cases nothing moves.
 */
SOTER_MUST_CHECK enum soter_rc soter_der_write(struct soter_writer *w,
    uint8_t identifier, struct soter_span body);

#endif
