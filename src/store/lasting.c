/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/crc32c.h"
#include "store/lasting.h"

#define HEAD_LEN    12
#define READERS_MAX 1024	  /* lanes of all processes together */
#define NO_ROOM	    (1024 * 1024) /* bytes: less is a full disk */

struct store_lasting {
	MDB_env *env;
	MDB_dbi about;
	MDB_dbi dbi[SOTER_KIND_END];
	unsigned schema;
	MDB_txn *txn;	  /* the writer's */
	bool is_map_full; /* that was the error */
	uint8_t *record;
	char *path;
	unsigned flags;
	pthread_rwlock_t map_lock; /* read: a transaction reads */
	struct store_lasting_reader *readers;
};

struct store_lasting_reader {
	struct store_lasting *l;
	struct store_lasting_reader *next;
	MDB_txn *txn; /* reset, except between read_begin and read_end */
};

static enum soter_rc
rc_of(int result)
{
	switch (result) {
	case MDB_SUCCESS:
		return (SOTER_OK);
	case MDB_NOTFOUND:
		return (SOTER_E_NOTFOUND);
	case MDB_KEYEXIST:
		return (SOTER_E_EXISTS);
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
	case MDB_INCOMPATIBLE:
		return (SOTER_E_CORRUPT);
	case MDB_MAP_FULL:
		return (SOTER_E_FULL);
	default:
		return (result > 0 ? store_errno(result) : SOTER_E_STORAGE);
	}
}

static MDB_val
val(struct soter_span bytes)
{
	/* LMDB takes no const. */
	union {
		const void *in;
		void *out;
	} p = { .in = bytes.p };

	return ((MDB_val){ bytes.n, p.out });
}

static struct soter_span
span(const MDB_val *value)
{
	return (soter_span(value->mv_data, value->mv_size));
}

/* ---- a record's bytes ---------------------------------------------------- */

static uint32_t
crc_of(struct soter_span key, const uint8_t version[8], struct soter_span value)
{
	uint32_t crc = store_crc32c(0, key);

	crc = store_crc32c(crc, soter_span(version, 8));
	return (store_crc32c(crc, value));
}

static enum soter_rc
parse(struct soter_span key, struct soter_span stored,
    struct soter_record *record)
{
	uint64_t version = 0;
	uint32_t crc = 0;

	if (stored.n < HEAD_LEN)
		return (SOTER_E_CORRUPT);
	for (int i = 0; i < 8; i++)
		version = version << 8 | stored.p[i];
	for (int i = 8; i < HEAD_LEN; i++)
		crc = crc << 8 | stored.p[i];
	record->key = key;
	record->version = version;
	record->value = soter_span(stored.p + HEAD_LEN, stored.n - HEAD_LEN);
	return (crc == crc_of(key, stored.p, record->value) ? SOTER_OK
							    : SOTER_E_CORRUPT);
}

static struct soter_span
form(uint8_t *out, const struct soter_record *record)
{
	uint32_t crc;

	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(record->version >> (56 - 8 * i));
	crc = crc_of(record->key, out, record->value);
	for (int i = 0; i < 4; i++)
		out[8 + i] = (uint8_t)(crc >> (24 - 8 * i));
	soter_copy(out + HEAD_LEN, record->value.p, record->value.n);
	return (soter_span(out, HEAD_LEN + record->value.n));
}

static enum soter_rc reopen(struct store_lasting *l);

/* ---- the map ------------------------------------------------------------- */

/* 0: as large as another process made it. */
static enum soter_rc
resize(struct store_lasting *l, size_t size)
{
	int result;

	pthread_rwlock_wrlock(&l->map_lock);
	result = mdb_env_set_mapsize(l->env, size);
	pthread_rwlock_unlock(&l->map_lock);
	return (rc_of(result));
}

static enum soter_rc
begin_write(struct store_lasting *l)
{
	int result;

	if (l->env == NULL) /* could not be opened anew */
		TRY(reopen(l));
	result = mdb_txn_begin(l->env, NULL, 0, &l->txn);
	if (result == MDB_MAP_RESIZED) {
		TRY(resize(l, 0));
		result = mdb_txn_begin(l->env, NULL, 0, &l->txn);
	}
	return (rc_of(result));
}

/* ---- schema -------------------------------------------------------------- */

static const char schema_key[] = "soter schema";

static enum soter_rc
read_schema(struct store_lasting *l, MDB_txn *txn)
{
	MDB_val key = val(soter_text(schema_key)), value;
	struct soter_reader r;
	uint32_t schema;
	int result;

	result = mdb_dbi_open(txn, "about", 0, &l->about);
	if (result == MDB_NOTFOUND)
		return (SOTER_E_NOTFOUND);
	if (result != 0)
		return (rc_of(result));
	if ((result = mdb_get(txn, l->about, &key, &value)) != 0)
		return (
		    result == MDB_NOTFOUND ? SOTER_E_CORRUPT : rc_of(result));
	r = soter_reader(span(&value));
	if (soter_read_le32(&r, &schema) != SOTER_OK || schema == 0 ||
	    soter_read_end(&r) != SOTER_OK)
		return (SOTER_E_CORRUPT);
	l->schema = schema;
	return (SOTER_OK);
}

/* The tables of the kinds up to this schema; made if create says so. */
static enum soter_rc
open_tables(struct store_lasting *l, MDB_txn *txn, unsigned schema,
    unsigned create)
{
	for (unsigned kind = 1; kind < SOTER_KIND_END; kind++) {
		const struct soter_kind_row *row = soter_kind_row(kind);

		if (row->place == SOTER_STORE_LASTING && row->since <= schema)
			TRY(rc_of(mdb_dbi_open(txn, row->name, create,
			    &l->dbi[kind])));
	}
	return (SOTER_OK);
}

static enum soter_rc
write_schema(struct store_lasting *l, MDB_txn *txn, unsigned schema)
{
	MDB_val key = val(soter_text(schema_key)), value;
	uint8_t bytes[4];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(soter_write_le32(&w, schema));
	value = val(soter_written(&w));
	TRY(rc_of(mdb_dbi_open(txn, "about", MDB_CREATE, &l->about)));
	return (rc_of(mdb_put(txn, l->about, &key, &value, 0)));
}

enum soter_rc
store_lasting_migrate(struct store_lasting *l, unsigned to)
{
	enum soter_rc rc = begin_write(l);

	if (rc != SOTER_OK)
		return (rc);
	rc = read_schema(l, l->txn);
	if (rc == SOTER_E_NOTFOUND)
		rc = SOTER_OK; /* just created */
	if (rc == SOTER_OK && l->schema < to) {
		rc = open_tables(l, l->txn, to, MDB_CREATE);
		if (rc == SOTER_OK)
			rc = write_schema(l, l->txn, to);
		if (rc == SOTER_OK) {
			rc = store_lasting_ops.commit(l);
			if (rc == SOTER_OK)
				l->schema = to;
			return (rc);
		}
	}
	store_lasting_ops.abort(l);
	return (rc);
}

unsigned
store_lasting_schema(const struct store_lasting *l)
{
	return (l->schema);
}

/* ---- open and close ------------------------------------------------------ */

/*
 * LMDB reads without a lock where the lock file cannot be written to: then the
 * writer may use pages anew while they are read.
 */
static enum soter_rc
check_lock(const char *path)
{
	char name[4096];
	int fd;

	if (snprintf(name, sizeof(name), "%s-lock", path) >= (int)sizeof(name))
		return (SOTER_E_ARGUMENT);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return (SOTER_E_STORAGE);
	close(fd);
	return (SOTER_OK);
}

static enum soter_rc
open_env(struct store_lasting *l, size_t map)
{
	int dead;

	TRY(rc_of(mdb_env_create(&l->env)));
	TRY(rc_of(mdb_env_set_maxdbs(l->env, 2 + SOTER_KIND_END)));
	TRY(rc_of(mdb_env_set_maxreaders(l->env, READERS_MAX)));
	TRY(rc_of(mdb_env_set_mapsize(l->env, map)));
	TRY(rc_of(mdb_env_open(l->env, l->path, l->flags, 0600)));
	/* Who was killed while it read would keep old pages for ever. */
	return (rc_of(mdb_reader_check(l->env, &dead)));
}

static enum soter_rc
open_schema(struct store_lasting *l)
{
	MDB_txn *txn = NULL;
	enum soter_rc rc;
	int result;

	result = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);
	if (result == MDB_MAP_RESIZED) {
		TRY(resize(l, 0));
		result = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);
	}
	if (result != 0)
		return (rc_of(result));
	rc = read_schema(l, txn);
	/* One that is too new or too old is for the caller to refuse. */
	if (rc == SOTER_OK)
		rc = open_tables(l, txn,
		    l->schema < SOTER_STORE_SCHEMA ? l->schema
						   : SOTER_STORE_SCHEMA,
		    0);
	if (rc != SOTER_OK) {
		mdb_txn_abort(txn);
		return (rc);
	}
	return (rc_of(mdb_txn_commit(txn)));
}

/* Lanes that read all the time must not keep the map from growing. */
static void
init_map_lock(struct store_lasting *l)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&l->map_lock, &attr);
	pthread_rwlockattr_destroy(&attr);
}

enum soter_rc
store_lasting_open(struct store_lasting **out, const char *path,
    enum store_lasting_mode mode, size_t map)
{
	bool is_new = mode >= STORE_LASTING_CREATE;
	struct store_lasting *l;
	struct stat st;
	enum soter_rc rc;

	if (!is_new && stat(path, &st) != 0)
		return (store_errno(errno));
	TRY(check_lock(path));
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (SOTER_E_NOMEM);
	init_map_lock(l);
	/* Keys come in no order: what the disk would read ahead is not wanted.
	 */
	l->flags = MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD |
	    (mode == STORE_LASTING_READ ? MDB_RDONLY : 0) |
	    (mode == STORE_LASTING_BULK ? MDB_NOSYNC : 0);
	l->path = strdup(path);
	l->record = malloc(HEAD_LEN + SOTER_STORE_VALUE_MAX);
	rc = l->record == NULL || l->path == NULL ? SOTER_E_NOMEM
						  : open_env(l, map);
	if (rc == SOTER_OK && !is_new)
		rc = open_schema(l);
	if (rc == SOTER_OK) {
		*out = l;
		l = NULL;
	}
	store_lasting_close(&l);
	return (rc);
}

void
store_lasting_close(struct store_lasting **lasting)
{
	struct store_lasting *l = *lasting;

	if (l == NULL)
		return;
	if (l->env != NULL)
		mdb_env_close(l->env);
	pthread_rwlock_destroy(&l->map_lock);
	free(l->record);
	free(l->path);
	free(l);
	*lasting = NULL;
}

/* ---- read ---------------------------------------------------------------- */

enum soter_rc
store_lasting_reader_open(struct store_lasting_reader **out,
    struct store_lasting *l)
{
	struct store_lasting_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return (SOTER_E_NOMEM);
	r->l = l;
	pthread_rwlock_wrlock(&l->map_lock);
	r->next = l->readers;
	l->readers = r;
	pthread_rwlock_unlock(&l->map_lock);
	*out = r;
	return (SOTER_OK);
}

void
store_lasting_reader_close(struct store_lasting_reader **reader)
{
	struct store_lasting_reader *r = *reader, **at;

	if (r == NULL)
		return;
	pthread_rwlock_wrlock(&r->l->map_lock);
	for (at = &r->l->readers; *at != r; at = &(*at)->next)
		;
	*at = r->next;
	if (r->txn != NULL)
		mdb_txn_abort(r->txn);
	pthread_rwlock_unlock(&r->l->map_lock);
	free(r);
	*reader = NULL;
}

static int
renew(struct store_lasting_reader *r)
{
	if (r->l->env == NULL)
		return (EIO);
	if (r->txn == NULL)
		return (mdb_txn_begin(r->l->env, NULL, MDB_RDONLY, &r->txn));
	return (mdb_txn_renew(r->txn));
}

enum soter_rc
store_lasting_read_begin(struct store_lasting_reader *r)
{
	int result;

	pthread_rwlock_rdlock(&r->l->map_lock);
	result = renew(r);
	if (result == MDB_MAP_RESIZED) {
		pthread_rwlock_unlock(&r->l->map_lock);
		TRY(resize(r->l, 0));
		pthread_rwlock_rdlock(&r->l->map_lock);
		result = renew(r);
	}
	if (result != 0)
		pthread_rwlock_unlock(&r->l->map_lock);
	return (rc_of(result));
}

void
store_lasting_read_end(struct store_lasting_reader *r)
{
	mdb_txn_reset(r->txn);
	pthread_rwlock_unlock(&r->l->map_lock);
}

enum soter_rc
store_lasting_get(struct store_lasting_reader *r, enum soter_store_kind kind,
    struct soter_span key, struct store_arena *arena, size_t *at, size_t *n,
    uint64_t *version)
{
	struct soter_record record;
	MDB_val k = val(key), v;

	TRY(rc_of(mdb_get(r->txn, r->l->dbi[kind], &k, &v)));
	TRY(parse(key, span(&v), &record));
	TRY(store_arena_add(arena, record.value, at));
	*n = record.value.n;
	*version = record.version;
	return (SOTER_OK);
}

/* The first key behind `after` that is not before prefix. */
static int
seek(MDB_cursor *cursor, const struct soter_scan *scan, MDB_val *k, MDB_val *v)
{
	struct soter_span from = scan->after;
	size_t n = from.n < scan->prefix.n ? from.n : scan->prefix.n;
	int order = n == 0 ? 0 : memcmp(from.p, scan->prefix.p, n), result;

	if (order < 0 || (order == 0 && from.n < scan->prefix.n))
		from = scan->prefix;
	if (from.n == 0)
		return (mdb_cursor_get(cursor, k, v, MDB_FIRST));
	*k = val(from);
	result = mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
	if (result == 0 && soter_span_equal(span(k), scan->after))
		result = mdb_cursor_get(cursor, k, v, MDB_NEXT);
	return (result);
}

static enum soter_rc
scan_cursor(MDB_cursor *cursor, struct soter_scan *scan)
{
	MDB_val k, v;
	int result = seek(cursor, scan, &k, &v);

	while (result == 0 && scan->found < scan->limit &&
	    soter_span_starts(span(&k), scan->prefix)) {
		struct soter_record record;

		TRY(parse(span(&k), span(&v), &record));
		scan->found++;
		TRY(scan->each(scan->context, &record));
		result = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
	}
	return (result == MDB_NOTFOUND ? SOTER_OK : rc_of(result));
}

enum soter_rc
store_lasting_scan(struct store_lasting_reader *r, struct soter_scan *scan)
{
	MDB_cursor *cursor;
	enum soter_rc rc;

	TRY(rc_of(mdb_cursor_open(r->txn, r->l->dbi[scan->kind], &cursor)));
	rc = scan_cursor(cursor, scan);
	mdb_cursor_close(cursor);
	return (rc);
}

enum soter_rc
store_lasting_count(struct store_lasting_reader *r, enum soter_store_kind kind,
    uint64_t *count)
{
	MDB_stat stat;

	TRY(rc_of(mdb_stat(r->txn, r->l->dbi[kind], &stat)));
	*count = stat.ms_entries;
	return (SOTER_OK);
}

/* ---- write --------------------------------------------------------------- */

static enum soter_rc
begin(void *self)
{
	return (begin_write(self));
}

/*
 * The pages are synced before the head that makes them count is written: an
 * error of the first leaves nothing.  After one of the second LMDB does not
 * know, and refuses everything from then on, reads too: it is opened anew.
 */
static enum soter_rc
reopen(struct store_lasting *l)
{
	size_t map = STORE_LASTING_MAP;
	enum soter_rc rc;
	MDB_envinfo info;

	pthread_rwlock_wrlock(&l->map_lock);
	for (struct store_lasting_reader *r = l->readers; r != NULL;
	     r = r->next)
		if (r->txn != NULL) {
			mdb_txn_abort(r->txn);
			r->txn = NULL;
		}
	if (l->env != NULL && mdb_env_info(l->env, &info) == 0)
		map = info.me_mapsize;
	if (l->env != NULL)
		mdb_env_close(l->env);
	l->env = NULL;
	rc = open_env(l, map);
	if (rc == SOTER_OK)
		rc = open_schema(l);
	if (rc != SOTER_OK && l->env != NULL) {
		mdb_env_close(l->env);
		l->env = NULL;
	}
	pthread_rwlock_unlock(&l->map_lock);
	return (rc);
}

/* LMDB says EIO where a write was cut short by a disk that became full. */
static bool
is_disk_full(const struct store_lasting *l)
{
	struct statvfs fs;

	return (
	    statvfs(l->path, &fs) == 0 && fs.f_bavail * fs.f_frsize < NO_ROOM);
}

static enum soter_rc
commit(void *self)
{
	struct store_lasting *l = self;
	int result = mdb_txn_commit(l->txn);
	enum soter_rc rc = rc_of(result);

	l->txn = NULL;
	if (result == 0)
		return (SOTER_OK);
	if (result == EIO && is_disk_full(l))
		rc = SOTER_E_FULL;
	l->is_map_full = result == MDB_MAP_FULL;
	if (mdb_txn_begin(l->env, NULL, 0, &l->txn) == MDB_PANIC)
		rc = SOTER_E_OUTCOME;
	store_lasting_ops.abort(l);
	return (rc);
}

static void
abort_it(void *self)
{
	struct store_lasting *l = self;

	if (l->txn != NULL)
		mdb_txn_abort(l->txn);
	l->txn = NULL;
}

/* What is full may be the map, which grows, or the disk. */
static bool
mend(void *self, enum soter_rc rc)
{
	struct store_lasting *l = self;
	bool is_map_full = l->is_map_full;
	MDB_envinfo info;

	l->is_map_full = false;
	if (rc == SOTER_E_OUTCOME) {
		rc = reopen(l);
		(void)rc; /* tried again at the next begin */
		return (false);
	}
	return (is_map_full && mdb_env_info(l->env, &info) == 0 &&
	    info.me_mapsize <= SIZE_MAX / 2 &&
	    resize(l, info.me_mapsize * 2) == SOTER_OK);
}

/* What is there; *has false if nothing is. */
static enum soter_rc
find(MDB_txn *txn, MDB_dbi dbi, struct soter_span key, bool *has,
    struct soter_record *record)
{
	MDB_val k = val(key), v;
	int result = mdb_get(txn, dbi, &k, &v);

	*has = result == 0;
	if (result == MDB_NOTFOUND)
		return (SOTER_OK);
	TRY(rc_of(result));
	return (parse(key, span(&v), record));
}

/* May the write take place upon what is there? */
static enum soter_rc
agree(const struct soter_write *x, bool has, const struct soter_record *there)
{
	switch (x->op) {
	case SOTER_PUT_ABSENT:
		return (has ? SOTER_E_EXISTS : SOTER_OK);
	case SOTER_PUT_AT:
		return (has && there->version == x->at ? SOTER_OK
						       : SOTER_E_CONFLICT);
	case SOTER_PUT_ABOVE:
		return (!has ||
			    (there->value.n == x->value.n && x->value.n > 0 &&
				memcmp(there->value.p, x->value.p, x->value.n) <
				    0)
			? SOTER_OK
			: SOTER_E_CONFLICT);
	case SOTER_DELETE_PRESENT:
		return (has ? SOTER_OK : SOTER_E_NOTFOUND);
	default:
		return (SOTER_OK);
	}
}

/* An error of LMDB is none of the record: the transaction is spoilt. */
static enum soter_rc
spoilt(struct store_lasting *l, int result)
{
	enum soter_rc rc = rc_of(result);

	l->is_map_full = result == MDB_MAP_FULL;
	return (rc == SOTER_OK || !store_is_verdict(rc) ? rc : SOTER_E_STORAGE);
}

static enum soter_rc
write_one(struct store_lasting *l, MDB_txn *txn, struct soter_write *x)
{
	MDB_dbi dbi = l->dbi[x->kind];
	struct soter_record there = { .version = 0 }, new;
	MDB_val k = val(x->key), v;
	bool has;
	enum soter_rc rc = find(txn, dbi, x->key, &has, &there);

	/* Damaged: whoever need not compare may write over it. */
	if (rc == SOTER_E_CORRUPT &&
	    (x->op == SOTER_PUT || x->op >= SOTER_DELETE))
		there.version = 0;
	else if (rc != SOTER_OK)
		return (rc);
	TRY(agree(x, has, &there));
	x->version = 0;
	if (x->op >= SOTER_DELETE)
		return (
		    has ? spoilt(l, mdb_del(txn, dbi, &k, NULL)) : SOTER_OK);
	new = (struct soter_record){ .key = x->key,
		.value = x->value,
		.version =
		    there.version != 0 ? there.version + 1 : store_birth() };
	v = val(form(l->record, &new));
	TRY(spoilt(l, mdb_put(txn, dbi, &k, &v, 0)));
	x->version = new.version;
	return (SOTER_OK);
}

static enum soter_rc
write_all(struct store_lasting *l, MDB_txn *txn, struct soter_group *group,
    size_t *failed)
{
	for (size_t i = 0; i < group->n; i++) {
		*failed = i;
		TRY(write_one(l, txn, &group->writes[i]));
	}
	*failed = 0;
	return (SOTER_OK);
}

static enum soter_rc
write_group(void *self, struct soter_group *group, size_t *failed)
{
	struct store_lasting *l = self;
	MDB_txn *child;
	enum soter_rc rc;

	if (group->n == 1) /* it writes last */
		return (write_all(l, l->txn, group, failed));
	*failed = 0;
	TRY(spoilt(l, mdb_txn_begin(l->env, l->txn, 0, &child)));
	rc = write_all(l, child, group, failed);
	if (rc == SOTER_OK)
		return (spoilt(l, mdb_txn_commit(child)));
	mdb_txn_abort(child);
	return (rc);
}

/* Challenges, counters and decisions change. */
static enum soter_rc
accept_one(void *self, struct soter_accept *x, void **before)
{
	(void)self;
	(void)x;
	(void)before;
	return (SOTER_E_ARGUMENT);
}

const struct store_place_ops store_lasting_ops = {
	.place = SOTER_STORE_LASTING,
	.begin = begin,
	.group = write_group,
	.accept = accept_one,
	.commit = commit,
	.abort = abort_it,
	.mend = mend,
};

enum soter_rc
store_lasting_add(struct store_lasting *l, enum soter_store_kind kind,
    const struct soter_record *record)
{
	MDB_val k = val(record->key), v = val(form(l->record, record));

	return (spoilt(l, mdb_put(l->txn, l->dbi[kind], &k, &v, MDB_APPEND)));
}

enum soter_rc
store_lasting_make_room(struct store_lasting *l)
{
	MDB_envinfo info;
	MDB_stat stat;

	TRY(rc_of(mdb_env_info(l->env, &info)));
	TRY(rc_of(mdb_env_stat(l->env, &stat)));
	if (info.me_last_pgno < info.me_mapsize / stat.ms_psize / 2)
		return (SOTER_OK);
	return (resize(l, info.me_mapsize * 2));
}

enum soter_rc
store_lasting_settle(struct store_lasting *l)
{
	return (rc_of(mdb_env_sync(l->env, 1)));
}

enum soter_rc
store_lasting_copy(struct store_lasting *l, const char *path)
{
	enum soter_rc rc;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return (store_errno(errno));
	rc = rc_of(mdb_env_copyfd2(l->env, fd, MDB_CP_COMPACT));
	if (rc == SOTER_OK && fsync(fd) != 0)
		rc = store_errno(errno);
	close(fd);
	return (rc);
}
