/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "teehost/catalog.h"
#include "teehost/conf.h"
#include "teehost/identity.h"
#include "teehost/log.h"
#include "teehost/uuid.h"

#define ANCHORS "anchors"

/* Where the TAs lie; each open, or -1. */
struct folders {
	int tas, confs;
	uid_t self;
};

/* Nobody but root and ourselves may change what becomes code or rights here. */
static bool
is_ours(int fd, uid_t self)
{
	struct stat st;

	return (fstat(fd, &st) == 0 && (st.st_uid == 0 || st.st_uid == self) &&
	    (st.st_mode & S_IWOTH) == 0 &&
	    ((st.st_mode & S_IWGRP) == 0 || st.st_gid == getegid()));
}

static int
open_ours(int folder, const char *name, uid_t self)
{
	int fd = openat(folder, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    is_ours(fd, self))
		return (fd);
	teehost_log("%s: %s", name,
	    fd < 0 ? strerror(errno)
		   : "must be a file that only root or this user can write");
	if (fd >= 0)
		close(fd);
	return (-1);
}

/* The administrator's .conf, or the one that came with the TA. */
static int
open_conf(const struct folders *f, const char *name)
{
	if (f->confs >= 0 &&
	    faccessat(f->confs, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return (open_ours(f->confs, name, f->self));
	return (open_ours(f->tas, name, f->self));
}

static enum soter_rc
conf_read(struct teehost_entry *e, uid_t self)
{
	uint8_t text[TEEHOST_CONF_MAX + 1];
	struct teehost_conf_error error;
	struct teehost_conf *conf = NULL;
	ssize_t n = pread(e->conf, text, sizeof(text), 0);
	enum soter_rc rc;

	if (n < 0)
		return (SOTER_E_READ);
	rc = teehost_conf_parse(&conf, soter_span(text, (size_t)n),
	    (uint32_t)self, &error);
	if (rc != SOTER_OK) {
		teehost_log("%s.conf:%u: %s", e->name, error.line, error.why);
		return (rc);
	}
	e->keep_alive = conf->keep_alive;
	teehost_conf_free(&conf);
	return (SOTER_OK);
}

/* UUID.so?  Then its name without the end. */
static bool
is_object(const char *file, char name[37], TEE_UUID *uuid)
{
	if (strlen(file) != 36 + 3 || strcmp(file + 36, ".so") != 0)
		return (false);
	snprintf(name, 37, "%.36s", file);
	return (teehost_uuid_parse(uuid, soter_text(name)) == SOTER_OK);
}

static enum soter_rc
entry_read(struct teehost_catalog *out, const struct folders *f,
    const char *file)
{
	struct teehost_entry *e = &out->list[out->n];
	char conf[48];
	char name[37];
	TEE_UUID uuid;

	if (!is_object(file, name, &uuid))
		return (SOTER_OK);
	if (out->n == TEEHOST_TAS_MAX)
		return (SOTER_E_LIMIT);
	*e = (struct teehost_entry){ .object = -1, .conf = -1, .storage = -1 };
	snprintf(e->name, sizeof(e->name), "%s", name);
	teehost_identity_bytes(e->uuid, &uuid);
	out->n++;
	snprintf(conf, sizeof(conf), "%s.conf", e->name);
	e->object = open_ours(f->tas, file, f->self);
	e->conf = open_conf(f, conf);
	if (e->object < 0 || e->conf < 0)
		return (SOTER_E_FORMAT);
	return (conf_read(e, f->self));
}

static enum soter_rc
check_folder(int fd, const char *path, uid_t self)
{
	if (is_ours(fd, self))
		return (SOTER_OK);
	teehost_log("%s: others can write it: chmod go-w", path);
	return (SOTER_E_FORMAT);
}

static enum soter_rc
entries_read(struct teehost_catalog *out, DIR *d, const struct folders *f)
{
	const struct dirent *e;

	while ((e = readdir(d)) != NULL)
		TRY(entry_read(out, f, e->d_name));
	return (SOTER_OK);
}

enum soter_rc
teehost_catalog_read(struct teehost_catalog *out, const char *folder,
    const char *confs, uid_t self)
{
	DIR *d = opendir(folder);
	struct folders f = { .self = self };
	enum soter_rc rc;

	out->n = 0;
	if (d == NULL) {
		teehost_log("%s: %s", folder, strerror(errno));
		return (SOTER_E_READ);
	}
	f.tas = dirfd(d);
	rc = check_folder(f.tas, folder, self);
	f.confs = open(confs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* To overlook one would be to give other rights than were meant. */
	if (f.confs < 0 && errno != ENOENT) {
		teehost_log("%s: %s", confs, strerror(errno));
		rc = SOTER_E_READ;
	}
	if (rc == SOTER_OK && f.confs >= 0)
		rc = check_folder(f.confs, confs, self);
	if (rc == SOTER_OK)
		rc = entries_read(out, d, &f);
	if (f.confs >= 0)
		close(f.confs);
	closedir(d);
	if (rc == SOTER_E_LIMIT)
		teehost_log("%s: more than %d trusted applications", folder,
		    TEEHOST_TAS_MAX);
	return (rc);
}

/* Make and open a directory; -1 with a line in the log. */
static int
open_dir(int parent, const char *name)
{
	int fd = -1;

	if (mkdirat(parent, name, 0700) == 0 || errno == EEXIST)
		fd = openat(parent, name,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		teehost_log("%s: %s", name, strerror(errno));
	return (fd);
}

static enum soter_rc
anchor_file(struct teehost_entry *e, int anchors)
{
	int fd = open_dir(anchors, e->name);

	if (fd < 0)
		return (SOTER_E_STORAGE);
	TRY(teehost_disk_posix(&e->anchor_disk, fd));
	return (teehost_anchor_file(&e->anchor, e->anchor_disk));
}

static enum soter_rc
anchor_tpm(struct teehost_entry *e, const char *tcti,
    const uint8_t device_key[TEEHOST_KEY_LEN])
{
	uint8_t auth[TEEHOST_KEY_LEN];
	enum soter_rc rc;

	rc = teehost_key_derive(auth, device_key, "anchor",
	    soter_span(e->uuid, sizeof(e->uuid)));
	if (rc == SOTER_OK)
		rc = teehost_anchor_tpm(&e->anchor, tcti, e->uuid, auth);
	soter_wipe(auth, sizeof(auth));
	return (rc);
}

static enum soter_rc
entry_keep(struct teehost_entry *e, const struct teehost_keep *keep,
    int anchors, const uint8_t device_key[TEEHOST_KEY_LEN])
{
	e->storage = open_dir(keep->state, e->name);
	if (e->storage < 0)
		return (SOTER_E_STORAGE);
	TRY(teehost_key_derive(e->key, device_key, "storage",
	    soter_span(e->uuid, sizeof(e->uuid))));
	return (keep->tpm_anchor ? anchor_tpm(e, keep->tcti, device_key)
				 : anchor_file(e, anchors));
}

static enum soter_rc
device_id(uint8_t out[16], const uint8_t device_key[TEEHOST_KEY_LEN])
{
	uint8_t bytes[TEEHOST_KEY_LEN];

	TRY(teehost_key_derive(bytes, device_key, "device id",
	    soter_span(NULL, 0)));
	soter_copy(out, bytes, 16);
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x40);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
	return (SOTER_OK);
}

static enum soter_rc
unseal(const struct teehost_keep *keep, uint8_t key[TEEHOST_KEY_LEN])
{
	int fd = openat(keep->state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct teehost_disk *disk = NULL;
	enum soter_rc rc;

	if (fd < 0)
		return (SOTER_E_STORAGE);
	rc = teehost_disk_posix(&disk, fd);
	if (rc == SOTER_OK)
		rc = keep->sealer->unseal(disk, keep->tcti, key);
	if (rc != SOTER_OK)
		teehost_log("device key: %s; %s", soter_rc_text(rc),
		    soter_code_find(rc)->next);
	if (disk != NULL)
		disk->ops->close(&disk);
	return (rc);
}

/*
 * The key first: a sealer makes a new one only where no TA has a directory.
 */
enum soter_rc
teehost_catalog_keep(struct teehost_catalog *catalog,
    const struct teehost_keep *keep, uint8_t device[16])
{
	uint8_t key[TEEHOST_KEY_LEN];
	int anchors = -1;
	enum soter_rc rc;

	rc = unseal(keep, key);
	if (rc != SOTER_OK)
		goto out;
	rc = device_id(device, key);
	if (rc != SOTER_OK)
		goto out;
	anchors = open_dir(keep->state, ANCHORS);
	if (anchors < 0)
		rc = SOTER_E_STORAGE;
	for (size_t i = 0; rc == SOTER_OK && i < catalog->n; i++) {
		rc = entry_keep(&catalog->list[i], keep, anchors, key);
		if (rc != SOTER_OK)
			teehost_log("%s: %s; %s", catalog->list[i].name,
			    soter_rc_text(rc), soter_code_find(rc)->next);
	}
	/* The new directories are there after a power cut. */
	if (rc == SOTER_OK && (fsync(anchors) != 0 || fsync(keep->state) != 0))
		rc = SOTER_E_STORAGE;
out:
	if (anchors >= 0)
		close(anchors);
	soter_wipe(key, sizeof(key));
	return (rc);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
teehost_catalog_close(struct teehost_catalog *catalog)
{
	for (size_t i = 0; i < catalog->n; i++) {
		struct teehost_entry *e = &catalog->list[i];

		close_fd(&e->object);
		close_fd(&e->conf);
		close_fd(&e->storage);
		if (e->anchor != NULL)
			e->anchor->ops->close(&e->anchor);
		if (e->anchor_disk != NULL)
			e->anchor_disk->ops->close(&e->anchor_disk);
		soter_wipe(e->key, sizeof(e->key));
	}
	catalog->n = 0;
}

size_t
teehost_catalog_find(const struct teehost_catalog *catalog,
    const uint8_t uuid[16])
{
	size_t i = 0;

	while (i < catalog->n && memcmp(catalog->list[i].uuid, uuid, 16) != 0)
		i++;
	return (i);
}
