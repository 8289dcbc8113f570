/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * floor: the least a labelling walk can cost: list every directory, read one label per entry.
 *
 *	floor [-t THREADS] [-x ATTRIBUTE] TOP	->  "FILES files  SECONDS s  RATE files/s"
 *	floor -s CONTEXT ...	set each label instead, by name: what a first labelling must pay
 *	floor -p CONTEXT ...	the same through a pin: open, look, set, close
 *	floor -r ...		remove each
 *
 * No matching, no comparing, no checks, no care for descriptors or memory, and it shares no code
 * with the library: a bound to measure the real tool against.  Each thread goes down depth-first
 * on a stack of its own and gives its oldest half away when another has nothing to do.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#ifndef __NR_getxattrat
#define __NR_setxattrat	   463
#define __NR_getxattrat	   464
#define __NR_removexattrat 466
#endif

struct dir {
	int fd;
	_Atomic unsigned refs; /* its reader and its unopened subdirectories */
};

struct item {
	struct item *next;
	struct dir *parent;
	char name[];
};

struct args {
	uint64_t value __attribute__((aligned(8)));
	uint32_t size, flags;
};

static const char *attribute = "security.selinux";
static char what = 'g'; /* 'g'et, 's'et, set through a 'p'in, 'r'emove */
static const char *context;
static int proc_fd;
static bool by_fchdir;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static struct item *shared;
static _Atomic int idle;
static int threads = 2;
static bool over;
static _Atomic uint64_t total;

static void put(struct dir *d)
{
	if (atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) == 1) {
		close(d->fd);
		free(d);
	}
}

static void read_label(int fd, const char *name)
{
	char label[256];
	struct args args = {.value = (uintptr_t)label, .size = sizeof(label)};

	if (by_fchdir)
		(void)!lgetxattr(name, attribute, label, sizeof(label));
	else
		syscall(__NR_getxattrat, fd, name, AT_SYMLINK_NOFOLLOW, attribute, &args,
			sizeof(args));
}

static void set_label(int fd, const char *name)
{
	size_t len = strlen(context) + 1;
	struct args args = {.value = (uintptr_t)context, .size = (uint32_t)len};

	if (by_fchdir)
		(void)!lsetxattr(name, attribute, context, len, 0);
	else
		syscall(__NR_setxattrat, fd, name, AT_SYMLINK_NOFOLLOW, attribute, &args,
			sizeof(args));
}

static void set_through_pin(int dirfd, const char *name)
{
	size_t len = strlen(context) + 1;
	struct args args = {.value = (uintptr_t)context, .size = (uint32_t)len};
	int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char path[32];
	struct statx stx;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &stx) < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (by_fchdir)
		(void)!setxattr(path, attribute, context, len, 0);
	else
		syscall(__NR_setxattrat, proc_fd, strrchr(path, '/') + 1, 0, attribute, &args,
			sizeof(args));
	close(fd);
}

static void remove_label(int fd, const char *name)
{
	if (by_fchdir)
		(void)!lremovexattr(name, attribute);
	else
		syscall(__NR_removexattrat, fd, name, AT_SYMLINK_NOFOLLOW, attribute);
}

static void treat(int fd, const char *name)
{
	switch (what) {
	case 'g': read_label(fd, name); break;
	case 's': set_label(fd, name); break;
	case 'p': set_through_pin(fd, name); break;
	default: remove_label(fd, name); break;
	}
}

static struct item *take_shared(void)
{
	struct item *it;

	pthread_mutex_lock(&lock);
	atomic_fetch_add(&idle, 1);
	while (!shared && !over) {
		if (atomic_load(&idle) == threads) {
			over = true;
			pthread_cond_broadcast(&wake);
		} else {
			pthread_cond_wait(&wake, &lock);
		}
	}
	atomic_fetch_sub(&idle, 1);
	it = shared;
	shared = NULL;
	pthread_mutex_unlock(&lock);
	return it;
}

/* The bottom half of the stack goes to those who have nothing. */
static void give_half(struct item *stack)
{
	struct item *slow = stack, *half;

	for (struct item *fast = stack->next; fast && fast->next; fast = fast->next->next)
		slow = slow->next;
	half = slow->next;
	if (!half)
		return;
	pthread_mutex_lock(&lock);
	if (!shared) {
		slow->next = NULL;
		shared = half;
		pthread_cond_signal(&wake);
	}
	pthread_mutex_unlock(&lock);
}

static struct item *visit(struct dir *d, struct item *stack, char *buf, size_t size, uint64_t *n)
{
	long len;

	if (by_fchdir && fchdir(d->fd) < 0)
		return stack;
	while ((len = syscall(SYS_getdents64, d->fd, buf, size)) > 0) {
		for (long at = 0; at < len;) {
			const struct dirent64 *de = (const struct dirent64 *)(buf + at);
			const char *s = de->d_name;

			at += de->d_reclen;
			if (s[0] == '.' && (!s[1] || (s[1] == '.' && !s[2])))
				continue;
			treat(d->fd, s);
			++*n;
			if (de->d_type == DT_DIR) {
				size_t bytes = strlen(s) + 1;
				struct item *it = malloc(sizeof(*it) + bytes);

				memcpy(it->name, s, bytes);
				it->parent = d;
				it->next = stack;
				stack = it;
				atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
			}
		}
	}
	return stack;
}

static int open_dir(int at, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(at, name, flags | O_NOATIME);

	return fd < 0 && errno == EPERM ? openat(at, name, flags) : fd;
}

static void *work(void *arg)
{
	size_t size = 32 * 1024;
	char *buf = malloc(size);
	struct item *stack = NULL;
	uint64_t n = 0;

	if (by_fchdir && unshare(CLONE_FS) < 0)
		abort();
	while (stack || (stack = take_shared())) {
		struct item *it = stack;
		int fd = open_dir(it->parent->fd, it->name);

		stack = it->next;
		put(it->parent);
		free(it);
		if (fd >= 0) {
			struct dir *d = malloc(sizeof(*d));

			d->fd = fd;
			atomic_init(&d->refs, 1);
			stack = visit(d, stack, buf, size, &n);
			put(d);
		}
		if (stack && atomic_load_explicit(&idle, memory_order_relaxed))
			give_half(stack);
	}
	atomic_fetch_add(&total, n);
	free(buf);
	return NULL;
}

static bool take_arguments(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "t:x:s:p:r")) != -1) {
		if (c == 't' && atoi(optarg) > 0 && atoi(optarg) <= 256) {
			threads = atoi(optarg);
		} else if (c == 'x') {
			attribute = optarg;
		} else if (c == 's' || c == 'p' || c == 'r') {
			what = (char)c;
			context = optarg;
		} else {
			return false;
		}
	}
	return optind == argc - 1;
}

int main(int argc, char **argv)
{
	struct args none = {0};
	struct timespec a, b;
	struct rlimit fds;
	pthread_t ids[256];
	struct dir *top = malloc(sizeof(*top));
	double s;

	if (!take_arguments(argc, argv)) {
		fprintf(stderr, "usage: floor [-t THREADS] [-x ATTRIBUTE] [-s CONTEXT | -p CONTEXT "
				"| -r] TOP\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &fds);
	fds.rlim_cur = fds.rlim_max;
	setrlimit(RLIMIT_NOFILE, &fds);
	by_fchdir = syscall(__NR_getxattrat, -1, "x", 0, attribute, &none, sizeof(none)) < 0 &&
		    (errno == ENOSYS || errno == EPERM);

	proc_fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	clock_gettime(CLOCK_MONOTONIC, &a);
	top->fd = AT_FDCWD;
	atomic_init(&top->refs, 2); /* never closed */
	shared = malloc(sizeof(*shared) + strlen(argv[optind]) + 1);
	shared->next = NULL;
	shared->parent = top;
	strcpy(shared->name, argv[optind]);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, work, NULL))
			abort();
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	free(top);

	s = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	printf("%llu files  %.3f s  %.0f files/s\n", (unsigned long long)total, s,
	       (double)total / s);
	return 0;
}
