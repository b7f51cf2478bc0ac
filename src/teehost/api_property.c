/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 4.4: properties.
 *
 * A value is a text; each getter reads it in its own way or says
 * TEE_ERROR_BAD_FORMAT.  Two properties are ours: who the client is, and who
 * the TA is.  They stand first, so that no .conf can give them another value.
 */
#include <stdlib.h>
#include <string.h>

#include "teehost/inside.h"
#include "teehost/uuid.h"
#include "wire/base64.h"

struct enumerator {
	struct teehost_handle handle;
	TEE_PropSetHandle set; /* NULL: not started */
	size_t at;
};

/* ---- sets -------------------------------------------------------------- */

struct value {
	const char *name, *text;
	char own[TEEHOST_IDENTITY_TEXT + 1]; /* where text may lie */
};

static void
end_text(struct value *v, const struct soter_writer *w)
{
	v->own[w->len] = '\0';
	v->text = v->own;
}

/* Our own property of a set. */
static bool
get_own(const struct teehost_instance *self, TEE_PropSetHandle set,
    struct value *v)
{
	struct soter_writer w = soter_writer(v->own, sizeof(v->own) - 1);
	const TEE_Identity *client = self->frame.client;
	enum soter_rc rc;

	if (set == TEE_PROPSET_CURRENT_CLIENT && client != NULL) {
		v->name = "gpd.client.identity";
		rc = teehost_uuid_write_identity(&w, client);
	} else if (set == TEE_PROPSET_CURRENT_TA) {
		v->name = "gpd.ta.appID";
		rc = teehost_uuid_write(&w, &self->setup.uuid);
	} else {
		return (false);
	}
	end_text(v, &w);
	return (rc == SOTER_OK);
}

/* Property number i of a set; false behind the last. */
static bool
get(TEE_PropSetHandle set, size_t i, struct value *v)
{
	const struct teehost_instance *self = teehost_self();
	const struct teehost_property *list = NULL;
	size_t n = 0;

	if (get_own(self, set, v) && i-- == 0)
		return (true);
	if (set == TEE_PROPSET_CURRENT_TA) {
		list = self->setup.ta_properties;
		n = self->setup.ta_properties_n;
	} else if (set == TEE_PROPSET_TEE_IMPLEMENTATION) {
		list = self->setup.tee_properties;
		n = self->setup.tee_properties_n;
	}
	if (i >= n)
		return (false);
	v->name = list[i].name;
	v->text = list[i].value;
	return (true);
}

static bool
is_set(TEE_PropSetHandle set)
{
	return (set == TEE_PROPSET_TEE_IMPLEMENTATION ||
	    set == TEE_PROPSET_CURRENT_CLIENT || set == TEE_PROPSET_CURRENT_TA);
}

static struct enumerator *
enumerator(TEE_PropSetHandle handle, const char *why)
{
	return (teehost_handle_get(TEEHOST_IS_PROPERTY_ENUM, handle, why));
}

/* "either one of the pseudo handles or an enumerator; then name is ignored" */
static TEE_Result
look_up(TEE_PropSetHandle from, const char *name, struct value *v)
{
	if (!is_set(from)) {
		struct enumerator *e = enumerator(from,
		    "TEE_GetPropertyAs: no set, no enumerator");

		teehost_must_state(e->set != NULL,
		    "TEE_GetPropertyAs: the enumerator is not started");
		return (get(e->set, e->at, v) ? TEE_SUCCESS
					      : TEE_ERROR_ITEM_NOT_FOUND);
	}
	teehost_must(name != NULL, "TEE_GetPropertyAs: no name");
	for (size_t i = 0; get(from, i, v); i++)
		if (strcmp(v->name, name) == 0)
			return (TEE_SUCCESS);
	return (TEE_ERROR_ITEM_NOT_FOUND);
}

uint32_t
teehost_property_u32(const struct teehost_instance *instance, const char *name,
    uint32_t otherwise)
{
	uint64_t value;

	for (size_t i = 0; i < instance->setup.ta_properties_n; i++) {
		const struct teehost_property *p =
		    &instance->setup.ta_properties[i];

		if (strcmp(p->name, name) == 0 &&
		    soter_decimal(soter_text(p->value), UINT32_MAX, &value) ==
			SOTER_OK)
			return ((uint32_t)value);
	}
	return (otherwise);
}

/* ---- values ------------------------------------------------------------ */

/* Hand out bytes; *n is the room, and then how many there are. */
static TEE_Result
give(void *to, size_t *n, struct soter_span bytes)
{
	size_t room = *n;

	*n = bytes.n;
	if (bytes.n > room)
		return (TEE_ERROR_SHORT_BUFFER);
	soter_copy(to, bytes.p, bytes.n);
	return (TEE_SUCCESS);
}

TEE_Result
TEE_GetPropertyAsString(TEE_PropSetHandle propsetOrEnumerator, const char *name,
    char *valueBuffer, size_t *valueBufferLen)
{
	struct value v;
	TEE_Result result = look_up(propsetOrEnumerator, name, &v);

	teehost_must(valueBufferLen != NULL, "TEE_GetPropertyAsString: NULL");
	if (result != TEE_SUCCESS)
		return (result);
	return (give(valueBuffer, valueBufferLen,
	    soter_span(v.text, strlen(v.text) + 1)));
}

TEE_Result
TEE_GetPropertyAsBool(TEE_PropSetHandle propsetOrEnumerator, const char *name,
    bool *value)
{
	struct value v;
	TEE_Result result = look_up(propsetOrEnumerator, name, &v);

	teehost_must(value != NULL, "TEE_GetPropertyAsBool: NULL");
	if (result != TEE_SUCCESS)
		return (result);
	if (strcmp(v.text, "true") != 0 && strcmp(v.text, "false") != 0)
		return (TEE_ERROR_BAD_FORMAT);
	*value = v.text[0] == 't';
	return (TEE_SUCCESS);
}

static TEE_Result
get_number(TEE_PropSetHandle from, const char *name, uint64_t max,
    uint64_t *value)
{
	struct value v;
	TEE_Result result = look_up(from, name, &v);

	if (result != TEE_SUCCESS)
		return (result);
	if (soter_decimal(soter_text(v.text), max, value) != SOTER_OK)
		return (TEE_ERROR_BAD_FORMAT);
	return (TEE_SUCCESS);
}

TEE_Result
TEE_GetPropertyAsU32(TEE_PropSetHandle propsetOrEnumerator, const char *name,
    uint32_t *value)
{
	uint64_t x = 0;
	TEE_Result result =
	    get_number(propsetOrEnumerator, name, UINT32_MAX, &x);

	teehost_must(value != NULL, "TEE_GetPropertyAsU32: NULL");
	if (result == TEE_SUCCESS)
		*value = (uint32_t)x;
	return (result);
}

TEE_Result
TEE_GetPropertyAsU64(TEE_PropSetHandle propsetOrEnumerator, const char *name,
    uint64_t *value)
{
	uint64_t x = 0;
	TEE_Result result =
	    get_number(propsetOrEnumerator, name, UINT64_MAX, &x);

	teehost_must(value != NULL, "TEE_GetPropertyAsU64: NULL");
	if (result == TEE_SUCCESS)
		*value = x;
	return (result);
}

TEE_Result
TEE_GetPropertyAsUUID(TEE_PropSetHandle propsetOrEnumerator, const char *name,
    TEE_UUID *value)
{
	struct value v;
	TEE_Result result = look_up(propsetOrEnumerator, name, &v);

	teehost_must(value != NULL, "TEE_GetPropertyAsUUID: NULL");
	if (result != TEE_SUCCESS)
		return (result);
	if (teehost_uuid_parse(value, soter_text(v.text)) != SOTER_OK)
		return (TEE_ERROR_BAD_FORMAT);
	return (TEE_SUCCESS);
}

TEE_Result
TEE_GetPropertyAsIdentity(TEE_PropSetHandle propsetOrEnumerator,
    const char *name, TEE_Identity *value)
{
	struct value v;
	TEE_Result result = look_up(propsetOrEnumerator, name, &v);

	teehost_must(value != NULL, "TEE_GetPropertyAsIdentity: NULL");
	if (result != TEE_SUCCESS)
		return (result);
	if (teehost_uuid_parse_identity(value, soter_text(v.text)) != SOTER_OK)
		return (TEE_ERROR_BAD_FORMAT);
	return (TEE_SUCCESS);
}

TEE_Result
TEE_GetPropertyAsBinaryBlock(TEE_PropSetHandle propsetOrEnumerator,
    const char *name, void *valueBuffer, size_t *valueBufferLen)
{
	struct value v;
	struct soter_writer w;
	TEE_Result result = look_up(propsetOrEnumerator, name, &v);
	uint8_t *bytes;

	teehost_must(valueBufferLen != NULL,
	    "TEE_GetPropertyAsBinaryBlock: NULL");
	if (result != TEE_SUCCESS)
		return (result);
	bytes = malloc(strlen(v.text) + 1);
	if (bytes == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	w = soter_writer(bytes, strlen(v.text));
	if (soter_base64_decode(&w, soter_text(v.text)) == SOTER_OK)
		result = give(valueBuffer, valueBufferLen, soter_written(&w));
	else
		result = TEE_ERROR_BAD_FORMAT;
	free(bytes);
	return (result);
}

/* ---- enumerators ------------------------------------------------------- */

TEE_Result
TEE_AllocatePropertyEnumerator(TEE_PropSetHandle *newEnumerator)
{
	struct enumerator *e;

	teehost_must(newEnumerator != NULL,
	    "TEE_AllocatePropertyEnumerator: NULL");
	e = teehost_handle_new(TEEHOST_IS_PROPERTY_ENUM, sizeof(*e));
	if (e == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	*newEnumerator = teehost_handle_out(e);
	return (TEE_SUCCESS);
}

void
TEE_FreePropertyEnumerator(TEE_PropSetHandle old)
{
	teehost_handle_free(enumerator(old, "TEE_FreePropertyEnumerator"));
}

void
TEE_StartPropertyEnumerator(TEE_PropSetHandle handle, TEE_PropSetHandle propSet)
{
	struct enumerator *e =
	    enumerator(handle, "TEE_StartPropertyEnumerator");

	teehost_must(is_set(propSet), "TEE_StartPropertyEnumerator: no set");
	e->set = propSet;
	e->at = 0;
}

void
TEE_ResetPropertyEnumerator(TEE_PropSetHandle handle)
{
	enumerator(handle, "TEE_ResetPropertyEnumerator")->set = NULL;
}

TEE_Result
TEE_GetPropertyName(TEE_PropSetHandle handle, void *nameBuffer,
    size_t *nameBufferLen)
{
	struct enumerator *e = enumerator(handle, "TEE_GetPropertyName");
	struct value v;

	teehost_must(nameBufferLen != NULL, "TEE_GetPropertyName: NULL");
	teehost_must_state(e->set != NULL, "TEE_GetPropertyName: not started");
	if (!get(e->set, e->at, &v))
		return (TEE_ERROR_ITEM_NOT_FOUND);
	return (give(nameBuffer, nameBufferLen,
	    soter_span(v.name, strlen(v.name) + 1)));
}

TEE_Result
TEE_GetNextProperty(TEE_PropSetHandle handle)
{
	struct enumerator *e = enumerator(handle, "TEE_GetNextProperty");
	struct value v;

	teehost_must_state(e->set != NULL, "TEE_GetNextProperty: not started");
	if (get(e->set, e->at, &v))
		e->at++;
	return (
	    get(e->set, e->at, &v) ? TEE_SUCCESS : TEE_ERROR_ITEM_NOT_FOUND);
}
