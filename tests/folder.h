/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/folder.h -- a temporary folder of a test, gone at its end.
 */
#ifndef SOTER_TESTS_FOLDER_H
#define SOTER_TESTS_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char path[100];
};

static inline void
folder_new(struct folder *f)
{
	const char *base = getenv("TMPDIR");

	if (base == NULL || strlen(base) > 60)
		base = "/tmp";
	snprintf(f->path, sizeof(f->path), "%s/soter.XXXXXX", base);
	if (mkdtemp(f->path) == NULL) {
		perror(f->path);
		abort();
	}
}

/* Everything below an open folder; the descriptor is taken over. */
static inline void
folder_empty(int fd)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    unlinkat(fd, name, 0) == 0)
			continue;
		folder_empty(openat(fd, name, O_RDONLY | O_DIRECTORY));
		unlinkat(fd, name, AT_REMOVEDIR);
	}
	if (dir != NULL)
		closedir(dir);
}

static inline void
folder_remove(const char *path)
{
	folder_empty(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	rmdir(path);
}

/* A descriptor of a folder below this one, made if it is missing. */
static inline int
folder_open(const struct folder *f, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	mkdir(path, 0700);
	return (open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

#endif
