/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/print.h"

static enum soter_rc
fail(const char *file)
{
	print_error(file, "cannot be written: %s", strerror(errno));
	return (SOTER_E_READ);
}

static enum soter_rc
write_all(int fd, struct soter_span bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			return (SOTER_E_READ);
		if (n > 0)
			bytes = soter_span(bytes.p + n, bytes.n - (size_t)n);
	}
	return (SOTER_OK);
}

enum soter_rc
output_write(const char *file, struct soter_span bytes)
{
	enum soter_rc rc;
	int fd;

	if (strcmp(file, "-") == 0) {
		/* main() sees it if this fails. */
		(void)fwrite(bytes.p, 1, bytes.n, stdout);
		return (SOTER_OK);
	}
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY,
	    0644);
	if (fd < 0)
		return (fail(file));
	rc = write_all(fd, bytes);
	if (close(fd) != 0 || rc != SOTER_OK)
		return (fail(file));
	return (SOTER_OK);
}
