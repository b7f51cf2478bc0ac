/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/report.h"

/* Copy as much as fits of a text, and end it. */
static void
put_text(char *to, size_t size, struct soter_span text)
{
	size_t n = text.n < size ? text.n : size - 1;

	soter_copy(to, text.p, n);
	to[n] = '\0';
}

const char *
soter_link_word(enum soter_link link)
{
	static const char *const words[] = { "none", "ask", "authkey",
		"result" };

	return ((size_t)link < SOTER_COUNT(words) ? words[link] : words[0]);
}

void
soter_report_begin(struct soter_report *why, enum soter_link link)
{
	*why = (struct soter_report){ .link = link, .cert = -1 };
}

void
soter_report_fault(struct soter_report *why, const struct soter_fault *fault)
{
	why->offset = fault->offset;
	put_text(why->field, sizeof(why->field), soter_text(fault->field));
}

void
soter_report_unknown(struct soter_report *why,
    const struct soter_unknown *unknown)
{
	for (size_t i = 0; i < unknown->n; i++) {
		struct soter_fault printable;
		size_t at = why->unknown_n++;

		if (at >= SOTER_COUNT(why->unknown))
			continue;
		soter_fault_field(&printable, unknown->name[i]);
		put_text(why->unknown[at], sizeof(why->unknown[at]),
		    soter_text(printable.field));
	}
}

enum soter_rc
soter_report_seen(struct soter_report *why, enum soter_rc rc, const char *field,
    struct soter_span seen)
{
	put_text(why->field, sizeof(why->field), soter_text(field));
	put_text(why->seen, sizeof(why->seen), seen);
	return (rc);
}

enum soter_rc
soter_report_numbers(struct soter_report *why, enum soter_rc rc,
    const char *field, uint64_t got, uint64_t want)
{
	put_text(why->field, sizeof(why->field), soter_text(field));
	why->got = got;
	why->want = want;
	return (rc);
}

void
soter_report_hint(struct soter_report *why, enum soter_hint hint,
    int64_t number, const char *name)
{
	struct soter_finding *f;

	if (why->hints == SOTER_COUNT(why->hint))
		return;
	f = &why->hint[why->hints++];
	f->hint = hint;
	f->number = number;
	put_text(f->name, sizeof(f->name), soter_text(name));
}
