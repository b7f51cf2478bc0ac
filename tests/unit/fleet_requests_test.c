/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The requests of a load run: each is whole, a good ASK verifies under the
 * root that the file of devices has, and the bad ones are bad in one way only.
 */
#include <jansson.h>

#include "crypto/pss.h"
#include "fleet/devices.h"
#include "fleet/make.h"
#include "fleet/requests.h"
#include "fleet/target.h"
#include "soter/verify.h"
#include "tests/check.h"
#include "tests/folder.h"
#include "wire/base64.h"
#include "wire/keyjson.h"
#include "wire/model.h"
#include "wire/spki.h"

#define DEVICES 300
#define KEYS	3

static struct folder folder;
static struct fleet_share share; /* of the last request */
static char fleet_file[200], asks_file[200], keys_file[200];
static struct fleet_device devices[DEVICES];
static bool explains; /* the requests are to ask for reasons */
static uint8_t bytes[FLEET_REQUEST_MAX];

static struct fleet_content
content(void)
{
	return ((struct fleet_content){ .host = "h:1",
	    .token = "to+k/en",
	    .appid = "wx 1",
	    .secret = "s&=\xc3\xa9~",
	    .maker = "maker",
	    .model = "a<b",
	    .echo_path = "/",
	    .intake_path = "/roots",
	    .header = { "X-A: b" },
	    .headers = 1,
	    .fleet = fleet_file,
	    .asks = asks_file,
	    .count = UINT64_MAX,
	    .batch = 7,
	    .form = fleet_form_find("modulus"),
	    .seed = 1,
	    .explain = explains });
}

/* A request cut into its first line and its body; the rest is checked. */
struct seen {
	char line[300];
	struct soter_span body;
};

static void
look(struct seen *out, const struct soter_writer *w)
{
	const char *text = (const char *)w->p, *end, *at;
	unsigned long long length = 0;
	char head[2000];

	end = memmem(text, w->len, "\r\n\r\n", 4);
	CHECK(end != NULL && (size_t)(end - text) < sizeof(head) - 3);
	memcpy(head, text, (size_t)(end - text));
	memcpy(head + (end - text), "\r\n", 3);
	out->body = soter_span(end + 4, w->len - (size_t)(end - text) - 4);
	snprintf(out->line, sizeof(out->line), "%.*s", (int)strcspn(head, "\r"),
	    head);
	CHECK(strstr(head, "\r\nHost: h:1\r\n") != NULL);
	CHECK(strstr(head, "\r\nX-A: b\r\n") != NULL);
	at = strstr(head, "\r\nContent-Length: ");
	if (at != NULL)
		length = strtoull(at + 18, NULL, 10);
	CHECK(out->body.n == length);
	CHECK((at == NULL) == (strncmp(head, "GET ", 4) == 0));
	CHECK(at == NULL || strstr(head, "\r\nContent-Type: appl") != NULL);
}

static enum soter_rc
next(struct fleet_requests *r, enum fleet_request kind, struct seen *out)
{
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = fleet_requests_next(r, kind, &w, &share);

	if (rc == SOTER_OK)
		look(out, &w);
	return (rc);
}

static struct fleet_requests *
begin(const struct fleet_content *c, const char *mix_text)
{
	struct fleet_requests *r = NULL;
	struct fleet_mix mix;

	CHECK_RC(fleet_mix_read(&mix, mix_text), SOTER_OK);
	CHECK_RC(fleet_requests_new(&r, c, &mix), SOTER_OK);
	return (r);
}

/* ---- verify_ask ---------------------------------------------------------- */

struct ask {
	json_t *root;
	struct soter_key_json x;
	struct soter_span text;
	uint8_t sig[SOTER_SIG_LEN];
	const struct fleet_device *device; /* NULL: none of ours */
};

static void
read_ask(struct ask *a, struct soter_span body)
{
	struct soter_writer w = soter_writer(a->sig, sizeof(a->sig));
	const char *sig;

	a->root = json_loadb((const char *)body.p, body.n,
	    JSON_REJECT_DUPLICATES, NULL);
	CHECK(json_object_size(a->root) == (explains ? 3 : 2));
	CHECK(json_is_true(json_object_get(a->root, "explain")) == explains);
	a->text =
	    soter_text(json_string_value(json_object_get(a->root, "ask_json")));
	sig = json_string_value(json_object_get(a->root, "ask_json_signature"));
	CHECK_RC(soter_base64_decode(&w, soter_text(sig)), SOTER_OK);
	CHECK(w.len == SOTER_SIG_LEN);
	CHECK_RC(soter_key_json_parse(&a->x, a->text, NULL, NULL), SOTER_OK);
	a->device = NULL;
	for (size_t i = 0; i < DEVICES; i++)
		if (strcmp(devices[i].id, a->x.cpu_id) == 0)
			a->device = &devices[i];
}

/* Under the root of a device, with the salt of most phones. */
static enum soter_rc
verify(const struct ask *a, const struct fleet_device *device)
{
	struct soter_key root = { .alg = SOTER_ALG_RSA,
		.e = 65537,
		.n_len = SOTER_RSA_LEN };
	struct soter_pubkey *key = NULL;
	enum soter_rc rc;

	memcpy(root.n, device->n, SOTER_RSA_LEN);
	CHECK_RC(soter_pubkey_make(&key, &root), SOTER_OK);
	rc = soter_pss_verify(key, a->text, soter_span(a->sig, sizeof(a->sig)),
	    20);
	soter_pubkey_free(&key);
	return (rc);
}

#define VERIFY                                                            \
	"POST /cgi-bin/soter_3rdapp/verify_ask?access_token=to%2Bk%2Fen " \
	"HTTP/1.1"

static void
test_verify(void)
{
	struct fleet_content c = content();
	struct fleet_requests *r;
	char last[SOTER_CPU_ID_MAX + 1] = "";
	struct seen seen;
	struct ask a;

	check_row("a good ASK verifies; each device takes its turn%s",
	    explains ? ", and reasons are asked for" : "");
	r = begin(&c, "verify,unknown,swapped");
	for (int i = 0; i < 2 * KEYS; i++) {
		CHECK_RC(next(r, FLEET_VERIFY, &seen), SOTER_OK);
		CHECK(strcmp(seen.line, VERIFY) == 0 && share.n == 0);
		read_ask(&a, seen.body);
		CHECK(a.device != NULL && strcmp(a.x.cpu_id, last) != 0);
		if (a.device != NULL)
			CHECK_RC(verify(&a, a.device), SOTER_OK);
		snprintf(last, sizeof(last), "%s", a.x.cpu_id);
		json_decref(a.root);
	}
	check_row("a swapped one is whole, of a known device, and not signed");
	for (int i = 0; i < 2 * KEYS; i++) {
		CHECK_RC(next(r, FLEET_SWAPPED, &seen), SOTER_OK);
		CHECK(strcmp(seen.line, VERIFY) == 0);
		read_ask(&a, seen.body);
		CHECK(a.device != NULL);
		if (a.device != NULL)
			CHECK_RC(verify(&a, a.device), SOTER_E_SIGNATURE);
		json_decref(a.root);
	}
	check_row("an unknown one is whole, and of another device each time");
	for (int i = 0; i < 2 * KEYS; i++) {
		CHECK_RC(next(r, FLEET_UNKNOWN, &seen), SOTER_OK);
		CHECK(strcmp(seen.line, VERIFY) == 0);
		read_ask(&a, seen.body);
		CHECK(a.device == NULL && strcmp(a.x.cpu_id, last) != 0);
		CHECK(strlen(a.x.cpu_id) == SOTER_DEVICE_ID_LEN);
		snprintf(last, sizeof(last), "%s", a.x.cpu_id);
		json_decref(a.root);
	}
	fleet_requests_free(&r);
}

/* ---- the others ---------------------------------------------------------- */

static void
test_gets(void)
{
	struct fleet_content c = content();
	struct fleet_requests *r = begin(&c, "token,echo,is_support");
	struct soter_model model;
	struct seen seen;
	json_t *root;

	check_row("token: what a query cannot hold is escaped");
	CHECK_RC(next(r, FLEET_TOKEN, &seen), SOTER_OK);
	CHECK(strcmp(seen.line,
		  "GET /cgi-bin/token?grant_type=client_credential&appid=wx%201"
		  "&secret=s%26%3D%C3%A9~ HTTP/1.1") == 0);
	check_row("echo");
	CHECK_RC(next(r, FLEET_ECHO, &seen), SOTER_OK);
	CHECK(strcmp(seen.line, "GET / HTTP/1.1") == 0);
	check_row("is_support: the device info is what our reader takes");
	CHECK_RC(next(r, FLEET_IS_SUPPORT, &seen), SOTER_OK);
	CHECK(strcmp(seen.line,
		  "POST /cgi-bin/soter_3rdapp/is_support"
		  "?access_token=to%2Bk%2Fen HTTP/1.1") == 0);
	root = json_loadb((const char *)seen.body.p, seen.body.n, 0, NULL);
	CHECK(json_integer_value(json_object_get(root, "sdk_version")) == 2);
	CHECK(json_is_true(json_object_get(root, "explain")) == explains);
	CHECK_RC(soter_model_parse(&model,
		     soter_text(json_string_value(
			 json_object_get(root, "model_key")))),
	    SOTER_OK);
	CHECK(
	    soter_span_equal(model.part[SOTER_MODEL_MODEL], SOTER_SPAN("a<b")));
	json_decref(root);
	fleet_requests_free(&r);
}

/* The device of a line: its id, and its root in this form. */
static void
check_line(json_t *x, const struct fleet_device *device, bool is_pem)
{
	const char *root = json_string_value(
	    json_object_get(x, is_pem ? "attk_pub_pem" : "attk_n"));
	uint8_t n[SOTER_RSA_LEN];
	struct soter_writer w = soter_writer(n, sizeof(n));
	struct soter_key key;

	CHECK(json_object_size(x) == 2);
	CHECK(strcmp(json_string_value(json_object_get(x, "device_id")),
		  device->id) == 0);
	if (is_pem) {
		CHECK_RC(soter_spki_parse_pem(&key, soter_text(root)),
		    SOTER_OK);
		CHECK(memcmp(key.n, device->n, SOTER_RSA_LEN) == 0);
		return;
	}
	CHECK_RC(soter_base64_decode(&w, soter_text(root)), SOTER_OK);
	CHECK(w.len == SOTER_RSA_LEN && memcmp(n, device->n, w.len) == 0);
}

static void
test_intake(const char *form, uint64_t first, uint64_t count, size_t want)
{
	struct fleet_content c = content();
	struct fleet_requests *r;
	struct seen seen;
	size_t n = 0, asked = 0, shared = 0;

	check_row("intake: %s, from %u, %zu devices, each once", form,
	    (unsigned)first, want);
	c.form = fleet_form_find(form);
	c.first = first;
	c.count = count;
	r = begin(&c, "intake");
	while (next(r, FLEET_INTAKE, &seen) == SOTER_OK) {
		CHECK(
		    strcmp(seen.line,
			"POST /roots?access_token=to%2Bk%2Fen HTTP/1.1") == 0);
		asked++;
		CHECK(share.first == first + n && share.n > 0);
		shared += share.n;
		while (seen.body.n > 0) {
			const uint8_t *lf =
			    memchr(seen.body.p, '\n', seen.body.n);
			size_t len = (size_t)(lf - seen.body.p);
			json_t *x = json_loadb((const char *)seen.body.p, len,
			    JSON_REJECT_DUPLICATES, NULL);

			CHECK(first + n < DEVICES);
			check_line(x, &devices[(first + n) % DEVICES],
			    strcmp(form, "pem") == 0);
			json_decref(x);
			n++;
			seen.body = soter_span(lf + 1, seen.body.n - len - 1);
		}
	}
	CHECK(n == want && fleet_requests_devices(r) == want);
	CHECK(shared == want);
	CHECK(asked == (want + 6) / 7);
	fleet_requests_free(&r);
}

/* ---- what is missing ----------------------------------------------------- */

static enum soter_rc
attempt(struct fleet_content c, const char *mix_text)
{
	struct fleet_requests *r = NULL;
	struct fleet_mix mix;
	enum soter_rc rc;

	CHECK_RC(fleet_mix_read(&mix, mix_text), SOTER_OK);
	rc = fleet_requests_new(&r, &c, &mix);
	CHECK((rc == SOTER_OK) == (r != NULL));
	fleet_requests_free(&r);
	return (rc);
}

/* Everything is there but for this change of c. */
#define CHECK_WITH(what, mix, change, want)         \
	do {                                        \
		struct fleet_content c = content(); \
		check_row("%s: %s", mix, what);     \
		change;                             \
		CHECK_RC(attempt(c, mix), want);    \
	} while (0)

static void
test_missing(void)
{
	CHECK_WITH("all is there",
	    "token,is_support,verify,unknown,swapped,echo,intake", c.seed = 2,
	    SOTER_OK);
	CHECK_WITH("no token", "verify", c.token = NULL, SOTER_E_ARGUMENT);
	CHECK_WITH("no token", "is_support", c.token = NULL, SOTER_E_ARGUMENT);
	CHECK_WITH("no secret", "token", c.secret = NULL, SOTER_E_ARGUMENT);
	CHECK_WITH("no appid", "token", c.appid = NULL, SOTER_E_ARGUMENT);
	CHECK_WITH("none is needed", "echo", c.token = c.fleet = c.asks = NULL,
	    SOTER_OK);
	CHECK_WITH("no ASKs", "unknown", c.asks = NULL, SOTER_E_ARGUMENT);
	CHECK_WITH("no such file", "verify", c.asks = "/nowhere", SOTER_E_READ);
	CHECK_WITH("devices as ASKs", "verify", c.asks = fleet_file,
	    SOTER_E_FORMAT);
	CHECK_WITH("no fleet", "intake", c.fleet = NULL, SOTER_E_ARGUMENT);
	CHECK_WITH("no token", "intake", c.token = NULL, SOTER_OK);
	CHECK_WITH("no path", "intake", c.intake_path = NULL, SOTER_E_ARGUMENT);
	CHECK_WITH("no form", "intake", c.form = NULL, SOTER_E_ARGUMENT);
	CHECK_WITH("a batch of nothing", "intake", c.batch = 0,
	    SOTER_E_ARGUMENT);
	CHECK_WITH("a batch above the limit", "intake",
	    c.batch = FLEET_BATCH_MAX + 1, SOTER_E_ARGUMENT);
	CHECK_WITH("the largest batch", "intake", c.batch = FLEET_BATCH_MAX,
	    SOTER_OK);
	CHECK_WITH("begins behind the last device", "intake",
	    c.first = DEVICES + 1, SOTER_E_NOTFOUND);
	CHECK_WITH("a path that is none", "echo", c.echo_path = "x",
	    SOTER_E_ARGUMENT);
	CHECK_WITH("a path with a line end", "echo", c.echo_path = "/\r\nA: b",
	    SOTER_E_ARGUMENT);
	CHECK_WITH("a host with a line end", "echo", c.host = "h\r\nA: b",
	    SOTER_E_ARGUMENT);
	CHECK_WITH("a header with a line end", "echo",
	    c.header[0] = "A: b\r\nC: d", SOTER_E_ARGUMENT);
	CHECK_WITH("a header without a name", "echo", c.header[0] = ": b",
	    SOTER_E_ARGUMENT);
}

/* ---- mix ----------------------------------------------------------------- */

static void
test_mix(void)
{
	struct fleet_mix mix;
	uint64_t n[FLEET_REQUESTS] = { 0 };
	unsigned run = 0, longest = 0;

	check_row("each kind as often as it weighs, and spread evenly");
	CHECK_RC(fleet_mix_read(&mix, "verify=90,unknown=7,echo=3"), SOTER_OK);
	for (int i = 0; i < 1000; i++) {
		enum fleet_request kind = fleet_mix_next(&mix);

		n[kind]++;
		run = kind == FLEET_VERIFY ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	CHECK(n[FLEET_VERIFY] == 900 && n[FLEET_UNKNOWN] == 70);
	CHECK(n[FLEET_ECHO] == 30);
	CHECK(longest <= 20);
	check_row("a kind alone");
	CHECK_RC(fleet_mix_read(&mix, "intake=1000000"), SOTER_OK);
	for (int i = 0; i < 100; i++)
		CHECK(fleet_mix_next(&mix) == FLEET_INTAKE);
	check_row("mixes that are none");
	static const char *const bad[] = { "", ",", "verify,", "verif",
		"verify=", "verify=0", "verify=1000001", "verify=-1",
		"verify=1=2", "verify=1,verify=2", "verify echo", "=5" };
	for (size_t i = 0; i < SOTER_COUNT(bad); i++)
		CHECK_RC(fleet_mix_read(&mix, bad[i]), SOTER_E_ARGUMENT);
}

/* ---- target -------------------------------------------------------------- */

static const struct {
	const char *url;
	enum soter_rc want;
	bool is_tls;
	const char *name, *host;
} urls[] = {
	{ "http://127.0.0.1:8080", SOTER_OK, false, "127.0.0.1",
	    "127.0.0.1:8080" },
	{ "https://127.0.0.1/", SOTER_OK, true, "127.0.0.1", "127.0.0.1" },
	{ "http://[::1]:80", SOTER_OK, false, "::1", "[::1]:80" },
	{ "https://127.0.0.1:65535", SOTER_OK, true, "127.0.0.1",
	    "127.0.0.1:65535" },
	{ "127.0.0.1:80", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "HTTP://127.0.0.1", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://:80", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://127.0.0.1:", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://127.0.0.1:0", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://127.0.0.1:65536", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://127.0.0.1:080", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://127.0.0.1:80x", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://127.0.0.1/x", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://127.0.0.1?x", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://a@127.0.0.1", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://[::1", SOTER_E_ARGUMENT, false, NULL, NULL },
	{ "http://[::1]x", SOTER_E_ARGUMENT, false, NULL, NULL },
};

static void
test_targets(void)
{
	for (size_t i = 0; i < SOTER_COUNT(urls); i++) {
		struct fleet_target t = { .name = "untouched" };

		check_row("URL: %s", urls[i].url);
		CHECK_RC(fleet_target_read(&t, urls[i].url), urls[i].want);
		if (urls[i].want != SOTER_OK) {
			CHECK(strcmp(t.name, "untouched") == 0);
			continue;
		}
		CHECK(t.is_tls == urls[i].is_tls && t.at_len > 0);
		CHECK(strcmp(t.name, urls[i].name) == 0);
		CHECK(strcmp(t.host, urls[i].host) == 0);
	}
}

static void
make_fleet(void)
{
	struct fleet_make m = { .devices = DEVICES,
		.keys = KEYS,
		.seed = 5,
		.file = fleet_file,
		.asks_file = asks_file,
		.keys_file = keys_file };
	struct fleet_devices *d = NULL;
	uint64_t number;

	check_row("a small fleet");
	folder_new(&folder);
	snprintf(fleet_file, sizeof(fleet_file), "%s/fleet", folder.path);
	snprintf(asks_file, sizeof(asks_file), "%s/asks", folder.path);
	snprintf(keys_file, sizeof(keys_file), "%s/keys", folder.path);
	CHECK_RC(fleet_make(&m), SOTER_OK);
	CHECK_RC(fleet_devices_open(&d, fleet_file), SOTER_OK);
	for (size_t i = 0; d != NULL && i < DEVICES; i++)
		CHECK_RC(fleet_devices_next(d, &devices[i], &number), SOTER_OK);
	fleet_devices_close(&d);
}

int
main(void)
{
	make_fleet();
	test_verify();
	test_gets();
	explains = true;
	test_verify();
	test_gets();
	explains = false;
	test_intake("modulus", 0, UINT64_MAX, DEVICES);
	test_intake("pem", 0, UINT64_MAX, DEVICES);
	test_intake("modulus", 290, UINT64_MAX, 10);
	test_intake("modulus", 3, 15, 15);
	test_intake("modulus", DEVICES, 15, 0);
	test_missing();
	test_mix();
	test_targets();
	folder_remove(folder.path);
	return (check_done());
}
