/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every anchor must do, over the providers; and what each does beyond.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/hash.h"
#include "tests/check.h"
#include "tests/diskmodel.h"
#include "tests/folder.h"
#include "tests/swtpm.h"
#include "teehost/sealer.h"

#define LEN TEEHOST_ANCHOR_LEN

static const uint8_t zero[LEN];
static const uint8_t auth[32] = { 9, 8, 7 };

/* A provider under test: how to open it, as often as one likes. */
struct provider {
	const char *name;
	struct diskmodel *disk; /* file */
	struct swtpm tpm;
	uint8_t owner[16];
};

static enum soter_rc
open_anchor(struct teehost_anchor **out, struct provider *p)
{
	if (p->disk != NULL)
		return (teehost_anchor_file(out, diskmodel_disk(p->disk)));
	return (teehost_anchor_tpm(out, p->tpm.tcti, p->owner, auth));
}

static void
expect_step(uint8_t value[LEN], const uint8_t digest[LEN])
{
	uint8_t both[2 * LEN];

	memcpy(both, value, LEN);
	memcpy(both + LEN, digest, LEN);
	CHECK_RC(soter_sha256(value, soter_span(both, sizeof(both))), SOTER_OK);
}

static void
check_value(struct provider *p, const uint8_t want[LEN])
{
	struct teehost_anchor *anchor = NULL;
	uint8_t value[LEN];

	memset(value, 0xee, LEN);
	if (CHECK_RC(open_anchor(&anchor, p), SOTER_OK)) {
		CHECK_RC(anchor->ops->read(anchor, value), SOTER_OK);
		anchor->ops->close(&anchor);
	}
	CHECK(memcmp(value, want, LEN) == 0);
}

static void
test_conformance(struct provider *p)
{
	struct teehost_anchor *anchor = NULL;
	uint8_t want[LEN], value[LEN], digest[LEN];

	check_row("%s: nothing anchored is all zero", p->name);
	memcpy(want, zero, LEN);
	check_value(p, want);
	check_value(p, want); /* reading makes nothing */

	check_row("%s: a step is SHA-256(value || digest)", p->name);
	if (!CHECK_RC(open_anchor(&anchor, p), SOTER_OK))
		return;
	for (unsigned i = 0; i < 20; i++) {
		memset(digest, (int)i, LEN);
		CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK);
		expect_step(want, digest);
		CHECK_RC(anchor->ops->read(anchor, value), SOTER_OK);
		CHECK(memcmp(value, want, LEN) == 0);
	}
	anchor->ops->close(&anchor);
	CHECK(anchor == NULL);
	anchor = NULL;

	check_row("%s: it outlives its opener", p->name);
	check_value(p, want);

	check_row("%s: the first step needs no reading before", p->name);
	if (CHECK_RC(open_anchor(&anchor, p), SOTER_OK)) {
		CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK);
		expect_step(want, digest);
		anchor->ops->close(&anchor);
	}
	check_value(p, want);
}

/* File. */

/* One step at a time, cut at each operation, every image. */
static unsigned
cut_steps(enum diskmodel_sync ignored, bool is_killed_first)
{
	static const uint8_t digest[LEN] = { 5 };
	unsigned violations = 0;

	for (uint64_t cut = 1; cut < 60; cut++) {
		struct diskmodel *m = diskmodel_new(NULL);
		struct teehost_disk *disk = diskmodel_disk(m);
		struct teehost_anchor *anchor = NULL;
		uint8_t acked[LEN] = { 0 }, maybe[LEN] = { 0 };

		diskmodel_power(m)->cut_at = cut;
		diskmodel_faults(m)->ignored = ignored;
		CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
		for (int i = 0; i < 4; i++) {
			memcpy(maybe, acked, LEN);
			expect_step(maybe, digest);
			if (anchor->ops->extend(anchor, digest) != SOTER_OK)
				break;
			memcpy(acked, maybe, LEN);
		}
		anchor->ops->close(&anchor);
		disk->ops->close(&disk);

		for (uint32_t i = 0; i < 40; i++) {
			struct diskmodel *after = diskmodel_copy(m, NULL);
			uint8_t seen[LEN], value[LEN];
			bool has_seen = false;

			disk = diskmodel_disk(after);
			if (is_killed_first) {
				diskmodel_kill(after);
				diskmodel_faults(after)->ignored = ignored;
				CHECK_RC(teehost_anchor_file(&anchor, disk),
				    SOTER_OK);
				has_seen =
				    anchor->ops->read(anchor, seen) == SOTER_OK;
				anchor->ops->close(&anchor);
				disk->ops->close(&disk);
				disk = diskmodel_disk(after);
				violations += has_seen ? 0 : 1;
			}
			diskmodel_restart(after,
			    (enum diskmodel_image)(i % DISKMODEL_IMAGES), i);
			CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
			if (anchor->ops->read(anchor, value) != SOTER_OK ||
			    (memcmp(value, acked, LEN) != 0 &&
				memcmp(value, maybe, LEN) != 0) ||
			    (has_seen && memcmp(value, seen, LEN) != 0))
				violations++;
			anchor->ops->close(&anchor);
			disk->ops->close(&disk);
			diskmodel_free(&after);
		}
		diskmodel_free(&m);
	}
	return (violations);
}

static void
test_file_cuts(void)
{
	static const struct {
		const char *what;
		enum diskmodel_sync ignored;
		bool is_killed_first;
	} rows[] = {
		{ "the file", DISKMODEL_SYNC_ANCHOR, false },
		{ "its name", DISKMODEL_SYNC_ANCHOR_DIR, false },
		{ "the file that was found", DISKMODEL_SYNC_ANCHOR_FOUND,
		    true },
		{ "the name that was found", DISKMODEL_SYNC_DIR_FOUND, true },
	};

	check_row("file: a step cut anywhere took place whole or not at all");
	CHECK(cut_steps(DISKMODEL_SYNC_NONE, false) == 0);
	check_row("file: what was read after a kill survives a cut");
	CHECK(cut_steps(DISKMODEL_SYNC_NONE, true) == 0);
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		check_row("file: without the sync of %s it must fail",
		    rows[i].what);
		CHECK(cut_steps(rows[i].ignored, rows[i].is_killed_first) > 0);
	}
}

/* Each operation fails once; what read() then says is durable. */
static void
test_file_faults(void)
{
	static const uint8_t digest[LEN] = { 6 };

	check_row("file: after a failed step, read() tells, and it is durable");
	for (uint64_t fail = 1; fail < 12; fail++) {
		struct diskmodel *m = diskmodel_new(NULL);
		struct teehost_disk *disk = diskmodel_disk(m);
		struct teehost_anchor *anchor = NULL;
		uint8_t before[LEN] = { 0 }, after[LEN], value[LEN];

		CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
		if (fail > 6) { /* not the first step */
			CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK);
			expect_step(before, digest);
		}
		memcpy(after, before, LEN);
		expect_step(after, digest);
		diskmodel_faults(m)->fail_in = fail > 6 ? fail - 6 : fail;
		if (anchor->ops->extend(anchor, digest) == SOTER_OK)
			memcpy(before, after, LEN);
		diskmodel_faults(m)->fail_in = 0;
		CHECK_RC(anchor->ops->read(anchor, value), SOTER_OK);
		CHECK(memcmp(value, before, LEN) == 0 ||
		    memcmp(value, after, LEN) == 0);
		anchor->ops->close(&anchor);
		disk->ops->close(&disk);
		diskmodel_restart(m, DISKMODEL_NOTHING, 0);
		disk = diskmodel_disk(m);
		CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
		CHECK_RC(anchor->ops->read(anchor, after), SOTER_OK);
		CHECK(memcmp(value, after, LEN) == 0);
		anchor->ops->close(&anchor);
		disk->ops->close(&disk);
		diskmodel_free(&m);
	}
}

/* A disk that fails for good after a sync said no: read() must not guess. */
static void
test_file_breaks(void)
{
	static const uint8_t digest[LEN] = { 6 };
	struct diskmodel *m = diskmodel_new(NULL);
	struct teehost_disk *disk = diskmodel_disk(m);
	struct teehost_anchor *anchor = NULL;
	uint8_t value[LEN];

	check_row("file: a disk that turns read-only in a step: no answer");
	CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK);
	diskmodel_faults(m)->fail_in = 2; /* the sync */
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_E_STORAGE);
	diskmodel_faults(m)->is_read_only = true;
	CHECK_RC(anchor->ops->read(anchor, value), SOTER_E_STORAGE);
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_E_STORAGE);
	diskmodel_faults(m)->is_read_only = false;
	CHECK_RC(anchor->ops->read(anchor, value), SOTER_OK);
	anchor->ops->close(&anchor);

	check_row("file: a read-only disk can be read");
	diskmodel_faults(m)->is_read_only = true;
	CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
	CHECK_RC(anchor->ops->read(anchor, value), SOTER_OK);
	CHECK(memcmp(value, zero, LEN) != 0);
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_E_STORAGE);
	anchor->ops->close(&anchor);
	disk->ops->close(&disk);
	diskmodel_free(&m);
}

/* Any one byte of the file, while the newest slot is slot 0. */
static void
test_file_bytes(void)
{
	static const uint8_t digest[LEN] = { 6 };
	struct diskmodel *m = diskmodel_new(NULL);
	struct teehost_disk *disk = diskmodel_disk(m);
	struct teehost_anchor *anchor = NULL;
	uint8_t value[LEN], now[LEN], old[LEN], file[8192];
	unsigned other = 0, same = 0;

	check_row("file: a changed byte is the step before, or nothing at all");
	CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK);
	CHECK_RC(anchor->ops->read(anchor, old), SOTER_OK);
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK);
	CHECK_RC(anchor->ops->read(anchor, now), SOTER_OK);
	anchor->ops->close(&anchor);
	CHECK(diskmodel_look(m, "anchor").n == sizeof(file));
	memcpy(file, diskmodel_look(m, "anchor").p, sizeof(file));
	for (size_t i = 0; i < sizeof(file); i += i % 4096 < 90 ? 1 : 501) {
		file[i] ^= 0x10;
		diskmodel_put(m, "anchor", soter_span(file, sizeof(file)));
		file[i] ^= 0x10;
		CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
		CHECK_RC(anchor->ops->read(anchor, value), SOTER_OK);
		if (memcmp(value, now, LEN) == 0)
			same++;
		else if (CHECK(memcmp(value, old, LEN) == 0))
			other++;
		anchor->ops->close(&anchor);
	}
	CHECK(other == 80 && same > 0);

	check_row("file: both slots broken");
	file[20] ^= 1;
	file[4096 + 20] ^= 1;
	diskmodel_put(m, "anchor", soter_span(file, sizeof(file)));
	CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
	CHECK_RC(anchor->ops->read(anchor, value), SOTER_E_CORRUPT);
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_E_CORRUPT);
	anchor->ops->close(&anchor);
	check_row("file: longer than it can be");
	diskmodel_put(m, "anchor", soter_span(file, 100));
	{
		static uint8_t long_file[9000];

		diskmodel_put(m, "anchor",
		    soter_span(long_file, sizeof(long_file)));
	}
	CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
	CHECK_RC(anchor->ops->read(anchor, value), SOTER_E_CORRUPT);
	anchor->ops->close(&anchor);
	disk->ops->close(&disk);
	diskmodel_free(&m);
}

/* TPM. */

/* Where the TPM is asked for an owner's index first, as anchor_tpm.c does it */
static uint32_t
place_of(const uint8_t owner[16])
{
	uint8_t text[12 + 16], label[32];

	memcpy(text, "SOTER anchor", 12);
	memcpy(text + 12, owner, 16);
	if (HMAC(EVP_sha256(), auth, sizeof(auth), text, sizeof(text), label,
		NULL) == NULL)
		abort();
	return (((uint32_t)label[0] << 24 | (uint32_t)label[1] << 16 |
		    (uint32_t)label[2] << 8 | label[3]) &
	    0x003ffff8);
}

/* Two owners whose indexes want the same number. */
static void
test_tpm_meeting(struct provider *p)
{
	enum { OWNERS = 6000 };
	static uint32_t places[OWNERS];
	static const uint8_t digest[LEN] = { 6 };
	struct teehost_anchor *anchor = NULL;
	uint8_t first[16] = { 0 }, second[16] = { 0 }, want[LEN] = { 0 };
	unsigned i, j = 0;

	check_row("tpm: two owners whose numbers meet have two indexes");
	for (i = 0; i < OWNERS; i++) {
		second[14] = (uint8_t)(i >> 8);
		second[15] = (uint8_t)i;
		places[i] = place_of(second);
		for (j = 0; j < i && places[j] != places[i]; j++)
			;
		if (j < i)
			break;
	}
	if (!CHECK(i < OWNERS))
		return;
	first[14] = (uint8_t)(j >> 8);
	first[15] = (uint8_t)j;
	expect_step(want, digest);
	for (int k = 0; k < 2; k++) {
		memcpy(p->owner, k == 0 ? first : second, 16);
		check_value(p, zero);
		if (!CHECK_RC(open_anchor(&anchor, p), SOTER_OK))
			return;
		CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK);
		anchor->ops->close(&anchor);
		check_value(p, want);
	}
	memcpy(p->owner, first, 16);
	check_value(p, want);
}

static void
write_plan(const char *path, const char *when, unsigned n)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fprintf(f, "%s %u", when, n) < 0 || fclose(f) != 0)
		abort();
}

/*
 * The connection breaks at each command of a first step and of a later one: it
 * took place or not, reading tells, and the next one works.
 */
static void
test_tpm_cuts(struct provider *p, const struct folder *folder)
{
	static const char *const when[] = { "before", "after" };
	static const uint8_t digest[LEN] = { 7 };
	struct provider cut = *p;
	unsigned done = 0, lost = 0, kept = 0;
	char plan[200];

	check_row("tpm: cut at every command, the step took place or not");
	snprintf(plan, sizeof(plan), "%s/plan", folder->path);
	snprintf(cut.tpm.tcti, sizeof(cut.tpm.tcti),
	    "cmd:python3 -I -S tests/tpmcut.py %.80s %.100s", p->tpm.socket,
	    plan);
	/* A first step takes 10 commands, a later one 6. */
	for (unsigned i = 0; i < 40; i++) {
		struct teehost_anchor *anchor = NULL, *sure = NULL;
		uint8_t old[LEN] = { 0 }, new[LEN], value[LEN];
		bool is_later = i % 4 > 1;
		enum soter_rc rc;

		if (is_later && i / 4 > 6)
			continue;
		memset(p->owner, (int)(0x80 + i), 16);
		memcpy(cut.owner, p->owner, 16);
		unlink(plan);
		if (!CHECK_RC(open_anchor(&anchor, &cut), SOTER_OK) ||
		    !CHECK_RC(open_anchor(&sure, p), SOTER_OK))
			return;
		if (is_later) {
			CHECK_RC(sure->ops->extend(sure, digest), SOTER_OK);
			expect_step(old, digest);
		}
		memcpy(new, old, LEN);
		expect_step(new, digest);
		write_plan(plan, when[i % 2], i / 4 + 1);
		rc = anchor->ops->extend(anchor, digest);
		CHECK(rc == SOTER_OK || rc == SOTER_E_STORAGE);
		CHECK_RC(sure->ops->read(sure, value), SOTER_OK);
		CHECK(memcmp(value, new, LEN) == 0 ||
		    (rc != SOTER_OK && memcmp(value, old, LEN) == 0));
		done += rc == SOTER_OK;
		lost += rc != SOTER_OK && memcmp(value, old, LEN) == 0;
		kept += rc != SOTER_OK && memcmp(value, new, LEN) == 0;
		CHECK_RC(sure->ops->extend(sure, digest), SOTER_OK);
		expect_step(value, digest);
		check_value(p, value);
		anchor->ops->close(&anchor);
		sure->ops->close(&sure);
		/* What a broken connection left in it goes with its power. */
		swtpm_stop(&p->tpm);
		CHECK(swtpm_start(&p->tpm));
	}
	printf("# %u done, %u lost, %u done and the answer lost\n", done, lost,
	    kept);
	CHECK(done > 0 && lost > 0 && kept == 2);
}

static void
test_tpm(const struct folder *folder)
{
	static const uint8_t digest[LEN] = { 6 }, wrong[32] = { 1 };
	struct provider p = { .name = "tpm", .owner = { 0xaa, 1 } };
	struct teehost_anchor *anchor = NULL, *other = NULL;
	uint8_t value[LEN], before[LEN];

	if (teehost_sealer_find("tpm") == NULL || !swtpm_is_installed()) {
		check_skip("tpm", "swtpm is not installed, or tss2 was not");
		return;
	}
	check_row("tpm: no TPM there");
	CHECK(swtpm_new(&p.tpm, folder->path, "t"));
	swtpm_stop(&p.tpm);
	CHECK_RC(teehost_anchor_tpm(&anchor, p.tpm.tcti, p.owner, auth),
	    SOTER_E_STORAGE);
	CHECK_RC(teehost_anchor_tpm(&anchor, "nonsense:", p.owner, auth),
	    SOTER_E_STORAGE);
	CHECK(anchor == NULL);
	check_row("tpm: one that hangs up while it is written to");
	for (int i = 0; i < 50; i++)
		CHECK_RC(teehost_anchor_tpm(&anchor, "cmd:true", p.owner, auth),
		    SOTER_E_STORAGE);
	CHECK(swtpm_start(&p.tpm));

	test_conformance(&p);

	check_row("tpm: a step survives the TPM's own power cut");
	CHECK_RC(open_anchor(&anchor, &p), SOTER_OK);
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK);
	CHECK_RC(anchor->ops->read(anchor, before), SOTER_OK);
	swtpm_stop(&p.tpm);
	CHECK_RC(anchor->ops->read(anchor, value), SOTER_E_STORAGE);
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_E_STORAGE);
	CHECK(swtpm_start(&p.tpm));
	CHECK_RC(anchor->ops->read(anchor, value), SOTER_OK);
	CHECK(memcmp(value, before, LEN) == 0);

	check_row("tpm: another owner, and another password, has its own");
	p.owner[0] = 0xbb;
	check_value(&p, zero);
	p.owner[0] = 0xaa;
	CHECK_RC(teehost_anchor_tpm(&other, p.tpm.tcti, p.owner, wrong),
	    SOTER_OK);
	CHECK_RC(other->ops->read(other, value), SOTER_OK);
	CHECK(memcmp(value, zero, LEN) == 0);
	CHECK_RC(other->ops->extend(other, digest), SOTER_OK);
	CHECK_RC(anchor->ops->read(anchor, value), SOTER_OK);
	CHECK(memcmp(value, before, LEN) == 0);
	CHECK_RC(other->ops->read(other, value), SOTER_OK);
	CHECK(memcmp(value, zero, LEN) != 0);
	other->ops->close(&other);

	test_tpm_meeting(&p);
	test_tpm_cuts(&p, folder);
	memset(p.owner, 0, sizeof(p.owner));

	check_row("tpm: two hundred steps leave nothing behind in it");
	for (int i = 0; i < 200; i++)
		if (!CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK))
			break;
	anchor->ops->close(&anchor);
	swtpm_stop(&p.tpm);
}

int
main(void)
{
	struct provider file = { .name = "file", .disk = diskmodel_new(NULL) };
	struct folder folder;

	folder_new(&folder);
	test_conformance(&file);
	diskmodel_free(&file.disk);
	test_file_cuts();
	test_file_faults();
	test_file_breaks();
	test_file_bytes();
	test_tpm(&folder);
	folder_remove(folder.path);
	return (check_done());
}
