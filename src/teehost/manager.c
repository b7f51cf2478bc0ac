/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tee_internal_api.h>

#include "teehost/conn.h"
#include "teehost/log.h"
#include "teehost/manager.h"
#include "teehost/peer.h"
#include "teehost/tas.h"

#define EVENTS_MAX     64
#define ACCEPT_MAX     16  /* new clients in one turn */
#define LOOK_AROUND_MS 500 /* for deadlines */

/* What an event belongs to: a TA by its number, a peer, or one of these. */
#define ID_PEER	       0x1000
#define ID_LISTENER    0x10000
#define ID_SIGNAL      0x10001
#define ID_STARTER     0x10002

static struct manager {
	struct teehost_tas tas;
	struct teehost_peer peers[TEEHOST_PEERS_MAX];
	size_t peers_n;
	int epoll, listener, signals;
	bool is_over;
	uint64_t now_ms, stop_ms;
} manager;

static uint64_t
time_ms(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_BOOTTIME, &t) != 0)
		return (0);
	return ((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

static enum soter_rc
watch(const struct manager *m, int fd, uint64_t id)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = id };

	return (epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &e) == 0
		? SOTER_OK
		: SOTER_E_NOMEM);
}

/* ---- clients ----------------------------------------------------------- */

/* The place is free again; fd is closed unless somebody took it over. */
static void
forget(struct manager *m, struct teehost_peer *peer, bool is_taken)
{
	if (!is_taken)
		close(peer->fd);
	peer->fd = -1;
	m->peers_n--;
}

static void
refuse(struct manager *m, struct teehost_peer *peer, TEE_Result result)
{
	teehost_conn_refuse(peer->fd, result, TEE_ORIGIN_TEE);
	forget(m, peer, false);
}

/* The epoll set forgets the connection: its TA's process has one of its own. */
static void
hand_over(struct manager *m, struct teehost_peer *peer,
    const struct soter_teemsg *hello)
{
	size_t ta = teehost_catalog_find(m->tas.catalog, hello->uuid);
	TEE_Identity client;
	TEE_Result result;
	int fd = peer->fd;

	if (ta == m->tas.catalog->n) {
		refuse(m, peer, TEE_ERROR_ITEM_NOT_FOUND);
		return;
	}
	result = teehost_peer_identity(&client, peer, hello);
	if (result != TEE_SUCCESS) {
		refuse(m, peer, result);
		return;
	}
	(void)epoll_ctl(m->epoll, EPOLL_CTL_DEL, fd, NULL);
	forget(m, peer, true);
	teehost_tas_adopt(&m->tas, ta, fd, &client, peer->uid);
}

static void
look_at(struct manager *m, struct teehost_peer *peer)
{
	struct soter_teemsg hello;
	enum soter_rc rc = teehost_peer_hello(peer, &hello);

	if (rc == SOTER_OK)
		hand_over(m, peer, &hello);
	else if (rc == SOTER_E_FORMAT)
		refuse(m, peer, TEE_ERROR_BAD_FORMAT);
	else if (rc != SOTER_E_SHORT)
		forget(m, peer, false);
}

static struct teehost_peer *
free_place(struct manager *m)
{
	for (size_t i = 0; i < TEEHOST_PEERS_MAX; i++)
		if (m->peers[i].fd == -1)
			return (&m->peers[i]);
	return (NULL);
}

static size_t
peers_of(const struct manager *m, uid_t uid)
{
	size_t n = 0;

	for (size_t i = 0; m->peers_n > 0 && i < TEEHOST_PEERS_MAX; i++)
		n += m->peers[i].fd != -1 && m->peers[i].uid == uid;
	return (n);
}

/* Nearly always its HELLO is there already. */
static void
welcome(struct manager *m, int fd)
{
	struct teehost_peer *peer = free_place(m), who;

	if (peer == NULL ||
	    teehost_peer_begin(&who, fd, m->now_ms + TEEHOST_PEER_MS) !=
		SOTER_OK ||
	    peers_of(m, who.uid) >= TEEHOST_PEERS_UID_MAX) {
		teehost_conn_refuse(fd, TEE_ERROR_BUSY, TEE_ORIGIN_TEE);
		close(fd);
		return;
	}
	*peer = who;
	m->peers_n++;
	look_at(m, peer);
	if (peer->fd == fd &&
	    watch(m, fd, ID_PEER + (uint64_t)(peer - m->peers)) != SOTER_OK)
		forget(m, peer, false);
}

static void
accept_some(struct manager *m)
{
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd = accept4(m->listener, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		welcome(m, fd);
	}
}

static void
end_overdue(struct manager *m)
{
	for (size_t i = 0; m->peers_n > 0 && i < TEEHOST_PEERS_MAX; i++)
		if (m->peers[i].fd != -1 &&
		    m->peers[i].deadline_ms <= m->now_ms)
			forget(m, &m->peers[i], false);
}

/* ---- the loop ---------------------------------------------------------- */

static void
stop(struct manager *m)
{
	struct signalfd_siginfo info;

	if (read(m->signals, &info, sizeof(info)) < 0)
		return;
	(void)epoll_ctl(m->epoll, EPOLL_CTL_DEL, m->listener, NULL);
	m->stop_ms = m->now_ms + TEEHOST_STOP_MS;
	teehost_tas_stop(&m->tas);
}

static void
event(struct manager *m, const struct epoll_event *e)
{
	uint64_t id = e->data.u64;

	if (id == ID_LISTENER) {
		accept_some(m);
	} else if (id == ID_SIGNAL) {
		stop(m);
	} else if (id == ID_STARTER) {
		teehost_log("the starter of processes is gone");
		m->is_over = true;
	} else if (id >= ID_PEER) {
		if (m->peers[id - ID_PEER].fd != -1)
			look_at(m, &m->peers[id - ID_PEER]);
	} else if (m->tas.list[id].state != TEEHOST_TA_ABSENT) {
		teehost_tas_event(&m->tas, (size_t)id, e->events);
	}
}

/* ms to the next deadline, at most a second's fraction late; -1: none. */
static int
patience(const struct manager *m)
{
	int wait = teehost_tas_wait(&m->tas);

	if ((m->stop_ms != 0 || m->peers_n > 0) &&
	    (wait < 0 || wait > LOOK_AROUND_MS))
		return (LOOK_AROUND_MS);
	return (wait);
}

static bool
goes_on(const struct manager *m)
{
	if (m->is_over)
		return (false);
	return (m->stop_ms == 0 ||
	    (m->now_ms < m->stop_ms && teehost_tas_count(&m->tas) > 0));
}

static int
loop(struct manager *m)
{
	struct epoll_event events[EVENTS_MAX];

	while (goes_on(m)) {
		int n = epoll_wait(m->epoll, events, EVENTS_MAX, patience(m));

		m->now_ms = m->tas.now_ms = time_ms();
		for (int i = 0; i < n; i++)
			event(m, &events[i]);
		end_overdue(m);
		teehost_tas_turn(&m->tas);
	}
	return (m->is_over ? 1 : 0);
}

enum soter_rc
teehost_manager_signals(int *fd)
{
	sigset_t stop_signals;

	sigemptyset(&stop_signals);
	sigaddset(&stop_signals, SIGINT);
	sigaddset(&stop_signals, SIGTERM);
	sigaddset(&stop_signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &stop_signals, NULL) != 0)
		return (SOTER_E_ARGUMENT);
	*fd = signalfd(-1, &stop_signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return (*fd < 0 ? SOTER_E_NOMEM : SOTER_OK);
}

int
teehost_manager(const struct teehost_manager_setup *setup)
{
	struct manager *m = &manager;

	m->epoll = setup->epoll;
	m->listener = setup->listener;
	m->signals = setup->signals;
	m->now_ms = time_ms();
	for (size_t i = 0; i < TEEHOST_PEERS_MAX; i++)
		m->peers[i].fd = -1;
	m->tas.catalog = setup->catalog;
	m->tas.starter = setup->starter;
	m->tas.epoll = setup->epoll;
	m->tas.is_tpm = setup->is_tpm;
	m->tas.protection = setup->protection;
	m->tas.self = setup->self;
	soter_copy(m->tas.device, setup->device, sizeof(m->tas.device));
	if (watch(m, m->listener, ID_LISTENER) != SOTER_OK ||
	    watch(m, m->signals, ID_SIGNAL) != SOTER_OK ||
	    watch(m, setup->starter, ID_STARTER) != SOTER_OK)
		return (1);
	return (loop(m));
}
