/* SPDX-License-Identifier: BSD-3-Clause */
/* soter tam device: roots, one by one and by the million. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/print.h"
#include "cli/tamact.h"
#include "crypto/hash.h"
#include "tam/intake.h"

/* ---- one ----------------------------------------------------------------- */

static enum soter_rc
put_root(json_t *to, const struct tam_root *x)
{
	uint8_t hash[SOTER_SHA256_LEN];

	TRY(tree_put_number(to, "attk_version", x->attk_version));
	TRY(tree_put_text(to, "kind",
	    x->kind == TAM_ROOT_KEY ? "key" : "chain"));
	TRY(tree_put_text(to, "class", tam_class_word(x->cls)));
	TRY(tree_put_text(to, "status", tam_status_word(x->status)));
	TRY(tamact_put_time(to, "since", x->since_s));
	TRY(tree_put_number(to, "audit_entry", x->audit));
	if (x->kind != TAM_ROOT_KEY)
		return (SOTER_OK);
	TRY(soter_sha256(hash, soter_span(x->n, sizeof(x->n))));
	return (
	    tree_put_hex(to, "modulus_sha256", soter_span(hash, sizeof(hash))));
}

enum soter_rc
tamdevice_show(const struct tamline *line, const struct tamact *tam, json_t *to)
{
	struct tam_device device;
	json_t *roots, *one;
	enum soter_rc rc = tam_device_get(&device, NULL, tam->admin.lane,
	    soter_text(line->operand), TAMACT_MS);

	if (rc == SOTER_E_ARGUMENT)
		rc = SOTER_E_NOTFOUND; /* it cannot be a device's */
	TRY(rc);
	TRY(tree_put_text(to, "device_id", line->operand));
	TRY(tree_put_array(to, "roots", &roots));
	for (size_t i = 0; i < device.n; i++) {
		TRY(tree_append_object(roots, &one));
		TRY(put_root(one, &device.root[i]));
	}
	return (SOTER_OK);
}

static enum soter_rc
set_status(const struct tamline *line, const struct tamact *tam,
    enum soter_root_status status)
{
	if (tam_device_id_check(soter_text(line->operand)) != SOTER_OK) {
		print_error(line->operand, "that is no device id");
		return (SOTER_E_ARGUMENT);
	}
	return (tam_admin_device_status(&tam->admin, line->operand,
	    line->attk_version, status, line->note));
}

enum soter_rc
tamdevice_revoke(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (set_status(line, tam, SOTER_ROOT_REVOKED));
}

enum soter_rc
tamdevice_suspend(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (set_status(line, tam, SOTER_ROOT_SUSPENDED));
}

enum soter_rc
tamdevice_resume(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (set_status(line, tam, SOTER_ROOT_ACTIVE));
}

/* ---- many ---------------------------------------------------------------- */

#define REFUSALS_TOLD 20 /* the others are counted */

struct import {
	const char *file;
	FILE *in;
	off_t size; /* 0: unknown */
	size_t line, done;
	uint64_t stored, same, refused;
	enum soter_rc why; /* the first one was refused */
	struct tam_intake how;
	struct tam_intake_item *items; /* owned */
	size_t *line_of;	       /* owned: where each was */
	bool has_bar;
	int percent; /* shown last */
};

static void
show_progress(struct import *x)
{
	int percent;

	if (!x->has_bar)
		return;
	percent = x->size == 0 ? -1 : (int)(100 * ftello(x->in) / x->size);
	if (percent == x->percent && percent >= 0)
		return;
	x->percent = percent;
	if (percent >= 0)
		fprintf(stderr, "\r%3d %%  ", percent);
	fprintf(stderr, "%s%zu roots", percent < 0 ? "\r" : "", x->done);
}

static void
end_progress(const struct import *x)
{
	if (x->has_bar)
		fputs("\r\033[K", stderr);
}

static void
count(struct import *x, size_t i)
{
	const struct tam_intake_item *item = &x->items[i];

	if (item->rc == SOTER_OK)
		x->stored++;
	else if (item->rc == SOTER_E_EXISTS)
		x->same++;
	else if (x->refused++ < REFUSALS_TOLD) {
		if (x->refused == 1)
			x->why = item->rc;
		end_progress(x);
		print_error(x->file, "line %zu: %s (%s)", x->line_of[i],
		    soter_rc_text(item->rc), soter_rc_word(item->rc));
	}
}

static enum soter_rc
take_batch(struct import *x, const struct tamact *tam, size_t n)
{
	if (n == 0)
		return (SOTER_OK);
	TRY(tam_intake(tam->admin.lane, &x->how, x->items, n));
	for (size_t i = 0; i < n; i++)
		count(x, i);
	x->done += n;
	show_progress(x);
	return (SOTER_OK);
}

/* The next line with its end, as far as there is room; fgets() would not tell
 * of a zero byte.  False: the end. */
static bool
read_line(struct soter_writer *w, FILE *in)
{
	int c = 0;

	w->len = 0;
	while (w->len < w->cap && c != '\n' && (c = getc_unlocked(in)) != EOF)
		w->p[w->len++] = (uint8_t)c;
	return (w->len > 0);
}

/* The next lines, up to a batch; 0: the end. */
static enum soter_rc
read_batch(struct import *x, size_t *n)
{
	static uint8_t text[SOTER_ROOTLINE_MAX + 1];
	struct soter_writer w = soter_writer(text, sizeof(text));

	*n = 0;
	while (*n < TAM_INTAKE_BATCH && read_line(&w, x->in)) {
		struct soter_span rest = soter_written(&w), line;
		struct tam_intake_item *item = &x->items[*n];

		x->line++;
		if (!soter_rootline_next(&rest, &line))
			continue;
		item->rc = soter_rootline_parse(&item->root, line, NULL);
		x->line_of[(*n)++] = x->line;
		if (line.n > SOTER_ROOTLINE_MAX) {
			print_error(x->file, "line %zu is too long", x->line);
			return (SOTER_E_READ);
		}
	}
	if (ferror(x->in)) {
		print_error(x->file, "cannot be read: %s", strerror(errno));
		return (SOTER_E_READ);
	}
	return (SOTER_OK);
}

static enum soter_rc
import(struct import *x, const struct tamact *tam)
{
	size_t n;

	do {
		TRY(read_batch(x, &n));
		TRY(take_batch(x, tam, n));
	} while (n > 0);
	return (SOTER_OK);
}

static enum soter_rc
open_file(struct import *x)
{
	bool is_standard = strcmp(x->file, "-") == 0;

	x->in = is_standard ? stdin : fopen(x->file, "re");
	if (x->in == NULL) {
		print_error(x->file, "cannot be read: %s", strerror(errno));
		return (SOTER_E_READ);
	}
	if (!is_standard && fseeko(x->in, 0, SEEK_END) == 0) {
		x->size = ftello(x->in);
		rewind(x->in);
	}
	x->has_bar = isatty(STDERR_FILENO) == 1;
	x->items = malloc(TAM_INTAKE_BATCH * sizeof(*x->items));
	x->line_of = malloc(TAM_INTAKE_BATCH * sizeof(*x->line_of));
	return (
	    x->items == NULL || x->line_of == NULL ? SOTER_E_NOMEM : SOTER_OK);
}

enum soter_rc
tamdevice_import(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	struct import x = { .file = line->operand,
		.percent = -2,
		.how = { .who = tam->admin.who,
		    .cls = line->cls,
		    .adds_version = line->adds_version,
		    .now_s = tam->admin.now_s,
		    .ms = TAMACT_MS } };
	enum soter_rc rc = open_file(&x);

	if (rc == SOTER_OK)
		rc = import(&x, tam);
	end_progress(&x);
	if (x.in != NULL && x.in != stdin)
		fclose(x.in);
	free(x.items);
	free(x.line_of);
	if (rc == SOTER_E_READ || rc == SOTER_E_NOMEM)
		return (rc);
	/* After a failure, too: what was taken is stored. */
	TRY(tree_put_number(to, "stored", x.stored));
	TRY(tree_put_number(to, "same", x.same));
	TRY(tree_put_number(to, "refused", x.refused));
	/* An id that can be none's is a matter of the file, not of the call. */
	if (x.why == SOTER_E_ARGUMENT)
		x.why = SOTER_E_FIELD_VALUE;
	return (rc == SOTER_OK ? x.why : rc);
}
