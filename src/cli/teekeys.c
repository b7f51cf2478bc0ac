/* SPDX-License-Identifier: BSD-3-Clause */
/* soter tee: the device and its keys. */
#include <string.h>

#include "cli/certs.h"
#include "cli/describe.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/print.h"
#include "cli/teeact.h"
#include "cli/teecall.h"
#include "wire/export.h"
#include "wire/spki.h"

static enum soter_rc
call(uint32_t command, const struct teeline *line)
{
	return (teecall_once(TEECALL_SOTER, command, &line->x, NULL));
}

/* ---- the device --------------------------------------------------------- */

/* GP: 100, the REE guards it; 1000, hardware that the TEE controls. */
static const char *
rollback_text(uint32_t level)
{
	if (level >= 1000)
		return ("an old storage put back is refused, says the TEE");
	if (level > 0)
		return ("an old storage put back by the REE is accepted");
	return ("an old storage put back would not be noticed");
}

static enum soter_rc
put_status(json_t *to, const struct soter_ta_status *x)
{
	TRY(tree_put_text(to, "tee_n", x->tee_n));
	TRY(tree_put_text(to, "tee_v", x->tee_v));
	TRY(tree_put_number(to, "version", x->version));
	TRY(tree_put_number(to, "salt_len", x->salt_len));
	TRY(tree_put_bool(to, "provisioned", x->provisioned != 0));
	TRY(tree_put_bool(to, "factory_key", x->factory != 0));
	TRY(tree_put_number(to, "asks", x->asks));
	TRY(tree_put_number(to, "authkeys", x->authkeys));
	TRY(tree_put_number(to, "sessions", x->sessions));
	TRY(tree_put_number(to, "counter_block", x->counter_block));
	TRY(tree_put_number(to, "rollback_level", x->rollback));
	TRY(tree_put_text(to, "rollback", rollback_text(x->rollback)));
	if (x->trouble == 0)
		return (tree_put(to, "trouble", json_null()));
	return (tree_put_text(to, "trouble",
	    soter_rc_word((enum soter_rc)(0x0500 | (x->trouble & 0xff)))));
}

enum soter_rc
teekeys_status(const struct teeline *line, json_t *to)
{
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_ta_status status;

	TRY(teecall_once(TEECALL_SOTER, SOTER_TA_STATUS, &line->x, &w));
	if (soter_ta_status_parse(&status, soter_written(&w)) != SOTER_OK)
		return (teecall_nonsense(TEECALL_SOTER));
	return (put_status(to, &status));
}

enum soter_rc
teekeys_self_test(const struct teeline *line, json_t *to)
{
	(void)to;
	return (call(SOTER_TA_SELF_TEST, line));
}

/* Hex digits, or a TEE that lies. */
static bool
is_device_id(struct soter_span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (soter_hex_digit(text.p[i]) == SOTER_HEX_BAD)
			return (false);
	return (text.n == SOTER_DEVICE_ID_LEN);
}

static enum soter_rc
put_device_id(const struct teeline *line, json_t *to)
{
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(teecall_once(TEECALL_SOTER, SOTER_TA_DEVICE_ID, &line->x, &w));
	if (!is_device_id(soter_written(&w)))
		return (teecall_nonsense(TEECALL_SOTER));
	return (tree_put_span(to, "device_id", soter_written(&w)));
}

enum soter_rc
teekeys_device_id(const struct teeline *line, json_t *to)
{
	return (put_device_id(line, to));
}

/* The token's signature, whole; what else is in the file is refused. */
static enum soter_rc
provision(const struct teeline *line, struct soter_span token)
{
	struct teeline with_token = *line;

	if (line->token_file != NULL && token.n != SOTER_SIG_LEN) {
		print_error(line->token_file,
		    "a factory token has %d bytes, this file %zu; take the raw "
		    "signature",
		    SOTER_SIG_LEN, token.n);
		return (SOTER_E_READ);
	}
	with_token.x.token = token;
	return (call(SOTER_TA_ATTK_GENERATE, &with_token));
}

enum soter_rc
teekeys_provision(const struct teeline *line, json_t *to)
{
	struct input token = { NULL, 0 };
	enum soter_rc rc;

	if (line->token_file != NULL) {
		rc = input_read(&token, line->token_file, INPUT_KEY_MAX,
		    "a factory token");
		if (rc != SOTER_OK)
			goto out;
	}
	if ((rc = provision(line, input_span(&token))) != SOTER_OK)
		goto out;
	rc = put_device_id(line, to);
out:
	input_free(&token);
	return (rc);
}

enum soter_rc
teekeys_nonce(const struct teeline *line, json_t *to)
{
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(teecall_once(TEECALL_SOTER, SOTER_TA_FACTORY_NONCE, &line->x, &w));
	if (w.len != SOTER_FACTORY_NONCE_LEN)
		return (teecall_nonsense(TEECALL_SOTER));
	return (tree_put_hex(to, "nonce", soter_written(&w)));
}

enum soter_rc
teekeys_attk_verify(const struct teeline *line, json_t *to)
{
	(void)to;
	return (call(SOTER_TA_ATTK_VERIFY, line));
}

/* A PEM that is no key, or not only a key, does not reach the terminal. */
enum soter_rc
teekeys_attk(const struct teeline *line, json_t *to)
{
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_key key;

	TRY(teecall_once(TEECALL_SOTER, SOTER_TA_ATTK_EXPORT, &line->x, &w));
	if (soter_spki_parse_pem(&key, soter_written(&w)) != SOTER_OK)
		return (teecall_nonsense(TEECALL_SOTER));
	if (line->out_file != NULL)
		TRY(output_write(line->out_file, soter_written(&w)));
	TRY(certs_put_key(to, "key", &key, false));
	if (line->json)
		TRY(tree_put_span(to, "pub_pem", soter_written(&w)));
	return (SOTER_OK);
}

/* ---- the keys of an app ------------------------------------------------- */

enum soter_rc
teekeys_put_blob(json_t *to, const char *out_file, struct soter_span blob)
{
	struct soter_export parts;
	bool is_whole = true;

	if (soter_export_parse(&parts, blob) != SOTER_OK)
		return (teecall_nonsense(TEECALL_SOTER));
	if (out_file != NULL)
		TRY(output_write(out_file, blob));
	TRY(describe_put(to, parts.text, &is_whole));
	json_object_del(to, "kind");
	json_object_del(to, "what");
	json_object_del(to, "bytes");
	if (out_file == NULL)
		return (tree_put_text(to, "note",
		    "nothing was kept: --out FILE keeps it"));
	TRY(tree_put_text(to, "file", out_file));
	return (tree_put_number(to, "file_bytes", blob.n));
}

static enum soter_rc export(const struct teeline *line, uint32_t command,
    json_t *to) {
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(teecall_once(TEECALL_SOTER, command, &line->x, &w));
	return (teekeys_put_blob(to, line->out_file, soter_written(&w)));
}

enum soter_rc
teekeys_ask_generate(const struct teeline *line, json_t *to)
{
	(void)to;
	return (call(SOTER_TA_ASK_GENERATE, line));
}

enum soter_rc
teekeys_ask_export(const struct teeline *line, json_t *to)
{
	return (export(line, SOTER_TA_ASK_EXPORT, to));
}

enum soter_rc
teekeys_ask_has(const struct teeline *line, json_t *to)
{
	(void)to;
	return (call(SOTER_TA_ASK_HAS, line));
}

enum soter_rc
teekeys_ask_remove(const struct teeline *line, json_t *to)
{
	(void)to;
	return (call(SOTER_TA_REMOVE_ALL, line));
}

enum soter_rc
teekeys_authkey_generate(const struct teeline *line, json_t *to)
{
	(void)to;
	return (call(SOTER_TA_AUTHKEY_GENERATE, line));
}

enum soter_rc
teekeys_authkey_export(const struct teeline *line, json_t *to)
{
	return (export(line, SOTER_TA_AUTHKEY_EXPORT, to));
}

enum soter_rc
teekeys_authkey_has(const struct teeline *line, json_t *to)
{
	(void)to;
	return (call(SOTER_TA_AUTHKEY_HAS, line));
}

enum soter_rc
teekeys_authkey_remove(const struct teeline *line, json_t *to)
{
	(void)to;
	return (call(SOTER_TA_AUTHKEY_REMOVE, line));
}

enum soter_rc
teekeys_list(const struct teeline *line, json_t *to)
{
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_reader r;
	json_t *names;

	TRY(teecall_once(TEECALL_SOTER, SOTER_TA_KEYS_LIST, &line->x, &w));
	TRY(tree_put_number(to, "uid", line->x.uid));
	TRY(tree_put_array(to, "authkeys", &names));
	r = soter_reader(soter_written(&w));
	while (r.left > 0) {
		struct soter_span kname;

		if (soter_ta_text_read(&r, &kname) != SOTER_OK)
			return (teecall_nonsense(TEECALL_SOTER));
		TRY(tree_append_span(names, kname));
	}
	return (SOTER_OK);
}
