/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/outlet.h -- where the lines of a log go.  Whoever should read them may
 * stand still: a line is written at once or lost, nobody waits for it.
 *
 * Standard error belongs to others, too, so it is never made non-blocking
 * itself: a pipe or a terminal is opened anew for us, a socket is told with
 * each line.  Files do not wait but for the disk.
 */
#ifndef SOTER_NET_OUTLET_H
#define SOTER_NET_OUTLET_H

#include "base/span.h"

struct net_outlet {
	int fd;
	bool is_ours;	/* to be closed */
	bool is_socket; /* send(), which takes flags */
	bool may_wait;	/* it could not be opened anew: ask before */
	bool is_torn;	/* a part of a line stands there, without its end */
};

/**
 * The end of a file, which is made with mode 0640, or standard error (path
 * NULL).
 *
 * SOTER_E_READ  it cannot be opened, or is a pipe without a reader.
 */
SOTER_MUST_CHECK enum soter_rc net_outlet_open(struct net_outlet *out,
    const char *path);

void net_outlet_close(struct net_outlet *outlet);

/** Write a line of at most PIPE_BUF bytes, whole; false: it is lost.  For one
 * thread at a time. */
SOTER_MUST_CHECK bool net_outlet_write(struct net_outlet *outlet,
    struct soter_span line);

#endif
