/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/removal.h: each row of the table of removals, by what happens
 * to a device; what goes, what stays, what the app is told.  The test fails if
 * it leaves a row out, or if docs/device.md says anything else than the table.
 */
#include "device/wrapper/removal.h"
#include "tests/unit/wrapper.h"

#define ALL	(SOTER_REMOVED_ASK)
#define AUTHKEY (SOTER_REMOVED_AUTHKEY)

/* ---- what happens before ------------------------------------------------- */

static void
set_status(struct rig *r, const char *name, enum wrapper_key_state state)
{
	struct wrapper_status s;

	if (wrapper_status_open(&s, r->status_dir) != SOTER_OK ||
	    wrapper_status_set(&s, name, state, false) != SOTER_OK)
		abort();
	wrapper_status_close(&s);
}

static const char *
ask_name(void)
{
	static char name[SOTER_KNAME_MAX + 1];

	wrapper_names_ask(name, (uint32_t)geteuid());
	return (name);
}

static void
ask_half(struct rig *r)
{
	set_status(r, ask_name(), WRAPPER_KEY_MADE);
	rig_restart(r);
}

static void
ask_making(struct rig *r)
{
	set_status(r, ask_name(), WRAPPER_KEY_MAKING);
	rig_restart(r);
}

static void
no_status(struct rig *r)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/soter_status", r->status_dir);
	unlink(path);
	rig_restart(r);
}

static void
damaged(struct rig *r)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/soter_status", r->status_dir);
	if (truncate(path, 20) != 0)
		abort();
	rig_restart(r);
}

static void
authkey_half(struct rig *r)
{
	set_status(r, r->kname, WRAPPER_KEY_MADE);
	rig_restart(r);
}

/* Of another account, or a scene that the app does not name any more. */
static void
stranger_half(struct rig *r)
{
	fakecore_put(&r->device, "Wechatuid7_x_scene9");
	set_status(r, "Wechatuid7_x_scene9", WRAPPER_KEY_MAKING);
	rig_restart(r);
}

static void
ask_bad(struct rig *r)
{
	r->device.is_ask_bad = true;
}

static void
authkey_bad(struct rig *r)
{
	r->device.keys[0].is_bad = true;
}

/* What the TEE gives out for it cannot be read; of the next one it can. */
static void
unreadable(struct rig *r, enum fakecore_op op)
{
	fakecore_fail(&r->device, op, SOTER_E_UNREADABLE);
	r->device.times[op] = 1;
}

static void
ask_unreadable(struct rig *r)
{
	unreadable(r, FAKE_GET_ASK);
}

static void
ask_unreadable_below(struct rig *r)
{
	unreadable(r, FAKE_IS_ASK_VALID);
	unreadable(r, FAKE_GET_ASK);
}

static void
authkey_unreadable(struct rig *r)
{
	unreadable(r, FAKE_GET_AUTHKEY);
}

static void
no_keys(struct rig *r)
{
	if (soter_wrapper_remove_all(r->w, 0).code != SOTER_CORE_OK)
		abort();
	r->log[0] = '\0';
}

static void
no_ask(struct rig *r)
{
	r->device.has_ask = false;
}

static void
ask_not_made(struct rig *r)
{
	no_keys(r);
	fakecore_fail(&r->device, FAKE_GENERATE_ASK, SOTER_E_OTHERS);
}

static void
ask_not_exported(struct rig *r)
{
	no_keys(r);
	fakecore_fail(&r->device, FAKE_GET_ASK, SOTER_E_OTHERS);
}

static void
ask_refused(struct rig *r)
{
	no_keys(r);
	r->server.ask = SOTER_E_UPLOAD_REFUSED;
}

static void
ask_not_sent(struct rig *r)
{
	no_keys(r);
	r->server.ask = SOTER_E_NETWORK;
}

static struct rig *stopped_rig;
static enum fakecore_op stopped_op;

static void
stop_before(enum fakecore_op op)
{
	if (op == stopped_op)
		soter_wrapper_cancel(stopped_rig->w);
}

static void
stop_at(struct rig *r, enum fakecore_op op)
{
	no_keys(r);
	stopped_rig = r;
	stopped_op = op;
	r->device.before = stop_before;
}

static void
ask_stopped(struct rig *r)
{
	stop_at(r, FAKE_GENERATE_ASK);
}

static void
authkey_stopped(struct rig *r)
{
	stop_at(r, FAKE_GENERATE_AUTHKEY);
}

static void
authkey_not_made(struct rig *r)
{
	fakecore_put(&r->device, r->other);
	fakecore_fail(&r->device, FAKE_GENERATE_AUTHKEY, SOTER_E_OTHERS);
}

static void
authkey_no_service(struct rig *r)
{
	fakecore_put(&r->device, r->other);
	fakecore_fail(&r->device, FAKE_GENERATE_AUTHKEY, SOTER_E_NO_SERVICE);
}

static void
authkey_not_exported(struct rig *r)
{
	fakecore_fail(&r->device, FAKE_GET_AUTHKEY, SOTER_E_OTHERS);
}

static void
authkey_refused(struct rig *r)
{
	r->server.authkey = SOTER_E_UPLOAD_REFUSED;
}

/* The folder cannot be written any more, from the next step on. */
static struct rig *full_rig;
static enum fakecore_op full_op;

static void
full_before(enum fakecore_op op)
{
	char path[200];

	if (op != full_op)
		return;
	/* Not by permissions, which root would not notice. */
	snprintf(path, sizeof(path), "%s/soter_status.new",
	    full_rig->status_dir);
	mkdir(path, 0700);
}

static void
full_at(struct rig *r, enum fakecore_op op)
{
	full_rig = r;
	full_op = op;
	r->device.before = full_before;
}

static void
ask_no_status(struct rig *r)
{
	no_keys(r);
	full_at(r, FAKE_GENERATE_ASK);
}

static void
authkey_no_status(struct rig *r)
{
	full_at(r, FAKE_GENERATE_AUTHKEY);
}

static void
sign_dead(struct rig *r)
{
	fakecore_fail(&r->device, FAKE_FINISH_SIGN, SOTER_E_KEY_BLOB);
}

static void
sign_twice(struct rig *r)
{
	fakecore_fail(&r->device, FAKE_FINISH_SIGN, SOTER_E_OTHERS);
	if (rig_authorise(r, 0, NULL).code != SOTER_PROCESS_SIGN)
		abort();
}

/* ---- the rows ------------------------------------------------------------ */

enum act {
	INIT,
	ASK,	  /* prepare */
	ASK_ANEW, /* with auto delete */
	KEY,
	KEY_ANEW,
	KEY_AND_ASK,
	PAY,
	FORGET_KEY,
	FORGET_ALL
};

static const struct {
	enum wrapper_removal row;
	const char *what;
	void (*before)(struct rig *r);
	enum act act;
	int code;
	enum soter_rc rc;
	unsigned removed;
	bool has_ask, has_key; /* afterwards; has_key: of RIG_SCENE */
} rows[] = {
	{ WRAPPER_INIT_ASK, "made, not uploaded", ask_half, INIT, 0, SOTER_OK,
	    ALL, false, false },
	{ WRAPPER_INIT_ASK, "being made", ask_making, INIT, 0, SOTER_OK, ALL,
	    false, false },
	{ WRAPPER_INIT_ASK, "the file is gone", no_status, INIT, 0, SOTER_OK,
	    ALL, false, false },
	{ WRAPPER_INIT_ASK, "the file is damaged", damaged, INIT, 0, SOTER_OK,
	    ALL, false, false },
	{ WRAPPER_INIT_AUTHKEY, "made, not uploaded", authkey_half, INIT, 0,
	    SOTER_OK, AUTHKEY, true, false },
	{ WRAPPER_INIT_AUTHKEY, "of another account", stranger_half, INIT, 0,
	    SOTER_OK, AUTHKEY, true, true },
	{ WRAPPER_ASK_AGAIN, "a new one is there", NULL, ASK_ANEW, 0, SOTER_OK,
	    ALL, true, false },
	{ WRAPPER_ASK_INVALID, "a new one is there", ask_bad, ASK, 0, SOTER_OK,
	    ALL, true, false },
	{ WRAPPER_ASK_INVALID, "its export cannot be read", ask_unreadable, ASK,
	    0, SOTER_OK, ALL, true, false },
	{ WRAPPER_ASK_GENERATE, "nothing is left", ask_not_made, ASK,
	    SOTER_CORE_ASK_GENERATE, SOTER_E_OTHERS, 0, false, false },
	{ WRAPPER_ASK_STATUS, "it goes", ask_no_status, ASK,
	    SOTER_CORE_ASK_GENERATE, SOTER_E_STATUS_FILE, ALL, false, false },
	{ WRAPPER_ASK_EXPORT, "it goes", ask_not_exported, ASK,
	    SOTER_CORE_NO_ASK, SOTER_E_OTHERS, ALL, false, false },
	{ WRAPPER_ASK_UPLOAD, "refused", ask_refused, ASK,
	    SOTER_PROCESS_UPLOAD_ASK, SOTER_E_UPLOAD_REFUSED, ALL, false,
	    false },
	{ WRAPPER_ASK_UPLOAD, "no network", ask_not_sent, ASK,
	    SOTER_PROCESS_UPLOAD_ASK, SOTER_E_NETWORK, ALL, false, false },
	{ WRAPPER_ASK_STOPPED, "while it is made", ask_stopped, ASK,
	    SOTER_PROCESS_CANCELLED, SOTER_E_CANCELLED, ALL, false, false },
	{ WRAPPER_AUTHKEY_ALONE, "it goes, no ASK is wanted", no_ask, KEY,
	    SOTER_CORE_NO_ASK, SOTER_E_ASK_NOT_READY, AUTHKEY, false, false },
	{ WRAPPER_AUTHKEY_ALONE, "both are made anew", no_ask, KEY_AND_ASK, 0,
	    SOTER_OK, AUTHKEY, true, true },
	{ WRAPPER_AUTHKEY_ALONE, "the ASK's export cannot be read",
	    ask_unreadable_below, KEY_AND_ASK, 0, SOTER_OK, ALL | AUTHKEY, true,
	    true },
	{ WRAPPER_AUTHKEY_AGAIN, "a new one is there", NULL, KEY_ANEW, 0,
	    SOTER_OK, AUTHKEY, true, true },
	{ WRAPPER_AUTHKEY_INVALID, "a new one is there", authkey_bad, KEY, 0,
	    SOTER_OK, AUTHKEY, true, true },
	{ WRAPPER_AUTHKEY_INVALID, "its export cannot be read",
	    authkey_unreadable, KEY, 0, SOTER_OK, AUTHKEY, true, true },
	{ WRAPPER_AUTHKEY_GENERATE, "the ASK goes too", authkey_not_made,
	    KEY_ANEW, SOTER_CORE_AUTHKEY_GENERATE, SOTER_E_OTHERS,
	    ALL | AUTHKEY, false, false },
	{ WRAPPER_AUTHKEY_GONE, "the ASK stays", authkey_no_service, KEY_ANEW,
	    SOTER_CORE_AUTHKEY_GENERATE, SOTER_E_NO_SERVICE, AUTHKEY, true,
	    false },
	{ WRAPPER_AUTHKEY_STATUS, "it goes", authkey_no_status, KEY_ANEW,
	    SOTER_CORE_AUTHKEY_GENERATE, SOTER_E_STATUS_FILE, AUTHKEY, true,
	    false },
	{ WRAPPER_AUTHKEY_EXPORT, "it goes", authkey_not_exported, KEY_ANEW,
	    SOTER_PROCESS_NO_AUTHKEY, SOTER_E_OTHERS, AUTHKEY, true, false },
	{ WRAPPER_AUTHKEY_UPLOAD, "refused", authkey_refused, KEY_ANEW,
	    SOTER_PROCESS_UPLOAD_AUTHKEY, SOTER_E_UPLOAD_REFUSED, AUTHKEY, true,
	    false },
	{ WRAPPER_AUTHKEY_STOPPED, "while it is made; the ASK stays",
	    authkey_stopped, KEY_AND_ASK, SOTER_PROCESS_CANCELLED,
	    SOTER_E_CANCELLED, AUTHKEY, true, false },
	{ WRAPPER_SIGN_DEAD, "it goes", sign_dead, PAY, SOTER_PROCESS_SIGNATURE,
	    SOTER_E_KEY_BLOB, AUTHKEY, true, false },
	{ WRAPPER_TWICE, "everything goes", sign_twice, PAY, SOTER_PROCESS_SIGN,
	    SOTER_E_OTHERS, ALL, false, false },
	{ WRAPPER_APP_AUTHKEY, "it goes", NULL, FORGET_KEY, 0, SOTER_OK, 0,
	    true, false },
	{ WRAPPER_APP_ALL, "everything goes", NULL, FORGET_ALL, 0, SOTER_OK, 0,
	    false, false },
};

static struct soter_answer
act(struct rig *r, enum act act, struct soter_task_result *result)
{
	static const unsigned flags[] = { [ASK] = 0,
		[ASK_ANEW] = SOTER_AUTO_DELETE,
		[KEY] = 0,
		[KEY_ANEW] = SOTER_AUTO_DELETE,
		[KEY_AND_ASK] = SOTER_AUTO_PREPARE_ASK };

	switch (act) {
	case INIT:
		return (soter_wrapper_init(r->w, 0, result));
	case ASK:
	case ASK_ANEW:
		return (soter_wrapper_prepare_ask(r->w, flags[act], 0, result));
	case KEY:
	case KEY_ANEW:
	case KEY_AND_ASK:
		return (soter_wrapper_prepare_authkey(r->w, RIG_SCENE,
		    flags[act], 0, result));
	case PAY:
		return (rig_authorise(r, 0, result));
	case FORGET_KEY:
		return (soter_wrapper_remove_authkey(r->w, RIG_SCENE, 0));
	default:
		return (soter_wrapper_remove_all(r->w, 0));
	}
}

/* A failed removal is made good for by the next init: no key without its 0. */
static void
check_next_init(struct rig *r)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/soter_status.new", r->status_dir);
	rmdir(path);
	r->device.before = NULL;
	memset(r->device.fail, 0, sizeof(r->device.fail));
	r->server =
	    (struct rig_server){ .is_supported = true, .text = "challenge" };
	rig_restart(r);
	CHECK(soter_wrapper_init(r->w, 0, NULL).code == 0);
	CHECK(soter_wrapper_prepare_authkey(r->w, RIG_SCENE,
		  SOTER_AUTO_PREPARE_ASK, 0, NULL)
		  .code == 0);
	r->device.sees = "m";
	CHECK(rig_authorise(r, 0, NULL).code == 0);
}

static void
test_row(size_t i, bool reached[])
{
	const struct wrapper_removal_row *row =
	    &wrapper_removal_rows[rows[i].row];
	struct soter_task_result result = { .removed = 0 };
	struct soter_answer a;
	struct rig r;

	check_row("%s: %s: %s", row->name, row->when, rows[i].what);
	rig_new(&r);
	CHECK(rig_ready(&r));
	if (rows[i].before != NULL)
		rows[i].before(&r);
	a = act(&r, rows[i].act, &result);
	CHECK(a.code == rows[i].code);
	CHECK_RC(a.rc, rows[i].rc);
	CHECK(row->code == 0 || row->code == a.code);
	CHECK(result.removed == rows[i].removed);
	CHECK(r.device.has_ask == rows[i].has_ask);
	CHECK(fakecore_has(&r.device, r.kname) == rows[i].has_key);
	/* Where all goes, all goes; where one goes, no other. */
	if (row->what == WRAPPER_REMOVE_ALL && !rows[i].has_ask)
		CHECK(r.device.keys_n == 0);
	if (rows[i].row == WRAPPER_AUTHKEY_GONE)
		CHECK(fakecore_has(&r.device, r.other));
	reached[rows[i].row] |= CHECK(rig_removed(&r, row->name));
	check_next_init(&r);
	rig_free(&r);
}

/* ---- the table in the documentation -------------------------------------- */

static char docs[65536];

static void
test_docs(void)
{
	FILE *f = fopen("docs/device.md", "r");
	char line[300];

	if (f == NULL || fread(docs, 1, sizeof(docs) - 1, f) == 0)
		abort();
	fclose(f);
	for (size_t i = 0; i < WRAPPER_REMOVALS_N; i++) {
		const struct wrapper_removal_row *row =
		    &wrapper_removal_rows[i];

		check_row("docs/device.md: %s", row->name);
		snprintf(line, sizeof(line), "| `%s` | %s | %s | ", row->name,
		    row->when,
		    row->what == WRAPPER_REMOVE_ALL ? "ASK, all AuthKeys"
						    : "that AuthKey");
		CHECK(strstr(docs, line) != NULL);
		if (row->code != 0) {
			snprintf(line + strlen(line),
			    sizeof(line) - strlen(line), "%d |", row->code);
			CHECK(strstr(docs, line) != NULL);
		}
	}
}

int
main(void)
{
	bool reached[WRAPPER_REMOVALS_N] = { false };

	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		test_row(i, reached);
	for (size_t i = 0; i < WRAPPER_REMOVALS_N; i++) {
		check_row("reached: %s", wrapper_removal_rows[i].name);
		CHECK(reached[i]);
	}
	test_docs();
	return (check_done());
}
