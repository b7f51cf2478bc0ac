/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/span.h"
#include "net/limits.h"
#include "net/listen.h"

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

/* ---- text to address ------------------------------------------------------
 */

static bool
read_address(union address *a, const char *host, uint16_t port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(port);
		return (true);
	}
	if (inet_pton(AF_INET6, host, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(port);
		return (true);
	}
	return (false);
}

/* "127.0.0.1:80" or "[::1]:80": numbers, so that no name server decides. */
static bool
read_at(union address *a, const char *at)
{
	const char *colon = strrchr(at, ':');
	char host[INET6_ADDRSTRLEN];
	uint64_t port;
	size_t n;

	if (colon == NULL ||
	    soter_decimal(soter_text(colon + 1), 65535, &port) != SOTER_OK)
		return (false);
	n = (size_t)(colon - at);
	if (n > 1 && at[0] == '[' && at[n - 1] == ']') {
		at++;
		n -= 2;
	} else if (memchr(at, ':', n) != NULL) {
		return (false); /* "::1:80" could mean two things */
	}
	if (n >= sizeof(host))
		return (false);
	memcpy(host, at, n);
	host[n] = '\0';
	return (read_address(a, host, (uint16_t)port));
}

/* ---- sockets --------------------------------------------------------------
 */

static uint16_t
port_of(int fd)
{
	union address a;
	socklen_t n = sizeof(a);

	if (getsockname(fd, &a.any, &n) != 0)
		return (0);
	return (a.any.sa_family == AF_INET    ? ntohs(a.in.sin_port)
		: a.any.sa_family == AF_INET6 ? ntohs(a.in6.sin6_port)
					      : 0);
}

static enum soter_rc
cannot(struct net_error *error, const char *at)
{
	return (net_fail(error, SOTER_E_LISTEN, "%s: cannot listen there: %s",
	    at, strerror(errno)));
}

static bool
bind_to(int fd, const union address *a)
{
	int on = 1;

	switch (a->any.sa_family) {
	case AF_INET:
		return (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
			    sizeof(on)) == 0 &&
		    bind(fd, &a->any, sizeof(a->in)) == 0);
	case AF_INET6:
		return (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
			    sizeof(on)) == 0 &&
		    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
			sizeof(on)) == 0 &&
		    bind(fd, &a->any, sizeof(a->in6)) == 0);
	default:
		return (bind(fd, &a->any, sizeof(a->un)) == 0);
	}
}

static enum soter_rc
open_at(struct net_socket *out, const union address *a, const char *at,
    struct net_error *error)
{
	int fd = socket(a->any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return (cannot(error, at));
	if (!bind_to(fd, a) || listen(fd, NET_BACKLOG) != 0) {
		enum soter_rc rc = cannot(error, at);

		close(fd);
		return (rc);
	}
	out->fd = fd;
	out->port = port_of(fd);
	out->is_own = true;
	return (SOTER_OK);
}

/* A socket that nobody listens at any more is one that a crash left behind. */
static bool
is_dead(const union address *a)
{
	struct stat st;
	int fd;
	bool is;

	if (lstat(a->un.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return (false);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (false);
	is = connect(fd, &a->any, sizeof(a->un)) != 0 && errno == ECONNREFUSED;
	close(fd);
	return (is);
}

static enum soter_rc
open_path(struct net_socket *out, const char *path, struct net_error *error)
{
	union address a;
	size_t n = strlen(path);

	memset(&a, 0, sizeof(a));
	a.un.sun_family = AF_UNIX;
	if (path[0] != '/' || n >= sizeof(a.un.sun_path))
		return (net_fail(error, SOTER_E_ARGUMENT,
		    "unix:%s: give a path that begins with /, of at most %zu "
		    "characters",
		    path, sizeof(a.un.sun_path) - 1));
	memcpy(a.un.sun_path, path, n + 1);
	if (is_dead(&a))
		(void)unlink(path);
	TRY(open_at(out, &a, path, error));
	memcpy(out->path, path, n + 1);
	return (SOTER_OK);
}

static enum soter_rc
inherit(struct net_socket *out, const char *number, struct net_error *error)
{
	int is_listening = 0, flags;
	socklen_t n = sizeof(is_listening);
	uint64_t fd;

	if (soter_decimal(soter_text(number), INT32_MAX, &fd) != SOTER_OK)
		return (net_fail(error, SOTER_E_ARGUMENT,
		    "fd:%s: a number is missing", number));
	if (getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &n) !=
		0 ||
	    is_listening == 0)
		return (net_fail(error, SOTER_E_LISTEN,
		    "fd:%s: this is no listening socket", number));
	flags = fcntl((int)fd, F_GETFL);
	if (flags < 0 || fcntl((int)fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0)
		return (cannot(error, number));
	out->fd = (int)fd;
	out->port = port_of((int)fd);
	return (SOTER_OK);
}

enum soter_rc
net_listen(struct net_socket *out, const char *at, struct net_error *error)
{
	struct net_socket s = { .fd = -1 };
	union address a;

	if (at == NULL)
		at = "127.0.0.1:0";
	if (strncmp(at, "unix:", 5) == 0) {
		TRY(open_path(&s, at + 5, error));
	} else if (strncmp(at, "fd:", 3) == 0) {
		TRY(inherit(&s, at + 3, error));
	} else if (read_at(&a, at)) {
		TRY(open_at(&s, &a, at, error));
	} else {
		return (net_fail(error, SOTER_E_ARGUMENT,
		    "%s: not of the form 127.0.0.1:8080, [::1]:8080, "
		    "unix:/path or fd:3",
		    at));
	}
	*out = s;
	return (SOTER_OK);
}

void
net_listen_close(struct net_socket *s)
{
	if (s->fd < 0)
		return;
	if (s->path[0] != '\0')
		(void)unlink(s->path);
	close(s->fd);
	s->fd = -1;
}
