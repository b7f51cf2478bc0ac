/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "teehost/anchor.h"
#include "teehost/disk.h"

/*
 * The file "anchor": two slots, each at the beginning of a block of its own,
 * written in place in turn.
 *
 *	0   8   "SOTERan1"
 *	8   8   number of steps, little-endian
 *	16  32  the value
 *	48  32  SHA-256 of the 48 bytes before
 *
 * A step that was cut leaves a slot that is not whole, and the other one
 * counts.  The hash is against that, not against an attacker.
 */
#define FILE_NAME   "anchor"
#define BLOCK	    4096
#define SLOT_LEN    80
#define SLOT_HASHED 48

static const char magic[8] = { 'S', 'O', 'T', 'E', 'R', 'a', 'n', '1' };

struct state {
	uint64_t step; /* 0: nothing was anchored yet */
	uint8_t value[TEEHOST_ANCHOR_LEN];
};

struct anchor_file {
	struct teehost_anchor anchor;
	struct teehost_disk *disk; /* borrowed */
	struct state now;
	bool is_there;	 /* the file, with both blocks */
	bool is_settled; /* now is what is durable */
	bool has_failed; /* a write or sync of ours did, and was not mended */
};

static struct anchor_file *
file_of(struct teehost_anchor *anchor)
{
	return ((struct anchor_file *)anchor);
}

static enum soter_rc
slot_write(uint8_t slot[SLOT_LEN], const struct state *state)
{
	struct soter_writer w = soter_writer(slot, SLOT_LEN);
	uint8_t hash[SOTER_SHA256_LEN];

	TRY(soter_write(&w, soter_span(magic, sizeof(magic))));
	TRY(soter_write_le64(&w, state->step));
	TRY(soter_write(&w, soter_span(state->value, sizeof(state->value))));
	TRY(soter_sha256(hash, soter_written(&w)));
	return (soter_write(&w, soter_span(hash, sizeof(hash))));
}

/* SOTER_E_CORRUPT: no step was ever written whole here. */
static enum soter_rc
slot_parse(struct state *state, struct soter_span slot)
{
	struct soter_reader r = soter_reader(slot);
	uint8_t hash[SOTER_SHA256_LEN];
	struct soter_span begin, value, sum;
	struct state found;

	TRY(soter_read_span(&r, sizeof(magic), &begin));
	TRY(soter_read_le64(&r, &found.step));
	TRY(soter_read_span(&r, TEEHOST_ANCHOR_LEN, &value));
	TRY(soter_read_span(&r, sizeof(hash), &sum));
	TRY(soter_sha256(hash, soter_span(slot.p, SLOT_HASHED)));
	if (memcmp(begin.p, magic, sizeof(magic)) != 0 || found.step == 0 ||
	    memcmp(sum.p, hash, sizeof(hash)) != 0)
		return (SOTER_E_CORRUPT);
	soter_copy(found.value, value.p, value.n);
	*state = found;
	return (SOTER_OK);
}

static uint64_t
slot_place(const struct state *state)
{
	return (state->step % 2 * BLOCK);
}

/*
 * The state that both slots together mean.  The first step goes to slot 1, so
 * where slot 0 does not begin like one, no slot may be whole: the file was cut
 * while it was made, and may hold anything.
 */
static enum soter_rc
file_parse(struct state *now, struct soter_span file)
{
	struct soter_reader r = soter_reader(file);
	struct state found = { .step = 0 };
	bool is_used = false;

	for (int i = 0; i < 2; i++) {
		struct soter_span block;
		struct state state;
		enum soter_rc rc;

		TRY(soter_read_span(&r, r.left < BLOCK ? r.left : BLOCK,
		    &block));
		rc = slot_parse(&state, block);
		if (rc == SOTER_E_ENGINE)
			return (rc);
		if (rc == SOTER_OK && state.step > found.step)
			found = state;
		if (i == 0)
			is_used = soter_span_starts(block,
			    soter_span(magic, sizeof(magic)));
	}
	if (found.step == 0 && is_used)
		return (SOTER_E_CORRUPT);
	*now = found;
	return (SOTER_OK);
}

static enum soter_rc
state_write(struct anchor_file *a, const struct state *state)
{
	uint8_t slot[SLOT_LEN];

	TRY(slot_write(slot, state));
	return (a->disk->ops->write(a->disk, FILE_NAME, false,
	    slot_place(state), soter_span(slot, sizeof(slot))));
}

/*
 * Make durable what the file says.  A process that was killed may have left a
 * step that is written and not synced, and a sync that failed may have left one
 * that no later sync writes: nobody may build upon it, see it acknowledged and
 * lose it in a power cut.  So it is written again.  At the first reading a disk
 * that cannot be written is good enough; after a failure of ours it is not.
 */
static enum soter_rc
settle(struct anchor_file *a)
{
	uint8_t *file = NULL;
	enum soter_rc rc;
	size_t n;

	if (a->is_settled)
		return (SOTER_OK);
	rc = a->disk->ops->read(a->disk, FILE_NAME, 2 * BLOCK, &file, &n);
	if (rc == SOTER_E_NOTFOUND) {
		a->is_settled = true;
		return (SOTER_OK);
	}
	if (rc == SOTER_OK)
		rc = file_parse(&a->now, soter_span(file, n));
	free(file);
	if (rc != SOTER_OK)
		return (rc == SOTER_E_LIMIT ? SOTER_E_CORRUPT : rc);
	a->is_there = a->now.step > 0;
	if (a->is_there) {
		rc = state_write(a, &a->now);
		if (rc != SOTER_OK && a->has_failed)
			return (SOTER_E_STORAGE);
		TRY(a->disk->ops->sync(a->disk, FILE_NAME));
		TRY(a->disk->ops->sync_dir(a->disk));
	}
	a->is_settled = true;
	a->has_failed = false;
	return (SOTER_OK);
}

static enum soter_rc
file_read(struct teehost_anchor *anchor, uint8_t value[TEEHOST_ANCHOR_LEN])
{
	struct anchor_file *a = file_of(anchor);

	TRY(settle(a));
	soter_copy(value, a->now.value, sizeof(a->now.value));
	return (SOTER_OK);
}

static enum soter_rc
make_file(struct anchor_file *a)
{
	static const uint8_t zeros[2 * BLOCK];

	if (a->is_there)
		return (SOTER_OK);
	return (a->disk->ops->write(a->disk, FILE_NAME, true, 0,
	    soter_span(zeros, sizeof(zeros))));
}

static enum soter_rc
next_state(struct state *next, const struct state *now,
    const uint8_t digest[TEEHOST_ANCHOR_LEN])
{
	uint8_t both[2 * TEEHOST_ANCHOR_LEN];
	struct soter_writer w = soter_writer(both, sizeof(both));

	next->step = now->step + 1;
	TRY(soter_write(&w, soter_span(now->value, sizeof(now->value))));
	TRY(soter_write(&w, soter_span(digest, TEEHOST_ANCHOR_LEN)));
	return (soter_sha256(next->value, soter_written(&w)));
}

static enum soter_rc
state_commit(struct anchor_file *a, const struct state *next)
{
	TRY(state_write(a, next));
	TRY(a->disk->ops->sync(a->disk, FILE_NAME));
	if (!a->is_there)
		TRY(a->disk->ops->sync_dir(a->disk));
	return (SOTER_OK);
}

static enum soter_rc
file_extend(struct teehost_anchor *anchor,
    const uint8_t digest[TEEHOST_ANCHOR_LEN])
{
	struct anchor_file *a = file_of(anchor);
	struct state next;
	enum soter_rc rc;

	TRY(settle(a));
	TRY(next_state(&next, &a->now, digest));
	/* Nothing took place yet: a full disk says so, and may be asked again
	 */
	TRY(make_file(a));
	rc = state_commit(a, &next);
	if (rc != SOTER_OK) {
		a->is_settled = false;
		a->has_failed = true;
		return (SOTER_E_STORAGE);
	}
	a->is_there = true;
	a->now = next;
	return (SOTER_OK);
}

static void
file_close(struct teehost_anchor **anchor)
{
	free(*anchor);
	*anchor = NULL;
}

static const struct teehost_anchor_ops file_ops = {
	.name = "file",
	.protection = 0,
	.read = file_read,
	.extend = file_extend,
	.close = file_close,
};

enum soter_rc
teehost_anchor_file(struct teehost_anchor **out, struct teehost_disk *disk)
{
	struct anchor_file *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return (SOTER_E_NOMEM);
	a->anchor.ops = &file_ops;
	a->disk = disk;
	*out = &a->anchor;
	return (SOTER_OK);
}
