/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter-fleet: makes devices, and loads servers with them.  For tests and
 * benches; not installed.
 */
#include <openssl/crypto.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "crypto/policy.h"
#include "fleet/devices.h"
#include "fleet/fetch.h"
#include "fleet/keys.h"
#include "fleet/lines.h"
#include "fleet/load.h"
#include "fleet/make.h"
#include "fleet/options.h"
#include "fleet/progress.h"
#include "fleet/report.h"

enum { DONE, FAILED, UNABLE }; /* exit status */

#define DEFAULT_KEYS	1000
#define DEFAULT_SECONDS 10
#define OTHER_FILES	32   /* beside the connections */
#define LONG_SECONDS	3600 /* with --requests */

/* An error that is told with what it is about. */
static int
complain(const char *subject, enum soter_rc rc)
{
	fprintf(stderr, "soter-fleet: %s: %s; %s\n", subject, soter_rc_text(rc),
	    soter_code_find(rc)->next);
	return (UNABLE);
}

static int
refuse(const char *why)
{
	fprintf(stderr, "soter-fleet: %s\n", why);
	return (UNABLE);
}

/* "FILE.asks": owned by the caller. */
static enum soter_rc
beside(char out[FLEET_PATH_MAX], const char *file, const char *ending)
{
	return ((size_t)snprintf(out, FLEET_PATH_MAX, "%s%s", file, ending) <
		    FLEET_PATH_MAX
		? SOTER_OK
		: SOTER_E_ARGUMENT);
}

static int
pin(uint64_t cpu)
{
	cpu_set_t set;

	if (cpu == FLEET_CPU_ANY)
		return (DONE);
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		return (refuse("--cpu: there is no such processor for us"));
	return (DONE);
}

/* ---- make ---------------------------------------------------------------- */

static int
make_run(const struct fleet_options *o)
{
	char asks[FLEET_PATH_MAX], keys[FLEET_PATH_MAX];
	struct fleet_make m = { .devices = o->devices,
		.keys = o->keys,
		.seed = o->seed,
		.file = o->out,
		.asks_file = asks,
		.keys_file = o->keys_file == NULL ? keys : o->keys_file };
	enum soter_rc rc;

	if (o->devices == 0 || o->out == NULL)
		return (refuse("make: give --devices and --out"));
	if (!fleet_options_has(o, "keys"))
		m.keys = o->devices < DEFAULT_KEYS ? o->devices : DEFAULT_KEYS;
	if (pin(o->cpu) != DONE)
		return (UNABLE);
	if ((rc = beside(asks, o->out, ".asks")) != SOTER_OK ||
	    (rc = beside(keys, o->out, ".keys")) != SOTER_OK ||
	    (rc = fleet_make(&m)) != SOTER_OK)
		return (complain(o->out, rc));
	return (DONE);
}

/* ---- check --------------------------------------------------------------- */

static enum soter_rc
judge(const struct fleet_device *device)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA,
		.e = 65537,
		.n_len = SOTER_RSA_LEN };

	memcpy(key.n, device->n, SOTER_RSA_LEN);
	return (soter_key_policy(&key, SOTER_RSA_LEN));
}

static enum soter_rc
check_all(struct fleet_devices *d)
{
	struct fleet_progress progress;
	struct fleet_device device;
	uint64_t number = 0;
	enum soter_rc rc;

	fleet_progress_begin(&progress, "check", fleet_devices_head(d)->items);
	while ((rc = fleet_devices_next(d, &device, &number)) == SOTER_OK) {
		if ((rc = judge(&device)) != SOTER_OK)
			break;
		if (number % FLEET_FRAME_DEVICES == 0)
			fleet_progress_step(&progress, number);
	}
	fleet_progress_end(&progress);
	return (rc == SOTER_E_NOTFOUND ? SOTER_OK : rc);
}

static int
check_run(const struct fleet_options *o)
{
	const struct fleet_head *head;
	struct fleet_devices *d = NULL;
	enum soter_rc rc;

	if (o->fleet == NULL)
		return (refuse("check: give --fleet"));
	if ((rc = fleet_devices_open(&d, o->fleet)) != SOTER_OK ||
	    (rc = check_all(d)) != SOTER_OK) {
		fleet_devices_close(&d);
		return (complain(o->fleet, rc));
	}
	head = fleet_devices_head(d);
	printf("%llu devices, %llu with a key, seed %llu: whole, and intake "
	       "takes each root\n",
	    (unsigned long long)head->items, (unsigned long long)head->keys,
	    (unsigned long long)head->seed);
	fleet_devices_close(&d);
	return (DONE);
}

/* ---- lines --------------------------------------------------------------- */

static enum soter_rc
put_lines(struct fleet_devices *d, const struct fleet_options *o,
    const struct fleet_form *form)
{
	uint8_t line[FLEET_LINE_MAX];
	struct fleet_device device;
	uint64_t number = 0, n = 0;
	enum soter_rc rc = SOTER_OK;

	while (n < o->count &&
	    (rc = fleet_devices_next(d, &device, &number)) == SOTER_OK) {
		struct soter_writer w = soter_writer(line, sizeof(line));

		if (number < o->first)
			continue;
		TRY(form->write(&w, &device));
		if (fwrite(line, 1, w.len, stdout) != w.len)
			return (SOTER_E_STORAGE);
		n++;
	}
	return (rc == SOTER_E_NOTFOUND ? SOTER_OK : rc);
}

static int
lines_run(const struct fleet_options *o)
{
	const struct fleet_form *form = fleet_form_find(o->form);
	struct fleet_devices *d = NULL;
	enum soter_rc rc;

	if (o->fleet == NULL)
		return (refuse("lines: give --fleet"));
	if (form == NULL)
		return (refuse("--form: modulus or pem"));
	if ((rc = fleet_devices_open(&d, o->fleet)) == SOTER_OK)
		rc = put_lines(d, o, form);
	fleet_devices_close(&d);
	return (rc == SOTER_OK ? DONE : complain(o->fleet, rc));
}

/* ---- run ----------------------------------------------------------------- */

struct job {
	const struct fleet_options *o;
	struct fleet_target target;
	struct fleet_tls *tls;
	struct fleet_mix mix;
	struct fleet_content content;
	struct fleet_requests *requests;
	char token[FLEET_ACCESS_MAX], asks[FLEET_PATH_MAX];
};

static struct fleet_books books; /* large */

static void
on_signal(int signal)
{
	(void)signal;
	fleet_load_stop++;
}

/* Twice: stop sending, then stop waiting. */
static void
heed_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* A descriptor for each connection, and some for files. */
static int
allow_files(uint64_t connections)
{
	const rlim_t need = (rlim_t)connections + OTHER_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
		return (DONE);
	limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
	if (limit.rlim_cur < need || setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return (refuse("--connections: more than files that we may "
			       "open (ulimit -n)"));
	return (DONE);
}

static int
check_options(const struct fleet_options *o)
{
	if (o->url == NULL)
		return (refuse("run: give --url"));
	if ((o->rate > 0) == o->max)
		return (refuse("run: give --rate, or --max"));
	if (strncmp(o->url, "https:", 6) == 0 && (o->ca != NULL) == o->insecure)
		return (refuse("https: give --ca, or --insecure"));
	if ((o->cert == NULL) != (o->key == NULL))
		return (refuse("--cert and --key belong together"));
	if (fleet_form_find(o->form) == NULL)
		return (refuse("--form: modulus or pem"));
	return (DONE);
}

static int
reach(struct job *j)
{
	const struct fleet_options *o = j->o;
	const struct fleet_tls_how how = { .ca = o->ca,
		.cert = o->cert,
		.key = o->key,
		.resumes = o->resume };
	enum soter_rc rc;

	if ((rc = fleet_mix_read(&j->mix, o->mix)) != SOTER_OK)
		return (complain("--mix", rc));
	if ((rc = fleet_target_read(&j->target, o->url)) != SOTER_OK)
		return (complain("--url", rc));
	if (j->target.is_tls && (rc = fleet_tls_new(&j->tls, &how)) != SOTER_OK)
		return (complain("--ca, --cert, --key", rc));
	return (DONE);
}

static int
fill_content(struct job *j)
{
	const struct fleet_options *o = j->o;
	struct fleet_content *c = &j->content;
	enum soter_rc rc;

	*c = (struct fleet_content){ .host = j->target.host,
		.token = o->token,
		.appid = o->appid,
		.secret = o->secret,
		.maker = o->maker,
		.model = o->model,
		.echo_path = o->echo_path,
		.intake_path = o->intake_path,
		.headers = o->headers,
		.fleet = o->fleet,
		.first = o->first,
		.count = o->count,
		.batch = o->batch,
		.form = fleet_form_find(o->form),
		.seed = o->seed,
		.explain = o->explain };
	memcpy(c->header, o->header, sizeof(c->header));
	if (o->fleet == NULL)
		return (DONE);
	if ((rc = beside(j->asks, o->fleet, ".asks")) != SOTER_OK)
		return (complain(o->fleet, rc));
	c->asks = j->asks;
	return (DONE);
}

/* With appid and secret, as an app's server does it. */
static enum soter_rc
get_token(struct job *j)
{
	struct fleet_requests *r = NULL;
	uint8_t text[FLEET_HEAD_MAX];
	struct soter_writer w = soter_writer(text, sizeof(text));
	struct fleet_share share;
	struct fleet_mix mix;
	enum soter_rc rc;

	if ((rc = fleet_mix_read(&mix, "token")) != SOTER_OK ||
	    (rc = fleet_requests_new(&r, &j->content, &mix)) != SOTER_OK ||
	    (rc = fleet_requests_next(r, FLEET_TOKEN, &w, &share)) != SOTER_OK)
		goto out;
	rc = fleet_fetch_token(&j->target, j->tls, soter_written(&w),
	    j->o->timeout_ms, j->token, sizeof(j->token));
	if (rc == SOTER_OK)
		j->content.token = j->token;
out:
	fleet_requests_free(&r);
	return (rc);
}

/* An intake may want none: then neither token nor appid is given. */
static bool
needs_token(const struct job *j)
{
	if (j->content.token != NULL)
		return (false);
	if (fleet_mix_has(&j->mix, FLEET_INTAKE) && j->content.appid != NULL)
		return (true);
	return (fleet_mix_has(&j->mix, FLEET_IS_SUPPORT) ||
	    fleet_mix_has(&j->mix, FLEET_VERIFY) ||
	    fleet_mix_has(&j->mix, FLEET_UNKNOWN) ||
	    fleet_mix_has(&j->mix, FLEET_SWAPPED));
}

static int
prepare(struct job *j)
{
	enum soter_rc rc;

	if (reach(j) != DONE || fill_content(j) != DONE)
		return (UNABLE);
	if (needs_token(j) && (rc = get_token(j)) != SOTER_OK)
		return (complain("--appid, --secret: no access token", rc));
	rc = fleet_requests_new(&j->requests, &j->content, &j->mix);
	if (rc != SOTER_OK)
		return (complain("--mix: what it needs (--fleet, --token, "
				 "--appid, ...)",
		    rc));
	return (DONE);
}

/*
 * "FIRST COUNT" for each batch that was accepted, at once: a test that kills
 * the server, or us, compares it with what the server has kept.
 */
static FILE *taken_file;

static void
note_taken(const struct fleet_share *share)
{
	fprintf(taken_file, "%llu %llu\n", (unsigned long long)share->first,
	    (unsigned long long)share->n);
	(void)fflush(taken_file);
}

static int
open_taken(const char *path)
{
	if (path != NULL && (taken_file = fopen(path, "we")) == NULL)
		return (complain(path, SOTER_E_STORAGE));
	return (DONE);
}

static int
close_taken(const char *path)
{
	bool failed = taken_file != NULL && ferror(taken_file) != 0;

	if (taken_file != NULL && (fclose(taken_file) != 0 || failed))
		return (complain(path, SOTER_E_STORAGE));
	return (DONE);
}

static struct fleet_progress progress;

static void
tell(const struct fleet_books *b, uint64_t gone_ms, uint64_t of_ms)
{
	(void)b;
	progress.total = of_ms == 0 ? 1 : of_ms;
	fleet_progress_step(&progress, gone_ms);
}

static int
report(struct job *j, const struct fleet_load *load,
    const struct fleet_load_result *result)
{
	char why[200];
	bool agree = fleet_books_agree(&books, why, sizeof(why));
	const struct fleet_report r = { .url = j->o->url,
		.load = load,
		.result = result,
		.books = &books,
		.devices = fleet_requests_devices(j->requests),
		.disagrees = agree ? NULL : why };

	if (j->o->json)
		fleet_report_print_json(&r);
	else
		fleet_report_print(&r);
	if (!agree)
		fprintf(stderr, "soter-fleet: the books do not agree: %s\n",
		    why);
	return (agree && (!j->o->strict || fleet_report_is_clean(&r)) ? DONE
								      : FAILED);
}

static int
load_it(struct job *j)
{
	const struct fleet_options *o = j->o;
	const struct fleet_load load = { .target = &j->target,
		.tls = j->tls,
		.requests = j->requests,
		.mix = &j->mix,
		.rate = o->rate,
		.connections = o->connections,
		.pipeline = o->pipeline,
		.per_connection = o->per_connection,
		.seconds = o->seconds > 0 ? o->seconds
		    : o->requests > 0	  ? LONG_SECONDS
					  : DEFAULT_SECONDS,
		.limit = o->requests,
		.timeout_ms = o->timeout_ms,
		.taken = taken_file == NULL ? NULL : note_taken,
		.tell = tell };
	struct fleet_load_result result;
	enum soter_rc rc;

	heed_signals();
	fleet_progress_begin(&progress, "ms", 1);
	rc = fleet_load_run(&load, &books, &result);
	fleet_progress_end(&progress);
	return (
	    rc == SOTER_OK ? report(j, &load, &result) : complain(o->url, rc));
}

static int
run_run(const struct fleet_options *o)
{
	struct job *j = calloc(1, sizeof(*j));
	int status = UNABLE;

	if (j == NULL)
		return (complain("run", SOTER_E_NOMEM));
	j->o = o;
	if (check_options(o) == DONE && pin(o->cpu) == DONE &&
	    allow_files(o->connections) == DONE && prepare(j) == DONE &&
	    open_taken(o->taken) == DONE)
		status = load_it(j);
	if (close_taken(o->taken) != DONE)
		status = UNABLE;
	fleet_requests_free(&j->requests);
	fleet_tls_free(&j->tls);
	free(j);
	return (status);
}

static const struct fleet_verb verbs[] = {
	{ "make", "--devices N --out FILE [OPTION...]",
	    "make devices, and keys for some of them", 1, make_run },
	{ "check", "--fleet FILE", "is a file of devices whole?", 2,
	    check_run },
	{ "lines", "--fleet FILE [OPTION...]",
	    "print devices as a TAM takes them in", 4, lines_run },
	{ "run", "--url URL --rate R|--max [OPTION...]",
	    "load a server, and keep the books", 8, run_run },
	{ NULL, NULL, NULL, 0, NULL },
};

int
main(int argc, char **argv)
{
	struct fleet_options o;
	int status;

	/* OpenSSL 3.0 does not survive a first use without memory. */
	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		return (UNABLE);
	if (fleet_options_read(&o, verbs, argc, argv) != SOTER_OK)
		return (UNABLE);
	status = o.verb == NULL ? DONE : o.verb->run(&o);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return (refuse("standard output cannot be written"));
	return (status);
}
