/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * streams: the standard descriptors, at the beginning and at the end of a program.
 */
#pragma once

/**
 * A caller may have closed them; nothing of ours may take their numbers and then be written to.
 * What stands in fails as a closed one would.
 */
void streams_reserve(void);

/**
 * @status; but if output was lost, that is told, and @lost takes the place of 0, and of 1, which is
 * an answer: it is no success, whatever was done.
 */
int streams_finish(const char *argv0, int status, int lost);
