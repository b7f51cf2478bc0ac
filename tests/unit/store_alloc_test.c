/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each allocation of opening and of each change fails once, ours and OpenSSL's:
 * an error, nothing lost, nothing leaked, and the same call works afterwards.
 */
#include <openssl/crypto.h>

#include "tests/check.h"
#include "tests/storerig.h"

/* The linker puts these between us and the C library. */
static struct {
	bool is_armed;	  /* only our code's, not the model's */
	uint64_t fail_in; /* 0: never */
} heap;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool
must_fail(void)
{
	return (heap.is_armed && heap.fail_in > 0 && --heap.fail_in == 0);
}

void *
__wrap_malloc(size_t n)
{
	return (must_fail() ? NULL : __real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return (must_fail() ? NULL : __real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t n)
{
	return (must_fail() ? NULL : __real_realloc(p, n));
}

static void *
openssl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return (__wrap_malloc(n));
}

static void *
openssl_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return (__wrap_realloc(p, n));
}

static void
openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* The model's disk and anchor, whose own memory never fails. */
struct calm {
	struct teehost_disk disk;
	struct teehost_anchor anchor;
	struct diskmodel *m;
};

static struct calm calm;

#define CALM(call)                        \
	do {                              \
		bool was = heap.is_armed; \
		enum soter_rc calm_rc;    \
                                          \
		heap.is_armed = false;    \
		calm_rc = (call);         \
		heap.is_armed = was;      \
		return (calm_rc);         \
	} while (0)

static enum soter_rc
calm_read(struct teehost_disk *disk, const char *file, size_t max,
    uint8_t **out, size_t *n)
{
	struct teehost_disk *real = diskmodel_disk(calm.m);

	(void)disk;
	CALM(real->ops->read(real, file, max, out, n));
}

static enum soter_rc
calm_write(struct teehost_disk *disk, const char *file, bool create,
    uint64_t offset, struct soter_span bytes)
{
	struct teehost_disk *real = diskmodel_disk(calm.m);

	(void)disk;
	CALM(real->ops->write(real, file, create, offset, bytes));
}

static enum soter_rc
calm_sync(struct teehost_disk *disk, const char *file)
{
	struct teehost_disk *real = diskmodel_disk(calm.m);

	(void)disk;
	CALM(real->ops->sync(real, file));
}

static enum soter_rc
calm_sync_dir(struct teehost_disk *disk)
{
	struct teehost_disk *real = diskmodel_disk(calm.m);

	(void)disk;
	CALM(real->ops->sync_dir(real));
}

static enum soter_rc
calm_remove(struct teehost_disk *disk, const char *file)
{
	struct teehost_disk *real = diskmodel_disk(calm.m);

	(void)disk;
	CALM(real->ops->remove(real, file));
}

static enum soter_rc
calm_list(struct teehost_disk *disk, size_t i,
    char name[TEEHOST_FILE_NAME_MAX + 1])
{
	struct teehost_disk *real = diskmodel_disk(calm.m);

	(void)disk;
	CALM(real->ops->list(real, i, name));
}

static enum soter_rc
calm_lock(struct teehost_disk *disk)
{
	(void)disk;
	return (SOTER_OK);
}

static enum soter_rc
calm_anchor_read(struct teehost_anchor *anchor,
    uint8_t value[TEEHOST_ANCHOR_LEN])
{
	struct teehost_anchor *real = diskmodel_anchor(calm.m);

	(void)anchor;
	CALM(real->ops->read(real, value));
}

static enum soter_rc
calm_anchor_extend(struct teehost_anchor *anchor,
    const uint8_t digest[TEEHOST_ANCHOR_LEN])
{
	struct teehost_anchor *real = diskmodel_anchor(calm.m);

	(void)anchor;
	CALM(real->ops->extend(real, digest));
}

static const struct teehost_disk_ops calm_disk_ops = {
	.name = "calm",
	.read = calm_read,
	.write = calm_write,
	.sync = calm_sync,
	.sync_dir = calm_sync_dir,
	.remove = calm_remove,
	.list = calm_list,
	.lock = calm_lock,
};

static const struct teehost_anchor_ops calm_anchor_ops = {
	.name = "calm",
	.read = calm_anchor_read,
	.extend = calm_anchor_extend,
};

/* What may fail: one of these at a time. */

static enum soter_rc
do_open(struct rig *rig)
{
	return (teehost_store_open(&rig->store, &calm.disk, &calm.anchor,
	    rig->key));
}

static enum soter_rc
do_first(struct rig *rig)
{
	return (rig_put(rig, "a", "first"));
}

static enum soter_rc
do_over(struct rig *rig)
{
	return (rig_put(rig, "a", "over"));
}

static enum soter_rc
do_get(struct rig *rig)
{
	return (rig_get(rig, "a", "over"));
}

static enum soter_rc
do_rename(struct rig *rig)
{
	return (teehost_store_rename(rig->store, rig_text("a"), rig_text("b")));
}

static enum soter_rc
do_remove(struct rig *rig)
{
	return (rig_remove(rig, "b"));
}

/* From what state, which call, and what is there as long as it fails. */
static const struct {
	const char *what;
	enum soter_rc (*run)(struct rig *rig);
	const char *id, *text;
	size_t files;
} steps[] = {
	{ "the first opening", do_open, NULL, NULL, 0 },
	{ "the first put", do_first, NULL, NULL, 2 },
	{ "writing over", do_over, "a", "first", 3 },
	{ "get", do_get, "a", "over", 3 },
	{ "opening", do_open, "a", "over", 3 },
	{ "rename", do_rename, "a", "over", 3 },
	{ "remove", do_remove, "b", "over", 3 },
};

/* A process on a copy of the base; not open yet. */
static void
begin(struct rig *rig, const struct diskmodel *base)
{
	rig_new(rig, false);
	diskmodel_free(&rig->m);
	rig->m = diskmodel_copy(base, NULL);
	calm.m = rig->m;
}

/* The n-th allocation fails.  false: there are not so many. */
static bool
fail_once(const struct diskmodel *base, size_t step, uint64_t n)
{
	enum soter_rc rc;
	struct rig rig;
	bool was_met;

	begin(&rig, base);
	if (steps[step].run != do_open)
		CHECK_RC(do_open(&rig), SOTER_OK);
	heap.fail_in = n;
	heap.is_armed = true;
	rc = steps[step].run(&rig);
	heap.is_armed = false;
	was_met = heap.fail_in == 0;
	heap.fail_in = 0;
	/* OpenSSL can do without some. */
	if (rc != SOTER_OK) {
		CHECK(rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE);
		if (steps[step].run == do_open)
			CHECK(rig.store == NULL);
		if (steps[step].id != NULL && rig.store != NULL)
			CHECK_RC(
			    rig_get(&rig, steps[step].id, steps[step].text),
			    SOTER_OK);
		CHECK(diskmodel_count(calm.m) <= steps[step].files);
		CHECK_RC(steps[step].run(&rig), SOTER_OK);
	}
	teehost_store_close(&rig.store);
	rig_free(&rig);
	return (was_met);
}

/* The state that the next step begins with. */
static void
advance(struct diskmodel **base, size_t step)
{
	struct rig rig;

	begin(&rig, *base);
	if (steps[step].run != do_open)
		CHECK_RC(do_open(&rig), SOTER_OK);
	CHECK_RC(steps[step].run(&rig), SOTER_OK);
	teehost_store_close(&rig.store);
	diskmodel_free(base);
	*base = rig.m;
	rig.m = NULL;
	rig_free(&rig);
}

int
main(void)
{
	struct diskmodel *base = diskmodel_new(NULL);
	struct rig warm;

	if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc,
		openssl_free) != 1)
		return (1);
	/* What the library makes once and keeps. */
	check_row("warm");
	rig_new(&warm, true);
	CHECK_RC(rig_open(&warm), SOTER_OK);
	CHECK_RC(rig_put(&warm, "a", "x"), SOTER_OK);
	CHECK_RC(rig_get(&warm, "a", "x"), SOTER_OK);
	rig_free(&warm);

	calm.disk.ops = &calm_disk_ops;
	calm.anchor.ops = &calm_anchor_ops;
	for (size_t i = 0; i < SOTER_COUNT(steps); i++) {
		uint64_t n = 1;

		check_row("every allocation of %s", steps[i].what);
		while (fail_once(base, i, n))
			n++;
		CHECK(n > 5);
		printf("# %u allocations\n", (unsigned)n - 1);
		advance(&base, i);
	}
	diskmodel_free(&base);
	return (check_done());
}
