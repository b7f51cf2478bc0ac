/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_out.c -- what leaves the generator: files below one folder, and one row
 * of manifest.jsonl for each case.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "generate.h"

#define PATH_MAX_LEN 1024

static const char *out_folder;
static FILE *manifest;
static size_t files_n, cases_n, bytes_n;

/* Make every folder on the way to the file. */
static void
make_folders(char *path)
{
	for (char *p = path + strlen(out_folder) + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			gen_die("%s: %s", path, strerror(errno));
		*p = '/';
	}
}

static FILE *
open_file(const char *name)
{
	char path[PATH_MAX_LEN];
	int n = snprintf(path, sizeof(path), "%s/%s", out_folder, name);
	FILE *f;

	if (n < 0 || (size_t)n >= sizeof(path))
		gen_die("%s: the name is too long", name);
	make_folders(path);
	f = fopen(path, "wb");
	if (f == NULL)
		gen_die("%s: %s", path, strerror(errno));
	return (f);
}

static void
close_file(FILE *f, const char *name)
{
	if (ferror(f) != 0 || fclose(f) != 0)
		gen_die("%s cannot be written", name);
	files_n++;
}

void
gen_file(const char *path, struct soter_span bytes)
{
	FILE *f = open_file(path);

	fwrite(bytes.p, 1, bytes.n, f);
	close_file(f, path);
	bytes_n += bytes.n;
}

void
gen_out_open(const char *folder)
{
	out_folder = folder;
	manifest = open_file("manifest.jsonl");
}

void
gen_out_close(void)
{
	bytes_n += (size_t)ftell(manifest);
	close_file(manifest, "manifest.jsonl");
	printf("%zu files, %zu bytes, %zu cases\n", files_n, bytes_n, cases_n);
}

/* A JSON string; our texts hold no other control character than these. */
static void
put_string(const char *s)
{
	fputc('"', manifest);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', manifest);
		if ((unsigned char)*s < 0x20)
			gen_die("a control character in the manifest");
		fputc(*s, manifest);
	}
	fputc('"', manifest);
}

static void
put_member(const char *before, const char *name, const char *value)
{
	if (value == NULL)
		return;
	fprintf(manifest, "%s\"%s\":", before, name);
	put_string(value);
}

/* "keys/NAME.pem", unless it is a file already. */
static const char *
key_file(char out[GEN_NAME_MAX], const char *key)
{
	if (strchr(key, '/') != NULL)
		return (key);
	gen_key(key); /* so that the file is there */
	gen_name(out, "keys/%s.pem", key);
	return (out);
}

static void
put_list(const char *name, const char *const list[GEN_LIST_MAX])
{
	if (list[0] == NULL)
		return;
	fprintf(manifest, ",\"%s\":[", name);
	for (size_t i = 0; i < GEN_LIST_MAX && list[i] != NULL; i++) {
		if (i > 0)
			fputs(",", manifest);
		put_string(list[i]);
	}
	fputs("]", manifest);
}

static void
put_options(const struct gen_case *c)
{
	fputs(",\"options\":{", manifest);
	put_member("", "class", c->cls != NULL ? c->cls : "test");
	put_member(",", "cpu_id", c->cpu_id);
	put_member(",", "uid", c->uid);
	if (c->counter_above >= 0)
		fprintf(manifest, ",\"counter_above\":%" PRId64,
		    c->counter_above);
	put_member(",", "challenge", c->challenge);
	put_list("fids", c->fids);
	put_list("deny", c->deny);
	fputs("}", manifest);
}

static void
put_hints(const struct gen_case *c)
{
	fputs(",\"hints\":[", manifest);
	for (size_t i = 0; i < GEN_LIST_MAX && c->hints[i] != 0; i++) {
		const struct soter_code *code =
		    soter_code_find((unsigned)c->hints[i]);

		if (code == NULL)
			gen_die("%s: no such hint", c->name);
		if (i > 0)
			fputs(",", manifest);
		put_string(code->word);
	}
	fputs("]", manifest);
}

static void
put_also(const struct gen_case *c)
{
	char file[GEN_NAME_MAX];

	if (c->also[0] == NULL)
		return;
	fputs(",\"also\":[", manifest);
	for (size_t i = 0; i < GEN_LIST_MAX && c->also[i] != NULL; i++) {
		put_member(i == 0 ? "{" : ",{", "name", c->also[i]);
		put_member(",", "key", key_file(file, c->also[i]));
		fputs("}", manifest);
	}
	fputs("]", manifest);
}

/* How the program gets at text and signature. */
static const char *
form(const struct gen_case *c)
{
	size_t n = strlen(c->signed_file);

	if (c->sig_file[0] != '\0')
		return ("text");
	return (strcmp(c->signed_file + n - 4, ".bin") == 0 ? "blob" : "chain");
}

void
gen_manifest(const struct gen_case *c)
{
	char file[GEN_NAME_MAX];

	if (c->why == NULL)
		gen_die("%s: nobody says why", c->name);
	put_member("{", "name", c->name);
	put_member(",", "link", c->link);
	put_member(",", "form", form(c));
	put_member(",", "signed", c->signed_file);
	put_member(",", "sig", c->sig_file[0] != '\0' ? c->sig_file : NULL);
	if (c->key != NULL)
		put_member(",", "key", key_file(file, c->key));
	else
		put_member(",", "roots", "roots.jsonl");
	put_member(",\"expect\":{", "word", soter_rc_word(c->want));
	fprintf(manifest, ",\"number\":%u}", (unsigned)c->want);
	put_hints(c);
	put_options(c);
	put_also(c);
	put_member(",", "why", c->why);
	fputs("}\n", manifest);
	cases_n++;
}
