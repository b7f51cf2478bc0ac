/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bytes of a hostile service, as libsoter-core reads them off a connection.
 *
 * Property: an answer is taken only if the stream begins with one reply, whole,
 * with the serial of this call and no longer than its form allows, and nothing
 * else is handed out; a connection lives on after that alone, and is not used
 * again if more has come than was asked for.
 *
 * The first byte says which call, the second whether the stream ends.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "device/core/inside.h"
#include "fuzz/fuzz.h"

#define LONG_MS 60000 /* never waited for: all has come */

static struct soter_span stream;
static bool has_end;
static int far_end = -1;
static unsigned connections;

/* In place of connect.c: the service has said all before it is asked. */
enum soter_rc
core_connect(struct soter_core *core, uint64_t end_ms, int *fd)
{
	int pair[2];

	(void)core;
	(void)end_ms;
	if (connections++ > 0)
		return (SOTER_E_NO_SERVICE);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	MUST(send(pair[1], stream.p, stream.n, MSG_NOSIGNAL) ==
	    (ssize_t)stream.n);
	if (has_end)
		MUST(shutdown(pair[1], SHUT_WR) == 0);
	*fd = pair[0];
	far_end = pair[1];
	return (SOTER_OK);
}

/* The reply that the stream begins with, if it is one to this call. */
static bool
is_answer(struct soter_dev_reply *x, size_t *len,
    const struct soter_dev_form *form, uint32_t serial)
{
	struct soter_reader r = soter_reader(stream);
	struct soter_span one;

	return (soter_dev_len(stream, SOTER_DEV_REPLY_MAX, len) == SOTER_OK &&
	    soter_read_span(&r, *len, &one) == SOTER_OK &&
	    soter_dev_reply_parse(x, one) == SOTER_OK && x->serial == serial &&
	    x->body.n <= form->reply_max);
}

/* One call; what is left of the stream is for the next. */
static bool
call(struct soter_core *core, const struct soter_dev_form *form,
    struct core_reply *got)
{
	const struct soter_dev_request x = { .call = form->call,
		.modality = SOTER_MODALITY_FINGER };
	struct soter_dev_reply want;
	size_t len;
	const bool is_good = is_answer(&want, &len, form, core->serial + 1);
	/* Short: what has not come by now never will. */
	enum soter_rc rc = core_link_call(core, &x,
	    core_now_ms() + (is_good || has_end ? LONG_MS : 1), got);

	MUST((rc == SOTER_OK) == is_good);
	MUST(core->calls == 0 && core->users == 0);
	MUST(core->idle_n == (is_good ? 1 : 0));
	if (!is_good) {
		MUST(rc == SOTER_E_SERVICE_ANSWER || rc == SOTER_E_NO_SERVICE ||
		    rc == SOTER_E_TIME);
		return (false);
	}
	MUST(got->x.code == want.code);
	MUST(soter_span_equal(got->x.body, want.body));
	stream = soter_span(stream.p + len, stream.n - len);
	return (true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct soter_core_options o = { .socket = "/nobody" };
	const struct soter_dev_form *forms;
	struct core_reply *reply;
	struct soter_core *core = NULL;
	size_t n;

	if (size < 2 || size > 16384)
		return (0);
	reply = malloc(sizeof(*reply));
	MUST(reply != NULL);
	forms = soter_dev_forms(&n);
	has_end = data[1] % 2 != 0;
	stream = soter_span(data + 2, size - 2);
	connections = 0;
	MUST(soter_core_new(&core, &o) == SOTER_OK);
	/* What came too early, or the end, is seen before the next request. */
	if (call(core, &forms[data[0] % n], reply)) {
		MUST(connections == 1);
		if (stream.n > 0 || has_end) {
			struct soter_dev_request x = { .call =
							   SOTER_DEV_ASK_HAS };

			MUST(core_link_call(core, &x, core_now_ms() + LONG_MS,
				 reply) == SOTER_E_NO_SERVICE);
			MUST(connections == 2 && core->idle_n == 0);
		}
	}
	soter_core_free(&core);
	MUST(core == NULL);
	close(far_end);
	free(reply);
	return (0);
}
