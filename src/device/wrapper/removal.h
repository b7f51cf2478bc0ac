/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/removal.h -- every removal of a key that the wrapper makes
 * (docs/protocol.md d.5).  docs/device.md shows the same table; a test holds
 * them together, and reaches each row.
 *
 * Two more rows of d.5 are not the wrapper's: the app is uninstalled (soterd),
 * and the device is reset (the TEE).
 */
#ifndef SOTER_DEVICE_WRAPPER_REMOVAL_H
#define SOTER_DEVICE_WRAPPER_REMOVAL_H

#include "device/wrapper/run.h"

/* Name; what goes; the code that the task ends with, 0 if it goes on; when. */
#define WRAPPER_REMOVALS(X)                                                    \
	X(INIT_ASK, ALL, 0,                                                    \
	    "init or prepare: an ASK is there, its status is not 0")           \
	X(INIT_AUTHKEY, AUTHKEY, 0,                                            \
	    "init or prepare: the ASK is fine, an AuthKey's status is not 0")  \
	X(ASK_AGAIN, ALL, 0, "prepare ASK with auto delete: one is there")     \
	X(ASK_INVALID, ALL, 0, "prepare ASK: one is there, but is not valid")  \
	X(ASK_GENERATE, ALL, 4, "the ASK could not be generated")              \
	X(ASK_STATUS, ALL, 4,                                                  \
	    "the ASK was generated, but its status could not be written")      \
	X(ASK_EXPORT, ALL, 3, "the ASK could not be exported")                 \
	X(ASK_UPLOAD, ALL, 1003, "the ASK was not taken by the server")        \
	X(ASK_STOPPED, ALL, 1020, "prepare ASK was stopped")                   \
	X(AUTHKEY_ALONE, AUTHKEY, 0,                                           \
	    "prepare AuthKey: the ASK is not valid, but the AuthKey is there") \
	X(AUTHKEY_AGAIN, AUTHKEY, 0,                                           \
	    "prepare AuthKey with auto delete: one is there")                  \
	X(AUTHKEY_INVALID, AUTHKEY, 0,                                         \
	    "prepare AuthKey: one is there, but is not valid")                 \
	X(AUTHKEY_GENERATE, ALL, 6, "the AuthKey could not be generated")      \
	X(AUTHKEY_GONE, AUTHKEY, 6,                                            \
	    "the AuthKey could not be generated, for no fault of the ASK")     \
	X(AUTHKEY_STATUS, AUTHKEY, 6,                                          \
	    "the AuthKey was generated, but its status could not be written")  \
	X(AUTHKEY_EXPORT, AUTHKEY, 1006, "the AuthKey could not be exported")  \
	X(AUTHKEY_UPLOAD, AUTHKEY, 1004,                                       \
	    "the AuthKey was not taken by the server")                         \
	X(AUTHKEY_STOPPED, AUTHKEY, 1020, "prepare AuthKey was stopped")       \
	X(SIGN_DEAD, AUTHKEY, 1027,                                            \
	    "authorise: the TEE cannot sign with the AuthKey any more")        \
	X(TWICE, ALL, 0,                                                       \
	    "authorise: the same 1007, 1015 or 1018 for the second time")      \
	X(APP_AUTHKEY, AUTHKEY, 0, "the app removes the AuthKey of a scene")   \
	X(APP_ALL, ALL, 0, "the app removes all")

/* What goes. */
enum wrapper_removed {
	WRAPPER_REMOVE_AUTHKEY, /* one, by its name */
	WRAPPER_REMOVE_ALL,	/* the ASK, and so every AuthKey of the app */
};

#define WRAPPER_REMOVAL_ENUM(name, what, code, when) WRAPPER_##name,

enum wrapper_removal {
	WRAPPER_REMOVALS(WRAPPER_REMOVAL_ENUM) WRAPPER_REMOVALS_N
};

struct wrapper_removal_row {
	const char *name;
	enum wrapper_removed what;
	int code;
	const char *when;
};

extern const struct wrapper_removal_row wrapper_removal_rows[];

/**
 * Remove: the status first, so that the next init comes back to it if this is
 * cut short; then the key; then the row of the status.  Has WRAPPER_CLEAN_MS of
 * its own for each call, for it also runs when the task's time is over.
 *
 * kname  of the AuthKey; ignored where all goes.
 *
 * Returns the core's answer; 0 if it is gone, or never was there.
 */
struct soter_answer wrapper_removal_do(struct wrapper_run *run,
    enum wrapper_removal row, const char *kname);

/**
 * The same where the task ends with it.  Returns the row's code, with the
 * reason of that.
 */
struct soter_answer wrapper_removal_end(struct wrapper_run *run,
    enum wrapper_removal row, enum soter_rc why);

#endif
