/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * command: what `relabel COMMAND` does beyond setfiles and restorecon.
 *
 * A command gets argv from its own name on, prints what it has to say and returns an exit status.
 * Unless its man page says more: 0 done, 1 an answer that is not "all well", 255 could not do it.
 */
#pragma once

int command_compile(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_lint(int argc, char **argv);
int command_sort(int argc, char **argv);
