/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/biodev.h"

/* The UUIDs of the Linux users 1000 to 1003, as TEEC_LOGIN_USER makes them. */
#define ENROLLER_LOGIN "1:6a5a1a1c-0000-5000-8000-0000000003e8"
#define SERVICE_LOGIN  "1:6a5a1a1c-0000-5000-8000-0000000003e9"
#define FACTORY_LOGIN  "1:6a5a1a1c-0000-5000-8000-0000000003ea"

#define UUID_OF(last)                                                  \
	{                                                              \
		0x6a5a1a1c, 0x0000, 0x5000,                            \
		{                                                      \
			0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, last \
		}                                                      \
	}

static const TEE_Identity identities[BIODEV_WHO] = {
	[BIODEV_ENROLLER] = { TEE_LOGIN_USER, UUID_OF(0xe8) },
	[BIODEV_ENROLLER_2] = { TEE_LOGIN_USER, UUID_OF(0xe8) },
	[BIODEV_SERVICE] = { TEE_LOGIN_USER, UUID_OF(0xe9) },
	[BIODEV_SERVICE_2] = { TEE_LOGIN_USER, UUID_OF(0xe9) },
	[BIODEV_FACTORY] = { TEE_LOGIN_USER, UUID_OF(0xea) },
	[BIODEV_USER] = { TEE_LOGIN_USER, UUID_OF(0xeb) },
	[BIODEV_GROUP] = { TEE_LOGIN_GROUP, UUID_OF(0xe8) },
	[BIODEV_PUBLIC] = { TEE_LOGIN_PUBLIC, { 0 } },
	[BIODEV_TA] = { TEE_LOGIN_TRUSTED_APP, UUID_OF(0xe8) },
	[BIODEV_SOTER] = { TEE_LOGIN_TRUSTED_APP, SOTER_TA_UUID },
};

/* clang-format off */
static const struct teehost_property properties[] = {
	{ "gpd.ta.singleInstance",   TEEHOST_BOOL,     "true" },
	{ "gpd.ta.multiSession",     TEEHOST_BOOL,     "true" },
	{ "soter.role.enroller",     TEEHOST_IDENTITY, ENROLLER_LOGIN },
	{ "soter.role.service",      TEEHOST_IDENTITY, SERVICE_LOGIN },
	{ "soter.role.factory",      TEEHOST_IDENTITY, FACTORY_LOGIN },
	{ "soter.sensor",            TEEHOST_STRING,   "sim" },
	/* The last one, left out unless it is a development machine. */
	{ "soter.development",       TEEHOST_BOOL,     "true" },
};
/* clang-format on */

/* ---- a stand-in for TA soter ------------------------------------------- */

static struct biodev *pushed_to;

static TEE_Result
soter_create(void)
{
	return (TEE_SUCCESS);
}

static void
soter_destroy(void)
{
}

static TEE_Result
soter_open(uint32_t types, TEE_Param params[4], void **session)
{
	(void)types;
	(void)params;
	(void)session;
	if (TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
		"gpd.client.identity", &pushed_to->pusher) != TEE_SUCCESS)
		return (TEE_ERROR_GENERIC);
	return (pushed_to->push_open_result);
}

static void
soter_close(void *session)
{
	(void)session;
}

static TEE_Result
soter_invoke(void *session, uint32_t command, uint32_t types,
    TEE_Param params[4])
{
	struct biodev *d = pushed_to;
	struct soter_span in =
	    soter_span(params[0].memref.buffer, params[0].memref.size);
	struct soter_writer w =
	    soter_writer(params[1].memref.buffer, params[1].memref.size);

	(void)session;
	if (command != SOTER_TA_MATCH || (types & 0xf) == 0 ||
	    in.n > sizeof(d->pushed_bytes))
		return (TEE_ERROR_BAD_PARAMETERS);
	if (d->push_result != TEE_SUCCESS)
		return (d->push_result);
	soter_copy(d->pushed_bytes, in.p, in.n);
	if (soter_ta_request_parse(&d->pushed, soter_ta_form(command),
		soter_span(d->pushed_bytes, in.n)) != SOTER_OK)
		return (TEE_ERROR_BAD_FORMAT);
	d->pushes++;
	if (soter_write_le32(&w, (uint32_t)soter_ta_code(d->push_answer)) !=
	    SOTER_OK)
		return (TEE_ERROR_SHORT_BUFFER);
	params[1].memref.size = 4;
	return (TEE_SUCCESS);
}

static const struct hosttee_setup stand_in = {
	.uuid = SOTER_TA_UUID,
	.ta = { soter_create, soter_destroy, soter_open, soter_close,
	    soter_invoke },
};

/* ---- the device -------------------------------------------------------- */

/* soter: copied. */
static struct biodev *
make(struct hosttee_setup bio, const struct hosttee_setup *soter)
{
	struct biodev *d = calloc(1, sizeof(*d));

	if (d == NULL)
		abort();
	bio.properties = properties;
	bio.properties_n = SOTER_COUNT(properties) - 1;
	d->tee = hosttee_new();
	d->bio = hosttee_add(d->tee, &bio);
	d->soter = hosttee_add(d->tee, soter);
	pushed_to = d;
	return (d);
}

#ifdef BIODEV_LINKED

struct biodev *
biodev_new(enum biodev_build build)
{
	(void)build;
	return (make((struct hosttee_setup){ .uuid = SOTER_BIO_UUID,
			 .ta = HOSTTEE_LINKED },
	    &stand_in));
}

#else

struct biodev *
biodev_new(enum biodev_build build)
{
	static const char *const modules[] = { BIODEV_USUAL, BIODEV_RELEASE,
		BIODEV_NEXT };

	return (make((struct hosttee_setup){ .uuid = SOTER_BIO_UUID,
			 .so = modules[build] },
	    &stand_in));
}

struct biodev *
biodev_new_pair(void)
{
	const struct hosttee_setup soter = { .uuid = SOTER_TA_UUID,
		.so = BIODEV_TA_SOTER,
		.properties = properties,
		.properties_n = SOTER_COUNT(properties) - 1 };

	return (make((struct hosttee_setup){ .uuid = SOTER_BIO_UUID,
			 .so = BIODEV_USUAL },
	    &soter));
}

struct hosttee_ta *
biodev_add_impostor(struct biodev *d)
{
	const struct hosttee_setup setup = { .uuid = UUID_OF(0x66),
		.so = BIODEV_USUAL,
		.properties = properties,
		.properties_n = SOTER_COUNT(properties) - 1 };

	return (hosttee_add(d->tee, &setup));
}

#endif

TEE_Identity
biodev_identity(enum biodev_who who)
{
	return (identities[who]);
}

void
biodev_free(struct biodev **d)
{
	if (*d == NULL)
		return;
	hosttee_free(&(*d)->tee);
	free(*d);
	*d = NULL;
	pushed_to = NULL;
}

/* Sessions die with the instance. */
static void
forget(struct biodev *d)
{
	memset(d->sessions, 0, sizeof(d->sessions));
	hosttee_set_properties(d->bio, properties,
	    SOTER_COUNT(properties) - (d->is_development ? 0 : 1));
}

void
biodev_restart(struct biodev *d)
{
	hosttee_restart(d->bio);
	forget(d);
}

void
biodev_kill(struct biodev *d)
{
	hosttee_kill(d->bio);
	forget(d);
}

void
biodev_cut(struct biodev *d, uint64_t n)
{
	struct diskmodel_power *power = diskmodel_power(hosttee_disk(d->bio));

	power->cut_at = power->done + n;
}

bool
biodev_was_cut(struct biodev *d, enum diskmodel_image image, uint32_t seed)
{
	struct diskmodel *disk = hosttee_disk(d->bio);
	bool is_off = diskmodel_power(disk)->is_off;

	diskmodel_power(disk)->cut_at = 0;
	if (!is_off)
		return (false);
	biodev_kill(d);
	diskmodel_restart(disk, image, seed);
	return (true);
}

/* As tests/hosttee.c has it. */
static const uint8_t storage_key[TEEHOST_KEY_LEN] = "a key of the test";

static struct teehost_store *
open_store(struct biodev *d, struct teehost_disk **disk)
{
	struct diskmodel *model = hosttee_disk(d->bio);
	struct teehost_store *store = NULL;

	biodev_restart(d);
	*disk = diskmodel_disk(model);
	if (teehost_store_open(&store, *disk, diskmodel_anchor(model),
		storage_key) != SOTER_OK)
		abort();
	return (store);
}

size_t
biodev_objects(struct biodev *d)
{
	struct teehost_disk *disk;
	struct teehost_store *store = open_store(d, &disk);
	struct soter_span id;
	size_t n = 0, size;

	while (teehost_store_list(store, n, &id, &size))
		n++;
	teehost_store_close(&store);
	disk->ops->close(&disk);
	return (n);
}

void
biodev_drop(struct biodev *d, const char *id)
{
	struct teehost_disk *disk;
	struct teehost_store *store = open_store(d, &disk);

	if (teehost_store_remove(store, soter_text(id)) != SOTER_OK)
		abort();
	teehost_store_close(&store);
	disk->ops->close(&disk);
}

void
biodev_put(struct biodev *d, const char *id, struct soter_span bytes)
{
	struct teehost_disk *disk;
	struct teehost_store *store = open_store(d, &disk);

	if (teehost_store_put(store, soter_text(id), bytes, true) != SOTER_OK)
		abort();
	teehost_store_close(&store);
	disk->ops->close(&disk);
}

void
biodev_damage(struct biodev *d, const char *id)
{
	biodev_put(d, id, SOTER_SPAN("damaged"));
}

size_t
biodev_get(struct biodev *d, const char *id, uint8_t *bytes, size_t max)
{
	struct teehost_disk *disk;
	struct teehost_store *store = open_store(d, &disk);
	uint8_t *p;
	size_t n;

	if (teehost_store_get(store, soter_text(id), &p, &n, NULL) !=
		SOTER_OK ||
	    n > max)
		abort();
	soter_copy(bytes, p, n);
	teehost_store_free(p, n);
	teehost_store_close(&store);
	disk->ops->close(&disk);
	return (n);
}

const char *
biodev_template(uint64_t fid)
{
	static char id[40];

	snprintf(id, sizeof(id), "template%016llx", (unsigned long long)fid);
	return (id);
}

void
biodev_wait(struct biodev *d, uint64_t ms)
{
	hosttee_set_ms(d->tee, hosttee_ms(d->tee) + ms);
}

uint32_t
biodev_session(struct biodev *d, enum biodev_who who)
{
	if (hosttee_instance(d->bio) == NULL)
		forget(d);
	if (d->sessions[who] != 0)
		return (d->sessions[who]);
	d->result = hosttee_open(d->bio, &identities[who], &d->sessions[who]);
	if (d->result != TEE_SUCCESS)
		d->sessions[who] = 0;
	return (d->sessions[who]);
}

void
biodev_close(struct biodev *d, enum biodev_who who)
{
	if (d->sessions[who] != 0)
		hosttee_close(d->bio, d->sessions[who]);
	d->sessions[who] = 0;
}

enum soter_rc
biodev_call(struct biodev *d, enum biodev_who who, uint32_t command,
    const struct soter_ta_request *x)
{
	uint8_t request[SOTER_TA_REQUEST_MAX];
	struct soter_writer w = soter_writer(request, sizeof(request));
	size_t n = sizeof(d->reply);
	uint32_t session = biodev_session(d, who);
	enum soter_rc code;

	d->body = soter_span(NULL, 0);
	if (session == 0)
		return (SOTER_E_TEE_UNKNOWN);
	if (soter_ta_request_write(&w, soter_bio_form(command), x) != SOTER_OK)
		abort(); /* a test that is wrong */
	d->result = hosttee_call(d->bio, session, command, soter_written(&w),
	    d->reply, &n);
	if (d->result != TEE_SUCCESS ||
	    soter_ta_reply_parse(&code, &d->body, soter_span(d->reply, n)) !=
		SOTER_OK)
		return (SOTER_E_TEE_UNKNOWN);
	return (code);
}

/* ---- the commands ------------------------------------------------------ */

enum soter_rc
biodev_set_pin(struct biodev *d, uint32_t user, const char *old,
    const char *pin)
{
	const struct soter_ta_request x = { .user = user,
		.pin = soter_text(old),
		.pin_new = soter_text(pin) };

	return (biodev_call(d, BIODEV_ENROLLER, SOTER_BIO_PIN_SET, &x));
}

enum soter_rc
biodev_unfreeze(struct biodev *d, uint32_t user, const char *pin)
{
	const struct soter_ta_request x = { .user = user,
		.pin = soter_text(pin) };

	return (biodev_call(d, BIODEV_ENROLLER, SOTER_BIO_UNFREEZE, &x));
}

enum soter_rc
biodev_remove(struct biodev *d, uint32_t user, const char *pin, uint64_t fid)
{
	const struct soter_ta_request x = { .user = user,
		.pin = soter_text(pin),
		.fid = fid };

	return (biodev_call(d, BIODEV_ENROLLER, SOTER_BIO_REMOVE, &x));
}

enum soter_rc
biodev_feed(struct biodev *d, uint32_t modality, const char *sample)
{
	const struct soter_ta_request x = { .modality = modality,
		.sample = soter_text(sample) };

	return (biodev_call(d, BIODEV_SERVICE, SOTER_BIO_SIM_FEED, &x));
}

enum soter_rc
biodev_enrol_begin(struct biodev *d, uint32_t user, const char *pin,
    uint32_t modality)
{
	const struct soter_ta_request x = { .user = user,
		.pin = soter_text(pin),
		.modality = modality };

	return (biodev_call(d, BIODEV_ENROLLER, SOTER_BIO_ENROL_BEGIN, &x));
}

enum soter_rc
biodev_enrol_touch(struct biodev *d, uint32_t user, uint32_t modality,
    const char *sample, struct soter_bio_step *step)
{
	const struct soter_ta_request x = { .user = user };

	TRY(biodev_feed(d, modality, sample));
	TRY(biodev_call(d, BIODEV_ENROLLER, SOTER_BIO_ENROL_STEP, &x));
	return (soter_bio_step_parse(step, d->body));
}

enum soter_rc
biodev_enrol(struct biodev *d, uint32_t user, const char *pin,
    uint32_t modality, const char *sample, uint64_t *fid)
{
	struct soter_bio_step step;

	TRY(biodev_enrol_begin(d, user, pin, modality));
	do {
		TRY(biodev_enrol_touch(d, user, modality, sample, &step));
	} while (step.left > 0);
	if (fid != NULL)
		*fid = step.fid;
	return (SOTER_OK);
}

struct soter_bio_status
biodev_status(struct biodev *d, uint32_t user)
{
	const struct soter_ta_request x = { .user = user };
	struct soter_bio_status status;

	memset(&status, 0xff, sizeof(status));
	if (biodev_call(d, BIODEV_PUBLIC, SOTER_BIO_STATUS, &x) != SOTER_OK ||
	    soter_bio_status_parse(&status, d->body) != SOTER_OK)
		memset(&status, 0xff, sizeof(status));
	return (status);
}

size_t
biodev_list(struct biodev *d, uint32_t user, struct soter_bio_row *rows,
    size_t max)
{
	const struct soter_ta_request x = { .user = user };
	struct soter_reader r;
	struct soter_bio_row row;
	size_t n = 0;

	if (biodev_call(d, BIODEV_ENROLLER, SOTER_BIO_LIST, &x) != SOTER_OK)
		return (SIZE_MAX);
	for (r = soter_reader(d->body); r.left > 0; n++) {
		if (soter_bio_row_read(&r, &row) != SOTER_OK)
			return (SIZE_MAX);
		if (n < max)
			rows[n] = row;
	}
	return (n);
}

enum soter_rc
biodev_begin(struct biodev *d, uint32_t user, uint64_t session)
{
	const struct soter_ta_request x = { .user = user,
		.session = session,
		.modality = SOTER_MODALITY_FINGER };

	return (biodev_call(d, BIODEV_SERVICE, SOTER_BIO_AUTH_BEGIN, &x));
}

enum soter_rc
biodev_step(struct biodev *d, uint32_t user, uint64_t session, uint64_t *fid)
{
	const struct soter_ta_request x = { .user = user, .session = session };
	struct soter_bio_step step;

	TRY(biodev_call(d, BIODEV_SERVICE, SOTER_BIO_AUTH_STEP, &x));
	TRY(soter_bio_step_parse(&step, d->body));
	if (fid != NULL)
		*fid = step.fid;
	return (SOTER_OK);
}

enum soter_rc
biodev_cancel(struct biodev *d, uint32_t user, uint64_t session)
{
	const struct soter_ta_request x = { .user = user, .session = session };

	return (biodev_call(d, BIODEV_SERVICE, SOTER_BIO_AUTH_CANCEL, &x));
}

enum soter_rc
biodev_touch(struct biodev *d, uint32_t user, uint64_t session,
    const char *sample, uint64_t *fid)
{
	enum soter_rc rc;

	TRY(biodev_begin(d, user, session));
	TRY(biodev_feed(d, SOTER_MODALITY_FINGER, sample));
	rc = biodev_step(d, user, session, fid);
	if (rc == SOTER_E_MISS)
		TRY(biodev_cancel(d, user, session));
	return (rc);
}
