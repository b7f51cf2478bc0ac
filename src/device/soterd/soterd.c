/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soterd -- the device service: what SoterService is on Android.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "device/soterd/calls.h"
#include "device/soterd/log.h"
#include "device/soterd/place.h"
#include "device/soterd/sandbox.h"
#include "device/soterd/serve.h"
#include "service/standard.h"
#include "service/systemd.h"

/* SIGTERM and SIGINT as something that can be read. */
static int
signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return (-1);
	return (signalfd(-1, &set, SFD_CLOEXEC));
}

int
main(int argc, char **argv)
{
	static struct soterd_options o;
	int listener = -1, stop;
	enum soter_rc rc;

	if (soter_standard_open() != SOTER_OK ||
	    soterd_options_read(&o, argc, argv) != SOTER_OK)
		return (2);
	if (o.is_done)
		return (0);
	stop = signals();
	if (stop < 0 || soterd_place_listen(&listener, &o) != SOTER_OK ||
	    soterd_place_drop(&o) != SOTER_OK || soterd_sandbox() != SOTER_OK)
		return (2);
	soterd_calls_setup(&o);
	soterd_log("ready at %s",
	    o.socket[0] != '\0' ? o.socket : "the socket that was handed over");
	soter_systemd_notify("READY=1");
	rc = soterd_serve(listener, stop);
	if (o.socket[0] != '\0')
		(void)unlink(o.socket);
	return (rc == SOTER_OK ? 0 : 1);
}
