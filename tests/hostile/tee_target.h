/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/hostile/tee_target.h -- both trusted applications, for a client that
 * means them no good: who may ask them what, a request that is right, and what
 * must be as before after all that was refused.
 */
#ifndef SOTER_TESTS_HOSTILE_TEE_TARGET_H
#define SOTER_TESTS_HOSTILE_TEE_TARGET_H

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/tee.h"

#define KNAME "attack"

/* ---- the two trusted applications --------------------------------------- */

static struct target {
	const char *name;
	TEEC_UUID uuid;
	const struct soter_ta_form *(*forms)(size_t *n);
	struct tee tee;
} targets[] = {
	{ "soter", SOTER_TA_UUID, soter_ta_forms, { .n = 0 } },
	{ "biometric", SOTER_BIO_UUID, soter_bio_forms, { .n = 0 } },
};

#define EACH_TARGET(t)                      \
	struct target *t = targets;         \
	t < targets + SOTER_COUNT(targets); \
	t++

#define SOTER (&targets[0].tee)
#define BIO   (&targets[1].tee)

/* Who may: docs/tee.md, once more, as a promise to those who may not. */
enum who { NOBODY, FACTORY, USERS, ANYONE };

static inline enum who
who_may(const struct target *t, uint32_t command)
{
	if (t == &targets[1])
		return (command == SOTER_BIO_STATUS ? ANYONE : USERS);
	switch (command) {
	case SOTER_TA_STATUS:
	case SOTER_TA_SELF_TEST:
		return (ANYONE);
	case SOTER_TA_ATTK_GENERATE:
	case SOTER_TA_ATTK_VERIFY:
	case SOTER_TA_FACTORY_NONCE:
		return (FACTORY);
	case SOTER_TA_MATCH:
		return (NOBODY);
	default:
		return (USERS);
	}
}

/* A request that is right, as far as one can be without a session. */
static inline struct soter_ta_request
usual(void)
{
	struct soter_ta_request x = { .uid = (uint32_t)geteuid(),
		.copies = 1,
		.session = 1,
		.fid = 1,
		.sequence = 1,
		.modality = SOTER_MODALITY_FINGER,
		.kname = tee_text(KNAME),
		.challenge = tee_text("challenge"),
		.pin = tee_text("2580"),
		.pin_new = tee_text("2580"),
		.sample = tee_text("~"),
		.sensor = tee_text("s"),
		.sensor_version = tee_text("1") };

	x.user = soter_user_of_uid(x.uid);
	return (x);
}

static inline size_t
write_request(uint8_t to[SOTER_TA_REQUEST_MAX],
    const struct soter_ta_form *form, const struct soter_ta_request *x)
{
	struct soter_writer w = soter_writer(to, SOTER_TA_REQUEST_MAX);

	if (soter_ta_request_write(&w, form, x) != SOTER_OK)
		abort(); /* a test that is wrong */
	return (w.len);
}

static inline size_t
usual_request(uint8_t to[SOTER_TA_REQUEST_MAX],
    const struct soter_ta_form *form)
{
	struct soter_ta_request x = usual();

	return (write_request(to, form, &x));
}

/* ---- what must not change ----------------------------------------------- */

struct snapshot {
	struct soter_ta_status soter;
	struct soter_bio_status bio;
};

static inline void
look(struct snapshot *x)
{
	struct soter_ta_request mine = usual();

	memset(x, 0, sizeof(*x));
	CHECK(tee_soter(SOTER, SOTER_TA_STATUS, &mine) == 0);
	CHECK_RC(soter_ta_status_parse(&x->soter, tee_body(SOTER)), SOTER_OK);
	CHECK(tee_bio(BIO, SOTER_BIO_STATUS, &mine) == 0);
	CHECK_RC(soter_bio_status_parse(&x->bio, tee_body(BIO)), SOTER_OK);
}

static inline void
check_unchanged(const struct snapshot *before)
{
	struct snapshot now;

	look(&now);
	CHECK(now.soter.provisioned == before->soter.provisioned);
	CHECK(now.soter.sessions == before->soter.sessions);
	CHECK(now.soter.asks == before->soter.asks);
	CHECK(now.soter.authkeys == before->soter.authkeys);
	CHECK(now.soter.trouble == before->soter.trouble);
	CHECK(now.bio.pin_set == before->bio.pin_set);
	CHECK(now.bio.pin_wait_ms == before->bio.pin_wait_ms);
	CHECK(now.bio.misses == before->bio.misses);
	CHECK(now.bio.enrolled == before->bio.enrolled);
	CHECK(now.bio.steps_left == before->bio.steps_left);
	CHECK(now.bio.epoch == before->bio.epoch);
}

/* ---- refusals ----------------------------------------------------------- */

/* Everything that is not for this caller is refused, right or wrong. */
static inline void
refused(struct tee *tee, const struct target *t, enum who least)
{
	uint8_t request[SOTER_TA_REQUEST_MAX];
	size_t n;
	const struct soter_ta_form *forms = t->forms(&n);

	for (size_t i = 0; i < n; i++) {
		if (who_may(t, forms[i].command) >= least)
			continue;
		for (size_t cut = 0; cut < 2; cut++) {
			size_t len = usual_request(request, &forms[i]);

			CHECK(tee_send(tee, forms[i].command,
				  soter_span(request,
				      cut > 0 && len > 0 ? len - 1 : len)) ==
			    TEE_NO_ANSWER);
			CHECK(tee->result == TEEC_ERROR_ACCESS_DENIED);
		}
	}
}

#endif
