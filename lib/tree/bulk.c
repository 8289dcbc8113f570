/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/bulk_impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/log.h"
#include "base/thread.h"
#include "tree/label.h"
#include "tree/mounts.h"

/* ---- the table ------------------------------------------------------------------------------ */

static int charge(struct bulk_job *job, uint64_t n, size_t size)
{
	if (n <= job->max_bytes / size &&
	    atomic_fetch_add(&job->bulk->bytes, (size_t)n * size) + (size_t)n * size <=
		    job->max_bytes)
		return 0;
	job->too_many = true;
	return -EFBIG;
}

int bulk_reserve(struct bulk_job *job, uint64_t first, uint32_t per_block, uint64_t n_blocks)
{
	struct bulk *b = job->bulk;
	int r = charge(job, n_blocks, sizeof(*b->blocks));

	if (r < 0)
		return r;
	b->blocks = calloc(n_blocks, sizeof(*b->blocks));
	if (!b->blocks)
		return -ENOMEM;
	b->first = first;
	b->per_block = per_block;
	b->n_blocks = (size_t)n_blocks;
	return 0;
}

int bulk_reserve_block(struct bulk_job *job, size_t block, uint32_t n)
{
	struct bulk_block *bb = &job->bulk->blocks[block];
	int r = charge(job, n, sizeof(*bb->ids));

	if (r < 0)
		return r;
	bb->ids = calloc(n, sizeof(*bb->ids));
	if (!bb->ids)
		return -ENOMEM;
	bb->n = n;
	return 0;
}

void bulk_note(struct bulk *bulk, struct contexts_view *view, size_t block, uint32_t slot,
	       const char *label, size_t len)
{
	int id = len <= LABEL_MAX ? contexts_id(&bulk->contexts, view, label, len) : -EFBIG;

	if (id >= 0) /* else it stays unknown */
		bulk->blocks[block].ids[slot] = (uint16_t)(id + BULK_LABEL);
}

uint64_t bulk_known(const struct bulk *bulk)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bulk->n_blocks; i++)
		for (uint32_t k = 0; k < bulk->blocks[i].n; k++)
			n += bulk->blocks[i].ids[k] != BULK_UNKNOWN;
	return n;
}

/* ---- the census ----------------------------------------------------------------------------- */

void bulk_census(struct bulk_job *job, enum census_proof proof, unsigned writers)
{
	struct bulk *b = job->bulk;

	if (job->o->census && census_new(&b->census, job->o->census, b, proof, writers) < 0)
		b->census = NULL;
}

int bulk_settle(struct bulk_job *job)
{
	struct bulk *b = job->bulk;
	int r;

	if (!b->census)
		return 0;
	log_debug(LOG_TREE, "bulk", "%zu bytes of names", census_noted(b->census));
	r = census_settle(b->census, job->threads, job->o->stop);
	if (r < 0 && r != -ECANCELED) {
		log_debug(LOG_TREE, "bulk", "no census: %d", r);
		b->census = census_free(b->census);
		r = 0;
	}
	return r;
}

static struct bulk *bulk_new(void)
{
	struct bulk *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->per_block = 1;
	contexts_init(&b->contexts);
	return b;
}

struct bulk *bulk_free(struct bulk *b)
{
	if (b) {
		for (size_t i = 0; i < b->n_blocks; i++)
			free(b->blocks[i].ids);
		free(b->blocks);
		contexts_done(&b->contexts);
		census_free(b->census);
		free(b);
	}
	return NULL;
}

DEFINE_CLEANUP(struct bulk *, bulk_free);

/* ---- from a mount to its device ------------------------------------------------------------- */

/*
 * The block device @path for reading, if it is number @dev.  Its number is asked before it is
 * opened, for opening some other device may do things.
 */
static int open_device_at(const char *path, dev_t dev)
{
	_cleanup_close_ int pin = open(path, O_PATH | O_CLOEXEC);
	char again[sizeof("/proc/self/fd/") + 12];
	struct stat st;
	int fd;

	if (pin < 0 || fstat(pin, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode) || st.st_rdev != dev)
		return -ENODEV;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", pin);
	fd = open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* By the name the kernel has for it; what the mount table says may be "/dev/root". */
static int open_device_by_number(dev_t dev)
{
	char path[64], line[256], node[sizeof(line) + 5];
	FILE *f;
	int r = -ENODEV;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent", major(dev), minor(dev));
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "DEVNAME=", 8) == 0) {
			snprintf(node, sizeof(node), "/dev/%s", line + 8);
			r = open_device_at(node, dev);
		}
	}
	fclose(f);
	return r;
}

static int open_device(const struct mount_facts *facts, dev_t dev)
{
	int fd = facts->source[0] == '/' ? open_device_at(facts->source, dev) : -ENODEV;

	return fd < 0 && fd != -EACCES && fd != -EPERM ? open_device_by_number(dev) : fd;
}

/* ---- which reader --------------------------------------------------------------------------- */

static int read_ext4_mount(struct bulk_job *job, const struct mount_facts *facts, dev_t dev)
{
	_cleanup_close_ int fd = open_device(facts, dev);

	if (fd < 0)
		return bulk_fail(job, fd, "its block device cannot be opened");
	job->bulk->source = "ext4";
	return bulk_read_ext4(job, fd, true);
}

static int read_mount(struct bulk_job *job, const struct mount_facts *facts, dev_t dev)
{
	if (facts->fixed_labels)
		return bulk_fail(job, -EOPNOTSUPP, "it is mounted with labels of its own");
	if (facts->seclabel && !(job->o->flags & BULK_TRUST_DISK))
		return bulk_fail(job, -EOPNOTSUPP, "SELinux is on");
	/*
	 * By type and not by magic number: the ext2 of old kernels keeps its inodes elsewhere than
	 * in the device's pages while they are in use.
	 */
	if (strcmp(facts->type, "ext4") == 0 || strcmp(facts->type, "ext3") == 0)
		return read_ext4_mount(job, facts, dev);
	if (strcmp(facts->type, "btrfs") == 0) {
		job->bulk->source = "btrfs";
		return bulk_read_btrfs(job);
	}
	return bulk_fail(job, -EOPNOTSUPP, "it is of another type");
}

static struct bulk_job new_job(struct bulk *bulk, const struct bulk_options *o)
{
	return (struct bulk_job){
		.bulk = bulk,
		.o = o,
		.threads = o->threads ? MIN(o->threads, thread_cpus()) : thread_cpus(),
		.max_bytes = o->max_bytes ? o->max_bytes : BULK_MEMORY,
		.why = "out of memory",
	};
}

static int finish(struct bulk_job *job, int r, struct bulk **bulk, struct bulk **ret_bulk,
		  const char **ret_why)
{
	log_debug(LOG_TREE, "bulk", "%s: %d (%s), %zu contexts, %zu bytes",
		  job->bulk->source ? job->bulk->source : "-", r, r < 0 ? job->why : "",
		  job->bulk->contexts.n, atomic_load(&job->bulk->bytes));
	if (r < 0) {
		*ret_why = job->too_many ? "too many inodes" : job->why;
		return r;
	}
	if (job->bulk->census)
		census_conclude(job->bulk->census);
	*ret_bulk = TAKE_PTR(*bulk);
	return 0;
}

int bulk_open(struct bulk **ret_bulk, const struct bulk_options *options, const char **ret_why)
{
	_cleanup_(bulk_freep) struct bulk *bulk = bulk_new();
	_cleanup_(mount_facts_done) struct mount_facts facts = {0};
	struct bulk_job job = new_job(bulk, options);
	struct stat st;
	int r;

	*ret_why = job.why;
	if (!bulk)
		return -ENOMEM;
	if (fstat(options->dirfd, &st) < 0)
		return -errno;
	if ((options->flags & BULK_WHOLE_ONLY) && !bulk_is_top(st.st_ino)) {
		*ret_why = "it is not the top of a file system";
		return -EXDEV;
	}
	bulk->dev = (uint64_t)major(st.st_dev) << 32 | minor(st.st_dev);
	r = mounts_describe(options->mnt_id, NULL, &facts);
	if (r < 0)
		job.why = "its mount is not known";
	else
		r = read_mount(&job, &facts, st.st_dev);
	return finish(&job, r, &bulk, ret_bulk, ret_why);
}

int bulk_open_image(struct bulk **ret_bulk, int fd, const struct bulk_options *options,
		    const char **ret_why)
{
	_cleanup_(bulk_freep) struct bulk *bulk = bulk_new();
	struct bulk_job job = new_job(bulk, options);

	*ret_why = job.why;
	if (!bulk)
		return -ENOMEM;
	bulk->source = "ext4";
	return finish(&job, bulk_read_ext4(&job, fd, false), &bulk, ret_bulk, ret_why);
}
