/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/span.h"
#include "teehost/log.h"
#include "teehost/place.h"

#define BACKLOG	  512
#define DEPTH_MAX 4 /* of the state directory */

/* The folder that a path lies in, made with one more step if need be. */
static void
make_folder(const char *path, mode_t mode, const struct teehost_options *o)
{
	char folder[PATH_MAX];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL || slash == folder)
		return;
	*slash = '\0';
	if (mkdir(folder, mode) != 0)
		return; /* it is there, or the next step says why not */
	if (geteuid() == 0 && lchown(folder, o->uid, o->gid) != 0)
		teehost_log("%s: %s", folder, strerror(errno));
	(void)chmod(folder, mode);
}

/* Does somebody listen there?  If not, what was left behind goes. */
static enum soter_rc
clear_path(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;
	int error;

	if (fd < 0)
		return (SOTER_E_NOMEM);
	error = connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0
	    ? 0
	    : errno;
	close(fd);
	if (error == 0 || error == EAGAIN)
		return (SOTER_E_EXISTS);
	if (error == ECONNREFUSED && lstat(at->sun_path, &st) == 0 &&
	    S_ISSOCK(st.st_mode))
		(void)unlink(at->sun_path);
	return (SOTER_OK);
}

static enum soter_rc
bind_there(int fd, const struct sockaddr_un *at,
    const struct teehost_options *o)
{
	bool group = o->peers != (gid_t)-1;
	mode_t before = umask(0177);
	int error;

	error =
	    bind(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ? 0 : errno;
	umask(before);
	/* Nobody can connect before somebody listens. */
	if (error == 0 && (geteuid() == 0 || group) &&
	    lchown(at->sun_path, geteuid() == 0 ? o->uid : (uid_t)-1,
		group ? o->peers : o->gid) != 0)
		error = errno;
	if (error == 0 && group && chmod(at->sun_path, 0660) != 0)
		error = errno;
	if (error == 0)
		return (SOTER_OK);
	teehost_log("%s: %s", o->socket, strerror(error));
	return (SOTER_E_ARGUMENT);
}

enum soter_rc
teehost_place_listen(int fd)
{
	/* One of systemd's may block. */
	return (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && listen(fd, BACKLOG) == 0
		? SOTER_OK
		: SOTER_E_ARGUMENT);
}

enum soter_rc
teehost_place_bind(int *fd, const struct teehost_options *o)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	enum soter_rc rc;
	int s;

	if (o->socket[0] == '\0') {
		teehost_log("XDG_RUNTIME_DIR is not set: give --socket");
		return (SOTER_E_ARGUMENT);
	}
	if (strlen(o->socket) >= sizeof(at.sun_path)) {
		teehost_log("--socket: at most %zu characters",
		    sizeof(at.sun_path) - 1);
		return (SOTER_E_ARGUMENT);
	}
	memcpy(at.sun_path, o->socket, strlen(o->socket));
	make_folder(o->socket,
	    o->peers == (gid_t)-1 && geteuid() != 0 ? 0700 : 0755, o);
	rc = clear_path(&at);
	if (rc == SOTER_E_EXISTS)
		teehost_log("%s: a soter-teed runs there already", o->socket);
	TRY(rc);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return (SOTER_E_NOMEM);
	rc = bind_there(s, &at, o);
	if (rc != SOTER_OK) {
		close(s);
		return (rc);
	}
	*fd = s;
	return (SOTER_OK);
}

/*
 * Give what root owns below a directory to the service.  Never through a link,
 * and no file with a second name: the service could have put either there.
 */
static void
hand_over(int dir, const struct teehost_options *o, int depth)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;
	struct stat st;

	if (d == NULL && copy >= 0)
		close(copy);
	while (d != NULL && (e = readdir(d)) != NULL) {
		int fd;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		fd = openat(dir, e->d_name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) != 0) {
			if (fd >= 0)
				close(fd);
			continue;
		}
		if (st.st_uid == 0 &&
		    (S_ISDIR(st.st_mode) ||
			(S_ISREG(st.st_mode) && st.st_nlink == 1)) &&
		    fchown(fd, o->uid, o->gid) != 0)
			teehost_log("%s: %s", e->d_name, strerror(errno));
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			hand_over(fd, o, depth + 1);
		close(fd);
	}
	if (d != NULL)
		closedir(d);
}

/* It holds the keys: nobody else may look into it. */
static enum soter_rc
check_state(int fd, const struct teehost_options *o)
{
	struct stat st;

	if (geteuid() == 0) {
		hand_over(fd, o, 0);
		if (fchown(fd, o->uid, o->gid) != 0 || fchmod(fd, 0700) != 0)
			return (SOTER_E_ARGUMENT);
	}
	if (fstat(fd, &st) != 0 || st.st_uid != o->uid ||
	    (st.st_mode & 077) != 0) {
		teehost_log("%s: must be a directory of this user alone:"
			    " chmod 700",
		    o->state);
		return (SOTER_E_ARGUMENT);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		teehost_log("%s: another soter-teed uses it", o->state);
		return (SOTER_E_EXISTS);
	}
	return (SOTER_OK);
}

enum soter_rc
teehost_place_state(int *fd, const struct teehost_options *o)
{
	enum soter_rc rc;
	int dir;

	make_folder(o->state, 0755, o);
	if (mkdir(o->state, 0700) != 0 && errno != EEXIST) {
		teehost_log("%s: %s", o->state, strerror(errno));
		return (SOTER_E_ARGUMENT);
	}
	dir = open(o->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0) {
		teehost_log("%s: %s", o->state, strerror(errno));
		return (SOTER_E_ARGUMENT);
	}
	rc = check_state(dir, o);
	if (rc != SOTER_OK) {
		close(dir);
		return (rc);
	}
	*fd = dir;
	return (SOTER_OK);
}
