/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/der.h"

#define NUMBER_MASK  0x1f /* of an identifier octet; all set: more follow */
#define LENGTH_MAX   0xffff
#define LENGTH_SHORT 0x7f /* longest length in one octet */

/* Whatever is missing or superfluous, the encoding is broken. */
static enum soter_rc
octet(struct soter_reader *r, uint8_t *out)
{
	return (soter_read_u8(r, out) == SOTER_OK ? SOTER_OK : SOTER_E_DER);
}

/* X.690 8.1.2.4: base 128, no leading zeros, only for numbers from 31 on. */
static enum soter_rc
high_number(struct soter_reader *r, uint32_t *out)
{
	uint32_t number = 0;
	uint8_t o;

	do {
		TRY(octet(r, &o));
		if ((number == 0 && o == 0x80) || number > INT32_MAX >> 7)
			return (SOTER_E_DER);
		number = number << 7 | (o & 0x7f);
	} while ((o & 0x80) != 0);
	if (number < NUMBER_MASK)
		return (SOTER_E_DER);
	*out = number;
	return (SOTER_OK);
}

static enum soter_rc
read_tag(struct soter_reader *r, struct soter_der_tag *out)
{
	uint8_t o;

	TRY(octet(r, &o));
	out->form = (uint8_t)(o & ~NUMBER_MASK);
	out->number = o & NUMBER_MASK;
	if (out->number == NUMBER_MASK)
		TRY(high_number(r, &out->number));
	return (SOTER_OK);
}

/* X.690 10.1: definite, in the fewest octets. */
static enum soter_rc
read_length(struct soter_reader *r, size_t *out)
{
	uint8_t first, high = 0, low;

	TRY(octet(r, &first));
	if (first <= LENGTH_SHORT) {
		*out = first;
		return (SOTER_OK);
	}
	if (first != 0x81 && first != 0x82)
		return (SOTER_E_DER);
	if (first == 0x82)
		TRY(octet(r, &high));
	TRY(octet(r, &low));
	if (first == 0x82 ? high == 0 : low <= LENGTH_SHORT)
		return (SOTER_E_DER);
	*out = (size_t)high << 8 | low;
	return (SOTER_OK);
}

enum soter_rc
soter_der_next(struct soter_reader *r, struct soter_der *out)
{
	struct soter_reader in = *r;
	struct soter_der x;
	size_t length;

	TRY(read_tag(&in, &x.tag));
	TRY(read_length(&in, &length));
	if (soter_read_span(&in, length, &x.body) != SOTER_OK)
		return (SOTER_E_DER);
	x.whole = soter_span(r->p, r->left - in.left);

	*r = in;
	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_der_take(struct soter_reader *r, uint8_t identifier,
    struct soter_der *out)
{
	if (r->left == 0 || r->p[0] != identifier)
		return (SOTER_E_DER);
	return (soter_der_next(r, out));
}

/* The magnitude of an INTEGER's content; X.690 8.3.2: in the fewest octets. */
static enum soter_rc
magnitude(struct soter_span body, struct soter_span *out)
{
	if (body.n == 0 || (body.p[0] & 0x80) != 0)
		return (SOTER_E_DER);
	if (body.p[0] != 0) {
		*out = body;
		return (SOTER_OK);
	}
	if (body.n > 1 && (body.p[1] & 0x80) == 0)
		return (SOTER_E_DER);
	*out = soter_span(body.p + 1, body.n - 1);
	return (SOTER_OK);
}

enum soter_rc
soter_der_u32(struct soter_reader *r, uint8_t identifier, uint32_t *out)
{
	struct soter_reader in = *r;
	struct soter_span digits;
	struct soter_der x;
	uint32_t value = 0;

	TRY(soter_der_take(&in, identifier, &x));
	TRY(magnitude(x.body, &digits));
	if (digits.n > sizeof(value))
		return (SOTER_E_DER);
	for (size_t i = 0; i < digits.n; i++)
		value = value << 8 | digits.p[i];

	*r = in;
	*out = value;
	return (SOTER_OK);
}

enum soter_rc
soter_der_unsigned(struct soter_reader *r, struct soter_span *out)
{
	struct soter_reader in = *r;
	struct soter_der x;

	TRY(soter_der_take(&in, SOTER_DER_INTEGER, &x));
	TRY(magnitude(x.body, out));

	*r = in;
	return (SOTER_OK);
}

enum soter_rc
soter_der_end(const struct soter_reader *r)
{
	return (r->left == 0 ? SOTER_OK : SOTER_E_DER);
}

enum soter_rc
soter_der_write(struct soter_writer *w, uint8_t identifier,
    struct soter_span body)
{
	uint8_t head[4] = { identifier };
	size_t n = 1;

	if (body.n > LENGTH_MAX)
		return (SOTER_E_LIMIT);
	if (body.n > 0xff)
		head[n++] = 0x82;
	else if (body.n > LENGTH_SHORT)
		head[n++] = 0x81;
	if (body.n > 0xff)
		head[n++] = (uint8_t)(body.n >> 8);
	head[n++] = (uint8_t)body.n;
	if (w->cap - w->len < n || w->cap - w->len - n < body.n)
		return (SOTER_E_NOSPACE);
	TRY(soter_write(w, soter_span(head, n)));
	return (soter_write(w, body));
}
