/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system/policy.h"

#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

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

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void status_unmap(status_page page)
{
	if (page)
		munmap((void *)page, page_size());
}

static int map_page(const char *path, status_page *ret_page)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	uint32_t fields[FIELDS];
	void *page;

	if (fd < 0)
		return -errno;
	/* what has no bytes must not be mapped: its page could not be read */
	if (pread(fd, fields, sizeof(fields), 0) != sizeof(fields) || fields[VERSION] == 0)
		return -ENOTSUP;
	page = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	*ret_page = page;
	return 0;
}

/* The page of @policy, mapped by whichever thread comes first. */
static int get_page(struct lbl_policy *policy, status_page *ret_page)
{
	status_page page = atomic_load_explicit(&policy->status, memory_order_acquire), mine;
	int r;

	if (!page) {
		r = map_page(policy->status_node, &mine);
		if (r < 0)
			return r;
		if (atomic_compare_exchange_strong(&policy->status, &page, mine))
			page = mine;
		else
			status_unmap(mine);
	}
	*ret_page = page;
	return 0;
}

static uint32_t load(status_page page, unsigned field)
{
	/* acquire: no later read may overtake this one */
	return atomic_load_explicit(&page[field], memory_order_acquire);
}

int lbl_policy_status(struct lbl_policy *policy, struct lbl_status *ret_status)
{
	status_page page;
	int r = get_page(policy, &page);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t sequence = load(page, SEQUENCE);
		struct lbl_status status = {
			.enforcing = load(page, ENFORCING) != 0,
			.policy_loads = load(page, POLICY_LOADS),
		};

		if (sequence % 2 == 0 && sequence == load(page, SEQUENCE)) {
			*ret_status = status;
			return 0;
		}
		if (i >= TRIES_SPIN) /* it was interrupted in the middle */
			sched_yield();
	}
	return -EAGAIN;
}
