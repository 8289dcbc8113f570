/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attack: processes that rearrange the tree as fast as they can, and count what they did.
 *
 *	tree/dN <-> tree/lN	directory and symlink to victim/dir		exchanged
 *	tree/fN <-> tree/sN	file and symlink to victim/file			exchanged
 *	tree/aN <-> tree/hN	file and a second name of victim/hard		exchanged
 *	tree/kN <-> tree/eN	file and directory, fifo, socket or device	exchanged
 *	tree/wN <-> tree/vN	a chain of directories and a symlink to victim/way, which is like
 *it; further down as well	exchanged tree/mN, tree/bN	victim/dir and victim/bound mounted
 *there and away again (by root)
 *	tree/tN			a second name of victim/toggled, made and removed
 *
 * Only what the kernel did is counted, in memory that all attackers share.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PAIRS	 40
#define WAYS	 4  /* of them, where ... */
#define WAY_LEN	 24 /* ... a chain is so long */
#define WAY_FORK "c/c/c"
#define ATTACKER 65534

enum swap { SWAP_DIR, SWAP_FILE, SWAP_LINK, SWAP_KIND, SWAP_WAY, SWAP_MOUNT, SWAP_NAME, SWAPS };

extern const char *const swap_words[SWAPS];

/* The path of entry number @i of a kind above. */
void attack_name(char out[64], const char *kind, int i);

/* Before the first attacker is started. */
void attack_init(void);
/* How often each has happened so far. */
void attack_counts(uint64_t ret_counts[SWAPS]);

void attack_names(void);
void attack_mounts(void);
void attack_links(void);
void attack_links_slowly(void);

/* Go on with @attack until attack_stop(), as somebody else than root if not @as_root. */
pid_t attack_start(void (*attack)(void), bool as_root);
void attack_stop(pid_t pid);
/* Away with what attack_mounts() left. */
void attack_unmount(void);
