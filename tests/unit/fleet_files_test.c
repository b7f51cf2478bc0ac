/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files of a fleet: what was made is read again, each ASK verifies under
 * the root that stands in the file of devices, and a file that was cut,
 * damaged or put together from pieces is refused.
 */
#include <sys/stat.h>

#include "crypto/policy.h"
#include "crypto/pss.h"
#include "fleet/asks.h"
#include "fleet/crc.h"
#include "fleet/devices.h"
#include "fleet/make.h"
#include "soter/verify.h"
#include "tests/check.h"
#include "tests/folder.h"

#define DEVICES 2500 /* more than two frames */
#define KEYS	3

struct whole {
	uint8_t *p;
	size_t n;
};

static struct folder folder;
static char devices_file[200], asks_file[200], keys_file[200];
static struct fleet_device devices[DEVICES];

static void
name(char out[200], const char *file)
{
	snprintf(out, 200, "%s/%s", folder.path, file);
}

static struct whole
slurp(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct whole w = { NULL, 0 };

	if (f == NULL)
		return (w);
	fseek(f, 0, SEEK_END);
	w.n = (size_t)ftell(f);
	rewind(f);
	w.p = malloc(w.n + 1);
	if (w.p == NULL || fread(w.p, 1, w.n, f) != w.n)
		abort();
	fclose(f);
	return (w);
}

static void
spill(const char *path, const uint8_t *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static struct fleet_make
order(uint64_t seed)
{
	return ((struct fleet_make){ .devices = DEVICES,
	    .keys = KEYS,
	    .seed = seed,
	    .file = devices_file,
	    .asks_file = asks_file,
	    .keys_file = keys_file });
}

/* ---- a good one --------------------------------------------------------- */

static void
test_devices(void)
{
	struct fleet_devices *d = NULL;
	struct fleet_device x;
	uint64_t number = 0, n = 0;
	enum soter_rc rc;

	check_row("each device is read again, with a root that intake takes");
	CHECK_RC(fleet_devices_open(&d, devices_file), SOTER_OK);
	CHECK(fleet_devices_head(d)->items == DEVICES);
	CHECK(fleet_devices_head(d)->seed == 7);
	CHECK(fleet_devices_head(d)->keys == KEYS);
	while ((rc = fleet_devices_next(d, &x, &number)) == SOTER_OK) {
		struct soter_key key = { .alg = SOTER_ALG_RSA,
			.e = 65537,
			.n_len = SOTER_RSA_LEN };

		CHECK(number == n && n < DEVICES);
		CHECK(strspn(x.id, "0123456789abcdef") == SOTER_DEVICE_ID_LEN);
		memcpy(key.n, x.n, sizeof(x.n));
		CHECK_RC(soter_key_policy(&key, SOTER_RSA_LEN), SOTER_OK);
		devices[n++] = x;
	}
	CHECK_RC(rc, SOTER_E_NOTFOUND);
	CHECK(n == DEVICES);
	fleet_devices_close(&d);
}

static void
check_ask(const struct fleet_ask *ask)
{
	struct soter_key root = { .alg = SOTER_ALG_RSA,
		.e = 65537,
		.n_len = SOTER_RSA_LEN };
	struct soter_pubkey *key = NULL;
	struct soter_key_json x;

	CHECK_RC(soter_key_json_parse(&x, ask->text, NULL, NULL), SOTER_OK);
	CHECK(strcmp(x.cpu_id, devices[ask->device].id) == 0);
	CHECK(x.salt_len == -1);
	CHECK_RC(soter_key_policy(&x.key, SOTER_RSA_LEN), SOTER_OK);
	memcpy(root.n, devices[ask->device].n, SOTER_RSA_LEN);
	CHECK_RC(soter_pubkey_make(&key, &root), SOTER_OK);
	CHECK_RC(soter_pss_verify(key, ask->text, ask->sig, 20), SOTER_OK);
	soter_pubkey_free(&key);
}

static void
test_asks(void)
{
	struct fleet_asks *asks = NULL;

	check_row("each ASK verifies under the root of its device");
	CHECK_RC(fleet_asks_open(&asks, asks_file), SOTER_OK);
	CHECK(fleet_asks_count(asks) == KEYS);
	for (size_t i = 0; i < KEYS; i++) {
		const struct fleet_ask *ask = fleet_asks_at(asks, i);

		/* Spread evenly: the last of each third. */
		CHECK(ask->device == ((i + 1) * DEVICES + KEYS - 1) / KEYS - 1);
		if (ask->device < DEVICES)
			check_ask(ask);
	}
	fleet_asks_close(&asks);
}

static void
test_spread(void)
{
	static const uint64_t keys[] = { 1, 2, 3, 7, 999, 1000 };

	check_row("as many are real as there are keys");
	for (size_t k = 0; k < SOTER_COUNT(keys); k++) {
		uint64_t n = 0;

		for (uint64_t i = 0; i < 1000; i++)
			n += fleet_is_real(i, 1000, keys[k]);
		CHECK(n == keys[k]);
	}
	CHECK(!fleet_is_real(5, 1000, 0));
}

/* ---- again -------------------------------------------------------------- */

static void
test_again(void)
{
	struct whole first = slurp(devices_file), keys = slurp(keys_file);
	struct whole asks = slurp(asks_file), now;
	struct fleet_make m = order(7);
	struct stat about;

	check_row("the private keys are for their owner alone");
	CHECK(stat(keys_file, &about) == 0 && (about.st_mode & 0777) == 0600);

	check_row("the same seed and keys: the same devices");
	CHECK_RC(fleet_make(&m), SOTER_OK);
	now = slurp(devices_file);
	CHECK(now.n == first.n && memcmp(now.p, first.p, now.n) == 0);
	free(now.p);
	now = slurp(keys_file);
	CHECK(now.n == keys.n && memcmp(now.p, keys.p, now.n) == 0);
	free(now.p);

	check_row("another seed: others");
	m.seed = 8;
	CHECK_RC(fleet_make(&m), SOTER_OK);
	now = slurp(devices_file);
	CHECK(now.n == first.n && memcmp(now.p + 100, first.p + 100, 100) != 0);
	free(now.p);

	check_row("no keys at all: no ASKs, and none are made");
	unlink(keys_file);
	m.keys = 0;
	CHECK_RC(fleet_make(&m), SOTER_OK);
	CHECK(stat(keys_file, &about) != 0);

	spill(devices_file, first.p, first.n);
	spill(asks_file, asks.p, asks.n);
	spill(keys_file, keys.p, keys.n);
	free(first.p);
	free(keys.p);
	free(asks.p);
}

/* ---- keys that are none ------------------------------------------------- */

static void
test_keys(void)
{
	struct whole keys = slurp(keys_file), asks = slurp(asks_file), now;
	struct fleet_make m = order(7);

	check_row("a file of keys that others could read is refused");
	chmod(keys_file, 0640);
	CHECK_RC(fleet_make(&m), SOTER_E_READ);
	chmod(keys_file, 0600);

	check_row("a file of keys that was cut is refused, not replaced");
	spill(keys_file, keys.p, keys.n - 40);
	CHECK_RC(fleet_make(&m), SOTER_E_READ);
	now = slurp(keys_file);
	CHECK(now.n == keys.n - 40);
	free(now.p);

	check_row("what fails leaves the files as they were");
	now = slurp(asks_file);
	CHECK(now.n == asks.n && memcmp(now.p, asks.p, now.n) == 0);
	free(now.p);
	char part[300];
	snprintf(part, sizeof(part), "%s.part", devices_file);
	CHECK(access(part, F_OK) != 0);
	spill(keys_file, keys.p, keys.n);

	check_row("more keys than devices");
	m.devices = KEYS - 1;
	CHECK_RC(fleet_make(&m), SOTER_E_LIMIT);
	free(keys.p);
	free(asks.p);
}

/* ---- damage ------------------------------------------------------------- */

static enum soter_rc
read_devices(const char *path)
{
	struct fleet_devices *d = NULL;
	struct fleet_device x;
	uint64_t number;
	enum soter_rc rc = fleet_devices_open(&d, path);

	while (rc == SOTER_OK)
		rc = fleet_devices_next(d, &x, &number);
	fleet_devices_close(&d);
	return (rc);
}

static enum soter_rc
read_asks(const char *path)
{
	struct fleet_asks *asks = NULL;
	enum soter_rc rc = fleet_asks_open(&asks, path);

	fleet_asks_close(&asks);
	return (rc == SOTER_OK ? SOTER_E_NOTFOUND : rc);
}

static void
test_damage(const char *what, const char *path,
    enum soter_rc (*read)(const char *))
{
	struct whole w = slurp(path);
	char copy[200];
	size_t step = w.n / (check_slow() ? 40 : 150) + 1;
	uint8_t more[2] = { 0, 0 };
	FILE *f;

	name(copy, "copy");
	check_row("%s: cut anywhere", what);
	for (size_t n = 0; n < w.n; n += n < 60 || n + 6 > w.n ? 1 : step) {
		if (n > w.n - step && n < w.n - 5)
			n = w.n - 5;
		spill(copy, w.p, n);
		CHECK_RC(read(copy), SOTER_E_SHORT);
	}
	check_row("%s: a bit flipped anywhere", what);
	for (size_t i = 0; i < w.n; i += i < 60 ? 1 : step) {
		enum soter_rc rc;

		w.p[i] ^= 0x10;
		spill(copy, w.p, w.n);
		rc = read(copy);
		CHECK(rc == SOTER_E_CORRUPT || rc == SOTER_E_FORMAT ||
		    rc == SOTER_E_LIMIT || rc == SOTER_E_SHORT);
		w.p[i] ^= 0x10;
	}
	check_row("%s: a byte behind its end", what);
	spill(copy, w.p, w.n);
	f = fopen(copy, "ab");
	CHECK(f != NULL && fwrite(more, 1, 1, f) == 1 && fclose(f) == 0);
	CHECK_RC(read(copy), SOTER_E_FORMAT);
	check_row("%s: and it was the damage", what);
	spill(copy, w.p, w.n);
	CHECK_RC(read(copy), SOTER_E_NOTFOUND);
	free(w.p);
}

#define HEAD  48
#define FRAME (8 + (size_t)FLEET_FRAME_DEVICES * FLEET_DEVICE_LEN)

/* Put the header's checksum right again. */
static void
seal(uint8_t *head)
{
	uint32_t crc = fleet_crc(0, soter_span(head, HEAD - 4));

	for (int i = 0; i < 4; i++)
		head[HEAD - 4 + i] = (uint8_t)(crc >> 8 * i);
}

static void
test_pieces(void)
{
	struct whole w = slurp(devices_file);
	uint8_t *frame = malloc(FRAME);
	char copy[200];

	name(copy, "copy");
	check_row("two whole frames that changed places");
	memcpy(frame, w.p + HEAD, FRAME);
	memcpy(w.p + HEAD, w.p + HEAD + FRAME, FRAME);
	memcpy(w.p + HEAD + FRAME, frame, FRAME);
	spill(copy, w.p, w.n);
	CHECK_RC(read_devices(copy), SOTER_E_CORRUPT);
	free(frame);
	free(w.p);

	w = slurp(devices_file);
	check_row("the ASKs given as devices");
	CHECK_RC(read_devices(asks_file), SOTER_E_FORMAT);
	check_row("the devices given as ASKs");
	CHECK_RC(read_asks(devices_file), SOTER_E_FORMAT);
	check_row("a last frame that is shorter than the header says");
	w.p[12] ^= 1;
	seal(w.p);
	spill(copy, w.p, w.n);
	CHECK_RC(read_devices(copy), SOTER_E_FORMAT);
	w.p[12] ^= 1;
	check_row("all frames are there, and cannot hold all devices");
	w.p[36] = 2;
	seal(w.p);
	spill(copy, w.p, HEAD + 2 * FRAME);
	CHECK_RC(read_devices(copy), SOTER_E_FORMAT);
	check_row("a fleet of no devices");
	memset(w.p + 12, 0, 8);
	memset(w.p + 28, 0, 16); /* keys and frames */
	seal(w.p);
	spill(copy, w.p, HEAD);
	CHECK_RC(read_devices(copy), SOTER_E_FORMAT);
	check_row("no such file");
	unlink(copy);
	CHECK_RC(read_devices(copy), SOTER_E_READ);
	free(w.p);
}

/* ---- the frames themselves ---------------------------------------------- */

static void
test_frames(void)
{
	struct fleet_head head = { .kind = FLEET_KIND_ASKS, .frames = 2 };
	struct fleet_writer *w = NULL;
	uint8_t *much = calloc(1, FLEET_FRAME_MAX + 1);
	char path[200];

	name(path, "frames");
	check_row("the checksum is the one that everybody knows");
	CHECK(fleet_crc(0, SOTER_SPAN("123456789")) == 0xcbf43926);
	CHECK(fleet_crc(fleet_crc(0, SOTER_SPAN("12345678901")),
		  SOTER_SPAN("23456789")) ==
	    fleet_crc(0, SOTER_SPAN("1234567890123456789")));
	check_row("a frame that is too long");
	CHECK_RC(fleet_writer_open(&w, path, &head), SOTER_OK);
	CHECK_RC(fleet_writer_put(w, soter_span(much, FLEET_FRAME_MAX + 1)),
	    SOTER_E_LIMIT);
	check_row("fewer frames than promised: no file");
	CHECK_RC(fleet_writer_put(w, soter_span(much, FLEET_FRAME_MAX)),
	    SOTER_OK);
	CHECK_RC(fleet_writer_finish(&w), SOTER_E_FORMAT);
	CHECK(w == NULL && access(path, F_OK) != 0);
	check_row("a folder that is not there");
	name(path, "none/frames");
	CHECK_RC(fleet_writer_open(&w, path, &head), SOTER_E_STORAGE);
	check_row("a disk that is full");
	if (access("/dev/full", W_OK) == 0) {
		name(path, "full");
		char part[300];
		snprintf(part, sizeof(part), "%s.part", path);
		CHECK(symlink("/dev/full", part) == 0);
		CHECK_RC(fleet_writer_open(&w, path, &head), SOTER_OK);
		CHECK_RC(fleet_writer_put(w, soter_span(much, FLEET_FRAME_MAX)),
		    SOTER_E_FULL);
		fleet_writer_drop(&w);
	}
	CHECK(w == NULL);
	free(much);
}

int
main(void)
{
	struct fleet_make m = order(7);

	folder_new(&folder);
	name(devices_file, "fleet");
	name(asks_file, "fleet.asks");
	name(keys_file, "fleet.keys");
	check_row("a small fleet is made");
	CHECK_RC(fleet_make(&m), SOTER_OK);
	test_devices();
	test_asks();
	test_spread();
	test_again();
	test_keys();
	test_damage("devices", devices_file, read_devices);
	test_damage("ASKs", asks_file, read_asks);
	test_pieces();
	test_frames();
	folder_remove(folder.path);
	return (check_done());
}
