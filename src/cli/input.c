/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/input.h"
#include "cli/print.h"

#define FIRST_ROOM 8192

/* What standard input held is gone once it was read. */
static bool stdin_is_read;

static enum soter_rc
fail(const char *file, int error)
{
	static const struct {
		int error;
		const char *text;
	} known[] = {
		{ ENOENT, "no such file; check the path" },
		{ ENOTDIR, "a part of the path is no folder; check the path" },
		{ EACCES, "no permission to read it; see ls -l" },
		{ EPERM, "no permission to read it; see ls -l" },
		{ EISDIR, "is a directory; name a file in it" },
		{ ENAMETOOLONG, "the name is too long; check the path" },
		{ ELOOP, "its symbolic links go round; check the path" },
	};

	for (size_t i = 0; i < SOTER_COUNT(known); i++)
		if (known[i].error == error) {
			print_error(file, "%s", known[i].text);
			return (SOTER_E_READ);
		}
	print_error(file, "cannot be read: %s", strerror(error));
	return (SOTER_E_READ);
}

/* Read to the end, or to one byte above max: then it is known to be longer. */
static enum soter_rc
read_up_to(struct input *in, int fd, const char *file, size_t max)
{
	size_t room = 0;

	for (;;) {
		ssize_t got;

		if (in->n == room) {
			size_t more = room == 0 ? FIRST_ROOM : 2 * room;
			uint8_t *p;

			more = more > max + 1 ? max + 1 : more;
			if ((p = realloc(in->p, more)) == NULL)
				return (SOTER_E_NOMEM);
			in->p = p;
			room = more;
		}
		got = read(fd, in->p + in->n, room - in->n);
		if (got < 0)
			return (fail(file, errno));
		if (got == 0)
			return (SOTER_OK);
		in->n += (size_t)got;
		if (in->n > max) {
			print_error(file,
			    "is longer than %zu bytes; no phone sends that "
			    "much, look at what it is",
			    max);
			return (SOTER_E_READ);
		}
	}
}

static enum soter_rc
open_file(int *fd, const char *file)
{
	if (strcmp(file, "-") != 0) {
		*fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		return (*fd < 0 ? fail(file, errno) : SOTER_OK);
	}
	if (stdin_is_read) {
		print_error("-",
		    "standard input can be read only once; put "
		    "the others into files");
		return (SOTER_E_ARGUMENT);
	}
	stdin_is_read = true;
	*fd = STDIN_FILENO;
	return (SOTER_OK);
}

enum soter_rc
input_read(struct input *out, const char *file, size_t max, const char *what)
{
	struct input in = { NULL, 0 };
	enum soter_rc rc;
	int fd = -1;

	if ((rc = open_file(&fd, file)) != SOTER_OK)
		goto out;
	if ((rc = read_up_to(&in, fd, file, max)) != SOTER_OK)
		goto out;
	if (in.n == 0) {
		print_error(file, "is empty; it should hold %s", what);
		rc = SOTER_E_READ;
		goto out;
	}

	*out = in; /* ownership moves to the caller */
	in = (struct input){ NULL, 0 };
out:
	input_free(&in);
	if (fd > STDERR_FILENO)
		close(fd);
	return (rc);
}

void
input_cut_line_end(struct input *in)
{
	if (in->n > 0 && in->p[in->n - 1] == '\n')
		in->n--;
	else
		return;
	if (in->n > 0 && in->p[in->n - 1] == '\r')
		in->n--;
}

void
input_free(struct input *in)
{
	free(in->p);
	*in = (struct input){ NULL, 0 };
}
