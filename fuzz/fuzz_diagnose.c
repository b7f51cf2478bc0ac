/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diagnosis: a phone signs a result or a key, the fuzzer plays everything that
 * lies on the way, and the verifier has to explain what it sees.
 *
 *	byte 0	which text, how the signature is written; 0x40: only the bound
 *	rest	edits of text and signature, four bytes each: kind, where
 *		(2 bytes), byte
 *
 * Properties: what was not changed is accepted; a diagnosis keeps the verdict
 * and everything else that the report says; what would match has a hint; one
 * change of those that the diagnosis promises to find is found; the search has
 * a bound, whatever the text.
 * Seeds: tests/fuzz-seeds/diagnose/.
 */
#include "chain/rewrite.h"
#include "fuzz/signer.h"
#include "soter/verify.h"
#include "wire/base64.h"

#define EDITS_MAX    24
#define ATTEMPTS_MAX 1000
#define ROOM	     (SOTER_SIGNED_MAX + 1024)

/* clang-format off */
#define PEM_RAW "-----BEGIN PUBLIC KEY-----\nMIIBIjANBg/kqhkiG9w0BAQEFAAOC"    \
	"AQ8A\n-----END PUBLIC KEY-----"

static const char *const texts[] = {
	"{\"raw\":\"I'm a \\/ challenge\\n\",\"fid\":\"4711\",\"counter\":246,"
	"\"tee_n\":\"t-base\",\"tee_v\":\"10010\",\"fp_n\":\"FPC\","
	"\"fp_v\":\"6516\",\"cpu_id\":\"d\",\"uid\":\"1\"}",
	"{\"pub_key\":\"" PEM_RAW "\",\"cpu_id\":\"d\",\"counter\":47,"
	"\"uid\":\"1\",\"rsa_pss_saltlen\":32}",
};
/* clang-format on */

/* A text on its way. */
struct bag {
	size_t n;
	uint8_t p[ROOM];
};

static struct {
	struct soter_authkey *authkey;
	uint8_t modulus[SOTER_RSA_LEN];
	uint8_t sig[SOTER_COUNT(texts)][SOTER_SIG_LEN];
} phone;

static void
make_phone(void)
{
	struct soter_key_record record = { .kind = SOTER_RECORD_AUTHKEY,
		.cls = SOTER_CLASS_TEST,
		.cpu_id = "d",
		.uid = "1",
		.e = 65537 };

	if (phone.authkey != NULL)
		return;
	signer_modulus(phone.modulus);
	soter_copy(record.n, phone.modulus, sizeof(record.n));
	MUST(soter_authkey_restore(&phone.authkey, &record) == SOTER_OK);
	for (size_t i = 0; i < SOTER_COUNT(texts); i++)
		signer_sign(phone.sig[i], soter_text(texts[i]),
		    i == 0 ? 20 : 32);
}

/* Replace n bytes at `at` by others; a bag that is full stays as it is. */
static void
splice(struct bag *b, size_t at, size_t n, struct soter_span by)
{
	if (by.n > sizeof(b->p) - b->n)
		return;
	memmove(b->p + at + by.n, b->p + at + n, b->n - at - n);
	soter_copy(b->p + at, by.p, by.n);
	b->n = b->n - n + by.n;
}

static void
replace_all(struct bag *b, struct soter_span from, struct soter_span to)
{
	for (size_t i = 0; i + from.n <= b->n; i++)
		if (soter_span_equal(soter_span(b->p + i, from.n), from)) {
			splice(b, i, from.n, to);
			i += to.n - 1;
		}
}

/* What people and programs do; undone by the diagnosis if done once. */
enum { NOISE = 3 };

static void
edit(struct bag *b, uint8_t kind, size_t at, uint8_t byte)
{
	struct soter_span one = soter_span(&byte, 1);

	at = b->n == 0 ? 0 : at % b->n;
	switch (kind) {
	case 0:
		splice(b, at, b->n > 0, one);
		break;
	case 1:
		splice(b, at, 0, one);
		break;
	case 2:
		splice(b, at, b->n > 0, soter_span(NULL, 0));
		break;
	case NOISE:
		splice(b, b->n, 0, SOTER_SPAN("\n"));
		break;
	case NOISE + 1:
		splice(b, b->n, 0, SOTER_SPAN("\r\n"));
		break;
	case NOISE + 2:
		splice(b, 0, 0, SOTER_SPAN("\xef\xbb\xbf"));
		break;
	case NOISE + 3:
		replace_all(b, SOTER_SPAN("\n"), SOTER_SPAN("\r\n"));
		break;
	case NOISE + 4:
		replace_all(b, SOTER_SPAN("\n"), SOTER_SPAN("\\n"));
		break;
	case NOISE + 5:
		replace_all(b, SOTER_SPAN("\\/"), SOTER_SPAN("/"));
		break;
	case NOISE + 6:
		replace_all(b, SOTER_SPAN("\",\""), SOTER_SPAN("\", \""));
		replace_all(b, SOTER_SPAN("\":"), SOTER_SPAN("\": "));
		break;
	case NOISE + 7:
		replace_all(b, SOTER_SPAN("\r\n"), SOTER_SPAN("\n"));
		break;
	case NOISE + 8:
		replace_all(b, SOTER_SPAN("+"), SOTER_SPAN(" "));
		break;
	default:
		/* many of one: what a bound is for */
		for (size_t i = 0; i < 4u * byte; i++)
			splice(b, at, 0, SOTER_SPAN("\n"));
	}
}

#define KINDS (NOISE + 10)

static void
put_signature(struct bag *b, const uint8_t sig[SOTER_SIG_LEN], unsigned how)
{
	static const char hex[] = "0123456789abcdef";
	struct soter_writer w = soter_writer(b->p, sizeof(b->p));
	struct soter_span bytes = soter_span(sig, SOTER_SIG_LEN);

	if (how == 0)
		MUST(soter_write(&w, bytes) == SOTER_OK);
	else if (how == 1)
		MUST(soter_base64_encode(&w, bytes) == SOTER_OK);
	else
		for (size_t i = 0; i < bytes.n; i++) {
			const char two[] = { hex[sig[i] >> 4],
				hex[sig[i] & 15] };

			MUST(soter_write(&w, soter_span(two, 2)) == SOTER_OK);
		}
	b->n = w.len;
}

static bool
count_attempts(void *state, struct soter_span text)
{
	(void)text;
	MUST(++*(size_t *)state <= ATTEMPTS_MAX);
	return (false);
}

static void
check_bound(struct soter_span text)
{
	struct soter_report why = { .rc = SOTER_E_SIGNATURE };
	size_t attempts = 0;

	MUST(!soter_rewrite_search(&why, text, count_attempts, &attempts));
	MUST(why.hints == 0);
}

/* Besides hints and would_match nothing moves. */
static void
check_kept(const struct soter_report *before, const struct soter_report *after)
{
	MUST(before->rc == after->rc && before->link == after->link);
	MUST(memcmp(before, after,
		 offsetof(struct soter_report, would_match)) == 0);
	MUST(after->hints <= SOTER_VERIFY_HINT_MAX);
	for (size_t i = 0; i < after->hints; i++) {
		MUST(soter_code_find(after->hint[i].hint) != NULL);
		MUST(after->hint[i].hint >= SOTER_HINT_SALT);
		MUST(memchr(after->hint[i].name, '\0',
			 sizeof(after->hint[i].name)) != NULL);
	}
	MUST(!after->would_match || after->hints > 0);
	MUST(before->rc != SOTER_OK || after->hints == 0);
}

static enum soter_rc
accept(const struct soter_signed *in, struct soter_report *why)
{
	struct soter_result_expect want = { .key = { .cls = SOTER_CLASS_TEST },
		.challenge = SOTER_SPAN("I'm a / challenge\n") };

	return (soter_result_accept(NULL, phone.authkey, in, &want, why));
}

static void
check_diagnosis(const struct soter_signed *in, const struct soter_report *why)
{
	const struct soter_pubkey *key = soter_authkey_key(phone.authkey);
	const struct soter_other_key other[] = { { "other", key } };
	struct soter_report mine = *why, others = *why, nobody = *why;

	soter_diagnose(&mine, key, in, NULL, 0);
	check_kept(why, &mine);
	soter_diagnose(&others, NULL, in, other, 1);
	check_kept(why, &others);
	MUST(mine.would_match == others.would_match);
	soter_diagnose(&nobody, NULL, in, NULL, 0);
	check_kept(why, &nobody);
	MUST(!nobody.would_match || why->rc == SOTER_E_SALT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bag text, sig;
	struct soter_signed in;
	struct soter_report why;
	size_t which, edits;
	bool text_same;

	if (size < 1)
		return (0);
	make_phone();
	which = data[0] % SOTER_COUNT(texts);
	text.n = 0;
	splice(&text, 0, 0, soter_text(texts[which]));
	put_signature(&sig, phone.sig[which], (data[0] & 0x3f) / 2 % 3);
	edits = (size - 1) / 4;
	for (size_t i = 0; i < edits && i < EDITS_MAX; i++) {
		const uint8_t *e = data + 1 + 4 * i;

		edit((e[0] & 0x80) != 0 ? &sig : &text,
		    (uint8_t)((e[0] & 0x7f) % KINDS), (size_t)e[1] << 8 | e[2],
		    e[3]);
	}
	in = (struct soter_signed){ soter_span(text.p, text.n),
		soter_span(sig.p, sig.n) };
	text_same = soter_span_equal(in.text, soter_text(texts[which]));

	if ((data[0] & 0x40) != 0) {
		check_bound(in.text);
		return (0);
	}
	memset(&why, 0, sizeof(why));
	MUST(accept(&in, &why) == why.rc);
	MUST(why.rc != SOTER_OK || (text_same && which == 0));
	MUST(edits > 0 || which != 0 || why.rc == SOTER_OK);
	check_diagnosis(&in, &why);
	if (edits == 1 && (data[1] & 0x80) == 0 && !text_same &&
	    data[1] % KINDS >= NOISE && data[1] % KINDS < NOISE + 7) {
		soter_diagnose(&why, soter_authkey_key(phone.authkey), &in,
		    NULL, 0);
		MUST(why.would_match);
	}
	return (0);
}
