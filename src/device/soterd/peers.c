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
	uint64_t asked; /* counts who does */
	struct soterd_peer peers[SOTERD_CONNECTIONS];
} all = { .lock = PTHREAD_MUTEX_INITIALIZER, .left = PTHREAD_COND_INITIALIZER };

#define EACH(p)                                 \
	struct soterd_peer *p = all.peers;      \
	p < all.peers + SOTER_COUNT(all.peers); \
	p++

static bool
is_of(const struct soterd_peer *p, struct soterd_caller who)
{
	return (p->who.uid == who.uid && p->who.pid == who.pid);
}

/* ---- places -------------------------------------------------------------- */

static size_t
count(uint32_t uid)
{
	size_t n = 0;

	for (EACH(p))
		n += p->is_taken && p->who.uid == uid;
	return (n);
}

static struct soterd_peer *
find_place(uint32_t uid)
{
	if (count(uid) >= SOTERD_PER_PEER)
		return (NULL);
	for (EACH(p))
		if (!p->is_taken)
			return (p);
	return (NULL);
}

/* Nothing of it is under way, and nothing ends with it. */
static bool
may_go(const struct soterd_peer *peer)
{
	if (!peer->is_taken || peer->is_at_work || peer->must_go ||
	    peer->has_gone)
		return (false);
	if (!soterd_sessions_has(peer->who))
		return (true);
	for (EACH(p))
		if (p != peer && p->is_taken && !p->must_go && !p->has_gone &&
		    is_of(p, peer->who))
			return (true);
	return (false);
}

/* Who makes room for one more of this uid; NULL: nobody. */
static struct soterd_peer *
find_idle(uint32_t uid)
{
	const size_t own = count(uid);
	struct soterd_peer *best = NULL;
	size_t most = 0;

	for (EACH(p)) {
		const size_t n = count(p->who.uid);
		const bool is_own = p->who.uid == uid;

		if (!may_go(p) ||
		    (!is_own && (own >= SOTERD_PER_PEER || n <= own)))
			continue;
		if (best != NULL &&
		    (n < most || (n == most && p->asked_as > best->asked_as)))
			continue;
		best = p;
		most = n;
	}
	return (best);
}

/*
 * A request that it has sent meanwhile is not read, so that its library knows
 * that it may ask again.
 */
static void
make_room(uint32_t uid)
{
	const uint64_t end = soterd_clock_ms() + SOTERD_ROOM_MS;
	struct soterd_peer *peer = find_idle(uid);

	if (peer == NULL)
		return;
	peer->must_go = true;
	shutdown(peer->fd, SHUT_RD);
	while (find_place(uid) == NULL &&
	    soterd_clock_wait(&all.left, &all.lock, end))
		;
}

struct soterd_peer *
soterd_peers_enter(int fd, struct soterd_caller who)
{
	struct soterd_peer *place;

	pthread_mutex_lock(&all.lock);
	if (find_place(who.uid) == NULL)
		make_room(who.uid);
	place = find_place(who.uid);
	if (place != NULL) {
		*place = (struct soterd_peer){ .who = who,
			.fd = fd,
			.is_taken = true,
			.asked_as = ++all.asked };
		all.n++;
	}
	pthread_mutex_unlock(&all.lock);
	return (place);
}

bool
soterd_peers_work(struct soterd_peer *peer)
{
	bool may;

	pthread_mutex_lock(&all.lock);
	may = !peer->must_go;
	peer->is_at_work = may;
	peer->asked_as = ++all.asked;
	pthread_mutex_unlock(&all.lock);
	return (may);
}

void
soterd_peers_rest(struct soterd_peer *peer)
{
	pthread_mutex_lock(&all.lock);
	peer->is_at_work = false;
	pthread_mutex_unlock(&all.lock);
}

/* ---- the end ------------------------------------------------------------- */

static bool
has_connection(struct soterd_caller who)
{
	for (EACH(p))
		if (p->is_taken && !p->has_gone && is_of(p, who))
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
