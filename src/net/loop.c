/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "net/counted.h"
#include "net/loop.h"

#define EVENTS_MAX 256

/* What stands in an event: a link's address, or one of these in the low bits.
 */
#define TAG_MASK   7u
#define TAG_WATCH  1u
#define TAG_WAKE   2u

/* ---- time -------------------------------------------------------------------
 */

static uint64_t
clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000);
}

/* RFC 9110, 6.6.1: an origin server with a clock says the date. */
static void
set_date(struct net_loop *l)
{
	struct timespec t;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	if ((uint64_t)t.tv_sec == l->date_s || gmtime_r(&t.tv_sec, &tm) == NULL)
		return;
	l->date_s = (uint64_t)t.tv_sec;
	/* The C locale: nobody here calls setlocale(). */
	strftime(l->world.date, sizeof(l->world.date),
	    "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static void
set_time(struct net_loop *l)
{
	l->world.now_ms = clock_us() / 1000;
	set_date(l);
}

/* ---- making and ending
 * ------------------------------------------------------- */

static bool
add_fd(struct net_loop *l, int fd, uint32_t events, uint64_t tag)
{
	struct epoll_event e = { .events = events, .data.u64 = tag };

	return (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) == 0);
}

static void
set_limits(struct net_loop *l, const struct net_limits *x, unsigned count)
{
	struct net_world *w = &l->world;
	const unsigned ms[NET_DUE_KINDS] = {
		[NET_DUE_HANDSHAKE] = x->handshake_ms,
		[NET_DUE_IDLE] = x->idle_ms,
		[NET_DUE_HEADER] = x->header_ms,
		[NET_DUE_BODY] = x->body_ms,
		[NET_DUE_LINGER] = x->linger_ms,
		[NET_DUE_WRITE] = x->write_ms,
		[NET_DUE_APP] = x->app_ms,
	};

	for (size_t i = 0; i < NET_DUE_KINDS; i++)
		w->dues[i].ms = ms[i];
	w->purse.most = x->bytes / count;
	w->with_max = x->requests;
	l->links_max = (x->connections + count - 1) / count;
	l->stop_ms = x->stop_ms;
}

static bool
open_fds(struct net_loop *l)
{
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return (l->epoll >= 0 && l->wake >= 0 &&
	    add_fd(l, l->wake, EPOLLIN, TAG_WAKE));
}

enum soter_rc
net_loop_new(struct net_loop **out, const struct net_loop_setup *s)
{
	struct net_loop *l = calloc(1, sizeof(*l));

	if (l == NULL || pthread_mutex_init(&l->lock, NULL) != 0) {
		free(l);
		return (SOTER_E_NOMEM);
	}
	l->number = s->number;
	l->count = s->count;
	l->slot_of = s->slot_of;
	l->peers = s->peers;
	l->begun = s->begun;
	l->begun_context = s->context;
	l->next_timer = 1;
	l->world.log = s->log;
	l->world.next_id = s->first_id;
	l->world.clock_us = clock_us;
	for (size_t i = 0; i < NET_WATCHES_MAX; i++)
		l->watches[i].fd = -1;
	set_limits(l, s->limits, s->count);
	l->slots = calloc(s->n_slots, sizeof(*l->slots));
	if (!open_fds(l) || l->slots == NULL ||
	    (s->metrics != NULL &&
		net_metrics_tally(s->metrics, &l->world.tally) != SOTER_OK)) {
		net_loop_free(&l);
		return (SOTER_E_NOMEM);
	}
	l->n_slots = s->n_slots;
	memcpy(l->slots, s->slots, s->n_slots * sizeof(*l->slots));
	*out = l;
	return (SOTER_OK);
}

void
net_loop_free(struct net_loop **loop)
{
	struct net_loop *l = *loop;
	struct net_link *link;

	if (l == NULL)
		return;
	while ((link = l->mail) != NULL) {
		l->mail = link->next;
		net_link_free(link);
	}
	if (l->wake >= 0)
		close(l->wake);
	if (l->epoll >= 0)
		close(l->epoll);
	pthread_mutex_destroy(&l->lock);
	free(l->slots);
	free(l);
	*loop = NULL;
}

/* ---- links
 * ------------------------------------------------------------------- */

static void
attach(struct net_loop *l, struct net_link *link)
{
	link->loop = l;
	link->prev = NULL;
	link->next = l->links;
	if (l->links != NULL)
		l->links->prev = link;
	l->links = link;
	l->n_links++;
	net_count(l->world.tally, NET_N_CONNECTIONS, 1);
}

static void
detach(struct net_loop *l, struct net_link *link)
{
	if (link->prev != NULL)
		link->prev->next = link->next;
	else
		l->links = link->next;
	if (link->next != NULL)
		link->next->prev = link->prev;
	if (link->is_again) {
		struct net_link **at = &l->again;

		while (*at != link)
			at = &(*at)->next_again;
		*at = link->next_again;
	}
	l->n_links--;
	net_count(l->world.tally, NET_N_CONNECTIONS, -1);
}

static void
end_link(struct net_loop *l, struct net_link *link)
{
	struct net_peer_key key = link->key;

	detach(l, link);
	net_link_free(link);
	net_peers_leave(l->peers, key);
	atomic_fetch_sub(&l->load, 1);
}

/* After it was driven: is it over, or is there more to do? */
static void
settle_link(struct net_loop *l, struct net_link *link, bool is_alive)
{
	if (!is_alive) {
		end_link(l, link);
		return;
	}
	if (link->is_again || !net_link_has_more(link))
		return;
	link->is_again = true;
	link->next_again = l->again;
	l->again = link;
}

static void
drive(struct net_loop *l, struct net_link *link)
{
	settle_link(l, link, net_link_drive(link, l->scratch));
}

/* Somebody has to go: who has been idle longest. */
static bool
make_room(struct net_loop *l)
{
	struct net_due *oldest = l->world.dues[NET_DUE_IDLE].first;

	if (l->n_links < l->links_max)
		return (true);
	if (oldest == NULL)
		return (false);
	net_count(l->world.tally, NET_N_EVICTED, 1);
	end_link(l, oldest->owner);
	return (true);
}

static void
welcome(struct net_loop *l, struct net_link *link)
{
	unsigned slot = l->slot_of[link->listener];
	size_t body_max = l->slots[slot].app->body_max;
	bool has_room = make_room(l);

	attach(l, link);
	if (!has_room ||
	    !add_fd(l, link->stream.fd,
		EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		(uint64_t)(uintptr_t)link)) {
		net_count(l->world.tally, NET_N_FULL, 1);
		end_link(l, link);
		return;
	}
	net_link_begin(link, &l->world, body_max == 0 ? NET_BODY_MAX : body_max,
	    slot);
	drive(l, link);
}

static void
open_mail(struct net_loop *l)
{
	struct net_link *mail, *next;

	pthread_mutex_lock(&l->lock);
	mail = l->mail;
	l->mail = l->mail_last = NULL;
	pthread_mutex_unlock(&l->lock);
	for (; mail != NULL; mail = next) {
		next = mail->next;
		welcome(l, mail);
	}
}

static void
wake(struct net_loop *l)
{
	uint64_t one = 1;

	while (write(l->wake, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void
net_loop_give(struct net_loop *l, struct net_link *link)
{
	atomic_fetch_add(&l->load, 1);
	pthread_mutex_lock(&l->lock);
	link->next = NULL;
	if (l->mail_last != NULL)
		l->mail_last->next = link;
	else
		l->mail = link;
	l->mail_last = link;
	pthread_mutex_unlock(&l->lock);
	wake(l);
}

void
net_loop_stop(struct net_loop *l)
{
	atomic_store(&l->stop, true);
	wake(l);
}

/* ---- watches and timers
 * -------------------------------------------------------- */

static uint64_t
watch_tag(size_t i, uint32_t generation)
{
	return ((uint64_t)generation << 32 | i << 3 | TAG_WATCH);
}

static struct net_watch *
find_watch(struct net_loop *l, int fd)
{
	for (size_t i = 0; i < NET_WATCHES_MAX; i++)
		if (l->watches[i].fd == fd)
			return (&l->watches[i]);
	return (NULL);
}

void
net_loop_unwatch(struct net_loop *l, int fd)
{
	struct net_watch *w = fd < 0 ? NULL : find_watch(l, fd);

	if (w == NULL)
		return;
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
	w->fd = -1;
	/* An event of this turn that still waits is not for the next one. */
	w->generation++;
}

enum soter_rc
net_loop_watch(struct net_loop *l, int fd, unsigned events, net_watch_fn *fn,
    void *context)
{
	struct net_watch *w = fd < 0 ? NULL : find_watch(l, fd);
	struct epoll_event e = { 0 };
	bool is_new = w == NULL;

	if (fd < 0)
		return (SOTER_E_ARGUMENT);
	if (events == 0) {
		net_loop_unwatch(l, fd);
		return (SOTER_OK);
	}
	if (is_new && (w = find_watch(l, -1)) == NULL)
		return (SOTER_E_LIMIT);
	e.events = ((events & NET_READABLE) != 0 ? EPOLLIN : 0u) |
	    ((events & NET_WRITABLE) != 0 ? EPOLLOUT : 0u);
	e.data.u64 = watch_tag((size_t)(w - l->watches), w->generation);
	if (epoll_ctl(l->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
		&e) != 0)
		return (SOTER_E_ARGUMENT);
	w->fd = fd;
	w->fn = fn;
	w->context = context;
	return (SOTER_OK);
}

static void
see_watch(struct net_loop *l, const struct epoll_event *e)
{
	struct net_watch *w = &l->watches[(e->data.u64 & UINT32_MAX) >> 3];
	unsigned events = 0;

	if (w->fd < 0 || w->generation != e->data.u64 >> 32)
		return;
	if ((e->events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
		events |= NET_READABLE;
	if ((e->events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0)
		events |= NET_WRITABLE;
	w->fn(w->context, events);
}

enum soter_rc
net_loop_timer(struct net_loop *l, unsigned ms, net_timer_fn *fn, void *context,
    uint64_t *id)
{
	for (size_t i = 0; i < NET_TIMERS_MAX; i++) {
		struct net_timer *t = &l->timers[i];

		if (t->id != 0)
			continue;
		*t = (struct net_timer){ l->next_timer++,
			clock_us() / 1000 + ms, fn, context };
		if (id != NULL)
			*id = t->id;
		return (SOTER_OK);
	}
	return (SOTER_E_LIMIT);
}

void
net_loop_timer_cancel(struct net_loop *l, uint64_t id)
{
	for (size_t i = 0; i < NET_TIMERS_MAX; i++)
		if (id != 0 && l->timers[i].id == id)
			l->timers[i].id = 0;
}

static void
run_timers(struct net_loop *l)
{
	for (size_t i = 0; i < NET_TIMERS_MAX; i++) {
		struct net_timer t = l->timers[i];

		if (t.id == 0 || t.at_ms > l->world.now_ms)
			continue;
		l->timers[i].id = 0;
		t.fn(t.context);
	}
}

/* ---- deadlines
 * ---------------------------------------------------------------- */

static void
run_dues(struct net_loop *l)
{
	struct net_world *w = &l->world;
	struct net_due *due;

	while ((due = net_dues_over(&w->dues[NET_DUE_APP], w->now_ms)) != NULL)
		net_exchange_late(due->owner);
	for (unsigned i = 0; i < NET_DUE_APP; i++) {
		while ((due = net_dues_over(&w->dues[i], w->now_ms)) != NULL) {
			struct net_link *link = due->owner;

			net_due_clear(due);
			settle_link(l, link,
			    net_link_late(link, (enum net_due_kind)i,
				l->scratch));
		}
	}
}

static uint64_t
next_ms(const struct net_loop *l)
{
	uint64_t next = l->world.is_stopping ? l->stop_at_ms : UINT64_MAX;

	for (size_t i = 0; i < NET_DUE_KINDS; i++) {
		const struct net_due *first = l->world.dues[i].first;

		if (first != NULL && first->at_ms < next)
			next = first->at_ms;
	}
	for (size_t i = 0; i < NET_TIMERS_MAX; i++)
		if (l->timers[i].id != 0 && l->timers[i].at_ms < next)
			next = l->timers[i].at_ms;
	return (next);
}

static int
wait_ms(const struct net_loop *l)
{
	uint64_t next = next_ms(l), now = clock_us() / 1000;

	if (l->again != NULL || l->world.ready_first != NULL ||
	    l->world.dirty != NULL || next <= now)
		return (0);
	return (next - now > 60000 ? 60000 : (int)(next - now));
}

/* ---- apps
 * ---------------------------------------------------------------------- */

static void
hand_over(struct net_loop *l, struct net_slot *slot)
{
	size_t n = slot->n;

	if (n == 0)
		return;
	net_count(l->world.tally, NET_N_TURNS, 1);
	slot->n = 0;
	slot->app->turn(slot->state, slot->requests, n);
}

static void
hand_over_all(struct net_loop *l)
{
	struct net_exchange *x;

	while ((x = net_world_ready(&l->world)) != NULL) {
		struct net_slot *slot = &l->slots[x->app];

		slot->requests[slot->n++] = &x->request;
		if (slot->n == NET_TURN_REQUESTS)
			hand_over(l, slot);
	}
	for (size_t i = 0; i < l->n_slots; i++)
		hand_over(l, &l->slots[i]);
}

static void
drive_dirty(struct net_loop *l)
{
	struct net_conn *c;

	while ((c = net_world_dirty(&l->world)) != NULL)
		drive(l, c->read_due.owner);
}

static void
drive_again(struct net_loop *l)
{
	struct net_link *link, *list = l->again;

	l->again = NULL;
	/* None of these can be ended but by its own turn here. */
	for (; (link = list) != NULL;) {
		list = link->next_again;
		link->is_again = false;
		drive(l, link);
	}
}

static enum soter_rc
begin_apps(struct net_loop *l)
{
	for (size_t i = 0; i < l->n_slots; i++) {
		struct net_slot *s = &l->slots[i];

		s->state = s->context;
		if (s->app->thread_begin != NULL)
			TRY(s->app->thread_begin(s->context, l, &s->state));
		s->has_begun = true;
	}
	return (SOTER_OK);
}

static void
end_apps(struct net_loop *l)
{
	for (size_t i = 0; i < l->n_slots; i++) {
		struct net_slot *s = &l->slots[i];

		if (s->has_begun && s->app->thread_end != NULL)
			s->app->thread_end(s->state);
	}
}

/* ---- the thread
 * ----------------------------------------------------------------- */

static void
see_link(struct net_loop *l, const struct epoll_event *e)
{
	struct net_link *link = (struct net_link *)(uintptr_t)e->data.u64;
	struct net_stream *s = &link->stream;

	if ((e->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
		s->has_end = true;
	if ((e->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
		s->can_read = true;
	if ((e->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
		s->can_write = true;
	drive(l, link);
}

static void
see(struct net_loop *l, const struct epoll_event *e)
{
	uint64_t count;

	switch (e->data.u64 & TAG_MASK) {
	case TAG_WATCH:
		see_watch(l, e);
		break;
	case TAG_WAKE:
		while (
		    read(l->wake, &count, sizeof(count)) < 0 && errno == EINTR)
			;
		break;
	default:
		see_link(l, e);
	}
}

/* Those that do nothing end; the others when they have finished. */
static void
begin_stop(struct net_loop *l)
{
	struct net_link *link, *next;

	l->world.is_stopping = true;
	l->stop_at_ms = l->world.now_ms + l->stop_ms;
	for (link = l->links; link != NULL; link = next) {
		next = link->next;
		drive(l, link);
	}
}

static void
turn(struct net_loop *l)
{
	struct epoll_event events[EVENTS_MAX];
	bool is_told;
	int n;

	n = epoll_wait(l->epoll, events, EVENTS_MAX, wait_ms(l));
	set_time(l);
	is_told = atomic_load(&l->stop);
	for (int i = 0; i < n; i++)
		see(l, &events[i]);
	/* After the events: until now, a link could end by its own alone. */
	drive_again(l);
	open_mail(l);
	run_dues(l);
	run_timers(l);
	if (is_told && !l->world.is_stopping)
		begin_stop(l);
	hand_over_all(l);
	drive_dirty(l);
}

/* Nobody will answer these: they end with the loop. */
static void
end_exchanges(struct net_loop *l)
{
	struct net_due *with;

	while (net_world_ready(&l->world) != NULL)
		;
	while ((with = l->world.with.first) != NULL) {
		struct net_exchange *x = with->owner;

		net_due_clear(with);
		l->world.with_n[x->app]--;
		x->is_with_app = false;
		if (x->conn == NULL)
			net_exchange_free(x);
	}
}

void *
net_loop_run(void *loop)
{
	struct net_loop *l = loop;
	enum soter_rc rc;

	set_time(l);
	rc = begin_apps(l);
	l->begun(l->begun_context, rc);
	while (rc == SOTER_OK &&
	    !(l->world.is_stopping &&
		(l->n_links == 0 || l->world.now_ms >= l->stop_at_ms)))
		turn(l);
	if (l->n_links > 0)
		NET_LOG(l->world.log, NET_LOG_WARN, "stopped_early",
		    net_number("connections", l->n_links));
	end_apps(l);
	drive_dirty(l);
	while (l->links != NULL)
		end_link(l, l->links);
	end_exchanges(l);
	net_world_end(&l->world);
	return (NULL);
}

/* ---- what apps ask
 * ---------------------------------------------------------------- */

uint64_t
net_loop_now_ms(const struct net_loop *l)
{
	return (l->world.now_ms);
}

unsigned
net_loop_number(const struct net_loop *l)
{
	return (l->number);
}

unsigned
net_loop_count(const struct net_loop *l)
{
	return (l->count);
}

bool
net_loop_is_stopping(const struct net_loop *l)
{
	return (l->world.is_stopping);
}

struct net_tally *
net_loop_tally(const struct net_loop *l)
{
	return (l->world.tally);
}

void
net_loop_log(struct net_loop *l, enum net_log_level level, const char *event,
    const struct net_field *fields, size_t n)
{
	net_world_log(&l->world, level, event, fields, n);
}
