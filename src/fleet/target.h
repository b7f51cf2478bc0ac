/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/target.h -- the server that is asked: http://HOST[:PORT] or https://.
 */
#ifndef SOTER_FLEET_TARGET_H
#define SOTER_FLEET_TARGET_H

#include <sys/socket.h>

#include "base/rc.h"

#define FLEET_HOST_MAX 255

struct fleet_target {
	bool is_tls;
	char name[FLEET_HOST_MAX + 1];	    /* without brackets and port */
	char host[FLEET_HOST_MAX + 1 + 10]; /* as the header Host wants it */
	struct sockaddr_storage at;
	socklen_t at_len;
};

/**
 * Read a URL and look the host up.
 *
 * SOTER_E_ARGUMENT  no such URL, or one with a path, a user, a query.
 * SOTER_E_NETWORK   no such host.
 */
SOTER_MUST_CHECK enum soter_rc fleet_target_read(struct fleet_target *out,
    const char *url);

#endif
