/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/records.h -- a store of a test: the same rows run over every backend.
 *
 *	struct records r;
 *
 *	records_new(&r, argv[1]);		"embedded", "postgresql"
 *	records_create(&r);
 *	records_open(&r, SOTER_STORE_READ_WRITE);	r.store, r.lane
 *	...
 *	records_end(&r);
 *
 * What a test cannot do anything about ends the program.
 */
#ifndef SOTER_TESTS_RECORDS_H
#define SOTER_TESTS_RECORDS_H

#include "store/store.h"
#include "tests/folder.h"
#include "tests/pg.h"

#define RECORDS_MS 60000 /* long: the machine may be busy */

struct records {
	const char *backend;
	struct folder folder;
	struct pg pg;	    /* of the backend "postgresql": started */
	char database[200]; /* its URL; each place is a schema of it */
	char where[300];    /* a store, or where one will be */
	struct soter_store *store;
	struct soter_lane *lane;
};

/** false: the backend is not on this machine; a row says so. */
bool records_new(struct records *r, const char *backend);
void records_end(struct records *r);

bool records_is_embedded(const struct records *r);

/** Another place that nothing is at, of the same backend. */
void records_other(struct records *r, const char *name);

/** Make the store, of the newest schema or another one. */
void records_create(struct records *r);
void records_create_at(struct records *r, unsigned schema);

/** Open store and lane; closes those that are open. */
void records_open(struct records *r, enum soter_store_mode mode);
void records_close(struct records *r);

/* ---- one record ---------------------------------------------------------- */

/* Texts may hold NUL: LIT("a\0b"); BYTES("a\0b") in a static table. */
#define LIT(text) SOTER_SPAN(text)
#define BYTES(text)                                             \
	{                                                       \
		(const uint8_t *)("" text ""), sizeof(text) - 1 \
	}

/** A single write. */
enum soter_rc records_write(struct records *r, enum soter_write_op op,
    enum soter_store_kind kind, struct soter_span key, struct soter_span value);

/** PUT that must succeed; gives the version. */
uint64_t records_put(struct records *r, enum soter_store_kind kind,
    struct soter_span key, struct soter_span value);

/** Is this there: with this value, or not at all (value.p NULL)? */
bool records_is(struct records *r, enum soter_store_kind kind,
    struct soter_span key, struct soter_span value);

/** The version, or 0 if nothing is there. */
uint64_t records_version(struct records *r, enum soter_store_kind kind,
    struct soter_span key);

/** What RECORDS_NONE is not: absent. */
#define RECORDS_NONE soter_span(NULL, 0)

#endif
