/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_blob.c -- export blobs whose length field lies, or that were cut.
 */
#include "generate.h"

#define A		  "classic-salt20/ask-10115"

#define BIG_ENDIAN_LENGTH 1 /* the true one, turned */

/* clang-format off */
static const struct row {
	const char *name;
	int keep;	  /* bytes from the front; negative: all but so many */
	const char *behind;
	uint32_t value;	  /* what the field says; 0: the true length ... */
	int add;	  /* ... and this */
	enum soter_rc want;
	const char *why;
} rows[] = {
	{ "header-cut", 3, "", 0, 0, SOTER_E_SHORT, "three bytes" },
	{ "header-only", 4, "", 0, 0, SOTER_E_SHORT, "a length and nothing behind it" },
	{ "no-signature", -256, "", 0, 0, SOTER_E_SHORT, "what some phones export for a key without a signature" },
	{ "signature-cut", -1, "", 0, 0, SOTER_E_SHORT, "the last byte is missing" },
	{ "text-cut", -300, "", 0, 0, SOTER_E_SHORT, "the original reader logs this and goes on" },
	{ "one-byte-more", 0, "x", 0, 0, SOTER_E_FORMAT, "a byte behind the signature" },
	{ "length-one-less", 0, "", 0, -1, SOTER_E_FORMAT, "the signature would begin in the text" },
	{ "length-one-more", 0, "", 0, 1, SOTER_E_SHORT, "the text would end in the signature" },
	{ "length-big-endian", 0, "", BIG_ENDIAN_LENGTH, 0, SOTER_E_LIMIT, "most significant byte first" },
	{ "length-above-limit", 0, "", SOTER_SIGNED_MAX + 1, 0, SOTER_E_LIMIT, "longer than any phone's text" },
	{ "length-2-31", 0, "", 0x80000000, 0, SOTER_E_LIMIT, "negative in the original reader" },
	{ "length-wraps", 0, "", 0xfffffffc, 0, SOTER_E_LIMIT, "4 + length is 0 in 32 bits" },
	{ "length-garbage", 0, "", 570000000, 0, SOTER_E_LIMIT, "570 MB: what issue 10 allocated on a phone without a root" },
};
/* clang-format on */

static uint32_t
field(const struct row *row, size_t blob)
{
	uint32_t n = (uint32_t)(blob - 4 - SOTER_SIG_LEN);

	if (row->value == BIG_ENDIAN_LENGTH)
		return (n >> 24 | (n >> 8 & 0xff00) | (n << 8 & 0xff0000) |
		    n << 24);
	return (row->value != 0 ? row->value : n + (uint32_t)row->add);
}

static void
put_blob(const struct gen_case *c, const char *name, const struct gen_text *t,
    enum soter_rc want, const char *why)
{
	struct gen_case mine = *c;

	gen_name(mine.name, "negative/blob/%s", name);
	gen_name(mine.signed_file, "%s.bin", mine.name);
	mine.sig_file[0] = '\0';
	mine.want = want;
	mine.why = why;
	gen_file(mine.signed_file, gen_span(t));
	gen_manifest(&mine);
}

static void
put(const struct row *row, const struct gen_text *good,
    const struct gen_case *c)
{
	struct gen_text t = *good;
	uint8_t head[4];
	struct soter_writer w = soter_writer(head, sizeof(head));

	GEN_OK(soter_write_le32(&w, field(row, good->n)));
	soter_copy(t.p, head, sizeof(head));
	if (row->keep > 0)
		t.n = (size_t)row->keep;
	else
		t.n -= (size_t)-row->keep;
	gen_add_text(&t, row->behind);
	put_blob(c, row->name, &t, row->want, row->why);
}

/* A length of 0, and then nothing but a signature. */
static void
no_text(const struct gen_text *good, const struct gen_case *c)
{
	struct gen_text t = { 0 };

	gen_add(&t, SOTER_SPAN("\0\0\0\0"));
	gen_add(&t,
	    soter_span(good->p + good->n - SOTER_SIG_LEN, SOTER_SIG_LEN));
	put_blob(c, "no-text", &t, SOTER_E_FORMAT, "an empty text");
}

void
gen_blob_lies(void)
{
	struct gen_pss how = { .salt_len = 20 };
	uint8_t sig[SOTER_SIG_LEN];
	struct gen_text blob = { 0 };
	struct gen_object o;

	gen_take(&o, A);
	gen_pss_sign(sig, gen_key(o.signer), gen_span(&o.text), &how, A);
	gen_add(&blob, SOTER_SPAN("\0\0\0\0")); /* each row writes its own */
	gen_add(&blob, gen_span(&o.text));
	gen_add(&blob, soter_span(sig, sizeof(sig)));
	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		put(&rows[i], &blob, &o.c);
	no_text(&blob, &o.c);
}
