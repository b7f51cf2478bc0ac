/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trace.h -- the messages of TAs that were written for OP-TEE: the compiler
 * checks them, and nobody prints them.  What a TA says about its secrets would
 * end in the system's log.
 */
#ifndef TEEHOST_TRACE_H
#define TEEHOST_TRACE_H

__attribute__((format(printf, 1, 2))) static inline void
teehost_trace(const char *format, ...)
{
	(void)format;
}

#define TEEHOST_NO_TRACE(...)                       \
	do {                                        \
		if (0)                              \
			teehost_trace(__VA_ARGS__); \
	} while (0)

#define EMSG(...)     TEEHOST_NO_TRACE(__VA_ARGS__)
#define IMSG(...)     TEEHOST_NO_TRACE(__VA_ARGS__)
#define DMSG(...)     TEEHOST_NO_TRACE(__VA_ARGS__)
#define FMSG(...)     TEEHOST_NO_TRACE(__VA_ARGS__)
#define EMSG_RAW(...) TEEHOST_NO_TRACE(__VA_ARGS__)
#define IMSG_RAW(...) TEEHOST_NO_TRACE(__VA_ARGS__)
#define DMSG_RAW(...) TEEHOST_NO_TRACE(__VA_ARGS__)

#endif
