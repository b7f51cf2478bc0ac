/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One command of TA soter, the TA compiled in, the host TEE's API below it;
 * built once for each command, with -DCOMMAND=its number.
 *
 *	byte 0	who calls
 *	byte 1	how large the reply buffer is: 255 is large enough
 *	rest	the request
 *
 * The device has its root, keys of uid 1 and a session that is matched; the
 * session that a request may name is 1, since a fuzzer cannot guess 63 bits:
 * where it stands in the request, it is replaced.
 *
 * For generateAttkKeyPair the device is fresh instead.
 *
 * Properties: a refused call changes nothing on the disk and keeps the session;
 * a reply is whole and within its limit; the counter never repeats; nothing
 * stays open.  Seeds: tests/fuzz-seeds/ta_soter_COMMAND/.
 */
#include "fuzz/fuzz.h"
#include "tests/tabox.h"

#define UID	 1
#define KNAME	 "k"

/* This one command finds a device without a root. */
#define IS_FRESH (COMMAND == SOTER_TA_ATTK_GENERATE)

static const struct tabox_ta ta = { NULL,
	{ TA_CreateEntryPoint, TA_DestroyEntryPoint, TA_OpenSessionEntryPoint,
	    TA_CloseSessionEntryPoint, TA_InvokeCommandEntryPoint } };

static struct {
	struct diskmodel *disk; /* provisioned */
	struct tabox box;
	uint64_t done; /* disk operations when the box was made */
	uint64_t session, counter;
} machine;

static void
begin_session(void)
{
	MUST(tabox_init(&machine.box, UID, KNAME, "c", &machine.session) ==
	    SOTER_OK);
	MUST(tabox_match(&machine.box, machine.session) == SOTER_OK);
}

static void
provision(struct tabox *box)
{
	MUST(tabox_generate(box, 1, SOTER_SPAN("")) == SOTER_OK);
	MUST(tabox_do(box, TABOX_SERVICE, SOTER_TA_ASK_GENERATE, UID, NULL) ==
	    SOTER_OK);
	MUST(tabox_do(box, TABOX_SERVICE, SOTER_TA_AUTHKEY_GENERATE, UID,
		 KNAME) == SOTER_OK);
}

static void
start(struct tabox *box, const struct diskmodel *image)
{
	tabox_new(box, &ta);
	box->is_development = true;
	if (image != NULL) {
		diskmodel_free(&box->disk);
		box->disk = diskmodel_copy(image, &box->power);
	}
	MUST(tabox_start(box) == SOTER_OK);
}

/* The machine as it was: from its first image if anything was written. */
static void
reset(void)
{
	struct tabox *box = &machine.box;

	if (machine.disk != NULL && box->power.done == machine.done)
		return;
	if (machine.disk == NULL) {
		start(box, NULL);
		if (!IS_FRESH)
			provision(box);
		machine.disk = diskmodel_copy(box->disk, NULL);
	}
	tabox_free(box);
	start(box, machine.disk);
	if (!IS_FRESH)
		begin_session();
	machine.counter = 0;
	machine.done = box->power.done;
}

/* Put the session's number where the request names 1. */
static struct soter_span
put_session(uint8_t *to, struct soter_span request,
    const struct soter_ta_form *form)
{
	struct soter_ta_request x;
	struct soter_writer w = soter_writer(to, SOTER_TA_REQUEST_MAX);

	if (soter_ta_request_parse(&x, form, request) != SOTER_OK)
		return (request);
	if (x.session == 1)
		x.session = machine.session;
	MUST(soter_ta_request_write(&w, form, &x) == SOTER_OK);
	return (soter_written(&w));
}

static bool
is_refused(const struct tabox_reply *reply)
{
	return (reply->result != TEE_SUCCESS || reply->code != SOTER_OK);
}

/* The session is there, unless the command was to end it. */
static void
check_session(bool may_have_ended)
{
	struct soter_ta_status x;

	MUST(tabox_do(&machine.box, TABOX_PUBLIC, SOTER_TA_STATUS, 0, NULL) ==
	    SOTER_OK);
	MUST(soter_ta_status_parse(&x,
		 soter_span(tabox_last.body, tabox_last.n)) == SOTER_OK);
	MUST(x.sessions >= 1 || may_have_ended || IS_FRESH);
	if (x.sessions != 1 && !IS_FRESH)
		machine.done = UINT64_MAX; /* begin from the image */
}

static void
check_reply(const struct tabox_reply *reply, const struct soter_ta_form *form,
    size_t room)
{
	switch (reply->result) {
	case TEE_SUCCESS:
		MUST(reply->n <= form->reply_max);
		break;
	case TEE_ERROR_SHORT_BUFFER:
		MUST(room < 4 + form->reply_max);
		MUST(reply->n == 4 + form->reply_max);
		break;
	default:
		MUST(reply->result == TEE_ERROR_ACCESS_DENIED ||
		    reply->result == TEE_ERROR_EXCESS_DATA);
		break;
	}
}

static void
check_counter(const struct tabox_reply *reply)
{
	uint64_t counter;

	tabox_last = *reply;
	counter = tabox_counter();
	MUST(counter > machine.counter && counter <= SOTER_COUNTER_MAX);
	machine.counter = counter;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct soter_ta_form *form = soter_ta_form(COMMAND);
	static uint8_t room_for_request[SOTER_TA_REQUEST_MAX];
	static struct tabox_reply reply;
	struct soter_span request;
	struct teehost_use use;
	enum tabox_who who;
	size_t room;

	if (size < 2)
		return (0);
	who = (enum tabox_who)(data[0] % TABOX_WHOS);
	room = data[1] == 255 ? SOTER_TA_REPLY_MAX : (size_t)data[1] * 17;
	reset();
	request =
	    put_session(room_for_request, soter_span(data + 2, size - 2), form);

	tabox_send(&machine.box, who, COMMAND, request, room, &reply);
	check_reply(&reply, form, room);
	if (is_refused(&reply))
		MUST(machine.box.power.done == machine.done);
	else if (COMMAND == SOTER_TA_ASK_EXPORT ||
	    COMMAND == SOTER_TA_AUTHKEY_EXPORT ||
	    COMMAND == SOTER_TA_SIGN_FINISH)
		check_counter(&reply);
	check_session(!is_refused(&reply));
	use = teehost_instance_use(machine.box.instance);
	MUST(use.objects == 0 && use.operations == 0 && use.enumerators == 0);
	return (0);
}
