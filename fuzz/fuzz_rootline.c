/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: the lines of a text are inside it, in order, without a line feed,
 * and nothing but line ends and empty lines is left out; what is read from a
 * line and written is read back as the same root, or the writer refuses it; a
 * failure leaves the output alone; an answer is one line of JSON, whatever the
 * device was called.
 * Seeds: tests/fuzz-seeds/rootline.
 */
#include <jansson.h>

#include "fuzz/fuzz.h"
#include "wire/rootline.h"

#define ROOM (8 * SOTER_ROOTLINE_MAX)

static void
check_answer(const struct soter_rootline *x, enum soter_rc rc)
{
	static uint8_t buf[ROOM];
	struct soter_writer w = soter_writer(buf, sizeof(buf));
	const char *result;
	json_t *o;

	MUST(soter_rootline_answer(&w, soter_text(x->device_id), rc) ==
	    SOTER_OK);
	MUST(memchr(buf, '\n', w.len) == buf + w.len - 1);
	o = json_loadb((const char *)buf, w.len, JSON_REJECT_DUPLICATES, NULL);
	MUST(json_is_object(o));
	MUST(strcmp(json_string_value(json_object_get(o, "device_id")),
		 x->device_id) == 0);
	result = json_string_value(json_object_get(o, "result"));
	MUST(strcmp(result,
		 rc == SOTER_OK		    ? "ok"
		     : rc == SOTER_E_EXISTS ? "same"
					    : "refused") == 0);
	MUST((json_object_get(o, "reason") != NULL) ==
	    (strcmp(result, "refused") == 0));
	json_decref(o);
}

static bool
is_same(const struct soter_rootline *a, const struct soter_rootline *b)
{
	return (strcmp(a->device_id, b->device_id) == 0 &&
	    a->key.alg == b->key.alg && a->key.e == b->key.e &&
	    a->key.n_len == b->key.n_len &&
	    memcmp(a->key.n, b->key.n, a->key.n_len) == 0 &&
	    strcmp(a->batch, b->batch) == 0 &&
	    strcmp(a->station, b->station) == 0);
}

static void
check_line(struct soter_span line)
{
	static uint8_t buf[ROOM];
	struct soter_writer w = soter_writer(buf, sizeof(buf));
	struct soter_rootline x, back;
	struct soter_fault fault = { 0 };
	struct soter_span rest, again;
	enum soter_rc rc;

	memset(&x, FUZZ_FILL, sizeof(x));
	rc = soter_rootline_parse(&x, line, &fault);
	if (rc != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		return;
	}
	MUST(line.n <= SOTER_ROOTLINE_MAX);
	rc = soter_rootline_write(&w, &x);
	if (rc != SOTER_OK) {
		/* attk_n has room for one kind of key. */
		MUST(rc == SOTER_E_FIELD_VALUE);
		MUST(x.key.e != 65537 || x.key.n_len != SOTER_RSA_LEN);
		return;
	}
	rest = soter_written(&w);
	MUST(soter_rootline_next(&rest, &again) && rest.n == 0);
	MUST(again.n == w.len - 1);
	MUST(soter_rootline_parse(&back, again, &fault) == SOTER_OK);
	MUST(is_same(&x, &back));
	check_answer(&x, SOTER_OK);
	check_answer(&x, SOTER_E_EXISTS);
	check_answer(&x, SOTER_E_FIELD_VALUE);
}

/* What stands between two lines: ends of lines alone. */
static void
check_gap(const uint8_t *from, const uint8_t *to)
{
	for (; from < to; from++)
		MUST(*from == '\n' || *from == '\r');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size), rest = in, line;
	const uint8_t *at = data;

	while (soter_rootline_next(&rest, &line)) {
		MUST(line.n > 0 && fuzz_inside(line, in));
		MUST(memchr(line.p, '\n', line.n) == NULL);
		check_gap(at, line.p);
		at = line.p + line.n;
		check_line(line);
	}
	if (size > 0)
		check_gap(at, data + size);
	MUST(rest.n == 0);
	return (0);
}
