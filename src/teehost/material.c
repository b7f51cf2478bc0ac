/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "teehost/material.h"

/* clang-format off */
#define SECRET(type, min, max, step) \
	{ type, min, max, step, { { TEE_ATTR_SECRET_VALUE, TEEHOST_MUST } }, 1 }

static const struct teehost_type types[] = {
	SECRET(TEE_TYPE_AES,            128,  256, 64),
	SECRET(TEE_TYPE_HMAC_SHA1,       80,  512,  8),
	SECRET(TEE_TYPE_HMAC_SHA224,    112,  512,  8),
	SECRET(TEE_TYPE_HMAC_SHA256,    192, 1024,  8),
	SECRET(TEE_TYPE_HMAC_SHA384,    256, 1024,  8),
	SECRET(TEE_TYPE_HMAC_SHA512,    256, 1024,  8),
	SECRET(TEE_TYPE_GENERIC_SECRET,   8, 4096,  8),
	SECRET(TEE_TYPE_HKDF,             8, 4096,  8),
	{ TEE_TYPE_RSA_PUBLIC_KEY, 1024, 4096, 64, {
		{ TEE_ATTR_RSA_MODULUS,          TEEHOST_MUST },
		{ TEE_ATTR_RSA_PUBLIC_EXPONENT,  TEEHOST_MUST },
	}, 2 },
	{ TEE_TYPE_RSA_KEYPAIR, 1024, 4096, 64, {
		{ TEE_ATTR_RSA_MODULUS,          TEEHOST_MUST },
		{ TEE_ATTR_RSA_PUBLIC_EXPONENT,  TEEHOST_MUST },
		{ TEE_ATTR_RSA_PRIVATE_EXPONENT, TEEHOST_MUST },
		{ TEE_ATTR_RSA_PRIME1,           TEEHOST_CRT },
		{ TEE_ATTR_RSA_PRIME2,           TEEHOST_CRT },
		{ TEE_ATTR_RSA_EXPONENT1,        TEEHOST_CRT },
		{ TEE_ATTR_RSA_EXPONENT2,        TEEHOST_CRT },
		{ TEE_ATTR_RSA_COEFFICIENT,      TEEHOST_CRT },
	}, 8 },
};
/* clang-format on */

const struct teehost_type *
teehost_type_find(uint32_t type)
{
	for (size_t i = 0; i < SOTER_COUNT(types); i++)
		if (types[i].type == type)
			return (&types[i]);
	return (NULL);
}

bool
teehost_type_takes(const struct teehost_type *type, uint32_t bits)
{
	return (bits >= type->min_bits && bits <= type->max_bits &&
	    (bits - type->min_bits) % type->step_bits == 0);
}

bool
teehost_type_has(const struct teehost_type *type, uint32_t id)
{
	for (size_t i = 0; i < type->n; i++)
		if (type->attrs[i].id == id)
			return (true);
	return (false);
}

/* ---- making ------------------------------------------------------------ */

static bool
is_rsa(const struct teehost_type *type)
{
	return (type->type == TEE_TYPE_RSA_PUBLIC_KEY ||
	    type->type == TEE_TYPE_RSA_KEYPAIR);
}

static struct soter_span
without_zeros(struct soter_span x)
{
	while (x.n > 0 && x.p[0] == 0)
		x = soter_span(x.p + 1, x.n - 1);
	return (x);
}

static struct soter_span
find(const struct teehost_attr *attrs, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (attrs[i].id == id)
			return (attrs[i].value);
	return (soter_span(NULL, 0));
}

static uint32_t
bits_of(struct soter_span number)
{
	uint32_t bits = (uint32_t)number.n * 8;

	if (number.n == 0)
		return (0);
	for (uint8_t top = number.p[0]; top < 0x80; top = (uint8_t)(top << 1))
		bits--;
	return (bits);
}

static enum soter_rc
check_set(const struct teehost_type *type, const struct teehost_attr *attrs,
    size_t n)
{
	size_t crt = 0, crt_all = 0;

	for (size_t i = 0; i < n; i++)
		if (!teehost_type_has(type, attrs[i].id) ||
		    attrs[i].value.n == 0 || find(attrs, i, attrs[i].id).n > 0)
			return (SOTER_E_ARGUMENT);
	for (size_t i = 0; i < type->n; i++) {
		bool has = find(attrs, n, type->attrs[i].id).n > 0;

		if (type->attrs[i].need == TEEHOST_MUST && !has)
			return (SOTER_E_ARGUMENT);
		if (type->attrs[i].need == TEEHOST_CRT) {
			crt_all++;
			crt += has ? 1 : 0;
		}
	}
	return (crt == 0 || crt == crt_all ? SOTER_OK : SOTER_E_ARGUMENT);
}

/* A modulus and an exponent that nothing can be calculated with. */
static enum soter_rc
check_rsa(const struct teehost_attr *attrs, size_t n)
{
	struct soter_span m = find(attrs, n, TEE_ATTR_RSA_MODULUS);
	struct soter_span e = find(attrs, n, TEE_ATTR_RSA_PUBLIC_EXPONENT);

	if ((m.p[m.n - 1] & 1) == 0 || (e.p[e.n - 1] & 1) == 0 ||
	    (e.n == 1 && e.p[0] == 1) || e.n > 8)
		return (SOTER_E_ARGUMENT);
	for (size_t i = 0; i < n; i++)
		if (attrs[i].value.n > m.n)
			return (SOTER_E_ARGUMENT);
	return (SOTER_OK);
}

static enum soter_rc
check(const struct teehost_type *type, const struct teehost_attr *attrs,
    size_t n, uint32_t *bits)
{
	TRY(check_set(type, attrs, n));
	if (is_rsa(type)) {
		TRY(check_rsa(attrs, n));
		*bits = bits_of(find(attrs, n, TEE_ATTR_RSA_MODULUS));
	} else {
		*bits = (uint32_t)attrs[0].value.n * 8;
	}
	return (teehost_type_takes(type, *bits) ? SOTER_OK : SOTER_E_ARGUMENT);
}

/* Copy the attributes into one block; *out is counted once. */
static enum soter_rc
make(struct teehost_material **out, const struct teehost_type *type,
    uint32_t bits, const struct teehost_attr *attrs, size_t n)
{
	struct teehost_material *m;
	size_t total = 0;
	uint8_t *to;

	for (size_t i = 0; i < n; i++)
		total += attrs[i].value.n;
	m = calloc(1, sizeof(*m) + total);
	if (m == NULL)
		return (SOTER_E_NOMEM);
	m->refs = 1;
	m->type = type;
	m->bits = bits;
	m->n = n;
	m->bytes_n = total;
	to = m->bytes;
	for (size_t i = 0; i < n; i++) {
		soter_copy(to, attrs[i].value.p, attrs[i].value.n);
		m->attrs[i].id = attrs[i].id;
		m->attrs[i].value = soter_span(to, attrs[i].value.n);
		to += attrs[i].value.n;
	}
	*out = m;
	return (SOTER_OK);
}

enum soter_rc
teehost_material_new(struct teehost_material **out,
    const struct teehost_type *type, const struct teehost_attr *attrs, size_t n)
{
	struct teehost_attr x[TEEHOST_ATTRS_MAX];
	uint32_t bits;

	if (n > SOTER_COUNT(x))
		return (SOTER_E_ARGUMENT);
	for (size_t i = 0; i < n; i++) {
		x[i] = attrs[i];
		if (x[i].value.n > TEEHOST_ATTR_MAX)
			return (SOTER_E_ARGUMENT);
		if (is_rsa(type))
			x[i].value = without_zeros(x[i].value);
	}
	TRY(check(type, x, n, &bits));
	return (make(out, type, bits, x, n));
}

/* ---- holding ----------------------------------------------------------- */

struct soter_span
teehost_material_attr(const struct teehost_material *m, uint32_t id)
{
	return (find(m->attrs, m->n, id));
}

struct teehost_material *
teehost_material_hold(struct teehost_material *m)
{
	m->refs++;
	return (m);
}

void
teehost_material_drop(struct teehost_material **m)
{
	struct teehost_material *x = *m;

	*m = NULL;
	if (x == NULL || --x->refs > 0)
		return;
	EVP_PKEY_CTX_free(x->signer);
	EVP_PKEY_free(x->pkey); /* wipes its private numbers */
	soter_wipe(x->bytes, x->bytes_n);
	free(x);
}

enum soter_rc
teehost_material_as(struct teehost_material **out, struct teehost_material *m,
    const struct teehost_type *type)
{
	struct teehost_attr x[TEEHOST_ATTRS_MAX];
	size_t n = 0;

	if (type == m->type) {
		*out = teehost_material_hold(m);
		return (SOTER_OK);
	}
	if (type->type != TEE_TYPE_RSA_PUBLIC_KEY ||
	    m->type->type != TEE_TYPE_RSA_KEYPAIR)
		return (SOTER_E_ARGUMENT);
	for (size_t i = 0; i < m->n; i++)
		if (teehost_type_has(type, m->attrs[i].id))
			x[n++] = m->attrs[i];
	return (teehost_material_new(out, type, x, n));
}

/* ---- storage ----------------------------------------------------------- */

size_t
teehost_material_size(const struct teehost_material *m)
{
	return (m == NULL ? 4 : 4 + 8 * m->n + m->bytes_n);
}

enum soter_rc
teehost_material_write(struct soter_writer *w, const struct teehost_material *m)
{
	size_t n = m == NULL ? 0 : m->n;

	TRY(soter_write_le32(w, (uint32_t)n));
	for (size_t i = 0; i < n; i++) {
		TRY(soter_write_le32(w, m->attrs[i].id));
		TRY(soter_write_le32(w, (uint32_t)m->attrs[i].value.n));
		TRY(soter_write(w, m->attrs[i].value));
	}
	return (SOTER_OK);
}

enum soter_rc
teehost_material_read(struct teehost_material **out,
    const struct teehost_type *type, struct soter_reader *r)
{
	struct teehost_attr x[TEEHOST_ATTRS_MAX];
	uint32_t n, length;

	TRY(soter_read_le32(r, &n));
	if (n > SOTER_COUNT(x) || (type == NULL && n > 0))
		return (SOTER_E_FORMAT);
	for (size_t i = 0; i < n; i++) {
		TRY(soter_read_le32(r, &x[i].id));
		TRY(soter_read_le32(r, &length));
		TRY(soter_read_span(r, length, &x[i].value));
	}
	if (type == NULL) {
		*out = NULL;
		return (SOTER_OK);
	}
	return (teehost_material_new(out, type, x, n));
}
