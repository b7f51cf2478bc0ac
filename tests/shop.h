/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/shop.h -- what an app's server knows of its customers, and what it
 * takes from them: the four duties that soter/verify.h leaves to a data base
 * are done here, in memory.  For tests and demo; not for money.
 *
 * An account is a customer who is logged in: its name is the Authorization
 * header.  It has one device at a time, one ASK, and an AuthKey for each
 * business scene.
 */
#ifndef SOTER_TESTS_SHOP_H
#define SOTER_TESTS_SHOP_H

#include <soter/verify.h>

#include "base/rc.h"

#define SHOP_DEVICES	   64
#define SHOP_ACCOUNTS	   64
#define SHOP_SCENES	   30
#define SHOP_CHALLENGES	   4 /* unused ones of an account; the oldest goes */
#define SHOP_FIDS	   8
#define SHOP_NAME_MAX	   64
#define SHOP_CHALLENGE_LEN 64

struct shop;

/* What a customer sends: signed bytes, and for which business. */
struct shop_request {
	const char *account;
	int32_t scene;
	const char *digest; /* of the password (V15); NULL: none was sent */
	struct soter_signed in;
};

/**
 * roots  a file of lines "cpu_id PEM-file": the table of device roots.
 * Ends the program, with an error, if it cannot be read.
 */
struct shop *shop_new(const char *roots);
void shop_free(struct shop **shop);

/** An ASK voids the AuthKeys below the old one (V16). */
SOTER_MUST_CHECK enum soter_rc shop_take_ask(struct shop *shop,
    const struct shop_request *r, struct soter_report *why);

/** SOTER_E_NOTFOUND: the account has no ASK. */
SOTER_MUST_CHECK enum soter_rc shop_take_authkey(struct shop *shop,
    const struct shop_request *r, struct soter_report *why);

/** A challenge for one account and one scene, good once. */
SOTER_MUST_CHECK enum soter_rc shop_issue(struct shop *shop,
    const struct shop_request *r, char out[SHOP_CHALLENGE_LEN + 1]);

/**
 * A result.  opens: the first of a key; it comes with the digest that the key
 * came with, and its finger is the one that counts from now on.
 *
 * SOTER_E_NOTFOUND   no AuthKey for the scene, or another digest.
 * SOTER_E_CHALLENGE  a challenge that was not issued, or was used.
 */
SOTER_MUST_CHECK enum soter_rc shop_take_result(struct shop *shop,
    const struct shop_request *r, bool opens, struct soter_report *why);

#endif
