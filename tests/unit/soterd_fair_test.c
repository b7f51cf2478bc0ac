/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who comes next at the sensor: some users who want it, one who always wants
 * it, and many who have agreed.
 */
#include "device/soterd/fair.h"
#include "tests/check.h"

enum { A = 10001, B, C, D };

static struct soterd_fair fair;
static uint64_t now_ms;

/* He tries: the sensor is free, or looks for another one. */
static bool
tries(uint32_t uid, bool is_free)
{
	bool is_his = is_free && soterd_fair_may(&fair, uid, now_ms);

	now_ms += 10;
	if (is_his)
		soterd_fair_looks(&fair, uid);
	else
		soterd_fair_turned_away(&fair, uid, now_ms);
	return (is_his);
}

static void
begin_anew(void)
{
	fair = (struct soterd_fair){ .looks = 0 };
	now_ms = 1000000;
}

static void
check_two(void)
{
	check_row("nobody waits: look after look");
	begin_anew();
	for (int i = 0; i < 100; i++)
		CHECK(tries(A, true));
	check_row("another one was turned away: he comes first");
	CHECK(!tries(B, false));
	CHECK(!tries(A, true));
	CHECK(!tries(A, true));
	CHECK(tries(B, true));
	check_row("and then they take turns");
	for (int i = 0; i < 20; i++) {
		CHECK(!tries(A, false));
		CHECK(!tries(B, true));
		CHECK(tries(A, true));
		CHECK(!tries(B, false));
		CHECK(!tries(A, true));
		CHECK(tries(B, true));
	}
	check_row("he does not come again: nobody waits for ever");
	begin_anew();
	CHECK(tries(A, true));
	CHECK(!tries(B, false));
	now_ms += SOTERD_FAIR_MS - 10;
	CHECK(!tries(A, true));
	now_ms += 20;
	CHECK(tries(A, true));
	check_row("who had it not meanwhile need not wait for him");
	begin_anew();
	CHECK(tries(A, true));
	CHECK(!tries(B, false));
	CHECK(tries(C, true));
}

/* One of the many has it always, and all the others try all the time. */
static void
check_many(void)
{
	size_t looks = 0;

	check_row("users who agreed keep one out no longer than a round");
	begin_anew();
	CHECK(tries(D, true));
	for (uint32_t uid = 1; uid < SOTERD_FAIR_USERS; uid++)
		CHECK(!tries(uid, false));
	CHECK(!tries(A, false));
	while (!tries(A, true)) {
		for (uint32_t uid = 1; uid < SOTERD_FAIR_USERS; uid++)
			if (tries(uid, true))
				looks++;
		CHECK(looks <= SOTERD_FAIR_USERS);
		if (looks > SOTERD_FAIR_USERS)
			break;
	}
	check_row("more than are remembered: none of them is locked out");
	begin_anew();
	CHECK(tries(D, true));
	for (uint32_t uid = 1; uid < 3 * SOTERD_FAIR_USERS; uid++)
		CHECK(!tries(uid, false));
	now_ms += SOTERD_FAIR_MS + 1;
	for (uint32_t uid = 1; uid < 3 * SOTERD_FAIR_USERS; uid++)
		CHECK(tries(uid, true));
}

int
main(void)
{
	check_two();
	check_many();
	return (check_done());
}
