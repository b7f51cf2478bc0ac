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

/*
 * The row of this uid and kname, whose signature the TA has just replaced; else
 * a free one; else the oldest, which has ended by time: the TA has fewer.
 */
static struct row *
row_for(uint32_t uid, struct soter_span kname)
{
	struct row *best = &table.rows[0];

	for (size_t i = 0; i < SOTERD_SESSIONS; i++) {
		struct row *row = &table.rows[i];

		if (row->x.id != 0 && row->x.uid == uid &&
		    soter_span_equal(soter_span(row->kname, row->kname_n),
			kname))
			return (row);
		if (best->x.id != 0 && (row->x.id == 0 || row->ms < best->ms))
			best = row;
	}
	return (best);
}

void
soterd_sessions_add(struct soterd_session x, struct soter_span kname)
{
	struct row *row;

	if (kname.n > SOTER_KNAME_MAX)
		return;
	pthread_mutex_lock(&table.lock);
	row = row_for(x.uid, kname);
	row->x = x;
	row->ms = soterd_clock_ms();
	row->kname_n = kname.n;
	soter_copy(row->kname, kname.p, kname.n);
	pthread_mutex_unlock(&table.lock);
}

bool
soterd_sessions_is_of(uint64_t id, uint32_t uid)
{
	const struct row *row;
	bool is_of;

	pthread_mutex_lock(&table.lock);
	row = find(id);
	is_of = row != NULL && row->x.uid == uid;
	pthread_mutex_unlock(&table.lock);
	return (is_of);
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

struct soterd_session
soterd_sessions_left_by(uint64_t connection)
{
	struct soterd_session x = { 0 };

	pthread_mutex_lock(&table.lock);
	for (size_t i = 0; i < SOTERD_SESSIONS && x.id == 0; i++)
		if (table.rows[i].x.id != 0 &&
		    table.rows[i].x.connection == connection) {
			x = table.rows[i].x;
			table.rows[i] = (struct row){ 0 };
		}
	pthread_mutex_unlock(&table.lock);
	return (x);
}
