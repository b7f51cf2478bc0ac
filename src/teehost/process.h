/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/process.h -- the process of one TA: its instance, its clients'
 * connections, one thread.
 */
#ifndef SOTER_TEEHOST_PROCESS_H
#define SOTER_TEEHOST_PROCESS_H

/**
 * Be the process of the TA that the manager names over this socket, until it
 * says that it is over or is gone.  Returns an exit status; a panic does not
 * return.
 */
int teehost_process(int control);

#endif
