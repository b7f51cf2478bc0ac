/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/secret.h"
#include "tam/tenant.h"
#include "tam/token.h"

#define FORM 1

/* ---- the keys ------------------------------------------------------------ */

static enum soter_rc
read_keys(struct tam_keys *out, struct soter_span record)
{
	struct soter_reader r = soter_reader(record);
	struct soter_span key;
	uint8_t form, n;

	TRY(soter_read_u8(&r, &form));
	TRY(soter_read_u8(&r, &n));
	if (form != FORM || n == 0 || n > TAM_TOKEN_KEYS)
		return (SOTER_E_CORRUPT);
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		TRY(soter_read_le32(&r, &out->key[i].number));
		TRY(soter_read_span(&r, TAM_TOKEN_KEY_LEN, &key));
		soter_copy(out->key[i].key, key.p, key.n);
	}
	return (soter_read_end(&r));
}

enum soter_rc
tam_keys_parse(struct tam_keys *out, struct soter_span record)
{
	struct tam_keys x = { 0 };

	if (read_keys(&x, record) != SOTER_OK)
		return (SOTER_E_CORRUPT);
	*out = x;
	return (SOTER_OK);
}

enum soter_rc
tam_keys_write(struct soter_writer *w, const struct tam_keys *keys)
{
	TRY(soter_write_u8(w, FORM));
	TRY(soter_write_u8(w, (uint8_t)keys->n));
	for (size_t i = 0; i < keys->n; i++) {
		TRY(soter_write_le32(w, keys->key[i].number));
		TRY(soter_write(w,
		    soter_span(keys->key[i].key, TAM_TOKEN_KEY_LEN)));
	}
	return (SOTER_OK);
}

enum soter_rc
tam_keys_add(struct tam_keys *keys)
{
	uint8_t key[TAM_TOKEN_KEY_LEN];
	uint32_t number = keys->n == 0 ? 1 : keys->key[keys->n - 1].number + 1;

	TRY(soter_random(key, sizeof(key)));
	if (keys->n == TAM_TOKEN_KEYS) {
		for (size_t i = 1; i < keys->n; i++)
			keys->key[i - 1] = keys->key[i];
		keys->n--;
	}
	keys->key[keys->n].number = number;
	soter_copy(keys->key[keys->n].key, key, sizeof(key));
	keys->n++;
	soter_wipe(key, sizeof(key));
	return (SOTER_OK);
}

static struct soter_span
find_key(const struct tam_keys *keys, uint32_t number)
{
	for (size_t i = 0; i < keys->n; i++)
		if (keys->key[i].number == number)
			return (
			    soter_span(keys->key[i].key, TAM_TOKEN_KEY_LEN));
	return (soter_span(NULL, 0));
}

/* ---- hex ----------------------------------------------------------------- */

static void
to_hex(char *out, struct soter_span bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.n; i++) {
		*out++ = digits[bytes.p[i] >> 4];
		*out++ = digits[bytes.p[i] & 15];
	}
	*out = '\0';
}

/* One text per token: lower case only. */
static enum soter_rc
of_hex(struct soter_writer *w, struct soter_span text)
{
	if (text.n % 2 != 0)
		return (SOTER_E_TOKEN);
	for (size_t i = 0; i < text.n; i += 2) {
		uint8_t high = soter_hex_digit(text.p[i]);
		uint8_t low = soter_hex_digit(text.p[i + 1]);

		if (high == SOTER_HEX_BAD || low == SOTER_HEX_BAD ||
		    (text.p[i] >= 'A' && text.p[i] <= 'F') ||
		    (text.p[i + 1] >= 'A' && text.p[i + 1] <= 'F'))
			return (SOTER_E_TOKEN);
		TRY(soter_write_u8(w, (uint8_t)(high << 4 | low)));
	}
	return (SOTER_OK);
}

/* ---- tokens -------------------------------------------------------------- */

enum soter_rc
tam_token_make(char out[TAM_TOKEN_HEX_MAX + 1], const struct tam_keys *keys,
    const struct tam_token *x)
{
	uint8_t bytes[TAM_TOKEN_HEX_MAX / 2], mac[SOTER_SHA256_LEN];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	uint32_t number;

	if (keys->n == 0)
		return (SOTER_E_ARGUMENT);
	TRY(tam_appid_check(soter_text(x->appid)));
	number = keys->key[keys->n - 1].number;
	TRY(soter_write_u8(&w, FORM));
	TRY(soter_write_le32(&w, number));
	TRY(soter_write_le64(&w, x->ends_s));
	TRY(soter_write_le32(&w, x->epoch));
	TRY(soter_write(&w, soter_text(x->appid)));
	TRY(soter_hmac_sha256(mac, find_key(keys, number), soter_written(&w)));
	TRY(soter_write(&w, soter_span(mac, sizeof(mac))));
	to_hex(out, soter_written(&w));
	return (SOTER_OK);
}

/* Only now is it worth reading what it says. */
static enum soter_rc
read_token(struct tam_token *out, struct soter_span said)
{
	struct soter_reader r = soter_reader(said);
	struct soter_span appid;
	uint8_t form;
	uint32_t number;

	TRY(soter_read_u8(&r, &form));
	TRY(soter_read_le32(&r, &number));
	TRY(soter_read_le64(&r, &out->ends_s));
	TRY(soter_read_le32(&r, &out->epoch));
	TRY(soter_read_span(&r, r.left, &appid));
	if (form != FORM || appid.n > TAM_APPID_MAX)
		return (SOTER_E_TOKEN);
	soter_copy(out->appid, appid.p, appid.n);
	out->appid[appid.n] = '\0';
	return (SOTER_OK);
}

static enum soter_rc
check_mac(const struct tam_keys *keys, struct soter_span said,
    struct soter_span mac)
{
	struct soter_reader r = soter_reader(soter_span(said.p + 1, 4));
	uint8_t want[SOTER_SHA256_LEN];
	struct soter_span key;
	uint32_t claimed_number;

	TRY(soter_read_le32(&r, &claimed_number));
	key = find_key(keys, claimed_number);
	if (key.n == 0)
		return (SOTER_E_TOKEN);
	TRY(soter_hmac_sha256(want, key, said));
	return (soter_secret_equal(want, mac.p, sizeof(want)) ? SOTER_OK
							      : SOTER_E_TOKEN);
}

enum soter_rc
tam_token_check(struct tam_token *out, const struct tam_keys *keys,
    struct soter_span text, uint64_t now_s)
{
	uint8_t bytes[TAM_TOKEN_HEX_MAX / 2];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_span said, mac;
	enum soter_rc rc;

	if (text.n > TAM_TOKEN_HEX_MAX || of_hex(&w, text) != SOTER_OK ||
	    w.len <= TAM_TOKEN_HEAD_LEN + SOTER_SHA256_LEN)
		return (SOTER_E_TOKEN);
	said = soter_span(bytes, w.len - SOTER_SHA256_LEN);
	mac = soter_span(bytes + said.n, SOTER_SHA256_LEN);
	rc = check_mac(keys, said, mac);
	if (rc != SOTER_OK)
		return (rc == SOTER_E_ENGINE ? rc : SOTER_E_TOKEN);
	TRY(read_token(out, said));
	return (now_s < out->ends_s ? SOTER_OK : SOTER_E_TOKEN_EXPIRED);
}
