/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/state.h -- all that TA biometric must not forget, in one object
 * that is replaced in one step: who is enrolled, the PINs, what was tried.
 *
 * A fid counts if it stands here, whatever other objects there are.  So the set
 * of fids and its epoch change together, a template that is put back is none,
 * and there is no moment between a change and its epoch.
 *
 * A storage that holds anything but no state has lost it, which only an attack
 * explains, since a TEE may delete what it finds changed.  Then nothing is
 *done: misses, epochs and the numbering of fids would begin anew.
 *
 *	"state"         anchored  below
 *	"mark"          plain     empty: there is, or was, a state
 *	"template" FID  plain     ta/biometric/template.h
 *
 * The state, numbers little-endian:
 *
 *	4  format	4  version of the TA that wrote it
 *	8  next fid	8  last sequence	8  fid that was removed last
 *	4  users, each:
 *	   4  user	1  has a PIN		32+32  its key and MAC
 *	   4  wrong PINs	4  misses	4  freezes
 *	   8  epoch	4  fids, each: 8 fid, 4 modality
 *	zeros, where it was longer once
 */
#ifndef SOTER_TA_BIOMETRIC_STATE_H
#define SOTER_TA_BIOMETRIC_STATE_H

#include "ta/object.h"
#include "ta/storage_id.h"
#include "wire/tacmd.h"

/* Grows with each release that writes something an older one must not read. */
#ifndef BIO_VERSION
#define BIO_VERSION 1
#endif

#define BIO_MAC_LEN 32 /* HMAC-SHA-256, and its key */

struct bio_user {
	uint32_t user;
	bool has_pin;
	uint8_t pin_key[BIO_MAC_LEN], pin_mac[BIO_MAC_LEN];
	uint32_t pin_fails; /* wrong PINs since the last right one */
	uint32_t misses;    /* 0 to SOTER_MISSES_MAX: then it is frozen */
	uint32_t freezes;   /* since the last match */
	uint64_t epoch;
	uint32_t fids_n;
	struct soter_bio_row fids[SOTER_USER_FIDS_MAX];

	/* Not stored: TEE time when the waits began, or begin anew. */
	uint64_t pin_since_ms, freeze_since_ms;
};

struct bio_state {
	uint64_t next_fid; /* was never given out */
	uint64_t sequence; /* was given to a try */
	uint64_t removed;  /* fid whose template may still be there; or 0 */
	uint32_t users_n;
	struct bio_user users[SOTER_USERS_MAX];
};

/* What a command needs, before it runs. */
enum bio_need {
	BIO_NEED_NOTHING,
	BIO_NEED_STATE,
};

/**
 * Make it so.  For ta_call_table.ready.
 *
 * SOTER_E_SECURITY_STATE  a newer TA was here, or the state is gone.
 * Else as ta_object_read().
 */
SOTER_MUST_CHECK enum soter_rc bio_state_ready(uint32_t needs);

/** The state; whole only after bio_state_ready(). */
const struct bio_state *bio_state(void);

/** A user's part; NULL if nothing is known of this user. */
const struct bio_user *bio_state_user(uint32_t user);

/** Begin a change: a copy of the state, which counts from commit() on. */
struct bio_state *bio_state_draft(void);

/** A user's part of it, made if need be; NULL: too many users. */
struct bio_user *bio_state_draft_user(struct bio_state *draft, uint32_t user);

/**
 * Store the draft, durably.  After any error the old state counts, or, where
 * the storage did not tell which, the one that bio_state_ready() will find.
 * Errors as ta_object_update().
 */
SOTER_MUST_CHECK enum soter_rc bio_state_commit(void);

/** Forget what was read: an instance begins. */
void bio_state_reset(void);

#endif
