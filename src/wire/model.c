/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/model.h"

#define OLD_PARTS (SOTER_MODEL_MODEL + 1)

static const char root[] = "deviceinfo";
static const char *const names[SOTER_MODEL_PARTS] = {
	[SOTER_MODEL_MANUFACTURER] = "MANUFACTURER",
	[SOTER_MODEL_MODEL] = "MODEL",
	[SOTER_MODEL_RELEASE] = "VERSION_RELEASE",
	[SOTER_MODEL_INCREMENTAL] = "VERSION_INCREMENTAL",
	[SOTER_MODEL_DISPLAY] = "DISPLAY",
};

static bool
is_letter(uint8_t c)
{
	return ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_');
}

static bool
is_name_char(uint8_t c)
{
	return (is_letter(c) || (c >= '0' && c <= '9') || c == '-' ||
	    c == '.' || c == ':');
}

/* The name of the opening tag that stands here; empty before <? <! </ and all
 * else. */
static struct soter_span
element_name(const struct soter_reader *r)
{
	size_t n = 1;

	if (r->left < 2 || r->p[0] != '<' || !is_letter(r->p[1]))
		return (soter_span(NULL, 0));
	while (n < r->left && is_name_char(r->p[n]))
		n++;
	if (n == r->left ||
	    (r->p[n] != ' ' && r->p[n] != '/' && r->p[n] != '>'))
		return (soter_span(NULL, 0));
	return (soter_span(r->p + 1, n - 1));
}

static bool
skip(struct soter_reader *r, struct soter_span text)
{
	struct soter_span ignored;

	return (soter_span_starts(soter_span(r->p, r->left), text) &&
	    soter_read_span(r, text.n, &ignored) == SOTER_OK);
}

/* Skip before, name, after, or nothing. */
static bool
skip_tag(struct soter_reader *r, struct soter_span before,
    struct soter_span name, struct soter_span after)
{
	struct soter_reader in = *r;

	if (!skip(&in, before) || !skip(&in, name) || !skip(&in, after))
		return (false);
	*r = in;
	return (true);
}

/* What it means that something else stands here than was expected. */
static enum soter_rc
unexpected(const struct soter_reader *r, const char *expected)
{
	struct soter_span name = element_name(r);

	return (name.n == 0 || soter_span_equal(name, soter_text(expected))
		? SOTER_E_XML
		: SOTER_E_XML_NODE);
}

static enum soter_rc
check_value(struct soter_span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < 0x20 || value.p[i] == 0x7f ||
		    value.p[i] == '"')
			return (SOTER_E_XML);
	return (value.n > SOTER_MODEL_TEXT_MAX ? SOTER_E_LIMIT : SOTER_OK);
}

/* <NAME name="value"> */
static enum soter_rc
take_open(struct soter_reader *r, const char *name, struct soter_span *value)
{
	size_t n = 0;

	if (!skip_tag(r, SOTER_SPAN("<"), soter_text(name),
		SOTER_SPAN(" name=\"")))
		return (unexpected(r, name));
	while (n < r->left && r->p[n] != '"')
		n++;
	TRY(check_value(soter_span(r->p, n)));
	if (soter_read_span(r, n, value) != SOTER_OK ||
	    !skip(r, SOTER_SPAN("\">")))
		return (SOTER_E_XML);
	return (SOTER_OK);
}

static enum soter_rc
take_close(struct soter_reader *r, const char *name)
{
	return (skip_tag(r, SOTER_SPAN("</"), soter_text(name), SOTER_SPAN(">"))
		? SOTER_OK
		: unexpected(r, NULL));
}

enum soter_rc
soter_model_parse(struct soter_model *out, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct soter_model x = { 0 };

	if (in.n > SOTER_MODEL_XML_MAX)
		return (SOTER_E_LIMIT);
	if (!skip_tag(&r, SOTER_SPAN("<"), soter_text(root), SOTER_SPAN(">")))
		return (unexpected(&r, root));
	while (x.parts < SOTER_MODEL_PARTS) {
		if (x.parts == OLD_PARTS && element_name(&r).n == 0)
			break;
		TRY(take_open(&r, names[x.parts], &x.part[x.parts]));
		x.parts++;
	}
	for (size_t i = x.parts; i > 0; i--)
		TRY(take_close(&r, names[i - 1]));
	TRY(take_close(&r, root));
	if (r.left > 0)
		return (SOTER_E_XML);

	*out = x;
	return (SOTER_OK);
}

static enum soter_rc
write_open(struct soter_writer *w, const char *name, struct soter_span value)
{
	TRY(check_value(value));
	TRY(soter_write_u8(w, '<'));
	TRY(soter_write(w, soter_text(name)));
	TRY(soter_write(w, SOTER_SPAN(" name=\"")));
	TRY(soter_write(w, value));
	return (soter_write(w, SOTER_SPAN("\">")));
}

static enum soter_rc
write_close(struct soter_writer *w, const char *name)
{
	TRY(soter_write(w, SOTER_SPAN("</")));
	TRY(soter_write(w, soter_text(name)));
	return (soter_write_u8(w, '>'));
}

enum soter_rc
soter_model_write(struct soter_writer *w, const struct soter_model *x)
{
	if (x->parts != OLD_PARTS && x->parts != SOTER_MODEL_PARTS)
		return (SOTER_E_XML);
	TRY(soter_write(w, SOTER_SPAN("<deviceinfo>")));
	for (size_t i = 0; i < x->parts; i++)
		TRY(write_open(w, names[i], x->part[i]));
	for (size_t i = x->parts; i > 0; i--)
		TRY(write_close(w, names[i - 1]));
	return (write_close(w, root));
}
