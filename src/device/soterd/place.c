/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/span.h"
#include "device/soterd/log.h"
#include "device/soterd/place.h"
#include "service/systemd.h"

#define BACKLOG 128

/* The folder of the socket, one step. */
static void
make_folder(const struct soterd_options *o)
{
	char folder[PATH_MAX];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", o->socket);
	slash = strrchr(folder, '/');
	if (slash == folder)
		return;
	*slash = '\0';
	if (mkdir(folder, o->is_root ? 0755 : 0700) != 0)
		return; /* it is there, or bind says why not */
	if (o->is_root &&
	    (lchown(folder, o->uid, o->gid) != 0 || chmod(folder, 0755) != 0))
		soterd_log("%s: %s", folder, strerror(errno));
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
	if (error == 0 || error == EAGAIN) {
		soterd_log("%s: a soterd runs there already", at->sun_path);
		return (SOTER_E_EXISTS);
	}
	if (error == ECONNREFUSED && lstat(at->sun_path, &st) == 0 &&
	    S_ISSOCK(st.st_mode))
		(void)unlink(at->sun_path);
	return (SOTER_OK);
}

static enum soter_rc
bind_there(int fd, const struct sockaddr_un *at, const struct soterd_options *o)
{
	mode_t before = umask(o->is_root ? 0111 : 0177);
	int error;

	error =
	    bind(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ? 0 : errno;
	umask(before);
	/* The service removes it when it ends. */
	if (error == 0 && o->is_root &&
	    lchown(at->sun_path, o->uid, o->gid) != 0)
		error = errno;
	if (error == 0 && listen(fd, BACKLOG) != 0)
		error = errno;
	if (error == 0)
		return (SOTER_OK);
	soterd_log("%s: %s", o->socket, strerror(error));
	return (SOTER_E_ARGUMENT);
}

static enum soter_rc
listen_anew(int *fd, const struct soterd_options *o)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	enum soter_rc rc;
	int s;

	if (o->socket[0] == '\0') {
		soterd_log("XDG_RUNTIME_DIR is not set: give --socket");
		return (SOTER_E_ARGUMENT);
	}
	if (strlen(o->socket) >= sizeof(at.sun_path)) {
		soterd_log("--socket: at most %zu characters",
		    sizeof(at.sun_path) - 1);
		return (SOTER_E_ARGUMENT);
	}
	memcpy(at.sun_path, o->socket, strlen(o->socket));
	make_folder(o);
	TRY(clear_path(&at));
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return (SOTER_E_NOMEM);
	rc = bind_there(s, &at, o);
	if (rc == SOTER_OK)
		*fd = s;
	else
		close(s);
	return (rc);
}

enum soter_rc
soterd_place_listen(int *fd, const struct soterd_options *o)
{
	*fd = soter_systemd_listener();
	if (*fd >= 0)
		return (SOTER_OK);
	return (listen_anew(fd, o));
}

enum soter_rc
soterd_place_drop(const struct soterd_options *o)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    (o->is_root &&
		(setgroups(0, NULL) != 0 ||
		    setresgid(o->gid, o->gid, o->gid) != 0 ||
		    setresuid(o->uid, o->uid, o->uid) != 0)) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		soterd_log("cannot give up privileges: %s", strerror(errno));
		return (SOTER_E_ARGUMENT);
	}
	return (SOTER_OK);
}
