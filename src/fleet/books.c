/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "fleet/books.h"

#define UNKNOWN_DEVICE 90005 /* docs/protocol.md e.3 */

/* What a sound server says to each kind. */
static const struct {
	const char *word;
	enum fleet_verdict verdict; /* FLEET_VERDICT_NONE: not asked for one */
	int64_t errcode;	    /* 0: it does not refuse */
} kinds[FLEET_REQUESTS] = {
	[FLEET_TOKEN] = { "token", FLEET_VERDICT_NONE, 0 },
	[FLEET_IS_SUPPORT] = { "is_support", FLEET_VERDICT_NONE, 0 },
	[FLEET_VERIFY] = { "verify", FLEET_VERDICT_YES, 0 },
	[FLEET_UNKNOWN] = { "unknown", FLEET_VERDICT_NONE, UNKNOWN_DEVICE },
	[FLEET_SWAPPED] = { "swapped", FLEET_VERDICT_NO, 0 },
	[FLEET_ECHO] = { "echo", FLEET_VERDICT_NONE, 0 },
	[FLEET_INTAKE] = { "intake", FLEET_VERDICT_NONE, 0 },
};

static const char *const losses[FLEET_LOSSES] = {
	[FLEET_LOST_CLOSED] = "closed",
	[FLEET_LOST_RESET] = "reset",
	[FLEET_LOST_GARBAGE] = "garbage",
};

const char *
fleet_request_word(enum fleet_request kind)
{
	return (kinds[kind].word);
}

const char *
fleet_loss_word(enum fleet_loss why)
{
	return (losses[why]);
}

/* ---- what happens ------------------------------------------------------- */

void
fleet_books_sent(struct fleet_books *b, enum fleet_request kind,
    uint64_t lag_ns)
{
	b->row[kind].sent++;
	fleet_histogram_add(&b->lag, lag_ns);
}

static void
count_reason(struct fleet_books *b, enum fleet_request kind, int status,
    const char *text)
{
	struct fleet_reason *x;

	for (size_t i = 0; i < b->reasons; i++) {
		x = &b->reason[i];
		if (x->kind == kind && x->status == status &&
		    strcmp(x->text, text) == 0) {
			x->n++;
			return;
		}
	}
	/* A server that makes a new reason each time fills no memory. */
	if (b->reasons == FLEET_REASONS_MAX - 1) {
		b->reasons++;
		snprintf(b->reason[b->reasons - 1].text,
		    sizeof(b->reason[0].text), "others");
	}
	if (b->reasons == FLEET_REASONS_MAX) {
		b->reason[FLEET_REASONS_MAX - 1].n++;
		return;
	}
	x = &b->reason[b->reasons++];
	*x = (struct fleet_reason){ .kind = kind, .status = status, .n = 1 };
	snprintf(x->text, sizeof(x->text), "%s", text);
}

/* How the refusal reads: "90005 attk_unknown", "not verified", "http". */
static void
describe(char *out, size_t size, const struct fleet_said *said)
{
	char what[32] = "http";

	if (said->has_errcode && said->errcode != 0)
		snprintf(what, sizeof(what), "%lld", (long long)said->errcode);
	else if (said->has_refused)
		snprintf(what, sizeof(what), "refused");
	else if (said->verdict == FLEET_VERDICT_NO)
		snprintf(what, sizeof(what), "not verified");
	snprintf(out, size, "%s%s%s", what, said->word[0] == '\0' ? "" : " ",
	    said->word);
}

static bool
is_expected(enum fleet_request kind, int status, const struct fleet_said *said)
{
	if ((kinds[kind].errcode == 0 && status >= 300) || said->has_refused)
		return (false);
	return (said->errcode == kinds[kind].errcode &&
	    said->verdict == kinds[kind].verdict);
}

bool
fleet_books_answer(struct fleet_books *b, enum fleet_request kind,
    const struct fleet_response *x, uint64_t latency_ns)
{
	struct fleet_row *row = &b->row[kind];
	char text[FLEET_WORD_MAX + 32];
	struct fleet_said said;
	bool is_refused;

	fleet_said_read(&said, x->body);
	is_refused = x->status >= 300 ||
	    (said.has_errcode && said.errcode != 0) || said.has_refused ||
	    said.verdict == FLEET_VERDICT_NO;
	row->answered++;
	row->status[x->status]++;
	fleet_histogram_add(&row->latency, latency_ns);
	if (is_refused) {
		row->refused++;
		describe(text, sizeof(text), &said);
		count_reason(b, kind, x->status, text);
	} else
		row->accepted++;
	row->unexpected += !is_expected(kind, x->status, &said);
	return (!is_refused);
}

void
fleet_books_lost(struct fleet_books *b, enum fleet_request kind,
    enum fleet_loss why)
{
	b->row[kind].lost[why]++;
}

void
fleet_books_timed_out(struct fleet_books *b, enum fleet_request kind)
{
	b->row[kind].timed_out++;
}

void
fleet_books_open(struct fleet_books *b, enum fleet_request kind)
{
	b->row[kind].open++;
}

/* ---- the sums ----------------------------------------------------------- */

uint64_t
fleet_row_lost(const struct fleet_row *row)
{
	uint64_t n = 0;

	for (size_t i = 0; i < FLEET_LOSSES; i++)
		n += row->lost[i];
	return (n);
}

static uint64_t
reasons_of(const struct fleet_books *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->reasons; i++)
		n += b->reason[i].n;
	return (n);
}

static uint64_t
statuses_of(const struct fleet_row *row)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= FLEET_STATUS_MAX; i++)
		n += row->status[i];
	return (n);
}

struct sum {
	const char *left, *right;
	uint64_t a, b;
};

static bool
agrees(const struct sum *sum, const char *kind, char *why, size_t size)
{
	if (sum->a == sum->b)
		return (true);
	snprintf(why, size, "%s: %s is %llu, but %s is %llu", kind, sum->left,
	    (unsigned long long)sum->a, sum->right, (unsigned long long)sum->b);
	return (false);
}

static bool
row_agrees(const struct fleet_row *row, const char *kind, char *why,
    size_t size)
{
	const struct sum sums[] = {
		{ "sent", "answered + lost + timed out + open", row->sent,
		    row->answered + fleet_row_lost(row) + row->timed_out +
			row->open },
		{ "answered", "accepted + refused", row->answered,
		    row->accepted + row->refused },
		{ "answered", "the sum over each status", row->answered,
		    statuses_of(row) },
		{ "answered", "the number of latencies", row->answered,
		    row->latency.n },
	};

	for (size_t i = 0; i < SOTER_COUNT(sums); i++)
		if (!agrees(&sums[i], kind, why, size))
			return (false);
	return (true);
}

bool
fleet_books_agree(const struct fleet_books *b, char *why, size_t size)
{
	struct sum refused = { "refused", "the sum over each reason", 0,
		reasons_of(b) };
	struct sum lag = { "sent", "the number of lags", 0, b->lag.n };

	for (size_t i = 0; i < FLEET_REQUESTS; i++) {
		if (!row_agrees(&b->row[i], kinds[i].word, why, size))
			return (false);
		refused.a += b->row[i].refused;
		lag.a += b->row[i].sent;
	}
	return (agrees(&refused, "all", why, size) &&
	    agrees(&lag, "all", why, size));
}
