/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: whatever text is accepted is the one that tam_token_make() makes
 * of what it says, so there is one text for a token; one that was made is good
 * until it ends and then expired; changed in one digit, cut or made longer, or
 * held against other keys, it is none of ours.
 * Seeds: tests/fuzz-seeds/tamtoken: where to change it, to what, the number of
 * the key, epoch, end; then an appid; then a line feed and any text.
 */
#include "fuzz/fuzz.h"
#include "tam/token.h"

static struct tam_keys
keys_of(uint32_t number)
{
	struct tam_keys keys = { .n = 2 };

	for (size_t i = 0; i < keys.n; i++) {
		keys.key[i].number = number + (uint32_t)i;
		memset(keys.key[i].key, (int)(0x11 + i), TAM_TOKEN_KEY_LEN);
	}
	return (keys);
}

static bool
is_same(const struct tam_token *a, const struct tam_token *b)
{
	return (strcmp(a->appid, b->appid) == 0 && a->epoch == b->epoch &&
	    a->ends_s == b->ends_s);
}

/* Nobody but us can say this. */
static void
check_text(const struct tam_keys *keys, struct soter_span text)
{
	char ours[TAM_TOKEN_HEX_MAX + 1];
	struct tam_token x;
	enum soter_rc rc = tam_token_check(&x, keys, text, 0);

	if (rc == SOTER_E_TOKEN)
		return;
	MUST(rc == SOTER_OK || (rc == SOTER_E_TOKEN_EXPIRED && x.ends_s == 0));
	MUST(tam_token_make(ours, keys, &x) == SOTER_OK);
	MUST(soter_span_equal(text, soter_text(ours)));
}

static void
check_refused(const struct tam_keys *keys, const char *text, size_t n)
{
	struct tam_token x;

	MUST(
	    tam_token_check(&x, keys, soter_span(text, n), 0) == SOTER_E_TOKEN);
}

/* One digit, one less, one more, and another server's keys. */
static void
check_changed(const struct tam_keys *keys, char *text, size_t at, char to)
{
	char longer[TAM_TOKEN_HEX_MAX + 3];
	struct tam_keys others = *keys;
	size_t n = strlen(text);

	memcpy(longer, text, n);
	memset(longer + n, to, 2);
	check_refused(keys, longer, n + 1);
	check_refused(keys, longer, n + 2);
	check_refused(keys, text, at % n);
	others.key[1].key[at % TAM_TOKEN_KEY_LEN] ^= 1;
	check_refused(&others, text, n);
	others = *keys;
	others.n = 1;
	check_refused(&others, text, n);
	if (text[at % n] == to)
		return;
	text[at % n] = to;
	check_refused(keys, text, n);
}

static void
check_token(const struct tam_keys *keys, const struct tam_token *x, size_t at,
    char to)
{
	char text[TAM_TOKEN_HEX_MAX + 1];
	struct tam_token back;
	struct soter_span said;

	if (tam_token_make(text, keys, x) != SOTER_OK)
		return;
	said = soter_text(text);
	if (x->ends_s > 0) {
		MUST(tam_token_check(&back, keys, said, x->ends_s - 1) ==
		    SOTER_OK);
		MUST(is_same(x, &back));
	}
	MUST(tam_token_check(&back, keys, said, x->ends_s) ==
	    SOTER_E_TOKEN_EXPIRED);
	MUST(is_same(x, &back));
	check_changed(keys, text, at, to);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_reader r = soter_reader(soter_span(data, size));
	struct tam_token x = { .epoch = 0 };
	struct tam_keys keys;
	uint32_t number;
	uint8_t at, to;
	size_t n = 0;

	if (soter_read_u8(&r, &at) != SOTER_OK ||
	    soter_read_u8(&r, &to) != SOTER_OK ||
	    soter_read_le32(&r, &number) != SOTER_OK ||
	    soter_read_le32(&r, &x.epoch) != SOTER_OK ||
	    soter_read_le64(&r, &x.ends_s) != SOTER_OK)
		return (0);
	keys = keys_of(number);
	while (n < r.left && r.p[n] != '\n')
		n++;
	if (n <= TAM_APPID_MAX)
		memcpy(x.appid, r.p, n);
	check_token(&keys, &x, at, (char)to);
	if (n < r.left)
		check_text(&keys, soter_span(r.p + n + 1, r.left - n - 1));
	return (0);
}
