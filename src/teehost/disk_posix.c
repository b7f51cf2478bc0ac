/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "teehost/disk.h"

/*
 * No link is followed, and a FIFO that somebody put there keeps nobody
 * waiting.
 */
#define OPEN_FLAGS   (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

/*
 * The kernel closes the files of a dying process one after the other: who heard
 * of its death by one of them may come before its lock is gone.
 */
#define LOCK_TRIES   50
#define LOCK_WAIT_MS 20

struct posix {
	struct teehost_disk disk;
	int dir;
	int lock;
	/*
	 * The file that was written last stays open until something else is
	 * wanted: a sync through the descriptor that wrote is the one that is
	 * sure to hear of an error.
	 */
	int fd;
	char fd_name[TEEHOST_FILE_NAME_MAX + 1];
	DIR *list;
	size_t list_at;
};

static enum soter_rc
rc_of(int error)
{
	switch (error) {
	case ENOENT:
		return (SOTER_E_NOTFOUND);
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return (SOTER_E_FULL);
	case ENOMEM:
		return (SOTER_E_NOMEM);
	default:
		return (SOTER_E_STORAGE);
	}
}

static struct posix *
posix_of(struct teehost_disk *disk)
{
	return ((struct posix *)disk);
}

static void
forget_fd(struct posix *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

static void
forget_list(struct posix *p)
{
	if (p->list != NULL)
		closedir(p->list);
	p->list = NULL;
}

/* Open a regular file; whatever else lies there is an error. */
static enum soter_rc
open_file(struct posix *p, const char *file, int flags, int *fd, off_t *size)
{
	struct stat st;

	do
		*fd = openat(p->dir, file, flags | OPEN_FLAGS, 0600);
	while (*fd < 0 && errno == EINTR);
	if (*fd < 0)
		return (rc_of(errno));
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0) {
		close(*fd);
		return (SOTER_E_STORAGE);
	}
	if (size != NULL)
		*size = st.st_size;
	return (SOTER_OK);
}

static enum soter_rc
read_all(int fd, uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (SOTER_E_STORAGE);
		p += got;
		n -= (size_t)got;
	}
	return (SOTER_OK);
}

static enum soter_rc
posix_read(struct teehost_disk *disk, const char *file, size_t max,
    uint8_t **out, size_t *n)
{
	struct posix *p = posix_of(disk);
	uint8_t *bytes = NULL;
	enum soter_rc rc;
	off_t size;
	int fd;

	TRY(open_file(p, file, O_RDONLY, &fd, &size));
	rc = SOTER_E_LIMIT;
	if ((uintmax_t)size > max)
		goto out;
	bytes = malloc(size > 0 ? (size_t)size : 1);
	rc = SOTER_E_NOMEM;
	if (bytes == NULL)
		goto out;
	rc = read_all(fd, bytes, (size_t)size);
	if (rc != SOTER_OK)
		goto out;
	*out = bytes;
	*n = (size_t)size;
	bytes = NULL;
out:
	free(bytes);
	close(fd);
	return (rc);
}

static enum soter_rc
write_all(int fd, struct soter_span bytes, off_t at)
{
	while (bytes.n > 0) {
		ssize_t put = pwrite(fd, bytes.p, bytes.n, at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return (rc_of(errno));
		if (put == 0)
			return (SOTER_E_STORAGE);
		bytes = soter_span(bytes.p + put, bytes.n - (size_t)put);
		at += put;
	}
	return (SOTER_OK);
}

static enum soter_rc
posix_write(struct teehost_disk *disk, const char *file, bool create,
    uint64_t offset, struct soter_span bytes)
{
	struct posix *p = posix_of(disk);

	if (strlen(file) > TEEHOST_FILE_NAME_MAX || offset > INT32_MAX)
		return (SOTER_E_STORAGE);
	if (create || p->fd < 0 || strcmp(p->fd_name, file) != 0) {
		forget_fd(p);
		TRY(open_file(p, file,
		    O_WRONLY | (create ? O_CREAT | O_TRUNC : 0), &p->fd, NULL));
		strcpy(p->fd_name, file);
	}
	return (write_all(p->fd, bytes, (off_t)offset));
}

static enum soter_rc
sync_fd(int fd)
{
	int error;

	/* Data, size and the place of new blocks; not the time of change. */
	do
		error = fdatasync(fd);
	while (error != 0 && errno == EINTR);
	return (error == 0 ? SOTER_OK : rc_of(errno));
}

static enum soter_rc
posix_sync(struct teehost_disk *disk, const char *file)
{
	struct posix *p = posix_of(disk);
	enum soter_rc rc;
	int fd;

	if (p->fd >= 0 && strcmp(p->fd_name, file) == 0) {
		rc = sync_fd(p->fd);
		forget_fd(p);
		return (rc);
	}
	TRY(open_file(p, file, O_RDONLY, &fd, NULL));
	rc = sync_fd(fd);
	close(fd);
	return (rc);
}

static enum soter_rc
posix_sync_dir(struct teehost_disk *disk)
{
	int error;

	do
		error = fsync(posix_of(disk)->dir);
	while (error != 0 && errno == EINTR);
	return (error == 0 ? SOTER_OK : rc_of(errno));
}

static enum soter_rc
posix_remove(struct teehost_disk *disk, const char *file)
{
	struct posix *p = posix_of(disk);

	if (p->fd >= 0 && strcmp(p->fd_name, file) == 0)
		forget_fd(p);
	forget_list(p);
	return (unlinkat(p->dir, file, 0) == 0 ? SOTER_OK : rc_of(errno));
}

/* A descriptor of its own for the folder: position and lock are not shared. */
static int
open_dir(struct posix *p)
{
	return (openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static enum soter_rc
list_begin(struct posix *p)
{
	int fd = open_dir(p);

	forget_list(p);
	if (fd < 0)
		return (SOTER_E_STORAGE);
	p->list = fdopendir(fd);
	p->list_at = 0;
	if (p->list != NULL)
		return (SOTER_OK);
	close(fd);
	return (SOTER_E_NOMEM);
}

static enum soter_rc
list_next(struct posix *p, char name[TEEHOST_FILE_NAME_MAX + 1])
{
	for (;;) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(p->list);
		if (entry == NULL)
			return (
			    errno == 0 ? SOTER_E_NOTFOUND : SOTER_E_STORAGE);
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    strlen(entry->d_name) > TEEHOST_FILE_NAME_MAX)
			continue;
		strcpy(name, entry->d_name);
		p->list_at++;
		return (SOTER_OK);
	}
}

static enum soter_rc
posix_list(struct teehost_disk *disk, size_t i,
    char name[TEEHOST_FILE_NAME_MAX + 1])
{
	struct posix *p = posix_of(disk);
	char skipped[TEEHOST_FILE_NAME_MAX + 1];
	enum soter_rc rc = SOTER_OK;

	if (p->list == NULL || p->list_at > i || i == 0)
		TRY(list_begin(p));
	while (rc == SOTER_OK && p->list_at < i)
		rc = list_next(p, skipped);
	if (rc == SOTER_OK)
		rc = list_next(p, name);
	if (rc != SOTER_OK)
		forget_list(p);
	return (rc);
}

static enum soter_rc
posix_lock(struct teehost_disk *disk)
{
	const struct timespec pause = { .tv_nsec = LOCK_WAIT_MS * 1000000L };
	struct posix *p = posix_of(disk);

	if (p->lock < 0)
		p->lock = open_dir(p);
	if (p->lock < 0)
		return (SOTER_E_STORAGE);
	for (int i = 0; flock(p->lock, LOCK_EX | LOCK_NB) != 0; i++) {
		if (i == LOCK_TRIES)
			return (SOTER_E_STORAGE);
		(void)nanosleep(&pause, NULL);
	}
	return (SOTER_OK);
}

static enum soter_rc
posix_check_private(struct teehost_disk *disk, const char *file)
{
	struct posix *p = posix_of(disk);
	struct stat st;

	if (fstatat(p->dir, file, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (rc_of(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return (SOTER_E_STORAGE);
	return (SOTER_OK);
}

static void
posix_close(struct teehost_disk **disk)
{
	struct posix *p;

	if (*disk == NULL)
		return;
	p = posix_of(*disk);
	forget_fd(p);
	forget_list(p);
	if (p->lock >= 0)
		close(p->lock);
	close(p->dir);
	free(p);
	*disk = NULL;
}

static const struct teehost_disk_ops posix_ops = {
	.name = "posix",
	.read = posix_read,
	.write = posix_write,
	.sync = posix_sync,
	.sync_dir = posix_sync_dir,
	.remove = posix_remove,
	.list = posix_list,
	.lock = posix_lock,
	.check_private = posix_check_private,
	.close = posix_close,
};

enum soter_rc
teehost_disk_posix(struct teehost_disk **out, int dir_fd)
{
	struct posix *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		close(dir_fd);
		return (SOTER_E_NOMEM);
	}
	p->disk.ops = &posix_ops;
	p->dir = dir_fd;
	p->lock = p->fd = -1;
	*out = &p->disk;
	return (SOTER_OK);
}
