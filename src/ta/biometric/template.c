/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/template.h"
#include "ta/biometric/sensor.h"

#define FORMAT 1
#define HEAD   (4 + 8 + 4 + 4 + 4)

static uint8_t bytes[HEAD + BIO_TEMPLATE_MAX];

/* Most significant byte first: the way people write a number in hex. */
static struct ta_object_id
name(uint64_t fid)
{
	uint8_t number[8];

	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)(fid >> (56 - 8 * i));
	return (ta_object_id("template", soter_span(number, sizeof(number))));
}

static enum soter_rc
write_all(struct soter_writer *w, uint32_t user,
    const struct soter_bio_row *row, struct soter_span data)
{
	TRY(soter_write_le32(w, FORMAT));
	TRY(soter_write_le64(w, row->fid));
	TRY(soter_write_le32(w, user));
	TRY(soter_write_le32(w, row->modality));
	return (soter_ta_text_write(w, data));
}

enum soter_rc
bio_template_write(uint32_t user, const struct soter_bio_row *row,
    struct soter_span data)
{
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct ta_object_id id = name(row->fid);
	enum soter_rc rc;

	if (data.n > BIO_TEMPLATE_MAX)
		return (SOTER_E_LIMIT);
	rc = write_all(&w, user, row, data);
	if (rc == SOTER_OK)
		rc = ta_object_write(TA_PLAIN, &id, TEE_HANDLE_NULL,
		    soter_written(&w));
	soter_wipe(bytes, w.len);
	return (rc);
}

enum soter_rc
bio_template_remove(uint64_t fid)
{
	struct ta_object_id id = name(fid);

	return (ta_object_remove(TA_PLAIN, &id));
}

/* Is it the one that the state means? */
static enum soter_rc
parse(struct soter_span *data, struct soter_span in, uint32_t user,
    const struct soter_bio_row *row)
{
	struct soter_reader r = soter_reader(in);
	uint32_t format, user_of, modality;
	uint64_t fid;

	TRY(soter_read_le32(&r, &format));
	TRY(soter_read_le64(&r, &fid));
	TRY(soter_read_le32(&r, &user_of));
	TRY(soter_read_le32(&r, &modality));
	TRY(soter_ta_text_read(&r, data));
	TRY(soter_read_end(&r));
	if (format != FORMAT || fid != row->fid || user_of != user ||
	    modality != row->modality)
		return (SOTER_E_CORRUPT);
	return (SOTER_OK);
}

static enum soter_rc
match(uint32_t user, const struct soter_bio_row *row, bool *is_same)
{
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct ta_object_id id = name(row->fid);
	struct soter_span data;
	enum soter_rc rc;

	*is_same = false;
	rc = ta_object_read(TA_PLAIN, &id, &w);
	if (rc == SOTER_E_NOTFOUND || rc == SOTER_E_CORRUPT)
		return (SOTER_OK);
	if (rc != SOTER_OK)
		return (rc);
	if (parse(&data, soter_written(&w), user, row) == SOTER_OK)
		rc = bio_sensor()->match(data, is_same);
	soter_wipe(bytes, w.len);
	return (rc);
}

enum soter_rc
bio_template_identify(const struct bio_user *u, uint32_t modality,
    uint64_t *fid)
{
	bool is_same;

	for (uint32_t i = 0; i < u->fids_n; i++) {
		if (u->fids[i].modality != modality)
			continue;
		TRY(match(u->user, &u->fids[i], &is_same));
		if (is_same) {
			*fid = u->fids[i].fid;
			return (SOTER_OK);
		}
	}
	return (SOTER_E_MISS);
}
