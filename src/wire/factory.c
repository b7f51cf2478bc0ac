/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/factory.h"

enum soter_rc
soter_factory_text_write(struct soter_writer *w,
    enum soter_factory_purpose purpose, struct soter_span device_id,
    struct soter_span nonce)
{
	static const char none[SOTER_DEVICE_ID_LEN + 1] =
	    "00000000000000000000000000000000";

	if (device_id.n == 0)
		device_id = soter_text(none);
	if (device_id.n != SOTER_DEVICE_ID_LEN ||
	    nonce.n != SOTER_FACTORY_NONCE_LEN)
		return (SOTER_E_LIMIT);
	TRY(soter_write(w, SOTER_SPAN("soter factory token 1\n")));
	TRY(soter_write_le32(w, (uint32_t)purpose));
	TRY(soter_write(w, device_id));
	return (soter_write(w, nonce));
}
