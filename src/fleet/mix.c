/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "base/span.h"
#include "fleet/mix.h"

static enum soter_rc
find_kind(enum fleet_request *out, struct soter_span word)
{
	for (enum fleet_request kind = 0; kind < FLEET_REQUESTS; kind++)
		if (soter_span_equal(word,
			soter_text(fleet_request_word(kind)))) {
			*out = kind;
			return (SOTER_OK);
		}
	return (SOTER_E_ARGUMENT);
}

/* WORD or WORD=WEIGHT. */
static enum soter_rc
read_one(struct fleet_mix *mix, struct soter_span text)
{
	const uint8_t *sign = text.n == 0 ? NULL : memchr(text.p, '=', text.n);
	struct soter_span word = text;
	enum fleet_request kind;
	uint64_t weight = 1;

	if (sign != NULL) {
		word.n = (size_t)(sign - text.p);
		TRY(soter_decimal(soter_span(sign + 1, text.n - word.n - 1),
		    FLEET_WEIGHT_MAX, &weight));
	}
	TRY(find_kind(&kind, word));
	if (weight == 0 || mix->weight[kind] != 0)
		return (SOTER_E_ARGUMENT);
	mix->weight[kind] = weight;
	mix->all += (int64_t)weight;
	return (SOTER_OK);
}

enum soter_rc
fleet_mix_read(struct fleet_mix *out, const char *text)
{
	struct fleet_mix mix = { 0 };

	for (;;) {
		size_t n = strcspn(text, ",");

		if (read_one(&mix, soter_span(text, n)) != SOTER_OK)
			return (SOTER_E_ARGUMENT);
		if (text[n] == '\0')
			break;
		text += n + 1;
	}
	*out = mix;
	return (SOTER_OK);
}

bool
fleet_mix_has(const struct fleet_mix *mix, enum fleet_request kind)
{
	return (mix->weight[kind] != 0);
}

/* Each is owed its weight a turn, and who is owed most pays for all. */
enum fleet_request
fleet_mix_next(struct fleet_mix *mix)
{
	enum fleet_request most = 0;

	for (enum fleet_request kind = 0; kind < FLEET_REQUESTS; kind++) {
		mix->owed[kind] += (int64_t)mix->weight[kind];
		if (mix->weight[most] == 0 ||
		    (mix->weight[kind] != 0 &&
			mix->owed[kind] > mix->owed[most]))
			most = kind;
	}
	mix->owed[most] -= mix->all;
	return (most);
}
