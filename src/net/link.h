/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/link.h -- a socket, TLS on it or not, and the machine behind it.
 *
 *	SHAKING --> OPEN --> LINGERING --> gone
 *	   \----------\------------------/
 *
 * LINGERING: the last answer is out, and so is our end.  What the client still
 * sends is read and forgotten for a moment, because a socket that is closed
 * with bytes unread takes back what the client has not read yet.
 */
#ifndef SOTER_NET_LINK_H
#define SOTER_NET_LINK_H

#include "net/conn.h"
#include "net/peers.h"
#include "net/tls.h"

struct net_loop;

enum net_link_stage { NET_LINK_SHAKING, NET_LINK_OPEN, NET_LINK_LINGERING };

struct net_link {
	struct net_conn conn; /* OPEN only */
	struct net_stream stream;
	SSL *ssl; /* NULL: plain */
	enum net_link_stage stage;
	struct net_party *party; /* held */
	struct net_peer_key key;
	unsigned listener;
	size_t lingered;
	struct net_due due; /* HANDSHAKE, LINGER */
	bool is_again;
	struct net_link *next_again;
	struct net_link *prev, *next; /* of the loop, or in its mail */
	struct net_loop *loop;
};

/** Take over fd, ssl (NULL: plain) and party.  NULL: no memory; all is ended.
 */
struct net_link *net_link_new(int fd, const BIO_METHOD *method,
    SSL_CTX *context, struct net_party *party);

/** Close it without a word; not for links in a loop. */
void net_link_free(struct net_link *link);

/** Begin in the loop whose link it is now. */
void net_link_begin(struct net_link *link, struct net_world *world,
    size_t body_max, unsigned app);

/**
 * Do all that can be done without waiting.
 *
 * scratch  NET_READ_MAX bytes.
 *
 * False: it is over, and the caller is to free it.
 */
bool net_link_drive(struct net_link *link, uint8_t *scratch);

/** Would it go on at once if it were driven again? */
bool net_link_has_more(const struct net_link *link);

/** A deadline of it is over.  False: as above. */
bool net_link_late(struct net_link *link, enum net_due_kind kind,
    uint8_t *scratch);

#define NET_READ_MAX (16 * 1024)

#endif
