/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TA does anything with objects in storage: the input is what it calls.
 *
 * Property: a model that knows the standard's rules in few lines tells each
 * result beforehand, panics too: who may open what, what is read, how long it
 * is.  After a panic, a restart or a kill, storage holds what the model does.
 */
#include "fuzz/fuzz.h"
#include "tests/unit/api.h"

#define NAMES	 4
#define HANDLES	 6
#define DATA_MAX 64
#define P	 TEE_STORAGE_PRIVATE
#define READ	 TEE_DATA_FLAG_ACCESS_READ
#define WRITE	 TEE_DATA_FLAG_ACCESS_WRITE
#define META	 TEE_DATA_FLAG_ACCESS_WRITE_META

static struct {
	struct {
		bool there;
		uint8_t data[DATA_MAX];
		size_t n;
		uint32_t usage;
	} names[NAMES];
	struct {
		bool open;
		size_t name;
		uint32_t flags;
		size_t at;
	} handles[HANDLES];
	bool panic; /* the call that runs must */
} model;

static TEE_ObjectHandle handles[HANDLES];
static struct soter_reader in;

/* ---- input ------------------------------------------------------------- */

static uint8_t
next(void)
{
	uint8_t x = 0;

	if (soter_read_u8(&in, &x) != SOTER_OK)
		return (0);
	return (x);
}

static uint32_t
next_flags(void)
{
	static const uint32_t bits[] = { READ, WRITE, META,
		TEE_DATA_FLAG_SHARE_READ, TEE_DATA_FLAG_SHARE_WRITE };
	uint32_t flags = 0;
	uint8_t x = next();

	for (size_t i = 0; i < SOTER_COUNT(bits); i++)
		if (x >> i & 1)
			flags |= bits[i];
	return (flags);
}

static size_t
next_data(uint8_t out[DATA_MAX])
{
	size_t n = next() % (DATA_MAX / 2);

	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(in.left + i);
	return (n);
}

/* ---- the model's rules ------------------------------------------------- */

static bool
is_open(size_t name)
{
	for (size_t i = 0; i < HANDLES; i++)
		if (model.handles[i].open && model.handles[i].name == name)
			return (true);
	return (false);
}

static bool
may_open(size_t name, uint32_t flags)
{
	for (size_t i = 0; i < HANDLES; i++) {
		uint32_t both = model.handles[i].flags | flags;
		uint32_t share = model.handles[i].flags & flags;

		if (!model.handles[i].open || model.handles[i].name != name)
			continue;
		if ((both & META) != 0 ||
		    ((both & READ) != 0 &&
			(share & TEE_DATA_FLAG_SHARE_READ) == 0) ||
		    ((both & WRITE) != 0 &&
			(share & TEE_DATA_FLAG_SHARE_WRITE) == 0))
			return (false);
	}
	return (true);
}

/* The handle is one, and has this right; else the call panics. */
static bool
may(size_t h, uint32_t right)
{
	bool good =
	    model.handles[h].open && (model.handles[h].flags & right) == right;

	model.panic = !good;
	return (good);
}

/* A call that had to panic came back. */
static void
came_back(void)
{
	MUST(!model.panic);
}

/* ---- calls ------------------------------------------------------------- */

static void
do_open(void)
{
	size_t h = next() % HANDLES, name = next() % NAMES;
	uint32_t flags = next_flags();
	uint8_t id = (uint8_t)('a' + name);
	TEE_Result result, want = TEE_SUCCESS;

	if (model.handles[h].open)
		return;
	/* What is open counts first: it is there. */
	if (!model.names[name].there)
		want = TEE_ERROR_ITEM_NOT_FOUND;
	else if (!may_open(name, flags))
		want = TEE_ERROR_ACCESS_CONFLICT;
	result = TEE_OpenPersistentObject(P, &id, 1, flags, &handles[h]);
	MUST(result == want);
	if (result != TEE_SUCCESS)
		return;
	model.handles[h].open = true;
	model.handles[h].name = name;
	model.handles[h].flags = flags;
	model.handles[h].at = 0;
}

static void
do_create(void)
{
	size_t h = next() % HANDLES, name = next() % NAMES;
	bool overwrite = next() & 1;
	uint32_t flags = next_flags();
	uint8_t data[DATA_MAX], id = (uint8_t)('a' + name);
	size_t n = next_data(data);
	TEE_Result result, want = TEE_SUCCESS;

	if (model.handles[h].open)
		return;
	if (is_open(name) || (model.names[name].there && !overwrite))
		want = TEE_ERROR_ACCESS_CONFLICT;
	result = TEE_CreatePersistentObject(P, &id, 1,
	    flags | (overwrite ? TEE_DATA_FLAG_OVERWRITE : 0), TEE_HANDLE_NULL,
	    data, n, &handles[h]);
	MUST(result == want);
	if (result != TEE_SUCCESS)
		return;
	model.names[name].there = true;
	memcpy(model.names[name].data, data, n);
	model.names[name].n = n;
	model.names[name].usage = 0xffffffff;
	model.handles[h].open = true;
	model.handles[h].name = name;
	model.handles[h].flags = flags;
	model.handles[h].at = 0;
}

static void
do_close(void)
{
	size_t h = next() % HANDLES;

	may(h, 0);
	TEE_CloseObject(handles[h]);
	if (handles[h] == TEE_HANDLE_NULL)
		return; /* is no handle, and no harm */
	came_back();
	model.handles[h].open = false;
}

static void
do_remove(void)
{
	size_t h = next() % HANDLES;

	may(h, META);
	MUST(TEE_CloseAndDeletePersistentObject1(handles[h]) == TEE_SUCCESS);
	if (handles[h] == TEE_HANDLE_NULL)
		return;
	came_back();
	model.names[model.handles[h].name].there = false;
	model.handles[h].open = false;
}

static void
do_rename(void)
{
	size_t h = next() % HANDLES, to = next() % NAMES, from;
	uint8_t id = (uint8_t)('a' + to);
	bool free_name = !model.names[to].there;
	TEE_Result result;

	may(h, META);
	result = TEE_RenamePersistentObject(handles[h], &id, 1);
	came_back();
	MUST(result == (free_name ? TEE_SUCCESS : TEE_ERROR_ACCESS_CONFLICT));
	if (result != TEE_SUCCESS)
		return;
	from = model.handles[h].name;
	model.names[to] = model.names[from];
	model.names[from].there = false;
	model.handles[h].name = to;
}

static void
do_read(void)
{
	size_t h = next() % HANDLES, room = next() % DATA_MAX, n = 77, name;
	uint8_t out[DATA_MAX];
	size_t left;

	may(h, READ);
	memset(out, FUZZ_FILL, sizeof(out));
	MUST(TEE_ReadObjectData(handles[h], out, room, &n) == TEE_SUCCESS);
	came_back();
	name = model.handles[h].name;
	left = model.handles[h].at < model.names[name].n
	    ? model.names[name].n - model.handles[h].at
	    : 0;
	MUST(n == (room < left ? room : left));
	MUST(memcmp(out, model.names[name].data + model.handles[h].at, n) == 0);
	MUST(fuzz_untouched(out + n, sizeof(out) - n));
	model.handles[h].at += n;
}

static void
do_write(void)
{
	size_t h = next() % HANDLES, name = model.handles[h].name, end;
	uint8_t data[DATA_MAX];
	size_t n = next_data(data), at = model.handles[h].at;

	if (model.handles[h].open && at + n > DATA_MAX)
		return; /* more than the model holds */
	may(h, WRITE);
	MUST(TEE_WriteObjectData(handles[h], data, n) == TEE_SUCCESS);
	came_back();
	if (n == 0)
		return;
	end = at + n;
	if (at > model.names[name].n)
		memset(model.names[name].data + model.names[name].n, 0,
		    at - model.names[name].n);
	memcpy(model.names[name].data + at, data, n);
	if (end > model.names[name].n)
		model.names[name].n = end;
	model.handles[h].at = end;
}

static void
do_truncate(void)
{
	size_t h = next() % HANDLES, n = next() % DATA_MAX, name, old;

	may(h, WRITE);
	MUST(TEE_TruncateObjectData(handles[h], n) == TEE_SUCCESS);
	came_back();
	name = model.handles[h].name;
	old = model.names[name].n;
	if (n > old)
		memset(model.names[name].data + old, 0, n - old);
	model.names[name].n = n;
}

static void
do_seek(void)
{
	size_t h = next() % HANDLES;
	uint32_t whence = next() % 4;
	int8_t offset = (int8_t)next();
	intmax_t to = offset;

	may(h, 0);
	model.panic = model.panic || whence == 3;
	if (!model.panic && whence == TEE_DATA_SEEK_CUR)
		to += (intmax_t)model.handles[h].at;
	if (!model.panic && whence == TEE_DATA_SEEK_END)
		to += (intmax_t)model.names[model.handles[h].name].n;
	if (to > DATA_MAX)
		return;
	MUST(TEE_SeekObjectData(handles[h], offset, whence) == TEE_SUCCESS);
	came_back();
	model.handles[h].at = to < 0 ? 0 : (size_t)to;
}

static void
do_restrict(void)
{
	size_t h = next() % HANDLES;
	uint32_t usage = ~(uint32_t)(1 << next() % 8);

	may(h, 0);
	MUST(TEE_RestrictObjectUsage1(handles[h], usage) == TEE_SUCCESS);
	came_back();
	model.names[model.handles[h].name].usage &= usage;
}

static void
do_info(void)
{
	size_t h = next() % HANDLES, name;
	TEE_ObjectInfo info;

	may(h, 0);
	MUST(TEE_GetObjectInfo1(handles[h], &info) == TEE_SUCCESS);
	came_back();
	name = model.handles[h].name;
	MUST(info.objectType == TEE_TYPE_DATA &&
	    info.dataSize == model.names[name].n &&
	    info.dataPosition == model.handles[h].at &&
	    info.objectUsage == model.names[name].usage &&
	    info.handleFlags ==
		(model.handles[h].flags | TEE_HANDLE_FLAG_PERSISTENT |
		    TEE_HANDLE_FLAG_INITIALIZED));
}

/* All that is there, once each. */
static void
do_walk(void)
{
	TEE_ObjectEnumHandle e = TEE_HANDLE_NULL;
	bool seen[NAMES] = { false };
	uint8_t id[TEE_OBJECT_ID_MAX_LEN];
	TEE_ObjectInfo info;
	size_t n;

	MUST(TEE_AllocatePersistentObjectEnumerator(&e) == TEE_SUCCESS);
	if (TEE_StartPersistentObjectEnumerator(e, P) == TEE_SUCCESS)
		while (TEE_GetNextPersistentObject(e, &info, id, &n) ==
		    TEE_SUCCESS) {
			size_t name = (size_t)(id[0] - 'a');

			MUST(n == 1 && name < NAMES && !seen[name]);
			MUST(info.dataSize == model.names[name].n &&
			    info.objectUsage == model.names[name].usage);
			seen[name] = true;
		}
	for (size_t i = 0; i < NAMES; i++)
		MUST(seen[i] == model.names[i].there);
	TEE_FreePersistentObjectEnumerator(e);
}

static void (*const calls[])(void) = { do_open, do_create, do_close, do_remove,
	do_rename, do_read, do_write, do_truncate, do_seek, do_restrict,
	do_info, do_walk };

/* ---- the run ----------------------------------------------------------- */

static void
run_until_end(void)
{
	uint8_t x;

	while (soter_read_u8(&in, &x) == SOTER_OK) {
		model.panic = false;
		if (x == 0xff)
			return; /* the process ends */
		calls[x % SOTER_COUNT(calls)]();
	}
}

static void
close_all(void)
{
	memset(model.handles, 0, sizeof(model.handles));
	memset(handles, 0, sizeof(handles));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&model, 0, sizeof(model));
	close_all();
	in = soter_reader(soter_span(data, size));
	api_begin();
	while (in.left > 0) {
		TEE_Result result = api_run(run_until_end);

		if (result == TEE_ERROR_TARGET_DEAD)
			MUST(model.panic);
		else
			MUST(result == TEE_SUCCESS);
		/* In order, or not. */
		if (in.left % 2 == 0)
			hosttee_restart(api.ta);
		else
			hosttee_kill(api.ta);
		close_all();
	}
	hosttee_free(&api.tee);
	return (0);
}
