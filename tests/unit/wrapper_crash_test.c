/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A process of the app is cut off before each sync, each rename and each call
 * of the TEE, while it prepares keys.  Behind it the machine shows what was
 * durable, or all that was seen, or the new name with the old bytes; TEE and
 * server keep what they have.  The next init must then come to a state
 *
 *	without an orphan: a key that is there, and ready, is one that the
 *	server has;
 *	without a loss: a key that was ready before is still there;
 *
 * from which prepare and authorise work.  With any one kind of sync left out
 * one of the images must break this: else that sync would be for nothing.
 */
#include <limits.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/unit/wrapper.h"

#define FILE_MAX   512
#define INODES_MAX 64

enum sync_kind {
	SYNC_FILE,   /* the new file */
	SYNC_FOLDER, /* after the rename */
	SYNC_PARENT, /* after the folder was made */
	SYNC_NONE
};

enum image {
	IMAGE_DURABLE, /* the power is cut: nothing that was not synced */
	IMAGE_SEEN,    /* the process is killed */
	IMAGE_TORN,    /* the rename came through, the bytes did not */
	IMAGES
};

struct bytes {
	bool is_there;
	size_t n;
	char p[FILE_MAX];
};

/* What processes share: the device, the server, and the disk below. */
struct world {
	struct fakecore device;
	unsigned ask_taken, authkey_taken; /* which generation */
	bool is_over;			   /* the way was gone to its end */
	/* The disk. */
	enum sync_kind skip;
	unsigned ops, cut_at; /* 0: count only */
	bool is_counting, is_recovering;
	char dir[160];
	struct {
		ino_t ino;
		struct bytes synced;
	} inodes[INODES_MAX];
	size_t inodes_n;
	bool is_base_durable, is_folder_durable;
	ino_t durable; /* of soter_status; 0: none */
};

static struct world *world;

/* ---- the disk ------------------------------------------------------------ */

int __wrap_fsync(int fd);
int __real_renameat(int from, const char *old, int to, const char *new);
int __wrap_renameat(int from, const char *old, int to, const char *new);

static void
step(void)
{
	if (!world->is_counting)
		return;
	if (++world->ops == world->cut_at)
		_exit(0);
}

static struct bytes *
inode(ino_t ino)
{
	for (size_t i = 0; i < world->inodes_n; i++)
		if (world->inodes[i].ino == ino)
			return (&world->inodes[i].synced);
	if (world->inodes_n == INODES_MAX)
		abort();
	world->inodes[world->inodes_n].ino = ino;
	world->inodes[world->inodes_n].synced = (struct bytes){ .n = 0 };
	return (&world->inodes[world->inodes_n++].synced);
}

static void
sync_file(int fd, ino_t ino)
{
	struct bytes *b = inode(ino);
	char path[64];
	int again;
	ssize_t n;

	if (world->skip == SYNC_FILE)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	n = again < 0 ? -1 : read(again, b->p, FILE_MAX);
	if (n < 0)
		abort();
	close(again);
	b->n = (size_t)n;
	b->is_there = true;
}

static void
sync_folder(const struct stat *st)
{
	struct stat folder, base, file;
	char path[200], *slash;

	snprintf(path, sizeof(path), "%s", world->dir);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (stat(path, &base) == 0 && base.st_ino == st->st_ino &&
	    world->skip != SYNC_PARENT)
		world->is_folder_durable = true;
	*strrchr(path, '/') = '\0';
	if (stat(path, &base) == 0 && base.st_ino == st->st_ino &&
	    world->skip != SYNC_PARENT)
		world->is_base_durable = true;
	if (stat(world->dir, &folder) != 0 || folder.st_ino != st->st_ino ||
	    world->skip == SYNC_FOLDER)
		return;
	snprintf(path, sizeof(path), "%s/soter_status", world->dir);
	world->durable = stat(path, &file) == 0 ? file.st_ino : 0;
}

int
__wrap_fsync(int fd)
{
	struct stat st;

	if (world->is_recovering)
		return (0);
	step();
	if (fstat(fd, &st) != 0)
		abort();
	if (S_ISDIR(st.st_mode))
		sync_folder(&st);
	else
		sync_file(fd, st.st_ino);
	return (0);
}

int
__wrap_renameat(int from, const char *old, int to, const char *new)
{
	if (!world->is_recovering)
		step();
	return (__real_renameat(from, old, to, new));
}

static void
read_seen(struct bytes *out, ino_t *ino)
{
	char path[200];
	struct stat st;
	FILE *f;

	*out = (struct bytes){ .n = 0 };
	snprintf(path, sizeof(path), "%s/soter_status", world->dir);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	out->is_there = true;
	out->n = fread(out->p, 1, FILE_MAX, f);
	*ino = fstat(fileno(f), &st) == 0 ? st.st_ino : 0;
	fclose(f);
}

static struct bytes
look_at(enum image image)
{
	struct bytes seen;
	ino_t ino = 0;

	read_seen(&seen, &ino);
	if (image == IMAGE_SEEN)
		return (seen);
	if (image == IMAGE_DURABLE) {
		if (!world->is_base_durable || !world->is_folder_durable)
			world->durable = 0;
		ino = world->durable;
	}
	if (ino == 0)
		return ((struct bytes){ .n = 0 });
	seen = *inode(ino);
	seen.is_there = true;
	return (seen);
}

/* ---- the process that is cut off ----------------------------------------- */

static void
tee_step(enum fakecore_op op)
{
	(void)op;
	step();
}

static enum soter_rc
take_ask(void *context, const struct soter_core_signed *ask, unsigned ms)
{
	(void)context;
	(void)ask;
	(void)ms;
	step();
	world->ask_taken = world->device.calls[FAKE_GENERATE_ASK];
	return (SOTER_OK);
}

static enum soter_rc
take_authkey(void *context, int32_t scene,
    const struct soter_core_signed *authkey, unsigned ms)
{
	(void)context;
	(void)scene;
	(void)authkey;
	(void)ms;
	step();
	world->authkey_taken = world->device.calls[FAKE_GENERATE_AUTHKEY];
	return (SOTER_OK);
}

static struct soter_wrapper *
open_wrapper(const char *dir)
{
	const struct soter_network network = { .upload_ask = take_ask,
		.upload_authkey = take_authkey };
	const struct soter_wrapper_options options = {
		.scenes = rig_scenes,
		.scenes_n = SOTER_COUNT(rig_scenes),
		.model = "<deviceinfo>",
		.status_dir = dir,
		.network = &network,
	};
	struct soter_wrapper *w;

	if (soter_wrapper_new(&w, &options) != SOTER_OK)
		abort();
	return (w);
}

static bool
prepare(struct soter_wrapper *w, int32_t scene, unsigned flags)
{
	return (soter_wrapper_prepare_authkey(w, scene, flags, 0, NULL).code ==
	    SOTER_CORE_OK);
}

/* What the process does: up to here uncut, and then. */
static const struct way {
	const char *what;
	bool is_ready; /* ASK and AuthKey of RIG_SCENE are there before */
	int32_t scene;
	unsigned flags;
} ways[] = {
	{ "the first keys", false, RIG_SCENE, SOTER_AUTO_PREPARE_ASK },
	{ "one more AuthKey", true, RIG_OTHER, 0 },
	{ "an AuthKey anew", true, RIG_SCENE, SOTER_AUTO_DELETE },
	{ "everything removed", true, 0, 0 },
};

static void
go(const struct way *way)
{
	struct soter_wrapper *w = open_wrapper(world->dir);

	if (way->is_ready &&
	    (soter_wrapper_init(w, 0, NULL).code != SOTER_CORE_OK ||
		!prepare(w, RIG_SCENE, SOTER_AUTO_PREPARE_ASK)))
		abort();
	fakecore_lock();
	world->device.before = tee_step;
	world->is_counting = true;
	fakecore_unlock();
	if (!way->is_ready && soter_wrapper_init(w, 0, NULL).code != 0)
		abort();
	if (way->scene == 0 ? soter_wrapper_remove_all(w, 0).code != 0
			    : !prepare(w, way->scene, way->flags))
		abort();
	world->is_over = true;
	_exit(0);
}

/* Gives false if the way has fewer steps. */
static bool
run(const struct way *way, enum sync_kind skip, unsigned cut_at,
    const char *base)
{
	pid_t pid;
	int status;

	memset(world, 0, sizeof(*world));
	fakecore_reset(&world->device);
	world->skip = skip;
	world->cut_at = cut_at;
	snprintf(world->dir, sizeof(world->dir), "%s/state/soter", base);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		go(way);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		abort();
	world->is_counting = world->is_recovering = false;
	world->device.before = NULL;
	return (!world->is_over);
}

/* ---- the next one -------------------------------------------------------- */

static void
make_image(const struct bytes *b, const char *dir)
{
	char path[240];
	FILE *f;

	mkdir(dir, 0700);
	/* What was cut off while it was written. */
	snprintf(path, sizeof(path), "%s/soter_status.new", dir);
	f = fopen(path, "w");
	if (f == NULL || fputs("soter", f) < 0 || fclose(f) != 0)
		abort();
	if (!b->is_there)
		return;
	snprintf(path, sizeof(path), "%s/soter_status", dir);
	f = fopen(path, "w");
	if (f == NULL || fwrite(b->p, 1, b->n, f) != b->n || fclose(f) != 0)
		abort();
}

/* Is there a key without its server?  Is one that was ready gone? */
static bool
is_right(const struct way *way, const char *kname, const char *other)
{
	const struct fakecore *d = &world->device;
	const char *made = way->scene == RIG_OTHER ? other : kname;
	bool is_kept = way->is_ready && way->scene != 0;

	if (d->has_ask && world->ask_taken != d->calls[FAKE_GENERATE_ASK])
		return (false);
	if (fakecore_has(d, made) &&
	    world->authkey_taken != d->calls[FAKE_GENERATE_AUTHKEY])
		return (false);
	if (is_kept && !d->has_ask)
		return (false);
	return (!is_kept || way->scene != RIG_OTHER || fakecore_has(d, kname));
}

/* Gives whether it was right. */
static bool
recover(const struct way *way, enum image image, const char *base)
{
	const struct fakecore before = world->device;
	struct bytes b = look_at(image);
	unsigned ask_taken = world->ask_taken,
		 authkey_taken = world->authkey_taken;
	struct soter_authorisation what = { .scene = RIG_SCENE,
		.challenge = "c" };
	char dir[200], kname[128], other[128];
	struct soter_wrapper *w;
	bool is;

	snprintf(dir, sizeof(dir), "%s/image", base);
	make_image(&b, dir);
	world->is_recovering = true;
	w = open_wrapper(dir);
	is = soter_wrapper_init(w, 0, NULL).code == SOTER_CORE_OK &&
	    soter_wrapper_kname(w, RIG_SCENE, kname) == SOTER_OK &&
	    soter_wrapper_kname(w, RIG_OTHER, other) == SOTER_OK &&
	    is_right(way, kname, other) &&
	    prepare(w, RIG_SCENE, SOTER_AUTO_PREPARE_ASK) &&
	    is_right(way, kname, other) &&
	    soter_wrapper_authorise(w, &what, 0, NULL).code == SOTER_CORE_OK;
	soter_wrapper_free(&w);
	folder_remove(dir);
	/* For the next image of the same moment. */
	world->device = before;
	world->ask_taken = ask_taken;
	world->authkey_taken = authkey_taken;
	return (is);
}

/* How many images of all moments were wrong?  Up to `enough`. */
static unsigned
count_wrong(const struct way *way, enum sync_kind skip, unsigned enough,
    unsigned *moments)
{
	unsigned wrong = 0, cut_at = 0;
	bool is_cut;

	do {
		struct folder f;

		folder_new(&f);
		is_cut = run(way, skip, ++cut_at, f.path);
		for (int image = 0; image < IMAGES; image++) {
			if (recover(way, (enum image)image, f.path))
				continue;
			if (skip == SYNC_NONE)
				printf("# moment %u, image %d\n", cut_at,
				    image);
			wrong++;
		}
		folder_remove(f.path);
	} while (is_cut && wrong < enough);
	*moments = cut_at;
	return (wrong);
}

int
main(void)
{
	static const char *const kinds[] = { "of the file", "of the folder",
		"of the folder above" };
	unsigned moments, wrong;

	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (world == MAP_FAILED)
		abort();
	fakecore = &world->device;

	for (size_t i = 0; i < SOTER_COUNT(ways); i++) {
		check_row("%s: cut off at each step", ways[i].what);
		wrong = count_wrong(&ways[i], SYNC_NONE, UINT_MAX, &moments);
		CHECK(wrong == 0);
		CHECK(moments > 5);
	}
	for (int kind = 0; kind < SYNC_NONE; kind++) {
		check_row("without the sync %s it would be wrong", kinds[kind]);
		wrong = 0;
		for (size_t i = 0; i < SOTER_COUNT(ways) && wrong == 0; i++)
			wrong = count_wrong(&ways[i], (enum sync_kind)kind, 1,
			    &moments);
		CHECK(wrong > 0);
	}
	return (check_done());
}
