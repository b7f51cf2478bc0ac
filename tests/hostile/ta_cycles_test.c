/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys made and removed again and again leave nothing behind: no object, no
 * file, no byte of the disk, no handle, no memory of the TA.
 *
 * 10,000 cycles; 1,000 under a sanitizer.  The keys come out of a pool of four
 * (tests/keypool.h): what is counted here is what storing and removing leaves,
 * not primes.
 *
 * Guards: each TEE_CloseObject() and TEE_FreeTransientObject() of
 * src/ta/soter/ask.c and authkey.c, and ta_authkey_remove_uid().
 */
#include "tests/check.h"
#include "tests/tabox.h"

static const struct tabox_ta ta = { NULL,
	{ TA_CreateEntryPoint, TA_DestroyEntryPoint, TA_OpenSessionEntryPoint,
	    TA_CloseSessionEntryPoint, TA_InvokeCommandEntryPoint } };

struct amount {
	size_t objects, files, bytes;
	struct teehost_use use;
};

static struct amount
measure(struct tabox *box)
{
	struct amount a;
	struct soter_span id;
	const char *name;
	size_t n;

	memset(&a, 0, sizeof(a));
	a.use = teehost_instance_use(box->instance);
	while (teehost_store_list(box->store, a.objects, &id, &n))
		a.objects++;
	while ((name = diskmodel_name(box->disk, a.files)) != NULL) {
		a.bytes += diskmodel_look(box->disk, name).n;
		a.files++;
	}
	return (a);
}

static unsigned
cycle(struct tabox *box, uint32_t uid, unsigned i)
{
	static const struct {
		uint32_t command;
		const char *kname;
	} steps[] = {
		{ SOTER_TA_ASK_GENERATE, NULL },
		{ SOTER_TA_AUTHKEY_GENERATE, "a" },
		{ SOTER_TA_AUTHKEY_GENERATE, "b" },
		{ SOTER_TA_AUTHKEY_GENERATE, "a" },
		{ SOTER_TA_AUTHKEY_HAS, "a" },
		{ SOTER_TA_AUTHKEY_REMOVE, "a" },
		{ SOTER_TA_ASK_GENERATE, NULL }, /* "b" goes with it */
		{ SOTER_TA_AUTHKEY_GENERATE, "c" },
		{ SOTER_TA_KEYS_LIST, NULL },
		{ SOTER_TA_REMOVE_ALL, NULL },
	};
	unsigned failed = 0;

	for (size_t k = 0; k < SOTER_COUNT(steps); k++)
		if (tabox_do(box, TABOX_SERVICE, steps[k].command, uid,
			steps[k].kname) != SOTER_OK)
			failed++;
	/* Refusals too: they have opened things on their way. */
	if (tabox_do(box, TABOX_SERVICE, SOTER_TA_AUTHKEY_EXPORT, uid, "a") !=
	    SOTER_E_AUTH_KEY_NOT_READY)
		failed++;
	if (i % 64 == 0 &&
	    tabox_do(box, TABOX_SERVICE, SOTER_TA_AUTHKEY_EXPORT, TABOX_UID,
		TABOX_KNAME) != SOTER_OK)
		failed++;
	return (failed);
}

int
main(void)
{
	unsigned cycles = check_is("short") ? 20 : check_slow() ? 1000 : 10000;
	unsigned failed = 0;
	struct amount first, last;
	struct tabox box;

	tabox_new(&box, &ta);
	if (tabox_start(&box) != SOTER_OK)
		return (1);
	tabox_provision(&box);
	cycle(&box, 10002, 0);
	first = measure(&box);

	check_row("%u cycles of making and removing keys", cycles);
	for (unsigned i = 0; i < cycles; i++)
		failed += cycle(&box, 10002 + i % 3, i);
	CHECK(failed == 0);
	last = measure(&box);
	check_row("nothing is left behind");
	printf("# %zu objects, %zu files, %zu bytes; then %zu, %zu, %zu\n",
	    first.objects, first.files, first.bytes, last.objects, last.files,
	    last.bytes);
	CHECK(last.objects == first.objects && last.files == first.files);
	CHECK(last.bytes <= first.bytes + 64);
	CHECK(last.use.objects == 0 && last.use.operations == 0);
	CHECK(last.use.enumerators == 0);
	CHECK(last.use.heap_blocks == first.use.heap_blocks);
	CHECK(last.use.heap_bytes == first.use.heap_bytes);
	tabox_free(&box);
	return (check_done());
}
