/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/tabox.h -- TA soter on a machine of its own: a disk that forgets, a
 * clock that the test moves, and clients of every identity.
 *
 * The TA is the shared object that soter-teed would load, or one built with
 * other options; it calls the host TEE's API in this program.  A panic ends the
 * test: nothing that a client sends may cause one.
 */
#ifndef SOTER_TESTS_TABOX_H
#define SOTER_TESTS_TABOX_H

#include "teehost/instance.h"
#include "tests/diskmodel.h"
#include "wire/tacmd.h"

#define TABOX_SERVICE_UID  990
#define TABOX_FACTORY_UID  991
#define TABOX_ENROLLER_UID 992
#define TABOX_TEE_NAME	   "OpenSOTER-test-TEE"

/* Who opens a session. */
enum tabox_who {
	TABOX_SERVICE,
	TABOX_FACTORY,
	TABOX_ENROLLER,
	TABOX_BIOMETRIC, /* TA biometric */
	TABOX_OTHER_TA,	 /* a TA of another UUID */
	TABOX_LIAR,	 /* a client that claims TA biometric's UUID */
	TABOX_PUBLIC,	 /* a client without a login */
	TABOX_USER_1001, /* Linux users, for soter.development */
	TABOX_USER_1002,
	TABOX_GROUP_990, /* right number, wrong kind of login */
	TABOX_TA_1001,	 /* a TA whose maker chose user 1001's UUID */
	TABOX_WHOS
};

/* A built TA. */
struct tabox_ta {
	void *handle;
	struct teehost_ta entry;
};

/* How the TA was built; tests/ta/meson.build, in this order. */
enum tabox_build {
	TABOX_USUAL,
	TABOX_SALT32,
	TABOX_BLOCK1,
	TABOX_EPOCH,
	TABOX_FACTORY_KEY, /* that of tests/ta/factory.pem */
	TABOX_NEXT,	   /* the next version */
	TABOX_UNGUARDED,   /* keys may come back, says the build */
	TABOX_BUILDS,
	/* Only where the program brings a pool of keys (tests/keypool.h). */
	TABOX_POOL_USUAL = TABOX_BUILDS,
	TABOX_POOL_BLOCK1,
	TABOX_POOL_BUILDS
};

/**
 * The builds, from the program's arguments, the last two only if they are
 * given; ends the test if one is not there.
 */
extern struct tabox_ta tabox_builds[TABOX_POOL_BUILDS];
void tabox_load(int argc, char **argv);

struct tabox {
	const struct tabox_ta *ta;
	struct diskmodel *disk;
	struct diskmodel_power power;
	struct teehost_disk *folder;
	struct teehost_store *store;
	struct teehost_instance *instance;
	uint32_t sessions[TABOX_WHOS]; /* 0: not open */
	uint64_t now_ms;
	uint64_t sequence; /* of the last match that tabox_match() told */
	bool is_development;
	const char *service; /* in place of the right identity; may be NULL */
	/* Runs whenever the TA asks for the time; may be NULL. */
	void (*on_time)(void *state);
	void *on_time_state;
};

/** A new machine that is off. */
void tabox_new(struct tabox *box, const struct tabox_ta *ta);

/** Power on: open the storage, start the TA.  The storage's answer. */
SOTER_MUST_CHECK enum soter_rc tabox_start(struct tabox *box);

/** Orderly end of the TA; the machine goes on. */
void tabox_stop(struct tabox *box);

/** The TA is killed where it is, without any of its code running. */
void tabox_kill(struct tabox *box);

/** tabox_kill(), if it runs, and everything else. */
void tabox_free(struct tabox *box);

/** Change the TA of a machine that is off. */
void tabox_change(struct tabox *box, const struct tabox_ta *ta);

struct tabox_reply {
	TEE_Result result;
	enum soter_rc code; /* SOTER_E_ENGINE if there was none */
	size_t n;
	uint8_t body[SOTER_TA_EXPORT_MAX];
};

/** The identity of a client. */
TEE_Identity tabox_identity(enum tabox_who who);

/**
 * One call with bytes, on a session that is opened if need be.  The buffers end
 * where their heap blocks end; a reply that is not well formed ends the test.
 *
 * room  bytes of the reply buffer.
 */
void tabox_send(struct tabox *box, enum tabox_who who, uint32_t command,
    struct soter_span request, size_t room, struct tabox_reply *reply);

/** One call as its form wants it. */
void tabox_call(struct tabox *box, enum tabox_who who, uint32_t command,
    const struct soter_ta_request *x, struct tabox_reply *reply);

/**
 * The same, in short: the code that the reply gives, and the body's first 4 KiB
 * in tabox_last.  SOTER_E_ACCESS for TEE_ERROR_ACCESS_DENIED, SOTER_E_ENGINE
 * for any other TEE_Result.
 */
extern struct tabox_reply tabox_last;
enum soter_rc tabox_do(struct tabox *box, enum tabox_who who, uint32_t command,
    uint32_t uid, const char *kname);

/** generateAttkKeyPair, as the factory. */
enum soter_rc tabox_generate(struct tabox *box, uint32_t copies,
    struct soter_span token);

/** initSign; *session receives the session. */
enum soter_rc tabox_init(struct tabox *box, uint32_t uid, const char *kname,
    const char *challenge, uint64_t *session);

/** finishSign, cancelSign. */
enum soter_rc tabox_finish(struct tabox *box, uint32_t uid, uint64_t session);
enum soter_rc tabox_cancel(struct tabox *box, uint32_t uid, uint64_t session);

/** A match for a session, of the user 0, the finger 7, the next sequence. */
enum soter_rc tabox_match(struct tabox *box, uint64_t session);

/** ATTK with its copy, ASK and AuthKey "pay" of uid 10001: ends the test if not
 * so. */
void tabox_provision(struct tabox *box);
#define TABOX_UID   10001
#define TABOX_KNAME "pay"

/** The counter in the signed text that was the last reply's body; 0: none. */
uint64_t tabox_counter(void);

#endif
