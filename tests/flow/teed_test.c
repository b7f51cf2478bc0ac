/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Programs, soter-teed and a TA, all as processes: the GP Client API does what
 * the standard says, and whatever dies takes nothing else with it.
 *
 * Arguments: soter-teed, the test TA's module.
 */
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/check.h"
#include "tests/teed.h"

#define OTHER	    "0e1ec501-ebd3-46be-9059-84af4dd52053"
#define THIRD	    "1e1ec501-ebd3-46be-9059-84af4dd52053"
#define FOURTH	    "2e1ec501-ebd3-46be-9059-84af4dd52053"
#define MIB	    (1024 * 1024)

#define TARGET_DEAD TEEC_ERROR_TARGET_DEAD

static uint8_t big[2 * MIB], back[2 * MIB];

/* ---- parameters -------------------------------------------------------- */

static const size_t sizes[] = { 0, 1, 15, 16, 17, 4096, 65535, 65536, 200000,
	MIB };

static void
echo(TEEC_Session *s, size_t n)
{
	TEEC_Operation op = { 0 };
	size_t same = 0;

	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref.buffer = big;
	op.params[0].tmpref.size = n;
	op.params[1].tmpref.buffer = back;
	op.params[1].tmpref.size = n;
	memset(back, 0x55, sizeof(back));
	CHECK(TEEC_InvokeCommand(s, TESTTA_ECHO, &op, NULL) == TEEC_SUCCESS);
	CHECK(op.params[1].tmpref.size == n);
	CHECK(memcmp(back, big, n) == 0);
	for (size_t k = n; k < sizeof(back); k++)
		same += back[k] == 0x55;
	CHECK(same == sizeof(back) - n);
}

static void
temporary(TEEC_Session *s)
{
	for (size_t i = 0; i < SOTER_COUNT(sizes); i++) {
		check_row("temporary memory of %zu bytes, there and back",
		    sizes[i]);
		echo(s, sizes[i]);
	}
}

static void
all_kinds(TEEC_Session *s)
{
	uint8_t in[3] = "abc", out[5] = { 0 }, inout[4] = { 0, 1, 2, 0xff };
	TEEC_Operation op = { 0 };
	uint32_t origin = 0;

	check_row("values of every kind");
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT,
	    TEEC_VALUE_INOUT, TEEC_NONE);
	op.params[0].value = (TEEC_Value){ 1, 2 };
	op.params[1].value = (TEEC_Value){ 3, 4 };
	op.params[2].value = (TEEC_Value){ 5, UINT32_MAX };
	CHECK(TEEC_InvokeCommand(s, TESTTA_ANY, &op, &origin) == TEEC_SUCCESS);
	CHECK(origin == TEEC_ORIGIN_TRUSTED_APP);
	CHECK(op.params[0].value.a == 1 && op.params[0].value.b == 2);
	CHECK(op.params[1].value.a == 101 && op.params[1].value.b == 201);
	CHECK(op.params[2].value.a == UINT32_MAX && op.params[2].value.b == 5);

	check_row("memory of every kind beside a value");
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT,
	    TEEC_VALUE_INOUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_MEMREF_TEMP_INPUT);
	op.params[0].tmpref = (TEEC_TempMemoryReference){ inout, 4 };
	op.params[2].tmpref = (TEEC_TempMemoryReference){ out, 5 };
	op.params[3].tmpref = (TEEC_TempMemoryReference){ in, 3 };
	CHECK(TEEC_InvokeCommand(s, TESTTA_ANY, &op, NULL) == TEEC_SUCCESS);
	CHECK(memcmp(inout, "\xff\xfe\xfd\x00", 4) == 0);
	CHECK(memcmp(out, "\xa2\xa2\xa2\xa2\xa2", 5) == 0);
	CHECK(memcmp(in, "abc", 3) == 0);

	check_row("NULL memory arrives as NULL");
	memset(&op, 0, sizeof(op));
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref = (TEEC_TempMemoryReference){ in, 3 };
	CHECK(TEEC_InvokeCommand(s, TESTTA_ECHO, &op, NULL) ==
	    TEEC_ERROR_SHORT_BUFFER);
	CHECK(op.params[1].tmpref.size == 3);
	CHECK(op.params[1].tmpref.buffer == NULL);
}

static void
short_buffer(TEEC_Session *s)
{
	TEEC_Operation op = { 0 };
	uint32_t origin = 0;

	check_row("too small a buffer: the size that is wanted, nothing else");
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref = (TEEC_TempMemoryReference){ big, 1000 };
	op.params[1].tmpref = (TEEC_TempMemoryReference){ back, 999 };
	memset(back, 0x55, 1000);
	CHECK(TEEC_InvokeCommand(s, TESTTA_ECHO, &op, &origin) ==
	    TEEC_ERROR_SHORT_BUFFER);
	CHECK(origin == TEEC_ORIGIN_TRUSTED_APP);
	CHECK(op.params[1].tmpref.size == 1000);
	CHECK(back[0] == 0x55 && back[998] == 0x55 && back[999] == 0x55);

	check_row("more than one call carries");
	op.params[0].tmpref.size = MIB + 1;
	op.params[1].tmpref.size = 10;
	CHECK(TEEC_InvokeCommand(s, TESTTA_ECHO, &op, &origin) ==
	    TEEC_ERROR_EXCESS_DATA);
	CHECK(origin == TEEC_ORIGIN_API);
}

/* What the TA leaves as it was holds nothing of earlier callers. */
static void
nothing_left(TEEC_Session *s)
{
	TEEC_Operation op = { 0 };
	size_t secret = 0;

	check_row("an output that the TA does not touch is zero");
	memset(big, 0x99, 8192);
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref = (TEEC_TempMemoryReference){ big, 8192 };
	op.params[1].tmpref = (TEEC_TempMemoryReference){ back, 8192 };
	CHECK(TEEC_InvokeCommand(s, TESTTA_ECHO, &op, NULL) == TEEC_SUCCESS);
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE,
	    TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref = (TEEC_TempMemoryReference){ back, 8192 };
	memset(back, 0x55, 8192);
	CHECK(TEEC_InvokeCommand(s, TESTTA_LEAVE, &op, NULL) == TEEC_SUCCESS);
	for (size_t i = 0; i < 8192; i++)
		secret += back[i] != 0;
	CHECK(secret == 0);
}

static void
shared(TEEC_Context *c, TEEC_Session *s)
{
	uint8_t own[100];
	TEEC_SharedMemory memory = { .buffer = own,
		.size = sizeof(own),
		.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT };
	TEEC_SharedMemory given = { .size = 64, .flags = TEEC_MEM_OUTPUT };
	TEEC_Operation op = { 0 };
	size_t kept = 0;

	check_row("registered memory, whole and in part");
	CHECK(TEEC_RegisterSharedMemory(c, &memory) == TEEC_SUCCESS);
	CHECK(TEEC_AllocateSharedMemory(c, &given) == TEEC_SUCCESS);
	memset(own, 1, sizeof(own));
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_WHOLE, TEEC_NONE,
	    TEEC_NONE, TEEC_NONE);
	op.params[0].memref.parent = &memory;
	CHECK(TEEC_InvokeCommand(s, TESTTA_ANY, &op, NULL) == TEEC_SUCCESS);
	CHECK(own[0] == 0xfe && own[99] == 0xfe);
	CHECK(op.params[0].memref.size == 100);

	memset(own, 1, sizeof(own));
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_OUTPUT,
	    TEEC_MEMREF_PARTIAL_INOUT, TEEC_MEMREF_WHOLE, TEEC_NONE);
	op.params[0].memref =
	    (TEEC_RegisteredMemoryReference){ &memory, 10, 20 };
	op.params[1].memref =
	    (TEEC_RegisteredMemoryReference){ &memory, 5, 95 };
	op.params[2].memref.parent = &given;
	CHECK(TEEC_InvokeCommand(s, TESTTA_ANY, &op, NULL) == TEEC_SUCCESS);
	CHECK(own[19] == 1 && own[20] == 0xa0 && own[29] == 0xa0);
	CHECK(own[30] == 1 && own[94] == 1 && own[95] == 0xfe);
	for (size_t i = 0; i < 64; i++)
		kept += ((uint8_t *)given.buffer)[i] == 0xa2;
	CHECK(kept == 64);
	TEEC_ReleaseSharedMemory(&given);
	CHECK(given.buffer == NULL);
	TEEC_ReleaseSharedMemory(&memory);
}

static void
nonsense(TEEC_Context *c, TEEC_Session *s)
{
	static const struct {
		const char *what;
		uint32_t type;
		size_t size, offset;
		uint32_t flags;
	} rows[] = {
		{ "a type that is none: 4", 4, 0, 0, 3 },
		{ "a type that is none: 8", 8, 0, 0, 3 },
		{ "a type that is none: 11", 11, 0, 0, 3 },
		{ "part longer than the block", TEEC_MEMREF_PARTIAL_INPUT, 101,
		    0, 3 },
		{ "part behind the block", TEEC_MEMREF_PARTIAL_INPUT, 1, 100,
		    3 },
		{ "part that wraps", TEEC_MEMREF_PARTIAL_INPUT, SIZE_MAX, 2,
		    3 },
		{ "offset that wraps", TEEC_MEMREF_PARTIAL_INPUT, 1, SIZE_MAX,
		    3 },
		{ "out of an input block", TEEC_MEMREF_PARTIAL_OUTPUT, 1, 0,
		    TEEC_MEM_INPUT },
		{ "in and out of an output block", TEEC_MEMREF_PARTIAL_INOUT, 1,
		    0, TEEC_MEM_OUTPUT },
	};
	uint8_t own[100] = { 0 };

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		TEEC_SharedMemory memory = { .buffer = own,
			.size = sizeof(own),
			.flags = rows[i].flags };
		TEEC_Operation op = { .paramTypes = rows[i].type };
		uint32_t origin = 0;

		check_row("refused by the library: %s", rows[i].what);
		CHECK(TEEC_RegisterSharedMemory(c, &memory) == TEEC_SUCCESS);
		op.params[0].memref = (TEEC_RegisteredMemoryReference){ &memory,
			rows[i].size, rows[i].offset };
		CHECK(TEEC_InvokeCommand(s, TESTTA_ANY, &op, &origin) ==
		    TEEC_ERROR_BAD_PARAMETERS);
		CHECK(origin == TEEC_ORIGIN_API);
		TEEC_ReleaseSharedMemory(&memory);
	}
	check_row("the session is unharmed by all of these");
	CHECK(teed_call(s, TESTTA_ANY) == TEEC_SUCCESS);
	CHECK(teed_call(s, 0x7777) == TEEC_ERROR_NOT_SUPPORTED);
}

/* ---- who ----------------------------------------------------------------- */

struct who {
	uint32_t login;
	uint8_t uuid[16]; /* as GP's fields lie in memory */
};

static TEEC_Result
who_am_i(TEEC_Session *s, struct who *who)
{
	TEEC_Operation op = { .paramTypes = TEEC_MEMREF_TEMP_OUTPUT };
	TEEC_Result result;
	uint8_t bytes[20];

	op.params[0].tmpref = (TEEC_TempMemoryReference){ bytes, 20 };
	result = TEEC_InvokeCommand(s, TESTTA_IDENTITY, &op, NULL);
	memcpy(&who->login, bytes, 4);
	memcpy(who->uuid, bytes + 4, 16);
	return (result);
}

static TEEC_Result
open_as(TEEC_Context *c, uint32_t login, const void *data, struct who *who)
{
	const TEEC_UUID uuid = TESTTA_UUID;
	TEEC_Session s;
	TEEC_Result result;

	result = TEEC_OpenSession(c, &s, &uuid, login, data, NULL, NULL);
	if (result == TEEC_SUCCESS) {
		result = who_am_i(&s, who);
		TEEC_CloseSession(&s);
	}
	return (result);
}

/* What another program makes of uid=0 and uid=3e8. */
static const struct {
	uint32_t id;
	const char *uuid;
} known[] = {
	{ 0, "ef0180a3-13f3-5d1c-b7f5-888c0e21059a" },
	{ 1000, "fc34275c-d8dd-5ba7-968b-504718363b87" },
};

static void
check_who(const struct who *who, uint32_t login, const char *uuid)
{
	const TEEC_UUID want = teed_uuid(uuid);

	CHECK(who->login == login);
	CHECK(memcmp(who->uuid, &want, 16) == 0);
}

static void
identities(TEEC_Context *c)
{
	gid_t mine = getegid(), foreign = 123456;
	struct who who, again;

	check_row("PUBLIC is nobody");
	CHECK(open_as(c, TEEC_LOGIN_PUBLIC, NULL, &who) == TEEC_SUCCESS);
	check_who(&who, 0, "00000000-0000-0000-0000-000000000000");

	check_row("USER is the uid that the kernel knows");
	CHECK(open_as(c, TEEC_LOGIN_USER, NULL, &who) == TEEC_SUCCESS);
	CHECK(who.login == TEEC_LOGIN_USER);
	for (size_t i = 0; i < SOTER_COUNT(known); i++)
		if (known[i].id == geteuid())
			check_who(&who, TEEC_LOGIN_USER, known[i].uuid);

	check_row("GROUP is one that the caller is in");
	CHECK(open_as(c, TEEC_LOGIN_GROUP, &mine, &again) == TEEC_SUCCESS);
	CHECK(again.login == TEEC_LOGIN_GROUP);
	CHECK(memcmp(again.uuid, who.uuid, 16) != 0);
	CHECK(open_as(c, TEEC_LOGIN_GROUP, &foreign, &who) ==
	    TEEC_ERROR_ACCESS_DENIED);
	CHECK(open_as(c, TEEC_LOGIN_GROUP, NULL, &who) ==
	    TEEC_ERROR_BAD_PARAMETERS);

	check_row("nobody vouches for an application");
	CHECK(open_as(c, TEEC_LOGIN_APPLICATION, NULL, &who) ==
	    TEEC_ERROR_NOT_SUPPORTED);
	CHECK(open_as(c, TEEC_LOGIN_USER_APPLICATION, NULL, &who) ==
	    TEEC_ERROR_NOT_SUPPORTED);
	CHECK(open_as(c, 0xf0000000, NULL, &who) == TEEC_ERROR_BAD_PARAMETERS);
}

/* In a child: another user, in the group that may connect and one more. */
static int
as_user(const char *path)
{
	gid_t groups[] = { TEED_GROUP, 60001 }, second = 60001, third = 60002;
	TEEC_Context c;
	struct who who;
	const TEEC_UUID want =
	    teed_uuid("fc34275c-d8dd-5ba7-968b-504718363b87");

	if (setgroups(2, groups) != 0 || setgid(1000) != 0 || setuid(1000) != 0)
		return (10);
	if (TEEC_InitializeContext(path, &c) != TEEC_SUCCESS)
		return (11);
	if (open_as(&c, TEEC_LOGIN_USER, NULL, &who) != TEEC_SUCCESS ||
	    memcmp(who.uuid, &want, 16) != 0)
		return (12);
	if (open_as(&c, TEEC_LOGIN_GROUP, &second, &who) != TEEC_SUCCESS)
		return (13);
	if (open_as(&c, TEEC_LOGIN_GROUP, &third, &who) !=
	    TEEC_ERROR_ACCESS_DENIED)
		return (14);
	TEEC_FinalizeContext(&c);
	return (0);
}

/* One that is in no such group does not get as far. */
static int
as_stranger(const char *path)
{
	TEEC_Context c;

	if (setgroups(0, NULL) != 0 || setgid(1001) != 0 || setuid(1001) != 0)
		return (10);
	return (TEEC_InitializeContext(path, &c) == TEEC_ERROR_ACCESS_DENIED
		? 0
		: 11);
}

static int
in_child(int (*run)(const char *path), const char *path)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(run(path));
	waitpid(child, &status, 0);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void
other_users(const struct teed *t)
{
	if (geteuid() != 0) {
		check_skip("other users", "only root can become them");
		return;
	}
	check_row("another user has that user's identity and groups");
	CHECK(in_child(as_user, t->socket) == 0);
	check_row("a user who is not in the group cannot connect");
	CHECK(in_child(as_stranger, t->socket) == 0);
}

/* ---- opening ------------------------------------------------------------- */

static void
opening(TEEC_Context *c)
{
	const TEEC_UUID ours = TESTTA_UUID, nobody = { 0 };
	TEEC_Operation op = { .paramTypes = TEEC_VALUE_INPUT };
	uint32_t origin = 0;
	TEEC_Session s;

	check_row("no such trusted application");
	CHECK(TEEC_OpenSession(c, &s, &nobody, TEEC_LOGIN_PUBLIC, NULL, NULL,
		  &origin) == TEEC_ERROR_ITEM_NOT_FOUND);
	CHECK(origin == TEEC_ORIGIN_TEE);

	check_row("the TA refuses the session, with its own reason");
	op.params[0].value.a = TESTTA_REFUSE;
	CHECK(TEEC_OpenSession(c, &s, &ours, TEEC_LOGIN_PUBLIC, NULL, &op,
		  &origin) == TEEC_ERROR_ACCESS_DENIED);
	CHECK(origin == TEEC_ORIGIN_TRUSTED_APP);

	check_row("parameters of opening go there and back");
	op.paramTypes = TEEC_VALUE_INOUT;
	op.params[0].value = (TEEC_Value){ 41, 0 };
	CHECK(TEEC_OpenSession(c, &s, &ours, TEEC_LOGIN_PUBLIC, NULL, &op,
		  NULL) == TEEC_SUCCESS);
	CHECK(op.params[0].value.b == 42);
	TEEC_CloseSession(&s);

	check_row("no socket there");
	CHECK(TEEC_InitializeContext("/nowhere/teed.sock", c) ==
	    TEEC_ERROR_ITEM_NOT_FOUND);
	CHECK(TEEC_InitializeContext("not a path", c) ==
	    TEEC_ERROR_BAD_PARAMETERS);
}

static void
property(TEEC_Session *s, const char *name, const char *want)
{
	TEEC_Operation op = { 0 };
	char text[64] = "";

	check_row("property %s", name);
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref.buffer = (char *)(uintptr_t)name;
	op.params[0].tmpref.size = strlen(name);
	op.params[1].tmpref = (TEEC_TempMemoryReference){ text, 63 };
	CHECK(
	    TEEC_InvokeCommand(s, TESTTA_PROPERTY, &op, NULL) == TEEC_SUCCESS);
	CHECK(want == NULL ? strlen(text) == 36 : strcmp(text, want) == 0);
}

/* ---- death ----------------------------------------------------------------
 */

static TEEC_Result
count(TEEC_Session *s, TEEC_Value *value)
{
	TEEC_Operation op = { .paramTypes = TEEC_VALUE_OUTPUT };
	TEEC_Result result = TEEC_InvokeCommand(s, TESTTA_COUNT, &op, NULL);

	*value = op.params[0].value;
	return (result);
}

static TEEC_Result
store(TEEC_Session *s, const char *text)
{
	TEEC_Operation op = { .paramTypes = TEEC_MEMREF_TEMP_INPUT };

	op.params[0].tmpref.buffer = (char *)(uintptr_t)text;
	op.params[0].tmpref.size = strlen(text);
	return (TEEC_InvokeCommand(s, TESTTA_STORE, &op, NULL));
}

static int
is_stored(TEEC_Session *s, const char *text)
{
	TEEC_Operation op = { .paramTypes = TEEC_MEMREF_TEMP_OUTPUT };
	char found[64];

	op.params[0].tmpref = (TEEC_TempMemoryReference){ found, 64 };
	return (TEEC_InvokeCommand(s, TESTTA_LOAD, &op, NULL) == TEEC_SUCCESS &&
	    op.params[0].tmpref.size == strlen(text) &&
	    memcmp(found, text, strlen(text)) == 0);
}

static TEEC_Result
die_by_call(const struct teed *t, TEEC_Session *s, uint32_t how)
{
	pid_t ta;

	if (how == TESTTA_PANIC || how == TESTTA_CRASH)
		return (teed_call(s, how));
	ta = teed_ta(t, "e85ec501");
	if (ta > 0)
		kill(ta, SIGKILL);
	return (teed_call(s, TESTTA_ANY));
}

/* Every way in which a TA's process can end, seen by those around it. */
static void
death(const struct teed *t, TEEC_Context *c, uint32_t how, const char *what)
{
	const TEEC_UUID other = teed_uuid(OTHER);
	TEEC_Session first, second, far;
	TEEC_Value value;
	uint32_t origin = 0;
	pid_t before;

	check_row("%s kills this TA and nothing else", what);
	CHECK(teed_open(c, &first) == TEEC_SUCCESS);
	CHECK(teed_open(c, &second) == TEEC_SUCCESS);
	CHECK(TEEC_OpenSession(c, &far, &other, TEEC_LOGIN_PUBLIC, NULL, NULL,
		  NULL) == TEEC_SUCCESS);
	CHECK(store(&first, what) == TEEC_SUCCESS);
	before = teed_ta(t, "e85ec501");
	CHECK(before > 0);
	CHECK(die_by_call(t, &first, how) == TARGET_DEAD);
	CHECK(TEEC_InvokeCommand(&second, TESTTA_ANY, NULL, &origin) ==
	    TARGET_DEAD);
	CHECK(origin == TEEC_ORIGIN_TEE);
	CHECK(teed_call(&first, TESTTA_ANY) == TARGET_DEAD);
	CHECK(teed_call(&far, TESTTA_ANY) == TEEC_SUCCESS);
	TEEC_CloseSession(&first);
	TEEC_CloseSession(&second);

	check_row("after %s it starts anew, with its storage", what);
	CHECK(teed_open(c, &first) == TEEC_SUCCESS);
	CHECK(count(&first, &value) == TEEC_SUCCESS);
	CHECK(value.a == 1 && value.b == 1);
	CHECK(is_stored(&first, what));
	CHECK(teed_ta(t, "e85ec501") != before);
	CHECK(teed_gone(before));
	CHECK(teed_call(&far, TESTTA_ANY) == TEEC_SUCCESS);
	TEEC_CloseSession(&first);
	TEEC_CloseSession(&far);
}

static void
manager_killed(struct teed *t, TEEC_Context *c)
{
	TEEC_Session s;
	uint32_t origin = 0;
	pid_t ta;
	const TEEC_UUID uuid = TESTTA_UUID;

	check_row("the manager is killed: every process goes with it");
	CHECK(teed_open(c, &s) == TEEC_SUCCESS);
	CHECK(store(&s, "before the kill") == TEEC_SUCCESS);
	ta = teed_ta(t, "e85ec501");
	CHECK(ta > 0);
	CHECK(teed_stop(t, SIGKILL) == -SIGKILL);
	CHECK(teed_gone(ta));
	CHECK(teed_call(&s, TESTTA_ANY) == TARGET_DEAD);
	TEEC_CloseSession(&s);
	CHECK(TEEC_OpenSession(c, &s, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL,
		  &origin) != TEEC_SUCCESS);
	CHECK(origin == TEEC_ORIGIN_COMMS);

	check_row("it starts again at the same place; the context still works");
	CHECK(teed_start(t));
	CHECK(teed_open(c, &s) == TEEC_SUCCESS);
	CHECK(is_stored(&s, "before the kill"));
	TEEC_CloseSession(&s);
}

/* ---- cancellation -------------------------------------------------------- */

struct canceller {
	TEEC_Operation op;
	TEEC_Session *session;
	TEEC_Result result;
	uint32_t origin, command;
};

static void *
run_cancelled(void *arg)
{
	struct canceller *x = arg;

	x->result =
	    TEEC_InvokeCommand(x->session, x->command, &x->op, &x->origin);
	return (NULL);
}

/* Again and again: nobody can say when the other thread is inside. */
static void
cancel_until_done(struct canceller *x)
{
	pthread_t thread;

	x->result = UINT32_MAX;
	CHECK(pthread_create(&thread, NULL, run_cancelled, x) == 0);
	TEEC_RequestCancellation(&x->op);
	CHECK(pthread_join(thread, NULL) == 0);
}

static void
cancellation(TEEC_Session *s)
{
	struct canceller running = { .session = s,
		.command = TESTTA_UNTIL_CANCEL };
	struct canceller waiting = { .session = s, .command = TESTTA_ANY };
	pthread_t thread;

	check_row("a call that runs until it is cancelled");
	for (int i = 0; i < 50; i++) {
		memset(&running.op, 0, sizeof(running.op));
		cancel_until_done(&running);
		CHECK(running.result == TEEC_ERROR_CANCEL);
	}

	check_row("cancelled before it was made");
	memset(&running.op, 0, sizeof(running.op));
	TEEC_RequestCancellation(&running.op);
	run_cancelled(&running);
	CHECK(running.result == TEEC_ERROR_CANCEL);

	check_row("cancelled while another call has the session");
	memset(&running.op, 0, sizeof(running.op));
	CHECK(pthread_create(&thread, NULL, run_cancelled, &running) == 0);
	for (int i = 0; i < 20; i++) {
		memset(&waiting.op, 0, sizeof(waiting.op));
		cancel_until_done(&waiting);
		CHECK(waiting.result == TEEC_ERROR_CANCEL ||
		    waiting.result == TEEC_SUCCESS);
		if (waiting.result == TEEC_ERROR_CANCEL)
			break;
	}
	CHECK(waiting.result == TEEC_ERROR_CANCEL);
	TEEC_RequestCancellation(&running.op);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(running.result == TEEC_ERROR_CANCEL);

	check_row("a cancellation that comes too late harms nothing");
	for (int i = 0; i < 100; i++) {
		memset(&waiting.op, 0, sizeof(waiting.op));
		cancel_until_done(&waiting);
		CHECK(teed_call(s, TESTTA_ANY) == TEEC_SUCCESS);
	}
}

/* ---- one TA calls another ------------------------------------------------ */

static TEEC_Result
call_ta_for(TEEC_Session *s, const char *to, TEEC_Value command, uint8_t *bytes,
    size_t *n, uint32_t *origin)
{
	TEEC_UUID uuid = teed_uuid(to);
	TEEC_Operation op = { 0 };

	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT, TEEC_MEMREF_TEMP_OUTPUT);
	op.params[0].tmpref = (TEEC_TempMemoryReference){ &uuid, 16 };
	op.params[1].value = command;
	op.params[3].tmpref = (TEEC_TempMemoryReference){ bytes, *n };
	if (TEEC_InvokeCommand(s, TESTTA_CALL, &op, NULL) != TEEC_SUCCESS)
		return (UINT32_MAX);
	*n = op.params[3].tmpref.size;
	*origin = op.params[2].value.b;
	return (op.params[2].value.a);
}

static TEEC_Result
call_ta(TEEC_Session *s, const char *to, uint32_t command, uint8_t *bytes,
    size_t *n, uint32_t *origin)
{
	return (
	    call_ta_for(s, to, (TEEC_Value){ command, 0 }, bytes, n, origin));
}

static TEEC_Result
hold(TEEC_Session *s, const char *to)
{
	TEEC_Operation op = { .paramTypes = TEEC_MEMREF_TEMP_INPUT };
	TEEC_UUID uuid = teed_uuid(to);

	op.params[0].tmpref = (TEEC_TempMemoryReference){ &uuid, 16 };
	return (TEEC_InvokeCommand(s, TESTTA_HOLD, &op, NULL));
}

static void
ta_to_ta(TEEC_Context *c, TEEC_Session *s)
{
	const TEEC_UUID other = teed_uuid(OTHER), self = TESTTA_UUID;
	uint8_t bytes[20];
	size_t n = sizeof(bytes);
	uint32_t origin = 0, login = 0;
	TEEC_Session far;

	check_row("a TA arrives with the login of a TA, and its UUID");
	CHECK(call_ta(s, OTHER, TESTTA_IDENTITY, bytes, &n, &origin) ==
	    TEEC_SUCCESS);
	CHECK(origin == TEEC_ORIGIN_TRUSTED_APP && n == 20);
	memcpy(&login, bytes, 4);
	CHECK(login == 0xf0000000);
	CHECK(memcmp(bytes + 4, &self, 16) == 0);

	check_row("no such TA");
	n = sizeof(bytes);
	CHECK(
	    call_ta(s, "00000000-0000-0000-0000-000000000001", TESTTA_IDENTITY,
		bytes, &n, &origin) == TEEC_ERROR_ITEM_NOT_FOUND);

	check_row("the other one panics: the caller lives");
	n = 0;
	CHECK(call_ta(s, OTHER, TESTTA_LEAVE, bytes, &n, &origin) ==
	    TEEC_SUCCESS);
	CHECK(TEEC_OpenSession(c, &far, &other, TEEC_LOGIN_PUBLIC, NULL, NULL,
		  NULL) == TEEC_SUCCESS);
	CHECK(teed_call(&far, TESTTA_PANIC) == TARGET_DEAD);
	TEEC_CloseSession(&far);
	n = sizeof(bytes);
	CHECK(call_ta(s, OTHER, TESTTA_IDENTITY, bytes, &n, &origin) ==
	    TEEC_SUCCESS);

	check_row("a call to another TA that takes too long is cancelled");
	n = sizeof(bytes);
	CHECK(call_ta_for(s, OTHER, (TEEC_Value){ TESTTA_UNTIL_CANCEL, 20 },
		  bytes, &n, &origin) == TEEC_ERROR_CANCEL);
	CHECK(origin == TEEC_ORIGIN_TRUSTED_APP);

	check_row("a TA may not call itself");
	n = sizeof(bytes);
	CHECK(call_ta(s, TESTTA_TEXT, TESTTA_IDENTITY, bytes, &n, &origin) ==
	    TEEC_ERROR_ACCESS_CONFLICT);
	CHECK(origin == TEEC_ORIGIN_TEE);
}

/* Each would wait for the other, for good. */
static void
circles(TEEC_Context *c, TEEC_Session *s)
{
	const TEEC_UUID other = teed_uuid(OTHER), fourth = teed_uuid(FOURTH);
	TEEC_Session b, d;

	check_row("a call may not come back, by one step or two");
	CHECK(TEEC_OpenSession(c, &b, &other, TEEC_LOGIN_PUBLIC, NULL, NULL,
		  NULL) == TEEC_SUCCESS);
	CHECK(TEEC_OpenSession(c, &d, &fourth, TEEC_LOGIN_PUBLIC, NULL, NULL,
		  NULL) == TEEC_SUCCESS);
	CHECK(hold(s, OTHER) == TEEC_SUCCESS);
	CHECK(hold(&b, TESTTA_TEXT) == TEEC_ERROR_ACCESS_CONFLICT);
	CHECK(hold(&b, FOURTH) == TEEC_SUCCESS);
	CHECK(hold(&d, TESTTA_TEXT) == TEEC_ERROR_ACCESS_CONFLICT);

	check_row("when the session is closed the other way is open");
	CHECK(teed_call(s, TESTTA_LET_GO) == TEEC_SUCCESS);
	CHECK(hold(&d, TESTTA_TEXT) == TEEC_SUCCESS);
	CHECK(hold(s, OTHER) == TEEC_ERROR_ACCESS_CONFLICT);
	CHECK(teed_call(&d, TESTTA_LET_GO) == TEEC_SUCCESS);
	CHECK(teed_call(&b, TESTTA_LET_GO) == TEEC_SUCCESS);
	TEEC_CloseSession(&b);
	TEEC_CloseSession(&d);
}

/* ---- kinds of TAs -------------------------------------------------------- */

static void
one_session(TEEC_Context *c)
{
	const TEEC_UUID third = teed_uuid(THIRD);
	TEEC_Session s, second;
	TEEC_Value value;
	uint32_t origin = 0;

	check_row("multiSession false: one at a time");
	CHECK(TEEC_OpenSession(c, &s, &third, TEEC_LOGIN_PUBLIC, NULL, NULL,
		  NULL) == TEEC_SUCCESS);
	CHECK(TEEC_OpenSession(c, &second, &third, TEEC_LOGIN_PUBLIC, NULL,
		  NULL, &origin) == TEEC_ERROR_BUSY);
	CHECK(origin == TEEC_ORIGIN_TEE);

	check_row("instanceKeepAlive false: each last session ends it");
	for (int i = 0; i < 20; i++) {
		CHECK(count(&s, &value) == TEEC_SUCCESS && value.b == 1);
		TEEC_CloseSession(&s);
		CHECK(TEEC_OpenSession(c, &s, &third, TEEC_LOGIN_PUBLIC, NULL,
			  NULL, NULL) == TEEC_SUCCESS);
	}
	TEEC_CloseSession(&s);
}

static void
kept_alive(TEEC_Context *c)
{
	TEEC_Session s;
	TEEC_Value value;

	check_row("instanceKeepAlive true: it remembers");
	CHECK(teed_open(c, &s) == TEEC_SUCCESS);
	CHECK(count(&s, &value) == TEEC_SUCCESS);
	CHECK(value.a == 1 && value.b > 1);
	TEEC_CloseSession(&s);
}

/* ---- beginning and end ----------------------------------------------------
 */

static void
bad_conf(struct teed *t)
{
	char path[256];
	FILE *f;

	check_row("a wrong property: file and line, and no start");
	teed_add(t, OTHER, "# fine\n\ngpd.ta.singleInstance bool maybe\n");
	CHECK(!teed_start(t));
	CHECK(strstr(teed_log(t), OTHER ".conf:3: a bool is true or false") !=
	    NULL);
	teed_add(t, OTHER, TEED_CONF);

	check_row("the administrator's .conf counts, and is as strict");
	snprintf(path, sizeof(path), "%s/" OTHER ".conf", t->folder.path);
	f = fopen(path, "w");
	CHECK(f != NULL && fputs("gpd.ta.multiSession bool\n", f) >= 0 &&
	    fclose(f) == 0);
	CHECK(!teed_start(t));
	CHECK(strstr(teed_log(t), OTHER ".conf:1: a bool is") != NULL);
	CHECK(unlink(path) == 0);
}

/* A datagram socket that waits to be told. */
static int
notify_socket(const struct teed *t, struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct timeval patience = { .tv_sec = 20 };

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(at->sun_path, sizeof(at->sun_path), "%.90s/notify",
	    t->folder.path);
	CHECK(bind(fd, (const struct sockaddr *)at, sizeof(*at)) == 0);
	CHECK(chmod(at->sun_path, 0666) == 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		  sizeof(patience)) == 0);
	return (fd);
}

/* As systemd starts it: the socket is number 3, and somebody waits. */
static pid_t
start_activated(const struct teed *t, int listener, const char *notify)
{
	pid_t child = fork();
	char pid[16], user[16];
	FILE *log;

	if (child != 0)
		return (child);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	snprintf(user, sizeof(user), "%d", TEED_USER);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("NOTIFY_SOCKET", notify, 1);
	log = freopen(t->log, "a", stderr);
	if (dup2(listener, 3) == 3 && fcntl(3, F_SETFD, 0) == 0 && log != NULL)
		execl(t->program, t->program, "--tas", t->tas, "--conf",
		    t->folder.path, "--state", t->state,
		    geteuid() == 0 ? "--user" : NULL, user, NULL);
	_exit(127);
}

static void
activation(struct teed *t)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX }, where;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), notify;
	char said[64] = "";
	TEEC_Context c;
	TEEC_Session s;

	check_row("a socket that is handed over, and a word when it is ready");
	notify = notify_socket(t, &where);
	snprintf(at.sun_path, sizeof(at.sun_path), "%.90s/handed",
	    t->folder.path);
	CHECK(bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK(listen(fd, 10) == 0);
	t->pid = start_activated(t, fd, where.sun_path);
	if (!CHECK(recv(notify, said, sizeof(said) - 1, 0) > 0))
		return;
	CHECK(strcmp(said, "READY=1") == 0);
	CHECK(TEEC_InitializeContext(at.sun_path, &c) == TEEC_SUCCESS);
	CHECK(teed_open(&c, &s) == TEEC_SUCCESS);
	CHECK(teed_call(&s, TESTTA_ANY) == TEEC_SUCCESS);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&c);
	CHECK(teed_stop(t, SIGTERM) == 0);
	check_row("it leaves the socket to whom it belongs");
	CHECK(access(at.sun_path, F_OK) == 0);
	close(fd);
	close(notify);
}

static void
end_in_order(struct teed *t)
{
	pid_t ta = teed_ta(t, "e85ec501");

	check_row("a second one at the same place is refused");
	{
		struct teed second = *t;

		second.pid = 0;
		snprintf(second.log, sizeof(second.log), "%s/log2",
		    t->folder.path);
		/* It can connect, to the first: so it ends by itself. */
		CHECK(teed_start(&second));
		CHECK(teed_stop(&second, 0) == 2);
		CHECK(strstr(teed_log(&second), "another soter-teed") != NULL);
	}
	check_row("SIGTERM: processes and socket are gone");
	CHECK(ta > 0);
	CHECK(teed_stop(t, SIGTERM) == 0);
	CHECK(teed_gone(ta));
	CHECK(access(t->socket, F_OK) != 0);
	CHECK(strstr(teed_log(t), "refuses") == NULL);
	/* A sanitizer's word, but for the TA that writes to NULL on purpose. */
	CHECK(strstr(teed_log(t), "LeakSanitizer") == NULL);
	CHECK(strstr(teed_log(t), "runtime error") == NULL);
	CHECK(strstr(teed_log(t), "AddressSanitizer: heap") == NULL);
	CHECK(strstr(teed_log(t), "AddressSanitizer: stack") == NULL);
}

/* It is told, gets some seconds, and goes with the manager. */
static void
stubborn(struct teed *t)
{
	const struct soter_teemsg hold = { .kind = SOTER_TEEMSG_INVOKE,
		.serial = 2,
		.command = TESTTA_UNTIL_CANCEL };
	pid_t ta;
	int fd;

	check_row("a TA that does not come to an end keeps nobody up");
	CHECK(teed_start(t));
	fd = teed_session(t);
	CHECK(fd >= 0 && teed_send(fd, &hold, 0));
	ta = teed_ta(t, "e85ec501");
	CHECK(ta > 0);
	CHECK(teed_stop(t, SIGTERM) == 0);
	CHECK(teed_gone(ta));
	close(fd);
}

/*
 * Locked memory counts against a limit, and beyond it each allocation fails.
 * The limit falls, since only root may raise it again.
 */
static void
little_to_lock(struct teed *t, TEEC_Context *c)
{
	static const rlim_t limits[] = { 8 * MIB, 4 * MIB, 2 * MIB, 65536, 0 };

	for (size_t i = 0; i < SOTER_COUNT(limits); i++) {
		const struct rlimit low = { limits[i], limits[i] };
		TEEC_Session s;

		check_row(
		    "%zu KiB of memory may be locked: messages get through",
		    (size_t)limits[i] / 1024);
		CHECK(setrlimit(RLIMIT_MEMLOCK, &low) == 0);
		CHECK(teed_start(t));
		CHECK(teed_open(c, &s) == TEEC_SUCCESS);
		echo(&s, MIB);
		TEEC_CloseSession(&s);
		CHECK(teed_stop(t, SIGTERM) == 0);
	}
}

int
main(int argc, char **argv)
{
	struct teed t;
	TEEC_Context c, spoilt;
	TEEC_Session s;

	if (argc != 3)
		return (2);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 + i / 251);
	teed_new(&t, argv[1], argv[2]);
	bad_conf(&t);
	teed_add(&t, THIRD, "gpd.ta.singleInstance bool true\n");
	teed_add(&t, FOURTH, TEED_CONF);
	if (geteuid() == 0) {
		t.options[0] = "--group";
		t.options[1] = "54322";
	}
	check_row("soter-teed starts");
	CHECK(teed_start(&t));
	CHECK(TEEC_InitializeContext(t.socket, &c) == TEEC_SUCCESS);
	CHECK(teed_open(&c, &s) == TEEC_SUCCESS);
	temporary(&s);
	all_kinds(&s);
	short_buffer(&s);
	nothing_left(&s);
	shared(&c, &s);
	nonsense(&c, &s);
	identities(&c);
	other_users(&t);
	spoilt = c;
	opening(&spoilt);
	property(&s, "gpd.tee.description", "OpenSOTER-host-file");
	property(&s, "gpd.tee.trustedStorage.antiRollback.protectionLevel",
	    "0");
	property(&s, "gpd.tee.deviceID", NULL);
	cancellation(&s);
	ta_to_ta(&c, &s);
	circles(&c, &s);
	one_session(&c);
	kept_alive(&c);
	TEEC_CloseSession(&s);
	death(&t, &c, TESTTA_PANIC, "a panic");
	death(&t, &c, TESTTA_CRASH, "a crash");
	death(&t, &c, 0, "a kill -9");
	manager_killed(&t, &c);
	end_in_order(&t);
	activation(&t);
	stubborn(&t);
	little_to_lock(&t, &c);
	TEEC_FinalizeContext(&c);
	if (check_state.failed_rows > 0)
		fprintf(stderr, "%s", teed_log(&t));
	teed_end(&t);
	return (check_done());
}
