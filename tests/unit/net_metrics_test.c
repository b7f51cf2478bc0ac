/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>

#include "net/counted.h"
#include "net/metrics.h"
#include "tests/check.h"

static const uint64_t bounds[] = { 1000, 2000 };

enum { ASKED, OPEN, TOOK, REASON_A, REASON_B, N };

static const struct net_metric rows[N] = {
	[ASKED] = { "asked_total", "questions", NET_COUNTER, NULL, NULL, 0 },
	[OPEN] = { "open", "open ones", NET_GAUGE, NULL, NULL, 0 },
	[TOOK] = { "took_seconds", "how long", NET_HISTOGRAM, "verb=\"x\"",
	    bounds, 2 },
	[REASON_A] = { "refused_total", "why", NET_COUNTER, "why=\"a\"", NULL,
	    0 },
	[REASON_B] = { "refused_total", "why", NET_COUNTER, "why=\"b\"", NULL,
	    0 },
};

static void
check_text(struct net_metrics *m, const char *want)
{
	char *text = NULL, *copy;
	size_t n = 0;

	CHECK_RC(net_metrics_text(m, &text, &n), SOTER_OK);
	copy = calloc(1, n + 1);
	CHECK(copy != NULL);
	memcpy(copy, text, n);
	CHECK(strstr(copy, want) != NULL);
	free(copy);
	free(text);
}

#define ROUNDS 20000

static void *
count(void *arg)
{
	struct net_metrics *m = arg;
	struct net_tally *t = NULL;

	if (net_metrics_tally(m, &t) != SOTER_OK)
		return (NULL); /* the sum will be another one */
	for (size_t i = 0; i < ROUNDS; i++) {
		net_tally_add(t, ASKED, 1);
		net_tally_add(t, OPEN, 2);
		net_tally_add(t, OPEN, -1);
		net_tally_observe(t, TOOK, i % 3 * 1000 + 1);
	}
	return (NULL);
}

int
main(void)
{
	struct net_metrics *m = NULL;
	struct net_tally *t = NULL;
	pthread_t threads[4];

	check_row("nothing counted yet, and everything is there");
	CHECK_RC(net_metrics_new(&m, rows, N), SOTER_OK);
	check_text(m,
	    "# HELP asked_total questions\n"
	    "# TYPE asked_total counter\nasked_total 0\n");
	check_text(m, "soter_net_refused_total{why=\"line_end\"} 0\n");
	check_text(m,
	    "# TYPE refused_total counter\n"
	    "refused_total{why=\"a\"} 0\nrefused_total{why=\"b\"} 0\n");
	CHECK(net_metrics_read(m, ASKED) == 0 && net_metrics_read(m, N) == 0);

	check_row("a value on a bound is below it");
	CHECK_RC(net_metrics_tally(m, &t), SOTER_OK);
	net_tally_observe(t, TOOK, 1000);
	net_tally_observe(t, TOOK, 1001);
	net_tally_observe(t, TOOK, 5000000);
	check_text(m,
	    "# TYPE took_seconds histogram\n"
	    "took_seconds_bucket{verb=\"x\",le=\"0.001\"} 1\n"
	    "took_seconds_bucket{verb=\"x\",le=\"0.002\"} 2\n"
	    "took_seconds_bucket{verb=\"x\",le=\"+Inf\"} 3\n"
	    "took_seconds_sum{verb=\"x\"} 5.002001\n"
	    "took_seconds_count{verb=\"x\"} 3\n");
	CHECK(net_metrics_read(m, TOOK) == 3);

	check_row("a gauge may stand below zero in one thread");
	net_tally_add(t, OPEN, -3);
	check_text(m, "open -3\n");
	net_tally_add(t, OPEN, 3);

	check_row("threads count without losing one, while somebody reads");
	for (size_t i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, count, m) == 0);
	for (size_t i = 0; i < 20; i++)
		check_text(m, "asked_total ");
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK(net_metrics_read(m, ASKED) == 4 * ROUNDS);
	CHECK(net_metrics_read(m, OPEN) == 4 * ROUNDS);
	CHECK(net_metrics_read(m, TOOK) == 4 * ROUNDS + 3);

	check_row("for nobody, and beyond the rows: nothing");
	net_tally_add(NULL, ASKED, 1);
	net_tally_observe(NULL, TOOK, 1);
	net_tally_add(t, N, 1);
	net_tally_observe(t, N, 1);
	CHECK(net_metrics_read(m, ASKED) == 4 * ROUNDS);
	net_metrics_free(&m);
	CHECK(m == NULL);
	net_metrics_free(&m);
	return (check_done());
}
