/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/rewrite.h"
#include "wire/json.h"

/* Line ends behind a text, in bytes, of which each may be one too many. */
#define TAIL_MAX  16

/* Undoing can make a text longer: CR LF, \/ and \n are two bytes each. */
#define TEXT_ROOM (2 * SOTER_REWRITE_TEXT_MAX + 8)

/* Each dimension of a change, and its hint; a candidate undoes some of them. */
struct undone {
	bool frame, bom, lines_crlf, lines_lf, newline_added, newline_cut;
	bool spaces, order, slash, escaped, unescaped;
};

static const struct {
	size_t offset;
	enum soter_hint hint;
} hints[] = {
	{ offsetof(struct undone, frame), SOTER_HINT_FRAME },
	{ offsetof(struct undone, bom), SOTER_HINT_BOM },
	{ offsetof(struct undone, lines_crlf), SOTER_HINT_CRLF },
	{ offsetof(struct undone, lines_lf), SOTER_HINT_LF },
	{ offsetof(struct undone, newline_added), SOTER_HINT_NEWLINE_ADDED },
	{ offsetof(struct undone, newline_cut), SOTER_HINT_NEWLINE_CUT },
	{ offsetof(struct undone, spaces), SOTER_HINT_SPACES },
	{ offsetof(struct undone, order), SOTER_HINT_ORDER },
	{ offsetof(struct undone, slash), SOTER_HINT_SLASH },
	{ offsetof(struct undone, escaped), SOTER_HINT_ESCAPED },
	{ offsetof(struct undone, unescaped), SOTER_HINT_UNESCAPED },
};

struct search {
	struct soter_report *why;
	soter_rewrite_try *attempt;
	void *state;
};

static bool
attempt(const struct search *s, struct soter_span text,
    const struct undone *undone)
{
	if (!s->attempt(s->state, text))
		return (false);
	for (size_t i = 0; i < SOTER_COUNT(hints); i++)
		if (*(const bool *)((const char *)undone + hints[i].offset))
			soter_report_hint(s->why, hints[i].hint, 0, NULL);
	return (true);
}

/*
 * JSON: the text was parsed and written again by a library with habits of its
 * own.  Written the way phones write, in each of their ways.
 */

enum { SLASH_KEEP, SLASH_ESCAPE, SLASH_PLAIN, SLASH_WAYS };
enum { LF_KEEP, LF_ESCAPE, LF_RAW, LF_WAYS };

static const struct {
	const char *comma, *colon;
} spacings[] = { { ",", ":" }, { ", ", ": " }, { ", ", ":" }, { ",", ": " } };

#define SPACING_OTHER SOTER_COUNT(spacings)

/* Field orders of the phones whose texts are known (docs/protocol.md b.3). */
static const char *const orders[][14] = {
	{ "pub_key", "cpu_id", "counter", "uid", "rsa_pss_saltlen", NULL },
	{ "raw", "fid", "counter", "tee_n", "tee_v", "fp_n", "fp_v", "cpu_id",
	    "uid", NULL },
	{ "bo_t", "raw", "fid", "counter", "tee_n", "tee_v", "fp_n", "fp_v",
	    "rsa_pss_saltlen", "cpu_id", "uid", "fc_n", "fc_v", NULL },
};

#define ORDER_KEEP SOTER_COUNT(orders)

struct style {
	size_t spacing, order;
	int slash, lf;
};

/* The inside of a string in another style; notes what that changed. */
static enum soter_rc
write_inside(struct soter_writer *w, struct soter_span value,
    const struct style *style, struct undone *undone)
{
	for (size_t i = 0; i < value.n; i++) {
		uint8_t c = value.p[i];
		uint8_t next = i + 1 < value.n ? value.p[i + 1] : 0;

		if (c == '/' && style->slash == SLASH_ESCAPE) {
			undone->slash = true;
			TRY(soter_write(w, SOTER_SPAN("\\/")));
		} else if (c == '\\' && next == '/' &&
		    style->slash == SLASH_PLAIN) {
			undone->slash = true;
			TRY(soter_write_u8(w, '/'));
			i++;
		} else if (c == '\n' && style->lf == LF_ESCAPE) {
			undone->unescaped = true;
			TRY(soter_write(w, SOTER_SPAN("\\n")));
		} else if (c == '\\' && next == 'n' && style->lf == LF_RAW) {
			undone->escaped = true;
			TRY(soter_write_u8(w, '\n'));
			i++;
		} else if (c == '\\') { /* an escape stays whole */
			TRY(soter_write(w, soter_span(value.p + i, 2)));
			i++;
		} else
			TRY(soter_write_u8(w, c));
	}
	return (SOTER_OK);
}

static enum soter_rc
write_member(struct soter_writer *w, const struct soter_json_member *m,
    const struct style *style, struct undone *undone)
{
	struct soter_span comma = soter_text(spacings[style->spacing].comma);
	struct soter_span colon = soter_text(spacings[style->spacing].colon);

	TRY(w->len == 0 ? soter_write_u8(w, '{') : soter_write(w, comma));
	TRY(soter_write_u8(w, '"'));
	TRY(soter_write(w, m->name));
	TRY(soter_write_u8(w, '"'));
	TRY(soter_write(w, colon));
	if (m->type != SOTER_JSON_STRING)
		return (soter_write(w, m->value));
	TRY(soter_write_u8(w, '"'));
	TRY(write_inside(w, m->value, style, undone));
	return (soter_write_u8(w, '"'));
}

/* Sort the members: those that the order names, then the others. */
static void
arrange(const struct soter_json_member *out[SOTER_JSON_MEMBERS_MAX],
    const struct soter_json *json, size_t order)
{
	bool placed[SOTER_JSON_MEMBERS_MAX] = { false };
	size_t n = 0;

	for (size_t k = 0; order != ORDER_KEEP && orders[order][k] != NULL;
	     k++) {
		const struct soter_json_member *m =
		    soter_json_find(json, soter_text(orders[order][k]));

		if (m == NULL)
			continue;
		placed[m - json->member] = true;
		out[n++] = m;
	}
	for (size_t i = 0; i < json->n; i++)
		if (!placed[i])
			out[n++] = &json->member[i];
}

static enum soter_rc
write_json(struct soter_writer *w, const struct soter_json *json,
    const struct style *style, struct undone *undone)
{
	const struct soter_json_member *member[SOTER_JSON_MEMBERS_MAX];

	arrange(member, json, style->order);
	for (size_t i = 0; i < json->n; i++) {
		undone->order |= member[i] != &json->member[i];
		TRY(write_member(w, member[i], style, undone));
	}
	return (soter_write_u8(w, '}'));
}

/* The way the received text is spaced, if it is one of ours. */
static size_t
own_spacing(const struct soter_json *json, struct soter_span text)
{
	struct style style = { 0, ORDER_KEEP, SLASH_KEEP, LF_KEEP };
	struct undone ignored = { 0 };
	uint8_t room[TEXT_ROOM];

	for (; style.spacing < SOTER_COUNT(spacings); style.spacing++) {
		struct soter_writer w = soter_writer(room, sizeof(room));

		if (write_json(&w, json, &style, &ignored) == SOTER_OK &&
		    soter_span_equal(soter_written(&w), text))
			break;
	}
	return (style.spacing);
}

static bool
try_style(const struct search *s, const struct soter_json *json,
    const struct style *style, size_t spacing, struct undone undone)
{
	uint8_t room[TEXT_ROOM];
	struct soter_writer w = soter_writer(room, sizeof(room));

	undone.spaces = style->spacing != spacing;
	if (write_json(&w, json, style, &undone) != SOTER_OK)
		return (false);
	return (attempt(s, soter_written(&w), &undone));
}

static bool
try_styles(const struct search *s, struct soter_span text,
    const struct undone *undone)
{
	struct soter_json json;
	struct style style;
	size_t spacing;

	/* White space behind the object is for try_tails() to find. */
	if (text.n == 0 || text.p[text.n - 1] != '}')
		return (false);
	if (soter_json_parse(&json, text, SOTER_SPAN("pub_key"), NULL) !=
	    SOTER_OK)
		return (false);
	spacing = own_spacing(&json, text);
	/* "Keep" first for each, so that the least change is found first. */
	for (size_t o = 0; o <= ORDER_KEEP; o++)
		for (style.slash = 0; style.slash < SLASH_WAYS; style.slash++)
			for (style.lf = 0; style.lf < LF_WAYS; style.lf++)
				for (style.spacing = 0;
				     style.spacing < SOTER_COUNT(spacings);
				     style.spacing++) {
					style.order =
					    (o + ORDER_KEEP) % (ORDER_KEEP + 1);
					if (try_style(s, &json, &style, spacing,
						*undone))
						return (true);
				}
	return (false);
}

/* Bytes: line ends, and what stands in front of and behind the text. */

static enum soter_rc
write_lines(struct soter_writer *w, struct soter_span text, bool want_crlf,
    bool *changed)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		bool crlf =
		    c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n';

		if (want_crlf && c == '\n' &&
		    (i == 0 || text.p[i - 1] != '\r')) {
			*changed = true;
			TRY(soter_write(w, SOTER_SPAN("\r\n")));
		} else if (!want_crlf && crlf)
			*changed = true; /* leave the CR out */
		else
			TRY(soter_write_u8(w, c));
	}
	return (SOTER_OK);
}

/* As it is, and without or with a line end behind it. */
static bool
try_tails(const struct search *s, struct soter_span text,
    const struct undone *undone)
{
	uint8_t room[TEXT_ROOM + 2];
	struct soter_writer w = soter_writer(room, sizeof(room));
	struct undone cut = *undone, added = *undone;

	if (attempt(s, text, undone) || try_styles(s, text, undone))
		return (true);
	added.newline_added = true;
	for (struct soter_span t = text; text.n - t.n < TAIL_MAX && t.n > 0 &&
	     (t.p[t.n - 1] == '\n' || t.p[t.n - 1] == '\r');) {
		t.n--;
		if (attempt(s, t, &added) || try_styles(s, t, &added))
			return (true);
	}
	cut.newline_cut = true;
	if (soter_write(&w, text) != SOTER_OK ||
	    soter_write(&w, SOTER_SPAN("\r\n")) != SOTER_OK)
		return (false);
	if (attempt(s, soter_written(&w), &cut))
		return (true);
	w.p[w.len - 2] = '\n';
	w.len--;
	return (attempt(s, soter_written(&w), &cut));
}

static bool
try_lines(const struct search *s, struct soter_span text,
    const struct undone *undone)
{
	if (try_tails(s, text, undone))
		return (true);
	for (int want_crlf = 0; want_crlf <= 1; want_crlf++) {
		uint8_t room[TEXT_ROOM];
		struct soter_writer w = soter_writer(room, sizeof(room));
		struct undone more = *undone;
		bool changed = false;

		if (write_lines(&w, text, want_crlf != 0, &changed) !=
			SOTER_OK ||
		    !changed)
			continue;
		*(want_crlf != 0 ? &more.lines_lf : &more.lines_crlf) = true;
		if (try_tails(s, soter_written(&w), &more))
			return (true);
	}
	return (false);
}

/* Four bytes of length that belong to the export blob, not to the text. */
static bool
has_frame(struct soter_span text)
{
	struct soter_reader r = soter_reader(text);
	uint32_t n;

	return (soter_read_le32(&r, &n) == SOTER_OK && n == r.left);
}

bool
soter_rewrite_search(struct soter_report *why, struct soter_span text,
    soter_rewrite_try *try_one, void *state)
{
	const struct search s = { why, try_one, state };
	struct undone undone = { 0 };

	if (text.n == 0 || text.n > SOTER_REWRITE_TEXT_MAX)
		return (false);
	if (soter_span_starts(text, SOTER_SPAN("\xef\xbb\xbf"))) {
		undone.bom = true;
		text = soter_span(text.p + 3, text.n - 3);
	}
	if (has_frame(text)) {
		undone.frame = true;
		text = soter_span(text.p + 4, text.n - 4);
	}
	return (try_lines(&s, text, &undone));
}
