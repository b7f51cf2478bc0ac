/* SPDX-License-Identifier: BSD-3-Clause */
#include "tam/lane.h"

static void
run(struct tam_lane *l)
{
	soter_lane_run(l->lane);
	tam_lane_follow(l);
}

static void
on_ready(void *context, unsigned events)
{
	(void)events;
	run(context);
}

static void
on_time(void *context)
{
	struct tam_lane *l = context;

	l->timer = 0;
	run(l);
}

enum soter_rc
tam_lane_open(struct tam_lane *out, struct soter_store *store,
    struct net_loop *loop)
{
	enum soter_rc rc;

	*out = (struct tam_lane){ .loop = loop };
	TRY(soter_lane_open(&out->lane, store));
	rc = net_loop_watch(loop, soter_lane_fd(out->lane), NET_READABLE,
	    on_ready, out);
	if (rc != SOTER_OK)
		soter_lane_close(&out->lane);
	return (rc);
}

void
tam_lane_follow(struct tam_lane *l)
{
	uint64_t end = soter_lane_deadline(l->lane);
	uint64_t now = soter_store_now_ms();
	uint64_t ms = end > now ? end - now : 0;

	net_loop_timer_cancel(l->loop, l->timer);
	l->timer = 0;
	if (end == UINT64_MAX)
		return;
	if (ms > TAM_STORE_MS)
		ms = TAM_STORE_MS;
	/* Without a timer, the next event of the lane sees to it. */
	if (net_loop_timer(l->loop, (unsigned)ms, on_time, l, &l->timer) !=
	    SOTER_OK)
		l->timer = 0;
}

void
tam_lane_close(struct tam_lane *l)
{
	if (net_loop_watch(l->loop, soter_lane_fd(l->lane), 0, NULL, NULL) !=
	    SOTER_OK)
		l->timer = 0;
	net_loop_timer_cancel(l->loop, l->timer);
	soter_lane_close(&l->lane);
}
