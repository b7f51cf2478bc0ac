/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/diskmodel.h"
#include "tests/folder.h"
#include "tests/swtpm.h"
#include "teehost/sealer.h"

#define LEN TEEHOST_KEY_LEN

/* Keys of different devices, or for different purposes. */

static void
test_derive(void)
{
	static const struct {
		const char *purpose, *who, *want;
	} rows[] = {
		{ "index", "",
		    "8284a38393c4b1110f9a581517672b65"
		    "fb48572fde4fdec6f108970d0e0f0118" },
		{ "ta", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
		    "15623c0f6cd7a93497cefccae03c8448"
		    "a660f92eb83aa6b282b59c73bc34a6b4" },
	};
	uint8_t key[LEN], out[LEN], other[LEN];

	for (unsigned i = 0; i < LEN; i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		static struct bytes who, want;

		check_row("HKDF-SHA-256, purpose %s", rows[i].purpose);
		who.n = want.n = 0;
		bytes_text(&who, rows[i].who);
		bytes_text(&want, rows[i].want);
		CHECK_RC(teehost_key_derive(out, key, rows[i].purpose,
			     bytes_span(&who)),
		    SOTER_OK);
		CHECK(memcmp(out, want.p, LEN) == 0);
	}
	check_row("purpose and owner cannot slip into each other");
	CHECK_RC(teehost_key_derive(out, key, "ab", SOTER_SPAN("c")), SOTER_OK);
	CHECK_RC(teehost_key_derive(other, key, "a", SOTER_SPAN("bc")),
	    SOTER_OK);
	CHECK(memcmp(out, other, LEN) != 0);
	check_row("an owner that is too long is refused");
	{
		static const uint8_t who[200];

		memset(out, 0x77, LEN);
		CHECK(teehost_key_derive(out, key, "a",
			  soter_span(who, sizeof(who))) != SOTER_OK);
		CHECK(bytes_are(out, LEN, 0x77));
	}
}

static void
test_find(void)
{
	check_row("providers by name");
	CHECK(teehost_sealer_find("file") == &teehost_sealer_file);
	CHECK(teehost_sealer_find("none") == NULL);
	CHECK(teehost_sealer_find("") == NULL);
}

/* A provider under test. */
struct provider {
	const struct teehost_sealer_ops *ops;
	const char *conf, *file;
	const char *other_file; /* the other provider's */
};

static enum soter_rc
unseal(const struct provider *p, struct diskmodel *m, uint8_t key[LEN])
{
	struct teehost_disk *disk = diskmodel_disk(m);
	enum soter_rc rc = p->ops->unseal(disk, p->conf, key);

	disk->ops->close(&disk);
	return (rc);
}

static void
test_conformance(const struct provider *p)
{
	struct diskmodel *m = diskmodel_new(NULL);
	uint8_t first[LEN], key[LEN];

	check_row("%s: one key for ever", p->ops->name);
	CHECK_RC(unseal(p, m, first), SOTER_OK);
	CHECK(!bytes_are(first, LEN, first[0]));
	for (int i = 0; i < 3; i++) {
		memset(key, 0, LEN);
		CHECK_RC(unseal(p, m, key), SOTER_OK);
		CHECK(memcmp(key, first, LEN) == 0);
	}
	check_row("%s: on a read-only disk too", p->ops->name);
	diskmodel_faults(m)->is_read_only = true;
	CHECK_RC(unseal(p, m, key), SOTER_OK);
	CHECK(memcmp(key, first, LEN) == 0);
	diskmodel_free(&m);

	check_row("%s: a full disk, and a read-only one, make no key",
	    p->ops->name);
	m = diskmodel_new(NULL);
	memset(key, 0x77, LEN);
	diskmodel_faults(m)->is_read_only = true;
	CHECK_RC(unseal(p, m, key), SOTER_E_STORAGE);
	diskmodel_faults(m)->is_read_only = false;
	diskmodel_faults(m)->free_bytes = 0;
	CHECK_RC(unseal(p, m, key), SOTER_E_FULL);
	CHECK_RC(unseal(p, m, key), SOTER_E_FULL);
	CHECK(bytes_are(key, LEN, 0x77));
	diskmodel_faults(m)->free_bytes = 1000000;
	CHECK_RC(unseal(p, m, key), SOTER_OK);
	diskmodel_free(&m);
}

/* The key file is gone or broken, and something needs it. */
static void
test_lost(const struct provider *p)
{
	static const char *const needs[] = { "index.0", "index.1", "anchor",
		"8b6d7d44-1f3c-5d0e-9e7a-0123456789aB" };
	static const char *const needs_not[] = { "lost+found", "README",
		"8b6d7d44-1f3c-5d0e-9e7a-0123456789a",
		"8b6d7d44-1f3c-5d0e-9e7a-0123456789abc",
		"8b6d7d44x1f3c-5d0e-9e7a-0123456789ab", "indexes" };
	uint8_t key[LEN];
	struct diskmodel *m;

	for (size_t i = 0; i <= SOTER_COUNT(needs); i++) {
		const char *name =
		    i == SOTER_COUNT(needs) ? p->other_file : needs[i];

		check_row("%s: no new key beside %s", p->ops->name, name);
		m = diskmodel_new(NULL);
		diskmodel_put(m, name, SOTER_SPAN("x"));
		memset(key, 0x77, LEN);
		CHECK_RC(unseal(p, m, key), SOTER_E_CORRUPT);
		CHECK(bytes_are(key, LEN, 0x77));
		CHECK(diskmodel_count(m) == 1);
		diskmodel_free(&m);
	}
	check_row("%s: other things are in nobody's way", p->ops->name);
	m = diskmodel_new(NULL);
	for (size_t i = 0; i < SOTER_COUNT(needs_not); i++)
		diskmodel_put(m, needs_not[i], SOTER_SPAN("x"));
	CHECK_RC(unseal(p, m, key), SOTER_OK);
	diskmodel_free(&m);
}

static void
test_bytes(const struct provider *p, size_t step)
{
	struct diskmodel *m = diskmodel_new(NULL);
	uint8_t key[LEN], file[4096];
	struct soter_span look;
	size_t n;

	check_row("%s: every byte of its file counts", p->ops->name);
	CHECK_RC(unseal(p, m, key), SOTER_OK);
	diskmodel_put(m, "index.0", SOTER_SPAN("x"));
	look = diskmodel_look(m, p->file);
	n = look.n;
	CHECK(n > LEN && n < sizeof(file));
	memcpy(file, look.p, n);
	memset(key, 0x77, LEN);
	for (size_t i = 0; i < n; i += step) {
		file[i] ^= 0x40;
		diskmodel_put(m, p->file, soter_span(file, n));
		CHECK_RC(unseal(p, m, key), SOTER_E_CORRUPT);
		file[i] ^= 0x40;
		diskmodel_put(m, p->file, soter_span(file, i));
		CHECK_RC(unseal(p, m, key), SOTER_E_CORRUPT);
		CHECK(diskmodel_look(m, p->file).n == i);
	}
	file[n] = 0;
	diskmodel_put(m, p->file, soter_span(file, n + 1));
	CHECK_RC(unseal(p, m, key), SOTER_E_CORRUPT);
	CHECK(bytes_are(key, LEN, 0x77));
	diskmodel_free(&m);
}

/* How many restarts give another key than the one that was given before? */
static unsigned
cut(const struct provider *p, enum diskmodel_sync ignored, bool is_killed_first,
    uint32_t images)
{
	unsigned violations = 0;

	for (uint64_t cut = 1; cut < 12; cut++) {
		struct diskmodel *m = diskmodel_new(NULL);
		uint8_t first[LEN], key[LEN];
		bool has_first;

		diskmodel_power(m)->cut_at = cut;
		diskmodel_faults(m)->ignored = ignored;
		has_first = unseal(p, m, first) == SOTER_OK;
		if (is_killed_first) {
			uint8_t again[LEN];

			diskmodel_kill(m);
			diskmodel_faults(m)->ignored = ignored;
			if (unseal(p, m, again) != SOTER_OK ||
			    (has_first && memcmp(first, again, LEN) != 0))
				violations++;
			memcpy(first, again, LEN);
			has_first = true;
		}
		for (uint32_t i = 0; i < images; i++) {
			struct diskmodel *after = diskmodel_copy(m, NULL);

			diskmodel_restart(after,
			    (enum diskmodel_image)(i % DISKMODEL_IMAGES), i);
			if (unseal(p, after, key) != SOTER_OK ||
			    (has_first && memcmp(key, first, LEN) != 0))
				violations++;
			diskmodel_free(&after);
		}
		diskmodel_free(&m);
	}
	return (violations);
}

static void
test_cuts(const struct provider *p, uint32_t images)
{
	static const struct {
		const char *what;
		enum diskmodel_sync ignored;
		bool is_killed_first;
	} rows[] = {
		{ "the file", DISKMODEL_SYNC_KEY, false },
		{ "its name", DISKMODEL_SYNC_KEY_DIR, false },
		{ "the file that was found", DISKMODEL_SYNC_KEY_FOUND, true },
		{ "the name that was found", DISKMODEL_SYNC_DIR_FOUND, true },
	};

	check_row("%s: cut anywhere, a key that was used is kept",
	    p->ops->name);
	CHECK(cut(p, DISKMODEL_SYNC_NONE, false, images) == 0);
	check_row("%s: killed anywhere, looked at, cut", p->ops->name);
	CHECK(cut(p, DISKMODEL_SYNC_NONE, true, images) == 0);
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		check_row("%s: without the sync of %s it must fail",
		    p->ops->name, rows[i].what);
		CHECK(cut(p, rows[i].ignored, rows[i].is_killed_first, 4) > 0);
	}
}

/* Do two devices have a run of bytes in common anywhere? */
static bool
share_bytes(struct soter_span a, struct soter_span b, size_t run)
{
	for (size_t i = 0; i + run <= a.n; i++)
		for (size_t j = 0; j + run <= b.n; j++)
			if (memcmp(a.p + i, b.p + j, run) == 0)
				return (true);
	return (false);
}

static void
test_devices(const struct provider *p, unsigned n)
{
	static uint8_t keys[100][LEN];

	check_row("%s: %u devices share no part of a key", p->ops->name, n);
	for (unsigned i = 0; i < n; i++) {
		struct diskmodel *m = diskmodel_new(NULL);
		uint8_t key[LEN];

		CHECK_RC(unseal(p, m, key), SOTER_OK);
		CHECK_RC(teehost_key_derive(keys[i], key, "ta",
			     SOTER_SPAN("the same TA")),
		    SOTER_OK);
		for (unsigned j = 0; j < i; j++)
			CHECK(!share_bytes(soter_span(keys[i], LEN),
			    soter_span(keys[j], LEN), 6));
		/* Nor does a derived key show the key that it comes from. */
		CHECK(!share_bytes(soter_span(keys[i], LEN),
		    soter_span(key, LEN), 6));
		diskmodel_free(&m);
	}
}

/* The real folder: who may read the key. */

static enum soter_rc
unseal_folder(const struct folder *f, const char *name, uint8_t key[LEN])
{
	struct teehost_disk *disk = NULL;
	enum soter_rc rc;

	CHECK_RC(teehost_disk_posix(&disk, folder_open(f, name)), SOTER_OK);
	rc = teehost_sealer_file.unseal(disk, NULL, key);
	disk->ops->close(&disk);
	return (rc);
}

static void
test_rights(const struct folder *f)
{
	static const mode_t bad[] = { 0640, 0604, 0620, 0602, 0610, 0601,
		0666 };
	char path[200], target[200];
	uint8_t first[LEN], key[LEN];
	struct stat st;
	mode_t old = umask(0);

	snprintf(path, sizeof(path), "%s/d/device.key", f->path);
	snprintf(target, sizeof(target), "%s/elsewhere", f->path);

	check_row("device.key is made for its owner alone, under any umask");
	CHECK_RC(unseal_folder(f, "d", first), SOTER_OK);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	CHECK(st.st_size == 8 + 4 + LEN + 32);
	umask(old);

	for (size_t i = 0; i < SOTER_COUNT(bad); i++) {
		check_row("device.key with mode %o is refused",
		    (unsigned)bad[i]);
		CHECK(chmod(path, bad[i]) == 0);
		memset(key, 0x77, LEN);
		CHECK_RC(unseal_folder(f, "d", key), SOTER_E_STORAGE);
		CHECK(bytes_are(key, LEN, 0x77));
	}
	CHECK(chmod(path, 0400) == 0);
	CHECK_RC(unseal_folder(f, "d", key), SOTER_OK);
	CHECK(memcmp(key, first, LEN) == 0);

	if (geteuid() == 0) {
		check_row("device.key of another user is refused");
		CHECK(chown(path, 12345, 0) == 0);
		CHECK_RC(unseal_folder(f, "d", key), SOTER_E_STORAGE);
		CHECK(chown(path, 0, 0) == 0);
	} else {
		check_skip("device.key of another user is refused",
		    "needs root");
	}

	check_row("a link is not followed, not even to make a key");
	CHECK(rename(path, target) == 0 && symlink(target, path) == 0);
	CHECK_RC(unseal_folder(f, "d", key), SOTER_E_STORAGE);
	CHECK(unlink(target) == 0);
	CHECK_RC(unseal_folder(f, "d", key), SOTER_E_STORAGE);
	CHECK(access(target, F_OK) != 0);

	check_row("a folder, or a pipe, in the key's place");
	CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
	CHECK_RC(unseal_folder(f, "d", key), SOTER_E_STORAGE);
	CHECK(rmdir(path) == 0 && mkfifo(path, 0600) == 0);
	CHECK_RC(unseal_folder(f, "d", key), SOTER_E_STORAGE);
}

/* TPM. */

static void
test_tpm(const struct folder *f)
{
	struct swtpm tpm, other;
	struct provider p = { .file = "device.sealed",
		.other_file = "device.key" };
	struct diskmodel *m;
	uint8_t first[LEN], key[LEN], again[LEN];
	struct soter_span sealed;

	p.ops = teehost_sealer_find("tpm");
	if (p.ops == NULL || !swtpm_is_installed()) {
		check_skip("tpm",
		    p.ops == NULL ? "built without tss2"
				  : "swtpm is not installed");
		return;
	}
	check_row("tpm: two of them");
	CHECK(strcmp(p.ops->name, "tpm") == 0);
	CHECK(swtpm_new(&tpm, f->path, "a"));
	CHECK(swtpm_new(&other, f->path, "b"));
	p.conf = tpm.tcti;

	test_conformance(&p);
	test_lost(&p);
	test_bytes(&p, 1);
	test_cuts(&p, 4);
	test_devices(&p, 10);

	check_row("tpm: the file does not hold the key");
	m = diskmodel_new(NULL);
	CHECK_RC(unseal(&p, m, first), SOTER_OK);
	sealed = diskmodel_look(m, p.file);
	CHECK(!share_bytes(soter_span(first, LEN), sealed, 4));

	check_row("tpm: another TPM does not open it, and makes no new key");
	p.conf = other.tcti;
	memset(key, 0x77, LEN);
	CHECK_RC(unseal(&p, m, key), SOTER_E_CORRUPT);
	CHECK(bytes_are(key, LEN, 0x77));
	CHECK(diskmodel_look(m, p.file).n == sealed.n);

	check_row("tpm: no TPM, no key");
	swtpm_stop(&tpm);
	p.conf = tpm.tcti;
	CHECK_RC(unseal(&p, m, key), SOTER_E_STORAGE);
	check_row("tpm: the same key after the TPM's own power cut");
	CHECK(swtpm_start(&tpm));
	CHECK_RC(unseal(&p, m, again), SOTER_OK);
	CHECK(memcmp(first, again, LEN) == 0);
	diskmodel_free(&m);
	swtpm_stop(&tpm);
	swtpm_stop(&other);
}

int
main(void)
{
	const struct provider file = { &teehost_sealer_file, NULL, "device.key",
		"device.sealed" };
	struct folder folder;

	folder_new(&folder);
	test_derive();
	test_find();
	test_conformance(&file);
	test_lost(&file);
	test_bytes(&file, 1);
	test_cuts(&file, 40);
	test_devices(&file, 100);
	test_rights(&folder);
	test_tpm(&folder);
	folder_remove(folder.path);
	return (check_done());
}
