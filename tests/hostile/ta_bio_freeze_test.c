/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Somebody with a box of fingers, none of them enrolled, who may do everything
 * else: cancel, kill, cut the power, fill the disk, move the clock back
 * (BrutePrint, 2023).  What counts is how often the TA compares before it
 * freezes, and that is how often it says "miss".
 */
#include "tests/biodev.h"
#include "tests/check.h"

#define PIN    "1234"
#define FINGER SOTER_MODALITY_FINGER
#define MAX    SOTER_MISSES_MAX

static struct biodev *
make(void)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);

	CHECK_RC(biodev_set_pin(d, 0, "", PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", NULL), SOTER_OK);
	return (d);
}

static void
miss_all(struct biodev *d)
{
	for (int i = 0; i < MAX; i++)
		CHECK_RC(biodev_touch(d, 0, 1, "false", NULL), SOTER_E_MISS);
}

static void
test_freezes(void)
{
	struct biodev *d = make();
	uint32_t freeze = SOTER_FREEZE_MS;

	check_row("five misses freeze; each freeze doubles, up to an hour");
	for (int i = 0; i < 9; i++) {
		miss_all(d);
		CHECK(biodev_status(d, 0).freeze_ms == freeze);
		CHECK(biodev_status(d, 0).misses == MAX);
		CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_FROZEN);
		biodev_wait(d, freeze - 1);
		CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_FROZEN);
		biodev_wait(d, 1);
		CHECK(biodev_status(d, 0).freeze_ms == 0);
		CHECK(biodev_status(d, 0).misses == 0);
		freeze = freeze < SOTER_WAIT_MAX_MS / 2 ? 2 * freeze
							: SOTER_WAIT_MAX_MS;
	}
	check_row("a match forgets misses and freezes");
	CHECK_RC(biodev_touch(d, 0, 1, "thumb", NULL), SOTER_OK);
	miss_all(d);
	CHECK(biodev_status(d, 0).freeze_ms == SOTER_FREEZE_MS);
	check_row("so does the PIN");
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);
	CHECK(biodev_status(d, 0).freeze_ms == 0);
	miss_all(d);
	CHECK(biodev_status(d, 0).freeze_ms == SOTER_FREEZE_MS);
	check_row("the fifth touch still counts if it is the right one");
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);
	for (int i = 1; i < MAX; i++)
		CHECK_RC(biodev_touch(d, 0, 1, "false", NULL), SOTER_E_MISS);
	CHECK_RC(biodev_touch(d, 0, 1, "thumb", NULL), SOTER_OK);
	CHECK(biodev_status(d, 0).misses == 0);
	biodev_free(&d);
}

static void
test_nothing_else(void)
{
	struct biodev *d = make();
	uint64_t fid;

	check_row("neither a new PIN nor a new finger nor a removed one does");
	miss_all(d);
	CHECK_RC(biodev_set_pin(d, 0, PIN, PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "index", &fid), SOTER_OK);
	CHECK_RC(biodev_remove(d, 0, PIN, fid), SOTER_OK);
	CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_FROZEN);
	CHECK(biodev_status(d, 0).freeze_ms == SOTER_FREEZE_MS);
	check_row("the right finger is not looked at while frozen");
	CHECK_RC(biodev_touch(d, 0, 1, "thumb", NULL), SOTER_E_FROZEN);
	CHECK(d->pushes == 0);
	check_row("a step that was begun before it froze is refused, too");
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);
	CHECK_RC(biodev_begin(d, 0, 1), SOTER_OK);
	for (int i = 0; i < MAX; i++) {
		CHECK_RC(biodev_feed(d, FINGER, "false"), SOTER_OK);
		CHECK_RC(biodev_step(d, 0, 1, NULL), SOTER_E_MISS);
	}
	CHECK_RC(biodev_feed(d, FINGER, "thumb"), SOTER_OK);
	CHECK_RC(biodev_step(d, 0, 1, NULL), SOTER_E_FROZEN);
	CHECK(d->pushes == 0);
	check_row("another user is not frozen");
	CHECK_RC(biodev_set_pin(d, 10, "", PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 10, PIN, FINGER, "thumb", NULL), SOTER_OK);
	CHECK_RC(biodev_touch(d, 10, 1, "thumb", NULL), SOTER_OK);
	CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_FROZEN);
	check_row("fingers and faces are counted together");
	CHECK_RC(biodev_enrol(d, 10, PIN, SOTER_MODALITY_FACE, "face", NULL),
	    SOTER_OK);
	for (int i = 0; i < MAX; i++)
		CHECK_RC(biodev_touch(d, 10, 1, "false", NULL), SOTER_E_MISS);
	CHECK_RC(biodev_call(d, BIODEV_SERVICE, SOTER_BIO_AUTH_BEGIN,
		     &(struct soter_ta_request){ .user = 10,
			 .modality = SOTER_MODALITY_FACE }),
	    SOTER_E_FROZEN);
	biodev_free(&d);
}

/* ---- what an attacker does between and within tries -------------------- */

static void
do_nothing(struct biodev *d)
{
	(void)d;
}

static void
do_cancel_begun(struct biodev *d)
{
	CHECK(biodev_begin(d, 0, 9) == SOTER_OK);
	CHECK(biodev_cancel(d, 0, 9) == SOTER_OK);
}

static void
do_cancel_touched(struct biodev *d)
{
	CHECK(biodev_begin(d, 0, 9) == SOTER_OK);
	CHECK(biodev_feed(d, FINGER, "false") == SOTER_OK);
	CHECK(biodev_cancel(d, 0, 9) == SOTER_OK);
}

static void
do_bad_frame(struct biodev *d)
{
	CHECK(biodev_begin(d, 0, 9) == SOTER_OK);
	CHECK(biodev_feed(d, FINGER, "~") == SOTER_OK);
	CHECK(biodev_step(d, 0, 9, NULL) == SOTER_E_WAITING);
	CHECK(biodev_cancel(d, 0, 9) == SOTER_OK);
}

static void
do_close(struct biodev *d)
{
	CHECK(biodev_begin(d, 0, 9) == SOTER_OK);
	CHECK(biodev_feed(d, FINGER, "false") == SOTER_OK);
	biodev_close(d, BIODEV_SERVICE);
}

static void
do_clock_back(struct biodev *d)
{
	hosttee_set_ms(d->tee, 1);
}

static void
do_wait(struct biodev *d)
{
	biodev_wait(d, SOTER_FREEZE_MS - 1);
}

static const struct {
	const char *what;
	void (*run)(struct biodev *);
} tricks[] = {
	{ "nothing", do_nothing },
	{ "a restart", biodev_restart },
	{ "a kill", biodev_kill },
	{ "a cancel before a touch", do_cancel_begun },
	{ "a cancel after a touch", do_cancel_touched },
	{ "a bad frame", do_bad_frame },
	{ "a session that is closed", do_close },
	{ "a clock that goes back", do_clock_back },
	{ "patience", do_wait },
};

static void
test_tricks(void)
{
	for (size_t t = 0; t < SOTER_COUNT(tricks); t++) {
		struct biodev *d = make();
		unsigned misses = 0;

		check_row("%s between the tries gives no other",
		    tricks[t].what);
		hosttee_set_ms(d->tee, 100000);
		(void)biodev_status(d, 0);
		while (misses < 2 * MAX &&
		    biodev_touch(d, 0, 1, "false", NULL) == SOTER_E_MISS) {
			misses++;
			if (misses < MAX)
				tricks[t].run(d);
		}
		CHECK(misses == MAX);
		CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_FROZEN);
		biodev_free(&d);
	}
}

static void
test_running(void)
{
	static void (*const ends[])(
	    struct biodev *) = { biodev_restart, biodev_kill };

	for (size_t i = 0; i < SOTER_COUNT(ends); i++) {
		struct biodev *d = make();

		check_row("a freeze that runs begins anew after a %s",
		    i == 0 ? "restart" : "kill");
		miss_all(d);
		for (int n = 0; n < 4; n++) {
			biodev_wait(d, SOTER_FREEZE_MS - 1);
			CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_FROZEN);
			ends[i](d);
			CHECK(biodev_status(d, 0).freeze_ms == SOTER_FREEZE_MS);
		}
		ends[i](d);
		hosttee_set_ms(d->tee, 0);
		CHECK(biodev_status(d, 0).freeze_ms == SOTER_FREEZE_MS);
		check_row("a clock that goes back makes it no shorter");
		hosttee_set_ms(d->tee, 500000);
		ends[i](d);
		CHECK(biodev_status(d, 0).freeze_ms == SOTER_FREEZE_MS);
		hosttee_set_ms(d->tee, 3);
		CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_FROZEN);
		hosttee_set_ms(d->tee, 500000 + SOTER_FREEZE_MS - 1);
		CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_FROZEN);
		biodev_free(&d);
	}
}

/* ---- the power, and the disk ------------------------------------------- */

/*
 * Touch on and on, with the power cut at the n-th operation of each try.
 * Returns how often the TA said "miss" before it froze.
 */
static unsigned
touch_and_cut(struct biodev *d, uint64_t n, enum diskmodel_image image,
    uint32_t seed)
{
	unsigned misses = 0;
	enum soter_rc rc;

	for (uint32_t i = 0; i < 30; i++) {
		(void)biodev_status(d, 0);
		biodev_cut(d, n);
		rc = biodev_touch(d, 0, 1, "false", NULL);
		(void)biodev_was_cut(d, image, seed + i);
		if (rc == SOTER_E_FROZEN)
			break;
		if (rc == SOTER_E_MISS)
			misses++;
	}
	return (misses);
}

static void
test_cuts(void)
{
	for (uint64_t n = 1; n <= 16; n++) {
		check_row("power cut at operation %u of each try", (unsigned)n);
		for (int image = 0; image < DISKMODEL_IMAGES; image++) {
			struct biodev *d = make();

			CHECK(touch_and_cut(d, n, (enum diskmodel_image)image,
				  0) <= MAX);
			biodev_free(&d);
		}
	}
}

static void
test_faults(void)
{
	check_row("a disk that fails at any operation gives no free try");
	for (uint64_t n = 1; n <= 16; n++) {
		struct biodev *d = make();
		unsigned misses = 0;

		for (int i = 0; i < 3 * MAX; i++) {
			diskmodel_faults(hosttee_disk(d->bio))->fail_in = n;
			if (biodev_touch(d, 0, 1, "false", NULL) ==
			    SOTER_E_MISS)
				misses++;
			biodev_kill(d);
		}
		CHECK(misses <= MAX);
		biodev_free(&d);
	}
}

/* The right finger, and the power cut: at worst a try is lost, never gained. */
static void
test_match_cut(void)
{
	check_row("a match in a power cut; sequences grow in any case");
	for (uint64_t n = 1; n <= 24; n++) {
		struct biodev *d = make();
		uint64_t last = 0;
		uint32_t before = 0;

		for (int i = 1; i < MAX; i++)
			CHECK_RC(biodev_touch(d, 0, 1, "false", NULL),
			    SOTER_E_MISS);
		for (uint32_t i = 0; i < 3; i++) {
			unsigned pushes = d->pushes;
			enum soter_rc rc;

			before = biodev_status(d, 0).misses;
			biodev_cut(d, n);
			rc = biodev_touch(d, 0, 1, "thumb", NULL);
			(void)biodev_was_cut(d, DISKMODEL_ANY, i);
			if (d->pushes > pushes) {
				CHECK(d->pushed.sequence > last);
				last = d->pushed.sequence;
			} else {
				CHECK(rc != SOTER_OK);
				CHECK(biodev_status(d, 0).misses >= before);
			}
			biodev_wait(d, SOTER_WAIT_MAX_MS);
		}
		biodev_free(&d);
	}
}

int
main(void)
{
	test_freezes();
	test_nothing_else();
	test_tricks();
	test_running();
	test_cuts();
	test_faults();
	test_match_cut();
	return (check_done());
}
