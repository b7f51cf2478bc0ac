/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/catalog.h -- the trusted applications of this TEE: what lies in its
 * folder when it starts.
 */
#ifndef SOTER_TEEHOST_CATALOG_H
#define SOTER_TEEHOST_CATALOG_H

#include <sys/types.h>

#include "teehost/anchor.h"
#include "teehost/sealer.h"

#define TEEHOST_TAS_MAX 32

/* One TA. */
struct teehost_entry {
	uint8_t uuid[16]; /* in the order of its text */
	char name[37];	  /* the text */
	int object, conf; /* UUID.so and UUID.conf, open for reading */
	int storage;	  /* its directory, or -1 */
	bool keep_alive;
	struct teehost_disk *anchor_disk; /* of a file's anchor, or NULL */
	struct teehost_anchor *anchor;	  /* or NULL */
	uint8_t key[TEEHOST_KEY_LEN];	  /* of its storage */
};

struct teehost_catalog {
	struct teehost_entry list[TEEHOST_TAS_MAX];
	size_t n;
};

/**
 * Read a folder: each UUID.so needs its UUID.conf.  What is wrong goes to the
 * log, with file and line.
 *
 * folder  its path.
 * confs   path of another folder: a UUID.conf there counts instead of the one
 *         beside the TA.  It need not exist.
 * self    the user that may own the files beside root; what user:self means.
 *
 * SOTER_E_READ    cannot be read.
 * SOTER_E_FORMAT  a .conf is wrong, or others can write what lies there.
 * SOTER_E_LIMIT   more than TEEHOST_TAS_MAX.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_catalog_read(struct teehost_catalog *out,
    const char *folder, const char *confs, uid_t self);

/** Where and how the TAs' state is kept. */
struct teehost_keep {
	int state;	  /* directory */
	const char *tcti; /* of the TPM, if one is used */
	const struct teehost_sealer_ops *sealer;
	bool tpm_anchor;
};

/**
 * Unseal the device key; give each TA its directory, its key and its anchor.
 *
 * device  receives the device's UUID, derived from the key.
 *
 * As teehost/sealer.h and teehost/anchor.h; the log says what failed.
 */
SOTER_MUST_CHECK enum soter_rc teehost_catalog_keep(
    struct teehost_catalog *catalog, const struct teehost_keep *keep,
    uint8_t device[16]);

/** Close everything, wipe the keys. */
void teehost_catalog_close(struct teehost_catalog *catalog);

/** The number of a TA, or catalog->n. */
size_t teehost_catalog_find(const struct teehost_catalog *catalog,
    const uint8_t uuid[16]);

#endif
