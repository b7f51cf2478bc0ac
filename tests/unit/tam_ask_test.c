/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verify_ask without a network: what is asked, and what is answered to it.
 */
#include "tam/ask.h"
#include "tests/check.h"
#include "tests/unit/phone.h"
#include "tests/unit/vectors.h"
#include "wire/base64.h"

static struct rsa_maker attk, attk2, ask, stranger;

/* The body of a request for this object. */
struct body {
	size_t n;
	uint8_t p[3 * SOTER_SIGNED_MAX];
};

static void
body_of(struct body *b, const struct phone_object *o, bool explain)
{
	uint8_t base64[SOTER_SIG_BASE64_LEN];
	struct soter_writer s = soter_writer(base64, sizeof(base64));
	struct soter_writer w = soter_writer(b->p, sizeof(b->p));

	MUST(soter_base64_encode(&s, soter_span(o->sig, sizeof(o->sig))) ==
	    SOTER_OK);
	MUST(soter_platform_ask_write(&w, soter_span(o->text, o->text_n),
		 soter_written(&s), explain) == SOTER_OK);
	b->n = w.len;
}

/* Read and judge; what is answered is left in *answer. */
static enum soter_rc
offer(struct soter_platform_answer *answer, struct soter_span body,
    const struct tam_device *device, enum soter_class cls)
{
	static uint8_t bytes[3 * SOTER_SIGNED_MAX];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));
	struct tam_ask x;

	TRY(tam_ask_read(&x, body, &room, answer));
	return (tam_ask_judge(answer, &x, device, cls));
}

/* ---- what is asked --------------------------------------------------------
 */

#define KEY                                                        \
	"\\\"pub_key\\\":\\\"-----BEGIN PUBLIC KEY-----\\\\n\\\"," \
	"\\\"counter\\\":1,\\\"uid\\\":\\\"1\\\""

static const struct {
	const char *what, *body;
	enum soter_platform_error want;
} bodies[] = {
	{ "nothing", "", SOTER_PLATFORM_E_EMPTY },
	{ "no JSON", "ask_json=x", SOTER_PLATFORM_E_FORMAT },
	{ "no ask_json", "{\"ask_json_signature\":\"x\"}",
	    SOTER_PLATFORM_E_ASK_MISSING },
	{ "an empty ask_json", "{\"ask_json\":\"\"}",
	    SOTER_PLATFORM_E_ASK_MISSING },
	{ "an ask_json that is no JSON",
	    "{\"ask_json\":\"x\",\"ask_json_signature\":\"x\"}",
	    SOTER_PLATFORM_E_ASK_FORMAT },
	{ "an ask_json that is nothing we know",
	    "{\"ask_json\":\"{}\",\"ask_json_signature\":\"x\"}",
	    SOTER_PLATFORM_E_ASK_FORMAT },
	{ "a result instead of a key",
	    "{\"ask_json\":\"{\\\"raw\\\":\\\"c\\\",\\\"fid\\\":\\\"1\\\","
	    "\\\"counter\\\":1,\\\"tee_n\\\":\\\"t\\\",\\\"tee_v\\\":\\\"1\\\","
	    "\\\"fp_n\\\":\\\"f\\\",\\\"fp_v\\\":\\\"1\\\",\\\"cpu_id\\\":"
	    "\\\"d\\\",\\\"uid\\\":\\\"1\\\"}\",\"ask_json_signature\":\"x\"}",
	    SOTER_PLATFORM_E_ASK_FORMAT },
	{ "no cpu_id",
	    "{\"ask_json\":\"{" KEY "}\",\"ask_json_signature\":\"x\"}",
	    SOTER_PLATFORM_E_ASK_DEVICE_ID },
	{ "an empty cpu_id",
	    "{\"ask_json\":\"{\\\"cpu_id\\\":\\\"\\\"," KEY
	    "}\",\"ask_json_signature\":\"x\"}",
	    SOTER_PLATFORM_E_ASK_DEVICE_ID },
	{ "a cpu_id that is a number",
	    "{\"ask_json\":\"{\\\"cpu_id\\\":1," KEY
	    "}\",\"ask_json_signature\":\"x\"}",
	    SOTER_PLATFORM_E_ASK_DEVICE_ID },
	{ "a chain that is none",
	    "{\"ask_json\":\"{\\\"certs\\\":[\\\"x\\\"]}\"}",
	    SOTER_PLATFORM_E_ASK_FORMAT },
};

static void
check_bodies(void)
{
	for (size_t i = 0; i < SOTER_COUNT(bodies); i++) {
		struct soter_platform_answer x;

		check_row("asked: %s", bodies[i].what);
		CHECK(offer(&x, soter_text(bodies[i].body), NULL,
			  SOTER_CLASS_TEST) != SOTER_OK);
		CHECK(x.error == bodies[i].want);
		CHECK(!x.is_verified && !x.has_reason);
	}
}

static void
check_signature_missing(void)
{
	struct soter_platform_answer x;
	struct phone_object o;
	struct body b;
	struct soter_writer w = soter_writer(b.p, sizeof(b.p));

	phone_key(&o, &attk, &ask, 1, -1, 20);
	check_row("asked: a key without a signature");
	MUST(soter_platform_ask_write(&w, soter_span(o.text, o.text_n),
		 SOTER_SPAN(""), true) == SOTER_OK);
	CHECK_RC(offer(&x, soter_written(&w), NULL, SOTER_CLASS_TEST),
	    SOTER_E_FIELD_MISSING);
	CHECK(x.error == SOTER_PLATFORM_E_ASK_SIGNATURE_MISSING);
	CHECK(x.has_reason);

	check_row("asked: a cpu_id with a blank is no device id");
	for (size_t i = 0; i + 4 < o.text_n; i++)
		if (memcmp(o.text + i, "0123", 4) == 0)
			o.text[i + 1] = ' ';
	body_of(&b, &o, false);
	CHECK_RC(offer(&x, soter_span(b.p, b.n), NULL, SOTER_CLASS_TEST),
	    SOTER_E_FIELD_VALUE);
	CHECK(x.error == SOTER_PLATFORM_E_ASK_DEVICE_ID);
}

/* ---- what is answered -----------------------------------------------------
 */

struct root {
	const struct rsa_maker *key; /* NULL: a chain's */
	enum soter_root_status status;
	enum soter_class cls;
};

static const struct {
	const char *what;
	size_t n; /* 0: nothing is known */
	struct root root[3];
	enum soter_rc want;
	enum soter_platform_error error;
	uint32_t version;
} judged[] = {
	{ "its root", 1, { { &attk, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST } },
	    SOTER_OK, SOTER_PLATFORM_FINE, 1 },
	{ "the second version", 2,
	    { { &attk2, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST },
		{ &attk, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST } },
	    SOTER_OK, SOTER_PLATFORM_FINE, 2 },
	{ "an old version is revoked, the new one signs", 2,
	    { { &attk2, SOTER_ROOT_REVOKED, SOTER_CLASS_TEST },
		{ &attk, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST } },
	    SOTER_OK, SOTER_PLATFORM_FINE, 2 },
	{ "nothing is known of the device", 0, { { NULL, 0, 0 } },
	    SOTER_E_ATTK_UNKNOWN, SOTER_PLATFORM_E_ASK_NO_ATTK, 0 },
	{ "only that its chain was refused", 1,
	    { { NULL, SOTER_ROOT_REVOKED, SOTER_CLASS_TEST } },
	    SOTER_E_ATTK_UNKNOWN, SOTER_PLATFORM_E_ASK_NO_ATTK, 0 },
	{ "another root: a swapped ASK", 1,
	    { { &attk2, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST } },
	    SOTER_E_SIGNATURE, SOTER_PLATFORM_FINE, 0 },
	{ "a revoked root", 1,
	    { { &attk, SOTER_ROOT_REVOKED, SOTER_CLASS_TEST } },
	    SOTER_E_ATTK_REVOKED, SOTER_PLATFORM_FINE, 0 },
	{ "a suspended root", 1,
	    { { &attk, SOTER_ROOT_SUSPENDED, SOTER_CLASS_TEST } },
	    SOTER_E_ATTK_SUSPENDED, SOTER_PLATFORM_FINE, 0 },
	{ "the old version is revoked, and it signs", 2,
	    { { &attk, SOTER_ROOT_REVOKED, SOTER_CLASS_TEST },
		{ &attk2, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST } },
	    SOTER_E_ATTK_REVOKED, SOTER_PLATFORM_FINE, 0 },
	{ "the other class says that the same key is revoked", 2,
	    { { &attk, SOTER_ROOT_REVOKED, SOTER_CLASS_PRODUCTION },
		{ &attk, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST } },
	    SOTER_OK, SOTER_PLATFORM_FINE, 2 },
	{ "the other class knows another key", 2,
	    { { &attk2, SOTER_ROOT_ACTIVE, SOTER_CLASS_PRODUCTION },
		{ &attk, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST } },
	    SOTER_OK, SOTER_PLATFORM_FINE, 2 },
	{ "only the other class knows it, and another one of ours", 2,
	    { { &attk, SOTER_ROOT_ACTIVE, SOTER_CLASS_PRODUCTION },
		{ &attk2, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST } },
	    SOTER_E_CLASS, SOTER_PLATFORM_FINE, 0 },
	{ "a test root in production", 1,
	    { { &attk, SOTER_ROOT_ACTIVE, SOTER_CLASS_PRODUCTION } },
	    SOTER_E_CLASS, SOTER_PLATFORM_FINE, 0 },
};

static struct tam_device
device_of(const struct root *roots, size_t n)
{
	struct tam_device d = { .n = n };

	for (size_t i = 0; i < n; i++) {
		d.root[i] = (struct tam_root){ .attk_version = (uint32_t)i + 1,
			.cls = roots[i].cls,
			.status = roots[i].status,
			.kind = roots[i].key == NULL ? TAM_ROOT_CHAIN
						     : TAM_ROOT_KEY };
		if (roots[i].key != NULL)
			memcpy(d.root[i].n, roots[i].key->pub.n, SOTER_RSA_LEN);
	}
	return (d);
}

static void
check_judged(void)
{
	struct phone_object o;
	struct body b;

	phone_key(&o, &attk, &ask, 181, -1, 20);
	for (size_t i = 0; i < SOTER_COUNT(judged); i++)
		for (int explain = 0; explain < 2; explain++) {
			struct tam_device d =
			    device_of(judged[i].root, judged[i].n);
			struct soter_platform_answer x;

			check_row("judged: %s%s", judged[i].what,
			    explain ? ", and told why" : "");
			body_of(&b, &o, explain);
			CHECK_RC(offer(&x, soter_span(b.p, b.n),
				     judged[i].n == 0 ? NULL : &d,
				     SOTER_CLASS_TEST),
			    judged[i].want);
			CHECK(x.error == judged[i].error);
			CHECK(x.is_verified == (judged[i].want == SOTER_OK));
			CHECK(x.has_reason == explain);
			CHECK(x.reason.rc == judged[i].want);
			if (judged[i].want == SOTER_OK)
				CHECK(x.attk_version == judged[i].version);
		}
}

/* Signed by the right root, and still not what was asked for. */
static void
check_lies(void)
{
	const struct root root = { &attk, SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST };
	struct tam_device d = device_of(&root, 1);
	struct soter_platform_answer x;
	struct rsa_maker weak = ask;
	struct phone_object o;
	struct body b;

	check_row("judged: the root as its own ASK");
	phone_key(&o, &attk, &attk, 1, -1, 20);
	body_of(&b, &o, true);
	CHECK_RC(offer(&x, soter_span(b.p, b.n), &d, SOTER_CLASS_TEST),
	    SOTER_E_SELF);
	CHECK(!x.is_verified);

	check_row("judged: a salt of 32 that nobody announced");
	phone_key(&o, &attk, &ask, 1, -1, 32);
	body_of(&b, &o, true);
	CHECK_RC(offer(&x, soter_span(b.p, b.n), &d, SOTER_CLASS_TEST),
	    SOTER_E_SALT);

	check_row("judged: one byte of the text changed on the way");
	phone_key(&o, &attk, &ask, 1, -1, 20);
	for (size_t i = 0; i + 4 < o.text_n; i++)
		if (memcmp(o.text + i, PHONE_UID, 5) == 0)
			o.text[i] = '9';
	body_of(&b, &o, true);
	CHECK_RC(offer(&x, soter_span(b.p, b.n), &d, SOTER_CLASS_TEST),
	    SOTER_E_SIGNATURE);

	check_row("judged: an AuthKey, signed by its ASK");
	phone_key(&o, &ask, &stranger, 1, -1, 20);
	body_of(&b, &o, true);
	CHECK_RC(offer(&x, soter_span(b.p, b.n), &d, SOTER_CLASS_TEST),
	    SOTER_E_SIGNATURE);

	check_row("judged: an ASK that signed itself");
	phone_key(&o, &ask, &ask, 1, -1, 20);
	body_of(&b, &o, true);
	CHECK_RC(offer(&x, soter_span(b.p, b.n), &d, SOTER_CLASS_TEST),
	    SOTER_E_SIGNATURE);

	check_row("judged: a key that anybody can factor");
	weak.pub.n[SOTER_RSA_LEN - 1] &= 0xfe;
	phone_key(&o, &attk, &weak, 1, -1, 20);
	body_of(&b, &o, true);
	CHECK_RC(offer(&x, soter_span(b.p, b.n), &d, SOTER_CLASS_TEST),
	    SOTER_E_KEY_WEAK);
	CHECK(!x.is_verified);

	check_row("judged: a stored root that was never a key is corrupt");
	memset(d.root[0].n, 0xff, SOTER_RSA_LEN);
	d.root[0].n[255] = 0xfe;
	phone_key(&o, &attk, &ask, 1, -1, 20);
	body_of(&b, &o, true);
	CHECK_RC(offer(&x, soter_span(b.p, b.n), &d, SOTER_CLASS_TEST),
	    SOTER_E_CORRUPT);
}

/*
 * Whole chains, each good under a root that is no vendor's: whoever makes his
 * own has any key attested, with any challenge.
 */
static void
check_chains(void)
{
	static const char *const files[] = { "ask.json", "ask-no-copies.json",
		"ask-no-salt.json" };
	static struct vector v;
	static struct body b;

	for (size_t i = 0; i < 2 * SOTER_COUNT(files); i++) {
		const enum soter_class cls =
		    i % 2 == 0 ? SOTER_CLASS_TEST : SOTER_CLASS_PRODUCTION;
		struct soter_writer w = soter_writer(b.p, sizeof(b.p));
		struct soter_platform_answer x;

		check_row("judged: a self-made chain, %s, class %d",
		    files[i / 2], (int)cls);
		MUST(vector_read(&v, "tests/vectors/chain", files[i / 2]));
		MUST(soter_platform_ask_write(&w, vector_span(&v),
			 SOTER_SPAN(""), true) == SOTER_OK);
		CHECK_RC(offer(&x, soter_written(&w), NULL, cls),
		    SOTER_E_CHAIN_ROOT);
		CHECK(!x.is_verified && x.reason.rc == SOTER_E_CHAIN_ROOT);
	}
}

int
main(void)
{
	rsa_make(&attk, 2048);
	rsa_make(&attk2, 2048);
	rsa_make(&ask, 2048);
	rsa_make(&stranger, 2048);
	check_bodies();
	check_signature_missing();
	check_judged();
	check_lies();
	check_chains();
	return (check_done());
}
