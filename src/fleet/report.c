/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet/report.h"

typedef unsigned long long ull;

/* The percentiles that are told, in millionths. */
static const struct {
	const char *name;
	uint32_t share;
} shares[] = {
	{ "p50", 500000 },
	{ "p90", 900000 },
	{ "p99", 990000 },
	{ "p99.9", 999000 },
	{ "max", 1000000 },
};

static double
ms(uint64_t ns)
{
	return ((double)ns / 1e6);
}

static double
per_second(const struct fleet_report *r, uint64_t n)
{
	return (r->result->took_ns == 0
		? 0
		: (double)n * 1e9 / (double)r->result->took_ns);
}

/* All kinds in one row. */
static void
sum_up(struct fleet_row *all, const struct fleet_books *b)
{
	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < FLEET_REQUESTS; i++) {
		const struct fleet_row *row = &b->row[i];

		all->sent += row->sent;
		all->answered += row->answered;
		all->timed_out += row->timed_out;
		all->open += row->open;
		all->accepted += row->accepted;
		all->refused += row->refused;
		all->unexpected += row->unexpected;
		for (size_t k = 0; k < FLEET_LOSSES; k++)
			all->lost[k] += row->lost[k];
		for (size_t k = 0; k <= FLEET_STATUS_MAX; k++)
			all->status[k] += row->status[k];
		fleet_histogram_merge(&all->latency, &row->latency);
	}
}

bool
fleet_report_is_clean(const struct fleet_report *r)
{
	const struct fleet_books *b = r->books;

	if (b->unsent > 0 || b->surplus > 0)
		return (false);
	for (size_t i = 0; i < FLEET_REQUESTS; i++)
		if (b->row[i].answered != b->row[i].sent ||
		    b->row[i].unexpected > 0)
			return (false);
	return (true);
}

/* The last of the reasons may stand for those of any kind. */
static const char *
reason_kind(const struct fleet_reason *x)
{
	return (x->status == 0 ? "any" : fleet_request_word(x->kind));
}

/* ---- for people ---------------------------------------------------------- */

static void
print_statuses(const struct fleet_row *row)
{
	for (size_t i = 0; i <= FLEET_STATUS_MAX; i++)
		if (row->status[i] > 0)
			printf("  %zu: %llu", i, (ull)row->status[i]);
}

static void
print_latency(const struct fleet_histogram *h)
{
	for (size_t i = 0; i < SOTER_COUNT(shares); i++)
		printf(" %9.3f", ms(fleet_histogram_at(h, shares[i].share)));
	putchar('\n');
}

static void
print_kinds(const struct fleet_books *b, const struct fleet_row *all)
{
	printf("\n  %-12s %10s %10s %10s %10s   latency in ms:", "kind", "sent",
	    "accepted", "refused", "unexpected");
	for (size_t i = 0; i < SOTER_COUNT(shares); i++)
		printf("%*s%s", i == 0 ? 1 : (int)(10 - strlen(shares[i].name)),
		    "", shares[i].name);
	putchar('\n');
	for (enum fleet_request i = 0; i <= FLEET_REQUESTS; i++) {
		const struct fleet_row *row =
		    i < FLEET_REQUESTS ? &b->row[i] : all;

		if (row->sent == 0)
			continue;
		printf("  %-12s %10llu %10llu %10llu %10llu  ",
		    i < FLEET_REQUESTS ? fleet_request_word(i) : "all",
		    (ull)row->sent, (ull)row->accepted, (ull)row->refused,
		    (ull)row->unexpected);
		print_latency(&row->latency);
	}
	printf("  %-60s", "sent later than due");
	print_latency(&b->lag);
}

static void
print_reasons(const struct fleet_books *b)
{
	if (b->reasons > 0)
		printf("\n  refused by reason\n");
	for (size_t i = 0; i < b->reasons; i++)
		printf("  %10llu  %s, status %d: %s\n", (ull)b->reason[i].n,
		    reason_kind(&b->reason[i]), b->reason[i].status,
		    b->reason[i].text);
}

static void
print_connections(const struct fleet_report *r)
{
	const struct fleet_books *b = r->books;

	printf("  connections  %llu opened, %llu failed, %llu closed by the "
	       "server while idle\n",
	    (ull)b->opened, (ull)b->failed, (ull)b->idle_closed);
	if (r->load->target->is_tls)
		printf("  TLS          %llu handshakes, %llu of them resumed\n",
		    (ull)b->handshakes, (ull)b->resumed);
	if (b->surplus > 0)
		printf("  surplus      %llu answers that nobody had asked "
		       "for\n",
		    (ull)b->surplus);
	if (r->devices > 0)
		printf("  devices      %llu sent, %.0f a second\n",
		    (ull)r->devices, per_second(r, r->devices));
	printf("  processor    %.2f of one, by this program\n",
	    (double)r->result->cpu_ns / (double)(r->result->took_ns + 1));
}

static void
print_sums(const struct fleet_report *r, const struct fleet_row *all)
{
	printf("  due          %llu\n", (ull)r->result->due);
	if (r->books->unsent > 0)
		printf("  unsent       %llu: no connection was free in time\n",
		    (ull)r->books->unsent);
	printf("  sent         %llu\n", (ull)all->sent);
	printf("  answered     %llu, %.0f a second ", (ull)all->answered,
	    per_second(r, all->answered));
	print_statuses(all);
	printf("\n  lost         %llu", (ull)fleet_row_lost(all));
	for (enum fleet_loss i = 0; i < FLEET_LOSSES; i++)
		if (all->lost[i] > 0)
			printf("  %s: %llu", fleet_loss_word(i),
			    (ull)all->lost[i]);
	printf("\n  unanswered   %llu", (ull)(all->timed_out + all->open));
	if (all->timed_out + all->open > 0)
		printf("  timed out: %llu  open at the end: %llu",
		    (ull)all->timed_out, (ull)all->open);
	putchar('\n');
}

void
fleet_report_print(const struct fleet_report *r)
{
	static struct fleet_row all; /* large */

	sum_up(&all, r->books);
	printf("%s, %llu connections, %.2f s", r->url,
	    (ull)r->load->connections, (double)r->result->took_ns / 1e9);
	if (r->load->rate > 0)
		printf(", %llu requests a second\n\n", (ull)r->load->rate);
	else
		printf(", as fast as it goes\n\n");
	print_sums(r, &all);
	print_connections(r);
	print_kinds(r->books, &all);
	print_reasons(r->books);
	if (r->disagrees != NULL)
		printf("\nTHE BOOKS DO NOT AGREE: %s\n", r->disagrees);
}

/* ---- for programs -------------------------------------------------------- */

/* Text of ours, or of the command line. */
static void
put_string(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			printf("\\u%04x", (unsigned)*text);
		else
			putchar(*text);
	putchar('"');
}

static void
put_latency(const struct fleet_histogram *h)
{
	for (size_t i = 0; i < SOTER_COUNT(shares); i++)
		printf("%s\"%s\":%.6f", i == 0 ? "{" : ",", shares[i].name,
		    ms(fleet_histogram_at(h, shares[i].share)));
	printf(",\"mean\":%.6f}",
	    h->n == 0 ? 0 : (double)h->sum / (double)h->n / 1e6);
}

static void
put_row(const struct fleet_row *row)
{
	const char *comma = "";

	printf("\"sent\":%llu,\"answered\":%llu,\"lost\":%llu,"
	       "\"unanswered\":%llu,\"timed_out\":%llu,\"open\":%llu,"
	       "\"accepted\":%llu,\"refused\":%llu,\"unexpected\":%llu",
	    (ull)row->sent, (ull)row->answered, (ull)fleet_row_lost(row),
	    (ull)(row->timed_out + row->open), (ull)row->timed_out,
	    (ull)row->open, (ull)row->accepted, (ull)row->refused,
	    (ull)row->unexpected);
	printf(",\"lost_by\":{");
	for (enum fleet_loss i = 0; i < FLEET_LOSSES; i++)
		printf("%s\"%s\":%llu", i == 0 ? "" : ",", fleet_loss_word(i),
		    (ull)row->lost[i]);
	printf("},\"status\":{");
	for (size_t i = 0; i <= FLEET_STATUS_MAX; i++)
		if (row->status[i] > 0) {
			printf("%s\"%zu\":%llu", comma, i, (ull)row->status[i]);
			comma = ",";
		}
	printf("},\"latency_ms\":");
	put_latency(&row->latency);
}

static void
put_kinds(const struct fleet_books *b)
{
	const char *comma = "";

	printf(",\"kinds\":{");
	for (enum fleet_request i = 0; i < FLEET_REQUESTS; i++) {
		if (b->row[i].sent == 0)
			continue;
		printf("%s\"%s\":{", comma, fleet_request_word(i));
		put_row(&b->row[i]);
		putchar('}');
		comma = ",";
	}
	putchar('}');
}

static void
put_reasons(const struct fleet_books *b)
{
	printf(",\"reasons\":[");
	for (size_t i = 0; i < b->reasons; i++) {
		printf(
		    "%s{\"kind\":\"%s\",\"status\":%d,\"n\":%llu,\"reason\":",
		    i == 0 ? "" : ",", reason_kind(&b->reason[i]),
		    b->reason[i].status, (ull)b->reason[i].n);
		put_string(b->reason[i].text);
		putchar('}');
	}
	putchar(']');
}

static void
put_books(const struct fleet_report *r)
{
	const struct fleet_books *b = r->books;

	printf(",\"due\":%llu,\"unsent\":%llu,\"surplus\":%llu",
	    (ull)r->result->due, (ull)b->unsent, (ull)b->surplus);
	printf(",\"connections\":{\"opened\":%llu,\"failed\":%llu,"
	       "\"idle_closed\":%llu,\"handshakes\":%llu,\"resumed\":%llu}",
	    (ull)b->opened, (ull)b->failed, (ull)b->idle_closed,
	    (ull)b->handshakes, (ull)b->resumed);
	printf(",\"lag_ms\":");
	put_latency(&b->lag);
	printf(",\"books_agree\":%s", r->disagrees == NULL ? "true" : "false");
	if (r->disagrees != NULL) {
		printf(",\"disagrees\":");
		put_string(r->disagrees);
	}
}

void
fleet_report_print_json(const struct fleet_report *r)
{
	static struct fleet_row all; /* large */

	sum_up(&all, r->books);
	printf("{\"url\":");
	put_string(r->url);
	printf(",\"rate\":%llu,\"seconds\":%.6f,\"answers_per_s\":%.1f,"
	       "\"devices\":%llu,\"devices_per_s\":%.1f,\"cpu_share\":%.3f,",
	    (ull)r->load->rate, (double)r->result->took_ns / 1e9,
	    per_second(r, all.answered), (ull)r->devices,
	    per_second(r, r->devices),
	    (double)r->result->cpu_ns / (double)(r->result->took_ns + 1));
	put_row(&all);
	put_books(r);
	put_kinds(r->books);
	put_reasons(r->books);
	printf("}\n");
}
