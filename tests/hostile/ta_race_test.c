/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that changes while the TA reads it.  First at a known moment: when the
 * handler asks for the time, the request is behind the one copy, and the test
 * rewrites the client's buffer.  Then by a second thread that never stops, with
 * lengths and all.
 *
 * Guards: TEE_MemMove(request_copy, ...) in src/ta/call.c; with the handler
 * reading params[0].memref.buffer instead, the first rows fail.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "tests/check.h"
#include "tests/tabox.h"
#include "wire/export.h"
#include "wire/result.h"

static struct tabox box;
static uint8_t in[SOTER_TA_REQUEST_MAX], out[SOTER_TA_REPLY_MAX];

static struct soter_span
write_request(uint8_t *to, uint32_t command, const struct soter_ta_request *x)
{
	struct soter_writer w = soter_writer(to, SOTER_TA_REQUEST_MAX);

	if (soter_ta_request_write(&w, soter_ta_form(command), x) != SOTER_OK)
		abort();
	return (soter_written(&w));
}

/* A call on buffers that others can write; the reply's code and body. */
static enum soter_rc
call(uint32_t command, size_t n, struct soter_span *body)
{
	TEE_Param params[4] = { { .value = { 0, 0 } } };
	enum soter_rc code;

	params[0].memref.buffer = in;
	params[0].memref.size = n;
	params[1].memref.buffer = out;
	params[1].memref.size = sizeof(out);
	if (teehost_instance_invoke(box.instance,
		box.sessions[TABOX_SERVICE] - 1, command,
		TEE_PARAM_TYPES(5, 6, 0, 0), params) != TEE_SUCCESS)
		return (SOTER_E_ENGINE);
	if (soter_ta_reply_parse(&code, body,
		soter_span(out, params[1].memref.size)) != SOTER_OK)
		return (SOTER_E_ENGINE);
	return (code);
}

/* ---- at a known moment ------------------------------------------------- */

static unsigned asked;

static void
rewrite(void *with)
{
	memcpy(in, with, sizeof(in));
	asked++;
}

static void
test_known_moment(void)
{
	static uint8_t other[SOTER_TA_REQUEST_MAX];
	const struct soter_ta_request a = { .uid = TABOX_UID,
		.kname = SOTER_SPAN(TABOX_KNAME),
		.challenge = SOTER_SPAN("the first") };
	const struct soter_ta_request b = { .uid = TABOX_UID,
		.kname = SOTER_SPAN("xxx"),
		.challenge = SOTER_SPAN("the other") };
	struct soter_export blob;
	struct soter_result_json result;
	struct soter_span body;
	struct soter_reader r;
	uint64_t session = 0;
	size_t n;

	check_row("the request is rewritten while initSign runs");
	write_request(other, SOTER_TA_SIGN_INIT, &b);
	n = write_request(in, SOTER_TA_SIGN_INIT, &a).n;
	box.on_time = rewrite;
	box.on_time_state = other;
	CHECK_RC(call(SOTER_TA_SIGN_INIT, n, &body), SOTER_OK);
	box.on_time = NULL;
	CHECK(asked > 0);
	r = soter_reader(body);
	CHECK_RC(soter_read_le64(&r, &session), SOTER_OK);

	check_row("what is signed is what was asked first");
	CHECK_RC(tabox_match(&box, session), SOTER_OK);
	CHECK_RC(tabox_finish(&box, TABOX_UID, session), SOTER_OK);
	CHECK_RC(soter_export_parse(&blob,
		     soter_span(tabox_last.body, tabox_last.n)),
	    SOTER_OK);
	CHECK_RC(soter_result_json_parse(&result, blob.text, NULL, NULL),
	    SOTER_OK);
	CHECK(soter_json_is(result.raw, SOTER_SPAN("the first")));

	check_row("the uid is rewritten while finishSign runs");
	CHECK_RC(tabox_init(&box, TABOX_UID, TABOX_KNAME, "c", &session),
	    SOTER_OK);
	CHECK_RC(tabox_match(&box, session), SOTER_OK);
	n = write_request(other, SOTER_TA_SIGN_FINISH,
	    &(struct soter_ta_request){ .uid = TABOX_UID, .session = session })
		.n;
	write_request(in, SOTER_TA_SIGN_FINISH,
	    &(struct soter_ta_request){ .uid = 4, .session = session });
	box.on_time = rewrite;
	CHECK_RC(call(SOTER_TA_SIGN_FINISH, n, &body), SOTER_E_TEE_UNKNOWN);
	box.on_time = NULL;
	CHECK_RC(tabox_cancel(&box, TABOX_UID, session), SOTER_OK);
}

/* ---- at any moment ----------------------------------------------------- */

static atomic_bool stop;

/* Between two requests of different lengths, and the worst length. */
static void *
flip(void *unused)
{
	static uint8_t two[2][SOTER_TA_REQUEST_MAX];
	const struct soter_ta_request a = { .uid = TABOX_UID,
		.kname = SOTER_SPAN(TABOX_KNAME),
		.challenge = SOTER_SPAN("aaaaaaaaaaaaaaaa") };
	const struct soter_ta_request b = { .uid = TABOX_UID,
		.kname = SOTER_SPAN("pay"),
		.challenge = SOTER_SPAN("bbbbbbbbbbbbbbbb") };
	volatile uint8_t *to = in;

	write_request(two[0], SOTER_TA_SIGN_INIT, &a);
	write_request(two[1], SOTER_TA_SIGN_INIT, &b);
	for (unsigned i = 0; !atomic_load(&stop); i++) {
		for (size_t k = 0; k < 64; k++)
			to[k] = two[i & 1][k];
		if (i % 3 == 0)
			memset((void *)(uintptr_t)(in + 4 + i % 8), 0xff, 4);
	}
	return (unused);
}

/* Is every byte of a challenge one that some request had? */
static bool
is_mixed(struct soter_span raw)
{
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] != 'a' && raw.p[i] != 'b')
			return (false);
	return (raw.n == 16);
}

/* One signature of a session that was begun in the middle of it. */
static bool
is_signed_whole(uint64_t session)
{
	struct soter_result_json x;
	struct soter_export blob;

	return (tabox_match(&box, session) == SOTER_OK &&
	    tabox_finish(&box, TABOX_UID, session) == SOTER_OK &&
	    soter_export_parse(&blob,
		soter_span(tabox_last.body, tabox_last.n)) == SOTER_OK &&
	    soter_result_json_parse(&x, blob.text, NULL, NULL) == SOTER_OK &&
	    is_mixed(x.raw));
}

static void
test_any_moment(void)
{
	const size_t n = 4 + 4 + 3 + 4 + 16;
	const unsigned want = check_long() ? 50000 : 2000;
	unsigned begun = 0, refused = 0, odd = 0;
	pthread_t thread;

	check_row("another thread rewrites the request all the time");
	CHECK(pthread_create(&thread, NULL, flip, NULL) == 0);
	/* On one core it takes a while until both have happened. */
	while (odd == 0 && (begun < want || refused < want)) {
		struct soter_span body;
		struct soter_reader r;
		uint64_t session;
		enum soter_rc rc = call(SOTER_TA_SIGN_INIT, n, &body);

		if (rc == SOTER_E_TEE_ARGUMENT ||
		    rc == SOTER_E_AUTH_KEY_NOT_READY) {
			refused++;
			continue;
		}
		r = soter_reader(body);
		if (rc != SOTER_OK ||
		    soter_read_le64(&r, &session) != SOTER_OK ||
		    (++begun % 64 == 0 && !is_signed_whole(session)))
			odd++;
	}
	atomic_store(&stop, true);
	CHECK(pthread_join(thread, NULL) == 0);
	printf("# %u sessions begun, %u refused\n", begun, refused);
	CHECK(odd == 0);
}

int
main(int argc, char **argv)
{
	tabox_load(argc, argv);
	tabox_new(&box, &tabox_builds[TABOX_USUAL]);
	if (tabox_start(&box) != SOTER_OK)
		return (1);
	tabox_provision(&box);
	test_known_moment();
	test_any_moment();
	tabox_free(&box);
	return (check_done());
}
