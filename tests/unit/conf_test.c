/* SPDX-License-Identifier: BSD-3-Clause */
#include "teehost/conf.h"
#include "tests/bytes.h"
#include "tests/check.h"

#define SELF	 1000 /* whose user:self it is */
#define UID_1000 "1:fc34275c-d8dd-5ba7-968b-504718363b87"
#define GID_1000 "2:0ece43ed-001d-51bd-bab7-480c8954c3cf"
#define UID_0	 "1:ef0180a3-13f3-5d1c-b7f5-888c0e21059a"

/* A line, and what the API then reads. */
static const struct {
	const char *line, *name, *value;
	enum teehost_property_type type;
} good[] = {
	{ "a bool true", "a", "true", TEEHOST_BOOL },
	{ "\t a \t bool \t false \t\r", "a", "false", TEEHOST_BOOL },
	{ "a.B_c-9 u32 4294967295", "a.B_c-9", "4294967295", TEEHOST_U32 },
	{ "a u64 18446744073709551615", "a", "18446744073709551615",
	    TEEHOST_U64 },
	{ "a uuid CC0B2BAE-3923-49ff-aafb-2e353ffef804", "a",
	    "CC0B2BAE-3923-49ff-aafb-2e353ffef804", TEEHOST_UUID },
	{ "a identity user:1000", "a", UID_1000, TEEHOST_IDENTITY },
	{ "a identity user:self", "a", UID_1000, TEEHOST_IDENTITY },
	{ "a identity user:0", "a", UID_0, TEEHOST_IDENTITY },
	{ "a identity group:1000", "a", GID_1000, TEEHOST_IDENTITY },
	{ "a identity " UID_1000, "a", UID_1000, TEEHOST_IDENTITY },
	{ "a identity 0", "a", "0:00000000-0000-0000-0000-000000000000",
	    TEEHOST_IDENTITY },
	{ "a string two  words # all of it", "a", "two  words # all of it",
	    TEEHOST_STRING },
	{ "a string", "a", "", TEEHOST_STRING },
	{ "a binary AAEC", "a", "AAEC", TEEHOST_BINARY },
};

/* clang-format off */
static const struct {
	const char *what, *text;
	unsigned line;
	enum soter_rc want;
} lies[] = {
	{ "a name alone", "a", 1, SOTER_E_FORMAT },
	{ "no value", "a u32", 1, SOTER_E_FORMAT },
	{ "a type that is none", "a integer 1", 1, SOTER_E_FORMAT },
	{ "a type in capitals", "a BOOL true", 1, SOTER_E_FORMAT },
	{ "a sign of equality", "a=bool true", 1, SOTER_E_FORMAT },
	{ "a name of 64", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bool true", 1, SOTER_E_FORMAT },
	{ "a name of 63", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bool true", 0, SOTER_OK },
	{ "True", "a bool True", 1, SOTER_E_FORMAT },
	{ "1 for true", "a bool 1", 1, SOTER_E_FORMAT },
	{ "a second value", "a bool true true", 1, SOTER_E_FORMAT },
	{ "2^32", "a u32 4294967296", 1, SOTER_E_FORMAT },
	{ "minus one", "a u32 -1", 1, SOTER_E_FORMAT },
	{ "hexadecimal", "a u32 0x10", 1, SOTER_E_FORMAT },
	{ "a leading zero", "a u32 010", 1, SOTER_E_FORMAT },
	{ "2^64", "a u64 18446744073709551616", 1, SOTER_E_FORMAT },
	{ "a UUID without dashes", "a uuid cc0b2bae392349ffaafb2e353ffef804", 1, SOTER_E_FORMAT },
	{ "a UUID cut by one", "a uuid cc0b2bae-3923-49ff-aafb-2e353ffef80", 1, SOTER_E_FORMAT },
	{ "a user's name", "a identity user:root", 1, SOTER_E_FORMAT },
	{ "user 2^32", "a identity user:4294967296", 1, SOTER_E_FORMAT },
	{ "user -1", "a identity user:-1", 1, SOTER_E_FORMAT },
	{ "user nothing", "a identity user:", 1, SOTER_E_FORMAT },
	{ "group:self", "a identity group:self", 1, SOTER_E_FORMAT },
	{ "User", "a identity User:0", 1, SOTER_E_FORMAT },
	{ "a login without a UUID's form", "a identity 1:1000", 1, SOTER_E_FORMAT },
	{ "a control character", "a string x\x01y", 1, SOTER_E_FORMAT },
	{ "Base64 without its end", "a binary AAE", 1, SOTER_E_FORMAT },
	{ "the same name twice", "a u32 1\n# between\nb u32 1\na u32 2\n", 4, SOTER_E_FORMAT },
	{ "an error behind blank lines", "\n\n  \n#\n\t\na u32 x\n", 6, SOTER_E_FORMAT },
	{ "several instances", "gpd.ta.singleInstance bool false", 1, SOTER_E_FORMAT },
	{ "GP's property of another type", "gpd.ta.multiSession string true", 1, SOTER_E_FORMAT },
	{ "GP's size of another type", "gpd.ta.dataSize u64 1", 1, SOTER_E_FORMAT },
	{ "a property of GP that nobody knows", "gpd.ta.new u64 1", 0, SOTER_OK },
};
/* clang-format on */

static enum soter_rc
parse(struct teehost_conf **out, struct soter_span text,
    struct teehost_conf_error *error)
{
	struct soter_span exact = bytes_exact(text);
	enum soter_rc rc = teehost_conf_parse(out, exact, SELF, error);

	bytes_free(exact);
	return (rc);
}

static void
check_good(size_t i)
{
	struct teehost_conf_error error = { 0 };
	struct teehost_conf *conf = NULL;

	check_row("%s", good[i].line);
	CHECK_RC(parse(&conf, soter_text(good[i].line), &error), SOTER_OK);
	if (!CHECK(conf != NULL && conf->n == 1))
		return;
	CHECK(strcmp(conf->list[0].name, good[i].name) == 0);
	CHECK(strcmp(conf->list[0].value, good[i].value) == 0);
	CHECK(conf->list[0].type == good[i].type);
	teehost_conf_free(&conf);
	CHECK(conf == NULL);
}

static void
check_lie(size_t i)
{
	struct teehost_conf_error error = { 77, NULL };
	struct teehost_conf *conf = NULL;

	check_row("%s", lies[i].what);
	CHECK_RC(parse(&conf, soter_text(lies[i].text), &error), lies[i].want);
	if (lies[i].want == SOTER_OK) {
		CHECK(conf != NULL);
	} else {
		CHECK(conf == NULL);
		CHECK(error.line == lies[i].line && error.why != NULL);
	}
	teehost_conf_free(&conf);
}

static void
flags(void)
{
	struct teehost_conf_error error;
	struct teehost_conf *conf = NULL;

	check_row("nothing is said: one session, not kept alive");
	CHECK_RC(parse(&conf, soter_text(""), &error), SOTER_OK);
	CHECK(conf != NULL && !conf->multi_session && !conf->keep_alive);
	teehost_conf_free(&conf);

	check_row("both are said, without an end of the last line");
	CHECK_RC(parse(&conf,
		     soter_text("gpd.ta.multiSession bool true\n"
				"gpd.ta.instanceKeepAlive bool true"),
		     &error),
	    SOTER_OK);
	CHECK(conf != NULL && conf->multi_session && conf->keep_alive);
	teehost_conf_free(&conf);
}

/* As many, and as long, as it may be; and one more. */
static void
limits(void)
{
	static char text[TEEHOST_CONF_MAX + 2];
	struct teehost_conf_error error = { 0 };
	struct teehost_conf *conf = NULL;
	size_t n = 0;

	check_row("%d properties, all identities", TEEHOST_CONF_PROPERTIES_MAX);
	for (int i = 0; i < TEEHOST_CONF_PROPERTIES_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "p%d identity user:0\n", i);
	CHECK_RC(parse(&conf, soter_span(text, n), &error), SOTER_OK);
	CHECK(conf != NULL && conf->n == TEEHOST_CONF_PROPERTIES_MAX);
	for (size_t i = 0; conf != NULL && i < conf->n; i++)
		CHECK(strcmp(conf->list[i].value, UID_0) == 0);
	teehost_conf_free(&conf);

	check_row("one more");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "q bool true\n");
	CHECK_RC(parse(&conf, soter_span(text, n), &error), SOTER_E_LIMIT);
	CHECK(error.line == TEEHOST_CONF_PROPERTIES_MAX + 1);

	check_row("a value as long as the file");
	memset(text, 'x', sizeof(text));
	memcpy(text, "a string ", 9);
	CHECK_RC(parse(&conf, soter_span(text, TEEHOST_CONF_MAX), &error),
	    SOTER_OK);
	CHECK(conf != NULL &&
	    strlen(conf->list[0].value) == TEEHOST_CONF_MAX - 9);
	teehost_conf_free(&conf);

	check_row("a file that is too long");
	CHECK_RC(parse(&conf, soter_span(text, TEEHOST_CONF_MAX + 1), &error),
	    SOTER_E_LIMIT);
	CHECK(conf == NULL);
}

int
main(void)
{
	for (size_t i = 0; i < SOTER_COUNT(good); i++)
		check_good(i);
	for (size_t i = 0; i < SOTER_COUNT(lies); i++)
		check_lie(i);
	flags();
	limits();
	return (check_done());
}
