/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "teehost/call.h"

#define OUT_ROOM (16 * 1024) /* outputs of nearly every call */
#define ALIGNED	 16

/* Zero between calls. */
static alignas(ALIGNED) uint8_t out_room[OUT_ROOM];

static size_t
aligned(size_t n)
{
	return ((n + ALIGNED - 1) / ALIGNED * ALIGNED);
}

static bool
is_value(uint32_t type)
{
	return (
	    type >= SOTER_TEEMSG_VALUE_IN && type <= SOTER_TEEMSG_VALUE_INOUT);
}

/* Where the outputs of this request lie. */
static uint8_t *
place(struct teehost_call *call, const struct soter_teemsg *x)
{
	call->used = 0;
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++)
		if (soter_teemsg_type(x->types, i) == SOTER_TEEMSG_MEMREF_OUT)
			call->used += aligned(x->params[i].size);
	if (call->used <= sizeof(out_room))
		return (out_room);
	call->large = calloc(1, call->used);
	return (call->large);
}

enum soter_rc
teehost_call_begin(struct teehost_call *call, const struct soter_teemsg *x)
{
	struct soter_writer out;
	uint8_t *room;

	*call = (struct teehost_call){ .types = x->types };
	room = place(call, x);
	if (room == NULL)
		return (SOTER_E_NOMEM);
	out = soter_writer(room, call->used);
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		const struct soter_teemsg_param *from = &x->params[i];
		uint32_t type = soter_teemsg_type(x->types, i);

		if (is_value(type)) {
			call->params[i].value.a = from->a;
			call->params[i].value.b = from->b;
			continue;
		}
		if (!from->there)
			continue;
		call->room[i] = from->size;
		if (type == SOTER_TEEMSG_MEMREF_OUT) {
			call->buffer[i] = out.p + out.len;
			out.len += aligned(from->size);
		} else {
			call->buffer[i] = (void *)(uintptr_t)from->data.p;
		}
		call->params[i].memref.buffer = call->buffer[i];
		call->params[i].memref.size = from->size;
	}
	return (SOTER_OK);
}

static uint32_t
size_word(size_t n)
{
	return (n > UINT32_MAX ? UINT32_MAX : (uint32_t)n);
}

void
teehost_call_result(const struct teehost_call *call, struct soter_teemsg *reply)
{
	reply->types = call->types;
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		struct soter_teemsg_param *to = &reply->params[i];
		const TEE_Param *p = &call->params[i];
		uint32_t type = soter_teemsg_type(call->types, i);

		if (type == SOTER_TEEMSG_VALUE_OUT ||
		    type == SOTER_TEEMSG_VALUE_INOUT) {
			to->a = p->value.a;
			to->b = p->value.b;
		}
		if (!soter_teemsg_is_out(type))
			continue;
		to->size = size_word(p->memref.size);
		if (p->memref.size <= call->room[i])
			to->data = soter_span(call->buffer[i], to->size);
	}
}

void
teehost_call_end(struct teehost_call *call)
{
	explicit_bzero(call->large != NULL ? call->large : out_room,
	    call->used);
	free(call->large);
	call->large = NULL;
}

void
teehost_call_request(struct soter_teemsg *x, uint32_t types,
    const TEE_Param params[TEE_NUM_PARAMS])
{
	x->types = types;
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		struct soter_teemsg_param *to = &x->params[i];
		uint32_t type = soter_teemsg_type(types, i);

		if (type == SOTER_TEEMSG_VALUE_IN ||
		    type == SOTER_TEEMSG_VALUE_INOUT) {
			to->a = params[i].value.a;
			to->b = params[i].value.b;
		}
		if (type < SOTER_TEEMSG_MEMREF_IN ||
		    params[i].memref.buffer == NULL)
			continue;
		to->size = size_word(params[i].memref.size);
		to->there = true;
		if (soter_teemsg_is_in(type))
			to->data = soter_span(params[i].memref.buffer,
			    params[i].memref.size);
	}
}

/* All of what fits, and nothing of what does not. */
static bool
is_asked_for(const TEE_Param params[TEE_NUM_PARAMS], uint32_t types,
    const struct soter_teemsg *reply)
{
	if (reply->types != types)
		return (false);
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		const struct soter_teemsg_param *from = &reply->params[i];
		size_t room;

		if (!soter_teemsg_is_out(soter_teemsg_type(types, i)))
			continue;
		room =
		    params[i].memref.buffer == NULL ? 0 : params[i].memref.size;
		if (from->data.n != (from->size <= room ? from->size : 0))
			return (false);
	}
	return (true);
}

bool
teehost_call_take(TEE_Param params[TEE_NUM_PARAMS], uint32_t types,
    const struct soter_teemsg *reply)
{
	if (!is_asked_for(params, types, reply))
		return (false);
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		const struct soter_teemsg_param *from = &reply->params[i];
		uint32_t type = soter_teemsg_type(types, i);

		if (type == SOTER_TEEMSG_VALUE_OUT ||
		    type == SOTER_TEEMSG_VALUE_INOUT) {
			params[i].value.a = from->a;
			params[i].value.b = from->b;
		}
		if (!soter_teemsg_is_out(type))
			continue;
		params[i].memref.size = from->size;
		soter_copy(params[i].memref.buffer, from->data.p, from->data.n);
	}
	return (true);
}
