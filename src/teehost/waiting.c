/* SPDX-License-Identifier: BSD-3-Clause */
#include <unistd.h>

#include <tee_internal_api.h>

#include "teehost/conn.h"
#include "teehost/waiting.h"

static size_t
count(const struct teehost_waiting *waiting, uint32_t uid)
{
	size_t n = 0;

	for (size_t i = 0; i < waiting->n; i++)
		n += waiting->list[i].adopt.number == uid;
	return (n);
}

enum soter_rc
teehost_waiting_add(struct teehost_waiting *waiting, size_t ta, int fd,
    const struct soter_teectl *adopt)
{
	size_t n = count(waiting, adopt->number);

	if (n >= TEEHOST_WAITING_UID_MAX ||
	    n >= (TEEHOST_WAITING_MAX - waiting->n + 1) / 2)
		return (SOTER_E_FULL);
	waiting->list[waiting->n++] = (struct teehost_waiting_client){ .ta = ta,
		.fd = fd,
		.adopt = *adopt };
	return (SOTER_OK);
}

/* Clients of this uid that are on their way to the TA, or of every uid. */
static size_t
sent(const struct teehost_waiting *waiting, size_t ta, uint32_t uid, bool every)
{
	size_t n = 0;

	for (size_t i = 0; i < waiting->n; i++) {
		const struct teehost_waiting_client *c = &waiting->list[i];

		n += c->is_sent && c->ta == ta &&
		    (every || c->adopt.number == uid);
	}
	return (n);
}

struct teehost_waiting_client *
teehost_waiting_next(struct teehost_waiting *waiting, size_t ta)
{
	size_t first = waiting->n, best = waiting->n, least = SIZE_MAX;
	struct teehost_waiting_client client;

	if (sent(waiting, ta, 0, true) >= TEEHOST_WAITING_SENT_MAX)
		return (NULL);
	for (size_t i = 0; i < waiting->n; i++) {
		const struct teehost_waiting_client *c = &waiting->list[i];
		size_t n;

		if (c->ta != ta || c->is_sent)
			continue;
		n = sent(waiting, ta, c->adopt.number, false);
		if (first == waiting->n)
			first = i;
		if (n < least) {
			least = n;
			best = i;
		}
	}
	if (best == waiting->n)
		return (NULL);
	/* Behind those that were sent, before those that were not. */
	client = waiting->list[best];
	for (; best > first; best--)
		waiting->list[best] = waiting->list[best - 1];
	waiting->list[first] = client;
	return (&waiting->list[first]);
}

void
teehost_waiting_drop(struct teehost_waiting *waiting, size_t ta, size_t n,
    uint32_t result)
{
	size_t kept = 0;

	for (size_t i = 0; i < waiting->n; i++) {
		struct teehost_waiting_client *c = &waiting->list[i];

		if (c->ta != ta || n == 0) {
			waiting->list[kept++] = *c;
			continue;
		}
		n--;
		if (result != TEE_SUCCESS)
			teehost_conn_refuse(c->fd, result, TEE_ORIGIN_TEE);
		close(c->fd);
	}
	waiting->n = kept;
}

bool
teehost_waiting_again(struct teehost_waiting *waiting, size_t ta)
{
	bool any = false;

	for (size_t i = 0; i < waiting->n; i++) {
		if (waiting->list[i].ta != ta)
			continue;
		waiting->list[i].is_sent = false;
		any = true;
	}
	return (any);
}
