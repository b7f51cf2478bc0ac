/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tee_roles stranger|own UID[:GID] -- as this user, whatever the kernel of this
 * machine says of it to the TEE: what is not for it is refused.  Only root can
 * become somebody else.
 *
 * stranger  it has no role
 * own       soter.development is true, and it has no other role: everything
 *           that is its own, and nothing else.  The device has its root.
 *
 * Nothing here belongs to one TEE: it also runs against a real one.
 */
#include "tests/hostile/tee_target.h"

/* Logins that the kernel gives, and what they need. */
static const struct {
	uint32_t login;
	const char *name;
	bool is_group;
} logins[] = {
	{ TEEC_LOGIN_PUBLIC, "nobody", false },
	{ TEEC_LOGIN_USER, "its user", false },
	{ TEEC_LOGIN_GROUP, "its group", true },
	{ TEEC_LOGIN_APPLICATION, "a program", false },
	{ TEEC_LOGIN_USER_APPLICATION, "its user's program", false },
	{ TEEC_LOGIN_GROUP_APPLICATION, "its group's program", true },
	{ 0xf0000000, "a trusted application", false },
	{ 0x80000000, "whatever the TEE makes of it", false },
};

static void
strangers(const struct target *t)
{
	static struct tee tee;
	gid_t group = getegid();

	for (size_t i = 0; i < SOTER_COUNT(logins); i++) {
		check_row("%s: a stranger who comes as %s", t->name,
		    logins[i].name);
		if (tee_open_as(&tee, &t->uuid, logins[i].login,
			logins[i].is_group ? &group : NULL) != TEEC_SUCCESS) {
			/* Not known here: nobody gets in by it. */
			CHECK(logins[i].login != TEEC_LOGIN_PUBLIC &&
			    logins[i].login != TEEC_LOGIN_USER);
			continue;
		}
		refused(&tee, t, ANYONE);
		tee_close(&tee);
	}
}

/* Commands that name a uid, or a user, name another one. */
static void
of_others(struct target *t, uint32_t uid, uint32_t user)
{
	struct soter_ta_request x = usual();
	size_t n;
	const struct soter_ta_form *forms = t->forms(&n);

	x.uid = uid;
	x.user = user;
	for (size_t i = 0; i < n; i++) {
		uint8_t request[SOTER_TA_REQUEST_MAX];
		size_t len = write_request(request, &forms[i], &x);

		if (who_may(t, forms[i].command) != USERS ||
		    (forms[i].fields[0] != SOTER_TA_UID &&
			forms[i].fields[0] != SOTER_TA_USER))
			continue;
		CHECK(tee_send(&t->tee, forms[i].command,
			  soter_span(request, len)) == TEE_NO_ANSWER);
		CHECK(t->tee.result == TEEC_ERROR_ACCESS_DENIED);
	}
}

static void
owner(void)
{
	const uint32_t mine = (uint32_t)geteuid();
	struct soter_ta_request x = usual();
	int32_t code;

	check_row("a user has what is its own");
	CHECK(tee_soter(SOTER, SOTER_TA_DEVICE_ID, &x) == 0);
	CHECK(tee_soter(SOTER, SOTER_TA_ASK_GENERATE, &x) == 0);
	CHECK(tee_soter(SOTER, SOTER_TA_ASK_HAS, &x) == 0);
	CHECK(tee_soter(SOTER, SOTER_TA_REMOVE_ALL, &x) == 0);
	code = tee_bio(BIO, SOTER_BIO_LIST, &x);
	CHECK(code == 0);

	check_row("and nothing of the factory");
	refused(SOTER, &targets[0], USERS);

	check_row("and nothing of other users");
	of_others(&targets[0], mine + 1, 0);
	of_others(&targets[0], mine ^ 0x10000, 0);
	of_others(&targets[0], 0, 0);
	of_others(&targets[0], UINT32_MAX, 0);
	of_others(&targets[1], mine, 1);
	of_others(&targets[1], mine, UINT32_MAX / 100000);
}

static void
no_role(void)
{
	struct snapshot before;

	check_row("a stranger may ask how it is");
	look(&before);
	for (EACH_TARGET(t))
		strangers(t);
	check_row("nobody has changed anything");
	check_unchanged(&before);
}

static bool
become(const char *number)
{
	char *end;
	uid_t uid = (uid_t)strtoul(number, &end, 10);
	gid_t gid =
	    *end == ':' ? (gid_t)strtoul(end + 1, NULL, 10) : (gid_t)uid;

	if (geteuid() == uid)
		return (true);
	return (setgroups(0, NULL) == 0 && setgid(gid) == 0 &&
	    setuid(uid) == 0 && geteuid() == uid);
}

int
main(int argc, char **argv)
{
	if (argc != 3 || !become(argv[2]))
		return (2);
	check_row("sessions with both trusted applications");
	for (EACH_TARGET(t))
		if (!CHECK(tee_open(&t->tee, &t->uuid) == TEEC_SUCCESS))
			return (check_done());
	if (strcmp(argv[1], "stranger") == 0)
		no_role();
	else
		owner();
	for (EACH_TARGET(t))
		tee_close(&t->tee);
	return (check_done());
}
