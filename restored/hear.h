/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hear: what the daemon is told: by the back ends, of its config and rules, and of logins. Whatever
 * cannot be read is left alone for a while, longer each time, and begun anew if that does not help.
 */
#pragma once

struct daemon;

/** What the back ends have to say; d->again: there may be more. */
void hear_events(struct daemon *d);
/** Of the config and the rules. */
void hear_changes(struct daemon *d);
/** Return 0: who is logged in may have changed; -errno: that is not known. */
int hear_logins(struct daemon *d);
