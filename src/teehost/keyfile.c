/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "teehost/keyfile.h"

#define HEAD_LEN (8 + 4)
#define LEN_MAX	 (HEAD_LEN + TEEHOST_KEYFILE_MAX + SOTER_SHA256_LEN)

static const char magic[8] = { 'S', 'O', 'T', 'E', 'R', 'k', 'f', '1' };

static enum soter_rc
content_write(struct soter_writer *w, struct soter_span content)
{
	uint8_t hash[SOTER_SHA256_LEN];

	if (content.n > TEEHOST_KEYFILE_MAX)
		return (SOTER_E_LIMIT);
	TRY(soter_write(w, soter_span(magic, sizeof(magic))));
	TRY(soter_write_le32(w, (uint32_t)content.n));
	TRY(soter_write(w, content));
	TRY(soter_sha256(hash, soter_written(w)));
	return (soter_write(w, soter_span(hash, sizeof(hash))));
}

/* SOTER_E_NOTFOUND: no file that was ever written whole. */
static enum soter_rc
content_parse(struct soter_span *content, struct soter_span file)
{
	struct soter_reader r = soter_reader(file);
	struct soter_span begin, found, sum;
	uint8_t hash[SOTER_SHA256_LEN];
	uint32_t n;

	if (soter_read_span(&r, sizeof(magic), &begin) != SOTER_OK ||
	    soter_read_le32(&r, &n) != SOTER_OK ||
	    soter_read_span(&r, n, &found) != SOTER_OK ||
	    soter_read_span(&r, sizeof(hash), &sum) != SOTER_OK ||
	    soter_read_end(&r) != SOTER_OK)
		return (SOTER_E_NOTFOUND);
	TRY(soter_sha256(hash, soter_span(file.p, HEAD_LEN + n)));
	if (memcmp(begin.p, magic, sizeof(magic)) != 0 ||
	    memcmp(sum.p, hash, sizeof(hash)) != 0)
		return (SOTER_E_NOTFOUND);
	*content = found;
	return (SOTER_OK);
}

/* 8-4-4-4-12 hex digits: a TA's folder. */
static bool
is_uuid(const char *name)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; form[i] != '\0'; i++)
		if (form[i] == '-'
			? name[i] != '-'
			: soter_hex_digit((uint8_t)name[i]) == SOTER_HEX_BAD)
			return (false);
	return (name[i] == '\0');
}

/* May a thing of this name have been made under the key of `file`? */
static bool
is_dependent(const char *name, const char *file)
{
	if (strncmp(name, "device.", 7) == 0)
		return (strcmp(name, file) != 0);
	return (is_uuid(name) || strncmp(name, "index.", 6) == 0 ||
	    strcmp(name, "anchor") == 0);
}

/* There is no key file: may one be made? */
static enum soter_rc
check_alone(struct teehost_disk *disk, const char *file)
{
	char name[TEEHOST_FILE_NAME_MAX + 1];

	for (size_t i = 0;; i++) {
		enum soter_rc rc = disk->ops->list(disk, i, name);

		if (rc != SOTER_OK)
			return (rc);
		if (is_dependent(name, file))
			return (SOTER_E_CORRUPT);
	}
}

enum soter_rc
teehost_keyfile_read(struct teehost_disk *disk, const char *file,
    struct soter_writer *out)
{
	struct soter_span content;
	uint8_t *bytes = NULL;
	enum soter_rc rc;
	size_t n = 0;

	rc = disk->ops->read(disk, file, LEN_MAX, &bytes, &n);
	if (rc == SOTER_OK)
		rc = disk->ops->check_private(disk, file);
	if (rc == SOTER_OK)
		rc = content_parse(&content, soter_span(bytes, n));
	if (rc == SOTER_E_LIMIT)
		rc = SOTER_E_CORRUPT;
	if (rc == SOTER_E_NOTFOUND)
		rc = check_alone(disk, file);
	if (rc != SOTER_OK)
		goto out;
	/* It may come from a process that was killed before it had synced. */
	rc = disk->ops->sync(disk, file);
	if (rc == SOTER_OK)
		rc = disk->ops->sync_dir(disk);
	if (rc == SOTER_OK)
		rc = soter_write(out, content);
out:
	if (bytes != NULL)
		soter_wipe(bytes, n);
	free(bytes);
	return (rc);
}

enum soter_rc
teehost_keyfile_write(struct teehost_disk *disk, const char *file,
    struct soter_span content)
{
	uint8_t buf[LEN_MAX];
	struct soter_writer w = soter_writer(buf, sizeof(buf));
	enum soter_rc rc;

	rc = content_write(&w, content);
	/* Made empty and looked at before anything secret goes in. */
	if (rc == SOTER_OK)
		rc = disk->ops->write(disk, file, true, 0, soter_span(NULL, 0));
	if (rc == SOTER_OK)
		rc = disk->ops->check_private(disk, file);
	if (rc == SOTER_OK)
		rc = disk->ops->write(disk, file, false, 0, soter_written(&w));
	if (rc == SOTER_OK)
		rc = disk->ops->sync(disk, file);
	if (rc == SOTER_OK)
		rc = disk->ops->sync_dir(disk);
	soter_wipe(buf, sizeof(buf));
	return (rc);
}
