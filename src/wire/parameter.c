/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/parameter.h"

static bool
in_bounds(const struct soter_parameter *row, uint64_t value)
{
	return ((value == 0 && row->width == SOTER_PARAMETER_MAY) ||
	    (value >= row->min && value <= row->max));
}

static enum soter_rc
read_number(uint64_t *out, const struct soter_parameter *row,
    struct soter_reader *r)
{
	uint32_t low, high = 0;
	uint64_t value;

	TRY(soter_read_le32(r, &low));
	if (row->width == SOTER_PARAMETER_U64)
		TRY(soter_read_le32(r, &high));
	value = (uint64_t)high << 32 | low;
	if (!in_bounds(row, value))
		return (SOTER_E_LIMIT);
	*out = value;
	return (SOTER_OK);
}

enum soter_rc
soter_parameter_read(void *request, const struct soter_parameter *row,
    struct soter_reader *r)
{
	void *at = (char *)request + row->offset;
	uint64_t number;
	uint32_t number32;

	/* A text begins with its length, bounded before it is used. */
	TRY(read_number(&number, row, r));
	number32 = (uint32_t)number;
	if (row->width >= SOTER_PARAMETER_TEXT)
		return (soter_read_span(r, number32, at));
	if (row->width == SOTER_PARAMETER_U64)
		soter_copy(at, &number, sizeof(number));
	else
		soter_copy(at, &number32, sizeof(number32));
	return (SOTER_OK);
}

enum soter_rc
soter_parameter_write(struct soter_writer *w, const struct soter_parameter *row,
    const void *request)
{
	const void *at = (const char *)request + row->offset;
	struct soter_span text = { NULL, 0 };
	uint64_t number = 0;
	uint32_t number32;

	if (row->width >= SOTER_PARAMETER_TEXT) {
		soter_copy(&text, at, sizeof(text));
		number = text.n;
	} else if (row->width == SOTER_PARAMETER_U64) {
		soter_copy(&number, at, sizeof(number));
	} else {
		soter_copy(&number32, at, sizeof(number32));
		number = number32;
	}
	if (!in_bounds(row, number))
		return (SOTER_E_LIMIT);
	if (row->width == SOTER_PARAMETER_U64)
		return (soter_write_le64(w, number));
	TRY(soter_write_le32(w, (uint32_t)number));
	return (soter_write(w, text));
}
