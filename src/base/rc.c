/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/rc.h"
#include "base/span.h"

#define CODE_ROW(name, number, word, rule, text, next) \
	{ number, #name, word, rule, text, next },

/* An app's library is small: what it can meet, and without the C names. */
#ifdef SOTER_CODES_OF_DEVICE
#define DEVICE_ROW(name, number, word, rule, text, next) \
	{ number, word, word, rule, text, next },

static const struct soter_code codes[] = { { SOTER_OK, "ok", "ok", "-",
					       "it worked", "nothing" },
	SOTER_RC_APP_LIST(DEVICE_ROW) };
#else
static const struct soter_code codes[] = { SOTER_RC_LIST(CODE_ROW)
	    SOTER_HINT_LIST(CODE_ROW) };
#endif

const struct soter_code *
soter_codes(size_t *n)
{
	if (n != NULL)
		*n = SOTER_COUNT(codes);
	return (codes);
}

const struct soter_code *
soter_code_find(unsigned number)
{
	for (size_t i = 0; i < SOTER_COUNT(codes); i++)
		if (codes[i].number == number)
			return (&codes[i]);
	return (NULL);
}

const struct soter_code *
soter_code_find_word(const char *word)
{
	for (size_t i = 0; i < SOTER_COUNT(codes); i++)
		if (soter_span_equal(soter_text(codes[i].word),
			soter_text(word)))
			return (&codes[i]);
	return (NULL);
}

const char *
soter_rc_word(enum soter_rc rc)
{
	const struct soter_code *code = soter_code_find(rc);

	return (code == NULL ? "unknown" : code->word);
}

const char *
soter_rc_text(enum soter_rc rc)
{
	const struct soter_code *code = soter_code_find(rc);

	return (code == NULL ? "a code that was never given out" : code->text);
}
