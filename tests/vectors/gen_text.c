/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_text.c -- bytes that grow up to a stated size, and the stream of numbers
 * that stands for chance.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "generate.h"

void
gen_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "generate: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

struct soter_span
gen_span(const struct gen_text *t)
{
	return (soter_span(t->p, t->n));
}

/* What it writes counts once t->n is set to its len. */
struct soter_writer
gen_writer(struct gen_text *t)
{
	return (soter_writer(t->p, sizeof(t->p)));
}

void
gen_set(struct gen_text *t, struct soter_span bytes)
{
	t->n = 0;
	gen_add(t, bytes);
}

void
gen_add(struct gen_text *t, struct soter_span bytes)
{
	gen_insert(t, t->n, bytes);
}

void
gen_add_text(struct gen_text *t, const char *s)
{
	gen_add(t, soter_text(s));
}

void
gen_insert(struct gen_text *t, size_t at, struct soter_span bytes)
{
	if (at > t->n || bytes.n > sizeof(t->p) - t->n)
		gen_die("a text is longer than %zu bytes", sizeof(t->p));
	memmove(t->p + at + bytes.n, t->p + at, t->n - at);
	soter_copy(t->p + at, bytes.p, bytes.n);
	t->n += bytes.n;
}

static void
cut(struct gen_text *t, size_t at, size_t n)
{
	memmove(t->p + at, t->p + at + n, t->n - at - n);
	t->n -= n;
}

static size_t
replace(struct gen_text *t, struct soter_span from, struct soter_span to)
{
	size_t found = 0;

	for (size_t at = 0; at < t->n;) {
		if (!soter_span_starts(soter_span(t->p + at, t->n - at),
			from)) {
			at++;
			continue;
		}
		cut(t, at, from.n);
		gen_insert(t, at, to);
		at += to.n;
		found++;
	}
	return (found);
}

void
gen_replace_once(struct gen_text *t, struct soter_span from,
    struct soter_span to)
{
	size_t found = replace(t, from, to);

	if (found != 1)
		gen_die("%.*s stands %zu times, not once", (int)from.n,
		    (const char *)from.p, found);
}

void
gen_replace_all(struct gen_text *t, struct soter_span from,
    struct soter_span to)
{
	if (replace(t, from, to) == 0)
		gen_die("%.*s does not occur", (int)from.n,
		    (const char *)from.p);
}

void
gen_replace_text(struct gen_text *t, const char *from, const char *to)
{
	gen_replace_once(t, soter_text(from), soter_text(to));
}

void
gen_name(char out[GEN_NAME_MAX], const char *format, ...)
{
	char text[GEN_NAME_MAX]; /* out may be among the arguments */
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text))
		gen_die("a name is too long: %s", text);
	soter_copy(out, text, (size_t)n + 1);
}

void
gen_stream_start(struct gen_stream *s, const char *label)
{
	gen_name(s->label, "%s", label);
	s->next = 0;
	s->used = sizeof(s->block);
}

static void
fill(struct gen_stream *s)
{
	uint8_t in[sizeof(GEN_SEED) + GEN_NAME_MAX + 4];
	size_t n = sizeof(GEN_SEED), label = strlen(s->label) + 1;

	/* Both texts with their NUL, so that no two labels run together. */
	soter_copy(in, GEN_SEED, n);
	soter_copy(in + n, s->label, label);
	n += label;
	for (int shift = 24; shift >= 0; shift -= 8)
		in[n++] = (uint8_t)(s->next >> shift);
	if (EVP_Digest(in, n, s->block, NULL, EVP_sha256(), NULL) != 1)
		gen_die("SHA-256");
	s->next++;
	s->used = 0;
}

void
gen_stream_read(struct gen_stream *s, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s->used == sizeof(s->block))
			fill(s);
		out[i] = s->block[s->used++];
	}
}

void
gen_stream_hex(char *out, const char *label, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	struct gen_stream s;

	gen_stream_start(&s, label);
	for (size_t i = 0; i < n; i++) {
		uint8_t byte;

		gen_stream_read(&s, &byte, 1);
		*out++ = hex[byte >> 4];
		*out++ = hex[byte & 15];
	}
	*out = '\0';
}
