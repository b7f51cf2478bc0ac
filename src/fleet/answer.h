/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/answer.h -- what a server answered: one HTTP response, read strictly,
 * and what its JSON says of the request.
 *
 * A server under test has no reason to be lenient with: what is not exactly
 * one response with a Content-Length is garbage, and is counted as such.
 */
#ifndef SOTER_FLEET_ANSWER_H
#define SOTER_FLEET_ANSWER_H

#include "base/span.h"

#define FLEET_HEAD_MAX	 (16 * 1024)
#define FLEET_BODY_MAX	 (1024 * 1024)
#define FLEET_STATUS_MAX 599
#define FLEET_WORD_MAX	 47

/* One response; the spans are borrowed from the input. */
struct fleet_response {
	int status;  /* 200 to 599 */
	bool closes; /* the server will close the connection */
	struct soter_span body;
	size_t n; /* bytes of all of it */
};

enum fleet_verdict {
	FLEET_VERDICT_NONE,
	FLEET_VERDICT_YES,
	FLEET_VERDICT_NO,
};

/* What the body says. */
struct fleet_said {
	bool has_errcode;
	int64_t errcode;
	enum fleet_verdict verdict;    /* is_verified */
	bool has_refused;	       /* a result that is "refused" */
	char word[FLEET_WORD_MAX + 1]; /* the reason, or "" */
};

/**
 * Read the response that stands at the front of in.
 *
 * SOTER_E_SHORT   it does not end there yet; read more and ask again.
 * SOTER_E_FORMAT  not HTTP/1.0 or 1.1, a status below 200 or above 599, a
 *                 broken or folded header line, bare CR or LF, no length, two
 *                 lengths, Transfer-Encoding.
 * SOTER_E_LIMIT   head or body above the limits here.
 */
SOTER_MUST_CHECK enum soter_rc fleet_response_parse(struct fleet_response *out,
    struct soter_span in);

/**
 * Look for what our servers say in a body, one JSON object or many: members
 * errcode, is_verified, and word or reason, at any depth, the first of each;
 * and any result.  What is no JSON says nothing.  In word other letters than
 * a-z, A-Z, 0-9, _ . - become ?.
 */
void fleet_said_read(struct fleet_said *out, struct soter_span body);

/**
 * The string value of a member, at any depth; letters as they stand there.
 *
 * SOTER_E_NOTFOUND  no such member, or not a string.
 * SOTER_E_LIMIT     longer than size - 1.
 */
SOTER_MUST_CHECK enum soter_rc fleet_said_text(struct soter_span body,
    const char *name, char *out, size_t size);

#endif
