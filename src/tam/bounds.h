/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/bounds.h -- what the TAM takes upon itself at most.
 */
#ifndef SOTER_TAM_BOUNDS_H
#define SOTER_TAM_BOUNDS_H

#include "wire/limits.h"

#define TAM_ROOTS_MAX	 8 /* of one device; one is for its chains */
#define TAM_TENANTS_MAX	 100000
#define TAM_APPID_MAX	 64    /* bytes */
#define TAM_SECRET_LEN	 32    /* hex digits of 16 random bytes */
#define TAM_SALT_LEN	 16    /* beside the hash of a secret */
#define TAM_NOTE_MAX	 256   /* what people write beside something */
#define TAM_TOKEN_S	 7200  /* life of an access token (e.1) */
#define TAM_TOKEN_KEYS	 4     /* keys that tokens are checked with */
#define TAM_RULES_MAX	 20000 /* of the model registry */
#define TAM_RULE_ID_MAX	 64
#define TAM_PROFILE_MAX	 32
#define TAM_DATE_LEN	 10   /* 2026-11-26 */
#define TAM_RATE_DEFAULT 1000 /* requests a second of one tenant */
#define TAM_RATE_MAX	 1000000
#define TAM_FRESH_MS	 1000 /* a change is known everywhere after */
#define TAM_INTAKE_MAX	 128  /* roots of one request */
#define TAM_WHO_MAX	 64   /* name of whoever made a change */

#endif
