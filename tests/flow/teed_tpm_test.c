/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter-teed with a TPM: everything that it does with one it does behind its
 * locks, and a state directory that was put back is refused, by the TPM and not
 * by the file.
 *
 * Arguments: soter-teed, the test TA's module.
 */
#include <signal.h>

#include "tests/check.h"
#include "tests/swtpm.h"
#include "tests/teed.h"

#define CORRUPT_OBJECT 0xF0100001

static void
must(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		abort();
	}
}

/* A copy of the state directory, with owners and modes. */
static void
copy(const char *from, const char *to)
{
	pid_t child;
	int status = -1;

	folder_remove(to);
	child = fork();
	if (child == 0) {
		execlp("cp", "cp", "-a", from, to, (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	must(status == 0, "cp");
}

/* ---- a session ----------------------------------------------------------- */

static TEEC_Result
call(const struct teed *t, uint32_t command, uint32_t type, char *bytes,
    size_t *n, uint32_t *origin)
{
	const TEEC_UUID uuid = TESTTA_UUID;
	TEEC_Operation op = { .paramTypes = type };
	TEEC_Result result;
	TEEC_Context c;
	TEEC_Session s;

	result = TEEC_InitializeContext(t->socket, &c);
	if (result != TEEC_SUCCESS)
		return (result);
	op.params[0].tmpref = (TEEC_TempMemoryReference){ bytes, *n };
	result = TEEC_OpenSession(&c, &s, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL,
	    origin);
	if (result == TEEC_SUCCESS) {
		result = TEEC_InvokeCommand(&s, command, &op, origin);
		*n = op.params[0].tmpref.size;
		TEEC_CloseSession(&s);
	}
	TEEC_FinalizeContext(&c);
	return (result);
}

static void
store(const struct teed *t, const char *text)
{
	char bytes[64];
	size_t n = strlen(text);
	uint32_t origin;

	memcpy(bytes, text, n);
	CHECK(call(t, TESTTA_STORE, TEEC_MEMREF_TEMP_INPUT, bytes, &n,
		  &origin) == TEEC_SUCCESS);
}

static void
check_stored(const struct teed *t, const char *text)
{
	char bytes[64];
	size_t n = sizeof(bytes);
	uint32_t origin;

	CHECK(call(t, TESTTA_LOAD, TEEC_MEMREF_TEMP_OUTPUT, bytes, &n,
		  &origin) == TEEC_SUCCESS);
	CHECK(n == strlen(text) && memcmp(bytes, text, n) == 0);
}

static void
check_refused(const struct teed *t)
{
	char bytes[64];
	size_t n = sizeof(bytes);
	uint32_t origin = 0;

	CHECK(call(t, TESTTA_LOAD, TEEC_MEMREF_TEMP_OUTPUT, bytes, &n,
		  &origin) == CORRUPT_OBJECT);
	CHECK(origin == TEEC_ORIGIN_TEE);
	CHECK(strstr(teed_log(t), "older than what was last acknowledged") !=
	    NULL);
}

static void
check_property(const struct teed *t, const char *name, const char *want)
{
	TEEC_Operation op = { 0 };
	char text[64] = "";
	TEEC_Context c;
	TEEC_Session s;

	CHECK(TEEC_InitializeContext(t->socket, &c) == TEEC_SUCCESS);
	CHECK(teed_open(&c, &s) == TEEC_SUCCESS);
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref.buffer = (char *)(uintptr_t)name;
	op.params[0].tmpref.size = strlen(name);
	op.params[1].tmpref = (TEEC_TempMemoryReference){ text, 63 };
	CHECK(
	    TEEC_InvokeCommand(&s, TESTTA_PROPERTY, &op, NULL) == TEEC_SUCCESS);
	CHECK(strcmp(text, want) == 0);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&c);
}

/* ---- rows ---------------------------------------------------------------- */

#define ROLLBACK "gpd.tee.trustedStorage.antiRollback.protectionLevel"

/* Two states; the older one is put back, and then the newer one. */
static void
put_back(struct teed *t, const char *older, const char *newer, int is_tpm)
{
	check_row("a state, a copy of it, a newer state");
	CHECK(teed_start(t));
	check_property(t, ROLLBACK, is_tpm ? "1000" : "0");
	store(t, "one");
	CHECK(teed_stop(t, SIGTERM) == 0);
	copy(t->state, older);
	CHECK(teed_start(t));
	check_stored(t, "one");
	store(t, "two");
	CHECK(teed_stop(t, SIGTERM) == 0);
	copy(t->state, newer);

	check_row("the older one put back is %s",
	    is_tpm ? "refused" : "not noticed, and that is what it says");
	copy(older, t->state);
	CHECK(teed_start(t));
	if (is_tpm)
		check_refused(t);
	else
		check_stored(t, "one");
	CHECK(teed_stop(t, SIGTERM) == 0);

	check_row("the newer one put back is in order");
	copy(newer, t->state);
	CHECK(teed_start(t));
	check_stored(t, "two");
	CHECK(teed_stop(t, SIGTERM) == 0);
}

static void
other_sealer(struct teed *t, struct swtpm *tpm, const char *folder)
{
	struct swtpm other;

	check_row("a file as sealer, where a TPM was: no new key is made");
	t->options[1] = "file";
	CHECK(!teed_start(t));
	CHECK(strstr(teed_log(t), "device key: ") != NULL);
	t->options[1] = "tpm";

	check_row("another TPM: no new key is made");
	must(swtpm_new(&other, folder, "other"), "swtpm");
	must(chmod(other.socket, 0666) == 0 && chmod(other.control, 0666) == 0,
	    "chmod");
	t->options[5] = other.tcti;
	CHECK(!teed_start(t));
	swtpm_stop(&other);

	check_row("no TPM there");
	CHECK(!teed_start(t));
	t->options[5] = tpm->tcti;
	check_row("and with its own TPM it is all there");
	CHECK(teed_start(t));
	check_stored(t, "two");
	CHECK(teed_stop(t, SIGTERM) == 0);
}

/* The connection breaks while the manager writes to it. */
static void
tpm_dies(struct teed *t, struct swtpm *tpm)
{
	char bytes[] = "three";
	size_t n = strlen(bytes);
	uint32_t origin;

	check_row("the TPM dies under it: an error, and the manager lives");
	CHECK(teed_start(t));
	check_stored(t, "two");
	swtpm_stop(tpm);
	CHECK(call(t, TESTTA_STORE, TEEC_MEMREF_TEMP_INPUT, bytes, &n,
		  &origin) != TEEC_SUCCESS);
	check_property(t, ROLLBACK, "1000");
	CHECK(teed_stop(t, SIGTERM) == 0);

	check_row("with the TPM again it is all there, and nothing more");
	must(swtpm_start(tpm), "swtpm");
	must(chmod(tpm->socket, 0666) == 0 && chmod(tpm->control, 0666) == 0,
	    "chmod");
	CHECK(teed_start(t));
	check_stored(t, "two");
	CHECK(teed_stop(t, SIGTERM) == 0);
}

static void
with_file(const char *program, const char *module)
{
	char older[160], newer[160];
	struct teed t;

	teed_new(&t, program, module);
	snprintf(older, sizeof(older), "%s/older", t.folder.path);
	snprintf(newer, sizeof(newer), "%s/newer", t.folder.path);
	put_back(&t, older, newer, 0);
	teed_end(&t);
}

static void
with_tpm(const char *program, const char *module)
{
	char older[160], newer[160];
	struct swtpm tpm;
	struct teed t;

	teed_new(&t, program, module);
	snprintf(older, sizeof(older), "%s/older", t.folder.path);
	snprintf(newer, sizeof(newer), "%s/newer", t.folder.path);
	must(swtpm_new(&tpm, t.folder.path, "tpm"), "swtpm");
	must(chmod(tpm.socket, 0666) == 0 && chmod(tpm.control, 0666) == 0,
	    "chmod");
	t.options[0] = "--sealer";
	t.options[1] = "tpm";
	t.options[2] = "--anchor";
	t.options[3] = "tpm";
	t.options[4] = "--tcti";
	t.options[5] = tpm.tcti;
	check_row("sealed by a TPM, and it says so");
	if (CHECK(teed_start(&t))) {
		check_property(&t, "gpd.tee.description", "OpenSOTER-host-tpm");
		CHECK(teed_stop(&t, SIGTERM) == 0);
		put_back(&t, older, newer, 1);
		other_sealer(&t, &tpm, t.folder.path);
		tpm_dies(&t, &tpm);
	}
	if (check_state.failed_rows > 0)
		fprintf(stderr, "%s", teed_log(&t));
	swtpm_stop(&tpm);
	teed_end(&t);
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		return (2);
	with_file(argv[1], argv[2]);
	if (swtpm_is_installed())
		with_tpm(argv[1], argv[2]);
	else
		check_skip("soter-teed with a TPM", "swtpm is not installed");
	return (check_done());
}
