/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TA that was taken over, and whoever looks at the processes from outside:
 * there is no way to files, network, other programs or other rights, nothing is
 * left open, no memory of it reaches a disk.
 *
 * Arguments: soter-teed, the test TA's module.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/check.h"
#include "tests/teed.h"

#define LEAKED_FD	 77
#define SECRET_NEIGHBOUR "0e1ec501-ebd3-46be-9059-84af4dd52053"

static const struct {
	enum testta_forbidden what;
	const char *text;
	int needs_landlock;
} tries[] = {
	{ TESTTA_OPEN_PASSWD, "open /etc/passwd", 1 },
	{ TESTTA_OPEN_RELATIVE, "climb up from its storage", 1 },
	{ TESTTA_WRITE_TMP, "write to /tmp", 1 },
	{ TESTTA_SOCKET_UNIX, "a Unix socket", 0 },
	{ TESTTA_SOCKET_INET, "a TCP socket", 0 },
	{ TESTTA_EXEC, "run a program", 0 },
	{ TESTTA_FORK, "fork", 0 },
	{ TESTTA_PTRACE, "trace its parent", 0 },
	{ TESTTA_KILL_PARENT, "signal its parent", 0 },
	{ TESTTA_SIGNAL_BY_FILE, "have a file signal its parent", 0 },
	{ TESTTA_SETUID, "become root again", 0 },
	{ TESTTA_MMAP_EXEC, "memory that is written and run", 0 },
	{ TESTTA_MPROTECT_EXEC, "turn data into code", 0 },
	{ TESTTA_MOUNT, "mount", 0 },
	{ TESTTA_UNSHARE, "a user name space", 0 },
	{ TESTTA_READ_MEMORY, "read its parent's memory", 0 },
	{ TESTTA_CORE, "allow itself a core dump", 0 },
};

static int
has_landlock(void)
{
	return (syscall(444, NULL, 0, 1U) > 0);
}

static void
from_inside(TEEC_Session *s)
{
	for (size_t i = 0; i < SOTER_COUNT(tries); i++) {
		TEEC_Operation op = { 0 };

		if (tries[i].needs_landlock && !has_landlock()) {
			check_skip(tries[i].text, "no Landlock here");
			continue;
		}
		check_row("a TA cannot: %s", tries[i].text);
		op.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT,
		    TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE);
		op.params[0].value.a = tries[i].what;
		CHECK(TEEC_InvokeCommand(s, TESTTA_FORBIDDEN, &op, NULL) ==
		    TEEC_SUCCESS);
		CHECK(op.params[1].value.a == EPERM ||
		    op.params[1].value.a == EACCES);
	}
	check_row("the test could see if it could");
	CHECK(SOTER_COUNT(tries) == TESTTA_FORBIDDEN_N);
}

/* ---- from outside -------------------------------------------------------- */

/* The whole line behind NAME in /proc/PID/status. */
static const char *
status_line(pid_t pid, const char *name)
{
	static char line[256];
	char path[64];
	size_t n = strlen(name);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, n) == 0 && line[n] == ':') {
			fclose(f);
			return (line + n + 1);
		}
	if (f != NULL)
		fclose(f);
	return ("");
}

static int
all_four_are(const char *line, unsigned want)
{
	unsigned id[4];

	return (
	    sscanf(line, "%u %u %u %u", &id[0], &id[1], &id[2], &id[3]) == 4 &&
	    id[0] == want && id[1] == want && id[2] == want && id[3] == want);
}

/* The soft and the hard limit of what a process may leave on the disk. */
static int
has_no_core(pid_t pid)
{
	unsigned long soft = 1, hard = 1;
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Max core file size %lu %lu", &soft, &hard) ==
		    2)
			break;
	if (f != NULL)
		fclose(f);
	return (soft == 0 && hard == 0);
}

static void
from_outside(const char *who, pid_t pid, int is_locked)
{
	unsigned user = geteuid() == 0 ? TEED_USER : geteuid();
	struct stat st;
	char path[64];
	unsigned group;

	check_row("%s: user, groups, capabilities", who);
	CHECK(pid > 0);
	CHECK(all_four_are(status_line(pid, "Uid"), user));
	if (geteuid() == 0) {
		CHECK(all_four_are(status_line(pid, "Gid"), user));
		CHECK(sscanf(status_line(pid, "Groups"), "%u", &group) != 1);
	}
	CHECK(strtoull(status_line(pid, "CapPrm"), NULL, 16) == 0);
	CHECK(strtoull(status_line(pid, "CapEff"), NULL, 16) == 0);
	CHECK(strtoull(status_line(pid, "CapAmb"), NULL, 16) == 0);

	check_row("%s: no new privileges, no dump", who);
	CHECK(teed_status(pid, "NoNewPrivs") == 1);
	CHECK(has_no_core(pid));
	/* The kernel gives the files of such a process to root. */
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	CHECK(stat(path, &st) == 0 && st.st_uid == 0);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)getpid());
	CHECK(stat(path, &st) == 0 && st.st_uid == geteuid());

	if (!is_locked)
		return;
	check_row("%s: system calls filtered, memory locked", who);
	CHECK(teed_status(pid, "Seccomp") == 2);
	CHECK(teed_status(pid, "VmLck") > 0);
}

/* Every descriptor is one of these, or lies in the TA's own directory. */
static int
is_expected(const char *target, const char *storage, const char *log)
{
	return (strncmp(target, "socket:", 7) == 0 ||
	    strncmp(target, "anon_inode:", 11) == 0 ||
	    strncmp(target, "pipe:", 5) == 0 ||
	    strcmp(target, "/dev/null") == 0 ||
	    strncmp(target, "/dev/pts/", 9) == 0 ||
	    strncmp(target, storage, strlen(storage)) == 0 ||
	    strcmp(target, log) == 0);
}

static void
descriptors(const struct teed *t, pid_t pid)
{
	char path[64], target[512], storage[256];
	const struct dirent *e;
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	snprintf(storage, sizeof(storage), "%s/" TESTTA_TEXT, t->state);
	d = opendir(path);
	if (d == NULL) {
		check_skip("descriptors of a TA", "only root can see them");
		return;
	}
	check_row("a TA holds its socket, its storage, its log");
	while ((e = readdir(d)) != NULL) {
		ssize_t len =
		    readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);

		if (len < 0 || atoi(e->d_name) < 3)
			continue;
		target[len] = '\0';
		n++;
		if (!CHECK(is_expected(target, storage, t->log)))
			printf("# %s\n", target);
	}
	CHECK(n >= 3);
	closedir(d);
}

/* What whoever started soter-teed had open is not open in it. */
static void
inherited(pid_t pid, const char *who)
{
	char path[80], target[512];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, LEAKED_FD);
	len = readlink(path, target, sizeof(target) - 1);
	if (geteuid() != 0) {
		check_skip(who, "only root can see its descriptors");
		return;
	}
	check_row("%s has nothing of who started it", who);
	target[len < 0 ? 0 : len] = '\0';
	CHECK(strcmp(target, "/etc/passwd") != 0);
}

/* Nothing that others can read, whatever the umask of who started it. */
static void
modes(int dir)
{
	DIR *d = dir < 0 ? NULL : fdopendir(dir);
	const struct dirent *e;
	struct stat st;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, "..") == 0)
			continue;
		CHECK(fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
		    0);
		CHECK((st.st_mode & 077) == 0);
		if (geteuid() == 0)
			CHECK(st.st_uid == TEED_USER);
		if (S_ISDIR(st.st_mode) && strcmp(e->d_name, ".") != 0)
			modes(openat(dirfd(d), e->d_name,
			    O_RDONLY | O_DIRECTORY));
	}
	if (d != NULL)
		closedir(d);
}

/* The process between the two: it starts programs, and does nothing else. */
static void
starter(pid_t ta)
{
	pid_t pid = (pid_t)teed_status(ta, "PPid");

	from_outside("the starter", pid, 0);
	check_row("the starter: system calls filtered");
	CHECK(teed_status(pid, "Seccomp") == 2);
}

/* ---- what it refuses to start with ----------------------------------------
 */

static void
refused_start(struct teed *t, const char *what, const char *in_log)
{
	check_row("does not start: %s", what);
	CHECK(!teed_start(t));
	(void)teed_stop(t, SIGTERM);
	CHECK(strstr(teed_log(t), in_log) != NULL);
}

static void
must(int ok)
{
	if (!ok) {
		perror("sandbox_test");
		abort();
	}
}

static void
refused(struct teed *t)
{
	char so[256], conf[256], aside[256];

	snprintf(so, sizeof(so), "%s/" TESTTA_TEXT ".so", t->tas);
	snprintf(conf, sizeof(conf), "%s/" TESTTA_TEXT ".conf", t->tas);
	snprintf(aside, sizeof(aside), "%s/aside", t->tas);
	must(chmod(so, 0646) == 0);
	refused_start(t, "a TA that everybody can write",
	    TESTTA_TEXT ".so: must be a file that only root");
	must(chmod(so, 0644) == 0 && chmod(conf, 0646) == 0);
	refused_start(t, "a .conf that everybody can write",
	    TESTTA_TEXT ".conf: must be a file that only root");
	must(chmod(conf, 0644) == 0 && rename(so, aside) == 0 &&
	    symlink(aside, so) == 0);
	refused_start(t, "a TA that is a link", TESTTA_TEXT ".so: ");
	must(unlink(so) == 0 && rename(aside, so) == 0);
	must(chmod(t->tas, 0757) == 0);
	refused_start(t, "a folder that everybody can write",
	    "others can write it");
	must(chmod(t->tas, 0755) == 0);
	if (geteuid() != 0)
		return;
	must(chown(so, TEED_USER + 1, 0) == 0);
	refused_start(t, "a TA of another user",
	    TESTTA_TEXT ".so: must be a file that only root");
	must(chown(so, 0, 0) == 0 && chown(conf, TEED_USER + 1, 0) == 0);
	refused_start(t, "a .conf of another user",
	    TESTTA_TEXT ".conf: must be a file that only root");
	must(chown(conf, 0, 0) == 0);
}

/* Started by who owns it: root would put it in order. */
static void
refused_state(const struct teed *t)
{
	static const struct {
		const char *what;
		mode_t mode;
	} rows[] = {
		{ "a state directory that others can read", 0704 },
		{ "a state directory that its group can read", 0740 },
		{ "a state directory that others can enter", 0701 },
	};
	struct teed own = *t;

	snprintf(own.state, sizeof(own.state), "%s/own", t->folder.path);
	snprintf(own.log, sizeof(own.log), "%s/own.log", t->folder.path);
	snprintf(own.socket, sizeof(own.socket), "%s/own/teed.sock",
	    t->folder.path);
	own.is_plain = 1;
	must(mkdir(own.state, 0700) == 0);
	must(geteuid() != 0 || chown(own.state, TEED_USER, TEED_USER) == 0);
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		must(chmod(own.state, rows[i].mode) == 0);
		refused_start(&own, rows[i].what, "chmod 700");
		must(unlink(own.log) == 0);
	}
	must(chmod(own.state, 0700) == 0);
	check_row("and starts with one that is its user's alone");
	CHECK(teed_start(&own));
	CHECK(teed_stop(&own, SIGTERM) == 0);
}

int
main(int argc, char **argv)
{
	struct rlimit core;
	int is_locked;
	struct teed t;
	TEEC_Context c;
	TEEC_Session s;
	pid_t ta;

	if (argc != 3)
		return (2);
	/* A sanitizer wants what is forbidden here. */
	is_locked = !check_slow() && getenv("SOTER_TEST_UNLOCKED") == NULL;
	umask(0);
	if (getrlimit(RLIMIT_CORE, &core) == 0) {
		core.rlim_cur = core.rlim_max;
		(void)setrlimit(RLIMIT_CORE, &core);
	}
	teed_new(&t, argv[1], argv[2]);
	teed_add(&t, SECRET_NEIGHBOUR, TEED_CONF);
	refused(&t);
	refused_state(&t);
	check_row("soter-teed starts");
	must(dup2(open("/etc/passwd", O_RDONLY), LEAKED_FD) == LEAKED_FD);
	CHECK(teed_start(&t));
	CHECK(TEEC_InitializeContext(t.socket, &c) == TEEC_SUCCESS);
	CHECK(teed_open(&c, &s) == TEEC_SUCCESS);
	ta = teed_ta(&t, "e85ec501");
	from_outside("a TA", ta, is_locked);
	from_outside("the manager", t.pid, is_locked);
	if (is_locked)
		starter(ta);
	inherited(t.pid, "the manager");
	inherited(ta, "a TA");
	if (is_locked) /* a constructor of the TA opens what it can */
		descriptors(&t, ta);
	if (is_locked)
		from_inside(&s);
	else
		check_skip("what a TA cannot do", "built with a sanitizer");
	if (geteuid() == 0) {
		check_row("nothing in the state directory is for others");
		modes(open(t.state, O_RDONLY | O_DIRECTORY));
	}
	check_row("it all still works, and nothing failed on the way");
	CHECK(teed_call(&s, TESTTA_ANY) == TEEC_SUCCESS);
	CHECK(strstr(teed_log(&t), "refuses") == NULL);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&c);
	if (check_state.failed_rows > 0)
		fprintf(stderr, "%s", teed_log(&t));
	teed_end(&t);
	return (check_done());
}
