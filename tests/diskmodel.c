/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "tests/diskfile.h"

#define BLOCK	  4096 /* what a file's length takes away from the disk */
#define FILES_MAX 9000

struct diskmodel {
	struct teehost_disk disk;
	struct teehost_anchor anchor;
	uint8_t anchor_value[TEEHOST_ANCHOR_LEN];
	struct diskmodel_power *power, own_power;
	struct diskmodel_faults faults;
	uint64_t clock;
	bool is_dir_changed;

	struct diskfile *files; /* never reused before a restart */
	size_t files_n, files_cap;
	struct diskfile_names seen, durable; /* sorted */
	struct diskfile_names pending;	     /* oldest first */
};

static struct diskmodel *
model_of_disk(struct teehost_disk *disk)
{
	return ((struct diskmodel *)disk);
}

static struct diskmodel *
model_of_anchor(struct teehost_anchor *anchor)
{
	return ((struct diskmodel *)(void *)((uint8_t *)anchor -
	    offsetof(struct diskmodel, anchor)));
}

/* Names. */

static struct diskfile *
seen_file(const struct diskmodel *m, const char *name)
{
	bool found;
	size_t at = diskfile_names_find(&m->seen, name, &found);

	return (found ? &m->files[m->seen.fates[at].file] : NULL);
}

static void
set_fate(struct diskmodel *m, const char *name, int f)
{
	struct diskfile_fate fate = { .when = m->clock, .file = f };

	if (strlen(name) > TEEHOST_FILE_NAME_MAX || m->seen.n >= FILES_MAX)
		abort();
	strcpy(fate.name, name);
	diskfile_names_apply(&m->seen, &fate);
	diskfile_names_append(&m->pending, &fate);
	m->is_dir_changed = true;
}

static struct diskfile *
make_file(struct diskmodel *m, const char *name)
{
	m->files = diskfile_grow(m->files, m->files_n, &m->files_cap,
	    sizeof(*m->files));
	m->files[m->files_n] = (struct diskfile){ .pieces = NULL };
	set_fate(m, name, (int)m->files_n);
	return (&m->files[m->files_n++]);
}

enum begun {
	RUNS,
	IS_CUT, /* the power goes while it runs */
	IS_OFF
};

/* One operation begins. */
static enum begun
begin(struct diskmodel *m)
{
	struct diskmodel_power *power = m->power;

	m->clock++;
	if (power->is_off)
		return (IS_OFF);
	power->is_off = ++power->done == power->cut_at;
	return (power->is_off ? IS_CUT : RUNS);
}

static bool
fails_now(struct diskmodel *m)
{
	return (m->faults.fail_in > 0 && --m->faults.fail_in == 0);
}

/* Writing. */

static uint64_t
blocks(size_t size)
{
	return ((uint64_t)(size + BLOCK - 1) / BLOCK * BLOCK);
}

/* How many bytes have room, written at this place? */
static size_t
room(const struct diskmodel *m, const struct diskfile *f, size_t at, size_t n)
{
	uint64_t have = blocks(f->seen.size);

	while (n > 0 && blocks(at + n) > have &&
	    blocks(at + n) - have > m->faults.free_bytes)
		n = n > DISKFILE_SECTOR ? n - DISKFILE_SECTOR : 0;
	return (n);
}

/* Blocks come or go. */
static void
account(struct diskmodel *m, uint64_t before, uint64_t now)
{
	if (m->faults.free_bytes != UINT64_MAX)
		m->faults.free_bytes += before - now;
}

static void
empty_file(struct diskmodel *m, struct diskfile *f)
{
	account(m, blocks(f->seen.size), 0);
	diskfile_empty(f, m->clock);
}

static enum soter_rc
disk_write(struct teehost_disk *disk, const char *file, bool create,
    uint64_t offset, struct soter_span bytes)
{
	struct diskmodel *m = model_of_disk(disk);
	struct diskfile *f = seen_file(m, file);
	enum begun begun = begin(m);
	enum soter_rc rc = begun == RUNS ? SOTER_OK : SOTER_E_STORAGE;
	uint64_t before;
	size_t n = bytes.n;

	if (begun == IS_OFF || m->faults.is_read_only)
		return (SOTER_E_STORAGE);
	if (f == NULL && !create)
		return (SOTER_E_NOTFOUND);
	if (f == NULL)
		f = make_file(m, file);
	if (create)
		empty_file(m, f);
	if (fails_now(m)) {
		n /= 2;
		rc = SOTER_E_STORAGE;
	}
	n = room(m, f, (size_t)offset, n);
	if (n < bytes.n && rc == SOTER_OK)
		rc = SOTER_E_FULL;
	before = blocks(f->seen.size);
	diskfile_write(f, m->clock, (size_t)offset, soter_span(bytes.p, n));
	account(m, before, blocks(f->seen.size));
	return (rc);
}

static enum soter_rc
disk_remove(struct teehost_disk *disk, const char *file)
{
	struct diskmodel *m = model_of_disk(disk);
	struct diskfile *f = seen_file(m, file);
	enum begun begun = begin(m);

	if (begun == IS_OFF || m->faults.is_read_only)
		return (SOTER_E_STORAGE);
	if (f == NULL)
		return (SOTER_E_NOTFOUND);
	if (fails_now(m))
		return (SOTER_E_STORAGE);
	account(m, blocks(f->seen.size), 0);
	set_fate(m, file, -1);
	return (begun == RUNS ? SOTER_OK : SOTER_E_STORAGE);
}

/* Syncing. */

static const struct {
	const char *prefix;
	enum diskmodel_sync file, file_found, dir;
} kinds[] = {
	{ "index.", DISKMODEL_SYNC_INDEX, DISKMODEL_SYNC_OTHER,
	    DISKMODEL_SYNC_INDEX_DIR },
	{ "anchor", DISKMODEL_SYNC_ANCHOR, DISKMODEL_SYNC_ANCHOR_FOUND,
	    DISKMODEL_SYNC_ANCHOR_DIR },
	{ "device.", DISKMODEL_SYNC_KEY, DISKMODEL_SYNC_KEY_FOUND,
	    DISKMODEL_SYNC_KEY_DIR },
	{ "", DISKMODEL_SYNC_OBJECT, DISKMODEL_SYNC_OTHER,
	    DISKMODEL_SYNC_OBJECT_DIR },
};

static size_t
kind_of(const char *name)
{
	size_t i = 0;

	while (strncmp(name, kinds[i].prefix, strlen(kinds[i].prefix)) != 0)
		i++;
	return (i);
}

/* By what was made last, if this process made anything. */
static enum diskmodel_sync
dir_sync_kind(const struct diskmodel *m)
{
	if (!m->is_dir_changed)
		return (DISKMODEL_SYNC_DIR_FOUND);
	for (size_t i = m->pending.n; i-- > 0;)
		if (m->pending.fates[i].file >= 0)
			return (kinds[kind_of(m->pending.fates[i].name)].dir);
	return (DISKMODEL_SYNC_OTHER);
}

static bool
is_ignored(struct diskmodel *m, enum diskmodel_sync kind)
{
	if (m->faults.ignored != kind || kind == DISKMODEL_SYNC_NONE)
		return (false);
	m->faults.ignored_n++;
	return (true);
}

static enum soter_rc
disk_sync(struct teehost_disk *disk, const char *file)
{
	struct diskmodel *m = model_of_disk(disk);
	struct diskfile *f = seen_file(m, file);
	size_t kind = kind_of(file);

	if (begin(m) != RUNS)
		return (SOTER_E_STORAGE);
	if (f == NULL)
		return (SOTER_E_NOTFOUND);
	if (fails_now(m)) {
		diskfile_lose(f);
		return (SOTER_E_STORAGE);
	}
	if (!is_ignored(m,
		f->is_changed ? kinds[kind].file : kinds[kind].file_found))
		diskfile_sync(f);
	return (SOTER_OK);
}

static enum soter_rc
disk_sync_dir(struct teehost_disk *disk)
{
	struct diskmodel *m = model_of_disk(disk);

	if (begin(m) != RUNS || fails_now(m))
		return (SOTER_E_STORAGE);
	if (is_ignored(m, dir_sync_kind(m)))
		return (SOTER_OK);
	for (size_t i = 0; i < m->pending.n; i++)
		diskfile_names_apply(&m->durable, &m->pending.fates[i]);
	m->pending.n = 0;
	return (SOTER_OK);
}

/* Reading. */

static enum soter_rc
disk_read(struct teehost_disk *disk, const char *file, size_t max,
    uint8_t **out, size_t *n)
{
	struct diskmodel *m = model_of_disk(disk);
	const struct diskfile *f = seen_file(m, file);
	uint8_t *bytes;

	if (m->power->is_off)
		return (SOTER_E_STORAGE);
	if (f == NULL)
		return (SOTER_E_NOTFOUND);
	if (f->seen.size > max)
		return (SOTER_E_LIMIT);
	bytes = malloc(f->seen.size > 0 ? f->seen.size : 1);
	if (bytes == NULL)
		return (SOTER_E_NOMEM);
	soter_copy(bytes, f->seen.p, f->seen.size);
	*out = bytes;
	*n = f->seen.size;
	return (SOTER_OK);
}

static enum soter_rc
disk_list(struct teehost_disk *disk, size_t i,
    char name[TEEHOST_FILE_NAME_MAX + 1])
{
	const struct diskmodel *m = model_of_disk(disk);

	if (m->power->is_off)
		return (SOTER_E_STORAGE);
	if (i >= m->seen.n)
		return (SOTER_E_NOTFOUND);
	strcpy(name, m->seen.fates[i].name);
	return (SOTER_OK);
}

static enum soter_rc
disk_lock(struct teehost_disk *disk)
{
	const struct diskmodel *m = model_of_disk(disk);

	if (m->power->is_off || m->faults.is_locked)
		return (SOTER_E_STORAGE);
	return (SOTER_OK);
}

static enum soter_rc
disk_check_private(struct teehost_disk *disk, const char *file)
{
	if (seen_file(model_of_disk(disk), file) == NULL)
		return (SOTER_E_NOTFOUND);
	return (SOTER_OK);
}

/* The process is gone. */
static void
forget_process(struct diskmodel *m)
{
	m->is_dir_changed = false;
	for (size_t i = 0; i < m->files_n; i++)
		m->files[i].is_changed = false;
}

static void
disk_close(struct teehost_disk **disk)
{
	if (*disk != NULL)
		forget_process(model_of_disk(*disk));
	*disk = NULL;
}

static const struct teehost_disk_ops disk_ops = {
	.name = "model",
	.read = disk_read,
	.write = disk_write,
	.sync = disk_sync,
	.sync_dir = disk_sync_dir,
	.remove = disk_remove,
	.list = disk_list,
	.lock = disk_lock,
	.check_private = disk_check_private,
	.close = disk_close,
};

/* The anchor. */

static enum soter_rc
anchor_read(struct teehost_anchor *anchor, uint8_t value[TEEHOST_ANCHOR_LEN])
{
	const struct diskmodel *m = model_of_anchor(anchor);

	if (m->power->is_off)
		return (SOTER_E_STORAGE);
	memcpy(value, m->anchor_value, TEEHOST_ANCHOR_LEN);
	return (SOTER_OK);
}

static enum soter_rc
anchor_extend(struct teehost_anchor *anchor,
    const uint8_t digest[TEEHOST_ANCHOR_LEN])
{
	struct diskmodel *m = model_of_anchor(anchor);
	uint8_t both[2 * TEEHOST_ANCHOR_LEN];

	if (begin(m) != RUNS || fails_now(m))
		return (SOTER_E_STORAGE);
	memcpy(both, m->anchor_value, TEEHOST_ANCHOR_LEN);
	memcpy(both + TEEHOST_ANCHOR_LEN, digest, TEEHOST_ANCHOR_LEN);
	if (soter_sha256(m->anchor_value, soter_span(both, sizeof(both))) !=
	    SOTER_OK)
		abort();
	if (begin(m) != RUNS || fails_now(m))
		return (SOTER_E_STORAGE);
	return (SOTER_OK);
}

static void
anchor_close(struct teehost_anchor **anchor)
{
	*anchor = NULL;
}

static const struct teehost_anchor_ops anchor_ops = {
	.name = "model",
	.protection = 1000,
	.read = anchor_read,
	.extend = anchor_extend,
	.close = anchor_close,
};

/* The test's calls. */

struct diskmodel *
diskmodel_new(struct diskmodel_power *power)
{
	struct diskmodel *m = calloc(1, sizeof(*m));

	if (m == NULL)
		abort();
	m->disk.ops = &disk_ops;
	m->anchor.ops = &anchor_ops;
	m->power = power != NULL ? power : &m->own_power;
	m->faults.free_bytes = UINT64_MAX;
	return (m);
}

void
diskmodel_free(struct diskmodel **model)
{
	struct diskmodel *m = *model;

	if (m == NULL)
		return;
	for (size_t i = 0; i < m->files_n; i++)
		diskfile_wipe(&m->files[i]);
	free(m->files);
	free(m->seen.fates);
	free(m->durable.fates);
	free(m->pending.fates);
	free(m);
	*model = NULL;
}

struct diskmodel *
diskmodel_copy(const struct diskmodel *from, struct diskmodel_power *power)
{
	struct diskmodel *m = diskmodel_new(power);

	memcpy(m->anchor_value, from->anchor_value, TEEHOST_ANCHOR_LEN);
	*m->power = *from->power;
	m->faults = from->faults;
	m->clock = from->clock;
	for (; m->files_n < from->files_n; m->files_n++) {
		m->files = diskfile_grow(m->files, m->files_n, &m->files_cap,
		    sizeof(*m->files));
		diskfile_copy(&m->files[m->files_n], &from->files[m->files_n]);
	}
	diskfile_names_copy(&m->seen, &from->seen);
	diskfile_names_copy(&m->durable, &from->durable);
	diskfile_names_copy(&m->pending, &from->pending);
	return (m);
}

struct diskmodel_power *
diskmodel_power(struct diskmodel *m)
{
	return (m->power);
}

struct diskmodel_faults *
diskmodel_faults(struct diskmodel *m)
{
	return (&m->faults);
}

struct teehost_disk *
diskmodel_disk(struct diskmodel *m)
{
	return (&m->disk);
}

struct teehost_anchor *
diskmodel_anchor(struct diskmodel *m)
{
	return (&m->anchor);
}

void
diskmodel_set_anchor(struct diskmodel *m,
    const uint8_t value[TEEHOST_ANCHOR_LEN])
{
	memcpy(m->anchor_value, value, TEEHOST_ANCHOR_LEN);
}

/* Images. */

/* Only what a name means is left, each file all durable. */
static void
keep_named(struct diskmodel *m)
{
	struct diskfile *old = m->files;
	size_t old_n = m->files_n;

	m->files = NULL;
	m->files_n = m->files_cap = 0;
	for (size_t i = 0; i < m->durable.n; i++) {
		struct diskfile new;

		diskfile_keep(&new, &old[m->durable.fates[i].file]);
		m->files = diskfile_grow(m->files, m->files_n, &m->files_cap,
		    sizeof(*m->files));
		m->durable.fates[i].file = (int)m->files_n;
		m->files[m->files_n++] = new;
	}
	for (size_t i = 0; i < old_n; i++)
		diskfile_wipe(&old[i]);
	free(old);
}

void
diskmodel_restart(struct diskmodel *m, enum diskmodel_image kind, uint32_t seed)
{
	struct diskfile_image image = { .kind = kind, .chance = seed };

	(void)diskfile_chance(&image, 2);
	image.until = m->clock - diskfile_chance(&image, 12) % (m->clock + 1);
	for (size_t i = 0; i < m->files_n; i++)
		diskfile_restart(&m->files[i], &image);
	for (size_t i = 0; i < m->pending.n; i++)
		if (diskfile_is_kept(&image, m->pending.fates[i].when))
			diskfile_names_apply(&m->durable, &m->pending.fates[i]);
	keep_named(m);
	m->pending.n = 0;
	free(m->seen.fates);
	diskfile_names_copy(&m->seen, &m->durable);
	forget_process(m);
	m->power->is_off = false;
	m->power->cut_at = 0;
	m->faults = (struct diskmodel_faults){ .free_bytes = UINT64_MAX };
}

void
diskmodel_kill(struct diskmodel *m)
{
	forget_process(m);
	m->power->is_off = false;
	m->power->cut_at = 0;
}

/* Hands and eyes. */

size_t
diskmodel_count(const struct diskmodel *m)
{
	return (m->seen.n);
}

const char *
diskmodel_name(const struct diskmodel *m, size_t i)
{
	return (i < m->seen.n ? m->seen.fates[i].name : NULL);
}

struct soter_span
diskmodel_look(const struct diskmodel *m, const char *file)
{
	static const uint8_t nothing[1];
	const struct diskfile *f = seen_file(m, file);

	if (f == NULL)
		return (soter_span(NULL, 0));
	return (
	    soter_span(f->seen.size > 0 ? f->seen.p : nothing, f->seen.size));
}

/* Everything that waits becomes durable, so that order cannot matter. */
static void
settle_all(struct diskmodel *m)
{
	for (size_t i = 0; i < m->files_n; i++) {
		struct diskfile *f = &m->files[i];

		diskfile_find(f);
		diskfile_sync(f);
	}
	m->pending.n = 0;
	free(m->durable.fates);
	diskfile_names_copy(&m->durable, &m->seen);
}

void
diskmodel_put(struct diskmodel *m, const char *file, struct soter_span bytes)
{
	struct diskfile *f = seen_file(m, file);

	if (f == NULL)
		f = make_file(m, file);
	diskfile_empty(f, m->clock);
	m->clock++;
	diskfile_write(f, m->clock, 0, bytes);
	settle_all(m);
	forget_process(m);
}

void
diskmodel_drop(struct diskmodel *m, const char *file)
{
	if (seen_file(m, file) != NULL)
		set_fate(m, file, -1);
	settle_all(m);
	forget_process(m);
}

bool
diskmodel_same(const struct diskmodel *a, const struct diskmodel *b)
{
	if (a->seen.n != b->seen.n)
		return (false);
	for (size_t i = 0; i < a->seen.n; i++) {
		const char *name = a->seen.fates[i].name;
		struct soter_span other = diskmodel_look(b, name);

		if (other.p == NULL ||
		    !soter_span_equal(diskmodel_look(a, name), other))
			return (false);
	}
	return (true);
}
