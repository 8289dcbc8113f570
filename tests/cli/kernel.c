/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel: to be preloaded: as if SELinux was enabled, with a policy that knows no name that begins
 * with "no_", and stores none either.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define EXPORT	   __attribute__((visibility("default")))
#define SELINUXFS  "/sys/fs/selinux"
#define SETXATTRAT 463

static int real_open(const char *path, int flags, int mode)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

EXPORT int statfs(const char *path, struct statfs *st)
{
	if (strcmp(path, SELINUXFS) != 0)
		return (int)syscall(SYS_statfs, path, st);
	*st = (struct statfs){.f_type = 0xf97cff8c};
	return 0;
}

EXPORT int statvfs(const char *path, struct statvfs *st)
{
	int (*next)(const char *, struct statvfs *) = NULL;

	*(void **)&next = dlsym(RTLD_NEXT, "statvfs");
	*st = (struct statvfs){0};
	return strcmp(path, SELINUXFS) == 0 ? 0 : next(path, st);
}

EXPORT int access(const char *path, int mode)
{
	return strcmp(path, "/etc/selinux/config") == 0
		       ? 0
		       : (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

/* A file with this name and content; what is written to it is judged. */
static int pretend(const char *name, const char *text)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd >= 0 && pwrite(fd, text, strlen(text), 0) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

EXPORT int open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0;
	va_end(ap);
	if (strcmp(path, SELINUXFS "/context") == 0)
		return pretend("judge", "");
	if (strcmp(path, "/proc/self/attr/current") == 0)
		return pretend("current", "system_u:system_r:setfiles_t:s0");
	return real_open(path, flags, mode);
}

static int is_judge(int fd)
{
	char link[32], name[64] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return readlink(link, name, sizeof(name) - 1) > 0 && strncmp(name, "/memfd:judge", 12) == 0;
}

static int is_known(const void *context, size_t len)
{
	const char *at = memmem(context, len, "no_", 3);

	return !at || (at != context && at[-1] != ':');
}

EXPORT ssize_t write(int fd, const void *data, size_t len)
{
	if (!is_known(data, len) && is_judge(fd)) {
		errno = EINVAL;
		return -1;
	}
	return syscall(SYS_write, fd, data, len);
}

EXPORT int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
	if (!is_known(value, size)) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_setxattr, path, name, value, size, flags);
}

EXPORT int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
	if (!is_known(value, size)) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_fsetxattr, fd, name, value, size, flags);
}

/* setxattrat(2), for which the C library has no function yet */
EXPORT long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SETXATTRAT) {
		struct {
			uint64_t value;
			uint32_t size, flags;
		} args;

		memcpy(&args, (void *)a[4], sizeof(args));
		if (!is_known((const void *)(uintptr_t)args.value, args.size)) {
			errno = EINVAL;
			return -1;
		}
	}
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
