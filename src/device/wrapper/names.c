/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/types.h>

#include <md5.h>
#include <stdio.h>
#include <string.h>

#include "device/wrapper/names.h"
#include "device/wrapper/text.h"
#include "soter/wrapper.h"

#define HASHED 16 /* hex digits of the MD5 that are taken */

enum soter_rc
wrapper_names_salt(char out[WRAPPER_SALT_BYTES], const char *salt)
{
	struct soter_span text = soter_text(salt);
	char hex[MD5_DIGEST_STRING_LENGTH];
	size_t characters;

	if (wrapper_text_count(text, &characters) != SOTER_OK ||
	    (text.n > 0 && strchr(salt, ' ') != NULL))
		return (SOTER_E_ARGUMENT);
	if (characters > SOTER_SALT_MAX) {
		if (MD5Data(text.p, text.n, hex) == NULL)
			return (SOTER_E_ARGUMENT);
		hex[HASHED] = '\0';
		salt = hex;
	}
	snprintf(out, WRAPPER_SALT_BYTES, "%s", salt);
	return (SOTER_OK);
}

void
wrapper_names_ask(char out[SOTER_KNAME_MAX + 1], uint32_t uid)
{
	snprintf(out, SOTER_KNAME_MAX + 1, "Wechat%u", (unsigned)uid);
}

void
wrapper_names_authkey(char out[SOTER_KNAME_MAX + 1], uint32_t uid,
    const char *salt, int32_t scene)
{
	snprintf(out, SOTER_KNAME_MAX + 1, "Wechatuid%u_%s_scene%d",
	    (unsigned)uid, salt, (int)scene);
}
