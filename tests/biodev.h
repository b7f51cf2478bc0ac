/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/biodev.h -- a device with TA biometric in it, in the hands of a test:
 * its clients, its storage on a disk that forgets, its clock, and a stand-in
 * for TA soter that takes every match, or answers what the test wants.
 */
#ifndef SOTER_TESTS_BIODEV_H
#define SOTER_TESTS_BIODEV_H

#include "tests/hosttee.h"
#include "wire/tacmd.h"

/* Clients, each with a session of its own. */
enum biodev_who {
	BIODEV_ENROLLER,
	BIODEV_ENROLLER_2, /* a second session of it */
	BIODEV_SERVICE,
	BIODEV_SERVICE_2,
	BIODEV_FACTORY,
	BIODEV_USER,   /* a Linux user to whom no property gives a role */
	BIODEV_GROUP,  /* the enroller's UUID, by another login */
	BIODEV_PUBLIC, /* no login */
	BIODEV_TA,     /* some other TA */
	BIODEV_SOTER,  /* TA soter */
	BIODEV_WHO
};

struct biodev {
	struct hosttee *tee;
	struct hosttee_ta *bio;
	struct hosttee_ta *soter;      /* or the stand-in */
	uint32_t sessions[BIODEV_WHO]; /* 0: not open */
	bool is_development;	       /* from the next start on */

	/* Of the last call: */
	TEE_Result result;
	uint8_t reply[SOTER_TA_REPLY_MAX];
	struct soter_span body; /* borrowed from it */

	/* The stand-in: */
	unsigned pushes;
	struct soter_ta_request pushed; /* the last; texts borrowed */
	uint8_t pushed_bytes[SOTER_TA_REQUEST_MAX];
	TEE_Identity pusher;
	enum soter_rc push_answer;   /* what it answers */
	TEE_Result push_open_result; /* what it answers to an open session */
	TEE_Result push_result;
};

/* As tests/bio/meson.build builds the TA; with biodev_linked_dep it is inside
 * the program, and there is no other. */
enum biodev_build {
	BIODEV_IS_USUAL,
	BIODEV_IS_RELEASE,
	BIODEV_IS_NEXT, /* the next version */
};

struct biodev *biodev_new(enum biodev_build build);

/** With the real TA soter, for which BIODEV_SERVICE is the service and
 * BIODEV_FACTORY the factory. */
struct biodev *biodev_new_pair(void);
/** TA biometric's code once more, as a TA of another UUID. */
struct hosttee_ta *biodev_add_impostor(struct biodev *d);
void biodev_free(struct biodev **d);

/** The TA ends in order, or is killed; it starts again with the next call. */
void biodev_restart(struct biodev *d);
void biodev_kill(struct biodev *d);

/** Cut the power off at the n-th operation of the disk from here. */
void biodev_cut(struct biodev *d, uint64_t n);
/** Did it come to that?  Then the power comes back, with one of the images. */
bool biodev_was_cut(struct biodev *d, enum diskmodel_image image,
    uint32_t seed);

/** Objects in its storage.  The TA is restarted, as it is by the next. */
size_t biodev_objects(struct biodev *d);
/** Take one away, as a TEE does that finds it changed. */
void biodev_drop(struct biodev *d, const char *id);
/** Put other bytes there. */
void biodev_damage(struct biodev *d, const char *id);
/** The bytes that the TEE keeps for it, put there again, or elsewhere. */
size_t biodev_get(struct biodev *d, const char *id, uint8_t *bytes, size_t max);
void biodev_put(struct biodev *d, const char *id, struct soter_span bytes);
/** What the object of a template is called. */
const char *biodev_template(uint64_t fid);

void biodev_wait(struct biodev *d, uint64_t ms);

/** Who that is. */
TEE_Identity biodev_identity(enum biodev_who who);

/** The client's session, opened if need be; 0: refused (d->result). */
uint32_t biodev_session(struct biodev *d, enum biodev_who who);
void biodev_close(struct biodev *d, enum biodev_who who);

/**
 * A call.  The code of the reply; SOTER_E_TEE_UNKNOWN if there is none, and
 * d->result says why.
 */
enum soter_rc biodev_call(struct biodev *d, enum biodev_who who,
    uint32_t command, const struct soter_ta_request *x);

/* ---- the commands, by whom they are meant for -------------------------- */

enum soter_rc biodev_set_pin(struct biodev *d, uint32_t user, const char *old,
    const char *pin);
enum soter_rc biodev_unfreeze(struct biodev *d, uint32_t user, const char *pin);
enum soter_rc biodev_remove(struct biodev *d, uint32_t user, const char *pin,
    uint64_t fid);
/** A whole enrolment; fid may be NULL. */
enum soter_rc biodev_enrol(struct biodev *d, uint32_t user, const char *pin,
    uint32_t modality, const char *sample, uint64_t *fid);
struct soter_bio_status biodev_status(struct biodev *d, uint32_t user);
/** How many are enrolled. */
size_t biodev_list(struct biodev *d, uint32_t user, struct soter_bio_row *rows,
    size_t max);

enum soter_rc biodev_feed(struct biodev *d, uint32_t modality,
    const char *sample);
/** Begin, and one touch after the other; stops where not all is well. */
enum soter_rc biodev_enrol_begin(struct biodev *d, uint32_t user,
    const char *pin, uint32_t modality);
enum soter_rc biodev_enrol_touch(struct biodev *d, uint32_t user,
    uint32_t modality, const char *sample, struct soter_bio_step *step);

enum soter_rc biodev_begin(struct biodev *d, uint32_t user, uint64_t session);
/** fid may be NULL. */
enum soter_rc biodev_step(struct biodev *d, uint32_t user, uint64_t session,
    uint64_t *fid);
enum soter_rc biodev_cancel(struct biodev *d, uint32_t user, uint64_t session);
/** Begin, touch with a finger, step, and cancel what is left of it. */
enum soter_rc biodev_touch(struct biodev *d, uint32_t user, uint64_t session,
    const char *sample, uint64_t *fid);

#endif
