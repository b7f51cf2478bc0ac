/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The form for event loops: nothing waits, every batch ends in exactly one
 * done, and the descriptor says when.
 */
#include <poll.h>

#include "tests/check.h"
#include "tests/records.h"

static struct records r;

#define BATCHES 8

/* A batch of puts, as a server would keep it. */
struct put {
	struct soter_write_batch batch;
	struct soter_write *x;
	struct soter_group *groups;
	size_t n;
	unsigned done;
};

static void
put_done(struct soter_write_batch *batch)
{
	struct put *p = batch->context;

	p->done++;
}

static char keys[BATCHES][SOTER_STORE_BATCH_MAX][16];

static void
put_begin(struct put *p, unsigned number, size_t n, enum soter_store_kind kind)
{
	*p = (struct put){ .n = n };
	p->x = calloc(n, sizeof(p->x[0]));
	p->groups = calloc(n, sizeof(p->groups[0]));
	if (p->x == NULL || p->groups == NULL)
		abort();
	for (size_t i = 0; i < n; i++) {
		snprintf(keys[number][i], sizeof(keys[number][i]), "%u %zu",
		    number, i);
		p->x[i] = (struct soter_write){ .kind = kind,
			.key = soter_text(keys[number][i]),
			.value = LIT("x") };
		p->groups[i] =
		    (struct soter_group){ .writes = &p->x[i], .n = 1 };
	}
	p->batch = (struct soter_write_batch){ .groups = p->groups,
		.n = n,
		.end_ms = soter_store_now_ms() + RECORDS_MS,
		.done = put_done,
		.context = p };
	soter_lane_write(r.lane, &p->batch);
}

static size_t
put_count(const struct put *p, enum soter_rc rc)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->groups[i].rc == rc;
	return (n);
}

static void
put_end(struct put *p)
{
	free(p->x);
	free(p->groups);
}

/* As an event loop: run only when the descriptor or the deadline says so. */
static void
loop_until(const unsigned *done, unsigned want)
{
	while (*done < want) {
		struct pollfd fd = { .fd = soter_lane_fd(r.lane),
			.events = POLLIN };
		uint64_t end = soter_lane_deadline(r.lane);
		uint64_t now = soter_store_now_ms();
		int ms = end == UINT64_MAX ? RECORDS_MS
		    : end > now		   ? (int)(end - now)
					   : 0;

		if (poll(&fd, 1, ms) == 0 && ms == RECORDS_MS)
			break;
		soter_lane_run(r.lane);
	}
}

/* ---- rows ---------------------------------------------------------------- */

static void
test_write(void)
{
	struct put p;
	struct pollfd fd = { .fd = soter_lane_fd(r.lane), .events = POLLIN };

	check_row("a write: done once, out of run, when the descriptor says");
	CHECK(soter_lane_deadline(r.lane) == UINT64_MAX);
	put_begin(&p, 0, 10, SOTER_KIND_META);
	CHECK(p.done == 0 && soter_lane_pending(r.lane) == 10);
	CHECK(soter_lane_deadline(r.lane) <= p.batch.end_ms);
	loop_until(&p.done, 1);
	CHECK(p.done == 1 && put_count(&p, SOTER_OK) == 10);
	CHECK(soter_lane_pending(r.lane) == 0);
	CHECK(soter_lane_deadline(r.lane) == UINT64_MAX);

	check_row("nothing under way: the descriptor is silent, run does "
		  "nothing");
	CHECK(poll(&fd, 1, 0) == 0);
	soter_lane_run(r.lane);
	CHECK(p.done == 1 && soter_lane_fd(r.lane) == fd.fd);
	put_end(&p);
}

static void
test_too_many(void)
{
	struct put p[BATCHES];
	unsigned in = SOTER_STORE_PENDING_MAX / SOTER_STORE_BATCH_MAX;
	size_t ok = 0;

	check_row("more than a lane takes: refused at once, the rest is done");
	for (unsigned i = 0; i < BATCHES; i++)
		put_begin(&p[i], i, SOTER_STORE_BATCH_MAX, SOTER_KIND_META);
	CHECK(soter_lane_pending(r.lane) == SOTER_STORE_PENDING_MAX);
	for (unsigned i = 0; i < BATCHES; i++)
		CHECK(p[i].done == (i < in ? 0 : 1));
	for (unsigned i = in; i < BATCHES; i++)
		CHECK(put_count(&p[i], SOTER_E_BUSY) == p[i].n);
	for (unsigned i = 0; i < in; i++) {
		loop_until(&p[i].done, 1);
		ok += put_count(&p[i], SOTER_OK);
	}
	CHECK(ok == SOTER_STORE_PENDING_MAX);
	for (unsigned i = 0; i < BATCHES; i++) {
		CHECK(p[i].done == 1);
		put_end(&p[i]);
	}
}

/* ---- a done that goes on ------------------------------------------------- */

struct chain {
	struct soter_get get;
	struct soter_get_batch batch;
	struct soter_write x;
	struct soter_group group;
	struct soter_write_batch write;
	unsigned left, done, wrong;
};

static void
chain_got(struct soter_get_batch *batch)
{
	struct chain *c = batch->context;
	static uint8_t bytes[8];

	if (c->get.rc != SOTER_OK || c->get.value.n != 1) {
		c->wrong++;
		c->done = 1;
		return;
	}
	if (c->left-- == 0) {
		c->done = 1;
		return;
	}
	bytes[0] = (uint8_t)(c->get.value.p[0] + 1);
	c->x = (struct soter_write){ .op = SOTER_PUT_AT,
		.kind = c->get.kind,
		.key = c->get.key,
		.value = soter_span(bytes, 1),
		.at = c->get.version };
	c->group = (struct soter_group){ .writes = &c->x, .n = 1 };
	soter_lane_write(r.lane, &c->write);
}

static void
chain_wrote(struct soter_write_batch *batch)
{
	struct chain *c = batch->context;

	c->wrong += c->group.rc != SOTER_OK;
	soter_lane_get(r.lane, &c->batch);
}

static void
test_chain(enum soter_store_kind kind)
{
	struct chain c = { .get = { .kind = kind, .key = LIT("chain") },
		.left = 50 };
	uint8_t value = 50;

	check_row("%s: a done begins the next batch",
	    soter_kind_row(kind)->name);
	records_put(&r, kind, LIT("chain"), LIT("\0"));
	c.batch = (struct soter_get_batch){ .gets = &c.get,
		.n = 1,
		.done = chain_got,
		.context = &c };
	c.write = (struct soter_write_batch){ .groups = &c.group,
		.n = 1,
		.done = chain_wrote,
		.context = &c };
	soter_lane_get(r.lane, &c.batch);
	loop_until(&c.done, 1);
	CHECK(c.wrong == 0 && c.done == 1);
	CHECK(records_is(&r, kind, LIT("chain"), soter_span(&value, 1)));
}

/* A done that reads: the value that it was given stays its own. */
struct nested {
	struct soter_get get[2];
	struct soter_get_batch batch[2];
	unsigned done, right;
};

static void
inner_got(struct soter_get_batch *batch)
{
	struct nested *n = batch->context;

	n->right += soter_span_equal(n->get[1].value, LIT("inner"));
	n->done++;
}

static void
outer_got(struct soter_get_batch *batch)
{
	struct nested *n = batch->context;

	soter_lane_get(r.lane, &n->batch[1]);
	n->right += soter_span_equal(n->get[0].value, LIT("outer"));
	n->done++;
}

static void
test_nested(enum soter_store_kind kind)
{
	struct nested n = {
		.get = { { .kind = kind, .key = LIT("outer") },
		    { .kind = kind, .key = LIT("inner") } },
	};

	check_row("%s: a done reads more, and keeps what it has",
	    soter_kind_row(kind)->name);
	records_put(&r, kind, LIT("outer"), LIT("outer"));
	records_put(&r, kind, LIT("inner"), LIT("inner"));
	for (int i = 0; i < 2; i++)
		n.batch[i] = (struct soter_get_batch){ .gets = &n.get[i],
			.n = 1,
			.done = i == 0 ? outer_got : inner_got,
			.context = &n };
	soter_lane_get(r.lane, &n.batch[0]);
	loop_until(&n.done, 2);
	CHECK(n.done == 2 && n.right == 2);
}

/* ---- ends ---------------------------------------------------------------- */

/* Whatever it says: OK is there, BUSY is not, and OUTCOME may be. */
static void
check_told(const struct put *p, unsigned number, enum soter_store_kind kind)
{
	size_t lies = 0;

	for (size_t i = 0; i < p->n; i++) {
		bool is_there =
		    records_version(&r, kind, soter_text(keys[number][i])) != 0;
		enum soter_rc rc = p->groups[i].rc;

		lies += rc == SOTER_OK	    ? !is_there
		    : rc == SOTER_E_BUSY    ? is_there
		    : rc == SOTER_E_OUTCOME ? 0
					    : 1;
	}
	CHECK(lies == 0);
}

static void
test_close(void)
{
	struct put p[2];

	check_row("a lane that is closed with something under way");
	put_begin(&p[0], 0, 300, SOTER_KIND_MODELS);
	put_begin(&p[1], 1, 300, SOTER_KIND_ROOTS);
	soter_lane_close(&r.lane);
	CHECK(p[0].done == 1 && p[1].done == 1);
	CHECK(r.lane == NULL);
	if (soter_lane_open(&r.lane, r.store) != SOTER_OK)
		abort();
	/* A database may still be at it: what it is at, nobody was told. */
	check_told(&p[0], 0, SOTER_KIND_MODELS);
	check_told(&p[1], 1, SOTER_KIND_ROOTS);
	put_end(&p[0]);
	put_end(&p[1]);
}

static void
test_no_time(void)
{
	struct put p;

	check_row("a batch whose time is over ends, and says what it knows");
	put_begin(&p, 2, 1, SOTER_KIND_MODELS);
	loop_until(&p.done, 1);
	put_end(&p);
	for (int i = 0; i < 20; i++) {
		struct soter_write x = { .kind = SOTER_KIND_MODELS,
			.key = LIT("no time"),
			.value = LIT("x") };
		struct soter_group group = { .writes = &x, .n = 1 };
		struct put late = { .n = 1 };

		late.batch = (struct soter_write_batch){ .groups = &group,
			.n = 1,
			.end_ms = 1,
			.done = put_done,
			.context = &late };
		soter_lane_write(r.lane, &late.batch);
		loop_until(&late.done, 1);
		CHECK(late.done == 1);
		CHECK(group.rc == SOTER_OK || group.rc == SOTER_E_BUSY ||
		    group.rc == SOTER_E_OUTCOME);
	}
	CHECK(soter_lane_pending(r.lane) == 0);
	records_put(&r, SOTER_KIND_MODELS, LIT("no time"), LIT("y"));
	CHECK(records_is(&r, SOTER_KIND_MODELS, LIT("no time"), LIT("y")));
}

int
main(int argc, char **argv)
{
	(void)argc;
	if (!records_new(&r, argv[1]))
		return (check_done());
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	test_write();
	test_too_many();
	test_chain(SOTER_KIND_TENANTS);
	test_chain(SOTER_KIND_ROOTS);
	test_nested(SOTER_KIND_TENANTS);
	test_nested(SOTER_KIND_ROOTS);
	test_close();
	test_no_time();
	records_end(&r);
	return (check_done());
}
