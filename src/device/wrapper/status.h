/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/status.h -- soter_status: how far the making of each key came
 * (docs/protocol.md d.3), so that a crash leaves no half-made key behind.
 *
 *	soter_status 1
 *	Wechat1000 0
 *	Wechatuid1000__scene1 2
 *	sum 89c0f9a3e1d25b07
 *
 * A change is written to soter_status.new, synced, renamed, and the folder is
 * synced: it is durable before the step that it announces begins.  A file that
 * is not as above, to the last byte, is damaged: each key is then unknown,
 * until all have been removed, or an ASK is made, which ends all.  The sum
 * finds accidents, it keeps nobody out: whoever can write the file is the app.
 *
 * soter_status.lock is locked while a task makes or removes keys, so that two
 * processes of one app do not take each other's work for a crash.
 */
#ifndef SOTER_DEVICE_WRAPPER_STATUS_H
#define SOTER_DEVICE_WRAPPER_STATUS_H

#include "base/span.h"
#include "wire/limits.h"

#define WRAPPER_STATUS_ROWS_MAX 128

enum wrapper_key_state {
	WRAPPER_KEY_UNKNOWN = -1,
	WRAPPER_KEY_READY = 0,
	WRAPPER_KEY_MAKING = 1,
	WRAPPER_KEY_MADE = 2, /* but not uploaded */
};

struct wrapper_status_row {
	char name[SOTER_KNAME_MAX + 1];
	enum wrapper_key_state state;
};

/* The file as it was read; begins as WRAPPER_STATUS_NONE. */
struct wrapper_status {
	int dir_fd, lock_fd; /* -1: not open, not locked */
	bool is_damaged;
	size_t n;
	struct wrapper_status_row rows[WRAPPER_STATUS_ROWS_MAX];
};

#define WRAPPER_STATUS_NONE \
	((struct wrapper_status){ .dir_fd = -1, .lock_fd = -1 })

/**
 * Open the folder, which is made if it is missing, and read the file.
 *
 * SOTER_E_STATUS_FILE  the folder or the file cannot be used, or others may
 *                      write there.  A damaged file is no error.
 */
SOTER_MUST_CHECK enum soter_rc wrapper_status_open(struct wrapper_status *s,
    const char *dir);

/**
 * Try to lock, and read again what the last owner wrote.  Does not wait.
 *
 * SOTER_E_WAITING      another process has it.
 * SOTER_E_STATUS_FILE.
 */
SOTER_MUST_CHECK enum soter_rc wrapper_status_lock(struct wrapper_status *s);

/** missing  what holds for a name that is not in the file. */
enum wrapper_key_state wrapper_status_get(const struct wrapper_status *s,
    const char *name, enum wrapper_key_state missing);

/**
 * Durable on return.  alone: all other rows go.  In a damaged file every name
 * is unknown already.
 *
 * SOTER_E_STATUS_FILE  it cannot be written: nothing has changed, or, after an
 *                      error of the disk, it may have.  Or it is damaged, and
 *                      would be a good one with this row, not alone.
 * SOTER_E_LIMIT.
 */
SOTER_MUST_CHECK enum soter_rc wrapper_status_set(struct wrapper_status *s,
    const char *name, enum wrapper_key_state state, bool alone);

/** Forget a name, or all (NULL), which makes a damaged file a good one; as
 * durable.  SOTER_E_STATUS_FILE. */
SOTER_MUST_CHECK enum soter_rc wrapper_status_forget(struct wrapper_status *s,
    const char *name);

/** Unlock and close what is open. */
void wrapper_status_close(struct wrapper_status *s);

#endif
