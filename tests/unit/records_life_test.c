/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A store's life: made, opened, opened by others, killed, opened again, moved
 * to a newer schema, and refused by a program that is too old.
 */
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/records.h"

static struct records r;

/* What a program of another age did. */
static void
run_sql(const char *sql)
{
	char path[400];
	sqlite3 *db = NULL;

	if (!records_is_embedded(&r)) {
		pg_run(r.where, sql);
		return;
	}
	snprintf(path, sizeof(path), "%s/store.sqlite", r.where);
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
		abort();
	}
	sqlite3_close(db);
}

/* ---- made and opened ----------------------------------------------------- */

static void
test_open(void)
{
	struct soter_store *store = NULL;
	enum soter_rc rc;

	check_row("nothing is there");
	records_other(&r, "nowhere");
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE),
	    SOTER_E_NOTFOUND);
	CHECK_RC(soter_store_migrate(r.where, NULL, NULL), SOTER_E_NOTFOUND);

	check_row("no place at all");
	CHECK_RC(soter_store_open(&store, "", SOTER_STORE_READ_WRITE),
	    SOTER_E_ARGUMENT);
	CHECK_RC(soter_store_open(&store, "mysql://there/db",
		     SOTER_STORE_READ_WRITE),
	    SOTER_E_ARGUMENT);
	CHECK_RC(soter_store_create("mysql://there/db"), SOTER_E_ARGUMENT);
	CHECK_RC(soter_store_open(&store, r.where,
		     (enum soter_store_mode)(SOTER_STORE_READ_WRITE + 1)),
	    SOTER_E_ARGUMENT);

	check_row("made once");
	CHECK_RC(soter_store_create(r.where), SOTER_OK);
	CHECK_RC(soter_store_create(r.where), SOTER_E_EXISTS);

	check_row("opened twice in one process: a directory refuses");
	records_open(&r, SOTER_STORE_READ_WRITE);
	rc = soter_store_open(&store, r.where, SOTER_STORE_READ_ONLY);
	CHECK_RC(rc, records_is_embedded(&r) ? SOTER_E_ARGUMENT : SOTER_OK);
	soter_store_close(&store);
	CHECK(strcmp(soter_store_name(r.store), r.backend) == 0);
	soter_store_close(&store); /* closed already */
}

static void
test_reopen(void)
{
	uint64_t version[2];

	check_row("closed and opened: the same records, the same versions");
	version[0] = records_put(&r, SOTER_KIND_ROOTS, LIT("r"), LIT("root"));
	version[1] = records_put(&r, SOTER_KIND_META, LIT("m"), LIT(""));
	records_open(&r, SOTER_STORE_READ_WRITE);
	CHECK(records_is(&r, SOTER_KIND_ROOTS, LIT("r"), LIT("root")));
	CHECK(records_is(&r, SOTER_KIND_META, LIT("m"), LIT("")));
	CHECK(records_version(&r, SOTER_KIND_ROOTS, LIT("r")) == version[0]);
	CHECK(records_version(&r, SOTER_KIND_META, LIT("m")) == version[1]);
}

/* ---- who may write ------------------------------------------------------- */

static void
check_may(bool roots, bool others)
{
	struct soter_accept x = { .challenge = LIT("no"),
		.counter = LIT("no"),
		.decision = LIT("no") };
	uint8_t bytes[8];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));

	CHECK_RC(records_write(&r, SOTER_PUT, SOTER_KIND_ROOTS, LIT("may"),
		     LIT("x")),
	    roots ? SOTER_OK : SOTER_E_ARGUMENT);
	CHECK_RC(
	    records_write(&r, SOTER_PUT, SOTER_KIND_META, LIT("may"), LIT("x")),
	    others ? SOTER_OK : SOTER_E_ARGUMENT);
	soter_store_accept_many(r.lane, &x, 1, &room, RECORDS_MS);
	CHECK_RC(x.rc, others ? SOTER_E_NOTFOUND : SOTER_E_ARGUMENT);
	CHECK(records_is(&r, SOTER_KIND_ROOTS, LIT("r"), LIT("root")));
}

static void
test_modes(void)
{
	check_row("open for reading: nothing is written");
	records_open(&r, SOTER_STORE_READ_ONLY);
	check_may(false, false);
	CHECK(records_is(&r, SOTER_KIND_META, LIT("may"), RECORDS_NONE));
	check_row("open for writing, the roots for reading");
	records_open(&r, SOTER_STORE_ROOTS_READ_ONLY);
	check_may(false, true);
	CHECK(records_is(&r, SOTER_KIND_ROOTS, LIT("may"), RECORDS_NONE));
	check_row("open for writing");
	records_open(&r, SOTER_STORE_READ_WRITE);
	check_may(true, true);
}

/* ---- other processes ----------------------------------------------------- */

/* A child that does something with the store, as a process of its own. */
static pid_t
start(void (*act)(int out), int *in)
{
	int ends[2];
	pid_t pid;

	records_close(&r);
	if (pipe(ends) != 0)
		abort();
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		close(ends[0]);
		records_open(&r, SOTER_STORE_READ_WRITE);
		act(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	*in = ends[0];
	return (pid);
}

/* Whoever reads it knows that so many are written. */
static void
tell(int out, uint32_t n)
{
	if (write(out, &n, sizeof(n)) != sizeof(n))
		_exit(0);
}

static const enum soter_store_kind kinds[] = { SOTER_KIND_TENANTS,
	SOTER_KIND_ROOTS };

/* Record n twice, in one group; for ever. */
static void
write_pairs(int out)
{
	for (uint32_t n = 0;; n++) {
		char a[30], b[30];
		struct soter_write x[2] = {
			{ .kind = kinds[n % 2], .op = SOTER_PUT_ABSENT },
			{ .kind = kinds[n % 2], .op = SOTER_PUT_ABSENT },
		};

		snprintf(a, sizeof(a), "a %ld %u", (long)getpid(), n);
		snprintf(b, sizeof(b), "b %ld %u", (long)getpid(), n);
		x[0].key = x[0].value = soter_text(a);
		x[1].key = x[1].value = soter_text(b);
		if (soter_store_write(r.lane, x, 2, RECORDS_MS) != SOTER_OK)
			_exit(1);
		tell(out, n + 1);
	}
}

static bool
has_record(char letter, long pid, uint32_t n)
{
	char key[30];

	snprintf(key, sizeof(key), "%c %ld %u", letter, pid, n);
	return (records_is(&r, kinds[n % 2], soter_text(key), soter_text(key)));
}

/* How many were told so far; waits for more than `more`. */
static uint32_t
hear(int in, uint32_t more)
{
	uint32_t n = 0;

	while (n <= more)
		if (read(in, &n, sizeof(n)) != sizeof(n))
			break;
	return (n);
}

static void
test_reader(void)
{
	uint32_t n = 0;
	int in, status;
	pid_t pid;

	check_row("read-only, while another process writes");
	pid = start(write_pairs, &in);
	records_open(&r, SOTER_STORE_READ_ONLY);
	for (int i = 0; i < 100; i++) {
		uint32_t told = hear(in, n);

		if (!CHECK(told > n))
			break;
		n = told;
		CHECK(
		    has_record('a', pid, n - 1) && has_record('b', pid, n - 1));
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status)); /* it had not given up */
	close(in);
}

/* One more, read and compared; a thousand times is enough for both. */
static void
count_up(int out)
{
	for (uint32_t n = 0; n < 100;) {
		uint8_t bytes[2];
		struct soter_writer room = soter_writer(bytes, sizeof(bytes));
		struct soter_write x = { .op = SOTER_PUT_AT,
			.kind = kinds[n % 2],
			.key = LIT("count"),
			.value = soter_span(bytes, 2) };
		enum soter_rc rc;

		rc = soter_store_get(r.lane, x.kind, x.key, &room, &x.at,
		    RECORDS_MS);
		if (++bytes[1] == 0)
			bytes[0]++;
		if (rc == SOTER_OK)
			rc = soter_store_write(r.lane, &x, 1, RECORDS_MS);
		if (rc == SOTER_OK)
			n++;
		else if (rc != SOTER_E_CONFLICT)
			_exit(1);
	}
	tell(out, 1);
}

static void
test_writers(void)
{
	pid_t pid[3];
	int in[3], status;

	check_row("three processes write at once: no change is lost");
	records_open(&r, SOTER_STORE_READ_WRITE);
	for (size_t k = 0; k < SOTER_COUNT(kinds); k++)
		records_put(&r, kinds[k], LIT("count"), LIT("\0\0"));
	for (int i = 0; i < 3; i++)
		pid[i] = start(count_up, &in[i]);
	for (int i = 0; i < 3; i++) {
		CHECK(waitpid(pid[i], &status, 0) == pid[i] && status == 0);
		close(in[i]);
	}
	records_open(&r, SOTER_STORE_READ_WRITE);
	for (size_t k = 0; k < SOTER_COUNT(kinds); k++)
		CHECK(records_is(&r, kinds[k], LIT("count"), LIT("\0\x96")));
}

/* Killed at any moment: what was told is there, and nothing is half there. */
static void
test_killed(void)
{
	int rounds = check_long() ? 200 : 12, in, status;
	uint32_t most = 0;

	check_row("killed while it writes, %d times: what was told is there, "
		  "nothing is half there",
	    rounds);
	for (int i = 0; i < rounds; i++) {
		pid_t pid = start(write_pairs, &in);
		uint32_t n = hear(in, (uint32_t)(i * 7 % 40)), more;

		usleep((useconds_t)(i * 379 % 3000));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		if (!CHECK(WIFSIGNALED(status) && n > 0))
			break;
		while (read(in, &more, sizeof(more)) == sizeof(more))
			n = more;
		close(in);
		records_open(&r, SOTER_STORE_READ_WRITE);
		for (uint32_t k = 0; k < n; k++)
			CHECK(
			    has_record('a', pid, k) && has_record('b', pid, k));
		CHECK(has_record('a', pid, n) == has_record('b', pid, n));
		most = n > most ? n : most;
	}
	printf("# up to %u groups before the kill\n", most);
}

/* ---- schema -------------------------------------------------------------- */

static void
test_newer(void)
{
	struct soter_store *store = NULL;

	records_close(&r);
	records_other(&r, "newer");
	records_create_at(&r, SOTER_STORE_SCHEMA + 1);
	check_row("a newer schema is refused, and not touched");
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE),
	    SOTER_E_SCHEMA);
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_ONLY),
	    SOTER_E_SCHEMA);
	CHECK_RC(soter_store_migrate(r.where, NULL, NULL), SOTER_E_SCHEMA);
	CHECK_RC(soter_store_create(r.where), SOTER_E_EXISTS);
}

static void
test_older(void)
{
	struct soter_store *store = NULL;
	unsigned from = 77, to = 77;

	records_other(&r, "older");
	records_create_at(&r, 1);
	check_row("an older schema asks to be migrated");
	run_sql(records_is_embedded(&r)
		? "INSERT INTO soter_tenants (key, version, value)"
		  " VALUES (x'61', 5, x'62')"
		: "INSERT INTO soter_tenants (key, version, value)"
		  " VALUES ('a', 5, 'b')");
	CHECK_RC(soter_store_open(&store, r.where, SOTER_STORE_READ_WRITE),
	    SOTER_E_SCHEMA_OLDER);
	check_row("migrated: everything is still there, and the new kinds");
	CHECK_RC(soter_store_migrate(r.where, &from, &to), SOTER_OK);
	CHECK(from == 1 && to == SOTER_STORE_SCHEMA);
	records_open(&r, SOTER_STORE_READ_WRITE);
	CHECK(records_is(&r, SOTER_KIND_TENANTS, LIT("a"), LIT("b")));
	CHECK(records_version(&r, SOTER_KIND_TENANTS, LIT("a")) == 5);
	records_put(&r, SOTER_KIND_DECISIONS, LIT("d"), LIT("x"));
	check_row("migrated again: nothing to do");
	records_close(&r);
	CHECK_RC(soter_store_migrate(r.where, &from, &to), SOTER_OK);
	CHECK(from == SOTER_STORE_SCHEMA && to == SOTER_STORE_SCHEMA);
}

int
main(int argc, char **argv)
{
	(void)argc;
	if (!records_new(&r, argv[1]))
		return (check_done());
	test_open();
	test_reopen();
	test_modes();
	test_reader();
	test_writers();
	test_killed();
	test_newer();
	test_older();
	records_end(&r);
	return (check_done());
}
