/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 5.5 and 5.6: objects in memory, and what a TA may
 * learn of them.
 */
#include "tests/unit/api.h"

#define SECRET TEE_ATTR_SECRET_VALUE

static const uint8_t bytes[512] = "0123456789abcdef0123456789abcdef"
				  "0123456789abcdef0123456789abcdef";

static TEE_ObjectHandle
allocate(uint32_t type, uint32_t bits)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	CHECK(TEE_AllocateTransientObject(type, bits, &o) == TEE_SUCCESS);
	return (o);
}

/* A secret of n bytes for an object of at most max bits. */
static TEE_Result
populate(TEE_ObjectHandle o, size_t n)
{
	TEE_Attribute x;

	TEE_InitRefAttribute(&x, SECRET, bytes, n);
	return (TEE_PopulateTransientObject(o, &x, 1));
}

/* ---- sizes ------------------------------------------------------------- */

static const struct {
	uint32_t type, smallest, largest, step;
} sizes[] = {
	{ TEE_TYPE_AES, 128, 256, 64 },
	{ TEE_TYPE_HMAC_SHA1, 80, 512, 8 },
	{ TEE_TYPE_HMAC_SHA224, 112, 512, 8 },
	{ TEE_TYPE_HMAC_SHA256, 192, 1024, 8 },
	{ TEE_TYPE_HMAC_SHA384, 256, 1024, 8 },
	{ TEE_TYPE_HMAC_SHA512, 256, 1024, 8 },
	{ TEE_TYPE_GENERIC_SECRET, 8, 4096, 8 },
	{ TEE_TYPE_HKDF, 8, 4096, 8 },
};

static bool
is_size(size_t row, uint32_t bits)
{
	return (bits >= sizes[row].smallest && bits <= sizes[row].largest &&
	    (bits - sizes[row].smallest) % sizes[row].step == 0);
}

static void
every_size(void)
{
	for (size_t i = 0; i < SOTER_COUNT(sizes); i++) {
		uint32_t wrong = 0;

		for (uint32_t bits = 0; bits < 4200; bits++) {
			TEE_ObjectHandle o = TEE_HANDLE_NULL;
			TEE_Result result = TEE_AllocateTransientObject(
			    sizes[i].type, bits, &o);

			if (result !=
			    (is_size(i, bits) ? TEE_SUCCESS
					      : TEE_ERROR_NOT_SUPPORTED))
				wrong++;
			TEE_FreeTransientObject(o);
		}
		CHECK(wrong == 0);
	}
}

static void
unknown_types(void)
{
	static const uint32_t types[] = { 0, TEE_TYPE_DATA, TEE_TYPE_DES,
		TEE_TYPE_ECDSA_KEYPAIR, TEE_TYPE_CORRUPTED_OBJECT,
		TEE_TYPE_ILLEGAL_VALUE };
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	for (size_t i = 0; i < SOTER_COUNT(types); i++)
		CHECK(TEE_AllocateTransientObject(types[i], 256, &o) ==
			TEE_ERROR_NOT_SUPPORTED &&
		    o == TEE_HANDLE_NULL);
}

/* ---- a life ------------------------------------------------------------ */

static void
life(void)
{
	TEE_ObjectHandle o = allocate(TEE_TYPE_AES, 256);
	TEE_ObjectInfo info;
	uint8_t out[64];
	size_t n = 15;

	TEE_GetObjectInfo1(o, &info);
	CHECK(info.objectType == TEE_TYPE_AES && info.objectSize == 0 &&
	    info.maxObjectSize == 256 && info.objectUsage == 0xffffffff &&
	    info.dataSize == 0 && info.handleFlags == 0);
	CHECK(populate(o, 16) == TEE_SUCCESS);
	TEE_GetObjectInfo(o, &info);
	CHECK(info.objectSize == 128 &&
	    info.handleFlags == TEE_HANDLE_FLAG_INITIALIZED);

	CHECK(TEE_GetObjectBufferAttribute(o, SECRET, out, &n) ==
		TEE_ERROR_SHORT_BUFFER &&
	    n == 16);
	CHECK(TEE_GetObjectBufferAttribute(o, SECRET, NULL, &n) ==
		TEE_ERROR_SHORT_BUFFER &&
	    n == 16);
	n = sizeof(out);
	CHECK(TEE_GetObjectBufferAttribute(o, SECRET, out, &n) == TEE_SUCCESS &&
	    n == 16 && memcmp(out, bytes, 16) == 0);
	CHECK(TEE_GetObjectBufferAttribute(o, TEE_ATTR_RSA_MODULUS, out, &n) ==
	    TEE_ERROR_ITEM_NOT_FOUND);

	TEE_RestrictObjectUsage(o, TEE_USAGE_ENCRYPT | TEE_USAGE_DECRYPT);
	TEE_RestrictObjectUsage(o, TEE_USAGE_ENCRYPT | TEE_USAGE_EXTRACTABLE);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.objectUsage == TEE_USAGE_ENCRYPT);

	TEE_ResetTransientObject(o);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.objectSize == 0 && info.objectUsage == 0xffffffff);
	CHECK(populate(o, 24) == TEE_SUCCESS);
	TEE_CloseObject(o);

	TEE_FreeTransientObject(TEE_HANDLE_NULL);
	TEE_ResetTransientObject(TEE_HANDLE_NULL);
	TEE_CloseObject(TEE_HANDLE_NULL);
}

/* The secret of the TA's buffer is copied. */
static void
copied(void)
{
	TEE_ObjectHandle o = allocate(TEE_TYPE_AES, 128);
	uint8_t secret[16] = "0123456789abcde", out[16];
	TEE_Attribute x;
	size_t n = sizeof(out);

	TEE_InitRefAttribute(&x, SECRET, secret, sizeof(secret));
	CHECK(TEE_PopulateTransientObject(o, &x, 1) == TEE_SUCCESS);
	memset(secret, 0, sizeof(secret));
	CHECK(TEE_GetObjectBufferAttribute(o, SECRET, out, &n) == TEE_SUCCESS);
	CHECK(memcmp(out, "0123456789abcde", 16) == 0);
	TEE_FreeTransientObject(o);
}

static void
bad_values(void)
{
	TEE_ObjectHandle o = allocate(TEE_TYPE_AES, 256);
	static const size_t lengths[] = { 0, 1, 15, 17, 23, 31 };

	/* An object that could not be filled can be. */
	for (size_t i = 0; i < SOTER_COUNT(lengths); i++)
		CHECK(populate(o, lengths[i]) == TEE_ERROR_BAD_PARAMETERS);
	CHECK(populate(o, 32) == TEE_SUCCESS);
	TEE_FreeTransientObject(o);
}

/* n, e and d of an RSA key that cannot be one. */
static void
bad_rsa(void)
{
	static const uint8_t even[256] = { 0x80 }, small[128] = { [127] = 1 },
			     odd[256] = { 0x80, [255] = 1 };
	static const uint8_t one[] = { 1 }, four[] = { 4 }, three[] = { 3 },
			     long_e[9] = { 1, [8] = 1 };
	static const struct {
		const uint8_t *n, *e;
		size_t n_n, e_n;
	} rows[] = {
		{ even, three, 256, 1 },
		{ small, three, 128, 1 },
		{ odd, one, 256, 1 },
		{ odd, four, 256, 1 },
		{ odd, long_e, 256, 9 },
		{ odd, three, 0, 1 },
		{ odd, three, 256, 0 },
	};
	TEE_ObjectHandle o = allocate(TEE_TYPE_RSA_PUBLIC_KEY, 2048);
	TEE_Attribute x[2];

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		TEE_InitRefAttribute(&x[0], TEE_ATTR_RSA_MODULUS, rows[i].n,
		    rows[i].n_n);
		TEE_InitRefAttribute(&x[1], TEE_ATTR_RSA_PUBLIC_EXPONENT,
		    rows[i].e, rows[i].e_n);
		CHECK(TEE_PopulateTransientObject(o, x, 2) ==
		    TEE_ERROR_BAD_PARAMETERS);
	}
	TEE_FreeTransientObject(o);
}

/* Of a key pair: n, e, d as long as the rows say, and the first primes. */
static const struct {
	size_t n, d;
	uint32_t attributes;
	bool good;
} pairs[] = {
	{ 256, 256, 3, true },
	{ 256, 256, 8, true },
	{ 256, 1, 3, true },
	{ 128, 256, 3, false }, /* d is longer than n */
	{ 256, 256, 4, false }, /* one prime, and nothing else of CRT */
	{ 256, 256, 7, false },
};

static void
rsa_pairs(void)
{
	static const uint32_t ids[] = { TEE_ATTR_RSA_MODULUS,
		TEE_ATTR_RSA_PUBLIC_EXPONENT, TEE_ATTR_RSA_PRIVATE_EXPONENT,
		TEE_ATTR_RSA_PRIME1, TEE_ATTR_RSA_PRIME2,
		TEE_ATTR_RSA_EXPONENT1, TEE_ATTR_RSA_EXPONENT2,
		TEE_ATTR_RSA_COEFFICIENT };
	uint8_t odd[256];
	TEE_Attribute x[8];

	memset(odd, 0xff, sizeof(odd));
	for (size_t i = 0; i < SOTER_COUNT(pairs); i++) {
		TEE_ObjectHandle o = allocate(TEE_TYPE_RSA_KEYPAIR, 2048);

		for (size_t j = 0; j < SOTER_COUNT(ids); j++)
			TEE_InitRefAttribute(&x[j], ids[j], odd,
			    j == 0	 ? pairs[i].n
				: j == 2 ? pairs[i].d
					 : 8);
		CHECK(TEE_PopulateTransientObject(o, x, pairs[i].attributes) ==
		    (pairs[i].good ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS));
		TEE_FreeTransientObject(o);
	}
}

static void
generate_all(void)
{
	uint8_t a[512], b[512];

	for (size_t i = 0; i < SOTER_COUNT(sizes); i++) {
		uint32_t bits = sizes[i].largest;
		size_t n = sizeof(a), m = sizeof(b);
		TEE_ObjectHandle x = allocate(sizes[i].type, bits);
		TEE_ObjectHandle y = allocate(sizes[i].type, bits);

		CHECK(TEE_GenerateKey(x, bits, NULL, 0) == TEE_SUCCESS);
		CHECK(TEE_GenerateKey(y, bits, NULL, 0) == TEE_SUCCESS);
		TEE_GetObjectBufferAttribute(x, SECRET, a, &n);
		TEE_GetObjectBufferAttribute(y, SECRET, b, &m);
		CHECK(n == bits / 8 && m == n && memcmp(a, b, n) != 0);
		TEE_FreeTransientObject(x);
		TEE_FreeTransientObject(y);
	}
}

static void
copy_attributes(void)
{
	TEE_ObjectHandle from = allocate(TEE_TYPE_AES, 256);
	TEE_ObjectHandle to = allocate(TEE_TYPE_AES, 256);
	TEE_ObjectInfo info;
	uint8_t out[32];
	size_t n = sizeof(out);

	CHECK(populate(from, 32) == TEE_SUCCESS);
	TEE_RestrictObjectUsage(from,
	    TEE_USAGE_EXTRACTABLE | TEE_USAGE_ENCRYPT);
	TEE_RestrictObjectUsage(to, TEE_USAGE_EXTRACTABLE | TEE_USAGE_MAC);
	TEE_CopyObjectAttributes(to, from);
	TEE_FreeTransientObject(from);
	TEE_GetObjectInfo1(to, &info);
	CHECK(info.objectSize == 256 &&
	    info.objectUsage == TEE_USAGE_EXTRACTABLE);
	CHECK(
	    TEE_GetObjectBufferAttribute(to, SECRET, out, &n) == TEE_SUCCESS &&
	    memcmp(out, bytes, 32) == 0);
	TEE_FreeTransientObject(to);
}

static void
too_many(void)
{
	static TEE_ObjectHandle all[5000];
	size_t n = 0;

	while (n < SOTER_COUNT(all) &&
	    TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &all[n]) ==
		TEE_SUCCESS)
		n++;
	CHECK(n > 500 && n < SOTER_COUNT(all));
	while (n > 0)
		TEE_FreeTransientObject(all[--n]);
}

/* ---- panics ------------------------------------------------------------ */

static void
p_read_restricted(void)
{
	TEE_ObjectHandle o = api_secret(TEE_TYPE_AES, bytes, 16);
	uint8_t out[16];
	size_t n = sizeof(out);

	TEE_RestrictObjectUsage(o, ~(uint32_t)TEE_USAGE_EXTRACTABLE);
	TEE_GetObjectBufferAttribute(o, SECRET, out, &n);
}

static void
p_read_empty(void)
{
	size_t n = 0;

	TEE_GetObjectBufferAttribute(allocate(TEE_TYPE_AES, 128), SECRET, NULL,
	    &n);
}

static void
p_read_value_as_buffer(void)
{
	size_t n = 0;

	TEE_GetObjectBufferAttribute(api_secret(TEE_TYPE_AES, bytes, 16),
	    TEE_ATTR_RSA_PSS_SALT_LENGTH, NULL, &n);
}

static void
p_read_buffer_as_value(void)
{
	uint32_t a, b;

	TEE_GetObjectValueAttribute(api_secret(TEE_TYPE_AES, bytes, 16), SECRET,
	    &a, &b);
}

static void
p_populate_twice(void)
{
	populate(api_secret(TEE_TYPE_AES, bytes, 16), 16);
}

static void
p_generate_twice(void)
{
	TEE_GenerateKey(api_secret(TEE_TYPE_AES, bytes, 16), 128, NULL, 0);
}

static void
p_other_attribute(void)
{
	TEE_Attribute x;

	TEE_InitRefAttribute(&x, TEE_ATTR_RSA_MODULUS, bytes, 16);
	TEE_PopulateTransientObject(allocate(TEE_TYPE_AES, 128), &x, 1);
}

static void
p_value_attribute(void)
{
	TEE_Attribute x;

	TEE_InitValueAttribute(&x, TEE_ATTR_ECC_CURVE, 1, 0);
	TEE_PopulateTransientObject(allocate(TEE_TYPE_AES, 128), &x, 1);
}

static void
p_too_big(void)
{
	populate(allocate(TEE_TYPE_AES, 128), 32);
}

static void
p_incomplete(void)
{
	TEE_Attribute x;

	TEE_InitRefAttribute(&x, TEE_ATTR_RSA_MODULUS, bytes, 256);
	TEE_PopulateTransientObject(allocate(TEE_TYPE_RSA_PUBLIC_KEY, 2048), &x,
	    1);
}

static void
p_many_attributes(void)
{
	TEE_Attribute x[9] = { { 0 } };

	TEE_PopulateTransientObject(allocate(TEE_TYPE_AES, 128), x, 0xffffffff);
}

static void
p_freed(void)
{
	TEE_ObjectHandle o = allocate(TEE_TYPE_AES, 128);

	TEE_FreeTransientObject(o);
	/* Whatever takes its place has another handle. */
	allocate(TEE_TYPE_AES, 128);
	populate(o, 16);
}

static void
p_garbage(void)
{
	TEE_CloseObject((TEE_ObjectHandle)(uintptr_t)0x4141414141414141u);
}

static void
p_pointer(void)
{
	static uint8_t memory[256];

	TEE_CloseObject((TEE_ObjectHandle)(void *)memory);
}

static void
p_copy_other_type(void)
{
	TEE_CopyObjectAttributes1(allocate(TEE_TYPE_HMAC_SHA256, 256),
	    api_secret(TEE_TYPE_AES, bytes, 32));
}

static void
p_copy_too_big(void)
{
	TEE_CopyObjectAttributes1(allocate(TEE_TYPE_AES, 128),
	    api_secret(TEE_TYPE_AES, bytes, 32));
}

static void
p_copy_empty(void)
{
	TEE_CopyObjectAttributes1(allocate(TEE_TYPE_AES, 256),
	    allocate(TEE_TYPE_AES, 128));
}

static void
p_generate_size(void)
{
	TEE_GenerateKey(allocate(TEE_TYPE_AES, 128), 256, NULL, 0);
}

static void
p_generate_odd_size(void)
{
	TEE_GenerateKey(allocate(TEE_TYPE_AES, 256), 136, NULL, 0);
}

static void
p_generate_public(void)
{
	TEE_GenerateKey(allocate(TEE_TYPE_RSA_PUBLIC_KEY, 2048), 2048, NULL, 0);
}

static void
p_ref_is_value(void)
{
	TEE_Attribute x;

	TEE_InitRefAttribute(&x, TEE_ATTR_RSA_PSS_SALT_LENGTH, bytes, 4);
}

static void
p_value_is_ref(void)
{
	TEE_Attribute x;

	TEE_InitValueAttribute(&x, SECRET, 1, 2);
}

static const struct api_panic panics[] = {
	{ "the secret of a key that is not extractable", p_read_restricted,
	    "not extractable" },
	{ "the secret of an empty object", p_read_empty,
	    "TEE_GetObjectBufferAttribute: handle" },
	{ "a value is asked for as bytes", p_read_value_as_buffer,
	    "TEE_GetObjectBufferAttribute: arguments" },
	{ "bytes are asked for as a value", p_read_buffer_as_value,
	    "not a value" },
	{ "a key is filled twice", p_populate_twice,
	    "TEE_PopulateTransientObject" },
	{ "a key is made twice", p_generate_twice, "TEE_GenerateKey: not" },
	{ "an attribute of another type", p_other_attribute,
	    "TEE_PopulateTransientObject: attribute" },
	{ "a value as attribute of a key", p_value_attribute,
	    "TEE_PopulateTransientObject: attribute" },
	{ "a secret that is larger than agreed", p_too_big,
	    "TEE_PopulateTransientObject: attribute" },
	{ "a key of which a part is missing", p_incomplete, "incomplete" },
	{ "four billion attributes", p_many_attributes,
	    "TEE_PopulateTransientObject: arguments" },
	{ "an object that was freed", p_freed,
	    "TEE_PopulateTransientObject: arguments" },
	{ "a handle of garbage", p_garbage, "TEE_CloseObject" },
	{ "a handle that is a pointer", p_pointer, "TEE_CloseObject" },
	{ "attributes for another type", p_copy_other_type, "other type" },
	{ "attributes that do not fit", p_copy_too_big, "does not fit" },
	{ "attributes of an empty object", p_copy_empty,
	    "TEE_CopyObjectAttributes1: source" },
	{ "a generated key larger than agreed", p_generate_size,
	    "TEE_GenerateKey: size" },
	{ "a generated key of a size that is none", p_generate_odd_size,
	    "TEE_GenerateKey: size" },
	{ "a public key is to be made", p_generate_public, "alone" },
	{ "bytes for an attribute that is a value", p_ref_is_value,
	    "TEE_InitRefAttribute" },
	{ "a value for an attribute that is bytes", p_value_is_ref,
	    "TEE_InitValueAttribute" },
};

int
main(void)
{
	api_begin();
	check_row("every size of every type");
	CHECK(api_runs(every_size));
	check_row("types that are not offered");
	CHECK(api_runs(unknown_types));
	check_row("a key from its birth to its end");
	CHECK(api_runs(life));
	check_row("a key does not follow the buffer that it came from");
	CHECK(api_runs(copied));
	check_row("secrets of a length that is none");
	CHECK(api_runs(bad_values));
	check_row("numbers that are no RSA key");
	CHECK(api_runs(bad_rsa));
	check_row("numbers that are no RSA key pair");
	CHECK(api_runs(rsa_pairs));
	check_row("generated secrets have their length and differ");
	CHECK(api_runs(generate_all));
	check_row("a copy may do what both may");
	CHECK(api_runs(copy_attributes));
	check_row("a TA may not have any number of objects");
	CHECK(api_runs(too_many));
	api_panic_rows(panics, SOTER_COUNT(panics));
	api_end();
	return (check_done());
}
