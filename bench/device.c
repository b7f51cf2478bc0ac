/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/device.c -- device FOLDER: how long a user waits, from the touch to the
 * signed result, and where that time goes.
 *
 * Needs soterd and a TEE that is provisioned, whose sensor is simulated, on
 * which the finger "thumb" is enrolled, and whose enroller this is:
 * tools/bench_device.sh starts them.  The status file lies in FOLDER.
 *
 * A finger in another thread touches at a random moment after it was asked to.
 * Then the clock runs, until the app's server would be given the signed result:
 * the server is a function here that says yes.  The parts are the same calls
 * of the core, one after the other; no pauses of the wrapper are in them.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "soter/wrapper.h"
#include "tests/tee.h"

#define MUST(c)                                                            \
	do {                                                               \
		if (!(c)) {                                                \
			fprintf(stderr, "bench/device.c:%d: not so: %s\n", \
			    __LINE__, #c);                                 \
			exit(1);                                           \
		}                                                          \
	} while (0)

#define RUNS	  300
#define WARM	  20 /* before them */
#define HESITATE  25 /* milliseconds at most, between request and touch */
#define CHALLENGE "c1aac16694a71e3b0dfe66c30dcf9103"

static double
now_ms(void)
{
	struct timespec t;

	MUST(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return ((double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6);
}

/* ---- a row --------------------------------------------------------------- */

struct times {
	const char *what;
	double ms[RUNS];
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static void
print(struct times *t)
{
	qsort(t->ms, RUNS, sizeof(t->ms[0]), compare);
	printf("%-44s %9.2f %9.2f\n", t->what, t->ms[RUNS / 2],
	    t->ms[RUNS * 99 / 100]);
}

/* ---- the finger ---------------------------------------------------------- */

static const TEEC_UUID bio_uuid = SOTER_BIO_UUID;
static struct tee bio;
static sem_t asked, touched;
static double touch_ms; /* when it touched; between asked and touched */

static void
feed(void)
{
	struct soter_ta_request x = { .modality = SOTER_MODALITY_FINGER,
		.sample = tee_text("thumb") };

	MUST(tee_bio(&bio, SOTER_BIO_SIM_FEED, &x) == 0);
}

static void
wait_for(sem_t *s)
{
	while (sem_wait(s) != 0)
		MUST(errno == EINTR);
}

/* Numbers that are the same each time: the runs are comparable. */
static long
hesitate_ns(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return ((long)(x % (HESITATE * 1000000)));
}

static void *
finger(void *nothing)
{
	(void)nothing;
	for (;;) {
		struct timespec t = { 0, 0 };

		wait_for(&asked);
		t.tv_nsec = hesitate_ns();
		nanosleep(&t, NULL);
		touch_ms = now_ms();
		feed();
		sem_post(&touched);
	}
	return (NULL);
}

/* ---- an app -------------------------------------------------------------- */

static double asked_ms, signed_ms;

static void
on_event(void *context, enum soter_auth_event event, unsigned left)
{
	(void)context;
	(void)left;
	if (event != SOTER_AUTH_TOUCH)
		return;
	asked_ms = now_ms();
	sem_post(&asked);
}

static enum soter_rc
take_result(void *context, int32_t scene,
    const struct soter_core_signed *result, unsigned ms)
{
	(void)context;
	(void)scene;
	(void)result;
	(void)ms;
	signed_ms = now_ms();
	return (SOTER_OK);
}

static struct soter_wrapper *
make_wrapper(const char *folder)
{
	static const int32_t scenes[] = { 1 };
	const struct soter_network network = { .upload_result = take_result };
	const struct soter_wrapper_options options = { .scenes = scenes,
		.scenes_n = 1,
		.status_dir = folder,
		.network = &network };
	struct soter_wrapper *w = NULL;

	MUST(soter_wrapper_new(&w, &options) == SOTER_OK);
	MUST(soter_wrapper_init(w, 0, NULL).code == 0);
	MUST(
	    soter_wrapper_prepare_authkey(w, 1, SOTER_AUTO_PREPARE_ASK, 0, NULL)
		.code == 0);
	return (w);
}

static void
authorise(struct soter_wrapper *w)
{
	static struct times to_signed = { .what = "touch to signed result" },
			    to_return = { .what =
					      "touch to authorise's return" },
			    whole = { .what = "authorise, the wait for the "
					      "finger left out" };
	const struct soter_authorisation what = { .scene = 1,
		.challenge = CHALLENGE,
		.event = on_event };

	for (int i = -WARM; i < RUNS; i++) {
		double begin = now_ms(), end;

		MUST(soter_wrapper_authorise(w, &what, 0, NULL).code == 0);
		end = now_ms();
		wait_for(&touched);
		if (i < 0)
			continue;
		to_signed.ms[i] = signed_ms - touch_ms;
		to_return.ms[i] = end - touch_ms;
		whole.ms[i] = end - touch_ms + asked_ms - begin;
	}
	print(&to_signed);
	print(&to_return);
	print(&whole);
}

/* ---- its parts ----------------------------------------------------------- */

enum part { WAY, INIT, BEGIN, FEED, STEP, FINISH, PARTS };

static struct times parts[PARTS] = {
	[WAY] = { .what = "a call that needs no TEE: the way alone" },
	[INIT] = { .what = "initSign" },
	[BEGIN] = { .what = "the sensor begins to look" },
	[FEED] = { .what = "the simulated touch" },
	[STEP] = { .what = "a look at it: the match" },
	[FINISH] = { .what = "finishSign" },
};

/* What it took since *t, which is now. */
static void
take(enum part part, int i, double *t)
{
	double now = now_ms();

	if (i >= 0)
		parts[part].ms[i] = now - *t;
	*t = now_ms();
}

static void
one_by_one(struct soter_core *core, const char *kname, int i)
{
	static struct soter_core_signed result;
	double t = now_ms();
	uint64_t session;
	uint32_t version;
	unsigned left;

	MUST(soter_core_version(core, 0, &version).code == 0);
	take(WAY, i, &t);
	MUST(soter_core_init_sign(core, kname,
		 (struct soter_span){ (const uint8_t *)CHALLENGE,
		     strlen(CHALLENGE) },
		 0, &session)
		 .code == 0);
	take(INIT, i, &t);
	MUST(soter_core_auth_begin(core, session, SOTER_FINGER, 0).code == 0);
	take(BEGIN, i, &t);
	feed();
	take(FEED, i, &t);
	MUST(soter_core_auth_step(core, session, 0, &left).code == 0);
	take(STEP, i, &t);
	MUST(soter_core_finish_sign(core, session, 0, &result).code == 0);
	take(FINISH, i, &t);
}

int
main(int argc, char **argv)
{
	struct soter_wrapper *w;
	pthread_t thread;
	char kname[128];

	if (argc != 2) {
		fputs("usage: device FOLDER, with a soterd; see "
		      "tools/bench_device.sh\n",
		    stderr);
		return (2);
	}
	MUST(sem_init(&asked, 0, 0) == 0 && sem_init(&touched, 0, 0) == 0);
	MUST(tee_open(&bio, &bio_uuid) == TEEC_SUCCESS);
	MUST(pthread_create(&thread, NULL, finger, NULL) == 0);
	w = make_wrapper(argv[1]);
	printf("%-44s %9s %9s\n", "milliseconds", "p50", "p99");
	authorise(w);
	MUST(soter_wrapper_kname(w, 1, kname) == SOTER_OK);
	for (int i = -WARM; i < RUNS; i++)
		one_by_one(soter_wrapper_core(w), kname, i);
	puts("its parts, one call after the other:");
	for (unsigned i = 0; i < PARTS; i++)
		print(&parts[i]);
	soter_wrapper_free(&w);
	return (0);
}
