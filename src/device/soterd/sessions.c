/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>

#include "device/soterd/bounds.h"
#include "device/soterd/clock.h"
#include "device/soterd/sessions.h"
#include "wire/limits.h"

struct row {
	struct soterd_session x; /* id 0: free */
	uint64_t ms;		 /* when it began */
	size_t kname_n;
	uint8_t kname[SOTER_KNAME_MAX];
};

static struct {
	pthread_mutex_t lock;
	struct row rows[SOTERD_SESSIONS];
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct row *
find(uint64_t id)
{
	for (size_t i = 0; id != 0 && i < SOTERD_SESSIONS; i++)
		if (table.rows[i].x.id == id)
			return (&table.rows[i]);
	return (NULL);
}

static bool
is_over(const struct row *row, uint64_t now)
{
	return (now - row->ms > SOTER_SESSION_MS);
}

static bool
is_for(const struct row *row, uint32_t uid, struct soter_span kname)
{
	return (row->x.id != 0 && row->x.who.uid == uid &&
	    soter_span_equal(soter_span(row->kname, row->kname_n), kname));
}

static struct row *
older(struct row *a, struct row *b)
{
	return (a == NULL || b->ms < a->ms ? b : a);
}

/*
 * The row of this uid and kname, whose signature the TA has just replaced; else
 * one that is free, or whose signature is over, whosoever it was; where this
 * uid has its share, or others have all, its own oldest; NULL: it has none.
 */
static struct row *
row_for(uint32_t uid, struct soter_span kname, uint64_t now)
{
	struct row *own = NULL, *unused = NULL;
	size_t of_uid = 0;

	for (size_t i = 0; i < SOTERD_SESSIONS; i++) {
		struct row *row = &table.rows[i];

		if (is_for(row, uid, kname))
			return (row);
		if (row->x.id != 0 && row->x.who.uid == uid) {
			of_uid++;
			own = older(own, row);
		} else if (row->x.id == 0 || is_over(row, now)) {
			unused = older(unused, row);
		}
	}
	return (of_uid < SOTERD_UID_SESSIONS && unused != NULL ? unused : own);
}

struct soterd_session
soterd_sessions_add(struct soterd_session x, struct soter_span kname)
{
	struct soterd_session gone = x;
	struct row *row;
	uint64_t now;

	if (kname.n > SOTER_KNAME_MAX)
		return (gone);
	pthread_mutex_lock(&table.lock);
	now = soterd_clock_ms();
	row = row_for(x.who.uid, kname, now);
	if (row != NULL) {
		gone = (struct soterd_session){ 0 };
		if (row->x.who.uid == x.who.uid &&
		    !is_for(row, x.who.uid, kname))
			gone = row->x;
		row->x = x;
		row->ms = now;
		row->kname_n = kname.n;
		soter_copy(row->kname, kname.p, kname.n);
	}
	pthread_mutex_unlock(&table.lock);
	return (gone);
}

bool
soterd_sessions_is_of(uint64_t id, uint32_t uid)
{
	const struct row *row;
	bool is_of;

	pthread_mutex_lock(&table.lock);
	row = find(id);
	is_of = row != NULL && row->x.who.uid == uid;
	pthread_mutex_unlock(&table.lock);
	return (is_of);
}

static bool
is_by(const struct row *row, struct soterd_caller who)
{
	return (row->x.id != 0 && row->x.who.uid == who.uid &&
	    row->x.who.pid == who.pid);
}

bool
soterd_sessions_has(struct soterd_caller who)
{
	bool has = false;
	uint64_t now;

	pthread_mutex_lock(&table.lock);
	now = soterd_clock_ms();
	for (size_t i = 0; i < SOTERD_SESSIONS && !has; i++)
		has =
		    is_by(&table.rows[i], who) && !is_over(&table.rows[i], now);
	pthread_mutex_unlock(&table.lock);
	return (has);
}

void
soterd_sessions_drop(uint64_t id)
{
	struct row *row;

	pthread_mutex_lock(&table.lock);
	row = find(id);
	if (row != NULL)
		*row = (struct row){ 0 };
	pthread_mutex_unlock(&table.lock);
}

size_t
soterd_sessions_take(struct soterd_caller who,
    struct soterd_session out[SOTERD_UID_SESSIONS])
{
	uint64_t now;
	size_t n = 0;

	pthread_mutex_lock(&table.lock);
	now = soterd_clock_ms();
	for (size_t i = 0; i < SOTERD_SESSIONS; i++) {
		struct row *row = &table.rows[i];

		if (!is_by(row, who))
			continue;
		if (!is_over(row, now) && n < SOTERD_UID_SESSIONS)
			out[n++] = row->x;
		*row = (struct row){ 0 };
	}
	pthread_mutex_unlock(&table.lock);
	return (n);
}
