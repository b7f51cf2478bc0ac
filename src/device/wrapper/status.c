/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/wrapper/status.h"

#define FILE_NAME "soter_status"
#define NEW_NAME  "soter_status.new"
#define LOCK_NAME "soter_status.lock"
#define HEAD	  "soter_status 1\n"
#define SUM	  "sum "
#define SUM_LEN	  (sizeof(SUM) - 1 + 16 + 1)
/* A row: its name, a blank, a state, a line feed. */
#define ROW_MAX	  (SOTER_KNAME_MAX + 4)
#define FILE_MAX  (sizeof(HEAD) + WRAPPER_STATUS_ROWS_MAX * ROW_MAX + SUM_LEN)

/* ---- its text ------------------------------------------------------------ */

/* FNV-1a, 64 bits. */
static uint64_t
sum_of(struct soter_span text)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (size_t i = 0; i < text.n; i++)
		sum = (sum ^ text.p[i]) * 0x100000001b3u;
	return (sum);
}

static enum soter_rc
write_sum(struct soter_writer *w)
{
	char line[SUM_LEN + 1];

	snprintf(line, sizeof(line), SUM "%016llx\n",
	    (unsigned long long)sum_of(soter_written(w)));
	return (soter_write(w, soter_text(line)));
}

static enum soter_rc
write_text(struct soter_writer *w, const struct wrapper_status *s)
{
	char row[ROW_MAX + 1];

	TRY(soter_write(w, SOTER_SPAN(HEAD)));
	for (size_t i = 0; i < s->n; i++) {
		snprintf(row, sizeof(row), "%s %d\n", s->rows[i].name,
		    (int)s->rows[i].state);
		TRY(soter_write(w, soter_text(row)));
	}
	return (write_sum(w));
}

/* Take what stands before the next `end`, and that. */
static enum soter_rc
read_until(struct soter_reader *r, char end, struct soter_span *out)
{
	struct soter_span text = soter_span(r->p, 0);
	uint8_t c;

	for (;;) {
		TRY(soter_read_u8(r, &c));
		if (c == (uint8_t)end)
			break;
		if (c < 0x20)
			return (SOTER_E_FORMAT);
		text.n++;
	}
	*out = text;
	return (SOTER_OK);
}

static enum soter_rc
read_row(struct soter_reader *r, struct wrapper_status *s)
{
	static const char *const states[] = { "-1", "0", "1", "2" };
	struct wrapper_status_row *row = &s->rows[s->n];
	struct soter_span name, state;

	TRY(read_until(r, ' ', &name));
	TRY(read_until(r, '\n', &state));
	if (s->n == WRAPPER_STATUS_ROWS_MAX || name.n == 0 ||
	    name.n > SOTER_KNAME_MAX)
		return (SOTER_E_LIMIT);
	for (size_t i = 0; i < SOTER_COUNT(states); i++) {
		if (!soter_span_equal(state, soter_text(states[i])))
			continue;
		soter_copy(row->name, name.p, name.n);
		row->name[name.n] = '\0';
		row->state = (enum wrapper_key_state)((int)i - 1);
		s->n++;
		return (SOTER_OK);
	}
	return (SOTER_E_FORMAT);
}

static enum soter_rc
parse(struct wrapper_status *s, struct soter_span text)
{
	struct soter_reader r = soter_reader(text);
	struct soter_span rows, ignored;
	char line[SUM_LEN + 1];

	if (text.n < SUM_LEN)
		return (SOTER_E_SHORT);
	TRY(soter_read_span(&r, text.n - SUM_LEN, &rows));
	snprintf(line, sizeof(line), SUM "%016llx\n",
	    (unsigned long long)sum_of(rows));
	if (!soter_span_equal(soter_span(r.p, r.left), soter_text(line)))
		return (SOTER_E_FORMAT);
	r = soter_reader(rows);
	TRY(soter_read_span(&r, sizeof(HEAD) - 1, &ignored));
	if (!soter_span_equal(ignored, SOTER_SPAN(HEAD)))
		return (SOTER_E_FORMAT);
	while (r.left > 0)
		TRY(read_row(&r, s));
	return (SOTER_OK);
}

/* ---- its files ----------------------------------------------------------- */

/* Does it belong to this user, and may nobody else write it? */
static bool
is_ours(int fd)
{
	struct stat st;

	return (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0);
}

/* A folder, durable in the one that it is in. */
static enum soter_rc
make_folder(char *path)
{
	char *slash = strrchr(path, '/');
	int fd;
	enum soter_rc rc = SOTER_E_STATUS_FILE;

	if (mkdir(path, 0700) != 0)
		return (errno == EEXIST ? SOTER_OK : SOTER_E_STATUS_FILE);
	if (slash != NULL)
		*slash = '\0';
	fd = open(slash == NULL ? "."
		: slash == path ? "/"
				: path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fsync(fd) == 0)
		rc = SOTER_OK;
	if (fd >= 0)
		close(fd);
	if (slash != NULL)
		*slash = '/';
	return (rc);
}

/* Each folder of the path that is missing. */
static enum soter_rc
make_folders(const char *dir)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s", dir) >= PATH_MAX)
		return (SOTER_E_STATUS_FILE);
	for (char *c = path + 1; *c != '\0'; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		/* Those on the way may be unwritable, and be there. */
		if (access(path, F_OK) != 0)
			TRY(make_folder(path));
		*c = '/';
	}
	return (make_folder(path));
}

static int
open_folder(const char *dir)
{
	return (open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/* All of the file; longer than any is damaged. */
static enum soter_rc
read_all(int fd, struct soter_writer *w)
{
	ssize_t n;

	while (w->len < w->cap) {
		n = read(fd, w->p + w->len, w->cap - w->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return (SOTER_E_STATUS_FILE);
		if (n == 0)
			break;
		w->len += (size_t)n;
	}
	return (SOTER_OK);
}

static enum soter_rc
load(struct wrapper_status *s)
{
	char text[FILE_MAX + 1];
	struct soter_writer w = soter_writer(text, sizeof(text));
	int fd =
	    openat(s->dir_fd, FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum soter_rc rc;

	s->n = 0;
	s->is_damaged = false;
	if (fd < 0)
		return (errno == ENOENT ? SOTER_OK : SOTER_E_STATUS_FILE);
	rc = is_ours(fd) ? read_all(fd, &w) : SOTER_E_STATUS_FILE;
	close(fd);
	if (rc == SOTER_OK && parse(s, soter_written(&w)) != SOTER_OK) {
		s->n = 0;
		s->is_damaged = true;
	}
	return (rc);
}

static bool
write_all(int fd, struct soter_span text)
{
	struct soter_reader r = soter_reader(text);
	struct soter_span done;
	ssize_t n;

	while (r.left > 0) {
		n = write(fd, r.p, r.left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || soter_read_span(&r, (size_t)n, &done) != SOTER_OK)
			return (false);
	}
	return (true);
}

static enum soter_rc
store(struct wrapper_status *s)
{
	char text[FILE_MAX];
	struct soter_writer w = soter_writer(text, sizeof(text));
	bool is_written;
	int fd;

	TRY(write_text(&w, s));
	unlinkat(s->dir_fd, NEW_NAME, 0);
	fd = openat(s->dir_fd, NEW_NAME,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return (SOTER_E_STATUS_FILE);
	is_written = write_all(fd, soter_written(&w)) && fsync(fd) == 0;
	if (close(fd) != 0 || !is_written ||
	    renameat(s->dir_fd, NEW_NAME, s->dir_fd, FILE_NAME) != 0 ||
	    fsync(s->dir_fd) != 0)
		return (SOTER_E_STATUS_FILE);
	s->is_damaged = false;
	return (SOTER_OK);
}

/* ---- what is offered ----------------------------------------------------- */

enum soter_rc
wrapper_status_open(struct wrapper_status *s, const char *dir)
{
	*s = WRAPPER_STATUS_NONE;
	s->dir_fd = open_folder(dir);
	if (s->dir_fd < 0 && errno == ENOENT && dir[0] != '\0') {
		TRY(make_folders(dir));
		s->dir_fd = open_folder(dir);
	}
	if (s->dir_fd < 0 || !is_ours(s->dir_fd) || load(s) != SOTER_OK) {
		wrapper_status_close(s);
		return (SOTER_E_STATUS_FILE);
	}
	return (SOTER_OK);
}

enum soter_rc
wrapper_status_lock(struct wrapper_status *s)
{
	if (s->lock_fd < 0)
		s->lock_fd = openat(s->dir_fd, LOCK_NAME,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return (SOTER_E_STATUS_FILE);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return (errno == EWOULDBLOCK || errno == EINTR
			? SOTER_E_WAITING
			: SOTER_E_STATUS_FILE);
	return (load(s));
}

static struct wrapper_status_row *
find(const struct wrapper_status *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->rows[i].name, name) == 0)
			return ((struct wrapper_status_row *)&s->rows[i]);
	return (NULL);
}

enum wrapper_key_state
wrapper_status_get(const struct wrapper_status *s, const char *name,
    enum wrapper_key_state missing)
{
	const struct wrapper_status_row *row = find(s, name);

	if (s->is_damaged)
		return (WRAPPER_KEY_UNKNOWN);
	return (row == NULL ? missing : row->state);
}

enum soter_rc
wrapper_status_set(struct wrapper_status *s, const char *name,
    enum wrapper_key_state state, bool alone)
{
	struct wrapper_status_row *row;

	/* A good file with this name alone would call all others good. */
	if (s->is_damaged && state == WRAPPER_KEY_UNKNOWN)
		return (SOTER_OK);
	if (s->is_damaged && !alone)
		return (SOTER_E_STATUS_FILE);
	if (alone)
		s->n = 0;
	row = find(s, name);
	if (row == NULL) {
		if (s->n == WRAPPER_STATUS_ROWS_MAX)
			return (SOTER_E_LIMIT);
		row = &s->rows[s->n++];
		snprintf(row->name, sizeof(row->name), "%s", name);
	}
	row->state = state;
	return (store(s));
}

enum soter_rc
wrapper_status_forget(struct wrapper_status *s, const char *name)
{
	struct wrapper_status_row *row;

	if (name == NULL) {
		if (s->n == 0 && !s->is_damaged)
			return (SOTER_OK);
		s->n = 0;
		return (store(s));
	}
	row = find(s, name);
	if (row == NULL)
		return (SOTER_OK);
	*row = s->rows[--s->n];
	return (store(s));
}

void
wrapper_status_close(struct wrapper_status *s)
{
	/* A child that the app forked meanwhile has it open, too. */
	if (s->lock_fd >= 0) {
		(void)flock(s->lock_fd, LOCK_UN);
		close(s->lock_fd);
	}
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	s->dir_fd = s->lock_fd = -1;
}
