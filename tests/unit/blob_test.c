/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "teehost/blob.h"

#define MAX 300

static uint8_t key[TEEHOST_KEY_LEN];

static void
test_sizes(void)
{
	static uint8_t plain[MAX], got[MAX], buf[MAX + TEEHOST_BLOB_EXTRA];

	check_row("every size comes back, and fits exactly");
	for (size_t n = 0; n <= MAX; n++) {
		struct soter_writer w =
		    soter_writer(buf, n + TEEHOST_BLOB_EXTRA);
		struct soter_span blob;

		memset(plain, (int)n, n);
		CHECK_RC(teehost_blob_seal(&w, key, SOTER_SPAN("said"),
			     soter_span(plain, n)),
		    SOTER_OK);
		CHECK(w.len == w.cap);
		blob = bytes_exact(soter_written(&w));
		memset(got, 0x11, sizeof(got));
		CHECK_RC(teehost_blob_open(got, key, SOTER_SPAN("said"), blob),
		    SOTER_OK);
		CHECK(n == 0 || memcmp(got, plain, n) == 0);
		CHECK(bytes_are(got + n, MAX - n, 0x11));
		bytes_free(blob);
		w = soter_writer(buf, n + TEEHOST_BLOB_EXTRA - 1);
		CHECK_RC(teehost_blob_seal(&w, key, SOTER_SPAN("said"),
			     soter_span(plain, n)),
		    SOTER_E_NOSPACE);
		CHECK(w.len == 0);
	}
}

static void
test_lies(void)
{
	static const char text[] = "twenty bytes of text";
	uint8_t buf[100], got[100];
	struct soter_writer w = soter_writer(buf, sizeof(buf));
	struct soter_span said = SOTER_SPAN("said"), blob;

	CHECK_RC(teehost_blob_seal(&w, key, said, soter_span(text, 20)),
	    SOTER_OK);
	check_row("every bit counts");
	for (size_t bit = 0; bit < 8 * w.len; bit++) {
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(got, 0x11, sizeof(got));
		CHECK_RC(teehost_blob_open(got, key, said, soter_written(&w)),
		    SOTER_E_CORRUPT);
		/* Nothing of an unverified text gets out. */
		CHECK(bytes_are(got, 20, 0));
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	check_row("every length but the right one is wrong");
	for (size_t n = 0; n < w.len; n++) {
		blob = bytes_exact(soter_span(buf, n));
		CHECK_RC(teehost_blob_open(got, key, said, blob),
		    SOTER_E_CORRUPT);
		bytes_free(blob);
	}
	check_row("another text said, another key");
	CHECK_RC(
	    teehost_blob_open(got, key, SOTER_SPAN("sai"), soter_written(&w)),
	    SOTER_E_CORRUPT);
	CHECK_RC(teehost_blob_open(got, key, SOTER_SPAN(""), soter_written(&w)),
	    SOTER_E_CORRUPT);
	key[31] ^= 1;
	CHECK_RC(teehost_blob_open(got, key, said, soter_written(&w)),
	    SOTER_E_CORRUPT);
	key[31] ^= 1;
	CHECK_RC(teehost_blob_open(got, key, said, soter_written(&w)),
	    SOTER_OK);
	CHECK(memcmp(got, text, 20) == 0);
}

/* What a released version wrote must open for ever. */
static void
test_vector(void)
{
	static const char vector[] =
	    "125146096687f5dd9c0ad0f77d25fea5d4b8bd626d02408027cde979"
	    "aad5f04d3837ce1e29f5e6d92cd6f8f1b73e7577f086648bccaf1547";
	static struct bytes blob;
	uint8_t got[100];

	check_row("a blob of version 1 opens");
	bytes_text(&blob, vector);
	CHECK(blob.n == TEEHOST_BLOB_EXTRA + 12);
	CHECK_RC(
	    teehost_blob_open(got, key, SOTER_SPAN("said"), bytes_span(&blob)),
	    SOTER_OK);
	CHECK(memcmp(got, "OpenSOTER v1", 12) == 0);
}

int
main(void)
{
	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	test_sizes();
	test_lies();
	test_vector();
	return (check_done());
}
