/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/socket.h>
#include <unistd.h>

#include "device/soterd/bounds.h"
#include "device/soterd/clock.h"
#include "device/soterd/log.h"
#include "device/soterd/peers.h"
#include "device/soterd/sessions.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t left;
	size_t n;
	struct soterd_peer peers[SOTERD_CONNECTIONS];
} all = { .lock = PTHREAD_MUTEX_INITIALIZER, .left = PTHREAD_COND_INITIALIZER };

#define EACH(p)                                 \
	struct soterd_peer *p = all.peers;      \
	p < all.peers + SOTER_COUNT(all.peers); \
	p++

struct soterd_peer *
soterd_peers_enter(int fd, struct soterd_caller who)
{
	struct soterd_peer *free = NULL;
	size_t of_uid = 0;

	pthread_mutex_lock(&all.lock);
	for (EACH(p)) {
		of_uid += p->is_taken && p->who.uid == who.uid;
		if (!p->is_taken)
			free = p;
	}
	if (of_uid >= SOTERD_PER_PEER)
		free = NULL;
	if (free != NULL) {
		*free = (struct soterd_peer){ .who = who,
			.fd = fd,
			.is_taken = true };
		all.n++;
	}
	pthread_mutex_unlock(&all.lock);
	return (free);
}

static bool
has_connection(struct soterd_caller who)
{
	for (EACH(p))
		if (p->is_taken && !p->has_gone && p->who.uid == who.uid &&
		    p->who.pid == who.pid)
			return (true);
	return (false);
}

/*
 * Taken under the lock: what a process of the same number begins, over a
 * connection that enters later, is not ended with it.
 */
void
soterd_peers_leave(struct soterd_peer *peer)
{
	struct soterd_session left[SOTERD_UID_SESSIONS];
	size_t n = 0;

	pthread_mutex_lock(&all.lock);
	peer->has_gone = true;
	if (!has_connection(peer->who))
		n = soterd_sessions_take(peer->who, left);
	pthread_mutex_unlock(&all.lock);
	for (size_t i = 0; i < n; i++)
		soterd_calls_end(left[i]);

	pthread_mutex_lock(&all.lock);
	close(peer->fd);
	peer->is_taken = false;
	all.n--;
	pthread_cond_broadcast(&all.left);
	pthread_mutex_unlock(&all.lock);
}

void
soterd_peers_end(void)
{
	const uint64_t end = soterd_clock_ms() + SOTERD_END_MS;

	pthread_mutex_lock(&all.lock);
	for (EACH(p))
		if (p->is_taken)
			shutdown(p->fd, SHUT_RD);
	while (all.n > 0 && soterd_clock_wait(&all.left, &all.lock, end))
		;
	if (all.n > 0)
		soterd_log("%zu calls are still in the TEE: not waited for",
		    all.n);
	pthread_mutex_unlock(&all.lock);
}
