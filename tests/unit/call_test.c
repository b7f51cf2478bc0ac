/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TA that calls another one: what the other answers is taken over in whole,
 * or not at all.
 */
#include "teehost/call.h"
#include "tests/bytes.h"
#include "tests/check.h"

#define TYPES                                                        \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_OUTPUT,                \
	    TEE_PARAM_TYPE_VALUE_INOUT, TEE_PARAM_TYPE_MEMREF_INOUT, \
	    TEE_PARAM_TYPE_MEMREF_INPUT)

static uint8_t out[64], both[64], in[64];
static const uint8_t bytes[200] = { 1, 2, 3, 4 };

/* What the caller has asked for: rooms of 16 and 32 bytes, the last is full. */
static void
ask(TEE_Param params[TEE_NUM_PARAMS])
{
	memset(out, 0x55, sizeof(out));
	memset(both, 0x55, sizeof(both));
	memset(in, 0x55, sizeof(in));
	params[0].memref.buffer = out;
	params[0].memref.size = 16;
	params[1].value.a = 7;
	params[1].value.b = 8;
	params[2].memref.buffer = both;
	params[2].memref.size = 32;
	params[3].memref.buffer = in;
	params[3].memref.size = 64;
}

/* sizes[i] and data[i] of the two outputs. */
static struct soter_teemsg
answer(uint32_t types, const uint32_t sizes[2], const size_t data[2])
{
	struct soter_teemsg x = { .kind = SOTER_TEEMSG_REPLY, .types = types };

	x.params[0].size = sizes[0];
	x.params[0].data = soter_span(bytes, data[0]);
	x.params[1].a = 70;
	x.params[1].b = 80;
	x.params[2].size = sizes[1];
	x.params[2].data = soter_span(bytes, data[1]);
	return (x);
}

static void
lies(void)
{
	static const struct {
		const char *what;
		uint32_t types, sizes[2];
		size_t data[2];
	} rows[] = {
		{ "more than there is room for", TYPES, { 17, 32 },
		    { 17, 32 } },
		{ "far more", TYPES, { 16, 200 }, { 16, 200 } },
		{ "bytes beside a size that has no room", TYPES, { 17, 32 },
		    { 16, 32 } },
		{ "more bytes than it says", TYPES, { 8, 32 }, { 16, 32 } },
		{ "fewer bytes than it says", TYPES, { 16, 32 }, { 8, 32 } },
		{ "none at all", TYPES, { 16, 32 }, { 0, 32 } },
		{ "types that nobody asked for", TYPES ^ 0x30, { 16, 32 },
		    { 16, 32 } },
		{ "an output for an input", TYPES & 0xfff, { 16, 32 },
		    { 16, 32 } },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		const struct soter_teemsg x =
		    answer(rows[i].types, rows[i].sizes, rows[i].data);
		TEE_Param params[TEE_NUM_PARAMS];

		check_row("refused, and nothing changed: %s", rows[i].what);
		ask(params);
		CHECK(!teehost_call_take(params, TYPES, &x));
		CHECK(bytes_are(out, 64, 0x55) && bytes_are(both, 64, 0x55));
		CHECK(params[0].memref.size == 16);
		CHECK(params[1].value.a == 7 && params[1].value.b == 8);
		CHECK(params[2].memref.size == 32);
	}

	check_row("refused: bytes for memory that is NULL");
	{
		const struct soter_teemsg x = answer(TYPES,
		    (const uint32_t[]){ 16, 32 }, (const size_t[]){ 16, 32 });
		TEE_Param params[TEE_NUM_PARAMS];

		ask(params);
		params[0].memref.buffer = NULL;
		CHECK(!teehost_call_take(params, TYPES, &x));
	}
}

static void
fine(void)
{
	struct soter_teemsg x = answer(TYPES, (const uint32_t[]){ 16, 4 },
	    (const size_t[]){ 16, 4 });
	TEE_Param params[TEE_NUM_PARAMS];

	check_row("taken over: all of what fits");
	ask(params);
	CHECK(teehost_call_take(params, TYPES, &x));
	CHECK(params[0].memref.size == 16 && params[2].memref.size == 4);
	CHECK(memcmp(out, bytes, 16) == 0 && bytes_are(out + 16, 48, 0x55));
	CHECK(memcmp(both, bytes, 4) == 0 && bytes_are(both + 4, 60, 0x55));
	CHECK(params[1].value.a == 70 && params[1].value.b == 80);
	CHECK(params[3].memref.size == 64);

	check_row("taken over: the size that is wanted, and no bytes");
	x = answer(TYPES, (const uint32_t[]){ 17, 4 },
	    (const size_t[]){ 0, 4 });
	ask(params);
	CHECK(teehost_call_take(params, TYPES, &x));
	CHECK(params[0].memref.size == 17 && bytes_are(out, 64, 0x55));
}

int
main(void)
{
	lies();
	fine();
	return (check_done());
}
