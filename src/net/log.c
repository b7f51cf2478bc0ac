/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "net/counted.h"
#include "net/log.h"
#include "net/outlet.h"

/* What a pipe takes whole or not at all. */
_Static_assert(NET_LOG_LINE_MAX <= PIPE_BUF, "lines would be torn");

struct net_log {
	char *path; /* NULL: standard error */
	enum net_log_level least;
	pthread_mutex_t lock; /* of all below */
	struct net_outlet outlet;
	uint64_t lost; /* lines, since that was last said */
	struct net_tally *tally;
};

/* ---- opening ------------------------------------------------------------- */

enum soter_rc
net_log_open(struct net_log **out, const char *path, enum net_log_level least)
{
	struct net_log *log = calloc(1, sizeof(*log));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (log == NULL || pthread_mutex_init(&log->lock, NULL) != 0)
		goto out;
	log->least = least;
	if (path != NULL && (log->path = strdup(path)) == NULL)
		goto out;
	if ((rc = net_outlet_open(&log->outlet, path)) != SOTER_OK)
		goto out;
	*out = log;
	log = NULL;
out:
	if (log != NULL)
		free(log->path);
	free(log);
	return (rc);
}

enum soter_rc
net_log_reopen(struct net_log *log)
{
	struct net_outlet outlet, old;

	if (log->path == NULL)
		return (SOTER_OK);
	TRY(net_outlet_open(&outlet, log->path));
	pthread_mutex_lock(&log->lock);
	old = log->outlet;
	log->outlet = outlet;
	pthread_mutex_unlock(&log->lock);
	net_outlet_close(&old);
	return (SOTER_OK);
}

void
net_log_count(struct net_log *log, struct net_tally *tally)
{
	pthread_mutex_lock(&log->lock);
	log->tally = tally;
	pthread_mutex_unlock(&log->lock);
}

void
net_log_close(struct net_log **log)
{
	if (*log == NULL)
		return;
	net_outlet_close(&(*log)->outlet);
	pthread_mutex_destroy(&(*log)->lock);
	free((*log)->path);
	free(*log);
	*log = NULL;
}

/* ---- secrets ------------------------------------------------------------- */

/* In small letters; a field's name, or a name inside a text. */
static const char *const secrets[] = { "access_token", "authorization",
	"challenge", "passphrase", "password", "pin", "private_key", "secret",
	"token" };

static bool
is_name_byte(uint8_t c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-');
}

/* Does a secret's name end this text, as a word or behind a '_'? */
static bool
is_secret(const uint8_t *name, size_t n)
{
	for (size_t i = 0; i < SOTER_COUNT(secrets); i++) {
		size_t len = strlen(secrets[i]);
		const uint8_t *tail = name + n - len;

		if (n < len ||
		    strncasecmp((const char *)tail, secrets[i], len) != 0)
			continue;
		if (n == len || tail[-1] == '_' || tail[-1] == '-' ||
		    !is_name_byte(tail[-1]))
			return (true);
	}
	return (false);
}

/*
 * How much of a text may be written: up to the value of the first secret that
 * is named in it, as in "?access_token=..." or "\"secret\": ...".
 */
static size_t
until_secret(struct soter_span text)
{
	for (size_t i = 1; i < text.n; i++) {
		size_t end = i;

		if (text.p[i] != '=' && text.p[i] != ':')
			continue;
		while (end > 0 &&
		    (text.p[end - 1] == '"' || text.p[end - 1] == ' '))
			end--;
		if (is_secret(text.p, end))
			return (i + 1);
	}
	return (text.n);
}

/* ---- one line ------------------------------------------------------------ */

/* How many bytes the character at p has; 0 if it is no UTF-8. */
static size_t
utf8(const uint8_t *p, size_t n)
{
	size_t len = p[0] < 0x80	  ? 1
	    : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
	    : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
	    : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
					  : 0;

	if (len == 0 || len > n)
		return (0);
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return (0);
	/* Overlong forms, surrogates, and what is beyond Unicode. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return (0);
	return (len);
}

static enum soter_rc
put(struct soter_writer *w, const char *text)
{
	return (soter_write(w, soter_text(text)));
}

static enum soter_rc
put_char(struct soter_writer *w, const uint8_t *p, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t u[] = { '\\', 'u', '0', '0', 0, 0 };

	if (len == 0)
		return (soter_write_u8(w, '?'));
	if (p[0] == '"' || p[0] == '\\') {
		uint8_t pair[] = { '\\', p[0] };

		return (soter_write(w, soter_span(pair, 2)));
	}
	if (p[0] < ' ' || p[0] == 0x7f) {
		u[4] = (uint8_t)hex[p[0] >> 4];
		u[5] = (uint8_t)hex[p[0] & 0xf];
		return (soter_write(w, soter_span(u, sizeof(u))));
	}
	return (soter_write(w, soter_span(p, len)));
}

/* Cut as it is written: escapes must not push other fields out of the line. */
static enum soter_rc
put_text(struct soter_writer *w, struct soter_span text)
{
	size_t n = until_secret(text), i = 0, begin;

	TRY(put(w, "\""));
	begin = w->len;
	while (i < n && w->len - begin < NET_LOG_VALUE_MAX) {
		size_t len = utf8(text.p + i, n - i);

		TRY(put_char(w, text.p + i, len));
		i += len == 0 ? 1 : len;
	}
	return (put(w, i < text.n ? "...\"" : "\""));
}

static enum soter_rc
put_id(struct soter_writer *w, uint64_t id)
{
	char text[19] = "\"0000000000000000\"";

	for (size_t i = 16; i > 0; i--, id >>= 4)
		text[i] = "0123456789abcdef"[id & 0xf];
	return (put(w, text));
}

static enum soter_rc
put_field(struct soter_writer *w, const struct net_field *f)
{
	TRY(put(w, ",\""));
	TRY(put(w, f->name));
	TRY(put(w, "\":"));
	if (is_secret((const uint8_t *)f->name, strlen(f->name)))
		return (put(w, "\"...\""));
	switch (f->kind) {
	case NET_FIELD_NUMBER:
		return (soter_write_decimal(w, f->number));
	case NET_FIELD_ID:
		return (put_id(w, f->number));
	case NET_FIELD_TEXT:
		break;
	}
	return (put_text(w, f->text));
}

static enum soter_rc
put_time(struct soter_writer *w)
{
	struct timespec t;
	struct tm tm;
	char text[32];
	size_t n;

	clock_gettime(CLOCK_REALTIME, &t);
	if (gmtime_r(&t.tv_sec, &tm) == NULL)
		return (SOTER_E_FORMAT);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000Z", &tm);
	for (size_t i = 0, ms = (size_t)t.tv_nsec / 1000000; i < 3; i++) {
		text[n - 2 - i] = (char)('0' + ms % 10);
		ms /= 10;
	}
	return (put(w, text));
}

static enum soter_rc
put_line(struct soter_writer *w, enum net_log_level level, const char *event,
    const struct net_field *fields, size_t n)
{
	static const char *const levels[] = { "debug", "info", "warn",
		"error" };

	TRY(put(w, "{\"time\":\""));
	TRY(put_time(w));
	TRY(put(w, "\",\"level\":\""));
	TRY(put(w, levels[level]));
	TRY(put(w, "\",\"event\":\""));
	TRY(put(w, event));
	TRY(put(w, "\""));
	for (size_t i = 0; i < n; i++) {
		size_t before = w->len;

		/* What does not fit is left out as a whole. */
		if (put_field(w, &fields[i]) != SOTER_OK)
			w->len = before;
	}
	return (SOTER_OK);
}

/* Two bytes of the line are left for its end. */
static enum soter_rc
end_line(struct soter_writer *w, enum soter_rc rc)
{
	TRY(rc);
	w->cap += 2;
	return (put(w, "}\n"));
}

/* Whoever reads again learns what is missing here. */
static bool
say_lost(struct net_log *log)
{
	const struct net_field lines = net_number("lines", log->lost);
	uint8_t line[NET_LOG_LINE_MAX];
	struct soter_writer w = soter_writer(line, sizeof(line) - 2);

	if (log->lost == 0)
		return (true);
	if (end_line(&w, put_line(&w, NET_LOG_WARN, "lines_lost", &lines, 1)) !=
		SOTER_OK ||
	    !net_outlet_write(&log->outlet, soter_written(&w)))
		return (false);
	log->lost = 0;
	return (true);
}

void
net_log(struct net_log *log, enum net_log_level level, const char *event,
    const struct net_field *fields, size_t n)
{
	uint8_t line[NET_LOG_LINE_MAX];
	struct soter_writer w = soter_writer(line, sizeof(line) - 2);

	if (log == NULL || level < log->least ||
	    end_line(&w, put_line(&w, level, event, fields, n)) != SOTER_OK)
		return;
	/* One write, and one after the other: lines do not mix. */
	pthread_mutex_lock(&log->lock);
	if (!say_lost(log) ||
	    !net_outlet_write(&log->outlet, soter_written(&w))) {
		log->lost++;
		net_count(log->tally, NET_N_LOG_LOST, 1);
	}
	pthread_mutex_unlock(&log->lock);
}
