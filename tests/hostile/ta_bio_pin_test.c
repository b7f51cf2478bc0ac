/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Somebody who does not know the PIN and may do everything else: try, restart,
 * kill, cut the power, fill the disk, move the clock back.  What counts is how
 * often the TA says that a PIN is wrong before it wants to wait.
 */
#include "tests/biodev.h"
#include "tests/check.h"

#define PIN   "1234"
#define WRONG "9999"
#define MAX   SOTER_PIN_FAILS_MAX

static struct biodev *
make(void)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);

	CHECK_RC(biodev_set_pin(d, 0, "", PIN), SOTER_OK);
	return (d);
}

static void
guess_all(struct biodev *d)
{
	for (int i = 0; i < MAX; i++)
		CHECK_RC(biodev_unfreeze(d, 0, WRONG), SOTER_E_PIN);
}

static void
test_waits(void)
{
	struct biodev *d = make();
	uint32_t wait = SOTER_FREEZE_MS;

	check_row("five wrong ones, then waits that double, up to an hour");
	guess_all(d);
	for (int i = 0; i < 12; i++) {
		CHECK(biodev_status(d, 0).pin_wait_ms == wait);
		CHECK_RC(biodev_unfreeze(d, 0, WRONG), SOTER_E_PIN_WAIT);
		biodev_wait(d, wait - 1);
		CHECK(biodev_status(d, 0).pin_wait_ms == 1);
		CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_E_PIN_WAIT);
		biodev_wait(d, 1);
		CHECK(biodev_status(d, 0).pin_wait_ms == 0);
		CHECK_RC(biodev_unfreeze(d, 0, WRONG), SOTER_E_PIN);
		wait =
		    wait < SOTER_WAIT_MAX_MS / 2 ? 2 * wait : SOTER_WAIT_MAX_MS;
	}
	check_row("the right one, once it may be tried, ends that");
	biodev_wait(d, SOTER_WAIT_MAX_MS);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);
	guess_all(d);
	CHECK(biodev_status(d, 0).pin_wait_ms == SOTER_FREEZE_MS);
	check_row("what is not looked at is not counted, nor is no PIN at all");
	for (int i = 0; i < 20; i++)
		CHECK_RC(biodev_unfreeze(d, 0, WRONG), SOTER_E_PIN_WAIT);
	for (int i = 0; i < 20; i++)
		CHECK_RC(biodev_unfreeze(d, 0, ""), SOTER_E_PIN);
	CHECK(biodev_status(d, 0).pin_wait_ms == SOTER_FREEZE_MS);
	biodev_wait(d, SOTER_FREEZE_MS);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);
	biodev_free(&d);
}

/* All commands that take a PIN count together. */
static void
test_commands(void)
{
	struct biodev *d = make();

	check_row("whichever command it is tried with");
	CHECK_RC(biodev_unfreeze(d, 0, WRONG), SOTER_E_PIN);
	CHECK_RC(biodev_set_pin(d, 0, WRONG, "5555"), SOTER_E_PIN);
	CHECK_RC(biodev_remove(d, 0, WRONG, 1), SOTER_E_PIN);
	CHECK_RC(biodev_enrol_begin(d, 0, WRONG, SOTER_MODALITY_FINGER),
	    SOTER_E_PIN);
	CHECK_RC(biodev_enrol_begin(d, 0, WRONG, SOTER_MODALITY_FACE),
	    SOTER_E_PIN);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_E_PIN_WAIT);
	CHECK_RC(biodev_set_pin(d, 0, PIN, "5555"), SOTER_E_PIN_WAIT);
	CHECK_RC(biodev_remove(d, 0, PIN, 1), SOTER_E_PIN_WAIT);
	CHECK_RC(biodev_enrol_begin(d, 0, PIN, SOTER_MODALITY_FINGER),
	    SOTER_E_PIN_WAIT);
	check_row("another user's PIN waits for nobody else");
	CHECK_RC(biodev_set_pin(d, 10, "", "4321"), SOTER_OK);
	CHECK_RC(biodev_unfreeze(d, 10, "4321"), SOTER_OK);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_E_PIN_WAIT);
	biodev_free(&d);
}

static void
test_restarts(void)
{
	static void (*const ends[])(
	    struct biodev *) = { biodev_restart, biodev_kill };

	for (size_t i = 0; i < SOTER_COUNT(ends); i++) {
		struct biodev *d = make();

		check_row("%s after each wrong one does not help",
		    i == 0 ? "a restart" : "a kill");
		for (int n = 0; n < MAX; n++) {
			CHECK_RC(biodev_unfreeze(d, 0, WRONG), SOTER_E_PIN);
			ends[i](d);
		}
		CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_E_PIN_WAIT);
		check_row("a wait that runs begins anew");
		for (int n = 0; n < 4; n++) {
			biodev_wait(d, SOTER_FREEZE_MS - 1);
			CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_E_PIN_WAIT);
			ends[i](d);
			CHECK(
			    biodev_status(d, 0).pin_wait_ms == SOTER_FREEZE_MS);
		}
		check_row("also with a clock that begins at 0 again");
		ends[i](d);
		hosttee_set_ms(d->tee, 0);
		CHECK(biodev_status(d, 0).pin_wait_ms == SOTER_FREEZE_MS);
		biodev_wait(d, SOTER_FREEZE_MS);
		CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);
		biodev_free(&d);
	}
}

static void
test_clock(void)
{
	struct biodev *d = make();

	check_row("a clock that goes back makes no wait shorter");
	hosttee_set_ms(d->tee, 1000000);
	guess_all(d);
	hosttee_set_ms(d->tee, 5);
	CHECK(biodev_status(d, 0).pin_wait_ms == SOTER_FREEZE_MS);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_E_PIN_WAIT);
	hosttee_set_ms(d->tee, 1000000 + SOTER_FREEZE_MS - 1);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_E_PIN_WAIT);
	hosttee_set_ms(d->tee, 1000000 + SOTER_FREEZE_MS);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);
	biodev_free(&d);
}

/*
 * Guess on and on, with the power cut at the n-th operation after each start.
 * Returns how often the TA said that it was wrong.
 */
static unsigned
guess_and_cut(struct biodev *d, uint64_t n, enum diskmodel_image image)
{
	unsigned answers = 0;
	enum soter_rc rc;

	for (uint32_t i = 0; i < 30; i++) {
		(void)biodev_status(d, 0);
		biodev_cut(d, n);
		rc = biodev_unfreeze(d, 0, WRONG);
		(void)biodev_was_cut(d, image, i);
		if (rc == SOTER_E_PIN_WAIT)
			break;
		if (rc == SOTER_E_PIN)
			answers++;
	}
	return (answers);
}

static void
test_cuts(void)
{
	for (uint64_t n = 1; n <= 24; n++) {
		check_row("power cut at operation %u of each guess",
		    (unsigned)n);
		for (int image = 0; image < DISKMODEL_IMAGES; image++) {
			struct biodev *d = make();

			CHECK(guess_and_cut(d, n,
				  (enum diskmodel_image)image) <= MAX);
			biodev_free(&d);
		}
	}
}

/* The same with a disk that fails, or is full: no compare without a count. */
static void
test_faults(void)
{
	check_row("a disk that fails at any operation gives no free guess");
	for (uint64_t n = 1; n <= 24; n++) {
		struct biodev *d = make();
		unsigned answers = 0;

		for (int i = 0; i < 3 * MAX; i++) {
			diskmodel_faults(hosttee_disk(d->bio))->fail_in = n;
			if (biodev_unfreeze(d, 0, WRONG) == SOTER_E_PIN)
				answers++;
			biodev_kill(d);
		}
		CHECK(answers <= MAX);
		biodev_free(&d);
	}
}

int
main(void)
{
	test_waits();
	test_commands();
	test_restarts();
	test_clock();
	test_cuts();
	test_faults();
	return (check_done());
}
