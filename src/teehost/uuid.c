/* SPDX-License-Identifier: BSD-3-Clause */
#include "teehost/identity.h"
#include "teehost/uuid.h"

static bool
is_dash_before(unsigned byte)
{
	return (byte == 4 || byte == 6 || byte == 8 || byte == 10);
}

static enum soter_rc
read_digit(struct soter_reader *r, uint8_t *out)
{
	uint8_t c;

	TRY(soter_read_u8(r, &c));
	*out = soter_hex_digit(c);
	return (*out == SOTER_HEX_BAD ? SOTER_E_FORMAT : SOTER_OK);
}

static enum soter_rc
read_byte(struct soter_reader *r, unsigned i, uint8_t *out)
{
	uint8_t high, low, dash = '-';

	if (is_dash_before(i))
		TRY(soter_read_u8(r, &dash));
	if (dash != '-')
		return (SOTER_E_FORMAT);
	TRY(read_digit(r, &high));
	TRY(read_digit(r, &low));
	*out = (uint8_t)(high << 4 | low);
	return (SOTER_OK);
}

enum soter_rc
teehost_uuid_parse(TEE_UUID *out, struct soter_span text)
{
	struct soter_reader r = soter_reader(text);
	uint8_t b[TEEHOST_UUID_LEN];

	if (text.n != TEEHOST_UUID_TEXT)
		return (SOTER_E_FORMAT);
	for (unsigned i = 0; i < sizeof(b); i++)
		TRY(read_byte(&r, i, &b[i]));

	*out = teehost_identity_uuid(b);
	return (SOTER_OK);
}

enum soter_rc
teehost_uuid_write(struct soter_writer *w, const TEE_UUID *uuid)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t b[TEEHOST_UUID_LEN];

	teehost_identity_bytes(b, uuid);
	for (unsigned i = 0; i < sizeof(b); i++) {
		if (is_dash_before(i))
			TRY(soter_write_u8(w, '-'));
		TRY(soter_write_u8(w, (uint8_t)digits[b[i] >> 4]));
		TRY(soter_write_u8(w, (uint8_t)digits[b[i] & 15]));
	}
	return (SOTER_OK);
}

enum soter_rc
teehost_uuid_parse_identity(TEE_Identity *out, struct soter_span text)
{
	TEE_Identity x = { 0 };
	uint64_t login;
	size_t n = 0;

	while (n < text.n && text.p[n] != ':')
		n++;
	TRY(soter_decimal(soter_span(text.p, n), UINT32_MAX, &login));
	if (n < text.n)
		TRY(teehost_uuid_parse(&x.uuid,
		    soter_span(text.p + n + 1, text.n - n - 1)));
	x.login = (uint32_t)login;
	*out = x;
	return (SOTER_OK);
}

enum soter_rc
teehost_uuid_write_identity(struct soter_writer *w,
    const TEE_Identity *identity)
{
	TRY(soter_write_decimal(w, identity->login));
	TRY(soter_write_u8(w, ':'));
	return (teehost_uuid_write(w, &identity->uuid));
}
