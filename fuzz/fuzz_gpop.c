/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TA does anything with operations: the input is what it calls.
 *
 * Property: a model of who may do what when tells each panic beforehand; and
 * what comes out of a digest, a MAC, a cipher, in whatever pieces it went in,
 * is what OpenSSL makes of it in one piece.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "fuzz/fuzz.h"
#include "tests/unit/api.h"

#define SLOTS	 3
#define TEXT_MAX 1024
#define PIECE	 48

static const uint8_t key_bytes[32] = "a key of the fuzzer, 32 bytes...";
static const uint8_t iv[16] = "an IV, 16 bytes";

enum kind { DIGEST, MAC, CBC, CTR, GCM, KINDS };

static const struct {
	uint32_t algorithm, mode, type;
	size_t key_n, out_n;
} kinds[KINDS] = {
	[DIGEST] = { TEE_ALG_SHA256, TEE_MODE_DIGEST, 0, 0, 32 },
	[MAC] = { TEE_ALG_HMAC_SHA256, TEE_MODE_MAC, TEE_TYPE_HMAC_SHA256, 32,
	    32 },
	[CBC] = { TEE_ALG_AES_CBC_NOPAD, TEE_MODE_ENCRYPT, TEE_TYPE_AES, 16,
	    0 },
	[CTR] = { TEE_ALG_AES_CTR, TEE_MODE_DECRYPT, TEE_TYPE_AES, 32, 0 },
	[GCM] = { TEE_ALG_AES_GCM, TEE_MODE_ENCRYPT, TEE_TYPE_AES, 24, 16 },
};

/* What the model knows of an operation. */
struct slot {
	TEE_OperationHandle op;
	bool open, has_key, begun, extracting, has_payload;
	enum kind kind;
	size_t extracted;
	uint8_t text[TEXT_MAX], out[TEXT_MAX + 16], aad[TEXT_MAX];
	size_t text_n, out_n, aad_n;
};

static struct slot slots[SLOTS];
static struct soter_reader in;
static bool panic; /* the call that runs must */

static uint8_t
next(void)
{
	uint8_t x = 0;

	if (soter_read_u8(&in, &x) != SOTER_OK)
		return (0);
	return (x);
}

static void
came_back(void)
{
	MUST(!panic);
}

static struct slot *
pick(void)
{
	struct slot *s = &slots[next() % SLOTS];

	panic = !s->open;
	return (s);
}

/* The call takes this kind only, or panics. */
static struct slot *
pick_kind(enum kind kind)
{
	struct slot *s = pick();

	panic = panic || s->kind != kind;
	return (s);
}

static struct slot *
pick_begun(enum kind kind)
{
	struct slot *s = pick_kind(kind);

	panic = panic || !s->begun;
	return (s);
}

static struct soter_span
piece(uint8_t bytes[PIECE])
{
	size_t n = next() % PIECE;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(in.left * 7 + i);
	return (soter_span(bytes, n));
}

static bool
is_full(const struct slot *s)
{
	return (s->open &&
	    (s->text_n > TEXT_MAX - PIECE || s->aad_n > TEXT_MAX - PIECE));
}

static void
add(struct slot *s, struct soter_span x)
{
	soter_copy(s->text + s->text_n, x.p, x.n);
	s->text_n += x.n;
}

static void
rewind_slot(struct slot *s)
{
	s->begun = s->extracting = s->has_payload = false;
	s->text_n = s->out_n = s->aad_n = s->extracted = 0;
}

/* ---- what OpenSSL makes of it ------------------------------------------ */

static const EVP_CIPHER *
cipher_of(enum kind kind)
{
	return (kind == CBC   ? EVP_aes_128_cbc()
		: kind == CTR ? EVP_aes_256_ctr()
			      : EVP_aes_192_gcm());
}

static void
reference(const struct slot *s, uint8_t *out, uint8_t tag[16])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	MUST(ctx != NULL);
	MUST(EVP_EncryptInit_ex(ctx, cipher_of(s->kind), NULL, key_bytes, iv) ==
	    1);
	MUST(EVP_CIPHER_CTX_set_padding(ctx, 0) == 1);
	if (s->aad_n > 0)
		MUST(EVP_EncryptUpdate(ctx, NULL, &n, s->aad, (int)s->aad_n) ==
		    1);
	if (s->text_n > 0)
		MUST(EVP_EncryptUpdate(ctx, out, &n, s->text, (int)s->text_n) ==
		    1);
	MUST(EVP_EncryptFinal_ex(ctx, out + s->text_n, &n) == 1);
	if (s->kind == GCM)
		MUST(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag) ==
		    1);
	EVP_CIPHER_CTX_free(ctx);
}

static void
reference_hash(const struct slot *s, uint8_t out[32])
{
	unsigned n = 32;

	if (s->kind == DIGEST)
		MUST(EVP_Digest(s->text, s->text_n, out, &n, EVP_sha256(),
			 NULL) == 1);
	else
		MUST(HMAC(EVP_sha256(), key_bytes, 32, s->text, s->text_n, out,
			 &n) != NULL);
}

/* ---- any operation ----------------------------------------------------- */

static void
do_allocate(void)
{
	struct slot *s = &slots[next() % SLOTS];
	enum kind kind = next() % KINDS;

	if (s->open)
		return;
	panic = false;
	MUST(TEE_AllocateOperation(&s->op, kinds[kind].algorithm,
		 kinds[kind].mode, 256) == TEE_SUCCESS);
	rewind_slot(s);
	s->open = true;
	s->has_key = false;
	s->kind = kind;
}

static void
do_free(void)
{
	struct slot *s = pick();

	if (s->op == TEE_HANDLE_NULL)
		return;
	TEE_FreeOperation(s->op);
	came_back();
	s->open = false;
}

static void
do_key(void)
{
	uint8_t what = next();
	enum kind kind = next() % KINDS;
	struct slot *s = pick();
	TEE_ObjectHandle key = TEE_HANDLE_NULL;

	panic = panic || s->kind == DIGEST || s->begun;
	if (what % 4 != 0 && kind != DIGEST) {
		key =
		    api_secret(kinds[kind].type, key_bytes, kinds[kind].key_n);
		/* Another length is a good key, but not the model's. */
		if (!panic && kinds[kind].type == kinds[s->kind].type &&
		    kind != s->kind) {
			TEE_FreeTransientObject(key);
			return;
		}
		panic = panic || kinds[kind].type != kinds[s->kind].type;
	}
	TEE_SetOperationKey(s->op, key);
	came_back();
	s->has_key = key != TEE_HANDLE_NULL;
	TEE_FreeTransientObject(key);
}

static void
do_reset(void)
{
	struct slot *s = pick();

	panic = panic || (s->kind != DIGEST && !s->has_key);
	TEE_ResetOperation(s->op);
	came_back();
	rewind_slot(s);
}

static void
do_info(void)
{
	struct slot *s = pick();
	TEE_OperationInfo info;

	TEE_GetOperationInfo(s->op, &info);
	came_back();
	MUST(info.algorithm == kinds[s->kind].algorithm &&
	    info.maxKeySize == 256);
	MUST(((info.handleState & TEE_HANDLE_FLAG_KEY_SET) != 0) ==
	    (s->kind == DIGEST || s->has_key));
	MUST(((info.handleState & TEE_HANDLE_FLAG_INITIALIZED) != 0) ==
	    (s->kind == DIGEST || s->begun));
	MUST(((info.handleState & TEE_HANDLE_FLAG_EXTRACTING) != 0) ==
	    s->extracting);
}

static void
do_copy(void)
{
	struct slot *to = &slots[next() % SLOTS],
		    *from = &slots[next() % SLOTS];
	TEE_OperationHandle op = to->op;

	panic = !to->open || !from->open || to->kind != from->kind;
	TEE_CopyOperation(to->op, from->op);
	came_back();
	*to = *from;
	to->op = op;
}

/* ---- digests and MACs -------------------------------------------------- */

static void
do_digest_update(void)
{
	struct slot *s = pick_kind(DIGEST);
	uint8_t bytes[PIECE];
	struct soter_span x = piece(bytes);

	if (is_full(s))
		return;
	panic = panic || s->extracting;
	TEE_DigestUpdate(s->op, x.p, x.n);
	came_back();
	add(s, x);
}

static void
do_digest_extract(void)
{
	struct slot *s = pick_kind(DIGEST);
	size_t room = next() % 40, n = room;
	uint8_t out[40], want[32];

	MUST(TEE_DigestExtract(s->op, out, &n) == TEE_SUCCESS);
	came_back();
	reference_hash(s, want);
	MUST(n == (room < 32 - s->extracted ? room : 32 - s->extracted));
	MUST(memcmp(out, want + s->extracted, n) == 0);
	s->extracting = true;
	s->extracted += n;
}

static void
do_digest_final(void)
{
	struct slot *s = pick_kind(DIGEST);
	size_t room = next() % 40, n = room, left;
	uint8_t bytes[PIECE], out[40], want[32];
	struct soter_span x = piece(bytes);
	TEE_Result result;

	if (is_full(s))
		return;
	panic = panic || (s->extracting && x.n > 0);
	result = TEE_DigestDoFinal(s->op, x.p, x.n, out, &n);
	came_back();
	if (!s->extracting && room < 32) {
		MUST(result == TEE_ERROR_SHORT_BUFFER && n == 32);
		return;
	}
	MUST(result == TEE_SUCCESS);
	add(s, x);
	reference_hash(s, want);
	left = 32 - s->extracted;
	MUST(n == (room < left ? room : left));
	MUST(memcmp(out, want + s->extracted, n) == 0);
	rewind_slot(s);
}

static void
do_mac_init(void)
{
	struct slot *s = pick_kind(MAC);

	panic = panic || !s->has_key;
	TEE_MACInit(s->op, NULL, 0);
	came_back();
	rewind_slot(s);
	s->begun = true;
}

static void
do_mac_update(void)
{
	struct slot *s = pick_begun(MAC);
	uint8_t bytes[PIECE];
	struct soter_span x = piece(bytes);

	if (is_full(s))
		return;
	TEE_MACUpdate(s->op, x.p, x.n);
	came_back();
	add(s, x);
}

static void
do_mac_final(void)
{
	struct slot *s = pick_begun(MAC);
	size_t room = next() % 40, n = room;
	uint8_t bytes[PIECE], out[40], want[32];
	struct soter_span x = piece(bytes);
	TEE_Result result;

	if (is_full(s))
		return;
	result = TEE_MACComputeFinal(s->op, x.p, x.n, out, &n);
	came_back();
	MUST(n == 32);
	if (room < 32) {
		MUST(result == TEE_ERROR_SHORT_BUFFER);
		return;
	}
	MUST(result == TEE_SUCCESS);
	add(s, x);
	reference_hash(s, want);
	MUST(memcmp(out, want, 32) == 0);
	rewind_slot(s);
}

static void
do_mac_compare(void)
{
	struct slot *s = pick_begun(MAC);
	uint8_t flip = next(), bytes[PIECE], want[32];
	struct soter_span x = piece(bytes);
	TEE_Result result;

	if (is_full(s))
		return;
	if (!panic) {
		add(s, x);
		reference_hash(s, want);
		want[flip % 32] ^= flip / 32;
	}
	result = TEE_MACCompareFinal(s->op, x.p, x.n, want, 32);
	came_back();
	MUST(result == (flip / 32 == 0 ? TEE_SUCCESS : TEE_ERROR_MAC_INVALID));
	rewind_slot(s);
}

/* ---- ciphers ----------------------------------------------------------- */

/* Any of both: a cipher call panics for other classes only. */
static struct slot *
pick_cipher(void)
{
	struct slot *s = pick();

	panic = panic || (s->kind != CBC && s->kind != CTR);
	return (s);
}

static void
do_cipher_init(void)
{
	struct slot *s = pick_cipher();
	size_t n = next() % 8 == 0 ? 15 : 16;

	panic = panic || !s->has_key || n != 16;
	TEE_CipherInit(s->op, iv, n);
	came_back();
	rewind_slot(s);
	s->begun = true;
}

static void
cipher_feed(bool is_last)
{
	struct slot *s = pick_cipher();
	uint8_t bytes[PIECE], whole[TEXT_MAX + 16];
	struct soter_span x = piece(bytes);
	size_t room = next() % 80, n = room, want, all = s->text_n + x.n;
	uint8_t out[80];
	TEE_Result result;

	if (is_full(s))
		return;
	panic = panic || !s->begun;
	panic = panic || (is_last && s->kind == CBC && all % 16 != 0);
	result = is_last ? TEE_CipherDoFinal(s->op, x.p, x.n, out, &n)
			 : TEE_CipherUpdate(s->op, x.p, x.n, out, &n);
	came_back();
	want = (s->kind == CBC ? all - all % 16 : all) - s->out_n;
	MUST(n == want);
	if (room < want) {
		MUST(result == TEE_ERROR_SHORT_BUFFER);
		return;
	}
	MUST(result == TEE_SUCCESS);
	add(s, x);
	memcpy(s->out + s->out_n, out, n);
	s->out_n += n;
	if (!is_last)
		return;
	reference(s, whole, NULL);
	MUST(s->out_n == s->text_n && memcmp(s->out, whole, s->out_n) == 0);
	rewind_slot(s);
}

static void
do_cipher_update(void)
{
	cipher_feed(false);
}

static void
do_cipher_final(void)
{
	cipher_feed(true);
}

/* ---- GCM --------------------------------------------------------------- */

static void
do_ae_init(void)
{
	struct slot *s = pick_kind(GCM);

	panic = panic || !s->has_key || s->begun;
	MUST(TEE_AEInit(s->op, iv, 12, 128, 0, 0) == TEE_SUCCESS);
	came_back();
	rewind_slot(s);
	s->begun = true;
}

static void
do_ae_aad(void)
{
	struct slot *s = pick_begun(GCM);
	uint8_t bytes[PIECE];
	struct soter_span x = piece(bytes);

	if (is_full(s))
		return;
	panic = panic || s->has_payload;
	TEE_AEUpdateAAD(s->op, x.p, x.n);
	came_back();
	soter_copy(s->aad + s->aad_n, x.p, x.n);
	s->aad_n += x.n;
}

static void
ae_feed(bool is_last)
{
	struct slot *s = pick_begun(GCM);
	uint8_t bytes[PIECE], whole[TEXT_MAX + 16], tag[16], want_tag[16];
	struct soter_span x = piece(bytes);
	size_t room = next() % 80, n = room, tag_n = next() % 4 ? 16 : 15;
	uint8_t out[80];
	bool fits = room >= x.n && (!is_last || tag_n == 16);
	TEE_Result result;

	if (is_full(s))
		return;
	result = is_last
	    ? TEE_AEEncryptFinal(s->op, x.p, x.n, out, &n, tag, &tag_n)
	    : TEE_AEUpdate(s->op, x.p, x.n, out, &n);
	came_back();
	MUST(result == (fits ? TEE_SUCCESS : TEE_ERROR_SHORT_BUFFER));
	if (!fits)
		return;
	MUST(n == x.n);
	add(s, x);
	memcpy(s->out + s->out_n, out, n);
	s->out_n += n;
	s->has_payload = true;
	if (!is_last)
		return;
	reference(s, whole, want_tag);
	MUST(s->out_n == s->text_n && memcmp(s->out, whole, s->out_n) == 0);
	MUST(memcmp(tag, want_tag, 16) == 0);
	rewind_slot(s);
}

static void
do_ae_update(void)
{
	ae_feed(false);
}

static void
do_ae_final(void)
{
	ae_feed(true);
}

static void (*const calls[])(void) = { do_allocate, do_free, do_key, do_reset,
	do_info, do_copy, do_digest_update, do_digest_extract, do_digest_final,
	do_mac_init, do_mac_update, do_mac_final, do_mac_compare,
	do_cipher_init, do_cipher_update, do_cipher_final, do_ae_init,
	do_ae_aad, do_ae_update, do_ae_final };

/* ---- the run ----------------------------------------------------------- */

static void
run_until_end(void)
{
	uint8_t x;

	memset(slots, 0, sizeof(slots));
	while (soter_read_u8(&in, &x) == SOTER_OK) {
		panic = false;
		calls[x % SOTER_COUNT(calls)]();
	}
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].open)
			TEE_FreeOperation(slots[i].op);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	in = soter_reader(soter_span(data, size));
	if (api.tee == NULL)
		api_begin();
	while (in.left > 0) {
		TEE_Result result = api_run(run_until_end);

		if (result == TEE_ERROR_TARGET_DEAD)
			MUST(panic);
		else
			MUST(result == TEE_SUCCESS && api_is_clean());
	}
	return (0);
}
