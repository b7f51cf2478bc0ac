/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sys/stat.h>

#include "store/backup.h"
#include "store/copy.h"
#include "store/dump.h"
#include "store/inside.h"

const struct store_copy_ops *
store_copy_ops_of(const char *where)
{
	const struct store_ops *ops = store_ops_of(where);

	if (ops == NULL)
		return (NULL);
	return (ops == &store_embedded ? &store_embedded_copy : &store_pg_copy);
}

enum soter_rc
soter_store_backup(const char *where, const char *to)
{
	const struct store_copy_ops *ops = store_copy_ops_of(where);

	if (ops == NULL)
		return (SOTER_E_ARGUMENT);
	return (ops == &store_embedded_copy
		? store_embedded_backup(where, to)
		: soter_store_dump(where, to, NULL));
}

/* ---- restore ------------------------------------------------------------- */

struct moving {
	const struct store_copy_ops *ops;
	struct store_sink *sink;
};

static enum soter_rc
move(void *context, enum soter_store_kind kind,
    const struct soter_record *record)
{
	const struct moving *x = context;

	return (x->ops->sink_add(x->sink, kind, record));
}

/* From a directory into a database. */
static enum soter_rc
move_all(const char *from, const char *where)
{
	struct moving x = { .ops = store_copy_ops_of(where) };
	enum soter_rc rc;

	if ((rc = x.ops->sink_open(&x.sink, where)) != SOTER_OK)
		return (rc);
	if ((rc = store_embedded_copy.read_all(from, move, &x)) == SOTER_OK)
		rc = x.ops->sink_finish(x.sink);
	x.ops->sink_close(&x.sink);
	return (rc);
}

enum soter_rc
soter_store_restore(const char *from, const char *where)
{
	const struct store_copy_ops *ops = store_copy_ops_of(where);
	struct stat st;

	if (ops == NULL)
		return (SOTER_E_ARGUMENT);
	if (stat(from, &st) != 0)
		return (store_errno(errno));
	if (!S_ISDIR(st.st_mode))
		return (soter_store_load(where, from, NULL));
	return (ops == &store_embedded_copy ? store_embedded_backup(from, where)
					    : move_all(from, where));
}
