/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "crypto/secret.h"
#include "tam/tenant.h"

#define FORM   1
#define RIGHTS (TAM_RIGHT_ASK | TAM_RIGHT_INTAKE)

static bool
is_sound(const struct tam_tenant *x)
{
	return (
	    (x->cls == SOTER_CLASS_TEST || x->cls == SOTER_CLASS_PRODUCTION) &&
	    x->rights != 0 && (x->rights & ~RIGHTS) == 0 && x->rate > 0 &&
	    x->rate <= TAM_RATE_MAX);
}

static enum soter_rc
read_tenant(struct tam_tenant *out, struct soter_span record)
{
	struct soter_reader r = soter_reader(record);
	struct soter_span salt, hash, note;
	uint8_t form, cls, suspended;

	TRY(soter_read_u8(&r, &form));
	TRY(soter_read_u8(&r, &cls));
	TRY(soter_read_u8(&r, &out->rights));
	TRY(soter_read_u8(&r, &suspended));
	TRY(soter_read_le32(&r, &out->epoch));
	TRY(soter_read_le32(&r, &out->rate));
	TRY(soter_read_le64(&r, &out->since_s));
	TRY(soter_read_span(&r, TAM_SALT_LEN, &salt));
	TRY(soter_read_span(&r, SOTER_SHA256_LEN, &hash));
	TRY(soter_read_span(&r, r.left, &note));
	out->cls = (enum soter_class)cls;
	out->is_suspended = suspended != 0;
	if (form != FORM || suspended > 1 || note.n > TAM_NOTE_MAX ||
	    (note.n > 0 && memchr(note.p, '\0', note.n) != NULL) ||
	    !is_sound(out))
		return (SOTER_E_CORRUPT);
	soter_copy(out->salt, salt.p, salt.n);
	soter_copy(out->hash, hash.p, hash.n);
	soter_copy(out->note, note.p, note.n);
	out->note[note.n] = '\0';
	return (SOTER_OK);
}

enum soter_rc
tam_tenant_parse(struct tam_tenant *out, struct soter_span record)
{
	struct tam_tenant x = { 0 };

	if (read_tenant(&x, record) != SOTER_OK)
		return (SOTER_E_CORRUPT);
	*out = x;
	return (SOTER_OK);
}

enum soter_rc
tam_tenant_write(struct soter_writer *w, const struct tam_tenant *x)
{
	if (!is_sound(x))
		return (SOTER_E_ARGUMENT);
	TRY(soter_write_u8(w, FORM));
	TRY(soter_write_u8(w, (uint8_t)x->cls));
	TRY(soter_write_u8(w, x->rights));
	TRY(soter_write_u8(w, x->is_suspended));
	TRY(soter_write_le32(w, x->epoch));
	TRY(soter_write_le32(w, x->rate));
	TRY(soter_write_le64(w, x->since_s));
	TRY(soter_write(w, soter_span(x->salt, sizeof(x->salt))));
	TRY(soter_write(w, soter_span(x->hash, sizeof(x->hash))));
	return (soter_write(w, soter_text(x->note)));
}

static bool
is_name_byte(uint8_t c)
{
	return ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.');
}

enum soter_rc
tam_appid_check(struct soter_span appid)
{
	if (appid.n == 0 || appid.n > TAM_APPID_MAX)
		return (SOTER_E_ARGUMENT);
	for (size_t i = 0; i < appid.n; i++)
		if (!is_name_byte(appid.p[i]))
			return (SOTER_E_ARGUMENT);
	return (SOTER_OK);
}

/* ---- secrets ------------------------------------------------------------- */

static enum soter_rc
hash_secret(uint8_t out[SOTER_SHA256_LEN], const struct tam_tenant *x,
    struct soter_span secret)
{
	uint8_t text[TAM_SALT_LEN + TAM_SECRET_LEN];
	struct soter_writer w = soter_writer(text, sizeof(text));
	enum soter_rc rc;

	TRY(soter_write(&w, soter_span(x->salt, sizeof(x->salt))));
	TRY(soter_write(&w, secret));
	rc = soter_sha256(out, soter_written(&w));
	soter_wipe(text, sizeof(text));
	return (rc);
}

enum soter_rc
tam_tenant_set_secret(struct tam_tenant *x, char secret[TAM_SECRET_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[TAM_SECRET_LEN / 2];

	TRY(soter_random(x->salt, sizeof(x->salt)));
	TRY(soter_random(bytes, sizeof(bytes)));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		secret[2 * i] = digits[bytes[i] >> 4];
		secret[2 * i + 1] = digits[bytes[i] & 15];
	}
	secret[TAM_SECRET_LEN] = '\0';
	soter_wipe(bytes, sizeof(bytes));
	return (hash_secret(x->hash, x, soter_text(secret)));
}

enum soter_rc
tam_tenant_check_secret(const struct tam_tenant *x, struct soter_span secret)
{
	uint8_t hash[SOTER_SHA256_LEN];

	/* Its length is no secret. */
	if (secret.n != TAM_SECRET_LEN)
		return (SOTER_E_SECRET);
	TRY(hash_secret(hash, x, secret));
	return (soter_secret_equal(hash, x->hash, sizeof(hash))
		? SOTER_OK
		: SOTER_E_SECRET);
}
