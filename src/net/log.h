/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/log.h -- events as lines of JSON, one each:
 *
 *	{"time":"2026-01-31T12:00:00.123Z","level":"info","event":"answered",
 *	 "request":"5f0c...","status":200}
 *
 * For any number of threads: a line is one write.  Nobody waits for whoever
 * reads: a line that cannot be written at once is lost, and in front of the
 * next one that can be stands how many, "event":"lines_lost".
 *
 * Never a secret: the value of a field whose name is that of a secret (secret,
 * password, access_token, authorization, ...) is not written, nor is what
 * follows such a name inside a text ("...?access_token=").  Bodies, keys and
 * challenges are not for logs at all.
 */
#ifndef SOTER_NET_LOG_H
#define SOTER_NET_LOG_H

#include "base/span.h"
#include "net/limits.h"

struct net_log;
struct net_tally;

enum net_log_level { NET_LOG_DEBUG, NET_LOG_INFO, NET_LOG_WARN, NET_LOG_ERROR };

enum net_field_kind { NET_FIELD_TEXT, NET_FIELD_NUMBER, NET_FIELD_ID };

/* A name and a value; make it with the functions below. */
struct net_field {
	const char *name; /* JSON text without escapes */
	enum net_field_kind kind;
	struct soter_span text;
	uint64_t number;
};

static inline struct net_field
net_text(const char *name, struct soter_span text)
{
	return ((struct net_field){ name, NET_FIELD_TEXT, text, 0 });
}

static inline struct net_field
net_number(const char *name, uint64_t number)
{
	return (
	    (struct net_field){ name, NET_FIELD_NUMBER, { NULL, 0 }, number });
}

/** A request's id: 16 hex digits, as in X-Request-Id. */
static inline struct net_field
net_id(uint64_t id)
{
	return ((struct net_field){ "request", NET_FIELD_ID, { NULL, 0 }, id });
}

/**
 * A log on standard error (path NULL) or at the end of a file, which is made
 * with mode 0640.
 *
 * least  lines below this level are not written.
 *
 * SOTER_E_READ  the file cannot be opened.
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc net_log_open(struct net_log **out,
    const char *path, enum net_log_level least);

/**
 * Open the file anew, after it was moved away.
 * SOTER_E_READ  it cannot be opened: lines go on to the old one.
 */
SOTER_MUST_CHECK enum soter_rc net_log_reopen(struct net_log *log);

/**
 * Write a line.  A value that is too long is cut, and so is what does not fit
 * into NET_LOG_LINE_MAX; the line stays JSON.  What is no UTF-8 becomes "?".
 *
 * log    NULL: nothing is written.
 * event  a fixed word; JSON text without escapes.
 */
void net_log(struct net_log *log, enum net_log_level level, const char *event,
    const struct net_field *fields, size_t n);

/** The same with the fields in place. */
#define NET_LOG(log, level, event, ...)                                       \
	net_log(log, level, event, (const struct net_field[]){ __VA_ARGS__ }, \
	    sizeof((const struct net_field[]){ __VA_ARGS__ }) /               \
		sizeof(struct net_field))

/**
 * Count lines that are lost, as soter_net_log_lost_total, in a tally where
 * nobody else counts; it must live as long as the log, or until a call with
 * NULL.
 */
void net_log_count(struct net_log *log, struct net_tally *tally);

void net_log_close(struct net_log **log);

#endif
