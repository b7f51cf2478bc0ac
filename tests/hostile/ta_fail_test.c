/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TEE that fails: each call of its API that TA soter makes on a busy day, one
 * at a time, out of memory, without its storage, or saying that an object is
 * damaged.  No handle stays open, no counter repeats, no key that was
 * acknowledged is lost, and no second root is made.
 *
 * Guards: the frees behind each failed step in src/ta; is_lost() in attk.c;
 * the walk over damaged objects in src/ta/object.c.
 */
#include "tests/check.h"
#include "tests/tabox.h"

/* ---- the failing API --------------------------------------------------- */

static struct {
	uint64_t calls, fail_at; /* 0: never */
	TEE_Result with;
	const char *only; /* count calls of this one; NULL: of all */
	const char *name; /* of what failed */
} api;

static bool
is_failing(const char *name)
{
	if (api.only != NULL && strcmp(api.only, name) != 0)
		return (false);
	if (++api.calls != api.fail_at)
		return (false);
	api.name = name;
	return (true);
}

static void
fail_from_now(const char *name, uint64_t at, TEE_Result with)
{
	api.calls = 0;
	api.only = name;
	api.fail_at = at;
	api.with = with;
	api.name = NULL;
}

#define WRAP(name, params, args)                                            \
	TEE_Result __real_##name params;                                    \
	TEE_Result __wrap_##name params;                                    \
	TEE_Result __wrap_##name params                                     \
	{                                                                   \
		return (is_failing(#name) ? api.with : __real_##name args); \
	}

/* clang-format off */
WRAP(TEE_OpenPersistentObject, (uint32_t s, const void *id, size_t n, uint32_t f, TEE_ObjectHandle *o), (s, id, n, f, o))
WRAP(TEE_CreatePersistentObject, (uint32_t s, const void *id, size_t n, uint32_t f, TEE_ObjectHandle a, const void *d, size_t dn, TEE_ObjectHandle *o), (s, id, n, f, a, d, dn, o))
WRAP(TEE_ReadObjectData, (TEE_ObjectHandle o, void *b, size_t n, size_t *c), (o, b, n, c))
WRAP(TEE_AllocatePersistentObjectEnumerator, (TEE_ObjectEnumHandle *e), (e))
WRAP(TEE_StartPersistentObjectEnumerator, (TEE_ObjectEnumHandle e, uint32_t s), (e, s))
WRAP(TEE_GetNextPersistentObject, (TEE_ObjectEnumHandle e, TEE_ObjectInfo *i, void *id, size_t *n), (e, i, id, n))
WRAP(TEE_AllocateTransientObject, (TEE_ObjectType t, uint32_t m, TEE_ObjectHandle *o), (t, m, o))
WRAP(TEE_RestrictObjectUsage1, (TEE_ObjectHandle o, uint32_t u), (o, u))
WRAP(TEE_CopyObjectAttributes1, (TEE_ObjectHandle d, TEE_ObjectHandle s), (d, s))
WRAP(TEE_GetObjectBufferAttribute, (TEE_ObjectHandle o, uint32_t a, void *b, size_t *n), (o, a, b, n))
WRAP(TEE_AllocateOperation, (TEE_OperationHandle *o, uint32_t a, uint32_t m, uint32_t k), (o, a, m, k))
WRAP(TEE_SetOperationKey, (TEE_OperationHandle o, TEE_ObjectHandle k), (o, k))
WRAP(TEE_DigestDoFinal, (TEE_OperationHandle o, const void *c, size_t n, void *h, size_t *hn), (o, c, n, h, hn))
WRAP(TEE_AsymmetricSignDigest, (TEE_OperationHandle o, const TEE_Attribute *p, uint32_t n, const void *d, size_t dn, void *s, size_t *sn), (o, p, n, d, dn, s, sn))
WRAP(TEE_GetObjectInfo1, (TEE_ObjectHandle o, TEE_ObjectInfo *i), (o, i))
WRAP(TEE_WriteObjectData, (TEE_ObjectHandle o, const void *b, size_t n), (o, b, n))
/* clang-format on */

/* The handle is closed in any case. */
TEE_Result __real_TEE_CloseAndDeletePersistentObject1(TEE_ObjectHandle o);
TEE_Result __wrap_TEE_CloseAndDeletePersistentObject1(TEE_ObjectHandle o);
TEE_Result
__wrap_TEE_CloseAndDeletePersistentObject1(TEE_ObjectHandle o)
{
	if (!is_failing("TEE_CloseAndDeletePersistentObject1"))
		return (__real_TEE_CloseAndDeletePersistentObject1(o));
	TEE_CloseObject(o);
	return (api.with);
}

/* This one can also lie. */
static bool says_yes_always;

TEE_Result __real_TEE_AsymmetricVerifyDigest(TEE_OperationHandle o,
    const TEE_Attribute *p, uint32_t n, const void *d, size_t dn, const void *s,
    size_t sn);
TEE_Result __wrap_TEE_AsymmetricVerifyDigest(TEE_OperationHandle o,
    const TEE_Attribute *p, uint32_t n, const void *d, size_t dn, const void *s,
    size_t sn);
TEE_Result
__wrap_TEE_AsymmetricVerifyDigest(TEE_OperationHandle o, const TEE_Attribute *p,
    uint32_t n, const void *d, size_t dn, const void *s, size_t sn)
{
	TEE_Result result;

	if (is_failing("TEE_AsymmetricVerifyDigest"))
		return (api.with);
	result = __real_TEE_AsymmetricVerifyDigest(o, p, n, d, dn, s, sn);
	return (says_yes_always ? TEE_SUCCESS : result);
}

/* ---- a busy day -------------------------------------------------------- */

static const struct tabox_ta ta = { NULL,
	{ TA_CreateEntryPoint, TA_DestroyEntryPoint, TA_OpenSessionEntryPoint,
	    TA_CloseSessionEntryPoint, TA_InvokeCommandEntryPoint } };

static struct diskmodel *image; /* a provisioned device */
static char root[SOTER_DEVICE_ID_LEN];
static uint64_t counter;
static unsigned repeats;
static bool has_second; /* ASK and AuthKey of uid 10002, acknowledged */

static enum soter_rc
signed_by(struct tabox *box, enum soter_rc rc)
{
	uint64_t now = tabox_counter();

	(void)box;
	if (rc != SOTER_OK)
		return (rc);
	if (now <= counter)
		repeats++;
	counter = now;
	return (SOTER_OK);
}

static enum soter_rc
service(struct tabox *box, uint32_t command, uint32_t uid)
{
	enum soter_rc rc =
	    tabox_do(box, TABOX_SERVICE, command, uid, TABOX_KNAME);

	if (command == SOTER_TA_ASK_EXPORT ||
	    command == SOTER_TA_AUTHKEY_EXPORT)
		return (signed_by(box, rc));
	return (rc);
}

static enum soter_rc
sign(struct tabox *box)
{
	uint64_t session;

	TRY(tabox_init(box, TABOX_UID, TABOX_KNAME, "c", &session));
	TRY(tabox_match(box, session));
	return (signed_by(box, tabox_finish(box, TABOX_UID, session)));
}

/* Whatever fails, the day goes on. */
static void
busy_day(struct tabox *box)
{
	enum soter_rc rc[12];
	size_t n = 0;

	rc[n++] = tabox_generate(box, 1, SOTER_SPAN(""));
	CHECK(rc[0] != SOTER_OK);
	rc[n++] = tabox_do(box, TABOX_FACTORY, SOTER_TA_ATTK_VERIFY, 0, NULL);
	rc[n++] = service(box, SOTER_TA_ASK_EXPORT, TABOX_UID);
	rc[n++] = sign(box);
	rc[n++] = service(box, SOTER_TA_ASK_GENERATE, 10002);
	rc[n++] = service(box, SOTER_TA_AUTHKEY_GENERATE, 10002);
	has_second = rc[n - 1] == SOTER_OK && rc[n - 2] == SOTER_OK;
	rc[n++] = service(box, SOTER_TA_KEYS_LIST, TABOX_UID);
	rc[n++] = service(box, SOTER_TA_AUTHKEY_EXPORT, TABOX_UID);
	rc[n++] = tabox_do(box, TABOX_SERVICE, SOTER_TA_AUTHKEY_REMOVE,
	    TABOX_UID, "other");
	rc[n++] = service(box, SOTER_TA_REMOVE_ALL, 10003);
	rc[n++] = tabox_do(box, TABOX_PUBLIC, SOTER_TA_SELF_TEST, 0, NULL);
	rc[n++] = tabox_do(box, TABOX_PUBLIC, SOTER_TA_STATUS, 0, NULL);
	CHECK_RC(rc[n - 1], SOTER_OK);
	/* Every answer has its number. */
	for (size_t i = 0; i < n; i++)
		CHECK(rc[i] == SOTER_OK || rc[i] >> 8 == 5);
}

static void
check_day_after(struct tabox *box)
{
	struct teehost_use use = teehost_instance_use(box->instance);

	CHECK(use.objects == 0 && use.operations == 0 && use.enumerators == 0);
	CHECK_RC(tabox_do(box, TABOX_SERVICE, SOTER_TA_DEVICE_ID, 0, NULL),
	    SOTER_OK);
	CHECK(memcmp(tabox_last.body, root, sizeof(root)) == 0);
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_ATTK_VERIFY, 0, NULL),
	    SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_ASK_EXPORT, TABOX_UID), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_EXPORT, TABOX_UID), SOTER_OK);
	CHECK_RC(sign(box), SOTER_OK);
	if (has_second)
		CHECK_RC(service(box, SOTER_TA_AUTHKEY_EXPORT, 10002),
		    SOTER_OK);
	CHECK(repeats == 0);
}

static void
begin(struct tabox *box)
{
	tabox_new(box, &ta);
	diskmodel_free(&box->disk);
	box->disk = diskmodel_copy(image, &box->power);
	counter = 0;
	CHECK_RC(tabox_start(box), SOTER_OK);
}

static void
make_image(void)
{
	struct tabox box;

	check_row("a device");
	tabox_new(&box, &ta);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	tabox_provision(&box);
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_AUTHKEY_GENERATE,
		     TABOX_UID, "other"),
	    SOTER_OK);
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_DEVICE_ID, 0, NULL),
	    SOTER_OK);
	memcpy(root, tabox_last.body, sizeof(root));
	image = diskmodel_copy(box.disk, NULL);
	tabox_free(&box);
}

/* Sessions are opened before, so that the identity is known. */
static void
greet(struct tabox *box)
{
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_STATUS, 0, NULL),
	    SOTER_OK);
	CHECK_RC(tabox_do(box, TABOX_SERVICE, SOTER_TA_STATUS, 0, NULL),
	    SOTER_OK);
	CHECK_RC(tabox_do(box, TABOX_PUBLIC, SOTER_TA_STATUS, 0, NULL),
	    SOTER_OK);
}

/* The self-test sees a TEE that verifies everything, or nothing, or cannot. */
static void
test_self_test(void)
{
	struct tabox box;

	begin(&box);
	check_row("self-test of a TEE that verifies everything");
	says_yes_always = true;
	CHECK_RC(tabox_do(&box, TABOX_PUBLIC, SOTER_TA_SELF_TEST, 0, NULL),
	    SOTER_E_OTHERS);
	says_yes_always = false;
	CHECK_RC(tabox_do(&box, TABOX_PUBLIC, SOTER_TA_SELF_TEST, 0, NULL),
	    SOTER_OK);
	for (uint64_t at = 1;; at++) {
		enum soter_rc rc;

		check_row("self-test with call %u failed", (unsigned)at);
		fail_from_now(NULL, at, TEE_ERROR_SIGNATURE_INVALID);
		rc = tabox_do(&box, TABOX_PUBLIC, SOTER_TA_SELF_TEST, 0, NULL);
		api.fail_at = 0;
		if (api.name == NULL) {
			CHECK_RC(rc, SOTER_OK);
			break;
		}
		/* The refusal of the changed text is what is wanted there. */
		CHECK(rc != SOTER_OK ||
		    strcmp(api.name, "TEE_AsymmetricVerifyDigest") == 0);
	}
	tabox_free(&box);
}

/* A root that is out of reach is not lost: it is not made anew. */
static void
test_out_of_reach(void)
{
	for (uint64_t at = 1;; at++) {
		struct tabox box;
		uint64_t done;
		enum soter_rc rc;

		check_row("root out of reach, at call %u", (unsigned)at);
		begin(&box);
		greet(&box);
		done = box.power.done;
		fail_from_now(NULL, at, TEE_ERROR_STORAGE_NOT_AVAILABLE);
		rc = tabox_do(&box, TABOX_FACTORY, SOTER_TA_ATTK_VERIFY, 0,
		    NULL);
		api.fail_at = 0;
		CHECK(box.power.done == done);
		CHECK_RC(rc,
		    api.name == NULL ? SOTER_OK : SOTER_E_TEE_COMMUNICATION);
		tabox_free(&box);
		if (api.name == NULL)
			return;
	}
}

static void
test_enumerator(void)
{
	struct tabox box;

	check_row("a list goes on behind a damaged object");
	begin(&box);
	fail_from_now("TEE_GetNextPersistentObject", 1,
	    TEE_ERROR_CORRUPT_OBJECT);
	CHECK_RC(service(&box, SOTER_TA_KEYS_LIST, TABOX_UID), SOTER_OK);
	CHECK(api.name != NULL);
	fail_from_now("TEE_GetNextPersistentObject", 1,
	    TEE_ERROR_CORRUPT_OBJECT);
	CHECK_RC(service(&box, SOTER_TA_AUTHKEY_GENERATE, TABOX_UID), SOTER_OK);
	CHECK(api.name != NULL);
	api.fail_at = 0;
	tabox_free(&box);

	check_row("a storage with a damaged object is not empty");
	tabox_new(&box, &ta);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	CHECK_RC(teehost_store_put(box.store, SOTER_SPAN("x"), SOTER_SPAN(""),
		     false),
	    SOTER_OK);
	fail_from_now("TEE_GetNextPersistentObject", 1,
	    TEE_ERROR_CORRUPT_OBJECT);
	CHECK_RC(tabox_generate(&box, 1, SOTER_SPAN("")),
	    SOTER_E_SECURITY_STATE);
	CHECK(api.name != NULL);
	api.fail_at = 0;
	tabox_free(&box);
}

/* OP-TEE's answer where the RPMB was never given its key. */
static void
test_no_rpmb(void)
{
	struct tabox box;

	check_row("there is no replay-protected storage");
	tabox_new(&box, &ta);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	fail_from_now("TEE_CreatePersistentObject", 1,
	    TEE_ERROR_ITEM_NOT_FOUND);
	CHECK_RC(tabox_generate(&box, 1, SOTER_SPAN("")),
	    SOTER_E_RPMB_NOT_PROVISIONED);
	CHECK(api.name != NULL);
	api.fail_at = 0;
	tabox_free(&box);
}

int
main(void)
{
	static const TEE_Result withs[] = { TEE_ERROR_OUT_OF_MEMORY,
		TEE_ERROR_STORAGE_NOT_AVAILABLE, TEE_ERROR_CORRUPT_OBJECT,
		TEE_ERROR_ITEM_NOT_FOUND };
	uint64_t step = check_long() ? 1 : check_is("short") ? 13 : 1;

	make_image();
	for (size_t w = 0; w < SOTER_COUNT(withs); w++)
		for (uint64_t at = 1;; at += step) {
			struct tabox box;

			api.fail_at = 0;
			check_row("%08x at call %u", withs[w], (unsigned)at);
			begin(&box);
			/* Half of them on an instance that has just begun. */
			if (at % 2 == 0)
				greet(&box);
			fail_from_now(NULL, at, withs[w]);
			busy_day(&box);
			api.fail_at = 0;
			check_day_after(&box);
			tabox_free(&box);
			if (api.name == NULL)
				break;
		}
	test_self_test();
	test_out_of_reach();
	test_enumerator();
	test_no_rpmb();
	diskmodel_free(&image);
	return (check_done());
}
