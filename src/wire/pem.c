/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/pem.h"
#include "wire/base64.h"

#define BEGIN	   SOTER_SPAN("-----BEGIN ")
#define END	   SOTER_SPAN("-----END ")
#define DASHES	   SOTER_SPAN("-----")
#define LINE_BYTES 48 /* 64 characters */

/* Base64 in lines: groups of four may go over a line end. */
struct content {
	struct soter_writer *der;
	uint8_t group[4];
	size_t held; /* characters in group */
	bool padded; /* nothing may follow */
};

/* Take a line without its LF; *ended tells whether it had one. */
static struct soter_span
take_line(struct soter_reader *r, bool *ended)
{
	const uint8_t *start = r->p;
	size_t n = 0;

	while (n < r->left && start[n] != '\n')
		n++;
	*ended = n < r->left;
	r->left -= n + *ended;
	if (n + *ended > 0)
		r->p += n + *ended;
	return (soter_span(start, n));
}

/* The label of a BEGIN or END line: printable, no dash (RFC 7468). */
static enum soter_rc
frame_label(struct soter_span line, struct soter_span head,
    struct soter_span *label)
{
	struct soter_reader r = soter_reader(line);
	struct soter_span ignored, text, tail;

	if (!soter_span_starts(line, head) || line.n - head.n <= DASHES.n)
		return (SOTER_E_PEM);
	TRY(soter_read_span(&r, head.n, &ignored));
	TRY(soter_read_span(&r, r.left - DASHES.n, &text));
	TRY(soter_read_span(&r, DASHES.n, &tail));
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 || text.p[i] > 0x7e || text.p[i] == '-')
			return (SOTER_E_PEM);
	if (!soter_span_equal(tail, DASHES))
		return (SOTER_E_PEM);
	*label = text;
	return (SOTER_OK);
}

static enum soter_rc
content_groups(struct content *c, struct soter_span groups)
{
	if (groups.n == 0)
		return (SOTER_OK);
	if (c->padded)
		return (SOTER_E_BASE64);
	c->padded = groups.p[groups.n - 1] == '=';
	return (soter_base64_decode(c->der, groups));
}

/* Fill up the group that the line before left open, then the whole groups of
 * this line, then keep what is over. */
static enum soter_rc
content_line(struct content *c, struct soter_span line)
{
	struct soter_reader r = soter_reader(line);
	struct soter_span groups;

	while (c->held > 0 && c->held < 4 && r.left > 0)
		TRY(soter_read_u8(&r, &c->group[c->held++]));
	if (c->held == 4) {
		c->held = 0;
		TRY(content_groups(c, soter_span(c->group, 4)));
	}
	TRY(soter_read_span(&r, r.left - r.left % 4, &groups));
	TRY(content_groups(c, groups));
	while (r.left > 0)
		TRY(soter_read_u8(&r, &c->group[c->held++]));
	return (SOTER_OK);
}

/* Everything between BEGIN and END line, which comes back in *end. */
static enum soter_rc
content_lines(struct content *c, struct soter_reader *r, struct soter_span *end)
{
	bool ended, empty = true;

	for (;;) {
		struct soter_span line = take_line(r, &ended);

		if (soter_span_starts(line, DASHES)) {
			*end = line;
			break;
		}
		if (!ended || line.n == 0)
			return (SOTER_E_PEM);
		for (size_t i = 0; i < line.n; i++)
			if (line.p[i] == '\r')
				return (SOTER_E_PEM);
		TRY(content_line(c, line));
		empty = false;
	}
	if (empty)
		return (SOTER_E_PEM);
	return (c->held == 0 ? SOTER_OK : SOTER_E_BASE64);
}

enum soter_rc
soter_pem_parse(struct soter_span *label, struct soter_writer *der,
    struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct soter_span begin_label, end_label, end;
	struct content content = { .der = der };
	bool ended;

	TRY(frame_label(take_line(&r, &ended), BEGIN, &begin_label));
	TRY(content_lines(&content, &r, &end));
	TRY(frame_label(end, END, &end_label));
	if (!soter_span_equal(begin_label, end_label) || r.left > 0)
		return (SOTER_E_PEM);

	*label = begin_label;
	return (SOTER_OK);
}

static enum soter_rc
write_frame(struct soter_writer *w, struct soter_span head, const char *label)
{
	TRY(soter_write(w, head));
	TRY(soter_write(w, soter_text(label)));
	return (soter_write(w, DASHES));
}

enum soter_rc
soter_pem_write(struct soter_writer *w, const char *label,
    struct soter_span der, bool final_newline)
{
	struct soter_reader r = soter_reader(der);
	struct soter_span line;

	TRY(write_frame(w, BEGIN, label));
	TRY(soter_write_u8(w, '\n'));
	while (r.left > 0) {
		TRY(soter_read_span(&r,
		    r.left < LINE_BYTES ? r.left : LINE_BYTES, &line));
		TRY(soter_base64_encode(w, line));
		TRY(soter_write_u8(w, '\n'));
	}
	TRY(write_frame(w, END, label));
	return (final_newline ? soter_write_u8(w, '\n') : SOTER_OK);
}
