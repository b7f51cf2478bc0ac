/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/rootline.h -- device roots on their way from the factory to the TAM: one
 * JSON object a line, in requests to the intake and in files.
 *
 *	{"device_id":text,"attk_n":text,"batch":text,"station":text}
 *
 * attk_n is the modulus of the root in Base64 (344 characters; e is 65537);
 * attk_pub_pem may stand there instead, a PEM public key.  batch and station
 * may be missing.  The class of a root stands nowhere in it: it is that of
 * whoever brings it.
 *
 * The answer to a request has a line for each line, in the same order:
 *
 *	{"device_id":text,"result":text,"reason":text}
 *
 * result: ok (it is stored), same (it was there already), refused; reason: the
 * word why it was refused.
 */
#ifndef SOTER_WIRE_ROOTLINE_H
#define SOTER_WIRE_ROOTLINE_H

#include "base/key.h"
#include "wire/json.h"

#define SOTER_INTAKE_ROOTS   "/intake/roots"
#define SOTER_ROOTLINE_MAX   4096 /* bytes of a line */
#define SOTER_BATCH_NAME_MAX 64	  /* bytes of a batch's or station's name */

struct soter_rootline {
	char device_id[SOTER_CPU_ID_MAX + 1];
	struct soter_key key; /* claimed: no policy was applied */
	char batch[SOTER_BATCH_NAME_MAX + 1], station[SOTER_BATCH_NAME_MAX + 1];
};

/**
 * Read a line, without its line feed.
 *
 * SOTER_E_LIMIT          longer than SOTER_ROOTLINE_MAX.
 * SOTER_E_FIELD_MISSING  no device_id, or no key.
 * SOTER_E_FIELD_VALUE    two keys, or a modulus that is not 256 bytes long.
 * The errors of soter_json_parse(), soter_fields_read(), soter_base64_decode()
 * and soter_spki_parse_pem().
 */
SOTER_MUST_CHECK enum soter_rc soter_rootline_parse(struct soter_rootline *out,
    struct soter_span line, struct soter_fault *fault);

/**
 * Append a line with its line feed; the key as attk_n.
 *
 * SOTER_E_FIELD_VALUE  attk_n cannot say that key: another e, another size.
 * SOTER_E_NOSPACE
 */
SOTER_MUST_CHECK enum soter_rc soter_rootline_write(struct soter_writer *w,
    const struct soter_rootline *x);

/**
 * Append a line of the answer with its line feed.  rc: SOTER_OK, SOTER_E_EXISTS
 * (same), else why it was refused.  SOTER_E_NOSPACE.
 */
SOTER_MUST_CHECK enum soter_rc soter_rootline_answer(struct soter_writer *w,
    struct soter_span device_id, enum soter_rc rc);

/**
 * Take the next line that is not empty; false at the end.  A line feed at the
 * end of the last one may be missing; a carriage return is no part of it.
 */
bool soter_rootline_next(struct soter_span *rest, struct soter_span *line);

#endif
