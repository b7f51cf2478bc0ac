/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory per verification.  Calls of malloc in our own objects are diverted at
 * link time; OpenSSL's are counted by its own hook.  Our code takes none for a
 * verification with a prepared key, and two objects for a key that it accepts.
 */
#include "tests/unit/phone.h"
#include "tests/unit/vectors.h"

static unsigned long ours, openssls;
static long ours_left = -1; /* the call of ours that meets 0 fails */

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);

void *
__wrap_malloc(size_t n)
{
	ours++;
	if (ours_left >= 0 && ours_left-- == 0)
		return (NULL);
	return (__real_malloc(n));
}

void *
__wrap_calloc(size_t count, size_t n)
{
	ours++;
	if (ours_left >= 0 && ours_left-- == 0)
		return (NULL);
	return (__real_calloc(count, n));
}

static void *
count_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	openssls++;
	return (__real_malloc(n));
}

static void *
count_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	openssls++;
	return (realloc(p, n));
}

static void
count_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static const struct soter_expect any = { .cls = SOTER_CLASS_TEST };

static void
begin(const char *what)
{
	check_row("%s", what);
	ours = openssls = 0;
}

static void
end(const char *what, unsigned long want)
{
	unsigned long our_calls = ours, openssl_calls = openssls;

	printf("# %s: %lu of ours, %lu of OpenSSL's\n", what, our_calls,
	    openssl_calls);
	CHECK(our_calls == want);
	CHECK(openssl_calls > 0); /* else the counting is broken */
}

static void
check_result(const struct soter_authkey *verifier, struct rsa_maker *authkey)
{
	const struct soter_result_expect want = { .key = any,
		.challenge = { (const uint8_t *)"c", 1 } };
	struct soter_result_json x = phone_result_json(12);
	struct soter_result result;
	struct soter_report why;
	struct phone_object o;
	struct soter_signed in;
	enum soter_rc rc;

	phone_result(&o, authkey, &x, "c", 20);
	in = phone_signed(&o);
	/* The first signature prepares the key. */
	MUST(soter_result_accept(&result, verifier, &in, &want, NULL) ==
	    SOTER_OK);
	begin("a result under a prepared key");
	rc = soter_result_accept(&result, verifier, &in, &want, &why);
	end("result accepted", 0);
	CHECK_RC(rc, SOTER_OK);

	o.text[5] ^= 1;
	begin("a result that is refused");
	rc = soter_result_accept(&result, verifier, &in, &want, &why);
	end("result refused", 0);
	CHECK_RC(rc, SOTER_E_SIGNATURE);

	begin("the diagnosis of it");
	soter_diagnose(&why, soter_authkey_key(verifier), &in, NULL, 0);
	end("diagnosis", 0);
}

static void
check_key(const struct soter_ask *under, struct rsa_maker *ask,
    struct rsa_maker *authkey)
{
	struct soter_authkey *out = NULL;
	struct phone_object o;
	struct soter_signed in;
	enum soter_rc rc;

	phone_key(&o, ask, authkey, 11, -1, 20);
	in = phone_signed(&o);
	begin("an AuthKey under a prepared ASK");
	rc = soter_authkey_accept(&out, under, &in, &any, NULL);
	end("AuthKey accepted: the object and its prepared key", 2);
	CHECK_RC(rc, SOTER_OK);
	soter_authkey_free(&out);
}

/* Each of our allocations fails once: the call says so and gives nothing. */
#define CHECK_FAILING(what, out, free_out, call)                     \
	do {                                                         \
		long failing = -1;                                   \
		enum soter_rc rc;                                    \
		check_row("out of memory: %s", what);                \
		do {                                                 \
			ours_left = ++failing;                       \
			rc = (call);                                 \
			CHECK(rc == SOTER_OK ? ours_left >= 0        \
					     : rc == SOTER_E_NOMEM); \
			CHECK((rc == SOTER_OK) == ((out) != NULL));  \
		} while (rc != SOTER_OK && failing < 10);            \
		ours_left = -1;                                      \
		CHECK(failing >= 2);                                 \
		free_out(&(out));                                    \
	} while (0)

/* The chain of tests/vectors, under a profile that does not pin its root. */
static void
check_failing_chain(void)
{
	static struct vector text;
	struct soter_profile profile = { .name = "none",
		.cls = SOTER_CLASS_TEST };
	struct soter_ask *out = NULL;
	struct soter_claim claim;

	check_row("out of memory: a chain");
	MUST(vector_read(&text, "tests/vectors/chain", "ask.json"));
	for (long at = 0; at <= 1; at++) {
		ours_left = at;
		CHECK_RC(soter_ask_accept_chain(&out, &profile, 1,
			     vector_span(&text), &any, NULL),
		    SOTER_E_NOMEM);
		CHECK(out == NULL && ours_left == -1);
	}
	CHECK_RC(soter_ask_accept_chain(&out, &profile, 1, vector_span(&text),
		     &any, NULL),
	    SOTER_E_CHAIN_ROOT);
	ours_left = 0;
	CHECK_RC(soter_claim_read(&claim, vector_span(&text), NULL),
	    SOTER_E_NOMEM);
	CHECK(ours_left == -1);
}

static void
check_failing(const struct soter_ask *under, struct rsa_maker *ask,
    struct rsa_maker *authkey)
{
	struct soter_authkey *made = NULL;
	struct soter_ask *asked = NULL;
	struct soter_attk *root = NULL;
	struct soter_key_record record;
	struct phone_object o;
	struct soter_signed in;
	const struct soter_attk_record root_record = { soter_text(PHONE_CPU_ID),
		1, soter_span(ask->pub.n, 256), SOTER_CLASS_TEST,
		SOTER_ROOT_ACTIVE };

	phone_key(&o, ask, authkey, 11, -1, 20);
	in = phone_signed(&o);
	CHECK_FAILING("soter_attk_new", root, soter_attk_free,
	    soter_attk_new(&root, &root_record));
	CHECK_FAILING("soter_authkey_accept", made, soter_authkey_free,
	    soter_authkey_accept(&made, under, &in, &any, NULL));
	MUST(soter_attk_new(&root, &root_record) == SOTER_OK);
	CHECK_FAILING("soter_ask_accept", asked, soter_ask_free,
	    soter_ask_accept(&asked, (const struct soter_attk *const *)&root, 1,
		&in, &any, NULL));
	soter_attk_free(&root);
	soter_ask_record(under, &record);
	CHECK_FAILING("soter_ask_restore", asked, soter_ask_free,
	    soter_ask_restore(&asked, &record));
	record.kind = SOTER_RECORD_AUTHKEY;
	CHECK_FAILING("soter_authkey_restore", made, soter_authkey_free,
	    soter_authkey_restore(&made, &record));
}

int
main(void)
{
	struct soter_key_record record = { .kind = SOTER_RECORD_ASK,
		.cls = SOTER_CLASS_TEST,
		.e = 65537,
		.cpu_id = PHONE_CPU_ID,
		.uid = PHONE_UID };
	struct soter_authkey *verifier = NULL;
	struct soter_ask *under = NULL;
	struct rsa_maker ask, authkey;

	MUST(CRYPTO_set_mem_functions(count_malloc, count_realloc,
		 count_free) == 1);
	rsa_make(&ask, 2048);
	rsa_make(&authkey, 2048);
	memcpy(record.n, ask.pub.n, sizeof(record.n));
	MUST(soter_ask_restore(&under, &record) == SOTER_OK);
	record.kind = SOTER_RECORD_AUTHKEY;
	memcpy(record.n, authkey.pub.n, sizeof(record.n));
	MUST(soter_authkey_restore(&verifier, &record) == SOTER_OK);
	check_result(verifier, &authkey);
	check_key(under, &ask, &authkey);
	check_failing(under, &ask, &authkey);
	check_failing_chain();
	soter_ask_free(&under);
	soter_authkey_free(&verifier);
	rsa_drop(&ask);
	rsa_drop(&authkey);
	return (check_done());
}
