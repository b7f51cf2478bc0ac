/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tee_internal_api.h>

#include "teehost/conn.h"
#include "teehost/control.h"
#include "teehost/identity.h"
#include "teehost/log.h"
#include "teehost/tas.h"

#define HEAR_MAX 16 /* messages in a row */

static struct teehost_entry *
entry(const struct teehost_tas *tas, size_t ta)
{
	return (&tas->catalog->list[ta]);
}

static void
refuse(int fd, TEE_Result result)
{
	teehost_conn_refuse(fd, result, TEE_ORIGIN_TEE);
	close(fd);
}

/* Is there a way of open sessions that leads from one to the other? */
static bool
leads_to(const struct teehost_tas *tas, size_t from, size_t to)
{
	bool seen[TEEHOST_TAS_MAX] = { false };
	size_t next[TEEHOST_TAS_MAX], n = 0;

	seen[from] = true;
	next[n++] = from;
	while (n > 0) {
		size_t at = next[--n];

		if (at == to)
			return (true);
		for (size_t i = 0; i < tas->catalog->n; i++) {
			if (tas->list[at].calls[i] == 0 || seen[i])
				continue;
			seen[i] = true;
			next[n++] = i;
		}
	}
	return (false);
}

/* ---- starting ---------------------------------------------------------- */

static enum soter_rc
send_setup(const struct teehost_tas *tas, size_t ta, int control)
{
	const struct teehost_entry *e = entry(tas, ta);
	struct soter_teectl x = { .kind = SOTER_TEECTL_SETUP,
		.serial = tas->is_tpm,
		.number = tas->protection,
		.code = tas->self };
	struct soter_teectl device = { .kind = SOTER_TEECTL_DEVICE };
	const int fds[] = { e->object, e->conf, e->storage };
	enum soter_rc rc;

	soter_copy(x.uuid, e->uuid, sizeof(x.uuid));
	soter_copy(x.bytes, e->key, sizeof(x.bytes));
	rc = teehost_control_send(control, &x, fds, SOTER_COUNT(fds), false);
	soter_wipe(&x, sizeof(x));
	TRY(rc);
	soter_copy(device.uuid, tas->device, sizeof(device.uuid));
	return (teehost_control_send(control, &device, NULL, 0, false));
}

static enum soter_rc
send_start(const struct teehost_tas *tas, size_t ta, int fd)
{
	struct soter_teectl x = { .kind = SOTER_TEECTL_START };

	soter_copy(x.uuid, entry(tas, ta)->uuid, sizeof(x.uuid));
	return (teehost_control_send(tas->starter, &x, &fd, 1, false));
}

static enum soter_rc
start(struct teehost_tas *tas, size_t ta)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct teehost_tas_process *p = &tas->list[ta];
	int pair[2];
	enum soter_rc rc;

	TRY(teehost_control_pair(pair));
	e.data.u64 = ta;
	rc = send_setup(tas, ta, pair[0]);
	if (rc == SOTER_OK)
		rc = send_start(tas, ta, pair[1]);
	if (rc == SOTER_OK &&
	    epoll_ctl(tas->epoll, EPOLL_CTL_ADD, pair[0], &e) != 0)
		rc = SOTER_E_NOMEM;
	close(pair[1]);
	if (rc != SOTER_OK) {
		close(pair[0]);
		return (rc);
	}
	*p = (struct teehost_tas_process){ .state = TEEHOST_TA_STARTING,
		.control = pair[0] };
	tas->lives[ta].began_ms = tas->now_ms;
	return (SOTER_OK);
}

/* ---- clients ----------------------------------------------------------- */

/* Send those that are not sent yet, as far as the process takes them now. */
static void
send_waiting(struct teehost_tas *tas, size_t ta)
{
	struct teehost_tas_process *p = &tas->list[ta];
	struct teehost_waiting_client *w;

	while ((w = teehost_waiting_next(&tas->waiting, ta)) != NULL) {
		if (teehost_control_send(p->control, &w->adopt, &w->fd, 1,
			false) != SOTER_OK)
			break;
		w->is_sent = true;
		p->adopted++;
	}
}

static void
refuse_waiting(struct teehost_tas *tas, size_t ta, TEE_Result result)
{
	teehost_waiting_drop(&tas->waiting, ta, TEEHOST_WAITING_MAX, result);
}

/* ---- what a process says ----------------------------------------------- */

/* It died: how long must it rest?  0: not at all. */
static uint64_t
rest_ms(struct teehost_tas *tas, size_t ta)
{
	struct teehost_tas_lives *l = &tas->lives[ta];
	uint64_t rest = TEEHOST_REST_MS;

	if (tas->now_ms - l->began_ms >= TEEHOST_LIFE_MS)
		l->deaths = 0;
	if (++l->deaths <= TEEHOST_DEATHS_MAX)
		return (0);
	for (unsigned i = TEEHOST_DEATHS_MAX + 1;
	     i < l->deaths && rest < TEEHOST_REST_MAX_MS; i++)
		rest *= 2;
	return (rest);
}

/* Its clients come with it, if there are any, or are refused. */
static void
start_again(struct teehost_tas *tas, size_t ta)
{
	uint64_t rest = rest_ms(tas, ta);

	if (rest == 0) {
		teehost_log("%s: ended; it starts anew with its next client",
		    entry(tas, ta)->name);
		if (!teehost_waiting_again(&tas->waiting, ta) ||
		    start(tas, ta) != SOTER_OK)
			refuse_waiting(tas, ta, TEE_ERROR_TARGET_DEAD);
		return;
	}
	teehost_log("%s: ended %u times in a row; it rests for %u ms",
	    entry(tas, ta)->name, tas->lives[ta].deaths, (unsigned)rest);
	tas->lives[ta].rests_until_ms = tas->now_ms + rest;
	refuse_waiting(tas, ta, TEE_ERROR_BUSY);
}

static void
ended(struct teehost_tas *tas, size_t ta)
{
	struct teehost_tas_process *p = &tas->list[ta];
	enum teehost_tas_state state = p->state;

	close(p->control);
	teehost_steps_forget(&tas->steps, ta);
	if (p->has_answer && p->answer_fd >= 0)
		close(p->answer_fd);
	*p = (struct teehost_tas_process){ .state = TEEHOST_TA_ABSENT };
	/* Who waits for one that died while starting would see that again. */
	if (state == TEEHOST_TA_STARTING || tas->is_stopping)
		refuse_waiting(tas, ta, TEE_ERROR_TARGET_DEAD);
	if (tas->is_stopping)
		return;
	if (state != TEEHOST_TA_RETIRING)
		start_again(tas, ta);
	else if (teehost_waiting_again(&tas->waiting, ta) &&
	    start(tas, ta) != SOTER_OK)
		refuse_waiting(tas, ta, TEE_ERROR_TARGET_DEAD);
}

static void
watch(struct teehost_tas *tas, size_t ta, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u64 = ta };

	if (epoll_ctl(tas->epoll, EPOLL_CTL_MOD, tas->list[ta].control, &e) !=
	    0)
		teehost_log("epoll: %s", strerror(errno));
}

/*
 * Answer a question.  The socket may be full of clients; a process has one
 * question at a time, so one place is enough to keep the answer.
 */
static void
answer(struct teehost_tas *tas, size_t ta, const struct soter_teectl *x, int fd)
{
	struct teehost_tas_process *p = &tas->list[ta];
	enum soter_rc rc;

	rc = teehost_control_send(p->control, x, &fd, fd >= 0, false);
	if (rc == SOTER_E_FULL && !p->has_answer) {
		p->has_answer = true;
		p->answer = *x;
		p->answer_fd = fd;
		watch(tas, ta, EPOLLIN | EPOLLOUT);
		return;
	}
	if (fd >= 0)
		close(fd);
}

static void
answer_again(struct teehost_tas *tas, size_t ta)
{
	struct teehost_tas_process *p = &tas->list[ta];

	if (!p->has_answer)
		return;
	p->has_answer = false;
	watch(tas, ta, EPOLLIN);
	answer(tas, ta, &p->answer, p->answer_fd);
}

static void
on_ready(struct teehost_tas *tas, size_t ta, const struct soter_teectl *x)
{
	struct teehost_tas_process *p = &tas->list[ta];

	if (p->state != TEEHOST_TA_STARTING)
		return;
	if (x->code == TEE_SUCCESS) {
		p->state = TEEHOST_TA_RUNNING;
		send_waiting(tas, ta);
	} else {
		/* It ends by itself. */
		p->state = TEEHOST_TA_RETIRING;
		refuse_waiting(tas, ta, x->code);
	}
}

/* What it has, it has said in the order in which it was sent. */
static void
on_adopted(struct teehost_tas *tas, size_t ta, const struct soter_teectl *x)
{
	struct teehost_tas_process *p = &tas->list[ta];

	if (x->number <= p->taken || x->number > p->adopted)
		return;
	teehost_waiting_drop(&tas->waiting, ta, x->number - p->taken,
	    TEE_SUCCESS);
	p->taken = x->number;
	send_waiting(tas, ta);
}

static void
on_anchor(struct teehost_tas *tas, size_t ta, const struct soter_teectl *x)
{
	const struct teehost_anchor *anchor = entry(tas, ta)->anchor;

	teehost_steps_ask(&tas->steps, ta, x,
	    x->kind == SOTER_TEECTL_ANCHOR_EXTEND &&
		anchor->ops->protection > 0);
}

static void
answer_anchor(struct teehost_tas *tas, size_t ta, const struct soter_teectl *x)
{
	struct teehost_anchor *anchor = entry(tas, ta)->anchor;
	struct soter_teectl y = { .kind = SOTER_TEECTL_ANSWER,
		.serial = x->serial };
	enum soter_rc rc;

	rc = x->kind == SOTER_TEECTL_ANCHOR_READ
	    ? anchor->ops->read(anchor, y.bytes)
	    : anchor->ops->extend(anchor, x->bytes);
	if (rc != SOTER_OK)
		teehost_log("%s: anchor: %s", entry(tas, ta)->name,
		    soter_rc_text(rc));
	y.code = (uint32_t)rc;
	answer(tas, ta, &y, -1);
}

/* A session from one TA to another; *fd receives the caller's end. */
static TEE_Result
open_session(struct teehost_tas *tas, size_t from, size_t to, int *fd)
{
	TEE_Identity caller = { .login = TEE_LOGIN_TRUSTED_APP };
	int pair[2];

	if (to == tas->catalog->n)
		return (TEE_ERROR_ITEM_NOT_FOUND);
	/* Each waits for the other, for good: a call must not come back. */
	if (leads_to(tas, to, from)) {
		teehost_log("%s may not call %s: a circle",
		    entry(tas, from)->name, entry(tas, to)->name);
		return (TEE_ERROR_ACCESS_CONFLICT);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return (TEE_ERROR_OUT_OF_MEMORY);
	caller.uuid = teehost_identity_uuid(entry(tas, from)->uuid);
	tas->list[from].calls[to]++;
	*fd = pair[0];
	teehost_tas_adopt(tas, to, pair[1], &caller,
	    TEEHOST_CONN_UID_OF_TA(from));
	return (TEE_SUCCESS);
}

static void
on_ta_open(struct teehost_tas *tas, size_t ta, const struct soter_teectl *x)
{
	struct soter_teectl y = { .kind = SOTER_TEECTL_ANSWER,
		.serial = x->serial };
	int fd = -1;

	y.code = open_session(tas, ta,
	    teehost_catalog_find(tas->catalog, x->uuid), &fd);
	answer(tas, ta, &y, fd);
}

static void
on_ta_closed(struct teehost_tas *tas, size_t ta, const struct soter_teectl *x)
{
	size_t to = teehost_catalog_find(tas->catalog, x->uuid);

	if (to < tas->catalog->n && tas->list[ta].calls[to] > 0)
		tas->list[ta].calls[to]--;
}

static void
on_idle(struct teehost_tas *tas, size_t ta, const struct soter_teectl *x)
{
	const struct soter_teectl quit = { .kind = SOTER_TEECTL_QUIT };
	struct teehost_tas_process *p = &tas->list[ta];

	/* A client may be on its way to it. */
	if (p->state != TEEHOST_TA_RUNNING || x->number != p->adopted)
		return;
	if (teehost_control_send(p->control, &quit, NULL, 0, false) == SOTER_OK)
		p->state = TEEHOST_TA_RETIRING;
}

static const struct {
	enum soter_teectl_kind kind;
	void (
	    *run)(struct teehost_tas *, size_t ta, const struct soter_teectl *);
} messages[] = {
	{ SOTER_TEECTL_READY, on_ready },
	{ SOTER_TEECTL_ADOPTED, on_adopted },
	{ SOTER_TEECTL_ANCHOR_READ, on_anchor },
	{ SOTER_TEECTL_ANCHOR_EXTEND, on_anchor },
	{ SOTER_TEECTL_TA_OPEN, on_ta_open },
	{ SOTER_TEECTL_TA_CLOSED, on_ta_closed },
	{ SOTER_TEECTL_IDLE, on_idle },
};

/* One message.  false: there is none. */
static bool
take_message(struct teehost_tas *tas, size_t ta)
{
	struct soter_teectl x;
	struct teehost_fds fds;
	enum soter_rc rc;

	rc = teehost_control_receive(tas->list[ta].control, &x, &fds, false);
	if (rc == SOTER_E_NOTFOUND)
		return (false);
	if (rc == SOTER_E_READ) {
		ended(tas, ta);
		return (false);
	}
	teehost_fds_close(&fds);
	for (size_t i = 0; rc == SOTER_OK && i < SOTER_COUNT(messages); i++)
		if (messages[i].kind == x.kind)
			messages[i].run(tas, ta, &x);
	return (true);
}

/*
 * A process that says that it is idle, or has died, has said so before its last
 * client learned of it: that one, coming again, must not be sent there.
 */
static void
hear_out(struct teehost_tas *tas, size_t ta)
{
	for (int i = 0; i < HEAR_MAX; i++)
		if (tas->list[ta].state != TEEHOST_TA_RUNNING ||
		    !take_message(tas, ta))
			break;
}

void
teehost_tas_adopt(struct teehost_tas *tas, size_t ta, int fd,
    const TEE_Identity *client, uint32_t uid)
{
	struct teehost_tas_process *p = &tas->list[ta];
	struct soter_teectl adopt = { .kind = SOTER_TEECTL_ADOPT,
		.number = uid,
		.code = client->login };

	hear_out(tas, ta);
	if (tas->is_stopping) {
		refuse(fd, TEE_ERROR_TARGET_DEAD);
		return;
	}
	if (p->state == TEEHOST_TA_ABSENT &&
	    tas->now_ms < tas->lives[ta].rests_until_ms) {
		refuse(fd, TEE_ERROR_BUSY);
		return;
	}
	teehost_identity_bytes(adopt.uuid, &client->uuid);
	if (teehost_waiting_add(&tas->waiting, ta, fd, &adopt) != SOTER_OK) {
		refuse(fd, TEE_ERROR_BUSY);
		return;
	}
	if (p->state == TEEHOST_TA_ABSENT && start(tas, ta) != SOTER_OK) {
		teehost_log("%s: cannot be started", entry(tas, ta)->name);
		refuse_waiting(tas, ta, TEE_ERROR_OUT_OF_MEMORY);
		return;
	}
	if (p->state == TEEHOST_TA_RUNNING)
		send_waiting(tas, ta);
}

void
teehost_tas_event(struct teehost_tas *tas, size_t ta, uint32_t events)
{
	if ((events & EPOLLOUT) != 0)
		answer_again(tas, ta);
	if ((events & ~(uint32_t)EPOLLOUT) != 0)
		(void)take_message(tas, ta);
}

void
teehost_tas_turn(struct teehost_tas *tas)
{
	struct soter_teectl x;
	size_t ta;

	if (teehost_steps_next(&tas->steps, tas->now_ms, &ta, &x))
		answer_anchor(tas, ta, &x);
}

int
teehost_tas_wait(const struct teehost_tas *tas)
{
	return (teehost_steps_wait(&tas->steps, tas->now_ms));
}

void
teehost_tas_stop(struct teehost_tas *tas)
{
	const struct soter_teectl quit = { .kind = SOTER_TEECTL_QUIT };

	tas->is_stopping = true;
	for (size_t i = 0; i < tas->catalog->n; i++) {
		refuse_waiting(tas, i, TEE_ERROR_TARGET_DEAD);
		if (tas->list[i].state != TEEHOST_TA_ABSENT &&
		    teehost_control_send(tas->list[i].control, &quit, NULL, 0,
			false) != SOTER_OK)
			teehost_log("%s: cannot be told to end",
			    entry(tas, i)->name);
	}
}

size_t
teehost_tas_count(const struct teehost_tas *tas)
{
	size_t n = 0;

	for (size_t i = 0; i < tas->catalog->n; i++)
		n += tas->list[i].state != TEEHOST_TA_ABSENT;
	return (n);
}
