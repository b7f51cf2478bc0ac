/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/ta/forbidden.h -- what a TA that was taken over would try next.  The
 * one part of the test TA that knows it lives in a Linux process.
 */
#ifndef SOTER_TESTS_FORBIDDEN_H
#define SOTER_TESTS_FORBIDDEN_H

#include "tests/ta/testta.h"

/** Try it: 0 if it worked, else errno. */
int forbidden_try(enum testta_forbidden what);

/**
 * How it went when the library was loaded, before any call; ENOTSUP: not tried
 * then.
 */
int forbidden_early(enum testta_forbidden what);

#endif
