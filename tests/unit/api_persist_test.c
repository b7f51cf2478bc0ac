/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 5.7 to 5.9: objects in storage, over restarts.
 */
#include "tests/unit/api.h"

#define P	  TEE_STORAGE_PRIVATE
#define READ	  TEE_DATA_FLAG_ACCESS_READ
#define WRITE	  TEE_DATA_FLAG_ACCESS_WRITE
#define META	  TEE_DATA_FLAG_ACCESS_WRITE_META
#define SHARE_R	  TEE_DATA_FLAG_SHARE_READ
#define SHARE_W	  TEE_DATA_FLAG_SHARE_WRITE
#define OVERWRITE TEE_DATA_FLAG_OVERWRITE

static TEE_Result
create(const char *name, uint32_t flags, const char *data, TEE_ObjectHandle *o)
{
	return (TEE_CreatePersistentObject(P, name, strlen(name), flags,
	    TEE_HANDLE_NULL, data, strlen(data), o));
}

static TEE_Result
open(const char *name, uint32_t flags, TEE_ObjectHandle *o)
{
	return (TEE_OpenPersistentObject(P, name, strlen(name), flags, o));
}

/* Made, and closed. */
static void
put(const char *name, const char *data)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	CHECK(create(name, OVERWRITE, data, &o) == TEE_SUCCESS);
	TEE_CloseObject(o);
}

static bool
holds(const char *name, const char *data)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	char out[256];
	size_t n = 0;

	if (open(name, READ, &o) != TEE_SUCCESS)
		return (false);
	CHECK(TEE_ReadObjectData(o, out, sizeof(out), &n) == TEE_SUCCESS);
	TEE_CloseObject(o);
	return (n == strlen(data) && memcmp(out, data, n) == 0);
}

static void
remove_all(void)
{
	TEE_ObjectEnumHandle e = TEE_HANDLE_NULL;
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	uint8_t id[TEE_OBJECT_ID_MAX_LEN];
	size_t n;

	CHECK(TEE_AllocatePersistentObjectEnumerator(&e) == TEE_SUCCESS);
	if (TEE_StartPersistentObjectEnumerator(e, P) == TEE_SUCCESS)
		while (TEE_GetNextPersistentObject(e, NULL, id, &n) ==
		    TEE_SUCCESS) {
			CHECK(TEE_CreatePersistentObject(P, id, n,
				  META | OVERWRITE, TEE_HANDLE_NULL, NULL, 0,
				  &o) == TEE_SUCCESS);
			CHECK(TEE_CloseAndDeletePersistentObject1(o) ==
			    TEE_SUCCESS);
		}
	TEE_FreePersistentObjectEnumerator(e);
}

/* ---- data -------------------------------------------------------------- */

static void
data_life(void)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	TEE_ObjectInfo info;
	char out[64];
	size_t n = 77;

	CHECK(open("a", READ, &o) == TEE_ERROR_ITEM_NOT_FOUND &&
	    o == TEE_HANDLE_NULL);
	CHECK(create("a", READ | WRITE | META, "hello", &o) == TEE_SUCCESS);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.objectType == TEE_TYPE_DATA && info.dataSize == 5 &&
	    info.dataPosition == 0 && info.objectSize == 0 &&
	    info.handleFlags ==
		(READ | WRITE | META | TEE_HANDLE_FLAG_PERSISTENT |
		    TEE_HANDLE_FLAG_INITIALIZED));

	CHECK(TEE_ReadObjectData(o, out, 2, &n) == TEE_SUCCESS && n == 2);
	CHECK(TEE_ReadObjectData(o, out + 2, 60, &n) == TEE_SUCCESS && n == 3);
	CHECK(memcmp(out, "hello", 5) == 0);
	CHECK(TEE_ReadObjectData(o, out, 1, &n) == TEE_SUCCESS && n == 0);
	CHECK(TEE_ReadObjectData(o, NULL, 0, &n) == TEE_SUCCESS && n == 0);

	/* over the end, and behind it */
	CHECK(TEE_SeekObjectData(o, -1, TEE_DATA_SEEK_END) == TEE_SUCCESS);
	CHECK(TEE_WriteObjectData(o, "p me", 4) == TEE_SUCCESS);
	CHECK(TEE_SeekObjectData(o, 2, TEE_DATA_SEEK_CUR) == TEE_SUCCESS);
	CHECK(TEE_WriteObjectData(o, "!", 1) == TEE_SUCCESS);
	CHECK(TEE_SeekObjectData(o, 0, TEE_DATA_SEEK_SET) == TEE_SUCCESS);
	CHECK(TEE_ReadObjectData(o, out, 64, &n) == TEE_SUCCESS && n == 11 &&
	    memcmp(out, "hellp me\0\0!", 11) == 0);

	CHECK(TEE_TruncateObjectData(o, 3) == TEE_SUCCESS);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.dataSize == 3 && info.dataPosition == 11);
	CHECK(TEE_ReadObjectData(o, out, 64, &n) == TEE_SUCCESS && n == 0);
	CHECK(TEE_TruncateObjectData(o, 5) == TEE_SUCCESS);
	CHECK(TEE_SeekObjectData(o, -100, TEE_DATA_SEEK_CUR) == TEE_SUCCESS);
	CHECK(TEE_ReadObjectData(o, out, 64, &n) == TEE_SUCCESS && n == 5 &&
	    memcmp(out, "hel\0\0", 5) == 0);
	TEE_CloseObject(o);
}

static void
data_is_there(void)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	char out[64];
	size_t n;

	CHECK(open("a", READ, &o) == TEE_SUCCESS);
	CHECK(TEE_ReadObjectData(o, out, 64, &n) == TEE_SUCCESS && n == 5 &&
	    memcmp(out, "hel\0\0", 5) == 0);
	TEE_CloseObject(o);
	CHECK(open("a", META, &o) == TEE_SUCCESS);
	TEE_CloseAndDeletePersistentObject(o);
	CHECK(open("a", READ, &o) == TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(TEE_CloseAndDeletePersistentObject1(TEE_HANDLE_NULL) ==
	    TEE_SUCCESS);
}

static void
positions(void)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	const intmax_t top = TEE_DATA_MAX_POSITION;
	TEE_ObjectInfo info;

	CHECK(create("a", READ | WRITE, "12345", &o) == TEE_SUCCESS);
	CHECK(TEE_SeekObjectData(o, top, TEE_DATA_SEEK_SET) == TEE_SUCCESS);
	CHECK(TEE_SeekObjectData(o, top + 1, TEE_DATA_SEEK_SET) ==
	    TEE_ERROR_OVERFLOW);
	CHECK(
	    TEE_SeekObjectData(o, 1, TEE_DATA_SEEK_CUR) == TEE_ERROR_OVERFLOW);
	CHECK(TEE_SeekObjectData(o, top - 4, TEE_DATA_SEEK_END) ==
	    TEE_ERROR_OVERFLOW);
	CHECK(TEE_SeekObjectData(o, INTMAX_MAX, TEE_DATA_SEEK_CUR) ==
	    TEE_ERROR_OVERFLOW);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.dataPosition == (size_t)top);
	CHECK(TEE_WriteObjectData(o, "x", 1) == TEE_ERROR_OVERFLOW);
	CHECK(TEE_SeekObjectData(o, -1, TEE_DATA_SEEK_CUR) == TEE_SUCCESS);
	CHECK(TEE_WriteObjectData(o, "x", 1) == TEE_ERROR_STORAGE_NO_SPACE);
	CHECK(TEE_WriteObjectData(o, NULL, 0) == TEE_SUCCESS);
	CHECK(TEE_SeekObjectData(o, INTMAX_MIN, TEE_DATA_SEEK_CUR) ==
	    TEE_SUCCESS);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.dataPosition == 0 && info.dataSize == 5);
	CHECK(
	    TEE_TruncateObjectData(o, SIZE_MAX) == TEE_ERROR_STORAGE_NO_SPACE);
	TEE_CloseObject(o);
}

static void
two_handles(void)
{
	TEE_ObjectHandle a = TEE_HANDLE_NULL, b = TEE_HANDLE_NULL;
	char out[16];
	size_t n;

	put("a", "12345");
	CHECK(open("a", READ | WRITE | SHARE_R | SHARE_W, &a) == TEE_SUCCESS);
	CHECK(open("a", READ | SHARE_R | SHARE_W, &b) == TEE_SUCCESS);
	CHECK(TEE_WriteObjectData(a, "abcdefg", 7) == TEE_SUCCESS);
	CHECK(TEE_ReadObjectData(b, out, 16, &n) == TEE_SUCCESS && n == 7 &&
	    memcmp(out, "abcdefg", 7) == 0);
	CHECK(TEE_TruncateObjectData(a, 0) == TEE_SUCCESS);
	CHECK(TEE_ReadObjectData(b, out, 16, &n) == TEE_SUCCESS && n == 0);
	TEE_CloseObject(a);
	TEE_CloseObject(b);
	remove_all();
}

static void
test_data(void)
{
	check_row("data: written, read, moved in, cut");
	CHECK(api_runs(data_life));
	check_row("data is there after a restart, and can be removed");
	hosttee_restart(api.ta);
	CHECK(api_runs(data_is_there));
	check_row("positions at their limits");
	CHECK(api_runs(positions));
	check_row("two handles see the same data");
	CHECK(api_runs(two_handles));
}

/* ---- access ------------------------------------------------------------ */

/* Two handles of one object: may the second be had? */
static const struct {
	uint32_t first, second;
	bool may;
} sharing[] = {
	{ READ | SHARE_R, READ | SHARE_R, true },
	{ READ, READ, false },
	{ READ | SHARE_R, READ, false },
	{ READ, READ | SHARE_R, false },
	{ 0, 0, true },
	{ 0, READ, false },
	{ READ, 0, false },
	{ SHARE_R, READ | SHARE_R, true },
	{ WRITE | SHARE_W, WRITE | SHARE_W, true },
	{ WRITE | SHARE_W, WRITE | SHARE_R, false },
	{ WRITE, WRITE | SHARE_W, false },
	{ READ | SHARE_R, WRITE | SHARE_R, false },
	{ READ | SHARE_R | SHARE_W, WRITE | SHARE_R | SHARE_W, true },
	{ READ | SHARE_R, WRITE | SHARE_R | SHARE_W, false },
	{ META, 0, false },
	{ 0, META, false },
	{ META | SHARE_R | SHARE_W, READ | SHARE_R | SHARE_W, false },
	{ READ | SHARE_R | SHARE_W, META | SHARE_R | SHARE_W, false },
	{ META, META, false },
};

static void
access_rules(void)
{
	put("a", "x");
	for (size_t i = 0; i < SOTER_COUNT(sharing); i++) {
		TEE_ObjectHandle a = TEE_HANDLE_NULL, b = TEE_HANDLE_NULL;

		CHECK(open("a", sharing[i].first, &a) == TEE_SUCCESS);
		if (!CHECK(open("a", sharing[i].second, &b) ==
			(sharing[i].may ? TEE_SUCCESS
					: TEE_ERROR_ACCESS_CONFLICT)))
			printf("# pair %zu\n", i);
		TEE_CloseObject(a);
		TEE_CloseObject(b);
		/* Closed is closed. */
		CHECK(open("a", META, &a) == TEE_SUCCESS);
		TEE_CloseObject(a);
	}
	remove_all();
}

static void
create_rules(void)
{
	TEE_ObjectHandle a = TEE_HANDLE_NULL, b = TEE_HANDLE_NULL;

	CHECK(create("a", READ | SHARE_R, "1", &a) == TEE_SUCCESS);
	/* Not even with the right to overwrite, while it is open. */
	CHECK(
	    create("a", READ | SHARE_R, "2", &b) == TEE_ERROR_ACCESS_CONFLICT);
	CHECK(create("a", READ | SHARE_R | OVERWRITE, "2", &b) ==
		TEE_ERROR_ACCESS_CONFLICT &&
	    b == TEE_HANDLE_NULL);
	TEE_CloseObject(a);
	CHECK(create("a", READ, "2", &b) == TEE_ERROR_ACCESS_CONFLICT);
	CHECK(holds("a", "1"));
	CHECK(create("a", READ | OVERWRITE, "2", &b) == TEE_SUCCESS);
	TEE_CloseObject(b);
	CHECK(holds("a", "2"));
	/* Without a handle. */
	CHECK(create("b", READ, "3", NULL) == TEE_SUCCESS);
	CHECK(holds("b", "3"));
	remove_all();
}

static void
other_storages(void)
{
	static const uint32_t ids[] = { 0, 2, 0x80000000, 0x80000100,
		0xffffffff };
	TEE_ObjectEnumHandle e = TEE_HANDLE_NULL;
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	put("a", "x");
	CHECK(TEE_AllocatePersistentObjectEnumerator(&e) == TEE_SUCCESS);
	for (size_t i = 0; i < SOTER_COUNT(ids); i++) {
		CHECK(TEE_OpenPersistentObject(ids[i], "a", 1, READ, &o) ==
		    TEE_ERROR_ITEM_NOT_FOUND);
		CHECK(TEE_CreatePersistentObject(ids[i], "b", 1, READ,
			  TEE_HANDLE_NULL, NULL, 0,
			  &o) == TEE_ERROR_ITEM_NOT_FOUND);
		CHECK(TEE_StartPersistentObjectEnumerator(e, ids[i]) ==
		    TEE_ERROR_ITEM_NOT_FOUND);
	}
	TEE_FreePersistentObjectEnumerator(e);
	remove_all();
}

static void
renaming(void)
{
	static const char longest[65] =
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	TEE_ObjectHandle o = TEE_HANDLE_NULL, b = TEE_HANDLE_NULL;

	put("b", "bbb");
	CHECK(create("a", READ | WRITE | META, "aaa", &o) == TEE_SUCCESS);
	CHECK(
	    TEE_RenamePersistentObject(o, "b", 1) == TEE_ERROR_ACCESS_CONFLICT);
	CHECK(TEE_RenamePersistentObject(o, longest, 64) == TEE_SUCCESS);
	/* The handle goes along; the old name is free. */
	CHECK(TEE_WriteObjectData(o, "A", 1) == TEE_SUCCESS);
	CHECK(open("a", READ, &b) == TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(open(longest, READ, &b) == TEE_ERROR_ACCESS_CONFLICT);
	TEE_CloseObject(o);
	CHECK(holds(longest, "Aaa"));
	CHECK(holds("b", "bbb"));
	CHECK(!holds("a", "aaa"));
	remove_all();
}

static void
test_access(void)
{
	check_row("who may open what is open");
	CHECK(api_runs(access_rules));
	check_row("who may create what is there");
	CHECK(api_runs(create_rules));
	check_row("there is one storage");
	CHECK(api_runs(other_storages));
	check_row("an object gets another name");
	CHECK(api_runs(renaming));
}

/* ---- keys -------------------------------------------------------------- */

static void
key_put(void)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL, o = TEE_HANDLE_NULL;
	TEE_ObjectInfo info;
	TEE_Attribute x;

	TEE_InitRefAttribute(&x, TEE_ATTR_SECRET_VALUE, "0123456789abcdef", 16);
	CHECK(TEE_AllocateTransientObject(TEE_TYPE_AES, 256, &key) ==
	    TEE_SUCCESS);
	CHECK(TEE_PopulateTransientObject(key, &x, 1) == TEE_SUCCESS);
	TEE_RestrictObjectUsage(key, TEE_USAGE_ENCRYPT | TEE_USAGE_EXTRACTABLE);
	CHECK(TEE_CreatePersistentObject(P, "k", 1, READ | WRITE, key, "data",
		  4, &o) == TEE_SUCCESS);
	/* The one in memory is a key of its own still. */
	TEE_GetObjectInfo1(key, &info);
	CHECK((info.handleFlags & TEE_HANDLE_FLAG_PERSISTENT) == 0);
	TEE_FreeTransientObject(key);
	CHECK(TEE_WriteObjectData(o, "more data", 9) == TEE_SUCCESS);
	TEE_CloseObject(o);
}

static void
key_is_there(void)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL, twin = TEE_HANDLE_NULL;
	TEE_ObjectInfo info;
	uint8_t out[32];
	size_t n = sizeof(out);

	CHECK(open("k", READ, &o) == TEE_SUCCESS);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.objectType == TEE_TYPE_AES && info.objectSize == 128 &&
	    info.maxObjectSize == 128 && info.dataSize == 9 &&
	    info.objectUsage == (TEE_USAGE_ENCRYPT | TEE_USAGE_EXTRACTABLE));
	CHECK(TEE_GetObjectBufferAttribute(o, TEE_ATTR_SECRET_VALUE, out, &n) ==
		TEE_SUCCESS &&
	    n == 16 && memcmp(out, "0123456789abcdef", 16) == 0);
	CHECK(TEE_ReadObjectData(o, out, 32, &n) == TEE_SUCCESS && n == 9 &&
	    memcmp(out, "more data", 9) == 0);
	/* A stored key makes another stored one. */
	CHECK(TEE_CreatePersistentObject(P, "twin", 4, READ, o, NULL, 0,
		  &twin) == TEE_SUCCESS);
	TEE_CloseObject(o);
	TEE_GetObjectInfo1(twin, &info);
	CHECK(info.objectType == TEE_TYPE_AES && info.dataSize == 0 &&
	    info.objectUsage == (TEE_USAGE_ENCRYPT | TEE_USAGE_EXTRACTABLE));
	TEE_RestrictObjectUsage(twin, TEE_USAGE_ENCRYPT);
	TEE_CloseObject(twin);
}

static void
key_is_restricted(void)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	TEE_ObjectInfo info;

	CHECK(open("twin", READ, &o) == TEE_SUCCESS);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.objectUsage == TEE_USAGE_ENCRYPT);
	TEE_CloseObject(o);
	CHECK(open("k", READ, &o) == TEE_SUCCESS);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.objectUsage == (TEE_USAGE_ENCRYPT | TEE_USAGE_EXTRACTABLE));
	TEE_CloseObject(o);
	remove_all();
}

/* Without a place for a handle, the key in memory becomes the stored one. */
static void
key_becomes(void)
{
	TEE_ObjectHandle key = api_secret(TEE_TYPE_AES, "0123456789abcdef", 16);
	TEE_ObjectInfo info;

	CHECK(TEE_CreatePersistentObject(P, "k", 1, READ | META, key, "d", 1,
		  NULL) == TEE_SUCCESS);
	TEE_GetObjectInfo1(key, &info);
	CHECK((info.handleFlags & TEE_HANDLE_FLAG_PERSISTENT) != 0 &&
	    info.dataSize == 1 && info.objectSize == 128);
	CHECK(TEE_CloseAndDeletePersistentObject1(key) == TEE_SUCCESS);
}

static void
test_keys(void)
{
	check_row("a key goes into storage with its data");
	CHECK(api_runs(key_put));
	check_row("a key, its data and its usage are there after a restart");
	hosttee_restart(api.ta);
	CHECK(api_runs(key_is_there));
	check_row("a restriction is there after a kill");
	hosttee_kill(api.ta);
	CHECK(api_runs(key_is_restricted));
	check_row("a key in memory becomes the stored one");
	CHECK(api_runs(key_becomes));
}

/* ---- key pairs, which are kept ready ------------------------------------ */

static TEE_ObjectHandle pair; /* an RSA key pair in memory */

static void
pair_make(void)
{
	CHECK(TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, 2048, &pair) ==
	    TEE_SUCCESS);
	CHECK(TEE_GenerateKey(pair, 2048, NULL, 0) == TEE_SUCCESS);
}

static void
pair_put(const char *name, const char *data)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	CHECK(
	    TEE_CreatePersistentObject(P, name, strlen(name), READ | OVERWRITE,
		pair, data, strlen(data), &o) == TEE_SUCCESS);
	TEE_CloseObject(o);
}

static uint32_t
pair_usage(const char *name)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	TEE_ObjectInfo info = { 0 };

	CHECK(open(name, READ, &o) == TEE_SUCCESS);
	TEE_GetObjectInfo1(o, &info);
	CHECK(
	    info.objectType == TEE_TYPE_RSA_KEYPAIR && info.objectSize == 2048);
	TEE_CloseObject(o);
	return (info.objectUsage);
}

/* Each change is seen by the next who opens it. */
static void
pair_changes(void)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	pair_make();
	pair_put("p", "first");
	pair_put("other", "other");
	CHECK(holds("p", "first") && holds("p", "first"));
	pair_put("p", "second");
	CHECK(holds("p", "second") && holds("other", "other"));

	CHECK(open("p", WRITE, &o) == TEE_SUCCESS);
	CHECK(TEE_WriteObjectData(o, "third ", 6) == TEE_SUCCESS);
	TEE_CloseObject(o);
	CHECK(holds("p", "third "));
	CHECK(open("p", WRITE, &o) == TEE_SUCCESS);
	CHECK(TEE_TruncateObjectData(o, 3) == TEE_SUCCESS);
	TEE_CloseObject(o);
	CHECK(holds("p", "thi"));

	CHECK((pair_usage("p") & TEE_USAGE_EXTRACTABLE) != 0);
	CHECK(open("p", READ | META, &o) == TEE_SUCCESS);
	TEE_RestrictObjectUsage(o, TEE_USAGE_SIGN);
	TEE_CloseObject(o);
	CHECK(pair_usage("p") == TEE_USAGE_SIGN);

	CHECK(open("p", META, &o) == TEE_SUCCESS);
	CHECK(TEE_RenamePersistentObject(o, "q", 1) == TEE_SUCCESS);
	TEE_CloseObject(o);
	CHECK(open("p", READ, &o) == TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(holds("q", "thi") && pair_usage("q") == TEE_USAGE_SIGN);

	CHECK(open("q", META, &o) == TEE_SUCCESS);
	CHECK(TEE_CloseAndDeletePersistentObject1(o) == TEE_SUCCESS);
	CHECK(open("q", READ, &o) == TEE_ERROR_ITEM_NOT_FOUND);
	pair_put("q", "anew");
	CHECK(holds("q", "anew") &&
	    (pair_usage("q") & TEE_USAGE_EXTRACTABLE) != 0);
	TEE_FreeTransientObject(pair);
}

/* Data that is too long to be kept, and more key pairs than are. */
static void
pair_many(void)
{
	char name[8], data[300];

	pair_make();
	memset(data, 'x', sizeof(data) - 1);
	data[sizeof(data) - 1] = '\0';
	for (int i = 0; i < 70; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		pair_put(name, name);
	}
	for (int i = 0; i < 70; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		CHECK(holds(name, name));
	}
	for (size_t n = 250; n < sizeof(data) - 1; n += 6) {
		data[n] = '\0';
		pair_put("long", data);
		data[n] = 'x';
		pair_usage("long");
	}
	TEE_FreeTransientObject(pair);
}

static void
pair_old(void)
{
	pair_make();
	pair_put("p", "old");
	TEE_FreeTransientObject(pair);
}

static void
pair_new(void)
{
	pair_make();
	pair_put("p", "new");
	CHECK(holds("p", "new"));
	TEE_FreeTransientObject(pair);
}

/* What was acknowledged, from memory: or nothing. */
static void
pair_put_back(void)
{
	CHECK(!holds("p", "old"));
	CHECK(holds("p", "new"));
}

static void
pair_refused(void)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	CHECK(open("p", READ, &o) == TEE_ERROR_CORRUPT_OBJECT);
	pair_make();
	pair_put("p", "anew");
	TEE_FreeTransientObject(pair);
	remove_all();
}

/* The file of the only object: keep its bytes, or put them back. */
static void
pair_file(struct bytes *old, bool back)
{
	struct diskmodel *disk = hosttee_disk(api.ta);

	for (size_t i = 0; diskmodel_name(disk, i) != NULL; i++) {
		const char *name = diskmodel_name(disk, i);
		struct soter_span now = diskmodel_look(disk, name);

		if (strncmp(name, "index", 5) == 0 ||
		    strncmp(name, "anchor", 6) == 0)
			continue;
		if (back) {
			diskmodel_put(disk, name, soter_span(old->p, old->n));
			continue;
		}
		soter_copy(old->p, now.p, now.n);
		old->n = now.n;
	}
}

static void
test_pairs(void)
{
	static struct bytes old;

	check_row("a key pair that is kept ready: each change is seen");
	CHECK(api_runs(pair_changes));
	check_row("more key pairs, and longer data, than are kept");
	CHECK(api_runs(pair_many));
	CHECK(api_runs(remove_all));
	check_row("an old key pair put back while it runs is not used");
	CHECK(api_runs(pair_old));
	pair_file(&old, false);
	CHECK(api_runs(pair_new));
	pair_file(&old, true);
	CHECK(api_runs(pair_put_back));
	check_row("and is noticed at the next start");
	hosttee_restart(api.ta);
	CHECK(api_runs(pair_refused));
}

/* ---- walking ----------------------------------------------------------- */

#define NAMES_N 20

static void
walk(void)
{
	TEE_ObjectEnumHandle e = TEE_HANDLE_NULL;
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	unsigned seen[NAMES_N] = { 0 };
	uint8_t id[TEE_OBJECT_ID_MAX_LEN];
	TEE_ObjectInfo info;
	char name[8];
	size_t n, count = 0;

	CHECK(TEE_AllocatePersistentObjectEnumerator(&e) == TEE_SUCCESS);
	CHECK(TEE_StartPersistentObjectEnumerator(e, P) ==
	    TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(TEE_GetNextPersistentObject(e, &info, id, &n) ==
	    TEE_ERROR_ITEM_NOT_FOUND);
	for (int i = 0; i < NAMES_N; i++) {
		snprintf(name, sizeof(name), "%c%d", 'a' + i * 7 % 26, i);
		put(name, name);
	}
	CHECK(TEE_StartPersistentObjectEnumerator(e, P) == TEE_SUCCESS);
	while (TEE_GetNextPersistentObject(e, &info, id, &n) == TEE_SUCCESS) {
		CHECK(n >= 2 && n <= 3 && info.dataSize == n &&
		    info.objectType == TEE_TYPE_DATA);
		id[n] = '\0';
		seen[atoi((char *)id + 1)]++;
		/* Removing on the way changes nothing for the others. */
		CHECK(TEE_OpenPersistentObject(P, id, n, META, &o) ==
		    TEE_SUCCESS);
		CHECK(TEE_CloseAndDeletePersistentObject1(o) == TEE_SUCCESS);
		count++;
	}
	CHECK(count == NAMES_N);
	for (int i = 0; i < NAMES_N; i++)
		CHECK(seen[i] == 1);
	TEE_ResetPersistentObjectEnumerator(e);
	CHECK(TEE_GetNextPersistentObject(e, NULL, id, &n) ==
	    TEE_ERROR_ITEM_NOT_FOUND);
	TEE_FreePersistentObjectEnumerator(e);
	TEE_FreePersistentObjectEnumerator(TEE_HANDLE_NULL);
}

static void
walk_over_removed(void)
{
	TEE_ObjectEnumHandle e = TEE_HANDLE_NULL;
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	uint8_t id[TEE_OBJECT_ID_MAX_LEN];
	size_t n;

	put("a", "1");
	put("b", "2");
	CHECK(TEE_AllocatePersistentObjectEnumerator(&e) == TEE_SUCCESS);
	CHECK(TEE_StartPersistentObjectEnumerator(e, P) == TEE_SUCCESS);
	CHECK(open("a", META, &o) == TEE_SUCCESS);
	CHECK(TEE_CloseAndDeletePersistentObject1(o) == TEE_SUCCESS);
	CHECK(TEE_GetNextPersistentObject(e, NULL, id, &n) == TEE_SUCCESS &&
	    n == 1 && id[0] == 'b');
	CHECK(TEE_GetNextPersistentObject(e, NULL, id, &n) ==
	    TEE_ERROR_ITEM_NOT_FOUND);
	TEE_FreePersistentObjectEnumerator(e);
	remove_all();
}

static void
test_walk(void)
{
	check_row("every object is met once, also while they are removed");
	CHECK(api_runs(walk));
	check_row("what was removed is not met");
	CHECK(api_runs(walk_over_removed));
}

/* ---- a disk that fails -------------------------------------------------- */

static void
fault_put(void)
{
	put("a", "before");
}

static void
fault_full(void)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	TEE_ObjectInfo info;
	char out[16];
	size_t n;

	CHECK(create("b", READ, "new", &o) == TEE_ERROR_STORAGE_NO_SPACE &&
	    o == TEE_HANDLE_NULL);
	CHECK(open("b", READ, &o) == TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(open("a", READ | WRITE | META, &o) == TEE_SUCCESS);
	CHECK(TEE_WriteObjectData(o, "after", 5) == TEE_ERROR_STORAGE_NO_SPACE);
	CHECK(TEE_TruncateObjectData(o, 1) == TEE_ERROR_STORAGE_NO_SPACE);
	CHECK(TEE_RestrictObjectUsage1(o, 0) == TEE_ERROR_STORAGE_NO_SPACE);
	/* Memory shows what the storage holds, not what was wished. */
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.dataSize == 6 && info.dataPosition == 0 &&
	    info.objectUsage == 0xffffffff);
	CHECK(TEE_ReadObjectData(o, out, 16, &n) == TEE_SUCCESS && n == 6 &&
	    memcmp(out, "before", 6) == 0);
	TEE_CloseObject(o);
}

static void
fault_gone(void)
{
	CHECK(holds("a", "before"));
	CHECK(!holds("b", "new"));
}

static void
fault_corrupt(void)
{
	TEE_ObjectEnumHandle e = TEE_HANDLE_NULL;
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	TEE_ObjectInfo info = { 0 };
	uint8_t id[TEE_OBJECT_ID_MAX_LEN];
	size_t n = 0;

	/* Damaged is not "never written", not even the second time. */
	for (int i = 0; i < 3; i++)
		CHECK(open("a", READ, &o) == TEE_ERROR_CORRUPT_OBJECT &&
		    o == TEE_HANDLE_NULL);
	CHECK(create("a", READ, "x", &o) == TEE_ERROR_ACCESS_CONFLICT);
	CHECK(TEE_AllocatePersistentObjectEnumerator(&e) == TEE_SUCCESS);
	CHECK(TEE_StartPersistentObjectEnumerator(e, P) == TEE_SUCCESS);
	CHECK(TEE_GetNextPersistentObject(e, &info, id, &n) ==
	    TEE_ERROR_CORRUPT_OBJECT);
	CHECK(info.objectType == TEE_TYPE_CORRUPTED_OBJECT && n == 1 &&
	    id[0] == 'a');
	CHECK(TEE_GetNextPersistentObject(e, &info, id, &n) ==
	    TEE_ERROR_ITEM_NOT_FOUND);
	TEE_FreePersistentObjectEnumerator(e);
	/* It can be replaced. */
	CHECK(create("a", READ | OVERWRITE, "again", &o) == TEE_SUCCESS);
	TEE_CloseObject(o);
	CHECK(holds("a", "again"));
	remove_all();
}

/* Change a byte in the middle of every file of an object. */
static void
damage(void)
{
	struct diskmodel *disk = hosttee_disk(api.ta);

	for (size_t i = 0; diskmodel_name(disk, i) != NULL; i++) {
		const char *name = diskmodel_name(disk, i);
		struct soter_span old = diskmodel_look(disk, name);
		struct bytes b = { .n = 0 };

		if (strncmp(name, "index", 5) == 0 ||
		    strncmp(name, "anchor", 6) == 0)
			continue;
		soter_copy(b.p, old.p, old.n);
		b.p[old.n / 2] ^= 1;
		diskmodel_put(disk, name, soter_span(b.p, old.n));
	}
}

static void
test_faults(void)
{
	check_row("a full disk: nothing changes, in memory or storage");
	CHECK(api_runs(fault_put));
	diskmodel_faults(hosttee_disk(api.ta))->free_bytes = 0;
	CHECK(api_runs(fault_full));
	diskmodel_faults(hosttee_disk(api.ta))->free_bytes = UINT64_MAX;
	hosttee_kill(api.ta);
	CHECK(api_runs(fault_gone));
	check_row("a damaged object stays damaged until it is replaced");
	damage();
	CHECK(api_runs(fault_corrupt));
}

/* ---- an object that the API did not write ----------------------------- */

#define HEAD "47506f31 " /* the format's number */

/* Of the form of teehost/gpobject.h; 01 00 00 00 is a count, and so on. */
static const struct {
	const char *what, *bytes;
	bool good;
} strange[] = {
	{ "data of 2 bytes", HEAD "bf0000a0 00*4 ff*4 00*4 0102", true },
	{ "a key of 16 bytes",
	    HEAD "100000a0 80000000 ff*4 01000000 000000c0 10000000 11*16",
	    true },
	{ "nothing", "", false },
	{ "another format", "47506f32 bf0000a0 00*4 ff*4 00*4", false },
	{ "a head that is cut", HEAD "bf0000a0 00*4 ff*4 00*3", false },
	{ "a type that is none", HEAD "be0000a0 00*4 ff*4 00*4", false },
	{ "data with an attribute",
	    HEAD "bf0000a0 00*4 ff*4 01000000 000000c0 01000000 11", false },
	{ "a key without a secret", HEAD "100000a0 80000000 ff*4 00*4", false },
	{ "a key pair without its private exponent",
	    HEAD "300000a1 00040000 ff*4 02000000 300100d0 80000000 ff*128 "
		 "300200d0 01000000 03",
	    false },
	{ "a key pair",
	    HEAD "300000a1 00040000 ff*4 03000000 300100d0 80000000 ff*128 "
		 "300200d0 01000000 03 300300c0 01000000 05",
	    true },
	{ "nine attributes", HEAD "100000a0 80000000 ff*4 09000000 00*99",
	    false },
	{ "four billion attributes", HEAD "100000a0 80000000 ff*4 ff*4 00*99",
	    false },
	{ "a secret that is cut",
	    HEAD "100000a0 80000000 ff*4 01000000 000000c0 10000000 11*15",
	    false },
	{ "a secret of four billion bytes",
	    HEAD "100000a0 80000000 ff*4 01000000 000000c0 ff*4 11*16", false },
	{ "a secret of no key",
	    HEAD "100000a0 80000000 ff*4 01000000 000000c0 11000000 11*17",
	    false },
	{ "an attribute of another key",
	    HEAD "100000a0 80000000 ff*4 01000000 300100d0 10000000 11*16",
	    false },
	{ "two secrets",
	    HEAD "100000a0 80000000 ff*4 02000000 000000c0 10000000 11*16 "
		 "000000c0 10000000 11*16",
	    false },
};

static size_t strange_row;

static void
strange_open(void)
{
	struct bytes b = { .n = 0 };
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	bytes_text(&b, strange[strange_row].bytes);
	CHECK_RC(teehost_store_put(hosttee_store(api.ta), SOTER_SPAN("s"),
		     bytes_span(&b), true),
	    SOTER_OK);
	CHECK(open("s", READ, &o) ==
	    (strange[strange_row].good ? TEE_SUCCESS
				       : TEE_ERROR_CORRUPT_OBJECT));
	TEE_CloseObject(o);
}

static void
test_strange(void)
{
	for (; strange_row < SOTER_COUNT(strange); strange_row++) {
		check_row("in storage: %s", strange[strange_row].what);
		CHECK(api_runs(strange_open));
	}
}

/* ---- panics ------------------------------------------------------------ */

static TEE_ObjectHandle
with(uint32_t flags)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	CHECK(create("p", flags | OVERWRITE, "x", &o) == TEE_SUCCESS);
	return (o);
}

static void
p_read(void)
{
	char out;
	size_t n;

	TEE_ReadObjectData(with(WRITE | META), &out, 1, &n);
}

static void
p_write(void)
{
	TEE_WriteObjectData(with(READ | META), "x", 1);
}

static void
p_truncate(void)
{
	TEE_TruncateObjectData(with(READ | META), 0);
}

static void
p_delete(void)
{
	TEE_CloseAndDeletePersistentObject1(with(READ | WRITE));
}

static void
p_rename(void)
{
	TEE_RenamePersistentObject(with(READ | WRITE), "q", 1);
}

static void
p_read_transient(void)
{
	char out;
	size_t n;

	TEE_ReadObjectData(api_secret(TEE_TYPE_AES, "0123456789abcdef", 16),
	    &out, 1, &n);
}

static void
p_free_stored(void)
{
	TEE_FreeTransientObject(with(READ));
}

static void
p_reset_stored(void)
{
	TEE_ResetTransientObject(with(READ));
}

static void
p_long_name(void)
{
	static const char name[65];
	TEE_ObjectHandle o;

	TEE_OpenPersistentObject(P, name, 65, READ, &o);
}

static void
p_no_name(void)
{
	TEE_ObjectHandle o;

	TEE_CreatePersistentObject(P, "", 0, READ, TEE_HANDLE_NULL, NULL, 0,
	    &o);
}

static void
p_flags(void)
{
	TEE_ObjectHandle o;

	open("p", READ | OVERWRITE, &o);
}

static void
p_create_flags(void)
{
	TEE_ObjectHandle o;

	create("p", 0x8000, "", &o);
}

static void
p_empty_attributes(void)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL, o;

	CHECK(TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &key) ==
	    TEE_SUCCESS);
	TEE_CreatePersistentObject(P, "p", 1, READ, key, NULL, 0, &o);
}

static void
p_whence(void)
{
	TEE_SeekObjectData(with(READ), 0, 3);
}

static void
p_closed(void)
{
	TEE_ObjectHandle o = with(READ);
	char out;
	size_t n;

	TEE_CloseObject(o);
	TEE_ReadObjectData(o, &out, 1, &n);
}

static void
p_data_as_key(void)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;

	CHECK(TEE_AllocateOperation(&op, TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT,
		  128) == TEE_SUCCESS);
	TEE_SetOperationKey(op, with(READ));
}

static const struct api_panic panics[] = {
	{ "reading what is open for writing", p_read, "for reading" },
	{ "writing what is open for reading", p_write,
	    "TEE_WriteObjectData: not" },
	{ "cutting what is open for reading", p_truncate,
	    "TEE_TruncateObjectData: not" },
	{ "removing without META", p_delete,
	    "TEE_CloseAndDeletePersistentObject1" },
	{ "renaming without META", p_rename, "TEE_RenamePersistentObject" },
	{ "reading data of a key in memory", p_read_transient,
	    "TEE_ReadObjectData" },
	{ "freeing a stored object as one in memory", p_free_stored,
	    "TEE_FreeTransientObject" },
	{ "emptying a stored object", p_reset_stored,
	    "TEE_ResetTransientObject" },
	{ "a name of 65 bytes", p_long_name, "64 bytes" },
	{ "a name of 0 bytes", p_no_name, "64 bytes" },
	{ "opening with a flag of creation", p_flags,
	    "TEE_OpenPersistentObject: arguments" },
	{ "a flag that is none", p_create_flags,
	    "TEE_CreatePersistentObject: arguments" },
	{ "an empty key goes into storage", p_empty_attributes,
	    "TEE_CreatePersistentObject: attributes" },
	{ "a position from nowhere", p_whence, "whence" },
	{ "reading what is closed", p_closed, "TEE_ReadObjectData" },
	{ "data shall be a key", p_data_as_key, "another type" },
};

static void
clean_up(void)
{
	remove_all();
}

int
main(void)
{
	api_begin();
	test_data();
	test_access();
	test_keys();
	test_pairs();
	test_walk();
	test_faults();
	test_strange();
	api_panic_rows(panics, SOTER_COUNT(panics));
	check_row("after all that, everything can be removed");
	CHECK(api_runs(clean_up));
	api_end();
	return (check_done());
}
