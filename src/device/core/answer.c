/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/core/inside.h"

/* d.2: the code of each operation, and of one reason that has its own. */
static const struct {
	enum soter_core_code failure;
	enum soter_rc reason;
	enum soter_core_code special;
} table[] = {
	[SOTER_CORE_IS_SUPPORTED] = { SOTER_CORE_NOT_SUPPORTED, 0, 0 },
	[SOTER_CORE_GENERATE_ASK] = { SOTER_CORE_ASK_GENERATE, 0, 0 },
	[SOTER_CORE_REMOVE_ASK] = { SOTER_CORE_ASK_REMOVE, 0, 0 },
	[SOTER_CORE_HAS_ASK] = { SOTER_CORE_UNKNOWN, SOTER_E_ASK_NOT_READY,
	    SOTER_CORE_NO_ASK },
	[SOTER_CORE_IS_ASK_VALID] = { SOTER_CORE_UNKNOWN, SOTER_E_ASK_NOT_READY,
	    SOTER_CORE_NO_ASK },
	[SOTER_CORE_GET_ASK] = { SOTER_CORE_UNKNOWN, SOTER_E_ASK_NOT_READY,
	    SOTER_CORE_NO_ASK },
	[SOTER_CORE_GENERATE_AUTHKEY] = { SOTER_CORE_AUTHKEY_GENERATE,
	    SOTER_E_ASK_NOT_READY, SOTER_CORE_NO_ASK },
	[SOTER_CORE_REMOVE_AUTHKEY] = { SOTER_CORE_AUTHKEY_REMOVE, 0, 0 },
	[SOTER_CORE_HAS_AUTHKEY] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_IS_AUTHKEY_VALID] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_GET_AUTHKEY] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_INIT_SIGN] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_FINISH_SIGN] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_CANCEL_SIGN] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_STATE] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_AUTH_BEGIN] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_AUTH_STEP] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_AUTH_CANCEL] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_DEVICE_ID] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_VERSION] = { SOTER_CORE_UNKNOWN, 0, 0 },
	[SOTER_CORE_SELFTEST] = { SOTER_CORE_NOT_SUPPORTED, 0, 0 },
};

struct soter_answer
core_answer(enum soter_core_op op, enum soter_rc rc)
{
	struct soter_answer a = { SOTER_CORE_OK, rc };

	if (rc == SOTER_OK)
		return (a);
	a.code = table[op].failure;
	if (rc == table[op].reason)
		a.code = table[op].special;
	if (rc == SOTER_E_ARGUMENT)
		a.code = SOTER_CORE_PARAM;
	return (a);
}

#define LAYER_TEE 0x0500

int
soter_answer_tee(struct soter_answer a)
{
	if (((unsigned)a.rc & 0xff00) != LAYER_TEE)
		return (0);
	return (soter_ta_code(a.rc));
}

#define CODE_CASE(name, number, text) \
	case number:                  \
		return (text);

const char *
soter_core_text(int code)
{
	switch (code) {
		SOTER_CORE_CODES(CODE_CASE)
	default:
		return ("unknown");
	}
}
