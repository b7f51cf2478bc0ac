/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A root replaced after the factory: without the maker's word never, and the
 * word counts for one device, one purpose, one nonce, once.
 *
 * Guards: check_permission() in src/ta/soter/attk.c; in factory.c the nonce
 * (`!nonce.is_given`, `nonce.is_given = false`, ta_factory_reset()), the device
 * id and the purpose in write_text(), the verification; the order in store()
 * and the device id in an ASK's data (ask.c, read_id()).
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/check.h"
#include "tests/tabox.h"
#include "wire/factory.h"

#define BUILD (&tabox_builds[TABOX_FACTORY_KEY])

static EVP_PKEY *factory, *stranger;

static void
load_keys(void)
{
	FILE *f = fopen("tests/ta/factory.pem", "r");

	if (f == NULL ||
	    (factory = PEM_read_PrivateKey(f, NULL, NULL, NULL)) == NULL ||
	    (stranger = EVP_RSA_gen(2048)) == NULL)
		abort();
	fclose(f);
}

/* What a token is made of; the tests change one thing each. */
struct token {
	EVP_PKEY *key;
	int salt_len;
	enum soter_factory_purpose purpose;
	char device_id[SOTER_DEVICE_ID_LEN + 1]; /* empty: none */
	uint8_t nonce[SOTER_FACTORY_NONCE_LEN];
	uint8_t sig[SOTER_SIG_LEN];
};

static struct soter_span
sign(struct token *t)
{
	uint8_t text[SOTER_FACTORY_TEXT_LEN];
	struct soter_writer w = soter_writer(text, sizeof(text));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pss;
	size_t n = sizeof(t->sig);

	if (soter_factory_text_write(&w, t->purpose, soter_text(t->device_id),
		soter_span(t->nonce, sizeof(t->nonce))) != SOTER_OK ||
	    ctx == NULL ||
	    EVP_DigestSignInit(ctx, &pss, EVP_sha256(), NULL, t->key) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(pss, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pss, t->salt_len) != 1 ||
	    EVP_DigestSign(ctx, t->sig, &n, text, w.len) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	return (soter_span(t->sig, sizeof(t->sig)));
}

static void
read_device_id(struct tabox *box, char out[SOTER_DEVICE_ID_LEN + 1])
{
	out[0] = '\0';
	if (tabox_do(box, TABOX_FACTORY, SOTER_TA_DEVICE_ID, 0, NULL) ==
	    SOTER_OK)
		memcpy(out, tabox_last.body, SOTER_DEVICE_ID_LEN);
	out[SOTER_DEVICE_ID_LEN] = '\0';
}

/* Ask the TA for a nonce, and put a right token together, not signed yet. */
static void
prepare(struct tabox *box, struct token *t)
{
	memset(t, 0, sizeof(*t));
	t->key = factory;
	t->salt_len = SOTER_FACTORY_SALT;
	read_device_id(box, t->device_id);
	t->purpose = t->device_id[0] == '\0' ? SOTER_FACTORY_GENERATE
					     : SOTER_FACTORY_REPLACE;
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_FACTORY_NONCE, 0, NULL),
	    SOTER_OK);
	CHECK(tabox_last.n == sizeof(t->nonce));
	memcpy(t->nonce, tabox_last.body, sizeof(t->nonce));
}

/* ---- lies -------------------------------------------------------------- */

static void
lie_other_key(struct tabox *box, struct token *t)
{
	(void)box;
	t->key = stranger;
}

static void
lie_salt(struct tabox *box, struct token *t)
{
	(void)box;
	t->salt_len = 20;
}

static void
lie_purpose(struct tabox *box, struct token *t)
{
	(void)box;
	t->purpose = t->purpose == SOTER_FACTORY_REPLACE
	    ? SOTER_FACTORY_GENERATE
	    : SOTER_FACTORY_REPLACE;
}

static void
lie_other_device(struct tabox *box, struct token *t)
{
	(void)box;
	memset(t->device_id, 'a', SOTER_DEVICE_ID_LEN);
}

static void
lie_no_device(struct tabox *box, struct token *t)
{
	(void)box;
	memset(t->device_id, '0', SOTER_DEVICE_ID_LEN);
}

static void
lie_other_nonce(struct tabox *box, struct token *t)
{
	(void)box;
	t->nonce[15] ^= 1;
}

static void
lie_old_nonce(struct tabox *box, struct token *t)
{
	(void)t;
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_FACTORY_NONCE, 0, NULL),
	    SOTER_OK);
}

/* A wrong try has used the nonce up. */
static void
lie_used_nonce(struct tabox *box, struct token *t)
{
	uint8_t junk[SOTER_SIG_LEN] = { 1 };

	(void)t;
	CHECK_RC(tabox_generate(box, 1, soter_span(junk, sizeof(junk))),
	    SOTER_E_ACCESS);
}

static void
lie_restarted(struct tabox *box, struct token *t)
{
	(void)t;
	tabox_stop(box);
	CHECK_RC(tabox_start(box), SOTER_OK);
}

static const struct {
	const char *what;
	void (*tell)(struct tabox *box, struct token *t);
	bool also_first;
} lies[] = {
	{ "signed by another key", lie_other_key, true },
	{ "20 bytes of salt", lie_salt, true },
	{ "for the other purpose", lie_purpose, true },
	{ "for another device", lie_other_device, true },
	{ "for a device without an id", lie_no_device, false },
	{ "for a nonce that was never given", lie_other_nonce, true },
	{ "for a nonce before the last", lie_old_nonce, true },
	{ "for a nonce that a wrong try has used", lie_used_nonce, true },
	{ "for a nonce from before a restart", lie_restarted, true },
};

static void
test_lies(struct tabox *box, bool is_first)
{
	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		char before[SOTER_DEVICE_ID_LEN + 1],
		    after[SOTER_DEVICE_ID_LEN + 1];
		struct token t;

		if (is_first && !lies[i].also_first)
			continue;
		check_row("%s root, token %s", is_first ? "first" : "another",
		    lies[i].what);
		read_device_id(box, before);
		prepare(box, &t);
		lies[i].tell(box, &t);
		CHECK_RC(tabox_generate(box, 1, sign(&t)), SOTER_E_ACCESS);
		/* The right one comes too late for this nonce. */
		prepare(box, &t);
		t.sig[0] = 0;
		CHECK_RC(
		    tabox_generate(box, 1, soter_span(t.sig, sizeof(t.sig))),
		    SOTER_E_ACCESS);
		CHECK_RC(tabox_generate(box, 1, sign(&t)), SOTER_E_ACCESS);
		read_device_id(box, after);
		CHECK(strcmp(before, after) == 0);
	}
	check_row("%s root, a token without a nonce",
	    is_first ? "first" : "another");
	{
		struct token t;

		prepare(box, &t);
		lie_used_nonce(box, &t);
		memset(t.nonce, 0, sizeof(t.nonce));
		CHECK_RC(tabox_generate(box, 1, sign(&t)), SOTER_E_ACCESS);
	}
}

/* ---- the truth --------------------------------------------------------- */

static enum soter_rc
replace(struct tabox *box)
{
	struct token t;

	prepare(box, &t);
	return (tabox_generate(box, 1, sign(&t)));
}

static size_t
count_objects(struct tabox *box, const char *prefix)
{
	struct soter_span id;
	size_t n, found = 0;

	for (size_t i = 0; teehost_store_list(box->store, i, &id, &n); i++)
		if (soter_span_starts(id, soter_text(prefix)))
			found++;
	return (found);
}

static void
test_replace(struct tabox *box)
{
	char before[SOTER_DEVICE_ID_LEN + 1], after[SOTER_DEVICE_ID_LEN + 1];
	uint64_t session, counter;
	struct token t;

	check_row("without a token the root stays");
	CHECK_RC(tabox_generate(box, 1, SOTER_SPAN("")),
	    SOTER_E_ATTK_PROVISIONED);
	CHECK_RC(
	    tabox_do(box, TABOX_SERVICE, SOTER_TA_ASK_EXPORT, TABOX_UID, NULL),
	    SOTER_OK);
	counter = tabox_counter();
	CHECK_RC(tabox_init(box, TABOX_UID, TABOX_KNAME, "c", &session),
	    SOTER_OK);
	CHECK_RC(tabox_match(box, session), SOTER_OK);

	check_row("with the maker's token it is replaced, once");
	read_device_id(box, before);
	prepare(box, &t);
	CHECK_RC(tabox_generate(box, 1, sign(&t)), SOTER_OK);
	CHECK_RC(tabox_generate(box, 1, sign(&t)), SOTER_E_ACCESS);
	read_device_id(box, after);
	CHECK(strcmp(before, after) != 0);
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_ATTK_VERIFY, 0, NULL),
	    SOTER_OK);
	CHECK(count_objects(box, "attk") == 1);
	CHECK(count_objects(box, "copy") == 1);

	check_row("what stood below the old root is void");
	CHECK_RC(tabox_finish(box, TABOX_UID, session), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(
	    tabox_do(box, TABOX_SERVICE, SOTER_TA_ASK_HAS, TABOX_UID, NULL),
	    SOTER_E_ASK_NOT_READY);
	CHECK_RC(tabox_do(box, TABOX_SERVICE, SOTER_TA_AUTHKEY_HAS, TABOX_UID,
		     TABOX_KNAME),
	    SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(tabox_do(box, TABOX_SERVICE, SOTER_TA_AUTHKEY_EXPORT,
		     TABOX_UID, TABOX_KNAME),
	    SOTER_E_AUTH_KEY_NOT_READY);

	check_row("the counter goes on");
	CHECK_RC(tabox_do(box, TABOX_SERVICE, SOTER_TA_ASK_GENERATE, TABOX_UID,
		     NULL),
	    SOTER_OK);
	CHECK_RC(
	    tabox_do(box, TABOX_SERVICE, SOTER_TA_ASK_EXPORT, TABOX_UID, NULL),
	    SOTER_OK);
	CHECK(tabox_counter() == counter + 1);
}

/* Old root or new root, whole, after a power cut anywhere. */
static void
test_cuts(struct tabox *base)
{
	char before[SOTER_DEVICE_ID_LEN + 1];
	enum soter_rc rc = SOTER_E_STORAGE;

	read_device_id(base, before);
	tabox_stop(base);
	for (uint64_t cut = 1; rc != SOTER_OK; cut++) {
		char after[SOTER_DEVICE_ID_LEN + 1];
		struct tabox box;
		bool is_old;

		check_row("power cut at operation %u of another root",
		    (unsigned)cut);
		tabox_new(&box, BUILD);
		diskmodel_free(&box.disk);
		box.disk = diskmodel_copy(base->disk, &box.power);
		CHECK_RC(tabox_start(&box), SOTER_OK);
		box.power.cut_at = box.power.done + cut;
		rc = replace(&box);
		tabox_kill(&box);
		diskmodel_restart(box.disk,
		    (enum diskmodel_image)(cut % DISKMODEL_IMAGES),
		    (uint32_t)cut);
		CHECK_RC(tabox_start(&box), SOTER_OK);
		read_device_id(&box, after);
		is_old = strcmp(before, after) == 0;
		CHECK(after[0] != '\0' && !(is_old && rc == SOTER_OK));
		CHECK_RC(tabox_do(&box, TABOX_FACTORY, SOTER_TA_ATTK_VERIFY, 0,
			     NULL),
		    SOTER_OK);
		CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_ASK_EXPORT,
			     TABOX_UID, NULL),
		    is_old ? SOTER_OK : SOTER_E_ASK_NOT_READY);
		tabox_free(&box);
	}
}

/* The maker's word makes a root, not a counter that begins anew. */
static void
test_no_counter(struct tabox *base)
{
	char before[SOTER_DEVICE_ID_LEN + 1], after[SOTER_DEVICE_ID_LEN + 1];

	check_row("another root, on a device that lost its counter");
	CHECK_RC(tabox_start(base), SOTER_OK);
	CHECK_RC(teehost_store_remove(base->store, SOTER_SPAN("counter")),
	    SOTER_OK);
	tabox_stop(base);
	CHECK_RC(tabox_start(base), SOTER_OK);
	read_device_id(base, before);
	CHECK_RC(replace(base), SOTER_E_SECURITY_STATE);
	read_device_id(base, after);
	CHECK(strcmp(before, after) == 0);
	CHECK(count_objects(base, "counter") == 0);
}

int
main(int argc, char **argv)
{
	struct soter_ta_status x;
	struct tabox box;
	struct token t;

	tabox_load(argc, argv);
	load_keys();
	check_row("a TA without a factory key takes no token");
	tabox_new(&box, &tabox_builds[TABOX_USUAL]);
	if (!CHECK_RC(tabox_start(&box), SOTER_OK))
		return (1);
	prepare(&box, &t);
	CHECK_RC(tabox_generate(&box, 1, sign(&t)), SOTER_E_ACCESS);
	CHECK_RC(tabox_generate(&box, 1, SOTER_SPAN("")), SOTER_OK);
	prepare(&box, &t);
	CHECK_RC(tabox_generate(&box, 1, sign(&t)), SOTER_E_ATTK_PROVISIONED);
	tabox_free(&box);

	tabox_new(&box, BUILD);
	if (!CHECK_RC(tabox_start(&box), SOTER_OK))
		return (1);
	check_row("the status says that one is built in");
	CHECK_RC(tabox_do(&box, TABOX_PUBLIC, SOTER_TA_STATUS, 0, NULL),
	    SOTER_OK);
	CHECK_RC(soter_ta_status_parse(&x,
		     soter_span(tabox_last.body, tabox_last.n)),
	    SOTER_OK);
	CHECK(x.factory == 1 && x.provisioned == 0);
	test_lies(&box, true);
	check_row("the first root, with a token");
	CHECK_RC(replace(&box), SOTER_OK);
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_ASK_GENERATE, TABOX_UID,
		     NULL),
	    SOTER_OK);
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_AUTHKEY_GENERATE,
		     TABOX_UID, TABOX_KNAME),
	    SOTER_OK);
	test_lies(&box, false);
	test_replace(&box);
	test_cuts(&box);
	test_no_counter(&box);
	tabox_free(&box);
	EVP_PKEY_free(factory);
	EVP_PKEY_free(stranger);
	return (check_done());
}
