/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device service answers an app's library with what it likes.
 *
 * Property: the answer is one that d.2 has for the operation; what is given out
 * is given out only with code 0, or with a miss how many are left, and ends
 * inside its buffer.
 */
#include <limits.h>

#include "device/core/inside.h"
#include "fuzz/fuzz.h"

static struct soter_span input;

/* In place of link.c: each call takes the next piece of the input. */
enum soter_rc
core_link_call(struct soter_core *core, const struct soter_dev_request *x,
    uint64_t end_ms, struct core_reply *out)
{
	struct soter_reader r = soter_reader(input);
	uint8_t code, low, high;
	size_t n;

	(void)core;
	(void)end_ms;
	MUST(soter_dev_form((uint32_t)x->call) != NULL);
	if (soter_read_u8(&r, &code) != SOTER_OK ||
	    soter_read_u8(&r, &low) != SOTER_OK ||
	    soter_read_u8(&r, &high) != SOTER_OK)
		return (SOTER_E_NO_SERVICE);
	n = (size_t)(high % 16) << 8 | low;
	n = n < r.left ? n : r.left;
	MUST(soter_read_span(&r, n, &out->x.body) == SOTER_OK);
	input = soter_span(r.p, r.left);
	out->x.code = soter_ta_rc(-(int32_t)code);
	if (out->x.code != SOTER_OK)
		out->x.body.n = 0;
	return (SOTER_OK);
}

void
core_link_close(struct soter_core *core)
{
	(void)core;
}

uint64_t
core_now_ms(void)
{
	return (1);
}

static void
check_signed(struct soter_answer a, const struct soter_core_signed *s)
{
	if (a.code != SOTER_CORE_OK) {
		MUST(a.rc != SOTER_OK && fuzz_untouched(s, sizeof(*s)));
		return;
	}
	MUST(a.rc == SOTER_OK);
	MUST(s->json_n < sizeof(s->json) && s->json[s->json_n] == '\0');
	MUST(strnlen(s->signature, sizeof(s->signature)) == 344);
	MUST(strnlen(s->claimed_cpu_id, sizeof(s->claimed_cpu_id)) <
	    sizeof(s->claimed_cpu_id));
	MUST(strnlen(s->claimed_uid, sizeof(s->claimed_uid)) <
	    sizeof(s->claimed_uid));
}

static void
each(void *context, const char *kname)
{
	MUST(strlen(kname) <= SOTER_KNAME_MAX);
	++*(size_t *)context;
}

static void
signed_things(struct soter_core *core)
{
	struct soter_core_signed s;
	struct soter_answer a;

	memset(&s, FUZZ_FILL, sizeof(s));
	a = soter_core_get_ask(core, 0, &s);
	MUST(a.code == 0 || a.code == 3 || a.code == -1);
	check_signed(a, &s);
	memset(&s, FUZZ_FILL, sizeof(s));
	a = soter_core_get_authkey(core, "k", 0, &s);
	MUST(a.code == 0 || a.code == -1);
	check_signed(a, &s);
	memset(&s, FUZZ_FILL, sizeof(s));
	a = soter_core_finish_sign(core, 1, 0, &s);
	MUST(a.code == 0 || a.code == -1);
	check_signed(a, &s);
}

static void
the_device(struct soter_core *core)
{
	char id[SOTER_CORE_DEVICE_ID_MAX];
	struct soter_device_state state;
	uint64_t session = 0;
	int32_t numbers[4];
	struct soter_answer a;
	size_t n = 5, names = 0;
	unsigned left = UINT_MAX;

	memset(id, FUZZ_FILL, sizeof(id));
	a = soter_core_device_id(core, 0, id);
	MUST(a.code == 0 ? strnlen(id, sizeof(id)) < sizeof(id)
			 : fuzz_untouched(id, sizeof(id)));
	memset(&state, FUZZ_FILL, sizeof(state));
	a = soter_core_state(core, 0, &state);
	MUST(a.code == 0 || fuzz_untouched(&state, sizeof(state)));
	a = soter_core_init_sign(core, "k", SOTER_SPAN("c"), 0, &session);
	MUST((a.code == 0) == (session != 0) && session <= INT64_MAX);
	a = soter_core_extra(core, "x", 0, numbers, &n);
	MUST(a.code == 0 ? n <= 4 : n == 5);
	a = soter_core_list(core, 0, each, &names);
	MUST(a.code == 0 || names == 0);
	a = soter_core_is_supported(core, 0);
	MUST(a.code == 0 || a.code == 2);
	a = soter_core_auth_step(core, 1, 0, &left);
	MUST(a.code == 0 || a.rc == SOTER_E_MISS || left == UINT_MAX);
	MUST(a.rc != SOTER_E_MISS || left <= SOTER_MISSES_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_core *core = NULL;
	struct soter_selftest_result result;
	struct soter_answer a;

	input = soter_span(data, size);
	MUST(soter_core_new(&core, NULL) == SOTER_OK);
	signed_things(core);
	the_device(core);
	memset(&result, FUZZ_FILL, sizeof(result));
	a = soter_selftest(core, 0, &result);
	MUST(a.code == 0 || a.code == 2);
	for (unsigned i = 0; i < SOTER_SELFTEST_SENSOR; i++)
		MUST(a.code != 0 || result.steps[i] == SOTER_OK);
	soter_core_free(&core);
	return (0);
}
