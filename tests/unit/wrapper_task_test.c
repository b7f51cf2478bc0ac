/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/task.c: the queue, those who wait, and those who leave.
 */
#include "tests/unit/wrapper.h"

static void
test_whole_way(void)
{
	struct rig r;
	struct soter_task_result result;

	check_row("init, prepare, authorise");
	rig_new(&r);
	CHECK(!soter_wrapper_is_supported(r.w));
	CHECK(soter_wrapper_init(r.w, 0, &result).code == 0);
	CHECK_RC(result.answer.rc, SOTER_OK);
	CHECK(result.support == SOTER_SUPPORT_BOTH);
	CHECK(soter_wrapper_is_supported(r.w));
	CHECK(soter_wrapper_prepare_authkey(r.w, RIG_SCENE,
		  SOTER_AUTO_PREPARE_ASK, 0, &result)
		  .code == 0);
	CHECK(strstr(result.is_signed.json, r.kname) != NULL);
	CHECK(result.removed == 0);
	CHECK(r.device.has_ask && fakecore_has(&r.device, r.kname));
	r.device.sees = "..x.m";
	CHECK(rig_authorise(&r, 0, &result).code == 0);
	CHECK(strstr(result.is_signed.json, "signed") != NULL);
	CHECK(strcmp(r.events, "txm") == 0);
	CHECK(r.device.session == 0 && !r.device.is_looking);
	CHECK(r.server.asked == 5);
	rig_free(&r);
}

int
main(void)
{
	test_whole_way();
	return (check_done());
}
