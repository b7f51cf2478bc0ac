/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/teectl.h"

enum soter_rc
soter_teectl_parse(struct soter_teectl *out, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct soter_teectl x = { 0 };
	struct soter_span uuid, bytes;
	uint32_t kind;

	TRY(soter_read_le32(&r, &kind));
	if (kind < SOTER_TEECTL_START || kind > SOTER_TEECTL_QUIT)
		return (SOTER_E_FORMAT);
	x.kind = (enum soter_teectl_kind)kind;
	TRY(soter_read_le32(&r, &x.serial));
	TRY(soter_read_le32(&r, &x.number));
	TRY(soter_read_le32(&r, &x.code));
	TRY(soter_read_span(&r, sizeof(x.uuid), &uuid));
	TRY(soter_read_span(&r, sizeof(x.bytes), &bytes));
	TRY(soter_read_end(&r));
	soter_copy(x.uuid, uuid.p, uuid.n);
	soter_copy(x.bytes, bytes.p, bytes.n);
	*out = x;
	soter_wipe(&x, sizeof(x));
	return (SOTER_OK);
}

enum soter_rc
soter_teectl_write(struct soter_writer *w, const struct soter_teectl *x)
{
	if (w->cap - w->len < SOTER_TEECTL_LEN)
		return (SOTER_E_NOSPACE);
	TRY(soter_write_le32(w, (uint32_t)x->kind));
	TRY(soter_write_le32(w, x->serial));
	TRY(soter_write_le32(w, x->number));
	TRY(soter_write_le32(w, x->code));
	TRY(soter_write(w, soter_span(x->uuid, sizeof(x->uuid))));
	return (soter_write(w, soter_span(x->bytes, sizeof(x->bytes))));
}
