/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/admin.h -- what operators and their machines ask: an app for a listener
 * of its own, or the same answers among the paths of another app.
 *
 *	/healthz   200: the loops turn
 *	/readyz    200 or 503: shall it be given work?
 *	/metrics   Prometheus text
 */
#ifndef SOTER_NET_ADMIN_H
#define SOTER_NET_ADMIN_H

#include "net/server.h"

/* The context of net_admin_app. */
struct net_admin {
	struct net_metrics *metrics; /* NULL: /metrics is not found */
	/*
	 * In the thread of a loop: is the store there?  A word for why not, or
	 * NULL if it is ready.  The function itself may be NULL.
	 */
	const char *(*unready)(void *context);
	void *context;
};

extern const struct net_app net_admin_app;

/**
 * Answer a request for one of the three paths.  False: it is for another path,
 * and was not touched.
 */
bool net_admin_take(const struct net_admin *admin, const struct net_loop *loop,
    struct net_request *request);

#endif
