/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/teemsg.h"

#define IN(n, text)                                   \
	{                                             \
		.size = (n), .there = true, .data = { \
			(const uint8_t *)(text),      \
			(n)                           \
		}                                     \
	}
#define OUT(wish, n, text)                                              \
	{                                                               \
		.size = (wish), .data = {(const uint8_t *)(text), (n) } \
	}

/* clang-format off */
static const struct {
	const char *what;
	struct soter_teemsg x;
} good[] = {
	{ "HELLO", { .kind = SOTER_TEEMSG_HELLO, .login = 2, .group = 1000,
	    .uuid = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } } },
	{ "OPEN without parameters", { .kind = SOTER_TEEMSG_OPEN } },
	{ "OPEN with a value", { .kind = SOTER_TEEMSG_OPEN, .serial = 1,
	    .types = SOTER_TEEMSG_VALUE_IN,
	    .params = { { .a = 7, .b = UINT32_MAX } } } },
	{ "INVOKE, one of each", { .kind = SOTER_TEEMSG_INVOKE, .serial = 9,
	    .command = 0x80000001, .types = 0x6573,
	    .params = { { .a = 1, .b = 2 }, IN(3, "abc"), IN(2, "de"),
	    { .size = SOTER_TEE_MEMREF_MAX, .there = true } } } },
	{ "INVOKE, value out, memory NULL and empty", { .kind = SOTER_TEEMSG_INVOKE,
	    .types = 0x5652, .params = { { 0 }, { 0 }, { .there = true },
	    IN(0, "") } } },
	{ "CANCEL", { .kind = SOTER_TEEMSG_CANCEL, .serial = UINT32_MAX } },
	{ "REPLY, one of each", { .kind = SOTER_TEEMSG_REPLY, .result = 0xffff0010,
	    .origin = 4, .types = 0x6732, .params = { { .a = 4 }, { .b = 5 },
	    OUT(4, 4, "wxyz"), OUT(UINT32_MAX, 0, "") } } },
	{ "REPLY, inputs say nothing", { .kind = SOTER_TEEMSG_REPLY,
	    .types = 0x5151 } },
};

/* A body behind its length, in the notation of tests/bytes.h. */
static const struct {
	const char *what, *body;
	enum soter_rc want;
} lies[] = {
	{ "kind 0", "00000000 00000000", SOTER_E_FORMAT },
	{ "kind 6", "06000000 00000000", SOTER_E_FORMAT },
	{ "kind -1", "ffffffff 00000000", SOTER_E_FORMAT },
	{ "CANCEL and a byte", "04000000 00000000 00", SOTER_E_FORMAT },
	{ "HELLO of version 0", "01000000 00000000 00000000 00*24", SOTER_E_FORMAT },
	{ "HELLO of version 2", "01000000 00000000 02000000 00*24", SOTER_E_FORMAT },
	{ "HELLO as it is", "01000000 00000000 01000000 00*24", SOTER_OK },
	{ "HELLO with a parameter", "01000000 00000000 01000000 00*60", SOTER_E_FORMAT },
	{ "type 4", "02000000 00000000 04000000 00*32", SOTER_E_FORMAT },
	{ "type 8", "02000000 00000000 00800000 00*32", SOTER_E_FORMAT },
	{ "type 15", "02000000 00000000 f0000000 00*32", SOTER_E_FORMAT },
	{ "a fifth type", "02000000 00000000 00000100 00*32", SOTER_E_FORMAT },
	{ "numbers for NONE", "02000000 00000000 00000000 01000000 00*28", SOTER_E_FORMAT },
	{ "numbers for an output value", "02000000 00000000 02000000 01000000 00*28", SOTER_E_FORMAT },
	{ "reply with an input value", "05000000 00000000 00*8 01000000 01000000 00*28", SOTER_E_FORMAT },
	{ "reply with an input memref", "05000000 00000000 00*8 05000000 01000000 01000000 00*24 61", SOTER_E_FORMAT },
	{ "memref of 1 MiB and a byte", "02000000 00000000 06000000 01001000 01000000 00*24", SOTER_E_LIMIT },
	{ "memref of -1", "02000000 00000000 05000000 ffffffff 01000000 00*24", SOTER_E_LIMIT },
	{ "memref longer than the message", "02000000 00000000 05000000 02000000 01000000 00*24 61", SOTER_E_SHORT },
	{ "memref shorter than the message", "02000000 00000000 05000000 01000000 01000000 00*24 6161", SOTER_E_FORMAT },
	{ "bytes for an output", "02000000 00000000 06000000 01000000 01000000 00*24 61", SOTER_E_FORMAT },
	{ "NULL with a size", "02000000 00000000 06000000 01000000 00000000 00*24", SOTER_E_FORMAT },
	{ "there, twice", "02000000 00000000 06000000 01000000 02000000 00*24", SOTER_E_FORMAT },
	{ "reply carries less than it says", "05000000 00000000 00*8 06000000 02000000 01000000 00*24 61", SOTER_E_FORMAT },
	{ "reply carries more than it says", "05000000 00000000 00*8 06000000 01000000 02000000 00*24 6161", SOTER_E_FORMAT },
	{ "reply carries above 1 MiB", "05000000 00000000 00*8 06000000 01001000 01001000 00*24", SOTER_E_LIMIT },
	{ "reply carries nothing of 4 GiB", "05000000 00000000 00*8 06000000 ffffffff 00000000 00*24", SOTER_OK },
};

static const struct {
	const char *what;
	struct soter_teemsg x;
	enum soter_rc want;
} unwritable[] = {
	{ "no kind", { .kind = 0 }, SOTER_E_FORMAT },
	{ "type 4", { .kind = SOTER_TEEMSG_OPEN, .types = 4 }, SOTER_E_FORMAT },
	{ "a fifth type", { .kind = SOTER_TEEMSG_OPEN, .types = 0x10000 }, SOTER_E_FORMAT },
	{ "bytes behind a CANCEL", { .kind = SOTER_TEEMSG_CANCEL,
	    .params = { IN(1, "a") } }, SOTER_E_FORMAT },
	{ "bytes of an output", { .kind = SOTER_TEEMSG_OPEN,
	    .types = SOTER_TEEMSG_MEMREF_OUT, .params = { IN(1, "a") } }, SOTER_E_FORMAT },
	{ "bytes of a NULL", { .kind = SOTER_TEEMSG_OPEN,
	    .types = SOTER_TEEMSG_MEMREF_IN, .params = { OUT(1, 1, "a") } }, SOTER_E_FORMAT },
	{ "fewer bytes than its size", { .kind = SOTER_TEEMSG_OPEN,
	    .types = SOTER_TEEMSG_MEMREF_IN, .params = { { .size = 2, .there = true,
	    .data = { (const uint8_t *)"a", 1 } } } }, SOTER_E_FORMAT },
	{ "more bytes than its size", { .kind = SOTER_TEEMSG_REPLY,
	    .types = SOTER_TEEMSG_MEMREF_OUT, .params = { OUT(1, 2, "ab") } }, SOTER_E_FORMAT },
	{ "above 1 MiB", { .kind = SOTER_TEEMSG_OPEN, .types = SOTER_TEEMSG_MEMREF_IN,
	    .params = { { .size = SOTER_TEE_MEMREF_MAX + 1, .there = true } } }, SOTER_E_LIMIT },
};

static const struct {
	const char *what, *begin;
	size_t len;
	enum soter_rc want;
} lengths[] = {
	{ "nothing", "", 77, SOTER_E_SHORT },
	{ "three bytes", "080000", 77, SOTER_E_SHORT },
	{ "7 follow", "07000000", 77, SOTER_E_FORMAT },
	{ "8 follow", "08000000", 12, SOTER_OK },
	{ "8 follow, one is there", "08000000 04", 12, SOTER_OK },
	{ "the longest", "34004000", SOTER_TEEMSG_MAX, SOTER_OK },
	{ "one more", "35004000", 77, SOTER_E_LIMIT },
	{ "-1 follow", "ffffffff", 77, SOTER_E_LIMIT },
};
/* clang-format on */

/* There and back; cut at every byte it is refused and nothing is written. */
static void
check_good(const char *what, const struct soter_teemsg *x)
{
	uint8_t bytes[200], again[200];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_writer second = soter_writer(again, sizeof(again));
	struct soter_teemsg y;
	size_t len = 0;

	check_row("%s, there and back", what);
	CHECK_RC(soter_teemsg_write(&w, x), SOTER_OK);
	CHECK_RC(soter_teemsg_len(soter_written(&w), &len), SOTER_OK);
	CHECK(len == w.len);
	CHECK_RC(soter_teemsg_parse(&y, soter_written(&w)), SOTER_OK);
	CHECK(y.kind == x->kind && y.serial == x->serial);
	CHECK_RC(soter_teemsg_write(&second, &y), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), soter_written(&second)));
	for (size_t n = 0; n < w.len; n++) {
		struct soter_span cut = bytes_exact(soter_span(bytes, n));
		struct soter_writer small = soter_writer(again, n);

		memset(&y, 0xa5, sizeof(y));
		CHECK_RC(soter_teemsg_parse(&y, cut), SOTER_E_SHORT);
		CHECK(bytes_are(&y, sizeof(y), 0xa5));
		bytes_free(cut);
		CHECK_RC(soter_teemsg_write(&small, x), SOTER_E_NOSPACE);
		CHECK(small.len == 0);
	}
}

static void
check_lies(void)
{
	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		struct bytes body = { 0 }, all = { 0 };
		struct soter_teemsg y;
		struct soter_span in;

		check_row("%s", lies[i].what);
		bytes_text(&body, lies[i].body);
		for (size_t k = 0; k < 4; k++)
			bytes_add(&all, (uint8_t)(body.n >> (8 * k)));
		bytes_text(&all, lies[i].body);
		in = bytes_exact(bytes_span(&all));
		memset(&y, 0xa5, sizeof(y));
		CHECK_RC(soter_teemsg_parse(&y, in), lies[i].want);
		if (lies[i].want != SOTER_OK)
			CHECK(bytes_are(&y, sizeof(y), 0xa5));
		bytes_free(in);
	}
}

int
main(void)
{
	for (size_t i = 0; i < SOTER_COUNT(good); i++)
		check_good(good[i].what, &good[i].x);
	check_lies();
	for (size_t i = 0; i < SOTER_COUNT(unwritable); i++) {
		uint8_t bytes[200];
		struct soter_writer w = soter_writer(bytes, sizeof(bytes));

		check_row("not written: %s", unwritable[i].what);
		CHECK_RC(soter_teemsg_write(&w, &unwritable[i].x),
		    unwritable[i].want);
		CHECK(w.len == 0);
	}
	for (size_t i = 0; i < SOTER_COUNT(lengths); i++) {
		struct bytes b = { 0 };
		size_t len = 77;

		check_row("length: %s", lengths[i].what);
		bytes_text(&b, lengths[i].begin);
		CHECK_RC(soter_teemsg_len(bytes_span(&b), &len),
		    lengths[i].want);
		CHECK(len == lengths[i].len);
	}
	return (check_done());
}
