/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A local process that skips the device service and calls the TA; an app that
 * asks for another app's key.  Every command from every identity: whoever may
 * not is refused by TEE_ERROR_ACCESS_DENIED, and nothing has happened.
 *
 * Guards: `(caller->roles & row->roles) == 0` and check_owner() in
 * src/ta/call.c, the table of rows in src/ta/soter/entry.c, is_named() and the
 * two halves of the biometric's identity in src/ta/role.c.
 */
#include "tests/check.h"
#include "tests/tabox.h"

#define S   (1u << TABOX_SERVICE)
#define F   (1u << TABOX_FACTORY)
#define B   (1u << TABOX_BIOMETRIC)
#define ALL ((1u << TABOX_WHOS) - 1)

/* docs/tee.md, Roles, once more. */
static const struct {
	uint32_t command;
	unsigned who;
} may[] = {
	{ SOTER_TA_ATTK_GENERATE, F },
	{ SOTER_TA_ATTK_VERIFY, F },
	{ SOTER_TA_ATTK_EXPORT, F | S },
	{ SOTER_TA_DEVICE_ID, F | S },
	{ SOTER_TA_ASK_GENERATE, S },
	{ SOTER_TA_ASK_EXPORT, S },
	{ SOTER_TA_REMOVE_ALL, S },
	{ SOTER_TA_ASK_HAS, S },
	{ SOTER_TA_AUTHKEY_GENERATE, S },
	{ SOTER_TA_AUTHKEY_EXPORT, S },
	{ SOTER_TA_AUTHKEY_REMOVE, S },
	{ SOTER_TA_AUTHKEY_HAS, S },
	{ SOTER_TA_SIGN_INIT, S },
	{ SOTER_TA_SIGN_FINISH, S },
	{ SOTER_TA_SIGN_CANCEL, S },
	{ SOTER_TA_KEYS_LIST, S },
	{ SOTER_TA_STATUS, ALL },
	{ SOTER_TA_SELF_TEST, ALL },
	{ SOTER_TA_FACTORY_NONCE, F },
	{ SOTER_TA_MATCH, B },
};

static const char *const names[TABOX_WHOS] = { "the service", "the factory",
	"the enroller", "TA biometric", "another TA", "a user with its UUID",
	"nobody", "user 1001", "user 1002", "group 990",
	"a TA with the UUID of user 1001" };

/* Requests that would have an effect if they were let through. */
static struct soter_ta_request
request(uint32_t uid, uint64_t session)
{
	return ((struct soter_ta_request){ .uid = uid,
	    .kname = SOTER_SPAN(TABOX_KNAME),
	    .challenge = SOTER_SPAN("other"),
	    .session = session,
	    .fid = 1,
	    .modality = SOTER_MODALITY_FINGER,
	    .sequence = 1,
	    .sensor = SOTER_SPAN("s"),
	    .sensor_version = SOTER_SPAN("v") });
}

/* Refused, and nothing on the disk has moved. */
static void
check_refused(struct tabox *box, enum tabox_who who, uint32_t command,
    const struct soter_ta_request *x)
{
	uint64_t done = box->power.done;

	tabox_call(box, who, command, x, &tabox_last);
	CHECK(tabox_last.result == TEE_ERROR_ACCESS_DENIED);
	CHECK(box->power.done == done);
	/* Nor does the size of the reply buffer tell anything. */
	tabox_send(box, who, command, SOTER_SPAN(""), 0, &tabox_last);
	CHECK(tabox_last.result == TEE_ERROR_ACCESS_DENIED ||
	    tabox_last.result == TEE_ERROR_SHORT_BUFFER);
}

static void
test_matrix(struct tabox *box, uint64_t session)
{
	struct soter_ta_request x = request(TABOX_UID, session);
	struct diskmodel *before = diskmodel_copy(box->disk, NULL);
	size_t n;

	(void)soter_ta_forms(&n);
	check_row("every command has its row here");
	CHECK(n == SOTER_COUNT(may));
	for (size_t i = 0; i < SOTER_COUNT(may); i++)
		for (int who = 0; who < TABOX_WHOS; who++) {
			if (may[i].who >> who & 1)
				continue;
			check_row("%s by %s",
			    soter_ta_form(may[i].command)->name, names[who]);
			check_refused(box, (enum tabox_who)who, may[i].command,
			    &x);
		}
	check_row("the disk is as it was");
	CHECK(diskmodel_same(box->disk, before));
	diskmodel_free(&before);

	check_row("so is the session, and no counter is lost");
	CHECK_RC(tabox_match(box, session), SOTER_OK);
	CHECK_RC(tabox_finish(box, TABOX_UID, session), SOTER_OK);
	CHECK(tabox_counter() == 1);

	/* Those that destroy nothing, from those who may. */
	for (size_t i = 0; i < SOTER_COUNT(may); i++)
		for (int who = 0; who < TABOX_WHOS; who++) {
			if (!(may[i].who >> who & 1) ||
			    may[i].command == SOTER_TA_REMOVE_ALL ||
			    may[i].command == SOTER_TA_AUTHKEY_REMOVE)
				continue;
			check_row("%s by %s: let in",
			    soter_ta_form(may[i].command)->name, names[who]);
			tabox_call(box, (enum tabox_who)who, may[i].command, &x,
			    &tabox_last);
			CHECK(tabox_last.result == TEE_SUCCESS);
		}
}

/* ---- an app and its neighbour ------------------------------------------ */

static bool
names_uid(uint32_t command)
{
	return (soter_ta_form(command)->fields[0] == SOTER_TA_UID);
}

static void
provision_own(struct tabox *box, enum tabox_who who, uint32_t uid)
{
	CHECK_RC(tabox_do(box, who, SOTER_TA_ASK_GENERATE, uid, NULL),
	    SOTER_OK);
	CHECK_RC(
	    tabox_do(box, who, SOTER_TA_AUTHKEY_GENERATE, uid, TABOX_KNAME),
	    SOTER_OK);
}

static void
test_own(void)
{
	/* Neighbours: another app, the same number with more bits, nobody. */
	static const uint32_t others[] = { 1002, 0, 1001 + (1u << 16), 1000,
		1001 | 0x80000000, UINT32_MAX };
	struct soter_ta_request x;
	struct tabox box;
	uint64_t session;

	tabox_new(&box, &tabox_builds[TABOX_USUAL]);
	box.is_development = true;
	if (!CHECK_RC(tabox_start(&box), SOTER_OK))
		return;
	tabox_provision(&box);
	check_row("development: each user has keys of its own");
	provision_own(&box, TABOX_USER_1001, 1001);
	provision_own(&box, TABOX_USER_1002, 1002);
	CHECK_RC(tabox_init(&box, 1002, TABOX_KNAME, "c", &session), SOTER_OK);

	for (size_t u = 0; u < SOTER_COUNT(others); u++)
		for (size_t i = 0; i < SOTER_COUNT(may); i++) {
			if (!names_uid(may[i].command))
				continue;
			check_row("development: user 1001, %s of uid %u",
			    soter_ta_form(may[i].command)->name, others[u]);
			x = request(others[u], session);
			check_refused(&box, TABOX_USER_1001, may[i].command,
			    &x);
		}
	check_row("development: with its own uid, another's session");
	x = request(1001, session);
	tabox_call(&box, TABOX_USER_1001, SOTER_TA_SIGN_FINISH, &x,
	    &tabox_last);
	CHECK_RC(tabox_last.code, SOTER_E_TEE_UNKNOWN);
	tabox_call(&box, TABOX_USER_1001, SOTER_TA_SIGN_CANCEL, &x,
	    &tabox_last);
	CHECK_RC(tabox_last.code, SOTER_E_TEE_UNKNOWN);
	CHECK_RC(tabox_match(&box, session), SOTER_OK);
	CHECK_RC(tabox_finish(&box, 1002, session), SOTER_OK);
	CHECK(tabox_counter() == 1);

	check_row("development: not the factory's commands, nor a match");
	check_refused(&box, TABOX_USER_1001, SOTER_TA_ATTK_GENERATE, &x);
	check_refused(&box, TABOX_USER_1001, SOTER_TA_ATTK_VERIFY, &x);
	check_refused(&box, TABOX_USER_1001, SOTER_TA_FACTORY_NONCE, &x);
	check_refused(&box, TABOX_USER_1001, SOTER_TA_MATCH, &x);
	check_row("development: device id, as phones answer anybody");
	CHECK_RC(tabox_do(&box, TABOX_USER_1001, SOTER_TA_DEVICE_ID, 0, NULL),
	    SOTER_OK);
	check_row("development: a group, a public client, a TA are no users");
	x = request(TABOX_SERVICE_UID, 1);
	check_refused(&box, TABOX_GROUP_990, SOTER_TA_ASK_HAS, &x);
	check_refused(&box, TABOX_PUBLIC, SOTER_TA_ASK_HAS, &x);
	check_refused(&box, TABOX_OTHER_TA, SOTER_TA_ASK_HAS, &x);
	x = request(1001, 1);
	check_refused(&box, TABOX_TA_1001, SOTER_TA_ASK_HAS, &x);
	tabox_free(&box);
}

/* ---- a configuration that would open the door -------------------------- */

static void
test_configured(void)
{
	static const char *const services[] = {
		"0:00000000-0000-0000-0000-000000000000", /* everybody */
		"1:00000000-0000-0000-0000-000000000000",
		"4026531840:6d209395-ab63-400e-982b-abdf62b483b2",
	};
	struct soter_ta_request x = request(TABOX_UID, 1);

	for (size_t i = 0; i < SOTER_COUNT(services); i++) {
		struct tabox box;

		check_row("the service is %s", services[i]);
		tabox_new(&box, &tabox_builds[TABOX_USUAL]);
		box.service = services[i];
		CHECK_RC(tabox_start(&box), SOTER_OK);
		for (int who = 0; who < TABOX_WHOS; who++)
			if (i != 2 || who != TABOX_BIOMETRIC)
				check_refused(&box, (enum tabox_who)who,
				    SOTER_TA_ASK_HAS, &x);
		tabox_free(&box);
	}
}

int
main(int argc, char **argv)
{
	struct tabox box;
	uint64_t session;

	tabox_load(argc, argv);
	tabox_new(&box, &tabox_builds[TABOX_USUAL]);
	if (tabox_start(&box) != SOTER_OK)
		return (1);
	tabox_provision(&box);
	check_row("a session that waits");
	CHECK_RC(tabox_init(&box, TABOX_UID, TABOX_KNAME, "c", &session),
	    SOTER_OK);
	test_matrix(&box, session);
	tabox_free(&box);
	test_own();
	test_configured();
	return (check_done());
}
