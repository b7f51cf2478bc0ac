/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter/wrapper.h -- libsoter: what an app does, as the standard's
 * soter-wrapper has it (docs/protocol.md d.3 to d.7): init, prepare, authorise.
 *
 *	init                once per process: what is half-made is removed, and
 *	                    the server is asked whether it takes this device
 *	prepare_authkey     when the user switches a business scene on: ASK and
 *	                    AuthKey are made and uploaded, if they are not there
 *	authorise           challenge, touch, signed result, upload
 *
 * examples/pay.c is the whole of it.
 *
 * A wrapper has one thread of its own, which runs all tasks and calls the
 * network's functions; no lock is held meanwhile.  One task of a kind at a
 * time: a second one gets 1023, and so does a prepare or a removal while
 * another process of the app makes keys.
 *
 * The functions here wait for their task, up to `ms` milliseconds (0:
 * SOTER_TASK_MS); a task whose time is over is cancelled, and cleans up behind
 * itself (d.5).  Only the caller's own event function, if it runs just then, is
 * waited for without a limit: it may use what the caller owns.  To wait on the
 * wrapper's own thread, in a completion or an event, is refused: code 1,
 * SOTER_E_ARGUMENT.  soter_wrapper_start() does not wait.
 *
 * fork() does not take the thread along: in the child, each of these functions
 * answers at once with code 1, SOTER_E_FORKED, and nothing is begun;
 * soter_wrapper_free() releases the memory there, and stops nothing.  A child
 * that wants to pay makes a wrapper of its own.  One that was made inside a
 * completion, an event or a function of the network has to call exec() or
 * _exit() before it returns from there.
 *
 * Any task may also end with 1020: cancelled (SOTER_E_CANCELLED), or its time
 * was over (SOTER_E_TIME); with 1023; with 2 and SOTER_E_NO_SERVICE if the
 * device service went away; with -1 and SOTER_E_STATUS_FILE or SOTER_E_NOMEM.
 */
#ifndef SOTER_WRAPPER_H
#define SOTER_WRAPPER_H

#include "soter/core.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SOTER_TASK_MS 60000

/* d.7: name, number, text.  0 to 7 are those of soter/core.h. */
#define SOTER_PROCESS_CODES(X)                                                 \
	X(SOTER_PROCESS_PURPOSE, 1001, "unexpected purpose")                   \
	X(SOTER_PROCESS_SUPPORT, 1002, "asking the server for support failed") \
	X(SOTER_PROCESS_UPLOAD_ASK, 1003,                                      \
	    "the ASK was not taken by the server")                             \
	X(SOTER_PROCESS_UPLOAD_AUTHKEY, 1004,                                  \
	    "the AuthKey was not taken by the server")                         \
	X(SOTER_PROCESS_AUTHKEY_EXPIRED, 1005, "the AuthKey has expired")      \
	X(SOTER_PROCESS_NO_AUTHKEY, 1006, "there is no AuthKey for the scene") \
	X(SOTER_PROCESS_INIT_SIGN, 1007, "the signature could not be begun")   \
	X(SOTER_PROCESS_NOT_INIT, 1008, "not initialised")                     \
	X(SOTER_PROCESS_NO_SCENE, 1009, "the scene was not named at init")     \
	X(SOTER_PROCESS_NO_NETWORK, 1010,                                      \
	    "no challenge, and nobody to ask for one")                         \
	X(SOTER_PROCESS_CONTEXT, 1011, "the caller has gone")                  \
	X(SOTER_PROCESS_NO_FINGERPRINT, 1012, "no finger is enrolled")         \
	X(SOTER_PROCESS_NO_BIOMETRIC, 1013, "no finger or face is enrolled")   \
	X(SOTER_PROCESS_CHALLENGE, 1014, "no challenge came from the server")  \
	X(SOTER_PROCESS_AUTH_BEGIN, 1015, "the sensor could not be started")   \
	X(SOTER_PROCESS_FINGERPRINT, 1016, "the finger was not recognised")    \
	X(SOTER_PROCESS_BIOMETRIC, 1017, "finger or face was not recognised")  \
	X(SOTER_PROCESS_SIGN, 1018, "the result could not be signed")          \
	X(SOTER_PROCESS_UPLOAD_RESULT, 1019,                                   \
	    "the result was not taken by the server")                          \
	X(SOTER_PROCESS_CANCELLED, 1020, "cancelled")                          \
	X(SOTER_PROCESS_FINGERPRINT_LOCKED, 1021,                              \
	    "the sensor is frozen for a while")                                \
	X(SOTER_PROCESS_BIOMETRIC_LOCKED, 1022,                                \
	    "too many misses: the sensor has just frozen")                     \
	X(SOTER_PROCESS_RUNNING, 1023, "a task of this kind is running")       \
	X(SOTER_PROCESS_SCENES, 1024, "no scene was named")                    \
	X(SOTER_PROCESS_SALT, 1025,                                            \
	    "the salt for account distinction cannot be used")                 \
	X(SOTER_PROCESS_ASK_NAME, 1026, "the ASK's name is too long")          \
	X(SOTER_PROCESS_SIGNATURE, 1027, "the AuthKey can no longer sign")     \
	X(SOTER_PROCESS_ALREADY, 1028, "already initialised")                  \
	X(SOTER_PROCESS_NEGATIVE, 1029, "the user chose another way")

enum soter_process_code { SOTER_PROCESS_CODES(SOTER_CORE_ENUM) };

/** What a code of d.2 or d.7 means; "unknown" if it is none of them. */
SOTER_PUBLIC const char *soter_process_text(int code);

/* ---- the app's server ---------------------------------------------------- */

enum soter_support_type {
	SOTER_SUPPORT_UNDEFINED = -1,
	SOTER_SUPPORT_NONE = 0,
	SOTER_SUPPORT_FINGER = 1,
	SOTER_SUPPORT_FACE = 2,
	SOTER_SUPPORT_BOTH = 3,
};

/*
 * How the app's server is asked; each function may be NULL.  They run on the
 * wrapper's thread, may block, and should end within `ms`.  Each returns
 *
 *	SOTER_OK                 the server took it, or answered
 *	SOTER_E_UPLOAD_REFUSED   the server said no: asking again is no use
 *	SOTER_E_NETWORK          nothing has come to the server: nobody has that
 *	                         name, or no connection could be made
 *	anything else, such as   it may have come there: the time was over after
 *	SOTER_E_NO_ANSWER        sending, the connection was lost, or what came
 *	                         back is no answer
 *
 * After either of the last two the wrapper tries again, up to SOTER_TRIES times
 * in all, within the task's time: a question, or a key, exported anew if it may
 * have come there, so that its counter is a new one.
 *
 * A result is tried again after SOTER_E_NETWORK only.  The server may have made
 * the payment, and would refuse the same result as a replay; so authorise ends
 * with 1019 and SOTER_E_NO_ANSWER, which says that it may have.  The same holds
 * for a caller whose time is over, or who cancels, while a result is sent.
 * 1019 with another reason, and 1020, say that it has not.  If in doubt, say
 * SOTER_E_NO_ANSWER.
 *
 * soter/http.h has a set over HTTP.
 */
struct soter_network {
	void *context;
	/* model: the device info (b.6). */
	enum soter_rc (*is_support)(void *context, const char *model,
	    unsigned ms, bool *is_supported, enum soter_support_type *type);
	enum soter_rc (*upload_ask)(void *context,
	    const struct soter_core_signed *ask, unsigned ms);
	enum soter_rc (*upload_authkey)(void *context, int32_t scene,
	    const struct soter_core_signed *authkey, unsigned ms);
	/* out: size bytes, to be NUL-terminated. */
	enum soter_rc (*get_challenge)(void *context, int32_t scene, char *out,
	    size_t size, unsigned ms);
	enum soter_rc (*upload_result)(void *context, int32_t scene,
	    const struct soter_core_signed *result, unsigned ms);
};

#define SOTER_TRIES 3

/* ---- a wrapper ----------------------------------------------------------- */

struct soter_wrapper;

#define SOTER_SCENES_MAX   30
#define SOTER_SALT_MAX	   16 /* characters; a longer one is hashed (d.3) */
#define SOTER_ASK_NAME_MAX 24

/* Members that are 0 or NULL take what is said behind them. */
struct soter_wrapper_options {
	const int32_t *scenes; /* the business scenes of this app; copied */
	size_t scenes_n;
	const char *salt;     /* distinguishes accounts: "" */
	const char *ask_name; /* of no effect but its length: "Wechat" uid */
	const char *model; /* device info (b.6): made from os-release and DMI */
	const char *socket; /* of soterd: see soter/core.h */
	/* Where soter_status lies, mode 0700: $XDG_STATE_HOME/soter, else
	 * ~/.local/state/soter.  One app of a user: one directory. */
	const char *status_dir;
	const struct soter_network *network; /* copied: nobody to ask */
	/* A line for the app's log, never with secrets: nowhere. */
	void (*log)(void *context, const char *line);
	void *log_context;
};

/**
 * Make a wrapper, and its thread.  Nothing is asked yet.
 * SOTER_E_ARGUMENT, SOTER_E_NOMEM, SOTER_E_LIMIT (too many scenes).  What is
 * wrong with salt, ASK name or scenes, init says.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_wrapper_new(
    struct soter_wrapper **out, const struct soter_wrapper_options *options);

/**
 * Release: running tasks are cancelled, clean up (d.5) and end with 1020 within
 * SOTER_RELEASE_MS, or are left to end alone; then the memory goes.  Their
 * completions are called, and can begin no others.
 */
SOTER_PUBLIC void soter_wrapper_free(struct soter_wrapper **w);

#define SOTER_RELEASE_MS 5000

/** Cancel whatever runs.  It ends with 1020, soon. */
SOTER_PUBLIC void soter_wrapper_cancel(struct soter_wrapper *w);

/**
 * The user chose another way, such as a password: an authorisation that runs or
 * waits ends with 1029, soon.  Other tasks go on.
 */
SOTER_PUBLIC void soter_wrapper_decline(struct soter_wrapper *w);

/* Which keys a task removed on its way: nothing goes silently. */
enum {
	SOTER_REMOVED_ASK = 1,	   /* and with it every AuthKey */
	SOTER_REMOVED_AUTHKEY = 2, /* that of the scene, or of several */
};

/* What came of a task. */
struct soter_task_result {
	struct soter_answer answer;
	/* Bits of SOTER_REMOVED_..., with those of earlier tasks whose caller
	 * had gone before they cleaned up. */
	unsigned removed;
	unsigned freeze_ms; /* 1021, 1022: how long it still lasts */
	enum soter_support_type support;    /* init */
	struct soter_core_signed is_signed; /* the key, or the result; code 0 */
};

/**
 * Initialise.  0 supported; 2 not: no service, no TEE, no root, no sensor, or
 * the server says so (rc tells which); 1002, 1024, 1025, 1026, 1028.
 * result may be NULL, here and below.
 */
SOTER_PUBLIC struct soter_answer soter_wrapper_init(struct soter_wrapper *w,
    unsigned ms, struct soter_task_result *result);

/** Is it initialised, and is the device supported?  Does not block. */
SOTER_PUBLIC bool soter_wrapper_is_supported(const struct soter_wrapper *w);

enum {
	SOTER_AUTO_DELETE = 1,	    /* one that is there goes first */
	SOTER_AUTO_PREPARE_ASK = 2, /* prepare_authkey: an ASK as well */
};

/** Have an ASK, uploaded.  0, 2, 3 (no export), 4, 1003, 1008. */
SOTER_PUBLIC struct soter_answer soter_wrapper_prepare_ask(
    struct soter_wrapper *w, unsigned flags, unsigned ms,
    struct soter_task_result *result);

/**
 * Have an AuthKey for a scene, uploaded.  0, 2, 3 (no ASK), 4, 6, 1003, 1004,
 * 1006 (no export), 1008, 1009.
 */
SOTER_PUBLIC struct soter_answer soter_wrapper_prepare_authkey(
    struct soter_wrapper *w, int32_t scene, unsigned flags, unsigned ms,
    struct soter_task_result *result);

/* What the user may be told while the sensor looks. */
enum soter_auth_event {
	SOTER_AUTH_TOUCH, /* touch the sensor now */
	SOTER_AUTH_MISS,  /* nobody enrolled: again; left: tries until the
			     freeze */
	SOTER_AUTH_MATCH,
};

struct soter_authorisation {
	int32_t scene;
	const char *challenge; /* NULL: the network is asked; copied */
	enum soter_modality_kind modality; /* 0: SOTER_FINGER */
	/* On the wrapper's thread; may be NULL.  Not called any more once
	 * soter_wrapper_authorise() has returned, which waits for it, however
	 * long it takes: it should be short, and wait for nobody who waits for
	 * that call. */
	void (
	    *event)(void *context, enum soter_auth_event event, unsigned left);
	void *context;
};

/**
 * Authorise and sign.  result: what the AuthKey signed.  0, 2, 1006 to 1010,
 * 1012 to 1015, 1017 to 1019, 1021, 1022, 1027, 1029.
 *
 * 1019 with SOTER_E_NO_ANSWER: the server may have taken the result.  Ask it
 * what came of the order before the user is asked to touch once more.
 *
 * 1027 removes the AuthKey, unless another process of the app makes keys just
 * then: `removed` tells, and the next task that meets the key removes it.
 */
SOTER_PUBLIC struct soter_answer soter_wrapper_authorise(
    struct soter_wrapper *w, const struct soter_authorisation *what,
    unsigned ms, struct soter_task_result *result);

/** Remove the AuthKey of a scene; 0 if there is none, too.  7, 1008, 1009. */
SOTER_PUBLIC struct soter_answer soter_wrapper_remove_authkey(
    struct soter_wrapper *w, int32_t scene, unsigned ms);

/** Remove ASK and all AuthKeys; 0 if there are none, too.  5, 1008. */
SOTER_PUBLIC struct soter_answer soter_wrapper_remove_all(
    struct soter_wrapper *w, unsigned ms);

/** The AuthKey name of a scene: "Wechatuid1000__scene1" (d.3).  Longest 127. */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_wrapper_kname(
    const struct soter_wrapper *w, int32_t scene, char out[128]);

/** The wrapper's core, for what the wrapper has no name for.  Borrowed. */
SOTER_PUBLIC struct soter_core *soter_wrapper_core(struct soter_wrapper *w);

/* ---- without waiting ----------------------------------------------------- */

enum soter_task_kind {
	SOTER_TASK_INIT,
	SOTER_TASK_PREPARE_ASK,
	SOTER_TASK_PREPARE_AUTHKEY,
	SOTER_TASK_AUTHORISE,
	SOTER_TASK_REMOVE_AUTHKEY,
	SOTER_TASK_REMOVE_ALL,
};

struct soter_task {
	enum soter_task_kind kind;
	int32_t scene;
	unsigned flags, ms;
	struct soter_authorisation authorisation; /* AUTHORISE */
};

/**
 * Begin a task; `done` is called once, on the wrapper's thread, and may begin
 * another one, or release the wrapper; may be NULL.  result: borrowed during
 * that call.  What can be said at once, such as 1023, is said that way too;
 * 1001 for a kind that there is not.
 *
 * SOTER_E_NOMEM.
 * SOTER_E_CANCELLED  the wrapper is being released: no task begins any more.
 * SOTER_E_FORKED     it is another process's.
 * With any of them, `done` is not called.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_wrapper_start(
    struct soter_wrapper *w, const struct soter_task *task,
    void (*done)(void *context, const struct soter_task_result *result),
    void *context);

#ifdef __cplusplus
}
#endif

#endif
