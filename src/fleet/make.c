/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "fleet/asks.h"
#include "fleet/devices.h"
#include "fleet/keys.h"
#include "fleet/make.h"
#include "fleet/progress.h"
#include "fleet/sieve.h"

#define ASK_KEYS 16    /* different keys of ASKs, at most */
#define UID	 10001 /* of the first app; the next ones follow */

struct state {
	const struct fleet_make *m;
	struct fleet_sieve *sieve;
	struct fleet_random *random;
	struct fleet_keys *roots, *ask_keys;
	struct fleet_writer *devices, *asks;
	size_t ask_keys_n;
	size_t real; /* devices with a key so far */
	struct soter_writer frame;
	uint8_t bytes[FLEET_FRAME_DEVICES * FLEET_DEVICE_LEN];
};

static enum soter_rc
open_all(struct state *s)
{
	const struct fleet_make *m = s->m;
	struct fleet_head head = { .kind = FLEET_KIND_DEVICES,
		.items = m->devices,
		.seed = m->seed,
		.keys = m->keys,
		.frames = fleet_device_frames(m->devices) };

	TRY(fleet_sieve_new(&s->sieve));
	TRY(fleet_random_new(&s->random, m->seed, "devices"));
	TRY(fleet_writer_open(&s->devices, m->file, &head));
	if (m->keys == 0)
		return (SOTER_OK);
	TRY(fleet_keys_open(&s->roots, m->keys_file, m->keys));
	s->ask_keys_n = m->keys < ASK_KEYS ? m->keys : ASK_KEYS;
	TRY(fleet_keys_make(&s->ask_keys, s->ask_keys_n));
	head.kind = FLEET_KIND_ASKS;
	head.items = head.frames = m->keys;
	return (fleet_writer_open(&s->asks, m->asks_file, &head));
}

/* The ASK of an app on this device, as an MTK phone exports it. */
static enum soter_rc
put_ask(struct state *s, uint64_t number, const uint8_t id[FLEET_ID_LEN])
{
	struct soter_key_json x = { .counter = 1, .salt_len = -1 };
	uint8_t text[FLEET_ASK_TEXT], sig[SOTER_SIG_LEN];
	uint8_t frame[FLEET_ASK_FRAME];
	struct soter_writer json = soter_writer(text, sizeof(text));
	struct soter_writer uid = soter_writer(x.uid, SOTER_UID_MAX);
	struct soter_writer w = soter_writer(frame, sizeof(frame));
	struct fleet_ask ask = { .device = number };

	x.key = *fleet_keys_public(s->ask_keys, s->real % s->ask_keys_n);
	fleet_id_text(x.cpu_id, id);
	TRY(soter_write_decimal(&uid, UID + s->real));
	TRY(soter_key_json_write(&json, &x));
	ask.text = soter_written(&json);
	ask.sig = soter_span(sig, sizeof(sig));
	TRY(fleet_keys_sign(s->roots, s->real, ask.text, sig));
	TRY(fleet_ask_write(&w, &ask));
	return (fleet_writer_put(s->asks, soter_written(&w)));
}

static enum soter_rc
put_device(struct state *s, uint64_t number)
{
	uint8_t id[FLEET_ID_LEN], n[SOTER_RSA_LEN];

	TRY(fleet_random_take(s->random, id, sizeof(id)));
	if (s->m->keys > 0 &&
	    fleet_is_real(number, s->m->devices, s->m->keys)) {
		memcpy(n, fleet_keys_public(s->roots, s->real)->n, sizeof(n));
		TRY(put_ask(s, number, id));
		s->real++;
	} else
		TRY(fleet_sieve_draw(s->sieve, s->random, n));
	TRY(soter_write(&s->frame, soter_span(id, sizeof(id))));
	TRY(soter_write(&s->frame, soter_span(n, sizeof(n))));
	if (s->frame.len < s->frame.cap && number + 1 < s->m->devices)
		return (SOTER_OK);
	TRY(fleet_writer_put(s->devices, soter_written(&s->frame)));
	s->frame.len = 0;
	return (SOTER_OK);
}

static enum soter_rc
put_all(struct state *s)
{
	struct fleet_progress progress;
	enum soter_rc rc = SOTER_OK;

	fleet_progress_begin(&progress, "devices", s->m->devices);
	for (uint64_t i = 0; rc == SOTER_OK && i < s->m->devices; i++) {
		rc = put_device(s, i);
		if (i % FLEET_FRAME_DEVICES == 0)
			fleet_progress_step(&progress, i);
	}
	fleet_progress_end(&progress);
	return (rc);
}

static enum soter_rc
finish(struct state *s)
{
	if (s->asks != NULL)
		TRY(fleet_writer_finish(&s->asks));
	return (fleet_writer_finish(&s->devices));
}

enum soter_rc
fleet_make(const struct fleet_make *m)
{
	struct state *s;
	enum soter_rc rc;

	if (m->devices == 0 || m->devices > FLEET_DEVICES_MAX ||
	    m->keys > m->devices || m->keys > FLEET_KEYS_MAX)
		return (SOTER_E_LIMIT);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (SOTER_E_NOMEM);
	s->m = m;
	s->frame = soter_writer(s->bytes, sizeof(s->bytes));
	if ((rc = open_all(s)) == SOTER_OK && (rc = put_all(s)) == SOTER_OK)
		rc = finish(s);
	fleet_writer_drop(&s->devices);
	fleet_writer_drop(&s->asks);
	fleet_keys_free(&s->roots);
	fleet_keys_free(&s->ask_keys);
	fleet_random_free(&s->random);
	fleet_sieve_free(&s->sieve);
	free(s);
	return (rc);
}
