/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * examples/verify.c -- a whole chain in thirty lines: device root, ASK, AuthKey
 * and result, each as the phone exported it.
 *
 *	cc verify.c $(pkg-config --cflags --libs libsoter-verify) -o verify
 *	./verify attk.pem CPU_ID ask.bin authkey.bin result.bin CHALLENGE
 */
#include <soter/verify.h>
#include <stdio.h>

static struct soter_span
slurp(const char *name, void *buffer)
{
	FILE *f = fopen(name, "rb");
	size_t n = f == NULL ? 0 : fread(buffer, 1, 8192, f);

	if (f != NULL)
		fclose(f);
	return ((struct soter_span){ buffer, n });
}

/* An export blob taken apart; empty, and so refused, if it is none. */
static struct soter_signed
blob(const char *name, void *buffer)
{
	struct soter_signed in = { { NULL, 0 }, { NULL, 0 } };

	if (soter_signed_split(&in, slurp(name, buffer)) != SOTER_OK)
		fprintf(stderr, "%s: not an export blob\n", name);
	return (in);
}

int
main(int argc, char **argv)
{
	static unsigned char file[4][8192];
	struct soter_attk *attk = NULL;
	struct soter_ask *ask = NULL;
	struct soter_authkey *authkey = NULL;
	struct soter_report why = { .rc = SOTER_E_ARGUMENT };
	struct soter_result result;

	if (argc != 7)
		return (2);
	struct soter_signed a = blob(argv[3], file[1]),
			    k = blob(argv[4], file[2]),
			    r = blob(argv[5], file[3]);
	struct soter_attk_record root = { .key = slurp(argv[1], file[0]),
		.device_id = soter_text(argv[2]),
		.cls = SOTER_CLASS_TEST,
		.status = SOTER_ROOT_ACTIVE };
	struct soter_expect any = { .cls = SOTER_CLASS_TEST };
	struct soter_result_expect want = { .key = any,
		.challenge = soter_text(argv[6]) };

	if (soter_attk_new(&attk, &root) == SOTER_OK &&
	    soter_ask_accept(&ask, (const struct soter_attk **)&attk, 1, &a,
		&any, &why) == SOTER_OK &&
	    soter_authkey_accept(&authkey, ask, &k, &any, &why) == SOTER_OK &&
	    soter_result_accept(&result, authkey, &r, &want, &why) == SOTER_OK)
		printf("yes: finger %s, counter %llu\n", result.fid,
		    (unsigned long long)result.counter);
	else
		printf("no: %s: %s\n", soter_link_word(why.link),
		    soter_rc_text(why.rc));
	soter_authkey_free(&authkey);
	soter_ask_free(&ask);
	soter_attk_free(&attk);
	return (why.rc == SOTER_OK ? 0 : 1);
}
