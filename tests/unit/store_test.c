/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/check.h"
#include "teehost/store.h"

static const uint8_t key[TEEHOST_KEY_LEN] = { 1, 2, 3 };

static void
test_basics(const char *folder)
{
	struct teehost_store *store = NULL;
	struct teehost_anchor *anchor = NULL;
	struct teehost_disk *disk = NULL;
	struct soter_span id = SOTER_SPAN("name");
	uint64_t version;
	uint8_t *bytes;
	size_t n;

	check_row("put, get, rename, remove on a real folder");
	for (int round = 0; round < 3; round++) {
		CHECK_RC(teehost_disk_posix(&disk,
			     open(folder, O_RDONLY | O_DIRECTORY)),
		    SOTER_OK);
		CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
		if (!CHECK_RC(teehost_store_open(&store, disk, anchor, key),
			SOTER_OK))
			return;
		if (round < 2) {
			CHECK_RC(teehost_store_put(store, id,
				     SOTER_SPAN("value"), round == 1),
			    SOTER_OK);
			CHECK_RC(teehost_store_put(store, id,
				     SOTER_SPAN("other"), false),
			    SOTER_E_EXISTS);
			CHECK_RC(
			    teehost_store_get(store, id, &bytes, &n, &version),
			    SOTER_OK);
			CHECK(n == 5 && memcmp(bytes, "value", 5) == 0);
			teehost_store_free(bytes, n);
			CHECK_RC(teehost_store_put(store, SOTER_SPAN("b"),
				     SOTER_SPAN(""), true),
			    SOTER_OK);
		} else {
			CHECK_RC(
			    teehost_store_rename(store, id, SOTER_SPAN("b")),
			    SOTER_E_EXISTS);
			CHECK_RC(
			    teehost_store_rename(store, id, SOTER_SPAN("c")),
			    SOTER_OK);
			CHECK_RC(teehost_store_remove(store, id),
			    SOTER_E_NOTFOUND);
			CHECK_RC(teehost_store_remove(store, SOTER_SPAN("c")),
			    SOTER_OK);
		}
		teehost_store_close(&store);
		anchor->ops->close(&anchor);
		disk->ops->close(&disk);
	}
}

int
main(void)
{
	char folder[] = "/tmp/store_test.XXXXXX";

	if (mkdtemp(folder) == NULL)
		return (1);
	test_basics(folder);
	return (check_done());
}
