/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/actions.h"
#include "cli/deviceline.h"
#include "wire/limits.h"
#include "wire/tacmd.h"

#define WAIT_DEFAULT_S 30
#define WAIT_MAX_S     (SOTER_SESSION_MS / 1000) /* a session dies then */
#define TIME_MAX_S     3600

/* For which actions an option is. */
#define BIT	       DEVICELINE_BIT
#define AUTHKEY                                                              \
	(BIT(DEVICELINE_AUTHKEY_GENERATE) | BIT(DEVICELINE_AUTHKEY_EXPORT) | \
	    BIT(DEVICELINE_AUTHKEY_HAS) | BIT(DEVICELINE_AUTHKEY_VALID) |    \
	    BIT(DEVICELINE_AUTHKEY_REMOVE))
#define WRAPPER                                           \
	(BIT(DEVICELINE_INIT) | BIT(DEVICELINE_PREPARE) | \
	    BIT(DEVICELINE_AUTHORISE))
#define STATUS (WRAPPER | BIT(DEVICELINE_REMOVE))
#define SCENE  (STATUS | BIT(DEVICELINE_NAME))
#define SIGNS  (BIT(DEVICELINE_SIGN) | BIT(DEVICELINE_AUTHORISE))
#define OUT                                                            \
	(BIT(DEVICELINE_ASK_EXPORT) | BIT(DEVICELINE_AUTHKEY_EXPORT) | \
	    BIT(DEVICELINE_PREPARE) | SIGNS)

enum {
	OPT_NAME = 256,
	OPT_CHALLENGE,
	OPT_FACE,
	OPT_WAIT,
	OPT_OUT,
	OPT_SERVER,
	OPT_SCENE,
	OPT_NEW,
	OPT_ASK_ONLY,
	OPT_ALL,
	OPT_ACCOUNT,
	OPT_CA,
	OPT_AUTHORIZATION,
	OPT_DIGEST,
	OPT_STATUS_DIR,
	OPT_TIME,
	OPT_SOCKET,
	OPT_JSON,
};

/* clang-format off */
static const struct options_row rows[] = {
	{ OPT_NAME, "name", "KNAME", AUTHKEY | BIT(DEVICELINE_SIGN), "name of the AuthKey", false },
	{ OPT_CHALLENGE, "challenge", "TEXT", SIGNS, "what the server issued", false },
	{ OPT_FACE, "face", NULL, SIGNS, "a face instead of a finger", false },
	{ OPT_WAIT, "wait", "SECONDS", BIT(DEVICELINE_SIGN), "how long to wait for a touch (30)", false },
	{ OPT_OUT, "out", "FILE", OUT, "write it there; - is standard output", false },
	{ OPT_SERVER, "server", "URL", WRAPPER, "the app's server; without it nobody is asked", false },
	{ OPT_SCENE, "scene", "N", SCENE, "number of the business (1)", false },
	{ OPT_NEW, "anew", NULL, BIT(DEVICELINE_PREPARE), "make new keys though there are some", false },
	{ OPT_ASK_ONLY, "ask-only", NULL, BIT(DEVICELINE_PREPARE), "the ASK alone, for no business yet", false },
	{ OPT_ALL, "all", NULL, BIT(DEVICELINE_REMOVE), "the ASK and all AuthKeys, of all accounts", false },
	{ OPT_ACCOUNT, "account", "TEXT", SCENE, "the account; others have other keys", false },
	{ OPT_CA, "ca", "FILE", WRAPPER, "PEM of the authorities for the server", false },
	{ OPT_AUTHORIZATION, "authorization", "FILE", WRAPPER, "a file with the value of that header", false },
	{ OPT_DIGEST, "digest", "FILE", WRAPPER, "a file with the password's digest", false },
	{ OPT_STATUS_DIR, "status-dir", "DIR", STATUS, "where soter_status lies", false },
	{ OPT_TIME, "time", "SECONDS", 0, "longest time for a call", false },
	{ OPT_SOCKET, "socket", "PATH", 0, "the socket of soterd", false },
	{ OPT_JSON, "json", NULL, 0, "answer with one JSON object", false },
};
/* clang-format on */

static const int name_needed[] = { OPT_NAME };
static const int sign_needed[] = { OPT_NAME, OPT_CHALLENGE };

void
deviceline_print_options(unsigned actions)
{
	options_print(rows, SOTER_COUNT(rows), actions);
}

static enum soter_rc
take_time(struct deviceline *line, const struct options *o)
{
	uint32_t s;

	TRY(options_number32(&s, o, "time", TIME_MAX_S));
	line->ms = s * 1000;
	return (SOTER_OK);
}

static enum soter_rc
take_scene(struct deviceline *line, const struct options *o)
{
	uint32_t scene;

	TRY(options_number32(&scene, o, "scene", INT32_MAX));
	line->scene = (int32_t)scene;
	line->has_scene = true;
	return (SOTER_OK);
}

/* Options whose value is kept as it is. */
static const char **
place_of(struct deviceline *line, int id)
{
	const struct {
		int id;
		const char **place;
	} places[] = {
		{ OPT_OUT, &line->out_file },
		{ OPT_SERVER, &line->server },
		{ OPT_ACCOUNT, &line->account },
		{ OPT_CA, &line->ca_file },
		{ OPT_AUTHORIZATION, &line->auth_file },
		{ OPT_DIGEST, &line->digest_file },
		{ OPT_STATUS_DIR, &line->status_dir },
		{ OPT_SOCKET, &line->socket },
	};

	for (size_t i = 0; i < SOTER_COUNT(places); i++)
		if (places[i].id == id)
			return (places[i].place);
	return (NULL);
}

static enum soter_rc
take(struct deviceline *line, const struct options *o, int id)
{
	const char **place = place_of(line, id);

	if (place != NULL) {
		*place = o->value;
		return (SOTER_OK);
	}
	switch (id) {
	case OPT_NAME:
		return (
		    options_string(&line->kname, o, "name", SOTER_KNAME_MAX));
	case OPT_CHALLENGE:
		return (options_string(&line->challenge, o, "challenge",
		    SOTER_TA_CHALLENGE_MAX));
	case OPT_WAIT:
		return (options_number32(&line->wait_s, o, "wait", WAIT_MAX_S));
	case OPT_SCENE:
		return (take_scene(line, o));
	case OPT_TIME:
		return (take_time(line, o));
	case OPT_FACE:
		line->modality = SOTER_FACE;
		break;
	case OPT_NEW:
		line->anew = true;
		break;
	case OPT_ASK_ONLY:
		line->ask_only = true;
		break;
	case OPT_ALL:
		line->all = true;
		break;
	case OPT_JSON:
		line->json = true;
		break;
	default:
		return (SOTER_E_ARGUMENT);
	}
	return (SOTER_OK);
}

/* What goes must be said, and no less goes than it looks like. */
static enum soter_rc
check_removal(const struct deviceline *line, const struct options *o)
{
	if (line->all == line->has_scene)
		return (line->all
			? options_error(o, "all", "not together with --scene")
			: options_error(o, NULL,
			      "--scene N or --all is missing"));
	if (line->all && line->account != NULL)
		return (options_error(o, "all",
		    "not together with --account: it removes those of all"));
	return (SOTER_OK);
}

static enum soter_rc
check(const struct deviceline *line, const struct options *o,
    enum deviceline_action action, const char *operand)
{
	bool is_sign = action == DEVICELINE_SIGN;

	TRY(options_check(o, BIT(action), is_sign ? sign_needed : name_needed,
	    is_sign ? SOTER_COUNT(sign_needed) : SOTER_COUNT(name_needed)));
	TRY(actions_check(o, operand, line->json, line->out_file));
	if (line->server == NULL &&
	    (line->ca_file != NULL || line->auth_file != NULL ||
		line->digest_file != NULL))
		return (options_error(o, "server",
		    "is missing: for whom is the file?"));
	if (line->ask_only && line->has_scene)
		return (
		    options_error(o, "ask-only", "not together with --scene"));
	return (
	    action == DEVICELINE_REMOVE ? check_removal(line, o) : SOTER_OK);
}

enum soter_rc
deviceline_read(struct deviceline *out, bool *wants_help,
    enum deviceline_action action, const char *operand, int argc, char **argv)
{
	struct deviceline line = { .wait_s = WAIT_DEFAULT_S,
		.modality = SOTER_FINGER,
		.scene = 1 };
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
	TRY(check(&line, &o, action, operand));
	line.operand = o.word;
	*wants_help = false;
	*out = line;
	return (SOTER_OK);
}
