/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tee_internal_api_extensions.h -- by the name that TAs written for OP-TEE
 * include.  Of its extensions the host has the messages and two words only.
 */
#ifndef TEE_INTERNAL_API_EXTENSIONS_H
#define TEE_INTERNAL_API_EXTENSIONS_H

#include <tee_internal_api.h>
#include <trace.h>

#ifndef __unused
#define __unused __attribute__((unused))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((unused))
#endif

#endif
