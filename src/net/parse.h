/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/parse.h -- one request, put together from bytes that come in any pieces.
 *
 *	HEAD --> BODY --> WHOLE
 *	  \---------\---> REFUSED
 *
 * The head is collected until its empty line; then two readers, ours
 * (net/head.h) and llhttp, must agree about it.  The body goes through llhttp,
 * and what is not body, the lines between chunks, through our rules too.
 */
#ifndef SOTER_NET_PARSE_H
#define SOTER_NET_PARSE_H

#include "net/head.h"

enum net_parse_state {
	NET_PARSE_HEAD,
	NET_PARSE_BODY,
	NET_PARSE_WHOLE,
	NET_PARSE_REFUSED
};

#define NET_PARSE_FIRST 2048 /* bytes that need no memory of their own */

/* Memory that several requests share; see net_parse_begin(). */
struct net_purse {
	size_t spent;
	size_t most;
};

struct llhttp__internal_s; /* llhttp_t */

struct net_parse {
	enum net_parse_state state;
	enum net_refusal why; /* when REFUSED */
	size_t body_max;
	struct net_purse *purse;

	/* The head, then the body without what framed it. */
	uint8_t *bytes;
	size_t n, cap;
	size_t head_n; /* 0 until the head is whole */
	uint8_t first[NET_PARSE_FIRST];

	struct net_scan scan;
	struct net_head head; /* borrowed from bytes: net_parse_head() */
	bool keeps_alive;     /* the client wants another request after it */

	/* The body. */
	uint64_t machine[16]; /* llhttp_t */
	const uint8_t *piece; /* what llhttp is reading */
	size_t seen;	      /* bytes of it that were looked at */
	size_t chunks;
	size_t frame; /* bytes of this chunk's line */
	bool has_cr;  /* in it, the last byte was CR */
	bool is_body_over;
};

/**
 * Begin.  *parse may hold anything.
 *
 * purse  pays for what is beyond NET_PARSE_FIRST bytes; borrowed.
 */
void net_parse_begin(struct net_parse *parse, size_t body_max,
    struct net_purse *purse);

/**
 * Take what came next.
 *
 * used  receives how many bytes belong to this request: all of them, unless it
 *       is WHOLE or REFUSED afterwards.
 *
 * Nothing may be taken after that.
 */
void net_parse_take(struct net_parse *parse, struct soter_span in,
    size_t *used);

/** Say no for a reason that lies elsewhere. */
void net_parse_refuse(struct net_parse *parse, enum net_refusal why);

/** The body; borrowed, as everything in parse->head is, once WHOLE. */
struct soter_span net_parse_body(const struct net_parse *parse);

/** Give memory back to system and purse. */
void net_parse_end(struct net_parse *parse);

#endif
