/* SPDX-License-Identifier: BSD-3-Clause */
#include <poll.h>
#include <stdlib.h>

#include "fleet/answer.h"
#include "fleet/conn.h"
#include "fleet/fetch.h"

#define MS UINT64_C(1000000) /* ns */

struct fetch {
	struct fleet_link link;
	uint64_t until_ns;
	struct soter_writer in; /* owned */
};

/* Wait for what FLEET_IO_LATER asked for.  SOTER_E_NETWORK: too late. */
static enum soter_rc
wait_for(struct fetch *f)
{
	struct pollfd p = { .fd = f->link.fd,
		.events = f->link.wants_out ? POLLOUT : POLLIN };
	uint64_t now = fleet_now_ns();

	if (now >= f->until_ns ||
	    poll(&p, 1, (int)((f->until_ns - now) / MS) + 1) < 0)
		return (SOTER_E_NETWORK);
	return (SOTER_OK);
}

/* SOTER_OK: done, or not yet and worth another try. */
static enum soter_rc
heed(struct fetch *f, enum fleet_io io)
{
	if (io == FLEET_IO_LATER)
		return (wait_for(f));
	return (io == FLEET_IO_DONE ? SOTER_OK : SOTER_E_NETWORK);
}

static enum soter_rc
reach(struct fetch *f, const struct fleet_target *target, struct fleet_tls *tls)
{
	enum fleet_io io = fleet_link_open(&f->link, target, tls);

	while (io == FLEET_IO_LATER) {
		TRY(heed(f, io));
		io = fleet_link_shake(&f->link);
	}
	return (heed(f, io));
}

static enum soter_rc
put(struct fetch *f, struct soter_span request)
{
	while (request.n > 0) {
		size_t n = 0;

		TRY(heed(f,
		    fleet_link_write(&f->link, request.p, request.n, &n)));
		request = soter_span(request.p + n, request.n - n);
	}
	return (SOTER_OK);
}

static enum soter_rc
get(struct fetch *f, struct fleet_response *x)
{
	enum soter_rc rc = SOTER_E_SHORT;

	while (rc == SOTER_E_SHORT) {
		size_t n = 0;

		TRY(heed(f,
		    fleet_link_read(&f->link, f->in.p + f->in.len,
			f->in.cap - f->in.len, &n)));
		f->in.len += n;
		rc = fleet_response_parse(x, soter_written(&f->in));
	}
	return (rc == SOTER_OK ? SOTER_OK : SOTER_E_NETWORK);
}

enum soter_rc
fleet_fetch_token(const struct fleet_target *target, struct fleet_tls *tls,
    struct soter_span request, uint64_t timeout_ms, char *out, size_t size)
{
	struct fetch f = { .link.fd = -1 };
	struct fleet_response x;
	enum soter_rc rc;

	f.until_ns = fleet_now_ns() + timeout_ms * MS;
	f.in = soter_writer(malloc(FLEET_SCRATCH), FLEET_SCRATCH);
	if (f.in.p == NULL)
		return (SOTER_E_NOMEM);
	if ((rc = reach(&f, target, tls)) != SOTER_OK ||
	    (rc = put(&f, request)) != SOTER_OK ||
	    (rc = get(&f, &x)) != SOTER_OK)
		goto out;
	rc = x.status == 200
	    ? fleet_said_text(x.body, "access_token", out, size)
	    : SOTER_E_DENIED;
	if (rc == SOTER_E_NOTFOUND)
		rc = SOTER_E_DENIED;
out:
	fleet_link_drop(&f.link);
	free(f.in.p);
	return (rc);
}
