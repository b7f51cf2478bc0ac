/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/hash.h"
#include "teehost/object.h"

static const char object_magic[8] = { 'S', 'O', 'T', 'E', 'R', 'o', 'b', '1' };

/* What makes the name, and is authenticated with the bytes. */
static enum soter_rc
write_identity(struct soter_writer *w, const struct teehost_record *record)
{
	TRY(soter_write(w, soter_span(object_magic, sizeof(object_magic))));
	TRY(soter_write_le64(w, record->version));
	TRY(soter_write_le32(w, record->size));
	TRY(soter_write_u8(w, record->id_n));
	return (soter_write(w, teehost_record_id(record)));
}

#define IDENTITY_LEN_MAX (8 + 8 + 4 + 1 + TEEHOST_OBJECT_ID_MAX)

enum soter_rc
teehost_object_name(const struct teehost_objects *o,
    const struct teehost_record *record, struct teehost_object_name *name)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t identity[IDENTITY_LEN_MAX], mac[SOTER_SHA256_LEN];
	struct soter_writer w = soter_writer(identity, sizeof(identity));

	TRY(write_identity(&w, record));
	if (HMAC(EVP_sha256(), o->name_key, sizeof(o->name_key), w.p, w.len,
		mac, NULL) == NULL)
		return (SOTER_E_ENGINE);
	for (size_t i = 0; i < TEEHOST_OBJECT_NAME_LEN / 2; i++) {
		name->text[2 * i] = digits[mac[i] >> 4];
		name->text[2 * i + 1] = digits[mac[i] & 15];
	}
	name->text[TEEHOST_OBJECT_NAME_LEN] = '\0';
	return (SOTER_OK);
}

bool
teehost_object_is_name(const char *name)
{
	return (strlen(name) == TEEHOST_OBJECT_NAME_LEN &&
	    strspn(name, "0123456789abcdef") == TEEHOST_OBJECT_NAME_LEN);
}

static enum soter_rc
file_write(const struct teehost_objects *o,
    const struct teehost_object_name *name, struct soter_span file)
{
	struct teehost_disk *disk = o->disk;

	TRY(disk->ops->write(disk, name->text, true, 0, file));
	TRY(disk->ops->sync(disk, name->text));
	return (disk->ops->sync_dir(disk));
}

enum soter_rc
teehost_object_write(const struct teehost_objects *o,
    struct teehost_record *record, struct soter_span bytes,
    struct teehost_object_name *name)
{
	uint8_t identity[IDENTITY_LEN_MAX];
	struct soter_writer said = soter_writer(identity, sizeof(identity));
	size_t cap = sizeof(object_magic) + TEEHOST_BLOB_EXTRA + bytes.n;
	uint8_t *buf = malloc(cap);
	struct soter_writer w = soter_writer(buf, cap);
	enum soter_rc rc = SOTER_E_NOMEM;

	if (buf == NULL)
		goto out;
	rc = write_identity(&said, record);
	if (rc == SOTER_OK)
		rc = soter_write(&w,
		    soter_span(object_magic, sizeof(object_magic)));
	if (rc == SOTER_OK)
		rc = teehost_blob_seal(&w, o->object_key, soter_written(&said),
		    bytes);
	if (rc == SOTER_OK)
		rc = teehost_object_name(o, record, name);
	if (rc != SOTER_OK)
		goto out;
	soter_copy(record->tag, w.p + w.len - TEEHOST_BLOB_TAG_LEN,
	    TEEHOST_BLOB_TAG_LEN);
	rc = file_write(o, name, soter_written(&w));
	if (rc != SOTER_OK)
		(void)o->disk->ops->remove(o->disk, name->text);
out:
	free(buf);
	return (rc);
}

/* The file's blob, if length, head and tag are those that the index names. */
static enum soter_rc
object_blob(const struct teehost_record *record, struct soter_span file,
    struct soter_span *blob)
{
	struct soter_reader r = soter_reader(file);
	struct soter_span magic, rest;

	TRY(soter_read_span(&r, sizeof(object_magic), &magic));
	TRY(soter_read_span(&r, r.left, &rest));
	if (memcmp(magic.p, object_magic, magic.n) != 0 ||
	    rest.n != record->size + TEEHOST_BLOB_EXTRA ||
	    memcmp(rest.p + rest.n - TEEHOST_BLOB_TAG_LEN, record->tag,
		TEEHOST_BLOB_TAG_LEN) != 0)
		return (SOTER_E_CORRUPT);
	*blob = rest;
	return (SOTER_OK);
}

enum soter_rc
teehost_object_read(const struct teehost_objects *o,
    const struct teehost_record *record, uint8_t **out)
{
	uint8_t identity[IDENTITY_LEN_MAX];
	struct soter_writer said = soter_writer(identity, sizeof(identity));
	uint8_t *file = NULL, *bytes = NULL;
	struct teehost_object_name name;
	struct soter_span blob;
	enum soter_rc rc;
	size_t n;

	rc = teehost_object_name(o, record, &name);
	if (rc == SOTER_OK)
		rc = write_identity(&said, record);
	if (rc == SOTER_OK)
		rc = o->disk->ops->read(o->disk, name.text,
		    sizeof(object_magic) + TEEHOST_BLOB_EXTRA + record->size,
		    &file, &n);
	if (rc == SOTER_OK)
		rc = object_blob(record, soter_span(file, n), &blob);
	if (rc != SOTER_OK)
		goto out;
	rc = SOTER_E_NOMEM;
	bytes = malloc(record->size > 0 ? record->size : 1);
	if (bytes == NULL)
		goto out;
	rc =
	    teehost_blob_open(bytes, o->object_key, soter_written(&said), blob);
	if (rc != SOTER_OK)
		goto out;
	*out = bytes;
	bytes = NULL;
out:
	/* The index says what the file is: none, or another length, is a lie */
	if (rc == SOTER_E_NOTFOUND || rc == SOTER_E_LIMIT ||
	    rc == SOTER_E_SHORT)
		rc = SOTER_E_CORRUPT;
	free(file);
	free(bytes);
	return (rc);
}
