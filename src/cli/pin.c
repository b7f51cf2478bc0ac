/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/input.h"
#include "cli/pin.h"
#include "cli/print.h"

#define FILE_MAX     4096
#define LINE_MAX_LEN 256

static enum soter_rc
take(struct pin *out, struct soter_span text, const char *where)
{
	if (text.n < SOTER_PIN_MIN || text.n > SOTER_PIN_MAX) {
		print_error(where, "a PIN has %d to %d bytes; this has %zu",
		    SOTER_PIN_MIN, SOTER_PIN_MAX, text.n);
		return (SOTER_E_READ);
	}
	out->n = text.n;
	soter_copy(out->p, text.p, text.n);
	return (SOTER_OK);
}

static enum soter_rc
from_file(struct pin *out, const char *file)
{
	struct input input = { NULL, 0 };
	enum soter_rc rc;

	if ((rc = input_read(&input, file, FILE_MAX, "a PIN")) != SOTER_OK)
		return (rc);
	input_cut_line_end(&input);
	rc = take(out, input_span(&input), file);
	soter_wipe(input.p, input.n);
	input_free(&input);
	return (rc);
}

/* A line, a byte at a time: nothing is read that somebody else wants. */
static size_t
read_line(int fd, uint8_t *p, size_t max)
{
	size_t n = 0;
	uint8_t c;

	for (;;) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || c == '\n' || n == max)
			return (n);
		p[n++] = c;
	}
}

static enum soter_rc
ask(struct pin *out, int fd, const char *prompt)
{
	struct termios before, silent;
	uint8_t line[LINE_MAX_LEN];
	enum soter_rc rc;
	size_t n;

	if (tcgetattr(fd, &before) != 0)
		return (SOTER_E_READ);
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &silent);
	(void)!write(fd, prompt, strlen(prompt));
	n = read_line(fd, line, sizeof(line));
	(void)!write(fd, "\n", 1);
	(void)tcsetattr(fd, TCSAFLUSH, &before);
	rc = take(out, soter_span(line, n), "PIN");
	soter_wipe(line, sizeof(line));
	return (rc);
}

enum soter_rc
pin_get(struct pin *out, const struct teeline_pin *from, const char *prompt,
    const char *option)
{
	enum soter_rc rc;
	int fd;

	if (from->text != NULL)
		return (take(out, soter_text(from->text), "PIN"));
	if (from->file != NULL)
		return (from_file(out, from->file));
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		print_error("PIN",
		    "there is no terminal to ask; put it into a file and name "
		    "it with --%s-file",
		    option);
		return (SOTER_E_READ);
	}
	rc = ask(out, fd, prompt);
	close(fd);
	return (rc);
}
