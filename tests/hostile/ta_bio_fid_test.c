/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The enrolled set, its epoch and the numbers of its fingers, whatever happens
 * to the power: no fid is given twice, no change goes without a new epoch, no
 * template is half there, nothing that was acknowledged is lost.
 */
#include "tests/biodev.h"
#include "tests/check.h"

#define PIN    "1234"
#define FINGER SOTER_MODALITY_FINGER
#define MAX    SOTER_USER_FIDS_MAX

/* What somebody outside can know of user 0. */
struct set {
	size_t n;
	struct soter_bio_row rows[MAX];
	uint64_t epoch;
};

static struct set
look(struct biodev *d)
{
	struct set s = { .n = 0 };

	s.n = biodev_list(d, 0, s.rows, MAX);
	s.epoch = biodev_status(d, 0).epoch;
	CHECK(s.n <= MAX);
	return (s);
}

static bool
has(const struct set *s, uint64_t fid)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->rows[i].fid == fid)
			return (true);
	return (false);
}

static bool
is_same(const struct set *a, const struct set *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; i < a->n && same; i++)
		same = has(b, a->rows[i].fid);
	return (same);
}

static struct biodev *
make(void)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);

	CHECK_RC(biodev_set_pin(d, 0, "", PIN), SOTER_OK);
	return (d);
}

/* A change was cut off: it took place whole or not at all. */
static void
check_after(struct biodev *d, const struct set *before)
{
	struct set after;

	/* What could not be removed then, the next start removes. */
	biodev_restart(d);
	after = look(d);
	CHECK(after.epoch >= before->epoch);
	if (!is_same(before, &after))
		CHECK(after.epoch > before->epoch);
	CHECK(after.n + 1 >= before->n && after.n <= before->n + 1);
	/* State, mark, templates: what a cut left is gone. */
	CHECK(biodev_objects(d) == 2 + after.n);
}

/* Every fid that is listed has its finger, and no other is known. */
static void
check_fingers(struct biodev *d, const char *finger, bool is_known, uint64_t fid)
{
	uint64_t who = 0;

	if (is_known) {
		CHECK_RC(biodev_touch(d, 0, 0, finger, &who), SOTER_OK);
		CHECK(fid == 0 || who == fid);
	} else {
		CHECK(biodev_touch(d, 0, 0, finger, NULL) != SOTER_OK);
	}
}

/* ---- cuts -------------------------------------------------------------- */

static void
cut_enrol(uint64_t n, enum diskmodel_image image, uint32_t seed)
{
	struct biodev *d = make();
	uint64_t first = 0, second = 0, third = 0;
	struct set before, after;
	enum soter_rc rc;

	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "first", &first), SOTER_OK);
	before = look(d);
	biodev_cut(d, n);
	rc = biodev_enrol(d, 0, PIN, FINGER, "second", &second);
	(void)biodev_was_cut(d, image, seed);

	check_after(d, &before);
	after = look(d);
	CHECK(has(&after, first));
	if (rc == SOTER_OK)
		CHECK(has(&after, second));
	check_fingers(d, "first", true, first);
	check_fingers(d, "second", after.n == 2, second);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);

	/* Numbers go on above whatever was seen. */
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "third", &third), SOTER_OK);
	CHECK(third > first && third > second && !has(&after, third));
	check_fingers(d, "third", true, third);
	CHECK(look(d).epoch > after.epoch);
	biodev_free(&d);
}

static void
cut_remove(uint64_t n, enum diskmodel_image image, uint32_t seed)
{
	struct biodev *d = make();
	uint64_t first = 0, second = 0, third = 0;
	struct set before, after;
	enum soter_rc rc;

	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "first", &first), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "second", &second), SOTER_OK);
	before = look(d);
	biodev_cut(d, n);
	rc = biodev_remove(d, 0, PIN, second);
	(void)biodev_was_cut(d, image, seed);

	check_after(d, &before);
	after = look(d);
	CHECK(has(&after, first));
	if (rc == SOTER_OK)
		CHECK(!has(&after, second));
	check_fingers(d, "first", true, first);
	check_fingers(d, "second", after.n == 2, second);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "third", &third), SOTER_OK);
	CHECK(third > second);
	biodev_free(&d);
}

static void
cut_set_pin(uint64_t n, enum diskmodel_image image, uint32_t seed)
{
	struct biodev *d = make();
	bool is_old, is_new;
	enum soter_rc rc;

	biodev_cut(d, n);
	rc = biodev_set_pin(d, 0, PIN, "5678");
	(void)biodev_was_cut(d, image, seed);
	is_new = biodev_unfreeze(d, 0, "5678") == SOTER_OK;
	is_old = biodev_unfreeze(d, 0, PIN) == SOTER_OK;
	CHECK(is_old != is_new);
	if (rc == SOTER_OK)
		CHECK(is_new);
	biodev_free(&d);
}

/* The first call of all: there is nothing yet, or all of it. */
static void
cut_first_pin(uint64_t n, enum diskmodel_image image, uint32_t seed)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);
	enum soter_rc rc;

	(void)biodev_status(d, 0);
	biodev_cut(d, n);
	rc = biodev_set_pin(d, 0, "", PIN);
	(void)biodev_was_cut(d, image, seed);
	if (rc != SOTER_OK && biodev_status(d, 0).pin_set == 0)
		CHECK_RC(biodev_set_pin(d, 0, "", PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "first", NULL), SOTER_OK);
	CHECK(biodev_objects(d) == 3);
	biodev_free(&d);
}

static const struct {
	const char *what;
	void (*run)(uint64_t n, enum diskmodel_image image, uint32_t seed);
	uint64_t operations; /* more than it takes */
} cuts[] = {
	{ "first PIN", cut_first_pin, 24 },
	{ "another PIN", cut_set_pin, 30 },
	{ "enrol", cut_enrol, 40 },
	{ "remove", cut_remove, 40 },
};

static void
test_cuts(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cuts); i++)
		for (uint64_t n = 1; n <= cuts[i].operations; n++) {
			check_row("%s, power cut at operation %u", cuts[i].what,
			    (unsigned)n);
			for (int image = 0; image < DISKMODEL_IMAGES; image++)
				for (uint32_t seed = 0; seed < 2; seed++)
					cuts[i].run(n,
					    (enum diskmodel_image)image, seed);
		}
}

/* A disk that fails and goes on: the TA must not believe what it wanted. */
static void
test_faults(void)
{
	for (uint64_t n = 1; n <= 40; n++) {
		struct biodev *d = make();
		uint64_t first = 0, second = 0, third = 0;
		struct set before, after;
		enum soter_rc rc;

		check_row("enrol and remove, operation %u fails", (unsigned)n);
		CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "first", &first),
		    SOTER_OK);
		before = look(d);
		diskmodel_faults(hosttee_disk(d->bio))->fail_in = n;
		rc = biodev_enrol(d, 0, PIN, FINGER, "second", &second);
		diskmodel_faults(hosttee_disk(d->bio))->fail_in = 0;
		after = look(d);
		CHECK(
		    has(&after, first) && after.n == (rc == SOTER_OK ? 2 : 1));
		check_after(d, &before);
		CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "third", &third),
		    SOTER_OK);
		CHECK(third > first && third > second);

		before = look(d);
		diskmodel_faults(hosttee_disk(d->bio))->fail_in = n;
		rc = biodev_remove(d, 0, PIN, third);
		diskmodel_faults(hosttee_disk(d->bio))->fail_in = 0;
		after = look(d);
		CHECK(has(&after, third) == (rc != SOTER_OK));
		check_after(d, &before);
		biodev_free(&d);
	}
}

/* ---- numbers ----------------------------------------------------------- */

static void
test_numbers(void)
{
	struct biodev *d = make();
	uint64_t last = 0, fid = 0, epoch;
	struct set s;

	check_row("fids grow by one, over users, restarts and full removal");
	CHECK_RC(biodev_set_pin(d, 10, "", PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 10, PIN, FINGER, "other", &last), SOTER_OK);
	for (int round = 0; round < 5; round++) {
		CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", &fid),
		    SOTER_OK);
		CHECK(fid == last + 1);
		CHECK_RC(biodev_remove(d, 0, PIN, fid), SOTER_OK);
		last = fid;
		if (round == 2) {
			s.n = biodev_list(d, 10, s.rows, MAX);
			CHECK(s.n == 1);
			CHECK_RC(biodev_remove(d, 10, PIN, s.rows[0].fid),
			    SOTER_OK);
		}
		biodev_restart(d);
	}
	check_row("an epoch never goes back, though nothing is enrolled");
	epoch = biodev_status(d, 0).epoch;
	CHECK(epoch == 10 && biodev_status(d, 0).enrolled == 0);
	biodev_restart(d);
	CHECK(biodev_status(d, 0).epoch == epoch);
	CHECK(biodev_status(d, 10).epoch == 2);
	CHECK(biodev_objects(d) == 2);
	biodev_free(&d);

	check_row("two devices begin with different numbers");
	for (int i = 0; i < 20; i++) {
		d = make();
		CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", &fid),
		    SOTER_OK);
		CHECK(fid > 0 && fid < 0x80000000 && fid != last);
		last = fid;
		biodev_free(&d);
	}
}

/* An object that the state does not name, or names otherwise, is no template.
 */
static void
test_put_back(void)
{
	struct biodev *d = make();
	uint64_t thumb, index, ring, face;
	uint8_t thumb_bytes[200], index_bytes[200];
	size_t thumb_n, index_n;

	CHECK_RC(biodev_set_pin(d, 10, "", PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 10, PIN, FINGER, "thumb", &thumb), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "index", &index), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "ring", &ring), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, SOTER_MODALITY_FACE, "face", &face),
	    SOTER_OK);
	thumb_n = biodev_get(d, biodev_template(thumb), thumb_bytes, 200);
	index_n = biodev_get(d, biodev_template(index), index_bytes, 200);

	check_row("another user's template under the name of one's own");
	biodev_put(d, biodev_template(ring), soter_span(thumb_bytes, thumb_n));
	CHECK_RC(biodev_touch(d, 0, 0, "thumb", NULL), SOTER_E_MISS);
	check_row("another finger's");
	biodev_put(d, biodev_template(ring), soter_span(index_bytes, index_n));
	CHECK_RC(biodev_remove(d, 0, PIN, index), SOTER_OK);
	CHECK_RC(biodev_touch(d, 0, 0, "index", NULL), SOTER_E_MISS);
	check_row("a removed template that lies there again");
	CHECK_RC(biodev_remove(d, 0, PIN, face), SOTER_OK);
	biodev_put(d, biodev_template(index), soter_span(index_bytes, index_n));
	CHECK_RC(biodev_touch(d, 0, 0, "index", NULL), SOTER_E_MISS);
	CHECK(biodev_status(d, 0).enrolled == 1);
	check_row("the same bytes where they belong");
	biodev_put(d, biodev_template(thumb), soter_span(thumb_bytes, thumb_n));
	CHECK_RC(biodev_touch(d, 10, 0, "thumb", NULL), SOTER_OK);
	biodev_free(&d);
}

static void
test_cycles(void)
{
	int cycles = check_slow() && !check_long() ? 1000 : 10000;
	struct biodev *d = make();
	struct teehost_use before = { 0 }, after;
	uint64_t fid = 0;
	size_t files = 0;

	check_row("%d times enrol and remove leave nothing behind", cycles);
	for (int i = 0; i < cycles; i++) {
		if (biodev_enrol(d, 0, PIN, FINGER, "thumb", &fid) !=
			SOTER_OK ||
		    biodev_remove(d, 0, PIN, fid) != SOTER_OK)
			break;
		if (i == 0) {
			before = teehost_instance_use(hosttee_instance(d->bio));
			files = diskmodel_count(hosttee_disk(d->bio));
		}
	}
	after = teehost_instance_use(hosttee_instance(d->bio));
	CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	CHECK(after.objects == 0 && after.operations == 0 &&
	    after.enumerators == 0);
	CHECK(diskmodel_count(hosttee_disk(d->bio)) == files);
	CHECK(biodev_status(d, 0).epoch == 2 * (uint64_t)cycles);
	CHECK(biodev_objects(d) == 2);
	biodev_free(&d);
}

int
main(void)
{
	test_cuts();
	test_faults();
	test_numbers();
	test_put_back();
	test_cycles();
	return (check_done());
}
