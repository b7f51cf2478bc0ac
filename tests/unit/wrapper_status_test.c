/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/status.c: what the file may say, who may write it, and two
 * processes at once.  What a power cut leaves of it: wrapper_crash_test.c.
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/wrapper.h"

/* ---- its text ------------------------------------------------------------ */

#define GOOD "soter_status 1\nWechat1 0\nWechatuid1__scene1 2\n"

static const struct {
	const char *what, *text;
	bool has_sum, is_good;
} texts[] = {
	{ "two rows", GOOD, true, true },
	{ "no row", "soter_status 1\n", true, true },
	{ "all states", "soter_status 1\na -1\nb 0\nc 1\nd 2\n", true, true },
	{ "empty", "", false, false },
	{ "its sum alone", "", true, false },
	{ "no sum", GOOD, false, false },
	{ "another's head", "soter_status 2\nWechat1 0\n", true, false },
	{ "no head", "Wechat1 0\n", true, false },
	{ "a state that there is not", "soter_status 1\nWechat1 3\n", true,
	    false },
	{ "two digits", "soter_status 1\nWechat1 00\n", true, false },
	{ "a sign", "soter_status 1\nWechat1 +1\n", true, false },
	{ "no state", "soter_status 1\nWechat1 \n", true, false },
	{ "no name", "soter_status 1\n 0\n", true, false },
	{ "no blank", "soter_status 1\nWechat1\n", true, false },
	{ "no line end", "soter_status 1\nWechat1 0", true, false },
	{ "a control character", "soter_status 1\nWe\tchat1 0\n", true, false },
	{ "a name too long",
	    "soter_status 1\n"
	    "a234567890123456789012345678901234567890123456789012345678901234"
	    "a234567890123456789012345678901234567890123456789012345678901234"
	    " 0\n",
	    true, false },
};

/* As status.c has it, written once more: FNV-1a. */
static void
add_sum(char *text, size_t cap)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (const char *c = text; *c != '\0'; c++)
		sum = (sum ^ (uint8_t)*c) * 0x100000001b3u;
	snprintf(text + strlen(text), cap - strlen(text), "sum %016llx\n",
	    (unsigned long long)sum);
}

static void
put_file(const char *dir, const char *text)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/soter_status", dir);
	f = fopen(path, "w");
	if (f == NULL || fwrite(text, 1, strlen(text), f) != strlen(text))
		abort();
	fclose(f);
}

static bool
is_damaged(const char *dir)
{
	struct wrapper_status s;
	bool is;

	if (!CHECK_RC(wrapper_status_open(&s, dir), SOTER_OK))
		return (false);
	is = s.is_damaged;
	CHECK(!is ||
	    wrapper_status_get(&s, "Wechat1", WRAPPER_KEY_READY) ==
		WRAPPER_KEY_UNKNOWN);
	wrapper_status_close(&s);
	return (is);
}

static void
test_texts(const struct folder *f)
{
	char text[1024];

	for (size_t i = 0; i < SOTER_COUNT(texts); i++) {
		check_row("text: %s", texts[i].what);
		snprintf(text, sizeof(text), "%s", texts[i].text);
		if (texts[i].has_sum)
			add_sum(text, sizeof(text));
		put_file(f->path, text);
		CHECK(is_damaged(f->path) != texts[i].is_good);
	}

	check_row("each byte changed, each byte cut off, one added");
	snprintf(text, sizeof(text), GOOD);
	add_sum(text, sizeof(text));
	for (size_t i = 0; text[i] != '\0'; i++) {
		char was = text[i];

		text[i] = (char)(was ^ 1);
		put_file(f->path, text);
		CHECK(is_damaged(f->path));
		text[i] = '\0';
		put_file(f->path, text);
		CHECK(is_damaged(f->path));
		text[i] = was;
	}
	snprintf(text + strlen(text), 2, "\n");
	put_file(f->path, text);
	CHECK(is_damaged(f->path));
}

static void
test_rows(const struct folder *f)
{
	struct wrapper_status s;
	char name[SOTER_KNAME_MAX + 1], path[300];

	check_row("as many rows as there may be, and one more");
	snprintf(path, sizeof(path), "%s/rows", f->path);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_OK);
	for (int i = 0; i < WRAPPER_STATUS_ROWS_MAX; i++) {
		memset(name, 'a', sizeof(name) - 1);
		snprintf(name + SOTER_KNAME_MAX - 4, 5, "%04d", i);
		CHECK_RC(
		    wrapper_status_set(&s, name, WRAPPER_KEY_UNKNOWN, false),
		    SOTER_OK);
	}
	CHECK_RC(wrapper_status_set(&s, "b", WRAPPER_KEY_MAKING, false),
	    SOTER_E_LIMIT);
	wrapper_status_close(&s);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_OK);
	CHECK(s.n == WRAPPER_STATUS_ROWS_MAX && !s.is_damaged);
	CHECK(wrapper_status_get(&s, name, WRAPPER_KEY_READY) ==
	    WRAPPER_KEY_UNKNOWN);
	CHECK_RC(wrapper_status_forget(&s, name), SOTER_OK);
	CHECK(wrapper_status_get(&s, name, WRAPPER_KEY_READY) ==
	    WRAPPER_KEY_READY);
	CHECK_RC(wrapper_status_set(&s, "b", WRAPPER_KEY_MAKING, true),
	    SOTER_OK);
	wrapper_status_close(&s);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_OK);
	CHECK(s.n == 1);
	wrapper_status_close(&s);
}

/* ---- who may write there ------------------------------------------------- */

static void
test_places(const struct folder *f)
{
	struct wrapper_status s;
	char path[300], file[340];
	struct stat st;

	check_row("a folder that is missing is made, for the app alone");
	snprintf(path, sizeof(path), "%s/a/b/c", f->path);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_OK);
	CHECK(fstat(s.dir_fd, &st) == 0 && (st.st_mode & 07777) == 0700);
	CHECK_RC(wrapper_status_set(&s, "x", WRAPPER_KEY_MADE, false),
	    SOTER_OK);
	snprintf(file, sizeof(file), "%s/soter_status", path);
	CHECK(stat(file, &st) == 0 && (st.st_mode & 07777) == 0600);
	wrapper_status_close(&s);

	check_row("a folder that others may write");
	CHECK(chmod(path, 0770) == 0);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_E_STATUS_FILE);
	CHECK(chmod(path, 0702) == 0);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_E_STATUS_FILE);
	CHECK(chmod(path, 0755) == 0);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_OK);
	wrapper_status_close(&s);

	check_row("a file that others may write");
	CHECK(chmod(file, 0620) == 0);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_E_STATUS_FILE);
	CHECK(chmod(file, 0600) == 0);

	check_row("a link in its place");
	CHECK(unlink(file) == 0 && symlink("/etc/hostname", file) == 0);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_E_STATUS_FILE);

	check_row("a folder in its place");
	CHECK(unlink(file) == 0 && mkdir(file, 0700) == 0);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_E_STATUS_FILE);
	CHECK(rmdir(file) == 0);

	check_row("a file in the folder's place");
	snprintf(path, sizeof(path), "%s/file", f->path);
	CHECK(close(open(path, O_CREAT | O_WRONLY, 0600)) == 0);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_E_STATUS_FILE);
	snprintf(path, sizeof(path), "%s/file/below", f->path);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_E_STATUS_FILE);

	check_row("somebody else's folder");
	if (geteuid() != 0) {
		CHECK_RC(wrapper_status_open(&s, "/"), SOTER_E_STATUS_FILE);
		return;
	}
	snprintf(path, sizeof(path), "%s/theirs", f->path);
	CHECK(mkdir(path, 0700) == 0 && chown(path, 1234, 1234) == 0);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_E_STATUS_FILE);
}

/* A wrapper without a status file does not begin. */
static void
test_init(void)
{
	struct rig r;
	struct soter_answer a;

	check_row("init where the status file cannot be");
	rig_begin(&r, NULL);
	r.device.has_ask = true;
	CHECK(mkdir(r.status_dir, 0700) != 0); /* its folder is missing */
	snprintf(r.status_dir, sizeof(r.status_dir), "%s/file", r.folder.path);
	CHECK(close(open(r.status_dir, O_CREAT | O_WRONLY, 0600)) == 0);
	rig_start(&r);
	a = soter_wrapper_init(r.w, 0, NULL);
	CHECK(a.code == SOTER_CORE_UNKNOWN);
	CHECK_RC(a.rc, SOTER_E_STATUS_FILE);
	CHECK(r.device.has_ask && !soter_wrapper_is_supported(r.w));

	check_row("and once it can: init again");
	CHECK(unlink(r.status_dir) == 0);
	r.device.has_ask = false;
	CHECK(soter_wrapper_init(r.w, 0, NULL).code == 0);
	rig_free(&r);
}

/* A removal that did not come through is made good for. */
static void
test_removal_fails(void)
{
	struct soter_task_result result;
	struct rig r;

	check_row("the app removes all, the service is gone: the next init");
	rig_new(&r);
	CHECK(rig_ready(&r));
	fakecore_fail(&r.device, FAKE_REMOVE_ASK, SOTER_E_NO_SERVICE);
	CHECK(soter_wrapper_remove_all(r.w, 0).code == SOTER_CORE_ASK_REMOVE);
	CHECK(r.device.has_ask);
	fakecore_fail(&r.device, FAKE_REMOVE_ASK, SOTER_OK);
	rig_restart(&r);
	CHECK(soter_wrapper_init(r.w, 0, &result).code == 0);
	CHECK(result.removed == SOTER_REMOVED_ASK && !r.device.has_ask);

	check_row("the same of an AuthKey, and the next prepare");
	CHECK(soter_wrapper_prepare_authkey(r.w, RIG_SCENE,
		  SOTER_AUTO_PREPARE_ASK, 0, NULL)
		  .code == 0);
	fakecore_fail(&r.device, FAKE_REMOVE_AUTHKEY, SOTER_E_NO_SERVICE);
	CHECK(soter_wrapper_remove_authkey(r.w, RIG_SCENE, 0).code ==
	    SOTER_CORE_AUTHKEY_REMOVE);
	CHECK(rig_authorise(&r, 0, NULL).code == SOTER_PROCESS_NO_AUTHKEY);
	fakecore_fail(&r.device, FAKE_REMOVE_AUTHKEY, SOTER_OK);
	CHECK(
	    soter_wrapper_prepare_authkey(r.w, RIG_SCENE, 0, 0, &result).code ==
	    0);
	CHECK(result.removed == SOTER_REMOVED_AUTHKEY);
	CHECK(rig_authorise(&r, 0, NULL).code == 0);

	check_row("an AuthKey that is not there is removed");
	CHECK(soter_wrapper_remove_authkey(r.w, RIG_OTHER, 0).code == 0);
	rig_free(&r);
}

/* ---- the numbers ----------------------------------------------------------
 */

static struct rig *watched;
static int seen[FAKECORE_OPS_N], seen_uploading;

static void
watch(enum fakecore_op op)
{
	seen[op] = rig_status(watched, watched->w->ask_name);
}

static enum soter_rc
watch_upload(void *rig, const struct soter_core_signed *ask, unsigned ms)
{
	(void)ask;
	(void)ms;
	seen_uploading = rig_status(rig, watched->w->ask_name);
	return (SOTER_OK);
}

static void
test_numbers(void)
{
	struct rig r;

	check_row("1 while it is made, 2 until the server has it, then 0");
	rig_new(&r);
	CHECK(soter_wrapper_init(r.w, 0, NULL).code == 0);
	watched = &r;
	r.w->network.upload_ask = watch_upload;
	r.device.before = watch;
	CHECK(soter_wrapper_prepare_ask(r.w, 0, 0, NULL).code == 0);
	CHECK(seen[FAKE_HAS_ASK] == 9);
	CHECK(seen[FAKE_GENERATE_ASK] == WRAPPER_KEY_MAKING);
	CHECK(seen[FAKE_GET_ASK] == WRAPPER_KEY_MADE);
	CHECK(seen_uploading == WRAPPER_KEY_MADE);
	CHECK(rig_status(&r, r.w->ask_name) == WRAPPER_KEY_READY);

	check_row("without a server: 0 as soon as it is made");
	r.device.before = NULL;
	CHECK(soter_wrapper_remove_all(r.w, 0).code == 0);
	r.is_alone = true;
	rig_restart(&r);
	r.device.before = watch;
	CHECK(rig_ready(&r));
	CHECK(seen[FAKE_GENERATE_ASK] == WRAPPER_KEY_MAKING);
	CHECK(seen[FAKE_GET_ASK] == WRAPPER_KEY_READY);
	r.device.before = NULL;
	rig_restart(&r);
	CHECK(soter_wrapper_init(r.w, 0, NULL).code == 0);
	CHECK(r.device.has_ask && fakecore_has(&r.device, r.kname));
	rig_free(&r);
}

/* ---- two processes ------------------------------------------------------- */

/* Holds the lock until it is killed. */
static pid_t
start_holder(const char *dir)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready) != 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		struct wrapper_status s;

		if (wrapper_status_open(&s, dir) != SOTER_OK ||
		    wrapper_status_lock(&s) != SOTER_OK ||
		    wrapper_status_set(&s, "Wechatuid1__scene9",
			WRAPPER_KEY_MAKING, false) != SOTER_OK ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		abort();
	close(ready[0]);
	return (pid);
}

/* An app forks at any time: its child has what is open, and lives on. */
static void
test_lock_fork(const struct folder *f)
{
	struct wrapper_status first, second;
	char path[300];
	pid_t child;

	check_row("a child of the owner does not keep the lock");
	snprintf(path, sizeof(path), "%s/fork", f->path);
	CHECK_RC(wrapper_status_open(&first, path), SOTER_OK);
	CHECK_RC(wrapper_status_lock(&first), SOTER_OK);
	child = fork();
	if (child < 0)
		abort();
	if (child == 0)
		for (;;)
			pause();
	CHECK_RC(wrapper_status_open(&second, path), SOTER_OK);
	CHECK_RC(wrapper_status_lock(&second), SOTER_E_WAITING);
	wrapper_status_close(&first);
	CHECK_RC(wrapper_status_lock(&second), SOTER_OK);

	check_row("and its end does not take it from the next one");
	CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
	CHECK_RC(wrapper_status_open(&first, path), SOTER_OK);
	CHECK_RC(wrapper_status_lock(&first), SOTER_E_WAITING);
	wrapper_status_close(&first);
	wrapper_status_close(&second);
}

/* What the last owner wrote counts, not what was read before. */
static void
test_lock(const struct folder *f)
{
	struct wrapper_status first, second;
	char path[300];

	check_row("whoever waited for the lock reads again");
	snprintf(path, sizeof(path), "%s/lock", f->path);
	CHECK_RC(wrapper_status_open(&first, path), SOTER_OK);
	CHECK_RC(wrapper_status_open(&second, path), SOTER_OK);
	CHECK_RC(wrapper_status_lock(&second), SOTER_OK);
	CHECK_RC(wrapper_status_lock(&first), SOTER_E_WAITING);
	CHECK_RC(wrapper_status_set(&second, "a", WRAPPER_KEY_MADE, false),
	    SOTER_OK);
	wrapper_status_close(&second);
	CHECK_RC(wrapper_status_lock(&first), SOTER_OK);
	CHECK(wrapper_status_get(&first, "a", WRAPPER_KEY_READY) ==
	    WRAPPER_KEY_MADE);

	wrapper_status_close(&first);
}

/* What a damaged file said of the other names, no word about one brings back.
 */
static void
test_damaged(const struct folder *f)
{
	struct wrapper_status s;
	char path[300];

	check_row("damaged, and one key is removed: damaged");
	snprintf(path, sizeof(path), "%s/damaged", f->path);
	CHECK_RC(wrapper_status_open(&s, path), SOTER_OK);
	put_file(path, "x");
	CHECK_RC(wrapper_status_lock(&s), SOTER_OK);
	CHECK(s.is_damaged);
	CHECK_RC(wrapper_status_set(&s, "b", WRAPPER_KEY_UNKNOWN, false),
	    SOTER_OK);
	CHECK(is_damaged(path));
	CHECK_RC(wrapper_status_forget(&s, "b"), SOTER_OK);
	CHECK(is_damaged(path));

	check_row("damaged, and one key is made: it cannot be said");
	for (int state = WRAPPER_KEY_READY; state <= WRAPPER_KEY_MADE; state++)
		CHECK_RC(wrapper_status_set(&s, "b",
			     (enum wrapper_key_state)state, false),
		    SOTER_E_STATUS_FILE);
	CHECK(is_damaged(path));

	check_row("damaged, and all are to go: not before they have gone");
	CHECK_RC(wrapper_status_set(&s, "b", WRAPPER_KEY_UNKNOWN, true),
	    SOTER_OK);
	CHECK(is_damaged(path));
	CHECK_RC(wrapper_status_forget(&s, NULL), SOTER_OK);
	CHECK(!is_damaged(path) && !s.is_damaged);

	check_row("damaged, and an ASK is made, which ends all others: good");
	put_file(path, "x");
	CHECK_RC(wrapper_status_lock(&s), SOTER_OK);
	CHECK_RC(wrapper_status_set(&s, "b", WRAPPER_KEY_MAKING, true),
	    SOTER_OK);
	CHECK(!is_damaged(path) && !s.is_damaged);
	wrapper_status_close(&s);
}

/* The same by a task of each kind. */
static void
test_damaged_tasks(void)
{
	struct soter_task_result result;
	struct rig r;

	check_row("damaged: no key of it is used");
	rig_new(&r);
	CHECK(rig_ready(&r));
	CHECK(soter_wrapper_prepare_authkey(r.w, RIG_OTHER, 0, 0, NULL).code ==
	    0);
	put_file(r.status_dir, "x");
	CHECK(rig_authorise(&r, 0, NULL).code == SOTER_PROCESS_NO_AUTHKEY);

	check_row("nor after the app has removed that of another scene");
	CHECK(soter_wrapper_remove_authkey(r.w, RIG_OTHER, 0).code == 0);
	CHECK(!fakecore_has(&r.device, r.other));
	CHECK(rig_authorise(&r, 0, NULL).code == SOTER_PROCESS_NO_AUTHKEY);
	CHECK(fakecore_has(&r.device, r.kname));

	check_row("prepare makes all of them anew");
	CHECK(soter_wrapper_prepare_authkey(r.w, RIG_SCENE,
		  SOTER_AUTO_PREPARE_ASK, 0, &result)
		  .code == 0);
	CHECK((result.removed & SOTER_REMOVED_ASK) != 0);
	CHECK(rig_authorise(&r, 0, NULL).code == 0);
	CHECK(!is_damaged(r.status_dir));
	rig_free(&r);
}

static void
test_two(void)
{
	struct soter_answer a;
	struct rig r;
	pid_t other;

	rig_begin(&r, NULL);
	fakecore_put(&r.device, "Wechatuid1__scene9");
	other = start_holder(r.status_dir);
	rig_start(&r);

	check_row("another process makes a key: init leaves it alone");
	CHECK(soter_wrapper_init(r.w, 0, NULL).code == 0);
	CHECK(fakecore_has(&r.device, "Wechatuid1__scene9"));
	CHECK(rig_said(&r, "another process"));

	check_row("and prepare does not wait for ever: 1023");
	a = soter_wrapper_prepare_ask(r.w, 0, 0, NULL);
	CHECK(a.code == SOTER_PROCESS_RUNNING);
	CHECK_RC(a.rc, SOTER_E_TIME);
	CHECK(!r.device.has_ask);

	check_row("nor longer than its own time: 1020");
	a = soter_wrapper_prepare_ask(r.w, 0, 100, NULL);
	CHECK(a.code == SOTER_PROCESS_CANCELLED);
	CHECK_RC(a.rc, SOTER_E_TIME);

	check_row("when the other is killed, it is cleaned up");
	/* The queue is empty behind this one. */
	CHECK(soter_wrapper_remove_authkey(r.w, 77, 0).code ==
	    SOTER_PROCESS_NO_SCENE);
	CHECK(kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
	CHECK(soter_wrapper_prepare_ask(r.w, 0, 0, NULL).code == 0);
	rig_restart(&r);
	r.device.has_ask = true;
	CHECK(soter_wrapper_init(r.w, 0, NULL).code == 0);
	CHECK(!fakecore_has(&r.device, "Wechatuid1__scene9"));
	rig_free(&r);
}

/* What an authorisation finds out has to wait for the lock, too. */
static void
test_two_authorise(void)
{
	struct soter_task_result result;
	struct rig r;
	pid_t other;

	rig_new(&r);
	CHECK(rig_ready(&r));
	other = start_holder(r.status_dir);

	check_row("another process makes keys: a dead one stays till later");
	fakecore_fail(&r.device, FAKE_FINISH_SIGN, SOTER_E_KEY_BLOB);
	CHECK(rig_authorise(&r, 0, &result).code == SOTER_PROCESS_SIGNATURE);
	CHECK_RC(result.answer.rc, SOTER_E_KEY_BLOB);
	CHECK(fakecore_has(&r.device, r.kname) && result.removed == 0);
	CHECK(rig_said(&r, "SIGN_DEAD is put off"));
	CHECK(!rig_removed(&r, "SIGN_DEAD"));

	check_row("and so does what failed twice");
	fakecore_fail(&r.device, FAKE_FINISH_SIGN, SOTER_E_OTHERS);
	CHECK(rig_authorise(&r, 0, NULL).code == SOTER_PROCESS_SIGN);
	CHECK(rig_authorise(&r, 0, &result).code == SOTER_PROCESS_SIGN);
	CHECK(r.device.has_ask && result.removed == 0);
	CHECK(rig_said(&r, "TWICE is put off"));
	CHECK(rig_status(&r, "Wechatuid1__scene9") == WRAPPER_KEY_MAKING);

	check_row("when the other has ended, the next task does it");
	CHECK(kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
	fakecore_fail(&r.device, FAKE_FINISH_SIGN, SOTER_E_KEY_BLOB);
	CHECK(rig_authorise(&r, 0, &result).code == SOTER_PROCESS_SIGNATURE);
	CHECK(result.removed == SOTER_REMOVED_AUTHKEY);
	fakecore_put(&r.device, r.kname);
	fakecore_fail(&r.device, FAKE_FINISH_SIGN, SOTER_E_OTHERS);
	CHECK(rig_authorise(&r, 0, &result).code == SOTER_PROCESS_SIGN);
	CHECK(result.removed == SOTER_REMOVED_ASK && !r.device.has_ask);
	rig_free(&r);
}

int
main(void)
{
	struct folder f;

	folder_new(&f);
	test_texts(&f);
	test_rows(&f);
	test_places(&f);
	test_lock(&f);
	test_lock_fork(&f);
	test_damaged(&f);
	folder_remove(f.path);
	test_damaged_tasks();
	test_two();
	test_two_authorise();
	test_numbers();
	test_init();
	test_removal_fails();
	return (check_done());
}
