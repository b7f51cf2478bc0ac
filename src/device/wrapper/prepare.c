/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prepare ASK and prepare AuthKey (docs/protocol.md d.5).  Both kinds of key go
 * the same way:
 *
 *	 there, ready, valid, no auto delete -----------------> 0
 *	 there, but half-made, not valid, or auto delete: goes
 *	    |
 *	status 1 -> generate -> status 2 -> export -> upload -> status 0 -> 0
 *		    (no upload: status 0 at once)
 *
 * Each step that fails has its row in the table of removals, and so has a stop.
 * A key that was there goes for what the TEE says of it, or for what the app
 * wants; never because the TEE could not be asked (verdict.h).
 */
#include "device/wrapper/removal.h"
#include "device/wrapper/task.h"
#include "device/wrapper/upload.h"
#include "device/wrapper/verdict.h"

/* What differs between the two. */
struct kind {
	enum wrapper_key_state missing; /* status of one that has no row */
	bool alone;	      /* a new one makes every other row void */
	enum soter_rc absent; /* reason for "there is none" */
	enum wrapper_removal half, again, invalid, generate, gone, status,
	    export, upload, stopped;
	struct soter_answer (*has)(struct wrapper_run *run);
	struct soter_answer (*make)(struct wrapper_run *run);
	struct soter_answer (*get)(struct wrapper_run *run);
	enum soter_rc (*send)(struct wrapper_run *run, unsigned ms);
};

static unsigned
left(const struct wrapper_run *run)
{
	return (wrapper_task_left_ms(run->task));
}

static struct soter_answer
ask_has(struct wrapper_run *run)
{
	return (soter_core_has_ask(run->w->core, left(run)));
}

static struct soter_answer
ask_make(struct wrapper_run *run)
{
	return (soter_core_generate_ask(run->w->core, left(run)));
}

static struct soter_answer
ask_get(struct wrapper_run *run)
{
	return (
	    soter_core_get_ask(run->w->core, left(run), &run->out->is_signed));
}

/*
 * A key that goes up again because the answer was lost has to be exported anew:
 * a server that has taken it knows its counter, and takes it for a replay (V8).
 */
static enum soter_rc
renew(struct wrapper_run *run,
    struct soter_answer (*get)(struct wrapper_run *run))
{
	return (run->may_be_known ? get(run).rc : SOTER_OK);
}

static enum soter_rc
sent(struct wrapper_run *run, enum soter_rc rc)
{
	run->may_be_known = rc != SOTER_OK && rc != SOTER_E_NETWORK;
	return (rc);
}

static enum soter_rc
ask_send(struct wrapper_run *run, unsigned ms)
{
	const struct soter_network *net = &run->w->network;

	TRY(renew(run, ask_get));
	return (
	    sent(run, net->upload_ask(net->context, &run->out->is_signed, ms)));
}

static struct soter_answer
authkey_has(struct wrapper_run *run)
{
	return (soter_core_has_authkey(run->w->core, run->kname, left(run)));
}

static struct soter_answer
authkey_make(struct wrapper_run *run)
{
	return (
	    soter_core_generate_authkey(run->w->core, run->kname, left(run)));
}

static struct soter_answer
authkey_get(struct wrapper_run *run)
{
	return (soter_core_get_authkey(run->w->core, run->kname, left(run),
	    &run->out->is_signed));
}

static enum soter_rc
authkey_send(struct wrapper_run *run, unsigned ms)
{
	const struct soter_network *net = &run->w->network;

	TRY(renew(run, authkey_get));
	return (sent(run,
	    net->upload_authkey(net->context, run->task->what.scene,
		&run->out->is_signed, ms)));
}

static const struct kind ask = {
	.missing = WRAPPER_KEY_UNKNOWN,
	.alone = true,
	.absent = SOTER_E_ASK_NOT_READY,
	.half = WRAPPER_INIT_ASK,
	.again = WRAPPER_ASK_AGAIN,
	.invalid = WRAPPER_ASK_INVALID,
	.generate = WRAPPER_ASK_GENERATE,
	.gone = WRAPPER_ASK_GENERATE,
	.status = WRAPPER_ASK_STATUS,
	.export = WRAPPER_ASK_EXPORT,
	.upload = WRAPPER_ASK_UPLOAD,
	.stopped = WRAPPER_ASK_STOPPED,
	.has = ask_has,
	.make = ask_make,
	.get = ask_get,
	.send = ask_send,
};

static const struct kind authkey = {
	.missing = WRAPPER_KEY_READY,
	.alone = false,
	.absent = SOTER_E_AUTH_KEY_NOT_READY,
	.half = WRAPPER_INIT_AUTHKEY,
	.again = WRAPPER_AUTHKEY_AGAIN,
	.invalid = WRAPPER_AUTHKEY_INVALID,
	.generate = WRAPPER_AUTHKEY_GENERATE,
	/* No verdict on the ASK and the other AuthKeys. */
	.gone = WRAPPER_AUTHKEY_GONE,
	.status = WRAPPER_AUTHKEY_STATUS,
	.export = WRAPPER_AUTHKEY_EXPORT,
	.upload = WRAPPER_AUTHKEY_UPLOAD,
	.stopped = WRAPPER_AUTHKEY_STOPPED,
	.has = authkey_has,
	.make = authkey_make,
	.get = authkey_get,
	.send = authkey_send,
};

static const char *
name_of(const struct wrapper_run *run, const struct kind *k)
{
	return (k == &ask ? run->w->ask_name : run->kname);
}

static bool
has_upload(const struct wrapper_run *run, const struct kind *k)
{
	return (k == &ask ? run->w->network.upload_ask != NULL
			  : run->w->network.upload_authkey != NULL);
}

static enum soter_rc
set_status(struct wrapper_run *run, const struct kind *k,
    enum wrapper_key_state state)
{
	return (wrapper_status_set(&run->status, name_of(run, k), state,
	    k->alone && state == WRAPPER_KEY_MAKING));
}

/* ---- one that is there --------------------------------------------------- */

enum found {
	FOUND_NONE,  /* or one that went, for another to be made */
	FOUND_READY, /* exported into the result */
	FOUND_TROUBLE,
};

/* The row by which what was found goes: false if it stays. */
static bool
has_to_go(struct wrapper_run *run, const struct kind *k, bool is_used,
    struct soter_answer a, enum wrapper_removal *row)
{
	enum wrapper_verdict verdict = wrapper_verdict(a.rc);

	*row = is_used ? k->invalid : k->again;
	if (a.code != SOTER_CORE_OK)
		return (verdict == WRAPPER_DEAD ||
		    (verdict == WRAPPER_SUSPECT && !is_used));
	if (wrapper_status_get(&run->status, name_of(run, k), k->missing) ==
	    WRAPPER_KEY_READY)
		return (!is_used);
	*row = k->half;
	return (true);
}

/*
 * Look for a key that can be used.  is_used: one that is ready is wanted, else
 * it goes.  why: written with FOUND_TROUBLE.
 */
static enum found
look(struct wrapper_run *run, const struct kind *k, bool is_used,
    struct soter_answer *why)
{
	enum wrapper_removal row;
	struct soter_answer a = k->has(run);
	bool goes = has_to_go(run, k, is_used, a, &row);

	if (a.rc == k->absent)
		return (FOUND_NONE);
	if (a.code == SOTER_CORE_OK && !goes) {
		a = k->get(run);
		if (a.code == SOTER_CORE_OK)
			return (FOUND_READY);
		goes = has_to_go(run, k, is_used, a, &row);
	}
	if (goes && wrapper_task_check(run->task) == SOTER_OK)
		a = wrapper_removal_do(run, row, run->kname);
	if (goes && a.code == SOTER_CORE_OK)
		return (FOUND_NONE);
	*why =
	    wrapper_run_failed(run, wrapper_removal_rows[k->generate].code, a);
	return (FOUND_TROUBLE);
}

/* ---- making one ---------------------------------------------------------- */

/* A step failed: what was made goes. */
static struct soter_answer
fail(struct wrapper_run *run, const struct kind *k, enum wrapper_removal row,
    enum soter_rc why)
{
	struct soter_answer stopped;

	if (wrapper_task_check(run->task) == SOTER_OK)
		return (wrapper_removal_end(run, row, why));
	stopped = wrapper_run_stopped(run->task);
	(void)wrapper_removal_end(run, k->stopped, why);
	return (stopped);
}

static struct soter_answer
upload(struct wrapper_run *run, const struct kind *k)
{
	enum soter_rc rc;

	if (!has_upload(run, k))
		return (WRAPPER_OK);
	rc = wrapper_upload(run, k->send, false);
	if (rc != SOTER_OK)
		return (fail(run, k, k->upload, rc));
	/* The server has it now: no stop takes it back. */
	rc = set_status(run, k, WRAPPER_KEY_READY);
	return (rc == SOTER_OK ? WRAPPER_OK
			       : wrapper_removal_end(run, k->status, rc));
}

static struct soter_answer
make(struct wrapper_run *run, const struct kind *k)
{
	struct soter_answer a;
	enum soter_rc rc;

	rc = set_status(run, k, WRAPPER_KEY_MAKING);
	if (rc != SOTER_OK)
		/* Nothing was made. */
		return (wrapper_run_answer(wrapper_removal_rows[k->status].code,
		    rc));
	a = k->make(run);
	if (a.code != SOTER_CORE_OK)
		return (fail(run, k,
		    wrapper_verdict(a.rc) == WRAPPER_NO_VERDICT ? k->gone
								: k->generate,
		    a.rc));
	rc = set_status(run, k,
	    has_upload(run, k) ? WRAPPER_KEY_MADE : WRAPPER_KEY_READY);
	if (rc != SOTER_OK)
		return (fail(run, k, k->status, rc));
	if ((rc = wrapper_task_check(run->task)) != SOTER_OK)
		return (fail(run, k, k->stopped, rc));
	a = k->get(run);
	if (a.code != SOTER_CORE_OK)
		return (fail(run, k, k->export, a.rc));
	return (upload(run, k));
}

static struct soter_answer
prepare(struct wrapper_run *run, const struct kind *k, bool is_again)
{
	struct soter_answer a = WRAPPER_OK;

	switch (look(run, k, !is_again, &a)) {
	case FOUND_READY:
		return (WRAPPER_OK);
	case FOUND_NONE:
		if (wrapper_task_check(run->task) != SOTER_OK)
			return (wrapper_run_stopped(run->task));
		return (make(run, k));
	default:
		return (a);
	}
}

/* ---- the two tasks ------------------------------------------------------- */

static struct soter_answer
lock(struct wrapper_run *run)
{
	enum soter_rc rc = wrapper_run_lock(run);

	switch (rc) {
	case SOTER_OK:
		return (WRAPPER_OK);
	case SOTER_E_CANCELLED:
	case SOTER_E_TIME:
		return (wrapper_run_stopped(run->task));
	case SOTER_E_WAITING: /* another process has a task of this kind */
		return (
		    wrapper_run_answer(SOTER_PROCESS_RUNNING, SOTER_E_TIME));
	default:
		return (wrapper_run_answer(SOTER_CORE_UNKNOWN, rc));
	}
}

static struct soter_answer
prepare_ask(struct wrapper_run *run)
{
	return (prepare(run, &ask,
	    (run->task->what.flags & SOTER_AUTO_DELETE) != 0));
}

struct soter_answer
wrapper_prepare_ask(struct wrapper_run *run)
{
	static const struct wrapper_step steps[] = {
		{ "PRE", wrapper_run_is_init },	     /* 1008 */
		{ "PRE", wrapper_run_is_supported }, /* 2 */
		{ "LOCK", lock },		     /* 1023 */
		{ "ASK", prepare_ask },		     /* 3, 4, 1003 */
	};

	return (wrapper_run_steps(run, steps, SOTER_COUNT(steps)));
}

/* An ASK is there, ready and valid, or is made if the app says so. */
static struct soter_answer
have_ask(struct wrapper_run *run)
{
	struct soter_answer a = ask.has(run), trouble;
	bool is_half_made = a.code == SOTER_CORE_OK &&
	    wrapper_status_get(&run->status, run->w->ask_name, ask.missing) !=
		WRAPPER_KEY_READY;

	if (a.code == SOTER_CORE_OK && !is_half_made) {
		a = soter_core_is_ask_valid(run->w->core, left(run));
		if (a.code == SOTER_CORE_OK)
			return (WRAPPER_OK);
	}
	if ((!is_half_made && wrapper_verdict(a.rc) != WRAPPER_DEAD) ||
	    wrapper_task_check(run->task) != SOTER_OK)
		return (wrapper_run_failed(run, SOTER_CORE_NO_ASK, a));
	if (authkey.has(run).code == SOTER_CORE_OK) {
		trouble =
		    wrapper_removal_do(run, WRAPPER_AUTHKEY_ALONE, run->kname);
		if (trouble.code != SOTER_CORE_OK)
			return (wrapper_run_failed(run, SOTER_CORE_NO_ASK,
			    trouble));
	}
	if ((run->task->what.flags & SOTER_AUTO_PREPARE_ASK) == 0)
		return (wrapper_run_answer(SOTER_CORE_NO_ASK,
		    SOTER_E_ASK_NOT_READY));
	return (prepare(run, &ask, false));
}

static struct soter_answer
prepare_authkey(struct wrapper_run *run)
{
	return (prepare(run, &authkey,
	    (run->task->what.flags & SOTER_AUTO_DELETE) != 0));
}

struct soter_answer
wrapper_prepare_authkey(struct wrapper_run *run)
{
	static const struct wrapper_step steps[] = {
		{ "PRE", wrapper_run_is_init },	     /* 1008 */
		{ "PRE", wrapper_run_is_supported }, /* 2 */
		{ "PRE", wrapper_run_has_scene },    /* 1009 */
		{ "LOCK", lock },		     /* 1023 */
		{ "ASK", have_ask },		     /* 3, 4, 1003 */
		{ "AUTHKEY", prepare_authkey },	     /* 6, 1006, 1004 */
	};

	return (wrapper_run_steps(run, steps, SOTER_COUNT(steps)));
}
