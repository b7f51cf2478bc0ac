/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/wrapper/removal.h"

#define WRAPPER_REMOVAL_ROW(name, what, code, when) \
	{ #name, WRAPPER_REMOVE_##what, code, when },

const struct wrapper_removal_row wrapper_removal_rows[] = { WRAPPER_REMOVALS(
    WRAPPER_REMOVAL_ROW) };

/* A status that cannot be written must not keep a key alive. */
static void
note(const struct soter_wrapper *w, enum soter_rc rc)
{
	if (rc != SOTER_OK)
		wrapper_run_log(w, "status: %s", soter_rc_word(rc));
}

static struct soter_answer
remove_all(struct wrapper_run *run)
{
	struct soter_wrapper *w = run->w;
	struct soter_answer had = soter_core_has_ask(w->core, WRAPPER_CLEAN_MS);
	struct soter_answer a;

	note(w,
	    wrapper_status_set(&run->status, w->ask_name, WRAPPER_KEY_UNKNOWN,
		true));
	a = soter_core_remove_ask(w->core, WRAPPER_CLEAN_MS);
	if (a.code != SOTER_CORE_OK)
		return (a);
	if (had.rc != SOTER_E_ASK_NOT_READY)
		run->out->removed |= SOTER_REMOVED_ASK;
	note(w, wrapper_status_forget(&run->status, NULL));
	return (a);
}

static struct soter_answer
remove_authkey(struct wrapper_run *run, const char *kname)
{
	struct soter_wrapper *w = run->w;
	struct soter_answer a;

	note(w,
	    wrapper_status_set(&run->status, kname, WRAPPER_KEY_UNKNOWN,
		false));
	a = soter_core_remove_authkey(w->core, kname, false, WRAPPER_CLEAN_MS);
	if (a.code == SOTER_CORE_OK)
		run->out->removed |= SOTER_REMOVED_AUTHKEY;
	else if (a.rc != SOTER_E_AUTH_KEY_NOT_READY)
		return (a);
	note(w, wrapper_status_forget(&run->status, kname));
	return (WRAPPER_OK);
}

struct soter_answer
wrapper_removal_do(struct wrapper_run *run, enum wrapper_removal row,
    const char *kname)
{
	const struct wrapper_removal_row *r = &wrapper_removal_rows[row];
	struct soter_answer a = r->what == WRAPPER_REMOVE_ALL
	    ? remove_all(run)
	    : remove_authkey(run, kname);

	wrapper_run_log(run->w, "removal %s: %s", r->name, soter_rc_word(a.rc));
	return (a);
}

struct soter_answer
wrapper_removal_end(struct wrapper_run *run, enum wrapper_removal row,
    enum soter_rc why)
{
	(void)wrapper_removal_do(run, row, run->kname);
	return (wrapper_run_answer(wrapper_removal_rows[row].code, why));
}
