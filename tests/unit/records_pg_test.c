/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A database that stops, stands still, says no in the last moment, or becomes
 * newer than the program: what was told is so, and nothing has to be opened
 * anew.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/records.h"

static struct records r;

#define TRIES 1500 /* of 20 ms: the machine may be busy */

static enum soter_rc
get_once(struct soter_lane *lane, const char *key, unsigned ms)
{
	uint8_t bytes[100];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));

	return (soter_store_get(lane, SOTER_KIND_TENANTS, soter_text(key),
	    &room, NULL, ms));
}

/* Ask until it says something else than BUSY. */
static enum soter_rc
get_again(const char *key)
{
	enum soter_rc rc = SOTER_E_BUSY;

	for (int i = 0; i < TRIES && rc == SOTER_E_BUSY; i++) {
		rc = get_once(r.lane, key, 0);
		if (rc == SOTER_E_BUSY)
			usleep(20000);
	}
	return (rc);
}

static enum soter_rc
put_once(const char *key, const char *value, unsigned ms)
{
	struct soter_write x = { .op = SOTER_PUT_ABSENT,
		.kind = SOTER_KIND_TENANTS,
		.key = soter_text(key),
		.value = soter_text(value) };

	return (soter_store_write(r.lane, &x, 1, ms));
}

/* ---- stopped ------------------------------------------------------------- */

static void
test_stopped(void)
{
	struct soter_accept x = { .challenge = LIT("c"),
		.counter = LIT("c"),
		.decision = LIT("d") };
	uint8_t bytes[8];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));
	struct soter_lane *lane = NULL;
	struct soter_store *store = NULL;
	uint64_t count;

	records_put(&r, SOTER_KIND_TENANTS, LIT("before"), LIT("x"));
	pg_stop(&r.pg);
	check_row("stopped: everything is refused, nothing waits for it");
	CHECK_RC(get_once(r.lane, "before", 0), SOTER_E_BUSY);
	CHECK_RC(put_once("meanwhile", "x", 0), SOTER_E_BUSY);
	CHECK_RC(get_once(r.lane, "before", 0), SOTER_E_BUSY);
	soter_store_accept_many(r.lane, &x, 1, &room, 0);
	CHECK_RC(x.rc, SOTER_E_BUSY);
	CHECK_RC(soter_store_count(r.lane, SOTER_KIND_ROOTS, &count, 0),
	    SOTER_E_BUSY);
	CHECK(soter_lane_deadline(r.lane) != UINT64_MAX);
	check_row("stopped: a lane can be opened, a store cannot");
	CHECK_RC(soter_lane_open(&lane, r.store), SOTER_OK);
	CHECK_RC(get_once(lane, "before", 0), SOTER_E_BUSY);
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE),
	    SOTER_E_BUSY);
	CHECK_RC(soter_store_create(r.where), SOTER_E_BUSY);
	CHECK_RC(soter_store_migrate(r.where, NULL, NULL), SOTER_E_BUSY);

	pg_start(&r.pg);
	check_row("started again: it goes on by itself");
	CHECK_RC(get_again("before"), SOTER_OK);
	CHECK_RC(get_once(r.lane, "meanwhile", 0), SOTER_E_NOTFOUND);
	CHECK_RC(put_once("after", "x", 0), SOTER_OK);
	for (int i = 0; i < TRIES; i++) {
		if (get_once(lane, "before", 0) == SOTER_OK)
			break;
		usleep(20000);
	}
	CHECK_RC(get_once(lane, "before", 0), SOTER_OK);
	soter_lane_close(&lane);
}

/* One connection ends while nothing is under way, as a firewall does it. */
static void
test_cut(void)
{
	check_row("a connection that is cut is made anew");
	for (int i = 0; i < 3; i++) {
		pg_run(r.where,
		    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
		    " WHERE application_name = 'soter'");
		CHECK_RC(get_again("before"), SOTER_OK);
	}
}

/* ---- stopped under load -------------------------------------------------- */

#define WRITERS 4

struct writer {
	pthread_t thread;
	struct soter_lane *lane;
	unsigned number, n;
	atomic_bool *is_over;
	atomic_uint *done;
	enum soter_rc rc[200000];
};

static void
key_of(const struct writer *w, unsigned n, char key[40])
{
	snprintf(key, 40, "load %u %u", w->number, n);
}

static void *
write_on(void *context)
{
	struct writer *w = context;

	while (!atomic_load(w->is_over) && w->n < SOTER_COUNT(w->rc)) {
		char key[40];
		struct soter_write x = { .op = SOTER_PUT_ABSENT,
			.kind = SOTER_KIND_TENANTS,
			.value = LIT("x") };
		enum soter_rc rc;

		key_of(w, w->n, key);
		x.key = soter_text(key);
		rc = soter_store_write(w->lane, &x, 1, RECORDS_MS);
		w->rc[w->n++] = rc;
		if (rc == SOTER_OK)
			atomic_fetch_add(w->done, 1);
		else
			usleep(5000);
	}
	return (NULL);
}

static void
wait_for(atomic_uint *done, unsigned more)
{
	unsigned from = atomic_load(done);

	for (int i = 0; i < TRIES && atomic_load(done) < from + more; i++)
		usleep(20000);
	CHECK(atomic_load(done) >= from + more);
}

static void
check_books(struct writer *w, unsigned count[3])
{
	size_t lies = 0;

	for (unsigned n = 0; n < w->n; n++) {
		char key[40];
		enum soter_rc is;

		key_of(w, n, key);
		is = get_again(key);
		if (w->rc[n] == SOTER_OK) {
			lies += is != SOTER_OK;
			count[0]++;
		} else if (w->rc[n] == SOTER_E_BUSY) {
			lies += is != SOTER_E_NOTFOUND;
			count[1]++;
		} else if (w->rc[n] == SOTER_E_OUTCOME) {
			lies += is != SOTER_OK && is != SOTER_E_NOTFOUND;
			count[2]++;
		} else
			lies++;
	}
	CHECK(lies == 0);
}

static void
test_load(void)
{
	static struct writer writers[WRITERS];
	atomic_bool is_over = false;
	atomic_uint done = 0;
	unsigned count[3] = { 0, 0, 0 };
	int rounds = check_long() ? 20 : 4;

	check_row("stopped and killed %d times under load: what was told is so",
	    rounds);
	for (unsigned i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .number = i,
			.is_over = &is_over,
			.done = &done };
		if (soter_lane_open(&writers[i].lane, r.store) != SOTER_OK ||
		    pthread_create(&writers[i].thread, NULL, write_on,
			&writers[i]) != 0)
			abort();
	}
	for (int round = 0; round < rounds; round++) {
		wait_for(&done, 50);
		if (round % 2 == 0)
			pg_stop(&r.pg);
		else
			pg_kill(&r.pg);
		usleep(50000);
		pg_start(&r.pg);
	}
	wait_for(&done, 50);
	atomic_store(&is_over, true);
	for (unsigned i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	for (unsigned i = 0; i < WRITERS; i++) {
		check_books(&writers[i], count);
		soter_lane_close(&writers[i].lane);
	}
	printf("# %u done, %u refused, %u unknown\n", count[0], count[1],
	    count[2]);
	CHECK(count[0] > 0 && count[1] + count[2] > 0);
}

/* ---- standing still ------------------------------------------------------ */

static void
test_frozen(void)
{
	bool is_there;
	enum soter_rc rc;

	check_row("a database that stands still: each call ends in its time");
	pg_freeze(&r.pg, true);
	CHECK_RC(get_once(r.lane, "before", 200), SOTER_E_BUSY);
	CHECK_RC(put_once("frozen", "x", 200), SOTER_E_OUTCOME);
	CHECK_RC(get_once(r.lane, "before", 200), SOTER_E_BUSY);
	CHECK(soter_lane_pending(r.lane) == 0);
	pg_freeze(&r.pg, false);
	check_row("it goes on: late answers are nobody's");
	for (int i = 0; i < 20; i++) {
		CHECK_RC(get_again("before"), SOTER_OK);
		CHECK_RC(get_again("never"), SOTER_E_NOTFOUND);
	}
	rc = get_again("frozen");
	is_there = rc == SOTER_OK;
	CHECK(is_there || rc == SOTER_E_NOTFOUND);
	CHECK_RC(put_once("frozen", "x", RECORDS_MS),
	    is_there ? SOTER_E_EXISTS : SOTER_OK);

	check_row("standing still for long: the connection is given up");
	pg_freeze(&r.pg, true);
	CHECK_RC(get_once(r.lane, "before", 200), SOTER_E_BUSY);
	for (int i = 0; i < TRIES; i++) {
		uint64_t end = soter_lane_deadline(r.lane);

		soter_lane_run(r.lane);
		/* Given up: the next deadline is that of the next try. */
		if (end == UINT64_MAX ||
		    get_once(r.lane, "never", 1) != SOTER_E_BUSY)
			break;
		usleep(20000);
		if (i > 450)
			break;
	}
	pg_freeze(&r.pg, false);
	CHECK_RC(get_again("before"), SOTER_OK);
	CHECK_RC(get_again("never"), SOTER_E_NOTFOUND);
}

/* ---- says no ------------------------------------------------------------- */

/* A server that fails as the value says: now, at the commit, or some times. */
static const char failures[] =
    "CREATE SEQUENCE tries;"
    "CREATE FUNCTION now_or_never() RETURNS trigger LANGUAGE plpgsql AS $f$"
    " DECLARE v text := convert_from(new.value, 'LATIN1'); BEGIN"
    " IF v = 'bad' THEN RAISE EXCEPTION 'no';"
    " ELSIF v = 'full' THEN RAISE EXCEPTION 'no' USING ERRCODE = '53100';"
    " ELSIF v = 'never' THEN RAISE EXCEPTION 'no' USING ERRCODE = '40P01';"
    " ELSIF v = 'third' AND nextval('tries') % 3 > 0"
    "  THEN RAISE EXCEPTION 'no' USING ERRCODE = '40001';"
    " ELSIF v = 'async' AND current_setting('synchronous_commit') = 'off'"
    "  THEN RAISE EXCEPTION 'no';"
    " END IF; RETURN new; END $f$;"
    "CREATE FUNCTION at_the_end() RETURNS trigger LANGUAGE plpgsql AS $f$"
    " BEGIN IF convert_from(new.value, 'LATIN1') = 'late'"
    " THEN RAISE EXCEPTION 'no'; END IF; RETURN new; END $f$;"
    "CREATE TRIGGER a BEFORE INSERT ON soter_tenants FOR EACH ROW"
    " EXECUTE FUNCTION now_or_never();"
    "CREATE CONSTRAINT TRIGGER b AFTER INSERT ON soter_tenants"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    " EXECUTE FUNCTION at_the_end();"
    "ALTER DATABASE store SET synchronous_commit = off;";

static const struct {
	const char *value;
	enum soter_rc want;
} says[] = {
	{ "good", SOTER_OK },
	{ "bad", SOTER_E_STORAGE },
	{ "good too", SOTER_OK },
	{ "full", SOTER_E_FULL },
	{ "third", SOTER_OK },	     /* sent back twice */
	{ "never", SOTER_E_BUSY },   /* sent back for ever */
	{ "late", SOTER_E_STORAGE }, /* every statement was fine */
	{ "async", SOTER_OK },	     /* the database's default would lose it */
	{ "good again", SOTER_OK },
};

#define SAYS SOTER_COUNT(says)

static void
check_says(const char *prefix, size_t per_batch, size_t per_group)
{
	struct soter_write x[SAYS][2];
	struct soter_group groups[SAYS];
	char key[SAYS][2][40];

	for (size_t i = 0; i < SAYS; i++) {
		for (size_t k = 0; k < 2; k++) {
			snprintf(key[i][k], sizeof(key[i][k]), "%s %zu %zu",
			    prefix, i, k);
			x[i][k] = (struct soter_write){
				.op = SOTER_PUT_ABSENT,
				.kind = SOTER_KIND_TENANTS,
				.key = soter_text(key[i][k]),
				.value = k + 1 == per_group
				    ? soter_text(says[i].value)
				    : LIT("x"),
			};
		}
		groups[i] =
		    (struct soter_group){ .writes = x[i], .n = per_group };
	}
	for (size_t i = 0; i < SAYS; i += per_batch)
		soter_store_write_many(r.lane, groups + i, per_batch,
		    RECORDS_MS);
	for (size_t i = 0; i < SAYS; i++) {
		CHECK_RC(groups[i].rc, says[i].want);
		for (size_t k = 0; k < per_group; k++)
			CHECK_RC(get_once(r.lane, key[i][k], 0),
			    says[i].want == SOTER_OK ? SOTER_OK
						     : SOTER_E_NOTFOUND);
	}
}

static void
test_says(void)
{
	pg_run(r.where, failures);
	records_open(&r, SOTER_STORE_READ_WRITE);
	check_row("a server that says no, one by one");
	check_says("one", 1, 1);
	check_row("the same in one batch: only those fail that must");
	check_says("batch", SAYS, 1);
	check_row("groups that fail at their last write, or at the commit");
	check_says("group", SAYS, 2);
}

/* ---- newer --------------------------------------------------------------- */

static void
test_newer(void)
{
	enum soter_rc rc = SOTER_OK;

	check_row("it became newer than the program: seen at the next "
		  "connection");
	pg_run(r.where, "UPDATE soter_schema SET version = 3");
	CHECK_RC(get_once(r.lane, "before", 0), SOTER_OK);
	pg_stop(&r.pg);
	CHECK_RC(get_once(r.lane, "before", 0), SOTER_E_BUSY);
	pg_start(&r.pg);
	rc = get_again("before");
	CHECK_RC(rc, SOTER_E_SCHEMA);
	CHECK_RC(put_once("newer", "x", 0), SOTER_E_SCHEMA);
	pg_run(r.where, "UPDATE soter_schema SET version = 2");
	for (int i = 0; i < TRIES && rc == SOTER_E_SCHEMA; i++) {
		usleep(20000);
		rc = get_once(r.lane, "before", 0);
	}
	CHECK_RC(get_again("before"), SOTER_OK);
}

int
main(void)
{
	if (!records_new(&r, "postgresql"))
		return (check_done());
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	test_stopped();
	test_cut();
	test_load();
	test_frozen();
	test_says();
	test_newer();
	records_end(&r);
	return (check_done());
}
