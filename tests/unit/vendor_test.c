/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The chain ASK beyond tests/vectors/manifest.jsonl: which profile it meets,
 * which class, what the report says.
 */
#include "soter/verify.h"
#include "crypto/hash.h"
#include "tests/unit/vectors.h"

#define FOLDER "tests/vectors/chain"

static struct vector text;
static struct soter_profile ours = { .name = "test", .cls = SOTER_CLASS_TEST };

static enum soter_rc
offer(const struct soter_profile *profiles, size_t n, enum soter_class cls,
    struct soter_key_record *record, struct soter_report *why)
{
	const struct soter_expect want = { .cls = cls };
	struct soter_ask *out = (struct soter_ask *)&text;
	enum soter_rc rc;

	rc = soter_ask_accept_chain(&out, profiles, n, vector_span(&text),
	    &want, why);
	if (rc != SOTER_OK) {
		CHECK(out == (struct soter_ask *)&text);
		return (rc);
	}
	if (record != NULL)
		soter_ask_record(out, record);
	soter_ask_free(&out);
	return (rc);
}

static void
check_profiles(void)
{
	struct soter_profile two[2];
	struct soter_key_record record;
	struct soter_report why;

	check_row("no profile");
	CHECK_RC(offer(NULL, 0, SOTER_CLASS_TEST, NULL, NULL),
	    SOTER_E_CHAIN_ROOT);
	check_row("the built-in profiles: our root is none of them");
	two[0] = soter_profiles(NULL)[0];
	CHECK_RC(offer(two, 1, SOTER_CLASS_TEST, NULL, NULL),
	    SOTER_E_CHAIN_ROOT);

	check_row("the second profile is met, without the quirk");
	two[1] = ours;
	CHECK_RC(offer(two, 2, SOTER_CLASS_TEST, &record, &why), SOTER_OK);
	CHECK(!record.salt_32_if_absent && record.cls == SOTER_CLASS_TEST);
	CHECK(record.counter == 38 && strcmp(record.uid, "10316") == 0);
	CHECK(record.attk_version == 0 && record.e == 65537);
	CHECK(why.cert == -1 && why.field[0] == '\0' && why.offset == 0);
	CHECK(why.unknown_n == 0 && why.link == SOTER_LINK_ASK);

	check_row("the quirk comes from the profile");
	two[1].salt_32_if_absent = true;
	CHECK_RC(offer(two, 2, SOTER_CLASS_TEST, &record, NULL), SOTER_OK);
	CHECK(record.salt_32_if_absent);

	check_row("one byte of the pin differs");
	two[1].root_sha256[31] ^= 1;
	CHECK_RC(offer(two, 2, SOTER_CLASS_TEST, NULL, &why),
	    SOTER_E_CHAIN_ROOT);
}

static void
check_class(void)
{
	struct soter_profile production = ours;

	check_row("a test root at a production verifier");
	CHECK_RC(offer(&ours, 1, SOTER_CLASS_PRODUCTION, NULL, NULL),
	    SOTER_E_CLASS);
	check_row("a production root at a test verifier");
	production.cls = SOTER_CLASS_PRODUCTION;
	CHECK_RC(offer(&production, 1, SOTER_CLASS_TEST, NULL, NULL),
	    SOTER_E_CLASS);
	check_row("a production root at a production verifier");
	CHECK_RC(offer(&production, 1, SOTER_CLASS_PRODUCTION, NULL, NULL),
	    SOTER_OK);
}

/* Fields that the client adds beside the copies. */
static void
check_unknown(void)
{
	struct soter_report why;

	check_row("an unknown scalar passes and is named");
	memcpy(text.bytes + text.n - 1, ",\"sdk\":2}", 9);
	text.n += 8;
	CHECK_RC(offer(&ours, 1, SOTER_CLASS_TEST, NULL, &why), SOTER_OK);
	CHECK(why.unknown_n == 1 && strcmp(why.unknown[0], "sdk") == 0);
	text.bytes[text.n - 1] = '\0';
	text.n -= 9;
	text.bytes[text.n++] = '}';
}

static void
check_claim(void)
{
	static struct vector other;
	struct soter_claim claim;
	struct soter_report why;

	check_row("the claims of a chain come from its leaf");
	CHECK_RC(soter_claim_read(&claim, vector_span(&text), &why), SOTER_OK);
	CHECK(claim.kind == SOTER_KIND_CHAIN && claim.counter == 38);
	CHECK(strncmp(claim.cpu_id, "TEST_PHONE_", 11) == 0);
	CHECK(strcmp(claim.uid, "10316") == 0 && !claim.is_ios);

	check_row("the claims of a leaf that attests nothing");
	CHECK(vector_read(&other, "tests/vectors/negative/chain",
	    "leaf-no-attestation.json"));
	CHECK_RC(soter_claim_read(&claim, vector_span(&other), &why),
	    SOTER_E_ATTEST_MISSING);
	CHECK(why.cert == 0 && claim.counter == 38);

	check_row("claims of what is no SOTER object");
	CHECK_RC(soter_claim_read(&claim, SOTER_SPAN("{}"), &why),
	    SOTER_E_KIND);
	CHECK_RC(soter_claim_read(&claim, SOTER_SPAN("{\"certs\":[]}"), &why),
	    SOTER_E_CHAIN_LENGTH);
	CHECK_RC(soter_claim_read(&claim, SOTER_SPAN("{\"raw\":1}"), &why),
	    SOTER_E_FIELD_MISSING);
	CHECK_RC(soter_claim_read(&claim, SOTER_SPAN("{\"pub_key\":1}"), NULL),
	    SOTER_E_FIELD_MISSING);
	CHECK_RC(soter_claim_read(&claim, SOTER_SPAN("["), &why), SOTER_E_JSON);
	CHECK(claim.kind == SOTER_KIND_CHAIN && why.rc == SOTER_E_JSON);
}

int
main(void)
{
	struct vector root;

	check_row("our vendor root");
	if (!CHECK(vector_read(&text, FOLDER, "ask.json")) ||
	    !CHECK(vector_read(&root, FOLDER, "root.sha256")))
		return (check_done());
	CHECK(root.n >= 64);
	for (size_t i = 0; i < 32; i++) {
		char hex[3] = { (char)root.bytes[2 * i],
			(char)root.bytes[2 * i + 1], '\0' };

		ours.root_sha256[i] = (uint8_t)strtoul(hex, NULL, 16);
	}
	check_profiles();
	check_class();
	check_unknown();
	check_claim();
	return (check_done());
}
