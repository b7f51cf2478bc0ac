/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/result.h"

#define AT(name) offsetof(struct soter_result_json, name)

/* clang-format off */
static const struct soter_field table[] = {
	{ "raw",             SOTER_FIELD_RAW,     SOTER_FIELD_MUST,  AT(raw),      0 },
	{ "fid",             SOTER_FIELD_DIGITS,  SOTER_FIELD_MAY,   AT(fid),      SOTER_FID_MAX },
	{ "counter",         SOTER_FIELD_COUNTER, SOTER_FIELD_MUST,  AT(counter),  0 },
	{ "tee_n",           SOTER_FIELD_TEXT,    SOTER_FIELD_MAY,   AT(tee_n),    SOTER_NAME_MAX },
	{ "tee_v",           SOTER_FIELD_TEXT,    SOTER_FIELD_MAY,   AT(tee_v),    SOTER_NAME_MAX },
	{ "fp_n",            SOTER_FIELD_TEXT,    SOTER_FIELD_MAY,   AT(fp_n),     SOTER_NAME_MAX },
	{ "fp_v",            SOTER_FIELD_TEXT,    SOTER_FIELD_MAY,   AT(fp_v),     SOTER_NAME_MAX },
	{ "fc_n",            SOTER_FIELD_TEXT,    SOTER_FIELD_MAY,   AT(fc_n),     SOTER_NAME_MAX },
	{ "fc_v",            SOTER_FIELD_TEXT,    SOTER_FIELD_MAY,   AT(fc_v),     SOTER_NAME_MAX },
	{ "bo_t",            SOTER_FIELD_TEXT,    SOTER_FIELD_MAY,   AT(bo_t),     SOTER_NAME_MAX },
	{ "cpu_id",          SOTER_FIELD_TEXT,    SOTER_FIELD_MUST,  AT(cpu_id),   SOTER_CPU_ID_MAX },
	{ "uid",             SOTER_FIELD_TEXT,    SOTER_FIELD_MUST,  AT(uid),      SOTER_UID_MAX },
	{ "rsa_pss_saltlen", SOTER_FIELD_SALT,    SOTER_FIELD_MAY,   AT(salt_len), 0 },
	{ "bio_epoch",       SOTER_FIELD_COUNTER, SOTER_FIELD_MAY,   AT(bio_epoch), 0 },
	{ "pub_key",         SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
	{ "certs",           SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
};
/* clang-format on */

static bool
has(const char *text)
{
	return (text[0] != '\0');
}

/* Is every byte of text in the set?  '-' stands where pattern says so. */
static bool
is_hex_text(const char *text, const char *pattern, const char *digits)
{
	for (; *pattern != '\0'; pattern++, text++) {
		const char *d = digits;

		if (*pattern == '-') {
			if (*text != '-')
				return (false);
			continue;
		}
		while (*d != '\0' && *d != *text)
			d++;
		if (*d == '\0') /* also where text ends too early */
			return (false);
	}
	return (*text == '\0');
}

/* b.7: nothing but raw, counter and an owner in these two forms. */
static bool
has_ios_form(const struct soter_result_json *x)
{
	return (!has(x->fid) && !has(x->tee_n) && !has(x->tee_v) &&
	    !has(x->fp_n) && !has(x->fp_v) && !has(x->fc_n) && !has(x->fc_v) &&
	    !has(x->bo_t) && x->bio_epoch == 0 &&
	    is_hex_text(x->uid, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"0123456789abcdef") &&
	    is_hex_text(x->cpu_id, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
		"0123456789ABCDEF"));
}

static enum soter_rc
missing(struct soter_fault *fault, const char *field)
{
	soter_fault_field(fault, soter_text(field));
	return (SOTER_E_FIELD_MISSING);
}

/* What the table cannot say: fields that depend on each other. */
static enum soter_rc
check_android(const struct soter_result_json *x, struct soter_fault *fault)
{
	uint64_t ignored;

	if (!has(x->fid))
		return (missing(fault, "fid"));
	if (!has(x->tee_n) || !has(x->tee_v))
		return (missing(fault, has(x->tee_n) ? "tee_v" : "tee_n"));
	if (has(x->fp_n) != has(x->fp_v))
		return (missing(fault, has(x->fp_n) ? "fp_v" : "fp_n"));
	if (has(x->fc_n) != has(x->fc_v))
		return (missing(fault, has(x->fc_n) ? "fc_v" : "fc_n"));
	if (!has(x->fp_n) && !has(x->fc_n))
		return (missing(fault, "fp_n"));
	if (soter_decimal(soter_text(x->uid), UINT32_MAX, &ignored) !=
	    SOTER_OK) {
		soter_fault_field(fault, SOTER_SPAN("uid"));
		return (SOTER_E_FIELD_VALUE);
	}
	return (SOTER_OK);
}

static enum soter_rc
check_challenge(struct soter_span raw, struct soter_fault *fault)
{
	size_t n = soter_json_text_len(raw);

	if (n > 0 && n <= SOTER_CHALLENGE_MAX)
		return (SOTER_OK);
	soter_fault_field(fault, SOTER_SPAN("raw"));
	return (SOTER_E_FIELD_VALUE);
}

enum soter_rc
soter_result_json_parse(struct soter_result_json *out, struct soter_span in,
    struct soter_unknown *unknown, struct soter_fault *fault)
{
	struct soter_result_json x = { .salt_len = -1 };
	struct soter_json json;

	TRY(soter_json_parse(&json, in, SOTER_SPAN(""), fault));
	TRY(soter_fields_read(&x, table, SOTER_COUNT(table), &json, unknown,
	    fault));
	TRY(check_challenge(x.raw, fault));
	x.is_ios = has_ios_form(&x);
	if (!x.is_ios)
		TRY(check_android(&x, fault));

	*out = x;
	return (SOTER_OK);
}

static enum soter_rc
write_if(struct soter_writer *w, const char *name, const char *text)
{
	if (!has(text))
		return (SOTER_OK);
	return (soter_json_write_text(w, name, soter_text(text)));
}

enum soter_rc
soter_result_json_write(struct soter_writer *w,
    const struct soter_result_json *x, struct soter_span challenge)
{
	struct soter_writer json = soter_writer(w->p + w->len, w->cap - w->len);

	TRY(write_if(&json, "bo_t", x->bo_t));
	TRY(soter_json_write_text(&json, "raw", challenge));
	TRY(write_if(&json, "fid", x->fid));
	TRY(soter_json_write_number(&json, "counter", x->counter));
	TRY(write_if(&json, "tee_n", x->tee_n));
	TRY(write_if(&json, "tee_v", x->tee_v));
	TRY(write_if(&json, "fp_n", x->fp_n));
	TRY(write_if(&json, "fp_v", x->fp_v));
	if (x->salt_len >= 0)
		TRY(soter_json_write_number(&json, "rsa_pss_saltlen",
		    (uint64_t)x->salt_len));
	TRY(soter_json_write_text(&json, "cpu_id", soter_text(x->cpu_id)));
	TRY(soter_json_write_text(&json, "uid", soter_text(x->uid)));
	TRY(write_if(&json, "fc_n", x->fc_n));
	TRY(write_if(&json, "fc_v", x->fc_v));
	if (x->bio_epoch != 0)
		TRY(soter_json_write_number(&json, "bio_epoch", x->bio_epoch));
	TRY(soter_json_write_end(&json));
	w->len += json.len;
	return (SOTER_OK);
}
