/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * backend --roots FILE --port-file FILE -- an app's server for tests and demo:
 * the end points of docs/protocol.md b.9 over HTTP on loopback, on what
 * tests/shop.h knows.  It writes its port to the file, then one line for each
 * request to standard output, which says which link of a chain failed and why.
 *
 *	POST /test/fault {"path":"/upload_ask_key","fault":"500","times":2}
 *
 * makes it answer wrongly: refuse, hang, 500, nonsense; or do what it was
 *asked, and lose the answer: lose.
 *
 * One thread for each connection; one request on each.
 */
#include <getopt.h>
#include <jansson.h>

#include "base/span.h"
#include "tests/httpd.h"
#include "tests/shop.h"

#define CONNECTIONS_MAX 64

struct request {
	char path[64];
	char account[SHOP_NAME_MAX + 1];
	json_t *body;
	struct shop_request r;
};

/* What is answered; `data` is for the caller to release. */
struct answer {
	enum soter_rc rc;
	struct soter_report why;
	json_t *data;
};

typedef void serve_fn(const struct request *q, struct answer *a);
static serve_fn get_support, upload_ask, upload_authkey, get_challenge,
    open_business, authenticate, set_fault;

/* clang-format off */
static struct end_point {
	const char *path;
	serve_fn *serve;
	const char *verdict; /* the member that says yes or no; NULL: none */
	const char *text, *signature; /* members with what was signed */
	char fault[16];
	long long times; /* how often it still happens */
} points[] = {
	{ "/get_is_support", get_support, "is_support", NULL, NULL, "", 0 },
	{ "/upload_ask_key", upload_ask, "is_verified", "keyJson", "keySignature", "", 0 },
	{ "/upload_pay_auth_key", upload_authkey, "result", "keyJson", "signature", "", 0 },
	{ "/get_challenge", get_challenge, NULL, NULL, NULL, "", 0 },
	{ "/open_fingerprintpay", open_business, "isOpenSuccess", "signatureJson", "signature", "", 0 },
	{ "/authentication", authenticate, "is_authenticated", "signatureJson", "signature", "", 0 },
	{ "/test/fault", set_fault, "done", NULL, NULL, "", 0 },
};
/* clang-format on */

static struct shop *shop;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all above */

/* ---- the end points ------------------------------------------------------ */

static void
get_support(const struct request *q, struct answer *a)
{
	const char *model =
	    json_string_value(json_object_get(q->body, "request"));

	a->rc = model != NULL && model[0] != '\0' ? SOTER_OK : SOTER_E_ARGUMENT;
	json_object_set_new(a->data, "support_type", json_integer(1));
}

static void
upload_ask(const struct request *q, struct answer *a)
{
	a->why.link = SOTER_LINK_ASK;
	a->rc = shop_take_ask(shop, &q->r, &a->why);
}

static void
upload_authkey(const struct request *q, struct answer *a)
{
	a->why.link = SOTER_LINK_AUTHKEY;
	a->rc = shop_take_authkey(shop, &q->r, &a->why);
}

static void
get_challenge(const struct request *q, struct answer *a)
{
	char text[SHOP_CHALLENGE_LEN + 1];

	a->rc = shop_issue(shop, &q->r, text);
	if (a->rc == SOTER_OK)
		json_object_set_new(a->data, "challengeStr", json_string(text));
}

static void
open_business(const struct request *q, struct answer *a)
{
	a->rc = shop_take_result(shop, &q->r, true, &a->why);
}

static void
authenticate(const struct request *q, struct answer *a)
{
	a->rc = shop_take_result(shop, &q->r, false, &a->why);
}

static struct end_point *
find_point(const char *path)
{
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		if (path != NULL && strcmp(points[i].path, path) == 0)
			return (&points[i]);
	return (NULL);
}

static void
set_fault(const struct request *q, struct answer *a)
{
	struct end_point *p =
	    find_point(json_string_value(json_object_get(q->body, "path")));
	const char *fault =
	    json_string_value(json_object_get(q->body, "fault"));

	a->rc = SOTER_E_ARGUMENT;
	if (p == NULL || fault == NULL)
		return;
	snprintf(p->fault, sizeof(p->fault), "%s", fault);
	p->times = json_integer_value(json_object_get(q->body, "times"));
	a->rc = SOTER_OK;
}

/* ---- a request ----------------------------------------------------------- */

static struct soter_span
member_span(const json_t *body, const char *name)
{
	const json_t *x = name == NULL ? NULL : json_object_get(body, name);

	return (json_is_string(x)
		? soter_span(json_string_value(x), json_string_length(x))
		: soter_span(NULL, 0));
}

/* The value of a header, or "". */
static void
read_header(const char *head, const char *name, char *out, size_t size)
{
	const char *at = head;
	size_t n = strlen(name);

	out[0] = '\0';
	while ((at = strchr(at, '\n')) != NULL) {
		at++;
		if (strncasecmp(at, name, n) != 0 || at[n] != ':')
			continue;
		at += n + 1;
		at += strspn(at, " ");
		snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
		return;
	}
}

static bool
read_request(struct request *q, const char *text)
{
	const char *body = strstr(text, "\r\n\r\n");

	if (body == NULL || sscanf(text, "POST %63s", q->path) != 1)
		return (false);
	read_header(text, "Authorization", q->account, sizeof(q->account));
	q->body = json_loads(body + 4, JSON_REJECT_DUPLICATES, NULL);
	return (json_is_object(q->body));
}

static void
fill_request(struct request *q, const struct end_point *p)
{
	q->r.account = q->account;
	q->r.scene =
	    (int32_t)json_integer_value(json_object_get(q->body, "scene"));
	q->r.digest = json_string_value(json_object_get(q->body, "pwdDigest"));
	q->r.in.text = member_span(q->body, p->text);
	q->r.in.sig = member_span(q->body, p->signature);
}

static void
say(const struct request *q, const struct answer *a, const char *fault)
{
	printf("%s %s: ", q->path, q->account[0] == '\0' ? "-" : q->account);
	if (fault[0] != '\0')
		printf("fault: %s\n", fault);
	else if (a->rc == SOTER_OK)
		puts("ok");
	else
		printf("refused: %s: %s: %s\n", soter_link_word(a->why.link),
		    soter_rc_word(a->rc), soter_rc_text(a->rc));
	fflush(stdout);
}

/* ---- an answer ----------------------------------------------------------- */

static void
send_text(int fd, int status, const char *text)
{
	char head[256];
	int n = snprintf(head, sizeof(head),
	    "HTTP/1.1 %d x\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n",
	    status, strlen(text));

	if (send(fd, head, (size_t)n, MSG_NOSIGNAL) == n)
		send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void
send_data(int fd, json_t *data)
{
	json_t *root = json_pack("{s:O}", "data", data);
	char *text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);

	send_text(fd, text == NULL ? 500 : 200, text == NULL ? "" : text);
	free(text);
	json_decref(root);
}

static void
hang(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	poll(&p, 1, -1); /* until the client has had enough */
}

static void
send_fault(int fd, const struct end_point *p, const char *fault)
{
	json_t *no =
	    json_pack("{s:b}", p->verdict == NULL ? "no" : p->verdict, 0);

	if (strcmp(fault, "hang") == 0)
		hang(fd);
	else if (strcmp(fault, "lose") == 0)
		shutdown(fd, SHUT_RDWR);
	else if (strcmp(fault, "refuse") == 0)
		send_data(fd, no);
	else if (strcmp(fault, "500") == 0)
		send_text(fd, 500, "{}");
	else
		send_text(fd, 200, "{\"data\":[\"this is no answer\"");
	json_decref(no);
}

/* The fault of this request, if any: copied, since it may change. */
static void
take_fault(struct end_point *p, char out[16])
{
	out[0] = '\0';
	if (p->times <= 0)
		return;
	p->times--;
	memcpy(out, p->fault, sizeof(p->fault));
}

static void
serve(int fd, struct request *q)
{
	struct end_point *p = find_point(q->path);
	struct answer a = { .data = json_object() };
	char fault[16];
	bool is_served;

	if (p == NULL || a.data == NULL) {
		send_text(fd, 404, "{}");
		goto out;
	}
	fill_request(q, p);
	pthread_mutex_lock(&lock);
	take_fault(p, fault);
	is_served = fault[0] == '\0' || strcmp(fault, "lose") == 0;
	if (is_served)
		p->serve(q, &a);
	say(q, &a, is_served ? "" : fault);
	pthread_mutex_unlock(&lock);
	if (p->verdict != NULL)
		json_object_set_new(a.data, p->verdict,
		    json_boolean(a.rc == SOTER_OK));
	if (fault[0] != '\0')
		send_fault(fd, p, fault);
	else
		send_data(fd, a.data);
out:
	json_decref(a.data);
}

/* ---- connections --------------------------------------------------------- */

static void
receive(int fd, char text[HTTPD_REQUEST_MAX + 1])
{
	size_t n = 0;
	ssize_t got;

	while (!httpd_is_whole(text) && n < HTTPD_REQUEST_MAX &&
	    (got = recv(fd, text + n, HTTPD_REQUEST_MAX - n, 0)) > 0)
		n += (size_t)got;
}

static void *
work(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char *text = calloc(1, HTTPD_REQUEST_MAX + 1);
	struct request q = { .path = "" };

	if (text != NULL) {
		receive(fd, text);
		if (read_request(&q, text))
			serve(fd, &q);
		else
			send_text(fd, 400, "{}");
	}
	json_decref(q.body);
	free(text);
	close(fd);
	return (NULL);
}

static int
listen_on_loopback(uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) != 0 ||
	    listen(fd, CONNECTIONS_MAX) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		return (-1);
	*port = ntohs(at.sin_port);
	return (fd);
}

/* Whole, or not there: whoever waits for it may read it at once. */
static bool
write_port(const char *file, uint16_t port)
{
	char temporary[512];
	FILE *f;

	snprintf(temporary, sizeof(temporary), "%s.new", file);
	if ((f = fopen(temporary, "w")) == NULL)
		return (false);
	fprintf(f, "%u\n", port);
	return (fclose(f) == 0 && rename(temporary, file) == 0);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "roots", required_argument, NULL, 'r' },
		{ "port-file", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	const char *roots = NULL, *file = NULL;
	pthread_attr_t detached;
	uint16_t port = 0;
	int c, fd;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		*(c == 'r' ? &roots : &file) = optarg;
	if (roots == NULL || file == NULL) {
		fputs("usage: backend --roots FILE --port-file FILE\n", stderr);
		return (2);
	}
	shop = shop_new(roots);
	if ((fd = listen_on_loopback(&port)) < 0 || !write_port(file, port)) {
		perror("backend");
		return (2);
	}
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		pthread_t thread;

		if (client >= 0 &&
		    pthread_create(&thread, &detached, work,
			(void *)(intptr_t)client) != 0)
			close(client);
	}
}
