/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/span.h"
#include "service/systemd.h"

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

/* $NAME as a number, or 0. */
static uint64_t
number_of(const char *name)
{
	const char *text = secure_getenv(name);
	uint64_t x;

	if (text == NULL ||
	    soter_decimal(soter_text(text), UINT32_MAX, &x) != SOTER_OK)
		return (0);
	return (x);
}

int
soter_systemd_listener(void)
{
	struct sockaddr_un at;
	socklen_t n = sizeof(at);
	int listens = 0;
	socklen_t m = sizeof(listens);

	if (number_of("LISTEN_PID") != (uint64_t)getpid() ||
	    number_of("LISTEN_FDS") != 1)
		return (-1);
	if (getsockname(FIRST_FD, (struct sockaddr *)&at, &n) != 0 ||
	    at.sun_family != AF_UNIX ||
	    getsockopt(FIRST_FD, SOL_SOCKET, SO_ACCEPTCONN, &listens, &m) !=
		0 ||
	    !listens)
		return (-1);
	return (fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) == 0 ? FIRST_FD : -1);
}

void
soter_systemd_notify(const char *text)
{
	const char *name = secure_getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = name == NULL ? 0 : strlen(name);
	int fd;

	if (n == 0 || n >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, name, n);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0'; /* an abstract name */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (const struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}
