/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/conf.h -- the configuration file of a server:
 *
 *	# a comment; blank lines too
 *	loops = 2
 *	[public]
 *	listen = 127.0.0.1:8443
 *	certificate = /etc/soter/tam.crt
 *
 * A name below [section] is known as "section.name".  The value is the rest of
 * the line, without the blanks around it; there are no quotes, no escapes, no
 * line goes on in the next one.  Each name at most once, none that the program
 * does not know: a limit that was set under a misspelt name is not set.
 */
#ifndef SOTER_NET_CONF_H
#define SOTER_NET_CONF_H

#include "base/span.h"
#include "net/limits.h"

enum net_conf_kind {
	NET_CONF_TEXT,	 /* char[size], with a NUL at its end */
	NET_CONF_NUMBER, /* uint64_t, least to most */
	NET_CONF_FLAG,	 /* bool: yes or no */
	NET_CONF_WORD,	 /* unsigned: the place of the value in words */
};

/* One name that a program knows, and where its value goes. */
struct net_conf_name {
	const char *name; /* "loops", "public.listen" */
	enum net_conf_kind kind;
	size_t offset;	       /* in the program's struct: offsetof() */
	const char *otherwise; /* its value if the file does not say; NULL: the
				  member stays as it is */
	size_t size;	       /* of NET_CONF_TEXT, with its NUL */
	uint64_t least, most;  /* of NET_CONF_NUMBER */
	const char *const *words; /* of NET_CONF_WORD; NULL at the end */
};

/* What is wrong, for a person. */
struct net_conf_error {
	unsigned line; /* 0: the file as a whole */
	char why[160];
};

/**
 * Read a file's text into *conf: first what each name is otherwise, then what
 * the file says.  *conf is written in part when the call fails.
 *
 * SOTER_E_FORMAT  a line is refused; error says which and why.
 * SOTER_E_LIMIT   the text, or a line, is too long; error as well.
 */
SOTER_MUST_CHECK enum soter_rc net_conf_parse(void *conf,
    const struct net_conf_name *names, size_t n, struct soter_span text,
    struct net_conf_error *error);

/**
 * The same with a file.
 *
 * path  NULL: no file, everything is as it is otherwise.
 *
 * SOTER_E_READ  there is no such file, or it cannot be read.
 */
SOTER_MUST_CHECK enum soter_rc net_conf_read(void *conf,
    const struct net_conf_name *names, size_t n, const char *path,
    struct net_conf_error *error);

#endif
