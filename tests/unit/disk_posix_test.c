/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real disk and the model behave alike; and what the real one is asked for
 * reaches the kernel, in this order, with its errors passed on: the linker puts
 * the functions below between it and the C library.
 */
#include <errno.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/diskmodel.h"
#include "tests/folder.h"
#include "teehost/store.h"

/* What was called: "write NAME", "sync NAME", "syncdir", "remove NAME". */
static struct {
	char text[4000];
	int error; /* the next of `what` fails with it */
	const char *what;
	size_t most; /* bytes that one write takes; 0: all */
	int interrupts;
} trace;

static void
note(const char *what, const char *name)
{
	size_t n = strlen(trace.text);

	snprintf(trace.text + n, sizeof(trace.text) - n, "%s%s%s%s",
	    n > 0 ? ", " : "", what, name[0] != '\0' ? " " : "", name);
}

static void
note_fd(const char *what, int fd)
{
	char link[60], path[400];
	const char *name;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	name = strrchr(path, '/');
	name = name == NULL ? path : name + 1;
	note(what, strlen(name) == 32 ? "OBJECT" : name);
}

static bool
must_fail(const char *what)
{
	if (trace.interrupts > 0) {
		trace.interrupts--;
		errno = EINTR;
		return (true);
	}
	if (trace.what == NULL || strcmp(trace.what, what) != 0)
		return (false);
	trace.what = NULL;
	errno = trace.error;
	return (true);
}

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
ssize_t __real_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at);
int __real_unlinkat(int fd, const char *name, int flags);
int __wrap_unlinkat(int fd, const char *name, int flags);

int
__wrap_fdatasync(int fd)
{
	if (must_fail("sync"))
		return (-1);
	note_fd("sync", fd);
	return (__real_fdatasync(fd));
}

int
__wrap_fsync(int fd)
{
	if (must_fail("syncdir"))
		return (-1);
	note_fd("syncdir", fd);
	return (__real_fsync(fd));
}

ssize_t
__wrap_pwrite64(int fd, const void *p, size_t n, off_t at)
{
	if (must_fail("write"))
		return (-1);
	if (trace.most > 0 && n > trace.most)
		n = trace.most;
	note_fd("write", fd);
	return (__real_pwrite64(fd, p, n, at));
}

int
__wrap_unlinkat(int fd, const char *name, int flags)
{
	if (must_fail("remove"))
		return (-1);
	note("remove", strlen(name) == 32 ? "OBJECT" : name);
	return (__real_unlinkat(fd, name, flags));
}

static void
trace_new(void)
{
	memset(&trace, 0, sizeof(trace));
}

/* Both alike. */

static void
check_file(struct teehost_disk *disk, const char *name, struct soter_span want)
{
	uint8_t *bytes = NULL;
	size_t n = 0;

	if (!CHECK_RC(disk->ops->read(disk, name, want.n, &bytes, &n),
		SOTER_OK))
		return;
	CHECK(soter_span_equal(soter_span(bytes, n), want));
	free(bytes);
}

static size_t
count(struct teehost_disk *disk)
{
	char name[TEEHOST_FILE_NAME_MAX + 1];
	size_t n = 0;

	while (disk->ops->list(disk, n, name) == SOTER_OK)
		n++;
	return (n);
}

static void
test_conformance(struct teehost_disk *disk)
{
	const struct teehost_disk_ops *ops = disk->ops;
	char name[TEEHOST_FILE_NAME_MAX + 1], again[TEEHOST_FILE_NAME_MAX + 1];
	uint8_t *bytes = (uint8_t *)1;
	size_t n = 77;

	check_row("%s: a file that is not there", ops->name);
	CHECK_RC(ops->read(disk, "a", 10, &bytes, &n), SOTER_E_NOTFOUND);
	CHECK(bytes == (uint8_t *)1 && n == 77);
	CHECK_RC(ops->write(disk, "a", false, 0, SOTER_SPAN("x")),
	    SOTER_E_NOTFOUND);
	CHECK_RC(ops->sync(disk, "a"), SOTER_E_NOTFOUND);
	CHECK_RC(ops->remove(disk, "a"), SOTER_E_NOTFOUND);
	CHECK_RC(ops->check_private(disk, "a"), SOTER_E_NOTFOUND);
	CHECK_RC(ops->list(disk, 0, name), SOTER_E_NOTFOUND);

	check_row("%s: made, written in place, stretched, begun anew",
	    ops->name);
	CHECK_RC(ops->write(disk, "a", true, 0, soter_span(NULL, 0)), SOTER_OK);
	check_file(disk, "a", soter_span(NULL, 0));
	CHECK_RC(ops->write(disk, "a", false, 0, SOTER_SPAN("0123456789")),
	    SOTER_OK);
	CHECK_RC(ops->write(disk, "a", false, 4, SOTER_SPAN("xy")), SOTER_OK);
	check_file(disk, "a", SOTER_SPAN("0123xy6789"));
	CHECK_RC(ops->write(disk, "a", false, 12, SOTER_SPAN("z")), SOTER_OK);
	check_file(disk, "a", SOTER_SPAN("0123xy6789\0\0z"));
	CHECK_RC(ops->sync(disk, "a"), SOTER_OK);
	CHECK_RC(ops->sync_dir(disk), SOTER_OK);
	check_file(disk, "a", SOTER_SPAN("0123xy6789\0\0z"));
	CHECK_RC(ops->write(disk, "a", true, 0, SOTER_SPAN("new")), SOTER_OK);
	check_file(disk, "a", SOTER_SPAN("new"));
	CHECK_RC(ops->check_private(disk, "a"), SOTER_OK);

	check_row("%s: longer than the reader will have it", ops->name);
	CHECK_RC(ops->read(disk, "a", 2, &bytes, &n), SOTER_E_LIMIT);
	CHECK(bytes == (uint8_t *)1 && n == 77);

	check_row("%s: between two files", ops->name);
	CHECK_RC(ops->write(disk, "b", true, 0, SOTER_SPAN("bbb")), SOTER_OK);
	CHECK_RC(ops->write(disk, "a", false, 1, SOTER_SPAN("E")), SOTER_OK);
	CHECK_RC(ops->write(disk, "b", false, 1, SOTER_SPAN("B")), SOTER_OK);
	CHECK_RC(ops->sync(disk, "a"), SOTER_OK);
	CHECK_RC(ops->sync(disk, "b"), SOTER_OK);
	check_file(disk, "a", SOTER_SPAN("nEw"));
	check_file(disk, "b", SOTER_SPAN("bBb"));

	check_row("%s: the list", ops->name);
	CHECK(count(disk) == 2);
	CHECK_RC(ops->list(disk, 1, name), SOTER_OK);
	CHECK_RC(ops->list(disk, 0, again), SOTER_OK);
	CHECK(strcmp(name, again) != 0);
	CHECK_RC(ops->list(disk, 1, again), SOTER_OK);
	CHECK(strcmp(name, again) == 0);
	CHECK_RC(ops->list(disk, 2, again), SOTER_E_NOTFOUND);
	CHECK_RC(ops->remove(disk, "a"), SOTER_OK);
	CHECK(count(disk) == 1);
	CHECK_RC(ops->list(disk, 0, name), SOTER_OK);
	CHECK(strcmp(name, "b") == 0);
	CHECK_RC(ops->write(disk, "b", false, 1, SOTER_SPAN("B")), SOTER_OK);
	CHECK_RC(ops->remove(disk, "b"), SOTER_OK);
	CHECK_RC(ops->write(disk, "b", false, 0, SOTER_SPAN("x")),
	    SOTER_E_NOTFOUND);
	CHECK(count(disk) == 0);

	check_row("%s: many files", ops->name);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		CHECK_RC(ops->write(disk, name, true, 0, SOTER_SPAN("x")),
		    SOTER_OK);
	}
	CHECK(count(disk) == 1000);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		CHECK_RC(ops->remove(disk, name), SOTER_OK);
	}
	CHECK(count(disk) == 0);
}

/* The real one alone. */

static void
test_errors(struct teehost_disk *disk)
{
	static const struct {
		const char *what;
		int error;
		enum soter_rc want;
	} rows[] = {
		{ "write", ENOSPC, SOTER_E_FULL },
		{ "write", EDQUOT, SOTER_E_FULL },
		{ "write", EIO, SOTER_E_STORAGE },
		{ "sync", EIO, SOTER_E_STORAGE },
		{ "sync", ENOSPC, SOTER_E_FULL },
		{ "sync", EROFS, SOTER_E_STORAGE },
		{ "syncdir", EIO, SOTER_E_STORAGE },
		{ "remove", EROFS, SOTER_E_STORAGE },
		{ "remove", EACCES, SOTER_E_STORAGE },
	};
	const struct teehost_disk_ops *ops = disk->ops;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		enum soter_rc rc = SOTER_OK;

		check_row("%s says %s", rows[i].what, strerror(rows[i].error));
		trace_new();
		CHECK_RC(ops->write(disk, "a", true, 0, SOTER_SPAN("x")),
		    SOTER_OK);
		trace.what = rows[i].what;
		trace.error = rows[i].error;
		if (strcmp(rows[i].what, "write") == 0)
			rc = ops->write(disk, "a", false, 0, SOTER_SPAN("y"));
		else if (strcmp(rows[i].what, "sync") == 0)
			rc = ops->sync(disk, "a");
		else if (strcmp(rows[i].what, "syncdir") == 0)
			rc = ops->sync_dir(disk);
		else
			rc = ops->remove(disk, "a");
		CHECK_RC(rc, rows[i].want);
		CHECK(trace.what == NULL);
	}
	check_row("interrupted, and taken in small pieces");
	trace_new();
	trace.interrupts = 3;
	trace.most = 4;
	CHECK_RC(ops->write(disk, "a", true, 0, SOTER_SPAN("0123456789")),
	    SOTER_OK);
	trace.interrupts = 2;
	CHECK_RC(ops->sync(disk, "a"), SOTER_OK);
	trace.interrupts = 2;
	CHECK_RC(ops->sync_dir(disk), SOTER_OK);
	CHECK(strcmp(trace.text,
		  "write a, write a, write a, sync a, syncdir disk") == 0);
	check_file(disk, "a", SOTER_SPAN("0123456789"));
	trace_new();
	CHECK_RC(ops->remove(disk, "a"), SOTER_OK);
}

/* Things that are no files, put where a file should be. */
static void
test_strange(struct teehost_disk *disk, const struct folder *f)
{
	const struct teehost_disk_ops *ops = disk->ops;
	char long_name[80], path[200], name[TEEHOST_FILE_NAME_MAX + 1];
	uint8_t *bytes = NULL;
	size_t n;

	check_row("a link, a pipe, a folder");
	snprintf(path, sizeof(path), "%s/disk/link", f->path);
	CHECK(symlink("/etc/passwd", path) == 0);
	snprintf(path, sizeof(path), "%s/disk/pipe", f->path);
	CHECK(mkfifo(path, 0600) == 0);
	snprintf(path, sizeof(path), "%s/disk/folder", f->path);
	CHECK(mkdir(path, 0700) == 0);
	for (int i = 0; i < 3; i++) {
		const char *strange = i == 0 ? "link"
		    : i == 1		     ? "pipe"
					     : "folder";

		CHECK_RC(ops->read(disk, strange, 100000, &bytes, &n),
		    SOTER_E_STORAGE);
		CHECK_RC(ops->write(disk, strange, false, 0, SOTER_SPAN("x")),
		    SOTER_E_STORAGE);
		CHECK_RC(ops->write(disk, strange, true, 0, SOTER_SPAN("x")),
		    SOTER_E_STORAGE);
		CHECK_RC(ops->sync(disk, strange), SOTER_E_STORAGE);
		CHECK_RC(ops->check_private(disk, strange), SOTER_E_STORAGE);
	}
	CHECK_RC(ops->remove(disk, "link"), SOTER_OK);
	CHECK_RC(ops->remove(disk, "pipe"), SOTER_OK);
	CHECK_RC(ops->remove(disk, "folder"), SOTER_E_STORAGE);
	CHECK(rmdir(path) == 0);

	check_row("a name that is longer than any of ours");
	memset(long_name, 'n', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	CHECK_RC(ops->write(disk, long_name, true, 0, SOTER_SPAN("x")),
	    SOTER_E_STORAGE);
	snprintf(path, sizeof(path), "%s/disk/%s", f->path, long_name);
	CHECK(mkdir(path, 0700) == 0);
	CHECK_RC(ops->list(disk, 0, name), SOTER_E_NOTFOUND);
	CHECK(rmdir(path) == 0);
}

/* The lock: of one, and free when its holder is gone, if only after a while. */
static void
test_lock(const struct folder *f)
{
	struct teehost_disk *a = NULL, *b = NULL;
	int started[2];
	pid_t holder;
	char byte;

	check_row("one has the lock, until it closes or dies");
	CHECK_RC(teehost_disk_posix(&a, folder_open(f, "locked")), SOTER_OK);
	CHECK_RC(teehost_disk_posix(&b, folder_open(f, "locked")), SOTER_OK);
	CHECK_RC(a->ops->lock(a), SOTER_OK);
	CHECK_RC(a->ops->lock(a), SOTER_OK);
	CHECK_RC(b->ops->lock(b), SOTER_E_STORAGE);
	a->ops->close(&a);
	CHECK_RC(b->ops->lock(b), SOTER_OK);
	b->ops->close(&b);

	check_row("a lock whose holder is still dying is waited for");
	CHECK(pipe(started) == 0);
	holder = fork();
	if (holder == 0) {
		const struct timespec pause = { .tv_nsec = 200 * 1000000L };

		if (teehost_disk_posix(&a, folder_open(f, "locked")) !=
			SOTER_OK ||
		    a->ops->lock(a) != SOTER_OK ||
		    write(started[1], "x", 1) != 1)
			_exit(1);
		nanosleep(&pause, NULL);
		_exit(0);
	}
	CHECK(read(started[0], &byte, 1) == 1);
	CHECK_RC(teehost_disk_posix(&b, folder_open(f, "locked")), SOTER_OK);
	CHECK_RC(b->ops->lock(b), SOTER_OK);
	CHECK(waitpid(holder, NULL, 0) == holder);
	b->ops->close(&b);
	close(started[0]);
	close(started[1]);
}

/* What a change of a storage asks the kernel for, in which order. */
static void
test_order(const struct folder *f)
{
	static const uint8_t key[TEEHOST_KEY_LEN] = { 1 };
	struct teehost_anchor *anchor = NULL;
	struct teehost_store *store = NULL;
	struct teehost_disk *disk = NULL;

	CHECK_RC(teehost_disk_posix(&disk, folder_open(f, "store")), SOTER_OK);
	CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
	CHECK_RC(teehost_store_open(&store, disk, anchor, key), SOTER_OK);

	check_row("the first change makes both slots and the anchor");
	trace_new();
	CHECK_RC(
	    teehost_store_put(store, SOTER_SPAN("a"), SOTER_SPAN("x"), false),
	    SOTER_OK);
	CHECK(strcmp(trace.text,
		  "write index.0, write index.1, write index.0, "
		  "sync index.0, syncdir store, "
		  "write anchor, write anchor, sync anchor, syncdir store, "
		  "write OBJECT, sync OBJECT, syncdir store, "
		  "write index.1, sync index.1, "
		  "write anchor, sync anchor") == 0);

	check_row("object, folder, index, anchor; the old file last");
	trace_new();
	CHECK_RC(
	    teehost_store_put(store, SOTER_SPAN("a"), SOTER_SPAN("y"), true),
	    SOTER_OK);
	CHECK(strcmp(trace.text,
		  "write OBJECT, sync OBJECT, syncdir store, "
		  "write index.0, sync index.0, "
		  "write anchor, sync anchor, remove OBJECT") == 0);

	check_row("a removal writes in place alone");
	trace_new();
	CHECK_RC(teehost_store_remove(store, SOTER_SPAN("a")), SOTER_OK);
	CHECK(strcmp(trace.text,
		  "write index.1, sync index.1, "
		  "write anchor, sync anchor, remove OBJECT") == 0);

	check_row("a sync that fails reaches the caller");
	for (int i = 0; i < 2; i++) {
		trace_new();
		trace.what = i == 0 ? "sync" : "syncdir";
		trace.error = EIO;
		CHECK_RC(teehost_store_put(store, SOTER_SPAN("b"),
			     SOTER_SPAN("y"), true),
		    SOTER_E_STORAGE);
	}
	teehost_store_close(&store);
	anchor->ops->close(&anchor);
	disk->ops->close(&disk);
	CHECK(disk == NULL);
}

int
main(void)
{
	struct diskmodel *m = diskmodel_new(NULL);
	struct teehost_disk *disk = NULL;
	struct folder folder;

	folder_new(&folder);
	test_conformance(diskmodel_disk(m));
	diskmodel_free(&m);
	check_row("posix: opened");
	CHECK_RC(teehost_disk_posix(&disk, folder_open(&folder, "disk")),
	    SOTER_OK);
	test_conformance(disk);
	test_errors(disk);
	test_strange(disk, &folder);
	disk->ops->close(&disk);
	test_lock(&folder);
	test_order(&folder);
	folder_remove(folder.path);
	return (check_done());
}
