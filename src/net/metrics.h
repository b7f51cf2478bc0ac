/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/metrics.h -- numbers for Prometheus: counted without locks by each
 * thread in a tally of its own, added up when somebody reads.
 */
#ifndef SOTER_NET_METRICS_H
#define SOTER_NET_METRICS_H

#include "base/span.h"

struct net_metrics;
struct net_tally;

enum net_metric_kind {
	NET_COUNTER,   /* only grows; the name ends in _total */
	NET_GAUGE,     /* grows and shrinks: what the threads hold, added up */
	NET_HISTOGRAM, /* of microseconds; the name ends in _seconds */
};

/*
 * One series.  Rows of the same name stand together and differ in their
 * labels; help is taken from the first.
 */
struct net_metric {
	const char *name;
	const char *help;
	enum net_metric_kind kind;
	const char *labels;	/* `code="200"`; NULL: none */
	const uint64_t *bounds; /* of a histogram: microseconds, growing */
	size_t n_bounds;	/* at most NET_BOUNDS_MAX */
};

#define NET_BOUNDS_MAX 24

/* Bounds that fit most: 0.1 ms to 10 s. */
extern const uint64_t net_bounds_us[];
extern const size_t net_n_bounds_us;

/**
 * All that a process counts: what src/net counts itself (docs/net.md), and the
 * rows of the app, which must live as long.  rows may be NULL.
 */
SOTER_MUST_CHECK enum soter_rc net_metrics_new(struct net_metrics **out,
    const struct net_metric *rows, size_t n);
void net_metrics_free(struct net_metrics **metrics);

/**
 * A tally for one more thread; owned by metrics, so that what a thread counted
 * outlives it.  A loop has its own: net_loop_tally().
 */
SOTER_MUST_CHECK enum soter_rc net_metrics_tally(struct net_metrics *metrics,
    struct net_tally **out);

/**
 * Count, in the thread whose tally it is.  `row` is the place in the app's
 * rows.  tally NULL: for nobody.  A gauge goes down by a negative n.
 */
void net_tally_add(struct net_tally *tally, size_t row, int64_t n);

/** One more value in a histogram. */
void net_tally_observe(struct net_tally *tally, size_t row, uint64_t us);

/** The sum over all threads; of a histogram, how many values. */
uint64_t net_metrics_read(struct net_metrics *metrics, size_t row);

/**
 * The text format, version 0.0.4.
 *
 * text  receives a block of *n bytes, to be given to free().
 *
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc net_metrics_text(struct net_metrics *metrics,
    char **text, size_t *n);

#endif
