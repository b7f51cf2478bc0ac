/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/check.h"

/*
 * Numbers and words stand in other people's logs and scripts: a change of the
 * list that moves one of them must be seen.
 */
static const struct {
	unsigned number;
	const char *name, *word;
} fixed[] = {
	{ 0x0000, "SOTER_OK", "ok" },
	{ 0x0101, "SOTER_E_SHORT", "short" },
	{ 0x0105, "SOTER_E_JSON", "json" },
	{ 0x010c, "SOTER_E_FIELD_DOUBLED", "field_doubled" },
	{ 0x0115, "SOTER_E_XML_NODE", "xml_node" },
	{ 0x0201, "SOTER_E_SIGNATURE", "signature" },
	{ 0x0207, "SOTER_E_KEY_ROCA", "key_roca" },
	{ 0x0301, "SOTER_E_REPLAY", "counter_behind" },
	{ 0x0315, "SOTER_E_ATTEST_KEY", "attestation_key" },
	{ 0x0401, "SOTER_E_NOTFOUND", "not_found" },
	{ 0x0406, "SOTER_E_ROLLBACK", "rolled_back" },
	{ 0x0505, "SOTER_E_ASK_NOT_READY", "ask_not_ready" },
	{ 0x051a, "SOTER_E_VERIFICATION_FAILED", "verification_failed" },
	{ 0x0540, "SOTER_E_PIN", "pin_wrong" },
	{ 0x05ff, "SOTER_E_TEE_UNKNOWN", "unknown_error" },
	{ 0x0601, "SOTER_E_ARGUMENT", "argument" },
	{ 0x0604, "SOTER_E_READ", "read" },
	{ 0x0801, "SOTER_E_LISTEN", "listen" },
	{ 0x0802, "SOTER_E_TLS_FILE", "tls_file" },
	{ 0x1001, "SOTER_HINT_SALT", "salt_other" },
	{ 0x1015, "SOTER_HINT_FRAME", "export_frame" },
};

static int
is_word(const char *word)
{
	return (word[0] != '\0' &&
	    word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_")] ==
		'\0');
}

/* One sentence that can be put into another: no capital, no full stop. */
static int
is_sentence(const char *text)
{
	size_t n = strlen(text);

	return (n > 0 && text[n - 1] != '.' && text[n - 1] != ' ' &&
	    strchr(text, '\n') == NULL && text[0] != ' ');
}

static void
test_rows(void)
{
	size_t n = 0;
	const struct soter_code *code = soter_codes(&n);

	check_row("the list can be had without its length");
	CHECK(n > 0 && soter_codes(NULL) == code);

	for (size_t i = 0; i < n; i++) {
		bool hint = code[i].number >= 0x1000;

		check_row("%s", code[i].name);
		CHECK(is_word(code[i].word));
		CHECK(is_sentence(code[i].text) && is_sentence(code[i].next));
		CHECK(code[i].rule[0] != '\0');
		CHECK(strncmp(code[i].name,
			  hint	       ? "SOTER_HINT_"
			      : i == 0 ? "SOTER_OK"
				       : "SOTER_E_",
			  hint	       ? 11
			      : i == 0 ? 9
				       : 8) == 0);
		CHECK(i == 0 || code[i].number > code[i - 1].number);
		CHECK(soter_code_find(code[i].number) == &code[i]);
		/* also: no word is there twice */
		CHECK(soter_code_find_word(code[i].word) == &code[i]);
	}
}

static void
test_fixed(void)
{
	for (size_t i = 0; i < SOTER_COUNT(fixed); i++) {
		const struct soter_code *code =
		    soter_code_find(fixed[i].number);

		check_row("0x%04x is %s", fixed[i].number, fixed[i].word);
		if (!CHECK(code != NULL))
			continue;
		CHECK(strcmp(code->name, fixed[i].name) == 0);
		CHECK(strcmp(code->word, fixed[i].word) == 0);
		CHECK(soter_code_find_word(fixed[i].word) == code);
		CHECK(strcmp(soter_rc_word((enum soter_rc)fixed[i].number),
			  code->word) == 0);
		CHECK(strcmp(soter_rc_text((enum soter_rc)fixed[i].number),
			  code->text) == 0);
	}
}

static void
test_unknown(void)
{
	static const unsigned never[] = { 0x0001, 0x0100, 0x01ff, 0x0f01,
		0x1000, 0xffff };

	for (size_t i = 0; i < SOTER_COUNT(never); i++) {
		check_row("0x%04x was never given out", never[i]);
		CHECK(soter_code_find(never[i]) == NULL);
		CHECK(strcmp(soter_rc_word((enum soter_rc)never[i]),
			  "unknown") == 0);
		CHECK(is_sentence(soter_rc_text((enum soter_rc)never[i])));
	}
	check_row("words that are none");
	CHECK(soter_code_find_word("") == NULL);
	CHECK(soter_code_find_word("OK") == NULL);
	CHECK(soter_code_find_word("sho") == NULL);
	CHECK(soter_code_find_word("shorts") == NULL);
	CHECK(soter_code_find_word("SOTER_E_SHORT") == NULL);
	CHECK(soter_code_find_word("unknown") == NULL);
}

int
main(void)
{
	test_rows();
	test_fixed();
	test_unknown();
	return (check_done());
}
