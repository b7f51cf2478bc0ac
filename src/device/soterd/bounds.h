/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/bounds.h -- what soterd takes upon itself at most.
 */
#ifndef SOTER_DEVICE_SOTERD_BOUNDS_H
#define SOTER_DEVICE_SOTERD_BOUNDS_H

#include "wire/limits.h"

#define SOTERD_CONNECTIONS  256 /* of all */
#define SOTERD_PER_PEER	    16	/* connections of one uid */
#define SOTERD_CALLS	    32	/* inside the TEE at once */
#define SOTERD_PER_UID	    4	/* of these, of one uid */

/* Signatures that are remembered; of one uid. */
#define SOTERD_SESSIONS	    (4 * SOTER_SESSIONS_MAX)
#define SOTERD_UID_SESSIONS (2 * SOTER_UID_SESSIONS_MAX)

#define SOTERD_HALF_MS	    10000 /* for the rest of a request, or a reply */
#define SOTERD_SENSOR_MS    3000  /* who does not ask so long may lose it */
#define SOTERD_FAIR_MS	    3000  /* who was turned away is waited for */
#define SOTERD_FAIR_USERS   16	  /* of these, at once */
#define SOTERD_TURN_MS	    1000  /* to wait for a turn at the sensor */
#define SOTERD_ROOM_MS	    1000  /* until who has to go has left */
#define SOTERD_END_MS	    5000  /* for what runs when it is told to end */

#define SOTERD_LOG_LINES    20	   /* that users cause ... */
#define SOTERD_LOG_MS	    10000u /* ... in this time */

#define SOTERD_STACK	    (256 * 1024) /* of one connection's thread */

#endif
