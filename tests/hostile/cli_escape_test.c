/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli_escape_test [SOTER] -- what a phone puts into its texts, and what of it
 * reaches the terminal of the person who looks at them.
 *
 * Goal: no control byte, no sequence that a terminal obeys, no letter that
 * turns the direction of writing; JSON gives the text back exactly; and neither
 * a challenge nor a signature is ever shown.
 */
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/phone.h"
#include "wire/base64.h"
#include "wire/export.h"
#include "wire/spki.h"

#define OUT_MAX	  (256 * 1024)
#define WORDS_MAX 24

static const char *soter;
static char folder[] = "/tmp/soter-escape-XXXXXX";
static char out[OUT_MAX + 1]; /* standard output and error of the last run */
static size_t out_n;

/* ------------------------------------------------------------------------- */
/* Files and runs                                                            */
/* ------------------------------------------------------------------------- */

/* A path in our folder; good until the same slot is used again. */
static const char *
path(int slot, const char *name)
{
	static char paths[4][256];

	snprintf(paths[slot], sizeof(paths[slot]), "%s/%s", folder, name);
	return (paths[slot]);
}

static void
put_file(const char *name, struct soter_span bytes)
{
	FILE *f = fopen(path(3, name), "wb");

	MUST(f != NULL && fwrite(bytes.p, 1, bytes.n, f) == bytes.n);
	MUST(fclose(f) == 0);
}

static void
read_all(int fd)
{
	ssize_t got;

	out_n = 0;
	while ((got = read(fd, out + out_n, OUT_MAX - out_n)) > 0)
		out_n += (size_t)got;
	MUST(got == 0 && out_n < OUT_MAX);
	out[out_n] = '\0';
}

/* Run soter with these words, up to NULL; gives its exit status. */
static int
run(const char *const *words)
{
	const char *argv[WORDS_MAX + 2] = { soter };
	int fd[2], status;
	pid_t child;

	for (size_t i = 0; words[i] != NULL; i++) {
		MUST(i < WORDS_MAX);
		argv[i + 1] = words[i];
	}
	fflush(stdout);
	MUST(pipe(fd) == 0);
	MUST((child = fork()) >= 0);
	if (child == 0) {
		dup2(fd[1], STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		close(fd[1]);
		/* execv() changes none of them. */
		execv(soter, (char *const *)(uintptr_t)argv);
		_exit(126);
	}
	close(fd[1]);
	read_all(fd[0]);
	close(fd[0]);
	MUST(waitpid(child, &status, 0) == child);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static bool
shows(const char *text)
{
	return (strstr(out, text) != NULL);
}

/* ------------------------------------------------------------------------- */
/* Is the output fit for a terminal?                                         */
/* ------------------------------------------------------------------------- */

/* One UTF-8 character; its number, or -1.  Written apart from the one in
 * cli/print.c, so that one cannot hide the other's mistake. */
static long
next_letter(const char **p)
{
	const unsigned char *c = (const unsigned char *)*p;
	int more = c[0] < 0x80 ? 0
	    : c[0] >> 5 == 6   ? 1
	    : c[0] >> 4 == 14  ? 2
	    : c[0] >> 3 == 30  ? 3
			       : -1;
	long letter = more == 0 ? c[0] : c[0] & (0x3f >> more);

	for (int i = 1; i <= more; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return (-1);
		letter = letter << 6 | (c[i] & 0x3f);
	}
	*p += more + 1;
	return (more < 0 ? -1 : letter);
}

static bool
is_clean(bool is_ascii)
{
	for (const char *p = out; p < out + out_n;) {
		long c = next_letter(&p);

		if (c < 0 || (c < 0x20 && c != '\n') || c == 0x7f ||
		    (c >= 0x80 && (is_ascii || c < 0xa0)))
			return (false);
		if ((c >= 0x200b && c <= 0x200f) ||
		    (c >= 0x2028 && c <= 0x202e) ||
		    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c >= 0xe0000)
			return (false);
	}
	return (true);
}

/* ------------------------------------------------------------------------- */

static const struct {
	const char *what, *text, *escaped;
} texts[] = {
	{ "colour", "\033[31mred\033[0m", "\\x1b[31mred" },
	{ "title of the window", "\033]0;title\007", "\\x1b]0;title\\x07" },
	{ "a line of its own", "x\nverified\n  link ask", "x\\x0averified" },
	{ "back to the start of the line", "x\rverified", "x\\x0dverified" },
	{ "backspace", "refused\b\b\b\b\b\b\b", "refused\\x08" },
	{ "delete", "x\177y", "x\\x7fy" },
	{ "the one-letter CSI",
	    "x\xc2\x9b"
	    "31m",
	    "\\u{9b}31m" },
	{ "writing from right to left", "x\xe2\x80\xaetxt", "x\\u{202e}txt" },
	{ "isolate", "x\xe2\x81\xa6y", "x\\u{2066}y" },
	{ "zero width", "x\xe2\x80\x8by", "x\\u{200b}y" },
	{ "byte-order mark", "\xef\xbb\xbfx", "\\u{feff}x" },
	{ "line separator", "x\xe2\x80\xa8y", "x\\u{2028}y" },
	{ "tag letters", "x\xf3\xa0\x81\x81", "x\\u{e0041}" },
	{ "an escape that is none", "x\\x1b[31m", "x\\\\x1b[31m" },
	{ "a quote", "x\", must be \"y", "x\\\", must be" },
	{ "ordinary letters", "\xe6\x94\xaf\xe4\xbb\x98", "" },
};

static struct rsa_maker key;
static struct phone_object object;

static void
put_object(void)
{
	put_file("text", soter_span(object.text, object.text_n));
	put_file("sig", soter_span(object.sig, sizeof(object.sig)));
}

static void
put_key(const char *name, const struct rsa_maker *of)
{
	uint8_t pem[SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(pem, sizeof(pem));

	MUST(soter_spki_write_pem(&w, &of->pub) == SOTER_OK);
	put_file(name, soter_written(&w));
}

/* A result whose device and TEE have this name. */
static void
put_result(const char *text)
{
	struct soter_result_json x = phone_result_json(7);

	snprintf(x.cpu_id, sizeof(x.cpu_id), "%s", text);
	snprintf(x.tee_n, sizeof(x.tee_n), "%s", text);
	phone_result(&object, &key, &x, "a challenge", 20);
	put_object();
}

#define RESULT                                                          \
	"result", "--signed", path(0, "text"), "--sig", path(1, "sig"), \
	    "--key", path(2, "key"), "--challenge", "a challenge"

/* JSON must give the text back as the phone meant it. */
static bool
gives_back(const char *text)
{
	json_t *root = json_loadb(out, out_n, 0, NULL);
	json_t *object_ = json_object_get(root, "object");
	const char *cpu_id =
	    json_string_value(json_object_get(object_, "cpu_id"));
	bool same = cpu_id != NULL && strcmp(cpu_id, text) == 0;

	json_decref(root);
	return (same);
}

static void
check_text(size_t i, bool is_utf8)
{
	const char *text = texts[i].text, *escaped = texts[i].escaped;
	char deny[80];

	check_row("%s, %s", texts[i].what, is_utf8 ? "UTF-8" : "ASCII");
	put_result(text);
	CHECK(RUN("verify", RESULT) == 0 && is_clean(!is_utf8));
	CHECK(shows("cpu_id") && shows(escaped));
	CHECK(RUN("verify", RESULT, "--json") == 0 && is_clean(true));
	CHECK(gives_back(text));
	CHECK(RUN("verify", RESULT, "--cpu-id", "another") == 1);
	CHECK(is_clean(!is_utf8) && shows("seen") && shows(escaped));
	CHECK(RUN("verify", RESULT, "--json", "--cpu-id", "another") == 1);
	CHECK(is_clean(true));
	snprintf(deny, sizeof(deny), "tee=%s", text);
	CHECK(RUN("explain", RESULT, "--deny", deny) == 1);
	CHECK(is_clean(!is_utf8) && shows("seen") && shows(escaped));
	CHECK(RUN("inspect", path(0, "text")) == 0 && is_clean(!is_utf8));
	CHECK(shows(escaped));
	CHECK(RUN("inspect", "--json", path(0, "text")) == 0 && is_clean(true));
}

/* The same texts from a command line that somebody pasted. */
static void
check_words(size_t i)
{
	const char *text = texts[i].text;
	char other[320];

	check_row("%s, on the command line", texts[i].what);
	CHECK(RUN(text) == 2 && is_clean(false));
	CHECK(RUN("help", text) == 2 && is_clean(false));
	CHECK(RUN("verify", text) == 2 && is_clean(false));
	CHECK(RUN("explain", text) == 2 && is_clean(false));
	CHECK(RUN("inspect", text) == 2 && is_clean(false));
	CHECK(RUN("inspect", "x", text) == 2 && is_clean(false));
	snprintf(other, sizeof(other), "--%s", text);
	CHECK(RUN("errors", other) == 2 && is_clean(false));
	snprintf(other, sizeof(other), "%s=%s", text, path(0, "key"));
	CHECK(RUN("verify", "result", "--signed", path(0, "text"), "--sig",
		  path(1, "sig"), "--challenge", "x", "--key", path(2, "other"),
		  "--other-key", other) == 1);
	CHECK(is_clean(false));
	CHECK(strchr(text, '=') != NULL || shows("other_key"));
}

/* Bytes that are no UTF-8: from a phone they are refused, here they are shown.
 */
static void
check_no_utf8(void)
{
	check_row("bytes that are no UTF-8, on the command line");
	CHECK(RUN("inspect", "x\xff\xc3(y\xe2\x82") == 2 && is_clean(false));
	CHECK(shows("x\\xff\\xc3(y\\xe2\\x82"));
	CHECK(RUN("inspect", "\xc0\xaf\xed\xa0\x80") == 2 && is_clean(false));
	CHECK(shows("\\xc0\\xaf\\xed\\xa0\\x80"));
}

/* Names of fields that no standard has. */
static void
check_names(void)
{
	static const char *const names[] = { "\xe2\x80\xae", "\xc2\x9b",
		"\xef\xbb\xbf", "\xf3\xa0\x81\x81", "\x7f" };

	for (size_t i = 0; i < SOTER_COUNT(names); i++) {
		char text[600];

		check_row("name of an unknown field, %zu", i);
		snprintf(text, sizeof(text),
		    "{\"%s\":1,\"raw\":\"a challenge\",\"fid\":\"1\","
		    "\"counter\":7,\"tee_n\":\"x\",\"tee_v\":\"x\","
		    "\"fp_n\":\"x\",\"fp_v\":\"x\",\"cpu_id\":\"x\","
		    "\"uid\":\"1\"}",
		    names[i]);
		phone_text(&object, soter_text(text));
		phone_sign(&object, &key, 20);
		put_object();
		CHECK(RUN("verify", RESULT) == 0 && is_clean(false));
		CHECK(shows("unknown"));
		CHECK(RUN("verify", RESULT, "--json") == 0 && is_clean(true));
		CHECK(RUN("inspect", path(0, "text")) == 0 && is_clean(false));
	}
}

/* ------------------------------------------------------------------------- */

static char secret[] = "SECRET-4f2a9c";
static char base64[25], hex[25];

static bool
keeps_secrets(void)
{
	return (out_n > 0 && !shows(secret) && !shows(base64) && !shows(hex));
}

/* The first bytes of the signature, in the forms in which it could show. */
static void
note_signature(void)
{
	struct soter_writer w = soter_writer(base64, sizeof(base64) - 1);

	MUST(soter_base64_encode(&w, soter_span(object.sig, 18)) == SOTER_OK);
	for (size_t i = 0; i < 12; i++)
		snprintf(hex + 2 * i, 3, "%02x", object.sig[i]);
}

static void
put_blob(void)
{
	uint8_t blob[SOTER_EXPORT_MAX];
	struct soter_writer w = soter_writer(blob, sizeof(blob));
	struct soter_signed in = phone_signed(&object);
	struct soter_export x = { in.text, in.sig };

	MUST(soter_export_write(&w, &x) == SOTER_OK);
	put_file("blob", soter_written(&w));
}

static void
check_secrets(const char *verb, const char *form)
{
	struct {
		const char *what, *option, *value;
		int status;
	} rows[] = {
		{ "right", "--challenge", secret, 0 },
		{ "another", "--challenge", "SECRET-4f2a9d", 1 },
		{ "longer", "--challenge", "SECRET-4f2a9c0", 1 },
		{ "not checked", "--no-challenge", NULL, 0 },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		const char *blob[] = { verb, "result", "--signed",
			path(0, "blob"), "--key", path(2, "key"), form,
			rows[i].option, rows[i].value, NULL };

		check_row("%s %s: challenge %s", verb, form, rows[i].what);
		CHECK(run(blob) == rows[i].status && keeps_secrets());
		CHECK(!shows("SECRET"));
	}
}

static void
check_no_secrets(void)
{
	struct soter_result_json x = phone_result_json(7);

	phone_result(&object, &key, &x, secret, 20);
	put_object();
	put_blob();
	note_signature();
	check_secrets("verify", "--class=production");
	check_secrets("verify", "--json");
	check_secrets("explain", "--class=production");
	check_secrets("explain", "--json");

	check_row("inspect shows neither");
	CHECK(RUN("inspect", path(0, "blob")) == 0 && keeps_secrets());
	CHECK(RUN("inspect", "--json", path(0, "blob")) == 0);
	CHECK(keeps_secrets());
	CHECK(RUN("inspect", path(0, "text")) == 0 && keeps_secrets());
	CHECK(RUN("inspect", path(0, "sig")) == 0 && keeps_secrets());

	check_row("nor does a refusal of the signature");
	object.text[20] ^= 1;
	put_object();
	CHECK(RUN("verify", "result", "--signed", path(0, "text"), "--sig",
		  path(1, "sig"), "--key", path(2, "key"), "--challenge",
		  secret) == 1);
	CHECK(keeps_secrets());
	CHECK(RUN("explain", "result", "--json", "--signed", path(0, "text"),
		  "--sig", path(1, "sig"), "--key", path(2, "key"),
		  "--challenge", secret) == 1);
	CHECK(keeps_secrets());
}

static void
clean_up(void)
{
	static const char *const names[] = { "text", "sig", "key", "other",
		"blob" };

	for (size_t i = 0; i < SOTER_COUNT(names); i++)
		unlink(path(0, names[i]));
	rmdir(folder);
}

int
main(int argc, char **argv)
{
	struct rsa_maker other;

	soter = argc > 1 ? argv[1] : getenv("SOTER");
	MUST(soter != NULL);
	MUST(mkdtemp(folder) != NULL);
	rsa_make(&key, 2048);
	rsa_make(&other, 2048);
	put_key("key", &key);
	put_key("other", &other);

	for (int is_utf8 = 0; is_utf8 <= 1; is_utf8++) {
		setenv("LC_ALL", is_utf8 ? "C.UTF-8" : "C", 1);
		for (size_t i = 0; i < SOTER_COUNT(texts); i++)
			check_text(i, is_utf8 != 0);
	}
	for (size_t i = 0; i < SOTER_COUNT(texts); i++)
		check_words(i);
	check_no_utf8();
	check_names();
	check_no_secrets();

	rsa_drop(&key);
	rsa_drop(&other);
	clean_up();
	return (check_done());
}
