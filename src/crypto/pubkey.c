/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/policy.h"
#include "soter/verify.h"

/*
 * The engine's state is made at the first signature: a backend that takes in an
 * AuthKey stores it and verifies with it later, mostly in another process.
 */
struct soter_pubkey {
	struct soter_key numbers;
	const struct soter_engine *engine;
	EVP_MD *sha256;
	_Atomic(void *) state; /* the engine's; NULL until it is needed */
};

/* Make the object of a key that has passed the policy. */
static enum soter_rc
pubkey_make(struct soter_pubkey **out, const struct soter_key *key)
{
	struct soter_pubkey *made;
	enum soter_rc rc;

	if ((made = calloc(1, sizeof(*made))) == NULL)
		return (SOTER_E_NOMEM);
	made->numbers = *key;
	made->engine = &soter_engine_openssl;

	/* Fetched here, so that no verification looks it up. */
	if ((rc = soter_digest_ready()) != SOTER_OK)
		goto out;
	rc = SOTER_E_ENGINE;
	if ((made->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL)
		goto out;

	*out = made; /* ownership moves to the caller */
	made = NULL;
	rc = SOTER_OK;
out:
	soter_pubkey_free(&made);
	return (rc);
}

enum soter_rc
soter_pubkey_make(struct soter_pubkey **out, const struct soter_key *key)
{
	TRY(soter_key_policy(key, SOTER_RSA_LEN));
	return (pubkey_make(out, key));
}

enum soter_rc
soter_pubkey_make_issuer(struct soter_pubkey **out, const struct soter_key *key)
{
	TRY(soter_key_policy(key,
	    key->n_len == SOTER_RSA_LEN ? SOTER_RSA_LEN : SOTER_RSA_LEN_MAX));
	return (pubkey_make(out, key));
}

void
soter_pubkey_free(struct soter_pubkey **key)
{
	void *state;

	if (*key == NULL)
		return;
	state = atomic_load(&(*key)->state);
	if (state != NULL)
		(*key)->engine->release(state);
	EVP_MD_free((*key)->sha256);
	free(*key);
	*key = NULL;
}

const struct soter_key *
soter_pubkey_numbers(const struct soter_pubkey *key)
{
	return (&key->numbers);
}

const EVP_MD *
soter_pubkey_sha256(const struct soter_pubkey *key)
{
	return (key->sha256);
}

bool
soter_pubkey_is(const struct soter_pubkey *key, const struct soter_key *numbers)
{
	const struct soter_key *own = &key->numbers;

	return (own->alg == numbers->alg && own->e == numbers->e &&
	    soter_span_equal(soter_span(own->n, own->n_len),
		soter_span(numbers->n, numbers->n_len)));
}

/*
 * The state, made by whoever comes first.  Threads that come at the same time
 * each make one; the first to put it in wins, the others throw theirs away.
 */
static enum soter_rc
pubkey_state(const struct soter_pubkey *key, void **out)
{
	/* Every key is made by pubkey_make(), in memory that can be written. */
	_Atomic(void *) *place = &((struct soter_pubkey *)key)->state;
	void *made, *there = atomic_load_explicit(place, memory_order_acquire);

	if (there == NULL) {
		TRY(key->engine->prepare(&made, &key->numbers));
		if (atomic_compare_exchange_strong(place, &there, made))
			there = made;
		else
			key->engine->release(made);
	}
	*out = there;
	return (SOTER_OK);
}

enum soter_rc
soter_pubkey_recover(const struct soter_pubkey *key,
    uint8_t out[SOTER_RSA_LEN_MAX], struct soter_span sig)
{
	const struct soter_key *own = &key->numbers;
	void *state;

	if (sig.n != own->n_len)
		return (SOTER_E_SIG_LENGTH);

	/*
	 * "If the signature representative s is not between 0 and n - 1, output
	 * 'signature representative out of range'" (RFC 8017 5.2.2).  Else s
	 * and s + n would be two signatures of one text.
	 */
	if (memcmp(sig.p, own->n, own->n_len) >= 0)
		return (SOTER_E_SIGNATURE);
	TRY(pubkey_state(key, &state));
	return (key->engine->recover(state, own, out, sig.p));
}
