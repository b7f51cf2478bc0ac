/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "store/pg.h"

static enum soter_rc
create(const char *where)
{
	return (store_pg_create_at(where, SOTER_STORE_SCHEMA));
}

static void
close_it(struct soter_store *store)
{
	struct store_pg_store *p = (struct store_pg_store *)store;

	free(p->url);
	free(p);
}

/* A first connection says whether there is a store, and which. */
static enum soter_rc
look(struct store_pg_store *p)
{
	struct soter_lane *lane = NULL;
	enum soter_rc rc;

	TRY(store_pg_lane_open(&lane, &p->store));
	rc = store_pg_lane_why(lane);
	store_pg_lane_close(lane);
	return (rc);
}

static enum soter_rc
open_it(struct soter_store **out, const char *where, enum soter_store_mode mode)
{
	struct store_pg_store *p = calloc(1, sizeof(*p));
	enum soter_rc rc;

	if (p == NULL)
		return (SOTER_E_NOMEM);
	p->store.ops = &store_postgresql;
	p->store.mode = mode;
	p->url = strdup(where);
	rc = p->url == NULL ? SOTER_E_NOMEM : look(p);
	if (rc != SOTER_OK) {
		close_it(&p->store);
		return (rc);
	}
	*out = &p->store;
	return (SOTER_OK);
}

const struct store_ops store_postgresql = {
	.name = "postgresql",
	.create = create,
	.migrate = store_pg_migrate,
	.open = open_it,
	.close = close_it,
	.lane_open = store_pg_lane_open,
	.lane_close = store_pg_lane_close,
	.begin = store_pg_begin,
	.run = store_pg_run_lane,
	.expire = store_pg_expire,
	.deadline = store_pg_deadline,
	.forget = store_pg_forget,
};
