/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/inside.h -- what the parts of a store know of each other.
 *
 *	store.c		kinds; which backend a place belongs to
 *	lane.c		checks batches, and keeps those under way
 *	wait.c		the calls that wait
 *	embedded.c	a directory: lasting.c (LMDB), changing.c (SQLite), and
 *			writer.c, the thread that commits for all
 *	pg.c		a database: pgconn.c (a connection), pglane.c (what is
 *			under way in one), pgsend.c (statements)
 *	sql.c		the SQL of both
 *	fresh.c		a directory that becomes a store at one moment
 *	dump.c, backup.c, embcopy.c, pgcopy.c
 *			a whole store, out and in
 *
 * A batch becomes a job.  A job lives from its begin to its end, in the list of
 * its lane; only the backend's writers see it in another thread meanwhile.
 */
#ifndef SOTER_STORE_INSIDE_H
#define SOTER_STORE_INSIDE_H

#include <stdatomic.h>

#include "store/sql.h"
#include "store/store.h"

/* The rc of an item that nobody has decided yet. */
#define STORE_UNDECIDED ((enum soter_rc)0xffff)

enum store_job_type {
	STORE_GET,
	STORE_WRITE,
	STORE_ACCEPT,
	STORE_SCAN,
	STORE_COUNT,
};

/* Internal: a scan or a count, as a batch of one. */
struct store_look {
	enum soter_store_kind kind;
	struct soter_scan *scan; /* NULL: count */
	uint64_t count;
	enum soter_rc rc;
	uint64_t end_ms;
	bool is_done;
};

struct store_job {
	struct store_job *next, *prev; /* in the lane, by end_ms */
	struct soter_lane *lane;
	enum store_job_type type;
	size_t n;
	uint64_t end_ms;
	union {
		struct soter_get_batch *get;
		struct soter_write_batch *write;
		struct soter_accept_batch *accept;
		struct store_look *look;
	};
	bool is_over; /* its time is; the backend was told */

	bool is_told; /* its done was called; the backend still has it */

	/* The backend's own. */
	size_t left; /* items that are undecided, to begin with */
	struct store_job *queue_next[SOTER_STORE_PLACES], *ended_next;
	unsigned waiting; /* places that have not answered */
	struct store_part {
		enum soter_rc verdict; /* counts once it is committed */
		size_t failed;
		void *memory; /* what the answer points into */
		struct store_job *job;
		struct store_part *next; /* of those that are sent together */
		unsigned tries, statements;
	} part[];
};

struct store_ops {
	const char *name;

	enum soter_rc (*create)(const char *where);
	enum soter_rc (
	    *migrate)(const char *where, unsigned *from, unsigned *to);
	enum soter_rc (*open)(struct soter_store **out, const char *where,
	    enum soter_store_mode mode);
	void (*close)(struct soter_store *store);

	enum soter_rc (
	    *lane_open)(struct soter_lane **out, struct soter_store *store);
	/* Ends every job first. */
	void (*lane_close)(struct soter_lane *lane);

	/* Begin a job; it may end before this returns. */
	void (*begin)(struct soter_lane *lane, struct store_job *job);
	/* End what has ended. */
	void (*run)(struct soter_lane *lane);
	/* A job's time is over: end it, unless its end is near. */
	void (*expire)(struct soter_lane *lane, struct store_job *job);
	/* As soter_lane_deadline(), for what is no job; may be NULL. */
	uint64_t (*deadline)(const struct soter_lane *lane);
	/* Free what the backend keeps in a job. */
	void (*forget)(struct store_job *job);
};

extern const struct store_ops store_embedded, store_postgresql;

/* Each backend begins its own structs with these. */
struct soter_store {
	const struct store_ops *ops;
	enum soter_store_mode mode;
	atomic_uint lanes;
};

struct soter_lane {
	struct soter_store *store;
	int fd;
	size_t pending;			/* items */
	struct store_job *first, *last; /* under way, by end_ms */
};

/** The backend that a place belongs to; NULL if it is none. */
const struct store_ops *store_ops_of(const char *where);

/** Where a group writes. */
enum soter_store_place store_group_place(const struct soter_group *group);

/** The rc cell of item i. */
enum soter_rc *store_job_rc(struct store_job *job, size_t i);

/** Decide each item that is undecided. */
void store_job_decide(struct store_job *job, enum soter_rc rc);

/** Take a job out of its lane and call its done; its batch is gone then. */
void store_job_tell(struct store_job *job);

/** Free a job that was told. */
void store_job_free(struct store_job *job);

/** Both. */
void store_job_end(struct store_job *job);

/** Begin a scan or a count. */
void store_lane_look(struct soter_lane *lane, struct store_look *look);

/** A version to begin with: 1 to 2^62, random, never handed out before. */
uint64_t store_birth(void);

/** enum soter_rc of an errno. */
enum soter_rc store_errno(int error);

#endif
