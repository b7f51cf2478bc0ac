/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/wrapper/model.h"
#include "wire/model.h"

#define PART_MAX    200 /* five of them and the elements fit into the XML */
#define RELEASE_MAX 8192
#define PLACE_MAX   512

struct place {
	enum soter_model_part part;
	const char *path;
	const char *key; /* NULL: the file's first line */
};

/* In the order of preference. */
static const struct place places[] = {
	{ SOTER_MODEL_MANUFACTURER, "/sys/class/dmi/id/sys_vendor", NULL },
	{ SOTER_MODEL_MODEL, "/sys/class/dmi/id/product_name", NULL },
	{ SOTER_MODEL_MODEL, "/proc/device-tree/model", NULL },
	{ SOTER_MODEL_RELEASE, "/etc/os-release", "VERSION_ID=" },
	{ SOTER_MODEL_RELEASE, "/usr/lib/os-release", "VERSION_ID=" },
	{ SOTER_MODEL_INCREMENTAL, "/etc/os-release", "BUILD_ID=" },
	{ SOTER_MODEL_INCREMENTAL, "/etc/os-release", "VERSION_CODENAME=" },
	{ SOTER_MODEL_DISPLAY, "/etc/os-release", "PRETTY_NAME=" },
	{ SOTER_MODEL_DISPLAY, "/usr/lib/os-release", "PRETTY_NAME=" },
};

static size_t
read_file(const char *root, const char *path, char *out, size_t cap)
{
	char name[PLACE_MAX];
	ssize_t n;
	int fd;

	if (snprintf(name, sizeof(name), "%s%s", root, path) >= PLACE_MAX ||
	    (fd = open(name, O_RDONLY | O_CLOEXEC)) < 0)
		return (0);
	n = read(fd, out, cap);
	close(fd);
	return (n < 0 ? 0 : (size_t)n);
}

static struct soter_span
next_line(struct soter_reader *r)
{
	struct soter_span line = soter_span(r->p, 0);
	uint8_t c;

	while (soter_read_u8(r, &c) == SOTER_OK && c != '\n' && c != '\0')
		line.n++;
	return (line);
}

/* What stands behind the key, without its quotes; empty if it is not there. */
static struct soter_span
find_value(struct soter_span file, const char *key)
{
	struct soter_reader r = soter_reader(file);
	struct soter_span line, found = { NULL, 0 }, ignored, name;

	if (key == NULL)
		return (next_line(&r));
	name = soter_text(key);
	while (r.left > 0 && found.n == 0) {
		line = next_line(&r);
		if (!soter_span_starts(line, name))
			continue;
		struct soter_reader in = soter_reader(line);

		if (soter_read_span(&in, name.n, &ignored) == SOTER_OK)
			found = soter_span(in.p, in.left);
		if (found.n >= 2 && (found.p[0] == '"' || found.p[0] == '\''))
			found = soter_span(found.p + 1, found.n - 2);
	}
	return (found);
}

static struct soter_span
clean(struct soter_span value, char out[PART_MAX])
{
	size_t n = value.n < PART_MAX ? value.n : PART_MAX;

	while (n > 0 && value.p[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = value.p[i];

		out[i] = c < 0x20 || c > 0x7e || strchr("\"'<>&", c) != NULL
		    ? '_'
		    : (char)c;
	}
	return (soter_span(out, n));
}

enum soter_rc
wrapper_model_make(char out[SOTER_MODEL_XML_MAX + 1], const char *root)
{
	char text[RELEASE_MAX], parts[SOTER_MODEL_PARTS][PART_MAX];
	struct soter_writer w = soter_writer(out, SOTER_MODEL_XML_MAX);
	struct soter_model model = { .parts = SOTER_MODEL_PARTS };
	enum soter_rc rc;

	for (size_t i = 0; i < SOTER_COUNT(places); i++) {
		struct soter_span *part = &model.part[places[i].part];

		if (part->n > 0)
			continue;
		*part = clean(find_value(soter_span(text,
					     read_file(root, places[i].path,
						 text, sizeof(text))),
				  places[i].key),
		    parts[places[i].part]);
	}
	for (size_t i = 0; i < SOTER_MODEL_PARTS; i++)
		if (model.part[i].n == 0)
			model.part[i] = SOTER_SPAN("unknown");
	rc = soter_model_write(&w, &model);
	out[rc == SOTER_OK ? w.len : 0] = '\0';
	return (rc);
}
