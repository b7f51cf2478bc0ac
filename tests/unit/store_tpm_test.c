/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A storage on a real folder, tied to a TPM whose state is elsewhere: the
 * folder put back is refused, and the TPM may die at any moment.
 */
#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/folder.h"
#include "tests/swtpm.h"
#include "teehost/store.h"

static const uint8_t owner[16] = { 0x50, 0x4f };

/* A device: its key sealed by the TPM, one TA. */
struct device {
	struct folder folder;
	struct swtpm tpm;
	uint8_t key[TEEHOST_KEY_LEN];
	struct teehost_disk *disk;
	struct teehost_anchor *anchor;
	struct teehost_store *store;
};

static enum soter_rc
unseal(struct device *d)
{
	struct teehost_disk *disk = NULL;
	enum soter_rc rc;

	rc = teehost_disk_posix(&disk, folder_open(&d->folder, "root"));
	if (rc != SOTER_OK)
		return (rc);
	rc = teehost_sealer_find("tpm")->unseal(disk, d->tpm.tcti, d->key);
	disk->ops->close(&disk);
	return (rc);
}

static enum soter_rc
device_open(struct device *d)
{
	uint8_t auth[TEEHOST_KEY_LEN], key[TEEHOST_KEY_LEN];
	enum soter_rc rc;

	rc = unseal(d);
	if (rc == SOTER_OK)
		rc = teehost_key_derive(auth, d->key, "anchor",
		    soter_span(owner, sizeof(owner)));
	if (rc == SOTER_OK)
		rc = teehost_key_derive(key, d->key, "storage",
		    soter_span(owner, sizeof(owner)));
	if (rc == SOTER_OK)
		rc = teehost_anchor_tpm(&d->anchor, d->tpm.tcti, owner, auth);
	if (rc == SOTER_OK)
		rc =
		    teehost_disk_posix(&d->disk, folder_open(&d->folder, "ta"));
	if (rc == SOTER_OK)
		rc = teehost_store_open(&d->store, d->disk, d->anchor, key);
	return (rc);
}

static void
device_close(struct device *d)
{
	teehost_store_close(&d->store);
	if (d->anchor != NULL)
		d->anchor->ops->close(&d->anchor);
	if (d->disk != NULL)
		d->disk->ops->close(&d->disk);
}

static enum soter_rc
put(struct device *d, unsigned counter)
{
	char text[12];

	snprintf(text, sizeof(text), "%010u", counter);
	return (teehost_store_put(d->store, SOTER_SPAN("counter"),
	    soter_span(text, 10), true));
}

/* The counter that is stored; ~0: none can be read. */
static unsigned
get(struct device *d)
{
	unsigned counter = ~0u;
	uint8_t *bytes = NULL;
	char text[12] = "";
	size_t n = 0;

	if (teehost_store_get(d->store, SOTER_SPAN("counter"), &bytes, &n,
		NULL) == SOTER_OK &&
	    n == 10) {
		memcpy(text, bytes, n);
		counter = (unsigned)strtoul(text, NULL, 10);
	}
	teehost_store_free(bytes, n);
	return (counter);
}

/* All of one folder of the device into another. */
static void
copy_folder(const struct folder *f, const char *from, const char *to)
{
	struct teehost_disk *a = NULL, *b = NULL;
	char name[TEEHOST_FILE_NAME_MAX + 1];
	uint8_t *bytes;
	size_t n;

	CHECK_RC(teehost_disk_posix(&a, folder_open(f, from)), SOTER_OK);
	CHECK_RC(teehost_disk_posix(&b, folder_open(f, to)), SOTER_OK);
	while (b->ops->list(b, 0, name) == SOTER_OK)
		CHECK_RC(b->ops->remove(b, name), SOTER_OK);
	for (size_t i = 0; a->ops->list(a, i, name) == SOTER_OK; i++) {
		CHECK_RC(a->ops->read(a, name, 1000000, &bytes, &n), SOTER_OK);
		CHECK_RC(b->ops->write(b, name, true, 0, soter_span(bytes, n)),
		    SOTER_OK);
		free(bytes);
	}
	a->ops->close(&a);
	b->ops->close(&b);
}

static void
test_put_back(struct device *d)
{
	check_row("the storage works, and says that it protects");
	if (!CHECK_RC(device_open(d), SOTER_OK))
		return;
	CHECK(d->anchor->ops->protection == 1000);
	CHECK_RC(put(d, 1), SOTER_OK);
	device_close(d);
	copy_folder(&d->folder, "ta", "copy");
	CHECK_RC(device_open(d), SOTER_OK);
	CHECK(get(d) == 1);
	CHECK_RC(put(d, 2), SOTER_OK);
	device_close(d);
	copy_folder(&d->folder, "ta", "newest");

	check_row("the whole folder put back is refused, and untouched");
	copy_folder(&d->folder, "copy", "ta");
	CHECK_RC(device_open(d), SOTER_E_ROLLBACK);
	device_close(d);
	check_row("an empty folder is refused");
	copy_folder(&d->folder, "nothing", "ta");
	CHECK_RC(device_open(d), SOTER_E_ROLLBACK);
	device_close(d);
	check_row("the newest one put back is good");
	copy_folder(&d->folder, "newest", "ta");
	CHECK_RC(device_open(d), SOTER_OK);
	CHECK(get(d) == 2);
	device_close(d);
}

/* The power of the TPM is cut at some moment of a change. */
static void
test_dying(struct device *d)
{
	const unsigned rounds = check_slow() ? 10 : 25;
	unsigned known = 2, lost = 0, kept = 0;

	check_row("the TPM dies at any moment: the old state or the new one");
	for (unsigned i = 0; i < rounds; i++) {
		pid_t killer;
		unsigned now;

		if (!CHECK_RC(device_open(d), SOTER_OK))
			break;
		killer = fork();
		if (killer == 0) {
			const struct timespec pause = { .tv_nsec =
							    (long)i * 200000 };

			nanosleep(&pause, NULL);
			kill(d->tpm.pid, SIGKILL);
			_exit(0);
		}
		while (put(d, known + 1) == SOTER_OK)
			known++;
		/* Nothing more, until somebody has looked at the anchor. */
		CHECK_RC(put(d, known + 2), SOTER_E_STORAGE);
		waitpid(killer, NULL, 0);
		device_close(d);
		CHECK_RC(device_open(d), SOTER_E_STORAGE);
		device_close(d);
		swtpm_stop(&d->tpm);
		CHECK(swtpm_start(&d->tpm));
		if (!CHECK_RC(device_open(d), SOTER_OK))
			break;
		now = get(d);
		CHECK(now == known || now == known + 1);
		lost += now == known;
		kept += now == known + 1;
		known = now;
		device_close(d);
	}
	printf("# %u times the old state, %u times the new one\n", lost, kept);
}

/* Another TPM, or the same after it was cleared, knows nothing of us. */
static void
test_other_tpm(struct device *d)
{
	struct device other = *d;

	check_row("with another TPM neither key nor storage opens");
	CHECK(swtpm_new(&other.tpm, d->folder.path, "other"));
	CHECK_RC(device_open(&other), SOTER_E_CORRUPT);
	device_close(&other);

	check_row("an anchor that was lost beside files is refused");
	/* As if somebody had the key: the index is not there. */
	{
		uint8_t key[TEEHOST_KEY_LEN];

		CHECK_RC(unseal(d), SOTER_OK);
		CHECK_RC(teehost_key_derive(key, d->key, "storage",
			     soter_span(owner, sizeof(owner))),
		    SOTER_OK);
		CHECK_RC(teehost_disk_posix(&other.disk,
			     folder_open(&d->folder, "ta")),
		    SOTER_OK);
		CHECK_RC(teehost_anchor_tpm(&other.anchor, other.tpm.tcti,
			     owner, d->key),
		    SOTER_OK);
		CHECK_RC(teehost_store_open(&other.store, other.disk,
			     other.anchor, key),
		    SOTER_E_ROLLBACK);
	}
	device_close(&other);
	swtpm_stop(&other.tpm);
	CHECK_RC(device_open(d), SOTER_OK);
	device_close(d);
}

int
main(void)
{
	struct device device = { .disk = NULL };

	if (teehost_sealer_find("tpm") == NULL || !swtpm_is_installed()) {
		check_skip("storage on a TPM",
		    "swtpm is not installed, or tss2 was not");
		return (check_done());
	}
	folder_new(&device.folder);
	check_row("a TPM");
	CHECK(swtpm_new(&device.tpm, device.folder.path, "tpm"));
	test_put_back(&device);
	test_dying(&device);
	test_other_tpm(&device);
	swtpm_stop(&device.tpm);
	folder_remove(device.folder.path);
	return (check_done());
}
