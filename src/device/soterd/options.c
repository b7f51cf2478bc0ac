/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "device/soterd/log.h"
#include "device/soterd/options.h"

#define USER	       "soter"
#define SERVICE_SOCKET "/run/soter/soterd.sock"

static const char usage[] =
    "usage: soterd [option...]\n"
    "\n"
    "The device service: lets each user's apps have keys in the TEE of their\n"
    "own.  As root it becomes another user and serves all; run by somebody else\n"
    "it serves that user alone.\n"
    "\n"
    "  --socket PATH             where apps connect (" SERVICE_SOCKET ")\n"
    "  --user NAME|UID           as root: whom to become (" USER ")\n"
    "  --fingerprint-type N      0 undefined, 1 normal, 2 under the screen\n"
    "  --fingerprint-position L,T,R,B\n"
    "                            where it is, in pixels\n"
    "  --foreground              accepted; it never goes to the background\n"
    "  --help, --version\n"
    "\n"
    "The TEE is found as soter-tee(1) says; SOTER_TEE_SOCKET names another.\n";

enum { SOCKET = 1, USER_IS, TYPE, POSITION, FOREGROUND, HELP, VERSION };

static const struct option names[] = {
	{ "socket", required_argument, NULL, SOCKET },
	{ "user", required_argument, NULL, USER_IS },
	{ "fingerprint-type", required_argument, NULL, TYPE },
	{ "fingerprint-position", required_argument, NULL, POSITION },
	{ "foreground", no_argument, NULL, FOREGROUND },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 },
};

static enum soter_rc
set_socket(struct soterd_options *o, const char *value)
{
	int n = value[0] == '/'
	    ? snprintf(o->socket, sizeof(o->socket), "%s", value)
	    : -1;

	if (n > 0 && (size_t)n < sizeof(o->socket))
		return (SOTER_OK);
	soterd_log("--socket: give a path that begins with /");
	return (SOTER_E_ARGUMENT);
}

static enum soter_rc
set_type(struct soterd_options *o, const char *value)
{
	uint64_t x;

	if (soter_decimal(soter_text(value), 2, &x) != SOTER_OK) {
		soterd_log("--fingerprint-type: 0, 1 or 2");
		return (SOTER_E_ARGUMENT);
	}
	o->type = (int32_t)x;
	return (SOTER_OK);
}

static enum soter_rc
set_position(struct soterd_options *o, const char *value)
{
	int32_t *p = o->position;
	char rest;

	if (sscanf(value, "%9d,%9d,%9d,%9d%c", &p[0], &p[1], &p[2], &p[3],
		&rest) != 4) {
		soterd_log("--fingerprint-position: four numbers: "
			   "left,top,right,bottom");
		return (SOTER_E_ARGUMENT);
	}
	o->has_position = true;
	return (SOTER_OK);
}

static enum soter_rc
take(struct soterd_options *o, int which)
{
	switch (which) {
	case SOCKET:
		return (set_socket(o, optarg));
	case USER_IS:
		o->user = optarg;
		return (SOTER_OK);
	case TYPE:
		return (set_type(o, optarg));
	case POSITION:
		return (set_position(o, optarg));
	case FOREGROUND:
		return (SOTER_OK);
	case HELP:
		fputs(usage, stdout);
		o->is_done = true;
		return (SOTER_OK);
	case VERSION:
		puts("soterd " SOTER_VERSION);
		o->is_done = true;
		return (SOTER_OK);
	default:
		return (SOTER_E_ARGUMENT); /* getopt said why */
	}
}

static enum soter_rc
find_user(struct soterd_options *o)
{
	const char *name = o->user == NULL ? USER : o->user;
	const struct passwd *pw;
	uint64_t id;

	if (soter_decimal(soter_text(name), UINT32_MAX - 1, &id) == SOTER_OK) {
		pw = getpwuid((uid_t)id);
		o->uid = (uid_t)id;
		o->gid = pw == NULL ? (gid_t)id : pw->pw_gid;
	} else if ((pw = getpwnam(name)) != NULL) {
		o->uid = pw->pw_uid;
		o->gid = pw->pw_gid;
	} else {
		soterd_log("there is no user %s: make it, or give --user",
		    name);
		return (SOTER_E_ARGUMENT);
	}
	if (o->uid != 0)
		return (SOTER_OK);
	soterd_log("--user: another one than root");
	return (SOTER_E_ARGUMENT);
}

static enum soter_rc
defaults(struct soterd_options *o)
{
	const char *home = secure_getenv("XDG_RUNTIME_DIR");

	o->is_root = geteuid() == 0;
	if (o->is_root) {
		if (o->socket[0] == '\0')
			TRY(set_socket(o, SERVICE_SOCKET));
		return (find_user(o));
	}
	if (o->user != NULL) {
		soterd_log("--user is for root");
		return (SOTER_E_ARGUMENT);
	}
	o->uid = geteuid();
	o->gid = getegid();
	/* systemd may hand a socket over: then none is missing. */
	if (o->socket[0] == '\0' && home != NULL && home[0] == '/' &&
	    (size_t)snprintf(o->socket, sizeof(o->socket),
		"%s/soter/soterd.sock", home) >= sizeof(o->socket))
		o->socket[0] = '\0';
	return (SOTER_OK);
}

enum soter_rc
soterd_options_read(struct soterd_options *out, int argc, char **argv)
{
	int which;

	*out = (struct soterd_options){ 0 };
	while ((which = getopt_long(argc, argv, "", names, NULL)) != -1) {
		TRY(take(out, which));
		if (out->is_done)
			return (SOTER_OK);
	}
	if (optind < argc) {
		soterd_log("%s: not an option; see soterd --help",
		    argv[optind]);
		return (SOTER_E_ARGUMENT);
	}
	return (defaults(out));
}
