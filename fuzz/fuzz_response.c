/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: a response that is read ends where it says, the same without what
 * follows it, and no part of it is taken for garbage or for a whole one: so it
 * does not matter how the network cuts it.  What is refused leaves the output
 * alone.  What a body says holds no letter that steers a terminal.
 */
#include "fleet/answer.h"
#include "fuzz/fuzz.h"

static void
cut(struct soter_span whole, const struct fleet_response *want, size_t at)
{
	struct fleet_response x;
	uint8_t *copy = malloc(at + 1);
	enum soter_rc rc;

	MUST(copy != NULL);
	memcpy(copy, whole.p, at);
	rc = fleet_response_parse(&x, soter_span(copy, at));
	if (at < want->n)
		MUST(rc == SOTER_E_SHORT);
	else
		MUST(rc == SOTER_OK && x.n == want->n &&
		    x.status == want->status && x.closes == want->closes &&
		    soter_span_equal(x.body, want->body));
	free(copy);
}

static void
said(struct soter_span body)
{
	struct fleet_said x;
	char text[8];

	fleet_said_read(&x, body);
	MUST(memchr(x.word, '\0', sizeof(x.word)) != NULL);
	for (const char *c = x.word; *c != '\0'; c++)
		MUST(*c > ' ' && *c < 0x7f && *c != '"' && *c != '\\');
	MUST(x.has_errcode || x.errcode == 0);
	memset(text, FUZZ_FILL, sizeof(text));
	if (fleet_said_text(body, "errmsg", text, sizeof(text)) == SOTER_OK)
		MUST(memchr(text, '\0', sizeof(text)) != NULL);
	else
		MUST(fuzz_untouched(text, sizeof(text)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	struct fleet_response x;

	said(in);
	memset(&x, FUZZ_FILL, sizeof(x));
	if (fleet_response_parse(&x, in) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		return (0);
	}
	MUST(x.n > 0 && x.n <= size && fuzz_inside(x.body, in));
	MUST(x.status >= 200 && x.status <= FLEET_STATUS_MAX);
	said(x.body);
	cut(in, &x, x.n);
	cut(in, &x, x.n - 1);
	cut(in, &x, x.n / 2);
	cut(in, &x, x.n - x.body.n);
	return (0);
}
