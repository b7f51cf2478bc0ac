/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RSA-PSS cases of Project Wycheproof, from the folder that the variable
 * SOTER_REAL_VECTORS names.  A group with SOTER's hashes is judged case by
 * case, with the group's salt length.  The others were signed with another hash
 * or another mask, which the verifier cannot even be asked for: whatever they
 * hold must be refused.
 */
#include <jansson.h>

#include "crypto/pss.h"
#include "soter/verify.h"
#include "tests/check.h"

static const struct {
	const char *name;
	size_t tests, ours; /* cases, and those in groups with our hashes */
} files[] = {
	{ "rsa_pss_2048_sha256_mgf1_0_test.json", 103, 103 },
	{ "rsa_pss_2048_sha256_mgf1_32_test.json", 108, 108 },
	{ "rsa_pss_2048_sha256_mgf1sha1_20_test.json", 108, 0 },
	{ "rsa_pss_misc_test.json", 150, 6 },
};

struct counts {
	size_t groups, ours, valid, invalid, foreign;
};

static const char *
string(json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return (CHECK(s != NULL) ? s : "");
}

/* Read hex into a buffer of cap bytes. */
static size_t
hex(uint8_t *out, size_t cap, const char *s)
{
	size_t n = strlen(s) / 2;
	unsigned byte;

	if (!CHECK(strlen(s) % 2 == 0 && n <= cap))
		return (0);
	for (size_t i = 0; i < n; i++) {
		CHECK(sscanf(s + 2 * i, "%2x", &byte) == 1);
		out[i] = (uint8_t)byte;
	}
	return (n);
}

static struct soter_pubkey *
group_key(json_t *group)
{
	json_t *numbers = json_object_get(group, "publicKey");
	struct soter_key key = { .alg = SOTER_ALG_RSA };
	const char *n = string(numbers, "modulus");
	struct soter_pubkey *made = NULL;

	n += strncmp(n, "00", 2) == 0 ? 2 : 0;
	key.n_len = hex(key.n, sizeof(key.n), n);
	key.e = (uint32_t)strtoul(string(numbers, "publicExponent"), NULL, 16);
	CHECK_RC(soter_pubkey_make(&made, &key), SOTER_OK);
	return (made);
}

static bool
is_ours(json_t *group)
{
	return (json_integer_value(json_object_get(group, "keySize")) == 2048 &&
	    strcmp(string(group, "sha"), "SHA-256") == 0 &&
	    strcmp(string(group, "mgf"), "MGF1") == 0 &&
	    strcmp(string(group, "mgfSha"), "SHA-256") == 0);
}

static void
check_case(const struct soter_pubkey *key, json_t *test, size_t salt_len,
    bool ours, struct counts *c)
{
	static uint8_t msg[4096], sig[4096];
	bool valid = strcmp(string(test, "result"), "valid") == 0;
	size_t msg_n = hex(msg, sizeof(msg), string(test, "msg"));
	size_t sig_n = hex(sig, sizeof(sig), string(test, "sig"));
	enum soter_rc rc;
	int held;

	CHECK(valid || strcmp(string(test, "result"), "invalid") == 0);
	rc = soter_pss_verify(key, soter_span(msg, msg_n),
	    soter_span(sig, sig_n), salt_len);
	if (ours && valid)
		held = CHECK_RC(rc, SOTER_OK);
	else if (sig_n != SOTER_RSA_LEN)
		held = CHECK_RC(rc, SOTER_E_SIG_LENGTH);
	else if (ours &&
	    strncmp(string(test, "comment"), "s_len changed", 13) == 0)
		held = CHECK_RC(rc, SOTER_E_SALT);
	else /* under no salt length at all, hence not SOTER_E_SALT */
		held = CHECK_RC(rc, SOTER_E_SIGNATURE);
	if (!held)
		printf("# case %d: %s\n",
		    (int)json_integer_value(json_object_get(test, "tcId")),
		    string(test, "comment"));

	c->valid += ours && valid;
	c->invalid += ours && !valid;
	c->foreign += !ours;
}

static void
check_group(json_t *group, struct counts *c)
{
	json_t *salt_len = json_object_get(group, "sLen"), *tests;
	struct soter_pubkey *key = group_key(group);
	bool ours = is_ours(group);

	if (!CHECK(key != NULL && json_is_integer(salt_len)))
		return;
	tests = json_object_get(group, "tests");
	for (size_t i = 0; i < json_array_size(tests); i++)
		check_case(key, json_array_get(tests, i),
		    (size_t)json_integer_value(salt_len), ours, c);
	c->groups++;
	c->ours += ours;
	soter_pubkey_free(&key);
}

static void
check_file(const char *folder, size_t file)
{
	struct counts c = { 0 };
	json_t *root, *groups;
	char path[4096];

	check_row("%s", files[file].name);
	snprintf(path, sizeof(path), "%s/wycheproof_rsa_pss/%s", folder,
	    files[file].name);
	if (!CHECK((root = json_load_file(path, 0, NULL)) != NULL))
		return;
	groups = json_object_get(root, "testGroups");
	for (size_t i = 0; i < json_array_size(groups); i++)
		check_group(json_array_get(groups, i), &c);
	printf("# %zu groups, %zu with our hashes: %zu valid, %zu invalid; "
	       "%zu with others, refused\n",
	    c.groups, c.ours, c.valid, c.invalid, c.foreign);
	CHECK(c.valid + c.invalid == files[file].ours);
	CHECK(c.valid + c.invalid + c.foreign == files[file].tests);
	json_decref(root);
}

int
main(void)
{
	const char *folder = getenv("SOTER_REAL_VECTORS");

	for (size_t i = 0; i < SOTER_COUNT(files); i++)
		if (folder == NULL || *folder == '\0')
			check_skip(files[i].name,
			    "SOTER_REAL_VECTORS is not set");
		else
			check_file(folder, i);
	return (check_done());
}
