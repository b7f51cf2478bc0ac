/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TA biometric and what does not have the shape of a call: each command with
 * each of the 65,536 words of parameter types, requests that are cut or too
 * long, replies that do not fit.  Refused, no handle or memory left behind, and
 * not a byte of the storage changed.
 */
#include "tests/biodev.h"
#include "tests/bytes.h"
#include "tests/check.h"

#define RIGHT                                                  \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,           \
	    TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_NONE, \
	    TEE_PARAM_TYPE_NONE)

/* A device where every command could do something. */
static struct biodev *
make(struct soter_ta_request *x)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);

	CHECK_RC(biodev_set_pin(d, 0, "", "1234"), SOTER_OK);
	*x = (struct soter_ta_request){ .modality = SOTER_MODALITY_FINGER,
		.pin = SOTER_SPAN("1234"),
		.pin_new = SOTER_SPAN("5678"),
		.sample = SOTER_SPAN("thumb") };
	CHECK_RC(biodev_enrol(d, 0, "1234", x->modality, "thumb", &x->fid),
	    SOTER_OK);
	return (d);
}

/* A client that may send the command. */
static enum biodev_who
who_may(uint32_t command)
{
	return (
	    command >= SOTER_BIO_AUTH_BEGIN ? BIODEV_SERVICE : BIODEV_ENROLLER);
}

static bool
is_same_use(const struct teehost_use *a, const struct teehost_use *b)
{
	return (memcmp(a, b, sizeof(*a)) == 0);
}

static void
test_types(const struct soter_ta_form *form)
{
	static uint8_t request[SOTER_TA_REQUEST_MAX], reply[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(request, sizeof(request));
	struct soter_ta_request x;
	struct biodev *d = make(&x);
	uint32_t session = biodev_session(d, who_may(form->command));
	struct diskmodel *before = diskmodel_copy(hosttee_disk(d->bio), NULL);
	struct teehost_use use = teehost_instance_use(hosttee_instance(d->bio));
	unsigned wrong = 0;

	check_row("%s: 65,535 wrong words of parameter types", form->name);
	CHECK_RC(soter_ta_request_write(&w, form, &x), SOTER_OK);
	memset(reply, 0xa5, sizeof(reply));
	for (uint32_t types = 0; types <= 0xffff; types++) {
		TEE_Param params[4] = { 0 };
		struct teehost_use now;

		if (types == RIGHT)
			continue;
		for (int i = 0; i < 4; i++) {
			if ((TEE_PARAM_TYPE_GET(types, i) & 4) == 0)
				continue;
			params[i].memref.buffer = i == 1 ? reply : request;
			params[i].memref.size = i == 1 ? sizeof(reply) : w.len;
		}
		if (hosttee_invoke(d->bio, session, form->command, types,
			params) != TEE_ERROR_BAD_PARAMETERS)
			wrong++;
		now = teehost_instance_use(hosttee_instance(d->bio));
		if (!is_same_use(&use, &now))
			wrong++;
	}
	CHECK(wrong == 0);
	CHECK(bytes_are(reply, sizeof(reply), 0xa5));
	CHECK(hosttee_panic(d->bio) == NULL);
	CHECK(diskmodel_same(before, hosttee_disk(d->bio)));
	check_row("%s: the right one", form->name);
	CHECK(biodev_call(d, who_may(form->command), form->command, &x) !=
	    SOTER_E_TEE_ARGUMENT);
	CHECK(d->result == TEE_SUCCESS);
	diskmodel_free(&before);
	biodev_free(&d);
}

/* What the TA says to a request, and to so much room for the reply. */
static TEE_Result
send(struct biodev *d, const struct soter_ta_form *form,
    struct soter_span request, size_t *room, enum soter_rc *code)
{
	uint32_t session = biodev_session(d, who_may(form->command));
	struct soter_span exact = bytes_exact(request), body;
	size_t all = *room;
	uint8_t *reply = malloc(all + 1);
	TEE_Result result;

	*code = SOTER_OK;
	if (reply == NULL)
		abort();
	result =
	    hosttee_call(d->bio, session, form->command, exact, reply, room);
	if (result == TEE_SUCCESS && *room <= all &&
	    soter_ta_reply_parse(code, &body, soter_span(reply, *room)) !=
		SOTER_OK)
		*code = SOTER_E_FORMAT;
	free(reply);
	bytes_free(exact);
	return (result);
}

static void
test_sizes(const struct soter_ta_form *form)
{
	uint8_t request[SOTER_TA_REQUEST_MAX + 1] = { 0 };
	struct soter_writer w = soter_writer(request, sizeof(request));
	const size_t room = 4 + form->reply_max;
	struct soter_ta_request x;
	struct biodev *d = make(&x);
	struct diskmodel *before = diskmodel_copy(hosttee_disk(d->bio), NULL);
	enum soter_rc code;
	size_t n;

	check_row("%s: cut at every byte, and one byte too long", form->name);
	CHECK_RC(soter_ta_request_write(&w, form, &x), SOTER_OK);
	for (size_t cut = 0; cut <= w.len + 1; cut++) {
		n = room;
		if (cut == w.len)
			continue;
		CHECK(send(d, form, soter_span(request, cut), &n, &code) ==
		    TEE_SUCCESS);
		CHECK_RC(code, SOTER_E_TEE_ARGUMENT);
		CHECK(n == 4);
	}
	check_row("%s: longer than any request", form->name);
	n = room;
	CHECK(send(d, form, soter_span(request, sizeof(request)), &n, &code) ==
	    TEE_ERROR_EXCESS_DATA);
	check_row("%s: too little room for the reply", form->name);
	for (size_t less = 1; less <= room; less++) {
		n = room - less;
		CHECK(send(d, form, soter_written(&w), &n, &code) ==
		    TEE_ERROR_SHORT_BUFFER);
		CHECK(n == room);
	}
	CHECK(hosttee_panic(d->bio) == NULL);
	CHECK(diskmodel_same(before, hosttee_disk(d->bio)));
	diskmodel_free(&before);
	biodev_free(&d);
}

static void
test_unknown(void)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);
	struct soter_ta_form form = { .reply_max = 100 };
	enum soter_rc code;
	size_t n;

	check_row("commands that there are not");
	for (uint32_t command = 0; command < 70000; command++) {
		if (soter_bio_form(command) != NULL)
			continue;
		form.command = command;
		n = 104;
		CHECK(send(d, &form, SOTER_SPAN(""), &n, &code) ==
		    TEE_ERROR_NOT_SUPPORTED);
	}
	form.command = UINT32_MAX;
	CHECK(send(d, &form, SOTER_SPAN(""), &n, &code) ==
	    TEE_ERROR_NOT_SUPPORTED);
	biodev_free(&d);
}

int
main(void)
{
	size_t n;
	const struct soter_ta_form *forms = soter_bio_forms(&n);

	for (size_t i = 0; i < n; i++) {
		test_types(&forms[i]);
		test_sizes(&forms[i]);
	}
	test_unknown();
	return (check_done());
}
