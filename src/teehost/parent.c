/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <unistd.h>

#include <tee_internal_api.h>

#include "teehost/conn.h"
#include "teehost/parent.h"

static void
keep(struct teehost_parent *parent, const struct soter_teectl *x, int fd)
{
	size_t n = parent->waiting_n;

	if (n == TEEHOST_PARENT_WAITING_MAX) {
		teehost_conn_refuse(fd, TEE_ERROR_BUSY, TEE_ORIGIN_TEE);
		close(fd);
		return;
	}
	parent->waiting[n].x = *x;
	parent->waiting[n].fd = fd;
	parent->waiting_n++;
}

/* Receive one message; clients go to the waiting ones. */
static enum soter_rc
receive(struct teehost_parent *parent, struct soter_teectl *x,
    struct teehost_fds *fds, bool wait)
{
	TRY(teehost_control_receive(parent->fd, x, fds, wait));
	if (x->kind == SOTER_TEECTL_QUIT)
		parent->is_quit = true;
	if (x->kind == SOTER_TEECTL_ADOPT) {
		parent->adopted++;
		if (fds->fd[0] != -1)
			keep(parent, x, teehost_fds_take(fds, 0));
	}
	return (SOTER_OK);
}

enum soter_rc
teehost_parent_next(struct teehost_parent *parent, struct soter_teectl *x,
    int *fd)
{
	struct soter_teectl other;
	struct teehost_fds fds;

	while (parent->waiting_n == 0) {
		if (parent->is_quit)
			return (SOTER_E_READ);
		TRY(receive(parent, &other, &fds, false));
		teehost_fds_close(&fds);
	}
	*x = parent->waiting[0].x;
	*fd = parent->waiting[0].fd;
	parent->waiting_n--;
	for (size_t i = 0; i < parent->waiting_n; i++)
		parent->waiting[i] = parent->waiting[i + 1];
	return (SOTER_OK);
}

enum soter_rc
teehost_parent_ask(struct teehost_parent *parent, struct soter_teectl *x,
    int *fd)
{
	struct teehost_fds fds;
	struct soter_teectl y;

	x->serial = ++parent->serial;
	TRY(teehost_control_send(parent->fd, x, NULL, 0, true));
	for (;;) {
		TRY(receive(parent, &y, &fds, true));
		if (y.kind == SOTER_TEECTL_ANSWER && y.serial == x->serial)
			break;
		teehost_fds_close(&fds);
	}
	*x = y;
	if (fd != NULL)
		*fd = teehost_fds_take(&fds, 0);
	teehost_fds_close(&fds);
	return (SOTER_OK);
}

void
teehost_parent_tell(struct teehost_parent *parent, const struct soter_teectl *x)
{
	/* If the manager is gone, the next receive says so. */
	if (teehost_control_send(parent->fd, x, NULL, 0, true) != SOTER_OK)
		return;
}

struct remote {
	struct teehost_anchor anchor;
	struct teehost_anchor_ops ops;
	struct teehost_parent *parent;
};

static struct remote *
remote_of(struct teehost_anchor *anchor)
{
	return ((struct remote *)anchor);
}

static enum soter_rc
anchor_ask(struct teehost_anchor *anchor, struct soter_teectl *x)
{
	if (teehost_parent_ask(remote_of(anchor)->parent, x, NULL) != SOTER_OK)
		return (SOTER_E_STORAGE);
	return ((enum soter_rc)x->code);
}

static enum soter_rc
anchor_read(struct teehost_anchor *anchor, uint8_t value[TEEHOST_ANCHOR_LEN])
{
	struct soter_teectl x = { .kind = SOTER_TEECTL_ANCHOR_READ };

	TRY(anchor_ask(anchor, &x));
	soter_copy(value, x.bytes, TEEHOST_ANCHOR_LEN);
	return (SOTER_OK);
}

static enum soter_rc
anchor_extend(struct teehost_anchor *anchor,
    const uint8_t digest[TEEHOST_ANCHOR_LEN])
{
	struct soter_teectl x = { .kind = SOTER_TEECTL_ANCHOR_EXTEND };

	soter_copy(x.bytes, digest, TEEHOST_ANCHOR_LEN);
	return (anchor_ask(anchor, &x));
}

static void
anchor_close(struct teehost_anchor **anchor)
{
	free(remote_of(*anchor));
	*anchor = NULL;
}

enum soter_rc
teehost_parent_anchor(struct teehost_anchor **out,
    struct teehost_parent *parent, uint32_t protection)
{
	struct remote *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return (SOTER_E_NOMEM);
	r->ops = (struct teehost_anchor_ops){ .name = "manager",
		.protection = protection,
		.read = anchor_read,
		.extend = anchor_extend,
		.close = anchor_close };
	r->anchor.ops = &r->ops;
	r->parent = parent;
	*out = &r->anchor;
	return (SOTER_OK);
}
