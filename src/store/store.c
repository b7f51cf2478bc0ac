/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "store/inside.h"

/* ---- kinds --------------------------------------------------------------- */

#define KIND_ROW(id, number, name, key_max, value_max, place, since) \
	[number] = { name, key_max, value_max, SOTER_STORE_##place, since },

static const struct soter_kind_row kinds[SOTER_KIND_END] = {
	/* clang-format off */
	SOTER_KIND_LIST(KIND_ROW)
	/* clang-format on */
};

const struct soter_kind_row *
soter_kind_row(enum soter_store_kind kind)
{
	if ((unsigned)kind >= SOTER_KIND_END || kinds[kind].name == NULL)
		return (NULL);
	return (&kinds[kind]);
}

enum soter_rc
soter_store_key(struct soter_writer *w, struct soter_span device,
    struct soter_span rest)
{
	struct soter_writer key = *w;

	if (device.n == 0 || memchr(device.p, 0, device.n) != NULL)
		return (SOTER_E_ARGUMENT);
	if (device.n > SOTER_STORE_KEY_MAX ||
	    rest.n > SOTER_STORE_KEY_MAX - device.n ||
	    rest.n + device.n == SOTER_STORE_KEY_MAX)
		return (SOTER_E_NOSPACE);
	TRY(soter_write(&key, device));
	TRY(soter_write_u8(&key, 0));
	TRY(soter_write(&key, rest));
	*w = key;
	return (SOTER_OK);
}

/* ---- which backend ------------------------------------------------------- */

const struct store_ops *
store_ops_of(const char *where)
{
	struct soter_span text = soter_text(where);

	if (text.n == 0)
		return (NULL);
	if (soter_span_starts(text, SOTER_SPAN("postgresql://")) ||
	    soter_span_starts(text, SOTER_SPAN("postgres://")))
		return (&store_postgresql);
	/* Somebody meant another database: not a directory of that name. */
	if (strstr(where, "://") != NULL)
		return (NULL);
	return (&store_embedded);
}

enum soter_rc
soter_store_create(const char *where)
{
	const struct store_ops *ops = store_ops_of(where);

	return (ops == NULL ? SOTER_E_ARGUMENT : ops->create(where));
}

enum soter_rc
soter_store_migrate(const char *where, unsigned *from, unsigned *to)
{
	const struct store_ops *ops = store_ops_of(where);
	unsigned f = 0, t = 0;

	if (ops == NULL)
		return (SOTER_E_ARGUMENT);
	TRY(ops->migrate(where, &f, &t));
	if (from != NULL)
		*from = f;
	if (to != NULL)
		*to = t;
	return (SOTER_OK);
}

enum soter_rc
soter_store_open(struct soter_store **out, const char *where,
    enum soter_store_mode mode)
{
	const struct store_ops *ops = store_ops_of(where);
	struct soter_store *store = NULL;

	if (ops == NULL || (unsigned)mode > SOTER_STORE_READ_WRITE)
		return (SOTER_E_ARGUMENT);
	TRY(ops->open(&store, where, mode));
	store->ops = ops;
	store->mode = mode;
	*out = store;
	return (SOTER_OK);
}

void
soter_store_close(struct soter_store **store)
{
	if (*store == NULL)
		return;
	(*store)->ops->close(*store);
	*store = NULL;
}

const char *
soter_store_name(const struct soter_store *store)
{
	return (store->ops->name);
}

/* ---- what all parts need ------------------------------------------------- */

uint64_t
soter_store_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

/*
 * Who deletes a record and makes it again must not bring an old version back:
 * somebody may still hold it for PUT_AT.  No counter: it would be one row that
 * every machine writes.
 */
uint64_t
store_birth(void)
{
	static _Thread_local uint64_t pool[32];
	static _Thread_local size_t left;

	if (left == 0) {
		while (getrandom(pool, sizeof(pool), 0) < 0 && errno == EINTR)
			;
		left = SOTER_COUNT(pool);
	}
	return ((pool[--left] >> 2) + 1);
}

enum soter_rc
store_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return (SOTER_E_NOTFOUND);
	case EEXIST:
		return (SOTER_E_EXISTS);
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return (SOTER_E_FULL);
	case ENOMEM:
		return (SOTER_E_NOMEM);
	default:
		return (SOTER_E_STORAGE);
	}
}
