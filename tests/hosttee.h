/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/hosttee.h -- a host TEE in this process, for tests and fuzz targets:
 * one machine with its clock, any number of TAs on it, each with a storage in
 * memory (tests/diskmodel.h).
 *
 *	struct hosttee *tee = hosttee_new();
 *	struct hosttee_ta *ta = hosttee_add(tee,
 *	    &(struct hosttee_setup){ .uuid = SOTER_TA_UUID, .so = path });
 *
 *	hosttee_open(ta, &user, &session);
 *	hosttee_call(ta, session, command, request, reply, &n);
 *	hosttee_restart(ta);		the process ends, and starts again
 *	hosttee_free(&tee);
 *
 * A TA that is not running is started by the first open(), as soter-teed does.
 * When it panics the call answers TEE_ERROR_TARGET_DEAD, its sessions are gone,
 * its storage stays.  A TA that calls another one arrives there with the login
 * of a TA and its UUID.
 *
 * A shared object finds TEE_* in the program: executable(..., dependencies :
 * hosttee_dep, export_dynamic : true).  It is loaded anew at each start, and
 * its variables with it.  A TA that is linked in (HOSTTEE_LINKED) keeps its
 * variables over a restart.
 *
 * What a test cannot do anything about (memory, a .so that is not there) ends
 * the program with a message.
 */
#ifndef SOTER_TESTS_HOSTTEE_H
#define SOTER_TESTS_HOSTTEE_H

#include "teehost/instance.h"
#include "tests/diskmodel.h"

struct hosttee;
struct hosttee_ta;

struct hosttee_setup {
	TEE_UUID uuid;
	const char *so;	      /* path; NULL: ta is linked in */
	struct teehost_ta ta; /* if so is NULL */
	/* borrowed, and may be changed between starts */
	const struct teehost_property *properties;
	size_t properties_n;
};

/* The entry points that the program itself defines. */
#define HOSTTEE_LINKED                                      \
	{                                                   \
		.create = TA_CreateEntryPoint,              \
		.destroy = TA_DestroyEntryPoint,            \
		.open_session = TA_OpenSessionEntryPoint,   \
		.close_session = TA_CloseSessionEntryPoint, \
		.invoke = TA_InvokeCommandEntryPoint,       \
	}

struct hosttee *hosttee_new(void);
void hosttee_free(struct hosttee **tee);

/** TEE time in ms; 0 in the beginning.  TEE_Wait() moves it, too. */
void hosttee_set_ms(struct hosttee *tee, uint64_t ms);
uint64_t hosttee_ms(const struct hosttee *tee);

/** Has the client asked to cancel?  Until it is set back. */
void hosttee_set_cancelled(struct hosttee *tee, bool is_cancelled);

/** A TA; it lives as long as the machine.  setup is copied. */
struct hosttee_ta *hosttee_add(struct hosttee *tee,
    const struct hosttee_setup *setup);

/** Give it other properties, from the next start on.  Borrowed. */
void hosttee_set_properties(struct hosttee_ta *ta,
    const struct teehost_property *properties, size_t n);

/* ---- calls ------------------------------------------------------------- */

/** Open a session without parameters.  The TA starts if it does not run. */
TEE_Result hosttee_open(struct hosttee_ta *ta, const TEE_Identity *client,
    uint32_t *session);

TEE_Result hosttee_invoke(struct hosttee_ta *ta, uint32_t session,
    uint32_t command, uint32_t types, TEE_Param params[4]);

/**
 * A call of the shape that our TAs use: request in, reply out.
 *
 * n  room at reply; then what the TA says that it wrote, or needs.
 */
TEE_Result hosttee_call(struct hosttee_ta *ta, uint32_t session,
    uint32_t command, struct soter_span request, uint8_t *reply, size_t *n);

void hosttee_close(struct hosttee_ta *ta, uint32_t session);

/** End the TA in order; it starts again with the next open(). */
void hosttee_restart(struct hosttee_ta *ta);

/** End it like a kill: no entry point is called. */
void hosttee_kill(struct hosttee_ta *ta);

/* ---- looking ----------------------------------------------------------- */

/** Why it panicked last, and with which code; NULL: it did not yet. */
const char *hosttee_panic(const struct hosttee_ta *ta);
TEE_Result hosttee_panic_code(const struct hosttee_ta *ta);

/** NULL while it does not run. */
struct teehost_instance *hosttee_instance(const struct hosttee_ta *ta);

/** Its storage; NULL while it does not run. */
struct teehost_store *hosttee_store(const struct hosttee_ta *ta);

/** Its storage's folder: to damage, to copy, to cut the power of. */
struct diskmodel *hosttee_disk(const struct hosttee_ta *ta);

/** While it does not run: put another folder there.  Taken over. */
void hosttee_set_disk(struct hosttee_ta *ta, struct diskmodel *disk);

#endif
