/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "fleet/progress.h"

#define SHOW_MS	  200
#define BAR_WIDTH 30

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

void
fleet_progress_begin(struct fleet_progress *p, const char *what, uint64_t total)
{
	*p = (struct fleet_progress){ .what = what,
		.total = total == 0 ? 1 : total,
		.begin_ms = now_ms(),
		.is_shown = isatty(STDERR_FILENO) == 1 };
}

static void
show(const struct fleet_progress *p, uint64_t done)
{
	double share = (double)done / (double)p->total;
	double gone_s = (double)(p->shown_ms - p->begin_ms) / 1000;
	int full = (int)(share * BAR_WIDTH);

	fprintf(stderr, "\r%s [", p->what);
	for (int i = 0; i < BAR_WIDTH; i++)
		fputc(i < full ? '#' : '.', stderr);
	fprintf(stderr, "] %3d %%  %llu of %llu", (int)(share * 100),
	    (unsigned long long)done, (unsigned long long)p->total);
	if (share > 0.01)
		fprintf(stderr, ", %.0f s left", gone_s / share - gone_s);
	fputs("\033[K", stderr);
	fflush(stderr);
}

void
fleet_progress_step(struct fleet_progress *p, uint64_t done)
{
	uint64_t now;

	if (!p->is_shown || (now = now_ms()) - p->shown_ms < SHOW_MS)
		return;
	p->shown_ms = now;
	show(p, done > p->total ? p->total : done);
}

void
fleet_progress_end(struct fleet_progress *p)
{
	if (p->is_shown)
		fputs("\r\033[K", stderr);
}
