/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/teed.h"

#define WAIT_MS 10
#define WAITS	1000

static void
die(const char *what)
{
	perror(what);
	abort();
}

static void
pause_ms(long ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000L };

	nanosleep(&t, NULL);
}

static void
write_file(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0 ||
	    chmod(path, 0644) != 0)
		die(path);
}

static void
copy_file(const char *from, const char *to)
{
	FILE *f = fopen(from, "rb");
	char *bytes = malloc(1 << 22);
	size_t n;

	if (f == NULL || bytes == NULL)
		die(from);
	n = fread(bytes, 1, 1 << 22, f);
	fclose(f);
	write_file(to, bytes, n);
	free(bytes);
}

void
teed_new(struct teed *t, const char *program, const char *module)
{
	memset(t, 0, sizeof(*t));
	folder_new(&t->folder);
	t->program = program;
	t->module = module;
	snprintf(t->tas, sizeof(t->tas), "%s/tas", t->folder.path);
	snprintf(t->state, sizeof(t->state), "%s/state", t->folder.path);
	snprintf(t->socket, sizeof(t->socket), "%s/run/teed.sock",
	    t->folder.path);
	snprintf(t->log, sizeof(t->log), "%s/log", t->folder.path);
	if (chmod(t->folder.path, 0755) != 0 || mkdir(t->tas, 0755) != 0 ||
	    chmod(t->tas, 0755) != 0)
		die(t->tas);
	teed_add(t, TESTTA_TEXT, TEED_CONF);
}

void
teed_add(struct teed *t, const char *uuid, const char *conf)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s.so", t->tas, uuid);
	copy_file(t->module, path);
	snprintf(path, sizeof(path), "%s/%s.conf", t->tas, uuid);
	write_file(path, conf, strlen(conf));
}

static void
run(const struct teed *t)
{
	const char *argv[24] = { t->program, "--foreground", "--tas", t->tas,
		"--conf", t->folder.path, "--state", t->state, "--socket",
		t->socket };
	size_t n = 10;
	FILE *log = freopen(t->log, "a", stderr);
	const gid_t groups[] = { 1, 2, 3 };
	char user[16];

	snprintf(user, sizeof(user), "%d", TEED_USER);
	if (geteuid() == 0 && t->is_plain) {
		if (setgroups(0, NULL) != 0 || setgid(TEED_USER) != 0 ||
		    setuid(TEED_USER) != 0)
			_exit(126);
	} else if (geteuid() == 0) {
		/* Groups to lose, as root has them on a machine. */
		if (setgroups(SOTER_COUNT(groups), groups) != 0)
			_exit(126);
		argv[n++] = "--user";
		argv[n++] = user;
	}
	for (size_t i = 0; t->options[i] != NULL; i++)
		argv[n++] = t->options[i];
	signal(SIGPIPE, SIG_DFL); /* whatever the test does with it */
	if (log != NULL)
		execv(t->program, (char *const *)(uintptr_t)argv);
	_exit(127);
}

int
teed_connect(const struct teed *t)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%.107s", t->socket);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return (fd);
	close(fd);
	return (-1);
}

static int
can_connect(const struct teed *t)
{
	int fd = teed_connect(t);

	if (fd >= 0)
		close(fd);
	return (fd >= 0);
}

int
teed_start(struct teed *t)
{
	t->pid = fork();
	if (t->pid == 0)
		run(t);
	if (t->pid < 0)
		die("fork");
	for (int i = 0; i < WAITS; i++) {
		if (can_connect(t))
			return (1);
		if (waitpid(t->pid, NULL, WNOHANG) == t->pid)
			break;
		pause_ms(WAIT_MS);
	}
	t->pid = 0;
	return (0);
}

int
teed_stop(struct teed *t, int how)
{
	int status = 0;

	if (t->pid == 0)
		return (0);
	kill(t->pid, how);
	while (waitpid(t->pid, &status, 0) < 0 && errno == EINTR)
		;
	t->pid = 0;
	return (WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
}

void
teed_end(struct teed *t)
{
	(void)teed_stop(t, SIGTERM);
	folder_remove(t->folder.path);
}

const char *
teed_log(const struct teed *t)
{
	static char text[65536];
	FILE *f = fopen(t->log, "r");
	size_t n = f == NULL ? 0 : fread(text, 1, sizeof(text) - 1, f);

	if (f != NULL)
		fclose(f);
	text[n] = '\0';
	return (text);
}

/* The parent of a process, and its name; 0 if it is gone or a zombie. */
static pid_t
parent_of(pid_t pid, char name[32])
{
	char path[64], line[512], state;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return (0);
	if (fgets(line, sizeof(line), f) == NULL ||
	    sscanf(line, "%*d (%31[^)]) %c %d", name, &state, &parent) != 3 ||
	    state == 'Z' || state == 'X')
		parent = 0;
	fclose(f);
	return (parent);
}

/* Its parent is the starter, whose parent is the manager. */
pid_t
teed_ta(const struct teed *t, const char *digits)
{
	char name[32], other[32], want[32];
	const struct dirent *e;
	DIR *proc = opendir("/proc");
	pid_t found = 0;

	snprintf(want, sizeof(want), "ta-%s", digits);
	while (proc != NULL && found == 0 && (e = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)atoi(e->d_name);
		pid_t parent = pid > 0 ? parent_of(pid, name) : 0;

		if (parent > 0 && strcmp(name, want) == 0 &&
		    parent_of(parent, other) == t->pid)
			found = pid;
	}
	if (proc != NULL)
		closedir(proc);
	return (found);
}

unsigned long
teed_status(pid_t pid, const char *name)
{
	char path[64], line[256];
	unsigned long value = 0;
	size_t n = strlen(name);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, n) == 0 && line[n] == ':')
			value = strtoul(line + n + 1, NULL, 10);
	if (f != NULL)
		fclose(f);
	return (value);
}

int
teed_gone(pid_t pid)
{
	char name[32];

	for (int i = 0; i < WAITS; i++) {
		if (parent_of(pid, name) == 0)
			return (1);
		pause_ms(WAIT_MS);
	}
	return (0);
}

TEEC_UUID
teed_uuid(const char *text)
{
	TEEC_UUID u = { 0 };
	unsigned a, b, c, d[8];

	if (sscanf(text, "%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &a, &b, &c,
		&d[0], &d[1], &d[2], &d[3], &d[4], &d[5], &d[6], &d[7]) != 11)
		die(text);
	u.timeLow = a;
	u.timeMid = (uint16_t)b;
	u.timeHiAndVersion = (uint16_t)c;
	for (size_t i = 0; i < 8; i++)
		u.clockSeqAndNode[i] = (uint8_t)d[i];
	return (u);
}

TEEC_Result
teed_open(TEEC_Context *context, TEEC_Session *session)
{
	const TEEC_UUID uuid = TESTTA_UUID;

	return (TEEC_OpenSession(context, session, &uuid, TEEC_LOGIN_PUBLIC,
	    NULL, NULL, NULL));
}

TEEC_Result
teed_open_soon(TEEC_Context *context, TEEC_Session *session)
{
	TEEC_Result result = TEEC_ERROR_BUSY;

	for (int i = 0; i < WAITS && result == TEEC_ERROR_BUSY; i++) {
		if (i > 0)
			pause_ms(WAIT_MS);
		result = teed_open(context, session);
	}
	return (result);
}

TEEC_Result
teed_call(TEEC_Session *session, uint32_t command)
{
	TEEC_Operation op = { 0 };

	return (TEEC_InvokeCommand(session, command, &op, NULL));
}

struct soter_teemsg
teed_hello(void)
{
	return ((struct soter_teemsg){ .kind = SOTER_TEEMSG_HELLO,
	    .uuid = { 0xe8, 0x5e, 0xc5, 0x01, 0xeb, 0xd3, 0x46, 0xbe, 0x90,
		0x59, 0x84, 0xaf, 0x4d, 0xd5, 0x20, 0x53 } });
}

int
teed_send(int fd, const struct soter_teemsg *x, size_t but)
{
	struct soter_writer w =
	    soter_writer(malloc(SOTER_TEEMSG_MAX), SOTER_TEEMSG_MAX);
	size_t at = 0;

	if (w.p == NULL || soter_teemsg_write(&w, x) != SOTER_OK)
		die("teed_send");
	while (at + but < w.len) {
		ssize_t n = send(fd, w.p + at, w.len - but - at, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	free(w.p);
	return (at + but >= w.len);
}

/* Receive exactly n bytes. */
static int
receive(int fd, uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t got = recv(fd, p, n, 0);

		if (got <= 0)
			return (0);
		p += got;
		n -= (size_t)got;
	}
	return (1);
}

int
teed_session(const struct teed *t)
{
	const struct soter_teemsg hello = teed_hello();
	const struct soter_teemsg open = { .kind = SOTER_TEEMSG_OPEN,
		.serial = 1 };
	uint8_t answer[SOTER_TEEMSG_HEAD_MAX];
	struct soter_teemsg x;
	int fd = teed_connect(t);

	if (fd >= 0 && teed_send(fd, &hello, 0) && teed_send(fd, &open, 0) &&
	    receive(fd, answer, sizeof(answer)) &&
	    soter_teemsg_parse(&x, soter_span(answer, sizeof(answer))) ==
		SOTER_OK &&
	    x.result == TEEC_SUCCESS)
		return (fd);
	if (fd >= 0)
		close(fd);
	return (-1);
}

size_t
teed_drain(int fd, int ms, int *is_closed)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	static uint8_t bytes[65536];
	size_t all = 0;

	*is_closed = 0;
	while (poll(&p, 1, ms) == 1) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n <= 0) {
			*is_closed = 1;
			break;
		}
		all += (size_t)n;
	}
	return (all);
}
