/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "net/buf.h"
#include "net/counted.h"
#include "net/metrics.h"

/* What one thread counted; nobody else writes here. */
struct net_tally {
	struct net_metrics *metrics;
	struct net_tally *next;
	_Atomic uint64_t cells[];
};

struct net_metrics {
	const struct net_metric *rows;
	size_t n;
	size_t n_cells;
	size_t *at;	      /* of each row, its first cell */
	pthread_mutex_t lock; /* of the list */
	struct net_tally *tallies;
};

const uint64_t net_bounds_us[] = { 100, 250, 500, 1000, 2500, 5000, 10000,
	25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000,
	10000000 };
const size_t net_n_bounds_us = SOTER_COUNT(net_bounds_us);

/* ---- our own rows -------------------------------------------------------- */

#define COUNT(at, name, help, labels) \
	[at] = { name, help, NET_COUNTER, labels, NULL, 0 },
#define LATE(kind, word)                                      \
	COUNT(NET_N_LATE + kind, "soter_net_deadlines_total", \
	    "what took too long, and was ended", "what=\"" word "\"")
#define REFUSED(why, status, word)                                   \
	COUNT(NET_N_REFUSED_FOR(why), "soter_net_refused_total",     \
	    "requests refused by the server itself, before the app", \
	    "why=\"" word "\"")
#define ANSWERED(at, class)                                        \
	COUNT(at, "soter_net_answers_total", "answers, by status", \
	    "class=\"" class "\"")
#define ENDED(at, word)                                \
	COUNT(at, "soter_net_connections_ended_total", \
	    "connections ended by a limit", "why=\"" word "\"")

static const struct net_metric own[NET_COUNTED] = {
	[NET_N_CONNECTIONS] = { "soter_net_connections",
	    "connections at this moment", NET_GAUGE, NULL, NULL, 0 },
	COUNT(NET_N_ACCEPTED, "soter_net_connections_total",
	    "connections accepted",
	    NULL) ENDED(NET_N_PEER_FULL, "peer_full") ENDED(NET_N_FULL,
	    "full") ENDED(NET_N_EVICTED, "evicted") COUNT(NET_N_TLS_FAILED,
	    "soter_net_tls_failed_total", "TLS handshakes that failed",
	    NULL) COUNT(NET_N_RESUMED, "soter_net_tls_resumed_total",
	    "TLS handshakes that resumed a session", NULL) LATE(0, "handshake")
	    LATE(1, "idle") LATE(2, "header") LATE(3, "body") LATE(4,
		"linger") LATE(5, "write") LATE(6, "app") COUNT(NET_N_REQUESTS,
		"soter_net_requests_total", "requests that became whole",
		NULL) ANSWERED(NET_N_2XX, "2xx") ANSWERED(NET_N_3XX,
		"3xx") ANSWERED(NET_N_4XX, "4xx") ANSWERED(NET_N_5XX,
		"5xx") COUNT(NET_N_LEFT, "soter_net_answers_left_total",
		"answers that nobody waited for any more",
		NULL) COUNT(NET_N_TURNS, "soter_net_turns_total",
		"times that requests were handed to an app",
		NULL) COUNT(NET_N_RECEIVED, "soter_net_received_bytes_total",
		"bytes of requests, without TLS", NULL) COUNT(NET_N_SENT,
		"soter_net_sent_bytes_total", "bytes of answers, without TLS",
		NULL) COUNT(NET_N_LOG_LOST, "soter_net_log_lost_total",
		"lines of the log that could not be written at once",
		NULL)[NET_N_SECONDS] = { "soter_net_request_seconds",
		"from a whole request to its answer", NET_HISTOGRAM, NULL,
		net_bounds_us, SOTER_COUNT(net_bounds_us) },
	NET_REFUSAL_LIST(REFUSED)
};

/* ---- rows and cells ------------------------------------------------------ */

static const struct net_metric *
row_of(const struct net_metrics *m, size_t i)
{
	return (i < NET_COUNTED ? &own[i] : &m->rows[i - NET_COUNTED]);
}

/* A histogram: one for each bound, one above all, and the sum. */
static size_t
cells_of(const struct net_metric *row)
{
	return (row->kind == NET_HISTOGRAM ? row->n_bounds + 2 : 1);
}

enum soter_rc
net_metrics_new(struct net_metrics **out, const struct net_metric *rows,
    size_t n)
{
	struct net_metrics *m = calloc(1, sizeof(*m));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (m == NULL)
		goto out;
	m->rows = rows;
	m->n = NET_COUNTED + n;
	m->at = calloc(m->n, sizeof(*m->at));
	if (m->at == NULL || pthread_mutex_init(&m->lock, NULL) != 0)
		goto out;
	for (size_t i = 0; i < m->n; i++) {
		m->at[i] = m->n_cells;
		m->n_cells += cells_of(row_of(m, i));
	}
	*out = m;
	m = NULL;
	rc = SOTER_OK;
out:
	if (m != NULL)
		free(m->at);
	free(m);
	return (rc);
}

void
net_metrics_free(struct net_metrics **m)
{
	struct net_tally *t;

	if (*m == NULL)
		return;
	while ((t = (*m)->tallies) != NULL) {
		(*m)->tallies = t->next;
		free(t);
	}
	pthread_mutex_destroy(&(*m)->lock);
	free((*m)->at);
	free(*m);
	*m = NULL;
}

enum soter_rc
net_metrics_tally(struct net_metrics *m, struct net_tally **out)
{
	struct net_tally *t =
	    calloc(1, sizeof(*t) + m->n_cells * sizeof(t->cells[0]));

	if (t == NULL)
		return (SOTER_E_NOMEM);
	t->metrics = m;
	pthread_mutex_lock(&m->lock);
	t->next = m->tallies;
	m->tallies = t;
	pthread_mutex_unlock(&m->lock);
	*out = t;
	return (SOTER_OK);
}

/* ---- counting ------------------------------------------------------------ */

/* The thread is alone in writing: no locked instruction is needed. */
static void
bump(struct net_tally *t, size_t cell, uint64_t n)
{
	uint64_t x =
	    atomic_load_explicit(&t->cells[cell], memory_order_relaxed);

	atomic_store_explicit(&t->cells[cell], x + n, memory_order_relaxed);
}

void
net_count(struct net_tally *t, size_t which, int64_t n)
{
	if (t != NULL && which < t->metrics->n)
		bump(t, t->metrics->at[which], (uint64_t)n);
}

void
net_count_us(struct net_tally *t, size_t which, uint64_t us)
{
	const struct net_metric *row;
	size_t i = 0;

	if (t == NULL || which >= t->metrics->n)
		return;
	row = row_of(t->metrics, which);
	while (i < row->n_bounds && us > row->bounds[i])
		i++;
	bump(t, t->metrics->at[which] + i, 1);
	bump(t, t->metrics->at[which] + row->n_bounds + 1, us);
}

void
net_tally_add(struct net_tally *t, size_t row, int64_t n)
{
	net_count(t, NET_COUNTED + row, n);
}

void
net_tally_observe(struct net_tally *t, size_t row, uint64_t us)
{
	net_count_us(t, NET_COUNTED + row, us);
}

/* ---- reading ------------------------------------------------------------- */

static uint64_t
sum(const struct net_metrics *m, size_t cell)
{
	uint64_t n = 0;

	for (const struct net_tally *t = m->tallies; t != NULL; t = t->next)
		n +=
		    atomic_load_explicit(&t->cells[cell], memory_order_relaxed);
	return (n);
}

/* What net_metrics_read() says of a row, ours or the app's. */
static uint64_t
total(const struct net_metrics *m, size_t i)
{
	const struct net_metric *row = row_of(m, i);
	size_t cells = row->kind == NET_HISTOGRAM ? row->n_bounds + 1 : 1;
	uint64_t n = 0;

	for (size_t k = 0; k < cells; k++)
		n += sum(m, m->at[i] + k);
	return (n);
}

uint64_t
net_metrics_read(struct net_metrics *m, size_t row)
{
	uint64_t n;

	if (row >= m->n - NET_COUNTED)
		return (0);
	pthread_mutex_lock(&m->lock);
	n = total(m, NET_COUNTED + row);
	pthread_mutex_unlock(&m->lock);
	return (n);
}

static enum soter_rc
print_head(struct net_buf *b, const struct net_metric *row)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };

	return (net_buf_print(b, "# HELP %s %s\n# TYPE %s %s\n", row->name,
	    row->help, row->name, kinds[row->kind]));
}

static enum soter_rc
print_value(struct net_buf *b, const struct net_metrics *m, size_t i)
{
	const struct net_metric *row = row_of(m, i);
	const char *labels = row->labels;
	uint64_t n = sum(m, m->at[i]);

	if (labels != NULL)
		TRY(net_buf_print(b, "%s{%s} ", row->name, labels));
	else
		TRY(net_buf_print(b, "%s ", row->name));
	if (row->kind == NET_GAUGE)
		return (net_buf_print(b, "%" PRId64 "\n", (int64_t)n));
	return (net_buf_print(b, "%" PRIu64 "\n", n));
}

/* A bucket holds all that is not above its bound. */
static enum soter_rc
print_histogram(struct net_buf *b, const struct net_metrics *m, size_t i)
{
	const struct net_metric *row = row_of(m, i);
	const char *labels = row->labels == NULL ? "" : row->labels;
	const char *comma = row->labels == NULL ? "" : ",";
	const char *open = row->labels == NULL ? "" : "{";
	const char *close = row->labels == NULL ? "" : "}";
	uint64_t n = 0, us;

	for (size_t k = 0; k < row->n_bounds; k++) {
		n += sum(m, m->at[i] + k);
		TRY(net_buf_print(b, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n",
		    row->name, labels, comma, (double)row->bounds[k] / 1e6, n));
	}
	n += sum(m, m->at[i] + row->n_bounds);
	us = sum(m, m->at[i] + row->n_bounds + 1);
	TRY(net_buf_print(b, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n",
	    row->name, labels, comma, n));
	TRY(net_buf_print(b, "%s_sum%s%s%s %" PRIu64 ".%06" PRIu64 "\n",
	    row->name, open, labels, close, us / 1000000, us % 1000000));
	return (net_buf_print(b, "%s_count%s%s%s %" PRIu64 "\n", row->name,
	    open, labels, close, n));
}

static enum soter_rc
print_all(struct net_buf *b, const struct net_metrics *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct net_metric *row = row_of(m, i);

		if (i == 0 || strcmp(row_of(m, i - 1)->name, row->name) != 0)
			TRY(print_head(b, row));
		if (row->kind == NET_HISTOGRAM)
			TRY(print_histogram(b, m, i));
		else
			TRY(print_value(b, m, i));
	}
	return (SOTER_OK);
}

enum soter_rc
net_metrics_text(struct net_metrics *m, char **text, size_t *n)
{
	struct net_buf b = { NULL, 0, 0 };
	enum soter_rc rc;

	pthread_mutex_lock(&m->lock);
	rc = print_all(&b, m);
	pthread_mutex_unlock(&m->lock);
	if (rc != SOTER_OK) {
		net_buf_free(&b);
		return (rc);
	}
	*text = (char *)b.p;
	*n = b.n;
	return (SOTER_OK);
}
