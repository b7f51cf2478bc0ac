/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet/crc.h"
#include "fleet/framed.h"

#define MAGIC	 "OSFLEET"
#define VERSION	 1
#define HEAD_LEN 48
#define PART	 ".part"

struct fleet_writer {
	FILE *file;
	struct fleet_head head;
	uint64_t frames;
	char path[FLEET_PATH_MAX], part[FLEET_PATH_MAX + sizeof(PART)];
};

struct fleet_reader {
	FILE *file;
	struct fleet_head head;
	uint64_t frames;
	uint8_t content[FLEET_FRAME_MAX];
};

/* The CRC of a frame: what a frame of the same bytes elsewhere has not. */
static uint32_t
frame_crc(uint64_t number, struct soter_span content)
{
	uint8_t front[12];

	for (size_t i = 0; i < 8; i++)
		front[i] = (uint8_t)(number >> 8 * i);
	for (size_t i = 0; i < 4; i++)
		front[8 + i] = (uint8_t)(content.n >> 8 * i);
	return (
	    fleet_crc(fleet_crc(0, soter_span(front, sizeof(front))), content));
}

/* ---- writing ------------------------------------------------------------ */

static enum soter_rc
put(FILE *file, struct soter_span bytes)
{
	if (fwrite(bytes.p, 1, bytes.n, file) == bytes.n)
		return (SOTER_OK);
	return (errno == ENOSPC ? SOTER_E_FULL : SOTER_E_STORAGE);
}

static enum soter_rc
put_head(FILE *file, const struct fleet_head *head)
{
	uint8_t bytes[HEAD_LEN];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(soter_write(&w, SOTER_SPAN(MAGIC)));
	TRY(soter_write_u8(&w, (uint8_t)head->kind));
	TRY(soter_write_le32(&w, VERSION));
	TRY(soter_write_le64(&w, head->items));
	TRY(soter_write_le64(&w, head->seed));
	TRY(soter_write_le64(&w, head->keys));
	TRY(soter_write_le64(&w, head->frames));
	TRY(soter_write_le32(&w, fleet_crc(0, soter_written(&w))));
	return (put(file, soter_written(&w)));
}

enum soter_rc
fleet_writer_open(struct fleet_writer **out, const char *path,
    const struct fleet_head *head)
{
	struct fleet_writer *w = calloc(1, sizeof(*w));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (w == NULL)
		goto out;
	rc = SOTER_E_ARGUMENT;
	if ((size_t)snprintf(w->path, sizeof(w->path), "%s", path) >=
	    sizeof(w->path))
		goto out;
	snprintf(w->part, sizeof(w->part), "%s" PART, path);
	w->head = *head;
	rc = SOTER_E_STORAGE;
	if ((w->file = fopen(w->part, "wbe")) == NULL)
		goto out;
	if ((rc = put_head(w->file, head)) != SOTER_OK)
		goto out;
	*out = w;
	w = NULL;
out:
	fleet_writer_drop(&w);
	return (rc);
}

enum soter_rc
fleet_writer_put(struct fleet_writer *w, struct soter_span content)
{
	uint8_t number[4];
	struct soter_writer n = soter_writer(number, sizeof(number));

	if (content.n > FLEET_FRAME_MAX)
		return (SOTER_E_LIMIT);
	TRY(soter_write_le32(&n, (uint32_t)content.n));
	TRY(put(w->file, soter_written(&n)));
	TRY(put(w->file, content));
	n.len = 0;
	TRY(soter_write_le32(&n, frame_crc(w->frames, content)));
	TRY(put(w->file, soter_written(&n)));
	w->frames++;
	return (SOTER_OK);
}

static enum soter_rc
finish(struct fleet_writer *w)
{
	int failed;

	if (w->frames != w->head.frames)
		return (SOTER_E_FORMAT);
	failed = fflush(w->file) != 0 || fsync(fileno(w->file)) != 0;
	failed = fclose(w->file) != 0 || failed;
	w->file = NULL;
	if (failed)
		return (errno == ENOSPC ? SOTER_E_FULL : SOTER_E_STORAGE);
	return (rename(w->part, w->path) == 0 ? SOTER_OK : SOTER_E_STORAGE);
}

enum soter_rc
fleet_writer_finish(struct fleet_writer **w)
{
	enum soter_rc rc = finish(*w);

	if (rc == SOTER_OK) {
		free(*w);
		*w = NULL;
	}
	fleet_writer_drop(w);
	return (rc);
}

void
fleet_writer_drop(struct fleet_writer **w)
{
	if (*w == NULL)
		return;
	if ((*w)->file != NULL)
		(void)fclose((*w)->file);
	if ((*w)->part[0] != '\0')
		(void)unlink((*w)->part);
	free(*w);
	*w = NULL;
}

/* ---- reading ------------------------------------------------------------ */

static enum soter_rc
get(FILE *file, void *out, size_t n)
{
	if (fread(out, 1, n, file) == n)
		return (SOTER_OK);
	return (ferror(file) ? SOTER_E_READ : SOTER_E_SHORT);
}

static enum soter_rc
parse_head(struct fleet_head *out, const uint8_t bytes[HEAD_LEN],
    enum fleet_kind kind)
{
	struct soter_reader r = soter_reader(soter_span(bytes, HEAD_LEN));
	struct fleet_head head = { .kind = kind };
	struct soter_span magic;
	uint32_t version, crc;
	uint8_t letter;

	TRY(soter_read_span(&r, sizeof(MAGIC) - 1, &magic));
	TRY(soter_read_u8(&r, &letter));
	TRY(soter_read_le32(&r, &version));
	if (!soter_span_equal(magic, SOTER_SPAN(MAGIC)) ||
	    letter != (uint8_t)kind || version != VERSION)
		return (SOTER_E_FORMAT);
	TRY(soter_read_le64(&r, &head.items));
	TRY(soter_read_le64(&r, &head.seed));
	TRY(soter_read_le64(&r, &head.keys));
	TRY(soter_read_le64(&r, &head.frames));
	TRY(soter_read_le32(&r, &crc));
	if (crc != fleet_crc(0, soter_span(bytes, HEAD_LEN - 4)))
		return (SOTER_E_CORRUPT);
	*out = head;
	return (SOTER_OK);
}

enum soter_rc
fleet_reader_open(struct fleet_reader **out, const char *path,
    enum fleet_kind kind)
{
	struct fleet_reader *r = calloc(1, sizeof(*r));
	uint8_t bytes[HEAD_LEN];
	enum soter_rc rc = SOTER_E_NOMEM;

	if (r == NULL)
		goto out;
	rc = SOTER_E_READ;
	if ((r->file = fopen(path, "rbe")) == NULL)
		goto out;
	if ((rc = get(r->file, bytes, sizeof(bytes))) != SOTER_OK ||
	    (rc = parse_head(&r->head, bytes, kind)) != SOTER_OK)
		goto out;
	*out = r;
	r = NULL;
out:
	fleet_reader_close(&r);
	return (rc);
}

const struct fleet_head *
fleet_reader_head(const struct fleet_reader *r)
{
	return (&r->head);
}

static enum soter_rc
get_number(FILE *file, uint32_t *out)
{
	uint8_t bytes[4];
	struct soter_reader r = soter_reader(soter_span(bytes, sizeof(bytes)));

	TRY(get(file, bytes, sizeof(bytes)));
	return (soter_read_le32(&r, out));
}

static enum soter_rc
get_end(FILE *file)
{
	if (fgetc(file) != EOF)
		return (SOTER_E_FORMAT);
	return (ferror(file) ? SOTER_E_READ : SOTER_E_NOTFOUND);
}

enum soter_rc
fleet_reader_next(struct fleet_reader *r, struct soter_span *out)
{
	struct soter_span content;
	uint32_t n, crc;

	if (r->frames == r->head.frames)
		return (get_end(r->file));
	TRY(get_number(r->file, &n));
	if (n > FLEET_FRAME_MAX)
		return (SOTER_E_LIMIT);
	TRY(get(r->file, r->content, n));
	TRY(get_number(r->file, &crc));
	content = soter_span(r->content, n);
	if (crc != frame_crc(r->frames, content))
		return (SOTER_E_CORRUPT);
	r->frames++;
	*out = content;
	return (SOTER_OK);
}

void
fleet_reader_close(struct fleet_reader **r)
{
	if (*r == NULL)
		return;
	if ((*r)->file != NULL)
		(void)fclose((*r)->file);
	free(*r);
	*r = NULL;
}
