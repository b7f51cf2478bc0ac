/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <string.h>

#include "net/conn.h"
#include "net/counted.h"

#define FIXED_MAX 512 /* all that is not the app's, and the lengths */

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *
reason(int status)
{
	for (size_t i = 0; i < SOTER_COUNT(reasons); i++)
		if (reasons[i].status == status)
			return (reasons[i].reason);
	return ("");
}

/* ---- is it one that can be sent? ----------------------------------------- */

/* Nothing that could end a field, and begin another one of somebody else's. */
static bool
is_text(const char *s)
{
	for (; *s != '\0'; s++)
		if (((uint8_t)*s < ' ' && *s != '\t') || (uint8_t)*s == 0x7f)
			return (false);
	return (true);
}

/* How much room the head takes; 0: it cannot be sent. */
static size_t
head_room(const struct net_answer *a)
{
	const char *type = a->content_type == NULL ? "" : a->content_type;
	size_t n = strlen(type);

	if (a->status < 200 || a->status > 599 || !is_text(type) ||
	    a->body.n > NET_ANSWER_BODY_MAX ||
	    a->n_headers > NET_ANSWER_HEADERS_MAX)
		return (0);
	for (size_t i = 0; i < a->n_headers; i++) {
		const struct net_header *h = &a->headers[i];

		if (!is_text(h->name) || !is_text(h->value) ||
		    strchr(h->name, ':') != NULL)
			return (0);
		n += strlen(h->name) + strlen(h->value) + 4;
	}
	return (n > NET_ANSWER_HEAD_MAX ? 0 : n + FIXED_MAX);
}

/* ---- writing ------------------------------------------------------------- */

static enum soter_rc
put(struct soter_writer *w, const char *text)
{
	return (soter_write(w, soter_text(text)));
}

static enum soter_rc
put_field(struct soter_writer *w, const char *name, const char *value)
{
	TRY(put(w, name));
	TRY(put(w, ": "));
	TRY(put(w, value));
	return (put(w, "\r\n"));
}

static enum soter_rc
put_number(struct soter_writer *w, const char *name, uint64_t value)
{
	TRY(put(w, name));
	TRY(put(w, ": "));
	TRY(soter_write_decimal(w, value));
	return (put(w, "\r\n"));
}

static void
write_id(char text[17], uint64_t id)
{
	for (size_t i = 16; i-- > 0; id >>= 4)
		text[i] = "0123456789abcdef"[id & 0xf];
	text[16] = '\0';
}

static enum soter_rc
write_line(struct soter_writer *w, const struct net_exchange *x, int status)
{
	char id[17];

	TRY(put(w, "HTTP/1.1 "));
	TRY(soter_write_decimal(w, (uint64_t)status));
	TRY(put(w, " "));
	TRY(put(w, reason(status)));
	TRY(put(w, "\r\n"));
	if (x->world->date[0] != '\0')
		TRY(put_field(w, "Date", x->world->date));
	write_id(id, x->request.id);
	return (put_field(w, "X-Request-Id", id));
}

static bool
has_header(const struct net_answer *a, const char *name)
{
	for (size_t i = 0; i < a->n_headers; i++)
		if (strcmp(a->headers[i].name, name) == 0)
			return (true);
	return (false);
}

static enum soter_rc
write_head(struct soter_writer *w, const struct net_exchange *x,
    const struct net_answer *a)
{
	TRY(write_line(w, x, a->status));
	if (a->status != 204 && a->status != 304) {
		TRY(put_field(w, "Content-Type",
		    a->content_type == NULL ? "application/json"
					    : a->content_type));
		TRY(put_number(w, "Content-Length", a->body.n));
	}
	/* Answers hold tokens and verdicts: no cache may keep one. */
	if (!has_header(a, "Cache-Control"))
		TRY(put_field(w, "Cache-Control", "no-store"));
	if (a->retry_after_s > 0)
		TRY(put_number(w, "Retry-After", a->retry_after_s));
	for (size_t i = 0; i < a->n_headers; i++)
		TRY(put_field(w, a->headers[i].name, a->headers[i].value));
	return (SOTER_OK);
}

static bool
sends_body(const struct net_exchange *x, const struct net_answer *a)
{
	bool is_head = x->parse.head_n > 0 && x->parse.head.method == NET_HEAD;

	return (!is_head && a->status != 204 && a->status != 304);
}

static enum soter_rc
write_answer(struct net_exchange *x, const struct net_answer *a)
{
	size_t room = head_room(a);
	size_t body = sends_body(x, a) ? a->body.n : 0;
	struct soter_writer w;

	if (room == 0)
		return (SOTER_E_ARGUMENT);
	TRY(net_buf_room(&x->answer, room + body));
	w = soter_writer(x->answer.p, x->answer.cap);
	TRY(write_head(&w, x, a));
	x->answer_head_n = w.len;
	TRY(soter_write(&w, soter_span(a->body.p, body)));
	x->answer.n = w.len;
	x->status = a->status;
	return (SOTER_OK);
}

/* ---- who answers --------------------------------------------------------- */

static void
count(struct net_exchange *x)
{
	struct net_world *w = x->world;
	size_t class = (size_t)x->status / 100 - 2;

	net_count(w->tally, NET_N_2XX + class, 1);
	if (x->whole_us != 0 && w->clock_us != NULL)
		net_count_us(w->tally, NET_N_SECONDS,
		    w->clock_us() - x->whole_us);
}

static void
log_answer(struct net_exchange *x)
{
	NET_LOG(x->world->log, x->status >= 500 ? NET_LOG_WARN : NET_LOG_DEBUG,
	    "answered", net_id(x->request.id),
	    net_number("status", (uint64_t)x->status),
	    net_text("path", x->request.path),
	    net_text("peer", x->request.peer->address));
}

static bool
error_text(struct soter_writer *w, const char *word, uint64_t id)
{
	char hex[17];

	write_id(hex, id);
	return (put(w, "{\"error\":\"") == SOTER_OK &&
	    put(w, word) == SOTER_OK &&
	    put(w, "\",\"request\":\"") == SOTER_OK &&
	    put(w, hex) == SOTER_OK && put(w, "\"}\n") == SOTER_OK);
}

void
net_exchange_refuse(struct net_exchange *x, enum net_refusal why)
{
	struct net_answer a = { .status = net_refusal_status(why) };
	uint8_t text[128];
	struct soter_writer w = soter_writer(text, sizeof(text));

	if (a.status == 503)
		a.retry_after_s = 1;
	if (error_text(&w, net_refusal_word(why), x->request.id))
		a.body = soter_written(&w);
	net_count(x->world->tally, NET_N_REFUSED_FOR(why), 1);
	net_world_log(x->world, NET_LOG_INFO, "refused",
	    (const struct net_field[]){ net_id(x->request.id),
		net_text("why", soter_text(net_refusal_word(why))),
		net_number("status", (uint64_t)a.status),
		net_text("peer", x->request.peer->address) },
	    4);
	/* Where one request ends and the next begins is not known. */
	if (x->parse.state != NET_PARSE_WHOLE)
		x->closes = true;
	if (write_answer(x, &a) != SOTER_OK)
		x->closes = true; /* no memory: it ends without a word */
	x->status = a.status;
	x->is_answered = true;
	count(x);
}

void
net_exchange_late(struct net_exchange *x)
{
	net_due_clear(&x->due);
	net_count(x->world->tally, NET_N_LATE + NET_DUE_APP, 1);
	net_exchange_refuse(x, NET_NO_APP_TIME);
	net_conn_answered(x->conn);
}

void
net_answer(struct net_request *request, const struct net_answer *answer)
{
	struct net_exchange *x = (struct net_exchange *)request;

	assert(x->is_with_app);
	x->is_with_app = false;
	net_due_clear(&x->with);
	x->world->with_n[x->app]--;
	net_due_clear(&x->due);
	if (x->conn == NULL) {
		net_count(x->world->tally, NET_N_LEFT, 1);
		net_exchange_free(x);
		return;
	}
	if (x->is_answered) /* with 503, and not yet sent */
		return;
	if (write_answer(x, answer) == SOTER_OK) {
		x->is_answered = true;
		count(x);
		log_answer(x);
	} else {
		net_exchange_refuse(x, NET_NO_ANSWER);
	}
	net_conn_answered(x->conn);
}

void
net_answer_error(struct net_request *request, int status, const char *word)
{
	struct net_answer a = { .status = status };
	uint8_t text[256];
	struct soter_writer w = soter_writer(text, sizeof(text));

	if (error_text(&w, word, request->id))
		a.body = soter_written(&w);
	net_answer(request, &a);
}

bool
net_request_is_left(const struct net_request *request)
{
	const struct net_exchange *x = (const struct net_exchange *)request;

	return (x->conn == NULL || x->is_answered);
}
