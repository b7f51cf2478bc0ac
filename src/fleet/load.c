/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "fleet/conn.h"
#include "fleet/load.h"

#define MS	    UINT64_C(1000000)	 /* ns */
#define SECOND	    UINT64_C(1000000000) /* ns */
#define EVENTS	    256
#define SHAKING_MAX 64	      /* connections that open at the same time */
#define SWEEP_NS    (20 * MS) /* how exact time-outs are */
#define TELL_NS	    (200 * MS)
#define RETRY_NS    (20 * MS)  /* after a connection that failed */
#define QUIET_NS    SECOND     /* at the start: no further one came up */
#define PATIENCE_NS (500 * MS) /* beyond the last time-out */

volatile sig_atomic_t fleet_load_stop;

/* Connections in order of their coming; each stands in it once at most. */
struct queue {
	uint32_t *item; /* owned */
	size_t first, n, cap;
};

struct state {
	const struct fleet_load *load;
	struct fleet_ground ground;
	struct fleet_conn *conn; /* owned */
	struct queue ready, closed;
	struct soter_writer request; /* owned */
	int epoll;
	size_t shaking, up;
	uint64_t begin_ns, end_ns, over_ns, swept_ns, told_ns;
	uint64_t issued;
	bool is_over;	   /* nothing more is sent */
	bool is_exhausted; /* there is nothing more to send */
};

/* ---- queues -------------------------------------------------------------- */

static enum soter_rc
queue_new(struct queue *q, size_t cap)
{
	q->cap = cap;
	q->item = calloc(cap, sizeof(q->item[0]));
	return (q->item == NULL ? SOTER_E_NOMEM : SOTER_OK);
}

static void
queue_put(struct queue *q, uint32_t item)
{
	q->item[(q->first + q->n++) % q->cap] = item;
}

static uint32_t
queue_get(struct queue *q)
{
	uint32_t item = q->item[q->first];

	q->first = (q->first + 1) % q->cap;
	q->n--;
	return (item);
}

/* ---- connections --------------------------------------------------------- */

static enum soter_rc
watch(struct state *s, struct fleet_conn *c)
{
	uint32_t want = EPOLLIN | (fleet_conn_wants_out(c) ? EPOLLOUT : 0u);
	struct epoll_event e = { .events = want,
		.data.u32 = (uint32_t)(c - s->conn) };

	if (c->watched == want)
		return (SOTER_OK);
	if (epoll_ctl(s->epoll, c->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
		c->link.fd, &e) != 0)
		return (SOTER_E_ENGINE);
	c->watched = want;
	return (SOTER_OK);
}

/* After anything was done to a connection: what was it, what is it? */
static enum soter_rc
settle(struct state *s, struct fleet_conn *c, enum fleet_conn_state was)
{
	s->shaking += (c->state == FLEET_CONN_SHAKING);
	s->shaking -= (was == FLEET_CONN_SHAKING);
	s->up += (c->state == FLEET_CONN_UP);
	s->up -= (was == FLEET_CONN_UP);
	if (c->state == FLEET_CONN_CLOSED) {
		c->watched = 0;
		c->retry_ns =
		    was == FLEET_CONN_UP ? 0 : fleet_now_ns() + RETRY_NS;
		if (!c->is_closed_listed)
			queue_put(&s->closed, (uint32_t)(c - s->conn));
		c->is_closed_listed = true;
		return (SOTER_OK);
	}
	if (!c->is_ready_listed && fleet_conn_has_room(c, &s->ground)) {
		queue_put(&s->ready, (uint32_t)(c - s->conn));
		c->is_ready_listed = true;
	}
	return (watch(s, c));
}

static enum soter_rc
open_next(struct state *s, uint64_t now)
{
	while (s->closed.n > 0 && s->shaking < SHAKING_MAX) {
		struct fleet_conn *c =
		    &s->conn[s->closed.item[s->closed.first]];

		if (c->retry_ns > now)
			break;
		(void)queue_get(&s->closed);
		c->is_closed_listed = false;
		fleet_conn_open(c, &s->ground);
		TRY(settle(s, c, FLEET_CONN_CLOSED));
	}
	return (SOTER_OK);
}

/* A connection with room, or NULL; some have lost it since they were listed. */
static struct fleet_conn *
next_ready(struct state *s)
{
	while (s->ready.n > 0) {
		struct fleet_conn *c = &s->conn[queue_get(&s->ready)];

		c->is_ready_listed = false;
		if (fleet_conn_has_room(c, &s->ground))
			return (c);
	}
	return (NULL);
}

static enum soter_rc
sweep(struct state *s, uint64_t now)
{
	if (now - s->swept_ns < SWEEP_NS)
		return (SOTER_OK);
	s->swept_ns = now;
	for (size_t i = 0; i < s->load->connections; i++) {
		struct fleet_conn *c = &s->conn[i];
		enum fleet_conn_state was = c->state;

		if (was == FLEET_CONN_CLOSED)
			continue;
		fleet_conn_time_out(c, &s->ground, now);
		TRY(settle(s, c, was));
	}
	return (SOTER_OK);
}

/* ---- what is due --------------------------------------------------------- */

/* When request i is due; exact for any number of them. */
static uint64_t
due_at(const struct state *s, uint64_t i)
{
	uint64_t rate = s->load->rate;

	return (s->begin_ns + i / rate * SECOND + i % rate * SECOND / rate);
}

/* Requests whose time comes before the end. */
static uint64_t
due_before_end(const struct state *s)
{
	uint64_t ns = s->end_ns - s->begin_ns, rate = s->load->rate, n;

	n = ns / SECOND * rate + (ns % SECOND * rate + SECOND - 1) / SECOND;
	return (s->load->limit > 0 && s->load->limit < n ? s->load->limit : n);
}

/* Is a request due now, and since when? */
static bool
is_due(struct state *s, uint64_t now, uint64_t *due)
{
	if (s->is_over || (s->load->limit > 0 && s->issued == s->load->limit)) {
		s->is_over = true;
		return (false);
	}
	*due = s->load->rate == 0 ? now : due_at(s, s->issued);
	return (*due <= now && *due < s->end_ns);
}

static enum soter_rc
ask(struct state *s, struct fleet_conn *c, uint64_t due)
{
	struct fleet_pending p = { .kind = fleet_mix_next(s->load->mix),
		.due_ns = due };
	enum fleet_conn_state was = c->state;
	enum soter_rc rc;

	s->request.len = 0;
	rc = fleet_requests_next(s->load->requests, p.kind, &s->request,
	    &p.share);
	if (rc == SOTER_E_NOTFOUND) {
		s->is_over = s->is_exhausted = true;
		return (SOTER_OK);
	}
	TRY(rc);
	TRY(fleet_conn_ask(c, &s->ground, p, soter_written(&s->request)));
	s->issued++;
	return (settle(s, c, was));
}

/* Send what is due, as far as there is room. */
static enum soter_rc
issue(struct state *s, uint64_t now)
{
	struct fleet_conn *c;
	uint64_t due;

	/* Who woke up late still sends what was due before the end. */
	while (is_due(s, now, &due) && (c = next_ready(s)) != NULL) {
		TRY(ask(s, c, due));
		now = fleet_now_ns();
	}
	if (now >= s->end_ns)
		s->is_over = true;
	return (SOTER_OK);
}

/* ---- the loop ------------------------------------------------------------ */

static uint64_t
least(uint64_t a, uint64_t b)
{
	return (a < b ? a : b);
}

/* Until when nothing has to be done unless somebody says something. */
static uint64_t
next_time(const struct state *s)
{
	uint64_t t = s->swept_ns + SWEEP_NS;

	if (s->closed.n > 0 && s->shaking < SHAKING_MAX && !s->is_over)
		t = least(t, s->conn[s->closed.item[s->closed.first]].retry_ns);
	if (s->is_over || s->begin_ns == 0)
		return (t);
	t = least(t, s->end_ns);
	if (s->ready.n > 0)
		t = least(t, s->load->rate == 0 ? 0 : due_at(s, s->issued));
	return (t);
}

static int
wait_for(struct state *s, struct epoll_event *events, uint64_t until)
{
	uint64_t now = fleet_now_ns(), ns = until > now ? until - now : 0;
	struct timespec t = { .tv_sec = (time_t)(ns / SECOND),
		.tv_nsec = (long)(ns % SECOND) };
	int n = epoll_pwait2(s->epoll, events, EVENTS, &t, NULL);

	/* A kernel before 5.11 knows milliseconds alone. */
	if (n < 0 && errno == ENOSYS)
		n = epoll_wait(s->epoll, events, EVENTS, (int)(ns / MS));
	return (n);
}

static enum soter_rc
turn(struct state *s)
{
	struct epoll_event events[EVENTS];
	int n = wait_for(s, events, next_time(s));

	if (n < 0 && errno != EINTR)
		return (SOTER_E_ENGINE);
	for (int i = 0; i < n; i++) {
		struct fleet_conn *c = &s->conn[events[i].data.u32];
		enum fleet_conn_state was = c->state;

		/* It may be another one by now, that is not ready: no harm. */
		if (was == FLEET_CONN_CLOSED)
			continue;
		fleet_conn_ready(c, &s->ground);
		TRY(settle(s, c, was));
	}
	return (sweep(s, fleet_now_ns()));
}

/* All connections, as far as they can be had. */
static enum soter_rc
start(struct state *s)
{
	uint64_t last_ns = fleet_now_ns(), now = last_ns;
	size_t up = 0;

	while (s->up < s->load->connections && now - last_ns < QUIET_NS &&
	    fleet_load_stop == 0) {
		TRY(open_next(s, now));
		TRY(turn(s));
		now = fleet_now_ns();
		if (s->up > up)
			last_ns = now;
		up = s->up;
	}
	return (s->up == 0 ? SOTER_E_NETWORK : SOTER_OK);
}

static void
tell(struct state *s, uint64_t now)
{
	if (s->load->tell == NULL || now - s->told_ns < TELL_NS)
		return;
	s->told_ns = now;
	s->load->tell(s->ground.books, (now - s->begin_ns) / MS,
	    (s->end_ns - s->begin_ns) / MS);
}

static void
heed_stop(struct state *s, uint64_t now)
{
	if (fleet_load_stop == 0 || s->is_over)
		return;
	s->is_over = true;
	s->end_ns = now;
}

static enum soter_rc
run(struct state *s)
{
	uint64_t patience = s->load->timeout_ms * MS + PATIENCE_NS, now;

	s->begin_ns = s->over_ns = now = fleet_now_ns();
	s->end_ns = now + s->load->seconds * SECOND;
	for (;;) {
		heed_stop(s, now);
		TRY(issue(s, now));
		if (!s->is_over) {
			s->over_ns = now;
			TRY(open_next(s, now));
		} else if (s->ground.under_way == 0 || fleet_load_stop > 1 ||
		    now > s->over_ns + patience)
			break;
		tell(s, now);
		TRY(turn(s));
		now = fleet_now_ns();
	}
	if (s->load->rate > 0 && !s->is_exhausted) {
		uint64_t due = due_before_end(s);

		s->ground.books->unsent = due > s->issued ? due - s->issued : 0;
	}
	return (SOTER_OK);
}

/* ---- begin and end ------------------------------------------------------- */

static enum soter_rc
begin(struct state *s)
{
	size_t n = s->load->connections;

	s->ground.scratch = malloc(FLEET_SCRATCH);
	s->request.cap = FLEET_REQUEST_MAX;
	s->request.p = malloc(FLEET_REQUEST_MAX);
	s->conn = calloc(n, sizeof(s->conn[0]));
	if (s->ground.scratch == NULL || s->request.p == NULL ||
	    s->conn == NULL)
		return (SOTER_E_NOMEM);
	for (size_t i = 0; i < n; i++)
		s->conn[i].link.fd = -1;
	TRY(queue_new(&s->ready, n));
	TRY(queue_new(&s->closed, n));
	for (size_t i = 0; i < n; i++) {
		s->conn[i].pending =
		    calloc(s->load->pipeline, sizeof(struct fleet_pending));
		if (s->conn[i].pending == NULL)
			return (SOTER_E_NOMEM);
		s->conn[i].is_closed_listed = true;
		queue_put(&s->closed, (uint32_t)i);
	}
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	/* Requests leave when they are due, not 50 us later. */
	(void)prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
	return (s->epoll < 0 ? SOTER_E_ENGINE : SOTER_OK);
}

static void
end(struct state *s)
{
	for (size_t i = 0; s->conn != NULL && i < s->load->connections; i++)
		fleet_conn_leave(&s->conn[i], &s->ground);
	if (s->epoll >= 0)
		(void)close(s->epoll);
	free(s->conn);
	free(s->ready.item);
	free(s->closed.item);
	free(s->request.p);
	free(s->ground.scratch);
}

static uint64_t
cpu_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return ((uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec);
}

enum soter_rc
fleet_load_run(const struct fleet_load *load, struct fleet_books *books,
    struct fleet_load_result *result)
{
	struct state s = { .load = load, .epoll = -1 };
	uint64_t cpu = 0;
	enum soter_rc rc;

	s.ground.load = load;
	s.ground.books = books;
	if ((rc = begin(&s)) != SOTER_OK || (rc = start(&s)) != SOTER_OK)
		goto out;
	cpu = cpu_ns();
	if ((rc = run(&s)) != SOTER_OK)
		goto out;
	*result = (struct fleet_load_result){
		.took_ns = fleet_now_ns() - s.begin_ns,
		.cpu_ns = cpu_ns() - cpu,
		.due = s.issued + books->unsent,
	};
out:
	end(&s);
	return (rc);
}
