/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/books.h -- what became of every request, so that nothing gets lost
 * between a server and the one who measures it.
 *
 *	sent = answered + lost + timed out + open at the end
 *
 * for each kind of request, and each side is counted where it happens: sent
 * when the first byte is handed over, open by looking at the connections when
 * all is over.  A request that was sent ends in exactly one of the others.
 */
#ifndef SOTER_FLEET_BOOKS_H
#define SOTER_FLEET_BOOKS_H

#include "fleet/answer.h"
#include "fleet/histogram.h"

#define FLEET_REASONS_MAX 128 /* more go to the last one, "others" */

/* The kinds of requests; fleet/requests.h says what each is. */
enum fleet_request {
	FLEET_TOKEN,
	FLEET_IS_SUPPORT,
	FLEET_VERIFY,
	FLEET_UNKNOWN,
	FLEET_SWAPPED,
	FLEET_ECHO,
	FLEET_INTAKE,
	FLEET_REQUESTS, /* how many there are */
};

/* Why there will be no answer. */
enum fleet_loss {
	FLEET_LOST_CLOSED,  /* the server closed the connection */
	FLEET_LOST_RESET,   /* the connection broke */
	FLEET_LOST_GARBAGE, /* what came is no answer */
	FLEET_LOSSES,
};

struct fleet_row {
	uint64_t sent, answered, timed_out, open;
	uint64_t lost[FLEET_LOSSES];
	uint64_t accepted, refused; /* of the answered */
	uint64_t unexpected;	    /* answered, but not as this kind should */
	uint64_t status[FLEET_STATUS_MAX + 1];
	struct fleet_histogram latency; /* of the answered, in ns */
};

/* How often a kind of request was refused in the same words. */
struct fleet_reason {
	enum fleet_request kind;
	int status;
	char text[FLEET_WORD_MAX + 32];
	uint64_t n;
};

struct fleet_books {
	struct fleet_row row[FLEET_REQUESTS];
	struct fleet_reason reason[FLEET_REASONS_MAX];
	size_t reasons;
	uint64_t unsent;	 /* due at their time, never sent */
	uint64_t surplus;	 /* answers that nobody had asked for */
	uint64_t opened, failed; /* connections; failed: never were one */
	uint64_t idle_closed;	 /* by the server, with nothing under way */
	uint64_t handshakes, resumed; /* of TLS */
	struct fleet_histogram lag;   /* ns from when due until sent */
};

/** The word for a kind, as --mix takes it. */
const char *fleet_request_word(enum fleet_request kind);

/** The word for a loss. */
const char *fleet_loss_word(enum fleet_loss why);

/** The first byte of a request was handed over, so long after it was due. */
void fleet_books_sent(struct fleet_books *b, enum fleet_request kind,
    uint64_t lag_ns);

/** Its answer came, so long after it was due.  Was the request accepted? */
bool fleet_books_answer(struct fleet_books *b, enum fleet_request kind,
    const struct fleet_response *x, uint64_t latency_ns);

void fleet_books_lost(struct fleet_books *b, enum fleet_request kind,
    enum fleet_loss why);
void fleet_books_timed_out(struct fleet_books *b, enum fleet_request kind);

/** Nothing more is waited for, and it has not been answered. */
void fleet_books_open(struct fleet_books *b, enum fleet_request kind);

/** Was it lost, for any reason? */
uint64_t fleet_row_lost(const struct fleet_row *row);

/**
 * Do all sums agree?  The one of the first line, and: answered = accepted +
 * refused = the sum over each status = the latencies counted; refused = the
 * sum over the reasons.
 *
 * why  what does not, in words; untouched if all do.
 */
bool fleet_books_agree(const struct fleet_books *b, char *why, size_t size);

#endif
