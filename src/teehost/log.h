/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/log.h -- one line on standard error for each thing worth knowing.
 * Never a key, a parameter, or a text of a client's.
 */
#ifndef SOTER_TEEHOST_LOG_H
#define SOTER_TEEHOST_LOG_H

/** Whose lines these are from now on; borrowed.  "soter-teed" at first. */
void teehost_log_name(const char *name);

/** Write a line; control characters become blanks, what is too long is cut. */
__attribute__((format(printf, 1, 2))) void teehost_log(const char *format, ...);

#endif
