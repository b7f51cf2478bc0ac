/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/query.h -- what stands behind the '?', or in a body of type
 * application/x-www-form-urlencoded.
 */
#ifndef SOTER_NET_QUERY_H
#define SOTER_NET_QUERY_H

#include "base/span.h"

#define NET_QUERY_PAIRS_MAX 32

/**
 * Find the value of a name, and decode it: %XX and '+'.
 *
 * query  name=value pairs with '&' between them; borrowed.
 * name   compared with the decoded names.
 * value  receives the decoded bytes, which may hold anything but NUL.
 *
 * SOTER_E_NOTFOUND       no such name.
 * SOTER_E_FIELD_DOUBLED  it stands there twice: two readers would see two.
 * SOTER_E_FORMAT         an escape that is none, or of a NUL; anywhere.
 * SOTER_E_LIMIT          more than NET_QUERY_PAIRS_MAX pairs.
 * SOTER_E_NOSPACE        the value does not fit.
 */
SOTER_MUST_CHECK enum soter_rc net_query_get(struct soter_span query,
    const char *name, struct soter_writer *value);

#endif
