/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * records_ack --create WHERE: makes a store.
 * records_ack WHERE N: writes N records of each kind, groups and decisions, to
 * a store that is there, and says "ack" on descriptor 9 in each done.  What the
 * kernel saw before each of these is held against it by
 * records_durable_test.py.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

#define ACK 9

static struct soter_lane *lane;
static bool is_done;
static int failed;

static void
ack(const char *what)
{
	char line[40];
	int n = snprintf(line, sizeof(line), "ack %s\n", what);

	if (write(ACK, line, (size_t)n) != n)
		failed = 1;
	is_done = true;
}

static void
wait_for_it(void)
{
	while (!is_done) {
		struct pollfd fd = { .fd = soter_lane_fd(lane),
			.events = POLLIN };

		poll(&fd, 1, 1000);
		soter_lane_run(lane);
	}
	is_done = false;
}

static void
wrote(struct soter_write_batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		failed |= batch->groups[i].rc != SOTER_OK;
	ack(*(const enum soter_store_kind *)batch->context == SOTER_KIND_ROOTS
		? "roots"
		: "changing");
}

/* Two records in one group: of the roots, or of what changes. */
static void
put(enum soter_store_kind kind, int number)
{
	char key[2][40];
	struct soter_write x[2];
	struct soter_group group = { .writes = x, .n = 2 };
	struct soter_write_batch batch = { .groups = &group,
		.n = 1,
		.done = wrote,
		.context = &kind };

	for (int i = 0; i < 2; i++) {
		snprintf(key[i], sizeof(key[i]), "record %d %d", number, i);
		x[i] = (struct soter_write){ .op = SOTER_PUT_ABSENT,
			.kind = kind,
			.key = soter_text(key[i]),
			.value = SOTER_SPAN("value") };
	}
	soter_lane_write(lane, &batch);
	wait_for_it();
}

static void
accepted(struct soter_accept_batch *batch)
{
	failed |= batch->accepts[0].rc != SOTER_OK;
	ack("accept");
}

static void
accept_one(int number)
{
	char text[40];
	struct soter_write x = { .kind = SOTER_KIND_CHALLENGES };
	struct soter_accept a = { .counter = SOTER_SPAN("counter"),
		.count = (uint64_t)number + 1,
		.decision_is = SOTER_SPAN("yes") };
	struct soter_accept_batch batch = { .accepts = &a,
		.n = 1,
		.done = accepted };

	snprintf(text, sizeof(text), "challenge %d", number);
	x.key = a.challenge = a.decision = soter_text(text);
	if (soter_store_write(lane, &x, 1, 0) != SOTER_OK)
		failed = 1;
	soter_lane_accept(lane, &batch);
	wait_for_it();
}

int
main(int argc, char **argv)
{
	struct soter_store *store = NULL;
	int n = argc == 3 ? atoi(argv[2]) : 0;

	if (argc == 3 && strcmp(argv[1], "--create") == 0)
		return (soter_store_create(argv[2]) == SOTER_OK ? 0 : 1);
	if (n == 0 ||
	    soter_store_open(&store, argv[1], SOTER_STORE_READ_WRITE) !=
		SOTER_OK ||
	    soter_lane_open(&lane, store) != SOTER_OK)
		return (2);
	for (int i = 0; i < n; i++) {
		put(SOTER_KIND_ROOTS, i);
		put(SOTER_KIND_TENANTS, i);
		accept_one(i);
	}
	soter_lane_close(&lane);
	soter_store_close(&store);
	return (failed);
}
