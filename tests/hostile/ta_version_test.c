/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CVE-2020-14125 in reverse: an old signed TA is put back to read what a newer
 * one has stored.  It refuses, and destroys nothing.
 *
 * Guards: `*version > SOTER_TA_VERSION` in parse() and the raise in
 * ta_state_ready(), src/ta/soter/state.c; the needs in entry.c.
 */
#include "tests/check.h"
#include "tests/tabox.h"
#include "wire/limits.h"

#define OLD (&tabox_builds[TABOX_USUAL])
#define NEW (&tabox_builds[TABOX_NEXT])

/* Every command that touches the storage. */
static const struct {
	enum tabox_who who;
	uint32_t command;
} commands[] = {
	{ TABOX_FACTORY, SOTER_TA_ATTK_GENERATE },
	{ TABOX_FACTORY, SOTER_TA_ATTK_VERIFY },
	{ TABOX_FACTORY, SOTER_TA_ATTK_EXPORT },
	{ TABOX_SERVICE, SOTER_TA_DEVICE_ID },
	{ TABOX_SERVICE, SOTER_TA_ASK_GENERATE },
	{ TABOX_SERVICE, SOTER_TA_ASK_EXPORT },
	{ TABOX_SERVICE, SOTER_TA_REMOVE_ALL },
	{ TABOX_SERVICE, SOTER_TA_ASK_HAS },
	{ TABOX_SERVICE, SOTER_TA_AUTHKEY_GENERATE },
	{ TABOX_SERVICE, SOTER_TA_AUTHKEY_EXPORT },
	{ TABOX_SERVICE, SOTER_TA_AUTHKEY_REMOVE },
	{ TABOX_SERVICE, SOTER_TA_AUTHKEY_HAS },
	{ TABOX_SERVICE, SOTER_TA_SIGN_FINISH },
	{ TABOX_SERVICE, SOTER_TA_KEYS_LIST },
};

static uint32_t
trouble(struct tabox *box)
{
	struct soter_ta_status x;

	CHECK_RC(tabox_do(box, TABOX_PUBLIC, SOTER_TA_STATUS, 0, NULL),
	    SOTER_OK);
	CHECK_RC(soter_ta_status_parse(&x,
		     soter_span(tabox_last.body, tabox_last.n)),
	    SOTER_OK);
	return (x.trouble);
}

static void
restart(struct tabox *box, const struct tabox_ta *ta)
{
	tabox_stop(box);
	tabox_change(box, ta);
	CHECK_RC(tabox_start(box), SOTER_OK);
}

static void
check_refuses_all(struct tabox *box)
{
	struct diskmodel *before = diskmodel_copy(box->disk, NULL);
	uint64_t done = box->power.done, session;

	for (size_t i = 0; i < SOTER_COUNT(commands); i++) {
		check_row("the older TA refuses %s",
		    soter_ta_form(commands[i].command)->name);
		CHECK_RC(tabox_do(box, commands[i].who, commands[i].command,
			     TABOX_UID, TABOX_KNAME),
		    SOTER_E_SECURITY_STATE);
	}
	check_row("the older TA refuses initSign");
	CHECK_RC(tabox_init(box, TABOX_UID, TABOX_KNAME, "c", &session),
	    SOTER_E_SECURITY_STATE);
	check_row("the older TA says why, and passes its self-test");
	CHECK(trouble(box) == (SOTER_E_SECURITY_STATE & 0xff));
	CHECK_RC(tabox_do(box, TABOX_PUBLIC, SOTER_TA_SELF_TEST, 0, NULL),
	    SOTER_OK);
	check_row("the older TA destroys nothing");
	CHECK(box->power.done == done && diskmodel_same(box->disk, before));
	diskmodel_free(&before);
}

static void
test_put_back(void)
{
	struct tabox box;

	tabox_new(&box, OLD);
	if (!CHECK_RC(tabox_start(&box), SOTER_OK))
		return;
	tabox_provision(&box);
	restart(&box, NEW);
	check_row("a newer TA that only reads leaves the storage to both");
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_AUTHKEY_HAS, TABOX_UID,
		     TABOX_KNAME),
	    SOTER_OK);
	restart(&box, OLD);
	CHECK(trouble(&box) == 0);
	CHECK_RC(
	    tabox_do(&box, TABOX_SERVICE, SOTER_TA_ASK_EXPORT, TABOX_UID, NULL),
	    SOTER_OK);

	check_row("a newer TA writes");
	restart(&box, NEW);
	CHECK_RC(
	    tabox_do(&box, TABOX_SERVICE, SOTER_TA_ASK_EXPORT, TABOX_UID, NULL),
	    SOTER_OK);
	restart(&box, OLD);
	check_refuses_all(&box);

	check_row("the newer TA finds everything again");
	restart(&box, NEW);
	CHECK(trouble(&box) == 0);
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_AUTHKEY_EXPORT,
		     TABOX_UID, TABOX_KNAME),
	    SOTER_OK);
	CHECK(tabox_counter() > SOTER_COUNTER_BLOCK_MAX);
	CHECK_RC(tabox_do(&box, TABOX_FACTORY, SOTER_TA_ATTK_VERIFY, 0, NULL),
	    SOTER_OK);
	tabox_free(&box);
}

/*
 * The version is raised before anything new is written: cut the newer TA's
 * first write anywhere, and the older one, put back, either refuses or finds
 * the storage exactly as it left it.
 */
static void
test_cut(void)
{
	struct tabox base, box;
	unsigned refused = 0, untouched = 0;
	enum soter_rc rc = SOTER_E_STORAGE;

	check_row("power cut at every operation of the newer TA's first write");
	tabox_new(&base, OLD);
	CHECK_RC(tabox_start(&base), SOTER_OK);
	tabox_provision(&base);
	tabox_stop(&base);
	for (uint64_t cut = 1; rc != SOTER_OK; cut++) {
		for (int image = 0; image < DISKMODEL_IMAGES; image++) {
			tabox_new(&box, NEW);
			diskmodel_free(&box.disk);
			box.disk = diskmodel_copy(base.disk, &box.power);
			CHECK_RC(tabox_start(&box), SOTER_OK);
			box.power.cut_at = box.power.done + cut;
			rc = tabox_do(&box, TABOX_SERVICE, SOTER_TA_ASK_EXPORT,
			    TABOX_UID, NULL);
			tabox_kill(&box);
			diskmodel_restart(box.disk, (enum diskmodel_image)image,
			    (uint32_t)cut);
			tabox_change(&box, OLD);
			CHECK_RC(tabox_start(&box), SOTER_OK);
			if (trouble(&box) != 0) {
				refused++;
			} else {
				/* The very counter that the old TA would have
				 * given if the newer had never been. */
				CHECK(rc != SOTER_OK);
				CHECK_RC(tabox_do(&box, TABOX_SERVICE,
					     SOTER_TA_ASK_EXPORT, TABOX_UID,
					     NULL),
				    SOTER_OK);
				CHECK(tabox_counter() == 1);
				untouched++;
			}
			tabox_free(&box);
		}
	}
	printf("# %u refused, %u untouched\n", refused, untouched);
	CHECK(refused > 0 && untouched > 0);
	tabox_free(&base);
}

int
main(int argc, char **argv)
{
	tabox_load(argc, argv);
	test_put_back();
	test_cut();
	return (check_done());
}
