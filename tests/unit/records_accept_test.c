/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decisions, and many at once: whatever comes together, one thing is done once.
 */
#include <pthread.h>

#include "tests/check.h"
#include "tests/records.h"

static struct records r;

/* ---- one after the other ------------------------------------------------- */

static const struct {
	const char *what;
	const char *challenge, *counter;
	uint64_t count;
	const char *decision, *is;
	enum soter_rc want;
	const char *before; /* of EXISTS */
	bool has_challenge; /* afterwards */
	uint64_t counter_is;
	const char *decision_is; /* afterwards; NULL: none */
} steps[] = {
	{ "accepted", "ch1", "ctr", 5, "d1", "yes", SOTER_OK, NULL, false, 5,
	    "yes" },
	{ "the same decision again", "ch1", "ctr", 5, "d1", "other",
	    SOTER_E_EXISTS, "yes", false, 5, "yes" },
	{ "the same decision with another challenge", "ch2", "ctr", 9, "d1",
	    "other", SOTER_E_EXISTS, "yes", true, 5, "yes" },
	{ "a challenge that was used", "ch1", "ctr", 6, "d2", "yes",
	    SOTER_E_NOTFOUND, NULL, false, 5, NULL },
	{ "a challenge that never was", "ch0", "ctr", 6, "d2", "yes",
	    SOTER_E_NOTFOUND, NULL, false, 5, NULL },
	{ "the counter did not move: the challenge is gone", "ch2", "ctr", 5,
	    "d2", "yes", SOTER_E_REPLAY, NULL, false, 5, NULL },
	{ "the counter went back: the challenge is gone", "ch3", "ctr", 4, "d2",
	    "yes", SOTER_E_REPLAY, NULL, false, 5, NULL },
	{ "after that the challenge is gone indeed", "ch3", "ctr", 6, "d2",
	    "yes", SOTER_E_NOTFOUND, NULL, false, 5, NULL },
	{ "a counter that jumps", "ch4", "ctr", 0x100, "d2", "", SOTER_OK, NULL,
	    false, 0x100, "" },
	{ "a decision that says nothing, again", "ch5", "ctr", 0x101, "d2", "x",
	    SOTER_E_EXISTS, "", true, 0x100, "" },
	{ "above what is signed", "ch5", "ctr", 0x8000000000000000, "d3", "yes",
	    SOTER_OK, NULL, false, 0x8000000000000000, "yes" },
	{ "below again", "ch6", "ctr", 0x7fffffffffffffff, "d4", "yes",
	    SOTER_E_REPLAY, NULL, false, 0x8000000000000000, NULL },
	{ "another counter", "ch7", "ctr2", 0, "d5", "yes", SOTER_OK, NULL,
	    false, 0, "yes" },
	{ "no challenge named", "", "ctr", 7, "d6", "yes", SOTER_E_ARGUMENT,
	    NULL, false, 0x8000000000000000, NULL },
};

static struct soter_span
text_or_none(const char *text)
{
	return (text == NULL ? RECORDS_NONE : soter_text(text));
}

static void
test_steps(void)
{
	for (char i = '1'; i <= '7'; i++)
		records_put(&r, SOTER_KIND_CHALLENGES,
		    soter_span((const char[]){ 'c', 'h', i }, 3), LIT("c"));
	for (size_t i = 0; i < SOTER_COUNT(steps); i++) {
		struct soter_accept x = {
			.challenge = soter_text(steps[i].challenge),
			.counter = soter_text(steps[i].counter),
			.count = steps[i].count,
			.decision = soter_text(steps[i].decision),
			.decision_is = soter_text(steps[i].is),
		};
		uint8_t bytes[100], count[8];
		struct soter_writer room = soter_writer(bytes, sizeof(bytes));

		check_row("%s", steps[i].what);
		soter_store_accept_many(r.lane, &x, 1, &room, RECORDS_MS);
		CHECK_RC(x.rc, steps[i].want);
		CHECK(soter_span_equal(x.before,
		    steps[i].before == NULL ? LIT("")
					    : soter_text(steps[i].before)));
		for (int k = 0; k < 8; k++)
			count[k] =
			    (uint8_t)(steps[i].counter_is >> (56 - 8 * k));
		CHECK(records_is(&r, SOTER_KIND_COUNTERS, x.counter,
		    soter_span(count, 8)));
		CHECK(records_is(&r, SOTER_KIND_DECISIONS, x.decision,
		    text_or_none(steps[i].decision_is)));
		if (x.challenge.n > 0)
			CHECK(records_is(&r, SOTER_KIND_CHALLENGES, x.challenge,
			    steps[i].has_challenge ? LIT("c") : RECORDS_NONE));
	}
}

/* Two of the same challenge in one batch, between others. */
static void
test_batch(void)
{
	struct soter_accept x[] = {
		{ .challenge = LIT("b1"),
		    .counter = LIT("bc"),
		    .count = 1,
		    .decision = LIT("bd1"),
		    .decision_is = LIT("1") },
		{ .challenge = LIT("b1"),
		    .counter = LIT("bc"),
		    .count = 2,
		    .decision = LIT("bd2"),
		    .decision_is = LIT("2") },
		{ .challenge = LIT("b0"),
		    .counter = LIT("bc"),
		    .count = 3,
		    .decision = LIT("bd3"),
		    .decision_is = LIT("3") },
		{ .challenge = LIT("b2"),
		    .counter = LIT("bc"),
		    .count = 4,
		    .decision = LIT("bd4"),
		    .decision_is = LIT("4") },
	};
	static const enum soter_rc want[] = { SOTER_OK, SOTER_E_NOTFOUND,
		SOTER_E_NOTFOUND, SOTER_OK };
	uint8_t bytes[100];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));

	check_row("one batch: each challenge once, the others undisturbed");
	records_put(&r, SOTER_KIND_CHALLENGES, LIT("b1"), LIT(""));
	records_put(&r, SOTER_KIND_CHALLENGES, LIT("b2"), LIT(""));
	soter_store_accept_many(r.lane, x, SOTER_COUNT(x), &room, RECORDS_MS);
	for (size_t i = 0; i < SOTER_COUNT(x); i++)
		CHECK_RC(x[i].rc, want[i]);
	CHECK(records_is(&r, SOTER_KIND_DECISIONS, LIT("bd1"), LIT("1")));
	CHECK(records_is(&r, SOTER_KIND_DECISIONS, LIT("bd2"), RECORDS_NONE));
}

/* ---- at once ------------------------------------------------------------- */

#define CROWD (SOTER_STORE_LANES_MAX - 1) /* one is the test's own */
#define TWINS 64			  /* copies of one thing */

struct member {
	pthread_t thread;
	struct soter_lane *lane;
	pthread_barrier_t *start;
	void (*act)(struct member *);
	unsigned number, round;
	unsigned done, existed, gone, other;
};

static void *
live(void *context)
{
	struct member *m = context;

	pthread_barrier_wait(m->start);
	m->act(m);
	return (NULL);
}

static struct member crowd[CROWD];

static void
gather(void (*act)(struct member *), unsigned n, unsigned round,
    struct member *sum)
{
	pthread_barrier_t start;

	*sum = (struct member){ .number = 0 };
	pthread_barrier_init(&start, NULL, n);
	for (unsigned i = 0; i < n; i++) {
		struct soter_lane *lane = crowd[i].lane;

		crowd[i] = (struct member){ .lane = lane,
			.start = &start,
			.act = act,
			.number = i,
			.round = round };
		if (pthread_create(&crowd[i].thread, NULL, live, &crowd[i]) !=
		    0)
			abort();
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(crowd[i].thread, NULL);
		sum->done += crowd[i].done;
		sum->existed += crowd[i].existed;
		sum->gone += crowd[i].gone;
		sum->other += crowd[i].other;
	}
	pthread_barrier_destroy(&start);
}

static void
note(struct member *m, enum soter_rc rc)
{
	m->done += rc == SOTER_OK;
	m->existed += rc == SOTER_E_EXISTS || rc == SOTER_E_CONFLICT;
	m->gone += rc == SOTER_E_NOTFOUND;
	m->other += rc != SOTER_OK && rc != SOTER_E_EXISTS &&
	    rc != SOTER_E_CONFLICT && rc != SOTER_E_NOTFOUND;
	if (rc != SOTER_OK && rc != SOTER_E_EXISTS && rc != SOTER_E_CONFLICT &&
	    rc != SOTER_E_NOTFOUND)
		printf("# %s\n", soter_rc_word(rc));
}

/* A copy of one result: the same challenge, counter and decision. */
static void
accept_copy(struct member *m, const char *decision)
{
	char challenge[40];
	struct soter_accept x = { .counter = LIT("crowd"),
		.count = m->round + 1,
		.decision = soter_text(decision),
		.decision_is = LIT("yes") };
	uint8_t bytes[100];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));

	snprintf(challenge, sizeof(challenge), "crowd %u", m->round);
	x.challenge = soter_text(challenge);
	soter_store_accept_many(m->lane, &x, 1, &room, RECORDS_MS);
	note(m, x.rc);
	if (x.rc == SOTER_E_EXISTS && !soter_span_equal(x.before, LIT("yes")))
		m->other++;
}

static void
accept_same(struct member *m)
{
	char decision[40];

	snprintf(decision, sizeof(decision), "same %u", m->round);
	accept_copy(m, decision);
}

static void
accept_own(struct member *m)
{
	char decision[40];

	snprintf(decision, sizeof(decision), "own %u %u", m->round, m->number);
	accept_copy(m, decision);
}

static unsigned
rounds(void)
{
	return (check_long() ? 200 : 20);
}

static void
new_challenge(unsigned round)
{
	char challenge[40];

	snprintf(challenge, sizeof(challenge), "crowd %u", round);
	records_put(&r, SOTER_KIND_CHALLENGES, soter_text(challenge), LIT(""));
}

static void
test_crowd(void)
{
	struct member sum;
	unsigned round = 0;

	check_row("%u copies of one result at once: one is accepted, the "
		  "others hear what was decided",
	    CROWD);
	for (; round < rounds(); round++) {
		new_challenge(round);
		gather(accept_same, CROWD, round, &sum);
		CHECK(sum.done == 1 && sum.existed == CROWD - 1);
		CHECK(sum.other == 0 && sum.gone == 0);
	}
	check_row("%u results on one challenge at once: one is accepted",
	    CROWD);
	for (; round < 2 * rounds(); round++) {
		new_challenge(round);
		gather(accept_own, CROWD, round, &sum);
		CHECK(sum.done == 1 && sum.gone == CROWD - 1);
		CHECK(sum.other == 0 && sum.existed == 0);
	}
}

/* 64 in one lane, and so in one transaction or some. */
static void
test_twins(void)
{
	static struct soter_accept x[TWINS];
	static uint8_t bytes[TWINS * 10];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));
	unsigned done = 0, existed = 0;

	check_row("%u copies of one result in one batch", TWINS);
	records_put(&r, SOTER_KIND_CHALLENGES, LIT("twins"), LIT(""));
	for (size_t i = 0; i < TWINS; i++)
		x[i] = (struct soter_accept){ .challenge = LIT("twins"),
			.counter = LIT("twins"),
			.count = 1,
			.decision = LIT("twins"),
			.decision_is = LIT("yes") };
	soter_store_accept_many(r.lane, x, TWINS, &room, RECORDS_MS);
	for (size_t i = 0; i < TWINS; i++) {
		done += x[i].rc == SOTER_OK;
		existed += x[i].rc == SOTER_E_EXISTS &&
		    soter_span_equal(x[i].before, LIT("yes"));
	}
	CHECK(done == 1 && existed == TWINS - 1);
}

/* ---- writes at once ------------------------------------------------------ */

static const enum soter_store_kind kinds[] = { SOTER_KIND_TENANTS,
	SOTER_KIND_ROOTS };

static void
put_absent(struct member *m)
{
	char key[40];
	struct soter_write x = { .op = SOTER_PUT_ABSENT,
		.kind = kinds[m->round % 2],
		.value = LIT("x") };

	snprintf(key, sizeof(key), "absent %u", m->round);
	x.key = soter_text(key);
	note(m, soter_store_write(m->lane, &x, 1, RECORDS_MS));
}

/* Take one away from a and give it to b, as often as it takes. */
static void
transfer(struct member *m)
{
	enum soter_store_kind kind = kinds[m->round % 2];
	uint8_t bytes[2][8];
	struct soter_write x[2] = {
		{ .op = SOTER_PUT_AT, .kind = kind, .key = LIT("from") },
		{ .op = SOTER_PUT_AT, .kind = kind, .key = LIT("to") }
	};

	for (int n = 0; n < 5;) {
		enum soter_rc rc = SOTER_OK;

		for (int i = 0; i < 2 && rc == SOTER_OK; i++) {
			struct soter_writer room = soter_writer(bytes[i], 8);

			rc = soter_store_get(m->lane, kind, x[i].key, &room,
			    &x[i].at, RECORDS_MS);
			bytes[i][0] =
			    (uint8_t)(bytes[i][0] + (i == 0 ? -1 : 1));
			x[i].value = soter_span(bytes[i], 1);
		}
		if (rc == SOTER_OK)
			rc = soter_store_write(m->lane, x, 2, RECORDS_MS);
		note(m, rc);
		n += rc != SOTER_E_CONFLICT;
	}
}

static void
test_writes(void)
{
	struct member sum;

	check_row("%u put_absent of one key at once: one is done", CROWD);
	for (unsigned round = 0; round < rounds(); round++) {
		gather(put_absent, CROWD, round, &sum);
		CHECK(sum.done == 1 && sum.existed == CROWD - 1 &&
		    sum.other == 0);
	}
	for (unsigned k = 0; k < SOTER_COUNT(kinds); k++) {
		uint8_t from = 100, to = 0;

		check_row("%s: read, compare, write: no change is lost",
		    soter_kind_row(kinds[k])->name);
		records_put(&r, kinds[k], LIT("from"), soter_span(&from, 1));
		records_put(&r, kinds[k], LIT("to"), soter_span(&to, 1));
		gather(transfer, 8, k, &sum);
		CHECK(sum.done == 40 && sum.other == 0 && sum.gone == 0);
		from = 60, to = 40;
		CHECK(records_is(&r, kinds[k], LIT("from"),
		    soter_span(&from, 1)));
		CHECK(records_is(&r, kinds[k], LIT("to"), soter_span(&to, 1)));
	}
}

/* Two groups that change the same two records in opposite orders. */
static void
cross(struct member *m)
{
	bool is_odd = m->number % 2 == 1;
	struct soter_write x[2] = { { .kind = SOTER_KIND_TENANTS,
					.key = is_odd ? LIT("x") : LIT("y"),
					.value = LIT("1") },
		{ .kind = SOTER_KIND_TENANTS,
		    .key = is_odd ? LIT("y") : LIT("x"),
		    .value = LIT("1") } };

	for (int i = 0; i < 5; i++)
		note(m, soter_store_write(m->lane, x, 2, RECORDS_MS));
}

static void
test_cross(void)
{
	struct member sum;

	check_row("groups that lock each other out are done in the end");
	gather(cross, 4, 0, &sum);
	CHECK(sum.done == 20 && sum.other == 0);
}

static void
test_lanes(void)
{
	struct soter_lane *lane = NULL;

	check_row("one lane more than there may be");
	CHECK_RC(soter_lane_open(&lane, r.store), SOTER_E_LIMIT);
	CHECK(lane == NULL);
	soter_lane_close(&crowd[0].lane);
	CHECK_RC(soter_lane_open(&crowd[0].lane, r.store), SOTER_OK);
}

int
main(int argc, char **argv)
{
	(void)argc;
	if (!records_new(&r, argv[1]))
		return (check_done());
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	for (size_t i = 0; i < CROWD; i++)
		if (soter_lane_open(&crowd[i].lane, r.store) != SOTER_OK)
			abort();
	test_steps();
	test_batch();
	test_twins();
	test_crowd();
	test_writes();
	test_cross();
	test_lanes();
	for (size_t i = 0; i < CROWD; i++)
		soter_lane_close(&crowd[i].lane);
	records_end(&r);
	return (check_done());
}
