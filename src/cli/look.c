/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/look.h"

#include "wire/json.h"

static struct soter_span
behind(struct soter_span in, size_t n)
{
	return (soter_span(in.p + n, in.n - n));
}

size_t
look_find(struct soter_span in, struct soter_span word)
{
	for (size_t i = 0; i < in.n && word.n <= in.n - i; i++)
		if (soter_span_starts(behind(in, i), word))
			return (i);
	return (in.n);
}

bool
look_is_blob(struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	uint32_t n;

	return (soter_read_le32(&r, &n) == SOTER_OK && n > 0 &&
	    r.left >= SOTER_SIG_LEN && n == r.left - SOTER_SIG_LEN);
}

static bool
is_space(uint8_t c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

bool
look_is_json(struct soter_span in)
{
	size_t i = soter_span_starts(in, SOTER_SPAN("\xef\xbb\xbf")) ? 3 : 0;

	while (i < in.n && is_space(in.p[i]))
		i++;
	if (i == in.n || in.p[i++] != '{')
		return (false);
	/* A length may begin with this byte too; then no text follows. */
	return (
	    i == in.n || is_space(in.p[i]) || in.p[i] == '"' || in.p[i] == '}');
}

/* "name" with its quotes, anywhere. */
static bool
has_quoted(struct soter_span in, struct soter_span name)
{
	size_t at;

	while ((at = look_find(in, name)) < in.n) {
		struct soter_span rest = behind(in, at + name.n);

		if (at > 0 && in.p[at - 1] == '"' && rest.n > 0 &&
		    rest.p[0] == '"')
			return (true);
		in = rest;
	}
	return (false);
}

bool
look_has_member(struct soter_span in, const char *name)
{
	struct soter_json json;

	if (soter_json_parse(&json, in, SOTER_SPAN("pub_key"), NULL) ==
	    SOTER_OK)
		return (soter_json_find(&json, soter_text(name)) != NULL);
	return (has_quoted(in, soter_text(name)));
}

bool
look_is_text(struct soter_span in)
{
	for (size_t i = 0; i < in.n; i++)
		if ((in.p[i] < 0x20 || in.p[i] > 0x7e) && !is_space(in.p[i]))
			return (false);
	return (true);
}

bool
look_pem(struct soter_span *out, struct soter_span in)
{
	size_t begin = look_find(in, SOTER_SPAN("-----BEGIN ")), end, line;

	if (begin == in.n)
		return (false);
	in = behind(in, begin);
	end = look_find(in, SOTER_SPAN("-----END "));
	line = end;
	while (line < in.n && in.p[line] != '\n')
		line++;
	if (look_find(behind(in, line), SOTER_SPAN("-----BEGIN ")) <
	    in.n - line)
		return (false);
	*out = soter_span(in.p, line);
	return (true);
}
