/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/soterd/fair.h"

/* The last look that he had; 0: none that is remembered. */
static uint64_t
last_look(const struct soterd_fair *f, uint32_t uid)
{
	for (size_t i = 0; i < SOTERD_FAIR_USERS; i++)
		if (f->had[i].look != 0 && f->had[i].uid == uid)
			return (f->had[i].look);
	return (0);
}

static bool
is_waiting(const struct soterd_fair *f, size_t i, uint64_t now_ms)
{
	return (f->waits[i].since != 0 &&
	    now_ms - f->waits[i].tried_ms <= SOTERD_FAIR_MS);
}

bool
soterd_fair_may(const struct soterd_fair *f, uint32_t uid, uint64_t now_ms)
{
	const uint64_t look = last_look(f, uid);

	for (size_t i = 0; i < SOTERD_FAIR_USERS; i++)
		if (is_waiting(f, i, now_ms) && f->waits[i].uid != uid &&
		    look >= f->waits[i].since)
			return (false);
	return (true);
}

/* His row, or else a free one; SOTERD_FAIR_USERS: there is none. */
static size_t
waiting_row(const struct soterd_fair *f, uint32_t uid, uint64_t now_ms)
{
	size_t row = SOTERD_FAIR_USERS;

	for (size_t i = 0; i < SOTERD_FAIR_USERS; i++) {
		bool is = is_waiting(f, i, now_ms);

		if (is && f->waits[i].uid == uid)
			return (i);
		if (!is && row == SOTERD_FAIR_USERS)
			row = i;
	}
	return (row);
}

void
soterd_fair_turned_away(struct soterd_fair *f, uint32_t uid, uint64_t now_ms)
{
	size_t i = waiting_row(f, uid, now_ms);

	if (i == SOTERD_FAIR_USERS || f->looks == 0)
		return;
	/* He keeps his place as long as he tries. */
	if (!is_waiting(f, i, now_ms)) {
		f->waits[i].uid = uid;
		f->waits[i].since = f->looks;
	}
	f->waits[i].tried_ms = now_ms;
}

void
soterd_fair_looks(struct soterd_fair *f, uint32_t uid)
{
	size_t oldest = 0;

	for (size_t i = 0; i < SOTERD_FAIR_USERS; i++) {
		if (f->waits[i].uid == uid)
			f->waits[i].since = 0;
		if (f->had[i].look < f->had[oldest].look)
			oldest = i;
	}
	for (size_t i = 0; i < SOTERD_FAIR_USERS; i++)
		if (f->had[i].look != 0 && f->had[i].uid == uid)
			oldest = i;
	f->had[oldest].uid = uid;
	f->had[oldest].look = ++f->looks;
}
