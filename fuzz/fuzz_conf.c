/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: whatever teehost_conf_parse() accepts, written out again line by
 * line it accepts as the same properties.  What it refuses has a line and a
 * reason.
 */
#include <stdio.h>

#include "fuzz/fuzz.h"
#include "teehost/conf.h"

#define SELF 1000

static const char *const types[] = {
	[TEEHOST_BOOL] = "bool",
	[TEEHOST_U32] = "u32",
	[TEEHOST_U64] = "u64",
	[TEEHOST_UUID] = "uuid",
	[TEEHOST_IDENTITY] = "identity",
	[TEEHOST_STRING] = "string",
	[TEEHOST_BINARY] = "binary",
};

/* An identity grows when it is written out. */
static char again[2 * TEEHOST_CONF_MAX];

static size_t
write_out(const struct teehost_conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->n; i++) {
		const struct teehost_property *p = &conf->list[i];
		int r = snprintf(again + n, sizeof(again) - n, "%s %s %s\n",
		    p->name, types[p->type], p->value);

		MUST(r > 0 && (size_t)r < sizeof(again) - n);
		n += (size_t)r;
	}
	return (n);
}

static void
same(const struct teehost_conf *a, const struct teehost_conf *b)
{
	MUST(a->n == b->n && a->multi_session == b->multi_session &&
	    a->keep_alive == b->keep_alive);
	for (size_t i = 0; i < a->n; i++) {
		MUST(strcmp(a->list[i].name, b->list[i].name) == 0);
		MUST(strcmp(a->list[i].value, b->list[i].value) == 0);
		MUST(a->list[i].type == b->list[i].type);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct teehost_conf_error error = { 0, NULL };
	struct teehost_conf *first = NULL, *second = NULL;
	enum soter_rc rc;
	size_t n;

	rc = teehost_conf_parse(&first, soter_span(data, size), SELF, &error);
	if (rc != SOTER_OK) {
		MUST(first == NULL && error.why != NULL);
		MUST(rc == SOTER_E_FORMAT || rc == SOTER_E_LIMIT);
		return (0);
	}
	n = write_out(first);
	if (n <= TEEHOST_CONF_MAX) {
		MUST(teehost_conf_parse(&second, soter_span(again, n), SELF,
			 &error) == SOTER_OK);
		same(first, second);
	}
	teehost_conf_free(&first);
	teehost_conf_free(&second);
	return (0);
}
