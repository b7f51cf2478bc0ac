/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <unistd.h>

#include "cli/actions.h"
#include "cli/teeline.h"

#define WAIT_DEFAULT_S 30
#define WAIT_MAX_S     (SOTER_SESSION_MS / 1000) /* a session dies then */
#define USER_MAX       (UINT32_MAX / 100000)

/* For which actions an option is. */
#define BIT	       TEELINE_BIT
#define ASK                                                    \
	(BIT(TEELINE_ASK_GENERATE) | BIT(TEELINE_ASK_EXPORT) | \
	    BIT(TEELINE_ASK_HAS) | BIT(TEELINE_ASK_REMOVE))
#define AUTHKEY                                                        \
	(BIT(TEELINE_AUTHKEY_GENERATE) | BIT(TEELINE_AUTHKEY_EXPORT) | \
	    BIT(TEELINE_AUTHKEY_HAS) | BIT(TEELINE_AUTHKEY_REMOVE))
#define BEGINS	(BIT(TEELINE_SIGN) | BIT(TEELINE_SIGN_INIT))
#define TOUCHES (BIT(TEELINE_SIGN) | BIT(TEELINE_AUTHENTICATE))
#define SESSION                                                 \
	(BIT(TEELINE_AUTHENTICATE) | BIT(TEELINE_SIGN_FINISH) | \
	    BIT(TEELINE_SIGN_CANCEL))
#define UID (ASK | AUTHKEY | BEGINS | SESSION | BIT(TEELINE_KEYS))
#define OUT                                                   \
	(BIT(TEELINE_ATTK) | BIT(TEELINE_ASK_EXPORT) |        \
	    BIT(TEELINE_AUTHKEY_EXPORT) | BIT(TEELINE_SIGN) | \
	    BIT(TEELINE_SIGN_FINISH))
#define MODALITY (TOUCHES | BIT(TEELINE_SIM_TOUCH) | BIT(TEELINE_SIM_ENROL))
#define PIN                                                 \
	(BIT(TEELINE_SIM_ENROL) | BIT(TEELINE_SIM_REMOVE) | \
	    BIT(TEELINE_SIM_PIN) | BIT(TEELINE_SIM_UNFREEZE))
#define USER (PIN | BIT(TEELINE_SIM_STATUS) | BIT(TEELINE_SIM_LIST))

enum {
	OPT_UID = 256,
	OPT_NAME,
	OPT_CHALLENGE,
	OPT_SESSION,
	OPT_TOUCH,
	OPT_WAIT,
	OPT_OUT,
	OPT_COPIES,
	OPT_TOKEN,
	OPT_USER,
	OPT_FACE,
	OPT_PIN,
	OPT_PIN_FILE,
	OPT_NEW,
	OPT_NEW_FILE,
	OPT_JSON,
};

/* clang-format off */
static const struct options_row rows[] = {
	{ OPT_UID, "uid", "N", UID, "whose keys (your own uid)", false },
	{ OPT_NAME, "name", "KNAME", AUTHKEY | BEGINS, "name of the AuthKey", false },
	{ OPT_CHALLENGE, "challenge", "TEXT", BEGINS, "what the backend issued", false },
	{ OPT_SESSION, "session", "N", SESSION, "what init-sign answered", false },
	{ OPT_TOUCH, "touch", "FINGER", TOUCHES, "touch a simulated sensor with this", false },
	{ OPT_WAIT, "wait", "SECONDS", TOUCHES, "how long to wait for a touch (30)", false },
	{ OPT_OUT, "out", "FILE", OUT, "write it there; - is standard output", false },
	{ OPT_COPIES, "copies", "0|1", BIT(TEELINE_PROVISION), "identical backup copies to keep (1)", false },
	{ OPT_TOKEN, "token", "FILE", BIT(TEELINE_PROVISION), "a factory token: 256 bytes", false },
	{ OPT_USER, "user", "N", USER, "the user profile (that of your uid)", false },
	{ OPT_FACE, "face", NULL, MODALITY, "a face instead of a finger", false },
	{ OPT_PIN, "pin", "PIN", PIN, "the PIN; others on this machine can see it", false },
	{ OPT_PIN_FILE, "pin-file", "FILE", PIN, "a file with the PIN; without both you are asked", false },
	{ OPT_NEW, "new", "PIN", BIT(TEELINE_SIM_PIN), "the new PIN; others on this machine can see it", false },
	{ OPT_NEW_FILE, "new-file", "FILE", BIT(TEELINE_SIM_PIN), "a file with the new PIN", false },
	{ OPT_JSON, "json", NULL, 0, "answer with one JSON object", false },
};
/* clang-format on */

/* Without these there is nothing to do. */
static const int needed[] = { OPT_NAME, OPT_CHALLENGE, OPT_SESSION };

void
teeline_print_options(unsigned actions)
{
	options_print(rows, SOTER_COUNT(rows), actions);
}

static enum soter_rc
take_pin(const char **out, const struct options *o, const char *name)
{
	size_t n = strlen(o->value);

	if (n < SOTER_PIN_MIN || n > SOTER_PIN_MAX)
		return (options_error(o, name, "a PIN has %d to %d bytes",
		    SOTER_PIN_MIN, SOTER_PIN_MAX));
	*out = o->value;
	return (SOTER_OK);
}

static enum soter_rc
take(struct teeline *line, const struct options *o, int id)
{
	struct soter_ta_request *x = &line->x;
	struct soter_span touch;

	switch (id) {
	case OPT_UID:
		return (options_number32(&x->uid, o, "uid", UINT32_MAX));
	case OPT_NAME:
		return (options_text(&x->kname, o, "name", SOTER_KNAME_MAX));
	case OPT_CHALLENGE:
		return (options_text(&x->challenge, o, "challenge",
		    SOTER_TA_CHALLENGE_MAX));
	case OPT_SESSION:
		return (options_number(&x->session, o, "session", INT64_MAX));
	case OPT_TOUCH:
		line->touch = o->value;
		return (options_text(&touch, o, "touch", SOTER_SAMPLE_MAX));
	case OPT_WAIT:
		return (options_number(&line->wait_s, o, "wait", WAIT_MAX_S));
	case OPT_OUT:
		line->out_file = o->value;
		break;
	case OPT_COPIES:
		return (options_number32(&x->copies, o, "copies", 1));
	case OPT_TOKEN:
		line->token_file = o->value;
		break;
	case OPT_USER:
		return (options_number32(&x->user, o, "user", USER_MAX));
	case OPT_FACE:
		x->modality = SOTER_MODALITY_FACE;
		break;
	case OPT_PIN:
		return (take_pin(&line->pin.text, o, "pin"));
	case OPT_PIN_FILE:
		line->pin.file = o->value;
		break;
	case OPT_NEW:
		return (take_pin(&line->pin_new.text, o, "new"));
	case OPT_NEW_FILE:
		line->pin_new.file = o->value;
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
check(const struct teeline *line, const struct options *o, const char *operand)
{
	TRY(actions_check(o, operand, line->json, line->out_file));
	if (line->pin.text != NULL && line->pin.file != NULL)
		return (
		    options_error(o, "pin-file", "not together with --pin"));
	if (line->pin_new.text != NULL && line->pin_new.file != NULL)
		return (
		    options_error(o, "new-file", "not together with --new"));
	return (SOTER_OK);
}

enum soter_rc
teeline_read(struct teeline *out, bool *wants_help, enum teeline_action action,
    const char *operand, int argc, char **argv)
{
	struct teeline line = { .wait_s = WAIT_DEFAULT_S };
	struct options o;
	int id;

	line.x.uid = (uint32_t)geteuid(); /* what the TEE learns too */
	line.x.user = soter_user_of_uid(line.x.uid);
	line.x.copies = 1;
	line.x.modality = SOTER_MODALITY_FINGER;
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
	TRY(options_check(&o, BIT(action), needed, SOTER_COUNT(needed)));
	line.operand = o.word;
	TRY(check(&line, &o, operand));
	if ((UID & BIT(action)) != 0)
		line.x.user = soter_user_of_uid(line.x.uid);
	*wants_help = false;
	*out = line;
	return (SOTER_OK);
}
