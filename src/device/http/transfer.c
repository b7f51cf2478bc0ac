/* SPDX-License-Identifier: BSD-3-Clause */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/http/transfer.h"

#define CONNECT_MS 10000

static const char authorization_name[] = "Authorization: ";

/* ---- the server ---------------------------------------------------------- */

static void
start_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void
wipe_free(char **text)
{
	if (*text == NULL)
		return;
	soter_wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static bool
is_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool is =
	    curl_url_get(url, part, &text, 0) == CURLUE_OK && text != NULL;

	curl_free(text);
	return (is);
}

/* This machine, by a name that no name server answers for. */
static bool
is_loopback(const char *host)
{
	return (strcmp(host, "localhost") == 0 ||
	    strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0);
}

static bool
check_url(CURLU *url, const char *text, bool *loopback)
{
	char *scheme = NULL, *host = NULL;
	bool is_good = false;

	if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK ||
	    is_part(url, CURLUPART_USER) || is_part(url, CURLUPART_PASSWORD) ||
	    is_part(url, CURLUPART_QUERY) || is_part(url, CURLUPART_FRAGMENT) ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		goto out;
	*loopback = strcmp(scheme, "http") == 0;
	is_good = *loopback ? is_loopback(host) : strcmp(scheme, "https") == 0;
out:
	curl_free(scheme);
	curl_free(host);
	return (is_good);
}

static bool
has_line_end(const char *text)
{
	return (text != NULL && strpbrk(text, "\r\n") != NULL);
}

static enum soter_rc
copy(struct http_server *s, const char *url, const char *ca_file,
    const char *authorization)
{
	size_t n = strlen(url);

	s->url = strdup(url);
	if (s->url == NULL)
		return (SOTER_E_NOMEM);
	while (n > 0 && s->url[n - 1] == '/')
		s->url[--n] = '\0';
	if (ca_file != NULL && (s->ca_file = strdup(ca_file)) == NULL)
		return (SOTER_E_NOMEM);
	if (authorization == NULL)
		return (SOTER_OK);
	n = sizeof(authorization_name) + strlen(authorization);
	s->authorization = malloc(n);
	if (s->authorization == NULL)
		return (SOTER_E_NOMEM);
	snprintf(s->authorization, n, "%s%s", authorization_name,
	    authorization);
	return (SOTER_OK);
}

enum soter_rc
http_transfer_open(struct http_server *out, const char *url,
    const char *ca_file, const char *authorization)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http_server s = { .url = NULL };
	enum soter_rc rc = SOTER_E_ARGUMENT;
	CURLU *parts = NULL;

	if (url == NULL || strlen(url) > HTTP_URL_MAX ||
	    has_line_end(authorization) ||
	    soter_text(authorization).n > HTTP_HEADER_MAX)
		return (SOTER_E_ARGUMENT);
	pthread_once(&once, start_curl);
	parts = curl_url();
	if (parts == NULL)
		return (SOTER_E_NOMEM);
	if (check_url(parts, url, &s.is_loopback))
		rc = copy(&s, url, ca_file, authorization);
	curl_url_cleanup(parts);
	if (rc != SOTER_OK) {
		http_transfer_close(&s);
		return (rc);
	}
	*out = s;
	return (SOTER_OK);
}

void
http_transfer_close(struct http_server *server)
{
	free(server->url);
	free(server->ca_file);
	server->url = server->ca_file = NULL;
	wipe_free(&server->authorization);
}

/* ---- one transfer -------------------------------------------------------- */

/* libcurl's part of an answer; anything but n ends the transfer. */
static size_t
take(char *bytes, size_t size, size_t n, void *answer)
{
	struct http_answer *out = answer;
	struct soter_writer w = { out->body, out->n, HTTP_ANSWER_MAX };

	n *= size;
	if (soter_write(&w, soter_span(bytes, n)) != SOTER_OK)
		return (0);
	out->n = w.len;
	return (n);
}

/* Statuses by which a server says that it has not looked at the request. */
static bool
is_later(long status)
{
	return (status == 408 || status == 425 || status == 429);
}

/*
 * sent: bytes of the request that went out.  Without one it was not asked,
 * whatever the reason; with one it may have done what it was asked, if it does
 * not say otherwise.
 */
static enum soter_rc
verdict(CURLcode code, long status, long sent)
{
	if (code == CURLE_OUT_OF_MEMORY)
		return (SOTER_E_NOMEM);
	if (code != CURLE_OK && sent == 0)
		return (SOTER_E_NETWORK);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return (SOTER_E_TIME);
	if (code != CURLE_OK)
		return (SOTER_E_NO_ANSWER);
	if (status == 200)
		return (SOTER_OK);
	if (is_later(status))
		return (SOTER_E_NETWORK);
	return (status >= 400 && status <= 499 ? SOTER_E_UPLOAD_REFUSED
					       : SOTER_E_NO_ANSWER);
}

#define SET(option, value) \
	(is_set = is_set && curl_easy_setopt(easy, option, value) == CURLE_OK)

static bool
set_options(CURL *easy, const struct http_server *s, unsigned ms)
{
	const char *scheme = s->is_loopback ? "http" : "https";
	bool is_set = true;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, scheme);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_TIMEOUT_MS, (long)ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(ms < CONNECT_MS ? ms : CONNECT_MS));
	SET(CURLOPT_MAXFILESIZE, (long)HTTP_ANSWER_MAX);
	if (s->is_loopback) /* what is for this machine stays here */
		SET(CURLOPT_NOPROXY, "*");
	if (s->ca_file != NULL) {
		SET(CURLOPT_CAINFO, s->ca_file);
		SET(CURLOPT_CAPATH, NULL); /* these and no others */
	}
	return (is_set);
}

static struct curl_slist *
make_headers(const struct http_server *s)
{
	const char *const lines[] = { "Content-Type: application/json",
		"Accept: application/json", "Expect:", s->authorization };
	struct curl_slist *list = NULL, *longer;

	for (size_t i = 0; i < SOTER_COUNT(lines) && lines[i] != NULL; i++) {
		longer = curl_slist_append(list, lines[i]);
		if (longer == NULL) {
			curl_slist_free_all(list);
			return (NULL);
		}
		list = longer;
	}
	return (list);
}

enum soter_rc
http_transfer_post(const struct http_server *server, const char *path,
    const char *json, unsigned ms, struct http_answer *out)
{
	char url[HTTP_URL_MAX + 64];
	struct curl_slist *headers = make_headers(server);
	CURL *easy = curl_easy_init();
	CURLcode code = CURLE_OUT_OF_MEMORY;
	bool is_set;
	long status = 0, sent = 1; /* the worse, if curl does not say */

	out->n = 0;
	snprintf(url, sizeof(url), "%s%s", server->url, path);
	if (headers == NULL || easy == NULL)
		goto out;
	is_set = set_options(easy, server, ms == 0 ? 1 : ms);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_POSTFIELDS, json);
	SET(CURLOPT_POSTFIELDSIZE, (long)strlen(json));
	SET(CURLOPT_WRITEFUNCTION, take);
	SET(CURLOPT_WRITEDATA, out);
	code = is_set ? curl_easy_perform(easy) : CURLE_FAILED_INIT;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
out:
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	return (verdict(code, status, sent));
}
