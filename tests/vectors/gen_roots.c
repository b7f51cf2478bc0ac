/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_roots.c -- roots.jsonl, what a TAM would know of the test devices, and
 * ASKs that are good or bad because of it.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "generate.h"
#include "wire/json.h"
#include "wire/spki.h"

/* clang-format off */
static const struct root {
	char device;
	unsigned version;
	const char *key, *status;
} roots[] = {
	{ 'a', 1, "attk-a", "active" },
	{ 'b', 1, "attk-b", "active" },
	{ 'h', 1, "attk-h", "active" },
	{ 'r', 1, "attk-r-1", "revoked" },	/* its main board was repaired, */
	{ 'r', 2, "attk-r-2", "active" },	/* then a new root was made */
	{ 's', 1, "attk-s", "suspended" },
};

static const struct row {
	const char *name;
	char device;		/* whose id the ASK claims; capital: in capitals */
	const char *signer;
	enum soter_rc want;
	const char *also;
	const char *why;
} rows[] = {
	{ "roots/second-version", 'r', "attk-r-2", SOTER_OK, NULL, "a device has several versions of its root: one is revoked, this one is not" },
	{ "negative/roots/revoked", 'r', "attk-r-1", SOTER_E_ATTK_REVOKED, NULL, "signed by the root that was revoked" },
	{ "negative/roots/suspended", 's', "attk-s", SOTER_E_ATTK_SUSPENDED, NULL, "signed by a suspended root" },
	{ "negative/roots/unknown-device", 'u', "attk-u", SOTER_E_ATTK_UNKNOWN, NULL, "no root is known for this device: that says nothing about the signature" },
	{ "negative/roots/unknown-device-signed-by-other", 'u', "attk-a", SOTER_E_ATTK_UNKNOWN, NULL, "a root signs for its own device alone" },
	{ "negative/roots/known-device-self-made-root", 'a', "attacker", SOTER_E_SIGNATURE, NULL, "malware made a root of its own" },
	{ "negative/roots/known-device-other-root", 'a', "attk-b", SOTER_E_SIGNATURE, "attk-b", "a root signs for its own device alone" },
	{ "negative/roots/revoked-device-self-made-root", 'r', "attacker", SOTER_E_SIGNATURE, NULL, "not by the revoked root either" },
	{ "negative/roots/device-id-case", 'A', "attk-a", SOTER_E_ATTK_UNKNOWN, NULL, "device ids are case-sensitive" },
};
/* clang-format on */

static void
add_root(struct gen_text *out, const struct root *root)
{
	uint8_t pem[SOTER_PEM_KEY_MAX], line[2 * SOTER_PEM_KEY_MAX];
	struct soter_writer p = soter_writer(pem, sizeof(pem));
	struct soter_writer w = soter_writer(line, sizeof(line));

	GEN_OK(soter_spki_write_pem(&p, &gen_key(root->key)->key));
	GEN_OK(soter_json_write_text(&w, "device_id",
	    soter_text(gen_cpu_id(root->device))));
	GEN_OK(soter_json_write_number(&w, "attk_version", root->version));
	GEN_OK(soter_json_write_text(&w, "pub_pem", soter_written(&p)));
	GEN_OK(soter_json_write_text(&w, "class", SOTER_SPAN("test")));
	GEN_OK(soter_json_write_text(&w, "status", soter_text(root->status)));
	GEN_OK(soter_json_write_end(&w));
	gen_add(out, soter_written(&w));
	gen_add_text(out, "\n");
}

static void
put_row(const struct row *row)
{
	char id[GEN_NAME_MAX];
	struct gen_object o;

	gen_take(&o, "classic-salt20/ask-10115");
	gen_name(id, "%s", gen_cpu_id((char)tolower(row->device)));
	if (isupper(row->device))
		for (char *c = id; *c != '\0'; c++)
			*c = (char)toupper(*c);
	gen_key_text(&o.text, &gen_key("ask-a-10115")->key, id, 181, "10115",
	    -1);
	gen_rename(&o, "%s", row->name);
	o.signer = row->signer;
	o.c.key = NULL;
	o.c.cpu_id = id;
	o.c.want = row->want;
	o.c.why = row->why;
	if (row->also != NULL) {
		o.c.also[0] = row->also;
		o.c.hints[0] = SOTER_HINT_OTHER_KEY;
	}
	gen_put(&o);
}

/* The good ASKs again, with the root looked up. */
static void
put_good(const char *base)
{
	struct gen_object o;

	gen_take(&o, base);
	gen_name(o.c.name, "roots/%s", base);
	o.c.key = NULL;
	o.c.why = "the root is found by the claimed device id";
	gen_manifest(&o.c);
}

static void
wrong_class(void)
{
	struct gen_object o;

	gen_take(&o, "classic-salt20/ask-10115");
	gen_name(o.c.name, "negative/roots/class");
	o.c.key = NULL;
	o.c.cls = "production";
	o.c.want = SOTER_E_CLASS;
	o.c.why = "a test root in production";
	gen_manifest(&o.c);
}

/* The root's own key in a key JSON that the root signed. */
static void
root_as_ask(void)
{
	struct gen_object o;

	gen_take(&o, "classic-salt20/ask-10115");
	gen_key_text(&o.text, &gen_key("attk-a")->key, o.c.cpu_id, 181, "10115",
	    -1);
	gen_rename(&o, "negative/roots/root-under-itself");
	o.c.key = NULL;
	o.c.want = SOTER_E_SELF;
	o.c.why = "the device root as an ASK: it would sign AuthKeys";
	gen_put(&o);
}

void
gen_roots(void)
{
	struct gen_text all = { 0 };

	for (size_t i = 0; i < SOTER_COUNT(roots); i++)
		add_root(&all, &roots[i]);
	gen_file("roots.jsonl", gen_span(&all));
	put_good("classic-salt20/ask-10115");
	put_good("classic-salt32/ask-10115");
	put_good("huawei-style/ask-10316");
	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		put_row(&rows[i]);
	wrong_class();
	root_as_ask();
}
