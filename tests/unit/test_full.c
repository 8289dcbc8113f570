/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/full.h"

static struct pin pin_of(uint64_t dev, uint32_t uid, uint32_t gid)
{
	return (struct pin){.fd = -1, .kind = LBL_REG, .dev = dev, .uid = uid, .gid = gid};
}

static void a_quota_is_of_an_owner_and_a_group(void **state)
{
	struct pin shared = pin_of(1, 0, 100), roots = pin_of(1, 0, 0), other = pin_of(1, 5, 100);
	struct pin elsewhere = pin_of(2, 0, 100);
	struct full f;

	assert_int_equal(full_init(&f), 0);
	assert_false(full_for(&f, &shared));
	assert_non_null(full_note(&f, &shared, -EDQUOT));
	assert_null(full_note(&f, &shared, -EDQUOT)); /* told once */
	assert_true(full_for(&f, &shared));
	assert_false(full_for(&f, &roots));
	assert_false(full_for(&f, &other));
	assert_false(full_for(&f, &elsewhere));
	assert_false(full_device(&f, 1));
	full_done(&f);
}

static void other_failures_are_none(void **state)
{
	struct pin pin = pin_of(1, 0, 0);
	struct full f;

	assert_int_equal(full_init(&f), 0);
	assert_null(full_note(&f, &pin, -EPERM));
	assert_null(full_note(&f, &pin, -ENOSPC)); /* nothing says that it is full */
	assert_false(full_for(&f, &pin));
	full_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quota_is_of_an_owner_and_a_group),
		cmocka_unit_test(other_failures_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
