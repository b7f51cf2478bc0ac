/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/vectors.h -- files to check: our own under tests/vectors, and
 * those of real phones in the folder that SOTER_REAL_VECTORS names.
 */
#ifndef SOTER_TESTS_VECTORS_H
#define SOTER_TESTS_VECTORS_H

#include "tests/check.h"

#define VECTOR_MAX (64 * 1024)

struct vector {
	size_t n;
	uint8_t bytes[VECTOR_MAX];
};

static inline struct soter_span
vector_span(const struct vector *v)
{
	return (soter_span(v->bytes, v->n));
}

/* Read folder/name; 1 if it could be read whole. */
static inline int
vector_read(struct vector *v, const char *folder, const char *name)
{
	char path[512];
	FILE *f;
	int ok;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((f = fopen(path, "rb")) == NULL)
		return (0);
	v->n = fread(v->bytes, 1, sizeof(v->bytes), f);
	ok = !ferror(f) && feof(f);
	fclose(f);
	return (ok);
}

/* The folder of the real phones' files, or NULL. */
static inline const char *
vector_real(void)
{
	const char *folder = getenv("SOTER_REAL_VECTORS");

	return (folder != NULL && folder[0] != '\0' ? folder : NULL);
}

#endif
