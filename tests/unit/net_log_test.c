/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines that somebody else wrote a part of. */
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/log.h"
#include "net/metrics.h"
#include "tests/check.h"
#include "tests/folder.h"

static char path[200];

/* What stands in the file, in memory of its own. */
static char *
contents(void)
{
	static char text[1 << 20];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	CHECK(fd >= 0 && n >= 0);
	text[n < 0 ? 0 : n] = '\0';
	close(fd);
	return (text);
}

static const struct {
	const char *what, *name, *value;
	size_t n;	  /* of value; 0: a text */
	const char *want; /* as JSON reads it */
} cases[] = {
	{ "plain", "why", "ok", 0, "ok" },
	{ "a quote", "why", "a\"b", 0, "a\"b" },
	{ "a backslash", "why", "a\\b", 0, "a\\b" },
	{ "a line end", "why", "a\n{\"level\":\"error\"}", 0,
	    "a\n{\"level\":\"error\"}" },
	{ "an escape for the terminal", "why", "\x1b[2J", 0, "\x1b[2J" },
	{ "UTF-8", "why", "\xc3\xa4\xe4\xbd\xa0\xf0\x9f\x98\x80", 0,
	    "\xc3\xa4\xe4\xbd\xa0\xf0\x9f\x98\x80" },
	{ "cut UTF-8", "why", "a\xe4\xbd", 0, "a??" },
	{ "overlong UTF-8", "why", "\xc0\xaf\xe0\x80\xaf", 0, "?????" },
	{ "a surrogate", "why", "\xed\xa0\x80", 0, "???" },
	{ "beyond Unicode", "why", "\xf4\x90\x80\x80", 0, "????" },
	{ "NUL", "why", "a\0b", 3, NULL },
	/* Secrets. */
	{ "a secret", "secret", "hunter2", 0, "..." },
	{ "an app's secret", "app_secret", "hunter2", 0, "..." },
	{ "a token", "access_token", "hunter2", 0, "..." },
	{ "Authorization", "Authorization", "hunter2", 0, "..." },
	{ "a token in a query", "why", "/a?x=1&access_token=hunter2", 0,
	    "/a?x=1&access_token=..." },
	{ "a secret in JSON", "why", "{\"secret\": \"hunter2\"}", 0,
	    "{\"secret\":..." },
	{ "a password in a sentence", "why", "PASSWORD = hunter2", 0,
	    "PASSWORD =..." },
	{ "a field of HTTP", "why", "Authorization: Bearer hunter2", 0,
	    "Authorization:..." },
	{ "a name that only looks so", "why", "spin=2 secretary=x", 0,
	    "spin=2 secretary=x" },
};

static void
test_values(void)
{
	struct net_log *log = NULL;

	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span value = soter_span(cases[i].value,
		    cases[i].n > 0 ? cases[i].n : strlen(cases[i].value));
		json_t *line;
		json_error_t e;

		check_row("%s", cases[i].what);
		(void)unlink(path);
		CHECK_RC(net_log_open(&log, path, NET_LOG_INFO), SOTER_OK);
		NET_LOG(log, NET_LOG_INFO, "event",
		    net_text(cases[i].name, value), net_number("n", 7),
		    net_id(0xfedcba9876543210));
		net_log_close(&log);
		CHECK(strchr(contents(), '\n') ==
		    contents() + strlen(contents()) - 1);
		line = json_loads(contents(),
		    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
		CHECK(line != NULL);
		CHECK(json_integer_value(json_object_get(line, "n")) == 7);
		CHECK(
		    strcmp(json_string_value(json_object_get(line, "request")),
			"fedcba9876543210") == 0);
		if (cases[i].want != NULL)
			CHECK(strcmp(json_string_value(
					 json_object_get(line, cases[i].name)),
				  cases[i].want) == 0);
		CHECK(strstr(contents(), "hunter2") == NULL);
		json_decref(line);
	}
}

static void
test_length(void)
{
	static char text[4096];
	struct net_field fields[12];
	struct net_log *log = NULL;
	json_t *line;

	check_row("escapes do not push other fields out of the line");
	memset(text, '\x7f', 1000);
	(void)unlink(path);
	CHECK_RC(net_log_open(&log, path, NET_LOG_INFO), SOTER_OK);
	NET_LOG(log, NET_LOG_INFO, "long",
	    net_text("path", soter_span(text, 1000)),
	    net_text("peer", SOTER_SPAN("192.0.2.1")));
	net_log_close(&log);
	CHECK(strstr(contents(), "192.0.2.1") != NULL);

	memset(text, 'a', sizeof(text));
	text[2000] = '"';
	check_row("long values are cut, and what does not fit is left out");
	(void)unlink(path);
	CHECK_RC(net_log_open(&log, path, NET_LOG_INFO), SOTER_OK);
	for (size_t i = 0; i < SOTER_COUNT(fields); i++)
		fields[i] = net_text(&"abcdefghijkl"[11 - i],
		    soter_span(text, sizeof(text)));
	net_log(log, NET_LOG_INFO, "long", fields, SOTER_COUNT(fields));
	net_log_close(&log);
	CHECK(strlen(contents()) <= NET_LOG_LINE_MAX);
	line = json_loads(contents(), JSON_REJECT_DUPLICATES, NULL);
	CHECK(line != NULL);
	CHECK(json_string_length(json_object_get(line, "l")) ==
	    NET_LOG_VALUE_MAX + 3);
	json_decref(line);
}

static void *
write_many(void *log)
{
	for (size_t i = 0; i < 500; i++)
		NET_LOG(log, NET_LOG_INFO, "many", net_number("n", i));
	return (NULL);
}

static void
test_threads(void)
{
	struct net_log *log = NULL;
	pthread_t threads[4];
	size_t lines = 0;
	char *text, *end;

	check_row("lines of several threads do not mix, also when it is opened "
		  "anew");
	(void)unlink(path);
	CHECK_RC(net_log_open(&log, path, NET_LOG_INFO), SOTER_OK);
	for (size_t i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, write_many, log) == 0);
	for (size_t i = 0; i < 20; i++)
		CHECK_RC(net_log_reopen(log), SOTER_OK);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	net_log_close(&log);
	for (text = contents(); (end = strchr(text, '\n')) != NULL;
	     text = end + 1, lines++) {
		json_t *line = json_loadb(text, (size_t)(end - text), 0, NULL);

		if (line == NULL)
			break;
		json_decref(line);
	}
	CHECK(lines == 2000);

	check_row("below its level nothing is written; no log is no error");
	(void)unlink(path);
	CHECK_RC(net_log_open(&log, path, NET_LOG_WARN), SOTER_OK);
	net_log(log, NET_LOG_INFO, "x", NULL, 0);
	net_log(NULL, NET_LOG_ERROR, "x", NULL, 0);
	CHECK(contents()[0] == '\0');
	net_log_close(&log);
	net_log_close(&log);

	check_row("a file that cannot be");
	CHECK_RC(net_log_open(&log, "tests/none/log", NET_LOG_WARN),
	    SOTER_E_READ);
	CHECK(log == NULL);
}

/* ---- nobody reads -------------------------------------------------------- */

#define FLOOD 5000 /* lines; more than a pipe or a socket holds */

/* A log on standard error, which is `to` meanwhile. */
static struct net_log *
log_into(int to, int *saved)
{
	struct net_log *log = NULL;

	*saved = dup(STDERR_FILENO);
	CHECK(*saved >= 0 && dup2(to, STDERR_FILENO) >= 0);
	close(to);
	CHECK_RC(net_log_open(&log, NULL, NET_LOG_INFO), SOTER_OK);
	return (log);
}

/* What was written so far, as lines: each is JSON.  How many; sum of "lines" of
 * those that say lines_lost. */
static size_t
read_lines(int from, uint64_t *lost)
{
	static char text[1 << 20];
	size_t n = 0, lines = 0;
	ssize_t got;
	char *at, *end;

	CHECK(fcntl(from, F_SETFL, O_NONBLOCK) == 0);
	while (n < sizeof(text) - 1 &&
	    (got = read(from, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	for (at = text; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		json_t *line = json_loadb(at, (size_t)(end - at), 0, NULL);

		CHECK(line != NULL);
		lines++;
		if (strcmp(json_string_value(json_object_get(line, "event")),
			"lines_lost") == 0)
			*lost += (uint64_t)json_integer_value(
			    json_object_get(line, "lines"));
		json_decref(line);
	}
	CHECK(*at == '\0');
	return (lines);
}

static void
flood(struct net_log *log, size_t lines)
{
	for (size_t i = 0; i < lines; i++)
		NET_LOG(log, NET_LOG_INFO, "flood",
		    net_text("why", SOTER_SPAN("nobody reads this")));
}

static void
check_unread(const char *what, int from, int to)
{
	struct net_metrics *metrics = NULL;
	struct net_tally *tally = NULL;
	struct net_log *log;
	uint64_t lost = 0;
	size_t there, n = 0;
	char want[64], *text = NULL;
	int saved;

	check_row("%s that nobody reads: nobody waits", what);
	(void)alarm(60);
	CHECK_RC(net_metrics_new(&metrics, NULL, 0), SOTER_OK);
	CHECK_RC(net_metrics_tally(metrics, &tally), SOTER_OK);
	log = log_into(to, &saved);
	net_log_count(log, tally);
	flood(log, FLOOD);
	there = read_lines(from, &lost);
	CHECK(there > 0 && there < FLOOD && lost == 0);
	(void)alarm(0);
	check_row("%s: how many were lost is counted, and said in the next "
		  "line",
	    what);
	flood(log, 3);
	CHECK(read_lines(from, &lost) == 4);
	CHECK(lost == FLOOD - there);
	CHECK_RC(net_metrics_text(metrics, &text, &n), SOTER_OK);
	snprintf(want, sizeof(want), "\nsoter_net_log_lost_total %zu\n",
	    (size_t)FLOOD - there);
	CHECK(memmem(text, n, want, strlen(want)) != NULL);
	free(text);
	CHECK(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	net_log_close(&log);
	net_metrics_free(&metrics);
	close(from);
}

static void
test_unread(void)
{
	int ends[2];

	CHECK(pipe(ends) == 0);
	check_unread("a pipe", ends[0], ends[1]);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	check_unread("a socket", ends[0], ends[1]);
	check_row("a log that is a pipe without a reader is no log");
	{
		struct net_log *log = NULL;

		(void)unlink(path);
		CHECK(mkfifo(path, 0600) == 0);
		(void)alarm(60);
		CHECK_RC(net_log_open(&log, path, NET_LOG_INFO), SOTER_E_READ);
		(void)alarm(0);
		(void)unlink(path);
	}
}

int
main(void)
{
	struct folder folder;

	folder_new(&folder);
	snprintf(path, sizeof(path), "%s/log", folder.path);
	test_values();
	test_length();
	test_threads();
	test_unread();
	folder_remove(folder.path);
	return (check_done());
}
