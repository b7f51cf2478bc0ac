/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/echo.c -- the smallest server on src/net: for the tests of src/net with
 * real processes, and for bench/, which wants to know what a server costs that
 * does nothing.
 *
 *	echo [FILE]	a configuration file, see `names`; none: HTTP alone
 *
 * When it is ready it prints "ready HTTP HTTPS MTLS ADMIN", the ports, on
 * standard output.
 *
 *	/echo		the body
 *	/who		who asks, as JSON
 *	/slow?ms=N	after N milliseconds
 *	/never		not at all
 *	/big?n=N	N bytes
 *	/batch		how many requests came in the same turn
 *	/wide		not at once, but out of a descriptor that is watched
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/admin.h"
#include "net/conf.h"
#include "net/query.h"
#include "net/server.h"

#define PATH_LEN 256
#define BIG_MAX	 (8 * 1024 * 1024)
#define WIDE_MAX 64

struct conf {
	char http[PATH_LEN], https[PATH_LEN], mtls[PATH_LEN], admin[PATH_LEN];
	char certificate[PATH_LEN], key[PATH_LEN], ca[PATH_LEN];
	char state[PATH_LEN], log[PATH_LEN];
	unsigned level;
	uint64_t loops, connections, peer_connections, requests, bytes;
	uint64_t handshake_ms, header_ms, body_ms, idle_ms, app_ms, write_ms;
	uint64_t linger_ms, stop_ms;
	bool is_unready;
};

static const char *const levels[] = { "debug", "info", "warn", "error", NULL };

#define TEXT(name, member, otherwise)                                          \
	{                                                                      \
		name, NET_CONF_TEXT, offsetof(struct conf, member), otherwise, \
		    PATH_LEN, 0, 0, NULL                                       \
	}
#define NUMBER(name)                                                         \
	{                                                                    \
#name, NET_CONF_NUMBER, offsetof(struct conf, name), "0", 0, \
		    0, 1u << 30, NULL                                        \
	}

static const struct net_conf_name names[] = {
	TEXT("http", http, "127.0.0.1:0"),
	TEXT("https", https, ""),
	TEXT("mtls", mtls, ""),
	TEXT("admin", admin, ""),
	TEXT("tls.certificate", certificate, ""),
	TEXT("tls.key", key, ""),
	TEXT("tls.ca", ca, ""),
	TEXT("tls.state", state, ""),
	TEXT("log", log, ""),
	{ "level", NET_CONF_WORD, offsetof(struct conf, level), "info", 0, 0, 0,
	    levels },
	{ "unready", NET_CONF_FLAG, offsetof(struct conf, is_unready), "no", 0,
	    0, 0, NULL },
	NUMBER(loops),
	NUMBER(connections),
	NUMBER(peer_connections),
	NUMBER(requests),
	NUMBER(bytes),
	NUMBER(handshake_ms),
	NUMBER(header_ms),
	NUMBER(body_ms),
	NUMBER(idle_ms),
	NUMBER(app_ms),
	NUMBER(write_ms),
	NUMBER(linger_ms),
	NUMBER(stop_ms),
};

/* ---- the app ----------------------------------------------------------------
 */

struct state {
	struct net_loop *loop;
	int wide; /* eventfd */
	struct net_request *waiting[WIDE_MAX];
	size_t n_waiting;
	size_t batch;
};

static uint64_t
number(const struct net_request *r, const char *name, uint64_t most)
{
	uint8_t text[24];
	struct soter_writer w = soter_writer(text, sizeof(text));
	uint64_t n = 0;

	if (net_query_get(r->query, name, &w) != SOTER_OK ||
	    soter_decimal(soter_written(&w), most, &n) != SOTER_OK)
		return (0);
	return (n);
}

static void
echo(struct state *s, struct net_request *r)
{
	const struct net_answer a = { .status = 200,
		.content_type = "application/octet-stream",
		.body = r->body };

	(void)s;
	net_answer(r, &a);
}

static void
who(struct state *s, struct net_request *r)
{
	const struct net_peer *p = r->peer;
	char hex[2 * NET_SHA256_LEN + 1] = "", text[1024];
	struct net_answer a = { .status = 200 };

	(void)s;
	for (size_t i = 0; p->has_certificate && i < NET_SHA256_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", p->certificate_sha256[i]);
	snprintf(text, sizeof(text),
	    "{\"address\":\"%.*s\",\"tls\":%s,\"certificate\":\"%s\","
	    "\"subject\":\"%.*s\"}\n",
	    (int)p->address.n, (const char *)p->address.p,
	    p->is_tls ? "true" : "false", hex, (int)p->subject.n,
	    (const char *)p->subject.p);
	a.body = soter_text(text);
	net_answer(r, &a);
}

static void
answer_now(void *request)
{
	const struct net_answer a = { .status = 200 };

	net_answer(request, &a);
}

static void
slow(struct state *s, struct net_request *r)
{
	unsigned ms = (unsigned)number(r, "ms", 60000);

	if (net_loop_timer(s->loop, ms, answer_now, r, NULL) != SOTER_OK)
		net_answer_error(r, 503, "timers");
}

static void
never(struct state *s, struct net_request *r)
{
	(void)s;
	(void)r;
}

static void
big(struct state *s, struct net_request *r)
{
	size_t n = (size_t)number(r, "n", BIG_MAX);
	struct net_answer a = { .status = 200,
		.content_type = "application/octet-stream" };
	uint8_t *bytes = calloc(1, n + 1);

	(void)s;
	if (bytes == NULL) {
		net_answer_error(r, 500, "no_memory");
		return;
	}
	a.body = soter_span(bytes, n);
	net_answer(r, &a);
	free(bytes);
}

static void
batch(struct state *s, struct net_request *r)
{
	char text[32];
	struct net_answer a = { .status = 200 };

	snprintf(text, sizeof(text), "%zu\n", s->batch);
	a.body = soter_text(text);
	net_answer(r, &a);
}

static void
answer_wide(void *state, unsigned events)
{
	struct state *s = state;
	uint64_t n;

	(void)events;
	if (read(s->wide, &n, sizeof(n)) < 0)
		return;
	for (size_t i = 0; i < s->n_waiting; i++)
		answer_now(s->waiting[i]);
	s->n_waiting = 0;
}

static void
wide(struct state *s, struct net_request *r)
{
	uint64_t one = 1;

	if (s->n_waiting == WIDE_MAX || write(s->wide, &one, sizeof(one)) < 0) {
		net_answer_error(r, 503, "full");
		return;
	}
	s->waiting[s->n_waiting++] = r;
}

static const struct {
	const char *path;
	void (*answer)(struct state *s, struct net_request *r);
} paths[] = {
	{ "/echo", echo },
	{ "/who", who },
	{ "/slow", slow },
	{ "/never", never },
	{ "/big", big },
	{ "/batch", batch },
	{ "/wide", wide },
};

static void
turn(void *state, struct net_request *const *requests, size_t n)
{
	struct state *s = state;

	s->batch = n;
	for (size_t i = 0; i < n; i++) {
		struct net_request *r = requests[i];
		size_t k = 0;

		while (k < SOTER_COUNT(paths) &&
		    !soter_span_equal(r->path, soter_text(paths[k].path)))
			k++;
		if (k < SOTER_COUNT(paths))
			paths[k].answer(s, r);
		else
			net_answer_error(r, 404, "not_found");
	}
}

static enum soter_rc
begin(void *context, struct net_loop *loop, void **out)
{
	struct state *s = calloc(1, sizeof(*s));

	(void)context;
	if (s == NULL)
		return (SOTER_E_NOMEM);
	s->loop = loop;
	s->wide = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wide < 0 ||
	    net_loop_watch(loop, s->wide, NET_READABLE, answer_wide, s) !=
		SOTER_OK) {
		free(s);
		return (SOTER_E_NOMEM);
	}
	*out = s;
	return (SOTER_OK);
}

static void
end(void *state)
{
	struct state *s = state;

	net_loop_unwatch(s->loop, s->wide);
	close(s->wide);
	free(s);
}

static const struct net_app app = { .name = "echo",
	.thread_begin = begin,
	.turn = turn,
	.thread_end = end };

/* ---- the program
 * -------------------------------------------------------------- */

static const char *
unready(void *context)
{
	const struct conf *c = context;

	return (c->is_unready ? "told_so\n" : NULL);
}

struct program {
	struct conf conf;
	struct net_admin admin;
	struct net_server *server;
	struct net_listener listeners[4];
	size_t n;
	size_t at[4]; /* of http, https, mtls, admin; or none */
};

static void
ready(void *context)
{
	struct program *p = context;

	printf("ready");
	for (size_t i = 0; i < 4; i++)
		printf(" %u", (unsigned)net_server_port(p->server, p->at[i]));
	printf("\n");
	fflush(stdout);
}

static const char *
or_none(const char *text)
{
	return (text[0] == '\0' ? NULL : text);
}

static void
add(struct program *p, size_t which, const char *at, const struct net_tls *tls)
{
	const struct net_app *its = which == 3 ? &net_admin_app : &app;

	p->at[which] = SIZE_MAX;
	if (at[0] == '\0')
		return;
	p->at[which] = p->n;
	p->listeners[p->n++] = (struct net_listener){ at, tls, its,
		which == 3 ? &p->admin : NULL };
}

static struct net_limits
limits(const struct conf *c)
{
	return ((struct net_limits){
	    .handshake_ms = (unsigned)c->handshake_ms,
	    .header_ms = (unsigned)c->header_ms,
	    .body_ms = (unsigned)c->body_ms,
	    .idle_ms = (unsigned)c->idle_ms,
	    .app_ms = (unsigned)c->app_ms,
	    .write_ms = (unsigned)c->write_ms,
	    .linger_ms = (unsigned)c->linger_ms,
	    .stop_ms = (unsigned)c->stop_ms,
	    .connections = (unsigned)c->connections,
	    .peer_connections = (unsigned)c->peer_connections,
	    .requests = (unsigned)c->requests,
	    .bytes = c->bytes,
	});
}

static int
serve(struct program *p, struct net_log *log, struct net_metrics *metrics)
{
	struct conf *c = &p->conf;
	const struct net_tls tls = { or_none(c->certificate), or_none(c->key),
		or_none(c->state), NULL };
	const struct net_tls mtls = { tls.certificate, tls.key, tls.state,
		or_none(c->ca) };
	struct net_options o = { .listeners = p->listeners,
		.loops = (unsigned)c->loops,
		.limits = limits(c),
		.log = log,
		.metrics = metrics,
		.ready = ready,
		.context = p };
	struct net_error error;
	enum soter_rc rc;

	p->admin = (struct net_admin){ metrics, unready, c };
	add(p, 0, c->http, NULL);
	add(p, 1, c->https, &tls);
	add(p, 2, c->mtls, &mtls);
	add(p, 3, c->admin, NULL);
	o.n_listeners = p->n;
	if (net_server_open(&p->server, &o, &error) != SOTER_OK) {
		fprintf(stderr, "echo: %s\n", error.text);
		return (2);
	}
	rc = net_server_run(p->server);
	net_server_close(&p->server);
	return (rc == SOTER_OK ? 0 : 1);
}

int
main(int argc, char **argv)
{
	static struct program p;
	struct net_conf_error error;
	struct net_log *log = NULL;
	struct net_metrics *metrics = NULL;
	int status = 2;

	if (net_conf_read(&p.conf, names, SOTER_COUNT(names),
		argc > 1 ? argv[1] : NULL, &error) != SOTER_OK) {
		fprintf(stderr, "echo: %s:%u: %s\n", argv[1], error.line,
		    error.why);
		return (2);
	}
	if (net_log_open(&log, or_none(p.conf.log),
		(enum net_log_level)p.conf.level) == SOTER_OK &&
	    net_metrics_new(&metrics, NULL, 0) == SOTER_OK)
		status = serve(&p, log, metrics);
	net_metrics_free(&metrics);
	net_log_close(&log);
	return (status);
}
