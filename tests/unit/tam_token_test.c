/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tokens, secrets, tenants and rates: whoever asks, and may not.
 */
#include "tam/rate.h"
#include "tam/tenant.h"
#include "tam/token.h"
#include "tests/check.h"

#define NOW 1800000000u

static struct tam_keys keys;

static void
make(char text[TAM_TOKEN_HEX_MAX + 1], const char *appid, uint32_t epoch)
{
	struct tam_token x = { .epoch = epoch, .ends_s = NOW + 7200 };

	strcpy(x.appid, appid);
	if (tam_token_make(text, &keys, &x) != SOTER_OK)
		abort();
}

static void
check_token(void)
{
	char text[TAM_TOKEN_HEX_MAX + 1], longest[TAM_APPID_MAX + 1];
	struct tam_token x;

	check_row("token: says whom it is for, and until when");
	make(text, "wx0123", 7);
	CHECK_RC(tam_token_check(&x, &keys, soter_text(text), NOW), SOTER_OK);
	CHECK(strcmp(x.appid, "wx0123") == 0);
	CHECK(x.epoch == 7 && x.ends_s == NOW + 7200);

	check_row("token: the longest appid");
	memset(longest, 'a', TAM_APPID_MAX);
	longest[TAM_APPID_MAX] = '\0';
	make(text, longest, 1);
	CHECK(strlen(text) == TAM_TOKEN_HEX_MAX);
	CHECK_RC(tam_token_check(&x, &keys, soter_text(text), NOW), SOTER_OK);
	CHECK(strcmp(x.appid, longest) == 0);

	check_row("token: good until its last second, and no longer");
	CHECK_RC(tam_token_check(&x, &keys, soter_text(text), NOW + 7199),
	    SOTER_OK);
	CHECK_RC(tam_token_check(&x, &keys, soter_text(text), NOW + 7200),
	    SOTER_E_TOKEN_EXPIRED);
}

/* Every change of every digit: it is then no token of ours. */
static void
check_changed(void)
{
	char text[TAM_TOKEN_HEX_MAX + 1];
	struct tam_token x;
	size_t n;

	make(text, "wx1", 1);
	n = strlen(text);
	check_row("token: no digit may change, none may be missing");
	for (size_t i = 0; i < n; i++) {
		const char was = text[i];

		for (const char *c = "0123456789abcdefABCDEFg "; *c != '\0';
		     c++) {
			if (*c == was)
				continue;
			text[i] = *c;
			CHECK_RC(
			    tam_token_check(&x, &keys, soter_text(text), NOW),
			    SOTER_E_TOKEN);
		}
		text[i] = was;
		CHECK_RC(tam_token_check(&x, &keys, soter_span(text, i), NOW),
		    SOTER_E_TOKEN);
	}
	check_row("token: nothing may follow");
	strcpy(text + n, "00");
	CHECK_RC(tam_token_check(&x, &keys, soter_text(text), NOW),
	    SOTER_E_TOKEN);
	check_row("token: one text per token: upper case is another");
	text[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (text[i] >= 'a') {
			text[i] = (char)(text[i] - 'a' + 'A');
			break;
		}
	CHECK_RC(tam_token_check(&x, &keys, soter_text(text), NOW),
	    SOTER_E_TOKEN);
}

static bool
is_all(uint8_t byte, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((const uint8_t *)p)[i] != byte)
			return (false);
	return (true);
}

static void
check_keys(void)
{
	struct tam_keys other = { 0 }, read;
	char text[TAM_TOKEN_HEX_MAX + 1];
	uint8_t record[512];
	struct soter_writer w = soter_writer(record, sizeof(record));
	struct tam_token x = { .appid = "wx1", .ends_s = NOW + 1 };

	check_row("keys: another server's token");
	CHECK_RC(tam_keys_add(&other), SOTER_OK);
	make(text, "wx1", 1);
	CHECK_RC(tam_token_check(&x, &other, soter_text(text), NOW),
	    SOTER_E_TOKEN);

	check_row("keys: a token outlives TAM_TOKEN_KEYS - 1 new keys");
	for (int i = 1; i < TAM_TOKEN_KEYS; i++) {
		CHECK_RC(tam_keys_add(&keys), SOTER_OK);
		CHECK_RC(tam_token_check(&x, &keys, soter_text(text), NOW),
		    SOTER_OK);
	}
	CHECK_RC(tam_keys_add(&keys), SOTER_OK);
	CHECK_RC(tam_token_check(&x, &keys, soter_text(text), NOW),
	    SOTER_E_TOKEN);
	CHECK(keys.n == TAM_TOKEN_KEYS);

	check_row("keys: record, and each of its beginnings");
	CHECK_RC(tam_keys_write(&w, &keys), SOTER_OK);
	CHECK_RC(tam_keys_parse(&read, soter_written(&w)), SOTER_OK);
	make(text, "wx1", 1);
	CHECK_RC(tam_token_check(&x, &read, soter_text(text), NOW), SOTER_OK);
	for (size_t i = 0; i < w.len; i++)
		CHECK_RC(tam_keys_parse(&read, soter_span(record, i)),
		    SOTER_E_CORRUPT);

	check_row("keys: what is refused leaves the output alone");
	memset(&read, 0x5a, sizeof(read));
	CHECK_RC(tam_keys_parse(&read, soter_span(record, w.len - 1)),
	    SOTER_E_CORRUPT);
	CHECK(is_all(0x5a, &read, sizeof(read)));

	check_row("keys: none makes no token");
	other.n = 0;
	CHECK_RC(tam_token_make(text, &other, &x), SOTER_E_ARGUMENT);
}

static void
check_secret(void)
{
	struct tam_tenant a = { .cls = SOTER_CLASS_TEST }, b = a;
	char secret[TAM_SECRET_LEN + 1], other[TAM_SECRET_LEN + 1];

	check_row("secret: the right one, and every wrong digit");
	CHECK_RC(tam_tenant_set_secret(&a, secret), SOTER_OK);
	CHECK(strlen(secret) == TAM_SECRET_LEN);
	CHECK_RC(tam_tenant_check_secret(&a, soter_text(secret)), SOTER_OK);
	for (size_t i = 0; i < TAM_SECRET_LEN; i++) {
		secret[i] ^= 1;
		CHECK_RC(tam_tenant_check_secret(&a, soter_text(secret)),
		    SOTER_E_SECRET);
		secret[i] ^= 1;
	}
	check_row("secret: shorter, longer, empty");
	CHECK_RC(
	    tam_tenant_check_secret(&a, soter_span(secret, TAM_SECRET_LEN - 1)),
	    SOTER_E_SECRET);
	CHECK_RC(
	    tam_tenant_check_secret(&a, soter_span(secret, TAM_SECRET_LEN + 1)),
	    SOTER_E_SECRET);
	CHECK_RC(tam_tenant_check_secret(&a, SOTER_SPAN("")), SOTER_E_SECRET);
	check_row("secret: another tenant's; a new one ends the old one");
	CHECK_RC(tam_tenant_set_secret(&b, other), SOTER_OK);
	CHECK_RC(tam_tenant_check_secret(&a, soter_text(other)),
	    SOTER_E_SECRET);
	CHECK_RC(tam_tenant_set_secret(&a, other), SOTER_OK);
	CHECK_RC(tam_tenant_check_secret(&a, soter_text(secret)),
	    SOTER_E_SECRET);
	check_row("secret: not in the record");
	CHECK(memcmp(a.hash, other, sizeof(a.hash)) != 0);
}

static void
check_tenant(void)
{
	struct tam_tenant x = { .cls = SOTER_CLASS_PRODUCTION,
		.rights = TAM_RIGHT_ASK,
		.epoch = 3,
		.rate = 500,
		.since_s = NOW },
			  y;
	uint8_t record[TAM_TENANT_MAX], again[TAM_TENANT_MAX];
	struct soter_writer w = soter_writer(record, sizeof(record));
	struct soter_writer v = soter_writer(again, sizeof(again));
	char secret[TAM_SECRET_LEN + 1];

	check_row("tenant: round trip with the longest note");
	memset(x.note, 'n', TAM_NOTE_MAX);
	CHECK_RC(tam_tenant_set_secret(&x, secret), SOTER_OK);
	CHECK_RC(tam_tenant_write(&w, &x), SOTER_OK);
	CHECK_RC(tam_tenant_parse(&y, soter_written(&w)), SOTER_OK);
	CHECK_RC(tam_tenant_write(&v, &y), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), soter_written(&v)));
	CHECK(strcmp(x.note, y.note) == 0 && y.epoch == 3 && y.rate == 500);
	check_row("tenant: a record that is cut, or whose form is another");
	for (size_t i = 0; i < 68; i++)
		CHECK_RC(tam_tenant_parse(&y, soter_span(record, i)),
		    SOTER_E_CORRUPT);
	for (size_t i = 0; i < 4; i++) {
		uint8_t was = record[i];

		record[i] = 9;
		CHECK_RC(tam_tenant_parse(&y, soter_written(&w)),
		    SOTER_E_CORRUPT);
		record[i] = was;
	}
	check_row("tenant: what is refused leaves the output alone");
	record[3] = 9;
	memset(&y, 0x5a, sizeof(y));
	CHECK_RC(tam_tenant_parse(&y, soter_written(&w)), SOTER_E_CORRUPT);
	CHECK(is_all(0x5a, &y, sizeof(y)));
	record[3] = 0;
	check_row(
	    "tenant: a note with a NUL, which would not be written again");
	record[w.len - 2] = '\0';
	CHECK_RC(tam_tenant_parse(&y, soter_written(&w)), SOTER_E_CORRUPT);
	check_row("tenant: what cannot be is not written");
	w.len = 0;
	x.cls = (enum soter_class)0;
	CHECK_RC(tam_tenant_write(&w, &x), SOTER_E_ARGUMENT);
	x.cls = SOTER_CLASS_TEST;
	x.rate = 0;
	CHECK_RC(tam_tenant_write(&w, &x), SOTER_E_ARGUMENT);
	x.rate = TAM_RATE_MAX + 1;
	CHECK_RC(tam_tenant_write(&w, &x), SOTER_E_ARGUMENT);
	x.rate = 1;
	x.rights = 4;
	CHECK_RC(tam_tenant_write(&w, &x), SOTER_E_ARGUMENT);
}

static void
check_appids(void)
{
	static const char *const bad[] = { "", "a b", "a/b", "a&b", "a%62",
		"caf\xc3\xa9", "a\n", "a\"" };
	char text[TAM_APPID_MAX + 2];

	check_row("appid: letters, digits, - _ .");
	CHECK_RC(tam_appid_check(SOTER_SPAN("wx-A_9.z")), SOTER_OK);
	for (size_t i = 0; i < SOTER_COUNT(bad); i++)
		CHECK_RC(tam_appid_check(soter_text(bad[i])), SOTER_E_ARGUMENT);
	memset(text, 'a', sizeof(text));
	CHECK_RC(tam_appid_check(soter_span(text, TAM_APPID_MAX)), SOTER_OK);
	CHECK_RC(tam_appid_check(soter_span(text, TAM_APPID_MAX + 1)),
	    SOTER_E_ARGUMENT);
	check_row("appid: nothing behind a NUL");
	CHECK_RC(tam_appid_check(soter_span("a\0b", 3)), SOTER_E_ARGUMENT);
}

static size_t
take_all(struct tam_rate *rate, uint32_t per_s, uint64_t now_us)
{
	size_t n = 0;

	while (n < 10000000 && tam_rate_take(rate, per_s, now_us) == SOTER_OK)
		n++;
	return (n);
}

static void
check_rate(void)
{
	struct tam_rate rate = { 0 }, one = { 0 };
	uint64_t now = 1000000;

	check_row("rate: a full bucket holds one second's requests");
	CHECK(take_all(&rate, 100, now) == 100);
	check_row("rate: it fills evenly, and no further than full");
	CHECK(take_all(&rate, 100, now += 9999) == 0);
	CHECK(take_all(&rate, 100, now += 1) == 1);
	CHECK(take_all(&rate, 100, now += 500000) == 50);
	CHECK(take_all(&rate, 100, now += 3600000000u) == 100);
	check_row("rate: one a second");
	CHECK(take_all(&one, 1, now) == 1);
	CHECK(take_all(&one, 1, now + 999999) == 0);
	CHECK(take_all(&one, 1, now + 1000000) == 1);
	check_row("rate: a refusal takes nothing");
	for (int i = 0; i < 1000; i++)
		CHECK_RC(tam_rate_take(&one, 1, now + 1500000), SOTER_E_RATE);
	CHECK(take_all(&one, 1, now + 2000000) == 1);
}

int
main(void)
{
	if (tam_keys_add(&keys) != SOTER_OK)
		return (1);
	check_token();
	check_changed();
	check_keys();
	check_secret();
	check_tenant();
	check_appids();
	check_rate();
	return (check_done());
}
