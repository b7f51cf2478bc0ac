/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/report.h -- what a load run found, for people and for programs.
 */
#ifndef SOTER_FLEET_REPORT_H
#define SOTER_FLEET_REPORT_H

#include "fleet/load.h"

struct fleet_report {
	const char *url; /* as given */
	const struct fleet_load *load;
	const struct fleet_load_result *result;
	const struct fleet_books *books;
	uint64_t devices;      /* sent by intake */
	const char *disagrees; /* what sum is wrong; NULL: none */
};

/** Did every request that was due get the answer that it should? */
bool fleet_report_is_clean(const struct fleet_report *r);

/** Some lines on standard output. */
void fleet_report_print(const struct fleet_report *r);

/** One JSON object and a line feed on standard output; see docs/fleet.md. */
void fleet_report_print_json(const struct fleet_report *r);

#endif
