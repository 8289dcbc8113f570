/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xstate: for LD_PRELOAD: user-mode-linux on processors whose vector registers are larger than it
 * knows of.
 *
 * Its buffer for the registers of a process in the guest ends behind those of AVX-512. To read them
 * (PTRACE_GETREGSET) fills what room there is, but to write them back (PTRACE_SETREGSET) takes all
 * that the processor has or fails, and it panics in put_fp_registers. So what is written is made up
 * with zeroes: the header, which is in the buffer, says that the rest, AMX's tiles, is not in use,
 * for no process in the guest can have asked for them.
 */
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

typedef long ptrace_fn(enum __ptrace_request request, ...);

/*
 * The kernel takes as much of it as there is to set. Not on the stack: a kernel's is small. One is
 * enough: only the one thread that is the guest's processor calls this.
 */
static char whole[64 << 10];

__attribute__((visibility("default"))) long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_fn *real;
	struct iovec iov = {whole, sizeof(whole)}, *part;
	void *address, *data;
	va_list list;
	pid_t pid;

	va_start(list, request);
	pid = va_arg(list, pid_t);
	address = va_arg(list, void *);
	data = part = va_arg(list, void *);
	va_end(list);
	if (!real)
		real = (ptrace_fn *)dlsym(RTLD_NEXT, "ptrace");
	if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE &&
	    part->iov_len <= sizeof(whole)) {
		memcpy(whole, part->iov_base, part->iov_len);
		memset(whole + part->iov_len, 0, sizeof(whole) - part->iov_len);
		data = &iov;
	}
	return real(request, pid, address, data);
}
