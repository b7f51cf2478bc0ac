/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "fleet/asks.h"
#include "wire/export.h"

struct one {
	struct fleet_ask ask;
	uint8_t *bytes; /* owned; what ask borrows from */
};

struct fleet_asks {
	size_t n;
	struct one one[];
};

enum soter_rc
fleet_ask_write(struct soter_writer *w, const struct fleet_ask *ask)
{
	struct soter_export x = { .text = ask->text, .sig = ask->sig };

	TRY(soter_write_le64(w, ask->device));
	return (soter_export_write(w, &x));
}

enum soter_rc
fleet_ask_parse(struct fleet_ask *out, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct fleet_ask ask;
	struct soter_export x;

	TRY(soter_read_le64(&r, &ask.device));
	TRY(soter_export_parse(&x, soter_span(r.p, r.left)));
	ask.text = x.text;
	ask.sig = x.sig;
	*out = ask;
	return (SOTER_OK);
}

static enum soter_rc
add(struct fleet_asks *asks, struct soter_span frame)
{
	struct one *one = &asks->one[asks->n];
	enum soter_rc rc;

	if ((one->bytes = malloc(frame.n + 1)) == NULL)
		return (SOTER_E_NOMEM);
	soter_copy(one->bytes, frame.p, frame.n);
	rc = fleet_ask_parse(&one->ask, soter_span(one->bytes, frame.n));
	asks->n++; /* in any case: owned */
	return (rc);
}

static enum soter_rc
read_all(struct fleet_asks *asks, struct fleet_reader *file)
{
	struct soter_span frame;
	enum soter_rc rc;

	while ((rc = fleet_reader_next(file, &frame)) == SOTER_OK)
		TRY(add(asks, frame));
	return (rc == SOTER_E_NOTFOUND ? SOTER_OK : rc);
}

enum soter_rc
fleet_asks_open(struct fleet_asks **out, const char *path)
{
	struct fleet_reader *file = NULL;
	struct fleet_asks *asks = NULL;
	const struct fleet_head *head;
	enum soter_rc rc;

	rc = fleet_reader_open(&file, path, FLEET_KIND_ASKS);
	if (rc != SOTER_OK)
		goto out;
	head = fleet_reader_head(file);
	rc = head->items > FLEET_ASKS_MAX ? SOTER_E_LIMIT : SOTER_E_FORMAT;
	if (head->items == 0 || head->items > FLEET_ASKS_MAX ||
	    head->frames != head->items)
		goto out;
	rc = SOTER_E_NOMEM;
	asks = calloc(1, sizeof(*asks) + head->items * sizeof(asks->one[0]));
	if (asks == NULL || (rc = read_all(asks, file)) != SOTER_OK)
		goto out;
	*out = asks;
	asks = NULL;
out:
	fleet_asks_close(&asks);
	fleet_reader_close(&file);
	return (rc);
}

size_t
fleet_asks_count(const struct fleet_asks *asks)
{
	return (asks->n);
}

const struct fleet_ask *
fleet_asks_at(const struct fleet_asks *asks, size_t i)
{
	return (&asks->one[i].ask);
}

void
fleet_asks_close(struct fleet_asks **asks)
{
	if (*asks == NULL)
		return;
	for (size_t i = 0; i < (*asks)->n; i++)
		free((*asks)->one[i].bytes);
	free(*asks);
	*asks = NULL;
}
