/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "net/admin.h"
#include "tam/desk.h"
#include "tam/intakeapp.h"
#include "tam/public.h"
#include "tam/role.h"

static const struct {
	const char *name;
	const char *title; /* in ps and top; at most 15 bytes */
	enum soter_store_mode mode;
	const struct net_app *app;
} roles[TAM_ROLES] = {
	[TAM_PUBLIC] = { "public", "tamd-public", SOTER_STORE_READ_ONLY,
	    &tam_public_app },
	[TAM_INTAKE] = { "intake", "tamd-intake", SOTER_STORE_READ_WRITE,
	    &tam_intake_app },
};

/* Everything that a process holds. */
struct process {
	enum tam_role role;
	const struct setup *setup;
	const struct setup_role *mine;
	struct net_log *log;
	struct net_metrics *metrics;
	struct soter_store *store;
	struct tam_known *known;
	struct tam_public public;
	struct tam_intake_context intake;
	struct net_admin admin;
	struct net_tls tls;
	struct net_listener listeners[2];
	size_t n_listeners;
	struct net_server *server;
	int ready;
};

const char *
tam_role_name(enum tam_role role)
{
	return (roles[role].name);
}

static enum soter_rc
complain(const struct process *p, const char *about, enum soter_rc rc)
{
	fprintf(stderr, "soter-tamd: %s: %s: %s; %s\n", roles[p->role].name,
	    about, soter_rc_text(rc), soter_code_find(rc)->next);
	return (rc);
}

/* ---- making it ready ----------------------------------------------------- */

/* Once, and not each time it looks: whoever was revoked now is not known. */
static void
on_known(void *context, enum soter_rc rc)
{
	const struct process *p = context;

	if (rc == SOTER_OK)
		net_log(p->log, NET_LOG_INFO, "known_again", NULL, 0);
	else
		NET_LOG(p->log, NET_LOG_ERROR, "known_no_more",
		    net_text("reason", soter_text(soter_rc_word(rc))));
}

static enum soter_rc
open_store(struct process *p)
{
	enum soter_rc rc =
	    soter_store_open(&p->store, p->setup->store, roles[p->role].mode);

	if (rc == SOTER_OK)
		rc = tam_known_open(&p->known, p->store, on_known, p);
	if (rc == SOTER_OK)
		return (rc);
	/* Never the place itself: it may hold a password. */
	if (rc != SOTER_E_NOTFOUND)
		return (complain(p, "store", rc));
	fprintf(stderr,
	    "soter-tamd: %s: store: there is none; make it with `soter tam init "
	    "--store ...`\n",
	    roles[p->role].name);
	return (rc);
}

static enum soter_rc
open_log(struct process *p)
{
	const char *file = p->setup->log_file;
	enum soter_rc rc = net_log_open(&p->log, file[0] == '\0' ? NULL : file,
	    (enum net_log_level)p->setup->log_level);

	if (rc != SOTER_OK)
		return (complain(p, "log", rc));
	rc = net_metrics_new(&p->metrics, tam_metrics, TAM_COUNTS);
	return (rc == SOTER_OK ? SOTER_OK : complain(p, "metrics", rc));
}

static const char *
text_or_null(const char *text)
{
	return (text[0] == '\0' ? NULL : text);
}

static const char *
unready(void *context)
{
	struct process *p = context;

	return (tam_known_trouble(p->known));
}

static void
add_listeners(struct process *p)
{
	p->tls =
	    (struct net_tls){ .certificate = text_or_null(p->mine->certificate),
		    .key = text_or_null(p->mine->key),
		    .state = p->setup->state,
		    .client_ca = text_or_null(p->mine->client_ca) };
	p->listeners[p->n_listeners++] =
	    (struct net_listener){ .at = p->mine->listen,
		    .tls = p->mine->plain ? NULL : &p->tls,
		    .app = roles[p->role].app,
		    .context = p->role == TAM_PUBLIC ? (void *)&p->public
						     : (void *)&p->intake };
	if (p->mine->admin[0] == '\0')
		return;
	p->admin = (struct net_admin){ p->metrics, unready, p };
	p->listeners[p->n_listeners++] =
	    (struct net_listener){ .at = p->mine->admin,
		    .app = &net_admin_app,
		    .context = &p->admin };
}

static void
on_ready(void *context)
{
	struct process *p = context;

	if (write(p->ready, "r", 1) != 1)
		net_log(p->log, NET_LOG_WARN, "nobody_waits", NULL, 0);
	close(p->ready);
}

static struct net_limits
limits(const struct setup_limits *x)
{
	return ((struct net_limits){ .handshake_ms = (unsigned)x->handshake_ms,
	    .header_ms = (unsigned)x->header_ms,
	    .body_ms = (unsigned)x->body_ms,
	    .idle_ms = (unsigned)x->idle_ms,
	    .app_ms = (unsigned)x->app_ms,
	    .write_ms = (unsigned)x->write_ms,
	    .linger_ms = (unsigned)x->linger_ms,
	    .stop_ms = (unsigned)x->stop_ms,
	    .connections = (unsigned)x->connections,
	    .peer_connections = (unsigned)x->peer_connections,
	    .requests = (unsigned)x->requests,
	    .bytes = x->bytes });
}

static enum soter_rc
open_server(struct process *p)
{
	const struct net_options options = { .listeners = p->listeners,
		.n_listeners = p->n_listeners,
		.loops = (unsigned)p->mine->loops,
		.limits = limits(&p->mine->limits),
		.log = p->log,
		.metrics = p->metrics,
		.ready = on_ready,
		.context = p };
	struct net_error error = { "" };
	enum soter_rc rc = net_server_open(&p->server, &options, &error);

	if (rc != SOTER_OK)
		fprintf(stderr, "soter-tamd: %s: %s\n", roles[p->role].name,
		    error.text[0] == '\0' ? soter_rc_text(rc) : error.text);
	return (rc);
}

/* ---- its life ------------------------------------------------------------ */

static enum soter_rc
begin(struct process *p)
{
	TRY(open_log(p));
	TRY(open_store(p));
	p->public = (struct tam_public){ p->store, p->known };
	p->intake = (struct tam_intake_context){ p->store, p->known };
	add_listeners(p);
	return (open_server(p));
}

static void
end(struct process *p)
{
	net_server_close(&p->server);
	tam_known_close(&p->known);
	soter_store_close(&p->store);
	net_metrics_free(&p->metrics);
	net_log_close(&p->log);
}

int
tam_role_run(enum tam_role role, const struct setup *setup, int ready)
{
	struct process p = { .role = role,
		.setup = setup,
		.mine = role == TAM_PUBLIC ? &setup->public : &setup->intake,
		.ready = ready };
	int status = 2;

	prctl(PR_SET_NAME, roles[role].title); /* cannot fail */
	if (begin(&p) == SOTER_OK) {
		enum soter_rc rc = net_server_run(p.server);

		status = rc == SOTER_OK ? 0 : 1;
		if (rc != SOTER_OK)
			(void)complain(&p, "serving", rc);
		NET_LOG(p.log, NET_LOG_INFO, "stopped",
		    net_text("role", soter_text(roles[role].name)));
	}
	end(&p);
	return (status);
}
