/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A user of the machine sends soterd what it likes, while another one has a
 * signature under way.  The TEE underneath is a stand-in that looks who is
 * named to it.
 *
 * Property: the TEE hears of nobody but the sender, and of no session but the
 * sender's own; the other user's signature is unharmed; every reply is one.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "device/soterd/calls.h"
#include "device/soterd/serve.h"
#include "device/soterd/tee.h"
#include "fuzz/fuzz.h"

#define ME	     10001
#define OTHER	     1010002 /* of another profile, too */
#define OF_OTHER     1	     /* the other's session: easily guessed */
#define INPUT_MAX    512     /* so that all replies fit into the socket */
#define OWN_SESSIONS 2	     /* as many as the TA gives to a uid */

static struct {
	uint32_t uid; /* who sends */
	uint64_t next;
	struct {
		uint64_t id;
		uint8_t kname[SOTER_KNAME_MAX];
		size_t n;
	} own[OWN_SESSIONS];
} tee;

static bool
takes(const struct soter_ta_form *form, uint8_t field)
{
	for (const uint8_t *f = form->fields; *f != SOTER_TA_END; f++)
		if (*f == field)
			return (true);
	return (false);
}

static bool
is_own(uint64_t id)
{
	if (tee.uid == OTHER)
		return (id == OF_OTHER);
	for (size_t i = 0; i < OWN_SESSIONS; i++)
		if (id != 0 && tee.own[i].id == id)
			return (true);
	return (false);
}

/* A new session; one of the same kname goes. */
static enum soter_rc
begin(struct soter_span kname, struct soter_writer *body)
{
	size_t i = 0;

	if (tee.uid == OTHER)
		return (soter_write_le64(body, OF_OTHER));
	while (i < OWN_SESSIONS && tee.own[i].id != 0 &&
	    !soter_span_equal(kname,
		soter_span(tee.own[i].kname, tee.own[i].n)))
		i++;
	if (i == OWN_SESSIONS)
		return (SOTER_E_IS_AUTHING);
	tee.own[i].id = ++tee.next;
	tee.own[i].n = kname.n;
	soter_copy(tee.own[i].kname, kname.p, kname.n);
	return (soter_write_le64(body, tee.next));
}

enum soter_rc
soterd_tee_call(enum soterd_ta ta, uint32_t command,
    const struct soter_ta_request *x, struct soter_writer *body)
{
	const struct soter_ta_form *form = ta == SOTERD_TA_SOTER
	    ? soter_ta_form(command)
	    : soter_bio_form(command);
	uint8_t bytes[SOTER_TA_REQUEST_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	MUST(form != NULL);
	if (takes(form, SOTER_TA_UID))
		MUST(x->uid == tee.uid);
	if (takes(form, SOTER_TA_USER))
		MUST(x->user == soter_user_of_uid(tee.uid));
	if (takes(form, SOTER_TA_SESSION))
		MUST(is_own(x->session));
	if (soter_ta_request_write(&w, form, x) != SOTER_OK)
		return (SOTER_E_TEE_ARGUMENT);
	if (ta == SOTERD_TA_SOTER && command == SOTER_TA_SIGN_INIT)
		return (begin(x->kname, body));
	return (form->reply_max == 0 ? SOTER_OK : SOTER_E_TEE_UNKNOWN);
}

/* What came back: whole replies, each with a code that there is. */
static void
check_replies(int fd)
{
	static uint8_t bytes[1 << 20];
	size_t have = 0, at = 0, len;
	struct soter_dev_reply x;
	ssize_t n;

	while ((n = read(fd, bytes + have, sizeof(bytes) - have)) > 0)
		have += (size_t)n;
	for (; at < have; at += len) {
		struct soter_span rest = soter_span(bytes + at, have - at);

		MUST(
		    soter_dev_len(rest, SOTER_DEV_REPLY_MAX, &len) == SOTER_OK);
		MUST(len <= rest.n);
		MUST(soter_dev_reply_parse(&x, soter_span(rest.p, len)) ==
		    SOTER_OK);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct soterd_options setup = { .uid = 64102 };
	static const struct soterd_caller me = { ME, 2 }, other = { OTHER, 1 };
	const struct soter_dev_request sign = { .call = SOTER_DEV_SIGN_INIT,
		.kname = SOTER_SPAN("rent"),
		.challenge = SOTER_SPAN("c") };
	struct soterd_session left[SOTERD_UID_SESSIONS];
	uint8_t bytes[8];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soterd_peer *peer;
	int pair[2];

	if (size > INPUT_MAX)
		return (0);
	soterd_calls_setup(&setup);
	memset(&tee, 0, sizeof(tee));
	tee.next = OF_OTHER;
	tee.uid = OTHER;
	MUST(soterd_call(&other, &sign, &w) == SOTER_OK);

	tee.uid = ME;
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	MUST(write(pair[0], data, size) == (ssize_t)size);
	MUST(shutdown(pair[0], SHUT_WR) == 0);
	peer = soterd_peers_enter(pair[1], me);
	MUST(peer != NULL);
	soterd_serve_one(peer);
	soterd_peers_leave(peer);
	check_replies(pair[0]);
	close(pair[0]);

	MUST(soterd_sessions_is_of(OF_OTHER, OTHER));
	MUST(soterd_sessions_take(me, left) == 0);
	MUST(soterd_sessions_take(other, left) == 1);
	tee.uid = OTHER;
	soterd_calls_end(left[0]);
	return (0);
}
