/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/parameter.h"
#include "wire/tacmd.h"

#define LIST_MAX   (SOTER_UID_AUTHKEYS_MAX * (4 + SOTER_KNAME_MAX))
#define EXPORT	   SOTER_TA_EXPORT_MAX

#define UID	   SOTER_TA_UID
#define KNAME	   SOTER_TA_KNAME
#define CHALLENGE  SOTER_TA_CHALLENGE
#define SESSION	   SOTER_TA_SESSION
#define USER	   SOTER_TA_USER
#define MODALITY   SOTER_TA_MODALITY
#define PIN	   SOTER_TA_PIN

/* clang-format off */
static const struct soter_ta_form ta_forms[] = {
	{ SOTER_TA_ATTK_GENERATE,    "generateAttkKeyPair",    { SOTER_TA_COPIES, SOTER_TA_TOKEN }, 0 },
	{ SOTER_TA_ATTK_VERIFY,      "verifyAttkKeyPair",      { 0 }, 0 },
	{ SOTER_TA_ATTK_EXPORT,      "exportAttkPublicKey",    { 0 }, SOTER_PEM_KEY_MAX },
	{ SOTER_TA_DEVICE_ID,        "getDeviceId",            { 0 }, SOTER_DEVICE_ID_LEN },
	{ SOTER_TA_ASK_GENERATE,     "generateAskKeyPair",     { UID }, 0 },
	{ SOTER_TA_ASK_EXPORT,       "exportAskPublicKey",     { UID }, EXPORT },
	{ SOTER_TA_REMOVE_ALL,       "removeAllUidKey",        { UID }, 0 },
	{ SOTER_TA_ASK_HAS,          "hasAskAlready",          { UID }, 0 },
	{ SOTER_TA_AUTHKEY_GENERATE, "generateAuthKeyPair",    { UID, KNAME }, 0 },
	{ SOTER_TA_AUTHKEY_EXPORT,   "exportAuthKeyPublicKey", { UID, KNAME }, EXPORT },
	{ SOTER_TA_AUTHKEY_REMOVE,   "removeAuthKey",          { UID, KNAME }, 0 },
	{ SOTER_TA_AUTHKEY_HAS,      "hasAuthKey",             { UID, KNAME }, 0 },
	{ SOTER_TA_SIGN_INIT,        "initSign",               { UID, KNAME, CHALLENGE }, 8 },
	{ SOTER_TA_SIGN_FINISH,      "finishSign",             { UID, SESSION }, EXPORT },
	{ SOTER_TA_SIGN_CANCEL,      "cancelSign",             { UID, SESSION }, 0 },
	{ SOTER_TA_KEYS_LIST,        "listKeys",               { UID }, LIST_MAX },
	{ SOTER_TA_STATUS,           "status",                 { 0 }, 40 + 2 * SOTER_TEE_NAME_MAX + 8 },
	{ SOTER_TA_SELF_TEST,        "selfTest",               { 0 }, 0 },
	{ SOTER_TA_FACTORY_NONCE,    "factoryNonce",           { 0 }, SOTER_FACTORY_NONCE_LEN },
	{ SOTER_TA_MATCH,            "match",                  { SESSION, USER, SOTER_TA_FID, MODALITY,
	                                                         SOTER_TA_SEQUENCE, SOTER_TA_EPOCH,
	                                                         SOTER_TA_SENSOR, SOTER_TA_SENSOR_VERSION }, 0 },
};

static const struct soter_ta_form bio_forms[] = {
	{ SOTER_BIO_STATUS,       "status",      { USER }, 40 + SOTER_TEE_NAME_MAX + 4 },
	{ SOTER_BIO_PIN_SET,      "setPin",      { USER, PIN, SOTER_TA_PIN_NEW }, 0 },
	{ SOTER_BIO_ENROL_BEGIN,  "enrolBegin",  { USER, PIN, MODALITY }, 12 },
	{ SOTER_BIO_ENROL_STEP,   "enrolStep",   { USER }, 12 },
	{ SOTER_BIO_ENROL_CANCEL, "enrolCancel", { USER }, 0 },
	{ SOTER_BIO_LIST,         "list",        { USER }, 12 * SOTER_USER_FIDS_MAX },
	{ SOTER_BIO_REMOVE,       "remove",      { USER, PIN, SOTER_TA_FID }, 0 },
	{ SOTER_BIO_UNFREEZE,     "unfreeze",    { USER, PIN }, 0 },
	{ SOTER_BIO_AUTH_BEGIN,   "authBegin",   { USER, SESSION, MODALITY }, 0 },
	{ SOTER_BIO_AUTH_STEP,    "authStep",    { USER, SESSION }, 12 },
	{ SOTER_BIO_AUTH_CANCEL,  "authCancel",  { USER, SESSION }, 0 },
	{ SOTER_BIO_SIM_FEED,     "simFeed",     { MODALITY, SOTER_TA_SAMPLE }, 0 },
};
/* clang-format on */

/* What each field is: where it lies, how wide, between which bounds. */
#define U32	   SOTER_PARAMETER_U32
#define U64	   SOTER_PARAMETER_U64
#define TEXT	   SOTER_PARAMETER_TEXT
#define MAY	   SOTER_PARAMETER_MAY

#define AT(member) offsetof(struct soter_ta_request, member)

/* clang-format off */
static const struct soter_parameter fields[] = {
	[SOTER_TA_UID]       = { U32,  AT(uid),       0, UINT32_MAX },
	[SOTER_TA_KNAME]     = { TEXT, AT(kname),     1, SOTER_KNAME_MAX },
	[SOTER_TA_CHALLENGE] = { TEXT, AT(challenge), 1, SOTER_TA_CHALLENGE_MAX },
	[SOTER_TA_SESSION]   = { U64,  AT(session),   0, INT64_MAX },
	[SOTER_TA_COPIES]    = { U32,  AT(copies),    0, 1 },
	[SOTER_TA_TOKEN]     = { MAY,  AT(token),     SOTER_SIG_LEN, SOTER_SIG_LEN },
	[SOTER_TA_USER]      = { U32,  AT(user),      0, UINT32_MAX / 100000 },
	[SOTER_TA_FID]       = { U64,  AT(fid),       1, INT64_MAX },
	[SOTER_TA_MODALITY]  = { U32,  AT(modality),  SOTER_MODALITY_FINGER, SOTER_MODALITY_FACE },
	[SOTER_TA_SEQUENCE]  = { U64,  AT(sequence),  1, INT64_MAX },
	[SOTER_TA_EPOCH]     = { U64,  AT(epoch),     0, INT64_MAX },
	[SOTER_TA_PIN]       = { MAY,  AT(pin),       SOTER_PIN_MIN, SOTER_PIN_MAX },
	[SOTER_TA_PIN_NEW]   = { TEXT, AT(pin_new),   SOTER_PIN_MIN, SOTER_PIN_MAX },
	[SOTER_TA_SAMPLE]    = { TEXT, AT(sample),    1, SOTER_SAMPLE_MAX },
	[SOTER_TA_SENSOR]    = { TEXT, AT(sensor),    1, SOTER_TEE_NAME_MAX },
	[SOTER_TA_SENSOR_VERSION] = { TEXT, AT(sensor_version), 1, SOTER_TEE_NAME_MAX },
};
/* clang-format on */

const struct soter_ta_form *
soter_ta_forms(size_t *n)
{
	*n = SOTER_COUNT(ta_forms);
	return (ta_forms);
}

const struct soter_ta_form *
soter_bio_forms(size_t *n)
{
	*n = SOTER_COUNT(bio_forms);
	return (bio_forms);
}

static const struct soter_ta_form *
find(const struct soter_ta_form *forms, size_t n, uint32_t command)
{
	for (size_t i = 0; i < n; i++)
		if (forms[i].command == command)
			return (&forms[i]);
	return (NULL);
}

const struct soter_ta_form *
soter_ta_form(uint32_t command)
{
	return (find(ta_forms, SOTER_COUNT(ta_forms), command));
}

const struct soter_ta_form *
soter_bio_form(uint32_t command)
{
	return (find(bio_forms, SOTER_COUNT(bio_forms), command));
}

/* ---- a request --------------------------------------------------------- */

enum soter_rc
soter_ta_request_parse(struct soter_ta_request *out,
    const struct soter_ta_form *form, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct soter_ta_request x = { 0 };

	for (const uint8_t *f = form->fields; *f != SOTER_TA_END; f++)
		TRY(soter_parameter_read(&x, &fields[*f], &r));
	TRY(soter_read_end(&r));

	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_ta_request_write(struct soter_writer *w, const struct soter_ta_form *form,
    const struct soter_ta_request *x)
{
	for (const uint8_t *f = form->fields; *f != SOTER_TA_END; f++)
		TRY(soter_parameter_write(w, &fields[*f], x));
	return (SOTER_OK);
}

/* ---- a reply ----------------------------------------------------------- */

#define LAYER_TEE    0x0500
#define CODE_UNKNOWN (-1000)

int32_t
soter_ta_code(enum soter_rc rc)
{
	if (rc == SOTER_OK)
		return (0);
	if ((rc & 0xff00) != LAYER_TEE || rc == SOTER_E_TEE_UNKNOWN)
		return (CODE_UNKNOWN);
	return (-(int32_t)(rc & 0xff));
}

enum soter_rc
soter_ta_rc(int32_t code)
{
	if (code == 0)
		return (SOTER_OK);
	if (code == CODE_UNKNOWN || code > 0 || code < -0xfe)
		return (SOTER_E_TEE_UNKNOWN);
	return ((enum soter_rc)(LAYER_TEE + -code));
}

enum soter_rc
soter_ta_reply_parse(enum soter_rc *code, struct soter_span *body,
    struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	uint32_t number;

	TRY(soter_read_le32(&r, &number));
	if (number != 0 && r.left != 0)
		return (SOTER_E_FORMAT);
	*code = soter_ta_rc((int32_t)number);
	*body = soter_span(r.p, r.left);
	return (SOTER_OK);
}

/* ---- bodies ------------------------------------------------------------ */

enum soter_rc
soter_ta_text_read(struct soter_reader *r, struct soter_span *out)
{
	uint32_t n;

	TRY(soter_read_le32(r, &n));
	return (soter_read_span(r, n, out));
}

enum soter_rc
soter_ta_text_write(struct soter_writer *w, struct soter_span text)
{
	TRY(soter_write_le32(w, (uint32_t)text.n));
	return (soter_write(w, text));
}

enum soter_rc
soter_ta_name_read(struct soter_reader *r, char out[SOTER_TEE_NAME_MAX + 1])
{
	struct soter_span text;

	TRY(soter_ta_text_read(r, &text));
	if (text.n > SOTER_TEE_NAME_MAX)
		return (SOTER_E_LIMIT);
	soter_copy(out, text.p, text.n);
	out[text.n] = '\0';
	return (SOTER_OK);
}

/* The numbers of a status, in the order of the struct. */
#define TA_NUMBERS(x)                                                 \
	{                                                             \
		&(x)->version, &(x)->salt_len, &(x)->rollback,        \
		    &(x)->provisioned, &(x)->factory, &(x)->sessions, \
		    &(x)->counter_block, &(x)->asks, &(x)->authkeys,  \
		    &(x)->trouble                                     \
	}
#define BIO_NUMBERS(x)                                             \
	{                                                          \
		&(x)->version, &(x)->pin_set, &(x)->pin_wait_ms,   \
		    &(x)->freeze_ms, &(x)->misses, &(x)->enrolled, \
		    &(x)->steps_left, &(x)->simulated              \
	}

static enum soter_rc
read_numbers(struct soter_reader *r, uint32_t *const *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		TRY(soter_read_le32(r, numbers[i]));
	return (SOTER_OK);
}

static enum soter_rc
write_numbers(struct soter_writer *w, const uint32_t *const *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		TRY(soter_write_le32(w, *numbers[i]));
	return (SOTER_OK);
}

enum soter_rc
soter_ta_status_parse(struct soter_ta_status *out, struct soter_span body)
{
	struct soter_reader r = soter_reader(body);
	struct soter_ta_status x = { 0 };
	uint32_t *const numbers[] = TA_NUMBERS(&x);

	TRY(read_numbers(&r, numbers, SOTER_COUNT(numbers)));
	TRY(soter_ta_name_read(&r, x.tee_n));
	TRY(soter_ta_name_read(&r, x.tee_v));
	TRY(soter_read_end(&r));

	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_ta_status_write(struct soter_writer *w, const struct soter_ta_status *x)
{
	const uint32_t *const numbers[] = TA_NUMBERS(x);

	TRY(write_numbers(w, numbers, SOTER_COUNT(numbers)));
	TRY(soter_ta_text_write(w, soter_text(x->tee_n)));
	return (soter_ta_text_write(w, soter_text(x->tee_v)));
}

enum soter_rc
soter_bio_status_parse(struct soter_bio_status *out, struct soter_span body)
{
	struct soter_reader r = soter_reader(body);
	struct soter_bio_status x = { 0 };
	uint32_t *const numbers[] = BIO_NUMBERS(&x);

	TRY(read_numbers(&r, numbers, SOTER_COUNT(numbers)));
	TRY(soter_read_le64(&r, &x.epoch));
	TRY(soter_ta_name_read(&r, x.sensor));
	TRY(soter_read_end(&r));

	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_bio_status_write(struct soter_writer *w, const struct soter_bio_status *x)
{
	const uint32_t *const numbers[] = BIO_NUMBERS(x);

	TRY(write_numbers(w, numbers, SOTER_COUNT(numbers)));
	TRY(soter_write_le64(w, x->epoch));
	return (soter_ta_text_write(w, soter_text(x->sensor)));
}

enum soter_rc
soter_bio_step_parse(struct soter_bio_step *out, struct soter_span body)
{
	struct soter_reader r = soter_reader(body);
	struct soter_bio_step x;

	TRY(soter_read_le32(&r, &x.left));
	TRY(soter_read_le64(&r, &x.fid));
	TRY(soter_read_end(&r));

	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_bio_step_write(struct soter_writer *w, const struct soter_bio_step *x)
{
	TRY(soter_write_le32(w, x->left));
	return (soter_write_le64(w, x->fid));
}

enum soter_rc
soter_bio_row_read(struct soter_reader *r, struct soter_bio_row *out)
{
	TRY(soter_read_le64(r, &out->fid));
	return (soter_read_le32(r, &out->modality));
}

enum soter_rc
soter_bio_row_write(struct soter_writer *w, const struct soter_bio_row *x)
{
	TRY(soter_write_le64(w, x->fid));
	return (soter_write_le32(w, x->modality));
}
