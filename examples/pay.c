/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * examples/pay.c -- an app that pays: init, prepare, authorise.
 *
 *	cc pay.c $(pkg-config --cflags --libs libsoter libsoter-http) -o pay
 *	./pay https://shop.example/soter
 */
#include <soter/http.h>
#include <stdio.h>
#include <stdlib.h>

static const int32_t scenes[] = { 1 }; /* the businesses of this app: paying */

static void
tell(void *context, enum soter_auth_event event, unsigned left)
{
	(void)context;
	if (event == SOTER_AUTH_TOUCH)
		puts("touch the sensor");
	else if (event == SOTER_AUTH_MISS)
		printf("not recognised, %u left\n", left);
	fflush(stdout);
}

/* Go on, or say why not. */
static void
step(const char *what, struct soter_answer a)
{
	printf("%s: %d %s (%s)\n", what, a.code, soter_process_text(a.code),
	    soter_rc_word(a.rc));
	fflush(stdout);
	if (a.code != SOTER_CORE_OK)
		exit(1);
}

static void
need(enum soter_rc rc)
{
	if (rc != SOTER_OK)
		step("start", (struct soter_answer){ SOTER_CORE_PARAM, rc });
}

int
main(int argc, char **argv)
{
	struct soter_http_options server = { .url = argc > 1 ? argv[1] : "" };
	struct soter_authorisation payment = { .scene = 1, .event = tell };
	struct soter_wrapper_options app = { .scenes = scenes, .scenes_n = 1 };
	struct soter_http *http;
	struct soter_wrapper *w;
	struct soter_network network;

	need(soter_http_new(&http, &server));
	network = soter_http_network(http);
	app.network = &network;
	need(soter_wrapper_new(&w, &app));
	step("init", soter_wrapper_init(w, 0, NULL));
	step("prepare",
	    soter_wrapper_prepare_authkey(w, 1, SOTER_AUTO_PREPARE_ASK, 0,
		NULL));
	step("authorise", soter_wrapper_authorise(w, &payment, 0, NULL));
	soter_wrapper_free(&w);
	soter_http_free(&http);
	return (0);
}
