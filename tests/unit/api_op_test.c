/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API, chapter 6: known answers, and the order of calls.
 */
#include "tests/unit/api.h"

static struct bytes want, in, in2, in3;

static struct soter_span
hex(struct bytes *b, const char *text)
{
	b->n = 0;
	bytes_text(b, text);
	return (bytes_span(b));
}

static bool
is(const void *p, size_t n, const char *text)
{
	return (soter_span_equal(soter_span(p, n), hex(&want, text)));
}

/* ---- digests ----------------------------------------------------------- */

/* FIPS 180-4, "abc". */
static const struct {
	uint32_t algorithm;
	const char *digest;
} digests[] = {
	{ TEE_ALG_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ TEE_ALG_SHA224,
	    "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
	{ TEE_ALG_SHA256,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ TEE_ALG_SHA384,
	    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	    "8086072ba1e7cc2358baeca134c825a7" },
	{ TEE_ALG_SHA512,
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

static void
digest_answers(void)
{
	uint8_t out[64];
	size_t n;

	for (size_t i = 0; i < SOTER_COUNT(digests); i++) {
		TEE_OperationHandle op = api_operation(digests[i].algorithm,
		    TEE_MODE_DIGEST, TEE_HANDLE_NULL);

		/* At once, in parts, and with too little room first. */
		n = sizeof(out);
		CHECK(TEE_DigestDoFinal(op, "abc", 3, out, &n) == TEE_SUCCESS);
		CHECK(is(out, n, digests[i].digest));
		TEE_DigestUpdate(op, "a", 1);
		TEE_DigestUpdate(op, NULL, 0);
		n = 3;
		CHECK(TEE_DigestDoFinal(op, "bc", 2, out, &n) ==
		    TEE_ERROR_SHORT_BUFFER);
		CHECK(n == hex(&want, digests[i].digest).n);
		CHECK(TEE_DigestDoFinal(op, "bc", 2, out, &n) == TEE_SUCCESS);
		CHECK(is(out, n, digests[i].digest));
		TEE_FreeOperation(op);
	}
}

static void
digest_extract(void)
{
	TEE_OperationHandle op =
	    api_operation(TEE_ALG_SHA1, TEE_MODE_DIGEST, TEE_HANDLE_NULL);
	TEE_OperationInfo info;
	uint8_t out[64];
	size_t n = 7, rest = sizeof(out) - 7;

	TEE_DigestUpdate(op, "abc", 3);
	CHECK(TEE_DigestExtract(op, out, &n) == TEE_SUCCESS && n == 7);
	TEE_GetOperationInfo(op, &info);
	CHECK((info.handleState & TEE_HANDLE_FLAG_EXTRACTING) != 0);
	CHECK(TEE_DigestDoFinal(op, NULL, 0, out + 7, &rest) == TEE_SUCCESS);
	CHECK(is(out, n + rest, digests[0].digest));
	/* It is as new then. */
	n = sizeof(out);
	CHECK(TEE_DigestDoFinal(op, "abc", 3, out, &n) == TEE_SUCCESS);
	CHECK(is(out, n, digests[0].digest));
	TEE_FreeOperation(op);
}

static void
digest_copy(void)
{
	TEE_OperationHandle a =
	    api_operation(TEE_ALG_SHA256, TEE_MODE_DIGEST, TEE_HANDLE_NULL);
	TEE_OperationHandle b =
	    api_operation(TEE_ALG_SHA256, TEE_MODE_DIGEST, TEE_HANDLE_NULL);
	uint8_t out[32];
	size_t n = sizeof(out);

	TEE_DigestUpdate(a, "ab", 2);
	TEE_CopyOperation(b, a);
	CHECK(TEE_DigestDoFinal(a, "x", 1, out, &n) == TEE_SUCCESS);
	CHECK(TEE_DigestDoFinal(b, "c", 1, out, &n) == TEE_SUCCESS);
	CHECK(is(out, n, digests[2].digest));
	TEE_FreeOperation(a);
	TEE_FreeOperation(b);
}

static void
test_digests(void)
{
	check_row("the digests of abc, at once and in parts");
	CHECK(api_runs(digest_answers));
	check_row("a digest that is taken out in two pieces");
	CHECK(api_runs(digest_extract));
	check_row("a digest that is copied on its way");
	CHECK(api_runs(digest_copy));
}

/* ---- MACs -------------------------------------------------------------- */

/* RFC 2202 3 and RFC 4231 4.5 (keys of 20 and 25 bytes), RFC 4493, rest: NIST
 */
static const struct {
	uint32_t algorithm, type;
	const char *key, *message, *mac;
} macs[] = {
	{ TEE_ALG_HMAC_SHA1, TEE_TYPE_HMAC_SHA1, "0b*20", "'Hi There'",
	    "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ TEE_ALG_HMAC_SHA224, TEE_TYPE_HMAC_SHA224,
	    "0102030405060708090a0b0c0d0e0f10111213141516171819", "cd*50",
	    "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a" },
	{ TEE_ALG_HMAC_SHA256, TEE_TYPE_HMAC_SHA256,
	    "0102030405060708090a0b0c0d0e0f10111213141516171819", "cd*50",
	    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
	{ TEE_ALG_AES_CMAC, TEE_TYPE_AES, "2b7e151628aed2a6abf7158809cf4f3c",
	    "6bc1bee22e409f96e93d7e117393172a",
	    "070a16b46b4d4144f79bdd9dd04a287c" },
	{ TEE_ALG_AES_CMAC, TEE_TYPE_AES, "2b7e151628aed2a6abf7158809cf4f3c",
	    "", "bb1d6929e95937287fa37d129b756746" },
};

static void
mac_answers(void)
{
	for (size_t i = 0; i < SOTER_COUNT(macs); i++) {
		struct soter_span key = hex(&in, macs[i].key);
		struct soter_span text = hex(&in2, macs[i].message);
		TEE_OperationHandle op = api_operation(macs[i].algorithm,
		    TEE_MODE_MAC, api_secret(macs[i].type, key.p, key.n));
		uint8_t out[64];
		size_t n = 1;

		TEE_MACInit(op, NULL, 0);
		CHECK(TEE_MACComputeFinal(op, text.p, text.n, out, &n) ==
		    TEE_ERROR_SHORT_BUFFER);
		CHECK(TEE_MACComputeFinal(op, text.p, text.n, out, &n) ==
		    TEE_SUCCESS);
		CHECK(is(out, n, macs[i].mac));

		TEE_MACInit(op, NULL, 0);
		TEE_MACUpdate(op, text.p, text.n / 2);
		CHECK(TEE_MACCompareFinal(op, text.p + text.n / 2,
			  text.n - text.n / 2, out, n) == TEE_SUCCESS);
		TEE_MACInit(op, NULL, 0);
		CHECK(TEE_MACCompareFinal(op, text.p, text.n, out, n - 1) ==
		    TEE_ERROR_MAC_INVALID);
		out[n - 1] ^= 1;
		TEE_MACInit(op, NULL, 0);
		CHECK(TEE_MACCompareFinal(op, text.p, text.n, out, n) ==
		    TEE_ERROR_MAC_INVALID);
		TEE_FreeOperation(op);
	}
}

/* RFC 4231 4.7 and 4.8: the key is longer than a block, and than we take. */
static void
mac_long_key(void)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;

	CHECK(TEE_AllocateTransientObject(TEE_TYPE_HMAC_SHA256, 131 * 8,
		  &key) == TEE_ERROR_NOT_SUPPORTED);
	CHECK(key == TEE_HANDLE_NULL);
}

static void
test_macs(void)
{
	check_row("HMAC and CMAC");
	CHECK(api_runs(mac_answers));
	check_row("HMAC with a key that is too long for the standard");
	CHECK(api_runs(mac_long_key));
}

/* ---- ciphers ----------------------------------------------------------- */

/* NIST SP 800-38A F.1.1, F.2.5, F.5.1. */
static const struct {
	uint32_t algorithm;
	const char *key, *iv, *plain, *cipher;
} ciphers[] = {
	{ TEE_ALG_AES_ECB_NOPAD, "2b7e151628aed2a6abf7158809cf4f3c", "",
	    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	    "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf" },
	{ TEE_ALG_AES_CBC_NOPAD,
	    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	    "000102030405060708090a0b0c0d0e0f",
	    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	    "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d" },
	{ TEE_ALG_AES_CTR, "2b7e151628aed2a6abf7158809cf4f3c",
	    "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	    "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff" },
};

/* In pieces of `step` bytes; in place if out begins where the text does. */
static size_t
cipher_run(TEE_OperationHandle op, const uint8_t *text, size_t n, size_t step,
    uint8_t *out)
{
	size_t at = 0, done = 0, got;

	for (; n - at > step; at += step) {
		got = 64;
		CHECK(TEE_CipherUpdate(op, text + at, step, out + done, &got) ==
		    TEE_SUCCESS);
		done += got;
	}
	got = 64;
	CHECK(TEE_CipherDoFinal(op, text + at, n - at, out + done, &got) ==
	    TEE_SUCCESS);
	return (done + got);
}

static void
cipher_answers(void)
{
	for (size_t i = 0; i < SOTER_COUNT(ciphers); i++) {
		struct soter_span key = hex(&in, ciphers[i].key);
		struct soter_span iv = hex(&in2, ciphers[i].iv);
		struct soter_span text = hex(&in3, ciphers[i].plain);
		TEE_OperationHandle e = api_operation(ciphers[i].algorithm,
		    TEE_MODE_ENCRYPT, api_secret(TEE_TYPE_AES, key.p, key.n));
		TEE_OperationHandle d = api_operation(ciphers[i].algorithm,
		    TEE_MODE_DECRYPT, api_secret(TEE_TYPE_AES, key.p, key.n));

		for (size_t step = 1; step <= text.n; step++) {
			uint8_t out[96], back[96];
			size_t n;

			TEE_CipherInit(e, iv.p, iv.n);
			n = cipher_run(e, text.p, text.n, step, out);
			CHECK(is(out, n, ciphers[i].cipher));
			TEE_CipherInit(d, iv.p, iv.n);
			n = cipher_run(d, out, n, step, back);
			CHECK(is(back, n, ciphers[i].plain));
			/* in place */
			TEE_CipherInit(d, iv.p, iv.n);
			n = cipher_run(d, out, n, step, out);
			CHECK(is(out, n, ciphers[i].plain));
		}
		TEE_FreeOperation(e);
		TEE_FreeOperation(d);
	}
}

static void
cipher_room(void)
{
	TEE_OperationHandle op = api_operation(TEE_ALG_AES_CBC_NOPAD,
	    TEE_MODE_ENCRYPT, api_secret(TEE_TYPE_AES, "0123456789abcdef", 16));
	uint8_t out[64];
	size_t n = 31;

	TEE_CipherInit(op, "0123456789abcdef", 16);
	CHECK(TEE_CipherDoFinal(op, "0123456789abcdef0123456789abcdef", 32, out,
		  &n) == TEE_ERROR_SHORT_BUFFER);
	CHECK(n == 32);
	CHECK(TEE_CipherDoFinal(op, "0123456789abcdef0123456789abcdef", 32, out,
		  &n) == TEE_SUCCESS);
	TEE_FreeOperation(op);
}

/* Where the standard wants buffers apart, the host must still not err. */
static void
cipher_overlap(void)
{
	TEE_OperationHandle op = api_operation(TEE_ALG_AES_CBC_NOPAD,
	    TEE_MODE_ENCRYPT, api_secret(TEE_TYPE_AES, "0123456789abcdef", 16));
	uint8_t room[128], apart[48];
	size_t n = sizeof(apart);

	memset(room, 'x', 48);
	TEE_CipherInit(op, "0123456789abcdef", 16);
	CHECK(TEE_CipherDoFinal(op, room, 48, apart, &n) == TEE_SUCCESS);
	for (size_t at = 0; at < 48; at++)
		for (size_t to = 0; to < 64; to++) {
			memset(room, 'y', sizeof(room));
			memset(room + at, 'x', 48);
			TEE_CipherInit(op, "0123456789abcdef", 16);
			CHECK(TEE_CipherDoFinal(op, room + at, 48, room + to,
				  &n) == TEE_SUCCESS);
			CHECK(memcmp(room + to, apart, 48) == 0);
		}
	TEE_FreeOperation(op);
}

static void
test_ciphers(void)
{
	check_row("AES-ECB, CBC and CTR, in pieces of every size, in place");
	CHECK(api_runs(cipher_answers));
	check_row("a cipher from one place to another that overlaps it");
	CHECK(api_runs(cipher_overlap));
	check_row("a cipher with too little room can be asked again");
	CHECK(api_runs(cipher_room));
}

/* ---- GCM --------------------------------------------------------------- */

/* The GCM paper (McGrew, Viega), test case 4 and 16; case 1 is empty. */
static const struct {
	const char *key, *iv, *aad, *plain, *cipher, *tag;
} gcms[] = {
	{ "00*16", "00*12", "", "", "", "58e2fccefa7e3061367f1d57a4e7455a" },
	{ "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
	    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
	    "5bc94fbc3221a5db94fae95ae7121a47" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "cafebabefacedbaddecaf888",
	    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
	    "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static TEE_OperationHandle
gcm_begin(size_t i, uint32_t mode, uint32_t tag_bits)
{
	struct soter_span key = hex(&in, gcms[i].key);
	struct soter_span iv = hex(&in2, gcms[i].iv);
	struct soter_span aad = hex(&in3, gcms[i].aad);
	TEE_OperationHandle op = api_operation(TEE_ALG_AES_GCM, mode,
	    api_secret(TEE_TYPE_AES, key.p, key.n));

	CHECK(TEE_AEInit(op, iv.p, iv.n, tag_bits, aad.n, 0) == TEE_SUCCESS);
	TEE_AEUpdateAAD(op, aad.p, aad.n / 2);
	TEE_AEUpdateAAD(op, aad.p + aad.n / 2, aad.n - aad.n / 2);
	return (op);
}

static void
gcm_encrypt(void)
{
	for (size_t i = 0; i < SOTER_COUNT(gcms); i++) {
		struct soter_span text = hex(&in, gcms[i].plain);
		uint8_t plain[64], out[64], tag[16];
		size_t half = text.n / 2, n = half, m = text.n - half, t = 15;
		TEE_OperationHandle op;

		soter_copy(plain, text.p, text.n);
		op = gcm_begin(i, TEE_MODE_ENCRYPT, 128);
		CHECK(TEE_AEUpdate(op, plain, half, out, &n) == TEE_SUCCESS);
		CHECK(TEE_AEEncryptFinal(op, plain + half, text.n - half,
			  out + half, &m, tag, &t) == TEE_ERROR_SHORT_BUFFER);
		CHECK(t == 16);
		CHECK(TEE_AEEncryptFinal(op, plain + half, m, out + half, &m,
			  tag, &t) == TEE_SUCCESS);
		CHECK(is(out, n + m, gcms[i].cipher));
		CHECK(is(tag, t, gcms[i].tag));
		TEE_FreeOperation(op);
	}
}

static TEE_Result
gcm_decrypt(size_t i, unsigned flip, size_t tag_n, uint8_t *out, size_t *n)
{
	struct soter_span text = hex(&in, gcms[i].cipher);
	uint8_t cipher[64], tag[16];
	TEE_OperationHandle op;
	TEE_Result result;

	soter_copy(cipher, text.p, text.n);
	*n = text.n;
	text = hex(&in, gcms[i].tag);
	soter_copy(tag, text.p, text.n);
	if (flip < *n)
		cipher[flip] ^= 1;
	else if (flip < *n + 16)
		tag[flip - *n] ^= 1;
	op = gcm_begin(i, TEE_MODE_DECRYPT, (uint32_t)tag_n * 8);
	result = TEE_AEDecryptFinal(op, cipher, *n, out, n, tag, tag_n);
	TEE_FreeOperation(op);
	return (result);
}

static void
gcm_decrypts(void)
{
	for (size_t i = 0; i < SOTER_COUNT(gcms); i++) {
		uint8_t out[64];
		size_t n;

		CHECK(gcm_decrypt(i, 999, 16, out, &n) == TEE_SUCCESS);
		CHECK(is(out, n, gcms[i].plain));
		CHECK(gcm_decrypt(i, 999, 12, out, &n) == TEE_SUCCESS);
		for (unsigned flip = 0; flip < n + 16; flip++) {
			memset(out, 0x55, sizeof(out));
			CHECK(gcm_decrypt(i, flip, 16, out, &n) ==
			    TEE_ERROR_MAC_INVALID);
			CHECK(n == 0 || bytes_are(out, n, 0));
		}
	}
}

static void
gcm_tag_lengths(void)
{
	TEE_OperationHandle op = api_operation(TEE_ALG_AES_GCM,
	    TEE_MODE_ENCRYPT, api_secret(TEE_TYPE_AES, "0123456789abcdef", 16));

	for (uint32_t bits = 0; bits < 256; bits++) {
		bool good = bits == 96 || bits == 104 || bits == 112 ||
		    bits == 120 || bits == 128;

		CHECK(TEE_AEInit(op, "0123456789ab", 12, bits, 0, 0) ==
		    (good ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED));
		TEE_ResetOperation(op);
	}
	TEE_FreeOperation(op);
}

static void
test_gcm(void)
{
	check_row("AES-GCM encrypts");
	CHECK(api_runs(gcm_encrypt));
	check_row("AES-GCM decrypts, and shows nothing if a bit is wrong");
	CHECK(api_runs(gcm_decrypts));
	check_row("AES-GCM takes the standard's tag lengths only");
	CHECK(api_runs(gcm_tag_lengths));
}

/* ---- HKDF -------------------------------------------------------------- */

/* RFC 5869 A.1 to A.4 (A.4 is SHA-1). */
static const struct {
	uint32_t hash;
	const char *ikm, *salt, *info, *okm;
} hkdfs[] = {
	{ TEE_ALG_SHA256, "0b*22", "000102030405060708090a0b0c",
	    "f0f1f2f3f4f5f6f7f8f9",
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	    "34007208d5b887185865" },
	{ TEE_ALG_SHA256, "0b*22", "", "",
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
	    "9d201395faa4b61a96c8" },
	{ TEE_ALG_SHA1, "0b*11", "000102030405060708090a0b0c",
	    "f0f1f2f3f4f5f6f7f8f9",
	    "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2"
	    "c22e422478d305f3f896" },
};

static void
hkdf_answers(void)
{
	for (size_t i = 0; i < SOTER_COUNT(hkdfs); i++) {
		struct soter_span ikm = hex(&in, hkdfs[i].ikm);
		struct soter_span salt = hex(&in2, hkdfs[i].salt);
		struct soter_span info = hex(&in3, hkdfs[i].info);
		TEE_OperationHandle op = api_operation(TEE_ALG_HKDF,
		    TEE_MODE_DERIVE, api_secret(TEE_TYPE_HKDF, ikm.p, ikm.n));
		TEE_ObjectHandle out = TEE_HANDLE_NULL;
		TEE_Attribute x[4];
		uint8_t okm[64];
		size_t n = sizeof(okm);

		TEE_InitRefAttribute(&x[0], TEE_ATTR_HKDF_SALT, salt.p, salt.n);
		TEE_InitRefAttribute(&x[1], TEE_ATTR_HKDF_INFO, info.p, info.n);
		TEE_InitValueAttribute(&x[2], TEE_ATTR_HKDF_HASH_ALGORITHM,
		    hkdfs[i].hash, 0);
		TEE_InitValueAttribute(&x[3], TEE_ATTR_KDF_KEY_SIZE, 42, 0);
		CHECK(TEE_AllocateTransientObject(TEE_TYPE_GENERIC_SECRET,
			  42 * 8, &out) == TEE_SUCCESS);
		TEE_DeriveKey(op, x, 4, out);
		CHECK(TEE_GetObjectBufferAttribute(out, TEE_ATTR_SECRET_VALUE,
			  okm, &n) == TEE_SUCCESS);
		CHECK(is(okm, n, hkdfs[i].okm));
		TEE_FreeTransientObject(out);
		TEE_FreeOperation(op);
	}
}

static void
test_hkdf(void)
{
	check_row("HKDF");
	CHECK(api_runs(hkdf_answers));
}

/* ---- the order of calls ------------------------------------------------ */

static TEE_OperationHandle
aes_op(uint32_t algorithm, uint32_t mode)
{
	return (api_operation(algorithm, mode,
	    api_secret(TEE_TYPE_AES, "0123456789abcdef", 16)));
}

static void
p_update_without_init(void)
{
	TEE_MACUpdate(api_operation(TEE_ALG_HMAC_SHA256, TEE_MODE_MAC,
			  api_secret(TEE_TYPE_HMAC_SHA256,
			      "0123456789abcdef01234567", 24)),
	    "x", 1);
}

static void
p_final_without_init(void)
{
	uint8_t out[32];
	size_t n = 32;

	TEE_MACComputeFinal(api_operation(TEE_ALG_HMAC_SHA256, TEE_MODE_MAC,
				api_secret(TEE_TYPE_HMAC_SHA256,
				    "0123456789abcdef01234567", 24)),
	    "x", 1, out, &n);
}

static void
p_init_without_key(void)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;

	CHECK(TEE_AllocateOperation(&op, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC,
		  192) == TEE_SUCCESS);
	TEE_MACInit(op, NULL, 0);
}

static void
p_cipher_update_without_init(void)
{
	uint8_t out[16];
	size_t n = 16;

	TEE_CipherUpdate(aes_op(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT), "x", 1, out,
	    &n);
}

static void
p_cipher_half_block(void)
{
	TEE_OperationHandle op =
	    aes_op(TEE_ALG_AES_ECB_NOPAD, TEE_MODE_ENCRYPT);
	uint8_t out[16];
	size_t n = 16;

	TEE_CipherInit(op, NULL, 0);
	TEE_CipherDoFinal(op, "x", 1, out, &n);
}

static void
p_cipher_short_iv(void)
{
	TEE_CipherInit(aes_op(TEE_ALG_AES_CBC_NOPAD, TEE_MODE_ENCRYPT),
	    "0123456789", 10);
}

static void
p_key_after_init(void)
{
	TEE_OperationHandle op = aes_op(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT);

	TEE_CipherInit(op, "0123456789abcdef", 16);
	TEE_SetOperationKey(op,
	    api_secret(TEE_TYPE_AES, "0123456789abcdef", 16));
}

static void
p_key_of_other_type(void)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;

	CHECK(TEE_AllocateOperation(&op, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC,
		  192) == TEE_SUCCESS);
	TEE_SetOperationKey(op,
	    api_secret(TEE_TYPE_AES, "0123456789abcdef01234567", 24));
}

static void
p_key_not_allowed(void)
{
	TEE_ObjectHandle key = api_secret(TEE_TYPE_AES, "0123456789abcdef", 16);
	TEE_OperationHandle op = TEE_HANDLE_NULL;

	CHECK(TEE_RestrictObjectUsage1(key, TEE_USAGE_DECRYPT) == TEE_SUCCESS);
	CHECK(TEE_AllocateOperation(&op, TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT,
		  128) == TEE_SUCCESS);
	TEE_SetOperationKey(op, key);
}

static void
p_key_too_large(void)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;

	CHECK(TEE_AllocateOperation(&op, TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT,
		  128) == TEE_SUCCESS);
	TEE_SetOperationKey(op,
	    api_secret(TEE_TYPE_AES, "0123456789abcdef0123456789abcdef", 32));
}

static void
p_key_for_digest(void)
{
	TEE_SetOperationKey(
	    api_operation(TEE_ALG_SHA256, TEE_MODE_DIGEST, TEE_HANDLE_NULL),
	    api_secret(TEE_TYPE_AES, "0123456789abcdef", 16));
}

static void
p_key_is_empty(void)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	TEE_OperationHandle op = TEE_HANDLE_NULL;

	CHECK(TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &key) ==
	    TEE_SUCCESS);
	CHECK(TEE_AllocateOperation(&op, TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT,
		  128) == TEE_SUCCESS);
	TEE_SetOperationKey(op, key);
}

static void
p_aad_after_payload(void)
{
	TEE_OperationHandle op = aes_op(TEE_ALG_AES_GCM, TEE_MODE_ENCRYPT);
	uint8_t out[16];
	size_t n = 16;

	CHECK(TEE_AEInit(op, "0123456789ab", 12, 128, 0, 0) == TEE_SUCCESS);
	CHECK(TEE_AEUpdate(op, "x", 1, out, &n) == TEE_SUCCESS);
	TEE_AEUpdateAAD(op, "x", 1);
}

static void
p_decrypt_while_encrypting(void)
{
	TEE_OperationHandle op = aes_op(TEE_ALG_AES_GCM, TEE_MODE_ENCRYPT);
	uint8_t out[16], tag[16] = { 0 };
	size_t n = 16;

	CHECK(TEE_AEInit(op, "0123456789ab", 12, 128, 0, 0) == TEE_SUCCESS);
	TEE_AEDecryptFinal(op, "x", 1, out, &n, tag, 16);
}

static void
p_digest_with_mac(void)
{
	TEE_DigestUpdate(aes_op(TEE_ALG_AES_CMAC, TEE_MODE_MAC), "x", 1);
}

static void
p_digest_update_while_extracting(void)
{
	TEE_OperationHandle op =
	    api_operation(TEE_ALG_SHA1, TEE_MODE_DIGEST, TEE_HANDLE_NULL);
	uint8_t out[4];
	size_t n = sizeof(out);

	CHECK(TEE_DigestExtract(op, out, &n) == TEE_SUCCESS);
	TEE_DigestUpdate(op, "x", 1);
}

static void
p_freed(void)
{
	TEE_OperationHandle op =
	    api_operation(TEE_ALG_SHA1, TEE_MODE_DIGEST, TEE_HANDLE_NULL);

	TEE_FreeOperation(op);
	TEE_FreeOperation(op);
}

static void
p_object_as_operation(void)
{
	TEE_ResetOperation((TEE_OperationHandle)(void *)api_secret(TEE_TYPE_AES,
	    "0123456789abcdef", 16));
}

static void
p_garbage(void)
{
	TEE_DigestUpdate((TEE_OperationHandle)(uintptr_t)0xdeadbeef, "x", 1);
}

static void
p_copy_other(void)
{
	TEE_CopyOperation(aes_op(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT),
	    aes_op(TEE_ALG_AES_CTR, TEE_MODE_DECRYPT));
}

static void
p_two_keys(void)
{
	TEE_SetOperationKey2(aes_op(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT),
	    TEE_HANDLE_NULL, TEE_HANDLE_NULL);
}

static void
p_derive_too_much(void)
{
	TEE_OperationHandle op = api_operation(TEE_ALG_HKDF, TEE_MODE_DERIVE,
	    api_secret(TEE_TYPE_HKDF, "0123456789abcdef", 16));
	TEE_ObjectHandle out = TEE_HANDLE_NULL;
	TEE_Attribute x;

	/* times 8 it is 128 again, in 32 bits */
	TEE_InitValueAttribute(&x, TEE_ATTR_KDF_KEY_SIZE, 0x20000010, 0);
	CHECK(TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &out) ==
	    TEE_SUCCESS);
	TEE_DeriveKey(op, &x, 1, out);
}

static const struct api_panic panics[] = {
	{ "a MAC goes on before it began", p_update_without_init,
	    "TEE_MACUpdate" },
	{ "a MAC ends before it began", p_final_without_init,
	    "TEE_MACComputeFinal" },
	{ "a MAC begins without a key", p_init_without_key, "TEE_MACInit" },
	{ "a cipher goes on before it began", p_cipher_update_without_init,
	    "TEE_CipherUpdate" },
	{ "a cipher ends within a block", p_cipher_half_block,
	    "no whole number of blocks" },
	{ "an IV is too short", p_cipher_short_iv, "TEE_CipherInit: IV" },
	{ "a key is set on the way", p_key_after_init, "has begun" },
	{ "a key is of another type", p_key_of_other_type, "another type" },
	{ "a key may not encrypt", p_key_not_allowed, "may not be used" },
	{ "a key is larger than agreed", p_key_too_large, "too large" },
	{ "a digest gets a key", p_key_for_digest, "TEE_SetOperationKey: key" },
	{ "a key is empty", p_key_is_empty, "TEE_SetOperationKey: key" },
	{ "AAD comes after the payload", p_aad_after_payload, "too late" },
	{ "one that encrypts shall check", p_decrypt_while_encrypting,
	    "TEE_AEDecryptFinal" },
	{ "a MAC shall be a digest", p_digest_with_mac, "TEE_DigestUpdate" },
	{ "a digest that is being taken goes on",
	    p_digest_update_while_extracting, "TEE_DigestUpdate" },
	{ "an operation is freed twice", p_freed, "TEE_FreeOperation: handle" },
	{ "an object shall be an operation", p_object_as_operation,
	    "TEE_ResetOperation: handle" },
	{ "a handle is garbage", p_garbage, "TEE_DigestUpdate" },
	{ "an operation is copied to one of another mode", p_copy_other,
	    "another algorithm or mode" },
	{ "two keys for one", p_two_keys, "one key" },
	{ "4 GB of derived key", p_derive_too_much, "TEE_DeriveKey: size" },
};

static void
not_offered(void)
{
	static const struct {
		uint32_t algorithm, mode, bits;
	} rows[] = {
		{ TEE_ALG_MD5, TEE_MODE_DIGEST, 0 },
		{ TEE_ALG_SHA256, TEE_MODE_MAC, 0 },
		{ TEE_ALG_AES_XTS, TEE_MODE_ENCRYPT, 256 },
		{ TEE_ALG_AES_CTR, TEE_MODE_SIGN, 128 },
		{ TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT, 127 },
		{ TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT, 0 },
		{ TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256, TEE_MODE_SIGN, 512 },
		{ TEE_ALG_ILLEGAL_VALUE, TEE_MODE_DIGEST, 0 },
	};
	TEE_OperationHandle op = TEE_HANDLE_NULL;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		CHECK(
		    TEE_AllocateOperation(&op, rows[i].algorithm, rows[i].mode,
			rows[i].bits) == TEE_ERROR_NOT_SUPPORTED &&
		    op == TEE_HANDLE_NULL);
	CHECK(TEE_IsAlgorithmSupported(TEE_ALG_AES_GCM,
		  TEE_CRYPTO_ELEMENT_NONE) == TEE_SUCCESS);
	CHECK(TEE_IsAlgorithmSupported(TEE_ALG_AES_CCM,
		  TEE_CRYPTO_ELEMENT_NONE) == TEE_ERROR_NOT_SUPPORTED);
	TEE_FreeOperation(TEE_HANDLE_NULL);
}

static void
info(void)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_ObjectHandle key;
	union {
		TEE_OperationInfoMultiple x;
		uint8_t room[sizeof(TEE_OperationInfoMultiple) +
		    sizeof(TEE_OperationInfoKey)];
	} many;
	TEE_OperationInfo one;
	size_t n = 1;

	CHECK(TEE_AllocateOperation(&op, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC,
		  256) == TEE_SUCCESS);
	TEE_GetOperationInfo(op, &one);
	CHECK(one.algorithm == TEE_ALG_HMAC_SHA256 &&
	    one.operationClass == TEE_OPERATION_MAC &&
	    one.mode == TEE_MODE_MAC && one.digestLength == 32 &&
	    one.maxKeySize == 256 && one.keySize == 0 &&
	    one.requiredKeyUsage == TEE_USAGE_MAC && one.handleState == 0);
	key = api_secret(TEE_TYPE_HMAC_SHA256, "0123456789abcdef01234567", 24);
	CHECK(TEE_SetOperationKey(op, key) == TEE_SUCCESS);
	TEE_FreeTransientObject(key);
	TEE_MACInit(op, NULL, 0);
	TEE_GetOperationInfo(op, &one);
	CHECK(one.keySize == 192 &&
	    one.handleState ==
		(TEE_HANDLE_FLAG_KEY_SET | TEE_HANDLE_FLAG_INITIALIZED));
	CHECK(TEE_GetOperationInfoMultiple(op, &many.x, &n) ==
	    TEE_ERROR_SHORT_BUFFER);
	CHECK(TEE_GetOperationInfoMultiple(op, &many.x, &n) == TEE_SUCCESS);
	CHECK(many.x.numberOfKeys == 1 &&
	    many.x.operationState == TEE_OPERATION_STATE_ACTIVE &&
	    many.x.keyInformation[0].keySize == 192);
	TEE_ResetOperation(op);
	TEE_SetOperationKey(op, TEE_HANDLE_NULL);
	TEE_GetOperationInfo(op, &one);
	CHECK(one.handleState == 0);
	TEE_FreeOperation(op);
}

static void
test_order(void)
{
	api_panic_rows(panics, SOTER_COUNT(panics));
	check_row("what is not offered says so");
	CHECK(api_runs(not_offered));
	check_row("what an operation tells about itself");
	CHECK(api_runs(info));
}

int
main(void)
{
	api_begin();
	test_digests();
	test_macs();
	test_ciphers();
	test_gcm();
	test_hkdf();
	test_order();
	api_end();
	return (check_done());
}
