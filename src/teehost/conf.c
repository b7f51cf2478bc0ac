/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include <tee_internal_api.h>

#include "teehost/conf.h"
#include "teehost/identity.h"
#include "teehost/uuid.h"
#include "wire/base64.h"

/*
 * The text of the values as the API wants it: an identity grows at most to
 * TEEHOST_IDENTITY_TEXT, everything else is as long as it stands in the file.
 */
#define TEXT_MAX            \
	(TEEHOST_CONF_MAX + \
	    TEEHOST_CONF_PROPERTIES_MAX * (TEEHOST_IDENTITY_TEXT + 2))

struct state {
	struct teehost_conf *conf;
	struct soter_writer text; /* NUL-terminated names and values */
	uint32_t self;
	const char *why;
};

static bool
is_blank(uint8_t c)
{
	return (c == ' ' || c == '\t');
}

/* Take what stands before the first byte for which is_end() holds. */
static struct soter_span
take_until(struct soter_reader *r, bool (*is_end)(uint8_t))
{
	struct soter_span found = soter_span(NULL, 0);
	size_t n = 0;

	while (n < r->left && !is_end(r->p[n]))
		n++;
	return (soter_read_span(r, n, &found) == SOTER_OK
		? found
		: soter_span(NULL, 0));
}

static bool
is_no_blank(uint8_t c)
{
	return (!is_blank(c));
}

static bool
is_colon(uint8_t c)
{
	return (c == ':');
}

static bool
is_line_end(uint8_t c)
{
	return (c == '\n');
}

/* Take a word and the blanks behind it. */
static struct soter_span
take_word(struct soter_reader *line)
{
	struct soter_span word = take_until(line, is_blank);

	(void)take_until(line, is_no_blank);
	return (word);
}

static struct soter_span
trim(struct soter_span line)
{
	struct soter_reader r = soter_reader(line);

	(void)take_until(&r, is_no_blank);
	while (r.left > 0 &&
	    (is_blank(r.p[r.left - 1]) || r.p[r.left - 1] == '\r'))
		r.left--;
	return (soter_span(r.p, r.left));
}

static bool
is_name(struct soter_span name)
{
	if (name.n == 0 || name.n > TEEHOST_CONF_NAME_MAX)
		return (false);
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '.' || c == '_' ||
			c == '-'))
			return (false);
	}
	return (true);
}

/* Add a NUL-terminated text; NULL if there is no room. */
static const char *
keep(struct state *s, struct soter_span bytes)
{
	const char *begin = (const char *)s->text.p + s->text.len;

	if (soter_write(&s->text, bytes) != SOTER_OK ||
	    soter_write_u8(&s->text, 0) != SOTER_OK)
		return (NULL);
	return (begin);
}

static bool
is_bool(struct soter_span v)
{
	return (soter_span_equal(v, SOTER_SPAN("true")) ||
	    soter_span_equal(v, SOTER_SPAN("false")));
}

static bool
is_u32(struct soter_span v)
{
	uint64_t x;

	return (soter_decimal(v, UINT32_MAX, &x) == SOTER_OK);
}

static bool
is_u64(struct soter_span v)
{
	uint64_t x;

	return (soter_decimal(v, UINT64_MAX, &x) == SOTER_OK);
}

static bool
is_uuid(struct soter_span v)
{
	TEE_UUID uuid;

	return (teehost_uuid_parse(&uuid, v) == SOTER_OK);
}

static bool
is_string(struct soter_span v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < ' ' || v.p[i] == 0x7f)
			return (false);
	return (true);
}

static bool
is_binary(struct soter_span v)
{
	uint8_t bytes[TEEHOST_CONF_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	return (soter_base64_decode(&w, v) == SOTER_OK);
}

static const struct type {
	const char *word;
	enum teehost_property_type type;
	bool (*check)(struct soter_span value); /* NULL: an identity */
	const char *why;
} types[] = {
	{ "bool", TEEHOST_BOOL, is_bool, "a bool is true or false" },
	{ "u32", TEEHOST_U32, is_u32, "a u32 is a decimal number below 2^32" },
	{ "u64", TEEHOST_U64, is_u64, "a u64 is a decimal number below 2^64" },
	{ "uuid", TEEHOST_UUID, is_uuid,
	    "a uuid is 8-4-4-4-12 hexadecimal digits" },
	{ "identity", TEEHOST_IDENTITY, NULL,
	    "an identity is user:N, group:N, user:self or LOGIN:UUID" },
	{ "string", TEEHOST_STRING, is_string,
	    "a string has no control characters" },
	{ "binary", TEEHOST_BINARY, is_binary, "binary is Base64" },
};

/* Those that GP names, and the manager and the API look at. */
static const struct {
	const char *name;
	enum teehost_property_type type;
} reserved[] = {
	{ "gpd.ta.appID", TEEHOST_UUID },
	{ "gpd.ta.singleInstance", TEEHOST_BOOL },
	{ "gpd.ta.multiSession", TEEHOST_BOOL },
	{ "gpd.ta.instanceKeepAlive", TEEHOST_BOOL },
	{ "gpd.ta.dataSize", TEEHOST_U32 },
	{ "gpd.ta.stackSize", TEEHOST_U32 },
	{ "gpd.ta.version", TEEHOST_STRING },
	{ "gpd.ta.description", TEEHOST_STRING },
	{ "gpd.ta.endian", TEEHOST_U32 },
	{ "gpd.ta.doesNotCloseHandleOnCorruptObject", TEEHOST_BOOL },
};

/* user:N, group:N, user:self; or as GP writes it. */
static enum soter_rc
identity_parse(TEE_Identity *out, struct soter_span v, uint32_t self)
{
	uint32_t login = TEE_LOGIN_USER;
	struct soter_reader r = soter_reader(v);
	struct soter_span kind = take_until(&r, is_colon);
	uint64_t number;
	uint8_t colon;

	if (soter_span_equal(kind, SOTER_SPAN("group")))
		login = TEE_LOGIN_GROUP;
	else if (!soter_span_equal(kind, SOTER_SPAN("user")))
		return (teehost_uuid_parse_identity(out, v));
	TRY(soter_read_u8(&r, &colon));
	v = soter_span(r.p, r.left);
	if (login == TEE_LOGIN_USER && soter_span_equal(v, SOTER_SPAN("self")))
		return (teehost_identity_of(out, login, self));
	TRY(soter_decimal(v, UINT32_MAX, &number));
	return (teehost_identity_of(out, login, (uint32_t)number));
}

/* The value as the API reads it; NULL, with a reason, if it is none. */
static const char *
value_text(struct state *s, const struct type *type, struct soter_span v)
{
	uint8_t text[TEEHOST_IDENTITY_TEXT];
	struct soter_writer w = soter_writer(text, sizeof(text));
	TEE_Identity identity;

	s->why = type->why;
	if (type->check != NULL)
		return (type->check(v) ? keep(s, v) : NULL);
	if (identity_parse(&identity, v, s->self) != SOTER_OK ||
	    teehost_uuid_write_identity(&w, &identity) != SOTER_OK)
		return (NULL);
	return (keep(s, soter_written(&w)));
}

static const struct type *
type_of(struct soter_span word)
{
	for (size_t i = 0; i < SOTER_COUNT(types); i++)
		if (soter_span_equal(word, soter_text(types[i].word)))
			return (&types[i]);
	return (NULL);
}

static bool
is_type_of_gp(const char *name, enum teehost_property_type type)
{
	for (size_t i = 0; i < SOTER_COUNT(reserved); i++)
		if (strcmp(name, reserved[i].name) == 0)
			return (type == reserved[i].type);
	return (true);
}

static bool
is_double(const struct teehost_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n; i++)
		if (strcmp(conf->list[i].name, name) == 0)
			return (true);
	return (false);
}

/* What the manager and the process do themselves. */
static enum soter_rc
apply(struct state *s, const struct teehost_property *p)
{
	bool is_true = strcmp(p->value, "true") == 0;

	if (strcmp(p->name, "gpd.ta.multiSession") == 0)
		s->conf->multi_session = is_true;
	if (strcmp(p->name, "gpd.ta.instanceKeepAlive") == 0)
		s->conf->keep_alive = is_true;
	if (strcmp(p->name, "gpd.ta.singleInstance") == 0 && !is_true) {
		s->why = "this TEE runs one instance of each TA: true, or leave"
			 " it out";
		return (SOTER_E_FORMAT);
	}
	return (SOTER_OK);
}

static enum soter_rc
line_parse(struct state *s, struct soter_span line)
{
	struct soter_reader r = soter_reader(line);
	struct teehost_conf *conf = s->conf;
	struct soter_span name = take_word(&r);
	const struct type *type = type_of(take_word(&r));
	struct teehost_property *p = &conf->list[conf->n];

	s->why = "a name has 1 to 63 letters, digits and . _ -";
	if (!is_name(name))
		return (SOTER_E_FORMAT);
	s->why = "a line is: name type value; types are bool u32 u64 uuid"
		 " identity string binary";
	if (type == NULL)
		return (SOTER_E_FORMAT);
	s->why = "too many properties";
	if (conf->n == TEEHOST_CONF_PROPERTIES_MAX)
		return (SOTER_E_LIMIT);
	p->type = type->type;
	p->name = keep(s, name);
	if (p->name == NULL)
		return (SOTER_E_LIMIT);
	p->value = value_text(s, type, soter_span(r.p, r.left));
	if (p->value == NULL)
		return (SOTER_E_FORMAT);
	s->why = "this property stands here twice";
	if (is_double(conf, p->name))
		return (SOTER_E_FORMAT);
	s->why = "GP gives this property another type";
	if (!is_type_of_gp(p->name, p->type))
		return (SOTER_E_FORMAT);
	TRY(apply(s, p));
	conf->n++;
	return (SOTER_OK);
}

static enum soter_rc
lines_parse(struct state *s, struct soter_span text, unsigned *number)
{
	struct soter_reader r = soter_reader(text);
	uint8_t line_end;

	while (r.left > 0) {
		struct soter_span line = trim(take_until(&r, is_line_end));

		++*number;
		if (r.left > 0)
			TRY(soter_read_u8(&r, &line_end));
		if (line.n > 0 && line.p[0] != '#')
			TRY(line_parse(s, line));
	}
	return (SOTER_OK);
}

enum soter_rc
teehost_conf_parse(struct teehost_conf **out, struct soter_span text,
    uint32_t self, struct teehost_conf_error *error)
{
	struct state s = { .self = self, .why = "the file is too long" };
	unsigned line = 0;
	enum soter_rc rc = SOTER_E_LIMIT;

	if (text.n > TEEHOST_CONF_MAX)
		goto out;
	rc = SOTER_E_NOMEM;
	s.why = "out of memory";
	s.conf = calloc(1, sizeof(*s.conf));
	if (s.conf == NULL)
		goto out;
	s.conf->text = malloc(TEXT_MAX);
	if (s.conf->text == NULL)
		goto out;
	s.text = soter_writer(s.conf->text, TEXT_MAX);
	rc = lines_parse(&s, text, &line);
	if (rc != SOTER_OK)
		goto out;
	*out = s.conf;
	s.conf = NULL;
out:
	if (rc != SOTER_OK)
		*error = (struct teehost_conf_error){ line, s.why };
	teehost_conf_free(&s.conf);
	return (rc);
}

void
teehost_conf_free(struct teehost_conf **conf)
{
	if (*conf != NULL)
		free((*conf)->text);
	free(*conf);
	*conf = NULL;
}
