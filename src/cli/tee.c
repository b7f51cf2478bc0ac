/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter tee, soter sim: ask the TEE of this machine.
 *
 * Behind the verb stand one or two words that say what; the table of them is
 * the usage text too.
 */
#include "cli/actions.h"
#include "cli/teeact.h"
#include "cli/verbs.h"

/* In the order of enum teeline_action. */
/* clang-format off */
static const struct action {
	struct actions_row row;
	teeact_run *run;
} actions[] = {
	[TEELINE_STATUS] = { { "tee", "status", "", NULL, "versions, storage, what is there" }, teekeys_status },
	[TEELINE_SELF_TEST] = { { "tee", "self-test", "", NULL, "make a key, sign, verify" }, teekeys_self_test },
	[TEELINE_PROVISION] = { { "tee", "provision", "[--token FILE]", NULL, "make the device root, once" }, teekeys_provision },
	[TEELINE_NONCE] = { { "tee", "nonce", "", NULL, "what a factory token must sign" }, teekeys_nonce },
	[TEELINE_DEVICE_ID] = { { "tee", "device-id", "", NULL, "the cpu_id" }, teekeys_device_id },
	[TEELINE_ATTK] = { { "tee", "attk", "[--out FILE]", NULL, "the device root's public key" }, teekeys_attk },
	[TEELINE_ATTK_VERIFY] = { { "tee", "attk-verify", "", NULL, "is the stored device root whole?" }, teekeys_attk_verify },
	[TEELINE_ASK_GENERATE] = { { "tee", "ask generate", "[--uid N]", NULL, "make an app's ASK, drop the old keys" }, teekeys_ask_generate },
	[TEELINE_ASK_EXPORT] = { { "tee", "ask export", "[--uid N] --out FILE", NULL, "its public key, signed" }, teekeys_ask_export },
	[TEELINE_ASK_HAS] = { { "tee", "ask has", "[--uid N]", NULL, "is there one?" }, teekeys_ask_has },
	[TEELINE_ASK_REMOVE] = { { "tee", "ask remove", "[--uid N]", NULL, "remove it and all AuthKeys of the uid" }, teekeys_ask_remove },
	[TEELINE_AUTHKEY_GENERATE] = { { "tee", "authkey generate", "--name KNAME", NULL, "make a business's AuthKey" }, teekeys_authkey_generate },
	[TEELINE_AUTHKEY_EXPORT] = { { "tee", "authkey export", "--name KNAME --out FILE", NULL, "its public key, signed" }, teekeys_authkey_export },
	[TEELINE_AUTHKEY_HAS] = { { "tee", "authkey has", "--name KNAME", NULL, "is there one?" }, teekeys_authkey_has },
	[TEELINE_AUTHKEY_REMOVE] = { { "tee", "authkey remove", "--name KNAME", NULL, "remove it" }, teekeys_authkey_remove },
	[TEELINE_KEYS] = { { "tee", "keys", "[--uid N]", NULL, "names of a uid's AuthKeys" }, teekeys_list },
	[TEELINE_SIGN] = { { "tee", "sign", "--name KNAME --challenge TEXT", NULL, "sign after a touch" }, teesign_sign },
	[TEELINE_SIGN_INIT] = { { "tee", "init-sign", "--name KNAME --challenge TEXT", NULL, "its first step alone" }, teesign_init },
	[TEELINE_AUTHENTICATE] = { { "tee", "authenticate", "--session N", NULL, "its second: the touch" }, teesign_authenticate },
	[TEELINE_SIGN_FINISH] = { { "tee", "finish-sign", "--session N", NULL, "its third: the result" }, teesign_finish },
	[TEELINE_SIGN_CANCEL] = { { "tee", "cancel-sign", "--session N", NULL, "give a session up" }, teesign_cancel },
	[TEELINE_SIM_STATUS] = { { "sim", "status", "", NULL, "sensor, PIN, freeze" }, teesim_status },
	[TEELINE_SIM_TOUCH] = { { "sim", "touch", "FINGER", "FINGER", "touch the simulated sensor" }, teesim_touch },
	[TEELINE_SIM_ENROL] = { { "sim", "enrol", "FINGER", "FINGER", "enrol a finger, all touches" }, teesim_enrol },
	[TEELINE_SIM_LIST] = { { "sim", "list", "", NULL, "what is enrolled" }, teesim_list },
	[TEELINE_SIM_REMOVE] = { { "sim", "remove", "FID", "FID", "remove one of them" }, teesim_remove },
	[TEELINE_SIM_PIN] = { { "sim", "pin", "", NULL, "set or change the PIN" }, teesim_pin },
	[TEELINE_SIM_UNFREEZE] = { { "sim", "unfreeze", "", NULL, "end a freeze" }, teesim_unfreeze },
};
/* clang-format on */

_Static_assert(SOTER_COUNT(actions) == TEELINE_ACTIONS, "a row is missing");
_Static_assert(TEELINE_ACTIONS <= ACTIONS_MAX, "too many rows");

static const struct actions_row *
next_row(size_t i)
{
	return (i < SOTER_COUNT(actions) ? &actions[i].row : NULL);
}

#define STATUS "0 done, 1 the TEE refused, 2 usage, or no TEE."

static const struct actions tee = { "tee", next_row,
	"Ask the TEE of this machine: /dev/tee0, or soter-teed.", STATUS,
	teeline_print_options };
static const struct actions sim = { "sim", next_row,
	"Use and manage the sensor of TA biometric, if it is the simulated one.",
	STATUS, teeline_print_options };

static enum soter_rc
run(const struct action *action, const struct teeline *line)
{
	json_t *answer = json_object();
	bool is_quiet = actions_is_quiet(line->out_file);
	enum soter_rc rc = SOTER_E_NOMEM;

	if (answer == NULL)
		goto out;
	rc = action->run(line, answer);
	if (rc >> 8 == 6 || (rc == SOTER_OK && is_quiet))
		goto out; /* an error, or the bytes, were printed */
	if (actions_print(answer, line->json, rc) != SOTER_OK)
		rc = SOTER_E_NOMEM;
out:
	json_decref(answer);
	return (rc);
}

static enum soter_rc
verb_run(const struct actions *verb, int argc, char **argv)
{
	struct actions_choice choice;
	const struct action *action;
	struct teeline line;
	bool wants_help;

	TRY(actions_find(&choice, verb, argc, argv));
	if (choice.is_help)
		return (SOTER_OK);
	action = &actions[choice.i];
	TRY(teeline_read(&line, &wants_help, (enum teeline_action)choice.i,
	    action->row.operand, choice.argc, choice.argv));
	if (wants_help) {
		actions_help(verb, choice.i);
		return (SOTER_OK);
	}
	return (run(action, &line));
}

enum soter_rc
tee_run(int argc, char **argv)
{
	return (verb_run(&tee, argc, argv));
}

enum soter_rc
sim_run(int argc, char **argv)
{
	return (verb_run(&sim, argc, argv));
}
