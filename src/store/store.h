/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/store.h -- where the servers keep what must survive.
 *
 * A store is a set of kinds of records.  A record is a key, a value and a
 * version; the store knows nothing of what they mean.  It lies in
 *
 *	a directory          LMDB for what is written once and read always (the
 *	                     device roots), SQLite for everything that changes
 *	postgresql://...     one PostgreSQL database for all of it
 *
 * and does the same in both; tests/unit/records_*_test.c say what.
 * docs/store.md has the schema, the guarantees and how to move from one to the
 * other (store/dump.h).
 *
 *	struct soter_store *store;
 *	struct soter_lane *lane;
 *
 *	TRY(soter_store_open(&store, where, SOTER_STORE_READ_WRITE));
 *	TRY(soter_lane_open(&lane, store));
 *	...						one thread a lane
 *	soter_lane_close(&lane);
 *	soter_store_close(&store);
 *
 * Every call takes vectors, because one turn of a server's loop has many
 * requests.  Item i is answered in item i; one that fails does not disturb the
 * others.  What is reported as done would survive a power cut.
 *
 * A process opens a directory once at a time, and forks before that or not at
 * all.  Any number of processes may have it open, for writing too.
 */
#ifndef SOTER_STORE_STORE_H
#define SOTER_STORE_STORE_H

#include "base/span.h"

#define SOTER_STORE_KEY_MAX	160	    /* bytes of a key; at least 1 */
#define SOTER_STORE_VALUE_MAX	(64 * 1024) /* bytes of a value; may be 0 */
#define SOTER_STORE_BATCH_MAX	1024  /* gets, groups or accepts of one batch */
#define SOTER_STORE_GROUP_MAX	65536 /* writes of one group */
#define SOTER_STORE_SCAN_MAX	32768 /* records of one scan, all in memory */
#define SOTER_STORE_PAGE	1000 /* of each of the scans that read a kind */
#define SOTER_STORE_PENDING_MAX 4096 /* items under way in one lane */
#define SOTER_STORE_LANES_MAX	64   /* lanes (and connections) of one store */
#define SOTER_STORE_MS		5000 /* time limit where none is said */
#define SOTER_STORE_SCHEMA	2    /* newest schema that this program knows */

/*
 * Kinds: number, name, key_max, value_max, place, the schema that brought it.
 * Numbers and names are never reused: they stand in dumps, and name the tables
 * (soter_roots).  A key begins with the device id where there is one
 * (soter_store_key()), so that whatever belongs to one device can lie on one
 * machine.
 */
/* clang-format off */
#define SOTER_KIND_LIST(X)                                                   \
	/* settings and heads of chains */                                   \
	X(META,       1, "meta",       64, 65536, CHANGING, 1)               \
	/* device roots: written once, read always */                        \
	X(ROOTS,      2, "roots",     160, 65536, LASTING,  1)               \
	X(TENANTS,    3, "tenants",   160, 65536, CHANGING, 1)               \
	X(MODELS,     4, "models",    160, 65536, CHANGING, 1)               \
	X(AUDIT,      5, "audit",     160, 65536, CHANGING, 1)               \
	/* of an app's backend */                                            \
	X(KEYS,       6, "keys",      160, 65536, CHANGING, 2)               \
	X(CHALLENGES, 7, "challenges",160,  4096, CHANGING, 2)               \
	X(COUNTERS,   8, "counters",  160,    64, CHANGING, 2)               \
	X(DECISIONS,  9, "decisions", 160, 65536, CHANGING, 2)
/* clang-format on */

#define SOTER_KIND_ENUM(id, number, name, key_max, value_max, place, since) \
	SOTER_KIND_##id = number,

enum soter_store_kind {
	SOTER_KIND_LIST(SOTER_KIND_ENUM) SOTER_KIND_END, /* one behind */
};

enum soter_store_place {
	SOTER_STORE_LASTING,  /* in a directory: LMDB */
	SOTER_STORE_CHANGING, /* in a directory: SQLite */
	SOTER_STORE_PLACES,
};

struct soter_kind_row {
	const char *name; /* "roots" */
	size_t key_max;
	size_t value_max;
	enum soter_store_place place;
	unsigned since; /* schema that brought it */
};

/** The row of a kind, or NULL if that number is none. */
const struct soter_kind_row *soter_kind_row(enum soter_store_kind kind);

/**
 * Append the key of something that belongs to a device: the id, a zero byte,
 * the rest.  So a device's records stand together, and no id is the beginning
 * of another's key.
 *
 * device  1 byte or more without a zero byte.
 * rest    may be empty.
 *
 * SOTER_E_ARGUMENT  no such device id.
 * SOTER_E_NOSPACE   the writer is full, or the key would be longer than
 *                   SOTER_STORE_KEY_MAX.
 */
SOTER_MUST_CHECK enum soter_rc soter_store_key(struct soter_writer *w,
    struct soter_span device, struct soter_span rest);

/* ---- a store ------------------------------------------------------------- */

struct soter_store;

enum soter_store_mode {
	SOTER_STORE_READ_ONLY,	     /* while others write, too */
	SOTER_STORE_ROOTS_READ_ONLY, /* writes, but none to ROOTS */
	SOTER_STORE_READ_WRITE,
};

/**
 * Make an empty store of the newest schema: a directory (mode 0700, made if
 * it is missing, else it must be empty), or the tables in a database that is
 * there.
 *
 * SOTER_E_EXISTS    there is a store, or something else, already.
 * SOTER_E_ARGUMENT  neither a path nor a postgresql:// URL.
 * SOTER_E_BUSY, SOTER_E_FULL, SOTER_E_STORAGE, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc soter_store_create(const char *where);

/**
 * Move the schema forward to the newest.  Nothing if it is there already.  A
 * program that is too old keeps running on its open store, and is refused at
 * the next open or connection.
 *
 * from, to  the schema found and reached; may be NULL.
 *
 * SOTER_E_SCHEMA    it is newer than this program.
 * SOTER_E_NOTFOUND  there is no store.
 * SOTER_E_BUSY, SOTER_E_FULL, SOTER_E_STORAGE, SOTER_E_CORRUPT, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc soter_store_migrate(const char *where,
    unsigned *from, unsigned *to);

/**
 * Open a store that is there.
 *
 * where  the path of a directory, or a postgresql:// URL; copied, and never
 *        logged: it may hold a password.
 *
 * SOTER_E_NOTFOUND      there is no store: soter_store_create().
 * SOTER_E_SCHEMA        newer than this program: install a newer program.
 * SOTER_E_SCHEMA_OLDER  older: soter_store_migrate().
 * SOTER_E_ARGUMENT      neither path nor URL, or this process has the directory
 *                       open already.
 * SOTER_E_BUSY          the database cannot be reached within SOTER_STORE_MS.
 * SOTER_E_STORAGE       cannot be read, or not written; also read-only without
 *                       the right to write the lock file beside it.
 * SOTER_E_CORRUPT, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc soter_store_open(struct soter_store **out,
    const char *where, enum soter_store_mode mode);

/** All lanes must be closed.  NULL in, nothing happens. */
void soter_store_close(struct soter_store **store);

/** "embedded" or "postgresql". */
const char *soter_store_name(const struct soter_store *store);

/* ---- a lane -------------------------------------------------------------- */

/*
 * A thread's own way into the store: readers of LMDB and SQLite, or one
 * connection to PostgreSQL.  One thread at a time uses a lane, and every done
 * is called by that thread.
 *
 * For event loops: lane_get(), lane_write() and lane_accept() do not wait for
 * anything but a read of the local disk.  What they begin ends in one call of
 * done, before they return or out of soter_lane_run().  A batch, its items and
 * the keys and values that these point to are borrowed until then.  done may
 * free them, and begin other batches on the lane; it may neither close the lane
 * nor wait.
 */
struct soter_lane;

/**
 * SOTER_E_LIMIT  there are SOTER_STORE_LANES_MAX lanes.
 * SOTER_E_STORAGE, SOTER_E_NOMEM.
 * A database that cannot be reached is no error here: see SOTER_E_BUSY below.
 */
SOTER_MUST_CHECK enum soter_rc soter_lane_open(struct soter_lane **out,
    struct soter_store *store);

/**
 * Finish what is under way, calling done: in a directory as it ends, else with
 * SOTER_E_BUSY (gets) or SOTER_E_OUTCOME (the rest).  NULL in, nothing happens.
 */
void soter_lane_close(struct soter_lane **lane);

/**
 * A descriptor that becomes readable when soter_lane_run() has something to do.
 * The same for the life of the lane, also over connections that break.  Level
 * triggered; for EPOLLIN only.
 */
int soter_lane_fd(const struct soter_lane *lane);

/**
 * When soter_lane_run() has to be called at the latest, in milliseconds of
 * CLOCK_MONOTONIC; UINT64_MAX if nothing is under way that could end in time.
 */
uint64_t soter_lane_deadline(const struct soter_lane *lane);

/** Call the done of everything that ended.  Never waits. */
void soter_lane_run(struct soter_lane *lane);

/** Items under way. */
size_t soter_lane_pending(const struct soter_lane *lane);

/** Now, in milliseconds of CLOCK_MONOTONIC. */
uint64_t soter_store_now_ms(void);

/*
 * end_ms of a batch: when its time is over, in milliseconds of CLOCK_MONOTONIC;
 * 0 takes SOTER_STORE_MS from now.  A get ends then with SOTER_E_BUSY.  A write
 * ends with SOTER_E_BUSY if it had not begun, and then never will; with
 * SOTER_E_OUTCOME if a database got it and has not answered.  In a directory
 * what has begun is waited for: its end is a matter of the local disk.
 */

/* ---- get ----------------------------------------------------------------- */

struct soter_get {
	enum soter_store_kind kind;
	struct soter_span key;

	/*
	 * SOTER_OK, SOTER_E_NOTFOUND,
	 * SOTER_E_CORRUPT   the record is damaged; nothing of it is given.
	 * SOTER_E_BUSY      the database cannot be reached, or has no time:
	 *                   said at once while a connection is being made anew.
	 * SOTER_E_ARGUMENT  no such kind, or an empty key.
	 * SOTER_E_LIMIT     a key or a batch that is too long.
	 * SOTER_E_NOSPACE   soter_store_get_many() alone: room is full.
	 * SOTER_E_SCHEMA    the database became newer than this program.
	 * SOTER_E_STORAGE, SOTER_E_NOMEM.
	 */
	enum soter_rc rc;
	struct soter_span value; /* borrowed until done returns */
	uint64_t version;	 /* never 0 */
};

struct soter_get_batch {
	struct soter_get *gets;
	size_t n;
	uint64_t end_ms;
	void (*done)(struct soter_get_batch *batch);
	void *context;
};

/**
 * Read records.  In a directory done is called before this returns, and what
 * it sees of LMDB, and of SQLite, is one state each.
 */
void soter_lane_get(struct soter_lane *lane, struct soter_get_batch *batch);

/* ---- write --------------------------------------------------------------- */

enum soter_write_op {
	SOTER_PUT,	      /* whatever was there */
	SOTER_PUT_ABSENT,     /* SOTER_E_EXISTS if something is there */
	SOTER_PUT_AT,	      /* SOTER_E_CONFLICT unless at that version */
	SOTER_PUT_ABOVE,      /* SOTER_E_CONFLICT unless nothing is there, or a
				 value of the same length and smaller, as
				 big-endian numbers */
	SOTER_DELETE,	      /* whether it is there or not */
	SOTER_DELETE_PRESENT, /* SOTER_E_NOTFOUND unless it is there */
	SOTER_WRITE_OPS,
};

struct soter_write {
	enum soter_write_op op;
	enum soter_store_kind kind;
	struct soter_span key;
	struct soter_span value; /* of a PUT */
	uint64_t at;		 /* of PUT_AT: not 0 */

	/*
	 * What it has now; 0 after a deletion.  Each PUT gives a version that
	 * this key never had: one more than before, and a random number to
	 * begin with.  Written if the group's rc is SOTER_OK.
	 */
	uint64_t version;
};

/* All or nothing. */
struct soter_group {
	struct soter_write *writes;
	size_t n;

	/*
	 * SOTER_OK           done, and durable.
	 * SOTER_E_EXISTS, SOTER_E_CONFLICT, SOTER_E_NOTFOUND
	 *                    the first write in order that said no, as above;
	 *                    nothing was written.
	 * SOTER_E_BUSY       nothing was written; try again later.
	 * SOTER_E_FULL       the disk is full; nothing was written or lost.
	 * SOTER_E_OUTCOME    nobody knows: written whole or not at all.  Read
	 *                    before repeating.
	 * SOTER_E_ARGUMENT   no such kind or op, an empty key, at 0, ROOTS with
	 *                    others in one group, a store that is open for
	 *                    reading.
	 * SOTER_E_LIMIT      a key, value, group or batch that is too long.
	 * SOTER_E_CORRUPT    a record that had to be compared is damaged.
	 * SOTER_E_SCHEMA, SOTER_E_STORAGE, SOTER_E_NOMEM: nothing was written.
	 */
	enum soter_rc rc;
	size_t failed; /* which write said no; else 0 */
};

struct soter_write_batch {
	struct soter_group *groups;
	size_t n;
	uint64_t end_ms;
	void (*done)(struct soter_write_batch *batch);
	void *context;
};

/** Write groups.  They may share one commit, and are done in any order. */
void soter_lane_write(struct soter_lane *lane, struct soter_write_batch *batch);

/* ---- accept -------------------------------------------------------------- */

/*
 * A decision on a result that was verified: in one atomic step the challenge
 * goes, the counter rises, the decision is written.
 */
struct soter_accept {
	struct soter_span challenge;   /* key in CHALLENGES */
	struct soter_span counter;     /* key in COUNTERS */
	uint64_t count;		       /* kept as 8 bytes, big-endian */
	struct soter_span decision;    /* key in DECISIONS */
	struct soter_span decision_is; /* its value */

	/*
	 * SOTER_OK          done, and durable.
	 * SOTER_E_EXISTS    this decision was made before: before says what it
	 *                   was.  Nothing was changed.
	 * SOTER_E_NOTFOUND  the challenge is gone (or never was).  Nothing was
	 *                   changed.
	 * SOTER_E_REPLAY    the counter is not above the stored one.  The
	 *                   challenge is gone; nothing else was changed.
	 * The others are those of a group.
	 */
	enum soter_rc rc;
	struct soter_span before; /* borrowed until done returns */
};

struct soter_accept_batch {
	struct soter_accept *accepts;
	size_t n;
	uint64_t end_ms;
	void (*done)(struct soter_accept_batch *batch);
	void *context;
};

void soter_lane_accept(struct soter_lane *lane,
    struct soter_accept_batch *batch);

/* ---- the same, waiting: for commands and tests --------------------------- */

/*
 * ms is the time limit in milliseconds, 0 for SOTER_STORE_MS.  These run the
 * lane until their own batch has ended; the done of others is called meanwhile.
 */

/**
 * Values are appended to room, and item.value points into it.
 * SOTER_E_NOSPACE in an item whose value does not fit.
 */
void soter_store_get_many(struct soter_lane *lane, struct soter_get *gets,
    size_t n, struct soter_writer *room, unsigned ms);

void soter_store_write_many(struct soter_lane *lane, struct soter_group *groups,
    size_t n, unsigned ms);

/** Decisions that were made before are appended to room, as above. */
void soter_store_accept_many(struct soter_lane *lane,
    struct soter_accept *accepts, size_t n, struct soter_writer *room,
    unsigned ms);

/** One record.  version may be NULL.  The codes of struct soter_get. */
SOTER_MUST_CHECK enum soter_rc soter_store_get(struct soter_lane *lane,
    enum soter_store_kind kind, struct soter_span key,
    struct soter_writer *room, uint64_t *version, unsigned ms);

/** One group.  The codes of struct soter_group. */
SOTER_MUST_CHECK enum soter_rc soter_store_write(struct soter_lane *lane,
    struct soter_write *writes, size_t n, unsigned ms);

struct soter_record {
	struct soter_span key, value; /* borrowed until the call returns */
	uint64_t version;
};

struct soter_scan {
	enum soter_store_kind kind;
	struct soter_span prefix; /* only keys that begin so; may be empty */
	struct soter_span after;  /* only keys behind this; empty: all */
	size_t limit;		  /* 1 to SOTER_STORE_SCAN_MAX */

	/* Anything but SOTER_OK ends the scan, and is what it returns.  It must
	 * not use the store. */
	enum soter_rc (*each)(void *context, const struct soter_record *record);
	void *context;

	size_t found; /* records given to each */
};

/**
 * Records in the order of their keys (bytes, unsigned), all of one state.
 *
 * To go on, say the last key as `after`.  Less than limit were found: there are
 * no more.
 *
 * The codes of struct soter_get without SOTER_E_NOTFOUND, and those of each.
 */
SOTER_MUST_CHECK enum soter_rc soter_store_scan(struct soter_lane *lane,
    struct soter_scan *scan, unsigned ms);

/**
 * How many records there are.  Counts them all in SQLite and PostgreSQL.
 * The codes of a scan.
 */
SOTER_MUST_CHECK enum soter_rc soter_store_count(struct soter_lane *lane,
    enum soter_store_kind kind, uint64_t *count, unsigned ms);

#endif
