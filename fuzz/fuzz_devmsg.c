/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: a request, a reply or a state that is read is written back byte for
 * byte; what is refused leaves the output alone.  What is borrowed lies inside
 * the input.
 */
#include "fuzz/fuzz.h"
#include "wire/devmsg.h"

static void
request(struct soter_span in, struct soter_writer w)
{
	struct soter_dev_request x;
	size_t len = 0;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (soter_dev_request_parse(&x, in) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		return;
	}
	MUST(soter_dev_len(in, SOTER_DEV_REQUEST_MAX, &len) == SOTER_OK);
	MUST(len == in.n);
	MUST(fuzz_inside(x.kname, in) && fuzz_inside(x.challenge, in) &&
	    fuzz_inside(x.key, in));
	MUST(soter_dev_request_write(&w, &x) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), in));
}

static void
reply(struct soter_span in, struct soter_writer w)
{
	struct soter_dev_reply x;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (soter_dev_reply_parse(&x, in) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		return;
	}
	MUST(fuzz_inside(x.body, in));
	MUST(x.code == SOTER_OK || x.body.n == 0);
	if (in.n > SOTER_DEV_REPLY_MAX)
		return;
	MUST(soter_dev_reply_write(&w, &x) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), in));
}

static void
state(struct soter_span in, struct soter_writer w)
{
	struct soter_dev_state x;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (soter_dev_state_parse(&x, in) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		return;
	}
	/* A name with a NUL in it is shorter when it is written. */
	MUST(soter_dev_state_write(&w, &x) == SOTER_OK);
	MUST(w.len <= in.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	uint8_t *again = malloc(size + 1);

	MUST(again != NULL);
	request(in, soter_writer(again, size));
	reply(in, soter_writer(again, size));
	state(in, soter_writer(again, size));
	free(again);
	return (0);
}
