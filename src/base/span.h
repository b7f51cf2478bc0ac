/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * base/span.h -- borrowed bytes, and the two cursors that move over them.
 *
 * Everything that enters or leaves the project goes through these: a reader
 * that moves or fails, a writer that fits or fails.  Lengths are compared by
 * subtraction, never by adding to a pointer.  No malloc, no stdio, no clock:
 * this file compiles unchanged inside a TEE.
 */
#ifndef SOTER_BASE_SPAN_H
#define SOTER_BASE_SPAN_H

#include "base/rc.h"

/* Reads from the front of a span; borrowed from it. */
struct soter_reader {
	const uint8_t *p;
	size_t left;
};

/* Appends to a caller's buffer; p[0..len) is written, len <= cap. */
struct soter_writer {
	uint8_t *p;
	size_t len;
	size_t cap;
};

static inline struct soter_span
soter_span(const void *p, size_t n)
{
	return ((struct soter_span){ (const uint8_t *)p, n });
}

/* The bytes of a string literal, without its NUL. */
#define SOTER_SPAN(literal) soter_span("" literal "", sizeof(literal) - 1)

static inline struct soter_reader
soter_reader(struct soter_span in)
{
	return ((struct soter_reader){ in.p, in.n });
}

static inline struct soter_writer
soter_writer(void *p, size_t cap)
{
	return ((struct soter_writer){ (uint8_t *)p, 0, cap });
}

/* What a writer holds so far; borrowed from its buffer. */
static inline struct soter_span
soter_written(const struct soter_writer *w)
{
	return (soter_span(w->p, w->len));
}

/** Are the bytes the same?  Not constant time: for public values only. */
bool soter_span_equal(struct soter_span a, struct soter_span b);

/** Does text begin with prefix? */
bool soter_span_starts(struct soter_span text, struct soter_span prefix);

/** Copy n bytes; the regions must not overlap.  n may be 0. */
void soter_copy(void *to, const void *from, size_t n);

/** Overwrite n bytes with zero in a way that no compiler removes. */
void soter_wipe(void *p, size_t n);

/** Take n bytes.  SOTER_E_SHORT if fewer are left; then nothing moves. */
SOTER_MUST_CHECK enum soter_rc soter_read_span(struct soter_reader *r, size_t n,
    struct soter_span *out);

/** Take one byte.  SOTER_E_SHORT at the end. */
SOTER_MUST_CHECK enum soter_rc soter_read_u8(struct soter_reader *r,
    uint8_t *out);

/** Take a 32-bit number, least significant byte first.  SOTER_E_SHORT. */
SOTER_MUST_CHECK enum soter_rc soter_read_le32(struct soter_reader *r,
    uint32_t *out);

/** The same for 64 bits. */
SOTER_MUST_CHECK enum soter_rc soter_read_le64(struct soter_reader *r,
    uint64_t *out);

/** SOTER_E_FORMAT unless everything was read. */
SOTER_MUST_CHECK enum soter_rc soter_read_end(const struct soter_reader *r);

/** Append bytes.  SOTER_E_NOSPACE if they do not fit; then nothing moves. */
SOTER_MUST_CHECK enum soter_rc soter_write(struct soter_writer *w,
    struct soter_span bytes);

/** Append one byte.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_write_u8(struct soter_writer *w,
    uint8_t byte);

/** Append a 32-bit number, least significant byte first.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_write_le32(struct soter_writer *w,
    uint32_t value);

/** The same for 64 bits; then nothing moves on failure. */
SOTER_MUST_CHECK enum soter_rc soter_write_le64(struct soter_writer *w,
    uint64_t value);

/** Append a number in decimal digits.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_write_decimal(struct soter_writer *w,
    uint64_t value);

#define SOTER_HEX_BAD 0xff

/** The value of a hex digit of either case; SOTER_HEX_BAD if it is none. */
uint8_t soter_hex_digit(uint8_t c);

/**
 * Read decimal digits in canonical form: no sign, no leading zero unless the
 * number is 0, at least one digit, the whole span.
 *
 * SOTER_E_FORMAT  not such a text, or the value is above max.
 */
SOTER_MUST_CHECK enum soter_rc soter_decimal(struct soter_span digits,
    uint64_t max, uint64_t *out);

#endif
