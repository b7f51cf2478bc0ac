/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/fleet.c -- what the load generator itself can do: devices made, and
 * requests over HTTP against the least server that there can be, a child that
 * answers each with the same bytes.  A server that is to be measured must need
 * more than this.
 *
 * Each has a processor of its own if there are two.  Shared machines are
 * noisy: what counts is the processor time of this process for each request.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "fleet/load.h"
#include "fleet/sieve.h"

#define MUST(c)                                                           \
	do {                                                              \
		if (!(c)) {                                               \
			fprintf(stderr, "bench/fleet.c:%d: not so: %s\n", \
			    __LINE__, #c);                                \
			exit(1);                                          \
		}                                                         \
	} while (0)

#define DRAWN	    200000
#define CONNECTIONS 64
#define SECONDS	    3
#define EVENTS	    256

static void
pin(size_t cpu)
{
	cpu_set_t set;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* ---- the server ---------------------------------------------------------- */

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

static void
let_in(int listening, int epoll)
{
	int one = 1, fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (fd < 0)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0);
}

/* One answer for each empty line: our requests have no body. */
static void
reply(int fd)
{
	static char in[65536], out[65536];
	ssize_t n = recv(fd, in, sizeof(in), 0);
	const char *p = in, *end = in + (n > 0 ? n : 0);
	size_t len = 0;

	if (n <= 0) {
		close(fd);
		return;
	}
	while ((p = memmem(p, (size_t)(end - p), "\r\n\r\n", 4)) != NULL) {
		memcpy(out + len, answer, sizeof(answer) - 1);
		len += sizeof(answer) - 1;
		p += 4;
	}
	MUST(send(fd, out, len, MSG_NOSIGNAL) == (ssize_t)len);
}

static void
serve(int listening)
{
	struct epoll_event events[EVENTS],
	    e = { .events = EPOLLIN, .data.fd = listening };
	int epoll = epoll_create1(0);

	pin(1);
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &e) == 0);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
			if (events[i].data.fd == listening)
				let_in(listening, epoll);
			else
				reply(events[i].data.fd);
	}
}

/* The child ends with us. */
static pid_t
start_server(char url[64])
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	pid_t child;

	MUST(fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0);
	MUST(listen(fd, CONNECTIONS) == 0);
	MUST(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
	snprintf(url, 64, "http://127.0.0.1:%u", ntohs(at.sin_port));
	MUST((child = fork()) >= 0);
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd);
	}
	close(fd);
	return (child);
}

/* ---- the client ---------------------------------------------------------- */

static struct fleet_books books;

static void
run(const char *url, uint64_t pipeline)
{
	struct fleet_content content = { .host = "bench", .echo_path = "/" };
	struct fleet_load_result result;
	struct fleet_target target;
	struct fleet_mix mix;
	struct fleet_load load = { .target = &target,
		.mix = &mix,
		.connections = CONNECTIONS,
		.pipeline = pipeline,
		.seconds = SECONDS,
		.timeout_ms = 5000 };
	uint64_t n;

	memset(&books, 0, sizeof(books));
	MUST(fleet_target_read(&target, url) == SOTER_OK);
	MUST(fleet_mix_read(&mix, "echo") == SOTER_OK);
	MUST(fleet_requests_new(&load.requests, &content, &mix) == SOTER_OK);
	MUST(fleet_load_run(&load, &books, &result) == SOTER_OK);
	MUST(fleet_books_agree(&books, NULL, 0));
	n = books.row[FLEET_ECHO].answered;
	printf("  echo over HTTP, %2u under way on each of %u: %7.0f a second, "
	       "%7.0f a second of our processor\n",
	    (unsigned)pipeline, CONNECTIONS,
	    (double)n * 1e9 / (double)result.took_ns,
	    (double)n * 1e9 / (double)result.cpu_ns);
	fleet_requests_free(&load.requests);
}

static double
cpu_s(void)
{
	struct timespec t;

	MUST(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
	return ((double)t.tv_sec + (double)t.tv_nsec * 1e-9);
}

static void
draw(void)
{
	struct fleet_random *r = NULL;
	struct fleet_sieve *s = NULL;
	uint8_t n[SOTER_RSA_LEN];
	double begin;

	MUST(fleet_random_new(&r, 1, "bench") == SOTER_OK);
	MUST(fleet_sieve_new(&s) == SOTER_OK);
	begin = cpu_s();
	for (int i = 0; i < DRAWN; i++)
		MUST(fleet_sieve_draw(s, r, n) == SOTER_OK);
	printf("  moduli that pass the key policy: %26.0f a second\n",
	    DRAWN / (cpu_s() - begin));
	fleet_sieve_free(&s);
	fleet_random_free(&r);
}

int
main(void)
{
	char url[64];
	pid_t child;

	draw();
	fflush(stdout);
	child = start_server(url);
	pin(0);
	run(url, 1);
	run(url, 16);
	kill(child, SIGKILL);
	return (0);
}
