/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/model.h -- the device info (model_key) of is_support.
 *
 *	<deviceinfo><MANUFACTURER name="..."><MODEL name="..."><VERSION_RELEASE
 *	name="..."><VERSION_INCREMENTAL name="..."><DISPLAY name="...">
 *	</DISPLAY></VERSION_INCREMENTAL></VERSION_RELEASE></MODEL>
 *	</MANUFACTURER></deviceinfo>
 *
 * Nested in that order, in one line; the older form ends at MODEL.  The client
 * escapes nothing, so a value may hold & or <, but no double quote.  No XML
 * library: entities, declarations, comments and CDATA do not exist here.
 * Source: Tencent/soter, SoterCore.generateRemoteCheckRequestParam;
 * docs/protocol.md b.6.
 */
#ifndef SOTER_WIRE_MODEL_H
#define SOTER_WIRE_MODEL_H

#include "base/span.h"
#include "wire/limits.h"

enum soter_model_part {
	SOTER_MODEL_MANUFACTURER,
	SOTER_MODEL_MODEL,
	SOTER_MODEL_RELEASE,
	SOTER_MODEL_INCREMENTAL,
	SOTER_MODEL_DISPLAY,
	SOTER_MODEL_PARTS
};

struct soter_model {
	size_t parts;				   /* 2 (ends at MODEL) or 5 */
	struct soter_span part[SOTER_MODEL_PARTS]; /* as received; borrowed */
};

/**
 * Read a device info.
 *
 * in  borrowed by *out.
 *
 * SOTER_E_LIMIT     longer than SOTER_MODEL_XML_MAX, or a value longer than
 *                   SOTER_MODEL_TEXT_MAX.
 * SOTER_E_XML       not the form above (the TAM answers 90001).
 * SOTER_E_XML_NODE  well formed so far, but an element of another name
 *                   (the TAM answers 90002).
 */
SOTER_MUST_CHECK enum soter_rc soter_model_parse(struct soter_model *out,
    struct soter_span in);

/**
 * Append a device info: the inverse of soter_model_parse().
 *
 * SOTER_E_NOSPACE  leaves w->len unspecified, as do the others.
 * SOTER_E_LIMIT    a value is longer than SOTER_MODEL_TEXT_MAX.
 * SOTER_E_XML      a value holds a quote or a control character, or parts is
 *                  neither 2 nor 5.
 */
SOTER_MUST_CHECK enum soter_rc soter_model_write(struct soter_writer *w,
    const struct soter_model *x);

#endif
