/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "tests/diskmodel.h"

#define SECTOR	  512
#define BLOCK	  4096 /* what a file's length takes away from the disk */
#define FILES_MAX 9000

/* One sector as a write left it, not covered by a sync. */
struct piece {
	uint64_t when;
	size_t sector;
	bool is_lost; /* a sync failed: no later one makes it durable */
	uint8_t bytes[SECTOR];
};

struct bytes_of_file {
	uint8_t *p; /* room for cap, zero behind size */
	size_t size, cap;
};

struct length {
	uint64_t when;
	size_t size;
};

struct inode {
	struct bytes_of_file seen, durable;
	struct piece *pieces; /* oldest first */
	size_t pieces_n, pieces_cap;
	struct length *lengths; /* since the last sync */
	size_t lengths_n, lengths_cap;
	bool is_changed; /* by this process */
};

/* One name's fate: it means this inode from then on, or none. */
struct fate {
	uint64_t when;
	char name[TEEHOST_FILE_NAME_MAX + 1];
	int inode; /* -1: none */
};

struct names {
	struct fate *fates;
	size_t n, cap;
};

struct diskmodel {
	struct teehost_disk disk;
	struct teehost_anchor anchor;
	uint8_t anchor_value[TEEHOST_ANCHOR_LEN];
	struct diskmodel_power *power, own_power;
	struct diskmodel_faults faults;
	uint64_t clock;
	bool is_dir_changed;

	struct inode *inodes; /* never reused before a restart */
	size_t inodes_n, inodes_cap;
	struct names seen, durable; /* sorted */
	struct names pending;	    /* oldest first */
};

/* Room for one more. */
static void *
grow(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return (p);
	*cap = n < 4 ? 8 : 2 * n;
	p = realloc(p, *cap * size);
	if (p == NULL)
		abort();
	return (p);
}

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

/* Bytes. */

static void
bytes_resize(struct bytes_of_file *b, size_t size)
{
	if (size > b->cap) {
		size_t cap = size * 2;

		b->p = realloc(b->p, cap);
		if (b->p == NULL)
			abort();
		memset(b->p + b->cap, 0, cap - b->cap);
		b->cap = cap;
	}
	if (size < b->size)
		memset(b->p + size, 0, b->size - size);
	b->size = size;
}

static void
bytes_set(struct bytes_of_file *b, size_t at, const void *p, size_t n)
{
	if (at + n > b->size)
		bytes_resize(b, at + n);
	if (n > 0)
		memcpy(b->p + at, p, n);
}

static void
bytes_copy(struct bytes_of_file *to, const struct bytes_of_file *from)
{
	*to = (struct bytes_of_file){ .p = NULL };
	bytes_set(to, 0, from->p, from->size);
}

/* A whole sector, zero behind the end. */
static void
sector_get(const struct bytes_of_file *b, size_t sector, uint8_t out[SECTOR])
{
	size_t at = sector * SECTOR, n = 0;

	memset(out, 0, SECTOR);
	if (at < b->size)
		n = b->size - at < SECTOR ? b->size - at : SECTOR;
	if (n > 0)
		memcpy(out, b->p + at, n);
}

/* Set what of a sector lies inside the file. */
static void
sector_set(struct bytes_of_file *b, size_t sector, const uint8_t in[SECTOR])
{
	size_t at = sector * SECTOR;

	if (at < b->size)
		memcpy(b->p + at, in,
		    b->size - at < SECTOR ? b->size - at : SECTOR);
}

/* Names. */

static size_t
names_find(const struct names *names, const char *name, bool *found)
{
	size_t low = 0, high = names->n;

	*found = false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, names->fates[middle].name);

		if (order == 0) {
			*found = true;
			return (middle);
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return (low);
}

static void
names_append(struct names *names, const struct fate *fate)
{
	names->fates =
	    grow(names->fates, names->n, &names->cap, sizeof(*names->fates));
	names->fates[names->n++] = *fate;
}

/* Let a name mean what the fate says. */
static void
names_apply(struct names *names, const struct fate *fate)
{
	struct fate *at;
	bool found;

	names->fates =
	    grow(names->fates, names->n, &names->cap, sizeof(*names->fates));
	at = names->fates + names_find(names, fate->name, &found);
	if (!found && fate->inode < 0)
		return;
	if (found && fate->inode < 0) {
		names->n--;
		memmove(at, at + 1,
		    (size_t)(names->fates + names->n - at) * sizeof(*at));
		return;
	}
	if (!found) {
		memmove(at + 1, at,
		    (size_t)(names->fates + names->n - at) * sizeof(*at));
		names->n++;
	}
	*at = *fate;
}

static void
names_copy(struct names *to, const struct names *from)
{
	*to = (struct names){ .fates = NULL };
	for (size_t i = 0; i < from->n; i++)
		names_append(to, &from->fates[i]);
}

static struct inode *
seen_inode(const struct diskmodel *m, const char *name)
{
	bool found;
	size_t at = names_find(&m->seen, name, &found);

	return (found ? &m->inodes[m->seen.fates[at].inode] : NULL);
}

static void
set_fate(struct diskmodel *m, const char *name, int inode)
{
	struct fate fate = { .when = m->clock, .inode = inode };

	if (strlen(name) > TEEHOST_FILE_NAME_MAX || m->seen.n >= FILES_MAX)
		abort();
	strcpy(fate.name, name);
	names_apply(&m->seen, &fate);
	names_append(&m->pending, &fate);
	m->is_dir_changed = true;
}

static struct inode *
make_inode(struct diskmodel *m, const char *name)
{
	m->inodes =
	    grow(m->inodes, m->inodes_n, &m->inodes_cap, sizeof(*m->inodes));
	m->inodes[m->inodes_n] = (struct inode){ .pieces = NULL };
	set_fate(m, name, (int)m->inodes_n);
	return (&m->inodes[m->inodes_n++]);
}

static void
inode_free(struct inode *inode)
{
	free(inode->seen.p);
	free(inode->durable.p);
	free(inode->pieces);
	free(inode->lengths);
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

static void
note_length(struct diskmodel *m, struct inode *inode)
{
	inode->lengths = grow(inode->lengths, inode->lengths_n,
	    &inode->lengths_cap, sizeof(*inode->lengths));
	inode->lengths[inode->lengths_n++] =
	    (struct length){ m->clock, inode->seen.size };
}

static void
note_piece(struct diskmodel *m, struct inode *inode, size_t sector)
{
	struct piece *piece;

	inode->pieces = grow(inode->pieces, inode->pieces_n, &inode->pieces_cap,
	    sizeof(*inode->pieces));
	piece = &inode->pieces[inode->pieces_n++];
	*piece = (struct piece){ .when = m->clock, .sector = sector };
	sector_get(&inode->seen, sector, piece->bytes);
}

static void
write_bytes(struct diskmodel *m, struct inode *inode, size_t at,
    struct soter_span bytes)
{
	size_t old = inode->seen.size;

	if (bytes.n == 0)
		return;
	if (at + bytes.n > old ||
	    memcmp(inode->seen.p + at, bytes.p, bytes.n) != 0)
		inode->is_changed = true;
	bytes_set(&inode->seen, at, bytes.p, bytes.n);
	if (inode->seen.size != old)
		note_length(m, inode);
	for (size_t s = at / SECTOR; s * SECTOR < at + bytes.n; s++)
		note_piece(m, inode, s);
}

/* How many bytes have room, written at this place? */
static size_t
room(const struct diskmodel *m, const struct inode *inode, size_t at, size_t n)
{
	uint64_t have = blocks(inode->seen.size);

	while (n > 0 && blocks(at + n) > have &&
	    blocks(at + n) - have > m->faults.free_bytes)
		n = n > SECTOR ? n - SECTOR : 0;
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
empty_inode(struct diskmodel *m, struct inode *inode)
{
	if (inode->seen.size == 0)
		return;
	account(m, blocks(inode->seen.size), 0);
	bytes_resize(&inode->seen, 0);
	note_length(m, inode);
	inode->is_changed = true;
}

static enum soter_rc
disk_write(struct teehost_disk *disk, const char *file, bool create,
    uint64_t offset, struct soter_span bytes)
{
	struct diskmodel *m = model_of_disk(disk);
	struct inode *inode = seen_inode(m, file);
	enum begun begun = begin(m);
	enum soter_rc rc = begun == RUNS ? SOTER_OK : SOTER_E_STORAGE;
	uint64_t before;
	size_t n = bytes.n;

	if (begun == IS_OFF || m->faults.is_read_only)
		return (SOTER_E_STORAGE);
	if (inode == NULL && !create)
		return (SOTER_E_NOTFOUND);
	if (inode == NULL)
		inode = make_inode(m, file);
	if (create)
		empty_inode(m, inode);
	if (fails_now(m)) {
		n /= 2;
		rc = SOTER_E_STORAGE;
	}
	n = room(m, inode, (size_t)offset, n);
	if (n < bytes.n && rc == SOTER_OK)
		rc = SOTER_E_FULL;
	before = blocks(inode->seen.size);
	write_bytes(m, inode, (size_t)offset, soter_span(bytes.p, n));
	account(m, before, blocks(inode->seen.size));
	return (rc);
}

static enum soter_rc
disk_remove(struct teehost_disk *disk, const char *file)
{
	struct diskmodel *m = model_of_disk(disk);
	struct inode *inode = seen_inode(m, file);
	enum begun begun = begin(m);

	if (begun == IS_OFF || m->faults.is_read_only)
		return (SOTER_E_STORAGE);
	if (inode == NULL)
		return (SOTER_E_NOTFOUND);
	if (fails_now(m))
		return (SOTER_E_STORAGE);
	account(m, blocks(inode->seen.size), 0);
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
		if (m->pending.fates[i].inode >= 0)
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

/* Everything of the file that a sync can still reach becomes durable. */
static void
settle_inode(struct inode *inode)
{
	size_t kept = 0;

	bytes_resize(&inode->durable, inode->seen.size);
	inode->lengths_n = 0;
	for (size_t i = 0; i < inode->pieces_n; i++) {
		uint8_t now[SECTOR];
		const struct piece *piece = &inode->pieces[i];

		if (piece->is_lost)
			continue;
		sector_get(&inode->seen, piece->sector, now);
		sector_set(&inode->durable, piece->sector, now);
		/* Whatever was lost there before is written with it. */
		for (size_t j = 0; j < i; j++)
			if (inode->pieces[j].sector == piece->sector)
				inode->pieces[j].is_lost = false;
	}
	for (size_t i = 0; i < inode->pieces_n; i++)
		if (inode->pieces[i].is_lost)
			inode->pieces[kept++] = inode->pieces[i];
	inode->pieces_n = kept;
}

static enum soter_rc
disk_sync(struct teehost_disk *disk, const char *file)
{
	struct diskmodel *m = model_of_disk(disk);
	struct inode *inode = seen_inode(m, file);
	size_t kind = kind_of(file);

	if (begin(m) != RUNS)
		return (SOTER_E_STORAGE);
	if (inode == NULL)
		return (SOTER_E_NOTFOUND);
	if (fails_now(m)) {
		for (size_t i = 0; i < inode->pieces_n; i++)
			inode->pieces[i].is_lost = true;
		return (SOTER_E_STORAGE);
	}
	if (!is_ignored(m,
		inode->is_changed ? kinds[kind].file : kinds[kind].file_found))
		settle_inode(inode);
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
		names_apply(&m->durable, &m->pending.fates[i]);
	m->pending.n = 0;
	return (SOTER_OK);
}

/* Reading. */

static enum soter_rc
disk_read(struct teehost_disk *disk, const char *file, size_t max,
    uint8_t **out, size_t *n)
{
	struct diskmodel *m = model_of_disk(disk);
	const struct inode *inode = seen_inode(m, file);
	uint8_t *bytes;

	if (m->power->is_off)
		return (SOTER_E_STORAGE);
	if (inode == NULL)
		return (SOTER_E_NOTFOUND);
	if (inode->seen.size > max)
		return (SOTER_E_LIMIT);
	bytes = malloc(inode->seen.size > 0 ? inode->seen.size : 1);
	if (bytes == NULL)
		return (SOTER_E_NOMEM);
	soter_copy(bytes, inode->seen.p, inode->seen.size);
	*out = bytes;
	*n = inode->seen.size;
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
	if (seen_inode(model_of_disk(disk), file) == NULL)
		return (SOTER_E_NOTFOUND);
	return (SOTER_OK);
}

/* The process is gone. */
static void
forget_process(struct diskmodel *m)
{
	m->is_dir_changed = false;
	for (size_t i = 0; i < m->inodes_n; i++)
		m->inodes[i].is_changed = false;
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
	for (size_t i = 0; i < m->inodes_n; i++)
		inode_free(&m->inodes[i]);
	free(m->inodes);
	free(m->seen.fates);
	free(m->durable.fates);
	free(m->pending.fates);
	free(m);
	*model = NULL;
}

static void
inode_copy(struct inode *to, const struct inode *from)
{
	*to = (struct inode){ .is_changed = from->is_changed };
	bytes_copy(&to->seen, &from->seen);
	bytes_copy(&to->durable, &from->durable);
	for (; to->pieces_n < from->pieces_n; to->pieces_n++) {
		to->pieces = grow(to->pieces, to->pieces_n, &to->pieces_cap,
		    sizeof(*to->pieces));
		to->pieces[to->pieces_n] = from->pieces[to->pieces_n];
	}
	for (; to->lengths_n < from->lengths_n; to->lengths_n++) {
		to->lengths = grow(to->lengths, to->lengths_n, &to->lengths_cap,
		    sizeof(*to->lengths));
		to->lengths[to->lengths_n] = from->lengths[to->lengths_n];
	}
}

struct diskmodel *
diskmodel_copy(const struct diskmodel *from, struct diskmodel_power *power)
{
	struct diskmodel *m = diskmodel_new(power);

	memcpy(m->anchor_value, from->anchor_value, TEEHOST_ANCHOR_LEN);
	*m->power = *from->power;
	m->faults = from->faults;
	m->clock = from->clock;
	for (; m->inodes_n < from->inodes_n; m->inodes_n++) {
		m->inodes = grow(m->inodes, m->inodes_n, &m->inodes_cap,
		    sizeof(*m->inodes));
		inode_copy(&m->inodes[m->inodes_n], &from->inodes[m->inodes_n]);
	}
	names_copy(&m->seen, &from->seen);
	names_copy(&m->durable, &from->durable);
	names_copy(&m->pending, &from->pending);
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

struct chance {
	uint64_t state;
};

static uint32_t
chance(struct chance *c, uint64_t below)
{
	c->state = c->state * 6364136223846793005u + 1442695040888963407u;
	return ((uint32_t)((c->state >> 33) % below));
}

/* Is a thing that was done at this time in the image? */
struct image {
	enum diskmodel_image kind;
	uint64_t until; /* in order: what was done later is not */
	struct chance chance;
};

static bool
is_kept(struct image *image, uint64_t when)
{
	switch (image->kind) {
	case DISKMODEL_ALL:
		return (true);
	case DISKMODEL_IN_ORDER:
		return (when < image->until ||
		    (when == image->until && chance(&image->chance, 2) == 0));
	case DISKMODEL_ANY:
		return (chance(&image->chance, 2) == 0);
	default:
		return (false);
	}
}

static void
image_of_inode(struct image *image, struct inode *inode)
{
	size_t durable = inode->durable.size;

	for (size_t i = 0; i < inode->lengths_n; i++)
		if (is_kept(image, inode->lengths[i].when))
			bytes_resize(&inode->durable, inode->lengths[i].size);
	/* A length without the bytes: any old block may lie there. */
	if (image->kind == DISKMODEL_ANY && chance(&image->chance, 2) == 0)
		for (size_t i = durable; i < inode->durable.size; i++)
			inode->durable.p[i] =
			    (uint8_t)chance(&image->chance, 256);
	for (size_t i = 0; i < inode->pieces_n; i++)
		if (is_kept(image, inode->pieces[i].when))
			sector_set(&inode->durable, inode->pieces[i].sector,
			    inode->pieces[i].bytes);
}

/* Only what a name means is left, each file all durable. */
static void
keep_named(struct diskmodel *m)
{
	struct inode *old = m->inodes;
	size_t old_n = m->inodes_n;

	m->inodes = NULL;
	m->inodes_n = m->inodes_cap = 0;
	for (size_t i = 0; i < m->durable.n; i++) {
		struct inode new = { .pieces = NULL };

		bytes_copy(&new.durable,
		    &old[m->durable.fates[i].inode].durable);
		bytes_copy(&new.seen, &new.durable);
		m->inodes = grow(m->inodes, m->inodes_n, &m->inodes_cap,
		    sizeof(*m->inodes));
		m->durable.fates[i].inode = (int)m->inodes_n;
		m->inodes[m->inodes_n++] = new;
	}
	for (size_t i = 0; i < old_n; i++)
		inode_free(&old[i]);
	free(old);
}

void
diskmodel_restart(struct diskmodel *m, enum diskmodel_image kind, uint32_t seed)
{
	struct image image = { .kind = kind, .chance = { seed } };

	(void)chance(&image.chance, 2);
	image.until = m->clock - chance(&image.chance, 12) % (m->clock + 1);
	for (size_t i = 0; i < m->inodes_n; i++)
		image_of_inode(&image, &m->inodes[i]);
	for (size_t i = 0; i < m->pending.n; i++)
		if (is_kept(&image, m->pending.fates[i].when))
			names_apply(&m->durable, &m->pending.fates[i]);
	keep_named(m);
	m->pending.n = 0;
	free(m->seen.fates);
	names_copy(&m->seen, &m->durable);
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
	const struct inode *inode = seen_inode(m, file);

	if (inode == NULL)
		return (soter_span(NULL, 0));
	return (soter_span(inode->seen.size > 0 ? inode->seen.p : nothing,
	    inode->seen.size));
}

/* Everything that waits becomes durable, so that order cannot matter. */
static void
settle_all(struct diskmodel *m)
{
	for (size_t i = 0; i < m->inodes_n; i++) {
		struct inode *inode = &m->inodes[i];

		for (size_t j = 0; j < inode->pieces_n; j++)
			inode->pieces[j].is_lost = false;
		settle_inode(inode);
	}
	m->pending.n = 0;
	free(m->durable.fates);
	names_copy(&m->durable, &m->seen);
}

void
diskmodel_put(struct diskmodel *m, const char *file, struct soter_span bytes)
{
	struct inode *inode = seen_inode(m, file);

	if (inode == NULL)
		inode = make_inode(m, file);
	bytes_resize(&inode->seen, 0);
	m->clock++;
	write_bytes(m, inode, 0, bytes);
	settle_all(m);
	forget_process(m);
}

void
diskmodel_drop(struct diskmodel *m, const char *file)
{
	if (seen_inode(m, file) != NULL)
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
