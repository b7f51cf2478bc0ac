/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fakecore.h -- soter/core.h without a service and without a TEE, for the
 * tests of libsoter.  It keeps keys as a TEE does (an ASK that is made or goes
 * takes every AuthKey along), and does what its script says: each call may
 * fail, from the n-th on, and may hang.
 *
 * The state may lie in memory that several processes share.  A test changes it
 * between tasks, or holds the lock.
 */
#ifndef SOTER_TESTS_FAKECORE_H
#define SOTER_TESTS_FAKECORE_H

#include "soter/core.h"

/* Calls, by their names in soter/core.h. */
/* clang-format off */
#define FAKECORE_OPS(X)                                           \
	X(IS_SUPPORTED) X(GENERATE_ASK) X(REMOVE_ASK) X(HAS_ASK)  \
	X(IS_ASK_VALID) X(GET_ASK) X(GENERATE_AUTHKEY)            \
	X(REMOVE_AUTHKEY) X(HAS_AUTHKEY) X(GET_AUTHKEY)           \
	X(INIT_SIGN) X(FINISH_SIGN) X(CANCEL_SIGN) X(STATE)       \
	X(AUTH_BEGIN) X(AUTH_STEP) X(AUTH_CANCEL)
/* clang-format on */

#define FAKECORE_ENUM(name) FAKE_##name,

enum fakecore_op { FAKECORE_OPS(FAKECORE_ENUM) FAKECORE_OPS_N };

#define FAKECORE_KEYS_MAX 32

struct fakecore_key {
	char kname[128];
	bool is_bad; /* cannot be exported */
};

struct fakecore {
	/* The TEE. */
	bool has_ask, is_ask_bad;
	struct fakecore_key keys[FAKECORE_KEYS_MAX];
	size_t keys_n;
	uint64_t counter;
	uint64_t session; /* 0: none is live */
	bool is_looking;
	/* The sensor. */
	unsigned modalities, enrolled, misses, freeze_ms;
	/* What it sees, one letter a look: '.' nothing, 'x' a miss, 'm' a
	 * match, 'f' the freeze, 'c' cancelled, '!' it breaks.  The last one
	 * for ever. */
	const char *sees;
	/* The script. */
	enum soter_rc fail[FAKECORE_OPS_N];
	unsigned pass[FAKECORE_OPS_N];	/* so many calls before it fails */
	unsigned times[FAKECORE_OPS_N]; /* it fails: 0: for ever */
	unsigned hang_ms[FAKECORE_OPS_N];
	void (*before)(enum fakecore_op op); /* without the lock */
	unsigned calls[FAKECORE_OPS_N];
};

/** The one that all cores speak to; set before the first call. */
extern struct fakecore *fakecore;

/** A device with a finger, and no keys. */
void fakecore_reset(struct fakecore *f);

void fakecore_lock(void);
void fakecore_unlock(void);

/** Is the AuthKey there? */
bool fakecore_has(const struct fakecore *f, const char *kname);
/** Put it there. */
void fakecore_put(struct fakecore *f, const char *kname);
/** Let an operation fail, always. */
void fakecore_fail(struct fakecore *f, enum fakecore_op op, enum soter_rc rc);

#endif
