/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/conf.h -- the properties of a TA, from the UUID.conf beside its
 * UUID.so.
 *
 *	# a comment; blank lines too
 *	gpd.ta.singleInstance	bool		true
 *	soter.role.service	identity	user:990
 *
 * One property a line: name, type, value, with blanks between.  Types are
 * bool (true, false), u32 and u64 (decimal), uuid, identity, string (the rest
 * of the line) and binary (Base64).  An identity is user:N, group:N, user:self
 * for the user that runs soter-teed, or a login in decimal, ":" and a UUID.
 *
 * Differs: a property is never given twice, and one of GP's own must have the
 * type that GP says.
 */
#ifndef SOTER_TEEHOST_CONF_H
#define SOTER_TEEHOST_CONF_H

#include "teehost/instance.h"

#define TEEHOST_CONF_MAX	    (16 * 1024) /* bytes of a file */
#define TEEHOST_CONF_PROPERTIES_MAX 64
#define TEEHOST_CONF_NAME_MAX	    63

struct teehost_conf {
	struct teehost_property list[TEEHOST_CONF_PROPERTIES_MAX];
	size_t n;
	bool multi_session; /* gpd.ta.multiSession, else false */
	bool keep_alive;    /* gpd.ta.instanceKeepAlive, else false */
	char *text;	    /* what list points into; owned */
};

/* What is wrong, for a person. */
struct teehost_conf_error {
	unsigned line;
	const char *why;
};

/**
 * Read a file's text.
 *
 * out    free with teehost_conf_free().
 * self   the uid that user:self stands for.
 * error  receives line and reason when the text is refused.
 *
 * SOTER_E_FORMAT  the text is refused.
 * SOTER_E_LIMIT   it is too long, or has too many lines of properties.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_conf_parse(struct teehost_conf **out,
    struct soter_span text, uint32_t self, struct teehost_conf_error *error);

void teehost_conf_free(struct teehost_conf **conf);

#endif
