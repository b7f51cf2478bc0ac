/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When does isAuthKeyValid with auto delete remove the key?  Only when the TEE
 * has spoken of that key; never because of how a service or its death sounds.
 */
#include "device/core/inside.h"
#include "tests/check.h"

/* What came of the export, and what was asked after it. */
static struct {
	enum soter_rc link, code;
	const char *body;
	size_t body_n;
	unsigned exports, removals, others;
} service;

/* In place of link.c: a connection on which all goes as a row says. */
enum soter_rc
core_link_call(struct soter_core *core, const struct soter_dev_request *x,
    uint64_t end_ms, struct core_reply *out)
{
	(void)core;
	(void)end_ms;
	out->x = (struct soter_dev_reply){ .code = SOTER_OK };
	if (x->call == SOTER_DEV_AUTHKEY_REMOVE) {
		service.removals++;
		return (SOTER_OK);
	}
	if (x->call != SOTER_DEV_AUTHKEY_EXPORT) {
		service.others++;
		return (SOTER_OK);
	}
	service.exports++;
	out->x.code = service.code;
	out->x.body = soter_span(service.body, service.body_n);
	return (service.link);
}

void
core_link_close(struct soter_core *core)
{
	(void)core;
}

uint64_t
core_now_ms(void)
{
	return (1);
}

int
core_poll_ms(uint64_t end_ms)
{
	(void)end_ms;
	return (0);
}

static const struct {
	const char *what;
	enum soter_rc link, code;
	const char *body;
	size_t body_n;
	enum soter_rc want;
	unsigned removals;
} rows[] = {
	{ "the TEE calls it damaged", SOTER_OK, SOTER_E_KEY_BLOB, NULL, 0,
	    SOTER_E_KEY_BLOB, 1 },
	{ "its export cannot be read", SOTER_OK, SOTER_OK, "nonsense", 8,
	    SOTER_E_UNREADABLE, 1 },
	{ "an answer that is none, such as half of one when soterd dies",
	    SOTER_E_SERVICE_ANSWER, SOTER_OK, NULL, 0, SOTER_E_SERVICE_ANSWER,
	    0 },
	{ "no service", SOTER_E_NO_SERVICE, SOTER_OK, NULL, 0,
	    SOTER_E_NO_SERVICE, 0 },
	{ "time over", SOTER_E_TIME, SOTER_OK, NULL, 0, SOTER_E_TIME, 0 },
	{ "the core ends", SOTER_E_CANCELLED, SOTER_OK, NULL, 0,
	    SOTER_E_CANCELLED, 0 },
	{ "there is none", SOTER_OK, SOTER_E_AUTH_KEY_NOT_READY, NULL, 0,
	    SOTER_E_AUTH_KEY_NOT_READY, 0 },
	{ "a TEE in trouble", SOTER_OK, SOTER_E_TEE_UNKNOWN, NULL, 0,
	    SOTER_E_TEE_UNKNOWN, 0 },
};

static void
verdict(struct soter_core *core, size_t i, bool auto_delete)
{
	struct soter_answer a;

	check_row("%s: %s", rows[i].what,
	    auto_delete && rows[i].removals > 0 ? "it goes" : "it stays");
	service.link = rows[i].link;
	service.code = rows[i].code;
	service.body = rows[i].body;
	service.body_n = rows[i].body_n;
	service.exports = service.removals = service.others = 0;
	a = soter_core_is_authkey_valid(core, "pay", auto_delete, 0);
	CHECK(a.code == SOTER_CORE_UNKNOWN);
	CHECK_RC(a.rc, rows[i].want);
	CHECK(service.exports == 1 && service.others == 0);
	CHECK(service.removals == (auto_delete ? rows[i].removals : 0));
}

int
main(void)
{
	struct soter_core *core = NULL;

	if (soter_core_new(&core, NULL) != SOTER_OK)
		abort();
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		verdict(core, i, true);
		verdict(core, i, false);
	}
	soter_core_free(&core);
	return (check_done());
}
