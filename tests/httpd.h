/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/httpd.h -- a web server in a thread, on loopback, that says what a test
 * tells it to: one connection after the other, one request on each.
 */
#ifndef SOTER_TESTS_HTTPD_H
#define SOTER_TESTS_HTTPD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HTTPD_REQUEST_MAX (32 * 1024)

/* How bytes go through a connection: plain, or TLS; 0 or less: the end. */
struct httpd_ways {
	void *(*accept)(void *context, int fd); /* NULL: no connection */
	int (*read)(void *connection, void *p, size_t n);
	int (*write)(void *connection, const void *p, size_t n);
	void (*close)(void *connection);
	void *context;
};

struct httpd {
	pthread_t thread;
	int fd;
	uint16_t port;
	_Atomic bool is_over;
	const struct httpd_ways *ways; /* NULL: plain */
	_Atomic unsigned requests;
	/* Set between requests. */
	const char *_Atomic answer; /* all of it; NULL: says nothing, waits */
	_Atomic size_t more;	    /* so many blanks behind it */
	char request[HTTPD_REQUEST_MAX + 1]; /* the last one */
};

static inline int
httpd_plain_read(void *fd, void *p, size_t n)
{
	return ((int)recv(*(int *)fd, p, n, 0));
}

static inline int
httpd_plain_write(void *fd, const void *p, size_t n)
{
	return ((int)send(*(int *)fd, p, n, MSG_NOSIGNAL));
}

static inline size_t
httpd_body_len(const char *head)
{
	const char *at = head;

	while (at != NULL && strncasecmp(at, "content-length:", 15) != 0) {
		at = strchr(at, '\n');
		at = at == NULL ? NULL : at + 1;
	}
	return (at == NULL ? 0 : strtoul(at + 15, NULL, 10));
}

static inline bool
httpd_is_whole(const char *request)
{
	const char *body = strstr(request, "\r\n\r\n");

	return (body != NULL && strlen(body + 4) >= httpd_body_len(request));
}

static inline void
httpd_serve(struct httpd *h, int fd)
{
	static const struct httpd_ways plain = { NULL, httpd_plain_read,
		httpd_plain_write, NULL, NULL };
	const struct httpd_ways *ways = h->ways == NULL ? &plain : h->ways;
	void *c = ways->accept == NULL ? &fd : ways->accept(ways->context, fd);
	size_t n = 0;
	int got = 1;

	if (c == NULL)
		return;
	memset(h->request, 0, sizeof(h->request));
	while (!httpd_is_whole(h->request) && n < HTTPD_REQUEST_MAX &&
	    (got = ways->read(c, h->request + n, HTTPD_REQUEST_MAX - n)) > 0)
		n += (size_t)got;
	if (got > 0)
		h->requests++;
	if (got > 0 && h->answer != NULL) {
		ways->write(c, h->answer, strlen(h->answer));
		for (size_t i = 0; i < h->more; i++)
			if (ways->write(c, " ", 1) <= 0)
				break;
	} else if (got > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		/* Until the client has had enough. */
		while (!h->is_over && poll(&p, 1, 50) == 0)
			;
	}
	if (ways->close != NULL)
		ways->close(c);
}

static inline void *
httpd_work(void *httpd)
{
	struct httpd *h = httpd;

	while (!h->is_over) {
		struct pollfd p = { .fd = h->fd, .events = POLLIN };
		int fd;

		if (poll(&p, 1, 50) <= 0 ||
		    (fd = accept(h->fd, NULL, NULL)) < 0)
			continue;
		httpd_serve(h, fd);
		close(fd);
	}
	return (NULL);
}

static inline void
httpd_start(struct httpd *h, const struct httpd_ways *ways)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	memset(h, 0, sizeof(*h));
	h->ways = ways;
	h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (h->fd < 0 || bind(h->fd, (struct sockaddr *)&at, n) != 0 ||
	    listen(h->fd, 8) != 0 ||
	    getsockname(h->fd, (struct sockaddr *)&at, &n) != 0 ||
	    pthread_create(&h->thread, NULL, httpd_work, h) != 0)
		abort();
	h->port = ntohs(at.sin_port);
}

static inline void
httpd_stop(struct httpd *h)
{
	h->is_over = true;
	pthread_join(h->thread, NULL);
	close(h->fd);
}

#endif
