/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fleet/devices.h"
#include "fleet/keys.h"
#include "fleet/load.h"
#include "fleet/options.h"

#define MAKE  1u
#define CHECK 2u
#define LINES 4u
#define RUN   8u

enum type {
	NUMBER,
	TEXT,
	FLAG,
	TEXTS,
};

#define AT(field) offsetof(struct fleet_options, field)
#define YEAR	  31536000
#define DAY_MS	  86400000

/* clang-format off */
static const struct row {
	const char *name, *arg;
	unsigned verbs;
	enum type type;
	size_t at;
	uint64_t least, most;	/* NUMBER */
	const char *help;
} rows[] = {
	{ "devices", "N", MAKE, NUMBER, AT(devices), 1, FLEET_DEVICES_MAX, "how many devices" },
	{ "keys", "K", MAKE, NUMBER, AT(keys), 0, FLEET_KEYS_MAX, "of them with a real key (1000, or all)" },
	{ "out", "FILE", MAKE, TEXT, AT(out), 0, 0, "the devices; also FILE.asks, FILE.keys" },
	{ "keys-file", "FILE", MAKE, TEXT, AT(keys_file), 0, 0, "keys to use again, or to be kept there" },
	{ "seed", "S", MAKE | RUN, NUMBER, AT(seed), 0, UINT64_MAX, "the same seed, the same devices (1)" },
	{ "fleet", "FILE", CHECK | LINES | RUN, TEXT, AT(fleet), 0, 0, "what `make --out FILE` made" },
	{ "form", "FORM", LINES | RUN, TEXT, AT(form), 0, 0, "of a device's line: modulus (usual) or pem" },
	{ "first", "I", LINES | RUN, NUMBER, AT(first), 0, FLEET_DEVICES_MAX, "lines, intake: begin at device I (0)" },
	{ "count", "N", LINES | RUN, NUMBER, AT(count), 1, FLEET_DEVICES_MAX, "lines, intake: so many devices (all)" },
	{ "url", "URL", RUN, TEXT, AT(url), 0, 0, "http://HOST:PORT or https://HOST:PORT" },
	{ "mix", "LIST", RUN, TEXT, AT(mix), 0, 0, "KIND=WEIGHT,... (echo); kinds: see below" },
	{ "rate", "R", RUN, NUMBER, AT(rate), 1, FLEET_RATE_MAX, "requests a second, due whatever happens" },
	{ "max", NULL, RUN, FLAG, AT(max), 0, 0, "as many as it can: ask when answered" },
	{ "connections", "C", RUN, NUMBER, AT(connections), 1, FLEET_CONNECTIONS_MAX, "kept open (16)" },
	{ "pipeline", "D", RUN, NUMBER, AT(pipeline), 1, FLEET_PIPELINE_MAX, "requests under way on each (1)" },
	{ "per-connection", "N", RUN, NUMBER, AT(per_connection), 1, UINT32_MAX, "open a new one after N requests" },
	{ "seconds", "S", RUN, NUMBER, AT(seconds), 1, YEAR, "how long (10; with --requests 3600)" },
	{ "requests", "N", RUN, NUMBER, AT(requests), 1, UINT64_MAX, "stop after so many" },
	{ "timeout", "MS", RUN, NUMBER, AT(timeout_ms), 1, DAY_MS, "give up an answer (10000)" },
	{ "appid", "ID", RUN, TEXT, AT(appid), 0, 0, "to get an access token with" },
	{ "secret", "TEXT", RUN, TEXT, AT(secret), 0, 0, "the secret that belongs to it" },
	{ "token", "TEXT", RUN, TEXT, AT(token), 0, 0, "an access token, instead" },
	{ "maker", "TEXT", RUN, TEXT, AT(maker), 0, 0, "is_support: MANUFACTURER" },
	{ "model", "TEXT", RUN, TEXT, AT(model), 0, 0, "is_support: MODEL" },
	{ "echo-path", "PATH", RUN, TEXT, AT(echo_path), 0, 0, "echo: GET this (/)" },
	{ "intake-path", "PATH", RUN, TEXT, AT(intake_path), 0, 0, "intake: POST there (/intake/roots)" },
	{ "batch", "N", RUN, NUMBER, AT(batch), 1, FLEET_BATCH_MAX, "intake: devices a request (100)" },
	{ "taken", "FILE", RUN, TEXT, AT(taken), 0, 0, "intake: write there what was accepted" },
	{ "explain", NULL, RUN, FLAG, AT(explain), 0, 0, "ask the TAM for its reasons" },
	{ "header", "TEXT", RUN, TEXTS, AT(header), 0, 0, "\"Name: value\" on each request" },
	{ "ca", "FILE", RUN, TEXT, AT(ca), 0, 0, "https: whom to trust, PEM" },
	{ "insecure", NULL, RUN, FLAG, AT(insecure), 0, 0, "https: trust anybody" },
	{ "cert", "FILE", RUN, TEXT, AT(cert), 0, 0, "https: our certificate, PEM" },
	{ "key", "FILE", RUN, TEXT, AT(key), 0, 0, "https: its private key, PEM" },
	{ "resume", NULL, RUN, FLAG, AT(resume), 0, 0, "https: resume sessions" },
	{ "cpu", "N", RUN | MAKE, NUMBER, AT(cpu), 0, 1023, "run on this processor alone" },
	{ "json", NULL, RUN, FLAG, AT(json), 0, 0, "print one JSON object" },
	{ "strict", NULL, RUN, FLAG, AT(strict), 0, 0, "status 1 unless all went as it should" },
};
/* clang-format on */

#define ROWS	  SOTER_COUNT(rows)

/* ---- help ---------------------------------------------------------------- */

static void
print_rows(unsigned verb)
{
	for (size_t i = 0; i < ROWS; i++) {
		char text[64];

		if ((rows[i].verbs & verb) == 0)
			continue;
		snprintf(text, sizeof(text), "--%s%s%s", rows[i].name,
		    rows[i].arg == NULL ? "" : " ",
		    rows[i].arg == NULL ? "" : rows[i].arg);
		printf("  %-22s %s\n", text, rows[i].help);
	}
	printf("  %-22s show this\n", "--help");
}

static void
print_verb(const struct fleet_verb *verb)
{
	printf("usage: soter-fleet %s %s\n\n%s.\n\n", verb->name, verb->args,
	    verb->help);
	print_rows(verb->bit);
	if (verb->bit != RUN)
		return;
	printf("\nKinds of requests:");
	for (enum fleet_request kind = 0; kind < FLEET_REQUESTS; kind++)
		printf(" %s", fleet_request_word(kind));
	printf(
	    ".\n\nExit status: 0 done, and the books agree; 1 they do not, or\n"
	    "--strict and something went wrong; 2 usage, unreadable files, or\n"
	    "no connection.  docs/fleet.md says what the numbers mean.\n");
}

static void
print_usage(const struct fleet_verb *verbs)
{
	printf("usage: soter-fleet VERB OPTION...\n\n"
	       "Devices by the million, and load for servers, with exact "
	       "books.\n\n");
	for (; verbs->name != NULL; verbs++)
		printf("  %-6s %s\n", verbs->name, verbs->help);
	printf("\nsoter-fleet VERB --help shows the options.\n");
}

/* ---- reading ------------------------------------------------------------- */

static enum soter_rc
bad(const char *subject, const char *why)
{
	fprintf(stderr, "soter-fleet: %s: %s; see soter-fleet --help\n",
	    subject, why);
	return (SOTER_E_ARGUMENT);
}

static enum soter_rc
take_number(struct fleet_options *o, const struct row *row, const char *value)
{
	uint64_t *out = (uint64_t *)(void *)((char *)o + row->at);
	char why[80];
	uint64_t x;

	if (soter_decimal(soter_text(value), row->most, &x) == SOTER_OK &&
	    x >= row->least) {
		*out = x;
		return (SOTER_OK);
	}
	snprintf(why, sizeof(why), "needs a number from %llu to %llu",
	    (unsigned long long)row->least, (unsigned long long)row->most);
	return (bad(row->name, why));
}

static enum soter_rc
take_texts(struct fleet_options *o, const struct row *row, const char *value)
{
	const char **out = (const char **)(void *)((char *)o + row->at);

	if (o->headers == FLEET_HEADERS_MAX)
		return (bad(row->name, "too many of them"));
	out[o->headers++] = value;
	return (SOTER_OK);
}

static enum soter_rc
take(struct fleet_options *o, size_t i, const char *value)
{
	const struct row *row = &rows[i];
	void *out = (char *)o + row->at;

	if ((row->verbs & o->verb->bit) == 0)
		return (bad(row->name, "not for this verb"));
	if ((o->given >> i & 1) != 0 && row->type != TEXTS)
		return (bad(row->name, "was given twice"));
	o->given |= UINT64_C(1) << i;
	switch (row->type) {
	case NUMBER:
		return (take_number(o, row, value));
	case TEXT:
		*(const char **)out = value;
		return (
		    value[0] == '\0' ? bad(row->name, "is empty") : SOTER_OK);
	case FLAG:
		*(bool *)out = true;
		return (SOTER_OK);
	default:
		return (take_texts(o, row, value));
	}
}

/* argv[0] is the verb. */
static enum soter_rc
read_options(struct fleet_options *o, int argc, char **argv)
{
	struct option longs[ROWS + 2] = { { 0 } };
	int which;

	for (size_t i = 0; i < ROWS; i++)
		longs[i] = (struct option){ rows[i].name,
			rows[i].arg == NULL ? no_argument : required_argument,
			NULL, (int)i + 256 };
	longs[ROWS] = (struct option){ "help", no_argument, NULL, 'h' };
	opterr = 0;
	while ((which = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (which == 'h') {
			print_verb(o->verb);
			o->verb = NULL;
			return (SOTER_OK);
		}
		if (which == ':')
			return (bad(argv[optind - 1], "needs an argument"));
		if (which == '?')
			return (bad(argv[optind - 1], "no such option"));
		TRY(take(o, (size_t)which - 256, optarg));
	}
	return (optind < argc ? bad(argv[optind], "is no option") : SOTER_OK);
}

static const struct fleet_options defaults = {
	.seed = 1,
	.count = FLEET_DEVICES_MAX,
	.form = "modulus",
	.mix = "echo",
	.maker = "opensoter",
	.model = "fleet",
	.echo_path = "/",
	.intake_path = "/intake/roots",
	.connections = 16,
	.pipeline = 1,
	.timeout_ms = 10000,
	.batch = 100,
	.cpu = FLEET_CPU_ANY,
};

enum soter_rc
fleet_options_read(struct fleet_options *out, const struct fleet_verb *verbs,
    int argc, char **argv)
{
	*out = defaults;
	if (argc < 2)
		return (bad("VERB", "is missing"));
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(verbs);
		return (SOTER_OK);
	}
	for (; verbs->name != NULL; verbs++)
		if (strcmp(verbs->name, argv[1]) == 0)
			break;
	if (verbs->name == NULL)
		return (bad(argv[1], "no such verb"));
	out->verb = verbs;
	return (read_options(out, argc - 1, argv + 1));
}

bool
fleet_options_has(const struct fleet_options *o, const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return ((o->given >> i & 1) != 0);
	return (false);
}
