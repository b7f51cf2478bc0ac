/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/tee.c -- tee FOLDER [PID...]: what a signature costs through the whole
 * TEE, beside OpenSSL's bare RSA-2048 private operation (what `openssl speed
 * rsa2048` measures) in the same run.
 *
 * Needs a TEE in which the caller is everything, whose sensor is simulated and
 * on which nothing was provisioned: tools/bench.sh starts one.  FOLDER is on
 * the disk of the TEE's storage; there the bare fsync is measured.  PID are the
 * processes of the TEE, whose processor time counts too.
 *
 * Shared machines are noisy, so each round runs every case for some
 * milliseconds and takes its ratio to the bare operation of that round; the
 * median of the rounds counts.  There are two: of wall-clock time; and of the
 * processor time of client and TEE together, which is what a core gives away.
 *
 * One finishSign of a block reserves the next block of the counter, durably,
 * and so no median shows it.  It is known by its counter; its time is measured
 * apart, and shared out among the block.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "tests/tee.h"
#include "wire/export.h"
#include "wire/result.h"

#define MUST(c)                                                         \
	do {                                                            \
		if (!(c)) {                                             \
			fprintf(stderr, "bench/tee.c:%d: not so: %s\n", \
			    __LINE__, #c);                              \
			exit(1);                                        \
		}                                                       \
	} while (0)

#define ROUNDS	47 /* odd: the median is one of them */
#define BATCH	SOTER_SESSIONS_MAX
#define BARE	16 /* bare operations of a round */
#define KEYS	15 /* generations, odd */
#define SYNCS	32
#define CLIENTS 4 /* at once; two sessions each */
#define UID	10001
#define PIN	"2580"

static const TEEC_UUID soter_uuid = SOTER_TA_UUID, bio_uuid = SOTER_BIO_UUID;
static struct tee soter, bio, clients[CLIENTS];

/* Two clocks at once. */
struct span {
	double wall, cpu;
};

#define PIDS_MAX 8

static struct {
	clockid_t clock[PIDS_MAX];
	size_t n;
} tee_clocks;

static double
read_s(clockid_t clock)
{
	struct timespec t;

	MUST(clock_gettime(clock, &t) == 0);
	return ((double)t.tv_sec + (double)t.tv_nsec * 1e-9);
}

static struct span
now(void)
{
	struct span t = { read_s(CLOCK_MONOTONIC),
		read_s(CLOCK_PROCESS_CPUTIME_ID) };

	for (size_t i = 0; i < tee_clocks.n; i++)
		t.cpu += read_s(tee_clocks.clock[i]);
	return (t);
}

/* Of one of n, since then. */
static struct span
since(struct span begin, double n)
{
	struct span t = now();

	return ((
	    struct span){ (t.wall - begin.wall) / n, (t.cpu - begin.cpu) / n });
}

static struct span
sum(struct span a, struct span b)
{
	return ((struct span){ a.wall + b.wall, a.cpu + b.cpu });
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static double
median(double *values, size_t n)
{
	qsort(values, n, sizeof(values[0]), compare);
	return (values[n / 2]);
}

/* ---- the bare operation ------------------------------------------------- */

static EVP_PKEY_CTX *bare_key;

static void
bare_prepare(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);

	MUST(key != NULL);
	bare_key = EVP_PKEY_CTX_new(key, NULL);
	MUST(bare_key != NULL && EVP_PKEY_sign_init(bare_key) == 1);
	EVP_PKEY_free(key);
}

/* The same with PSS, and a key of its own for each of a batch, as the TA does.
 */
static EVP_PKEY_CTX *pss_keys[BATCH];

static void
pss_prepare(void)
{
	for (size_t i = 0; i < BATCH; i++) {
		EVP_PKEY *key = EVP_RSA_gen(2048);
		EVP_PKEY_CTX *ctx;

		MUST(key != NULL);
		ctx = EVP_PKEY_CTX_new(key, NULL);
		MUST(ctx != NULL && EVP_PKEY_sign_init(ctx) == 1);
		MUST(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) ==
		    1);
		MUST(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1);
		MUST(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, 20) == 1);
		EVP_PKEY_free(key);
		pss_keys[i] = ctx;
	}
}

static void
pss(size_t i)
{
	static const uint8_t hash[32];
	uint8_t out[256];
	size_t n = sizeof(out);

	MUST(EVP_PKEY_sign(pss_keys[i], out, &n, hash, sizeof(hash)) == 1);
}

static struct span
bare_time(void)
{
	static const uint8_t in[36];
	uint8_t out[256];
	struct span begin = now();

	for (int i = 0; i < BARE; i++) {
		size_t n = sizeof(out);

		MUST(EVP_PKEY_sign(bare_key, out, &n, in, sizeof(in)) == 1);
	}
	return (since(begin, BARE));
}

/* ---- requests ----------------------------------------------------------- */

/* Session i of a batch: two AuthKeys of each uid. */
static struct soter_ta_request
request(size_t i)
{
	return ((struct soter_ta_request){ .uid = UID +
		(uint32_t)(i / SOTER_UID_SESSIONS_MAX),
	    .modality = SOTER_MODALITY_FINGER,
	    .kname = i % 2 == 0 ? tee_text("pay") : tee_text("login"),
	    .challenge = tee_text("c1aac16694a71e3b0dfe66c30dcf9103"),
	    .sample = tee_text("thumb"),
	    .pin = tee_text(PIN) });
}

static uint64_t sessions[BATCH];

static void
init(size_t i)
{
	struct soter_ta_request x = request(i);

	MUST(tee_soter(&soter, SOTER_TA_SIGN_INIT, &x) == 0);
	sessions[i] = tee_number(&soter);
	MUST(sessions[i] != 0);
}

/* Asked about a session that there is not: nothing but the way. */
static void
nothing(size_t i)
{
	struct soter_ta_request x = request(i);

	x.session = 1;
	MUST(tee_soter(&soter, SOTER_TA_SIGN_CANCEL, &x) == -1000);
}

static void
touch(size_t i)
{
	struct soter_ta_request x = request(i);

	x.session = sessions[i];
	MUST(tee_bio(&bio, SOTER_BIO_AUTH_BEGIN, &x) == 0);
	MUST(tee_bio(&bio, SOTER_BIO_SIM_FEED, &x) == 0);
	MUST(tee_bio(&bio, SOTER_BIO_AUTH_STEP, &x) == 0);
}

static void
finish_with(struct tee *t, size_t i)
{
	struct soter_ta_request x = request(i);

	x.session = sessions[i];
	MUST(tee_soter(t, SOTER_TA_SIGN_FINISH, &x) == 0);
}

/* What finishSign took, apart by whether it reserved a block. */
static struct {
	double seconds[ROUNDS * BATCH + BATCH];
	size_t n;
} usual, reserving;

static uint32_t block_len;    /* counter values reserved at once */
static struct span finishing; /* of a batch */

static uint64_t
counter_of(const struct tee *t)
{
	struct soter_result_json x;
	struct soter_export parts;

	MUST(soter_export_parse(&parts, tee_body(t)) == SOTER_OK);
	MUST(soter_result_json_parse(&x, parts.text, NULL, NULL) == SOTER_OK);
	return (x.counter);
}

static void
finish(size_t i)
{
	struct span begin = now(), took;

	finish_with(&soter, i);
	took = since(begin, 1);
	finishing = sum(finishing, since(begin, BATCH));
	if ((counter_of(&soter) - 1) % block_len == 0)
		reserving.seconds[reserving.n++] = took.wall;
	else
		usual.seconds[usual.n++] = took.wall;
}

/* The usual signature, and its part of what reserving takes more. */
static void
say_shared(double bare, double sign)
{
	double more, shared;

	if (block_len == 1 || usual.n == 0 || reserving.n == 0)
		return;
	more = median(reserving.seconds, reserving.n) -
	    median(usual.seconds, usual.n);
	shared = sign + more / block_len;
	printf("%-36s %10.0f %7.2f\n", "the same, reservation shared out",
	    1 / shared, bare / shared);
	printf("%-36s %9.1f ms\n", "one reservation of a block", more * 1e3);
}

static struct span
time_of(void (*run)(size_t i))
{
	struct span begin = now();

	for (size_t i = 0; i < BATCH; i++)
		run(i);
	return (since(begin, BATCH));
}

static void *
finish_two(void *arg)
{
	size_t client = (size_t)((struct tee *)arg - clients);

	for (size_t i = 0; i < BATCH / CLIENTS; i++)
		finish_with(arg, client * (BATCH / CLIENTS) + i);
	return (NULL);
}

static struct span
time_of_clients(void)
{
	pthread_t threads[CLIENTS];
	struct span begin = now();

	for (size_t i = 0; i < CLIENTS; i++)
		MUST(pthread_create(&threads[i], NULL, finish_two,
			 &clients[i]) == 0);
	for (size_t i = 0; i < CLIENTS; i++)
		MUST(pthread_join(threads[i], NULL) == 0);
	return (since(begin, BATCH));
}

/* ---- a device to measure ------------------------------------------------ */

static void
enrol(void)
{
	struct soter_ta_request x = request(0);

	x.pin_new = tee_text(PIN);
	x.pin = soter_span(NULL, 0);
	MUST(tee_bio(&bio, SOTER_BIO_PIN_SET, &x) == 0);
	x.pin = tee_text(PIN);
	MUST(tee_bio(&bio, SOTER_BIO_ENROL_BEGIN, &x) == 0);
	do {
		MUST(tee_bio(&bio, SOTER_BIO_SIM_FEED, &x) == 0);
		MUST(tee_bio(&bio, SOTER_BIO_ENROL_STEP, &x) == 0);
	} while (tee_step(&bio).fid == 0);
}

static void
prepare(void)
{
	struct soter_ta_request x = { .copies = 1 };

	MUST(tee_open(&soter, &soter_uuid) == TEEC_SUCCESS);
	MUST(tee_open(&bio, &bio_uuid) == TEEC_SUCCESS);
	for (size_t i = 0; i < CLIENTS; i++)
		MUST(tee_open(&clients[i], &soter_uuid) == TEEC_SUCCESS);
	MUST(tee_soter(&soter, SOTER_TA_ATTK_GENERATE, &x) == 0);
	enrol();
	for (size_t i = 0; i < BATCH; i++) {
		x = request(i);
		if (i % SOTER_UID_SESSIONS_MAX == 0)
			MUST(tee_soter(&soter, SOTER_TA_ASK_GENERATE, &x) == 0);
		MUST(tee_soter(&soter, SOTER_TA_AUTHKEY_GENERATE, &x) == 0);
	}
}

/* ---- what is measured --------------------------------------------------- */

enum {
	CASE_BARE,
	CASE_PSS,
	CASE_WAY,
	CASE_INIT,
	CASE_FINISH,
	CASE_SIGN,
	CASE_CLIENTS,
	CASE_FULL,
	CASES
};

static const struct {
	const char *name;
	double aim;
} cases[CASES] = {
	[CASE_BARE] = { "bare: OpenSSL, private operation", 0 },
	[CASE_PSS] = { "OpenSSL, PSS, 8 keys in turn", 0 },
	[CASE_WAY] = { "the way alone: there is no session", 0 },
	[CASE_INIT] = { "initSign", 0 },
	[CASE_FINISH] = { "finishSign", 0 },
	[CASE_SIGN] = { "initSign and finishSign", 0.8 },
	[CASE_CLIENTS] = { "finishSign, 4 clients at once", 0 },
	[CASE_FULL] = { "initSign, touch, finishSign", 0 },
};

/* Touches are given while no case is timed but the last. */
static void
round_of(struct span time[CASES])
{
	struct span touches;

	time[CASE_BARE] = bare_time();
	time[CASE_PSS] = time_of(pss);
	time[CASE_WAY] = time_of(nothing);
	time[CASE_INIT] = time_of(init);
	touches = time_of(touch);
	finishing = (struct span){ 0, 0 };
	(void)time_of(finish);
	time[CASE_FINISH] = finishing;
	time[CASE_SIGN] = sum(time[CASE_INIT], time[CASE_FINISH]);
	time[CASE_FULL] = sum(time[CASE_SIGN], touches);
	(void)time_of(init);
	(void)time_of(touch);
	time[CASE_CLIENTS] = time_of_clients();
}

static void
measure_signing(void)
{
	static double speed[CASES][ROUNDS], wall[CASES][ROUNDS],
	    cpu[CASES][ROUNDS];

	for (int round = -1; round < ROUNDS; round++) { /* -1 warms up */
		struct span time[CASES];

		round_of(time);
		for (size_t c = 0; c < CASES && round >= 0; c++) {
			speed[c][round] = 1 / time[c].wall;
			wall[c][round] = time[CASE_BARE].wall / time[c].wall;
			cpu[c][round] = time[CASE_BARE].cpu / time[c].cpu;
		}
	}
	printf("%-36s %10s %7s %7s %5s\n", "", "", "ratio,", "ratio,", "");
	printf("%-36s %10s %7s %7s %5s\n", "RSA-2048, one after the other",
	    "per second", "wall", "cpu", "aim");
	for (size_t c = 0; c < CASES; c++) {
		printf("%-36s %10.0f %7.2f %7.2f", cases[c].name,
		    median(speed[c], ROUNDS), median(wall[c], ROUNDS),
		    median(cpu[c], ROUNDS));
		if (cases[c].aim > 0)
			printf(" %5.2f", cases[c].aim);
		printf("\n");
	}
	say_shared(1 / median(speed[CASE_BARE], ROUNDS),
	    1 / median(speed[CASE_SIGN], ROUNDS));
}

/* The time varies with luck; the median of few says enough. */
static void
measure_keys(void)
{
	static double bare[KEYS], ta[KEYS];
	struct soter_ta_request x = request(0);

	for (size_t i = 0; i < KEYS; i++) {
		struct span begin = now();

		EVP_PKEY_free(EVP_RSA_gen(2048));
		bare[i] = since(begin, 1).wall;
		begin = now();
		MUST(tee_soter(&soter, SOTER_TA_AUTHKEY_GENERATE, &x) == 0);
		ta[i] = since(begin, 1).wall;
	}
	printf("%-36s %9.0f ms\n", "generateAuthKeyPair",
	    median(ta, KEYS) * 1e3);
	printf("%-36s %9.0f ms\n", "bare: OpenSSL, key generation",
	    median(bare, KEYS) * 1e3);
}

static void
measure_sync(const char *folder)
{
	static double seconds[SYNCS - 1];
	uint8_t block[512] = { 0 };
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/bench-sync", folder);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	MUST(fd >= 0);
	for (size_t i = 0; i < SYNCS; i++) {
		struct span begin = now();

		block[0] = (uint8_t)i;
		MUST(pwrite(fd, block, sizeof(block), 0) == sizeof(block));
		MUST(fsync(fd) == 0);
		if (i > 0)
			seconds[i - 1] = since(begin, 1).wall;
	}
	close(fd);
	unlink(path);
	printf("%-36s %12.0f per second\n", "bare: 512 bytes and fsync",
	    1 / median(seconds, SYNCS - 1));
}

static uint32_t
counter_block(void)
{
	struct soter_ta_request x = { .uid = 0 };
	struct soter_ta_status status;

	MUST(tee_soter(&soter, SOTER_TA_STATUS, &x) == 0);
	MUST(soter_ta_status_parse(&status, tee_body(&soter)) == SOTER_OK);
	return (status.counter_block);
}

int
main(int argc, char **argv)
{
	if (argc < 2 || argc - 2 > PIDS_MAX) {
		fputs("usage: tee FOLDER [PID...], with a TEE; see "
		      "tools/bench.sh\n",
		    stderr);
		return (2);
	}
	bare_prepare();
	pss_prepare();
	prepare();
	for (int i = 2; i < argc; i++)
		MUST(clock_getcpuclockid((pid_t)atoi(argv[i]),
			 &tee_clocks.clock[tee_clocks.n++]) == 0);
	block_len = counter_block();
	printf("counter reserved in blocks of %u\n", (unsigned)block_len);
	measure_signing();
	measure_sync(argv[1]);
	measure_keys();
	return (0);
}
