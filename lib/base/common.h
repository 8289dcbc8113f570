/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * common: the few words every file speaks: scope-bound release, ownership transfer, checked sums.
 *
 *	_cleanup_close_ int fd = openat(dir, name, O_PATH | O_CLOEXEC);
 *	if (fd < 0)
 *		return -errno;
 *	*ret_fd = TAKE_FD(fd);
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define _cleanup_(f)   __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _unused_       __attribute__((unused))

/** Close @fd unless negative; errno is kept.  Return -1, so that `fd = close_fd(fd)` is one line.
 */
static inline int close_fd(int fd)
{
	if (fd >= 0) {
		int saved = errno;

		close(fd);
		errno = saved;
	}
	return -1;
}

static inline void close_fdp(int *fd)
{
	*fd = close_fd(*fd);
}

static inline void freep(void *p)
{
	free(*(void **)p);
	*(void **)p = NULL;
}

#define _cleanup_close_ _cleanup_(close_fdp)
#define _cleanup_free_	_cleanup_(freep)

#define TAKE_FD(fd)                  \
	({                           \
		int take_fd_ = (fd); \
		(fd) = -1;           \
		take_fd_;            \
	})

#define TAKE_PTR(p)                          \
	({                                   \
		__auto_type take_ptr_ = (p); \
		(p) = NULL;                  \
		take_ptr_;                   \
	})

/** Define the scope-bound releaser `<fn>p` of a type whose `<fn>(NULL)` is fine. */
#define DEFINE_CLEANUP(type, fn)                                       \
	static inline void fn##p(type *p)                              \
	{                                                              \
		if (*p)                                                \
			(void)fn(*p); /* returns NULL by convention */ \
		*p = NULL;                                             \
	}                                                              \
	struct cleanup_defined_##fn
