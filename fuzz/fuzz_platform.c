/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: what a request's reader found lies in the body; written anew it
 * says the same; a failure leaves the output alone.  An answer, of whatever it
 * is made, fits and is JSON that says what it was made of.
 * Seeds: tests/fuzz-seeds/platform.
 */
#include <jansson.h>

#include "fuzz/fuzz.h"
#include "wire/limits.h"
#include "wire/platform.h"

#define ROOM	(SOTER_SIGNED_MAX + 1)
#define PROFILE "huawei" /* one of soter_profiles(), as rules have them */

static struct soter_span
decoded(uint8_t room[ROOM], struct soter_span escaped)
{
	struct soter_writer w = soter_writer(room, ROOM);

	MUST(soter_json_decode(&w, escaped) == SOTER_OK);
	return (soter_written(&w));
}

/* ---- requests ------------------------------------------------------------ */

static void
check_ask(struct soter_span body)
{
	static uint8_t json[ROOM], signature[ROOM], anew[8 * ROOM], room[ROOM];
	struct soter_writer w = soter_writer(anew, sizeof(anew));
	struct soter_platform_ask x, back;
	struct soter_span said, said_signature;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (soter_platform_ask_parse(&x, body, NULL) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		return;
	}
	MUST(fuzz_inside(x.json, body) && fuzz_inside(x.signature, body));
	MUST(x.has_json == (x.json.n > 0));
	MUST(x.has_signature == (x.signature.n > 0));
	said = decoded(json, x.json);
	said_signature = decoded(signature, x.signature);
	MUST(soter_platform_ask_write(&w, said, said_signature, x.explain) ==
	    SOTER_OK);
	if (w.len > SOTER_SIGNED_MAX)
		return; /* escapes made it longer than a request may be */
	MUST(soter_platform_ask_parse(&back, soter_written(&w), NULL) ==
	    SOTER_OK);
	MUST(back.explain == x.explain);
	MUST(soter_span_equal(decoded(room, back.json), said));
	MUST(soter_span_equal(decoded(room, back.signature), said_signature));
}

static void
check_model(struct soter_span body)
{
	struct soter_platform_model x;
	struct soter_fault fault;
	enum soter_rc rc;

	memset(&x, FUZZ_FILL, sizeof(x));
	rc = soter_platform_model_parse(&x, body, &fault);
	if (rc != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		return;
	}
	MUST(fuzz_inside(x.model_key, body));
	MUST(x.sdk_version >= 1 && x.sdk_version <= INT32_MAX);
}

/* ---- answers ------------------------------------------------------------- */

/* An answer out of any bytes, as what makes answers could fill it. */
static struct soter_platform_answer
answer_of(struct soter_reader *r, char text[SOTER_JSON_NAME_MAX + 1])
{
	struct soter_platform_answer x = { .has_reason = true };
	uint8_t b[6] = { 0 };
	struct soter_fault fault = { 0 };

	for (size_t i = 0; i < SOTER_COUNT(b) && r->left > 0; i++)
		MUST(soter_read_u8(r, &b[i]) == SOTER_OK);
	soter_fault_field(&fault, soter_span(r->p, r->left));
	memcpy(text, fault.field, SOTER_JSON_NAME_MAX + 1);
	if (b[0] % 2 == 1)
		x.error = (enum soter_platform_error)(
		    b[0] / 2 % (SOTER_PLATFORM_E_ASK_NO_ATTK + 1));
	x.has_reason = b[1] % 2 == 0;
	x.reason.rc = b[1] / 2 % 2 == 0 ? SOTER_OK : SOTER_E_FIELD_VALUE;
	x.reason.link = b[1] / 4 % 2 == 0 ? "none" : "ask";
	x.reason.field = b[1] / 8 % 2 == 0 ? NULL : text;
	x.reason.profile = b[1] / 16 % 2 == 0 ? NULL : PROFILE;
	x.access_token = b[2] % 4 == 0 ? text : NULL;
	x.is_support_answer = b[2] % 2 == 1;
	x.is_support = x.is_verified = b[3] % 2 == 1;
	x.has_support_type = b[3] / 2 % 2 == 1;
	x.support_type = b[4] % 4;
	x.expires_in_s = x.attk_version = b[5];
	return (x);
}

static bool
says(const json_t *object, const char *name, const char *text)
{
	const char *value = json_string_value(json_object_get(object, name));

	return (value != NULL && strcmp(value, text) == 0);
}

static bool
counts(const json_t *object, const char *name, json_int_t number)
{
	const json_t *value = json_object_get(object, name);

	return (json_is_integer(value) && json_integer_value(value) == number);
}

/* How many members there should be, without the reason. */
static size_t
check_said(const json_t *o, const struct soter_platform_answer *x)
{
	if (x->error != SOTER_PLATFORM_FINE) {
		MUST(counts(o, "errcode", soter_platform_errcode(x->error)));
		MUST(says(o, "errmsg", soter_platform_errmsg(x->error)));
		return (2);
	}
	if (x->access_token != NULL) {
		MUST(says(o, "access_token", x->access_token));
		MUST(counts(o, "expires_in", x->expires_in_s));
		return (2);
	}
	if (x->is_support_answer) {
		MUST(json_is_true(json_object_get(o, "is_support")) ==
		    x->is_support);
		MUST(!x->has_support_type ||
		    counts(o, "support_type", x->support_type));
		return (x->has_support_type ? 2 : 1);
	}
	MUST(json_is_true(json_object_get(o, "is_verified")) == x->is_verified);
	if (!x->is_verified || x->attk_version == 0)
		return (1);
	MUST(counts(o, "attk_version", x->attk_version));
	return (2);
}

static void
check_answer(struct soter_span in)
{
	uint8_t buf[SOTER_PLATFORM_ANSWER_MAX];
	struct soter_writer w = soter_writer(buf, sizeof(buf));
	struct soter_reader r = soter_reader(in);
	char text[SOTER_JSON_NAME_MAX + 1];
	struct soter_platform_answer x = answer_of(&r, text);
	json_t *o, *reason;
	size_t n;

	MUST(soter_platform_answer_write(&w, &x) == SOTER_OK);
	o = json_loadb((const char *)buf, w.len, JSON_REJECT_DUPLICATES, NULL);
	MUST(json_is_object(o));
	n = check_said(o, &x);
	reason = json_object_get(o, "reason");
	MUST((reason != NULL) == x.has_reason);
	MUST(json_object_size(o) == n + x.has_reason);
	if (x.has_reason) {
		MUST(says(reason, "word", soter_rc_word(x.reason.rc)));
		MUST(counts(reason, "number", (json_int_t)x.reason.rc));
		MUST(says(reason, "link", x.reason.link));
		MUST(x.reason.field == NULL || text[0] == '\0' ||
		    says(reason, "field", text));
		MUST(x.reason.profile == NULL ||
		    says(reason, "profile", PROFILE));
	}
	json_decref(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_ask(soter_span(data, size));
	check_model(soter_span(data, size));
	check_answer(soter_span(data, size));
	return (0);
}
