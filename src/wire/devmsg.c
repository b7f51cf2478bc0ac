/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/devmsg.h"
#include "wire/parameter.h"
#include "wire/tacmd.h"

#define LENGTH_LEN   4
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
#define U32	     SOTER_PARAMETER_U32
#define U64	     SOTER_PARAMETER_U64
#define TEXT	     SOTER_PARAMETER_TEXT

#define AT(member)   offsetof(struct soter_dev_request, member)

/* clang-format off */
static const struct soter_parameter fields[] = {
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
		TRY(soter_parameter_read(&x, &fields[*f], &r));
	TRY(soter_read_end(&r));

	*out = x;
	return (SOTER_OK);
}

/* Its length comes first, and is known last. */
enum soter_rc
soter_dev_request_write(struct soter_writer *w,
    const struct soter_dev_request *x)
{
	const struct soter_dev_form *form = soter_dev_form((uint32_t)x->call);
	struct soter_writer rest = *w;

	if (form == NULL)
		return (SOTER_E_FORMAT);
	TRY(soter_write_le32(&rest, 0));
	TRY(soter_write_le32(&rest, (uint32_t)x->call));
	TRY(soter_write_le32(&rest, x->serial));
	TRY(soter_write_le32(&rest, x->uid));
	for (const uint8_t *f = form->fields; *f != SOTER_DEV_END; f++)
		TRY(soter_parameter_write(&rest, &fields[*f], x));
	TRY(soter_write_le32(w, (uint32_t)(rest.len - w->len - LENGTH_LEN)));
	*w = rest;
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
	TRY(soter_ta_name_read(&r, x.tee_n));
	TRY(soter_ta_name_read(&r, x.tee_v));
	TRY(soter_ta_name_read(&r, x.sensor));
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
