/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * world: what is relabelled and attacked, and what must still be so afterwards.
 *
 *	victim/{dir{,/file},way,file,hard,bound,toggled}	root's, all with the label
 *"victim_t" tree/		what is relabelled; belongs to the attacker (see attack.h), but for
 *	tree/stillN/	which nobody touches
 *	rules.a, rules.b	other labels for each kind
 *
 * All is below the working directory.
 */
#pragma once

#define XATTR	     "security.selinux"
#define SKIP	     77
#define VICTIM_LABEL "system_u:object_r:victim_t:s0"

/* Make it, with @still files in tree/stillN. */
void world_make(int still);

/* Which victim has another label than its own, in words; NULL: none. */
const char *world_hit(void);
/* tree/stillN have the labels of rules.@which: a relabeller that does nothing would hit nobody. */
void world_check_still(char which);
/* With the attackers gone: what each entry has was meant for its kind. */
void world_check_kinds(void);

/* From now on it is noticed when a fifo, socket or device of the tree is opened. */
void world_watch(void);
/* None was. */
void world_check_watch(void);
