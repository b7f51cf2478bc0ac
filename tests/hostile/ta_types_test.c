/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GlobalConfusion (USENIX Security 2024): a TA that does not look at the types
 * of its parameters takes a number for a pointer.  Every command of TA soter
 * meets all 65,536 words of parameter types at its entry point, with a request
 * that is right in every other way, from the client that may call it.
 *
 * Guards: `types != TYPES` in src/ta/call.c, `types != 0` there.
 */
#include "tests/check.h"
#include "tests/tabox.h"

#define WORDS 0x10000
#define RIGHT                                                  \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,           \
	    TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_NONE, \
	    TEE_PARAM_TYPE_NONE)

/* The TA's own entry point, and the session that it was last called with. */
static TEE_Result (*invoke)(void *, uint32_t, uint32_t, TEE_Param[4]);
static void *context;

static TEE_Result
remember(void *session, uint32_t command, uint32_t types, TEE_Param params[4])
{
	context = session;
	return (invoke(session, command, types, params));
}

static enum tabox_who
who_may(uint32_t command)
{
	switch (command) {
	case SOTER_TA_ATTK_GENERATE:
	case SOTER_TA_ATTK_VERIFY:
	case SOTER_TA_FACTORY_NONCE:
		return (TABOX_FACTORY);
	case SOTER_TA_MATCH:
		return (TABOX_BIOMETRIC);
	default:
		return (TABOX_SERVICE);
	}
}

/* Four parameters that could be taken for anything. */
struct trap {
	uint8_t in[SOTER_TA_REQUEST_MAX], out[SOTER_TA_REPLY_MAX];
	TEE_Param params[4];
};

static void
set(struct trap *t, struct soter_span request)
{
	memset(t, 0xa5, sizeof(*t));
	soter_copy(t->in, request.p, request.n);
	t->params[0].memref.buffer = t->in;
	t->params[0].memref.size = request.n;
	t->params[1].memref.buffer = t->out;
	t->params[1].memref.size = sizeof(t->out);
	t->params[2] = t->params[0];
	t->params[3] = t->params[1];
}

/*
 * Outside of the instance: TA code that calls the TEE's API for a wrong word
 * would not find one there.
 */
static unsigned
count_wrong(uint32_t command, struct soter_span request)
{
	static struct trap t, before;
	unsigned wrong = 0;

	set(&t, request);
	before = t;
	for (uint32_t types = 0; types < WORDS; types++) {
		if (types == RIGHT)
			continue;
		if (invoke(context, command, types, t.params) !=
			TEE_ERROR_BAD_PARAMETERS ||
		    memcmp(&t, &before, sizeof(t)) != 0)
			wrong++;
	}
	return (wrong);
}

static void
test_command(struct tabox *box, const struct soter_ta_form *form,
    uint64_t session)
{
	struct soter_ta_request x = { .uid = TABOX_UID,
		.kname = SOTER_SPAN(TABOX_KNAME),
		.challenge = SOTER_SPAN("other"),
		.session = session,
		.fid = 1,
		.modality = SOTER_MODALITY_FINGER,
		.sequence = 1000,
		.sensor = SOTER_SPAN("s"),
		.sensor_version = SOTER_SPAN("v") };
	uint8_t bytes[SOTER_TA_REQUEST_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct diskmodel *before = diskmodel_copy(box->disk, NULL);
	uint64_t done = box->power.done;

	check_row("%s with every wrong word", form->name);
	CHECK_RC(soter_ta_request_write(&w, form, &x), SOTER_OK);
	/* A call that is refused for another reason tells the session. */
	tabox_send(box, who_may(form->command), form->command, SOTER_SPAN(""),
	    0, &tabox_last);
	CHECK(tabox_last.result == TEE_ERROR_SHORT_BUFFER);
	CHECK(count_wrong(form->command, soter_written(&w)) == 0);
	CHECK(box->power.done == done && diskmodel_same(box->disk, before));
	diskmodel_free(&before);
}

/* Also for a number that is no command, and for a session that is opened. */
static void
test_others(struct tabox *box)
{
	TEE_Identity client = tabox_identity(TABOX_SERVICE);
	TEE_Param params[4] = { { .value = { 0, 0 } } };
	unsigned opened = 0;

	check_row("numbers that are no commands");
	CHECK(count_wrong(0, SOTER_SPAN("x")) == 0);
	CHECK(count_wrong(21, SOTER_SPAN("x")) == 0);
	CHECK(count_wrong(UINT32_MAX, SOTER_SPAN("x")) == 0);
	for (uint32_t command = 0; command < 300; command++) {
		if (soter_ta_form(command) != NULL)
			continue;
		tabox_send(box, TABOX_SERVICE, command, SOTER_SPAN("x"),
		    SOTER_TA_REPLY_MAX, &tabox_last);
		CHECK(tabox_last.result == TEE_ERROR_NOT_SUPPORTED);
	}

	check_row("a session with parameters");
	for (uint32_t types = 1; types < WORDS; types++) {
		uint32_t session;

		if (teehost_instance_open(box->instance, &client, types, params,
			&session) == TEE_SUCCESS)
			opened++;
	}
	CHECK(opened == 0);
}

int
main(int argc, char **argv)
{
	struct tabox box;
	struct tabox_ta spied;
	const struct soter_ta_form *forms;
	size_t n;
	uint64_t session;

	tabox_load(argc, argv);
	spied = tabox_builds[TABOX_USUAL];
	invoke = spied.entry.invoke;
	spied.entry.invoke = remember;
	tabox_new(&box, &spied);
	if (tabox_start(&box) != SOTER_OK)
		return (1);
	tabox_provision(&box);
	check_row("a session that waits, matched");
	CHECK_RC(tabox_init(&box, TABOX_UID, TABOX_KNAME, "c", &session),
	    SOTER_OK);
	CHECK_RC(tabox_match(&box, session), SOTER_OK);

	forms = soter_ta_forms(&n);
	for (size_t i = 0; i < n; i++)
		test_command(&box, &forms[i], session);
	test_others(&box);

	check_row(
	    "after all of it: keys there, session unharmed, counter at 1");
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_AUTHKEY_HAS, TABOX_UID,
		     TABOX_KNAME),
	    SOTER_OK);
	CHECK_RC(tabox_finish(&box, TABOX_UID, session), SOTER_OK);
	CHECK(tabox_counter() == 1);
	tabox_free(&box);
	return (check_done());
}
