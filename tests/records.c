/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/embedded.h"
#include "store/pg.h"
#include "tests/check.h"
#include "tests/records.h"

/* The machine's fault, or the test's. */
#define MUST(rc) must((rc), #rc, __LINE__)

static void
must(enum soter_rc rc, const char *what, int line)
{
	if (rc == SOTER_OK)
		return;
	fprintf(stderr, "records.c:%d: %s: %s\n", line, what,
	    soter_rc_word(rc));
	abort();
}

bool
records_is_embedded(const struct records *r)
{
	return (strcmp(r->backend, "embedded") == 0);
}

bool
records_new(struct records *r, const char *backend)
{
	memset(r, 0, sizeof(*r));
	r->backend = backend;
	if (!records_is_embedded(r)) {
		if (!pg_new(&r->pg)) {
			check_skip("PostgreSQL", "it is not installed");
			return (false);
		}
		pg_start(&r->pg);
		pg_database(&r->pg, "store", r->database, sizeof(r->database));
	}
	folder_new(&r->folder);
	records_other(r, "one");
	return (true);
}

void
records_end(struct records *r)
{
	records_close(r);
	if (!records_is_embedded(r))
		pg_end(&r->pg);
	folder_remove(r->folder.path);
}

void
records_other(struct records *r, const char *name)
{
	if (records_is_embedded(r))
		snprintf(r->where, sizeof(r->where), "%s/%s", r->folder.path,
		    name);
	else
		pg_schema(r->database, name, r->where, sizeof(r->where));
}

void
records_create_at(struct records *r, unsigned schema)
{
	MUST(records_is_embedded(r) ? store_embedded_create_at(r->where, schema)
				    : store_pg_create_at(r->where, schema));
}

void
records_create(struct records *r)
{
	MUST(soter_store_create(r->where));
}

void
records_open(struct records *r, enum soter_store_mode mode)
{
	records_close(r);
	MUST(soter_store_open(&r->store, r->where, mode));
	MUST(soter_lane_open(&r->lane, r->store));
}

void
records_close(struct records *r)
{
	soter_lane_close(&r->lane);
	soter_store_close(&r->store);
}

/* ---- one record ---------------------------------------------------------- */

enum soter_rc
records_write(struct records *r, enum soter_write_op op,
    enum soter_store_kind kind, struct soter_span key, struct soter_span value)
{
	struct soter_write x = { .op = op,
		.kind = kind,
		.key = key,
		.value = value };

	return (soter_store_write(r->lane, &x, 1, RECORDS_MS));
}

uint64_t
records_put(struct records *r, enum soter_store_kind kind,
    struct soter_span key, struct soter_span value)
{
	struct soter_write x = { .op = SOTER_PUT,
		.kind = kind,
		.key = key,
		.value = value };

	MUST(soter_store_write(r->lane, &x, 1, RECORDS_MS));
	return (x.version);
}

bool
records_is(struct records *r, enum soter_store_kind kind, struct soter_span key,
    struct soter_span value)
{
	static uint8_t bytes[SOTER_STORE_VALUE_MAX];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc;

	rc = soter_store_get(r->lane, kind, key, &room, NULL, RECORDS_MS);
	if (value.p == NULL)
		return (rc == SOTER_E_NOTFOUND);
	return (
	    rc == SOTER_OK && soter_span_equal(soter_written(&room), value));
}

uint64_t
records_version(struct records *r, enum soter_store_kind kind,
    struct soter_span key)
{
	static uint8_t bytes[SOTER_STORE_VALUE_MAX];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));
	uint64_t version = 0;
	enum soter_rc rc;

	rc = soter_store_get(r->lane, kind, key, &room, &version, RECORDS_MS);
	if (rc != SOTER_E_NOTFOUND)
		MUST(rc);
	return (version);
}
