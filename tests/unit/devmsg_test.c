/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/devmsg.h"

static struct soter_dev_request
full(enum soter_dev_call call)
{
	return ((struct soter_dev_request){ .call = call,
	    .serial = 77,
	    .uid = 10002,
	    .modality = 2,
	    .whose = 10003,
	    .session = INT64_MAX,
	    .kname = soter_text("pay"),
	    .challenge = soter_text("c1aac166"),
	    .key = soter_text("fingerprint_type") });
}

/* What is written is read again, cut at every byte it is refused. */
static void
there_and_back(const struct soter_dev_form *form)
{
	uint8_t bytes[SOTER_DEV_REQUEST_MAX + 1], again[SOTER_DEV_REQUEST_MAX];
	struct soter_writer w = soter_writer(bytes, SOTER_DEV_REQUEST_MAX);
	struct soter_writer second = soter_writer(again, sizeof(again));
	const struct soter_dev_request request = full(form->call);
	struct soter_dev_request x;
	size_t len;

	check_row("%s there and back", form->name);
	CHECK(soter_dev_form((uint32_t)form->call) == form);
	CHECK_RC(soter_dev_request_write(&w, &request), SOTER_OK);
	CHECK_RC(soter_dev_len(soter_written(&w), SOTER_DEV_REQUEST_MAX, &len),
	    SOTER_OK);
	CHECK(len == w.len);
	CHECK_RC(soter_dev_request_parse(&x, soter_written(&w)), SOTER_OK);
	CHECK(x.call == form->call && x.serial == 77 && x.uid == 10002);
	CHECK_RC(soter_dev_request_write(&second, &x), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), soter_written(&second)));
	CHECK(form->reply_max <= SOTER_DEV_REPLY_MAX - 12);
	for (size_t n = 0; n < w.len; n++) {
		struct soter_span cut = bytes_exact(soter_span(bytes, n));

		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_dev_request_parse(&x, cut), SOTER_E_SHORT);
		CHECK(bytes_are(&x, sizeof(x), 0xa5));
		bytes_free(cut);
	}
	bytes[w.len] = 0;
	CHECK_RC(soter_dev_request_parse(&x, soter_span(bytes, w.len + 1)),
	    SOTER_E_FORMAT);
	/* The length says that there is more, and there is. */
	bytes[0]++;
	CHECK_RC(soter_dev_request_parse(&x, soter_span(bytes, w.len + 1)),
	    SOTER_E_FORMAT);
}

#define HEAD(n, call) n "000000 " call "000000 01000000 ffffffff "

/* clang-format off */
static const struct {
	const char *what;
	const char *request;	/* notation of tests/bytes.h */
	enum soter_rc want;
} lies[] = {
	{ "no such call", HEAD("0c", "0e"), SOTER_E_FORMAT },
	{ "call 0", HEAD("0c", "00"), SOTER_E_FORMAT },
	{ "kname empty: the service has a number for it", HEAD("10", "08") "00000000", SOTER_OK },
	{ "kname of 4 GiB", HEAD("10", "08") "ffffffff", SOTER_E_LIMIT },
	{ "kname of 128 bytes", HEAD("10", "08") "80000000", SOTER_E_LIMIT },
	{ "kname longer than the message", HEAD("11", "08") "02000000 41", SOTER_E_SHORT },
	{ "challenge of 513 bytes", HEAD("15", "09") "01000000 41 01020000", SOTER_E_LIMIT },
	{ "session of 2^63", HEAD("14", "0a") "0000000000000080", SOTER_E_LIMIT },
	{ "session 0: the service has a number for it", HEAD("14", "0a") "0000000000000000", SOTER_OK },
	{ "modality 0", HEAD("18", "21") "0100000000000000 00000000", SOTER_E_LIMIT },
	{ "modality 3", HEAD("18", "21") "0100000000000000 03000000", SOTER_E_LIMIT },
	{ "key of 65 bytes", HEAD("10", "0d") "41000000", SOTER_E_LIMIT },
	{ "a field too many", HEAD("10", "03") "00000000", SOTER_E_FORMAT },
};
/* clang-format on */

static void
told_lies(void)
{
	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		static struct bytes b;
		struct soter_dev_request x;

		check_row("request: %s", lies[i].what);
		b.n = 0;
		bytes_text(&b, lies[i].request);
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_dev_request_parse(&x, soter_span(b.p, b.n)),
		    lies[i].want);
		CHECK(
		    lies[i].want == SOTER_OK || bytes_are(&x, sizeof(x), 0xa5));
	}
}

static void
lengths(void)
{
	static const uint8_t most[] = { 0xfc, 3, 0, 0 },
			     more[] = { 0xfd, 3, 0, 0 },
			     least[] = { 8, 0, 0, 0 }, less[] = { 7, 0, 0, 0 },
			     all[] = { 0xff, 0xff, 0xff, 0xff };
	size_t n = 1;

	check_row("how long a message is");
	CHECK_RC(soter_dev_len(soter_span(most, 4), 1024, &n), SOTER_OK);
	CHECK(n == 1024);
	CHECK_RC(soter_dev_len(soter_span(least, 4), 1024, &n), SOTER_OK);
	CHECK(n == 12);
	CHECK_RC(soter_dev_len(soter_span(more, 4), 1024, &n), SOTER_E_LIMIT);
	CHECK_RC(soter_dev_len(soter_span(all, 4), 1024, &n), SOTER_E_LIMIT);
	CHECK_RC(soter_dev_len(soter_span(less, 4), 1024, &n), SOTER_E_FORMAT);
	CHECK_RC(soter_dev_len(soter_span(most, 3), 1024, &n), SOTER_E_SHORT);
	CHECK(n == 12);
}

static void
what_cannot_be_written(void)
{
	uint8_t bytes[2048];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_dev_request x = full(SOTER_DEV_SIGN_INIT);

	check_row("what no reader takes is not written");
	x.kname = soter_span(bytes, SOTER_KNAME_MAX + 1);
	CHECK_RC(soter_dev_request_write(&w, &x), SOTER_E_LIMIT);
	x = full(SOTER_DEV_SIGN_INIT);
	x.challenge = soter_span(bytes, SOTER_TA_CHALLENGE_MAX + 1);
	CHECK_RC(soter_dev_request_write(&w, &x), SOTER_E_LIMIT);
	x = full(SOTER_DEV_AUTH_BEGIN);
	x.modality = 3;
	CHECK_RC(soter_dev_request_write(&w, &x), SOTER_E_LIMIT);
	x = full(SOTER_DEV_SIGN_FINISH);
	x.session = (uint64_t)INT64_MAX + 1;
	CHECK_RC(soter_dev_request_write(&w, &x), SOTER_E_LIMIT);
	x.call = (enum soter_dev_call)99;
	CHECK_RC(soter_dev_request_write(&w, &x), SOTER_E_FORMAT);
	w = soter_writer(bytes, 15);
	x = full(SOTER_DEV_VERSION_GET);
	CHECK_RC(soter_dev_request_write(&w, &x), SOTER_E_NOSPACE);
}

static void
replies(void)
{
	static const enum soter_rc codes[] = { SOTER_OK, SOTER_E_ASK_NOT_READY,
		SOTER_E_TEE_UNKNOWN, SOTER_E_SESSION_NULL, SOTER_E_ACCESS };
	static const uint8_t positive[] = { 8, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0,
		0 },
			     strange[] = { 8, 0, 0, 0, 1, 0, 0, 0, 0, 0xf0,
				     0xff, 0xff },
			     behind[] = { 9, 0, 0, 0, 1, 0, 0, 0, 0xfb, 0xff,
				     0xff, 0xff, 0 };
	struct soter_dev_reply x, y;

	for (size_t i = 0; i < SOTER_COUNT(codes); i++) {
		uint8_t bytes[64];
		struct soter_writer w = soter_writer(bytes, sizeof(bytes));

		check_row("reply with %s there and back",
		    soter_rc_word(codes[i]));
		x = (struct soter_dev_reply){ 5, codes[i],
			codes[i] == SOTER_OK ? soter_text("body")
					     : soter_text("") };
		CHECK_RC(soter_dev_reply_write(&w, &x), SOTER_OK);
		CHECK_RC(soter_dev_reply_parse(&y, soter_written(&w)),
		    SOTER_OK);
		CHECK(y.serial == 5 && y.code == codes[i] &&
		    soter_span_equal(x.body, y.body));
		for (size_t n = 0; n < w.len; n++)
			CHECK_RC(
			    soter_dev_reply_parse(&y, soter_span(bytes, n)),
			    SOTER_E_SHORT);
	}
	check_row("a code that there is not, a body behind an error");
	CHECK_RC(
	    soter_dev_reply_parse(&y, soter_span(positive, sizeof(positive))),
	    SOTER_E_FORMAT);
	CHECK_RC(
	    soter_dev_reply_parse(&y, soter_span(strange, sizeof(strange))),
	    SOTER_E_FORMAT);
	CHECK_RC(soter_dev_reply_parse(&y, soter_span(behind, sizeof(behind))),
	    SOTER_E_FORMAT);
	x = (struct soter_dev_reply){ 5, SOTER_E_MISS, soter_text("body") };
	CHECK_RC(soter_dev_reply_write(&(struct soter_writer){ 0 }, &x),
	    SOTER_E_FORMAT);
}

static void
states(void)
{
	const struct soter_dev_state full_state = { 1, 20, 100, 1, 0x12, 3, 5,
		2, 29999, 1, 1, "tee", "1", "sim" };
	uint8_t bytes[512];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_dev_state x;

	check_row("state there and back");
	CHECK_RC(soter_dev_state_write(&w, &full_state), SOTER_OK);
	CHECK(w.len <= soter_dev_form(SOTER_DEV_STATE)->reply_max);
	CHECK_RC(soter_dev_state_parse(&x, soter_written(&w)), SOTER_OK);
	CHECK(x.version == 1 && x.salt_len == 20 && x.rollback == 100 &&
	    x.provisioned == 1 && x.trouble == 0x12 && x.modalities == 3 &&
	    x.enrolled == 5 && x.misses == 2 && x.freeze_ms == 29999 &&
	    x.simulated == 1 && x.ask == 1);
	CHECK(strcmp(x.tee_n, "tee") == 0 && strcmp(x.tee_v, "1") == 0 &&
	    strcmp(x.sensor, "sim") == 0);
	for (size_t n = 0; n < w.len; n++)
		CHECK_RC(soter_dev_state_parse(&x, soter_span(bytes, n)),
		    SOTER_E_SHORT);
	bytes[44] = SOTER_TEE_NAME_MAX + 1;
	CHECK(soter_dev_state_parse(&x, soter_span(bytes, sizeof(bytes))) !=
	    SOTER_OK);
}

int
main(void)
{
	const struct soter_dev_form *forms;
	size_t n;

	forms = soter_dev_forms(&n);
	for (size_t i = 0; i < n; i++)
		there_and_back(&forms[i]);
	told_lies();
	lengths();
	what_cannot_be_written();
	replies();
	states();
	return (check_done());
}
