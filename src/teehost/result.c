/* SPDX-License-Identifier: BSD-3-Clause */
#include "teehost/inside.h"

/*
 * The one place where an error of ours becomes one of GP's.  A TA must be able
 * to tell "never written" from "was written and is gone": only the first may
 * lead to a new key or a new counter.
 */
/* clang-format off */
static const struct {
	enum soter_rc rc;
	TEE_Result result;
} results[] = {
	{ SOTER_OK,         TEE_SUCCESS },
	{ SOTER_E_NOTFOUND, TEE_ERROR_ITEM_NOT_FOUND },
	{ SOTER_E_EXISTS,   TEE_ERROR_ACCESS_CONFLICT },
	{ SOTER_E_CORRUPT,  TEE_ERROR_CORRUPT_OBJECT },
	{ SOTER_E_ROLLBACK, TEE_ERROR_CORRUPT_OBJECT_2 },
	{ SOTER_E_FULL,     TEE_ERROR_STORAGE_NO_SPACE },
	{ SOTER_E_LIMIT,    TEE_ERROR_STORAGE_NO_SPACE },
	{ SOTER_E_STORAGE,  TEE_ERROR_STORAGE_NOT_AVAILABLE },
	{ SOTER_E_NOMEM,    TEE_ERROR_OUT_OF_MEMORY },
};
/* clang-format on */

TEE_Result
teehost_result(enum soter_rc rc)
{
	for (size_t i = 0; i < SOTER_COUNT(results); i++)
		if (results[i].rc == rc)
			return (results[i].result);
	return (TEE_ERROR_GENERIC);
}
