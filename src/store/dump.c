/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/copy.h"
#include "store/crc32c.h"
#include "store/dump.h"
#include "store/fresh.h"
#include "store/inside.h"

#define MAGIC	    "SOTERdp1"
#define HEADER_LEN  16
#define RECORD_HEAD 14
#define CRC_LEN	    4
#define TRAILER_LEN 17
#define END_KIND    255
#define RECORD_MAX \
	(RECORD_HEAD + SOTER_STORE_KEY_MAX + SOTER_STORE_VALUE_MAX + CRC_LEN)

static void
put_be(uint8_t *out, size_t n, uint64_t number)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(number >> (8 * (n - 1 - i)));
}

static uint64_t
get_be(const uint8_t *in, size_t n)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n; i++)
		number = number << 8 | in[i];
	return (number);
}

/* ---- write --------------------------------------------------------------- */

struct writing {
	FILE *file;
	uint64_t count;
	uint32_t crc; /* of all CRCs */
	uint8_t bytes[RECORD_MAX];
};

static enum soter_rc
put_bytes(struct writing *w, size_t n)
{
	errno = EIO;
	if (fwrite(w->bytes, 1, n, w->file) != n)
		return (store_errno(errno));
	return (SOTER_OK);
}

/* The first n bytes, and their CRC. */
static enum soter_rc
put_framed(struct writing *w, size_t n)
{
	uint32_t crc = store_crc32c(0, soter_span(w->bytes, n));

	put_be(w->bytes + n, CRC_LEN, crc);
	w->crc = store_crc32c(w->crc, soter_span(w->bytes + n, CRC_LEN));
	return (put_bytes(w, n + CRC_LEN));
}

static enum soter_rc
put_header(struct writing *w)
{
	memcpy(w->bytes, MAGIC, 8);
	put_be(w->bytes + 8, 4, SOTER_STORE_SCHEMA);
	return (put_framed(w, HEADER_LEN - CRC_LEN));
}

static enum soter_rc
put_record(void *context, enum soter_store_kind kind,
    const struct soter_record *record)
{
	struct writing *w = context;
	size_t n = RECORD_HEAD;

	if (record->key.n == 0 || record->key.n > SOTER_STORE_KEY_MAX ||
	    record->value.n > SOTER_STORE_VALUE_MAX)
		return (SOTER_E_CORRUPT);
	w->bytes[0] = (uint8_t)kind;
	w->bytes[1] = (uint8_t)record->key.n;
	put_be(w->bytes + 2, 4, record->value.n);
	put_be(w->bytes + 6, 8, record->version);
	soter_copy(w->bytes + n, record->key.p, record->key.n);
	n += record->key.n;
	soter_copy(w->bytes + n, record->value.p, record->value.n);
	w->count++;
	return (put_framed(w, n + record->value.n));
}

static enum soter_rc
put_trailer(struct writing *w)
{
	w->bytes[0] = END_KIND;
	put_be(w->bytes + 1, 8, w->count);
	put_be(w->bytes + 9, CRC_LEN, w->crc);
	TRY(put_framed(w, TRAILER_LEN - CRC_LEN));
	errno = EIO;
	if (fflush(w->file) != 0 || fsync(fileno(w->file)) != 0)
		return (store_errno(errno));
	return (SOTER_OK);
}

static enum soter_rc
dump_to(struct writing *w, const char *where)
{
	TRY(put_header(w));
	TRY(store_copy_ops_of(where)->read_all(where, put_record, w));
	return (put_trailer(w));
}

/* A new file that nobody else has open or can foretell; part is "" if not. */
static int
make_part(char part[STORE_PATH_MAX + 10], const char *file)
{
	int fd;

	snprintf(part, STORE_PATH_MAX + 10, "%s.XXXXXX", file);
	fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0)
		part[0] = '\0';
	return (fd);
}

/* Under its name it is whole, and replaces nothing. */
static enum soter_rc
give_name(const char *part, const char *file)
{
	if (renameat2(AT_FDCWD, part, AT_FDCWD, file, RENAME_NOREPLACE) != 0)
		return (store_errno(errno));
	return (store_fresh_sync_parent(file));
}

enum soter_rc
soter_store_dump(const char *where, const char *file, uint64_t *count)
{
	char part[STORE_PATH_MAX + 10] = "";
	struct writing *w = NULL;
	enum soter_rc rc;
	int fd = -1;

	if (store_copy_ops_of(where) == NULL || strlen(file) > STORE_PATH_MAX)
		return (SOTER_E_ARGUMENT);
	if (access(file, F_OK) == 0)
		return (SOTER_E_EXISTS);
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (SOTER_E_NOMEM);
	if ((fd = make_part(part, file)) < 0 ||
	    (w->file = fdopen(fd, "w")) == NULL) {
		rc = errno == ENOENT ? SOTER_E_STORAGE : store_errno(errno);
		goto out;
	}
	fd = -1; /* the stream's */
	if ((rc = dump_to(w, where)) == SOTER_OK)
		rc = give_name(part, file);
	if (rc == SOTER_OK && count != NULL)
		*count = w->count;
out:
	if (w->file != NULL)
		fclose(w->file);
	if (fd >= 0)
		close(fd);
	if (rc != SOTER_OK && part[0] != '\0')
		unlink(part);
	free(w);
	return (rc);
}

/* ---- read ---------------------------------------------------------------- */

struct reading {
	FILE *file;
	uint64_t count;
	uint32_t crc;
	enum soter_store_kind kind; /* of the record before */
	uint8_t last[SOTER_STORE_KEY_MAX];
	size_t last_n;
	uint8_t bytes[RECORD_MAX];
};

/* Exactly n more: less is a file that was cut. */
static enum soter_rc
get_bytes(struct reading *r, size_t at, size_t n)
{
	if (fread(r->bytes + at, 1, n, r->file) == n)
		return (SOTER_OK);
	return (ferror(r->file) ? SOTER_E_STORAGE : SOTER_E_CORRUPT);
}

/* The CRC behind the first n bytes. */
static enum soter_rc
get_crc(struct reading *r, size_t n)
{
	TRY(get_bytes(r, n, CRC_LEN));
	if (get_be(r->bytes + n, CRC_LEN) !=
	    store_crc32c(0, soter_span(r->bytes, n)))
		return (SOTER_E_CORRUPT);
	r->crc = store_crc32c(r->crc, soter_span(r->bytes + n, CRC_LEN));
	return (SOTER_OK);
}

static enum soter_rc
get_header(struct reading *r)
{
	uint64_t schema;

	if (fread(r->bytes, 1, HEADER_LEN - CRC_LEN, r->file) !=
		HEADER_LEN - CRC_LEN ||
	    memcmp(r->bytes, MAGIC, 8) != 0)
		return (ferror(r->file) ? SOTER_E_STORAGE : SOTER_E_FORMAT);
	TRY(get_crc(r, HEADER_LEN - CRC_LEN));
	schema = get_be(r->bytes + 8, 4);
	if (schema > SOTER_STORE_SCHEMA)
		return (SOTER_E_SCHEMA);
	return (schema == 0 ? SOTER_E_CORRUPT : SOTER_OK);
}

/* Each key once, and all in order: so there is one file for one store. */
static enum soter_rc
check_order(struct reading *r, const struct soter_record *record,
    enum soter_store_kind kind)
{
	size_t n = r->last_n < record->key.n ? r->last_n : record->key.n;
	int order = memcmp(r->last, record->key.p, n);

	if (kind < r->kind ||
	    (kind == r->kind &&
		(order > 0 || (order == 0 && r->last_n >= record->key.n))))
		return (SOTER_E_CORRUPT);
	r->kind = kind;
	r->last_n = record->key.n;
	memcpy(r->last, record->key.p, record->key.n);
	return (SOTER_OK);
}

static enum soter_rc
get_record(struct reading *r, enum soter_store_kind *kind,
    struct soter_record *record)
{
	const struct soter_kind_row *row = soter_kind_row(r->bytes[0]);
	size_t key_n, value_n;

	TRY(get_bytes(r, 1, RECORD_HEAD - 1));
	key_n = r->bytes[1];
	value_n = (size_t)get_be(r->bytes + 2, 4);
	if (row == NULL || key_n == 0 || key_n > row->key_max ||
	    value_n > row->value_max)
		return (SOTER_E_CORRUPT);
	TRY(get_bytes(r, RECORD_HEAD, key_n + value_n));
	TRY(get_crc(r, RECORD_HEAD + key_n + value_n));
	*record = (struct soter_record){
		.key = soter_span(r->bytes + RECORD_HEAD, key_n),
		.value = soter_span(r->bytes + RECORD_HEAD + key_n, value_n),
		.version = get_be(r->bytes + 6, 8),
	};
	if (record->version == 0 || record->version > INT64_MAX)
		return (SOTER_E_CORRUPT);
	*kind = r->bytes[0];
	r->count++;
	return (check_order(r, record, *kind));
}

static enum soter_rc
get_trailer(struct reading *r)
{
	uint32_t crc = r->crc;

	TRY(get_bytes(r, 1, TRAILER_LEN - CRC_LEN - 1));
	TRY(get_crc(r, TRAILER_LEN - CRC_LEN));
	if (get_be(r->bytes + 1, 8) != r->count ||
	    get_be(r->bytes + 9, CRC_LEN) != crc || getc(r->file) != EOF)
		return (SOTER_E_CORRUPT);
	return (SOTER_OK);
}

/* All of the file, into a sink if there is one. */
static enum soter_rc
read_file(struct reading *r, const struct store_copy_ops *ops,
    struct store_sink *sink)
{
	FILE *file = r->file;

	memset(r, 0, sizeof(*r));
	r->file = file;
	rewind(file);
	TRY(get_header(r));
	for (;;) {
		struct soter_record record;
		enum soter_store_kind kind;

		TRY(get_bytes(r, 0, 1));
		if (r->bytes[0] == END_KIND)
			return (get_trailer(r));
		TRY(get_record(r, &kind, &record));
		if (sink != NULL)
			TRY(ops->sink_add(sink, kind, &record));
	}
}

enum soter_rc
soter_store_load(const char *where, const char *file, uint64_t *count)
{
	const struct store_copy_ops *ops = store_copy_ops_of(where);
	struct store_sink *sink = NULL;
	struct reading *r = NULL;
	enum soter_rc rc;

	if (ops == NULL)
		return (SOTER_E_ARGUMENT);
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (SOTER_E_NOMEM);
	if ((r->file = fopen(file, "re")) == NULL) {
		rc = store_errno(errno);
		goto out;
	}
	if ((rc = read_file(r, ops, NULL)) != SOTER_OK ||
	    (rc = ops->sink_open(&sink, where)) != SOTER_OK ||
	    (rc = read_file(r, ops, sink)) != SOTER_OK ||
	    (rc = ops->sink_finish(sink)) != SOTER_OK)
		goto out;
	if (count != NULL)
		*count = r->count;
out:
	if (sink != NULL)
		ops->sink_close(&sink);
	if (r->file != NULL)
		fclose(r->file);
	free(r);
	return (rc);
}
