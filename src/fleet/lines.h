/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/lines.h -- devices as a TAM takes them in: one JSON object a line.
 *
 * Which members a line has is a row of a table: to add a form, add a row.
 */
#ifndef SOTER_FLEET_LINES_H
#define SOTER_FLEET_LINES_H

#include "base/span.h"
#include "fleet/devices.h"

#define FLEET_LINE_MAX 1024

struct fleet_form {
	const char *name; /* as --form takes it */
	const char *type; /* Content-Type of a batch */
	const char *help;

	/* Append the line of a device, LF included.  SOTER_E_NOSPACE. */
	enum soter_rc (
	    *write)(struct soter_writer *w, const struct fleet_device *device);
};

extern const struct fleet_form fleet_forms[];
extern const size_t fleet_forms_n;

/** The form of that name, or NULL. */
const struct fleet_form *fleet_form_find(const char *name);

#endif
