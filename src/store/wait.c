/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls that wait: each runs the lane until its own batch has ended.
 */
#include <limits.h>
#include <poll.h>

#include "store/inside.h"

static uint64_t
end_of(unsigned ms)
{
	return (soter_store_now_ms() + (ms != 0 ? ms : SOTER_STORE_MS));
}

/* Every job ends, at the latest soon after its time is over. */
static void
run_until(struct soter_lane *lane, const bool *is_done)
{
	while (!*is_done) {
		struct pollfd fd = { .fd = lane->fd, .events = POLLIN };
		uint64_t end = soter_lane_deadline(lane);
		uint64_t now = soter_store_now_ms(), left;

		left = end == UINT64_MAX ? INT_MAX : end > now ? end - now : 0;
		poll(&fd, 1, left > INT_MAX ? INT_MAX : (int)left);
		soter_lane_run(lane);
	}
}

/* ---- get, write, accept -------------------------------------------------- */

struct waiting {
	struct soter_writer *room;
	bool is_done;
};

/* Take the bytes along before the store takes them back. */
static enum soter_rc
keep(struct soter_writer *room, struct soter_span *bytes)
{
	const uint8_t *at = room->p == NULL ? NULL : room->p + room->len;
	enum soter_rc rc = soter_write(room, *bytes);

	*bytes = soter_span(at, rc == SOTER_OK ? bytes->n : 0);
	return (rc);
}

static void
got(struct soter_get_batch *batch)
{
	struct waiting *w = batch->context;

	for (size_t i = 0; i < batch->n; i++) {
		struct soter_get *x = &batch->gets[i];

		if (x->rc == SOTER_OK)
			x->rc = keep(w->room, &x->value);
	}
	w->is_done = true;
}

void
soter_store_get_many(struct soter_lane *lane, struct soter_get *gets, size_t n,
    struct soter_writer *room, unsigned ms)
{
	struct waiting w = { .room = room };
	struct soter_get_batch batch = { .gets = gets,
		.n = n,
		.end_ms = end_of(ms),
		.done = got,
		.context = &w };

	soter_lane_get(lane, &batch);
	run_until(lane, &w.is_done);
}

static void
wrote(struct soter_write_batch *batch)
{
	*(bool *)batch->context = true;
}

void
soter_store_write_many(struct soter_lane *lane, struct soter_group *groups,
    size_t n, unsigned ms)
{
	bool is_done = false;
	struct soter_write_batch batch = { .groups = groups,
		.n = n,
		.end_ms = end_of(ms),
		.done = wrote,
		.context = &is_done };

	soter_lane_write(lane, &batch);
	run_until(lane, &is_done);
}

static void
accepted(struct soter_accept_batch *batch)
{
	struct waiting *w = batch->context;

	for (size_t i = 0; i < batch->n; i++) {
		struct soter_accept *x = &batch->accepts[i];

		if (x->rc == SOTER_E_EXISTS &&
		    keep(w->room, &x->before) != SOTER_OK)
			x->rc = SOTER_E_NOSPACE;
	}
	w->is_done = true;
}

void
soter_store_accept_many(struct soter_lane *lane, struct soter_accept *accepts,
    size_t n, struct soter_writer *room, unsigned ms)
{
	struct waiting w = { .room = room };
	struct soter_accept_batch batch = { .accepts = accepts,
		.n = n,
		.end_ms = end_of(ms),
		.done = accepted,
		.context = &w };

	soter_lane_accept(lane, &batch);
	run_until(lane, &w.is_done);
}

/* ---- one of them --------------------------------------------------------- */

enum soter_rc
soter_store_get(struct soter_lane *lane, enum soter_store_kind kind,
    struct soter_span key, struct soter_writer *room, uint64_t *version,
    unsigned ms)
{
	struct soter_get one = { .kind = kind, .key = key };

	soter_store_get_many(lane, &one, 1, room, ms);
	if (one.rc == SOTER_OK && version != NULL)
		*version = one.version;
	return (one.rc);
}

enum soter_rc
soter_store_write(struct soter_lane *lane, struct soter_write *writes, size_t n,
    unsigned ms)
{
	struct soter_group group = { .writes = writes, .n = n };

	soter_store_write_many(lane, &group, 1, ms);
	return (group.rc);
}

/* ---- scan, count --------------------------------------------------------- */

enum soter_rc
soter_store_scan(struct soter_lane *lane, struct soter_scan *scan, unsigned ms)
{
	struct store_look look = { .kind = scan->kind,
		.scan = scan,
		.end_ms = end_of(ms) };

	scan->found = 0;
	store_lane_look(lane, &look);
	run_until(lane, &look.is_done);
	return (look.rc);
}

enum soter_rc
soter_store_count(struct soter_lane *lane, enum soter_store_kind kind,
    uint64_t *count, unsigned ms)
{
	struct store_look look = { .kind = kind, .end_ms = end_of(ms) };

	store_lane_look(lane, &look);
	run_until(lane, &look.is_done);
	if (look.rc == SOTER_OK)
		*count = look.count;
	return (look.rc);
}
