/* SPDX-License-Identifier: BSD-3-Clause */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "fleet/target.h"

#define PORT_MAX 5

/* Move *p behind prefix if it begins with it. */
static bool
skip(const char **p, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(*p, prefix, n) != 0)
		return (false);
	*p += n;
	return (true);
}

/* Take a name of 1 to FLEET_HOST_MAX letters that ends at one of `ends`. */
static enum soter_rc
take_name(char *out, const char **p, const char *ends)
{
	size_t n = strcspn(*p, ends);

	if (n == 0 || n > FLEET_HOST_MAX)
		return (SOTER_E_ARGUMENT);
	memcpy(out, *p, n);
	out[n] = '\0';
	*p += n;
	return (SOTER_OK);
}

static enum soter_rc
take_host(struct fleet_target *t, const char **p)
{
	if (!skip(p, "["))
		return (take_name(t->name, p, ":/?#@[]"));
	TRY(take_name(t->name, p, "/?#@[]"));
	return (skip(p, "]") ? SOTER_OK : SOTER_E_ARGUMENT);
}

static enum soter_rc
take_port(char port[PORT_MAX + 1], const char **p)
{
	size_t n = strcspn(*p, "/");
	uint64_t number;

	TRY(soter_decimal(soter_span(*p, n), 65535, &number));
	snprintf(port, PORT_MAX + 1, "%u", (unsigned)number);
	*p += n;
	return (number == 0 ? SOTER_E_ARGUMENT : SOTER_OK);
}

static enum soter_rc
look_up(struct fleet_target *t, const char *port)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV },
			*found = NULL;

	if (getaddrinfo(t->name, port, &want, &found) != 0)
		return (SOTER_E_NETWORK);
	memcpy(&t->at, found->ai_addr, found->ai_addrlen);
	t->at_len = found->ai_addrlen;
	freeaddrinfo(found);
	return (SOTER_OK);
}

enum soter_rc
fleet_target_read(struct fleet_target *out, const char *url)
{
	struct fleet_target t = { 0 };
	char port[PORT_MAX + 1];
	const char *p = url, *authority;

	if (skip(&p, "https://"))
		t.is_tls = true;
	else if (!skip(&p, "http://"))
		return (SOTER_E_ARGUMENT);
	snprintf(port, sizeof(port), "%s", t.is_tls ? "443" : "80");
	authority = p;
	TRY(take_host(&t, &p));
	if (skip(&p, ":") && take_port(port, &p) != SOTER_OK)
		return (SOTER_E_ARGUMENT);
	if ((size_t)snprintf(t.host, sizeof(t.host), "%.*s",
		(int)(p - authority), authority) >= sizeof(t.host))
		return (SOTER_E_ARGUMENT);
	(void)skip(&p, "/");
	if (*p != '\0')
		return (SOTER_E_ARGUMENT);
	TRY(look_up(&t, port));
	*out = t;
	return (SOTER_OK);
}
