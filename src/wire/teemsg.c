/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/teemsg.h"

#define LENGTH_LEN 4
#define BODY_MIN   8 /* kind and serial */

/* What stands behind kind and serial, in this order. */
static const struct form {
	enum soter_teemsg_kind kind;
	bool hello, command, result, params;
} forms[] = {
	{ SOTER_TEEMSG_HELLO, true, false, false, false },
	{ SOTER_TEEMSG_OPEN, false, false, false, true },
	{ SOTER_TEEMSG_INVOKE, false, true, false, true },
	{ SOTER_TEEMSG_CANCEL, false, false, false, false },
	{ SOTER_TEEMSG_REPLY, false, false, true, true },
};

static const struct form *
form_of(uint32_t kind)
{
	for (size_t i = 0; i < SOTER_COUNT(forms); i++)
		if ((uint32_t)forms[i].kind == kind)
			return (&forms[i]);
	return (NULL);
}

static bool
is_type(uint32_t type)
{
	return (type <= SOTER_TEEMSG_MEMREF_INOUT && type != 4);
}

static bool
is_memref(uint32_t type)
{
	return (type >= SOTER_TEEMSG_MEMREF_IN);
}

/* Does this direction carry the two numbers of a value? */
static bool
carries_value(uint32_t type, bool reply)
{
	return (type == SOTER_TEEMSG_VALUE_INOUT ||
	    type ==
		(uint32_t)(reply ? SOTER_TEEMSG_VALUE_OUT
				 : SOTER_TEEMSG_VALUE_IN));
}

/*
 * From two numbers to a parameter.  carried receives how many bytes of it
 * follow behind the numbers.
 */
static enum soter_rc
param_take(struct soter_teemsg_param *p, size_t *carried, uint32_t type,
    bool reply, uint32_t first, uint32_t second)
{
	*carried = 0;
	if (carries_value(type, reply)) {
		p->a = first;
		p->b = second;
	} else if (reply && soter_teemsg_is_out(type)) {
		if (second > SOTER_TEE_MEMREF_MAX)
			return (SOTER_E_LIMIT);
		if (second != 0 && second != first)
			return (SOTER_E_FORMAT);
		p->size = first;
		*carried = second;
	} else if (!reply && is_memref(type)) {
		if (first > SOTER_TEE_MEMREF_MAX)
			return (SOTER_E_LIMIT);
		if (second > 1 || (second == 0 && first != 0))
			return (SOTER_E_FORMAT);
		p->size = first;
		p->there = second == 1;
		*carried = soter_teemsg_is_in(type) ? first : 0;
	} else if (first != 0 || second != 0) {
		return (SOTER_E_FORMAT);
	}
	return (SOTER_OK);
}

static enum soter_rc
params_read(struct soter_reader *r, struct soter_teemsg *x)
{
	size_t carried[SOTER_TEE_PARAMS] = { 0 };
	bool reply = x->kind == SOTER_TEEMSG_REPLY;
	uint32_t first, second;

	TRY(soter_read_le32(r, &x->types));
	if (x->types >> (4 * SOTER_TEE_PARAMS) != 0)
		return (SOTER_E_FORMAT);
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		uint32_t type = soter_teemsg_type(x->types, i);

		if (!is_type(type))
			return (SOTER_E_FORMAT);
		TRY(soter_read_le32(r, &first));
		TRY(soter_read_le32(r, &second));
		TRY(param_take(&x->params[i], &carried[i], type, reply, first,
		    second));
	}
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++)
		TRY(soter_read_span(r, carried[i], &x->params[i].data));
	return (SOTER_OK);
}

static enum soter_rc
hello_read(struct soter_reader *r, struct soter_teemsg *x)
{
	struct soter_span uuid;
	uint32_t version;

	TRY(soter_read_le32(r, &version));
	if (version != SOTER_TEEMSG_VERSION)
		return (SOTER_E_FORMAT);
	TRY(soter_read_le32(r, &x->login));
	TRY(soter_read_le32(r, &x->group));
	TRY(soter_read_span(r, sizeof(x->uuid), &uuid));
	soter_copy(x->uuid, uuid.p, uuid.n);
	return (SOTER_OK);
}

enum soter_rc
soter_teemsg_len(struct soter_span begin, size_t *len)
{
	struct soter_reader r = soter_reader(begin);
	uint32_t n;

	TRY(soter_read_le32(&r, &n));
	if (n > SOTER_TEEMSG_MAX - LENGTH_LEN)
		return (SOTER_E_LIMIT);
	if (n < BODY_MIN)
		return (SOTER_E_FORMAT);
	*len = LENGTH_LEN + n;
	return (SOTER_OK);
}

enum soter_rc
soter_teemsg_parse(struct soter_teemsg *out, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct soter_teemsg x = { 0 };
	const struct form *form;
	uint32_t n, kind;

	TRY(soter_read_le32(&r, &n));
	if (n < r.left)
		return (SOTER_E_FORMAT);
	if (n > r.left)
		return (SOTER_E_SHORT);
	TRY(soter_read_le32(&r, &kind));
	TRY(soter_read_le32(&r, &x.serial));
	form = form_of(kind);
	if (form == NULL)
		return (SOTER_E_FORMAT);
	x.kind = form->kind;
	if (form->hello)
		TRY(hello_read(&r, &x));
	if (form->command)
		TRY(soter_read_le32(&r, &x.command));
	if (form->result) {
		TRY(soter_read_le32(&r, &x.result));
		TRY(soter_read_le32(&r, &x.origin));
	}
	if (form->params)
		TRY(params_read(&r, &x));
	TRY(soter_read_end(&r));
	*out = x;
	return (SOTER_OK);
}

/*
 * The inverse of param_take(), which then says whether a reader would agree.
 */
static enum soter_rc
param_write(struct soter_writer *w, size_t *payload,
    const struct soter_teemsg_param *p, uint32_t type, bool reply)
{
	struct soter_teemsg_param again;
	uint32_t first = 0, second = 0;
	size_t carried;

	if (carries_value(type, reply)) {
		first = p->a;
		second = p->b;
	} else if (is_memref(type) && (!reply || soter_teemsg_is_out(type))) {
		if (p->data.n > SOTER_TEE_MEMREF_MAX)
			return (SOTER_E_LIMIT);
		first = p->size;
		second = reply ? (uint32_t)p->data.n : p->there;
	}
	TRY(param_take(&again, &carried, type, reply, first, second));
	if (carried != p->data.n)
		return (SOTER_E_FORMAT);
	*payload += carried;
	TRY(soter_write_le32(w, first));
	return (soter_write_le32(w, second));
}

static enum soter_rc
params_write(struct soter_writer *w, size_t *payload,
    const struct soter_teemsg *x)
{
	if (x->types >> (4 * SOTER_TEE_PARAMS) != 0)
		return (SOTER_E_FORMAT);
	TRY(soter_write_le32(w, x->types));
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		uint32_t type = soter_teemsg_type(x->types, i);

		if (!is_type(type))
			return (SOTER_E_FORMAT);
		TRY(param_write(w, payload, &x->params[i], type,
		    x->kind == SOTER_TEEMSG_REPLY));
	}
	return (SOTER_OK);
}

/* Everything behind the length. */
static enum soter_rc
body_write(struct soter_writer *w, size_t *payload,
    const struct soter_teemsg *x)
{
	const struct form *form = form_of((uint32_t)x->kind);

	if (form == NULL)
		return (SOTER_E_FORMAT);
	TRY(soter_write_le32(w, (uint32_t)x->kind));
	TRY(soter_write_le32(w, x->serial));
	if (form->hello) {
		TRY(soter_write_le32(w, SOTER_TEEMSG_VERSION));
		TRY(soter_write_le32(w, x->login));
		TRY(soter_write_le32(w, x->group));
		TRY(soter_write(w, soter_span(x->uuid, sizeof(x->uuid))));
	}
	if (form->command)
		TRY(soter_write_le32(w, x->command));
	if (form->result) {
		TRY(soter_write_le32(w, x->result));
		TRY(soter_write_le32(w, x->origin));
	}
	if (form->params)
		return (params_write(w, payload, x));
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++)
		if (x->params[i].data.n != 0)
			return (SOTER_E_FORMAT);
	return (SOTER_OK);
}

enum soter_rc
soter_teemsg_write_head(struct soter_writer *w, const struct soter_teemsg *x)
{
	uint8_t bytes[SOTER_TEEMSG_HEAD_MAX - LENGTH_LEN];
	struct soter_writer body = soter_writer(bytes, sizeof(bytes));
	size_t payload = 0;

	TRY(body_write(&body, &payload, x));
	if (w->cap - w->len < LENGTH_LEN + body.len)
		return (SOTER_E_NOSPACE);
	TRY(soter_write_le32(w, (uint32_t)(body.len + payload)));
	return (soter_write(w, soter_written(&body)));
}

enum soter_rc
soter_teemsg_write(struct soter_writer *w, const struct soter_teemsg *x)
{
	uint8_t bytes[SOTER_TEEMSG_HEAD_MAX];
	struct soter_writer head = soter_writer(bytes, sizeof(bytes));
	size_t n = 0;

	TRY(soter_teemsg_write_head(&head, x));
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++)
		n += x->params[i].data.n;
	if (w->cap - w->len < head.len || w->cap - w->len - head.len < n)
		return (SOTER_E_NOSPACE);
	TRY(soter_write(w, soter_written(&head)));
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++)
		TRY(soter_write(w, x->params[i].data));
	return (SOTER_OK);
}
