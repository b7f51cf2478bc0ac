/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/use.h -- who has the sensor now: one authentication or one
 * enrolment, of one session of one client, and nobody else.
 *
 *	free ──take──► taken ──touch, any number──┐
 *	  ▲              │                        │
 *	  └── end, the client's session closes, SOTER_SESSION_MS without a touch
 *
 * In RAM: what a restart takes away has to begin again.
 */
#ifndef SOTER_TA_BIOMETRIC_USE_H
#define SOTER_TA_BIOMETRIC_USE_H

#include "ta/role.h"
#include "wire/tacmd.h"

enum bio_use_kind { BIO_USE_NONE, BIO_USE_AUTH, BIO_USE_ENROL };

struct bio_use {
	enum bio_use_kind kind;
	const struct ta_caller *owner; /* names the session; borrowed */
	uint32_t user, modality;
	uint64_t session;    /* of TA soter; 0: none */
	uint32_t left;	     /* touches that an enrolment still wants */
	uint64_t touched_ms; /* TEE time; in the beginning: when it began */
};

/**
 * Take the sensor, and let it forget what touched it before.
 * SOTER_E_IS_AUTHING  somebody has it.
 */
SOTER_MUST_CHECK enum soter_rc bio_use_take(enum bio_use_kind kind,
    const struct ta_caller *owner, const struct soter_ta_request *x);

/**
 * The use that this client began with this user and session.
 * SOTER_E_SESSION_OUT_OF_TIME  there is none, or no more.
 */
SOTER_MUST_CHECK enum soter_rc bio_use_find(struct bio_use **out,
    enum bio_use_kind kind, const struct ta_caller *owner,
    const struct soter_ta_request *x);

/** Touches that a running enrolment of this user still wants; else 0. */
uint32_t bio_use_left(uint32_t user);

/** Somebody touched the sensor: the time begins anew. */
void bio_use_touch(void);

/** Free it, and let it forget what touched it. */
void bio_use_end(void);

/** A client's session closes. */
void bio_use_leave(const struct ta_caller *owner);

#endif
