/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter/core.h -- libsoter-core: one function for each key operation, as the
 * standard's soter-core has them (docs/protocol.md d.2).  It talks to the
 * device service soterd, which talks to the TEE.
 *
 *	struct soter_core *core;
 *	struct soter_answer a;
 *
 *	if (soter_core_new(&core, NULL) != SOTER_OK)
 *		...
 *	a = soter_core_generate_ask(core, 0);
 *	if (a.code != SOTER_CORE_OK)
 *		printf("%d: %s\n", a.code, soter_rc_text(a.rc));
 *
 * Every call has a time limit in milliseconds; 0 takes SOTER_CORE_MS, or
 * SOTER_CORE_KEY_MS where a key is made.  No call blocks longer than that,
 * whatever the service does.
 * A core may be used by any number of threads at once; no lock is held while
 * one waits.
 */
#ifndef SOTER_CORE_H
#define SOTER_CORE_H

#include "soter/soter.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SOTER_CORE_MS	  5000
#define SOTER_CORE_KEY_MS 60000

/* d.2: name, number, text. */
#define SOTER_CORE_CODES(X)                                                  \
	X(SOTER_CORE_OK, 0, "ok")                                            \
	X(SOTER_CORE_UNKNOWN, -1, "it failed for a reason without a number") \
	X(SOTER_CORE_PARAM, 1, "an argument is missing or makes no sense")   \
	X(SOTER_CORE_NOT_SUPPORTED, 2, "this device does not support SOTER") \
	X(SOTER_CORE_NO_ASK, 3, "there is no ASK")                           \
	X(SOTER_CORE_ASK_GENERATE, 4, "the ASK could not be generated")      \
	X(SOTER_CORE_ASK_REMOVE, 5, "the ASK could not be removed")          \
	X(SOTER_CORE_AUTHKEY_GENERATE, 6,                                    \
	    "the AuthKey could not be generated")                            \
	X(SOTER_CORE_AUTHKEY_REMOVE, 7, "the AuthKey could not be removed")

#define SOTER_CORE_ENUM(name, number, text) name = number,

enum soter_core_code { SOTER_CORE_CODES(SOTER_CORE_ENUM) };

/**
 * What came of a call: the number that the standard's client library gives
 * (enum soter_core_code, or enum soter_process_code of soter/wrapper.h), and
 * why, in the catalogue of soter/soter.h.  The reasons 0x05.. are the TEE's own
 * or the service's.
 */
struct soter_answer {
	int code;
	enum soter_rc rc;
};

/** The number of c.3 behind an answer, such as -5, or 0 if the TEE gave none.
 */
SOTER_PUBLIC int soter_answer_tee(struct soter_answer a);

/** What a code of d.2 means; "unknown" if it is none. */
SOTER_PUBLIC const char *soter_core_text(int code);

/* ---- a core -------------------------------------------------------------- */

struct soter_core;

/* Members that are 0 or NULL take what is said behind them. */
struct soter_core_options {
	/* Path of soterd's socket: $SOTER_SOCKET (ignored in set-user-ID
	 * programs), else /run/soter/soterd.sock. */
	const char *socket;
	/* How long a call waits for a service that is not there: 3000 (d.1). */
	unsigned connect_ms;
};

/**
 * Make a core.  Does not connect and does not block.
 *
 * options  copied; may be NULL.
 *
 * SOTER_E_ARGUMENT  a path that no socket can have.
 * SOTER_E_NOMEM.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_core_new(
    struct soter_core **out, const struct soter_core_options *options);

/**
 * End it: calls that wait, in whatever thread, return SOTER_E_CANCELLED,
 * pending completions are called with it, then the memory goes.  No other
 * thread may begin a call.  Not to be called by a completion.
 *
 * After fork() both processes own a core of their own: the child's has no
 * connection, and none of the calls that were under way.  So has what a child
 * inherits to be freed there, too.
 */
SOTER_PUBLIC void soter_core_free(struct soter_core **core);

/**
 * Connect at the next call even while the back-off runs, and begin it anew: the
 * app came to the foreground (d.1).
 */
SOTER_PUBLIC void soter_core_retry(struct soter_core *core);

/* ---- keys ---------------------------------------------------------------- */

#define SOTER_CORE_JSON_MAX	 4096 /* with its NUL */
#define SOTER_CORE_SIGNATURE_MAX 345  /* Base64, with its NUL */
#define SOTER_CORE_DEVICE_ID_MAX 129  /* with its NUL */

/*
 * What the TEE signed: a key with its signature, or a result.  Upload json and
 * signature as they are.  The rest was read out of json without verifying it.
 */
struct soter_core_signed {
	size_t json_n;
	char json[SOTER_CORE_JSON_MAX];		  /* NUL-terminated */
	char signature[SOTER_CORE_SIGNATURE_MAX]; /* "" if there is none */
	uint64_t claimed_counter;
	uint32_t claimed_salt_len;
	uint64_t claimed_fid; /* 0 in a key */
	char claimed_cpu_id[SOTER_CORE_DEVICE_ID_MAX];
	char claimed_uid[33];
};

/** Is there a service, a TEE, a device root?  Code 0 or 2; rc says why not. */
SOTER_PUBLIC struct soter_answer soter_core_is_supported(
    struct soter_core *core, unsigned ms);

/** Make an ASK; one that is there goes, and all AuthKeys with it.  0, 4. */
SOTER_PUBLIC struct soter_answer soter_core_generate_ask(
    struct soter_core *core, unsigned ms);

/** Remove the ASK and all AuthKeys of this app.  0, 5. */
SOTER_PUBLIC struct soter_answer soter_core_remove_ask(struct soter_core *core,
    unsigned ms);

/** 0: there is one; 3 with SOTER_E_ASK_NOT_READY: there is none; -1. */
SOTER_PUBLIC struct soter_answer soter_core_has_ask(struct soter_core *core,
    unsigned ms);

/** 0: there is one and its export can be read; 3, -1. */
SOTER_PUBLIC struct soter_answer soter_core_is_ask_valid(
    struct soter_core *core, unsigned ms);

/**
 * Export the ASK, signed by the device root; the counter moves.  0, 3, -1; with
 * SOTER_E_UNREADABLE, here and below: the TEE gave bytes that cannot be read.
 */
SOTER_PUBLIC struct soter_answer soter_core_get_ask(struct soter_core *core,
    unsigned ms, struct soter_core_signed *out);

/** Make an AuthKey; one of this name goes.  0, 1, 3 (no ASK), 6. */
SOTER_PUBLIC struct soter_answer soter_core_generate_authkey(
    struct soter_core *core, const char *kname, unsigned ms);

/** Remove an AuthKey, and with also_ask everything.  0, 1, 7, 5. */
SOTER_PUBLIC struct soter_answer soter_core_remove_authkey(
    struct soter_core *core, const char *kname, bool also_ask, unsigned ms);

/** 0: there is one; -1 with SOTER_E_AUTH_KEY_NOT_READY: there is none; 1. */
SOTER_PUBLIC struct soter_answer soter_core_has_authkey(struct soter_core *core,
    const char *kname, unsigned ms);

/**
 * 0: it can be exported; else -1.  With auto_delete one that the TEE calls
 * damaged, or whose export cannot be read, is removed; one that could not be
 * asked for stays.
 */
SOTER_PUBLIC struct soter_answer soter_core_is_authkey_valid(
    struct soter_core *core, const char *kname, bool auto_delete, unsigned ms);

/** Export an AuthKey, signed by the ASK; the counter moves.  0, 1, -1. */
SOTER_PUBLIC struct soter_answer soter_core_get_authkey(struct soter_core *core,
    const char *kname, unsigned ms, struct soter_core_signed *out);

/**
 * The knames of this app's AuthKeys, one call of `each` for each, before this
 * function returns.  kname: NUL-terminated, good during the call.
 */
SOTER_PUBLIC struct soter_answer soter_core_list(struct soter_core *core,
    unsigned ms, void (*each)(void *context, const char *kname), void *context);

/* ---- signing ------------------------------------------------------------- */

/**
 * Fix AuthKey and challenge inside the TEE, before the user touches the sensor.
 * challenge: 1 to 512 bytes, UTF-8.  0, 1, -1.
 */
SOTER_PUBLIC struct soter_answer soter_core_init_sign(struct soter_core *core,
    const char *kname, struct soter_span challenge, unsigned ms,
    uint64_t *session);

/**
 * Sign, once, after a match for this session.  0; -1 with
 * SOTER_E_VERIFICATION_FAILED: no match yet, the session is still there.
 */
SOTER_PUBLIC struct soter_answer soter_core_finish_sign(struct soter_core *core,
    uint64_t session, unsigned ms, struct soter_core_signed *out);

SOTER_PUBLIC struct soter_answer soter_core_cancel_sign(struct soter_core *core,
    uint64_t session, unsigned ms);

/* ---- sensor -------------------------------------------------------------- */

enum soter_modality_kind {
	SOTER_FINGER = 1,
	SOTER_FACE = 2,
};

/** What device, TEE and sensor say of themselves. */
struct soter_device_state {
	unsigned modalities; /* bit 0 finger, bit 1 face: hardware */
	unsigned enrolled;   /* fingers and faces of this user */
	unsigned misses;     /* since the last match */
	unsigned freeze_ms;  /* 0: not frozen; else how long it still lasts */
	bool is_simulated;
	bool is_provisioned; /* the device root is there */
	bool has_ask;
	unsigned rollback; /* GP antiRollback.protectionLevel: 0, 100, 1000 */
	char tee_n[49], tee_v[49], sensor[49];
};

SOTER_PUBLIC struct soter_answer soter_core_state(struct soter_core *core,
    unsigned ms, struct soter_device_state *out);

/** The sensor looks, for a session of this app.  rc SOTER_E_IS_AUTHING,
 * SOTER_E_FROZEN, SOTER_E_NOT_ENROLLED, ... */
SOTER_PUBLIC struct soter_answer soter_core_auth_begin(struct soter_core *core,
    uint64_t session, enum soter_modality_kind modality, unsigned ms);

/**
 * What has it seen?  0: a match, which went to the signing session inside the
 * TEE.  rc SOTER_E_WAITING: nothing yet; SOTER_E_MISS: nobody enrolled;
 * SOTER_E_FROZEN: that was one too many.
 *
 * left  misses until the freeze, after a match or a miss; 0 if a miss was seen
 *       and nobody says.  May be NULL.
 */
SOTER_PUBLIC struct soter_answer soter_core_auth_step(struct soter_core *core,
    uint64_t session, unsigned ms, unsigned *left);

SOTER_PUBLIC struct soter_answer soter_core_auth_cancel(struct soter_core *core,
    uint64_t session, unsigned ms);

/* ---- device -------------------------------------------------------------- */

SOTER_PUBLIC struct soter_answer soter_core_device_id(struct soter_core *core,
    unsigned ms, char out[SOTER_CORE_DEVICE_ID_MAX]);

/** getVersion: 1. */
SOTER_PUBLIC struct soter_answer soter_core_version(struct soter_core *core,
    unsigned ms, uint32_t *out);

/**
 * getExtraParam: up to four numbers.  "fingerprint_type": 0 undefined, 1
 * normal, 2 under the screen; "fingerprint_hardware_position": left, top,
 * right, bottom.
 */
SOTER_PUBLIC struct soter_answer soter_core_extra(struct soter_core *core,
    const char *key, unsigned ms, int32_t out[4], size_t *n);

/** A package is gone: remove all keys of its uid.  For root and the service. */
SOTER_PUBLIC struct soter_answer soter_core_forget(struct soter_core *core,
    uint32_t uid, unsigned ms);

/* ---- can it be believed? ------------------------------------------------- */

/* Steps of soter_selftest(), in their order. */
#define SOTER_SELFTEST_STEPS(X)                                         \
	X(SERVICE, "the device service answers")                        \
	X(TEE, "the TEE answers")                                       \
	X(ROOT, "the device has its root key")                          \
	X(ENGINE, "the TEE makes a key, signs and verifies")            \
	X(ASK, "an ASK is there or can be made, and is exported")       \
	X(AUTHKEY, "an AuthKey is made and exported")                   \
	X(SESSION, "a signature is begun, and refused without a touch") \
	X(REMOVE, "what was made is removed")                           \
	X(SENSOR, "a finger or face is enrolled, and not frozen")

#define SOTER_SELFTEST_ENUM(name, text) SOTER_SELFTEST_##name,

enum soter_selftest_step {
	SOTER_SELFTEST_STEPS(SOTER_SELFTEST_ENUM) SOTER_SELFTEST_N
};

struct soter_selftest_result {
	/* Of each step: SOTER_OK, why it failed, or SOTER_E_CANCELLED for one
	 * that was not tried, since an earlier one failed. */
	enum soter_rc steps[SOTER_SELFTEST_N];
};

/**
 * Really make, use and delete a key, and say what failed.  Keys that the app
 * has stay as they are.  Code 0: all but the sensor's step succeeded, which is
 * the user's business; 2: this device does not do it.
 *
 * A quarter of the time, at most SOTER_CORE_MS, is kept for removing what was
 * made.  If that fails, or the core is ended meanwhile, an AuthKey
 * "soter_selftest" stays until the next test, and an ASK that the app did not
 * have.  Not while another thread or process of this app makes an ASK.
 */
SOTER_PUBLIC struct soter_answer soter_selftest(struct soter_core *core,
    unsigned ms, struct soter_selftest_result *out);

/** What a step is about. */
SOTER_PUBLIC const char *soter_selftest_text(enum soter_selftest_step step);

/* ---- without waiting ----------------------------------------------------- */

/*
 * The asynchronous form of the calls above, but for the list, the extra
 * parameters and forgetting: fill in what the operation takes, and it runs on a
 * thread of the core's, which takes no signals.
 */
enum soter_core_op {
	SOTER_CORE_IS_SUPPORTED,
	SOTER_CORE_GENERATE_ASK,
	SOTER_CORE_REMOVE_ASK,
	SOTER_CORE_HAS_ASK,
	SOTER_CORE_IS_ASK_VALID,
	SOTER_CORE_GET_ASK, /* signed */
	SOTER_CORE_GENERATE_AUTHKEY,
	SOTER_CORE_REMOVE_AUTHKEY, /* flag: also_ask */
	SOTER_CORE_HAS_AUTHKEY,
	SOTER_CORE_IS_AUTHKEY_VALID, /* flag: auto_delete */
	SOTER_CORE_GET_AUTHKEY,	     /* signed */
	SOTER_CORE_INIT_SIGN,	     /* session */
	SOTER_CORE_FINISH_SIGN,	     /* signed */
	SOTER_CORE_CANCEL_SIGN,
	SOTER_CORE_STATE, /* state */
	SOTER_CORE_AUTH_BEGIN,
	SOTER_CORE_AUTH_STEP, /* left, after a miss, too */
	SOTER_CORE_AUTH_CANCEL,
	SOTER_CORE_DEVICE_ID, /* device_id */
	SOTER_CORE_VERSION,   /* number */
	SOTER_CORE_SELFTEST,  /* selftest */
};

struct soter_core_call {
	enum soter_core_op op;
	unsigned ms;
	bool flag;
	const char *kname;	     /* copied */
	struct soter_span challenge; /* copied */
	uint64_t session;
	enum soter_modality_kind modality;
};

/* What came of it; the member that the operation names, if code is 0. */
struct soter_core_outcome {
	struct soter_answer answer;
	union {
		struct soter_core_signed is_signed;
		struct soter_device_state state;
		struct soter_selftest_result selftest;
		char device_id[SOTER_CORE_DEVICE_ID_MAX];
		uint64_t session;
		uint32_t number;
		unsigned left;
	};
};

/**
 * Begin a call; `done` is called once, on a thread of the core's, when it ended
 * or its time is over, and may begin the next one.  The outcome is borrowed
 * during that call.
 *
 * SOTER_E_NOMEM, SOTER_E_LIMIT (64 are waiting), SOTER_E_ARGUMENT, or
 * SOTER_E_CANCELLED (the core ends): `done` is not called.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_core_start(
    struct soter_core *core, const struct soter_core_call *call,
    void (*done)(void *context, const struct soter_core_outcome *outcome),
    void *context);

#ifdef __cplusplus
}
#endif

#endif
