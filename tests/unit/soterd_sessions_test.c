/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which signatures soterd remembers, on a clock of the test's own.
 */
#include "device/soterd/bounds.h"
#include "device/soterd/clock.h"
#include "device/soterd/sessions.h"
#include "tests/check.h"

static uint64_t now_ms = 1, last_id;
static pid_t pid = 1;

uint64_t
soterd_clock_ms(void)
{
	return (now_ms);
}

/* A signature of this uid is begun a moment later; *gone is who had to go. */
static uint64_t
begin(uint32_t uid, const char *kname, uint64_t *gone)
{
	const struct soterd_session x = { ++last_id, { uid, pid } };

	now_ms++;
	*gone = soterd_sessions_add(x, soter_text(kname)).id;
	return (last_id);
}

static void
forget_all(void)
{
	for (uint64_t id = 1; id <= last_id; id++)
		soterd_sessions_drop(id);
}

static void
one_uid(void)
{
	static const char *const names[] = { "1", "2", "3", "4", "5", "6" };
	uint64_t ids[SOTERD_UID_SESSIONS + 2], gone, again;

	check_row("a uid has its share, and pushes out its own oldest");
	for (size_t i = 0; i < SOTER_COUNT(ids); i++) {
		ids[i] = begin(7, names[i], &gone);
		CHECK(gone ==
		    (i < SOTERD_UID_SESSIONS ? 0
					     : ids[i - SOTERD_UID_SESSIONS]));
	}
	CHECK(!soterd_sessions_is_of(ids[1], 7));
	CHECK(soterd_sessions_is_of(ids[2], 7));

	check_row("one for the same key takes its place");
	again = begin(7, names[2], &gone);
	CHECK(gone == 0);
	CHECK(!soterd_sessions_is_of(ids[2], 7));
	CHECK(soterd_sessions_is_of(again, 7));
	CHECK(soterd_sessions_is_of(ids[3], 7));

	check_row("an ended one makes room for one");
	soterd_sessions_drop(ids[3]);
	(void)begin(7, "7", &gone);
	CHECK(gone == 0);
	(void)begin(7, "8", &gone);
	CHECK(gone == ids[4]);
	forget_all();
}

static void
many_uids(void)
{
	uint64_t mine, oldest = 0, gone;
	bool whole = true;

	check_row("others fill all the rest: mine stays, and I may replace it");
	mine = begin(1, "mine", &gone);
	for (uint32_t i = 0; i < SOTERD_SESSIONS - 1; i++) {
		uint64_t id = begin(100 + i, "k", &gone);

		whole = whole && gone == 0;
		oldest = i == 0 ? id : oldest;
	}
	CHECK(whole);
	CHECK(soterd_sessions_is_of(mine, 1));
	mine = begin(1, "mine", &gone);
	CHECK(gone == 0 && soterd_sessions_is_of(mine, 1));

	check_row("one more uid: it is refused, and nobody has to go");
	CHECK(begin(2, "k", &gone) == gone);
	CHECK(!soterd_sessions_is_of(gone, 2));
	CHECK(soterd_sessions_is_of(mine, 1));
	CHECK(soterd_sessions_is_of(oldest, 100));

	check_row("one more key of a uid that has a row: its own goes");
	(void)begin(1, "more", &gone);
	CHECK(gone == mine);
	CHECK(soterd_sessions_is_of(oldest, 100));

	check_row("a row whose time is over is anybody's");
	now_ms += SOTER_SESSION_MS - SOTERD_SESSIONS;
	(void)begin(2, "k", &gone);
	CHECK(gone == 0);
	CHECK(!soterd_sessions_is_of(oldest, 100));
	forget_all();
}

static void
processes(void)
{
	struct soterd_session out[SOTERD_UID_SESSIONS];
	uint64_t first, second, other, gone;

	check_row("a process is gone: what it began, and nothing else");
	first = begin(7, "1", &gone);
	pid = 2;
	other = begin(7, "2", &gone);
	pid = 1;
	second = begin(7, "3", &gone);
	(void)begin(8, "1", &gone);
	CHECK(soterd_sessions_take((struct soterd_caller){ 7, 1 }, out) == 2);
	CHECK(out[0].id + out[1].id == first + second);
	CHECK(!soterd_sessions_is_of(first, 7));
	CHECK(soterd_sessions_is_of(other, 7));
	CHECK(soterd_sessions_take((struct soterd_caller){ 7, 1 }, out) == 0);
	CHECK(soterd_sessions_take((struct soterd_caller){ 8, 1 }, out) == 1);

	check_row("what is over by time is forgotten, too");
	now_ms += SOTER_SESSION_MS + 1;
	CHECK(soterd_sessions_take((struct soterd_caller){ 7, 2 }, out) == 0);
	CHECK(!soterd_sessions_is_of(other, 7));
}

int
main(void)
{
	one_uid();
	processes();
	many_uids();
	return (check_done());
}
