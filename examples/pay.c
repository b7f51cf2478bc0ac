/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * examples/pay.c -- an app that pays: init, prepare, authorise.  Ten statements
 * in all.  Status 0: the server has taken it; 1: the last line says what was in
 * the way, and if there is none, the URL was.
 *
 *	cc pay.c $(pkg-config --cflags --libs libsoter libsoter-http) -o pay
 *	./pay https://shop.example/soter
 */
#include <soter/http.h>
#include <stdio.h>

/* While the sensor looks.  %.0u says nothing of no tries. */
static void
tell(void *out, enum soter_auth_event event, unsigned left)
{
	fprintf(out, "%s %.0u\n",
	    event == SOTER_AUTH_TOUCH	   ? "touch the sensor"
		: event == SOTER_AUTH_MISS ? "not recognised; tries left:"
					   : "recognised",
	    left);
}

/* Say what came of a step; the words are those of `soter errors`. */
static bool
is_done(const char *step, struct soter_answer a)
{
	fprintf(stderr, "%s: %d %s (%s)\n", step, a.code,
	    soter_process_text(a.code), soter_rc_word(a.rc));
	return (a.code == SOTER_CORE_OK);
}

int
main(int argc, char **argv)
{
	struct soter_http *http = NULL;
	struct soter_wrapper *w = NULL;
	struct soter_authorisation payment = { .scene = 1,
		.event = tell,
		.context = stderr };
	bool is_paid = soter_http_new(&http,
			   &(struct soter_http_options){
			       .url = argc > 1 ? argv[1] : "" }) == SOTER_OK &&
	    soter_wrapper_new(&w,
		&(struct soter_wrapper_options){
		    .scenes = (const int32_t[]){ 1 }, /* paying */
		    .scenes_n = 1,
		    .network = (struct soter_network[]){ soter_http_network(
			http) } }) == SOTER_OK &&
	    is_done("init", soter_wrapper_init(w, 0, NULL)) &&
	    is_done("prepare",
		soter_wrapper_prepare_authkey(w, 1, SOTER_AUTO_PREPARE_ASK, 0,
		    NULL)) &&
	    is_done("authorise", soter_wrapper_authorise(w, &payment, 0, NULL));

	soter_wrapper_free(&w);
	soter_http_free(&http);
	return (is_paid ? 0 : 1);
}
