/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The functions of struct soter_network over HTTP, to the end points of
 * docs/protocol.md b.9.  What they say and what they are answered stands in the
 * table below; how it gets there, in transfer.c.
 *
 * The end points know no scene; ours is sent beside, for a server that has
 * several businesses (V5, V6).
 */
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "device/http/transfer.h"
#include "soter/http.h"

struct soter_http {
	struct http_server server;
	char *password_digest;
	pthread_mutex_t lock; /* of what stands below; some instructions */
	/* Scenes whose AuthKey went up, and whose first result did not: it
	 * switches the scene on. */
	int32_t opening[SOTER_SCENES_MAX];
	size_t opening_n;
};

/* ---- making one ---------------------------------------------------------- */

static void
wipe_free(char *text)
{
	if (text == NULL)
		return;
	soter_wipe(text, strlen(text));
	free(text);
}

enum soter_rc
soter_http_new(struct soter_http **out,
    const struct soter_http_options *options)
{
	struct soter_http *h = calloc(1, sizeof(*h));
	const char *digest = options->password_digest;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (h == NULL)
		goto out;
	if (digest != NULL && (h->password_digest = strdup(digest)) == NULL)
		goto out;
	rc = http_transfer_open(&h->server, options->url, options->ca_file,
	    options->authorization);
	if (rc != SOTER_OK)
		goto out;
	if (pthread_mutex_init(&h->lock, NULL) != 0) {
		http_transfer_close(&h->server);
		rc = SOTER_E_NOMEM;
		goto out;
	}
	*out = h;
	return (SOTER_OK);
out:
	if (h != NULL)
		wipe_free(h->password_digest);
	free(h);
	return (rc);
}

void
soter_http_free(struct soter_http **http)
{
	struct soter_http *h = *http;

	if (h == NULL)
		return;
	http_transfer_close(&h->server);
	pthread_mutex_destroy(&h->lock);
	wipe_free(h->password_digest);
	free(h);
	*http = NULL;
}

/* ---- which scenes are being switched on ---------------------------------- */

/* With the lock held: its place, or opening_n. */
static size_t
find_opening(const struct soter_http *h, int32_t scene)
{
	size_t i = 0;

	while (i < h->opening_n && h->opening[i] != scene)
		i++;
	return (i);
}

static bool
is_opening(struct soter_http *h, int32_t scene)
{
	bool found;

	pthread_mutex_lock(&h->lock);
	found = find_opening(h, scene) < h->opening_n;
	pthread_mutex_unlock(&h->lock);
	return (found);
}

/* false: there is no room. */
static bool
set_opening(struct soter_http *h, int32_t scene, bool is)
{
	size_t i;
	bool has_room;

	pthread_mutex_lock(&h->lock);
	i = find_opening(h, scene);
	has_room = !is || i < SOTER_SCENES_MAX;
	if (is && i == h->opening_n && has_room)
		h->opening[h->opening_n++] = scene;
	else if (!is && i < h->opening_n)
		h->opening[i] = h->opening[--h->opening_n];
	pthread_mutex_unlock(&h->lock);
	return (has_room);
}

enum soter_rc
soter_http_switch_on(struct soter_http *http, int32_t scene)
{
	if (http->password_digest == NULL)
		return (SOTER_E_ARGUMENT);
	return (set_opening(http, scene, true) ? SOTER_OK : SOTER_E_LIMIT);
}

/* ---- a call -------------------------------------------------------------- */

/*
 * Send a request, which is taken over, and read the answer's data into *data,
 * for the caller to release.
 */
static enum soter_rc
post(struct soter_http *h, const char *path, json_t *request, unsigned ms,
    json_t **data)
{
	char *body = request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
	struct http_answer answer = { .n = 0 };
	json_t *reply = NULL;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (body == NULL)
		goto out;
	rc = http_transfer_post(&h->server, path, body, ms, &answer);
	if (rc != SOTER_OK)
		goto out;
	/* Anything else than an answer: a captive portal, for instance. */
	rc = SOTER_E_NO_ANSWER;
	reply = json_loadb((const char *)answer.body, answer.n,
	    JSON_REJECT_DUPLICATES, NULL);
	*data = json_incref(json_object_get(reply, "data"));
	if (json_is_object(*data))
		rc = SOTER_OK;
	else
		json_decref(*data);
out:
	wipe_free(body);
	json_decref(request);
	json_decref(reply);
	return (rc);
}

/* The same where the answer is one member: true, false, or no answer. */
static enum soter_rc
post_question(struct soter_http *h, const char *path, json_t *request,
    const char *member, unsigned ms)
{
	const json_t *verdict;
	json_t *data;
	enum soter_rc rc = post(h, path, request, ms, &data);

	if (rc != SOTER_OK)
		return (rc);
	verdict = json_object_get(data, member);
	rc = json_is_true(verdict)   ? SOTER_OK
	    : json_is_false(verdict) ? SOTER_E_UPLOAD_REFUSED
				     : SOTER_E_NO_ANSWER;
	json_decref(data);
	return (rc);
}

static json_t *
signed_request(const char *json_name, const char *signature_name,
    const struct soter_core_signed *x)
{
	return (json_pack("{s:s#, s:s}", json_name, x->json, x->json_n,
	    signature_name, x->signature));
}

static void
add_scene(json_t *request, int32_t scene)
{
	json_object_set_new(request, "scene", json_integer(scene));
}

static void
add_digest(const struct soter_http *h, json_t *request)
{
	if (h->password_digest != NULL)
		json_object_set_new(request, "pwdDigest",
		    json_string(h->password_digest));
}

/* ---- the functions ------------------------------------------------------- */

static enum soter_rc
is_support(void *context, const char *model, unsigned ms, bool *is_supported,
    enum soter_support_type *type)
{
	const json_t *answer, *kind;
	json_t *data;
	enum soter_rc rc = post(context, "/get_is_support",
	    json_pack("{s:s}", "request", model), ms, &data);

	if (rc != SOTER_OK)
		return (rc);
	answer = json_object_get(data, "is_support");
	kind = json_object_get(data, "support_type");
	if (!json_is_boolean(answer)) {
		rc = SOTER_E_NO_ANSWER;
	} else {
		*is_supported = json_is_true(answer);
		*type = json_is_integer(kind) &&
			json_integer_value(kind) >= SOTER_SUPPORT_NONE &&
			json_integer_value(kind) <= SOTER_SUPPORT_BOTH
		    ? (enum soter_support_type)json_integer_value(kind)
		    : SOTER_SUPPORT_UNDEFINED;
	}
	json_decref(data);
	return (rc);
}

static enum soter_rc
upload_ask(void *context, const struct soter_core_signed *ask, unsigned ms)
{
	return (post_question(context, "/upload_ask_key",
	    signed_request("keyJson", "keySignature", ask), "is_verified", ms));
}

static enum soter_rc
upload_authkey(void *context, int32_t scene,
    const struct soter_core_signed *authkey, unsigned ms)
{
	struct soter_http *h = context;
	json_t *request = signed_request("keyJson", "signature", authkey);
	enum soter_rc rc;

	add_scene(request, scene);
	add_digest(h, request);
	rc = post_question(h, "/upload_pay_auth_key", request, "result", ms);
	if (rc == SOTER_OK && h->password_digest != NULL)
		(void)set_opening(h, scene, true);
	return (rc);
}

static enum soter_rc
get_challenge(void *context, int32_t scene, char *out, size_t size, unsigned ms)
{
	const char *text;
	json_t *data;
	enum soter_rc rc = post(context, "/get_challenge",
	    json_pack("{s:i}", "scene", (int)scene), ms, &data);

	if (rc != SOTER_OK)
		return (rc);
	text = json_string_value(json_object_get(data, "challengeStr"));
	if (text == NULL || strlen(text) >= size)
		rc = SOTER_E_NO_ANSWER;
	else
		memcpy(out, text, strlen(text) + 1);
	json_decref(data);
	return (rc);
}

static enum soter_rc
upload_result(void *context, int32_t scene,
    const struct soter_core_signed *result, unsigned ms)
{
	struct soter_http *h = context;
	json_t *request = signed_request("signatureJson", "signature", result);
	bool opens = is_opening(h, scene);
	enum soter_rc rc;

	json_object_set_new(request, "saltlen",
	    json_integer((json_int_t)result->claimed_salt_len));
	add_scene(request, scene);
	if (!opens)
		return (post_question(h, "/authentication", request,
		    "is_authenticated", ms));
	/* V15: the first result of a key comes with the password. */
	add_digest(h, request);
	rc = post_question(h, "/open_fingerprintpay", request, "isOpenSuccess",
	    ms);
	if (rc == SOTER_OK)
		(void)set_opening(h, scene, false);
	return (rc);
}

struct soter_network
soter_http_network(struct soter_http *http)
{
	return ((struct soter_network){
	    .context = http,
	    .is_support = is_support,
	    .upload_ask = upload_ask,
	    .upload_authkey = upload_authkey,
	    .get_challenge = get_challenge,
	    .upload_result = upload_result,
	});
}
