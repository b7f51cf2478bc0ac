/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/fetch.h -- one request and its answer, waited for: what a load run
 * needs before it begins.
 */
#ifndef SOTER_FLEET_FETCH_H
#define SOTER_FLEET_FETCH_H

#include "base/span.h"
#include "fleet/link.h"

/**
 * Get an access token.
 *
 * request  the whole request of the kind token.
 * out      size bytes; NUL-terminated.
 *
 * SOTER_E_NETWORK  no connection, no answer in time, or none that is HTTP.
 * SOTER_E_DENIED   the answer is not 200, or there is no token in it.
 * SOTER_E_LIMIT    the token does not fit.
 * SOTER_E_NOMEM
 */
SOTER_MUST_CHECK enum soter_rc fleet_fetch_token(
    const struct fleet_target *target, struct fleet_tls *tls,
    struct soter_span request, uint64_t timeout_ms, char *out, size_t size);

#endif
