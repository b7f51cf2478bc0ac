/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A directory: damaged records, a map that grows, a full disk, locks that
 * others hold, and what an interrupted create leaves.
 */
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/crc32c.h"
#include "store/embedded.h"
#include "tests/check.h"
#include "tests/records.h"

static struct records r;

static void
path_of(char path[400], const char *name)
{
	snprintf(path, 400, "%s/%s", r.where, name);
}

static void
put_file(const char *name, const char *text)
{
	char path[400];
	FILE *f;

	path_of(path, name);
	if ((f = fopen(path, "w")) == NULL || fputs(text, f) < 0 ||
	    fclose(f) != 0)
		abort();
}

static bool
has_file(const char *name)
{
	char path[400];

	path_of(path, name);
	return (access(path, F_OK) == 0);
}

/* ---- damage -------------------------------------------------------------- */

/* Flip one bit where `what` stands in a file; how often it stands there. */
static unsigned
damage(const char *name, const char *what, bool all)
{
	char path[400];
	static uint8_t bytes[1024 * 1024];
	unsigned found = 0;
	size_t n, length = strlen(what);
	FILE *f;

	path_of(path, name);
	if ((f = fopen(path, "r+")) == NULL)
		abort();
	n = fread(bytes, 1, sizeof(bytes), f);
	for (size_t i = 0; i + length <= n; i++)
		if (memcmp(bytes + i, what, length) == 0) {
			if (found++ > 0 && !all)
				continue;
			bytes[i] ^= 1;
			fseek(f, (long)i, SEEK_SET);
			fwrite(bytes + i, 1, 1, f);
		}
	fclose(f);
	return (found);
}

static enum soter_rc
pass_over(void *context, const struct soter_record *record)
{
	(void)record;
	(*(unsigned *)context)++;
	return (SOTER_OK);
}

static void
test_damaged(void)
{
	struct soter_write at = { .op = SOTER_PUT_AT,
		.kind = SOTER_KIND_ROOTS,
		.key = LIT("k2"),
		.value = LIT("v") };
	unsigned seen = 0;
	struct soter_scan scan = { .kind = SOTER_KIND_ROOTS,
		.limit = 10,
		.each = pass_over,
		.context = &seen };
	uint8_t bytes[100];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));

	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	records_put(&r, SOTER_KIND_ROOTS, LIT("k1"), LIT("first value"));
	at.at =
	    records_put(&r, SOTER_KIND_ROOTS, LIT("k2"), LIT("second value"));
	records_put(&r, SOTER_KIND_ROOTS, LIT("k3"), LIT("third value"));
	records_close(&r);

	check_row("a root with one bit changed is found, nothing of it given");
	CHECK(damage("roots.lmdb", "second value", true) > 0);
	records_open(&r, SOTER_STORE_READ_WRITE);
	CHECK_RC(soter_store_get(r.lane, SOTER_KIND_ROOTS, LIT("k2"), &room,
		     NULL, 0),
	    SOTER_E_CORRUPT);
	CHECK(room.len == 0);
	CHECK(records_is(&r, SOTER_KIND_ROOTS, LIT("k1"), LIT("first value")));
	CHECK(records_is(&r, SOTER_KIND_ROOTS, LIT("k3"), LIT("third value")));
	check_row("a scan stops there");
	CHECK_RC(soter_store_scan(r.lane, &scan, 0), SOTER_E_CORRUPT);
	CHECK(seen == 1);
	check_row("what must be compared cannot be; what need not be, heals");
	CHECK_RC(soter_store_write(r.lane, &at, 1, 0), SOTER_E_CORRUPT);
	CHECK_RC(records_write(&r, SOTER_PUT, SOTER_KIND_ROOTS, LIT("k2"),
		     LIT("new")),
	    SOTER_OK);
	CHECK(records_is(&r, SOTER_KIND_ROOTS, LIT("k2"), LIT("new")));
	records_close(&r);

	check_row("a key with one bit changed is found");
	CHECK(damage("roots.lmdb", "k3", true) > 0);
	records_open(&r, SOTER_STORE_READ_WRITE);
	seen = 0;
	CHECK_RC(soter_store_scan(r.lane, &scan, 0), SOTER_E_CORRUPT);
	records_close(&r);
}

static void
test_not_ours(void)
{
	struct soter_store *store = NULL;
	char path[400];
	sqlite3 *db = NULL;

	check_row("files that are no store");
	records_other(&r, "garbage");
	records_create(&r);
	put_file("store.sqlite", "this is no database, although it is long");
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE),
	    SOTER_E_CORRUPT);
	records_other(&r, "garbage2");
	records_create(&r);
	put_file("roots.lmdb", "this is no map, although it is quite long");
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE),
	    SOTER_E_CORRUPT);

	check_row("another program's database");
	records_other(&r, "foreign");
	records_create(&r);
	path_of(path, "store.sqlite");
	unlink(path);
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA user_version = 2; CREATE TABLE x (y)",
		NULL, NULL, NULL) != SQLITE_OK)
		abort();
	sqlite3_close(db);
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE),
	    SOTER_E_CORRUPT);

	check_row("half a store is none to work with, nor one to make anew");
	records_other(&r, "half");
	records_create(&r);
	path_of(path, "roots.lmdb");
	unlink(path);
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE),
	    SOTER_E_CORRUPT);
	CHECK_RC(soter_store_create(r.where), SOTER_E_EXISTS);
	records_other(&r, "half2");
	records_create(&r);
	path_of(path, "store.sqlite");
	unlink(path);
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE),
	    SOTER_E_NOTFOUND);
	CHECK_RC(soter_store_create(r.where), SOTER_E_EXISTS);
	CHECK(has_file("roots.lmdb"));
}

static void
test_create(void)
{
	struct stat st;
	char path[400];

	check_row("what an interrupted create left is cleared away");
	records_other(&r, "again");
	mkdir(r.where, 0700);
	put_file("roots.lmdb.new", "x");
	put_file("store.sqlite.new", "x");
	put_file("store.sqlite.new-wal", "x");
	put_file("roots.lmdb", "x"); /* it had its name already */
	CHECK_RC(soter_store_create(r.where), SOTER_OK);
	CHECK(!has_file("store.sqlite.new") && !has_file("roots.lmdb.new"));
	records_open(&r, SOTER_STORE_READ_WRITE);
	records_put(&r, SOTER_KIND_ROOTS, LIT("k"), LIT("v"));
	records_close(&r);

	check_row("only its owner reads the files");
	for (size_t i = 0; i < 2; i++) {
		path_of(path, i == 0 ? "store.sqlite" : "roots.lmdb");
		CHECK(stat(path, &st) == 0 && (st.st_mode & 0077) == 0);
	}
	CHECK(stat(r.where, &st) == 0 && (st.st_mode & 0077) == 0);

	check_row("a directory that holds something else is left alone");
	records_other(&r, "other");
	mkdir(r.where, 0700);
	put_file("letter.txt", "x");
	CHECK_RC(soter_store_create(r.where), SOTER_E_EXISTS);
	CHECK(has_file("letter.txt") && !has_file("store.sqlite") &&
	    !has_file("roots.lmdb"));
	records_other(&r, "other/letter.txt");
	CHECK_RC(soter_store_create(r.where), SOTER_E_EXISTS);
}

/* ---- the map ------------------------------------------------------------- */

#define SMALL_MAP ((size_t)256 * 1024)

static void
open_small(enum soter_store_mode mode)
{
	if (store_embedded_open_map(&r.store, r.where, mode, SMALL_MAP) !=
		SOTER_OK ||
	    soter_lane_open(&r.lane, r.store) != SOTER_OK)
		abort();
}

/* In a process of its own, with a map that is too small from the start. */
static void
read_as_it_grows(int in)
{
	char byte;

	open_small(SOTER_STORE_READ_ONLY);
	while (read(in, &byte, 1) == 1)
		if (!records_is(&r, SOTER_KIND_ROOTS, LIT("big 0"),
			soter_span(NULL, 0)) &&
		    records_version(&r, SOTER_KIND_ROOTS, LIT("big 0")) == 0)
			_exit(1);
	_exit(
	    records_version(&r, SOTER_KIND_ROOTS, LIT("big 99")) == 0 ? 1 : 0);
}

static void
test_map(void)
{
	static uint8_t big[SOTER_STORE_VALUE_MAX];
	int ends[2], status;
	pid_t pid;

	records_other(&r, "map");
	records_create(&r);
	if (pipe(ends) != 0)
		abort();
	fflush(stdout);
	if ((pid = fork()) == 0) {
		close(ends[1]);
		read_as_it_grows(ends[0]);
	}
	close(ends[0]);
	open_small(SOTER_STORE_READ_WRITE);

	check_row("a map that is full grows, in the middle of commits");
	for (int i = 0; i < 100; i++) {
		char key[20];

		snprintf(key, sizeof(key), "big %d", i);
		CHECK_RC(records_write(&r, SOTER_PUT_ABSENT, SOTER_KIND_ROOTS,
			     soter_text(key), soter_span(big, sizeof(big))),
		    SOTER_OK);
		if (write(ends[1], "x", 1) != 1)
			break;
	}
	CHECK(records_is(&r, SOTER_KIND_ROOTS, LIT("big 0"),
	    soter_span(big, sizeof(big))));
	close(ends[1]);
	check_row("a reader in another process follows");
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	records_close(&r);
}

/* ---- locks that others hold ---------------------------------------------- */

static unsigned told;

static void
count_done(struct soter_write_batch *batch)
{
	(void)batch;
	told++;
}

static void
test_locked(void)
{
	struct soter_write x = { .kind = SOTER_KIND_META,
		.key = LIT("locked"),
		.value = LIT("x") };
	char path[400];
	sqlite3 *db = NULL;

	records_other(&r, "locked");
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	records_put(&r, SOTER_KIND_META, LIT("k"), LIT("v"));
	path_of(path, "store.sqlite");
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		abort();
	check_row("another process holds the lock: what had no time never is");
	CHECK_RC(soter_store_write(r.lane, &x, 1, 300), SOTER_E_BUSY);
	CHECK(records_is(&r, SOTER_KIND_META, LIT("k"), LIT("v")));
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	records_put(&r, SOTER_KIND_META, LIT("k"), LIT("w"));
	CHECK(records_is(&r, SOTER_KIND_META, LIT("locked"), RECORDS_NONE));

	check_row("half of a batch has no time, the other half is done");
	sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	{
		struct soter_write root = { .kind = SOTER_KIND_ROOTS,
			.key = LIT("unlocked"),
			.value = LIT("x") };
		struct soter_group groups[2] = { { .writes = &x, .n = 1 },
			{ .writes = &root, .n = 1 } };

		soter_store_write_many(r.lane, groups, 2, 300);
		CHECK_RC(groups[0].rc, SOTER_E_BUSY);
		CHECK_RC(groups[1].rc, SOTER_OK);
	}
	check_row("the lane is closed while a write waits for the lock");
	{
		struct soter_group group = { .writes = &x, .n = 1 };
		struct soter_write_batch batch = { .groups = &group,
			.n = 1,
			.done = count_done };

		soter_lane_write(r.lane, &batch);
		CHECK(told == 0);
		sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
		soter_lane_close(&r.lane);
		CHECK(told == 1);
		CHECK_RC(group.rc, SOTER_OK);
	}
	sqlite3_close(db);
	records_close(&r);
}

/* ---- a full disk --------------------------------------------------------- */

/* In a name space of its own: a file system of 4 MiB. */
static int
fill_disk(enum soter_store_kind kind)
{
	static uint8_t big[SOTER_STORE_VALUE_MAX];
	enum soter_rc rc = SOTER_OK;
	int n = 0, there = 0;
	char key[20];

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", r.folder.path, "tmpfs", 0, "size=4m") != 0)
		return (77);
	records_other(&r, "small");
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	for (; n < 200; n++) {
		snprintf(key, sizeof(key), "full %d", n);
		rc = records_write(&r, SOTER_PUT, kind, soter_text(key),
		    soter_span(big, sizeof(big)));
		if (rc != SOTER_OK)
			break;
	}
	printf("# %s after %d\n", soter_rc_word(rc), n);
	if (rc != SOTER_E_FULL)
		return (1);
	/* Nothing is lost; it can be read; with some room it goes on. */
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < n; i++) {
			snprintf(key, sizeof(key), "full %d", i);
			there +=
			    records_version(&r, kind, soter_text(key)) != 0;
		}
		if (round == 0)
			records_open(&r, SOTER_STORE_READ_WRITE);
	}
	if (there != 2 * n)
		return (2);
	if (mount("tmpfs", r.folder.path, "tmpfs", MS_REMOUNT, "size=8m") != 0)
		return (77);
	snprintf(key, sizeof(key), "full %d", n);
	if (records_write(&r, SOTER_PUT_ABSENT, kind, soter_text(key),
		soter_span(big, sizeof(big))) != SOTER_OK)
		return (3);
	records_close(&r);
	return (0);
}

static int
read_only_disk(void)
{
	struct soter_store *store = NULL;

	records_other(&r, "readonly");
	records_create(&r);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount(r.where, r.where, NULL, MS_BIND, NULL) != 0 ||
	    mount(NULL, r.where, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY,
		NULL) != 0)
		return (77);
	if (soter_store_open(&store, r.where, SOTER_STORE_READ_ONLY) !=
		SOTER_E_STORAGE ||
	    soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE) !=
		SOTER_E_STORAGE)
		return (1);
	return (0);
}

static int
run_child(int (*act)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		status = act();
		fflush(stdout);
		_exit(status);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return (1);
	return (WEXITSTATUS(status));
}

static int
fill_tenants(void)
{
	return (fill_disk(SOTER_KIND_TENANTS));
}

static int
fill_roots(void)
{
	return (fill_disk(SOTER_KIND_ROOTS));
}

static void
test_disk(void)
{
	static const struct {
		const char *what;
		int (*act)(void);
	} rows[] = {
		{ "tenants: the disk is full: nothing is lost", fill_tenants },
		{ "roots: the disk is full: nothing is lost", fill_roots },
		{ "a reader that the writer could not see is refused",
		    read_only_disk },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		int status = run_child(rows[i].act);

		if (status == 77) {
			check_skip(rows[i].what, "no right to mount");
			continue;
		}
		check_row("%s", rows[i].what);
		CHECK(status == 0);
	}
}

/* ---- CRC-32C ------------------------------------------------------------- */

/* RFC 3720, B.4. */
static void
test_crc(void)
{
	uint8_t bytes[32];

	check_row("CRC-32C as RFC 3720 has it, in one piece and in two");
	memset(bytes, 0, 32);
	CHECK(store_crc32c(0, soter_span(bytes, 32)) == 0x8a9136aa);
	memset(bytes, 0xff, 32);
	CHECK(store_crc32c(0, soter_span(bytes, 32)) == 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	CHECK(store_crc32c(0, soter_span(bytes, 32)) == 0x46dd794e);
	CHECK(store_crc32c(0, LIT("123456789")) == 0xe3069283);
	CHECK(store_crc32c(0, LIT("")) == 0);
	for (size_t i = 0; i <= 32; i++)
		CHECK(store_crc32c(store_crc32c(0, soter_span(bytes, i)),
			  soter_span(bytes + i, 32 - i)) == 0x46dd794e);
}

int
main(void)
{
	records_new(&r, "embedded");
	test_crc();
	test_damaged();
	test_not_ours();
	test_create();
	test_map();
	test_locked();
	test_disk();
	records_end(&r);
	return (check_done());
}
