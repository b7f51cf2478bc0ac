/* SPDX-License-Identifier: BSD-3-Clause */
/* soter device: the device and the keys of who runs the command. */
#include <string.h>

#include "cli/deviceact.h"
#include "cli/print.h"
#include "cli/teeact.h"
#include "wire/base64.h"
#include "wire/export.h"

#define STEP_NAME_MAX 16
#define STEP_TEXT_MAX 256

/* ---- the device ---------------------------------------------------------- */

static enum soter_rc
put_state(json_t *to, const struct soter_device_state *x)
{
	TRY(tree_put_text(to, "tee_n", x->tee_n));
	TRY(tree_put_text(to, "tee_v", x->tee_v));
	TRY(tree_put_bool(to, "provisioned", x->is_provisioned));
	TRY(tree_put_number(to, "rollback_level", x->rollback));
	TRY(tree_put_bool(to, "ask", x->has_ask));
	TRY(tree_put_text(to, "sensor", x->sensor));
	TRY(tree_put_bool(to, "simulated", x->is_simulated));
	TRY(tree_put_bool(to, "finger", (x->modalities & 1) != 0));
	TRY(tree_put_bool(to, "face", (x->modalities & 2) != 0));
	TRY(tree_put_number(to, "enrolled", x->enrolled));
	TRY(tree_put_number(to, "misses", x->misses));
	return (tree_put_number(to, "freeze_ms", x->freeze_ms));
}

enum soter_rc
devicekeys_status(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	struct soter_device_state state;

	*a = soter_core_state(core, line->ms, &state);
	return (a->code == SOTER_CORE_OK ? put_state(to, &state) : SOTER_OK);
}

enum soter_rc
devicekeys_supported(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	(void)to;
	*a = soter_core_is_supported(core, line->ms);
	return (SOTER_OK);
}

#define STEP_NAME(name, text) #name,
static const char *const step_names[] = { SOTER_SELFTEST_STEPS(STEP_NAME) };

/* In small letters: "service". */
static const char *
step_name(enum soter_selftest_step step, char out[STEP_NAME_MAX])
{
	size_t i;

	for (i = 0; step_names[step][i] != '\0' && i < STEP_NAME_MAX - 1; i++)
		out[i] = (char)(step_names[step][i] | 0x20);
	out[i] = '\0';
	return (out);
}

/* For scripts: one object. */
static enum soter_rc
put_step(json_t *steps, enum soter_selftest_step step, enum soter_rc rc)
{
	char name[STEP_NAME_MAX];
	json_t *to;

	TRY(tree_append_object(steps, &to));
	TRY(tree_put_text(to, "step", step_name(step, name)));
	TRY(tree_put_text(to, "what", soter_selftest_text(step)));
	TRY(tree_put_bool(to, "tried", rc != SOTER_E_CANCELLED));
	TRY(tree_put_bool(to, "ok", rc == SOTER_OK));
	if (rc == SOTER_OK || rc == SOTER_E_CANCELLED)
		return (SOTER_OK);
	TRY(tree_put_text(to, "word", soter_rc_word(rc)));
	TRY(tree_put_text(to, "text", soter_rc_text(rc)));
	return (tree_put_text(to, "next", soter_code_find(rc)->next));
}

/* For people: one line, and what to do about it. */
static enum soter_rc
put_step_line(json_t *to, enum soter_selftest_step step, enum soter_rc rc)
{
	char name[STEP_NAME_MAX], text[STEP_TEXT_MAX];

	if (rc == SOTER_E_CANCELLED)
		snprintf(text, sizeof(text), "not tried");
	else if (rc == SOTER_OK)
		snprintf(text, sizeof(text), "ok: %s",
		    soter_selftest_text(step));
	else
		snprintf(text, sizeof(text), "FAILED: %s: %s",
		    soter_rc_word(rc), soter_code_find(rc)->next);
	return (tree_put_text(to, step_name(step, name), text));
}

enum soter_rc
devicekeys_selftest(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	struct soter_selftest_result result;
	json_t *steps = NULL;

	for (unsigned i = 0; i < SOTER_SELFTEST_N; i++)
		result.steps[i] = SOTER_E_CANCELLED;
	*a = soter_selftest(core, line->ms, &result);
	if (line->json)
		TRY(tree_put_array(to, "steps", &steps));
	for (unsigned i = 0; i < SOTER_SELFTEST_N; i++)
		TRY((line->json ? put_step : put_step_line)(line->json ? steps
								       : to,
		    (enum soter_selftest_step)i, result.steps[i]));
	return (SOTER_OK);
}

enum soter_rc
devicekeys_id(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	char id[SOTER_CORE_DEVICE_ID_MAX];

	*a = soter_core_device_id(core, line->ms, id);
	return (a->code == SOTER_CORE_OK ? tree_put_text(to, "device_id", id)
					 : SOTER_OK);
}

enum soter_rc
devicekeys_version(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	uint32_t version;

	*a = soter_core_version(core, line->ms, &version);
	return (a->code == SOTER_CORE_OK
		? tree_put_number(to, "version", version)
		: SOTER_OK);
}

enum soter_rc
devicekeys_extra(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	int32_t numbers[4];
	json_t *array;
	size_t n = 0;

	*a = soter_core_extra(core, line->operand, line->ms, numbers, &n);
	if (a->code != SOTER_CORE_OK)
		return (SOTER_OK);
	TRY(tree_put_array(to, "numbers", &array));
	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(array, json_integer(numbers[i])) != 0)
			return (SOTER_E_NOMEM);
	return (SOTER_OK);
}

enum soter_rc
devicekeys_forget(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	uint64_t uid;

	(void)to;
	if (soter_decimal(soter_text(line->operand), UINT32_MAX, &uid) !=
	    SOTER_OK) {
		print_error(line->operand, "is no uid: a number");
		return (SOTER_E_ARGUMENT);
	}
	*a = soter_core_forget(core, (uint32_t)uid, line->ms);
	return (SOTER_OK);
}

/* ---- the keys ------------------------------------------------------------ */

enum soter_rc
devicekeys_put_signed(json_t *to, const struct deviceline *line,
    const struct soter_core_signed *x)
{
	uint8_t sig[SOTER_SIG_LEN], bytes[SOTER_CORE_JSON_MAX + SOTER_SIG_LEN];
	struct soter_writer s = soter_writer(sig, sizeof(sig));
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_export parts;

	if (soter_base64_decode(&s, soter_text(x->signature)) != SOTER_OK)
		goto bad;
	parts.text = soter_span(x->json, x->json_n);
	parts.sig = soter_written(&s);
	if (soter_export_write(&w, &parts) != SOTER_OK)
		goto bad;
	return (teekeys_put_blob(to, line->out_file, soter_written(&w)));
bad:
	print_error(NULL, "soterd answered something that is no signed text");
	return (SOTER_E_READ);
}

enum soter_rc
devicekeys_ask_generate(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	(void)to;
	*a = soter_core_generate_ask(core, line->ms);
	return (SOTER_OK);
}

enum soter_rc
devicekeys_ask_export(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	struct soter_core_signed ask;

	*a = soter_core_get_ask(core, line->ms, &ask);
	return (a->code == SOTER_CORE_OK ? devicekeys_put_signed(to, line, &ask)
					 : SOTER_OK);
}

enum soter_rc
devicekeys_ask_has(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	(void)to;
	*a = soter_core_has_ask(core, line->ms);
	return (SOTER_OK);
}

enum soter_rc
devicekeys_ask_valid(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	(void)to;
	*a = soter_core_is_ask_valid(core, line->ms);
	return (SOTER_OK);
}

enum soter_rc
devicekeys_ask_remove(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	(void)to;
	*a = soter_core_remove_ask(core, line->ms);
	return (SOTER_OK);
}

enum soter_rc
devicekeys_authkey_generate(const struct deviceline *line,
    struct soter_core *core, struct soter_answer *a, json_t *to)
{
	(void)to;
	*a = soter_core_generate_authkey(core, line->kname, line->ms);
	return (SOTER_OK);
}

enum soter_rc
devicekeys_authkey_export(const struct deviceline *line,
    struct soter_core *core, struct soter_answer *a, json_t *to)
{
	struct soter_core_signed key;

	*a = soter_core_get_authkey(core, line->kname, line->ms, &key);
	return (a->code == SOTER_CORE_OK ? devicekeys_put_signed(to, line, &key)
					 : SOTER_OK);
}

enum soter_rc
devicekeys_authkey_has(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	(void)to;
	*a = soter_core_has_authkey(core, line->kname, line->ms);
	return (SOTER_OK);
}

/* It asks, and removes nothing. */
enum soter_rc
devicekeys_authkey_valid(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	(void)to;
	*a = soter_core_is_authkey_valid(core, line->kname, false, line->ms);
	return (SOTER_OK);
}

enum soter_rc
devicekeys_authkey_remove(const struct deviceline *line,
    struct soter_core *core, struct soter_answer *a, json_t *to)
{
	(void)to;
	*a = soter_core_remove_authkey(core, line->kname, false, line->ms);
	return (SOTER_OK);
}

struct names {
	json_t *array;
	enum soter_rc rc;
};

static void
add_name(void *context, const char *kname)
{
	struct names *names = context;

	if (names->rc == SOTER_OK)
		names->rc = tree_append_text(names->array, kname);
}

enum soter_rc
devicekeys_list(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	struct names names = { .rc = SOTER_OK };

	TRY(tree_put_array(to, "authkeys", &names.array));
	*a = soter_core_list(core, line->ms, add_name, &names);
	return (names.rc);
}
