/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/base64.h"
#include "wire/fields.h"
#include "wire/rootline.h"
#include "wire/spki.h"

/* The members as they stand there. */
struct line {
	char device_id[SOTER_CPU_ID_MAX + 1];
	struct soter_span n, pem;
	char batch[SOTER_BATCH_NAME_MAX + 1], station[SOTER_BATCH_NAME_MAX + 1];
};

#define AT(name) offsetof(struct line, name)

static const struct soter_field fields[] = {
	{ "device_id", SOTER_FIELD_TEXT, SOTER_FIELD_MUST, AT(device_id),
	    SOTER_CPU_ID_MAX },
	{ "attk_n", SOTER_FIELD_RAW, SOTER_FIELD_MAY, AT(n), 0 },
	{ "attk_pub_pem", SOTER_FIELD_RAW, SOTER_FIELD_MAY, AT(pem), 0 },
	{ "batch", SOTER_FIELD_TEXT, SOTER_FIELD_MAY, AT(batch),
	    SOTER_BATCH_NAME_MAX },
	{ "station", SOTER_FIELD_TEXT, SOTER_FIELD_MAY, AT(station),
	    SOTER_BATCH_NAME_MAX },
};

static enum soter_rc
read_modulus(struct soter_key *out, struct soter_span escaped)
{
	uint8_t text[SOTER_SIG_BASE64_LEN];
	struct soter_writer t = soter_writer(text, sizeof(text));
	struct soter_writer n = soter_writer(out->n, SOTER_RSA_LEN);
	enum soter_rc rc;

	if (soter_json_decode(&t, escaped) != SOTER_OK)
		return (SOTER_E_FIELD_VALUE);
	rc = soter_base64_decode(&n, soter_written(&t));
	if (rc == SOTER_E_NOSPACE || (rc == SOTER_OK && n.len != SOTER_RSA_LEN))
		return (SOTER_E_FIELD_VALUE);
	TRY(rc);
	out->alg = SOTER_ALG_RSA;
	out->e = 65537;
	out->n_len = n.len;
	return (SOTER_OK);
}

static enum soter_rc
read_pem(struct soter_key *out, struct soter_span escaped)
{
	uint8_t text[SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(text, sizeof(text));

	if (soter_json_decode(&w, escaped) != SOTER_OK)
		return (SOTER_E_LIMIT);
	return (soter_spki_parse_pem(out, soter_written(&w)));
}

static enum soter_rc
read_key(struct soter_key *out, const struct line *x, struct soter_fault *fault)
{
	const bool has_n = x->n.p != NULL, has_pem = x->pem.p != NULL;
	enum soter_rc rc;

	soter_fault_field(fault,
	    soter_text(has_pem ? "attk_pub_pem" : "attk_n"));
	if (has_n && has_pem)
		return (SOTER_E_FIELD_VALUE);
	if (!has_n && !has_pem)
		return (SOTER_E_FIELD_MISSING);
	rc = has_n ? read_modulus(out, x->n) : read_pem(out, x->pem);
	if (rc == SOTER_OK)
		soter_fault_field(fault, SOTER_SPAN(""));
	return (rc);
}

enum soter_rc
soter_rootline_parse(struct soter_rootline *out, struct soter_span text,
    struct soter_fault *fault)
{
	struct soter_rootline x = { 0 };
	struct soter_json json;
	struct line line = { 0 };

	if (text.n > SOTER_ROOTLINE_MAX)
		return (SOTER_E_LIMIT);
	TRY(soter_json_parse(&json, text, SOTER_SPAN(""), fault));
	TRY(soter_fields_read(&line, fields, SOTER_COUNT(fields), &json, NULL,
	    fault));
	TRY(read_key(&x.key, &line, fault));
	soter_copy(x.device_id, line.device_id, sizeof(x.device_id));
	soter_copy(x.batch, line.batch, sizeof(x.batch));
	soter_copy(x.station, line.station, sizeof(x.station));
	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_rootline_write(struct soter_writer *w, const struct soter_rootline *x)
{
	uint8_t text[SOTER_SIG_BASE64_LEN];
	struct soter_writer n = soter_writer(text, sizeof(text));
	struct soter_writer o = soter_writer(w->p + w->len, w->cap - w->len);

	if (x->key.alg != SOTER_ALG_RSA || x->key.e != 65537 ||
	    x->key.n_len != SOTER_RSA_LEN)
		return (SOTER_E_FIELD_VALUE);
	TRY(soter_base64_encode(&n, soter_span(x->key.n, x->key.n_len)));
	TRY(soter_json_write_text(&o, "device_id", soter_text(x->device_id)));
	TRY(soter_json_write_text(&o, "attk_n", soter_written(&n)));
	if (x->batch[0] != '\0')
		TRY(soter_json_write_text(&o, "batch", soter_text(x->batch)));
	if (x->station[0] != '\0')
		TRY(soter_json_write_text(&o, "station",
		    soter_text(x->station)));
	TRY(soter_json_write_end(&o));
	TRY(soter_write_u8(&o, '\n'));
	w->len += o.len;
	return (SOTER_OK);
}

enum soter_rc
soter_rootline_answer(struct soter_writer *w, struct soter_span device_id,
    enum soter_rc rc)
{
	struct soter_writer o = soter_writer(w->p + w->len, w->cap - w->len);
	const char *result = "refused";

	if (rc == SOTER_OK)
		result = "ok";
	else if (rc == SOTER_E_EXISTS)
		result = "same";
	TRY(soter_json_write_text(&o, "device_id", device_id));
	TRY(soter_json_write_text(&o, "result", soter_text(result)));
	if (rc != SOTER_OK && rc != SOTER_E_EXISTS)
		TRY(soter_json_write_text(&o, "reason",
		    soter_text(soter_rc_word(rc))));
	TRY(soter_json_write_end(&o));
	TRY(soter_write_u8(&o, '\n'));
	w->len += o.len;
	return (SOTER_OK);
}

bool
soter_rootline_next(struct soter_span *rest, struct soter_span *line)
{
	while (rest->n > 0) {
		size_t n = 0, skip;

		while (n < rest->n && rest->p[n] != '\n')
			n++;
		skip = n < rest->n ? n + 1 : n;
		*line = soter_span(rest->p,
		    n > 0 && rest->p[n - 1] == '\r' ? n - 1 : n);
		*rest = soter_span(rest->p + skip, rest->n - skip);
		if (line->n > 0)
			return (true);
	}
	return (false);
}
