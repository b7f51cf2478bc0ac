/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: an element lies where the reader stood and moves it by exactly
 * its length; a refusal moves nothing; an element with a one-octet tag is
 * written back byte for byte; the readers of numbers agree with each other.
 * Seeds: tests/vectors/der/.
 */
#include "fuzz/fuzz.h"
#include "wire/der.h"

#define DEPTH_MAX 16
#define ONE_OCTET 30 /* largest number in one identifier octet */

static void
check_number(struct soter_reader r, uint8_t identifier)
{
	struct soter_reader u = r, v = r;
	struct soter_span digits = { NULL, 77 };
	uint32_t value = 77, sum = 0;
	enum soter_rc small = soter_der_u32(&u, identifier, &value);
	enum soter_rc large = soter_der_unsigned(&v, &digits);

	MUST(small == SOTER_OK || (u.p == r.p && u.left == r.left));
	MUST(small == SOTER_OK || (small == SOTER_E_DER && value == 77));
	MUST(large == SOTER_OK || (v.p == r.p && v.left == r.left));
	MUST(large == SOTER_OK || (large == SOTER_E_DER && digits.n == 77));
	if (identifier != SOTER_DER_INTEGER) {
		MUST(large == SOTER_E_DER);
		return;
	}
	MUST((small == SOTER_OK) == (large == SOTER_OK && digits.n <= 4));
	if (large == SOTER_OK)
		MUST(digits.n == 0 || digits.p[0] != 0);
	if (small != SOTER_OK)
		return;
	for (size_t i = 0; i < digits.n; i++)
		sum = sum << 8 | digits.p[i];
	MUST(sum == value && u.left == v.left);
}

static void
check_written(const struct soter_der *x, uint8_t identifier)
{
	static uint8_t buf[0x10000 + 3];
	struct soter_writer w = soter_writer(buf, x->whole.n);

	MUST(soter_der_write(&w, identifier, x->body) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), x->whole));
	w = soter_writer(buf, x->whole.n - 1);
	MUST(soter_der_write(&w, identifier, x->body) == SOTER_E_NOSPACE);
	MUST(w.len == 0);
}

static void
walk(struct soter_span in, unsigned depth)
{
	struct soter_reader r = soter_reader(in);

	while (r.left > 0) {
		struct soter_reader before = r, taken = r;
		uint8_t identifier = r.p[0];
		struct soter_der x, y;

		check_number(r, identifier);
		memset(&x, FUZZ_FILL, sizeof(x));
		if (soter_der_next(&r, &x) != SOTER_OK) {
			MUST(r.p == before.p && r.left == before.left);
			MUST(fuzz_untouched(&x, sizeof(x)));
			return;
		}
		MUST(x.whole.p == before.p && r.p == x.whole.p + x.whole.n);
		MUST(r.left == before.left - x.whole.n);
		MUST(x.body.p + x.body.n == r.p && x.body.n < x.whole.n);
		MUST((x.tag.form & 0x1f) == 0 && x.tag.number <= INT32_MAX);
		MUST(soter_der_take(&taken, identifier, &y) == SOTER_OK);
		MUST(taken.left == r.left && y.body.p == x.body.p);
		if (x.tag.number <= ONE_OCTET)
			check_written(&x, identifier);
		if ((x.tag.form & 0x20) != 0 && depth < DEPTH_MAX)
			walk(x.body, depth + 1);
	}
	MUST(soter_der_end(&r) == SOTER_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	walk(soter_span(data, size), 0);
	return (0);
}
