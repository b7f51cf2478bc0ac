/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "fleet/lines.h"
#include "wire/base64.h"
#include "wire/json.h"
#include "wire/spki.h"

#define BASE64_MAX 344 /* of SOTER_RSA_LEN bytes */

/* The object of a device, with its root as this text under this name. */
static enum soter_rc
put_line(struct soter_writer *w, const char *id, const char *name,
    struct soter_span root)
{
	uint8_t text[FLEET_LINE_MAX];
	struct soter_writer json = soter_writer(text, sizeof(text));

	TRY(soter_json_write_text(&json, "device_id", soter_text(id)));
	TRY(soter_json_write_text(&json, name, root));
	TRY(soter_json_write_end(&json));
	TRY(soter_write(w, soter_written(&json)));
	return (soter_write_u8(w, '\n'));
}

static enum soter_rc
put_modulus(struct soter_writer *w, const struct fleet_device *device)
{
	uint8_t text[BASE64_MAX];
	struct soter_writer base64 = soter_writer(text, sizeof(text));

	TRY(soter_base64_encode(&base64, soter_span(device->n, SOTER_RSA_LEN)));
	return (put_line(w, device->id, "attk_n", soter_written(&base64)));
}

static enum soter_rc
put_pem(struct soter_writer *w, const struct fleet_device *device)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA,
		.e = 65537,
		.n_len = SOTER_RSA_LEN };
	uint8_t text[SOTER_PEM_KEY_MAX];
	struct soter_writer pem = soter_writer(text, sizeof(text));

	memcpy(key.n, device->n, SOTER_RSA_LEN);
	TRY(soter_spki_write_pem(&pem, &key));
	return (put_line(w, device->id, "attk_pub_pem", soter_written(&pem)));
}

const struct fleet_form fleet_forms[] = {
	{ "modulus", "application/x-ndjson", "attk_n is the modulus in Base64",
	    put_modulus },
	{ "pem", "application/x-ndjson", "attk_pub_pem is the key in PEM",
	    put_pem },
};

const size_t fleet_forms_n = SOTER_COUNT(fleet_forms);

const struct fleet_form *
fleet_form_find(const char *name)
{
	for (size_t i = 0; i < fleet_forms_n; i++)
		if (strcmp(fleet_forms[i].name, name) == 0)
			return (&fleet_forms[i]);
	return (NULL);
}
