/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every command of TA biometric from every wrong identity: refused, without
 * effect.  Who may what is written down here once more, as docs/biometric.md
 * says it.
 */
#include "tests/biodev.h"
#include "tests/check.h"

#define BIT(who) (1u << (who))
#define ENROLLER (BIT(BIODEV_ENROLLER) | BIT(BIODEV_ENROLLER_2))
#define SERVICE	 (BIT(BIODEV_SERVICE) | BIT(BIODEV_SERVICE_2))
#define ALL	 (BIT(BIODEV_WHO) - 1)
/* Logins of users: on a development machine, for user 0. */
#define OWN	 (ENROLLER | SERVICE | BIT(BIODEV_FACTORY) | BIT(BIODEV_USER))

static const struct {
	uint32_t command;
	unsigned may, own;
} rules[] = {
	{ SOTER_BIO_STATUS, ALL, ALL },
	{ SOTER_BIO_PIN_SET, ENROLLER, OWN },
	{ SOTER_BIO_ENROL_BEGIN, ENROLLER, OWN },
	{ SOTER_BIO_ENROL_STEP, ENROLLER, OWN },
	{ SOTER_BIO_ENROL_CANCEL, ENROLLER, OWN },
	{ SOTER_BIO_LIST, ENROLLER | SERVICE, OWN },
	{ SOTER_BIO_REMOVE, ENROLLER, OWN },
	{ SOTER_BIO_UNFREEZE, ENROLLER, OWN },
	{ SOTER_BIO_AUTH_BEGIN, SERVICE, OWN },
	{ SOTER_BIO_AUTH_STEP, SERVICE, OWN },
	{ SOTER_BIO_AUTH_CANCEL, SERVICE, OWN },
	{ SOTER_BIO_SIM_FEED, ENROLLER | SERVICE, OWN },
};

static const char *const names[BIODEV_WHO] = { "enroller", "enroller again",
	"service", "service again", "factory", "a user",
	"the enroller's UUID as a group", "nobody",
	"the enroller's UUID as a TA", "TA soter" };

static const uint32_t users[] = { 0, 10 };

static struct biodev *
make(bool is_development, struct soter_ta_request *x)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);

	d->is_development = is_development;
	biodev_restart(d);
	*x = (struct soter_ta_request){ .modality = SOTER_MODALITY_FINGER,
		.pin = SOTER_SPAN("1234"),
		.pin_new = SOTER_SPAN("1234"),
		.sample = SOTER_SPAN("thumb") };
	for (size_t i = 0; i < SOTER_COUNT(users); i++) {
		CHECK_RC(biodev_set_pin(d, users[i], "", "1234"), SOTER_OK);
		CHECK_RC(biodev_enrol(d, users[i], "1234", x->modality, "thumb",
			     &x->fid),
		    SOTER_OK);
	}
	return (d);
}

/* Let everything be under way that the command could disturb or go on with. */
static void
begin(struct biodev *d, uint32_t command, uint32_t user)
{
	if (command == SOTER_BIO_ENROL_STEP ||
	    command == SOTER_BIO_ENROL_CANCEL) {
		CHECK_RC(
		    biodev_enrol_begin(d, user, "1234", SOTER_MODALITY_FINGER),
		    SOTER_OK);
		CHECK_RC(biodev_feed(d, SOTER_MODALITY_FINGER, "index"),
		    SOTER_OK);
	}
	if (command == SOTER_BIO_AUTH_STEP ||
	    command == SOTER_BIO_AUTH_CANCEL) {
		CHECK_RC(biodev_begin(d, user, 0), SOTER_OK);
		CHECK_RC(biodev_feed(d, SOTER_MODALITY_FINGER, "thumb"),
		    SOTER_OK);
	}
}

static void
test_one(size_t rule, enum biodev_who who, uint32_t user, bool is_development)
{
	uint32_t command = rules[rule].command;
	bool may = (rules[rule].may & BIT(who)) != 0;
	struct soter_ta_request x;
	struct biodev *d = make(is_development, &x);
	struct diskmodel *before;

	if (is_development && (user == 0 || command == SOTER_BIO_SIM_FEED) &&
	    (rules[rule].own & BIT(who)) != 0)
		may = true;
	x.user = user;
	begin(d, command, user);
	before = diskmodel_copy(hosttee_disk(d->bio), NULL);
	(void)!biodev_call(d, who, command, &x);
	if (may) {
		CHECK(d->result == TEE_SUCCESS);
	} else {
		CHECK(d->result == TEE_ERROR_ACCESS_DENIED);
		CHECK(diskmodel_same(before, hosttee_disk(d->bio)));
		CHECK(d->pushes == 0);
	}
	/* What ran goes on as if nothing had been. */
	if (!may && command == SOTER_BIO_AUTH_CANCEL)
		CHECK_RC(biodev_step(d, user, 0, NULL), SOTER_OK);
	if (!may && command == SOTER_BIO_ENROL_CANCEL)
		CHECK(biodev_status(d, user).steps_left == 3);
	CHECK(hosttee_panic(d->bio) == NULL);
	diskmodel_free(&before);
	biodev_free(&d);
}

static void
test_all(bool is_development)
{
	for (size_t rule = 0; rule < SOTER_COUNT(rules); rule++)
		for (int who = 0; who < BIODEV_WHO; who++) {
			check_row("%s from %s%s",
			    soter_bio_form(rules[rule].command)->name,
			    names[who], is_development ? ", development" : "");
			for (size_t i = 0; i < SOTER_COUNT(users); i++)
				test_one(rule, (enum biodev_who)who, users[i],
				    is_development);
		}
}

/* A property that would give a role to everybody gives it to nobody. */
static void
test_public_role(void)
{
	static const struct teehost_property properties[] = {
		{ "soter.sensor", TEEHOST_STRING, "sim" },
		{ "soter.role.enroller", TEEHOST_IDENTITY,
		    "0:00000000-0000-0000-0000-000000000000" },
		{ "soter.role.service", TEEHOST_IDENTITY,
		    "0:00000000-0000-0000-0000-000000000000" },
	};
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);
	struct soter_ta_request x = { .pin_new = SOTER_SPAN("1234") };

	check_row("a role for the login \"public\" is nobody's");
	hosttee_set_properties(d->bio, properties, SOTER_COUNT(properties));
	CHECK(hosttee_open(d->bio, &(TEE_Identity){ TEE_LOGIN_PUBLIC, { 0 } },
		  &d->sessions[BIODEV_PUBLIC]) == TEE_SUCCESS);
	(void)!biodev_call(d, BIODEV_PUBLIC, SOTER_BIO_PIN_SET, &x);
	CHECK(d->result == TEE_ERROR_ACCESS_DENIED);
	(void)!biodev_call(d, BIODEV_PUBLIC, SOTER_BIO_LIST, &x);
	CHECK(d->result == TEE_ERROR_ACCESS_DENIED);
	biodev_free(&d);
}

static void
test_complete(void)
{
	size_t n;

	check_row("every command has its rule here");
	(void)soter_bio_forms(&n);
	CHECK(n == SOTER_COUNT(rules));
}

int
main(void)
{
	test_complete();
	test_all(false);
	test_all(true);
	test_public_role();
	return (check_done());
}
