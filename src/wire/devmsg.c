/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/devmsg.h"
#include "wire/tacmd.h"

#define LENGTH_LEN   4
#define REQUEST_MIN  16
#define REPLY_MIN    12

#define LIST_MAX     (SOTER_UID_AUTHKEYS_MAX * (4 + SOTER_KNAME_MAX))
#define STATE_MAX    (11 * 4 + 3 * (4 + SOTER_TEE_NAME_MAX))
#define EXPORT_MAX   SOTER_TA_EXPORT_MAX
#define BIO_STEP_LEN 12

#define KNAME	     SOTER_DEV_KNAME
#define CHALLENGE    SOTER_DEV_CHALLENGE
#define SESSION	     SOTER_DEV_SESSION

/* clang-format off */
static const struct soter_dev_form forms[] = {
	/* The misspelling of initSigh is the standard's. */
	{ SOTER_DEV_ASK_GENERATE,     "generateAppSecureKey", { 0 }, 0 },
	{ SOTER_DEV_ASK_EXPORT,       "getAppSecureKey",      { 0 }, EXPORT_MAX },
	{ SOTER_DEV_ASK_HAS,          "hasAskAlready",        { 0 }, 0 },
	{ SOTER_DEV_AUTHKEY_GENERATE, "generateAuthKey",      { KNAME }, 0 },
	{ SOTER_DEV_AUTHKEY_REMOVE,   "removeAuthKey",        { KNAME }, 0 },
	{ SOTER_DEV_AUTHKEY_EXPORT,   "getAuthKey",           { KNAME }, EXPORT_MAX },
	{ SOTER_DEV_REMOVE_ALL,       "removeAllAuthKey",     { 0 }, 0 },
	{ SOTER_DEV_AUTHKEY_HAS,      "hasAuthKey",           { KNAME }, 0 },
	{ SOTER_DEV_SIGN_INIT,        "initSigh",             { KNAME, CHALLENGE }, 8 },
	{ SOTER_DEV_SIGN_FINISH,      "finishSign",           { SESSION }, EXPORT_MAX },
	{ SOTER_DEV_DEVICE_ID,        "getDeviceId",          { 0 }, SOTER_CPU_ID_MAX },
	{ SOTER_DEV_VERSION_GET,      "getVersion",           { 0 }, 4 },
	{ SOTER_DEV_EXTRA,            "getExtraParam",        { SOTER_DEV_KEY }, SOTER_DEV_EXTRA_MAX },
	{ SOTER_DEV_SIGN_CANCEL,      "cancelSign",           { SESSION }, 0 },
	{ SOTER_DEV_AUTH_BEGIN,       "authBegin",            { SESSION, SOTER_DEV_MODALITY }, 0 },
	{ SOTER_DEV_AUTH_STEP,        "authStep",             { SESSION }, BIO_STEP_LEN },
	{ SOTER_DEV_AUTH_CANCEL,      "authCancel",           { SESSION }, 0 },
	{ SOTER_DEV_STATE,            "state",                { 0 }, STATE_MAX },
	{ SOTER_DEV_SELF_TEST,        "selfTest",             { 0 }, 0 },
	{ SOTER_DEV_KEYS_LIST,        "listKeys",             { 0 }, LIST_MAX },
	{ SOTER_DEV_FORGET,           "forget",               { SOTER_DEV_WHOSE }, 0 },
};
/* clang-format on */

/* What each field is: where it lies, how wide, between which bounds. */
enum width { U32, U64, TEXT };

#define AT(member) offsetof(struct soter_dev_request, member)

/* clang-format off */
static const struct {
	enum width width;
	size_t offset;
	uint64_t min, max;	/* of the number, or of the text's length */
} fields[] = {
	[SOTER_DEV_KNAME]     = { TEXT, AT(kname),     0, SOTER_KNAME_MAX },
	[SOTER_DEV_CHALLENGE] = { TEXT, AT(challenge), 0, SOTER_TA_CHALLENGE_MAX },
	[SOTER_DEV_SESSION]   = { U64,  AT(session),   0, INT64_MAX },
	[SOTER_DEV_MODALITY]  = { U32,  AT(modality),  SOTER_MODALITY_FINGER, SOTER_MODALITY_FACE },
	[SOTER_DEV_KEY]       = { TEXT, AT(key),       0, SOTER_DEV_KEY_MAX },
	[SOTER_DEV_WHOSE]     = { U32,  AT(whose),     0, UINT32_MAX },
};
/* clang-format on */

const struct soter_dev_form *
soter_dev_forms(size_t *n)
{
	*n = SOTER_COUNT(forms);
	return (forms);
}

const struct soter_dev_form *
soter_dev_form(uint32_t call)
{
	for (size_t i = 0; i < SOTER_COUNT(forms); i++)
		if ((uint32_t)forms[i].call == call)
			return (&forms[i]);
	return (NULL);
}

enum soter_rc
soter_dev_len(struct soter_span begin, size_t max, size_t *len)
{
	struct soter_reader r = soter_reader(begin);
	uint32_t n;

	TRY(soter_read_le32(&r, &n));
	if (n > max - LENGTH_LEN)
		return (SOTER_E_LIMIT);
	if (n < REPLY_MIN - LENGTH_LEN)
		return (SOTER_E_FORMAT);
	*len = LENGTH_LEN + n;
	return (SOTER_OK);
}

/* ---- a request --------------------------------------------------------- */

static bool
in_bounds(uint8_t field, uint64_t value)
{
	return (value >= fields[field].min && value <= fields[field].max);
}

static enum soter_rc
read_number(struct soter_reader *r, uint8_t field, uint64_t *out)
{
	uint32_t low, high = 0;
	uint64_t value;

	TRY(soter_read_le32(r, &low));
	if (fields[field].width == U64)
		TRY(soter_read_le32(r, &high));
	value = (uint64_t)high << 32 | low;
	if (!in_bounds(field, value))
		return (SOTER_E_LIMIT);
	*out = value;
	return (SOTER_OK);
}

static enum soter_rc
read_field(struct soter_dev_request *x, uint8_t field, struct soter_reader *r)
{
	void *at = (char *)x + fields[field].offset;
	uint64_t number;
	uint32_t number32;

	/* A text begins with its length, bounded before it is used. */
	TRY(read_number(r, field, &number));
	number32 = (uint32_t)number;
	if (fields[field].width == TEXT)
		return (soter_read_span(r, number32, at));
	if (fields[field].width == U64)
		soter_copy(at, &number, sizeof(number));
	else
		soter_copy(at, &number32, sizeof(number32));
	return (SOTER_OK);
}

static enum soter_rc
write_field(struct soter_writer *w, uint8_t field,
    const struct soter_dev_request *x)
{
	const void *at = (const char *)x + fields[field].offset;
	struct soter_span text = { NULL, 0 };
	uint64_t number = 0;
	uint32_t number32;

	if (fields[field].width == TEXT) {
		soter_copy(&text, at, sizeof(text));
		number = text.n;
	} else if (fields[field].width == U64) {
		soter_copy(&number, at, sizeof(number));
	} else {
		soter_copy(&number32, at, sizeof(number32));
		number = number32;
	}
	if (!in_bounds(field, number))
		return (SOTER_E_LIMIT);
	if (fields[field].width == U64)
		return (soter_write_le64(w, number));
	TRY(soter_write_le32(w, (uint32_t)number));
	return (soter_write(w, text));
}

/* The length field says what is there. */
static enum soter_rc
read_length(struct soter_reader *r)
{
	uint32_t n;

	TRY(soter_read_le32(r, &n));
	if (n > r->left)
		return (SOTER_E_SHORT);
	return (n < r->left ? SOTER_E_FORMAT : SOTER_OK);
}

enum soter_rc
soter_dev_request_parse(struct soter_dev_request *out, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct soter_dev_request x = { 0 };
	const struct soter_dev_form *form;
	uint32_t call;

	TRY(read_length(&r));
	TRY(soter_read_le32(&r, &call));
	TRY(soter_read_le32(&r, &x.serial));
	TRY(soter_read_le32(&r, &x.uid));
	form = soter_dev_form(call);
	if (form == NULL)
		return (SOTER_E_FORMAT);
	x.call = form->call;
	for (const uint8_t *f = form->fields; *f != SOTER_DEV_END; f++)
		TRY(read_field(&x, *f, &r));
	TRY(soter_read_end(&r));

	*out = x;
	return (SOTER_OK);
}

static uint32_t
request_len(const struct soter_dev_form *form,
    const struct soter_dev_request *x)
{
	static const uint8_t fixed[] = { [U32] = 4, [U64] = 8, [TEXT] = 4 };
	size_t n = REQUEST_MIN - LENGTH_LEN;

	for (const uint8_t *f = form->fields; *f != SOTER_DEV_END; f++) {
		struct soter_span text = { NULL, 0 };

		if (fields[*f].width == TEXT)
			soter_copy(&text, (const char *)x + fields[*f].offset,
			    sizeof(text));
		if (!in_bounds(*f, text.n) && fields[*f].width == TEXT)
			return (0);
		n += fixed[fields[*f].width] + text.n;
	}
	return ((uint32_t)n);
}

enum soter_rc
soter_dev_request_write(struct soter_writer *w,
    const struct soter_dev_request *x)
{
	const struct soter_dev_form *form = soter_dev_form((uint32_t)x->call);
	uint32_t len;

	if (form == NULL)
		return (SOTER_E_FORMAT);
	len = request_len(form, x);
	if (len == 0)
		return (SOTER_E_LIMIT);
	TRY(soter_write_le32(w, len));
	TRY(soter_write_le32(w, (uint32_t)x->call));
	TRY(soter_write_le32(w, x->serial));
	TRY(soter_write_le32(w, x->uid));
	for (const uint8_t *f = form->fields; *f != SOTER_DEV_END; f++)
		TRY(write_field(w, *f, x));
	return (SOTER_OK);
}

/* ---- a reply ----------------------------------------------------------- */

enum soter_rc
soter_dev_reply_parse(struct soter_dev_reply *out, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct soter_dev_reply x;
	uint32_t code;

	TRY(read_length(&r));
	TRY(soter_read_le32(&r, &x.serial));
	TRY(soter_read_le32(&r, &code));
	x.code = soter_ta_rc((int32_t)code);
	if (soter_ta_code(x.code) != (int32_t)code ||
	    (code != 0 && r.left != 0))
		return (SOTER_E_FORMAT);
	x.body = soter_span(r.p, r.left);

	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_dev_reply_write(struct soter_writer *w, const struct soter_dev_reply *x)
{
	if (x->code != SOTER_OK && x->body.n != 0)
		return (SOTER_E_FORMAT);
	if (x->body.n > SOTER_DEV_REPLY_MAX - REPLY_MIN)
		return (SOTER_E_NOSPACE);
	TRY(soter_write_le32(w,
	    (uint32_t)(REPLY_MIN - LENGTH_LEN + x->body.n)));
	TRY(soter_write_le32(w, x->serial));
	TRY(soter_write_le32(w, (uint32_t)soter_ta_code(x->code)));
	return (soter_write(w, x->body));
}

/* ---- bodies ------------------------------------------------------------ */

static enum soter_rc
read_name(struct soter_reader *r, char *out)
{
	struct soter_span text;

	TRY(soter_ta_text_read(r, &text));
	if (text.n > SOTER_TEE_NAME_MAX)
		return (SOTER_E_LIMIT);
	soter_copy(out, text.p, text.n);
	out[text.n] = '\0';
	return (SOTER_OK);
}

/* The numbers of a state, in the order of the struct. */
#define NUMBERS(x)                                                      \
	{                                                               \
		&(x)->version, &(x)->salt_len, &(x)->rollback,          \
		    &(x)->provisioned, &(x)->trouble, &(x)->modalities, \
		    &(x)->enrolled, &(x)->misses, &(x)->freeze_ms,      \
		    &(x)->simulated, &(x)->ask                          \
	}

enum soter_rc
soter_dev_state_parse(struct soter_dev_state *out, struct soter_span body)
{
	struct soter_reader r = soter_reader(body);
	struct soter_dev_state x = { 0 };
	uint32_t *const numbers[] = NUMBERS(&x);

	for (size_t i = 0; i < SOTER_COUNT(numbers); i++)
		TRY(soter_read_le32(&r, numbers[i]));
	TRY(read_name(&r, x.tee_n));
	TRY(read_name(&r, x.tee_v));
	TRY(read_name(&r, x.sensor));
	TRY(soter_read_end(&r));

	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_dev_state_write(struct soter_writer *w, const struct soter_dev_state *x)
{
	const uint32_t *const numbers[] = NUMBERS(x);

	for (size_t i = 0; i < SOTER_COUNT(numbers); i++)
		TRY(soter_write_le32(w, *numbers[i]));
	TRY(soter_ta_text_write(w, soter_text(x->tee_n)));
	TRY(soter_ta_text_write(w, soter_text(x->tee_v)));
	return (soter_ta_text_write(w, soter_text(x->sensor)));
}
