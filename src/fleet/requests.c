/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet/asks.h"
#include "fleet/devices.h"
#include "fleet/random.h"
#include "fleet/requests.h"
#include "wire/base64.h"
#include "wire/model.h"

#define QUERY_MAX    2048
#define PATH_MAX_LEN 1024
#define JSON	     "application/json"
#define SDK_VERSION  2
#define EXPLAIN	     ",\"explain\":true"

/* An ASK in the body of verify_ask, cut where the signature begins. */
struct body {
	uint8_t *text; /* owned: {"ask_json":"...","ask_json_signature":" */
	size_t n;
	size_t id_at; /* of the device id in it */
	char sig[SOTER_SIG_BASE64_LEN];
};

struct fleet_requests {
	const struct fleet_content *c;
	struct soter_writer head[FLEET_REQUESTS]; /* owned */
	uint64_t used[FLEET_REQUESTS];
	struct body *body; /* owned */
	size_t bodies;
	struct fleet_random *random;
	struct fleet_devices *devices;
	uint64_t left, taken;	   /* devices of intake */
	struct soter_writer batch; /* owned */
};

typedef enum soter_rc prepare_fn(struct fleet_requests *r);
typedef enum soter_rc build_fn(struct fleet_requests *r,
    struct soter_writer *w);
static prepare_fn prepare_asks, prepare_swapped, prepare_intake;
static build_fn build_support, build_verify, build_unknown, build_swapped,
    build_intake;

/* clang-format off */
static const struct {
	const char *path;	/* NULL: the content says it */
	const char *type;	/* of the body; NULL: GET, and the head is all */
	bool has_token;
	prepare_fn *prepare;	/* NULL: nothing to do */
	build_fn *build;	/* the body and what is in front of it */
} kinds[FLEET_REQUESTS] = {
	[FLEET_TOKEN] = { "/cgi-bin/token", NULL, false, NULL, NULL },
	[FLEET_IS_SUPPORT] = { "/cgi-bin/soter_3rdapp/is_support", JSON, true, NULL, build_support },
	[FLEET_VERIFY] = { "/cgi-bin/soter_3rdapp/verify_ask", JSON, true, prepare_asks, build_verify },
	[FLEET_UNKNOWN] = { "/cgi-bin/soter_3rdapp/verify_ask", JSON, true, prepare_asks, build_unknown },
	[FLEET_SWAPPED] = { "/cgi-bin/soter_3rdapp/verify_ask", JSON, true, prepare_swapped, build_swapped },
	[FLEET_ECHO] = { NULL, NULL, false, NULL, NULL },
	[FLEET_INTAKE] = { NULL, NULL, true, prepare_intake, build_intake },
};
/* clang-format on */

/* ---- the head ----------------------------------------------------------- */

static enum soter_rc
put_text(struct soter_writer *w, const char *text)
{
	return (soter_write(w, soter_text(text)));
}

/* A text that ends no line and no word: of a path, or of a host. */
static bool
is_word(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text == 0x7f)
			return (false);
	return (true);
}

static bool
is_header(const char *text)
{
	size_t n = strcspn(text, ":");

	for (const char *p = text; *p != '\0'; p++)
		if ((*p < ' ' && *p != '\t') || *p == 0x7f)
			return (false);
	return (n > 0 && text[n] == ':');
}

/* What is unreserved in a URL stays (RFC 3986 2.3), all else becomes %XX. */
static enum soter_rc
put_escaped(struct soter_writer *w, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++) {
		uint8_t c = (uint8_t)*text;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || strchr("-._~", c) != NULL) {
			TRY(soter_write_u8(w, c));
			continue;
		}
		TRY(soter_write_u8(w, '%'));
		TRY(soter_write_u8(w, (uint8_t)digits[c >> 4]));
		TRY(soter_write_u8(w, (uint8_t)digits[c & 15]));
	}
	return (SOTER_OK);
}

static enum soter_rc
put_query(struct fleet_requests *r, struct soter_writer *w,
    enum fleet_request kind)
{
	const struct fleet_content *c = r->c;

	if (kind == FLEET_TOKEN) {
		if (c->appid == NULL || c->secret == NULL)
			return (SOTER_E_ARGUMENT);
		TRY(put_text(w, "?grant_type=client_credential&appid="));
		TRY(put_escaped(w, c->appid));
		TRY(put_text(w, "&secret="));
		return (put_escaped(w, c->secret));
	}
	if (!kinds[kind].has_token ||
	    (kind == FLEET_INTAKE && c->token == NULL))
		return (SOTER_OK);
	if (c->token == NULL)
		return (SOTER_E_ARGUMENT);
	TRY(put_text(w, "?access_token="));
	return (put_escaped(w, c->token));
}

static const char *
path_of(const struct fleet_requests *r, enum fleet_request kind)
{
	if (kinds[kind].path != NULL)
		return (kinds[kind].path);
	return (kind == FLEET_ECHO ? r->c->echo_path : r->c->intake_path);
}

static enum soter_rc
put_head(struct fleet_requests *r, struct soter_writer *w,
    enum fleet_request kind)
{
	const char *path = path_of(r, kind);
	const char *type =
	    kind == FLEET_INTAKE ? r->c->form->type : kinds[kind].type;

	if (path == NULL || path[0] != '/' || !is_word(path) ||
	    !is_word(r->c->host))
		return (SOTER_E_ARGUMENT);
	TRY(put_text(w, type == NULL ? "GET " : "POST "));
	TRY(put_text(w, path));
	TRY(put_query(r, w, kind));
	TRY(put_text(w, " HTTP/1.1\r\nHost: "));
	TRY(put_text(w, r->c->host));
	TRY(put_text(w, "\r\n"));
	for (size_t i = 0; i < r->c->headers; i++) {
		if (!is_header(r->c->header[i]))
			return (SOTER_E_ARGUMENT);
		TRY(put_text(w, r->c->header[i]));
		TRY(put_text(w, "\r\n"));
	}
	if (type == NULL)
		return (put_text(w, "\r\n"));
	TRY(put_text(w, "Content-Type: "));
	TRY(put_text(w, type));
	return (put_text(w, "\r\nContent-Length: "));
}

/* The prepared head, the length and the empty line. */
static enum soter_rc
begin(struct fleet_requests *r, struct soter_writer *w, enum fleet_request kind,
    size_t body_len)
{
	TRY(soter_write(w, soter_written(&r->head[kind])));
	TRY(soter_write_decimal(w, body_len));
	return (put_text(w, "\r\n\r\n"));
}

/* ---- is_support --------------------------------------------------------- */

static enum soter_rc
build_support(struct fleet_requests *r, struct soter_writer *w)
{
	const struct soter_model model = { .parts = SOTER_MODEL_PARTS,
		.part = { soter_text(r->c->maker), soter_text(r->c->model),
		    SOTER_SPAN("14"), SOTER_SPAN("1"), SOTER_SPAN("fleet") } };
	uint8_t xml[SOTER_MODEL_XML_MAX], body[2 * SOTER_MODEL_XML_MAX];
	struct soter_writer x = soter_writer(xml, sizeof(xml));
	struct soter_writer json = soter_writer(body, sizeof(body));

	TRY(soter_model_write(&x, &model));
	TRY(soter_json_write_text(&json, "model_key", soter_written(&x)));
	TRY(soter_json_write_number(&json, "sdk_version", SDK_VERSION));
	if (r->c->explain)
		TRY(put_text(&json, EXPLAIN));
	TRY(soter_json_write_end(&json));
	TRY(begin(r, w, FLEET_IS_SUPPORT, json.len));
	return (soter_write(w, soter_written(&json)));
}

/* ---- verify_ask --------------------------------------------------------- */

static enum soter_rc
fill_body(struct body *body, const struct fleet_ask *ask)
{
	uint8_t text[2 * FLEET_ASK_TEXT];
	struct soter_writer w = soter_writer(text, sizeof(text));
	struct soter_writer sig = soter_writer(body->sig, sizeof(body->sig));
	struct soter_key_json x;
	const uint8_t *id;

	TRY(soter_key_json_parse(&x, ask->text, NULL, NULL));
	TRY(soter_json_write_text(&w, "ask_json", ask->text));
	TRY(put_text(&w, ",\"ask_json_signature\":\""));
	TRY(soter_base64_encode(&sig, ask->sig));
	id = memmem(text, w.len, x.cpu_id, strlen(x.cpu_id));
	if (id == NULL || strlen(x.cpu_id) != SOTER_DEVICE_ID_LEN)
		return (SOTER_E_FORMAT);
	if ((body->text = malloc(w.len)) == NULL)
		return (SOTER_E_NOMEM);
	memcpy(body->text, text, w.len);
	body->n = w.len;
	body->id_at = (size_t)(id - text);
	return (SOTER_OK);
}

static enum soter_rc
fill_bodies(struct fleet_requests *r, const struct fleet_asks *asks)
{
	size_t n = fleet_asks_count(asks);

	if ((r->body = calloc(n, sizeof(r->body[0]))) == NULL)
		return (SOTER_E_NOMEM);
	r->bodies = n;
	for (size_t i = 0; i < n; i++)
		TRY(fill_body(&r->body[i], fleet_asks_at(asks, i)));
	return (SOTER_OK);
}

static enum soter_rc
prepare_asks(struct fleet_requests *r)
{
	struct fleet_asks *asks = NULL;
	enum soter_rc rc;

	if (r->bodies > 0)
		return (SOTER_OK); /* for another kind */
	if (r->c->asks == NULL)
		return (SOTER_E_ARGUMENT);
	if ((rc = fleet_asks_open(&asks, r->c->asks)) == SOTER_OK)
		rc = fill_bodies(r, asks);
	fleet_asks_close(&asks);
	return (rc);
}

static enum soter_rc
prepare_swapped(struct fleet_requests *r)
{
	TRY(prepare_asks(r));
	return (r->bodies < 2 ? SOTER_E_ARGUMENT : SOTER_OK);
}

/* What stands behind the signature. */
static struct soter_span
ask_end(const struct fleet_requests *r)
{
	return (
	    r->c->explain ? SOTER_SPAN("\"" EXPLAIN "}") : SOTER_SPAN("\"}"));
}

/* The text of one body, with the signature of this or of another one. */
static enum soter_rc
put_ask(struct fleet_requests *r, struct soter_writer *w,
    enum fleet_request kind, const char *sig)
{
	const struct body *body = &r->body[r->used[kind] % r->bodies];
	const struct soter_span end = ask_end(r);

	TRY(begin(r, w, kind, body->n + SOTER_SIG_BASE64_LEN + end.n));
	TRY(soter_write(w, soter_span(body->text, body->n)));
	TRY(soter_write(w, soter_span(sig, SOTER_SIG_BASE64_LEN)));
	return (soter_write(w, end));
}

static enum soter_rc
build_verify(struct fleet_requests *r, struct soter_writer *w)
{
	size_t i = r->used[FLEET_VERIFY] % r->bodies;

	return (put_ask(r, w, FLEET_VERIFY, r->body[i].sig));
}

static enum soter_rc
build_swapped(struct fleet_requests *r, struct soter_writer *w)
{
	size_t i = (r->used[FLEET_SWAPPED] + 1) % r->bodies;

	return (put_ask(r, w, FLEET_SWAPPED, r->body[i].sig));
}

/* A new id for each: no cache helps with a device that is not there. */
static enum soter_rc
build_unknown(struct fleet_requests *r, struct soter_writer *w)
{
	const struct body *body = &r->body[r->used[FLEET_UNKNOWN] % r->bodies];
	char id[SOTER_DEVICE_ID_LEN + 1];
	uint8_t bytes[FLEET_ID_LEN];
	size_t end;

	TRY(fleet_random_take(r->random, bytes, sizeof(bytes)));
	fleet_id_text(id, bytes);
	TRY(put_ask(r, w, FLEET_UNKNOWN, body->sig));
	end = w->len - ask_end(r).n - SOTER_SIG_BASE64_LEN;
	memcpy(w->p + end - body->n + body->id_at, id, SOTER_DEVICE_ID_LEN);
	return (SOTER_OK);
}

/* ---- intake ------------------------------------------------------------- */

static enum soter_rc
prepare_intake(struct fleet_requests *r)
{
	struct fleet_device device;
	uint64_t number;

	if (r->c->fleet == NULL || r->c->batch == 0 ||
	    r->c->batch > FLEET_BATCH_MAX)
		return (SOTER_E_ARGUMENT);
	r->batch.cap = r->c->batch * FLEET_LINE_MAX;
	if ((r->batch.p = malloc(r->batch.cap)) == NULL)
		return (SOTER_E_NOMEM);
	TRY(fleet_devices_open(&r->devices, r->c->fleet));
	for (uint64_t i = 0; i < r->c->first; i++)
		TRY(fleet_devices_next(r->devices, &device, &number));
	r->left = r->c->count;
	return (SOTER_OK);
}

static enum soter_rc
build_intake(struct fleet_requests *r, struct soter_writer *w)
{
	struct fleet_device device;
	uint64_t number, n = 0;
	enum soter_rc rc = SOTER_OK;

	r->batch.len = 0;
	while (n < r->c->batch && r->left > 0) {
		rc = fleet_devices_next(r->devices, &device, &number);
		if (rc != SOTER_OK)
			break;
		TRY(r->c->form->write(&r->batch, &device));
		r->left--;
		n++;
	}
	if (rc != SOTER_OK && rc != SOTER_E_NOTFOUND)
		return (rc);
	if (n == 0)
		return (SOTER_E_NOTFOUND);
	r->taken += n;
	TRY(begin(r, w, FLEET_INTAKE, r->batch.len));
	return (soter_write(w, soter_written(&r->batch)));
}

/* ---- all ---------------------------------------------------------------- */

static enum soter_rc
prepare(struct fleet_requests *r, enum fleet_request kind)
{
	struct soter_writer *head = &r->head[kind];

	if (kind == FLEET_INTAKE && r->c->form == NULL)
		return (SOTER_E_ARGUMENT);
	if ((head->p = malloc(FLEET_HEAD_MAX)) == NULL)
		return (SOTER_E_NOMEM);
	head->cap = FLEET_HEAD_MAX;
	TRY(put_head(r, head, kind));
	return (
	    kinds[kind].prepare == NULL ? SOTER_OK : kinds[kind].prepare(r));
}

enum soter_rc
fleet_requests_new(struct fleet_requests **out, const struct fleet_content *c,
    const struct fleet_mix *mix)
{
	struct fleet_requests *r = calloc(1, sizeof(*r));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (r == NULL)
		goto out;
	r->c = c;
	rc = fleet_random_new(&r->random, c->seed, "unknown");
	for (enum fleet_request kind = 0; kind < FLEET_REQUESTS; kind++)
		if (rc == SOTER_OK && fleet_mix_has(mix, kind))
			rc = prepare(r, kind);
	if (rc != SOTER_OK)
		goto out;
	*out = r;
	r = NULL;
out:
	fleet_requests_free(&r);
	return (rc);
}

enum soter_rc
fleet_requests_next(struct fleet_requests *r, enum fleet_request kind,
    struct soter_writer *w, struct fleet_share *share)
{
	uint64_t before = r->taken;

	if (kinds[kind].build == NULL)
		TRY(soter_write(w, soter_written(&r->head[kind])));
	else
		TRY(kinds[kind].build(r, w));
	r->used[kind]++;
	*share = (struct fleet_share){ .first = r->c->first + before,
		.n = r->taken - before };
	return (SOTER_OK);
}

uint64_t
fleet_requests_devices(const struct fleet_requests *r)
{
	return (r->taken);
}

void
fleet_requests_free(struct fleet_requests **r)
{
	if (*r == NULL)
		return;
	for (size_t i = 0; i < FLEET_REQUESTS; i++)
		free((*r)->head[i].p);
	for (size_t i = 0; i < (*r)->bodies; i++)
		free((*r)->body[i].text);
	free((*r)->body);
	free((*r)->batch.p);
	fleet_devices_close(&(*r)->devices);
	fleet_random_free(&(*r)->random);
	free(*r);
	*r = NULL;
}
