/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/names.c, text.c, model.c: what keys and devices are called.
 */
#include "device/wrapper/model.h"
#include "device/wrapper/text.h"
#include "tests/unit/wrapper.h"
#include "wire/model.h"

/* ---- names --------------------------------------------------------------- */

static const struct {
	const char *what, *salt, *part; /* NULL: refused */
} salts[] = {
	{ "none", "", "" },
	{ "one character", "a", "a" },
	{ "sixteen", "1234567890123456", "1234567890123456" },
	{ "seventeen: md5", "12345678901234567", "2c9728a2138b2f25" },
	{ "sixteen, thirty-two bytes",
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
	    "\xa4" },
	{ "seventeen, more bytes: md5",
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
	    "\xa4z",
	    "b92e1439847352b4" },
	{ "a blank", "a b", NULL },
	{ "a line feed", "a\n", NULL },
	{ "half a character", "\xc3", NULL },
};

static void
test_names(void)
{
	char salt[WRAPPER_SALT_BYTES], name[SOTER_KNAME_MAX + 1], want[160];

	for (size_t i = 0; i < SOTER_COUNT(salts); i++) {
		check_row("salt: %s", salts[i].what);
		snprintf(salt, sizeof(salt), "before");
		CHECK_RC(wrapper_names_salt(salt, salts[i].salt),
		    salts[i].part == NULL ? SOTER_E_ARGUMENT : SOTER_OK);
		CHECK(
		    strcmp(salt,
			salts[i].part == NULL ? "before" : salts[i].part) == 0);
	}

	check_row("names");
	wrapper_names_ask(name, 10115);
	CHECK(strcmp(name, "Wechat10115") == 0);
	wrapper_names_authkey(name, 10115, "", 0);
	CHECK(strcmp(name, "Wechatuid10115__scene0") == 0);
	wrapper_names_authkey(name, 10115, "salt", 7);
	CHECK(strcmp(name, "Wechatuid10115_salt_scene7") == 0);

	check_row("the longest name");
	memset(salt, 'x', sizeof(salt) - 1);
	salt[sizeof(salt) - 1] = '\0';
	wrapper_names_authkey(name, UINT32_MAX, salt, INT32_MIN);
	snprintf(want, sizeof(want), "Wechatuid4294967295_%s_scene-2147483648",
	    salt);
	CHECK(strcmp(name, want) == 0 && strlen(name) <= SOTER_KNAME_MAX);
}

/* ---- text ---------------------------------------------------------------- */

static const struct {
	const char *what, *text;
	int n; /* -1: refused */
} texts[] = {
	{ "empty", "", 0 },
	{ "plain", "abc", 3 },
	{ "two bytes", "\xc2\xa0", 1 },
	{ "three", "\xe2\x82\xac", 1 },
	{ "four", "\xf0\x9f\x98\x80", 1 },
	{ "the last one", "\xf4\x8f\xbf\xbf", 1 },
	{ "behind it", "\xf4\x90\x80\x80", -1 },
	{ "longer than it need be, two", "\xc1\xbf", -1 },
	{ "three", "\xe0\x9f\xbf", -1 },
	{ "four", "\xf0\x8f\xbf\xbf", -1 },
	{ "a surrogate", "\xed\xa0\x80", -1 },
	{ "cut", "a\xe2\x82", -1 },
	{ "a byte too many", "\xc3\xa4\xa4", -1 },
	{ "no following byte",
	    "\xc3"
	    "a",
	    -1 },
	{ "five bytes", "\xf8\x88\x80\x80\x80", -1 },
	{ "delete", "\x7f", -1 },
	{ "a control character of two bytes", "\xc2\x85", -1 },
	{ "a line feed", "\n", -1 },
};

static void
test_texts(void)
{
	for (size_t i = 0; i < SOTER_COUNT(texts); i++) {
		size_t n = 77;

		check_row("text: %s", texts[i].what);
		CHECK_RC(wrapper_text_count(soter_text(texts[i].text), &n),
		    texts[i].n < 0 ? SOTER_E_JSON_TEXT : SOTER_OK);
		CHECK(n == (texts[i].n < 0 ? 77 : (size_t)texts[i].n));
	}
}

/* ---- the device ---------------------------------------------------------- */

static void
put(const struct folder *f, const char *path, const char *text)
{
	char name[200];
	FILE *out;

	snprintf(name, sizeof(name), "%s/%s", f->path, path);
	for (char *c = strchr(name + strlen(f->path) + 1, '/'); c != NULL;
	     c = strchr(c + 1, '/')) {
		*c = '\0';
		mkdir(name, 0700);
		*c = '/';
	}
	out = fopen(name, "w");
	if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0)
		abort();
}

/* The parts, one after the other, as a server reads them. */
static bool
is_model(const struct folder *f, const char *a, const char *b, const char *c,
    const char *d, const char *e)
{
	const char *const want[] = { a, b, c, d, e };
	char xml[SOTER_MODEL_XML_MAX + 1];
	struct soter_model model;
	bool is = CHECK_RC(wrapper_model_make(xml, f->path), SOTER_OK) &&
	    CHECK_RC(soter_model_parse(&model, soter_text(xml)), SOTER_OK) &&
	    model.parts == SOTER_MODEL_PARTS;

	for (size_t i = 0; is && i < SOTER_COUNT(want); i++)
		if (!soter_span_equal(model.part[i], soter_text(want[i]))) {
			printf("# %s\n", xml);
			is = false;
		}
	return (is);
}

static void
test_model(void)
{
	char text[600];
	struct folder f;

	folder_new(&f);
	check_row("a device that says nothing");
	CHECK(is_model(&f, "unknown", "unknown", "unknown", "unknown",
	    "unknown"));

	check_row("a PC");
	put(&f, "sys/class/dmi/id/sys_vendor", "Maker Inc. \n");
	put(&f, "sys/class/dmi/id/product_name", "Box 7\n");
	put(&f, "etc/os-release",
	    "# VERSION_ID=1\nPRETTY_NAME=\"Some OS 12 (book)\"\n"
	    "XVERSION_ID=3\nVERSION_ID='12'\nVERSION_CODENAME=book\n");
	CHECK(is_model(&f, "Maker Inc.", "Box 7", "12", "book",
	    "Some OS 12 (book)"));

	check_row("a board, with another place for os-release");
	folder_remove(f.path);
	folder_new(&f);
	put(&f, "proc/device-tree/model", "Some Board rev 2");
	put(&f, "usr/lib/os-release", "VERSION_ID=13\nBUILD_ID=9\n");
	put(&f, "etc/os-release", "BUILD_ID=2026-11\nVERSION_CODENAME=x");
	CHECK(is_model(&f, "unknown", "Some Board rev 2", "13", "2026-11",
	    "unknown"));

	check_row("one that would break out of the XML");
	put(&f, "sys/class/dmi/id/sys_vendor", "A\"><X a=\"&amp;\x01\xff'\n");
	CHECK(is_model(&f, "A___X a=__amp;___", "Some Board rev 2", "13",
	    "2026-11", "unknown"));

	check_row("one that is too long");
	memset(text, 'm', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put(&f, "sys/class/dmi/id/sys_vendor", text);
	text[200] = '\0';
	CHECK(
	    is_model(&f, text, "Some Board rev 2", "13", "2026-11", "unknown"));
	folder_remove(f.path);
}

int
main(void)
{
	test_names();
	test_texts();
	test_model();
	return (check_done());
}
