/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: a value that is found, written down with every byte escaped, is
 * found again as the same; a second pair of the same name is never overlooked.
 * And what a log makes of the same text is one line, without the value of a
 * secret.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "net/log.h"
#include "net/query.h"

#define VALUE_MAX 512

static size_t
escape(uint8_t *to, struct soter_span value)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	memcpy(to, "a=", 2);
	n = 2;
	for (size_t i = 0; i < value.n; i++) {
		to[n++] = '%';
		to[n++] = (uint8_t)hex[value.p[i] >> 4];
		to[n++] = (uint8_t)hex[value.p[i] & 0xf];
	}
	return (n);
}

static void
check_query(struct soter_span query)
{
	static uint8_t value[VALUE_MAX], again[VALUE_MAX];
	static uint8_t text[2 * (3 * VALUE_MAX + 3)];
	struct soter_writer w = soter_writer(value, sizeof(value));
	struct soter_writer x = soter_writer(again, sizeof(again));
	size_t n;

	if (net_query_get(query, "a", &w) != SOTER_OK)
		return;
	MUST(memchr(value, '\0', w.len) == NULL);
	n = escape(text, soter_written(&w));
	MUST(net_query_get(soter_span(text, n), "a", &x) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), soter_written(&x)));
	text[n++] = '&';
	n += escape(text + n, soter_written(&w));
	MUST(net_query_get(soter_span(text, n), "a", &x) ==
	    SOTER_E_FIELD_DOUBLED);
}

static void
check_log(struct soter_span text)
{
	static struct net_log *log;
	static char path[32], line[NET_LOG_LINE_MAX + 1];
	static int fd = -1;
	ssize_t n;

	if (fd < 0) {
		fd = memfd_create("log", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		MUST(net_log_open(&log, path, NET_LOG_DEBUG) == SOTER_OK);
	}
	MUST(ftruncate(fd, 0) == 0);
	NET_LOG(log, NET_LOG_INFO, "fuzz", net_text("text", text),
	    net_text("secret", text));
	n = pread(fd, line, sizeof(line), 0);
	MUST(n > 2 && n <= NET_LOG_LINE_MAX);
	MUST(memcmp(line + n - 2, "}\n", 2) == 0);
	for (ssize_t i = 0; i < n - 1; i++)
		MUST((uint8_t)line[i] >= ' ' && line[i] != 0x7f);
	MUST(memmem(line, (size_t)n, "\"secret\":\"...\"", 14) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_query(soter_span(data, size));
	check_log(soter_span(data, size));
	return (0);
}
