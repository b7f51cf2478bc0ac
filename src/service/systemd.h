/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * service/systemd.h -- what a service hears from systemd and says to it.  Where
 * that is not there, nothing happens.
 *
 * Source: sd_listen_fds(3), sd_notify(3).
 */
#ifndef SOTER_SERVICE_SYSTEMD_H
#define SOTER_SERVICE_SYSTEMD_H

/** The listening unix socket that was handed over at the start, or -1.  It
 * stays open, and is not inherited. */
int soter_systemd_listener(void);

/** Tell whoever waits at $NOTIFY_SOCKET, if anybody does: "READY=1". */
void soter_systemd_notify(const char *text);

#endif
