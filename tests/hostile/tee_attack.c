/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tee_attack -- what no honest client sends to the two trusted applications,
 * through the GP TEE Client API, from one that has every role, so that only the
 * request is wrong: parameter types, sizes, lies in the bytes, bytes that
 * change while they are read, sessions that nobody closes.  The device has its
 * root, and the caller an ASK.  Nothing here belongs to one TEE: it also runs
 * against a real one, with its libteec.
 *
 * Whatever is sent: the call is refused, the trusted application lives on, and
 * nothing has changed afterwards.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "tests/hostile/tee_target.h"
#include "wire/export.h"
#include "wire/keyjson.h"

#define KNAME	 "attack"
#define BIG	 (256 * 1024)
#define SESSIONS 12
#define FLIPS	 2000
#define TYPES_N	 7

/* The next value of the counter, which this uses up. */
static uint64_t
counter(void)
{
	static struct soter_key_json key;
	struct soter_ta_request mine = usual();
	struct soter_export parts;

	if (!CHECK(tee_soter(SOTER, SOTER_TA_ASK_EXPORT, &mine) == 0) ||
	    !CHECK_RC(soter_export_parse(&parts, tee_body(SOTER)), SOTER_OK) ||
	    !CHECK_RC(soter_key_json_parse(&key, parts.text, NULL, NULL),
		SOTER_OK))
		return (0);
	return (key.counter);
}

/* ---- one call ----------------------------------------------------------- */

static bool
is_argument(int32_t code)
{
	return (code == soter_ta_code(SOTER_E_TEE_ARGUMENT));
}

static TEEC_Result
invoke(struct tee *t, uint32_t command, TEEC_Operation *operation)
{
	return (TEEC_InvokeCommand(&t->session, command, operation, NULL));
}

/* ---- parameter types ---------------------------------------------------- */

static const uint32_t types[TYPES_N] = { TEEC_NONE, TEEC_VALUE_INPUT,
	TEEC_VALUE_OUTPUT, TEEC_VALUE_INOUT, TEEC_MEMREF_TEMP_INPUT,
	TEEC_MEMREF_TEMP_OUTPUT, TEEC_MEMREF_TEMP_INOUT };

/* Something that would do, were the type right. */
static void
fill(TEEC_Operation *operation, size_t i, uint32_t type,
    const struct soter_ta_form *form)
{
	static uint8_t in[SOTER_TA_REQUEST_MAX], out[4][SOTER_TA_REPLY_MAX];

	if (type >= TEEC_MEMREF_TEMP_INPUT) {
		operation->params[i].tmpref.buffer = out[i];
		operation->params[i].tmpref.size = sizeof(out[i]);
	} else {
		operation->params[i].value.a = UINT32_MAX;
		operation->params[i].value.b = UINT32_MAX;
	}
	if (i == 0 && type >= TEEC_MEMREF_TEMP_INPUT) {
		operation->params[i].tmpref.size = usual_request(in, form);
		operation->params[i].tmpref.buffer = in;
	}
}

/* The n-th combination of types, as TEEC_PARAM_TYPES() makes it. */
static TEEC_Result
send_types(struct tee *t, const struct soter_ta_form *form, unsigned n)
{
	TEEC_Operation operation;

	memset(&operation, 0, sizeof(operation));
	for (size_t i = 0; i < 4; i++, n /= TYPES_N) {
		operation.paramTypes |= types[n % TYPES_N] << (4 * i);
		fill(&operation, i, types[n % TYPES_N], form);
	}
	if (operation.paramTypes ==
	    TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT,
		TEEC_NONE, TEEC_NONE))
		return (TEEC_ERROR_BAD_PARAMETERS); /* the right one */
	return (invoke(t, form->command, &operation));
}

/* Each word once; some of them where a call is slow. */
static unsigned
step(void)
{
	return (check_slow() ? 19 : (unsigned)check_step(1));
}

static void
wrong_types(struct target *t)
{
	const unsigned all = TYPES_N * TYPES_N * TYPES_N * TYPES_N;
	unsigned wrong;
	size_t n;
	const struct soter_ta_form *forms = t->forms(&n);

	for (size_t i = 0; i < n; i++) {
		check_row("%s: %s takes no other parameter types", t->name,
		    forms[i].name);
		wrong = 0;
		for (unsigned k = 0; k < all; k += step())
			if (send_types(&t->tee, &forms[i], k) !=
			    TEEC_ERROR_BAD_PARAMETERS)
				wrong++;
		CHECK(wrong == 0);
	}
}

static void
wrong_commands(struct target *t)
{
	static const uint32_t far[] = { UINT32_MAX, 0x80000000, 0x10000001 };
	struct soter_span nothing = soter_span(NULL, 0);
	uint32_t near = 0, wrong = 0;
	size_t n;
	const struct soter_ta_form *forms = t->forms(&n);

	check_row("%s: there are no other commands", t->name);
	for (; near < 300; near++) {
		size_t i = 0;

		while (i < n && forms[i].command != near)
			i++;
		if (i == n &&
		    (tee_send(&t->tee, near, nothing) != TEE_NO_ANSWER ||
			t->tee.result != TEEC_ERROR_NOT_SUPPORTED))
			wrong++;
	}
	CHECK(wrong == 0);
	for (size_t i = 0; i < SOTER_COUNT(far); i++) {
		CHECK(tee_send(&t->tee, far[i], nothing) == TEE_NO_ANSWER);
		CHECK(t->tee.result == TEEC_ERROR_NOT_SUPPORTED);
	}
}

/* ---- sizes -------------------------------------------------------------- */

static TEEC_Result
send_sizes(struct tee *t, const struct soter_ta_form *form, void *out,
    size_t *out_n)
{
	uint8_t in[SOTER_TA_REQUEST_MAX];
	TEEC_Operation operation;
	TEEC_Result result;

	memset(&operation, 0, sizeof(operation));
	operation.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	operation.params[0].tmpref.size = usual_request(in, form);
	operation.params[0].tmpref.buffer = in;
	operation.params[1].tmpref.buffer = out;
	operation.params[1].tmpref.size = *out_n;
	result = invoke(t, form->command, &operation);
	*out_n = operation.params[1].tmpref.size;
	return (result);
}

/* No room for the answer: said so before anything happened. */
static void
small_replies(struct target *t, const struct soter_ta_form *form)
{
	uint8_t out[SOTER_TA_REPLY_MAX];
	const size_t need = 4 + form->reply_max;
	const size_t sizes[] = { 0, 1, 3, need - 1 };
	size_t n;

	for (size_t i = 0; i < SOTER_COUNT(sizes); i++) {
		n = sizes[i];
		CHECK(send_sizes(&t->tee, form, n == 0 ? NULL : out, &n) ==
		    TEEC_ERROR_SHORT_BUFFER);
		CHECK(n == need);
	}
}

/* A size without a buffer. */
static void
no_buffers(struct target *t, const struct soter_ta_form *form)
{
	TEEC_Operation operation;
	size_t n = 4 + form->reply_max;
	uint8_t out[SOTER_TA_REPLY_MAX];
	TEEC_Result result;

	CHECK(send_sizes(&t->tee, form, NULL, &n) != TEEC_SUCCESS);

	memset(&operation, 0, sizeof(operation));
	operation.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	operation.params[0].tmpref.size = SOTER_TA_REQUEST_MAX;
	operation.params[1].tmpref.buffer = out;
	operation.params[1].tmpref.size = sizeof(out);
	result = invoke(&t->tee, form->command, &operation);
	/* Some TEEs say that nothing is nothing. */
	CHECK(result != TEEC_ERROR_TARGET_DEAD);
}

static void
long_requests(struct target *t, const struct soter_ta_form *form,
    uint8_t big[BIG])
{
	static const size_t sizes[] = { SOTER_TA_REQUEST_MAX + 1,
		4 * SOTER_TA_REQUEST_MAX, BIG };

	(void)usual_request(big, form);
	for (size_t i = 0; i < SOTER_COUNT(sizes); i++) {
		CHECK(tee_send(&t->tee, form->command,
			  soter_span(big, sizes[i])) == TEE_NO_ANSWER);
		CHECK(t->tee.result == TEEC_ERROR_EXCESS_DATA);
	}
}

static void
wrong_sizes(struct target *t)
{
	uint8_t *big = calloc(1, BIG);
	size_t n;
	const struct soter_ta_form *forms = t->forms(&n);

	for (size_t i = 0; i < n && big != NULL; i++) {
		/* It would be refused before its size is looked at. */
		if (who_may(t, forms[i].command) == NOBODY)
			continue;
		check_row("%s: %s: requests too long, replies too short",
		    t->name, forms[i].name);
		small_replies(t, &forms[i]);
		no_buffers(t, &forms[i]);
		long_requests(t, &forms[i], big);
	}
	free(big);
}

/* ---- lies in the request ------------------------------------------------ */

static uint32_t seed = 0x2545f491;

static uint32_t
any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return (seed);
}

/* Is it really wrong?  What by chance is not is not sent. */
static bool
is_wrong(const struct soter_ta_form *form, struct soter_span request)
{
	struct soter_ta_request x;

	return (soter_ta_request_parse(&x, form, request) != SOTER_OK);
}

/* How many of them were taken for something else than a wrong argument. */
static unsigned
send_wrong(struct target *t, const struct soter_ta_form *form,
    const uint8_t *request, size_t n)
{
	struct soter_span in = soter_span(request, n);

	if (!is_wrong(form, in))
		return (0);
	return (is_argument(tee_send(&t->tee, form->command, in)) ? 0 : 1);
}

/* Cut at every length; some bytes more. */
static unsigned
cuts(struct target *t, const struct soter_ta_form *form)
{
	uint8_t request[SOTER_TA_REQUEST_MAX];
	size_t n = usual_request(request, form);
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += send_wrong(t, form, request, i);
	memset(request + n, 0, sizeof(request) - n);
	for (size_t i = n + 1; i <= sizeof(request); i += 1 + i / 8)
		wrong += send_wrong(t, form, request, i);
	wrong += send_wrong(t, form, request, sizeof(request));
	return (wrong);
}

/* Each four bytes are a number: any of them may be a length. */
static unsigned
numbers(struct target *t, const struct soter_ta_form *form)
{
	static const uint32_t lies[] = { 0, 1, 3, 0x7f, 0x80, 0x400, 0x401,
		0xffff, 0x7fffffff, 0x80000000, 0xfffffffc, UINT32_MAX };
	uint8_t request[SOTER_TA_REQUEST_MAX];
	size_t n = usual_request(request, form);
	unsigned wrong = 0;

	for (size_t i = 0; i + 4 <= n; i++)
		for (size_t k = 0; k < SOTER_COUNT(lies); k++) {
			(void)usual_request(request, form);
			for (size_t j = 0; j < 4; j++)
				request[i + j] = (uint8_t)(lies[k] >> (8 * j));
			wrong += send_wrong(t, form, request, n);
		}
	return (wrong);
}

static unsigned
garbage(struct target *t, const struct soter_ta_form *form)
{
	uint8_t request[SOTER_TA_REQUEST_MAX];
	unsigned wrong = 0;
	size_t n;

	for (unsigned i = 0; i < 100; i++) {
		n = any() % (i % 2 == 0 ? 48 : sizeof(request) + 1);
		for (size_t k = 0; k < n; k++)
			request[k] = (uint8_t)any();
		wrong += send_wrong(t, form, request, n);
	}
	return (wrong);
}

static void
wrong_requests(struct target *t)
{
	size_t n;
	const struct soter_ta_form *forms = t->forms(&n);

	for (size_t i = 0; i < n; i++) {
		if (who_may(t, forms[i].command) == NOBODY)
			continue;
		check_row("%s: %s: cut, stretched, lying, garbage", t->name,
		    forms[i].name);
		CHECK(cuts(t, &forms[i]) == 0);
		CHECK(numbers(t, &forms[i]) == 0);
		CHECK(garbage(t, &forms[i]) == 0);
	}
}

/* ---- memory that changes ------------------------------------------------ */

static struct {
	volatile uint8_t *p;
	atomic_bool is_over;
} flipped;

/* The length of kname, and whose it is: right, and far too large. */
static void *
flip(void *unused)
{
	while (!atomic_load(&flipped.is_over)) {
		flipped.p[7] ^= 0xff;
		flipped.p[0] ^= 1;
		flipped.p[4] ^= 0x80;
	}
	return (unused);
}

/* In and out are the same bytes, of which another thread writes some. */
static unsigned
call_flipping(TEEC_SharedMemory *memory, size_t n)
{
	TEEC_Operation operation;
	TEEC_Result result;
	unsigned dead = 0;

	for (int i = 0; i < FLIPS; i++) {
		memset(&operation, 0, sizeof(operation));
		operation.paramTypes =
		    TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT,
			TEEC_MEMREF_PARTIAL_OUTPUT, TEEC_NONE, TEEC_NONE);
		operation.params[0].memref.parent = memory;
		operation.params[0].memref.size = n;
		operation.params[1].memref.parent = memory;
		operation.params[1].memref.offset = i % 2 == 0 ? 0 : n;
		operation.params[1].memref.size = 64;
		result = invoke(SOTER, SOTER_TA_AUTHKEY_HAS, &operation);
		if (result != TEEC_SUCCESS &&
		    result != TEEC_ERROR_ACCESS_DENIED)
			dead++;
		if (i % 2 == 0)
			(void)usual_request(memory->buffer,
			    soter_ta_form(SOTER_TA_AUTHKEY_HAS));
	}
	return (dead);
}

static void
changing_memory(void)
{
	TEEC_SharedMemory memory = { .size = SOTER_TA_REQUEST_MAX + 64,
		.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT };
	pthread_t thread;
	size_t n;

	check_row("a request that changes while it is read");
	if (!CHECK(TEEC_AllocateSharedMemory(&SOTER->context, &memory) ==
		TEEC_SUCCESS))
		return;
	n = usual_request(memory.buffer, soter_ta_form(SOTER_TA_AUTHKEY_HAS));
	flipped.p = memory.buffer;
	if (CHECK(pthread_create(&thread, NULL, flip, NULL) == 0)) {
		CHECK(call_flipping(&memory, n) == 0);
		atomic_store(&flipped.is_over, true);
		pthread_join(thread, NULL);
	}
	TEEC_ReleaseSharedMemory(&memory);
}

/* ---- sessions ----------------------------------------------------------- */

static void
session_parameters(const struct target *t)
{
	TEEC_Operation operation;
	TEEC_Context context;
	TEEC_Session session;
	unsigned opened = 0;

	check_row("%s: a session takes no parameters", t->name);
	if (!CHECK(TEEC_InitializeContext(NULL, &context) == TEEC_SUCCESS))
		return;
	for (unsigned k = 1; k < TYPES_N; k++)
		for (unsigned i = 0; i < 4; i++) {
			size_t n;

			memset(&operation, 0, sizeof(operation));
			operation.paramTypes = types[k] << (4 * i);
			fill(&operation, i, types[k], t->forms(&n));
			if (TEEC_OpenSession(&context, &session, &t->uuid,
				TEEC_LOGIN_USER, NULL, &operation,
				NULL) != TEEC_SUCCESS)
				continue;
			opened++;
			TEEC_CloseSession(&session);
		}
	CHECK(opened == 0);
	TEEC_FinalizeContext(&context);
}

/* Does not return. */
static void
open_and_die(const struct target *t)
{
	static struct tee many[SESSIONS];

	for (size_t i = 0; i < SESSIONS; i++)
		if (tee_open(&many[i], &t->uuid) != TEEC_SUCCESS)
			_exit(1);
	_exit(0);
}

static void
lost_sessions(const struct target *t)
{
	static struct tee one;
	int status = 0;
	pid_t child;

	check_row("%s: clients that die with open sessions", t->name);
	for (int i = 0; i < 10; i++) {
		fflush(stdout);
		child = fork();
		if (child == 0)
			open_and_die(t);
		CHECK(child > 0 && waitpid(child, &status, 0) == child);
		CHECK(status == 0);
	}
	if (CHECK(tee_open(&one, &t->uuid) == TEEC_SUCCESS))
		tee_close(&one);
}

/* ------------------------------------------------------------------------- */

static void
attack(void)
{
	struct snapshot before;
	uint64_t first;

	check_row("all is well before");
	look(&before);
	first = counter();
	CHECK(before.soter.provisioned == 1 && first != 0);
	for (EACH_TARGET(t)) {
		wrong_commands(t);
		wrong_types(t);
		wrong_sizes(t);
		wrong_requests(t);
		session_parameters(t);
		lost_sessions(t);
	}
	changing_memory();
	check_row("nobody has changed anything, and no counter was spent");
	check_unchanged(&before);
	CHECK(counter() == first + 1);
	check_row("nobody but TA biometric tells a match");
	refused(SOTER, &targets[0], FACTORY);
}

int
main(void)
{
	check_row("sessions with both trusted applications");
	for (EACH_TARGET(t))
		if (!CHECK(tee_open(&t->tee, &t->uuid) == TEEC_SUCCESS))
			return (check_done());
	attack();
	for (EACH_TARGET(t))
		tee_close(&t->tee);
	return (check_done());
}
