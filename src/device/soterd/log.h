/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/log.h -- lines for the service's log, on standard error.  Never
 * a challenge, a key or a message.
 */
#ifndef SOTER_DEVICE_SOTERD_LOG_H
#define SOTER_DEVICE_SOTERD_LOG_H

/** One line, whole, with the program's name in front. */
void soterd_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * A line that a user can cause whenever he likes: SOTERD_LOG_LINES of these in
 * SOTERD_LOG_MS; the others are left out, and one more line says so.
 */
void soterd_log_some(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
