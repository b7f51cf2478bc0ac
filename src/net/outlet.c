/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/outlet.h"

#define FLAGS (O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static struct net_outlet
standard_error(void)
{
	struct net_outlet x = { .fd = STDERR_FILENO };
	struct stat s;
	int fd;

	if (fstat(STDERR_FILENO, &s) != 0)
		return (x);
	x.is_socket = S_ISSOCK(s.st_mode);
	if (!S_ISFIFO(s.st_mode) && !S_ISCHR(s.st_mode))
		return (x);
	/* May be of a user that we are no more. */
	fd = open("/proc/self/fd/2", FLAGS);
	if (fd >= 0)
		x = (struct net_outlet){ .fd = fd, .is_ours = true };
	else
		x.may_wait = true;
	return (x);
}

enum soter_rc
net_outlet_open(struct net_outlet *out, const char *path)
{
	int fd;

	if (path == NULL) {
		*out = standard_error();
		return (SOTER_OK);
	}
	if ((fd = open(path, FLAGS | O_CREAT, 0640)) < 0)
		return (SOTER_E_READ);
	*out = (struct net_outlet){ .fd = fd, .is_ours = true };
	return (SOTER_OK);
}

void
net_outlet_close(struct net_outlet *outlet)
{
	if (outlet->is_ours)
		close(outlet->fd);
}

/* Another process may take the room meanwhile; then we wait after all. */
static bool
has_room(const struct net_outlet *outlet)
{
	struct pollfd p = { .fd = outlet->fd, .events = POLLOUT };

	return (!outlet->may_wait || poll(&p, 1, 0) == 1);
}

static ssize_t
write_some(const struct net_outlet *outlet, struct soter_span bytes)
{
	ssize_t n;

	if (!has_room(outlet))
		return (-1);
	do
		n = outlet->is_socket ? send(outlet->fd, bytes.p, bytes.n,
					    MSG_DONTWAIT | MSG_NOSIGNAL)
				      : write(outlet->fd, bytes.p, bytes.n);
	while (n < 0 && errno == EINTR);
	return (n);
}

bool
net_outlet_write(struct net_outlet *outlet, struct soter_span line)
{
	ssize_t n;

	if (outlet->is_torn && write_some(outlet, SOTER_SPAN("\n")) != 1)
		return (false);
	outlet->is_torn = false;
	n = write_some(outlet, line);
	outlet->is_torn = n > 0 && (size_t)n < line.n;
	return (n >= 0 && (size_t)n == line.n);
}
