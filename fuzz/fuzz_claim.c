/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: a claim is what the parser of its kind reads, and every text in
 * it ends; a failure leaves the output alone and is explained; a blob taken
 * apart is the input's own bytes.
 * Seeds: tests/vectors/.
 */
#include "fuzz/fuzz.h"
#include "soter/verify.h"
#include "wire/keyjson.h"
#include "wire/result.h"

static void
check_split(struct soter_span in)
{
	struct soter_signed s;

	memset(&s, FUZZ_FILL, sizeof(s));
	if (soter_signed_split(&s, in) != SOTER_OK) {
		MUST(fuzz_untouched(&s, sizeof(s)));
		return;
	}
	MUST(s.text.p == in.p + 4 && s.text.n > 0);
	MUST(s.sig.n == 256 && s.text.n == in.n - 4 - 256);
	MUST(s.sig.p == s.text.p + s.text.n);
}

static void
check_report(const struct soter_report *why, enum soter_rc rc, size_t size)
{
	MUST(why->rc == rc && why->link == SOTER_LINK_NONE);
	MUST(memchr(why->field, '\0', sizeof(why->field)) != NULL);
	MUST(why->offset <= size && why->cert >= -1 && why->cert <= 3);
	MUST(why->hints == 0 && !why->would_match);
}

static void
check_owner(const struct soter_claim *c, const char *cpu_id, const char *uid,
    uint64_t counter)
{
	MUST(strcmp(c->cpu_id, cpu_id) == 0 && strcmp(c->uid, uid) == 0);
	MUST(c->counter == counter);
}

static void
check_claim(const struct soter_claim *c, struct soter_span in)
{
	struct soter_key_json key;
	struct soter_result_json result;

	MUST(memchr(c->cpu_id, '\0', sizeof(c->cpu_id)) != NULL);
	MUST(memchr(c->uid, '\0', sizeof(c->uid)) != NULL);
	switch (c->kind) {
	case SOTER_KIND_KEY:
		MUST(soter_key_json_parse(&key, in, NULL, NULL) == SOTER_OK);
		check_owner(c, key.cpu_id, key.uid, key.counter);
		MUST(!c->is_ios);
		break;
	case SOTER_KIND_RESULT:
		MUST(soter_result_json_parse(&result, in, NULL, NULL) ==
		    SOTER_OK);
		check_owner(c, result.cpu_id, result.uid, result.counter);
		MUST(c->is_ios == result.is_ios);
		break;
	case SOTER_KIND_CHAIN:
		MUST(c->cpu_id[0] != '\0' && c->uid[0] != '\0' && !c->is_ios);
		break;
	default:
		MUST(false);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	struct soter_claim claim;
	struct soter_report why;
	enum soter_rc rc;

	check_split(in);
	memset(&claim, FUZZ_FILL, sizeof(claim));
	memset(&why, FUZZ_FILL, sizeof(why));
	rc = soter_claim_read(&claim, in, &why);
	check_report(&why, rc, size);
	if (rc == SOTER_OK)
		check_claim(&claim, in);
	else
		MUST(fuzz_untouched(&claim, sizeof(claim)));
	return (0);
}
