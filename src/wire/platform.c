/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/platform.h"

/* ---- errors -------------------------------------------------------------- */

#define PLATFORM_ROW(name, number, text) \
	[SOTER_PLATFORM_E_##name] = { number, text },

static const struct {
	int32_t number;
	const char *text;
} errors[] = { [SOTER_PLATFORM_FINE] = { 0, "ok" },
	SOTER_PLATFORM_ERRORS(PLATFORM_ROW) };

int32_t
soter_platform_errcode(enum soter_platform_error error)
{
	return (errors[error].number);
}

const char *
soter_platform_errmsg(enum soter_platform_error error)
{
	return (errors[error].text);
}

/* ---- answers ------------------------------------------------------------- */

static enum soter_rc
write_bool(struct soter_writer *w, const char *name, bool value)
{
	TRY(soter_json_write_name(w, name));
	return (
	    soter_write(w, value ? SOTER_SPAN("true") : SOTER_SPAN("false")));
}

static enum soter_rc
write_if_any(struct soter_writer *w, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return (SOTER_OK);
	return (soter_json_write_text(w, name, soter_text(text)));
}

static enum soter_rc
write_reason(struct soter_writer *w, const struct soter_platform_reason *x)
{
	struct soter_writer inner;

	TRY(soter_json_write_name(w, "reason"));
	/* An object begins in an empty writer. */
	inner = soter_writer(w->p + w->len, w->cap - w->len);
	TRY(soter_json_write_text(&inner, "word",
	    soter_text(soter_rc_word(x->rc))));
	TRY(soter_json_write_number(&inner, "number", (uint64_t)x->rc));
	TRY(soter_json_write_text(&inner, "link", soter_text(x->link)));
	TRY(write_if_any(&inner, "field", x->field));
	TRY(write_if_any(&inner, "profile", x->profile));
	TRY(soter_json_write_end(&inner));
	w->len += inner.len;
	return (SOTER_OK);
}

static enum soter_rc
write_error(struct soter_writer *w, enum soter_platform_error error)
{
	int32_t number = errors[error].number;

	TRY(soter_json_write_name(w, "errcode"));
	if (number < 0)
		TRY(soter_write_u8(w, '-'));
	TRY(soter_write_decimal(w,
	    (uint64_t)(number < 0 ? -(int64_t)number : number)));
	return (
	    soter_json_write_text(w, "errmsg", soter_text(errors[error].text)));
}

static enum soter_rc
write_token(struct soter_writer *w, const struct soter_platform_answer *x)
{
	TRY(soter_json_write_text(w, "access_token",
	    soter_text(x->access_token)));
	return (soter_json_write_number(w, "expires_in", x->expires_in_s));
}

static enum soter_rc
write_support(struct soter_writer *w, const struct soter_platform_answer *x)
{
	TRY(write_bool(w, "is_support", x->is_support));
	if (!x->has_support_type)
		return (SOTER_OK);
	return (soter_json_write_number(w, "support_type", x->support_type));
}

static enum soter_rc
write_verified(struct soter_writer *w, const struct soter_platform_answer *x)
{
	TRY(write_bool(w, "is_verified", x->is_verified));
	if (!x->is_verified || x->attk_version == 0)
		return (SOTER_OK);
	return (soter_json_write_number(w, "attk_version", x->attk_version));
}

enum soter_rc
soter_platform_answer_write(struct soter_writer *w,
    const struct soter_platform_answer *x)
{
	if (x->error != SOTER_PLATFORM_FINE)
		TRY(write_error(w, x->error));
	else if (x->access_token != NULL)
		TRY(write_token(w, x));
	else if (x->is_support_answer)
		TRY(write_support(w, x));
	else
		TRY(write_verified(w, x));
	if (x->has_reason)
		TRY(write_reason(w, &x->reason));
	return (soter_json_write_end(w));
}

/* ---- requests ------------------------------------------------------------ */

static enum soter_rc
fail(struct soter_fault *fault, const struct soter_json_member *m,
    enum soter_rc rc)
{
	soter_fault_field(fault, m->name);
	return (rc);
}

/* A member that may be there, as a text.  out stays as it is if it is not. */
static enum soter_rc
take_text(struct soter_span *out, bool *has, const struct soter_json *json,
    const char *name, struct soter_fault *fault)
{
	const struct soter_json_member *m =
	    soter_json_find(json, soter_text(name));

	if (m == NULL)
		return (SOTER_OK);
	if (m->type != SOTER_JSON_STRING)
		return (fail(fault, m, SOTER_E_FIELD_TYPE));
	*out = m->value;
	if (has != NULL)
		*has = m->value.n > 0;
	return (SOTER_OK);
}

static enum soter_rc
take_explain(bool *out, const struct soter_json *json,
    struct soter_fault *fault)
{
	const struct soter_json_member *m =
	    soter_json_find(json, SOTER_SPAN("explain"));

	if (m == NULL)
		return (SOTER_OK);
	if (m->type != SOTER_JSON_BOOL)
		return (fail(fault, m, SOTER_E_FIELD_TYPE));
	*out = soter_span_equal(m->value, SOTER_SPAN("true"));
	return (SOTER_OK);
}

enum soter_rc
soter_platform_ask_parse(struct soter_platform_ask *out, struct soter_span body,
    struct soter_fault *fault)
{
	struct soter_platform_ask x = { 0 };
	struct soter_json json;

	TRY(soter_json_parse(&json, body, SOTER_SPAN(""), fault));
	TRY(take_text(&x.json, &x.has_json, &json, "ask_json", fault));
	TRY(take_text(&x.signature, &x.has_signature, &json,
	    "ask_json_signature", fault));
	TRY(take_explain(&x.explain, &json, fault));
	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_platform_ask_write(struct soter_writer *w, struct soter_span json,
    struct soter_span signature, bool explain)
{
	struct soter_writer inner =
	    soter_writer(w->p + w->len, w->cap - w->len);

	TRY(soter_json_write_text(&inner, "ask_json", json));
	TRY(soter_json_write_text(&inner, "ask_json_signature", signature));
	if (explain)
		TRY(write_bool(&inner, "explain", true));
	TRY(soter_json_write_end(&inner));
	w->len += inner.len;
	return (SOTER_OK);
}

static enum soter_rc
take_version(uint32_t *out, const struct soter_json *json,
    struct soter_fault *fault)
{
	const struct soter_json_member *m =
	    soter_json_find(json, SOTER_SPAN("sdk_version"));

	if (m == NULL)
		return (SOTER_OK);
	if (m->type != SOTER_JSON_INTEGER)
		return (fail(fault, m, SOTER_E_FIELD_TYPE));
	if (m->integer < 1 || m->integer > INT32_MAX)
		return (fail(fault, m, SOTER_E_FIELD_VALUE));
	*out = (uint32_t)m->integer;
	return (SOTER_OK);
}

enum soter_rc
soter_platform_model_parse(struct soter_platform_model *out,
    struct soter_span body, struct soter_fault *fault)
{
	struct soter_platform_model x = { .sdk_version = 1 };
	struct soter_json json;

	TRY(soter_json_parse(&json, body, SOTER_SPAN(""), fault));
	TRY(take_text(&x.model_key, NULL, &json, "model_key", fault));
	TRY(take_version(&x.sdk_version, &json, fault));
	TRY(take_explain(&x.explain, &json, fault));
	*out = x;
	return (SOTER_OK);
}
