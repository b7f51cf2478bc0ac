/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tee_ledger [-u] FOLDER [ACT [NAME]]... -- a device that writes down what it
 *was told, so that one can see later whether its TEE kept its word.
 *
 * First all that is written in FOLDER is held against the TEE: what it said it
 * had done is done, what it was doing when the power went is done or not, and
 * no counter comes twice.  Then the acts are done, each one written down before
 * it begins and when its answer is there:
 *
 *	root			the device's root
 *	ask			an ASK; its AuthKeys go
 *	key NAME, drop NAME	an AuthKey
 *	wipe			all keys of the uid
 *	pin			the first PIN
 *	enrol NAME, remove NAME	a finger, which is called like its sample
 *	sign NAME		with the AuthKey NAME and any finger
 *	miss			a finger that is not enrolled
 *
 * An act that has nothing to do is not done.  -u: only the acts, nothing is
 *held against the TEE first; the run before has done so.
 *
 * The power may go at any moment: who cuts it is not this program's business.
 * Everything that was signed lies in FOLDER by its counter.  Exit status: 0;
 * 1 the TEE broke its word; 3 it is not there, or went away.
 *
 * Nothing here belongs to one TEE: it also runs against a real one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/tee.h"
#include "wire/export.h"
#include "wire/keyjson.h"
#include "wire/result.h"

#define PIN	    "2580"
#define ITEMS	    8
#define NAME_LEN    16
#define PUB_MAX	    17 /* 8 bytes in hex */
#define TOUCHES_MAX 8
#define GONE_AWAY   3

enum being { GONE, THERE, DOUBT };

/* Something that is there or not, and which one. */
struct item {
	char name[NAME_LEN], pub[PUB_MAX];
	enum being is;
	enum being was;
	char was_pub[PUB_MAX];
};

static struct {
	struct item root, ask, pin, keys[ITEMS], fingers[ITEMS];
	uint64_t counter, epoch; /* highest seen */
	uint32_t misses_min, misses_max;
	char act[NAME_LEN]; /* the last that was begun */
} book;

static struct tee soter, bio;
static const char *folder;
static int ledger = -1;

/* ---- the ledger --------------------------------------------------------- */

/* One line, in one call: a power cut leaves it or not. */
__attribute__((format(printf, 1, 2))) static void
note(const char *format, ...)
{
	char line[256];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(line) ||
	    write(ledger, line, (size_t)n) != n || fsync(ledger) != 0)
		abort(); /* nothing can be shown then */
}

static struct item *
item(struct item *list, const char *name)
{
	size_t i = 0;

	while (i < ITEMS && list[i].name[0] != '\0' &&
	    strcmp(list[i].name, name) != 0)
		i++;
	if (i == ITEMS)
		abort(); /* a test that is wrong */
	if (list[i].name[0] == '\0')
		snprintf(list[i].name, NAME_LEN, "%s", name);
	return (&list[i]);
}

/* What an act is about. */
static struct item *
subject(const char *act, const char *name)
{
	if (strcmp(act, "root") == 0)
		return (&book.root);
	if (strcmp(act, "ask") == 0 || strcmp(act, "wipe") == 0)
		return (&book.ask);
	if (strcmp(act, "pin") == 0)
		return (&book.pin);
	if (strcmp(act, "key") == 0 || strcmp(act, "drop") == 0)
		return (item(book.keys, name));
	if (strcmp(act, "enrol") == 0 || strcmp(act, "remove") == 0)
		return (item(book.fingers, name));
	return (NULL);
}

static bool
is_ending(const char *act)
{
	return (strcmp(act, "drop") == 0 || strcmp(act, "remove") == 0 ||
	    strcmp(act, "wipe") == 0);
}

static void
no_keys(void)
{
	for (size_t i = 0; i < ITEMS; i++)
		book.keys[i].is = GONE;
}

static void
begun(const char *act, const char *name)
{
	struct item *x = subject(act, name);

	book.misses_max++;
	if (strcmp(act, "look") == 0)
		book.misses_min = 0;
	if (x == NULL)
		return;
	snprintf(book.act, sizeof(book.act), "%s", act);
	x->was = x->is;
	memcpy(x->was_pub, x->pub, PUB_MAX);
	x->is = DOUBT;
}

static void
done(const char *act, const char *name, const char *pub)
{
	struct item *x = subject(act, name);

	if (strcmp(act, "miss") == 0)
		book.misses_min++;
	if (strcmp(act, "look") == 0)
		book.misses_min = book.misses_max = 0;
	if (x == NULL)
		return;
	x->is = is_ending(act) ? GONE : THERE;
	snprintf(x->pub, PUB_MAX, "%s", pub);
	if (x == &book.ask)
		no_keys();
}

/* The doubt is over: it was not done. */
static void
undone(const char *act, const char *name)
{
	struct item *x = subject(act, name);

	if (x == NULL)
		return;
	x->is = x->was;
	memcpy(x->pub, x->was_pub, PUB_MAX);
}

static void
read_line(const char *line)
{
	char word[16] = "", act[NAME_LEN] = "", name[NAME_LEN] = "";
	char pub[PUB_MAX] = "";
	unsigned long long number = 0;

	if (sscanf(line, "counter %llu", &number) == 1 && number > book.counter)
		book.counter = number;
	if (sscanf(line, "epoch %llu", &number) == 1 && number > book.epoch)
		book.epoch = number;
	if (sscanf(line, "%15s %15s %15s %16s", word, act, name, pub) < 3)
		return;
	if (strcmp(word, "begin") == 0)
		begun(act, name);
	else if (strcmp(word, "done") == 0)
		done(act, name, pub);
	else if (strcmp(word, "undone") == 0)
		undone(act, name);
}

static void
open_ledger(void)
{
	char path[4096], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/ledger", folder);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		read_line(line);
	if (f != NULL)
		fclose(f);
	ledger = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (ledger < 0)
		abort();
}

/* ---- the TEE ------------------------------------------------------------ */

static struct soter_ta_request
mine(const char *name)
{
	struct soter_ta_request x = { .uid = (uint32_t)geteuid(),
		.copies = 1,
		.modality = SOTER_MODALITY_FINGER,
		.kname = tee_text(name),
		.challenge = tee_text("to be signed"),
		.sample = tee_text(name),
		.pin = tee_text(PIN) };

	x.user = soter_user_of_uid(x.uid);
	return (x);
}

static int32_t
answered(const struct tee *t, int32_t code)
{
	if (code != TEE_NO_ANSWER)
		return (code);
	printf("# the TEE went away: 0x%08x\n", (unsigned)t->result);
	exit(GONE_AWAY);
}

static int32_t
ask(uint32_t command, const char *name)
{
	struct soter_ta_request x = mine(name);

	return (answered(&soter, tee_soter(&soter, command, &x)));
}

static int32_t
ask_bio(uint32_t command, const struct soter_ta_request *x)
{
	return (answered(&bio, tee_bio(&bio, command, x)));
}

/* ---- what was signed ---------------------------------------------------- */

/* Note a counter before anything else happens; keep the blob. */
static void
signed_one(uint64_t counter, const char *kind, const char *name,
    const char *pub)
{
	char path[4096];
	struct soter_span body = tee_body(&soter);
	FILE *f;

	note("counter %llu %s %s %s\n", (unsigned long long)counter, kind, name,
	    pub);
	CHECK(counter > book.counter);
	if (counter > book.counter)
		book.counter = counter;
	snprintf(path, sizeof(path), "%s/%llu.bin", folder,
	    (unsigned long long)counter);
	f = fopen(path, "wbx");
	if (CHECK(f != NULL)) {
		CHECK(fwrite(body.p, 1, body.n, f) == body.n);
		CHECK(fclose(f) == 0);
	}
}

/* Export an ASK or an AuthKey; pub is empty if there is none. */
static int32_t export(uint32_t command, const char *name, char pub[PUB_MAX])
{
	static struct soter_key_json key;
	struct soter_export parts;
	int32_t code = ask(command, name);

	pub[0] = '\0';
	if (code != 0)
		return (code);
	if (!CHECK_RC(soter_export_parse(&parts, tee_body(&soter)), SOTER_OK) ||
	    !CHECK_RC(soter_key_json_parse(&key, parts.text, NULL, NULL),
		SOTER_OK))
		return (TEE_NO_ANSWER);
	for (size_t i = 0; i < 8; i++)
		snprintf(pub + 2 * i, 3, "%02x", key.key.n[i]);
	signed_one(key.counter, command == SOTER_TA_ASK_EXPORT ? "ask" : "key",
	    name, pub);
	return (0);
}

/* Touch for a session; 0: nothing is signed. */
static int32_t
touch(uint64_t session, const char *sample)
{
	struct soter_ta_request x = mine(sample);
	int32_t code;

	x.session = session;
	code = ask_bio(SOTER_BIO_AUTH_BEGIN, &x);
	if (code != 0)
		return (code);
	CHECK(ask_bio(SOTER_BIO_SIM_FEED, &x) == 0);
	code = ask_bio(SOTER_BIO_AUTH_STEP, &x);
	if (code != 0)
		(void)ask_bio(SOTER_BIO_AUTH_CANCEL, &x);
	return (code);
}

static const char *
any_finger(void)
{
	for (size_t i = 0; i < ITEMS; i++)
		if (book.fingers[i].is == THERE)
			return (book.fingers[i].name);
	return (NULL);
}

static bool
sign(const char *name)
{
	static struct soter_result_json result;
	struct soter_ta_request x = mine(name);
	struct soter_export parts;

	if (!CHECK(ask(SOTER_TA_SIGN_INIT, name) == 0))
		return (false);
	x.session = tee_number(&soter);
	note("begin look -\n");
	if (!CHECK(touch(x.session, any_finger()) == 0) ||
	    !CHECK(answered(&soter,
		       tee_soter(&soter, SOTER_TA_SIGN_FINISH, &x)) == 0) ||
	    !CHECK_RC(soter_export_parse(&parts, tee_body(&soter)), SOTER_OK) ||
	    !CHECK_RC(soter_result_json_parse(&result, parts.text, NULL, NULL),
		SOTER_OK))
		return (false);
	signed_one(result.counter, "sign", name, item(book.keys, name)->pub);
	return (true);
}

/* ---- did it keep its word? ---------------------------------------------- */

/* What is there must be what is written, or what was being made. */
static void
settle(struct item *x, const char *act, const char *name, const char *pub)
{
	bool is_there = pub[0] != '\0', is_old;

	if (x->is != DOUBT) {
		CHECK(is_there == (x->is == THERE));
		CHECK(!is_there || strcmp(pub, x->pub) == 0);
		return;
	}
	is_old = (x->was == THERE) == is_there &&
	    (!is_there || strcmp(pub, x->was_pub) == 0);
	if (!is_old && is_ending(act))
		CHECK(!is_there);
	if (!is_old && !is_ending(act))
		CHECK(is_there);
	note("%s %s %s %s\n", is_old ? "undone" : "done", act, name,
	    is_there ? pub : "-");
	if (is_old)
		undone(act, name);
	else
		done(act, name, pub);
}

static void
check_root(void)
{
	static struct soter_ta_status status;
	char path[4096];
	FILE *f;

	check_row("the root is what it was");
	CHECK(ask(SOTER_TA_STATUS, "x") == 0);
	CHECK_RC(soter_ta_status_parse(&status, tee_body(&soter)), SOTER_OK);
	CHECK(status.trouble == 0);
	settle(&book.root, "root", "-", status.provisioned ? "root" : "");
	if (book.root.is != THERE)
		return;
	CHECK(ask(SOTER_TA_ATTK_VERIFY, "x") == 0);
	CHECK(ask(SOTER_TA_ATTK_GENERATE, "x") == -20);
	CHECK(ask(SOTER_TA_ATTK_EXPORT, "x") == 0);
	snprintf(path, sizeof(path), "%s/attk.pem", folder);
	f = fopen(path, "rb");
	if (f == NULL && errno == ENOENT) {
		f = fopen(path, "wb");
		CHECK(f != NULL &&
		    fwrite(tee_body(&soter).p, 1, tee_body(&soter).n, f) ==
			tee_body(&soter).n);
	} else if (CHECK(f != NULL)) {
		static uint8_t pem[SOTER_PEM_KEY_MAX];

		CHECK(soter_span_equal(tee_body(&soter),
		    soter_span(pem, fread(pem, 1, sizeof(pem), f))));
	}
	if (f != NULL)
		CHECK(fclose(f) == 0);
}

/* An ASK, and the AuthKeys below it. */
static void
check_keys(void)
{
	char act[NAME_LEN], pub[PUB_MAX];
	int32_t code;

	check_row("the ASK is what it was");
	snprintf(act, sizeof(act), "%s",
	    book.ask.is == DOUBT ? book.act : "ask");
	code = export(SOTER_TA_ASK_EXPORT, "-", pub);
	CHECK(code == 0 || code == -5);
	CHECK(ask(SOTER_TA_ASK_HAS, "x") == code);
	settle(&book.ask, act, "-", pub);

	for (size_t i = 0; i < ITEMS && book.keys[i].name[0] != '\0'; i++) {
		struct item *key = &book.keys[i];

		check_row("AuthKey %s is what it was", key->name);
		snprintf(act, sizeof(act), "%s",
		    key->is == DOUBT ? book.act : "key");
		code = export(SOTER_TA_AUTHKEY_EXPORT, key->name, pub);
		CHECK(code == 0 || code == -6);
		CHECK(ask(SOTER_TA_AUTHKEY_HAS, key->name) == code);
		settle(key, act, key->name, pub);
		if (key->is == THERE && any_finger() != NULL)
			CHECK(sign(key->name));
	}
}

/* No more and no fewer names than those. */
static void
check_list(void)
{
	struct soter_reader r;
	struct soter_span name;
	size_t n = 0, want = 0;
	int32_t code;

	check_row("the list of keys is right");
	code = ask(SOTER_TA_KEYS_LIST, "x");
	CHECK(code == (book.ask.is == THERE ? 0 : -5));
	for (size_t i = 0; i < ITEMS; i++)
		want += book.keys[i].is == THERE ? 1 : 0;
	r = soter_reader(tee_body(&soter));
	while (r.left > 0 && soter_ta_text_read(&r, &name) == SOTER_OK)
		n++;
	CHECK(n == want);
}

/* Whoever has the PIN may begin anew. */
static void
forgive(void)
{
	struct soter_ta_request x = mine("x");

	if (book.pin.is != THERE)
		return;
	note("begin look -\n");
	CHECK(ask_bio(SOTER_BIO_UNFREEZE, &x) == 0);
	note("done look - -\n");
}

static struct soter_bio_status
check_tries(void)
{
	static struct soter_bio_status status;
	struct soter_ta_request x = mine("x");

	check_row("no try is forgotten");
	CHECK(ask_bio(SOTER_BIO_STATUS, &x) == 0);
	CHECK_RC(soter_bio_status_parse(&status, tee_body(&bio)), SOTER_OK);
	CHECK(status.misses >= book.misses_min);
	CHECK(status.misses <= book.misses_max);
	settle(&book.pin, "pin", "-", status.pin_set ? "pin" : "");
	forgive();
	return (status);
}

/* Whose finger is this?  Its fid as a text, or nothing. */
static void
whose(const char *sample, char fid[PUB_MAX])
{
	int32_t code;

	fid[0] = '\0';
	note("begin look -\n");
	code = touch(0, sample);
	CHECK(code == 0 || code == soter_ta_code(SOTER_E_MISS) ||
	    code == soter_ta_code(SOTER_E_NOT_ENROLLED));
	if (code == 0)
		snprintf(fid, PUB_MAX, "%016llx",
		    (unsigned long long)tee_step(&bio).fid);
}

static void
check_fingers(void)
{
	struct soter_bio_status status = check_tries();
	char fid[PUB_MAX];
	uint32_t want = 0;

	check_row("the epoch does not go back");
	CHECK(status.epoch >= book.epoch);
	if (status.epoch > book.epoch)
		note("epoch %llu\n", (unsigned long long)status.epoch);
	for (size_t i = 0; i < ITEMS && book.fingers[i].name[0] != '\0'; i++) {
		struct item *x = &book.fingers[i];
		char act[NAME_LEN];

		check_row("finger %s is what it was", x->name);
		snprintf(act, sizeof(act), "%s",
		    x->is == DOUBT ? book.act : "enrol");
		whose(x->name, fid);
		/* Nobody gets the fid of another, or of one before. */
		if (x->is == DOUBT && fid[0] != '\0' &&
		    strcmp(fid, x->was_pub) != 0)
			for (size_t k = 0; k < ITEMS; k++)
				CHECK(strcmp(fid, book.fingers[k].pub) != 0);
		settle(x, act, x->name, fid);
		want += x->is == THERE ? 1 : 0;
	}
	CHECK(status.enrolled == want);
	forgive();
}

/* ---- acts --------------------------------------------------------------- */

static bool
act_root(const char *name, char pub[PUB_MAX])
{
	snprintf(pub, PUB_MAX, "root");
	return (CHECK(ask(SOTER_TA_ATTK_GENERATE, name) == 0));
}

static bool
act_ask(const char *name, char pub[PUB_MAX])
{
	return (CHECK(ask(SOTER_TA_ASK_GENERATE, name) == 0) &&
	    CHECK(export(SOTER_TA_ASK_EXPORT, name, pub) == 0));
}

static bool
act_wipe(const char *name, char pub[PUB_MAX])
{
	(void)pub;
	return (CHECK(ask(SOTER_TA_REMOVE_ALL, name) == 0));
}

static bool
act_key(const char *name, char pub[PUB_MAX])
{
	return (CHECK(ask(SOTER_TA_AUTHKEY_GENERATE, name) == 0) &&
	    CHECK(export(SOTER_TA_AUTHKEY_EXPORT, name, pub) == 0));
}

static bool
act_drop(const char *name, char pub[PUB_MAX])
{
	(void)pub;
	return (CHECK(ask(SOTER_TA_AUTHKEY_REMOVE, name) == 0));
}

static bool
act_pin(const char *name, char pub[PUB_MAX])
{
	struct soter_ta_request x = mine(name);

	x.pin = soter_span(NULL, 0);
	x.pin_new = tee_text(PIN);
	snprintf(pub, PUB_MAX, "pin");
	return (CHECK(ask_bio(SOTER_BIO_PIN_SET, &x) == 0));
}

static bool
act_enrol(const char *name, char pub[PUB_MAX])
{
	struct soter_ta_request x = mine(name);
	struct soter_bio_step step = { 0, 0 };

	if (!CHECK(ask_bio(SOTER_BIO_ENROL_BEGIN, &x) == 0))
		return (false);
	for (int i = 0; i < TOUCHES_MAX && step.fid == 0; i++) {
		if (!CHECK(ask_bio(SOTER_BIO_SIM_FEED, &x) == 0) ||
		    !CHECK(ask_bio(SOTER_BIO_ENROL_STEP, &x) == 0))
			return (false);
		step = tee_step(&bio);
	}
	snprintf(pub, PUB_MAX, "%016llx", (unsigned long long)step.fid);
	return (CHECK(step.fid != 0));
}

static bool
act_remove(const char *name, char pub[PUB_MAX])
{
	struct soter_ta_request x = mine(name);

	(void)pub;
	x.fid = strtoull(item(book.fingers, name)->was_pub, NULL, 16);
	return (CHECK(ask_bio(SOTER_BIO_REMOVE, &x) == 0));
}

static bool
act_sign(const char *name, char pub[PUB_MAX])
{
	(void)pub;
	return (sign(name));
}

static bool
act_miss(const char *name, char pub[PUB_MAX])
{
	(void)pub;
	(void)name;
	return (CHECK(touch(0, "nobody's") == soter_ta_code(SOTER_E_MISS)));
}

static const struct {
	const char *word;
	bool has_name;
	bool (*run)(const char *name, char pub[PUB_MAX]);
} acts[] = {
	{ "root", false, act_root },
	{ "ask", false, act_ask },
	{ "wipe", false, act_wipe },
	{ "key", true, act_key },
	{ "drop", true, act_drop },
	{ "pin", false, act_pin },
	{ "enrol", true, act_enrol },
	{ "remove", true, act_remove },
	{ "sign", true, act_sign },
	{ "miss", false, act_miss },
};

/* Made already, gone already. */
static bool
is_idle(const char *word, const char *name)
{
	const struct item *x = subject(word, name);

	if (x == NULL)
		return (false);
	if (is_ending(word))
		return (x->is == GONE);
	return (x->is == THERE && strcmp(word, "ask") != 0 &&
	    strcmp(word, "key") != 0);
}

/* Returns how many words it took; 0: there is no such act. */
static int
act(const char *word, const char *name)
{
	for (size_t i = 0; i < SOTER_COUNT(acts); i++) {
		char pub[PUB_MAX] = "-";

		if (strcmp(acts[i].word, word) != 0)
			continue;
		if (!acts[i].has_name)
			name = "-";
		if (name == NULL)
			return (0);
		if (is_idle(word, name))
			return (acts[i].has_name ? 2 : 1);
		check_row("%s %s", word, name);
		note("begin %s %s\n", word, name);
		begun(word, name);
		if (acts[i].run(name, pub)) {
			note("done %s %s %s\n", word, name, pub);
			done(word, name, pub);
		}
		return (acts[i].has_name ? 2 : 1);
	}
	return (0);
}

static void
check_all(void)
{
	check_root();
	check_fingers();
	check_keys();
	check_list();
}

int
main(int argc, char **argv)
{
	static const TEEC_UUID soter_uuid = SOTER_TA_UUID,
			       bio_uuid = SOTER_BIO_UUID;
	bool is_checked = argc > 1 && strcmp(argv[1], "-u") == 0;
	int n, first = is_checked ? 2 : 1;

	if (argc <= first)
		return (2);
	folder = argv[first];
	open_ledger();
	if (tee_open(&soter, &soter_uuid) != TEEC_SUCCESS ||
	    tee_open(&bio, &bio_uuid) != TEEC_SUCCESS) {
		printf("# no TEE: 0x%08x 0x%08x\n", (unsigned)soter.result,
		    (unsigned)bio.result);
		return (GONE_AWAY);
	}
	check_row("the ledger is open");
	CHECK(ledger >= 0);
	if (!is_checked)
		check_all();
	for (int i = first + 1; i < argc; i += n) {
		n = act(argv[i], i + 1 < argc ? argv[i + 1] : NULL);
		if (n == 0)
			return (2);
	}
	tee_close(&bio);
	tee_close(&soter);
	return (check_done());
}
