/* SPDX-License-Identifier: BSD-3-Clause */
/* soter tam tenant: whoever may ask the TAM, or bring roots. */
#include <string.h>

#include "cli/print.h"
#include "cli/tamact.h"

static enum soter_rc
put_tenant(json_t *to, const char *appid, const struct tam_tenant *x)
{
	json_t *rights;

	TRY(tree_put_text(to, "appid", appid));
	TRY(tree_put_text(to, "class", tam_class_word(x->cls)));
	TRY(tree_put_array(to, "rights", &rights));
	if ((x->rights & TAM_RIGHT_ASK) != 0)
		TRY(tree_append_text(rights, "ask"));
	if ((x->rights & TAM_RIGHT_INTAKE) != 0)
		TRY(tree_append_text(rights, "intake"));
	TRY(tree_put_text(to, "status",
	    x->is_suspended ? "suspended" : "active"));
	TRY(tree_put_number(to, "rate", x->rate));
	TRY(tamact_put_time(to, "since", x->since_s));
	return (tree_put_text(to, "note", x->note));
}

/* The one time that a secret is told. */
static enum soter_rc
put_secret(json_t *to, char secret[TAM_SECRET_LEN + 1])
{
	enum soter_rc rc = tree_put_text(to, "secret", secret);

	soter_wipe(secret, TAM_SECRET_LEN + 1);
	return (rc);
}

enum soter_rc
tamtenant_add(const struct tamline *line, const struct tamact *tam, json_t *to)
{
	struct tam_tenant x = { .cls = line->cls,
		.rights = line->rights,
		.rate = line->rate };
	char secret[TAM_SECRET_LEN + 1];

	if (tam_appid_check(soter_text(line->operand)) != SOTER_OK) {
		print_error(line->operand,
		    "an appid has up to %d letters, digits, - _ and .",
		    TAM_APPID_MAX);
		return (SOTER_E_ARGUMENT);
	}
	if (line->note != NULL)
		soter_copy(x.note, line->note, strlen(line->note));
	TRY(tam_admin_tenant_add(&tam->admin, line->operand, &x, secret));
	TRY(put_tenant(to, line->operand, &x));
	return (put_secret(to, secret));
}

static enum soter_rc
list_one(void *context, const struct soter_record *record)
{
	char appid[TAM_APPID_MAX + 1];
	struct tam_tenant x;
	json_t *one;

	if (record->key.n > TAM_APPID_MAX)
		return (SOTER_E_CORRUPT);
	soter_copy(appid, record->key.p, record->key.n);
	appid[record->key.n] = '\0';
	TRY(tam_tenant_parse(&x, record->value));
	TRY(tree_append_object(context, &one));
	return (put_tenant(one, appid, &x));
}

enum soter_rc
tamtenant_list(const struct tamline *line, const struct tamact *tam, json_t *to)
{
	json_t *all;

	(void)line;
	TRY(tree_put_array(to, "tenants", &all));
	return (tamact_scan(tam, SOTER_KIND_TENANTS, SOTER_SPAN(""), list_one,
	    all));
}

enum soter_rc
tamtenant_show(const struct tamline *line, const struct tamact *tam, json_t *to)
{
	struct tam_tenant x;

	TRY(tam_admin_tenant_get(&tam->admin, line->operand, &x));
	return (put_tenant(to, line->operand, &x));
}

static enum soter_rc
change(const struct tamline *line, const struct tamact *tam,
    enum tam_tenant_change what)
{
	return (
	    tam_admin_tenant_change(&tam->admin, line->operand, what, NULL));
}

enum soter_rc
tamtenant_secret(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	char secret[TAM_SECRET_LEN + 1];

	TRY(tam_admin_tenant_change(&tam->admin, line->operand,
	    TAM_TENANT_SECRET, secret));
	return (put_secret(to, secret));
}

enum soter_rc
tamtenant_revoke(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (change(line, tam, TAM_TENANT_REVOKE));
}

enum soter_rc
tamtenant_suspend(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (change(line, tam, TAM_TENANT_SUSPEND));
}

enum soter_rc
tamtenant_resume(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (change(line, tam, TAM_TENANT_RESUME));
}

enum soter_rc
tamtenant_remove(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (change(line, tam, TAM_TENANT_REMOVE));
}
