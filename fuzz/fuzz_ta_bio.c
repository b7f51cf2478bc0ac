/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One command of TA biometric, the TA compiled in, the host TEE's API below it;
 * built once for each command, with -DCOMMAND=its number.
 *
 *	byte 0	who calls
 *	byte 1	how large the reply buffer is: 255 is large enough
 *	byte 2	what is under way: enum before
 *	byte 3	0: a touch by who is enrolled, else by somebody else
 *	rest	the request; fid 1 stands for the finger that is enrolled,
 *		whose number is random
 *
 * Properties: no panic; a call that is refused by TEE_Result changes nothing on
 * the disk; a reply is whole and within its limit; nothing stays open.  The
 * enrolled set changes with its epoch only, and only for a client that may and
 * knows the PIN; misses are taken back by a match or the PIN only; a match is
 * pushed once.  Seeds: tests/fuzz-seeds/ta_bio_COMMAND/.
 */
#include "fuzz/fuzz.h"
#include "tests/biodev.h"

#define PIN    "1234"
#define FINGER SOTER_MODALITY_FINGER

enum before { NOTHING, ENROLS, ENROLS_LAST, AUTHENTICATES, FROZEN, BEFORES };

static struct {
	struct biodev *d;
	struct diskmodel *disk; /* with a PIN, a finger, a miss */
	uint64_t fid;		/* of the finger */
} machine;

static uint64_t
operations(void)
{
	return (diskmodel_power(hosttee_disk(machine.d->bio))->done);
}

static void
make(void)
{
	struct biodev *d = machine.d = biodev_new(BIODEV_IS_USUAL);

	d->is_development = true;
	biodev_restart(d);
	MUST(biodev_set_pin(d, 0, "", PIN) == SOTER_OK);
	MUST(
	    biodev_enrol(d, 0, PIN, FINGER, "thumb", &machine.fid) == SOTER_OK);
	MUST(biodev_touch(d, 0, 0, "false", NULL) == SOTER_E_MISS);
	biodev_restart(d);
	machine.disk = diskmodel_copy(hosttee_disk(d->bio), NULL);
}

/* The machine as it was. */
static void
reset(void)
{
	if (machine.d == NULL)
		make();
	biodev_restart(machine.d);
	hosttee_set_disk(machine.d->bio, diskmodel_copy(machine.disk, NULL));
	machine.d->pushes = 0;
}

static void
prepare(enum before before, bool is_enrolled)
{
	struct biodev *d = machine.d;
	const char *finger = is_enrolled ? "thumb" : "index";
	struct soter_bio_step step;

	if (before == ENROLS || before == ENROLS_LAST)
		MUST(biodev_enrol_begin(d, 0, PIN, FINGER) == SOTER_OK);
	for (int i = 0; before == ENROLS_LAST && i < 2; i++)
		MUST(biodev_enrol_touch(d, 0, FINGER, "index", &step) ==
		    SOTER_OK);
	if (before == AUTHENTICATES)
		MUST(biodev_begin(d, 0, 1) == SOTER_OK);
	for (int i = 1; before == FROZEN && i < SOTER_MISSES_MAX; i++)
		MUST(biodev_touch(d, 0, 0, "false", NULL) == SOTER_E_MISS);
	MUST(biodev_feed(d, FINGER, finger) == SOTER_OK);
}

struct answer {
	TEE_Result result;
	enum soter_rc code;
	struct soter_span body;
};

/* The buffers end where their heap blocks end. */
static void
send(struct answer *answer, enum biodev_who who, struct soter_span request,
    size_t room)
{
	const struct soter_ta_form *form = soter_bio_form(COMMAND);
	uint32_t session = biodev_session(machine.d, who);
	uint8_t *reply = malloc(room), *copy = malloc(request.n);
	static uint8_t kept[SOTER_TA_REPLY_MAX];
	size_t n = room;

	MUST(session != 0 && (reply != NULL || room == 0));
	soter_copy(copy, request.p, request.n);
	answer->code = SOTER_E_TEE_UNKNOWN;
	answer->body = soter_span(NULL, 0);
	answer->result = hosttee_call(machine.d->bio, session, COMMAND,
	    soter_span(copy, request.n), reply, &n);
	switch (answer->result) {
	case TEE_SUCCESS:
		MUST(n >= 4 && n <= room && n <= 4 + form->reply_max);
		soter_copy(kept, reply, n);
		MUST(soter_ta_reply_parse(&answer->code, &answer->body,
			 soter_span(kept, n)) == SOTER_OK);
		break;
	case TEE_ERROR_SHORT_BUFFER:
		MUST(room < 4 + form->reply_max && n == 4 + form->reply_max);
		break;
	default:
		MUST(answer->result == TEE_ERROR_ACCESS_DENIED ||
		    answer->result == TEE_ERROR_EXCESS_DATA);
	}
	free(reply);
	free(copy);
}

/* Put the finger's number where the request names 1. */
static struct soter_span
put_fid(uint8_t to[SOTER_TA_REQUEST_MAX], struct soter_span request)
{
	const struct soter_ta_form *form = soter_bio_form(COMMAND);
	struct soter_writer w = soter_writer(to, SOTER_TA_REQUEST_MAX);
	struct soter_ta_request x;

	if (soter_ta_request_parse(&x, form, request) != SOTER_OK)
		return (request);
	if (x.fid == 1)
		x.fid = machine.fid;
	MUST(soter_ta_request_write(&w, form, &x) == SOTER_OK);
	return (soter_written(&w));
}

static bool
is_right_pin(struct soter_span request)
{
	struct soter_ta_request x;

	return (soter_ta_request_parse(&x, soter_bio_form(COMMAND), request) ==
		SOTER_OK &&
	    soter_span_equal(x.pin, SOTER_SPAN(PIN)));
}

static void
check_set(const struct soter_bio_status *old,
    const struct soter_bio_status *new, const struct answer *answer,
    struct soter_span request)
{
	bool is_ok = answer->result == TEE_SUCCESS && answer->code == SOTER_OK;

	MUST(new->epoch >= old->epoch &&new->pin_set == 1);
	if (new->enrolled != old->enrolled)
		MUST(new->epoch == old->epoch + 1);
	if (new->epoch != old->epoch)
		MUST(is_ok &&
		    ((COMMAND == SOTER_BIO_REMOVE && is_right_pin(request)) ||
			COMMAND == SOTER_BIO_ENROL_STEP));
	if (new->misses < old->misses)
		MUST(is_ok &&
		    ((COMMAND == SOTER_BIO_UNFREEZE && is_right_pin(request)) ||
			COMMAND == SOTER_BIO_AUTH_STEP));
	if (new->freeze_ms < old->freeze_ms)
		MUST(is_ok && COMMAND == SOTER_BIO_UNFREEZE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[SOTER_TA_REQUEST_MAX];
	struct soter_bio_status old, new;
	struct soter_span request;
	struct teehost_use use;
	struct answer answer;
	uint64_t done;
	size_t room;

	if (size < 4)
		return (0);
	request = soter_span(data + 4, size - 4);
	room = data[1] == 255 ? SOTER_TA_REPLY_MAX : data[1];
	reset();
	request = put_fid(bytes, request);
	prepare((enum before)(data[2] % BEFORES), data[3] == 0);
	old = biodev_status(machine.d, 0);
	done = operations();

	send(&answer, (enum biodev_who)(data[0] % BIODEV_WHO), request, room);
	if (answer.result != TEE_SUCCESS)
		MUST(operations() == done);
	new = biodev_status(machine.d, 0);
	check_set(&old, &new, &answer, request);
	MUST(machine.d->pushes <= (COMMAND == SOTER_BIO_AUTH_STEP ? 1 : 0));
	MUST(hosttee_panic(machine.d->bio) == NULL);
	use = teehost_instance_use(hosttee_instance(machine.d->bio));
	MUST(use.objects == 0 && use.operations == 0 && use.enumerators == 0 &&
	    use.ta_sessions == 0);
	return (0);
}
