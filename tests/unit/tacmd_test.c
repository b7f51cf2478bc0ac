/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/tacmd.h"

static const struct soter_ta_request full = {
	.uid = 10115,
	.user = 7,
	.modality = SOTER_MODALITY_FACE,
	.copies = 1,
	.session = INT64_MAX,
	.fid = 2313170,
	.sequence = 9,
	.epoch = 3,
	.kname = { (const uint8_t *)"pay", 3 },
	.challenge = { (const uint8_t *)"c1aac166", 8 },
	.pin = { (const uint8_t *)"1234", 4 },
	.pin_new = { (const uint8_t *)"56789", 5 },
	.sample = { (const uint8_t *)"thumb", 5 },
	.sensor = { (const uint8_t *)"FPC", 3 },
	.sensor_version = { (const uint8_t *)"6516", 4 },
};

/* What is written is read again, cut at every byte it is refused. */
static void
check_form(const char *ta, const struct soter_ta_form *form)
{
	uint8_t bytes[SOTER_TA_REQUEST_MAX + 1], again[SOTER_TA_REQUEST_MAX];
	struct soter_writer w = soter_writer(bytes, SOTER_TA_REQUEST_MAX);
	struct soter_writer second = soter_writer(again, sizeof(again));
	struct soter_ta_request x;

	check_row("%s: %s there and back", ta, form->name);
	CHECK_RC(soter_ta_request_write(&w, form, &full), SOTER_OK);
	CHECK_RC(soter_ta_request_parse(&x, form, soter_written(&w)), SOTER_OK);
	CHECK_RC(soter_ta_request_write(&second, form, &x), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), soter_written(&second)));
	CHECK(form->reply_max <= SOTER_TA_EXPORT_MAX);
	for (size_t n = 0; n < w.len; n++) {
		struct soter_span cut = bytes_exact(soter_span(bytes, n));

		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_ta_request_parse(&x, form, cut), SOTER_E_SHORT);
		CHECK(bytes_are(&x, sizeof(x), 0xa5));
		bytes_free(cut);
	}
	bytes[w.len] = 0;
	CHECK_RC(soter_ta_request_parse(&x, form, soter_span(bytes, w.len + 1)),
	    SOTER_E_FORMAT);
}

/* clang-format off */
static const struct {
	const char *what;
	uint32_t command;
	bool bio;
	const char *request;	/* notation of tests/bytes.h */
	enum soter_rc want;
} lies[] = {
	{ "kname empty", SOTER_TA_AUTHKEY_HAS, false, "01000000 00000000", SOTER_E_LIMIT },
	{ "kname of 127", SOTER_TA_AUTHKEY_HAS, false, "01000000 7f000000 61*127", SOTER_OK },
	{ "kname of 128", SOTER_TA_AUTHKEY_HAS, false, "01000000 80000000 61*128", SOTER_E_LIMIT },
	{ "kname of -1", SOTER_TA_AUTHKEY_HAS, false, "01000000 ffffffff 61", SOTER_E_LIMIT },
	{ "kname longer than the rest", SOTER_TA_AUTHKEY_HAS, false, "01000000 03000000 6161", SOTER_E_SHORT },
	{ "challenge of 512", SOTER_TA_SIGN_INIT, false, "01000000 01000000 61 00020000 61*512", SOTER_OK },
	{ "challenge of 513", SOTER_TA_SIGN_INIT, false, "01000000 01000000 61 01020000 61*513", SOTER_E_LIMIT },
	{ "challenge empty", SOTER_TA_SIGN_INIT, false, "01000000 01000000 61 00000000", SOTER_E_LIMIT },
	{ "session of 2^63", SOTER_TA_SIGN_FINISH, false, "01000000 00000000 00000080", SOTER_E_LIMIT },
	{ "session 0 is read", SOTER_TA_SIGN_FINISH, false, "01000000 00000000 00000000", SOTER_OK },
	{ "2 copies", SOTER_TA_ATTK_GENERATE, false, "02000000 00000000", SOTER_E_LIMIT },
	{ "token of 255", SOTER_TA_ATTK_GENERATE, false, "00000000 ff000000 00*255", SOTER_E_LIMIT },
	{ "token empty", SOTER_TA_ATTK_GENERATE, false, "00000000 00000000", SOTER_OK },
	{ "fid 0", SOTER_BIO_REMOVE, true, "00000000 00000000 00000000 00000000", SOTER_E_LIMIT },
	{ "modality 0", SOTER_BIO_SIM_FEED, true, "00000000 01000000 61", SOTER_E_LIMIT },
	{ "modality 3", SOTER_BIO_SIM_FEED, true, "03000000 01000000 61", SOTER_E_LIMIT },
	{ "PIN of 3", SOTER_BIO_UNFREEZE, true, "00000000 03000000 313131", SOTER_E_LIMIT },
	{ "PIN of 33", SOTER_BIO_UNFREEZE, true, "00000000 21000000 31*33", SOTER_E_LIMIT },
	{ "no PIN", SOTER_BIO_UNFREEZE, true, "00000000 00000000", SOTER_OK },
	{ "no new PIN", SOTER_BIO_PIN_SET, true, "00000000 00000000 00000000", SOTER_E_LIMIT },
	{ "user above every uid", SOTER_BIO_LIST, true, "c6a70000", SOTER_E_LIMIT },
};
/* clang-format on */

static void
test_lies(void)
{
	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		const struct soter_ta_form *form = lies[i].bio
		    ? soter_bio_form(lies[i].command)
		    : soter_ta_form(lies[i].command);
		static struct bytes b;
		struct soter_ta_request x;

		check_row("%s", lies[i].what);
		b.n = 0;
		bytes_text(&b, lies[i].request);
		CHECK(form != NULL);
		CHECK_RC(soter_ta_request_parse(&x, form, bytes_span(&b)),
		    lies[i].want);
	}
}

static void
test_replies(void)
{
	/* clang-format off */
	static const struct {
		const char *what, *reply;
		enum soter_rc want, code;
	} rows[] = {
		{ "reply 0", "00000000", SOTER_OK, SOTER_OK },
		{ "reply 0 with a body", "00000000 01", SOTER_OK, SOTER_OK },
		{ "reply -26", "e6ffffff", SOTER_OK, SOTER_E_VERIFICATION_FAILED },
		{ "reply -1000", "18fcffff", SOTER_OK, SOTER_E_TEE_UNKNOWN },
		{ "reply of a vendor's own, -999", "19fcffff", SOTER_OK, SOTER_E_TEE_UNKNOWN },
		{ "reply 1", "01000000", SOTER_OK, SOTER_E_TEE_UNKNOWN },
		{ "reply -2^31", "00000080", SOTER_OK, SOTER_E_TEE_UNKNOWN },
		{ "reply cut", "000000", SOTER_E_SHORT, SOTER_OK },
		{ "a body behind an error", "e6ffffff 00", SOTER_E_FORMAT, SOTER_OK },
	};
	/* clang-format on */

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		static struct bytes b;
		enum soter_rc code = SOTER_E_ENGINE;
		struct soter_span body = { NULL, 77 };

		check_row("%s", rows[i].what);
		b.n = 0;
		bytes_text(&b, rows[i].reply);
		CHECK_RC(soter_ta_reply_parse(&code, &body, bytes_span(&b)),
		    rows[i].want);
		if (rows[i].want == SOTER_OK)
			CHECK_RC(code, rows[i].code);
		else
			CHECK(code == SOTER_E_ENGINE && body.n == 77);
	}
}

static void
test_codes(void)
{
	size_t n;
	const struct soter_code *codes = soter_codes(&n);

	check_row("every code of the TEE has its number");
	for (size_t i = 0; i < n; i++) {
		enum soter_rc back;
		struct soter_span body;
		uint8_t four[4];
		struct soter_writer w = soter_writer(four, 4);
		int32_t code = soter_ta_code((enum soter_rc)codes[i].number);

		CHECK(code == 0 || code < 0);
		CHECK_RC(soter_write_le32(&w, (uint32_t)code), SOTER_OK);
		CHECK_RC(soter_ta_reply_parse(&back, &body, soter_written(&w)),
		    SOTER_OK);
		CHECK(back ==
		    (codes[i].number == 0 ? SOTER_OK
			    : codes[i].number >> 8 == 5
			    ? (enum soter_rc)codes[i].number
			    : SOTER_E_TEE_UNKNOWN));
	}
	CHECK(soter_ta_code(SOTER_E_ASK_NOT_READY) == -5);
	CHECK(soter_ta_code(SOTER_E_SESSION_NULL) == -204);
}

static void
test_bodies(void)
{
	struct soter_ta_status ta = { 1, 20, 1000, 1, 0, 3, 64, 5, 6, 14,
		"OpenSOTER", "1.0" },
			       ta2;
	struct soter_bio_status bio = { 1, 1, 0, 30000, 5, 2, 0, 1,
		UINT64_C(1) << 40, "sim" },
				bio2;
	struct soter_bio_step step = { 4, 77 }, step2;
	uint8_t bytes[300];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	check_row("status of TA soter");
	CHECK_RC(soter_ta_status_write(&w, &ta), SOTER_OK);
	CHECK(w.len <= soter_ta_form(SOTER_TA_STATUS)->reply_max);
	memset(&ta2, 0, sizeof(ta2));
	CHECK_RC(soter_ta_status_parse(&ta2, soter_written(&w)), SOTER_OK);
	CHECK(memcmp(&ta, &ta2, sizeof(ta)) == 0);
	CHECK_RC(soter_ta_status_parse(&ta2, soter_span(bytes, w.len - 1)),
	    SOTER_E_SHORT);
	check_row("a name that is too long");
	soter_copy(bytes + 40, "\x31\0\0\0", 4);
	CHECK_RC(soter_ta_status_parse(&ta2, soter_span(bytes, 200)),
	    SOTER_E_LIMIT);

	check_row("status of TA biometric");
	w.len = 0;
	CHECK_RC(soter_bio_status_write(&w, &bio), SOTER_OK);
	CHECK(w.len <= soter_bio_form(SOTER_BIO_STATUS)->reply_max);
	memset(&bio2, 0, sizeof(bio2));
	CHECK_RC(soter_bio_status_parse(&bio2, soter_written(&w)), SOTER_OK);
	CHECK(bio2.epoch == bio.epoch && bio2.freeze_ms == bio.freeze_ms &&
	    strcmp(bio2.sensor, bio.sensor) == 0 && bio2.simulated == 1);

	check_row("step");
	w.len = 0;
	CHECK_RC(soter_bio_step_write(&w, &step), SOTER_OK);
	CHECK_RC(soter_bio_step_parse(&step2, soter_written(&w)), SOTER_OK);
	CHECK(step2.left == 4 && step2.fid == 77);
	CHECK_RC(soter_bio_step_parse(&step2, soter_span(bytes, w.len + 1)),
	    SOTER_E_FORMAT);
}

int
main(void)
{
	size_t n;
	const struct soter_ta_form *forms = soter_ta_forms(&n);

	for (size_t i = 0; i < n; i++) {
		check_form("soter", &forms[i]);
		CHECK(soter_ta_form(forms[i].command) == &forms[i]);
	}
	forms = soter_bio_forms(&n);
	for (size_t i = 0; i < n; i++) {
		check_form("biometric", &forms[i]);
		CHECK(soter_bio_form(forms[i].command) == &forms[i]);
	}
	test_lies();
	test_replies();
	test_codes();
	test_bodies();
	return (check_done());
}
