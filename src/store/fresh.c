/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/changing.h"
#include "store/fresh.h"
#include "store/lasting.h"

#define NEW ".new"

/* What an interrupted one may leave. */
static const char *const leftovers[] = {
	STORE_LASTING_FILE NEW,
	STORE_LASTING_FILE NEW "-lock",
	STORE_CHANGING_FILE NEW,
	STORE_CHANGING_FILE NEW "-wal",
	STORE_CHANGING_FILE NEW "-shm",
	STORE_CHANGING_FILE NEW "-journal",
};

static bool
is_leftover(const char *name)
{
	for (size_t i = 0; i < SOTER_COUNT(leftovers); i++)
		if (strcmp(name, leftovers[i]) == 0)
			return (true);
	/* The root of a file system of its own. */
	return (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strcmp(name, "lost+found") == 0);
}

static bool
has(const struct store_fresh *f, const char *name)
{
	struct stat st;

	return (fstatat(f->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
}

/*
 * Roots whose store.sqlite was lost are not thrown away: only those of a finish
 * that was interrupted between its two names.
 */
static enum soter_rc
check_empty(const struct store_fresh *f)
{
	bool is_interrupted =
	    has(f, STORE_CHANGING_FILE NEW) && !has(f, STORE_CHANGING_FILE);
	enum soter_rc rc = SOTER_OK;
	const struct dirent *entry;
	DIR *dir;
	int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		if (fd >= 0)
			close(fd);
		return (SOTER_E_STORAGE);
	}
	while ((entry = readdir(dir)) != NULL)
		if (!is_leftover(entry->d_name) &&
		    !(is_interrupted &&
			strcmp(entry->d_name, STORE_LASTING_FILE) == 0))
			rc = SOTER_E_EXISTS;
	closedir(dir);
	return (rc);
}

static void
remove_leftovers(const struct store_fresh *f)
{
	if (has(f, STORE_CHANGING_FILE NEW) && !has(f, STORE_CHANGING_FILE))
		unlinkat(f->dir, STORE_LASTING_FILE, 0);
	for (size_t i = 0; i < SOTER_COUNT(leftovers); i++)
		unlinkat(f->dir, leftovers[i], 0);
}

enum soter_rc
store_fresh_begin(struct store_fresh *f, const char *where)
{
	*f = (struct store_fresh){ .dir = -1 };
	if (strlen(where) > STORE_PATH_MAX)
		return (SOTER_E_ARGUMENT);
	memcpy(f->where, where, strlen(where) + 1);
	snprintf(f->roots, sizeof(f->roots), "%s/%s", where,
	    STORE_LASTING_FILE NEW);
	snprintf(f->changing, sizeof(f->changing), "%s/%s", where,
	    STORE_CHANGING_FILE NEW);

	if (mkdir(where, 0700) == 0)
		f->has_made = true;
	else if (errno != EEXIST)
		return (errno == ENOENT ? SOTER_E_STORAGE : store_errno(errno));
	f->dir = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return (errno == ENOTDIR ? SOTER_E_EXISTS : SOTER_E_STORAGE);
	if (flock(f->dir, LOCK_EX | LOCK_NB) != 0) {
		/* Not ours to clean. */
		close(f->dir);
		f->dir = -1;
		return (SOTER_E_BUSY);
	}
	f->is_finished = true; /* what is there is not ours either */
	TRY(check_empty(f));
	f->is_finished = false;
	remove_leftovers(f);
	return (SOTER_OK);
}

static enum soter_rc
sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return (SOTER_E_STORAGE);
	if (fsync(fd) != 0)
		error = errno;
	close(fd);
	return (error == 0 ? SOTER_OK : store_errno(error));
}

enum soter_rc
store_fresh_sync_parent(const char *path)
{
	char parent[STORE_PATH_MAX + 40];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	for (size_t n = strlen(parent); n > 1 && parent[n - 1] == '/'; n--)
		parent[n - 1] = '\0';
	slash = strrchr(parent, '/');
	if (slash == NULL)
		return (sync_file("."));
	slash[slash == parent ? 1 : 0] = '\0';
	return (sync_file(parent));
}

/* The name is durable before the next one is given. */
static enum soter_rc
name_file(const struct store_fresh *f, const char *from, const char *to)
{
	if (renameat(f->dir, from, f->dir, to) != 0 || fsync(f->dir) != 0)
		return (store_errno(errno));
	return (SOTER_OK);
}

enum soter_rc
store_fresh_finish(struct store_fresh *f)
{
	TRY(sync_file(f->roots));
	TRY(sync_file(f->changing));
	TRY(store_fresh_sync_parent(f->where));
	unlinkat(f->dir, STORE_LASTING_FILE NEW "-lock", 0);
	TRY(name_file(f, STORE_LASTING_FILE NEW, STORE_LASTING_FILE));
	TRY(name_file(f, STORE_CHANGING_FILE NEW, STORE_CHANGING_FILE));
	f->is_finished = true;
	return (SOTER_OK);
}

void
store_fresh_end(struct store_fresh *f)
{
	if (f->dir < 0)
		return;
	if (!f->is_finished) {
		remove_leftovers(f);
		if (f->has_made)
			rmdir(f->where);
	}
	close(f->dir);
	f->dir = -1;
}
