/* SPDX-License-Identifier: BSD-3-Clause */
#include <openssl/rand.h>

#include "teehost/keyfile.h"
#include "teehost/sealer.h"

#define FILE_NAME "device.key"

static enum soter_rc
make(struct teehost_disk *disk, uint8_t key[TEEHOST_KEY_LEN])
{
	if (RAND_priv_bytes(key, TEEHOST_KEY_LEN) != 1)
		return (SOTER_E_ENGINE);
	return (teehost_keyfile_write(disk, FILE_NAME,
	    soter_span(key, TEEHOST_KEY_LEN)));
}

static enum soter_rc
unseal(struct teehost_disk *disk, const char *conf,
    uint8_t key[TEEHOST_KEY_LEN])
{
	uint8_t found[TEEHOST_KEYFILE_MAX];
	struct soter_writer w = soter_writer(found, sizeof(found));
	enum soter_rc rc;

	(void)conf;
	rc = teehost_keyfile_read(disk, FILE_NAME, &w);
	if (rc == SOTER_E_NOTFOUND) {
		rc = make(disk, found);
		w.len = TEEHOST_KEY_LEN;
	}
	if (rc == SOTER_OK && w.len != TEEHOST_KEY_LEN)
		rc = SOTER_E_CORRUPT;
	if (rc == SOTER_OK)
		soter_copy(key, found, TEEHOST_KEY_LEN);
	soter_wipe(found, sizeof(found));
	return (rc);
}

const struct teehost_sealer_ops teehost_sealer_file = {
	.name = "file",
	.unseal = unseal,
};
