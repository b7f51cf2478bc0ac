/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "net/counted.h"
#include "net/listen.h"
#include "net/loop.h"
#include "net/server.h"

#define SPARE_FDS    64 /* beside connections: log, store, epoll, ... */
#define FULL_WAIT_MS 50 /* no descriptors: somebody will leave */

struct net_server {
	struct net_options options;
	struct net_limits limits;
	unsigned count;
	struct net_socket sockets[NET_LISTENERS_MAX];
	SSL_CTX *contexts[NET_LISTENERS_MAX]; /* NULL: plain */
	BIO_METHOD *method;
	struct net_slot slots[NET_LISTENERS_MAX];
	size_t n_slots;
	unsigned slot_of[NET_LISTENERS_MAX];
	struct net_peers *peers;
	struct net_tally *tally;
	struct net_loop *loops[NET_LOOPS_MAX];
	int stop; /* eventfd */

	/* thread_begin() of the loops. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned begun;
	enum soter_rc begun_rc;
};

/* ---- opening
 * -------------------------------------------------------------------- */

static unsigned
or_else(unsigned given, unsigned otherwise)
{
	return (given == 0 ? otherwise : given);
}

static void
set_limits(struct net_limits *to, const struct net_limits *from)
{
	to->handshake_ms = or_else(from->handshake_ms, NET_HANDSHAKE_MS);
	to->header_ms = or_else(from->header_ms, NET_HEADER_MS);
	to->body_ms = or_else(from->body_ms, NET_BODY_MS);
	to->idle_ms = or_else(from->idle_ms, NET_IDLE_MS);
	to->app_ms = or_else(from->app_ms, NET_APP_MS);
	to->write_ms = or_else(from->write_ms, NET_WRITE_MS);
	to->linger_ms = or_else(from->linger_ms, NET_LINGER_MS);
	to->stop_ms = or_else(from->stop_ms, NET_STOP_MS);
	to->connections = or_else(from->connections, NET_CONNECTIONS);
	to->peer_connections =
	    or_else(from->peer_connections, NET_PEER_CONNECTIONS);
	to->requests = or_else(from->requests, NET_REQUESTS);
	to->bytes = from->bytes == 0 ? NET_BYTES : from->bytes;
}

/* As many descriptors as connections; or as many connections as descriptors. */
static void
raise_descriptors(struct net_server *s)
{
	struct rlimit r;
	rlim_t want = (rlim_t)s->limits.connections + SPARE_FDS;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0 ||
	    getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	s->limits.connections = r.rlim_cur > 2 * SPARE_FDS
	    ? (unsigned)(r.rlim_cur - SPARE_FDS)
	    : SPARE_FDS;
	NET_LOG(s->options.log, NET_LOG_WARN, "fewer_connections",
	    net_number("connections", s->limits.connections),
	    net_text("why", SOTER_SPAN("RLIMIT_NOFILE")));
}

static unsigned
count_loops(unsigned given)
{
	long n = given > 0 ? (long)given : sysconf(_SC_NPROCESSORS_ONLN);

	return (n < 1 ? 1 : n > NET_LOOPS_MAX ? NET_LOOPS_MAX : (unsigned)n);
}

static enum soter_rc
check_options(const struct net_options *o, struct net_error *error)
{
	if (o->n_listeners == 0 || o->n_listeners > NET_LISTENERS_MAX)
		return (net_fail(error, SOTER_E_ARGUMENT, "1 to %d listeners",
		    NET_LISTENERS_MAX));
	if (o->loops > NET_LOOPS_MAX)
		return (net_fail(error, SOTER_E_ARGUMENT, "1 to %d loops",
		    NET_LOOPS_MAX));
	for (size_t i = 0; i < o->n_listeners; i++)
		if (o->listeners[i].app == NULL ||
		    o->listeners[i].app->body_max > NET_BODY_TOP)
			return (net_fail(error, SOTER_E_ARGUMENT,
			    "an app with a body of at most %d bytes",
			    NET_BODY_TOP));
	return (SOTER_OK);
}

/* Listeners with the same app and context share what it keeps. */
static void
find_slot(struct net_server *s, unsigned i)
{
	const struct net_listener *l = &s->options.listeners[i];
	size_t k = 0;

	while (k < s->n_slots &&
	    (s->slots[k].app != l->app || s->slots[k].context != l->context))
		k++;
	if (k == s->n_slots) {
		s->slots[k].app = l->app;
		s->slots[k].context = l->context;
		s->n_slots++;
	}
	s->slot_of[i] = (unsigned)k;
}

static void
log_listener(struct net_server *s, unsigned i)
{
	const struct net_listener *l = &s->options.listeners[i];
	const char *at = l->at == NULL ? "127.0.0.1" : l->at;
	char print[65] = "";

	if (s->contexts[i] != NULL)
		net_tls_fingerprint(s->contexts[i], print);
	NET_LOG(s->options.log, NET_LOG_INFO, "listening",
	    net_text("at", soter_text(at)),
	    net_number("port", s->sockets[i].port),
	    net_text("app", soter_text(l->app->name)),
	    net_text("certificate_sha256", soter_text(print)));
}

static enum soter_rc
open_listener(struct net_server *s, unsigned i, struct net_error *error)
{
	const struct net_listener *l = &s->options.listeners[i];

	if (l->tls != NULL)
		TRY(net_tls_context(&s->contexts[i], l->tls, error));
	TRY(net_listen(&s->sockets[i], l->at, error));
	find_slot(s, i);
	log_listener(s, i);
	return (SOTER_OK);
}

static enum soter_rc
open_parts(struct net_server *s)
{
	s->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->method = net_tls_method();
	if (s->stop < 0 || s->method == NULL)
		return (SOTER_E_NOMEM);
	if (s->options.metrics != NULL)
		TRY(net_metrics_tally(s->options.metrics, &s->tally));
	return (net_peers_new(&s->peers, s->limits.connections + NET_BACKLOG,
	    s->limits.peer_connections));
}

/* The log counts for all threads, and so in a tally of its own. */
static enum soter_rc
count_lost_lines(const struct net_options *o)
{
	struct net_tally *tally = NULL;

	if (o->log == NULL || o->metrics == NULL)
		return (SOTER_OK);
	TRY(net_metrics_tally(o->metrics, &tally));
	net_log_count(o->log, tally);
	return (SOTER_OK);
}

enum soter_rc
net_server_open(struct net_server **out, const struct net_options *options,
    struct net_error *error)
{
	struct net_server *s;
	enum soter_rc rc;

	snprintf(error->text, sizeof(error->text), "out of memory");
	TRY(check_options(options, error));
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (SOTER_E_NOMEM);
	s->options = *options;
	s->count = count_loops(options->loops);
	s->stop = -1;
	for (size_t i = 0; i < NET_LISTENERS_MAX; i++)
		s->sockets[i].fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	set_limits(&s->limits, &options->limits);
	raise_descriptors(s);
	rc = open_parts(s);
	if (rc == SOTER_OK)
		rc = count_lost_lines(options);
	for (unsigned i = 0; rc == SOTER_OK && i < options->n_listeners; i++)
		rc = open_listener(s, i, error);
	if (rc != SOTER_OK)
		net_server_close(&s);
	else
		*out = s;
	return (rc);
}

uint16_t
net_server_port(const struct net_server *s, size_t i)
{
	return (i < s->options.n_listeners ? s->sockets[i].port : 0);
}

void
net_server_stop(struct net_server *s)
{
	uint64_t one = 1;
	int saved = errno;

	while (write(s->stop, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	errno = saved;
}

void
net_server_close(struct net_server **server)
{
	struct net_server *s = *server;

	if (s == NULL)
		return;
	if (s->options.log != NULL)
		net_log_count(s->options.log, NULL);
	for (size_t i = 0; i < NET_LISTENERS_MAX; i++) {
		net_listen_close(&s->sockets[i]);
		SSL_CTX_free(s->contexts[i]);
	}
	BIO_meth_free(s->method);
	net_peers_free(&s->peers);
	if (s->stop >= 0)
		close(s->stop);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*server = NULL;
}

/* ---- accepting
 * ------------------------------------------------------------------- */

static void
read_address(struct net_party *party, const struct sockaddr_storage *from)
{
	char *text = party->address;

	if (from->ss_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, from, sizeof(in));
		inet_ntop(AF_INET, &in.sin_addr, text, sizeof(party->address));
		party->peer.port = ntohs(in.sin_port);
	} else if (from->ss_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, from, sizeof(in));
		inet_ntop(AF_INET6, &in.sin6_addr, text,
		    sizeof(party->address));
		party->peer.port = ntohs(in.sin6_port);
	} else {
		memcpy(text, "unix", 5);
	}
	party->peer.address = soter_text(text);
}

static struct net_loop *
least_loaded(struct net_server *s)
{
	struct net_loop *best = s->loops[0];

	for (unsigned i = 1; i < s->count; i++)
		if (atomic_load(&s->loops[i]->load) < atomic_load(&best->load))
			best = s->loops[i];
	return (best);
}

static void
welcome(struct net_server *s, unsigned i, int fd,
    const struct sockaddr_storage *from)
{
	struct net_peer_key key = net_peer_key((const struct sockaddr *)from);
	struct net_party *party;
	struct net_link *link;
	int on = 1;

	net_count(s->tally, NET_N_ACCEPTED, 1);
	if (!net_peers_enter(s->peers, key)) {
		net_count(s->tally, NET_N_PEER_FULL, 1);
		close(fd);
		return;
	}
	if ((party = calloc(1, sizeof(*party))) == NULL) {
		net_peers_leave(s->peers, key);
		close(fd);
		return;
	}
	party->holders = 1;
	party->peer.is_tls = s->contexts[i] != NULL;
	read_address(party, from);
	if (from->ss_family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	link = net_link_new(fd, s->method, s->contexts[i], party);
	if (link == NULL) {
		net_peers_leave(s->peers, key);
		return;
	}
	link->key = key;
	link->listener = i;
	net_loop_give(least_loaded(s), link);
}

/* All that wait at a listener.  False: there are no descriptors for more. */
static bool
accept_all(struct net_server *s, unsigned i, unsigned most)
{
	for (unsigned k = 0; k < most; k++) {
		struct sockaddr_storage from = { .ss_family = AF_UNIX };
		socklen_t n = sizeof(from);
		int fd = accept4(s->sockets[i].fd, (struct sockaddr *)&from, &n,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0)
			welcome(s, i, fd, &from);
		else if (errno == EMFILE || errno == ENFILE ||
		    errno == ENOMEM || errno == ENOBUFS)
			return (false);
		else if (errno == EAGAIN)
			break;
	}
	return (true);
}

/* ---- signals
 * ---------------------------------------------------------------------- */

static void
reload(struct net_server *s)
{
	struct net_error error;

	if (s->options.log != NULL &&
	    net_log_reopen(s->options.log) != SOTER_OK)
		net_log(s->options.log, NET_LOG_ERROR, "log_not_reopened", NULL,
		    0);
	for (unsigned i = 0; i < s->options.n_listeners; i++) {
		const struct net_tls *tls = s->options.listeners[i].tls;
		SSL_CTX *c = NULL;

		if (tls == NULL ||
		    (tls->certificate == NULL && tls->state == NULL))
			continue;
		if (net_tls_context(&c, tls, &error) != SOTER_OK) {
			NET_LOG(s->options.log, NET_LOG_ERROR,
			    "certificate_not_reloaded",
			    net_number("listener", i),
			    net_text("why", soter_text(error.text)));
			continue;
		}
		/* Connections that have begun hold on to the old one. */
		SSL_CTX_free(s->contexts[i]);
		s->contexts[i] = c;
		log_listener(s, i);
	}
	if (s->options.hup != NULL)
		s->options.hup(s->options.context);
}

static int
take_signals(const struct net_server *s, sigset_t *before)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	if (s->options.keeps_signals)
		return (-1);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	pthread_sigmask(SIG_BLOCK, &set, before);
	return (signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

/* False: it is a signal to stop. */
static bool
see_signal(struct net_server *s, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGHUP)
			return (false);
		reload(s);
	}
	return (true);
}

/* ---- running
 * ----------------------------------------------------------------------- */

static void
begun(void *server, enum soter_rc rc)
{
	struct net_server *s = server;

	pthread_mutex_lock(&s->lock);
	s->begun++;
	if (rc != SOTER_OK && s->begun_rc == SOTER_OK)
		s->begun_rc = rc;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static enum soter_rc
make_loops(struct net_server *s)
{
	struct net_loop_setup setup = {
		.count = s->count,
		.limits = &s->limits,
		.slots = s->slots,
		.n_slots = s->n_slots,
		.slot_of = s->slot_of,
		.peers = s->peers,
		.log = s->options.log,
		.metrics = s->options.metrics,
		.begun = begun,
		.context = s,
	};
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return (SOTER_E_NOMEM);
	for (unsigned i = 0; i < s->count; i++) {
		setup.number = i;
		/* 26 random bits, 6 of the loop, and 2^32 requests. */
		setup.first_id = (seed >> 38) << 38 | (uint64_t)i << 32;
		TRY(net_loop_new(&s->loops[i], &setup));
	}
	return (SOTER_OK);
}

static enum soter_rc
start_loops(struct net_server *s)
{
	enum soter_rc rc;
	unsigned n = 0;

	s->begun = 0;
	s->begun_rc = SOTER_OK;
	for (; n < s->count; n++) {
		struct net_loop *l = s->loops[n];

		if (pthread_create(&l->thread, NULL, net_loop_run, l) != 0)
			break;
		l->has_thread = true;
	}
	pthread_mutex_lock(&s->lock);
	while (s->begun < n)
		pthread_cond_wait(&s->changed, &s->lock);
	rc = n < s->count ? SOTER_E_NOMEM : s->begun_rc;
	pthread_mutex_unlock(&s->lock);
	return (rc);
}

static void
end_loops(struct net_server *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->loops[i] != NULL)
			net_loop_stop(s->loops[i]);
	for (unsigned i = 0; i < s->count; i++) {
		if (s->loops[i] != NULL && s->loops[i]->has_thread)
			pthread_join(s->loops[i]->thread, NULL);
		net_loop_free(&s->loops[i]);
	}
}

/* Accept until told to stop. */
static void
serve(struct net_server *s, int signals)
{
	struct pollfd p[NET_LISTENERS_MAX + 2];
	nfds_t n = (nfds_t)s->options.n_listeners;

	for (nfds_t i = 0; i < n; i++)
		p[i] = (struct pollfd){ s->sockets[i].fd, POLLIN, 0 };
	p[n] = (struct pollfd){ s->stop, POLLIN, 0 };
	p[n + 1] = (struct pollfd){ signals, POLLIN, 0 };
	for (;;) {
		if (poll(p, n + 2, -1) < 0)
			continue; /* EINTR: somebody else's signal */
		if (p[n].revents != 0 ||
		    (p[n + 1].revents != 0 && !see_signal(s, signals)))
			return;
		for (unsigned i = 0; i < n; i++)
			if (p[i].revents != 0 && !accept_all(s, i, 64))
				(void)poll(NULL, 0, FULL_WAIT_MS);
	}
}

/*
 * Who has connected was accepted, as far as he can see: those in the queues
 * that are ours are served too.  A queue that was inherited is the next
 * process's.
 */
static void
close_listeners(struct net_server *s)
{
	for (unsigned i = 0; i < s->options.n_listeners; i++) {
		if (s->sockets[i].is_own)
			(void)accept_all(s, i, NET_BACKLOG);
		net_listen_close(&s->sockets[i]);
	}
}

enum soter_rc
net_server_run(struct net_server *s)
{
	sigset_t before;
	enum soter_rc rc;
	int signals = take_signals(s, &before);

	rc = !s->options.keeps_signals && signals < 0 ? SOTER_E_NOMEM
						      : make_loops(s);
	if (rc == SOTER_OK)
		rc = start_loops(s);
	if (rc == SOTER_OK) {
		NET_LOG(s->options.log, NET_LOG_INFO, "ready",
		    net_number("loops", s->count));
		if (s->options.ready != NULL)
			s->options.ready(s->options.context);
		serve(s, signals);
		NET_LOG(s->options.log, NET_LOG_INFO, "stopping",
		    net_number("within_ms", s->limits.stop_ms));
		close_listeners(s);
	}
	end_loops(s);
	if (rc == SOTER_OK)
		NET_LOG(s->options.log, NET_LOG_INFO, "stopped",
		    net_number("loops", s->count));
	if (signals >= 0)
		close(signals);
	if (!s->options.keeps_signals)
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	return (rc);
}
