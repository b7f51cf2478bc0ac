/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/selfmade.h -- a certificate for who has none yet: nothing stops the
 * first start, and nothing goes over the wire in the clear.  It proves nothing
 * to anybody who did not get its fingerprint by another way.
 */
#ifndef SOTER_NET_SELFMADE_H
#define SOTER_NET_SELFMADE_H

#include <openssl/x509.h>

#include "net/error.h"

/**
 * ECDSA P-256 for localhost, 127.0.0.1, ::1 and the name of this machine.
 *
 * folder  where self.crt and self.key are, or are to be (the key with mode
 *         0600); one that is over is made anew.  NULL: in memory alone.
 * cert, key  to be freed by the caller.
 *
 * SOTER_E_TLS_FILE  the folder cannot be used, or what is there is broken.
 * SOTER_E_ENGINE    the library failed.
 */
SOTER_MUST_CHECK enum soter_rc net_selfmade(X509 **cert, EVP_PKEY **key,
    const char *folder, struct net_error *error);

#endif
