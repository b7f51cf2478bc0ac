/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the TAM keeps; the first byte says which kind of record follows.
 *
 * Property: a record is taken only if it is, byte for byte, what its writer
 * makes of what was read; refused, it is corrupt, and the output is left alone.
 * Seeds: tests/fuzz-seeds/tamrecord.
 */
#include "fuzz/fuzz.h"
#include "tam/audit.h"
#include "tam/root.h"
#include "tam/tenant.h"
#include "tam/token.h"

#define ROOM (TAM_AUDIT_MAX + TAM_DEVICE_MAX)

/* False: it was refused, as it should be. */
static bool
is_taken(enum soter_rc rc, const void *x, size_t n)
{
	if (rc == SOTER_OK)
		return (true);
	MUST(rc == SOTER_E_CORRUPT);
	MUST(fuzz_untouched(x, n));
	return (false);
}

static void
check_device(struct soter_span in, struct soter_writer *w)
{
	static struct tam_device x;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (!is_taken(tam_device_parse(&x, in), &x, sizeof(x)))
		return;
	MUST(x.n >= 1 && x.n <= TAM_ROOTS_MAX);
	MUST(tam_device_write(w, &x) == SOTER_OK);
	MUST(soter_span_equal(soter_written(w), in));
}

static void
check_tenant(struct soter_span in, struct soter_writer *w)
{
	struct tam_tenant x;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (!is_taken(tam_tenant_parse(&x, in), &x, sizeof(x)))
		return;
	MUST(tam_tenant_write(w, &x) == SOTER_OK);
	MUST(soter_span_equal(soter_written(w), in));
}

static void
check_keys(struct soter_span in, struct soter_writer *w)
{
	struct tam_keys x;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (!is_taken(tam_keys_parse(&x, in), &x, sizeof(x)))
		return;
	MUST(tam_keys_write(w, &x) == SOTER_OK);
	MUST(soter_span_equal(soter_written(w), in));
}

static void
check_audit(struct soter_span in, struct soter_writer *w)
{
	struct soter_span key, value;
	struct tam_audit x;
	uint8_t anew[8];

	if (in.n < sizeof(anew))
		return;
	key = soter_span(in.p, sizeof(anew));
	value = soter_span(in.p + sizeof(anew), in.n - sizeof(anew));
	memset(&x, FUZZ_FILL, sizeof(x));
	if (!is_taken(tam_audit_parse(&x, key, value), &x, sizeof(x)))
		return;
	MUST(fuzz_inside(x.who, value) && fuzz_inside(x.what, value) &&
	    fuzz_inside(x.subject, value) && fuzz_inside(x.before, value) &&
	    fuzz_inside(x.after, value));
	MUST(tam_audit_write(w, &x) == SOTER_OK);
	MUST(soter_span_equal(soter_written(w), value));
	tam_audit_key(anew, x.number);
	MUST(soter_span_equal(soter_span(anew, sizeof(anew)), key));
}

static void
check_head(struct soter_span in, struct soter_writer *w)
{
	struct tam_head x;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (!is_taken(tam_head_parse(&x, in), &x, sizeof(x)))
		return;
	tam_head_write(w->p, &x);
	MUST(soter_span_equal(soter_span(w->p, TAM_HEAD_LEN), in));
}

static void (*const kinds[])(struct soter_span,
    struct soter_writer *) = { check_device, check_tenant, check_keys,
	check_audit, check_head };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[ROOM];
	struct soter_writer w = soter_writer(buf, sizeof(buf));

	if (size == 0)
		return (0);
	kinds[data[0] % SOTER_COUNT(kinds)](soter_span(data + 1, size - 1), &w);
	return (0);
}
