/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backup, restore, dump and load: every record with its version, from a store
 * that is in use, to either backend; and never a part of one.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/backup.h"
#include "store/crc32c.h"
#include "store/dump.h"
#include "tests/check.h"
#include "tests/records.h"

static struct records r;

/* ---- the same records ---------------------------------------------------- */

/* What a store holds: a number that depends on all of it, and how many. */
struct sum {
	uint32_t crc;
	uint64_t count;
	uint8_t last[SOTER_STORE_KEY_MAX];
	size_t last_n;
};

static enum soter_rc
add_up(void *context, const struct soter_record *record)
{
	struct sum *sum = context;

	sum->crc = store_crc32c(sum->crc, record->key);
	sum->crc = store_crc32c(sum->crc, record->value);
	sum->crc = store_crc32c(sum->crc,
	    soter_span(&record->version, sizeof(record->version)));
	sum->count++;
	sum->last_n = record->key.n;
	memcpy(sum->last, record->key.p, record->key.n);
	return (SOTER_OK);
}

/* Of the open one. */
static struct sum
sum_of(struct records *x)
{
	struct sum sum = { .crc = 0 };

	for (unsigned kind = 1; kind < SOTER_KIND_END; kind++) {
		struct soter_scan scan = { .kind = kind,
			.limit = 100,
			.each = add_up,
			.context = &sum };

		sum.last_n = 0;
		do {
			scan.after = soter_span(sum.last, sum.last_n);
			if (soter_store_scan(x->lane, &scan, RECORDS_MS) !=
			    SOTER_OK)
				abort();
		} while (scan.found == scan.limit);
	}
	return (sum);
}

/* Of the store at a place of the same backend or another. */
static bool
is_same(const char *where, const struct sum *want)
{
	struct records x = { .backend = "" };
	struct sum sum;

	snprintf(x.where, sizeof(x.where), "%s", where);
	if (!CHECK_RC(soter_store_open(&x.store, where, SOTER_STORE_READ_ONLY),
		SOTER_OK))
		return (false);
	if (soter_lane_open(&x.lane, x.store) != SOTER_OK)
		abort();
	sum = sum_of(&x);
	records_close(&x);
	return (sum.crc == want->crc && sum.count == want->count);
}

static uint8_t big[SOTER_STORE_VALUE_MAX];

static void
fill(void)
{
	for (unsigned kind = 1; kind < SOTER_KIND_END; kind++) {
		const struct soter_kind_row *row = soter_kind_row(kind);

		records_put(&r, kind, LIT("\0"), LIT(""));
		records_put(&r, kind, LIT("\xff\xff"), LIT("\0\xff"));
		records_put(&r, kind, soter_span(big, row->key_max),
		    soter_span(big, row->value_max));
		for (int i = 0; i < 150; i++) {
			char key[20];

			snprintf(key, sizeof(key), "key %d", i);
			records_put(&r, kind, soter_text(key), LIT("v"));
		}
		records_put(&r, kind, LIT("key 7"), LIT("again"));
		records_write(&r, SOTER_DELETE, kind, LIT("key 8"),
		    RECORDS_NONE);
	}
}

/* ---- backup and restore -------------------------------------------------- */

static void
path_of(char path[400], const char *name)
{
	snprintf(path, 400, "%s/%s", r.folder.path, name);
}

static void
test_backup(const struct sum *want)
{
	char from[300], copy[400];

	snprintf(from, sizeof(from), "%s", r.where);
	path_of(copy, "copy");
	check_row("a backup, and back: every record, every version");
	CHECK_RC(soter_store_backup(from, copy), SOTER_OK);
	records_other(&r, "restored");
	CHECK_RC(soter_store_restore(copy, r.where), SOTER_OK);
	CHECK(is_same(r.where, want));
	CHECK(is_same(from, want));

	check_row("nothing is written over");
	CHECK_RC(soter_store_backup(from, copy), SOTER_E_EXISTS);
	CHECK_RC(soter_store_restore(copy, r.where), SOTER_E_EXISTS);
	CHECK_RC(soter_store_restore(copy, from), SOTER_E_EXISTS);
	CHECK(is_same(r.where, want) && is_same(from, want));

	check_row("what was restored works");
	records_open(&r, SOTER_STORE_READ_WRITE);
	records_put(&r, SOTER_KIND_ROOTS, LIT("new"), LIT("x"));
	records_put(&r, SOTER_KIND_AUDIT, LIT("new"), LIT("x"));
	records_close(&r);
	CHECK(!is_same(r.where, want));

	check_row("nothing is there to copy");
	records_other(&r, "none");
	path_of(copy, "copy of none");
	CHECK_RC(soter_store_backup(r.where, copy), SOTER_E_NOTFOUND);
	CHECK(access(copy, F_OK) != 0);
	CHECK_RC(soter_store_restore(copy, r.where), SOTER_E_NOTFOUND);
	CHECK_RC(soter_store_backup("mysql://x", copy), SOTER_E_ARGUMENT);
	CHECK_RC(soter_store_dump("mysql://x", copy, NULL), SOTER_E_ARGUMENT);
	CHECK_RC(soter_store_load("mysql://x", copy, NULL), SOTER_E_ARGUMENT);
	snprintf(r.where, sizeof(r.where), "%s", from);
}

/* Pairs, each in one group, told after each; for ever. */
static void
write_pairs(int out)
{
	records_open(&r, SOTER_STORE_READ_WRITE);
	for (uint32_t n = 0;; n++) {
		enum soter_store_kind kind =
		    n % 2 ? SOTER_KIND_ROOTS : SOTER_KIND_TENANTS;
		char a[20], b[20];
		struct soter_write x[2] = { { .kind = kind, .value = LIT("x") },
			{ .kind = kind, .value = LIT("x") } };

		snprintf(a, sizeof(a), "a%u", n);
		snprintf(b, sizeof(b), "b%u", n);
		x[0].key = soter_text(a);
		x[1].key = soter_text(b);
		if (soter_store_write(r.lane, x, 2, RECORDS_MS) != SOTER_OK ||
		    write(out, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

static bool
has_pair(uint32_t n, char letter)
{
	char key[20];

	snprintf(key, sizeof(key), "%c%u", letter, n);
	return (
	    records_version(&r, n % 2 ? SOTER_KIND_ROOTS : SOTER_KIND_TENANTS,
		soter_text(key)) != 0);
}

static void
test_in_use(void)
{
	char from[300], copy[400];
	int ends[2], status;
	uint32_t n = 0;
	pid_t pid;

	snprintf(from, sizeof(from), "%s", r.where);
	records_close(&r);
	if (pipe(ends) != 0)
		abort();
	fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
	fflush(stdout);
	if ((pid = fork()) == 0)
		write_pairs(ends[1]);
	close(ends[1]);
	check_row(
	    "a backup while another process writes: whole groups, and all "
	    "that was told before");
	for (int round = 0; round < 5; round++) {
		char name[20];

		for (int i = 0; i < 20; i++)
			if (read(ends[0], &n, sizeof(n)) != sizeof(n))
				abort();
		snprintf(name, sizeof(name), "busy%d", round);
		path_of(copy, name);
		CHECK_RC(soter_store_backup(from, copy), SOTER_OK);
		records_other(&r, name + 1); /* "usy0" */
		CHECK_RC(soter_store_restore(copy, r.where), SOTER_OK);
		records_open(&r, SOTER_STORE_READ_ONLY);
		for (uint32_t i = 0; i <= n; i++)
			CHECK(has_pair(i, 'a') && has_pair(i, 'b'));
		for (uint32_t i = n; i < n + 1000; i++)
			CHECK(has_pair(i, 'a') == has_pair(i, 'b'));
		records_close(&r);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status));
	close(ends[0]);
	snprintf(r.where, sizeof(r.where), "%s", from);
}

/* ---- dump and load ------------------------------------------------------- */

static uint8_t *
read_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	uint8_t *bytes = malloc(4 * 1024 * 1024);

	if (f == NULL || bytes == NULL)
		abort();
	*n = fread(bytes, 1, 4 * 1024 * 1024, f);
	fclose(f);
	return (bytes);
}

static void
write_file(const char *path, const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
		abort();
}

/* It holds the keys of tokens: whoever laid out files beside it beforehand
 * neither reads along nor has another one written over. */
static void
check_own_file(const char *from)
{
	char path[400], part[410], victim[400];
	struct stat st;
	uint8_t *bytes;
	size_t n;

	check_row("a dump goes into a file of its own");
	path_of(path, "dump0");
	path_of(victim, "victim");
	snprintf(part, sizeof(part), "%s.part", path);
	write_file(victim, (const uint8_t *)"mine", 4);
	CHECK(chmod(victim, 0666) == 0 && symlink(victim, part) == 0);
	CHECK_RC(soter_store_dump(from, path, NULL), SOTER_OK);
	CHECK(lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 0777) == 0600);
	bytes = read_file(victim, &n);
	CHECK(n == 4 && memcmp(bytes, "mine", n) == 0);
	free(bytes);
}

/* There and back again, over both backends, gives the same file. */
static void
test_dump(const struct sum *want)
{
	char from[300], first[400], second[400], directory[400];
	uint64_t count = 0, loaded = 0;
	size_t n, m;
	uint8_t *a, *b;

	snprintf(from, sizeof(from), "%s", r.where);
	path_of(first, "dump");
	path_of(second, "dump2");
	path_of(directory, "loaded as a directory");
	check_row("a dump holds everything once");
	CHECK_RC(soter_store_dump(from, first, &count), SOTER_OK);
	CHECK(count == want->count);
	CHECK_RC(soter_store_dump(from, first, NULL), SOTER_E_EXISTS);
	check_own_file(from);

	check_row("loaded: every record, every version");
	records_other(&r, "loaded");
	CHECK_RC(soter_store_load(r.where, first, &loaded), SOTER_OK);
	CHECK(loaded == count && is_same(r.where, want));
	check_row("over a directory and back: byte by byte the same dump");
	CHECK_RC(soter_store_load(directory, first, NULL), SOTER_OK);
	CHECK(is_same(directory, want));
	records_other(&r, "fromdir");
	CHECK_RC(soter_store_restore(directory, r.where), SOTER_OK);
	CHECK_RC(soter_store_dump(r.where, second, NULL), SOTER_OK);
	a = read_file(first, &n);
	b = read_file(second, &m);
	CHECK(n == m && memcmp(a, b, n) == 0);
	free(a);
	free(b);

	check_row("a store with records is not loaded into");
	CHECK_RC(soter_store_load(r.where, first, NULL), SOTER_E_EXISTS);
	CHECK(is_same(r.where, want));
	check_row("a database with an empty store is; a directory is not");
	records_other(&r, "empty");
	records_create(&r);
	CHECK_RC(soter_store_load(r.where, first, NULL),
	    records_is_embedded(&r) ? SOTER_E_EXISTS : SOTER_OK);
	snprintf(r.where, sizeof(r.where), "%s", from);
}

/* ---- files that lie ------------------------------------------------------ */

static uint32_t crc;

static void
put_crc(uint8_t *bytes, size_t n)
{
	uint32_t own = store_crc32c(0, soter_span(bytes, n));

	for (int i = 0; i < 4; i++)
		bytes[n + (size_t)i] = (uint8_t)(own >> (24 - 8 * i));
	crc = store_crc32c(crc, soter_span(bytes + n, 4));
}

struct forged {
	uint8_t bytes[2000];
	size_t n;
	uint8_t count;
};

static void
forge_header(struct forged *f, uint8_t schema)
{
	*f = (struct forged){ .n = 16 };
	crc = 0;
	memcpy(f->bytes, "SOTERdp1", 8);
	f->bytes[11] = schema;
	put_crc(f->bytes, 12);
}

static void
forge_record(struct forged *f, uint8_t kind, const char *key, uint8_t version)
{
	uint8_t *p = f->bytes + f->n;
	size_t n = strlen(key);

	p[0] = kind;
	p[1] = (uint8_t)n;
	p[13] = version;
	memcpy(p + 14, key, n);
	put_crc(p, 14 + n);
	f->n += 14 + n + 4;
	f->count++;
}

static void
forge_end(struct forged *f)
{
	uint8_t *p = f->bytes + f->n;

	p[0] = 255;
	p[8] = f->count;
	for (int i = 0; i < 4; i++)
		p[9 + i] = (uint8_t)(crc >> (24 - 8 * i));
	put_crc(p, 13);
	f->n += 17;
}

static const struct {
	const char *what;
	uint8_t schema;
	struct {
		uint8_t kind;
		const char *key;
		uint8_t version;
	} records[3];
	int more; /* records that the end counts and nobody wrote */
	enum soter_rc want;
} forgeries[] = {
	{ "nothing in it", 2, { { 0 } }, 0, SOTER_OK },
	{ "two records", 2, { { 1, "a", 1 }, { 2, "a", 1 } }, 0, SOTER_OK },
	{ "of an older program", 1, { { 1, "a", 1 } }, 0, SOTER_OK },
	{ "of a newer program", 3, { { 1, "a", 1 } }, 0, SOTER_E_SCHEMA },
	{ "of no program", 0, { { 1, "a", 1 } }, 0, SOTER_E_CORRUPT },
	{ "one key twice", 2, { { 1, "a", 1 }, { 1, "a", 2 } }, 0,
	    SOTER_E_CORRUPT },
	{ "keys in disorder", 2, { { 1, "b", 1 }, { 1, "a", 1 } }, 0,
	    SOTER_E_CORRUPT },
	{ "a shorter key behind a longer", 2, { { 1, "aa", 1 }, { 1, "a", 1 } },
	    0, SOTER_E_CORRUPT },
	{ "kinds in disorder", 2, { { 2, "a", 1 }, { 1, "a", 1 } }, 0,
	    SOTER_E_CORRUPT },
	{ "a kind that is none", 2, { { 10, "a", 1 } }, 0, SOTER_E_CORRUPT },
	{ "an empty key", 2, { { 1, "", 1 } }, 0, SOTER_E_CORRUPT },
	{ "a key that is too long for its kind", 2,
	    { { 1,
		"0123456789012345678901234567890123456789012345678901234567890"
		"1234",
		1 } },
	    0, SOTER_E_CORRUPT },
	{ "no version", 2, { { 1, "a", 0 } }, 0, SOTER_E_CORRUPT },
	{ "one record less than the end says", 2, { { 1, "a", 1 } }, 1,
	    SOTER_E_CORRUPT },
};

static void
test_forged(void)
{
	char path[400], name[20];

	path_of(path, "forged");
	for (size_t i = 0; i < SOTER_COUNT(forgeries); i++) {
		struct soter_store *store = NULL;
		struct forged f;

		check_row("a dump with right checksums: %s", forgeries[i].what);
		forge_header(&f, forgeries[i].schema);
		for (size_t k = 0; k < 3 && forgeries[i].records[k].key != NULL;
		     k++)
			forge_record(&f, forgeries[i].records[k].kind,
			    forgeries[i].records[k].key,
			    forgeries[i].records[k].version);
		f.count = (uint8_t)(f.count + forgeries[i].more);
		forge_end(&f);
		write_file(path, f.bytes, f.n);
		snprintf(name, sizeof(name), "forged%zu", i);
		records_other(&r, name);
		CHECK_RC(soter_store_load(r.where, path, NULL),
		    forgeries[i].want);
		CHECK_RC(
		    soter_store_open(&store, r.where, SOTER_STORE_READ_ONLY),
		    forgeries[i].want == SOTER_OK ? SOTER_OK
						  : SOTER_E_NOTFOUND);
		soter_store_close(&store);
	}
}

/* Cut anywhere, with one bit changed anywhere, with something behind it. */
static void
test_damaged(void)
{
	char from[300], path[400], bad[400];
	struct soter_store *store = NULL;
	size_t n, accepted = 0, step;
	uint8_t *bytes;

	snprintf(from, sizeof(from), "%s", r.where);
	path_of(path, "small dump");
	path_of(bad, "bad dump");
	records_other(&r, "small");
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	records_put(&r, SOTER_KIND_META, LIT("key"), LIT("value"));
	records_put(&r, SOTER_KIND_ROOTS, LIT("device"), LIT("root"));
	records_put(&r, SOTER_KIND_ROOTS, LIT("other"), LIT(""));
	records_close(&r);
	if (soter_store_dump(r.where, path, NULL) != SOTER_OK)
		abort();
	bytes = read_file(path, &n);
	records_other(&r, "target");

	check_row("a dump that was cut, anywhere");
	for (size_t i = 0; i < n; i++) {
		write_file(bad, bytes, i);
		accepted += soter_store_load(r.where, bad, NULL) == SOTER_OK;
	}
	CHECK(accepted == 0);
	check_row("a dump with one bit changed, anywhere");
	step = check_is("short") ? 7 : 1;
	for (size_t i = 0; i < 8 * n; i += step) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		write_file(bad, bytes, n);
		accepted += soter_store_load(r.where, bad, NULL) == SOTER_OK;
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	CHECK(accepted == 0);
	check_row("a dump with something behind it; and another file");
	bytes[n] = 255;
	write_file(bad, bytes, n + 1);
	CHECK_RC(soter_store_load(r.where, bad, NULL), SOTER_E_CORRUPT);
	write_file(bad, (const uint8_t *)"SELECT 1;", 9);
	CHECK_RC(soter_store_load(r.where, bad, NULL), SOTER_E_FORMAT);
	write_file(bad, bytes, 0);
	CHECK_RC(soter_store_load(r.where, bad, NULL), SOTER_E_FORMAT);
	check_row("none of them left anything");
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_ONLY),
	    SOTER_E_NOTFOUND);
	CHECK_RC(soter_store_load(r.where, path, NULL), SOTER_OK);
	free(bytes);
	snprintf(r.where, sizeof(r.where), "%s", from);
}

/* ---- killed -------------------------------------------------------------- */

/* At any moment of a load: all or nothing is there, and it can begin again. */
static void
test_killed(const struct sum *want)
{
	int rounds = check_long() ? 100 : 10, whole = 0;
	char path[400], name[20];

	path_of(path, "dump");
	check_row("killed while it loads, %d times: all is there, or nothing",
	    rounds);
	for (int i = 0; i < rounds; i++) {
		struct soter_store *store = NULL;
		enum soter_rc rc;
		pid_t pid;

		snprintf(name, sizeof(name), "killed%d", i);
		records_other(&r, name);
		fflush(stdout);
		if ((pid = fork()) == 0) {
			rc = soter_store_load(r.where, path, NULL);
			_exit(rc == SOTER_OK ? 0 : 1);
		}
		usleep((useconds_t)(i * 79190 % 600000));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		rc = soter_store_open(&store, r.where, SOTER_STORE_READ_ONLY);
		soter_store_close(&store);
		if (rc == SOTER_OK)
			whole++;
		else {
			CHECK_RC(rc, SOTER_E_NOTFOUND);
			CHECK_RC(soter_store_load(r.where, path, NULL),
			    SOTER_OK);
		}
		CHECK(is_same(r.where, want));
	}
	printf("# %d of them whole\n", whole);
}

/* ---- a directory's own --------------------------------------------------- */

/* One bit of a root. */
static void
damage_root(const char *where)
{
	char path[600];
	uint8_t *bytes;
	size_t n;

	snprintf(path, sizeof(path), "%s/roots.lmdb", where);
	bytes = read_file(path, &n);
	for (size_t i = 0; i + 5 < n; i++)
		if (memcmp(bytes + i, "again", 5) == 0)
			bytes[i] ^= 1;
	write_file(path, bytes, n);
	free(bytes);
}

static void
test_directory(void)
{
	char path[400], copy[500];

	check_row("whoever has it open cannot copy it in the same process");
	path_of(path, "from within");
	records_open(&r, SOTER_STORE_READ_ONLY);
	CHECK_RC(soter_store_backup(r.where, path), SOTER_E_ARGUMENT);
	CHECK_RC(soter_store_dump(r.where, path, NULL), SOTER_E_ARGUMENT);
	records_close(&r);

	check_row("a damaged root: no copy, no dump, nothing restored");
	snprintf(copy, sizeof(copy), "%s/to damage", r.folder.path);
	CHECK_RC(soter_store_backup(r.where, copy), SOTER_OK);
	damage_root(copy);
	path_of(path, "restored from damage");
	CHECK_RC(soter_store_restore(copy, path), SOTER_E_CORRUPT);
	CHECK(access(path, F_OK) != 0);
	CHECK_RC(soter_store_dump(copy, path, NULL), SOTER_E_CORRUPT);
	CHECK(access(path, F_OK) != 0);

	check_row(
	    "a backup that was interrupted is no store, and is done again");
	path_of(path, "interrupted");
	mkdir(path, 0700);
	snprintf(copy, sizeof(copy), "%s/store.sqlite.new", path);
	write_file(copy, (const uint8_t *)"x", 1);
	CHECK_RC(soter_store_backup(r.where, path), SOTER_OK);
}

int
main(int argc, char **argv)
{
	struct sum want;

	(void)argc;
	if (!records_new(&r, argv[1]))
		return (check_done());
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 11 + i / 253);
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	fill();
	want = sum_of(&r);
	records_close(&r);
	test_backup(&want);
	test_dump(&want);
	test_damaged();
	if (records_is_embedded(&r))
		test_directory();
	test_in_use();
	test_killed(&want);
	test_forged();
	records_end(&r);
	return (check_done());
}
