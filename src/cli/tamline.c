/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "cli/actions.h"
#include "cli/tamline.h"
#include "tam/tenant.h"

/* For which actions an option is. */
#define BIT TAMLINE_BIT
#define STATUS                                                      \
	(BIT(TAMLINE_DEVICE_REVOKE) | BIT(TAMLINE_DEVICE_SUSPEND) | \
	    BIT(TAMLINE_DEVICE_RESUME))
#define ADD    BIT(TAMLINE_TENANT_ADD)
#define IMPORT BIT(TAMLINE_DEVICE_IMPORT)
#define CHANGES                                                        \
	(ADD | IMPORT | STATUS | BIT(TAMLINE_INIT) |                   \
	    BIT(TAMLINE_TENANT_SECRET) | BIT(TAMLINE_TENANT_REVOKE) |  \
	    BIT(TAMLINE_TENANT_SUSPEND) | BIT(TAMLINE_TENANT_RESUME) | \
	    BIT(TAMLINE_TENANT_REMOVE) | BIT(TAMLINE_MODEL_IMPORT) |   \
	    BIT(TAMLINE_MODEL_REMOVE) | BIT(TAMLINE_KEYS_ROTATE))

enum {
	OPT_CLASS = 256,
	OPT_RIGHT,
	OPT_RATE,
	OPT_NOTE,
	OPT_ATTK_VERSION,
	OPT_ADD_VERSION,
	OPT_HEAD,
	OPT_OUT,
	OPT_WHO,
	OPT_STORE,
	OPT_JSON,
};

/* clang-format off */
static const struct options_row rows[] = {
	{ OPT_CLASS, "class", "CLASS", ADD | IMPORT, "test or production: they never meet", false },
	{ OPT_RIGHT, "right", "RIGHT", ADD, "ask (a backend) or intake (a factory); again for both", true },
	{ OPT_RATE, "rate", "N", ADD, "requests a second (1000)", false },
	{ OPT_NOTE, "note", "TEXT", ADD | STATUS, "why; for those who come after you", false },
	{ OPT_ATTK_VERSION, "attk-version", "N", STATUS, "this version of the root alone", false },
	{ OPT_ADD_VERSION, "add-version", NULL, IMPORT, "a repair: another root becomes the next version", false },
	{ OPT_HEAD, "head", "N:HASH", BIT(TAMLINE_AUDIT_CHECK), "an entry and its hash, as they were kept elsewhere", false },
	{ OPT_OUT, "out", "FILE", BIT(TAMLINE_MODEL_EXPORT), "write it there; - is standard output (-)", false },
	{ OPT_WHO, "who", "NAME", CHANGES, "whose hand it is, for the audit trail (your login)", false },
	{ OPT_STORE, "store", "WHERE", 0, "a directory or postgresql://...; SOTER_TAM_STORE", false },
	{ OPT_JSON, "json", NULL, 0, "answer with one JSON object", false },
};
/* clang-format on */

static const int class_needed[] = { OPT_CLASS };

void
tamline_print_options(unsigned actions)
{
	options_print(rows, SOTER_COUNT(rows), actions);
}

static enum soter_rc
take_class(struct tamline *line, const struct options *o)
{
	if (strcmp(o->value, "test") == 0)
		line->cls = SOTER_CLASS_TEST;
	else if (strcmp(o->value, "production") == 0)
		line->cls = SOTER_CLASS_PRODUCTION;
	else
		return (options_error(o, "class", "test or production"));
	return (SOTER_OK);
}

static enum soter_rc
take_right(struct tamline *line, const struct options *o)
{
	if (strcmp(o->value, "ask") == 0)
		line->rights |= TAM_RIGHT_ASK;
	else if (strcmp(o->value, "intake") == 0)
		line->rights |= TAM_RIGHT_INTAKE;
	else
		return (options_error(o, "right", "ask or intake"));
	return (SOTER_OK);
}

/* As `audit check` prints them, with a colon between. */
static enum soter_rc
take_head(struct tamline *line, const struct options *o)
{
	struct soter_span text = soter_text(o->value);
	struct tam_head head = { 0 };
	size_t at = 0;

	while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9' &&
	    head.number < UINT32_MAX)
		head.number = head.number * 10 + (text.p[at++] - '0');
	if (head.number == 0 || text.n - at != 1 + 2 * sizeof(head.hash) ||
	    text.p[at] != ':')
		return (options_error(o, "head", "a number, a colon, a hash"));
	for (size_t i = 0; i < sizeof(head.hash); i++) {
		uint8_t high = soter_hex_digit(text.p[at + 1 + 2 * i]);
		uint8_t low = soter_hex_digit(text.p[at + 2 + 2 * i]);

		if (high == SOTER_HEX_BAD || low == SOTER_HEX_BAD)
			return (options_error(o, "head", "64 hex digits"));
		head.hash[i] = (uint8_t)(high << 4 | low);
	}
	line->head = head;
	return (SOTER_OK);
}

static enum soter_rc
take(struct tamline *line, const struct options *o, int id)
{
	switch (id) {
	case OPT_CLASS:
		return (take_class(line, o));
	case OPT_RIGHT:
		return (take_right(line, o));
	case OPT_RATE:
		return (options_number32(&line->rate, o, "rate", TAM_RATE_MAX));
	case OPT_NOTE:
		return (options_string(&line->note, o, "note", TAM_NOTE_MAX));
	case OPT_ATTK_VERSION:
		return (options_number32(&line->attk_version, o, "attk-version",
		    UINT32_MAX));
	case OPT_WHO:
		return (options_string(&line->who, o, "who", TAM_WHO_MAX));
	case OPT_HEAD:
		return (take_head(line, o));
	case OPT_ADD_VERSION:
		line->adds_version = true;
		break;
	case OPT_OUT:
		line->out_file = o->value;
		break;
	case OPT_STORE:
		line->store = o->value;
		break;
	case OPT_JSON:
		line->json = true;
		break;
	default:
		return (SOTER_E_ARGUMENT);
	}
	return (SOTER_OK);
}

static enum soter_rc
check(const struct tamline *line, const struct options *o,
    enum tamline_action action, const char *operand)
{
	TRY(options_check(o, BIT(action), class_needed,
	    SOTER_COUNT(class_needed)));
	TRY(actions_check(o, operand, line->json, line->out_file));
	if (line->rate == 0)
		return (options_error(o, "rate", "1 or more"));
	return (SOTER_OK);
}

enum soter_rc
tamline_read(struct tamline *out, bool *wants_help, enum tamline_action action,
    const char *operand, int argc, char **argv)
{
	struct tamline line = { .rate = TAM_RATE_DEFAULT };
	struct options o;
	int id;

	options_begin(&o, rows, SOTER_COUNT(rows), argc, argv);
	while ((id = options_next(&o)) >= 0) {
		if (id == OPTIONS_HELP) {
			*wants_help = true;
			return (SOTER_OK);
		}
		TRY(take(&line, &o, id));
	}
	if (id == OPTIONS_BAD)
		return (SOTER_E_ARGUMENT);
	if (action == TAMLINE_MODEL_EXPORT && line.out_file == NULL)
		line.out_file = "-";
	TRY(check(&line, &o, action, operand));
	if (line.rights == 0)
		line.rights = TAM_RIGHT_ASK;
	line.operand = o.word;
	*wants_help = false;
	*out = line;
	return (SOTER_OK);
}
