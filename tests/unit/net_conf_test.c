/* SPDX-License-Identifier: BSD-3-Clause */
/* Configuration files with one thing wrong, and the line that is named. */
#include <unistd.h>

#include "net/conf.h"
#include "tests/bytes.h"
#include "tests/check.h"

struct conf {
	char listen[32], path[16];
	uint64_t loops, port;
	bool is_open;
	unsigned level;
};

static const char *const levels[] = { "low", "high", NULL };

static const struct net_conf_name names[] = {
	{ "loops", NET_CONF_NUMBER, offsetof(struct conf, loops), "2", 0, 1, 64,
	    NULL },
	{ "public.listen", NET_CONF_TEXT, offsetof(struct conf, listen),
	    "127.0.0.1:0", 32, 0, 0, NULL },
	{ "public.port", NET_CONF_NUMBER, offsetof(struct conf, port), NULL, 0,
	    0, UINT64_MAX, NULL },
	{ "public.path", NET_CONF_TEXT, offsetof(struct conf, path), "", 16, 0,
	    0, NULL },
	{ "open", NET_CONF_FLAG, offsetof(struct conf, is_open), "no", 0, 0, 0,
	    NULL },
	{ "level", NET_CONF_WORD, offsetof(struct conf, level), "high", 0, 0, 0,
	    levels },
};

static enum soter_rc
parse(struct conf *c, const char *text, struct net_conf_error *error)
{
	struct soter_span in = bytes_exact(soter_text(text));
	enum soter_rc rc;

	memset(c, 0, sizeof(*c));
	rc = net_conf_parse(c, names, SOTER_COUNT(names), in, error);
	bytes_free(in);
	return (rc);
}

static void
test_good(void)
{
	struct net_conf_error e;
	struct conf c;

	check_row("an empty file: everything is as it is otherwise");
	CHECK_RC(parse(&c, "", &e), SOTER_OK);
	CHECK(c.loops == 2 && strcmp(c.listen, "127.0.0.1:0") == 0);
	CHECK(!c.is_open && c.level == 1 && c.port == 0);

	check_row("everything said");
	CHECK_RC(parse(&c,
		     "# ours\n\n  loops=64  \nopen = yes\nlevel = low\n"
		     "[public]\n\tlisten = [::1]:80 # not a comment\n"
		     "port = 18446744073709551615\npath = /a b",
		     &e),
	    SOTER_OK);
	CHECK(c.loops == 64 && c.is_open && c.level == 0);
	CHECK(strcmp(c.listen, "[::1]:80 # not a comment") == 0);
	CHECK(c.port == UINT64_MAX && strcmp(c.path, "/a b") == 0);

	check_row("no file");
	CHECK_RC(net_conf_read(&c, names, SOTER_COUNT(names), NULL, &e),
	    SOTER_OK);
	CHECK(c.loops == 2);

	check_row("a file that is not there");
	CHECK_RC(net_conf_read(&c, names, SOTER_COUNT(names),
		     "tests/vectors/none", &e),
	    SOTER_E_READ);
	CHECK(e.line == 0 && strstr(e.why, "No such file") != NULL);

	check_row("a folder");
	CHECK_RC(net_conf_read(&c, names, SOTER_COUNT(names), "tests", &e),
	    SOTER_E_READ);
	CHECK(e.line == 0 && e.why[0] != '\0');
}

static const struct {
	const char *what, *text;
	unsigned line;
	const char *why; /* stands in the reason */
} lies[] = {
	{ "a name nobody knows", "loops = 1\nlops = 2\n", 2, "lops" },
	{ "a name of another section", "[public]\nloops = 1\n", 2,
	    "public.loops" },
	{ "a name with its section", "public.port = 1\n", 1, "small letters" },
	{ "a section nobody knows", "\n\n[publik]\n", 3, "publik" },
	{ "a section without an end", "[public\n", 1, "[name]" },
	{ "an empty section", "[]\n", 1, "section" },
	{ "a section with a blank", "[pub lic]\n", 1, "section" },
	{ "said twice", "loops = 1\n#\nloops = 1\n", 3, "line 1" },
	{ "said twice, in a section that comes again",
	    "[public]\nport = 1\n[public]\nport = 2\n", 4, "line 2" },
	{ "no sign", "loops 1\n", 1, "name = value" },
	{ "no name", "= 1\n", 1, "name" },
	{ "no value", "loops =\n", 1, "no value" },
	{ "capitals", "Loops = 1\n", 1, "small letters" },
	{ "below the least", "loops = 0\n", 1, "1 to 64" },
	{ "above the most", "loops = 65\n", 1, "1 to 64" },
	{ "below zero", "loops = -1\n", 1, "1 to 64" },
	{ "a number and more", "loops = 1s\n", 1, "1 to 64" },
	{ "a number in hex", "loops = 0x1\n", 1, "1 to 64" },
	{ "2^64", "[public]\nport = 18446744073709551616\n", 2, "number" },
	{ "a flag that is true", "open = true\n", 1, "yes or no" },
	{ "a word that is none", "level = mid\n", 1, "low, high" },
	{ "a text that is too long", "[public]\npath = 0123456789abcdef\n", 2,
	    "15 characters" },
	{ "a carriage return", "loops = 1\r\n", 1, "control" },
	{ "a control character in a comment", "# \x1b[2J\n", 1, "control" },
};

static void
test_lies(void)
{
	struct net_conf_error e;
	struct conf c;

	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		check_row("%s", lies[i].what);
		CHECK_RC(parse(&c, lies[i].text, &e), SOTER_E_FORMAT);
		CHECK(e.line == lies[i].line);
		CHECK(strstr(e.why, lies[i].why) != NULL);
	}
}

static void
test_long(void)
{
	static char text[NET_CONF_MAX + 2];
	struct net_conf_error e;
	struct conf c;

	check_row("a line that is too long");
	memset(text, '#', NET_CONF_LINE_MAX + 1);
	CHECK_RC(parse(&c, text, &e), SOTER_E_LIMIT);
	CHECK(e.line == 1);

	check_row("a line just as long as it may be");
	text[NET_CONF_LINE_MAX] = '\0';
	CHECK_RC(parse(&c, text, &e), SOTER_OK);

	check_row("a file that is too long");
	memset(text, '\n', sizeof(text) - 1);
	CHECK_RC(parse(&c, text, &e), SOTER_E_LIMIT);
	CHECK(e.line == 0);

	check_row("a file just as long as it may be");
	text[NET_CONF_MAX] = '\0';
	CHECK_RC(parse(&c, text, &e), SOTER_OK);
}

int
main(void)
{
	test_good();
	test_lies();
	test_long();
	return (check_done());
}
