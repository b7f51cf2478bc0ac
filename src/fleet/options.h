/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/options.h -- the command line of soter-fleet.  One table is what is
 * read and what --help prints.
 */
#ifndef SOTER_FLEET_OPTIONS_H
#define SOTER_FLEET_OPTIONS_H

#include "fleet/requests.h"

#define FLEET_CPU_ANY UINT64_MAX

struct fleet_options;

struct fleet_verb {
	const char *name, *args, *help;
	unsigned bit; /* in the rows of the table of options */
	int (*run)(const struct fleet_options *o); /* gives the exit status */
};

struct fleet_options {
	const struct fleet_verb *verb; /* NULL: help was asked for */
	/* A fleet. */
	uint64_t devices, keys, seed;
	const char *out, *keys_file;
	const char *fleet, *form;
	uint64_t first, count;
	/* A load. */
	const char *url, *mix, *token, *appid, *secret, *maker, *model;
	const char *echo_path, *intake_path, *taken, *ca, *cert, *key;
	uint64_t rate, connections, seconds, requests, pipeline;
	uint64_t per_connection, timeout_ms, batch, cpu;
	bool max, explain, insecure, resume, json, strict;
	const char *header[FLEET_HEADERS_MAX];
	uint64_t headers;
	uint64_t given; /* bit i: row i of the table was there */
};

/**
 * Read a command line; verbs ends with a row without a name.  Prints what
 * --help asks for, and what is wrong.
 *
 * SOTER_E_ARGUMENT  it was said why.
 */
SOTER_MUST_CHECK enum soter_rc fleet_options_read(struct fleet_options *out,
    const struct fleet_verb *verbs, int argc, char **argv);

/** Was the option there?  name: without its dashes; it exists. */
bool fleet_options_has(const struct fleet_options *o, const char *name);

#endif
