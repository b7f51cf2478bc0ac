/* SPDX-License-Identifier: BSD-3-Clause */
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/print.h"

#define LABEL_WIDTH 16
#define LINE_WIDTH  78

static struct {
	bool colour, utf8;
} out;

/* In the order of enum print_tone. */
static const char *const tones[] = { "", "\033[32m", "\033[31m", "\033[1m",
	"\033[2m" };

static bool
wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return (isatty(STDOUT_FILENO) == 1 &&
	    (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0);
}

void
print_init(void)
{
	(void)setlocale(LC_CTYPE, "");
	out.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	out.colour = wants_colour();
}

bool
print_is_utf8(void)
{
	return (out.utf8);
}

void
print_tone(enum print_tone tone, const char *text)
{
	if (out.colour && tone != PRINT_PLAIN)
		printf("%s%s\033[0m", tones[tone], text);
	else
		fputs(text, stdout);
}

/* How many bytes a lead byte announces, and its own bits. */
static size_t
utf8_lead(uint8_t c, uint32_t *bits)
{
	if (c < 0x80)
		return (*bits = c, 1);
	if (c >= 0xc2 && c <= 0xdf)
		return (*bits = c & 0x1f, 2);
	if (c >= 0xe0 && c <= 0xef)
		return (*bits = c & 0x0f, 3);
	if (c >= 0xf0 && c <= 0xf4)
		return (*bits = c & 0x07, 4);
	return (0);
}

size_t
print_utf8(uint32_t *number, struct soter_span text)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t bits = 0;
	size_t n = text.n == 0 ? 0 : utf8_lead(text.p[0], &bits);

	if (n == 0 || n > text.n)
		return (0);
	for (size_t i = 1; i < n; i++) {
		if ((text.p[i] & 0xc0) != 0x80)
			return (0);
		bits = bits << 6 | (text.p[i] & 0x3f);
	}
	if (bits < smallest[n] || bits > 0x10ffff ||
	    (bits >= 0xd800 && bits <= 0xdfff))
		return (0);
	*number = bits;
	return (n);
}

/* Letters that show nothing but change what is shown around them. */
static bool
is_steering(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x80, 0x9f },	      /* C1 controls: CSI is one of them */
		{ 0xad, 0xad },	      /* soft hyphen */
		{ 0x61c, 0x61c },     /* Arabic letter mark */
		{ 0x200b, 0x200f },   /* zero width, direction marks */
		{ 0x2028, 0x202e },   /* line ends, direction overrides */
		{ 0x2060, 0x206f },   /* invisible operators, isolates */
		{ 0xfe00, 0xfe0f },   /* variation selectors */
		{ 0xfeff, 0xfeff },   /* byte-order mark */
		{ 0xfff0, 0xfffb },   /* interlinear annotation */
		{ 0xe0000, 0xe0fff }, /* tags */
	};

	for (size_t i = 0; i < SOTER_COUNT(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return (true);
	return (false);
}

static void
put_text(FILE *to, struct soter_span text, bool quoted)
{
	while (text.n > 0) {
		uint32_t c = 0;
		size_t n = print_utf8(&c, text);

		if (n == 0 || c < 0x20 || c == 0x7f) {
			n = 1;
			fprintf(to, "\\x%02x", text.p[0]);
		} else if (c == '\\' || (quoted && c == '"'))
			fprintf(to, "\\%c", (int)c);
		else if (n > 1 && (!out.utf8 || is_steering(c)))
			fprintf(to, "\\u{%x}", (unsigned)c);
		else
			fwrite(text.p, 1, n, to);
		text = soter_span(text.p + n, text.n - n);
	}
}

void
print_text(FILE *to, struct soter_span text)
{
	put_text(to, text, false);
}

void
print_quoted(struct soter_span text)
{
	putchar('"');
	put_text(stdout, text, true);
	putchar('"');
}

void
print_label(const char *label)
{
	int n = (int)strlen(label);

	fputs("  ", stdout);
	print_tone(PRINT_FAINT, label);
	printf("%*s", n < LABEL_WIDTH ? LABEL_WIDTH - n : 1, "");
}

void
print_row(const char *label, const char *format, ...)
{
	va_list args;

	print_label(label);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void
print_wrapped(int indent, const char *text)
{
	int column = 0;

	while (*text != '\0') {
		int n = (int)strcspn(text, " ");

		if (column > 0 && column + 1 + n > LINE_WIDTH) {
			putchar('\n');
			column = 0;
		}
		column +=
		    printf("%*s%.*s", column == 0 ? indent : 1, "", n, text);
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

void
print_error(const char *subject, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("soter: ", stderr);
	if (subject != NULL) {
		print_text(stderr, soter_text(subject));
		fputs(": ", stderr);
	}
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}
