/* SPDX-License-Identifier: BSD-3-Clause */
/* soter inspect: what a file is and what it says; nothing is verified. */
#include "cli/describe.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/verbs.h"

enum { OPT_JSON = 256 };

static const struct options_row rows[] = {
	{ OPT_JSON, "json", NULL, 0, "answer with one JSON object", false },
};

static void
help(void)
{
	fputs("usage: soter inspect [--json] FILE\n"
	      "\n"
	      "Say what a file is: an export blob, a key, result or chain "
	      "JSON, PEM or DER of\na key or a certificate, a signature, a "
	      "device info.  What it says of itself is\nmarked as claimed: "
	      "nothing is verified.  FILE may be - for standard input.\n"
	      "\n",
	    stdout);
	options_print(rows, SOTER_COUNT(rows), 0);
	fputs(
	    "\nExit status: 0, 1 if it is broken or nothing of SOTER's, 2 usage "
	    "or input.\n",
	    stdout);
}

static enum soter_rc
print(json_t *root, bool is_json)
{
	if (is_json)
		return (tree_print_json(root));
	print_tone(PRINT_STRONG,
	    json_string_value(json_object_get(root, "what")));
	printf(", %" JSON_INTEGER_FORMAT " bytes\n",
	    json_integer_value(json_object_get(root, "bytes")));
	json_object_del(root, "kind");
	json_object_del(root, "what");
	json_object_del(root, "bytes");
	tree_print_lines(root, 2);
	return (SOTER_OK);
}

static enum soter_rc
inspect(const char *file, bool is_json)
{
	struct input input = { NULL, 0 };
	json_t *root = NULL;
	bool is_whole = true;
	enum soter_rc rc;

	rc = input_read(&input, file, INPUT_SIGNED_MAX,
	    "something that a phone sent");
	if (rc != SOTER_OK)
		goto out;
	rc = SOTER_E_NOMEM;
	if ((root = json_object()) == NULL)
		goto out;
	rc = describe_put(root, input_span(&input), &is_whole);
	if (rc != SOTER_OK)
		goto out;
	if ((rc = print(root, is_json)) != SOTER_OK)
		goto out;
	rc = is_whole ? SOTER_OK : SOTER_E_FORMAT;
out:
	json_decref(root);
	input_free(&input);
	return (rc);
}

enum soter_rc
inspect_run(int argc, char **argv)
{
	bool is_json = false;
	struct options o;
	int id;

	options_begin(&o, rows, SOTER_COUNT(rows), argc, argv);
	while ((id = options_next(&o)) >= 0) {
		if (id == OPTIONS_HELP) {
			help();
			return (SOTER_OK);
		}
		is_json = true;
	}
	if (id == OPTIONS_BAD)
		return (SOTER_E_ARGUMENT);
	if (o.word == NULL)
		return (options_error(&o, NULL, "FILE is missing"));
	return (inspect(o.word, is_json));
}
