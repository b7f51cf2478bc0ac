/* SPDX-License-Identifier: BSD-3-Clause */
#include "teec/params.h"

static TEEC_Result
temporary(struct teec_param *out, TEEC_TempMemoryReference *ref)
{
	out->bytes = ref->buffer;
	out->room = ref->buffer == NULL ? 0 : ref->size;
	out->size = &ref->size;
	return (TEEC_SUCCESS);
}

/* GP's direction of a whole block is that of its flags, in the same bits. */
static TEEC_Result
whole(struct teec_param *out, TEEC_RegisteredMemoryReference *ref)
{
	TEEC_SharedMemory *memory = ref->parent;

	if (memory == NULL)
		return (TEEC_ERROR_BAD_PARAMETERS);
	out->type = 4 | (memory->flags & (TEEC_MEM_INPUT | TEEC_MEM_OUTPUT));
	if (out->type == 4)
		return (TEEC_ERROR_BAD_PARAMETERS);
	out->bytes = memory->buffer;
	out->room = memory->size;
	out->size = &ref->size;
	return (TEEC_SUCCESS);
}

static TEEC_Result
partial(struct teec_param *out, TEEC_RegisteredMemoryReference *ref)
{
	TEEC_SharedMemory *memory = ref->parent;
	uint32_t direction = out->type & 3;

	if (memory == NULL || memory->buffer == NULL ||
	    (direction & ~memory->flags) != 0 || ref->offset > memory->size ||
	    ref->size > memory->size - ref->offset)
		return (TEEC_ERROR_BAD_PARAMETERS);
	out->bytes = (uint8_t *)memory->buffer + ref->offset;
	out->room = ref->size;
	out->size = &ref->size;
	return (TEEC_SUCCESS);
}

static TEEC_Result
param_read(struct teec_param *out, uint32_t type, TEEC_Parameter *param)
{
	out->type = type & 7;
	switch (type) {
	case TEEC_NONE:
		return (TEEC_SUCCESS);
	case TEEC_VALUE_INPUT:
	case TEEC_VALUE_OUTPUT:
	case TEEC_VALUE_INOUT:
		out->value = &param->value;
		return (TEEC_SUCCESS);
	case TEEC_MEMREF_TEMP_INPUT:
	case TEEC_MEMREF_TEMP_OUTPUT:
	case TEEC_MEMREF_TEMP_INOUT:
		return (temporary(out, &param->tmpref));
	case TEEC_MEMREF_WHOLE:
		return (whole(out, &param->memref));
	case TEEC_MEMREF_PARTIAL_INPUT:
	case TEEC_MEMREF_PARTIAL_OUTPUT:
	case TEEC_MEMREF_PARTIAL_INOUT:
		return (partial(out, &param->memref));
	default:
		return (TEEC_ERROR_BAD_PARAMETERS);
	}
}

TEEC_Result
teec_params_read(struct teec_params *out, TEEC_Operation *operation)
{
	TEEC_Result result;

	*out = (struct teec_params){ .reply_max = SOTER_TEEMSG_HEAD_MAX };
	if (operation == NULL)
		return (TEEC_SUCCESS);
	if (operation->paramTypes >> (4 * SOTER_TEE_PARAMS) != 0)
		return (TEEC_ERROR_BAD_PARAMETERS);
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		struct teec_param *p = &out->list[i];

		result =
		    param_read(p, TEEC_PARAM_TYPE_GET(operation->paramTypes, i),
			&operation->params[i]);
		if (result != TEEC_SUCCESS)
			return (result);
		if (p->room > SOTER_TEE_MEMREF_MAX)
			return (TEEC_ERROR_EXCESS_DATA);
		out->types |= p->type << (4 * i);
		if (soter_teemsg_is_out(p->type))
			out->reply_max += p->room;
	}
	return (TEEC_SUCCESS);
}

void
teec_params_put(const struct teec_params *params, struct soter_teemsg *x)
{
	x->types = params->types;
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		const struct teec_param *p = &params->list[i];
		struct soter_teemsg_param *to = &x->params[i];

		if (p->type == SOTER_TEEMSG_VALUE_IN ||
		    p->type == SOTER_TEEMSG_VALUE_INOUT) {
			to->a = p->value->a;
			to->b = p->value->b;
		}
		if (p->size == NULL)
			continue;
		to->size = (uint32_t)p->room;
		to->there = p->bytes != NULL;
		if (soter_teemsg_is_in(p->type))
			to->data = soter_span(p->bytes, p->room);
	}
}

bool
teec_params_take(const struct teec_params *params,
    const struct soter_teemsg *reply)
{
	if (reply->types != params->types)
		return (false);
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		const struct teec_param *p = &params->list[i];
		const struct soter_teemsg_param *from = &reply->params[i];

		/* All of what fits, and nothing of what does not. */
		if (soter_teemsg_is_out(p->type) &&
		    from->data.n != (from->size <= p->room ? from->size : 0))
			return (false);
	}
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		const struct teec_param *p = &params->list[i];
		const struct soter_teemsg_param *from = &reply->params[i];

		if (p->type == SOTER_TEEMSG_VALUE_OUT ||
		    p->type == SOTER_TEEMSG_VALUE_INOUT)
			*p->value = (TEEC_Value){ from->a, from->b };
		if (!soter_teemsg_is_out(p->type))
			continue;
		*p->size = from->size;
		soter_copy(p->bytes, from->data.p, from->data.n);
	}
	return (true);
}
