/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: a configuration file is taken or refused as a whole; what is taken
 * has every number in its range, every text with its end, every word in its
 * list; what is refused names a line that there is, and a reason.
 * Seeds: tests/fuzz-seeds/netconf.
 */
#include "fuzz/fuzz.h"
#include "net/conf.h"

struct conf {
	uint8_t before[8];
	char text[24];
	uint8_t between[8];
	uint64_t number;
	bool flag;
	unsigned word;
	uint8_t after[8];
};

static const char *const words[] = { "low", "high", NULL };

static const struct net_conf_name names[] = {
	{ "text", NET_CONF_TEXT, offsetof(struct conf, text), "x",
	    sizeof(((struct conf *)0)->text), 0, 0, NULL },
	{ "below.number", NET_CONF_NUMBER, offsetof(struct conf, number), "5",
	    0, 3, 70, NULL },
	{ "below.flag", NET_CONF_FLAG, offsetof(struct conf, flag), "no", 0, 0,
	    0, NULL },
	{ "word", NET_CONF_WORD, offsetof(struct conf, word), "low", 0, 0, 0,
	    words },
};

static unsigned
lines(const uint8_t *data, size_t size)
{
	unsigned n = 1;

	for (size_t i = 0; i < size; i++)
		n += data[i] == '\n';
	return (n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_conf_error error;
	struct conf c;
	enum soter_rc rc;

	memset(&c, FUZZ_FILL, sizeof(c));
	rc = net_conf_parse(&c, names, SOTER_COUNT(names),
	    soter_span(data, size), &error);
	MUST(fuzz_untouched(c.before, sizeof(c.before)));
	MUST(fuzz_untouched(c.between, sizeof(c.between)));
	MUST(fuzz_untouched(c.after, sizeof(c.after)));
	if (rc == SOTER_OK) {
		MUST(memchr(c.text, '\0', sizeof(c.text)) != NULL);
		MUST(c.number >= 3 && c.number <= 70 && c.word < 2);
		return (0);
	}
	MUST(rc == SOTER_E_FORMAT || rc == SOTER_E_LIMIT);
	MUST(error.line <= lines(data, size) && error.why[0] != '\0');
	MUST(memchr(error.why, '\0', sizeof(error.why)) != NULL);
	return (0);
}
