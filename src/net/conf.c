/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/conf.h"

#define NAME_MAX_LEN 64 /* with its section and a NUL */

/* What reading one file needs to know. */
struct reading {
	uint8_t *conf;
	const struct net_conf_name *names;
	size_t n;
	unsigned *line_of; /* of each name; 0: not said */
	char section[NAME_MAX_LEN];
	struct net_conf_error *error;
};

__attribute__((format(printf, 2, 3))) static enum soter_rc
refuse(struct net_conf_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->why, sizeof(error->why), format, args);
	va_end(args);
	return (SOTER_E_FORMAT);
}

/* ---- values ----------------------------------------------------------------
 */

static enum soter_rc
set_text(struct reading *r, const struct net_conf_name *x,
    struct soter_span value)
{
	if (value.n >= x->size)
		return (refuse(r->error, "%s: at most %zu characters", x->name,
		    x->size - 1));
	soter_copy(r->conf + x->offset, value.p, value.n);
	r->conf[x->offset + value.n] = '\0';
	return (SOTER_OK);
}

static enum soter_rc
set_number(struct reading *r, const struct net_conf_name *x,
    struct soter_span value)
{
	uint64_t n;

	if (soter_decimal(value, UINT64_MAX, &n) != SOTER_OK || n < x->least ||
	    n > x->most)
		return (refuse(r->error,
		    "%s: a number from %" PRIu64 " to %" PRIu64, x->name,
		    x->least, x->most));
	memcpy(r->conf + x->offset, &n, sizeof(n));
	return (SOTER_OK);
}

static enum soter_rc
set_flag(struct reading *r, const struct net_conf_name *x,
    struct soter_span value)
{
	bool is = soter_span_equal(value, SOTER_SPAN("yes"));

	if (!is && !soter_span_equal(value, SOTER_SPAN("no")))
		return (refuse(r->error, "%s: yes or no", x->name));
	memcpy(r->conf + x->offset, &is, sizeof(is));
	return (SOTER_OK);
}

static enum soter_rc
set_word(struct reading *r, const struct net_conf_name *x,
    struct soter_span value)
{
	char list[96] = "";
	size_t n = 0;

	for (unsigned i = 0; x->words[i] != NULL; i++) {
		if (soter_span_equal(value, soter_text(x->words[i]))) {
			memcpy(r->conf + x->offset, &i, sizeof(i));
			return (SOTER_OK);
		}
		if (n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n,
			    "%s%s", i == 0 ? "" : ", ", x->words[i]);
	}
	return (refuse(r->error, "%s: one of %s", x->name, list));
}

static enum soter_rc
set(struct reading *r, const struct net_conf_name *x, struct soter_span value)
{
	static enum soter_rc (*const kinds[])(struct reading *,
	    const struct net_conf_name *, struct soter_span) = {
		[NET_CONF_TEXT] = set_text,
		[NET_CONF_NUMBER] = set_number,
		[NET_CONF_FLAG] = set_flag,
		[NET_CONF_WORD] = set_word,
	};

	return (kinds[x->kind](r, x, value));
}

/* ---- lines ------------------------------------------------------------------
 */

static struct soter_span
without_blanks(struct soter_span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = soter_span(s.p + 1, s.n - 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return (s);
}

/* What an editor does not show must not decide. */
static bool
is_plain(struct soter_span line)
{
	for (size_t i = 0; i < line.n; i++)
		if ((line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
			return (false);
	return (true);
}

static bool
is_word(struct soter_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
			(s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_'))
			return (false);
	return (s.n > 0 && s.n < NAME_MAX_LEN / 2);
}

static enum soter_rc
read_section(struct reading *r, struct soter_span line)
{
	struct soter_span name = soter_span(line.p + 1, line.n - 1);
	size_t n;

	if (name.n == 0 || name.p[name.n - 1] != ']')
		return (refuse(r->error, "a section is written [name]"));
	name = without_blanks(soter_span(name.p, name.n - 1));
	if (!is_word(name))
		return (refuse(r->error,
		    "a section's name has letters, digits and _"));
	n = (size_t)snprintf(r->section, sizeof(r->section), "%.*s.",
	    (int)name.n, (const char *)name.p);
	for (size_t i = 0; i < r->n; i++)
		if (strncmp(r->names[i].name, r->section, n) == 0)
			return (SOTER_OK);
	return (refuse(r->error, "there is no section [%.*s]", (int)name.n,
	    (const char *)name.p));
}

static enum soter_rc
read_setting(struct reading *r, struct soter_span line, unsigned number)
{
	const uint8_t *at = memchr(line.p, '=', line.n);
	struct soter_span name, value;
	char full[NAME_MAX_LEN];

	if (at == NULL)
		return (refuse(r->error, "not of the form name = value"));
	name = without_blanks(soter_span(line.p, (size_t)(at - line.p)));
	value = without_blanks(
	    soter_span(at + 1, line.n - 1 - (size_t)(at - line.p)));
	if (!is_word(name))
		return (
		    refuse(r->error, "a name has small letters, digits and _"));
	if (value.n == 0)
		return (refuse(r->error, "%.*s has no value", (int)name.n,
		    (const char *)name.p));
	snprintf(full, sizeof(full), "%s%.*s", r->section, (int)name.n,
	    (const char *)name.p);
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->names[i].name, full) != 0)
			continue;
		if (r->line_of[i] != 0)
			return (refuse(r->error, "%s stands in line %u already",
			    full, r->line_of[i]));
		r->line_of[i] = number;
		return (set(r, &r->names[i], value));
	}
	return (refuse(r->error, "there is no setting %s", full));
}

static enum soter_rc
read_line(struct reading *r, struct soter_span line, unsigned number)
{
	r->error->line = number;
	if (line.n > NET_CONF_LINE_MAX) {
		(void)refuse(r->error, "a line has at most %d bytes",
		    NET_CONF_LINE_MAX);
		return (SOTER_E_LIMIT);
	}
	if (!is_plain(line))
		return (refuse(r->error, "a control character"));
	line = without_blanks(line);
	if (line.n == 0 || line.p[0] == '#')
		return (SOTER_OK);
	return (line.p[0] == '[' ? read_section(r, line)
				 : read_setting(r, line, number));
}

static enum soter_rc
read_lines(struct reading *r, struct soter_span text)
{
	for (unsigned number = 1; text.n > 0; number++) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end == NULL ? text.n : (size_t)(end - text.p);

		TRY(read_line(r, soter_span(text.p, n), number));
		n += end != NULL;
		text = soter_span(text.p + n, text.n - n);
	}
	return (SOTER_OK);
}

/* ---- files ------------------------------------------------------------------
 */

static enum soter_rc
set_defaults(struct reading *r)
{
	r->error->line = 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->names[i].otherwise != NULL)
			TRY(set(r, &r->names[i],
			    soter_text(r->names[i].otherwise)));
	return (SOTER_OK);
}

enum soter_rc
net_conf_parse(void *conf, const struct net_conf_name *names, size_t n,
    struct soter_span text, struct net_conf_error *error)
{
	struct reading r = { conf, names, n, NULL, "", error };
	enum soter_rc rc;

	*error = (struct net_conf_error){ 0, "out of memory" };
	if (text.n > NET_CONF_MAX) {
		(void)refuse(error, "a file has at most %d bytes",
		    NET_CONF_MAX);
		return (SOTER_E_LIMIT);
	}
	r.line_of = calloc(n + 1, sizeof(*r.line_of));
	if (r.line_of == NULL)
		return (SOTER_E_NOMEM);
	rc = set_defaults(&r);
	if (rc == SOTER_OK)
		rc = read_lines(&r, text);
	free(r.line_of);
	return (rc);
}

/* One byte more than may be: then it is seen to be too long. */
static enum soter_rc
load(uint8_t *text, size_t size, size_t *n, const char *path,
    struct net_conf_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;

	for (*n = 0; fd >= 0 && *n < size; *n += (size_t)got) {
		got = read(fd, text + *n, size - *n);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			break;
	}
	if (fd < 0 || got < 0) {
		(void)refuse(error, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return (SOTER_E_READ);
	}
	close(fd);
	return (SOTER_OK);
}

enum soter_rc
net_conf_read(void *conf, const struct net_conf_name *names, size_t n,
    const char *path, struct net_conf_error *error)
{
	uint8_t *text;
	size_t len = 0;
	enum soter_rc rc = SOTER_OK;

	*error = (struct net_conf_error){ 0, "out of memory" };
	if ((text = malloc(NET_CONF_MAX + 1)) == NULL)
		return (SOTER_E_NOMEM);
	if (path != NULL)
		rc = load(text, NET_CONF_MAX + 1, &len, path, error);
	if (rc == SOTER_OK)
		rc = net_conf_parse(conf, names, n, soter_span(text, len),
		    error);
	free(text);
	return (rc);
}
