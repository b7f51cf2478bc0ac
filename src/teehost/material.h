/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/material.h -- what a key is made of.
 *
 * Material never changes once it is made.  An object in memory, an object in
 * storage, an operation and the key cache may share one, and count; the last
 * one to let go wipes it.
 */
#ifndef SOTER_TEEHOST_MATERIAL_H
#define SOTER_TEEHOST_MATERIAL_H

#include <openssl/evp.h>

#include <tee_api_types.h>

#include "base/span.h"

#define TEEHOST_ATTRS_MAX 8	/* an RSA key pair has this many */
#define TEEHOST_ATTR_MAX  65536 /* bytes of one, in storage */

/* One attribute: a buffer, most significant byte first if it is a number. */
struct teehost_attr {
	uint32_t id;
	struct soter_span value;
};

enum teehost_need {
	TEEHOST_MUST,
	TEEHOST_CRT, /* all of these, or none */
};

/* What an object of a type consists of (GP table 5-9 and 6-11). */
struct teehost_type {
	uint32_t type;
	uint32_t min_bits, max_bits, step_bits;
	struct {
		uint32_t id;
		enum teehost_need need;
	} attrs[TEEHOST_ATTRS_MAX];
	size_t n;
};

/** The row of a type, or NULL: TEE_TYPE_DATA has none. */
const struct teehost_type *teehost_type_find(uint32_t type);

/** May an object of this type be that large? */
bool teehost_type_takes(const struct teehost_type *type, uint32_t bits);

/** Has it an attribute of this number? */
bool teehost_type_has(const struct teehost_type *type, uint32_t id);

struct teehost_material {
	size_t refs;
	const struct teehost_type *type;
	uint32_t bits;
	size_t n;
	struct teehost_attr attrs[TEEHOST_ATTRS_MAX]; /* values in bytes */
	/* RSA, by teehost/rsa.c: the key, made at its first use; */
	EVP_PKEY *pkey;
	/* and what signed with it last, in which way. */
	EVP_PKEY_CTX *signer;
	uint64_t signer_scheme;
	size_t bytes_n;
	uint8_t bytes[];
};

/**
 * Copy attributes.  Numbers lose their leading zero bytes.
 *
 * out  counted once: let go with teehost_material_drop().
 *
 * SOTER_E_ARGUMENT  a mandatory attribute is missing, one is doubled or not of
 *                   this type, or the size is none of the type's.
 * SOTER_E_NOMEM
 */
SOTER_MUST_CHECK enum soter_rc teehost_material_new(
    struct teehost_material **out, const struct teehost_type *type,
    const struct teehost_attr *attrs, size_t n);

/** The attribute, or one of 0 bytes at NULL. */
struct soter_span teehost_material_attr(const struct teehost_material *m,
    uint32_t id);

/** One more that holds it.  Gives m. */
struct teehost_material *teehost_material_hold(struct teehost_material *m);

/** One less; the last one wipes.  Sets *m to NULL; NULL in, nothing happens. */
void teehost_material_drop(struct teehost_material **m);

/**
 * The same material as another type, if that needs a part of it only: a public
 * key from a key pair.  SOTER_E_ARGUMENT, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc teehost_material_as(
    struct teehost_material **out, struct teehost_material *m,
    const struct teehost_type *type);

/** Bytes that teehost_material_write() needs. */
size_t teehost_material_size(const struct teehost_material *m);

/** Append count, and of each attribute id, length, bytes.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc teehost_material_write(struct soter_writer *w,
    const struct teehost_material *m);

/**
 * The inverse.  type may be NULL: then there are no attributes, and *out is
 * NULL.  SOTER_E_SHORT, SOTER_E_FORMAT, SOTER_E_ARGUMENT, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc teehost_material_read(
    struct teehost_material **out, const struct teehost_type *type,
    struct soter_reader *r);

#endif
