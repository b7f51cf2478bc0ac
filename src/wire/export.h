/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/export.h -- the export blob: an ASK, an AuthKey or a result as it
 * leaves the TEE.
 *
 *	offset  size  field
 *	0       4     n, length of text in bytes, little-endian, unsigned
 *	4       n     text, JSON: exactly the bytes that were signed
 *	4+n     256   sig, RSA-2048 PSS signature over text
 *
 * Source: Tencent/soter, SoterCoreBase.java (layout); docs/protocol.md b.1.
 * Differs: that reader takes a signed length, texts up to 1 MiB and any or no
 * signature; this one SOTER_SIGNED_MAX and exactly 256 bytes.
 */
#ifndef SOTER_WIRE_EXPORT_H
#define SOTER_WIRE_EXPORT_H

#include "base/span.h"
#include "wire/limits.h"

struct soter_export {
	struct soter_span text; /* borrowed from the input */
	struct soter_span sig;	/* borrowed from the input, SOTER_SIG_LEN */
};

/**
 * Split a blob into signed text and signature.  Verifies nothing.
 *
 * in  borrowed by *out.
 *
 * SOTER_E_SHORT   in ends before a declared length.
 * SOTER_E_LIMIT   text is longer than SOTER_SIGNED_MAX.
 * SOTER_E_FORMAT  text is empty, or bytes follow the signature.
 */
SOTER_MUST_CHECK enum soter_rc soter_export_parse(struct soter_export *out,
    struct soter_span in);

/**
 * Append the blob for x: the inverse of soter_export_parse().
 *
 * SOTER_E_NOSPACE  leaves w->len unspecified.
 * SOTER_E_LIMIT, SOTER_E_FORMAT  x is nothing that soter_export_parse() gives.
 */
SOTER_MUST_CHECK enum soter_rc soter_export_write(struct soter_writer *w,
    const struct soter_export *x);

#endif
