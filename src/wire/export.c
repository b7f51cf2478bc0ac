/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/export.h"

static enum soter_rc
check_text_length(size_t n)
{
	if (n == 0)
		return (SOTER_E_FORMAT);
	return (n > SOTER_SIGNED_MAX ? SOTER_E_LIMIT : SOTER_OK);
}

enum soter_rc
soter_export_parse(struct soter_export *out, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct soter_export x;
	uint32_t n;

	TRY(soter_read_le32(&r, &n));
	TRY(check_text_length(n));
	TRY(soter_read_span(&r, n, &x.text));
	TRY(soter_read_span(&r, SOTER_SIG_LEN, &x.sig));
	TRY(soter_read_end(&r));

	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_export_write(struct soter_writer *w, const struct soter_export *x)
{
	TRY(check_text_length(x->text.n));
	if (x->sig.n != SOTER_SIG_LEN)
		return (SOTER_E_FORMAT);
	TRY(soter_write_le32(w, (uint32_t)x->text.n));
	TRY(soter_write(w, x->text));
	return (soter_write(w, x->sig));
}
