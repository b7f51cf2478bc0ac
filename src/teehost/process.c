/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One turn of the loop gives each user with a client that is ready one request.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "teehost/about.h"
#include "teehost/call.h"
#include "teehost/conf.h"
#include "teehost/conn.h"
#include "teehost/fair.h"
#include "teehost/identity.h"
#include "teehost/instance.h"
#include "teehost/link.h"
#include "teehost/loader.h"
#include "teehost/log.h"
#include "teehost/parent.h"
#include "teehost/process.h"
#include "teehost/sandbox.h"

#define EVENTS_MAX     (TEEHOST_CONNS_MAX + 1)
#define ADOPT_MAX      16   /* new clients in one turn */
#define LOOK_AROUND_MS 1000 /* for connections that stall */
#define PANIC_STATUS   70

static struct process {
	struct teehost_parent parent;
	struct teehost_conns conns;
	struct teehost_conf *conf;
	struct teehost_about about;
	struct teehost_disk *disk;
	struct teehost_anchor *anchor;
	struct teehost_store *store;
	struct teehost_instance *instance;
	struct teehost_conn *running; /* whose request the TA works on */
	int epoll;
	uint32_t told; /* of how many clients the manager knows */
	uint64_t now_ms, looked_ms;
	char name[24];
} process;

static uint64_t
time_ms(void *state)
{
	struct timespec t;

	(void)state;
	if (clock_gettime(CLOCK_BOOTTIME, &t) != 0)
		return (0);
	return ((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

/* ---- what the TA asks for ---------------------------------------------- */

/* A session of this TA to another one. */
struct far {
	struct teehost_link *link;
	uint8_t uuid[TEEHOST_UUID_LEN];
};

static void
far_closed(struct process *p, const struct far *far)
{
	struct soter_teectl x = { .kind = SOTER_TEECTL_TA_CLOSED };

	soter_copy(x.uuid, far->uuid, sizeof(x.uuid));
	teehost_parent_tell(&p->parent, &x);
}

/* Ask the manager for a connection. */
static TEE_Result
far_connect(struct process *p, const struct far *far, int *fd)
{
	struct soter_teectl x = { .kind = SOTER_TEECTL_TA_OPEN };

	soter_copy(x.uuid, far->uuid, sizeof(x.uuid));
	if (teehost_parent_ask(&p->parent, &x, fd) != SOTER_OK)
		return (TEE_ERROR_COMMUNICATION);
	if (x.code == TEE_SUCCESS && *fd == -1)
		return (TEE_ERROR_COMMUNICATION);
	return (x.code);
}

static TEE_Result
env_open(void *state, const TEE_UUID *to, uint32_t timeout_ms, uint32_t types,
    TEE_Param params[4], void **session, uint32_t *origin)
{
	struct process *p = state;
	struct far *far = calloc(1, sizeof(*far));
	TEE_Result result;
	int fd = -1;

	*origin = TEE_ORIGIN_TEE;
	if (far == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	teehost_identity_bytes(far->uuid, to);
	result = far_connect(p, far, &fd);
	if (result != TEE_SUCCESS) {
		free(far);
		return (result);
	}
	result = teehost_link_open(&far->link, fd, timeout_ms, types, params,
	    origin);
	if (result != TEE_SUCCESS) {
		far_closed(p, far);
		free(far);
		return (result);
	}
	*session = far;
	return (TEE_SUCCESS);
}

static TEE_Result
env_invoke(void *state, void *session, uint32_t timeout_ms, uint32_t command,
    uint32_t types, TEE_Param params[4], uint32_t *origin)
{
	struct far *far = session;

	(void)state;
	return (teehost_link_invoke(far->link, timeout_ms, command, types,
	    params, origin));
}

static void
env_close(void *state, void *session)
{
	struct far *far = session;

	teehost_link_close(&far->link);
	far_closed(state, far);
	free(far);
}

static bool
env_is_cancelled(void *state)
{
	struct process *p = state;

	return (p->running != NULL && teehost_conn_is_cancelled(p->running));
}

/* Nothing is put in order: whatever went wrong may have touched it. */
static void
env_panic(void *state, TEE_Result code, const char *why)
{
	(void)state;
	teehost_log("panic 0x%08x: %s", code, why == NULL ? "-" : why);
	_exit(PANIC_STATUS);
}

static const struct teehost_env env = {
	.open = env_open,
	.invoke = env_invoke,
	.close = env_close,
	.is_cancelled = env_is_cancelled,
	.time_ms = time_ms,
	.panic = env_panic,
};

/* ---- clients ----------------------------------------------------------- */

static void
watch(struct process *p, struct teehost_conn *conn, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = conn };

	if (epoll_ctl(p->epoll, EPOLL_CTL_MOD, conn->fd, &e) != 0)
		teehost_log("epoll: %s", strerror(errno));
}

/*
 * No client is left but these: the manager decides whether the instance ends.
 * It hears of it before the last client does, which may come again at once.
 */
static void
tell_idle(struct process *p, size_t but)
{
	const struct soter_teectl x = { .kind = SOTER_TEECTL_IDLE,
		.number = p->parent.adopted };

	if (p->conns.n == but && p->parent.waiting_n == 0 &&
	    !p->conf->keep_alive)
		teehost_parent_tell(&p->parent, &x);
}

static void
end_client(struct process *p, struct teehost_conn *conn)
{
	if (conn->is_open)
		teehost_instance_close(p->instance, conn->session);
	tell_idle(p, 1);
	/* Closing is not enough: the manager may still have the other copy. */
	(void)epoll_ctl(p->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
	teehost_conn_free(&conn, &p->conns);
}

static size_t
open_sessions(const struct process *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->conns.n; i++)
		n += p->conns.list[i]->is_open;
	return (n);
}

/* Run TA code; the origin of its result is the TA. */
static TEE_Result
run(struct process *p, struct teehost_conn *conn, const struct soter_teemsg *x,
    struct teehost_call *call)
{
	TEE_Result result;

	p->running = conn;
	if (x->kind == SOTER_TEEMSG_OPEN) {
		result = teehost_instance_open(p->instance, &conn->client,
		    x->types, call->params, &conn->session);
		conn->is_open = result == TEE_SUCCESS;
	} else {
		result = teehost_instance_invoke(p->instance, conn->session,
		    x->command, x->types, call->params);
	}
	p->running = NULL;
	return (result);
}

/*
 * Why the TA is not asked at all.  A cancellation that came before the request
 * began ends it here.
 */
static TEE_Result
refusal(const struct process *p, const struct teehost_conn *conn,
    const struct soter_teemsg *x)
{
	if (conn->is_cancelled)
		return (TEE_ERROR_CANCEL);
	if (x->kind == SOTER_TEEMSG_OPEN && !p->conf->multi_session &&
	    open_sessions(p) > 0)
		return (TEE_ERROR_BUSY);
	return (TEE_SUCCESS);
}

/* Answer one request; what the client is owed is sent or kept. */
static enum soter_rc
serve(struct process *p, struct teehost_conn *conn,
    const struct soter_teemsg *x)
{
	struct soter_teemsg reply = { .origin = TEE_ORIGIN_TEE };
	struct teehost_call call;
	enum soter_rc rc;

	if (x->kind == SOTER_TEEMSG_CANCEL)
		return (SOTER_OK);
	if (x->kind !=
	    (conn->is_open ? SOTER_TEEMSG_INVOKE : SOTER_TEEMSG_OPEN))
		return (SOTER_E_FORMAT);
	reply.result = refusal(p, conn, x);
	if (reply.result != TEE_SUCCESS) {
		rc = teehost_conn_reply(conn, &p->conns, p->now_ms, &reply);
	} else if (teehost_call_begin(&call, x) != SOTER_OK) {
		reply.result = TEE_ERROR_OUT_OF_MEMORY;
		rc = teehost_conn_reply(conn, &p->conns, p->now_ms, &reply);
	} else {
		reply.result = run(p, conn, x, &call);
		reply.origin = TEE_ORIGIN_TRUSTED_APP;
		teehost_call_result(&call, &reply);
		rc = teehost_conn_reply(conn, &p->conns, p->now_ms, &reply);
		teehost_call_end(&call);
	}
	conn->is_closing = !conn->is_open;
	return (rc);
}

/* A request may have come.  false: the client is to be closed. */
static bool
take_request(struct process *p, struct teehost_conn *conn)
{
	struct soter_teemsg x;
	enum soter_rc rc;

	rc = teehost_conn_receive(conn, &p->conns, p->now_ms, &x);
	if (rc == SOTER_E_SHORT)
		return (true);
	if (rc == SOTER_E_FULL) {
		watch(p, conn, 0);
		return (true);
	}
	if (rc != SOTER_OK)
		return (false);
	rc = serve(p, conn, &x);
	if (teehost_conn_end(conn, &p->conns) != SOTER_OK || rc != SOTER_OK)
		return (false);
	if (conn->out != NULL)
		watch(p, conn, EPOLLOUT);
	return (conn->out != NULL || !conn->is_closing);
}

/* The client takes more of its reply.  false: as above. */
static bool
send_more(struct process *p, struct teehost_conn *conn)
{
	enum soter_rc rc = teehost_conn_flush(conn, &p->conns, p->now_ms);

	if (rc == SOTER_E_SHORT)
		return (true);
	if (rc != SOTER_OK || conn->is_closing)
		return (false);
	watch(p, conn, EPOLLIN);
	return (true);
}

static void
look_at(struct process *p, struct teehost_conn *conn)
{
	uint32_t events = conn->events;
	bool stays;

	if (conn->out != NULL)
		stays = send_more(p, conn);
	else if (conn->is_parked && (events & EPOLLIN) == 0)
		stays = (events & (EPOLLHUP | EPOLLERR)) == 0;
	else
		stays = take_request(p, conn);
	if (!stays)
		end_client(p, conn);
}

static void
adopt(struct process *p, const struct soter_teectl *x, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct teehost_conn *conn = NULL;

	if (teehost_conn_new(&conn, &p->conns, fd, x->number, p->now_ms) !=
	    SOTER_OK) {
		tell_idle(p, 0);
		return;
	}
	conn->client = (TEE_Identity){ .login = x->code,
		.uuid = teehost_identity_uuid(x->uuid) };
	e.data.ptr = conn;
	if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
		end_client(p, conn);
}

/*
 * Clients that the manager sent; some at a time, so that the places of those
 * who have gone meanwhile are free.  false: it is over.
 */
static bool
take_clients(struct process *p)
{
	struct soter_teectl adopted = { .kind = SOTER_TEECTL_ADOPTED }, x;
	enum soter_rc rc = SOTER_OK;
	int fd;

	for (int i = 0; i < ADOPT_MAX && rc == SOTER_OK; i++) {
		rc = teehost_parent_next(&p->parent, &x, &fd);
		if (rc == SOTER_OK)
			adopt(p, &x, fd);
	}
	adopted.number = p->parent.adopted;
	if (adopted.number != p->told)
		teehost_parent_tell(&p->parent, &adopted);
	p->told = adopted.number;
	return (rc == SOTER_E_NOTFOUND || rc == SOTER_OK);
}

/* Close what stalls. */
static void
look_around(struct process *p)
{
	struct teehost_conn *conn;

	p->looked_ms = p->now_ms;
	while ((conn = teehost_conn_overdue(&p->conns, p->now_ms)) != NULL)
		end_client(p, conn);
}

static void
wake_parked(struct process *p)
{
	for (size_t i = 0; p->conns.parked > 0 && i < p->conns.n; i++)
		if (teehost_conn_may_unpark(p->conns.list[i], &p->conns))
			watch(p, p->conns.list[i], EPOLLIN);
}

/* Clients that came while an answer was waited for are there already. */
static int
patience(const struct process *p)
{
	if (p->parent.waiting_n > 0)
		return (0);
	return (p->conns.has_deadlines ? LOOK_AROUND_MS : -1);
}

/*
 * What has happened; those whose turn it is not are heard of again in the next
 * one.  Does the manager call?
 */
static bool
take_turn(struct process *p, const struct epoll_event *events, size_t n)
{
	struct teehost_conn *ready[EVENTS_MAX];
	size_t ready_n = 0;

	for (size_t i = 0; i < n; i++) {
		struct teehost_conn *conn = events[i].data.ptr;

		if (conn == NULL)
			continue;
		conn->events = events[i].events;
		ready[ready_n++] = conn;
	}
	n -= ready_n;
	ready_n = teehost_fair_pick(&p->conns, ready, ready_n);
	for (size_t i = 0; i < ready_n; i++)
		look_at(p, ready[i]);
	return (n > 0);
}

static int
loop(struct process *p)
{
	struct epoll_event events[EVENTS_MAX];
	bool goes_on = true;

	p->now_ms = p->looked_ms = time_ms(NULL);
	while (goes_on) {
		bool has_call;
		int n = epoll_wait(p->epoll, events, EVENTS_MAX, patience(p));

		p->now_ms = time_ms(NULL);
		has_call = take_turn(p, events, n > 0 ? (size_t)n : 0);
		if (has_call || p->parent.waiting_n > 0 || p->parent.is_quit)
			goes_on = take_clients(p);
		if (p->conns.has_deadlines &&
		    p->now_ms - p->looked_ms >= LOOK_AROUND_MS)
			look_around(p);
		wake_parked(p);
	}
	return (0);
}

/* ---- beginning and end ------------------------------------------------- */

static enum soter_rc
read_conf(struct process *p, int fd, uint32_t self)
{
	uint8_t text[TEEHOST_CONF_MAX + 1];
	struct teehost_conf_error error;
	ssize_t n = pread(fd, text, sizeof(text), 0);

	if (n < 0)
		return (SOTER_E_READ);
	return (teehost_conf_parse(&p->conf, soter_span(text, (size_t)n), self,
	    &error));
}

/* Everything that needs files and runs no code of the TA. */
static enum soter_rc
prepare(struct process *p, const struct soter_teectl *x,
    struct teehost_fds *fds)
{
	struct epoll_event e = { .events = EPOLLIN };

	TRY(read_conf(p, fds->fd[1], x->code));
	TRY(teehost_parent_anchor(&p->anchor, &p->parent, x->number));
	TRY(teehost_disk_posix(&p->disk, teehost_fds_take(fds, 2)));
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll < 0 ||
	    epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->parent.fd, &e) != 0)
		return (SOTER_E_NOMEM);
	return (SOTER_OK);
}

/*
 * The library reads its configuration and its source of randomness when they
 * are first used: now, while it can.
 */
static enum soter_rc
lock_down(int storage, int object)
{
	const struct teehost_sandbox_path paths[] = { { .fd = storage },
		{ .fd = object, .is_code = true } };
	TEE_Identity warm;

	TRY(teehost_identity_of(&warm, TEE_LOGIN_USER, 0));
	teehost_sandbox_memory();
	TRY(teehost_sandbox_files(paths, SOTER_COUNT(paths)));
	return (teehost_sandbox_calls(TEEHOST_SANDBOX_LOADER));
}

/*
 * A library runs code of its own while it is loaded, so the locks come first;
 * what the loader needs more than the TA goes right after it.
 */
static enum soter_rc
load(struct teehost_ta *ta, int storage, int object)
{
	enum soter_rc rc = lock_down(storage, object);

	if (rc == SOTER_OK) {
		TRY(teehost_loader_load(ta, object));
		rc = teehost_sandbox_calls(TEEHOST_SANDBOX_TA);
	}
	if (rc != SOTER_OK)
		teehost_log("the kernel refuses to lock this process down");
	return (rc);
}

static TEE_Result
storage_result(enum soter_rc rc)
{
	switch (rc) {
	case SOTER_E_ROLLBACK:
	case SOTER_E_CORRUPT:
		return (TEE_ERROR_CORRUPT_OBJECT);
	case SOTER_E_FULL:
		return (TEE_ERROR_STORAGE_NO_SPACE);
	case SOTER_E_NOMEM:
		return (TEE_ERROR_OUT_OF_MEMORY);
	default:
		return (TEE_ERROR_STORAGE_NOT_AVAILABLE);
	}
}

/* Storage and instance. */
static TEE_Result
start(struct process *p, const struct soter_teectl *x,
    const struct teehost_ta *ta)
{
	const struct teehost_setup setup = {
		.uuid = teehost_identity_uuid(x->uuid),
		.ta = *ta,
		.store = NULL,
		.ta_properties = p->conf->list,
		.ta_properties_n = p->conf->n,
		.tee_properties = p->about.list,
		.tee_properties_n = p->about.n,
		.env = &env,
		.env_state = p,
	};
	struct teehost_setup full = setup;
	enum soter_rc rc;

	rc = teehost_store_open(&p->store, p->disk, p->anchor, x->bytes);
	if (rc != SOTER_OK) {
		teehost_log("storage: %s; %s", soter_rc_text(rc),
		    soter_code_find(rc)->next);
		return (storage_result(rc));
	}
	full.store = p->store;
	if (teehost_instance_new(&p->instance, &full) != SOTER_OK)
		return (TEE_ERROR_OUT_OF_MEMORY);
	return (teehost_instance_start(p->instance));
}

/* From the manager's first two messages to a TA that may be called. */
static TEE_Result
begin(struct process *p)
{
	struct teehost_fds fds, none;
	struct soter_teectl x, device;
	struct teehost_ta ta;
	TEE_Result result = TEE_ERROR_GENERIC;
	int storage;

	if (teehost_control_receive(p->parent.fd, &x, &fds, true) != SOTER_OK)
		return (TEE_ERROR_COMMUNICATION);
	if (teehost_control_receive(p->parent.fd, &device, &none, true) !=
		SOTER_OK ||
	    x.kind != SOTER_TEECTL_SETUP || device.kind != SOTER_TEECTL_DEVICE)
		return (TEE_ERROR_COMMUNICATION);
	snprintf(p->name, sizeof(p->name), "soter-ta-%02x%02x%02x%02x",
	    x.uuid[0], x.uuid[1], x.uuid[2], x.uuid[3]);
	teehost_log_name(p->name);
	(void)prctl(PR_SET_NAME, p->name + sizeof("soter-") - 1);
	teehost_about(&p->about, x.serial != 0, x.number, device.uuid);
	storage = fds.fd[2];
	if (prepare(p, &x, &fds) == SOTER_OK &&
	    load(&ta, storage, fds.fd[0]) == SOTER_OK) {
		teehost_fds_close(&fds);
		result = start(p, &x, &ta);
	}
	soter_wipe(&x, sizeof(x));
	return (result);
}

static void
end(struct process *p)
{
	while (p->conns.n > 0) {
		struct teehost_conn *conn = p->conns.list[0];

		if (conn->is_open)
			teehost_instance_close(p->instance, conn->session);
		teehost_conn_free(&conn, &p->conns);
	}
	teehost_instance_free(&p->instance);
	teehost_store_close(&p->store);
	if (p->anchor != NULL)
		p->anchor->ops->close(&p->anchor);
	if (p->disk != NULL)
		p->disk->ops->close(&p->disk);
	teehost_conf_free(&p->conf);
}

int
teehost_process(int control)
{
	struct process *p = &process;
	struct soter_teectl ready = { .kind = SOTER_TEECTL_READY };
	int status = 1;

	/* Large requests are given back when they are done. */
	(void)mallopt(M_MMAP_THRESHOLD, TEEHOST_CONN_LARGE);
	p->parent.fd = control;
	ready.code = begin(p);
	teehost_parent_tell(&p->parent, &ready);
	if (ready.code == TEE_SUCCESS)
		status = loop(p);
	else
		teehost_log("not started: 0x%08x", ready.code);
	end(p);
	return (status);
}
