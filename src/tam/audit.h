/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/audit.h -- the audit trail: one entry for each change, each with the hash
 * of the one before.
 *
 * Who rewrites an entry, takes one out or puts one in has to rewrite all that
 * follow, and the head.  Who keeps a head (number and hash) elsewhere can show
 * that.
 *
 *	in AUDIT, key: number, 8 bytes big-endian; 1 is the first
 *	offset  size  field
 *	0       1     1, the form
 *	1       32    hash of the entry before; zeros in the first
 *	33      8     when, in seconds of Unix time
 *	41      8     random: two changes are never the same bytes
 *	49      ...   who, what, subject, before, after: each a text, 2 bytes of
 *	              length (little-endian) in front
 *
 *	hash of an entry: SHA-256 of its key and its value
 *
 *	in META, key "audit": number (8, big-endian) and hash of the last one
 *
 * before and after are for people: what a record said.  No secrets.
 */
#ifndef SOTER_TAM_AUDIT_H
#define SOTER_TAM_AUDIT_H

#include "crypto/hash.h"
#include "store/store.h"
#include "tam/bounds.h"

#define TAM_AUDIT_WHAT_MAX 32	/* "tenant.add" */
#define TAM_AUDIT_TEXT_MAX 4096 /* subject, before, after; each */
#define TAM_AUDIT_MAX \
	(49 + 5 * 2 + TAM_WHO_MAX + TAM_AUDIT_WHAT_MAX + 3 * TAM_AUDIT_TEXT_MAX)

struct tam_audit {
	uint64_t number, time_s;
	uint8_t before_hash[SOTER_SHA256_LEN], random[8];
	struct soter_span who, what, subject, before, after;
};

/**
 * Read an entry; texts are borrowed from value.
 * SOTER_E_CORRUPT unless it is what tam_audit_write() writes.
 */
SOTER_MUST_CHECK enum soter_rc tam_audit_parse(struct tam_audit *out,
    struct soter_span key, struct soter_span value);

/** Append the value.  SOTER_E_NOSPACE; SOTER_E_LIMIT for a text too long. */
SOTER_MUST_CHECK enum soter_rc tam_audit_write(struct soter_writer *w,
    const struct tam_audit *x);

/** The number as a key. */
void tam_audit_key(uint8_t out[8], uint64_t number);

/** SOTER_E_ENGINE. */
SOTER_MUST_CHECK enum soter_rc tam_audit_hash(uint8_t out[SOTER_SHA256_LEN],
    struct soter_span key, struct soter_span value);

/* The last entry. */
struct tam_head {
	uint64_t number; /* 0: there is none yet */
	uint8_t hash[SOTER_SHA256_LEN];
};

#define TAM_HEAD_LEN (8 + SOTER_SHA256_LEN)

/** SOTER_E_CORRUPT. */
SOTER_MUST_CHECK enum soter_rc tam_head_parse(struct tam_head *out,
    struct soter_span value);

void tam_head_write(uint8_t out[TAM_HEAD_LEN], const struct tam_head *x);

/* What a check of the whole trail found. */
struct tam_audit_found {
	struct tam_head head; /* as the entries say */
	uint64_t bad;	 /* number of the first that is wrong; 0: the head */
	const char *why; /* static text; NULL if nothing is wrong */
};

/**
 * Hold every entry against the one before, and the last one against the head.
 *
 * each  called with every good entry, in order; may be NULL.
 *
 * SOTER_OK         whole.
 * SOTER_E_CORRUPT  out->bad and out->why say where and why.
 * Those of soter_store_scan(), SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc tam_audit_check(struct tam_audit_found *out,
    struct soter_lane *lane,
    enum soter_rc (*each)(void *context, const struct tam_audit *entry),
    void *context);

#endif
