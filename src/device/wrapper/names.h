/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/names.h -- what keys are called (docs/protocol.md d.3).
 *
 *	ASK	"Wechat" uid				Wechat1000
 *	AuthKey	"Wechat" "uid"uid "_"salt "_scene"n	Wechatuid1000__scene1
 *
 * A salt above SOTER_SALT_MAX characters becomes the first 16 hex digits of its
 * MD5: the name of a key, never a secret, so MD5 does no harm here.
 */
#ifndef SOTER_DEVICE_WRAPPER_NAMES_H
#define SOTER_DEVICE_WRAPPER_NAMES_H

#include "base/span.h"
#include "wire/limits.h"

#define WRAPPER_SALT_BYTES (16 * 4 + 1) /* SOTER_SALT_MAX of UTF-8, and NUL */

/**
 * What of the salt stands in names.  Written only on success.
 *
 * SOTER_E_ARGUMENT  not UTF-8, or with control characters or blanks, which no
 *                   name can hold (1025).
 */
SOTER_MUST_CHECK enum soter_rc wrapper_names_salt(char out[WRAPPER_SALT_BYTES],
    const char *salt);

/** The ASK's name in the status file; the TEE has one per uid, without name. */
void wrapper_names_ask(char out[SOTER_KNAME_MAX + 1], uint32_t uid);

/** The AuthKey's name, for a salt that wrapper_names_salt() made. */
void wrapper_names_authkey(char out[SOTER_KNAME_MAX + 1], uint32_t uid,
    const char *salt, int32_t scene);

#endif
