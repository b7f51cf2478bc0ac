/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The counter never repeats, whatever happens to the machine, and no key is
 * half there or lost: power cut at every disk operation, kill, full disk,
 * failing disk, read-only disk, old storage put back, single objects lost.
 *
 * Guards: write_reserved() before `known.reserved = value` in reserve(), and
 * `known.last = value` in load(), src/ta/soter/counter.c; check_empty() in
 * src/ta/soter/state.c; the order of writes in ta_attk_generate() and store(),
 * src/ta/soter/attk.c; the ids in object data, read_kname() in authkey.c; the
 * order in ta_ask_remove_all().
 */
#include "tests/check.h"
#include "tests/tabox.h"

#define BLOCK SOTER_COUNTER_BLOCK_MAX

/* What the world saw of a device. */
struct seen {
	uint64_t counter; /* highest signed */
	unsigned repeats; /* signed values that were not higher */
	bool has_ask[2], has_authkey[2]; /* acknowledged: uid 1, 2 */
	bool is_removing;		 /* ... all of uid 2, in one step */
};

static const uint32_t uids[2] = { TABOX_UID, 10002 };

static void
note(struct seen *seen)
{
	uint64_t counter = tabox_counter();

	if (counter <= seen->counter)
		seen->repeats++;
	else
		seen->counter = counter;
}

static enum soter_rc
service(struct tabox *box, uint32_t command, uint32_t uid)
{
	return (tabox_do(box, TABOX_SERVICE, command, uid, TABOX_KNAME));
}

static enum soter_rc export(struct tabox *box, struct seen *seen,
    uint32_t command, uint32_t uid) {
	TRY(service(box, command, uid)); note(seen); return (SOTER_OK);
}

static enum soter_rc
sign(struct tabox *box, struct seen *seen, uint32_t uid)
{
	uint64_t session;

	TRY(tabox_init(box, uid, TABOX_KNAME, "c", &session));
	TRY(tabox_match(box, session));
	TRY(tabox_finish(box, uid, session));
	note(seen);
	return (SOTER_OK);
}

/* ---- the usual --------------------------------------------------------- */

static void
test_growing(enum tabox_build build, const char *what, uint64_t skip)
{
	struct seen seen = { .counter = 0 };
	struct tabox box;
	uint64_t before;

	check_row("every kind of signed text takes the next value, %s", what);
	tabox_new(&box, &tabox_builds[build]);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	tabox_provision(&box);
	for (int i = 0; i < BLOCK; i++) {
		CHECK_RC(export(&box, &seen, SOTER_TA_ASK_EXPORT, TABOX_UID),
		    SOTER_OK);
		CHECK_RC(
		    export(&box, &seen, SOTER_TA_AUTHKEY_EXPORT, TABOX_UID),
		    SOTER_OK);
		CHECK_RC(sign(&box, &seen, TABOX_UID), SOTER_OK);
	}
	CHECK(seen.repeats == 0 && seen.counter == 3 * BLOCK);

	check_row("a restart skips to the end of the block, %s", what);
	CHECK_RC(export(&box, &seen, SOTER_TA_ASK_EXPORT, TABOX_UID), SOTER_OK);
	before = seen.counter;
	tabox_stop(&box);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	CHECK_RC(export(&box, &seen, SOTER_TA_ASK_EXPORT, TABOX_UID), SOTER_OK);
	CHECK(seen.counter == before + skip);
	before = seen.counter;
	tabox_kill(&box);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	CHECK_RC(export(&box, &seen, SOTER_TA_ASK_EXPORT, TABOX_UID), SOTER_OK);
	CHECK(seen.counter == before + skip);
	tabox_free(&box);
}

/* ---- power cuts -------------------------------------------------------- */

/* What a device does on a busy day.  Stops where the power does. */
static enum soter_rc
busy_day(struct tabox *box, struct seen *seen)
{
	TRY(export(box, seen, SOTER_TA_ASK_EXPORT, uids[0]));
	TRY(sign(box, seen, uids[0]));
	TRY(service(box, SOTER_TA_ASK_GENERATE, uids[1]));
	seen->has_ask[1] = true;
	TRY(service(box, SOTER_TA_AUTHKEY_GENERATE, uids[1]));
	seen->has_authkey[1] = true;
	TRY(export(box, seen, SOTER_TA_AUTHKEY_EXPORT, uids[1]));
	/* From here on uid 2's keys may be there or not, but all alike. */
	seen->is_removing = true;
	seen->has_ask[1] = seen->has_authkey[1] = false;
	TRY(service(box, SOTER_TA_REMOVE_ALL, uids[1]));
	return (export(box, seen, SOTER_TA_AUTHKEY_EXPORT, uids[0]));
}

/* After whatever happened: what is promised. */
static void
check_promise(struct tabox *box, struct seen *seen, const char *root)
{
	CHECK_RC(tabox_do(box, TABOX_SERVICE, SOTER_TA_DEVICE_ID, 0, NULL),
	    SOTER_OK);
	CHECK(memcmp(tabox_last.body, root, SOTER_DEVICE_ID_LEN) == 0);
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_ATTK_VERIFY, 0, NULL),
	    SOTER_OK);
	for (int i = 0; i < 2; i++) {
		enum soter_rc ask =
		    export(box, seen, SOTER_TA_ASK_EXPORT, uids[i]);
		enum soter_rc key =
		    export(box, seen, SOTER_TA_AUTHKEY_EXPORT, uids[i]);

		/* Whole or not at all. */
		CHECK(ask == SOTER_OK || ask == SOTER_E_ASK_NOT_READY);
		CHECK(key == SOTER_OK || key == SOTER_E_AUTH_KEY_NOT_READY);
		CHECK(ask == SOTER_OK || !seen->has_ask[i]);
		CHECK(key == SOTER_OK || !seen->has_authkey[i]);
		CHECK(i == 0 || !seen->is_removing ||
		    (ask == SOTER_OK) == (key == SOTER_OK));
		if (key == SOTER_OK)
			CHECK_RC(sign(box, seen, uids[i]), SOTER_OK);
	}
	CHECK(seen->repeats == 0);
}

/* A provisioned machine that is off; every cut begins with a copy of it. */
static struct {
	struct tabox box;
	struct seen seen;
	char root[SOTER_DEVICE_ID_LEN];
} base;

static void
make_base(enum tabox_build build)
{
	tabox_new(&base.box, &tabox_builds[build]);
	CHECK_RC(tabox_start(&base.box), SOTER_OK);
	tabox_provision(&base.box);
	memset(&base.seen, 0, sizeof(base.seen));
	base.seen.has_ask[0] = base.seen.has_authkey[0] = true;
	/* Near the end of the block, so that one is taken soon. */
	for (int i = 0; i < BLOCK - 1; i++)
		CHECK_RC(export(&base.box, &base.seen, SOTER_TA_ASK_EXPORT,
			     TABOX_UID),
		    SOTER_OK);
	CHECK_RC(
	    tabox_do(&base.box, TABOX_SERVICE, SOTER_TA_DEVICE_ID, 0, NULL),
	    SOTER_OK);
	memcpy(base.root, tabox_last.body, SOTER_DEVICE_ID_LEN);
	tabox_stop(&base.box);
}

static void
begin_from_base(struct tabox *box, struct seen *seen)
{
	tabox_new(box, base.box.ta);
	diskmodel_free(&box->disk);
	box->disk = diskmodel_copy(base.box.disk, &box->power);
	*seen = base.seen;
	CHECK_RC(tabox_start(box), SOTER_OK);
}

/* One machine on each of the images that this cut may leave. */
static void
look_at_images(const struct tabox *cut, const struct seen *seen, int images)
{
	for (int i = 0; i < images; i++) {
		struct seen after = *seen;
		struct tabox box;

		tabox_new(&box, cut->ta);
		diskmodel_free(&box.disk);
		box.disk = diskmodel_copy(cut->disk, &box.power);
		diskmodel_restart(box.disk,
		    (enum diskmodel_image)(i % DISKMODEL_IMAGES), (uint32_t)i);
		if (CHECK_RC(tabox_start(&box), SOTER_OK))
			check_promise(&box, &after, base.root);
		tabox_free(&box);
	}
}

static void
test_power_cuts(enum tabox_build build, const char *what)
{
	enum soter_rc rc = SOTER_E_STORAGE;
	uint64_t cut, step = check_slow() || check_is("short") ? 5 : 1;

	make_base(build);
	for (cut = 1; rc != SOTER_OK; cut += step) {
		struct tabox box;
		struct seen seen;

		check_row("power cut at operation %u, %s", (unsigned)cut, what);
		begin_from_base(&box, &seen);
		box.power.cut_at = box.power.done + cut;
		rc = busy_day(&box, &seen);
		CHECK(seen.repeats == 0);
		tabox_kill(&box);
		look_at_images(&box, &seen, check_long() ? 32 : 6);
		tabox_free(&box);
	}
	printf("# %u operations, %s\n", (unsigned)cut, what);
	tabox_free(&base.box);
}

/* A kill loses nothing that was written; any operation may be the last. */
static void
test_faults(void)
{
	enum soter_rc rc = SOTER_E_STORAGE;
	uint64_t step = check_slow() || check_is("short") ? 7 : 1;

	make_base(TABOX_POOL_USUAL);
	for (uint64_t n = 1; rc != SOTER_OK; n += step) {
		struct tabox box;
		struct seen seen;

		check_row("the disk fails once, at operation %u", (unsigned)n);
		begin_from_base(&box, &seen);
		diskmodel_faults(box.disk)->fail_in = n;
		rc = busy_day(&box, &seen);
		CHECK(rc == SOTER_OK || rc == SOTER_E_TEE_COMMUNICATION ||
		    rc == SOTER_E_SECURITY_STATE);
		diskmodel_faults(box.disk)->fail_in = 0;
		tabox_kill(&box);
		diskmodel_kill(box.disk);
		if (CHECK_RC(tabox_start(&box), SOTER_OK))
			check_promise(&box, &seen, base.root);
		tabox_free(&box);
	}
	tabox_free(&base.box);
}

static void
test_full(void)
{
	struct tabox box;
	struct seen seen;

	make_base(TABOX_POOL_BLOCK1);
	for (uint64_t left = 0; left < 20000; left += 1900) {
		enum soter_rc rc;

		check_row("the disk is full after %u bytes", (unsigned)left);
		begin_from_base(&box, &seen);
		diskmodel_faults(box.disk)->free_bytes = left;
		rc = busy_day(&box, &seen);
		CHECK(rc == SOTER_OK || rc == SOTER_E_TEE_COMMUNICATION);
		if (left == 0)
			CHECK_RC(rc, SOTER_E_TEE_COMMUNICATION);
		diskmodel_faults(box.disk)->free_bytes = UINT64_MAX;
		check_promise(&box, &seen, base.root);
		tabox_free(&box);
	}

	check_row("the disk is read-only: what needs no write goes on");
	begin_from_base(&box, &seen);
	diskmodel_faults(box.disk)->is_read_only = true;
	CHECK_RC(service(&box, SOTER_TA_ASK_HAS, TABOX_UID), SOTER_OK);
	CHECK_RC(service(&box, SOTER_TA_AUTHKEY_HAS, TABOX_UID), SOTER_OK);
	CHECK_RC(service(&box, SOTER_TA_ASK_EXPORT, TABOX_UID),
	    SOTER_E_TEE_COMMUNICATION);
	CHECK_RC(sign(&box, &seen, TABOX_UID), SOTER_E_TEE_COMMUNICATION);
	CHECK_RC(service(&box, SOTER_TA_ASK_GENERATE, 10002),
	    SOTER_E_TEE_COMMUNICATION);
	CHECK_RC(service(&box, SOTER_TA_REMOVE_ALL, TABOX_UID),
	    SOTER_E_TEE_COMMUNICATION);
	check_row("and nothing is lost by it");
	diskmodel_faults(box.disk)->is_read_only = false;
	check_promise(&box, &seen, base.root);
	tabox_free(&box);

	check_row("a session outlives a full disk, with its match");
	begin_from_base(&box, &seen);
	{
		uint64_t session;

		CHECK_RC(
		    tabox_init(&box, TABOX_UID, TABOX_KNAME, "c", &session),
		    SOTER_OK);
		CHECK_RC(tabox_match(&box, session), SOTER_OK);
		diskmodel_faults(box.disk)->free_bytes = 0;
		CHECK_RC(tabox_finish(&box, TABOX_UID, session),
		    SOTER_E_TEE_COMMUNICATION);
		diskmodel_faults(box.disk)->free_bytes = UINT64_MAX;
		CHECK_RC(tabox_finish(&box, TABOX_UID, session), SOTER_OK);
		note(&seen);
		CHECK(seen.repeats == 0);
	}
	tabox_free(&box);
	tabox_free(&base.box);
}

/* ---- the first root ---------------------------------------------------- */

static void
check_born(struct tabox *box, bool is_acknowledged, const char *root)
{
	struct seen seen = { .counter = 0 };
	enum soter_rc rc = tabox_generate(box, 1, SOTER_SPAN(""));

	CHECK(rc == SOTER_E_ATTK_PROVISIONED ||
	    (rc == SOTER_OK && !is_acknowledged));
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_DEVICE_ID, 0, NULL),
	    SOTER_OK);
	if (is_acknowledged)
		CHECK(memcmp(tabox_last.body, root, SOTER_DEVICE_ID_LEN) == 0);
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_ATTK_VERIFY, 0, NULL),
	    SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_ASK_GENERATE, TABOX_UID), SOTER_OK);
	CHECK_RC(export(box, &seen, SOTER_TA_ASK_EXPORT, TABOX_UID), SOTER_OK);
}

static void
test_birth(void)
{
	enum soter_rc rc = SOTER_E_STORAGE;

	for (uint64_t cut = 1; rc != SOTER_OK; cut++) {
		char root[SOTER_DEVICE_ID_LEN] = { 0 };
		struct tabox box;
		size_t n = 0, objects = 0;
		struct soter_span id;

		check_row("power cut at operation %u of the first root",
		    (unsigned)cut);
		tabox_new(&box, &tabox_builds[TABOX_POOL_USUAL]);
		CHECK_RC(tabox_start(&box), SOTER_OK);
		box.power.cut_at = box.power.done + cut;
		rc = tabox_generate(&box, 1, SOTER_SPAN(""));
		if (rc == SOTER_OK &&
		    tabox_do(&box, TABOX_FACTORY, SOTER_TA_DEVICE_ID, 0,
			NULL) == SOTER_OK)
			memcpy(root, tabox_last.body, sizeof(root));
		tabox_kill(&box);
		diskmodel_restart(box.disk,
		    (enum diskmodel_image)(cut % DISKMODEL_IMAGES),
		    (uint32_t)cut);
		if (!CHECK_RC(tabox_start(&box), SOTER_OK))
			break;
		check_born(&box, rc == SOTER_OK, root);
		/* No root is left over: state, counter, root, copy, ASK. */
		while (teehost_store_list(box.store, objects, &id, &n))
			objects++;
		CHECK(objects == 5);
		tabox_free(&box);
	}
}

/* ---- old storage put back ---------------------------------------------- */

static void
test_snapshots(void)
{
	struct tabox box;
	struct seen seen;
	struct diskmodel *old;

	make_base(TABOX_POOL_USUAL);
	begin_from_base(&box, &seen);
	old = diskmodel_copy(box.disk, NULL);
	CHECK_RC(busy_day(&box, &seen), SOTER_OK);
	tabox_stop(&box);

	for (size_t i = 0; diskmodel_name(old, i) != NULL; i++) {
		const char *name = diskmodel_name(old, i);
		struct tabox other;
		struct seen after = seen;

		check_row("one old file put back: %zu", i);
		tabox_new(&other, box.ta);
		diskmodel_free(&other.disk);
		other.disk = diskmodel_copy(box.disk, &other.power);
		diskmodel_put(other.disk, name, diskmodel_look(old, name));
		/* Noticed at the door, or harmless. */
		if (tabox_start(&other) == SOTER_OK)
			check_promise(&other, &after, base.root);
		else
			CHECK(other.instance == NULL);
		tabox_free(&other);
	}

	check_row("the whole storage put back");
	while (diskmodel_name(box.disk, 0) != NULL)
		diskmodel_drop(box.disk, diskmodel_name(box.disk, 0));
	for (size_t i = 0; diskmodel_name(old, i) != NULL; i++)
		diskmodel_put(box.disk, diskmodel_name(old, i),
		    diskmodel_look(old, diskmodel_name(old, i)));
	CHECK_RC(tabox_start(&box), SOTER_E_ROLLBACK);
	diskmodel_free(&old);
	tabox_free(&box);
	tabox_free(&base.box);
}

/* ---- objects lost ------------------------------------------------------ */

/* As a TEE leaves it that removes what it finds changed. */
static void
lose(struct tabox *box, const char *prefix)
{
	struct soter_span id;
	size_t n, lost = 0;

	for (size_t i = 0; teehost_store_list(box->store, i, &id, &n); i++)
		if (soter_span_starts(id, soter_text(prefix))) {
			uint8_t name[TEEHOST_OBJECT_ID_MAX];

			memcpy(name, id.p, id.n);
			CHECK_RC(teehost_store_remove(box->store,
				     soter_span(name, id.n)),
			    SOTER_OK);
			lost++;
			i = (size_t)-1;
		}
	CHECK(lost > 0);
}

static size_t
count_objects(struct tabox *box, const char *prefix)
{
	struct soter_span id;
	size_t n, found = 0;

	for (size_t i = 0; teehost_store_list(box->store, i, &id, &n); i++)
		if (soter_span_starts(id, soter_text(prefix)))
			found++;
	return (found);
}

static void
replace(struct tabox *box, const char *name, struct soter_span from,
    struct soter_span data)
{
	static uint8_t object[4096];
	uint8_t *bytes;
	size_t n;
	bool found = false;

	CHECK_RC(
	    teehost_store_get(box->store, soter_text(name), &bytes, &n, NULL),
	    SOTER_OK);
	memcpy(object, bytes, n);
	teehost_store_free(bytes, n);
	/* The host's form around the data is the host's. */
	for (size_t i = 0; i + from.n <= n && from.n == data.n; i++)
		if (memcmp(object + i, from.p, from.n) == 0) {
			memcpy(object + i, data.p, data.n);
			found = true;
			break;
		}
	CHECK(found);
	CHECK_RC(teehost_store_put(box->store, soter_text(name),
		     soter_span(object, n), true),
	    SOTER_OK);
}

/* clang-format off */
static const struct {
	const char *what, *lost[3];
	enum soter_rc export, generate, verify, status;
} losses[] = {
	{ "counter", { "counter" },
	  SOTER_E_SECURITY_STATE, SOTER_E_ATTK_PROVISIONED, SOTER_OK, SOTER_OK },
	{ "state", { "state" },
	  SOTER_E_SECURITY_STATE, SOTER_E_SECURITY_STATE, SOTER_E_SECURITY_STATE, SOTER_E_SECURITY_STATE },
	{ "state and counter", { "state", "counter" },
	  SOTER_E_SECURITY_STATE, SOTER_E_SECURITY_STATE, SOTER_E_SECURITY_STATE, SOTER_E_SECURITY_STATE },
	{ "state, root and copy", { "state", "attk", "copy" },
	  SOTER_E_SECURITY_STATE, SOTER_E_SECURITY_STATE, SOTER_E_SECURITY_STATE, SOTER_E_SECURITY_STATE },
	{ "root", { "attk" },
	  SOTER_OK, SOTER_E_ATTK_PROVISIONED, SOTER_OK, SOTER_OK },
	{ "copy", { "copy" },
	  SOTER_OK, SOTER_E_ATTK_PROVISIONED, SOTER_OK, SOTER_OK },
	{ "root and copy", { "attk", "copy" },
	  SOTER_E_ATTK_DIGEST_NOT_MATCH, SOTER_E_ATTK_PROVISIONED, SOTER_E_ATTK_DIGEST_NOT_MATCH, SOTER_OK },
	{ "ASK", { "ask" },
	  SOTER_E_ASK_NOT_READY, SOTER_E_ATTK_PROVISIONED, SOTER_OK, SOTER_OK },
};
/* clang-format on */

static void
test_losses(void)
{
	struct tabox box;
	struct seen seen;

	make_base(TABOX_POOL_USUAL);
	for (size_t i = 0; i < SOTER_COUNT(losses); i++)
		for (int restarts = 0; restarts < 3; restarts++) {
			check_row("lost: %s, start %d", losses[i].what,
			    restarts);
			if (restarts == 0) {
				begin_from_base(&box, &seen);
				for (int k = 0; k < 3; k++)
					if (losses[i].lost[k] != NULL)
						lose(&box, losses[i].lost[k]);
			}
			tabox_stop(&box);
			CHECK_RC(tabox_start(&box), SOTER_OK);
			CHECK_RC(service(&box, SOTER_TA_ASK_EXPORT, TABOX_UID),
			    losses[i].export);
			CHECK_RC(tabox_generate(&box, 1, SOTER_SPAN("")),
			    losses[i].generate);
			CHECK_RC(tabox_do(&box, TABOX_FACTORY,
				     SOTER_TA_ATTK_VERIFY, 0, NULL),
			    losses[i].verify);
			/* What was lost is there again. */
			if (losses[i].verify == SOTER_OK)
				CHECK(count_objects(&box, "attk") == 1 &&
				    count_objects(&box, "copy") == 1);
			if (restarts == 2) {
				if (losses[i].export == SOTER_OK)
					check_promise(&box, &seen, base.root);
				tabox_free(&box);
			}
		}
	tabox_free(&base.box);
}

/*
 * A new ASK is stored, and the disk fails before the AuthKeys of the old one
 * are removed: they are there, and do not exist.
 */
static void
test_void(void)
{
	unsigned left_over = 0;

	make_base(TABOX_POOL_USUAL);
	for (uint64_t n = 1; n < 30; n++) {
		struct tabox box;
		struct seen seen;
		uint64_t session;
		enum soter_rc rc;

		check_row("a new ASK, and the disk fails at operation %u",
		    (unsigned)n);
		begin_from_base(&box, &seen);
		diskmodel_faults(box.disk)->fail_in = n;
		rc = service(&box, SOTER_TA_ASK_GENERATE, TABOX_UID);
		diskmodel_faults(box.disk)->fail_in = 0;
		CHECK_RC(service(&box, SOTER_TA_ASK_HAS, TABOX_UID), SOTER_OK);
		if (rc != SOTER_OK) {
			CHECK_RC(service(&box, SOTER_TA_AUTHKEY_HAS, TABOX_UID),
			    SOTER_OK);
			tabox_free(&box);
			continue;
		}
		if (count_objects(&box, "auth") > 0)
			left_over++;
		if (n % 2 == 0) {
			CHECK_RC(tabox_init(&box, TABOX_UID, TABOX_KNAME, "c",
				     &session),
			    SOTER_E_AUTH_KEY_NOT_READY);
			CHECK_RC(
			    service(&box, SOTER_TA_AUTHKEY_EXPORT, TABOX_UID),
			    SOTER_E_AUTH_KEY_NOT_READY);
		} else {
			CHECK_RC(service(&box, SOTER_TA_KEYS_LIST, TABOX_UID),
			    SOTER_OK);
			CHECK(tabox_last.n == 0);
		}
		/* Met, and gone. */
		CHECK(count_objects(&box, "auth") == 0);
		tabox_free(&box);
	}
	check_row("some of them were left over");
	CHECK(left_over > 1);
	tabox_free(&base.box);
}

static void
test_edges(void)
{
	static const uint8_t block[8] = { BLOCK },
			     last[8] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff,
				     0xff, 0x7f },
			     beyond[8] = { 0, 0, 0, 0, 0, 0, 0, 0x80 };
	unsigned keys_damaged = 0;
	struct tabox box;
	struct seen seen;

	make_base(TABOX_POOL_USUAL);
	check_row("the last values of the counter");
	begin_from_base(&box, &seen);
	replace(&box, "counter", soter_span(block, 8), soter_span(last, 8));
	tabox_stop(&box);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	CHECK_RC(service(&box, SOTER_TA_ASK_EXPORT, TABOX_UID), SOTER_OK);
	CHECK(tabox_counter() == INT64_MAX);
	CHECK_RC(service(&box, SOTER_TA_ASK_EXPORT, TABOX_UID),
	    SOTER_E_SECURITY_STATE);
	tabox_stop(&box);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	CHECK_RC(service(&box, SOTER_TA_ASK_EXPORT, TABOX_UID),
	    SOTER_E_SECURITY_STATE);
	tabox_free(&box);

	check_row("a counter beyond them");
	begin_from_base(&box, &seen);
	replace(&box, "counter", soter_span(block, 8), soter_span(beyond, 8));
	tabox_stop(&box);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	CHECK_RC(service(&box, SOTER_TA_ASK_EXPORT, TABOX_UID),
	    SOTER_E_SECURITY_STATE);
	tabox_free(&box);

	for (size_t i = 0; diskmodel_name(base.box.disk, i) != NULL; i++) {
		const char *name = diskmodel_name(base.box.disk, i);
		struct soter_span was = diskmodel_look(base.box.disk, name);
		bool is_key;

		check_row("one byte of file %zu is another", i);
		begin_from_base(&box, &seen);
		tabox_stop(&box);
		if (CHECK(was.n > 0 && was.n < 8192)) {
			uint8_t bytes[8192];

			memcpy(bytes, was.p, was.n);
			bytes[was.n / 2] ^= 1;
			diskmodel_put(box.disk, name, soter_span(bytes, was.n));
		}
		/* Never a second root, never an old counter. */
		if (tabox_start(&box) == SOTER_OK) {
			enum soter_rc rc =
			    tabox_generate(&box, 1, SOTER_SPAN(""));

			CHECK(rc == SOTER_E_ATTK_PROVISIONED ||
			    rc == SOTER_E_SECURITY_STATE);
			rc =
			    export(&box, &seen, SOTER_TA_ASK_EXPORT, TABOX_UID);
			is_key = rc == SOTER_E_KEY_BLOB;
			CHECK(rc == SOTER_OK || rc == SOTER_E_KEY_BLOB ||
			    rc == SOTER_E_SECURITY_STATE);
			rc = sign(&box, &seen, TABOX_UID);
			is_key = is_key || rc == SOTER_E_KEY_BLOB;
			CHECK(rc == SOTER_OK || rc == SOTER_E_KEY_BLOB ||
			    rc == SOTER_E_SECURITY_STATE);
			CHECK(seen.repeats == 0);
			rc = service(&box, SOTER_TA_REMOVE_ALL, TABOX_UID);
			CHECK(rc == SOTER_OK || rc == SOTER_E_SECURITY_STATE);
			/* What is damaged can be removed: the root stays. */
			if (is_key) {
				keys_damaged++;
				CHECK_RC(rc, SOTER_OK);
				CHECK(count_objects(&box, "a") == 1);
			}
		}
		tabox_free(&box);
	}
	check_row("both keys were among them");
	CHECK(keys_damaged == 2);
	tabox_free(&base.box);
}

int
main(int argc, char **argv)
{
	tabox_load(argc, argv);
	test_growing(TABOX_POOL_USUAL, "blocks of 64", BLOCK);
	test_growing(TABOX_POOL_BLOCK1, "blocks of 1", 1);
	test_birth();
	test_power_cuts(TABOX_POOL_USUAL, "blocks of 64");
	test_power_cuts(TABOX_POOL_BLOCK1, "blocks of 1");
	test_faults();
	test_full();
	test_snapshots();
	test_losses();
	test_void();
	test_edges();
	return (check_done());
}
