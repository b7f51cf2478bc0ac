/* SPDX-License-Identifier: BSD-3-Clause */
#include "tam/root.h"

#define FORM 1

const char *
tam_class_word(enum soter_class cls)
{
	return (cls == SOTER_CLASS_PRODUCTION ? "production" : "test");
}

const char *
tam_status_word(enum soter_root_status status)
{
	return (status == SOTER_ROOT_ACTIVE	 ? "active"
		: status == SOTER_ROOT_SUSPENDED ? "suspended"
						 : "revoked");
}

static bool
is_sound(const struct tam_root *r)
{
	return (r->attk_version > 0 &&
	    (r->cls == SOTER_CLASS_TEST || r->cls == SOTER_CLASS_PRODUCTION) &&
	    r->status >= SOTER_ROOT_ACTIVE && r->status <= SOTER_ROOT_REVOKED &&
	    (r->kind == TAM_ROOT_KEY || r->kind == TAM_ROOT_CHAIN));
}

static enum soter_rc
read_root(struct tam_root *out, struct soter_reader *r)
{
	struct soter_span n;
	uint8_t cls, status, kind, none;

	TRY(soter_read_le32(r, &out->attk_version));
	TRY(soter_read_u8(r, &cls));
	TRY(soter_read_u8(r, &status));
	TRY(soter_read_u8(r, &kind));
	TRY(soter_read_u8(r, &none));
	TRY(soter_read_le64(r, &out->since_s));
	TRY(soter_read_le64(r, &out->audit));
	out->cls = (enum soter_class)cls;
	out->status = (enum soter_root_status)status;
	out->kind = (enum tam_root_kind)kind;
	if (none != 0 || !is_sound(out))
		return (SOTER_E_CORRUPT);
	if (out->kind == TAM_ROOT_CHAIN)
		return (SOTER_OK);
	TRY(soter_read_span(r, SOTER_RSA_LEN, &n));
	soter_copy(out->n, n.p, n.n);
	return (SOTER_OK);
}

static enum soter_rc
read_device(struct tam_device *out, struct soter_span record)
{
	struct soter_reader r = soter_reader(record);
	uint8_t form, n;

	TRY(soter_read_u8(&r, &form));
	TRY(soter_read_u8(&r, &n));
	if (form != FORM || n == 0 || n > TAM_ROOTS_MAX)
		return (SOTER_E_CORRUPT);
	out->n = n;
	for (size_t i = 0; i < n; i++)
		TRY(read_root(&out->root[i], &r));
	return (soter_read_end(&r));
}

enum soter_rc
tam_device_parse(struct tam_device *out, struct soter_span record)
{
	struct tam_device x = { 0 };

	if (read_device(&x, record) != SOTER_OK)
		return (SOTER_E_CORRUPT);
	*out = x;
	return (SOTER_OK);
}

static enum soter_rc
write_root(struct soter_writer *w, const struct tam_root *x)
{
	TRY(soter_write_le32(w, x->attk_version));
	TRY(soter_write_u8(w, (uint8_t)x->cls));
	TRY(soter_write_u8(w, (uint8_t)x->status));
	TRY(soter_write_u8(w, (uint8_t)x->kind));
	TRY(soter_write_u8(w, 0));
	TRY(soter_write_le64(w, x->since_s));
	TRY(soter_write_le64(w, x->audit));
	if (x->kind == TAM_ROOT_CHAIN)
		return (SOTER_OK);
	return (soter_write(w, soter_span(x->n, SOTER_RSA_LEN)));
}

enum soter_rc
tam_device_write(struct soter_writer *w, const struct tam_device *x)
{
	if (x->n == 0 || x->n > TAM_ROOTS_MAX)
		return (SOTER_E_ARGUMENT);
	TRY(soter_write_u8(w, FORM));
	TRY(soter_write_u8(w, (uint8_t)x->n));
	for (size_t i = 0; i < x->n; i++) {
		if (!is_sound(&x->root[i]))
			return (SOTER_E_ARGUMENT);
		TRY(write_root(w, &x->root[i]));
	}
	return (SOTER_OK);
}

bool
tam_device_has_chain(const struct tam_device *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->root[i].kind == TAM_ROOT_CHAIN)
			return (true);
	return (false);
}

enum soter_rc
tam_device_id_check(struct soter_span id)
{
	if (id.n == 0 || id.n > SOTER_CPU_ID_MAX)
		return (SOTER_E_ARGUMENT);
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] < 0x21 || id.p[i] > 0x7e)
			return (SOTER_E_ARGUMENT);
	return (SOTER_OK);
}
