/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/conf.h"
#include "tam/place.h"
#include "tam/setup.h"

/* What can be said in a configuration file; far above what is usual. */
#define MS_MOST		 3600000
#define CONNECTIONS_MOST 1000000
#define BYTES_MOST	 (64ULL * 1024 * 1024 * 1024)

static const char usage[] =
    "usage: soter-tamd [option...]\n"
    "\n"
    "The TAM: knows the roots of devices, and tells the backends of apps whether\n"
    "an ASK is genuine.  Two processes: the public one answers and cannot write\n"
    "roots, the intake takes them.  Without a configuration both listen on\n"
    "loopback, with certificates that they make themselves.\n"
    "\n"
    "  --config FILE       see soter-tamd.conf(5)\n"
    "  --store WHERE       a directory, or postgresql://...; made if a directory\n"
    "                      is missing\n"
    "  --public ADDRESS    where to answer (127.0.0.1:8443); none: do not\n"
    "  --intake ADDRESS    where to take roots (127.0.0.1:8444); none: do not\n"
    "  --help, --version\n"
    "\n"
    "Tenants are made with `soter tam tenant add`.\n";

#define LEVELS                                         \
	{                                              \
		"debug", "info", "warn", "error", NULL \
	}
static const char *const levels[] = LEVELS;

#define AT(member) offsetof(struct setup, member)
#define TEXT(name, member, otherwise)                                         \
	{                                                                     \
		name, NET_CONF_TEXT, AT(member), otherwise, SETUP_TEXT, 0, 0, \
		    NULL                                                      \
	}
#define LIMIT(name, member, most)                                        \
	{                                                                \
		name, NET_CONF_NUMBER, AT(member), "0", 0, 0, most, NULL \
	}
#define ROLE(name, member, at, admin_at)                                       \
	TEXT(name ".listen", member.listen, at),                               \
	    TEXT(name ".admin", member.admin, admin_at),                       \
	    TEXT(name ".certificate", member.certificate, ""),                 \
	    TEXT(name ".key", member.key, ""),                                 \
	    TEXT(name ".client_ca", member.client_ca, ""),                     \
	    { name ".plain", NET_CONF_FLAG, AT(member.plain), "no", 0, 0, 0,   \
		    NULL },                                                    \
	    LIMIT(name ".loops", member.loops, NET_LOOPS_MAX),                 \
	    LIMIT(name ".handshake_ms", member.limits.handshake_ms, MS_MOST),  \
	    LIMIT(name ".header_ms", member.limits.header_ms, MS_MOST),        \
	    LIMIT(name ".body_ms", member.limits.body_ms, MS_MOST),            \
	    LIMIT(name ".idle_ms", member.limits.idle_ms, MS_MOST),            \
	    LIMIT(name ".app_ms", member.limits.app_ms, MS_MOST),              \
	    LIMIT(name ".write_ms", member.limits.write_ms, MS_MOST),          \
	    LIMIT(name ".linger_ms", member.limits.linger_ms, MS_MOST),        \
	    LIMIT(name ".stop_ms", member.limits.stop_ms, MS_MOST),            \
	    LIMIT(name ".connections", member.limits.connections,              \
		CONNECTIONS_MOST),                                             \
	    LIMIT(name ".peer_connections", member.limits.peer_connections,    \
		CONNECTIONS_MOST),                                             \
	    LIMIT(name ".requests", member.limits.requests, CONNECTIONS_MOST), \
	    LIMIT(name ".bytes", member.limits.bytes, BYTES_MOST)

/* clang-format off */
static const struct net_conf_name names[] = {
	TEXT("store", store, ""),
	TEXT("state", state, ""),
	TEXT("log.file", log_file, ""),
	{ "log.level", NET_CONF_WORD, AT(log_level), "info", 0, 0, 0, levels },
	ROLE("public", public, "127.0.0.1:8443", "127.0.0.1:8445"),
	ROLE("intake", intake, "127.0.0.1:8444", "127.0.0.1:8446"),
};
/* clang-format on */

enum { CONFIG = 1, STORE, PUBLIC, INTAKE, HELP, VERSION };

static const struct option options[] = {
	{ "config", required_argument, NULL, CONFIG },
	{ "store", required_argument, NULL, STORE },
	{ "public", required_argument, NULL, PUBLIC },
	{ "intake", required_argument, NULL, INTAKE },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 },
};

static enum soter_rc
complain(const char *about, const char *why)
{
	fprintf(stderr, "soter-tamd: %s%s%s\n", about,
	    about[0] == '\0' ? "" : ": ", why);
	return (SOTER_E_ARGUMENT);
}

static enum soter_rc
set(char out[SETUP_TEXT], const char *name, const char *value)
{
	if (strlen(value) >= SETUP_TEXT)
		return (complain(name, "is too long"));
	strcpy(out, value);
	return (SOTER_OK);
}

/* ---- the command line ---------------------------------------------------- */

/* What was said there; it counts more than the file. */
struct said {
	const char *config, *store, *public, *intake;
};

static enum soter_rc
take(struct said *said, struct setup *out, int which)
{
	const struct {
		const char **value;
	} places[] = { [CONFIG] = { &said->config },
		[STORE] = { &said->store },
		[PUBLIC] = { &said->public },
		[INTAKE] = { &said->intake } };

	if (which == HELP || which == VERSION) {
		fputs(which == HELP ? usage : "soter-tamd " SOTER_VERSION "\n",
		    stdout);
		out->is_done = true;
		return (SOTER_OK);
	}
	if (which < CONFIG || which > INTAKE)
		return (SOTER_E_ARGUMENT); /* getopt said why */
	*places[which].value = optarg;
	return (SOTER_OK);
}

static enum soter_rc
read_line(struct said *said, struct setup *out, int argc, char **argv)
{
	int which;

	while ((which = getopt_long(argc, argv, "", options, NULL)) != -1) {
		TRY(take(said, out, which));
		if (out->is_done)
			return (SOTER_OK);
	}
	if (optind < argc)
		return (complain(argv[optind],
		    "not an option; see soter-tamd --help"));
	return (SOTER_OK);
}

static enum soter_rc
read_file(struct setup *out, const char *path)
{
	struct net_conf_error error = { 0 };
	enum soter_rc rc =
	    net_conf_read(out, names, SOTER_COUNT(names), path, &error);

	if (rc == SOTER_OK)
		return (SOTER_OK);
	if (error.line > 0)
		fprintf(stderr, "soter-tamd: %s:%u: %s\n", path, error.line,
		    error.why);
	else
		fprintf(stderr, "soter-tamd: %s: %s\n", path,
		    error.why[0] == '\0' ? soter_rc_text(rc) : error.why);
	return (rc);
}

/* ---- what nobody said ---------------------------------------------------- */

static enum soter_rc
fill_in(struct setup *out)
{
	if (out->state[0] == '\0' && tam_place_state(out->state) != SOTER_OK)
		return (complain("state", "give a folder: there is no HOME"));
	if (out->store[0] == '\0') {
		out->store_is_default = true;
		if (tam_place_store(out->store) != SOTER_OK)
			return (complain("--store", "give a place"));
	}
	return (SOTER_OK);
}

static enum soter_rc
check_role(const char *name, struct setup_role *role)
{
	if (strcmp(role->listen, "none") == 0)
		role->listen[0] = '\0';
	if (strcmp(role->admin, "none") == 0)
		role->admin[0] = '\0';
	if ((role->certificate[0] == '\0') != (role->key[0] == '\0'))
		return (complain(name,
		    "certificate and key belong together: give both"));
	if (role->plain &&
	    (role->certificate[0] != '\0' || role->client_ca[0] != '\0'))
		return (complain(name, "plain = yes has no certificates"));
	return (SOTER_OK);
}

enum soter_rc
setup_read(struct setup *out, int argc, char **argv)
{
	struct said said = { 0 };

	*out = (struct setup){ 0 };
	TRY(read_line(&said, out, argc, argv));
	if (out->is_done)
		return (SOTER_OK);
	TRY(read_file(out, said.config));
	if (said.store != NULL)
		TRY(set(out->store, "--store", said.store));
	if (said.public != NULL)
		TRY(set(out->public.listen, "--public", said.public));
	if (said.intake != NULL)
		TRY(set(out->intake.listen, "--intake", said.intake));
	TRY(fill_in(out));
	TRY(check_role("public", &out->public));
	TRY(check_role("intake", &out->intake));
	if (out->public.listen[0] == '\0' && out->intake.listen[0] == '\0')
		return (complain("",
		    "there is nothing to do: both listeners "
		    "are none"));
	return (SOTER_OK);
}
