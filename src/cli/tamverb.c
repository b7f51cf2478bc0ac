/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter tam: what the operator of a TAM does, on its store; the server may run
 * meanwhile.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/actions.h"
#include "cli/print.h"
#include "cli/tamact.h"
#include "cli/tamverb.h"
#include "tam/place.h"

enum opening {
	CLOSED, /* works on the place */
	READS,
	WRITES,
};

/* In the order of enum tamline_action. */
/* clang-format off */
static const struct action {
	struct actions_row row;
	tamact_run *run;
	enum opening opening;
} actions[] = {
	[TAMLINE_INIT] = { { "tam", "init", "", NULL, "make a store for a TAM" }, tamstore_init, CLOSED },
	[TAMLINE_STATS] = { { "tam", "stats", "", NULL, "how much there is of everything" }, tamstore_stats, READS },
	[TAMLINE_TENANT_ADD] = { { "tam", "tenant add", "APPID --class CLASS", "APPID", "whoever may ask, or bring roots" }, tamtenant_add, WRITES },
	[TAMLINE_TENANT_LIST] = { { "tam", "tenant list", "", NULL, "all of them" }, tamtenant_list, READS },
	[TAMLINE_TENANT_SHOW] = { { "tam", "tenant show", "APPID", "APPID", "what is known of one" }, tamtenant_show, READS },
	[TAMLINE_TENANT_SECRET] = { { "tam", "tenant secret", "APPID", "APPID", "a new secret; the old one and its tokens end" }, tamtenant_secret, WRITES },
	[TAMLINE_TENANT_REVOKE] = { { "tam", "tenant revoke", "APPID", "APPID", "its access tokens end" }, tamtenant_revoke, WRITES },
	[TAMLINE_TENANT_SUSPEND] = { { "tam", "tenant suspend", "APPID", "APPID", "it may do nothing" }, tamtenant_suspend, WRITES },
	[TAMLINE_TENANT_RESUME] = { { "tam", "tenant resume", "APPID", "APPID", "it may again" }, tamtenant_resume, WRITES },
	[TAMLINE_TENANT_REMOVE] = { { "tam", "tenant remove", "APPID", "APPID", "for good" }, tamtenant_remove, WRITES },
	[TAMLINE_MODEL_LIST] = { { "tam", "model list", "", NULL, "the rules for is_support" }, tammodel_list, READS },
	[TAMLINE_MODEL_IMPORT] = { { "tam", "model import", "FILE", "FILE", "add or replace rules, one JSON object a line" }, tammodel_import, WRITES },
	[TAMLINE_MODEL_EXPORT] = { { "tam", "model export", "[--out FILE]", NULL, "write them as import takes them" }, tammodel_export, READS },
	[TAMLINE_MODEL_REMOVE] = { { "tam", "model remove", "ID", "ID", "remove a rule" }, tammodel_remove, WRITES },
	[TAMLINE_MODEL_TEST] = { { "tam", "model test", "FILE", "FILE", "which rule decides about this device info?" }, tammodel_test, READS },
	[TAMLINE_DEVICE_SHOW] = { { "tam", "device show", "CPU_ID", "CPU_ID", "its roots and their status" }, tamdevice_show, READS },
	[TAMLINE_DEVICE_REVOKE] = { { "tam", "device revoke", "CPU_ID", "CPU_ID", "refuse its roots, and whatever claims to be it" }, tamdevice_revoke, WRITES },
	[TAMLINE_DEVICE_SUSPEND] = { { "tam", "device suspend", "CPU_ID", "CPU_ID", "refuse them for now" }, tamdevice_suspend, WRITES },
	[TAMLINE_DEVICE_RESUME] = { { "tam", "device resume", "CPU_ID", "CPU_ID", "take them again" }, tamdevice_resume, WRITES },
	[TAMLINE_DEVICE_IMPORT] = { { "tam", "device import", "FILE --class CLASS", "FILE", "take roots from a file; - is standard input" }, tamdevice_import, WRITES },
	[TAMLINE_DEVICE_AUDIT] = { { "tam", "device audit", "", NULL, "do roots share a prime, or are they weak?" }, tamroots_audit, READS },
	[TAMLINE_KEYS_ROTATE] = { { "tam", "keys rotate", "", NULL, "make access tokens with a new key" }, tamstore_rotate, WRITES },
	[TAMLINE_AUDIT_CHECK] = { { "tam", "audit check", "", NULL, "is the audit trail whole?" }, tamstore_audit_check, READS },
	[TAMLINE_AUDIT_LIST] = { { "tam", "audit list", "", NULL, "who changed what, and when" }, tamstore_audit_list, READS },
	[TAMLINE_BACKUP] = { { "tam", "backup", "TO", "TO", "copy the store while it is used" }, tamstore_backup, CLOSED },
	[TAMLINE_RESTORE] = { { "tam", "restore", "FROM", "FROM", "make the store from a backup" }, tamstore_restore, CLOSED },
	[TAMLINE_MIGRATE] = { { "tam", "migrate", "", NULL, "move an older store forward" }, tamstore_migrate, CLOSED },
	[TAMLINE_EXPORT] = { { "tam", "export", "FILE", "FILE", "every record, for another kind of store" }, tamstore_export, CLOSED },
	[TAMLINE_IMPORT] = { { "tam", "import", "FILE", "FILE", "make the store from such a file" }, tamstore_import, CLOSED },
};
/* clang-format on */

_Static_assert(SOTER_COUNT(actions) == TAMLINE_ACTIONS, "a row is missing");
_Static_assert(TAMLINE_ACTIONS <= ACTIONS_MAX, "too many rows");

static const struct actions_row *
next_row(size_t i)
{
	return (i < SOTER_COUNT(actions) ? &actions[i].row : NULL);
}

static const struct actions tam = { "tam", next_row,
	"What the operator of a TAM does, on its store; soter-tamd may run.",
	"0 done, 1 it was refused, 2 usage, or no store.",
	tamline_print_options };

/* ---- the store ----------------------------------------------------------- */

/* Whose hand it is, unless somebody says. */
static struct soter_span
login(char room[TAM_WHO_MAX + 1])
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *pw = getpwuid(getuid());
	int n;

	if (sudo != NULL && sudo[0] != '\0')
		n = snprintf(room, TAM_WHO_MAX + 1, "%s", sudo);
	else if (pw != NULL)
		n = snprintf(room, TAM_WHO_MAX + 1, "%s", pw->pw_name);
	else
		n = snprintf(room, TAM_WHO_MAX + 1, "uid %u",
		    (unsigned)getuid());
	if (n > TAM_WHO_MAX)
		n = TAM_WHO_MAX;
	return (soter_span(room, n < 0 ? 0 : (size_t)n));
}

static enum soter_rc
find_place(char room[TAM_PLACE_MAX], const char **out,
    const struct tamline *line)
{
	const char *place = line->store;

	if (place == NULL)
		place = getenv("SOTER_TAM_STORE");
	if (place == NULL || place[0] == '\0') {
		if (tam_place_store(room) != SOTER_OK) {
			print_error("--store", "say where the store is");
			return (SOTER_E_ARGUMENT);
		}
		place = room;
	}
	*out = place;
	return (SOTER_OK);
}

static enum soter_rc
open_store(struct tamact *x, enum opening opening)
{
	enum soter_rc rc;

	if (opening == CLOSED)
		return (SOTER_OK);
	rc = soter_store_open(&x->store, x->where,
	    opening == WRITES ? SOTER_STORE_READ_WRITE : SOTER_STORE_READ_ONLY);
	if (rc != SOTER_OK)
		return (tamact_no_store(rc));
	return (soter_lane_open(&x->admin.lane, x->store));
}

static enum soter_rc
run_action(const struct action *action, const struct tamline *line, json_t *to)
{
	char place[TAM_PLACE_MAX], who[TAM_WHO_MAX + 1];
	struct tamact x = { .admin = { .now_s = (uint64_t)time(NULL),
				.ms = TAMACT_MS } };
	enum soter_rc rc;

	x.admin.who = line->who == NULL ? login(who) : soter_text(line->who);
	TRY(find_place(place, &x.where, line));
	rc = open_store(&x, action->opening);
	if (rc == SOTER_OK)
		rc = action->run(line, &x, to);
	soter_lane_close(&x.admin.lane);
	soter_store_close(&x.store);
	return (rc);
}

/* ---- what they share ----------------------------------------------------- */

/* Never the place itself: it may hold a password. */
enum soter_rc
tamact_no_store(enum soter_rc rc)
{
	if (rc == SOTER_E_NOTFOUND)
		print_error("--store",
		    "there is no store; make one with `soter tam init`");
	else if (rc == SOTER_E_ARGUMENT)
		print_error("--store",
		    "no place for a store; give a directory or "
		    "postgresql://...");
	else
		print_error("--store", "%s; %s", soter_rc_text(rc),
		    soter_code_find(rc)->next);
	return (SOTER_E_READ);
}

enum soter_rc
tamact_put_time(json_t *to, const char *name, uint64_t s)
{
	time_t t = (time_t)s;
	struct tm tm;
	char text[32];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return (tree_put_number(to, name, s));
	return (tree_put_text(to, name, text));
}

/* Where a scan goes on. */
struct pass {
	enum soter_rc (*each)(void *context, const struct soter_record *record);
	void *context;
	uint8_t last[SOTER_STORE_KEY_MAX];
	size_t last_n;
};

static enum soter_rc
pass_on(void *context, const struct soter_record *record)
{
	struct pass *pass = context;

	soter_copy(pass->last, record->key.p, pass->last_n = record->key.n);
	return (pass->each(pass->context, record));
}

enum soter_rc
tamact_scan(const struct tamact *x, enum soter_store_kind kind,
    struct soter_span after,
    enum soter_rc (*each)(void *context, const struct soter_record *record),
    void *context)
{
	struct pass pass = { .each = each, .context = context };
	struct soter_scan scan;

	soter_copy(pass.last, after.p, pass.last_n = after.n);
	do {
		scan = (struct soter_scan){ .kind = kind,
			.after = soter_span(pass.last, pass.last_n),
			.limit = SOTER_STORE_PAGE,
			.each = pass_on,
			.context = &pass };
		TRY(soter_store_scan(x->admin.lane, &scan, TAMACT_MS));
	} while (scan.found == SOTER_STORE_PAGE);
	return (SOTER_OK);
}

/* ---- the verb ------------------------------------------------------------ */

/* An error was printed, or nothing can be said. */
static bool
is_mute(enum soter_rc rc)
{
	return (rc == SOTER_E_ARGUMENT || rc == SOTER_E_READ ||
	    rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE);
}

enum soter_rc
tamverb_run(int argc, char **argv)
{
	struct actions_choice choice;
	const struct action *action;
	struct tamline line;
	bool wants_help;
	json_t *answer;
	enum soter_rc rc;

	TRY(actions_find(&choice, &tam, argc, argv));
	if (choice.is_help)
		return (SOTER_OK);
	action = &actions[choice.i];
	TRY(tamline_read(&line, &wants_help, (enum tamline_action)choice.i,
	    action->row.operand, choice.argc, choice.argv));
	if (wants_help) {
		actions_help(&tam, choice.i);
		return (SOTER_OK);
	}
	if ((answer = json_object()) == NULL)
		return (SOTER_E_NOMEM);
	rc = run_action(action, &line, answer);
	if (!is_mute(rc) &&
	    !(rc == SOTER_OK && actions_is_quiet(line.out_file)) &&
	    actions_print(answer, line.json, rc) != SOTER_OK)
		rc = SOTER_E_NOMEM;
	json_decref(answer);
	return (rc);
}
