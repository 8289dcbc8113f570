/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system/status.h"

#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "system/policy.h"

enum {
	VERSION,
	SEQUENCE,
	ENFORCING,
	POLICY_LOADS,
	DENY_UNKNOWN,
	FIELDS,
	TRIES = 10000, /* the kernel needs some ten instructions for a change */
	TRIES_SPIN = 100,
};

static int read_page(int fd, uint32_t fields[FIELDS])
{
	const ssize_t size = FIELDS * sizeof(*fields);
	ssize_t n = pread(fd, fields, (size_t)size, 0);

	if (n < 0)
		return -errno;
	return n == size && fields[VERSION] != 0 ? 0 : -ENOTSUP;
}

/* The descriptor of @policy, opened by whichever thread comes first. */
static int get_fd(struct lbl_policy *policy)
{
	int fd = atomic_load(&policy->status_fd), mine;

	if (fd >= 0)
		return fd;
	mine = open(policy->status_node, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (mine < 0)
		return -errno;
	if (atomic_compare_exchange_strong(&policy->status_fd, &fd, mine))
		return mine;
	close(mine);
	return fd;
}

int lbl_policy_status(struct lbl_policy *policy, struct lbl_status *ret_status)
{
	uint32_t once[FIELDS], again[FIELDS];
	int fd = get_fd(policy), r = fd < 0 ? fd : read_page(fd, once);

	for (unsigned i = 0; r == 0 && i < TRIES; i++) {
		r = read_page(fd, again);
		if (r == 0 && again[SEQUENCE] % 2 == 0 && memcmp(once, again, sizeof(once)) == 0) {
			ret_status->enforcing = again[ENFORCING] != 0;
			ret_status->policy_loads = again[POLICY_LOADS];
			return 0;
		}
		memcpy(once, again, sizeof(once));
		if (i >= TRIES_SPIN) /* it was interrupted in the middle */
			sched_yield();
	}
	return r < 0 ? r : -EAGAIN;
}
