/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/listen.h -- from the text of a listener to a socket.
 */
#ifndef SOTER_NET_LISTEN_H
#define SOTER_NET_LISTEN_H

#include <sys/un.h>

#include "net/error.h"

struct net_socket {
	int fd;	       /* non-blocking; -1: none */
	uint16_t port; /* 0: a Unix socket */
	/* We made it: its queue is ours to finish, its path ours to remove. */
	bool is_own;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* or "" */
};

/**
 * Open what net/server.h describes; at NULL: "127.0.0.1:0".
 *
 * SOTER_E_ARGUMENT  the text is none of these.
 * SOTER_E_LISTEN    it cannot be listened at; error says why.
 */
SOTER_MUST_CHECK enum soter_rc net_listen(struct net_socket *out,
    const char *at, struct net_error *error);

/** Close it, and remove the path of one that we made. */
void net_listen_close(struct net_socket *s);

#endif
