/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter device: what an app does with its keys, through soterd, as the user who
 * runs the command.
 */
#include "cli/actions.h"
#include "cli/deviceact.h"
#include "cli/verbs.h"

/* In the order of enum deviceline_action. */
/* clang-format off */
static const struct action {
	struct actions_row row;
	deviceact_run *run;
	bool is_task; /* through the wrapper */
} actions[] = {
	[DEVICELINE_STATUS] = { { "device", "status", "", NULL, "TEE, sensor, keys, and how long it is frozen" }, devicekeys_status, false },
	[DEVICELINE_SUPPORTED] = { { "device", "supported", "", NULL, "can this device do SOTER at all?" }, devicekeys_supported, false },
	[DEVICELINE_SELFTEST] = { { "device", "selftest", "", NULL, "make, use and remove a key; say what failed" }, devicekeys_selftest, false },
	[DEVICELINE_ID] = { { "device", "id", "", NULL, "the cpu_id" }, devicekeys_id, false },
	[DEVICELINE_VERSION] = { { "device", "version", "", NULL, "of the standard that it speaks" }, devicekeys_version, false },
	[DEVICELINE_EXTRA] = { { "device", "extra", "KEY", "KEY", "numbers such as fingerprint_type" }, devicekeys_extra, false },
	[DEVICELINE_ASK_GENERATE] = { { "device", "ask generate", "", NULL, "make your ASK, drop the old keys" }, devicekeys_ask_generate, false },
	[DEVICELINE_ASK_EXPORT] = { { "device", "ask export", "--out FILE", NULL, "its public key, signed" }, devicekeys_ask_export, false },
	[DEVICELINE_ASK_HAS] = { { "device", "ask has", "", NULL, "is there one?" }, devicekeys_ask_has, false },
	[DEVICELINE_ASK_VALID] = { { "device", "ask valid", "", NULL, "is there one that can be exported?" }, devicekeys_ask_valid, false },
	[DEVICELINE_ASK_REMOVE] = { { "device", "ask remove", "", NULL, "remove it and all your AuthKeys" }, devicekeys_ask_remove, false },
	[DEVICELINE_AUTHKEY_GENERATE] = { { "device", "authkey generate", "--name KNAME", NULL, "make a business's AuthKey" }, devicekeys_authkey_generate, false },
	[DEVICELINE_AUTHKEY_EXPORT] = { { "device", "authkey export", "--name KNAME --out FILE", NULL, "its public key, signed" }, devicekeys_authkey_export, false },
	[DEVICELINE_AUTHKEY_HAS] = { { "device", "authkey has", "--name KNAME", NULL, "is there one?" }, devicekeys_authkey_has, false },
	[DEVICELINE_AUTHKEY_VALID] = { { "device", "authkey valid", "--name KNAME", NULL, "is there one that can be exported?" }, devicekeys_authkey_valid, false },
	[DEVICELINE_AUTHKEY_REMOVE] = { { "device", "authkey remove", "--name KNAME", NULL, "remove it" }, devicekeys_authkey_remove, false },
	[DEVICELINE_LIST] = { { "device", "list", "", NULL, "names of your AuthKeys" }, devicekeys_list, false },
	[DEVICELINE_SIGN] = { { "device", "sign", "--name KNAME --challenge TEXT", NULL, "sign after a touch" }, devicesign_sign, false },
	[DEVICELINE_INIT] = { { "device", "init", "[--server URL]", NULL, "clean up, and ask the server" }, devicetask_init, true },
	[DEVICELINE_PREPARE] = { { "device", "prepare", "[--server URL]", NULL, "have uploaded keys for a business" }, devicetask_prepare, true },
	[DEVICELINE_AUTHORISE] = { { "device", "authorise", "[--server URL]", NULL, "challenge, touch, result, upload" }, devicetask_authorise, true },
	[DEVICELINE_REMOVE] = { { "device", "remove", "--scene N|--all", NULL, "remove what prepare made" }, devicetask_remove, true },
	[DEVICELINE_NAME] = { { "device", "name", "[--scene N]", NULL, "the KNAME that prepare gives a business" }, devicetask_name, true },
	[DEVICELINE_FORGET] = { { "device", "forget", "UID", "UID", "as root: a package is gone, remove its keys" }, devicekeys_forget, false },
};
/* clang-format on */

_Static_assert(SOTER_COUNT(actions) == DEVICELINE_ACTIONS, "a row is missing");
_Static_assert(DEVICELINE_ACTIONS <= ACTIONS_MAX, "too many rows");

static const struct actions_row *
next_row(size_t i)
{
	return (i < SOTER_COUNT(actions) ? &actions[i].row : NULL);
}

static const struct actions device = { "device", next_row,
	"What an app does with its keys, through soterd, as you.",
	"0 done, 1 it was refused, 2 usage, or nobody to ask.",
	deviceline_print_options };

/* ---- the answer ---------------------------------------------------------- */

/* Why not; an answer without a reason is one of its own. */
static enum soter_rc
reason(struct soter_answer a)
{
	if (a.code == SOTER_CORE_OK)
		return (SOTER_OK);
	return (a.rc == SOTER_OK ? SOTER_E_TEE_UNKNOWN : a.rc);
}

/* The standard's number stands in front of what else there is. */
static enum soter_rc
print_answer(json_t *more, const struct deviceline *line, struct soter_answer a)
{
	json_t *answer = json_object();
	enum soter_rc rc = SOTER_E_NOMEM;

	if (answer == NULL ||
	    tree_put(answer, "code", json_integer(a.code)) != SOTER_OK)
		goto out;
	if (a.code != SOTER_CORE_OK &&
	    tree_put_text(answer, "code_text", soter_process_text(a.code)) !=
		SOTER_OK)
		goto out;
	if (json_object_update(answer, more) == 0)
		rc = actions_print(answer, line->json, reason(a));
out:
	json_decref(answer);
	return (rc);
}

static enum soter_rc
run_action(const struct action *action, const struct deviceline *line,
    struct soter_answer *a, json_t *to)
{
	const struct soter_core_options options = { .socket = line->socket };
	struct soter_core *core = NULL;
	enum soter_rc rc;

	if (!action->is_task)
		TRY(soter_core_new(&core, &options));
	rc = action->run(line, core, a, to);
	soter_core_free(&core);
	return (rc);
}

static enum soter_rc
run(const struct action *action, const struct deviceline *line)
{
	struct soter_answer a = { SOTER_CORE_UNKNOWN, SOTER_E_TEE_UNKNOWN };
	json_t *more = json_object();
	bool is_quiet = actions_is_quiet(line->out_file);
	enum soter_rc rc = SOTER_E_NOMEM;

	if (more == NULL)
		goto out;
	if ((rc = run_action(action, line, &a, more)) != SOTER_OK)
		goto out; /* an error was printed */
	rc = reason(a);
	if (rc == SOTER_OK && is_quiet)
		goto out; /* the bytes were printed */
	if (print_answer(more, line, a) != SOTER_OK)
		rc = SOTER_E_NOMEM;
out:
	json_decref(more);
	return (rc);
}

enum soter_rc
device_run(int argc, char **argv)
{
	struct actions_choice choice;
	const struct action *action;
	struct deviceline line;
	bool wants_help;

	TRY(actions_find(&choice, &device, argc, argv));
	if (choice.is_help)
		return (SOTER_OK);
	action = &actions[choice.i];
	TRY(deviceline_read(&line, &wants_help,
	    (enum deviceline_action)choice.i, action->row.operand, choice.argc,
	    choice.argv));
	if (wants_help) {
		actions_help(&device, choice.i);
		return (SOTER_OK);
	}
	return (run(action, &line));
}
