/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attack.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../harness.h"

const char *const swap_words[SWAPS] = {
	[SWAP_DIR] = "of a directory and a link",
	[SWAP_FILE] = "of a file and a link",
	[SWAP_LINK] = "of a file and a hard link",
	[SWAP_KIND] = "of kinds",
	[SWAP_WAY] = "of a way and a link",
	[SWAP_MOUNT] = "mounts",
	[SWAP_NAME] = "second names",
};

static _Atomic uint64_t *counts;

void attack_name(char out[64], const char *kind, int i)
{
	snprintf(out, 64, "tree/%s%d", kind, i);
}

void attack_init(void)
{
	counts = mmap(NULL, SWAPS * sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(counts == MAP_FAILED ? -1 : 0);
}

void attack_counts(uint64_t ret_counts[SWAPS])
{
	for (int i = 0; i < SWAPS; i++)
		ret_counts[i] = atomic_load(&counts[i]);
}

static void count(enum swap swap, int r)
{
	if (r == 0)
		atomic_fetch_add_explicit(&counts[swap], 1, memory_order_relaxed);
}

static void exchange(enum swap swap, const char *a, const char *b, int i)
{
	char p[64], q[64];

	attack_name(p, a, i);
	attack_name(q, b, i);
	count(swap, renameat2(AT_FDCWD, p, AT_FDCWD, q, RENAME_EXCHANGE));
}

static void exchange_way(int i)
{
	char p[64], q[64];

	exchange(SWAP_WAY, "w", "v", i);
	snprintf(p, sizeof(p), "tree/w%d/" WAY_FORK "/c", i);
	snprintf(q, sizeof(q), "tree/w%d/" WAY_FORK "/y", i);
	count(SWAP_WAY, renameat2(AT_FDCWD, p, AT_FDCWD, q, RENAME_EXCHANGE));
}

void attack_names(void)
{
	for (;;)
		for (int i = 0; i < PAIRS; i++) {
			exchange(SWAP_DIR, "d", "l", i);
			exchange(SWAP_FILE, "f", "s", i);
			exchange(SWAP_LINK, "a", "h", i);
			exchange(SWAP_KIND, "k", "e", i);
			exchange_way(i % WAYS);
		}
}

/* A mount may fail for a moment when the relabeller is in there: that is part of the game. */
void attack_mounts(void)
{
	char m[64], b[64];

	for (;;)
		for (int i = 0; i < PAIRS; i++) {
			attack_name(m, "m", i);
			attack_name(b, "b", i);
			count(SWAP_MOUNT, mount("victim/dir", m, NULL, MS_BIND, NULL));
			count(SWAP_MOUNT, mount("victim/bound", b, NULL, MS_BIND, NULL));
			usleep(200);
			count(SWAP_MOUNT, umount2(m, MNT_DETACH | UMOUNT_NOFOLLOW));
			count(SWAP_MOUNT, umount2(b, MNT_DETACH | UMOUNT_NOFOLLOW));
		}
}

/* The name is there for as short as can be, and, from the other end, for a little longer. */
static void toggle(int first, int step, int linger)
{
	char p[64];

	for (;;)
		for (int i = first; i >= 0 && i < PAIRS; i += step) {
			attack_name(p, "t", i);
			count(SWAP_NAME, link("victim/toggled", p));
			for (volatile int k = 0; k < linger; k++)
				;
			count(SWAP_NAME, unlink(p));
		}
}

void attack_links(void)
{
	toggle(0, 1, 0);
}

void attack_links_slowly(void)
{
	toggle(PAIRS - 1, -1, 2000);
}

pid_t attack_start(void (*attack)(void), bool as_root)
{
	pid_t pid = fork();

	must(pid);
	if (pid == 0) {
		if (!as_root && (setgid(ATTACKER) < 0 || setuid(ATTACKER) < 0))
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* other credentials would undo it */
		attack();
		_exit(0);
	}
	return pid;
}

void attack_stop(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	must(waitpid(pid, &status, 0));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		leave(1, "set-up: an attacker ended by itself");
}

void attack_unmount(void)
{
	char p[64];

	for (int i = 0; i < PAIRS; i++) {
		attack_name(p, "m", i);
		while (umount2(p, MNT_DETACH) == 0)
			;
		attack_name(p, "b", i);
		while (umount2(p, MNT_DETACH) == 0)
			;
	}
}
