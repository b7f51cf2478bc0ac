/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/tenant.h -- whoever may ask the TAM: apps' backends, and the sources of
 * roots.
 *
 * A secret is random and has 128 bits, so one hash with a salt of its own is
 * enough to keep it; nobody can try them all.
 *
 *	offset  size  field
 *	0       1     1, the form
 *	1       1     class: 1 test, 2 production
 *	2       1     rights: 1 asks (app), 2 brings roots (source)
 *	3       1     0 active, 1 suspended
 *	4       4     epoch: random at first, grows when its tokens are revoked
 *	8       4     requests a second
 *	12      8     since, in seconds of Unix time
 *	20      16    salt
 *	36      32    SHA-256 of salt and secret
 *	68      ...   note, UTF-8, up to TAM_NOTE_MAX bytes
 */
#ifndef SOTER_TAM_TENANT_H
#define SOTER_TAM_TENANT_H

#include "crypto/hash.h"
#include "soter/verify.h"
#include "tam/bounds.h"

enum tam_right {
	TAM_RIGHT_ASK = 1,
	TAM_RIGHT_INTAKE = 2,
};

struct tam_tenant {
	enum soter_class cls;
	uint8_t rights; /* bits of enum tam_right */
	bool is_suspended;
	uint32_t epoch, rate;
	uint64_t since_s;
	uint8_t salt[TAM_SALT_LEN], hash[SOTER_SHA256_LEN];
	char note[TAM_NOTE_MAX + 1];
};

#define TAM_TENANT_MAX (68 + TAM_NOTE_MAX)

/** SOTER_E_CORRUPT unless it is what tam_tenant_write() writes. */
SOTER_MUST_CHECK enum soter_rc tam_tenant_parse(struct tam_tenant *out,
    struct soter_span record);

/** Append a record.  SOTER_E_NOSPACE, SOTER_E_ARGUMENT. */
SOTER_MUST_CHECK enum soter_rc tam_tenant_write(struct soter_writer *w,
    const struct tam_tenant *x);

/** 1 to TAM_APPID_MAX letters, digits, - _ . : else SOTER_E_ARGUMENT. */
SOTER_MUST_CHECK enum soter_rc tam_appid_check(struct soter_span appid);

/**
 * Give it a new secret, which is told once: here.
 *
 * secret  receives TAM_SECRET_LEN hex digits and a NUL; wipe it.
 *
 * SOTER_E_ENGINE
 */
SOTER_MUST_CHECK enum soter_rc tam_tenant_set_secret(struct tam_tenant *x,
    char secret[TAM_SECRET_LEN + 1]);

/** SOTER_E_SECRET unless it is the tenant's; takes the same time for all. */
SOTER_MUST_CHECK enum soter_rc tam_tenant_check_secret(
    const struct tam_tenant *x, struct soter_span secret);

#endif
