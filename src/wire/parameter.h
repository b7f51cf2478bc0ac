/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/parameter.h -- one parameter of a binary request, by a row of a table:
 * where it lies in the struct, how wide it is, and between which bounds.
 *
 *	SOTER_PARAMETER_U32   number  4 bytes, least significant first
 *	SOTER_PARAMETER_U64   number  8 bytes, least significant first
 *	SOTER_PARAMETER_TEXT  bytes   4 bytes of length, then the bytes
 *	SOTER_PARAMETER_MAY   bytes   the same; length 0 is in bounds, too
 *
 * Requests to TAs (wire/tacmd.h) and to the device service (wire/devmsg.h) are
 * made of these.
 */
#ifndef SOTER_WIRE_PARAMETER_H
#define SOTER_WIRE_PARAMETER_H

#include "base/span.h"

enum soter_parameter_width {
	SOTER_PARAMETER_U32,  /* uint32_t */
	SOTER_PARAMETER_U64,  /* uint64_t */
	SOTER_PARAMETER_TEXT, /* struct soter_span */
	SOTER_PARAMETER_MAY,
};

/* Small: a table of them is in every app. */
struct soter_parameter {
	uint8_t width;	   /* enum soter_parameter_width */
	uint16_t offset;   /* of the member, in the request's struct */
	uint64_t min, max; /* of the number, or of the text's length */
};

/**
 * Take one parameter; request is the struct, a text is borrowed from r.
 *
 * SOTER_E_SHORT; SOTER_E_LIMIT: out of its bounds.
 */
SOTER_MUST_CHECK enum soter_rc soter_parameter_read(void *request,
    const struct soter_parameter *row, struct soter_reader *r);

/** Append one parameter.  SOTER_E_LIMIT; SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_parameter_write(struct soter_writer *w,
    const struct soter_parameter *row, const void *request);

#endif
